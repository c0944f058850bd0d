"""Topics and their versions, read from the tables: the change counter of live updates.

A version is a short text that differs after every change of what the topic covers.
It is computed from a handful of indexed look-ups, so nothing has to announce a
change, whichever process made it, and all processes and restarts agree on it.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import Max, Model

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


#: All but `checked_until`, which every look at the schedule changes.
_SCHEDULE_COLUMNS = [
    column.name for column in Schedule._meta.concrete_fields if column.name != "checked_until"
]

Part = Callable[[], Any]


def _largest(model: type[Model], column: str = "id") -> Any:
    # One column at a time: only so do databases take it from the end of an index.
    return model._default_manager.aggregate(newest=Max(column))["newest"]


def _sessions() -> Any:
    newest = TrainingSession.objects.newest_first().values(*_RUN_COLUMNS)[:1]
    active = TrainingSession.objects.active().values(*_RUN_COLUMNS)[:1]
    return list(newest), list(active), _largest(TrainingSession)


def _imports() -> Any:
    return _largest(ImportedFile), _largest(ImportedFile, "imported_at")


def _agents() -> Any:
    return _largest(AgentMetric), list(Agent.objects.values_list())


def _metrics() -> Any:
    return _largest(Metric)


def _events() -> Any:
    return _largest(Event)


def _alerts() -> Any:
    # Sorted here: asked for an order, SQLite goes through all alerts there ever were.
    active = Alert.objects.active().order_by()
    columns = ("id", "level", "value", "acknowledged_at")
    return _largest(Alert), sorted(active.values_list(*columns))


def _host() -> Any:
    return _largest(HealthSample)


def _schedule() -> Any:
    newest = ScheduleFiring.objects.order_by("-id").values("id", "outcome")[:1]
    return list(Schedule.objects.values_list(*_SCHEDULE_COLUMNS)), list(newest)


def _storyboards() -> Any:
    return _largest(Project), _largest(Revision)


def _service() -> Any:
    now = utc_now()
    return [(beat.component, is_alive(beat, now=now)) for beat in Heartbeat.objects.all()]


#: An import changes sessions, agents and metrics, also rows that are there already.
TOPICS: dict[str, tuple[Part, ...]] = {
    "sessions": (_sessions, _imports),
    "agents": (_agents, _imports),
    "metrics": (_metrics, _imports),
    "events": (_events,),
    "alerts": (_alerts,),
    "host": (_host,),
    "schedule": (_schedule,),
    "storyboards": (_storyboards,),
    "imports": (_imports,),
    "service": (_service,),
}


def versions(topics: set[str]) -> dict[str, str]:
    """Return {topic: version} of the known ones among `topics`.

    Raises:
        DatabaseError: the database does not answer.
    """
    read = cache(lambda part: part())
    return {
        topic: _digest([read(part) for part in parts])
        for topic, parts in TOPICS.items()
        if topic in topics
    }


def _digest(state: Any) -> str:
    text = json.dumps(state, default=str, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
