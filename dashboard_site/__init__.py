"""The project: settings, routes, commands, the page, and what needs several apps at once."""

from dashboard_site.celery import app as celery_app

__all__ = ["celery_app"]
