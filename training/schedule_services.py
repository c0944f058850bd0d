"""Changing the schedule: by hand, and from the orchestrator's configuration."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from common.clock import utc_now
from logs_app.services import Severity, record_event
from training.models import Schedule
from training.schedule import EffectiveSchedule, cron_error, get_schedule
from training.schedule_input import checked
from training.schedule_record import settle

# The fields that decide when training is due: times due before their change keep the old ones.
_WHEN = {"cron", "timezone", "enabled", "skip_dates", "pause_until"}


def update_schedule(*, changes: Mapping[str, Any], edited_by: str) -> EffectiveSchedule:
    """Change the schedule by hand; it holds at once, and imports leave those fields alone.

    `changes` may have `cron` (or its name in the API, `schedule`), `timezone`,
    `enabled`, `timeout_seconds` (None: the setting), `skip_dates` (days, or
    {date, reason}) and `pause_until`. A value that is the present one is no edit.

    Raises:
        InvalidInputError: names each wrong field; nothing is changed then.
    """
    values = checked(changes)
    now = utc_now()
    with transaction.atomic():
        row = Schedule.objects.select_for_update().get_or_create(pk=1)[0]
        before = get_schedule()
        present = {name: getattr(row, name) for name in values} | {"cron": before.cron}
        edited = {name: value for name, value in values.items() if value != present[name]}
        if not edited:
            return before
        if edited.keys() & _WHEN:
            settle(before, now)
            row.checked_until = now
        for name, value in edited.items():
            setattr(row, name, value)
        row.edited_fields = sorted({*row.edited_fields, *edited})
        row.edited_at, row.edited_by = now, edited_by[:150]
        row.save()
        told = ", ".join(f"{name} is {_told(value)}" for name, value in edited.items())
        record_event(
            event_type="schedule_changed",
            message=f"The schedule was changed by {edited_by or 'an unnamed caller'}: {told}.",
            metadata={"fields": sorted(edited)},
        )
    return get_schedule()


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
        if usable.keys() & _WHEN and row.checked_until is not None:
            settle(get_schedule(), now)
            row.checked_until = now
        for name, value in usable.items():
            setattr(row, name, value)
        row.save()
    return sorted(usable)


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return f"{len(value)} days"
    return "empty" if value in (None, "") else str(value).lower() if value is True else str(value)
