"""What the orchestrator's configuration says of the schedule."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common.clock import utc_now
from logs_app.services import Severity, record_event
from training.models import Schedule
from training.schedule import cron_error, get_schedule
from training.schedule_record import DECIDE_WHEN, settle


def apply_configuration(values: Mapping[str, Any]) -> list[str]:
    """Take the schedule from the orchestrator's configuration; return the changed fields.

    `values` may have `cron`, `enabled`, `timeout_seconds`, `description`; None means
    that the configuration does not say. Fields edited by hand stay as they are, and
    so does a cron expression if the new one cannot be read, which is an event.
    """
    now = utc_now()
    with transaction.atomic():
        row = Schedule.objects.select_for_update().get_or_create(pk=1)[0]
        usable = {
            name: value
            for name, value in values.items()
            if value is not None and name not in row.edited_fields and getattr(row, name) != value
        }
        if "cron" in usable and (error := cron_error(usable["cron"])):
            del usable["cron"]
            record_event(
                event_type="schedule_unreadable",
                message=f"In the configuration: {error} The schedule stays {row.cron}.",
                severity=Severity.WARNING,
            )
        if not usable:
            return []
        if usable.keys() & DECIDE_WHEN and row.checked_until is not None:
            settle(get_schedule(), now)
            row.checked_until = now
        for name, value in usable.items():
            setattr(row, name, value)
        row.save()
    return sorted(usable)
