"""Rows for tests of metrics; every argument has a default."""

from datetime import UTC, date, datetime, time, timedelta

from common.clock import today
from metrics.models import Metric


def make_metric(
    metric_type: str = "quality",
    value: float = 7.0,
    *,
    days_ago: int = 0,
    agent_id: str | None = None,
    session_id: int | None = None,
    notes: str = "",
    timestamp: datetime | None = None,
) -> Metric:
    """One stored number; with `session_id` it is a nightly one."""
    night: date = today() - timedelta(days=days_ago)
    return Metric.objects.create(
        metric_type=metric_type,
        value=value,
        agent_id=agent_id,
        session_id=session_id,
        notes=notes,
        timestamp=timestamp or datetime.combine(night, time(3), UTC),
    )


def make_system_quality(value: float = 7.0, *, days_ago: int = 0, session_id: int = 1) -> Metric:
    """What a session gave for the whole system."""
    return make_metric("quality", value, days_ago=days_ago, session_id=session_id)
