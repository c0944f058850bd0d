"""Reading sessions: what runs now, what the last nights gave."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from agents.models import Agent, AgentMetric
from common.errors import NotFoundError
from common.numbers import natural_key
from training.models import TrainingSession
from training.models.sessions import TrainingSessionQuerySet
from training.phases import IDLE
from training.selectors_progress import ReadProgress, phase_durations, read_progress

#: The columns a list of sessions shows; logs of a run and raw values are left in the database.
_SUMMARY = (
    "id",
    "night",
    "start_time",
    "end_time",
    "status",
    "phase",
    "overall_quality",
    "overall_improvement",
    "duration_seconds",
)


@dataclass(frozen=True)
class AgentNight:
    """What one session gave for one agent; `processing_time` in seconds."""

    id: str
    name: str
    quality: float | None
    improvement: float | None
    processing_time: float | None


@dataclass(frozen=True)
class Night:
    """The session that stands for one night, with its agents in natural order."""

    date: date
    training_id: int
    status: str
    duration_seconds: float | None
    overall_quality: float | None
    quality_change: float | None
    quality_change_computed: float | None
    agents: list[AgentNight] = field(default_factory=list)

    @property
    def duration_minutes(self) -> float | None:
        return None if self.duration_seconds is None else round(self.duration_seconds / 60, 4)

    @property
    def duration_ms(self) -> int | None:
        return None if self.duration_seconds is None else round(self.duration_seconds * 1000)


@dataclass(frozen=True)
class TrainingStatus:
    """What runs now (`active`), how far it is, and the last session that ended."""

    active: TrainingSession | None
    progress: ReadProgress | None
    last_session: TrainingSession | None

    @property
    def phase_durations(self) -> dict[str, float]:
        """{phase: seconds} of the active session, else of the last one."""
        shown = self.active or self.last_session
        return phase_durations(shown.phases) if shown else {}


@dataclass(frozen=True)
class TrainingLogRow:
    """One line of the training log: a whole session (`agent` None) or one of its agents."""

    training_id: int
    date: datetime
    phase: str
    agent: str | None
    duration_ms: int | None
    status: str
    improvement: float | None


def session_counts() -> dict[str, int]:
    """Return the number of sessions in each state; none is 0."""
    counted = TrainingSession.objects.order_by().values_list("status").annotate(Count("id"))
    return dict.fromkeys(TrainingSession.Status.values, 0) | dict(counted)


def active_session() -> TrainingSession | None:
    """Return the session that is pending, running or stopping; there is at most one."""
    return TrainingSession.objects.active().first()


def last_finished_session() -> TrainingSession | None:
    """Return the newest session in a final state."""
    return TrainingSession.objects.finished().newest_first().first()


def training_status(*, now: datetime) -> TrainingStatus:
    """Return what runs now and what ended last; at most three queries."""
    active = active_session()
    return TrainingStatus(
        active=active,
        progress=read_progress(active, now=now) if active else None,
        last_session=last_finished_session(),
    )


def sessions() -> TrainingSessionQuerySet:
    """Return all sessions, newest first, without the raw values read from files."""
    return TrainingSession.objects.newest_first().defer("metadata")


def get_session(session_id: int) -> TrainingSession:
    """Return one session.

    Raises:
        NotFoundError: there is none with this id.
    """
    session = TrainingSession.objects.filter(pk=session_id).first()
    if session is None:
        raise NotFoundError(f"There is no training session {session_id}.")
    return session


def current_phase(session: TrainingSession | None) -> str:
    """Return the phase of the active session, `idle` without one or before its first phase."""
    return (session.phase if session else "") or IDLE


def training_speed_ms(session: TrainingSession) -> int | None:
    """Return how long the agents' training took, in ms.

    It is the duration of the phase `agent_training`; where that is unknown, the sum
    of the processing times of the session's agents; None if those are unknown too.
    """
    seconds = phase_durations(session.phases).get("agent_training")
    if seconds is not None:
        return round(seconds * 1000)
    times = AgentMetric.objects.filter(session_id=session.pk).values_list(
        "processing_time_ms", flat=True
    )
    known = [time for time in times if time is not None]
    return sum(known) if known else None


def nights(*, since: date) -> list[Night]:
    """Return one entry per night with a finished session, oldest first.

    Of several sessions in one night the newest with a quality stands for it, else
    the newest. Agents are those with a row in that session. Three queries.
    """
    rows = (
        TrainingSession.objects.finished()
        .filter(night__gte=since)
        .order_by("night", "start_time", "id")
        .only(*_SUMMARY)
    )
    chosen: dict[date, TrainingSession] = {}
    for row in rows.iterator(chunk_size=2000):
        before = chosen.get(row.night)
        if before is None or row.overall_quality is not None or before.overall_quality is None:
            chosen[row.night] = row
    by_session = _agent_nights(since=since)
    result: list[Night] = []
    previous: float | None = None
    for night, row in chosen.items():
        quality = row.overall_quality
        computed = None if quality is None or previous is None else round(quality - previous, 4)
        previous = previous if quality is None else quality
        result.append(
            Night(
                date=night,
                training_id=row.pk,
                status=row.status,
                duration_seconds=duration_seconds(row),
                overall_quality=quality,
                quality_change=row.overall_improvement,
                quality_change_computed=computed,
                agents=by_session.get(row.pk, []),
            )
        )
    return result


def _agent_nights(*, since: date) -> dict[int, list[AgentNight]]:
    names = dict(Agent.objects.values_list("id", "name"))
    rows = AgentMetric.objects.since_night(since).values_list(
        "session_id", "agent_id", "quality_score", "improvement", "processing_time_ms"
    )
    by_session: dict[int, list[AgentNight]] = defaultdict(list)
    for session_id, agent_id, quality, improvement, time_ms in rows.order_by().iterator(2000):
        if session_id is None:
            continue
        seconds = None if time_ms is None else time_ms / 1000
        by_session[session_id].append(
            AgentNight(agent_id, names.get(agent_id, agent_id), quality, improvement, seconds)
        )
    keys = {agent_id: natural_key(agent_id) for agent_id in names}
    for agents in by_session.values():
        agents.sort(key=lambda agent: keys.get(agent.id, agent.id))
    return by_session


def duration_seconds(session: TrainingSession) -> float | None:
    """Return how long a session took: as measured or reported, else from its two ends."""
    if session.duration_seconds is not None:
        return session.duration_seconds
    if session.end_time is None:
        return None
    return max(0.0, (session.end_time - session.start_time).total_seconds())


def training_log(*, limit: int) -> list[TrainingLogRow]:
    """Return at most `limit` rows, newest session first, each followed by its agents."""
    newest = list(TrainingSession.objects.newest_first().only(*_SUMMARY)[:limit])
    agents: dict[int, list[dict[str, Any]]] = defaultdict(list)
    columns = ("session_id", "agent_id", "timestamp", "processing_time_ms", "outcome")
    metrics = AgentMetric.objects.filter(session_id__in=[row.pk for row in newest])
    for metric in metrics.order_by("agent__sort_key").values(*columns, "improvement"):
        agents[metric["session_id"]].append(metric)
    return _log_rows(newest, agents, limit=limit)


def _log_rows(
    newest: Iterable[TrainingSession], agents: dict[int, list[dict[str, Any]]], *, limit: int
) -> list[TrainingLogRow]:
    result: list[TrainingLogRow] = []
    for session in newest:
        seconds = duration_seconds(session)
        result.append(
            TrainingLogRow(
                training_id=session.pk,
                date=session.start_time,
                phase=current_phase(session),
                agent=None,
                duration_ms=None if seconds is None else round(seconds * 1000),
                status=session.status,
                improvement=session.overall_improvement,
            )
        )
        result.extend(
            TrainingLogRow(
                training_id=session.pk,
                date=metric["timestamp"],
                phase="agent_training",
                agent=metric["agent_id"],
                duration_ms=metric["processing_time_ms"],
                status=metric["outcome"],
                improvement=metric["improvement"],
            )
            for metric in agents[session.pk]
        )
        if len(result) >= limit:
            break
    return result[:limit]
