"""System checks of the training settings; Django runs them at every start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from training.schedule import cron_error


def schedule_can_be_read(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a TRAINING_SCHEDULE that would never start anything."""
    error = cron_error(settings.TRAINING_SCHEDULE) if settings.TRAINING_SCHEDULE else None
    if error is None:
        return []
    return [
        Error(
            f"TRAINING_SCHEDULE: {error}",
            hint="Set it to five fields, for instance TRAINING_SCHEDULE='0 3 * * *', or leave it "
            "empty to take the schedule from the orchestrator's configuration.",
            id="training.E001",
        )
    ]
