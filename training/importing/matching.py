"""Which session a part of a file belongs to.

One run shows up in up to three files and, if the dashboard started it, as a session
of its own. What makes two of them the same run:

- two files that give times: the times overlap;
- a session of the dashboard: the run ended while it was running;
- a report, which gives only a day: the last run of that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from common.clock import night_of
from training.importing.facts import SessionFacts
from training.models import ACTIVE, TrainingSession
from training.orchestrator.files import FileKind

_DAY = timedelta(days=1)
#: Clocks of the file system and of the orchestrator differ by less than this.
_CLOCK = timedelta(seconds=2)
#: Two moments for the end of one run, where no length tells more.
_MOMENT = timedelta(seconds=1)
#: No two zones are further apart: a run that seems further off is another one, even if
#: the orchestrator's zone is set wrongly.
_ZONES = timedelta(hours=15)


@dataclass
class KnownPart:
    """Times of a part already stored, and the file it came from."""

    started_at: datetime
    ended_at: datetime | None
    path: str
    file_id: int


@dataclass
class KnownSession:
    """What matching needs of a session; `is_own`: the dashboard ran it."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    night: date
    is_own: bool
    is_active: bool
    parts: dict[FileKind, KnownPart] = field(default_factory=dict)

    @property
    def has_run(self) -> bool:
        return FileKind.RESULT in self.parts or FileKind.METRICS in self.parts

    def was_running_at(self, moment: datetime) -> bool:
        if moment < self.started_at - _CLOCK:
            return False
        return self.ended_at is None or self.is_active or moment <= self.ended_at + _CLOCK

    def is_same_run(self, facts: SessionFacts) -> bool:
        return any(
            _overlap(part, facts)
            for kind, part in self.parts.items()
            if kind is not FileKind.REPORT
        )

    def days(self, *, now: datetime) -> set[date]:
        """Return the days on which it began and ended, or has come to by `now`."""
        ended_at = self.ended_at or (now if self.is_active else self.started_at)
        return {self.night, night_of(ended_at)}


class Candidates:
    """The sessions around some nights, with the parts they have; one query."""

    def __init__(self, facts: Iterable[SessionFacts]) -> None:
        nights = [night for part in facts for night in _days(part)]
        self._sessions: dict[int, KnownSession] = {}
        self._by_night: dict[date, list[KnownSession]] = defaultdict(list)
        if nights:
            self._load(min(nights) - _DAY, max(nights) + _DAY)

    def find(
        self, facts: SessionFacts, *, written_at: datetime, file_id: int, ran: int | None = None
    ) -> KnownSession | None:
        """Return the session that `facts` belong to, None if it is a new one.

        `written_at` is when the file was written, `ran` the session that the
        dashboard has just run, if that is why the file is read.
        """
        near = self._near(facts)
        if facts.kind is FileKind.REPORT:
            return self._for_report(near, facts, written_at=written_at, file_id=file_id)
        return (
            next((known for known in near if known.is_same_run(facts)), None)
            or self._for_run(near, facts, written_at=written_at, ran=ran)
            or next((known for known in near if _is_report_of(known, facts)), None)
        )

    def ids_with(self, kind: FileKind, facts: Iterable[SessionFacts]) -> list[int]:
        """Return the sessions of the days of some parts that have a part of a kind."""
        nights = {night for part in facts for night in _days(part)}
        return [
            known.id
            for night in nights
            for known in self._by_night.get(night, ())
            if kind in known.parts
        ]

    def get(self, session_id: int) -> KnownSession | None:
        return self._sessions.get(session_id)

    def add(self, session: TrainingSession) -> KnownSession:
        """Note a session that was just made, or whose times changed, and return it."""
        known = self._sessions.get(session.pk)
        if known is not None:
            self._by_night[known.night].remove(known)
            known.started_at, known.ended_at = session.start_time, session.end_time
            known.night = session.night
        else:
            known = KnownSession(
                id=session.pk,
                started_at=session.start_time,
                ended_at=session.end_time,
                night=session.night,
                is_own=session.trigger != TrainingSession.Trigger.EXTERNAL,
                is_active=session.status in ACTIVE,
            )
            self._sessions[known.id] = known
        self._by_night[known.night].append(known)
        return known

    def _load(self, first: date, last: date) -> None:
        rows = TrainingSession.objects.filter(night__range=(first, last)).exclude(
            status=TrainingSession.Status.PENDING
        )
        columns = ("pk", "start_time", "end_time", "night", "trigger", "status")
        parts = ("kind", "started_at", "ended_at", "file__path", "file_id")
        for *values, kind, started_at, ended_at, path, file_id in rows.order_by("pk").values_list(
            *columns, *(f"sources__{name}" for name in parts)
        ):
            known = self.add(TrainingSession(**dict(zip(columns, values, strict=True))))
            if kind is not None:
                known.parts[FileKind(kind)] = KnownPart(started_at, ended_at, path, file_id)

    def _near(self, facts: SessionFacts) -> list[KnownSession]:
        """Return the sessions of the days around a part, the latest first."""
        days = _days(facts)
        nights = {day + offset for day in days for offset in (-_DAY, timedelta(0), _DAY)}
        found = [known for night in nights for known in self._by_night.get(night, ())]
        return sorted(found, key=lambda known: (known.started_at, known.id), reverse=True)

    def _for_report(
        self,
        near: list[KnownSession],
        facts: SessionFacts,
        *,
        written_at: datetime,
        file_id: int,
    ) -> KnownSession | None:
        # A version once attributed stays where it is: later runs of the day did not write it.
        for known in near:
            part = known.parts.get(FileKind.REPORT)
            if part and part.file_id == file_id and facts.night in known.days(now=written_at):
                return known
        of_day = [known for known in near if facts.night in known.days(now=written_at)]
        for known in of_day:
            if known.is_own:
                if written_at >= known.started_at - _CLOCK:
                    return known
            elif known.has_run:
                return known
        return next((known for known in of_day if FileKind.REPORT in known.parts), None)

    def _for_run(
        self,
        near: list[KnownSession],
        facts: SessionFacts,
        *,
        written_at: datetime,
        ran: int | None,
    ) -> KnownSession | None:
        """Return the session of the dashboard in which a run took place."""
        ended_at = facts.ended_at or facts.started_at
        for known in near:
            if not known.is_own or (facts.kind is FileKind.METRICS and facts.kind in known.parts):
                continue
            if known.was_running_at(ended_at):
                return known
            was_written_by_it = known.id == ran or known.was_running_at(written_at)
            if (
                facts.kind is FileKind.RESULT
                and was_written_by_it
                and written_at >= known.started_at - _CLOCK
                and abs(ended_at - known.started_at) <= _ZONES
            ):
                return known
        return None


def _days(facts: SessionFacts) -> set[date]:
    return {facts.night, night_of(facts.started_at), night_of(facts.ended_at or facts.started_at)}


def _is_report_of(known: KnownSession, facts: SessionFacts) -> bool:
    """Return whether a session is nothing but the report of the day of a run."""
    if known.is_own or known.has_run:
        return False
    return known.night in _days(facts)


def _overlap(part: KnownPart, facts: SessionFacts) -> bool:
    """Return whether two runs share at least half of the shorter one."""
    ends = (part.ended_at or part.started_at, facts.ended_at or facts.started_at)
    shared = min(ends) - max(part.started_at, facts.started_at)
    shorter = min(ends[0] - part.started_at, ends[1] - facts.started_at)
    if not shorter:
        return shared >= -_MOMENT
    return shared >= shorter / 2
