"""Registration of the project package, which owns commands, templates and static files."""

from django.apps import AppConfig


class DashboardSiteConfig(AppConfig):
    """Commands, templates and static files of the project."""

    name = "dashboard_site"
    label = "dashboard_site"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard_site import checks  # noqa: F401, PLC0415 - registers them
