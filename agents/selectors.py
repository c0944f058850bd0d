"""Reading agents: what each one is worth now, and what its trainings gave.

The *newest report* is the newest night that has rows. Current values come only
from it: an agent without data there has none, however good it was before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, Count, Exists, OuterRef, Q, Subquery

from agents.models import Agent, AgentMetric, AgentMetricQuerySet, AgentQuerySet
from common.clock import first_night, night_of
from common.errors import NotFoundError
from common.numbers import mean_or_none
from system.models import Alert

ONLINE = AgentMetric.Status.ONLINE.value
OFFLINE = AgentMetric.Status.OFFLINE.value

#: How many sessions the page of an agent lists.
TRAINING_HISTORY = 10


@dataclass(frozen=True)
class AgentStatus:
    """One agent with its values in the newest report; None is unknown.

    `last_updated` is the time of its newest row with data, which may be older than
    the report. `reason` tells why it is offline: `disabled`, `not_in_report`,
    `no_quality` (trained, but no score was given), or the outcome of that night
    (`failed`, `skipped`, `no_data`).
    """

    id: str
    name: str
    enabled: bool
    priority: str
    description: str
    quality_target: float | None
    status: str
    reason: str | None
    quality_score: float | None
    processing_time_ms: int | None
    improvement: float | None
    improvement_computed: float | None
    errors: int | None
    last_updated: datetime | None
    report_date: date | None
    report_age_days: int | None

    @property
    def is_online(self) -> bool:
        return self.status == ONLINE

    @property
    def is_below_target(self) -> bool:
        """Whether it has a value and a target, and the value is the smaller one."""
        return (
            self.quality_score is not None
            and self.quality_target is not None
            and self.quality_score < self.quality_target
        )


@dataclass(frozen=True)
class AgentDetail:
    """One agent with its past; both lists newest first."""

    status: AgentStatus
    metrics_history: list[AgentMetric]
    training_history: list[AgentMetric]


@dataclass(frozen=True)
class AgentHealth:
    """All agents in one look; the alerts are the active ones that name an agent."""

    total_agents: int
    online: int
    offline: int
    average_quality: float | None
    critical_alerts: int
    warnings: int
    below_target: list[str]


@dataclass(frozen=True)
class NightOutcomes:
    """How many agents were trained and how many failed in one night, over its sessions."""

    night: date
    trained: int
    failed: int


def agent_statuses(*, now: datetime) -> list[AgentStatus]:
    """Return one entry per agent in natural order, disabled ones too. Two queries."""
    return _statuses(Agent.objects.all(), AgentMetric.objects.all(), now=now)


def online_count(*, now: datetime) -> int:
    """Return how many agents are enabled and have data in the newest report."""
    return sum(agent.is_online for agent in agent_statuses(now=now))


def agent_detail(*, agent_id: str, limit: int, now: datetime) -> AgentDetail:
    """Return one agent with its newest `limit` rows and its last ten sessions.

    Raises:
        NotFoundError: there is no agent with this id (404).
    """
    found = _statuses(
        Agent.objects.filter(pk=agent_id), AgentMetric.objects.for_agent(agent_id), now=now
    )
    if not found:
        raise _unknown_agent(agent_id)
    newest = AgentMetric.objects.for_agent(agent_id).newest_first().defer("metadata")
    rows = list(newest[: max(limit, TRAINING_HISTORY)])
    return AgentDetail(
        status=found[0],
        metrics_history=rows[:limit],
        training_history=rows[:TRAINING_HISTORY],
    )


def agent_metrics(*, agent_id: str) -> AgentMetricQuerySet:
    """Return the rows of one agent, newest first, without the raw values read from files.

    Raises:
        NotFoundError: there is no agent with this id (404).
    """
    if not Agent.objects.filter(pk=agent_id).exists():
        raise _unknown_agent(agent_id)
    return AgentMetric.objects.for_agent(agent_id).newest_first().defer("metadata")


def agent_health(*, now: datetime) -> AgentHealth:
    """Return the counts over all agents. Three queries."""
    agents = agent_statuses(now=now)
    online = sum(agent.is_online for agent in agents)
    level = Alert.Level
    alerts = (
        Alert.objects.active()
        .filter(agent_id__isnull=False)
        .aggregate(
            critical=Count("pk", filter=Q(level=level.CRITICAL)),
            warnings=Count("pk", filter=Q(level=level.WARNING)),
        )
    )
    return AgentHealth(
        total_agents=len(agents),
        online=online,
        offline=len(agents) - online,
        average_quality=mean_or_none(
            [agent.quality_score for agent in agents if agent.quality_score is not None]
        ),
        critical_alerts=alerts["critical"],
        warnings=alerts["warnings"],
        below_target=[agent.id for agent in agents if agent.enabled and agent.is_below_target],
    )


def unknown_agents(*, agent_ids: Iterable[str]) -> list[str]:
    """Return those of `agent_ids` that no agent has, in the order given."""
    known = set(Agent.objects.values_list("pk", flat=True))
    return [agent_id for agent_id in agent_ids if agent_id not in known]


def newest_nights(*, count: int) -> list[date]:
    """Return at most `count` nights that have rows, newest first."""
    nights = AgentMetric.objects.order_by("-night").values_list("night", flat=True)
    return list(nights.distinct()[:count])


def agents_with_data(*, nights: Iterable[date]) -> set[str]:
    """Return the ids of the agents that have data in at least one of `nights`."""
    rows = AgentMetric.objects.with_data().filter(night__in=list(nights))
    return set(rows.order_by().values_list("agent_id", flat=True).distinct())


def reported_agents() -> set[str]:
    """Return the ids of the agents that any report ever mentioned, with data or without."""
    rows = AgentMetric.objects.filter(agent=OuterRef("pk"))
    return set(Agent.objects.filter(Exists(rows)).values_list("pk", flat=True))


def quality_per_night(
    *, first: date, last: date, agent_ids: Iterable[str] | None = None
) -> dict[str, dict[date, float]]:
    """Return {agent id: {night: quality}} of the nights `first` to `last`, both included.

    Agents are in natural order; those without data in the window are left out, and
    so are an agent's nights without data. Of several sessions in one night the
    newest with data counts. One query.
    """
    rows = AgentMetric.objects.with_data().filter(night__range=(first, last)).newest_per_night()
    if agent_ids is not None:
        rows = rows.filter(agent_id__in=list(agent_ids))
    columns = rows.order_by("agent__sort_key", "night").values_list(
        "agent_id", "night", "quality_score"
    )
    series: dict[str, dict[date, float]] = {}
    for agent_id, night, quality in columns.iterator():
        if quality is not None:
            series.setdefault(agent_id, {})[night] = quality
    return series


def outcomes_per_night(*, first: date, last: date) -> list[NightOutcomes]:
    """Return the nights in which agents were trained or failed, oldest first."""
    trained = Q(outcome=AgentMetric.Outcome.TRAINED)
    failed = Q(outcome=AgentMetric.Outcome.FAILED)
    nights = (
        AgentMetric.objects.filter(trained | failed, night__range=(first, last))
        .order_by("night")
        .values("night")
        .annotate(trained=Count("pk", filter=trained), failed=Count("pk", filter=failed))
    )
    return [NightOutcomes(row["night"], row["trained"], row["failed"]) for row in nights]


def error_rate(*, days: int, now: datetime) -> float | None:
    """Return failed ÷ all agent trainings (0-1) of the last `days` nights, today included.

    Skipped agents and those without data were not trained and do not count. None
    if none was trained.
    """
    today = night_of(now)
    nights = outcomes_per_night(first=first_night(days=days, today=today), last=today)
    failed = sum(night.failed for night in nights)
    total = failed + sum(night.trained for night in nights)
    return round(failed / total, 4) if total else None


def average_processing_time_ms(*, first: date, last: date) -> float | None:
    """Return the mean training time over agents and nights in ms, None if none is known."""
    rows = AgentMetric.objects.filter(night__range=(first, last))
    average: float | None = rows.aggregate(average=Avg("processing_time_ms"))["average"]
    return None if average is None else round(float(average), 2)


def _statuses(
    agents: AgentQuerySet, rows: AgentMetricQuerySet, *, now: datetime
) -> list[AgentStatus]:
    newest_night = AgentMetric.objects.order_by("-night").values("night")[:1]
    reported = rows.filter(night=Subquery(newest_night)).newest_per_night().defer("metadata")
    report = {row.agent_id: row for row in reported.order_by()}
    last_data = AgentMetric.objects.with_data().filter(agent=OuterRef("pk")).order_by("-timestamp")
    listed: Any = agents.in_natural_order().annotate(
        newest_night=Subquery(newest_night),
        last_updated=Subquery(last_data.values("timestamp")[:1]),
    )
    today = night_of(now)
    return [
        _status(
            agent,
            report.get(agent.pk),
            night=agent.newest_night,
            last_updated=agent.last_updated,
            today=today,
        )
        for agent in listed
    ]


def _status(
    agent: Agent,
    row: AgentMetric | None,
    *,
    night: date | None,
    last_updated: datetime | None,
    today: date,
) -> AgentStatus:
    data = row if row is not None and row.quality_score is not None else None
    online = agent.enabled and data is not None
    return AgentStatus(
        id=agent.pk,
        name=agent.name,
        enabled=agent.enabled,
        priority=agent.priority,
        description=agent.description,
        quality_target=agent.quality_target,
        status=ONLINE if online else OFFLINE,
        reason=None if online else _why_offline(agent, row),
        quality_score=data.quality_score if data else None,
        processing_time_ms=data.processing_time_ms if data else None,
        improvement=data.improvement if data else None,
        improvement_computed=data.improvement_computed if data else None,
        errors=row.error_count if row else None,
        last_updated=last_updated,
        report_date=night,
        report_age_days=None if night is None else (today - night).days,
    )


def _why_offline(agent: Agent, row: AgentMetric | None) -> str:
    if not agent.enabled:
        return "disabled"
    if row is None:
        return "not_in_report"
    return "no_quality" if row.outcome == AgentMetric.Outcome.TRAINED else row.outcome


def _unknown_agent(agent_id: str) -> NotFoundError:
    return NotFoundError(f"There is no agent {agent_id}.", code="unknown_agent")
