"""Registration of the app with Django."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The agents of the pipeline and their nightly values."""

    name = "agents"
    label = "agents"
    verbose_name = "Agents"
    default_auto_field = "django.db.models.BigAutoField"
