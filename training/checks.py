"""System checks of the training settings; Django runs them at every start."""

import shlex
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


def command_can_be_read(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a command whose quotes do not match: no training could ever be started."""
    errors: list[CheckMessage] = []
    for name in ("TRAINING_COMMAND", "TRAINING_FORCE_FLAG"):
        try:
            shlex.split(getattr(settings, name))
        except ValueError as error:
            errors.append(
                Error(
                    f"{name}: {error}.",
                    hint=f"Set it to words as a shell reads them: {name}=\"train 'two words'\".",
                    id="training.E002",
                )
            )
    return errors
