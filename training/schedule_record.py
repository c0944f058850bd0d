"""Rows of the schedule's due times: written once each, with the reason in words."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from training.models import ScheduleFiring
from training.schedule import EffectiveSchedule, newest_due

Outcome = ScheduleFiring.Outcome

#: So many missed times get a row each; one more row stands for all the older ones.
MOST_ROWS = 50


def write_firing(due: datetime, now: datetime, outcome: str, reason: str) -> ScheduleFiring | None:
    """Write the row of a due time; None if it has been decided before."""
    try:
        with transaction.atomic():
            return ScheduleFiring.objects.create(
                due_at=due, decided_at=now, outcome=outcome, reason=reason
            )
    except IntegrityError:
        return None


def settle(schedule: EffectiveSchedule, now: datetime) -> None:
    """Record what the schedule missed so far, before its times are forgotten by a change."""
    if schedule.checked_until is None or not schedule.enabled:
        return
    away = time_away(schedule.checked_until, now)
    due = newest_due(schedule, after=schedule.checked_until, until=now, most=MOST_ROWS)
    for moment in due:
        skipped = schedule.reason_to_skip(moment)
        outcome = Outcome.MISSED if skipped is None else Outcome.SKIPPED
        write_firing(moment, now, outcome, skipped or f"{away} Then the schedule was changed.")


def time_away(since: datetime, until: datetime) -> str:
    """Return in words for how long nobody looked at the schedule."""
    return (
        f"Nothing looked at the schedule for {span(until - since)} "
        f"(from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC): "
        "the scheduler or the worker was not running."
    )


def span(duration: timedelta) -> str:
    """Return a duration in words."""
    minutes = round(duration.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
