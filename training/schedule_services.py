"""Changing the schedule by hand; what the configuration says is `schedule_configuration`'s."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from common.clock import utc_now
from logs_app.services import record_event
from training.models import Schedule
from training.schedule import EffectiveSchedule, get_schedule
from training.schedule_due import start_due
from training.schedule_input import checked
from training.schedule_record import DECIDE_WHEN, settle


def update_schedule(*, changes: Mapping[str, Any], edited_by: str) -> EffectiveSchedule:
    """Change the schedule by hand; it holds at once, and imports leave those fields alone.

    `changes` may have `cron` (or its name in the API, `schedule`), `timezone`,
    `enabled`, `timeout_seconds` (None: the setting), `skip_dates` (days, or
    {date, reason}) and `pause_until`. A value that is the present one is no edit. A
    training that is due already is started first, unless the change is to have none.

    Raises:
        InvalidInputError: names each wrong field; nothing is changed then.
    """
    values = checked(changes)
    if values.get("enabled") is not False and not values.get("pause_until"):
        start_due()
    now = utc_now()
    with transaction.atomic():
        row = Schedule.objects.select_for_update().get_or_create(pk=1)[0]
        before = get_schedule()
        present = {name: getattr(row, name) for name in values} | {"cron": before.cron}
        edited = {name: value for name, value in values.items() if value != present[name]}
        if not edited:
            return before
        if edited.keys() & DECIDE_WHEN:
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


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return f"{len(value)} days"
    return "empty" if value in (None, "") else str(value).lower() if value is True else str(value)
