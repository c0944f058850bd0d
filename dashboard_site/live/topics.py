"""Topics and their versions, read from the tables: the change counter of live updates.

A version is a short text that differs after every change of what the topic covers.
It is computed from a handful of indexed look-ups, so nothing has to announce a
change, whichever process made it, and all processes and restarts agree on it.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db.models import Max

from agents.models import Agent, AgentMetric
from common.clock import utc_now
from logs_app.models import Event
from metrics.models import Metric
from storyboard.models import Project, Revision
from system.heartbeats import is_alive
from system.models import Alert, HealthSample, Heartbeat
from training.models import ImportedFile, Schedule, ScheduleFiring, TrainingSession

_RUN_COLUMNS = (
    "id",
    "status",
    "phase",
    "progress_percent",
    "current_agent",
    "agent_states",
    "phases",
    "end_time",
    "overall_quality",
    "error_message",
)


def _newest(model: Any) -> Any:
    return model.objects.aggregate(newest=Max("id"))["newest"]


def _imports() -> Any:
    return ImportedFile.objects.aggregate(newest=Max("id"), at=Max("imported_at"))


def _sessions() -> Any:
    newest = TrainingSession.objects.newest_first().values(*_RUN_COLUMNS)[:1]
    active = TrainingSession.objects.active().values(*_RUN_COLUMNS)[:1]
    return list(newest), list(active), _newest(TrainingSession), _imports()


def _agents() -> Any:
    return _newest(AgentMetric), list(Agent.objects.values_list()), _imports()


def _alerts() -> Any:
    active = Alert.objects.active().order_by("id")
    return _newest(Alert), list(active.values_list("id", "level", "value", "acknowledged_at"))


def _schedule() -> Any:
    return list(Schedule.objects.values_list()), _newest(ScheduleFiring)


def _service() -> Any:
    now = utc_now()
    return [(beat.component, is_alive(beat, now=now)) for beat in Heartbeat.objects.all()]


TOPICS: dict[str, Callable[[], Any]] = {
    "sessions": _sessions,
    "agents": _agents,
    "metrics": lambda: (_newest(Metric), _imports()),
    "events": lambda: _newest(Event),
    "alerts": _alerts,
    "host": lambda: _newest(HealthSample),
    "schedule": _schedule,
    "storyboards": lambda: (_newest(Project), _newest(Revision)),
    "imports": _imports,
    "service": _service,
}


def versions(topics: set[str]) -> dict[str, str]:
    """Return {topic: version} of the known ones among `topics`.

    Raises:
        DatabaseError: the database does not answer.
    """
    return {topic: _digest(read()) for topic, read in TOPICS.items() if topic in topics}


def _digest(state: Any) -> str:
    text = json.dumps(state, default=str, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
