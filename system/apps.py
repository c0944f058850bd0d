"""Registration of the app with Django."""

from django.apps import AppConfig


class SystemConfig(AppConfig):
    """Host, alerts, signs of life."""

    name = "system"
    label = "system"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"
