"""Registration of the app with Django."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Sessions, schedule, import of the orchestrator's files."""

    name = "training"
    label = "training"
    verbose_name = "Training"
    default_auto_field = "django.db.models.BigAutoField"
