"""Registration of the app with Django."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Numbers by name."""

    name = "metrics"
    label = "metrics"
    verbose_name = "Metrics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add this app's step to the retention."""
        from metrics.retention import register_step  # noqa: PLC0415 - needs the models

        register_step()
