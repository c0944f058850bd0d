"""Reading metrics: histories by name, nightly quality, comparison, trends.

A window of `days` days ends with today in the orchestrator's zone, today included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import OuterRef, Subquery

from agents.models import AgentMetric
from agents.selectors import (
    agent_statuses,
    average_processing_time_ms,
    outcomes_per_night,
    quality_per_night,
    unknown_agents,
)
from common.clock import first_night, night_of, start_of_night
from common.errors import InvalidInputError, NotFoundError
from common.subjects import agent_or_none
from metrics.models import Metric, MetricQuerySet
from metrics.registry import KNOWN, NAME
from metrics.thinning import keep_peaks
from metrics.trends import (
    MOVING_NIGHTS,
    direction,
    moving_average,
    moving_share,
    percent_change,
    point_change,
)

#: At most so many names of stored metrics are listed.
MOST_NAMES = 200

# Jumps from name to name along the index; DISTINCT would read a million rows for five names.
_STORED_NAMES = """
    WITH RECURSIVE names(name) AS (
        SELECT MIN(metric_type) FROM metrics
        UNION ALL
        SELECT (SELECT MIN(metric_type) FROM metrics WHERE metric_type > names.name)
        FROM names WHERE names.name IS NOT NULL
    )
    SELECT name FROM names WHERE name IS NOT NULL LIMIT %s
"""


@dataclass(frozen=True)
class QualitySeries:
    """Nightly quality (0-10): every list is as long as `nights`, None is a gap."""

    nights: list[date]
    system: list[float | None]
    agents: dict[str, list[float | None]]


@dataclass(frozen=True)
class Standing:
    """One agent in the comparison; `rank` None: no data in the newest report."""

    id: str
    name: str
    score: float | None
    trend: float | None
    rank: int | None


@dataclass(frozen=True)
class MovingAverage:
    """Moving average of the system's quality (0-10), oldest first, both of equal length."""

    timestamps: list[date]
    system: list[float]


@dataclass(frozen=True)
class Trends:
    """Directions over a window of nights.

    `quality_change_percent` None: the average began at 0 and rose.
    `average_processing_time` is in ms, None if no time is known.
    """

    quality_trend: str
    quality_change_percent: float | None
    error_trend: str
    average_processing_time: float | None
    window_days: int
    moving_average: MovingAverage


