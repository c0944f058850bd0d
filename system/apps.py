"""Registration of the app with Django."""

from django.apps import AppConfig


class SystemConfig(AppConfig):
    """Host, alerts, signs of life."""

    name = "system"
    label = "system"
    verbose_name = "System"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add this app's alert rules to the registry."""
        from system import component_rules, host_rules  # noqa: PLC0415 - needs the models

        host_rules.register_rules()
        component_rules.register_rules()
