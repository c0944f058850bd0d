"""Starting the training that the schedule is due for."""

from datetime import datetime, timedelta

from django.conf import settings

from common.clock import utc_now
from common.errors import ConflictError, DashboardError
from logs_app.services import Severity, record_event
from training.models import Schedule, ScheduleFiring, TrainingSession
from training.schedule import EffectiveSchedule, due_times, get_schedule, newest_due
from training.schedule_record import (
    MOST_ROWS,
    PUNCTUAL,
    Outcome,
    span,
    time_away,
    write_firing,
)
from training.services import start_session

#: A check this far in the future was made while the clock was wrong.
_CLOCK_WENT_BACK = timedelta(minutes=5)


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


def _decide(schedule: EffectiveSchedule, *, after: datetime, now: datetime) -> list[ScheduleFiring]:
    due = newest_due(schedule, after=after, until=now, most=MOST_ROWS)
    open_times = [moment for moment in due if schedule.reason_to_skip(moment) is None]
    candidate = open_times[-1] if open_times and _is_in_time(open_times[-1], now) else None
    away = time_away(after, now)
    firings = _older(schedule, after=after, newest=due, now=now, away=away)
    for moment in due:
        skipped = schedule.reason_to_skip(moment)
        if skipped is not None:
            firings.append(write_firing(moment, now, Outcome.SKIPPED, skipped))
        elif moment == candidate:
            firings.append(_start(moment, now=now, away=away))
        else:
            firings.append(write_firing(moment, now, Outcome.MISSED, away))
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
    return [write_firing(first, now, Outcome.MISSED, reason)]


def _start(due: datetime, *, now: datetime, away: str) -> ScheduleFiring | None:
    # The row comes first: it decides who starts, and is true if this process dies in between.
    firing = write_firing(
        due, now, Outcome.FAILED, "It was interrupted before the session was asked for."
    )
    if firing is None:
        return None
    late = now - due
    punctual = late < PUNCTUAL
    reason = "" if punctual else f"Started {span(late)} late. {away}"
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
