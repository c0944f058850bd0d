"""Signs of life of our own processes: written by them, read by status and alerts."""

import logging
import os
import socket
import time
from datetime import UTC, datetime, timedelta

import psutil
from django.db import DatabaseError, close_old_connections

from common.clock import utc_now
from system.models import Heartbeat

logger = logging.getLogger(__name__)

#: A component without a sign of life for this long is not running.
ALIVE_FOR = timedelta(seconds=30)
_EVERY_SECONDS = 5.0
_last: dict[str, float] = {}


def note_alive(component: str) -> None:
    """Write the heartbeat of `component`, at most every five seconds; never raise.

    A database that is away for a while must not end the worker or beat.
    """
    now = time.monotonic()
    if now - _last.get(component, -_EVERY_SECONDS) < _EVERY_SECONDS:
        return
    _last[component] = now
    try:
        close_old_connections()
        Heartbeat.objects.update_or_create(
            component=component,
            defaults={"seen_at": utc_now(), "pid": os.getpid(), "host": socket.gethostname()},
        )
    except DatabaseError:
        logger.warning("the heartbeat of %s could not be written", component, exc_info=True)


def is_alive(heartbeat: Heartbeat | None, *, now: datetime) -> bool:
    """Return whether a component has shown life within `ALIVE_FOR`."""
    return heartbeat is not None and now - heartbeat.seen_at <= ALIVE_FOR


def running_since() -> datetime:
    """Return when this process began; what is missing since before then need not be lost."""
    return datetime.fromtimestamp(psutil.Process().create_time(), tz=UTC)
