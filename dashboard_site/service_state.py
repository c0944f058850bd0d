"""Is the service itself well: database, broker, worker, scheduler, orchestrator's folder.

Each part is one small function that catches the errors it expects and returns
`ok` or what is wrong, so that one failing part cannot take the answer down.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection

from agents.models import Agent, AgentMetric
from logs_app.models import Event
from metrics.models import Metric
from system.heartbeats import ALIVE_FOR, is_alive
from system.models import HealthSample, Heartbeat
from training.models import TrainingSession

logger = logging.getLogger(__name__)

T = TypeVar("T")

OK = "ok"
#: Counting a million rows and knocking at the broker take time; both are kept this long.
CACHE_SECONDS = 10

_COUNTED: dict[str, type[Any]] = {
    "metrics_count": Metric,
    "events_count": Event,
    "training_sessions_count": TrainingSession,
    "system_health_count": HealthSample,
    "agent_metrics_count": AgentMetric,
}


@dataclass(frozen=True)
class ServiceState:
    """The contract's status. `counts` is empty and `agents` None if the database is away."""

    status: str
    agents: int | None
    counts: dict[str, int]
    components: dict[str, str]
    sample_data: bool
    timestamp: datetime


def service_state(*, now: datetime) -> ServiceState:
    """Return what works and what does not; never raises for a part that is down."""
    components = {
        "database": database_state(),
        "broker": _remembered("broker", broker_state),
        "worker": _process("worker", now=now),
        "scheduler": _process("beat", now=now),
        "orchestrator": _orchestrator(settings.ORCHESTRATOR_PATH),
    }
    agents: int | None = None
    counts: dict[str, int] = {}
    sample = False
    if components["database"] == OK:
        agents = Agent.objects.count()
        counts = _remembered("counts", table_counts)
        sample = TrainingSession.objects.filter(is_sample=True).exists()
    healthy = all(text == OK for text in components.values())
    return ServiceState(
        status="operational" if healthy else "degraded",
        agents=agents,
        counts=counts,
        components=components,
        sample_data=sample,
        timestamp=now,
    )


def table_counts() -> dict[str, int]:
    """Return the exact number of rows per table, by the contract's keys."""
    return {key: model.objects.count() for key, model in _COUNTED.items()}


def _remembered(key: str, measure: Callable[[], T]) -> T:
    """Return what `measure` gave within the last CACHE_SECONDS, measuring where needed."""
    cache = caches["local"]
    value: T | None = cache.get(f"service-state:{key}")
    if value is None:
        value = measure()
        cache.set(f"service-state:{key}", value, CACHE_SECONDS)
    return value


def database_state() -> str:
    """Return `ok`, or that the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("the database does not answer: %s", error)
        return "does not answer"
    return OK


def broker_state() -> str:
    """Return `ok`, or what is wrong with the queue."""
    connection_errors: tuple[type[BaseException], ...] = (
        OSError,
        *current_app.connection_for_write().connection_errors,
    )
    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            if broker.transport.driver_type == "filesystem":
                folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
                return OK if os.access(folder, os.W_OK | os.X_OK) else "the queue folder is gone"
    except connection_errors as error:
        logger.warning("the broker does not answer: %s", error)
        return "does not answer"
    return OK


def _process(component: str, *, now: datetime) -> str:
    try:
        heartbeat = Heartbeat.objects.filter(pk=component).first()
    except DatabaseError:
        return "unknown: the database does not answer"
    if heartbeat is None:
        return "has never run"
    if is_alive(heartbeat, now=now):
        return OK
    silent = int((now - heartbeat.seen_at).total_seconds())
    limit = int(ALIVE_FOR.total_seconds())
    return f"no sign of life for {silent} seconds (limit {limit})"


def _orchestrator(path: Path) -> str:
    try:
        if not path.is_dir():
            return "the folder does not exist"
        if not os.access(path, os.R_OK | os.X_OK):
            return "the folder cannot be read"
        if not any(path.iterdir()):
            return "the folder is empty"
    except OSError as error:
        return f"the folder cannot be read: {error.strerror}"
    return OK
