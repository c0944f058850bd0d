"""Alert rules about the nightly training."""

from datetime import datetime, timedelta

from django.conf import settings

from common.clock import night_of
from system.rules import Finding, Rule, register
from training.models import ScheduleFiring, TrainingSession
from training.schedule import EffectiveSchedule, cron_error, due_times, get_schedule, newest_due

Status = TrainingSession.Status

# How far back a night without a run is looked for.
_LOOK_BACK = timedelta(days=400)
_RECENT = 50


def register_rules() -> None:
    """Add the rules of this app."""
    register(
        Rule(
            name="night_without_run",
            description="The schedule was due and no session exists of that night or a later one.",
            check=night_without_run,
        )
    )
    register(
        Rule(
            name="session_failed",
            description="The newest session that ran to its end failed.",
            check=session_failed,
        )
    )
    register(
        Rule(
            name="schedule_unreadable",
            description="The cron expression of the schedule cannot be read.",
            check=schedule_unreadable,
        )
    )


def night_without_run(now: datetime) -> list[Finding]:
    """Find the first due time, of those without a session since, whose run should have ended.

    Nothing is found where nothing was expected: schedule disabled, paused, day left
    out, before its last edit, or a dashboard that has seen neither a session nor a
    due time yet. A session that failed is one, and has its own rule.
    """
    schedule = get_schedule()
    if not schedule.enabled:
        return []
    last = TrainingSession.objects.newest_first().values_list("start_time", "night").first()
    since = last[0] if last else _first_firing()
    if since is None:
        return []
    # A run that somebody else started is known only when its files are there.
    grace = timedelta(
        seconds=schedule.timeout_seconds, minutes=max(60, settings.TRAINING_CATCHUP_MINUTES)
    )
    after = max(since, now - _LOOK_BACK, schedule.edited_at or since)
    due = _newest_expected(schedule, after=after, until=now - grace)
    if due is None or (last and last[1] >= night_of(due)):
        return []
    began = _first_expected(schedule, after=after, until=due) or due
    known = f"The last session is of {last[1]}." if last else "There is no session at all."
    return [
        Finding(
            level="warning",
            message=f"The training due at {due.astimezone(schedule.zone):%Y-%m-%d %H:%M %Z} "
            f"left no session. {known}",
            began_at=began,
        )
    ]


def session_failed(now: datetime) -> list[Finding]:
    """Find a failure of the newest session that completed or failed; a newer success ends it."""
    session = (
        TrainingSession.objects.filter(status__in=[Status.COMPLETED, Status.FAILED])
        .newest_first()
        .only("status", "night", "start_time", "end_time", "error_message")
        .first()
    )
    if session is None or session.status != Status.FAILED:
        return []
    cause = session.error_message.strip().partition("\n")[0][:300] or "it gave no reason"
    return [
        Finding(
            level="critical",
            message=f"Training session {session.pk} of {session.night} failed: {cause}",
            began_at=session.end_time or session.start_time,
        )
    ]


def schedule_unreadable(now: datetime) -> list[Finding]:
    """Find a cron expression that is never due, so that no night would ever be missed."""
    schedule = get_schedule()
    error = cron_error(schedule.cron) if schedule.enabled else None
    return [Finding(level="critical", message=error, began_at=now)] if error else []


def _first_firing() -> datetime | None:
    first = ScheduleFiring.objects.order_by("due_at").values_list("due_at", flat=True).first()
    return None if first is None else first - timedelta(seconds=1)


def _newest_expected(
    schedule: EffectiveSchedule, *, after: datetime, until: datetime
) -> datetime | None:
    due = newest_due(schedule, after=after, until=until, most=_RECENT)
    expected = [moment for moment in due if schedule.reason_to_skip(moment) is None]
    return expected[-1] if expected else None


def _first_expected(
    schedule: EffectiveSchedule, *, after: datetime, until: datetime
) -> datetime | None:
    for due in due_times(schedule.cron, schedule.zone, after=after, until=until):
        if schedule.reason_to_skip(due) is None:
            return due
    return None
