"""Registration of the app with Django."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The agents of the pipeline and their nightly values."""

    name = "agents"
    label = "agents"
    verbose_name = "Agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agents.alerts import register_rules  # noqa: PLC0415 - needs the models to be loaded

        register_rules()
