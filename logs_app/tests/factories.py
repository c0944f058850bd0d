"""Rows for tests, with defaults for everything."""

from datetime import timedelta
from typing import Any

from common.clock import utc_now
from logs_app.models import Event
from logs_app.services import new_event


def make_event(*, minutes_ago: float = 0, **fields: Any) -> Event:
    return make_events([fields], minutes_ago=minutes_ago)[0]


def make_events(rows: list[dict[str, Any]], *, minutes_ago: float = 0) -> list[Event]:
    """Store events, each a second older than the one before it."""
    start = utc_now() - timedelta(minutes=minutes_ago)
    defaults: dict[str, Any] = {"event_type": "test_event", "message": "Something happened."}
    return Event.objects.bulk_create(
        Event(
            **new_event(**{"timestamp": start - timedelta(seconds=position), **defaults, **fields})
        )
        for position, fields in enumerate(rows)
    )
