"""Changing agents and their nightly values; both come from the orchestrator's files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from agents.models import Agent, AgentMetric, AgentQuerySet
from common.numbers import natural_key

#: Differences of scores are rounded here, so that 8.0 - 7.7 is 0.3.
_DIGITS = 6


@dataclass(frozen=True)
class AgentFound:
    """What an import knows of an agent; empty or None: nothing, the stored value stays."""

    id: str
    name: str = ""
    description: str = ""
    enabled: bool | None = None
    priority: str | None = None
    quality_target: float | None = None

    def columns(self) -> dict[str, Any]:
        """Return the columns that are known."""
        columns = {
            "name": self.name or None,
            "description": self.description or None,
            "enabled": self.enabled,
            "priority": self.priority,
            "quality_target": self.quality_target,
        }
        return {name: value for name, value in columns.items() if value is not None}


@dataclass(frozen=True)
class AgentValues:
    """What one session gave for one agent, with the units of `AgentMetric`."""

    agent_id: str
    timestamp: datetime
    outcome: str
    quality_score: float | None = None
    processing_time_ms: int | None = None
    error_count: int | None = None
    improvement: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        has_data = (
            self.quality_score is not None or self.outcome == AgentMetric.Outcome.TRAINED.value
        )
        return AgentMetric.Status.ONLINE if has_data else AgentMetric.Status.OFFLINE


def upsert_agents(*, found: Iterable[AgentFound]) -> int:
    """Add the agents that are new, update what differs in the others; return how many changed.

    An agent that is found without a name is called after its identifier. What was
    edited by hand stays.
    """
    wanted = {agent.id: agent for agent in found}
    with transaction.atomic():
        stored = Agent.objects.in_bulk(list(wanted))
        new = [_new_agent(agent) for agent in wanted.values() if agent.id not in stored]
        changed = [row for row in stored.values() if _apply(wanted[row.id], row)]
        Agent.objects.bulk_create(new)
        if changed:
            columns = ["name", "description", "enabled", "priority", "quality_target"]
            Agent.objects.bulk_update(changed, columns)
    return len(new) + len(changed)


def edit_agent(agent: Agent, *, fields: Collection[str]) -> None:
    """Save an agent of which a person changed these fields, which imports leave alone then."""
    agent.sort_key = natural_key(agent.pk)
    agent.edited_fields = sorted({*agent.edited_fields, *fields})
    agent.save()


def follow_configuration(agents: AgentQuerySet) -> int:
    """Let imports change again what was edited by hand; return the number of agents."""
    return agents.exclude(edited_fields=[]).update(edited_fields=[])


def replace_session_agent_metrics(
    *, session_id: int, night: date, values: Sequence[AgentValues], is_new: bool = False
) -> int:
    """Make `values` all that is stored of a session's agents; return their number.

    Rows of agents that stay keep their id. `improvement_computed` is worked out
    against each agent's previous known quality, for these rows and for the next
    known ones after them: nights may arrive in any order. `is_new` promises that
    nothing is stored of the session yet, which saves looking.
    """
    rows = AgentMetric.objects.filter(session_id=session_id)
    with transaction.atomic(savepoint=False):
        before = {} if is_new else dict(rows.values_list("agent_id", "timestamp"))
        after = {value.agent_id: value.timestamp for value in values}
        if before.keys() - after.keys():
            rows.exclude(agent_id__in=after).delete()
        neighbours = _neighbours(None if is_new else session_id, after)
        if values:
            AgentMetric.objects.bulk_create(
                [
                    _row(session_id, night, value, neighbours[value.agent_id].previous)
                    for value in values
                ],
                update_conflicts=True,
                unique_fields=["session_id", "agent"],
                update_fields=_VALUE_COLUMNS,
            )
        around = [*neighbours.values()]
        if before not in ({}, after):
            around += _neighbours(session_id, before).values()
        _refresh({one.next_id for one in around if one.next_id is not None})
    return len(values)


_VALUE_COLUMNS = [
    "timestamp",
    "night",
    "quality_score",
    "processing_time_ms",
    "error_count",
    "status",
    "outcome",
    "improvement",
    "improvement_computed",
    "metadata",
]


def _new_agent(found: AgentFound) -> Agent:
    columns = {"name": found.id.replace("_", " ").title(), **found.columns()}
    return Agent(id=found.id, sort_key=natural_key(found.id), **columns)


def _apply(found: AgentFound, row: Agent) -> bool:
    """Set the known columns; return whether one differs."""
    changed = False
    for name, value in found.columns().items():
        if name not in row.edited_fields and getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def _row(session_id: int, night: date, value: AgentValues, previous: float | None) -> AgentMetric:
    return AgentMetric(
        session_id=session_id,
        night=night,
        agent_id=value.agent_id,
        timestamp=value.timestamp,
        quality_score=value.quality_score,
        processing_time_ms=value.processing_time_ms,
        error_count=value.error_count,
        status=value.status,
        outcome=value.outcome,
        improvement=value.improvement,
        improvement_computed=_difference(value.quality_score, previous),
        metadata=dict(value.metadata),
    )


@dataclass(frozen=True)
class _Neighbours:
    """An agent's last known quality before a session, and its next known row after it."""

    previous: float | None
    next_id: int | None


def _neighbours(session_id: int | None, moments: Mapping[str, datetime]) -> dict[str, _Neighbours]:
    """Return the neighbours of a session (None: it has no rows yet), by agent; one query."""
    if not moments:
        return {}
    known = AgentMetric.objects.filter(agent_id=OuterRef("pk"), quality_score__isnull=False)
    if session_id is not None:
        known = known.exclude(session_id=session_id)
    earlier = known.filter(timestamp__lt=min(moments.values())).newest_first()
    later = known.filter(timestamp__gt=max(moments.values())).order_by("timestamp", "id")
    agents = Agent.objects.filter(pk__in=list(moments)).annotate(
        previous=Subquery(earlier.values("quality_score")[:1]),
        next_id=Subquery(later.values("pk")[:1]),
    )
    return {
        agent_id: _Neighbours(previous, next_id)
        for agent_id, previous, next_id in agents.values_list("pk", "previous", "next_id")
    }


def _refresh(ids: Collection[int]) -> None:
    """Work out the computed difference of some rows anew."""
    if not ids:
        return
    earlier = AgentMetric.objects.filter(
        agent_id=OuterRef("agent_id"),
        timestamp__lt=OuterRef("timestamp"),
        quality_score__isnull=False,
    ).newest_first()
    rows = AgentMetric.objects.filter(pk__in=ids).annotate(
        previous=Subquery(earlier.values("quality_score")[:1])
    )
    stale = [
        AgentMetric(pk=pk, improvement_computed=computed)
        for pk, quality, stored, previous in rows.values_list(
            "pk", "quality_score", "improvement_computed", "previous"
        )
        if (computed := _difference(quality, previous)) != stored
    ]
    if stale:
        AgentMetric.objects.bulk_update(stale, ["improvement_computed"])


def _difference(quality: float | None, previous: float | None) -> float | None:
    if quality is None or previous is None:
        return None
    return round(quality - previous, _DIGITS)
