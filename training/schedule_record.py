"""Rows of the schedule's due times: written once each, with the reason in words."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from training.models import ScheduleFiring
from training.schedule import EffectiveSchedule, newest_due

Outcome = ScheduleFiring.Outcome

#: The fields that say when training is due: times due before their change keep the old ones.
DECIDE_WHEN = {"cron", "timezone", "enabled", "skip_dates", "pause_until"}
#: A start within this time is punctual: the check comes every 30 s, and a queue takes a while.
PUNCTUAL = timedelta(seconds=120)
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
    """Record what the schedule did not start so far, before a change makes it forget its times."""
    if schedule.checked_until is None or not schedule.enabled:
        return
    if now - schedule.checked_until > PUNCTUAL:
        away = time_away(schedule.checked_until, now)
        outcome, reason = Outcome.MISSED, f"{away} Then the schedule was changed."
    else:
        outcome, reason = Outcome.SKIPPED, "The schedule was changed before it was started."
    due = newest_due(schedule, after=schedule.checked_until, until=now, most=MOST_ROWS)
    for moment in due:
        if skipped := schedule.reason_to_skip(moment):
            write_firing(moment, now, Outcome.SKIPPED, skipped)
        else:
            write_firing(moment, now, outcome, reason)


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
