"""Registration of the app with Django."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Numbers by name."""

    name = "metrics"
    label = "metrics"
    verbose_name = "Metrics"
    default_auto_field = "django.db.models.BigAutoField"
