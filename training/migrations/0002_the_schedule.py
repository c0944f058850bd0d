"""The one row of the schedule."""

from django.db import migrations


def add_schedule(apps, schema_editor):
    apps.get_model("training", "Schedule").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("training", "0001_initial")]
    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop)]
