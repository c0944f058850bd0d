"""Writing events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.clock import utc_now
from logs_app.models import Event

Severity = Event.Severity


def record_event(
    *,
    event_type: str,
    message: str,
    severity: str = Severity.INFO,
    agent_id: str | None = None,
    session_id: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: datetime | None = None,
) -> Event:
    """Store one event that we saw ourselves, and return it; without `timestamp` it is now."""
    return Event.objects.create(
        timestamp=timestamp or utc_now(),
        event_type=event_type,
        message=message,
        severity=severity,
        agent_id=agent_id,
        session_id=session_id,
        metadata=dict(metadata or {}),
    )
