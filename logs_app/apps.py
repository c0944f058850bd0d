"""Registration of the app with Django."""

from django.apps import AppConfig


class LogsConfig(AppConfig):
    """Events."""

    name = "logs_app"
    label = "logs_app"
    verbose_name = "Logs"
    default_auto_field = "django.db.models.BigAutoField"
