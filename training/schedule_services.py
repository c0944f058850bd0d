"""Changing the schedule, and starting what is due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from common.clock import utc_now
from common.errors import ConflictError, DashboardError
from logs_app.services import Severity, record_event
from training.models import Schedule, ScheduleFiring, TrainingSession
from training.schedule import EffectiveSchedule, cron_error, due_times, get_schedule, newest_due
from training.schedule_input import checked
from training.services import start_session

Outcome = ScheduleFiring.Outcome

#: A start within this time is punctual: the check comes every 30 s, and a queue takes a while.
PUNCTUAL = timedelta(seconds=120)
#: So many missed times get a row each; one more row stands for all the older ones.
MOST_ROWS = 50
#: A check this far in the future was made while the clock was wrong.
_CLOCK_WENT_BACK = timedelta(minutes=5)
# The fields that decide when training is due: times due before their change keep the old ones.
_WHEN = {"cron", "timezone", "enabled", "skip_dates", "pause_until"}


def start_due(*, now: datetime | None = None) -> list[ScheduleFiring]:
    """Decide every time that was due since the last check, and return the rows written.

    May run twice, also at the same moment: the row of a due time exists once, and
    only who made it starts. Of several missed times the newest is made up, if it is
    less than TRAINING_CATCHUP_MINUTES late. The first check ever decides nothing.
    """
    now = now or utc_now()
    schedule = get_schedule()
    checked = schedule.checked_until
    if checked is not None and checked - now > _CLOCK_WENT_BACK:
        _forget_the_future(now)
        checked = None
    firings: list[ScheduleFiring] = []
    if checked is not None and schedule.enabled:
        firings = _decide(schedule, after=checked, now=now)
    if checked is None or now > checked:
        Schedule.objects.filter(pk=1, checked_until=schedule.checked_until).update(
            checked_until=now
        )
    return firings


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
            _settle(before, now)
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

    `values` may have `cron`, `enabled`, `timeout_seconds`, `description`. Fields
    edited by hand stay as they are, and so do those whose value cannot be used.
    """
    now = utc_now()
    with transaction.atomic():
        row = Schedule.objects.select_for_update().get_or_create(pk=1)[0]
        usable = {
            name: value
            for name, value in values.items()
            if name not in row.edited_fields
            and getattr(row, name) != value
            and not (name == "cron" and cron_error(value))
        }
        if not usable:
            return []
        if usable.keys() & _WHEN and row.checked_until is not None:
            _settle(get_schedule(), now)
            row.checked_until = now
        for name, value in usable.items():
            setattr(row, name, value)
        row.save()
    return sorted(usable)


# --- deciding


def _decide(schedule: EffectiveSchedule, *, after: datetime, now: datetime) -> list[ScheduleFiring]:
    due = newest_due(schedule, after=after, until=now, most=MOST_ROWS)
    open_times = [moment for moment in due if schedule.reason_to_skip(moment) is None]
    candidate = open_times[-1] if open_times and _is_in_time(open_times[-1], now) else None
    away = _away(after, now)
    firings = _older(schedule, after=after, newest=due, now=now, away=away)
    for moment in due:
        skipped = schedule.reason_to_skip(moment)
        if skipped is not None:
            firings.append(_write(moment, now, Outcome.SKIPPED, skipped))
        elif moment == candidate:
            firings.append(_start(moment, now=now, away=away))
        else:
            firings.append(_write(moment, now, Outcome.MISSED, away))
    written = [firing for firing in firings if firing is not None]
    _tell_missed(written)
    return written


def _is_in_time(due: datetime, now: datetime) -> bool:
    return now - due < max(PUNCTUAL, timedelta(minutes=settings.TRAINING_CATCHUP_MINUTES))