def known_names() -> list[str]:
    """Return the registered names and those ever stored, in alphabetical order."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED_NAMES, [MOST_NAMES])
        stored = {str(row[0]) for row in cursor.fetchall()}
    return sorted(stored | set(KNOWN))


def metric_history(
    *,
    name: str,
    agent_id: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
    points: int | None = None,
) -> list[Metric]:
    """Return the values of one metric, newest first.

    `agent_id` "system" means the values that belong to no agent. The newest `limit`
    rows since `since` are taken, and if they are more than `points`, thinned to at
    most that many with all peaks kept.

    Raises:
        NotFoundError: nothing of that name is registered or was ever stored (404).
    """
    _check_name(name)
    rows = Metric.objects.named(name).newest_first()
    if agent_id is not None:
        rows = rows.for_agent(agent_or_none(agent_id))
    if since is not None:
        rows = rows.since(since)
    if limit is not None:
        rows = rows[:limit]
    return list(rows if points is None else _thinned(rows, points=points))


def system_quality_series(*, first: date, last: date) -> dict[date, float]:
    """Return {night: quality of the system} from `first` to `last`, both included, oldest first.

    Source: the values that sessions gave; what clients post under the same name is
    history only. Of several sessions in one night the newest counts.
    """
    # A session that ends after midnight belongs to the night it began in, like its agents' rows.
    of_session = AgentMetric.objects.filter(session_id=OuterRef("session_id")).values("night")[:1]
    rows = (
        Metric.objects.nightly()
        .named("quality")
        .for_agent(None)
        .filter(
            timestamp__gte=start_of_night(first),
            timestamp__lt=start_of_night(last + timedelta(days=2)),
        )
        .order_by("timestamp", "id")
        .annotate(night=Subquery(of_session))
    )
    values: dict[date, float] = {}
    for moment, value, known_night in rows.values_list("timestamp", "value", "night").iterator():
        night = known_night or night_of(moment)
        if first <= night <= last:
            values[night] = value
    return values


def newest_system_quality() -> float | None:
    """Return the newest quality that a session gave the system (0-10), None if none ever did."""
    newest = Metric.objects.nightly().named("quality").for_agent(None).newest_first()
    return newest.values_list("value", flat=True).first()


def quality_series(
    *, first: date, last: date, agent_ids: Sequence[str] | None = None
) -> QualitySeries:
    """Return the nights with any quality from `first` to `last`, oldest first.

    Agents without data in the window are left out; `agent_ids` narrows further.

    Raises:
        InvalidInputError: `agent_ids` names agents that do not exist (400).
    """
    if agent_ids and (unknown := unknown_agents(agent_ids=agent_ids)):
        message = f"agents: there is no agent {', '.join(unknown)}."
        raise InvalidInputError(message, details={"agents": [message]})
    system = system_quality_series(first=first, last=last)
    agents = quality_per_night(first=first, last=last, agent_ids=agent_ids)
    nights = sorted(set(system).union(*agents.values()))
    return QualitySeries(
        nights=nights,
        system=[system.get(night) for night in nights],
        agents={
            agent_id: [values.get(night) for night in nights] for agent_id, values in agents.items()
        },
    )


def comparison(*, now: datetime) -> list[Standing]:
    """Return all agents by their quality in the newest report, best first.

    Equal scores share a rank, and the next one counts them (1, 1, 3). Agents
    without data come last, in natural order.
    """
    agents = agent_statuses(now=now)
    scores = sorted(
        (agent.quality_score for agent in agents if agent.quality_score is not None), reverse=True
    )
    standings = [
        Standing(
            id=agent.id,
            name=agent.name,
            score=agent.quality_score,
            trend=agent.improvement,
            rank=None if agent.quality_score is None else scores.index(agent.quality_score) + 1,
        )
        for agent in agents
    ]
    return sorted(standings, key=lambda standing: standing.rank or len(standings) + 1)


def trends(*, days: int, now: datetime) -> Trends:
    """Return the directions over the `days` nights that end with today. Three queries.

    Quality: the moving average of the system's nightly quality at the last night of
    the window against its first; the nights before the window count in its average.
    A night without a value for the system has none, whatever its agents gave.
    Errors: the same for the share of failed trainings; improving when it falls by a
    percentage point. Fewer than two nights with data in the window: stable, 0.
    """
    last = night_of(now)
    first = first_night(days=days, today=last)
    before = first - timedelta(days=MOVING_NIGHTS - 1)

    averages = moving_average(system_quality_series(first=before, last=last), first=first)
    change = percent_change(averages)
    outcomes = {
        night.night: (night.failed, night.failed + night.trained)
        for night in outcomes_per_night(first=before, last=last)
    }
    return Trends(
        quality_trend=direction(change),
        quality_change_percent=None if change is None else round(change, 2),
        error_trend=direction(-point_change(moving_share(outcomes, first=first))),
        average_processing_time=average_processing_time_ms(first=first, last=last),
        window_days=days,
        moving_average=MovingAverage(
            timestamps=list(averages), system=[round(value, 4) for value in averages.values()]
        ),
    )


def _check_name(name: str) -> None:
    if name in KNOWN:
        return
    if NAME.fullmatch(name) and Metric.objects.named(name).exists():
        return
    known = known_names()
    raise NotFoundError(
        f"There is no metric {name}. Known are: {', '.join(known)}.",
        code="unknown_metric",
        details={"known": known},
    )


def _thinned(rows: MetricQuerySet, *, points: int) -> MetricQuerySet:
    count = rows.count()
    if count <= points:
        return rows
    values = rows.values_list("id", "value").iterator(chunk_size=5000)
    kept = keep_peaks(values, count=count, points=points)
    return Metric.objects.filter(pk__in=kept).newest_first()
