"""What the schedule says: its values as they hold now, and the moments they mean."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.conf import settings

from training.models import Schedule

#: Windows in which past due times are looked for, each wide enough only if the one
#: before was not: a cron of every minute is never followed through a whole year.
_LOOK_BACK = tuple(timedelta(days=days) for days in (1 / 24, 1, 8, 60, 400, 4000))

_JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True)
class EffectiveSchedule:
    """The schedule as it holds: the row, the setting TRAINING_SCHEDULE, the defaults.

    `cron_source` is `edited` (by hand), `setting` or `configuration`. `skip_dates`
    maps days in the schedule's zone to the reason.
    """

    cron: str
    cron_source: str
    timezone: str
    enabled: bool
    timeout_seconds: int
    description: str
    skip_dates: dict[date, str] = field(default_factory=dict)
    pause_until: datetime | None = None
    edited_fields: tuple[str, ...] = ()
    edited_at: datetime | None = None
    edited_by: str = ""
    checked_until: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def reason_to_skip(self, due: datetime) -> str | None:
        """Return why the schedule leaves out a moment at which the cron is due, else None."""
        if self.pause_until is not None and due < self.pause_until:
            return f"The schedule is paused until {self.pause_until:%Y-%m-%d %H:%M} UTC."
        day = due.astimezone(self.zone).date()
        if day in self.skip_dates:
            return f"No training on {day}: {self.skip_dates[day] or 'no reason given'}."
        return None


def get_schedule() -> EffectiveSchedule:
    """Return the schedule as it holds now; one query."""
    row = Schedule.objects.get_or_create(pk=1)[0]
    override = settings.TRAINING_SCHEDULE
    if "cron" in row.edited_fields:
        cron, source = row.cron, "edited"
    elif override:
        cron, source = override, "setting"
    else:
        cron, source = row.cron, "configuration"
    return EffectiveSchedule(
        cron=cron,
        cron_source=source,
        timezone=row.timezone or settings.ORCHESTRATOR_TIME_ZONE,
        enabled=row.enabled,
        timeout_seconds=row.timeout_seconds or settings.TRAINING_TIMEOUT_SECONDS,
        description=row.description,
        skip_dates={
            date.fromisoformat(entry["date"]): entry.get("reason", "") for entry in row.skip_dates
        },
        pause_until=row.pause_until,
        edited_fields=tuple(row.edited_fields),
        edited_at=row.edited_at,
        edited_by=row.edited_by,
        checked_until=row.checked_until,
    )


def cron_error(cron: str) -> str | None:
    """Return what is wrong with a cron expression, None if nothing."""
    if len(cron.split()) != 5:
        return "A schedule has five fields (minute hour day month weekday), for instance 0 3 * * *."
    try:
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return f"The schedule {cron!r} cannot be read: {error}."
    except StopIteration:
        return f"The schedule {cron!r} is never due."
    return None


def describe(cron: str) -> str:
    """Return a cron expression in words; empty for one that cannot be read."""
    if cron_error(cron):
        return ""
    return CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)).explain()


def due_times(cron: str, zone: ZoneInfo, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every moment, in UTC, at which a cron expression is due: after < moment <= until.

    As Debian's cron has it, a time of day that spring skips is due when the clock
    has jumped, and one that autumn repeats is due the first time only. An
    expression that cannot be read is never due.
    """
    if cron_error(cron):
        return
    last = after
    for local in CronSim(cron, after.astimezone(zone)):
        due = local.astimezone(UTC)
        if due > until:
            return
        # In the repeated hour the library begins anew with times that lie before `after`,
        # and two skipped times may both become the moment after the jump.
        if due > last:
            yield due
            last = due


def next_runs(schedule: EffectiveSchedule, *, now: datetime, count: int = 5) -> list[datetime]:
    """Return the next moments at which training will start by itself, in the schedule's zone.

    Empty if the schedule is disabled. Pause and skipped days are left out.
    """
    runs: list[datetime] = []
    if not schedule.enabled:
        return runs
    zone, after = schedule.zone, now
    if schedule.pause_until is not None and schedule.pause_until > now:
        after = schedule.pause_until - _JUST_BEFORE
    end = after + timedelta(days=366 * 50)
    while len(runs) < count:
        due = next(due_times(schedule.cron, zone, after=after, until=end), None)
        if due is None:
            break
        local = due.astimezone(zone)
        if local.date() in schedule.skip_dates:
            following = datetime.combine(local.date() + timedelta(days=1), time.min, tzinfo=zone)
            after = following.astimezone(UTC) - _JUST_BEFORE
            continue
        runs.append(local)
        after = due
    return runs


def newest_due(
    schedule: EffectiveSchedule, *, after: datetime, until: datetime, most: int
) -> list[datetime]:
    """Return the newest due times of a span, oldest first, at most `most`.

    Its cost does not grow with the length of the span.
    """
    for window in _LOOK_BACK:
        start = max(after, until - window)
        found = due_times(schedule.cron, schedule.zone, after=start, until=until)
        due = deque(found, maxlen=most)
        if len(due) == most or start == after:
            break
    return list(due)
