"""Registration of the app with Django."""

from django.apps import AppConfig


class StoryboardConfig(AppConfig):
    """Projects and scenes."""

    name = "storyboard"
    label = "storyboard"
    verbose_name = "Storyboards"
    default_auto_field = "django.db.models.BigAutoField"
