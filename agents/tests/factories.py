"""Rows for tests of agents; every argument has a default."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from agents.models import Agent, AgentMetric
from common.clock import today
from common.numbers import natural_key


def make_agent(id: str = "agent_20", **fields: Any) -> Agent:
    """An agent beyond the twelve that are always there."""
    return Agent.objects.create(
        **{"id": id, "name": f"Name of {id}", "sort_key": natural_key(id)} | fields
    )


def make_metric(
    agent_id: str = "agent_1",
    *,
    days_ago: int = 0,
    quality: float | None = 7.0,
    hour: int = 3,
    **fields: Any,
) -> AgentMetric:
    """What one session gave for an agent; `quality` None is a night without data."""
    night: date = fields.pop("night", today() - timedelta(days=days_ago))
    known = quality is not None
    values: dict[str, Any] = {
        "timestamp": datetime.combine(night, time(hour), UTC),
        "quality_score": quality,
        "processing_time_ms": 13 if known else None,
        "error_count": 0 if known else None,
        "status": "online" if known else "offline",
        "outcome": "trained" if known else "no_data",
        "improvement": 0.1 if known else None,
    }
    return AgentMetric.objects.create(agent_id=agent_id, night=night, **values | fields)
