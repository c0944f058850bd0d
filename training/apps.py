"""Registration of the app with Django."""

from django.apps import AppConfig
from django.core import checks


class TrainingConfig(AppConfig):
    """Sessions, schedule, import of the orchestrator's files."""

    name = "training"
    label = "training"
    verbose_name = "Training"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from training.alerts import register_rules  # noqa: PLC0415 - needs the models to be loaded
        from training.checks import (  # noqa: PLC0415 - the same
            command_can_be_read,
            schedule_can_be_read,
        )

        register_rules()
        checks.register(schedule_can_be_read)
        checks.register(command_can_be_read)
