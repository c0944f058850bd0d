"""The twelve agents of the pipeline, there before the first import."""

from django.db import migrations

AGENTS = [
    ("agent_1", "Trend Detective", "agent_0000000001"),
    ("agent_2", "Audio Curator", "agent_0000000002"),
    ("agent_3", "Video Concept", "agent_0000000003"),
    ("agent_4", "Screenplay Generator", "agent_0000000004"),
    ("agent_5a", "Veo Generator", "agent_0000000005a"),
    ("agent_5b", "Runway Generator", "agent_0000000005b"),
    ("agent_6", "Influencer Matcher", "agent_0000000006"),
    ("agent_7", "Distribution Metadata", "agent_0000000007"),
    ("agent_8", "Prompt Refiner", "agent_0000000008"),
    ("agent_9", "Sound Designer", "agent_0000000009"),
    ("agent_10", "Master Distributor", "agent_0000000010"),
    ("agent_11", "Meta Trainer", "agent_0000000011"),
]


def add_agents(apps, schema_editor):
    agent = apps.get_model("agents", "Agent")
    agent.objects.bulk_create(
        [agent(id=id_, name=name, sort_key=key) for id_, name, key in AGENTS],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_initial")]
    operations = [migrations.RunPython(add_agents, migrations.RunPython.noop)]
