"""Cutting a metrics history into the runs that wrote it."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta

from common.clock import night_of, orchestrator_zone, to_utc
from training.importing.facts import AgentFacts, Outcome, SessionFacts, facts_of_run
from training.models import TrainingSession
from training.orchestrator.files import FileKind
from training.orchestrator.history import AgentPoint, MetricsHistory, RunEntry

#: A point may be noted this much after the end of its run or before its (rounded) start.
_TOLERANCE = timedelta(seconds=0.05)
_ROUNDING = timedelta(seconds=1)
#: A run whose length is unknown is not longer than this.
_LONGEST = timedelta(hours=24)
#: Points further apart belong to different runs.
_PAUSE = timedelta(hours=2)
#: A run without an end that began this shortly before the file was written may still go on.
_UNFINISHED = timedelta(hours=1)
_NO_END = "The run left no end in the metrics history."

Timed = tuple[datetime, AgentPoint]


def facts_of_history(history: MetricsHistory, *, written_at: datetime) -> list[SessionFacts]:
    """Return the runs of a metrics history, oldest first.

    A run is what lies between its start and its end in `training_history`. Points
    outside any run make runs of their own, which have failed if the others told
    their end; such a one at the very end of the file is left for the next version,
    because it may still be running.
    """
    zone = orchestrator_zone()
    runs = sorted(((to_utc(run.at, zone), run) for run in history.runs), key=lambda pair: pair[0])
    points = sorted(
        ((to_utc(point.at, zone), point) for point in history.points), key=lambda pair: pair[0]
    )
    claimed, orphans = _share_out(runs, points)
    facts = [
        facts_of_run(
            run.result, kind=FileKind.METRICS, ended_at=ended_at, agents=_agents(claimed[number])
        )
        for number, (ended_at, run) in enumerate(runs)
    ]
    for cluster in _clusters(orphans):
        if runs and written_at - cluster[-1][0] < _UNFINISHED and cluster[-1][0] > runs[-1][0]:
            continue
        facts.append(_endless_run(cluster, has_failed=bool(runs)))
    return sorted(facts, key=lambda run: run.started_at)


def _share_out(
    runs: list[tuple[datetime, RunEntry]], points: Iterable[Timed]
) -> tuple[list[list[Timed]], list[Timed]]:
    """Give each point to the run that ended next after it, if that had begun."""
    ends = [ended_at for ended_at, _ in runs]
    claimed: list[list[Timed]] = [[] for _ in runs]
    orphans = []
    for at, point in points:
        number = bisect_left(ends, at - _TOLERANCE)
        if number < len(runs) and at >= _earliest(*runs[number]):
            claimed[number].append((at, point))
        else:
            orphans.append((at, point))
    return claimed, orphans


def _earliest(ended_at: datetime, run: RunEntry) -> datetime:
    seconds = run.result.total_seconds
    length = _LONGEST if seconds is None else timedelta(seconds=seconds)
    return ended_at - length - _ROUNDING


def _clusters(points: list[Timed]) -> list[list[Timed]]:
    """Cut points without a run where a pause is long or an agent comes again."""
    clusters: list[list[Timed]] = []
    seen: set[str] = set()
    for at, point in points:
        if not clusters or at - clusters[-1][-1][0] > _PAUSE or point.agent_id in seen:
            clusters.append([])
            seen = set()
        clusters[-1].append((at, point))
        seen.add(point.agent_id)
    return clusters


def _endless_run(cluster: list[Timed], *, has_failed: bool) -> SessionFacts:
    first_at, first = cluster[0]
    started_at = first_at - timedelta(milliseconds=first.time_ms or 0)
    status = TrainingSession.Status
    return SessionFacts(
        kind=FileKind.METRICS,
        night=night_of(started_at),
        started_at=started_at,
        ended_at=cluster[-1][0],
        status=status.FAILED if has_failed else status.COMPLETED,
        error=_NO_END if has_failed else "",
        agents=_agents(cluster),
    )


def _agents(points: list[Timed]) -> tuple[AgentFacts, ...]:
    """Return one agent per identifier; of two points of one agent the later holds."""
    return tuple({point.agent_id: _agent(at, point) for at, point in points}.values())


def _agent(at: datetime, point: AgentPoint) -> AgentFacts:
    raw = {
        "score": point.raw_score,
        "improvement": point.improvement_percent,
        "time_ms": point.time_ms,
        "success": point.success,
    }
    outcome = None
    if point.success is not None:
        outcome = Outcome.TRAINED if point.success else Outcome.FAILED
    return AgentFacts(
        agent_id=point.agent_id,
        quality=point.score,
        processing_time_ms=point.time_ms,
        outcome=outcome,
        trained_at=at,
        raw={name: value for name, value in raw.items() if value is not None},
    )
