"""Work in the background: each task is one call."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from common.clock import utc_now
from storyboard import retention, services


@shared_task(name="storyboard.import_changes")
def import_changes() -> None:
    """Import what the pipeline wrote into the orchestrator's output folder."""
    services.import_pipeline_files(Path(settings.ORCHESTRATOR_PATH) / "output")


@shared_task(name="storyboard.purge")
def purge() -> None:
    """Remove for good what was deleted 30 days ago."""
    retention.purge_deleted(now=utc_now())