def _older(
    schedule: EffectiveSchedule,
    *,
    after: datetime,
    newest: list[datetime],
    now: datetime,
    away: str,
) -> list[ScheduleFiring | None]:
    """Write the one row that stands for all due times before the newest ones, if any."""
    if len(newest) < MOST_ROWS:
        return []
    first = next(due_times(schedule.cron, schedule.zone, after=after, until=now), newest[0])
    if first == newest[0]:
        return []
    reason = f"{away} This row stands for every due time before {newest[0]:%Y-%m-%d %H:%M} UTC."
    return [_write(first, now, Outcome.MISSED, reason)]


def _write(due: datetime, now: datetime, outcome: str, reason: str) -> ScheduleFiring | None:
    """Write the row of a due time; None if it has been decided before."""
    try:
        with transaction.atomic():
            return ScheduleFiring.objects.create(
                due_at=due, decided_at=now, outcome=outcome, reason=reason
            )
    except IntegrityError:
        return None


def _start(due: datetime, *, now: datetime, away: str) -> ScheduleFiring | None:
    # The row comes first: it decides who starts, and is true if this process dies in between.
    firing = _write(
        due, now, Outcome.FAILED, "It was interrupted before the session was asked for."
    )
    if firing is None:
        return None
    late = now - due
    punctual = late < PUNCTUAL
    reason = "" if punctual else f"Started {_span(late)} late. {away}"
    try:
        session = start_session(trigger=TrainingSession.Trigger.SCHEDULE, reason=reason)
    except ConflictError as error:
        _refused(firing, Outcome.REFUSED, error, Severity.WARNING)
    except DashboardError as error:
        _refused(firing, Outcome.FAILED, error, Severity.ERROR)
    else:
        firing.outcome = Outcome.STARTED if punctual else Outcome.MADE_UP
        firing.reason, firing.session_id = reason, session.pk
    firing.save(update_fields=["outcome", "reason", "session_id"])
    return firing


def _refused(
    firing: ScheduleFiring, outcome: Outcome, error: DashboardError, severity: Severity
) -> None:
    firing.outcome, firing.reason = outcome, error.message
    record_event(
        event_type=f"schedule_{outcome}",
        message=f"The training due at {firing.due_at:%Y-%m-%d %H:%M} UTC was not started: "
        f"{error.message}",
        severity=severity,
    )


def _tell_missed(firings: list[ScheduleFiring]) -> None:
    """Record one event for all missed times of a check, not one each."""
    missed = [firing for firing in firings if firing.outcome == Outcome.MISSED]
    if missed:
        count = "A start was" if len(missed) == 1 else f"{len(missed)} starts were"
        record_event(
            event_type="schedule_missed",
            message=f"{count} missed, the last one due at "
            f"{missed[-1].due_at:%Y-%m-%d %H:%M} UTC. {missed[-1].reason}",
            severity=Severity.WARNING,
        )


def _settle(schedule: EffectiveSchedule, now: datetime) -> None:
    """Record what the schedule missed so far, before its times are forgotten by a change."""
    if schedule.checked_until is None or not schedule.enabled:
        return
    away = _away(schedule.checked_until, now)
    due = newest_due(schedule, after=schedule.checked_until, until=now, most=MOST_ROWS)
    for moment in due:
        skipped = schedule.reason_to_skip(moment)
        outcome = Outcome.MISSED if skipped is None else Outcome.SKIPPED
        _write(moment, now, outcome, skipped or f"{away} Then the schedule was changed.")


def _forget_the_future(now: datetime) -> None:
    """Undo what was decided under a clock that was ahead, except sessions that were started."""
    wrong = ScheduleFiring.objects.filter(due_at__gt=now, session_id=None)
    removed = wrong.delete()[0]
    record_event(
        event_type="clock_went_back",
        message="The clock of this machine went back; the schedule goes on from the present "
        f"time. {removed} decisions about later times were undone.",
        severity=Severity.WARNING,
    )


def _away(since: datetime, until: datetime) -> str:
    return (
        f"Nothing looked at the schedule for {_span(until - since)} "
        f"(from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC): "
        "the scheduler or the worker was not running."
    )


def _span(duration: timedelta) -> str:
    minutes = round(duration.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return f"{len(value)} days"
    return "empty" if value in (None, "") else str(value).lower() if value is True else str(value)
