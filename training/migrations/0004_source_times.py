"""When a part of a session began, ended, and which night it is about."""

import datetime

from django.db import migrations, models

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Migration(migrations.Migration):
    dependencies = [("training", "0003_session_supervision")]

    operations = [
        migrations.AddField(
            model_name="sessionsource",
            name="night",
            field=models.DateField(
                default=EPOCH.date(), help_text="Calendar day it is about, in the pipeline's zone."
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sessionsource",
            name="started_at",
            field=models.DateTimeField(
                default=EPOCH,
                help_text="When the run began by this file, UTC; a report: the time of the schedule.",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="sessionsource",
            name="ended_at",
            field=models.DateTimeField(
                help_text="When the run ended by this file, UTC; null: it does not say.", null=True
            ),
        ),
    ]
