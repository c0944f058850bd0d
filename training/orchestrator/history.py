"""Parser of `logs/training_metrics.json`, the lists of points that runs append to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.orchestrator.results import TrainingResult, read_result
from training.orchestrator.text import AGENT_ID
from training.orchestrator.values import LARGEST_INTEGER, Node, optional, parse_object

_QUALITY_KEY = re.compile(r"(.+)_quality")
# `agent_2_audio_quality` measures something of agent_2; `agent_2_quality` is its quality.
_OTHER_MEASURE = re.compile(r"agent_\d+[a-z]?_.+")

#: Agent, moment, and the values of one point.
Reading = tuple[str, datetime, dict[str, Any]]


@dataclass(frozen=True)
class AgentPoint:
    """What the history has of one agent's training; None where a list has no point.

    `score` is on 0-10, `raw_score` as written; `improvement_percent` is the training's
    own measure, not a difference to the day before.
    """

    agent_id: str
    at: datetime
    score: float | None = None
    raw_score: float | None = None
    improvement_percent: float | None = None
    time_ms: int | None = None
    success: bool | None = None


@dataclass(frozen=True)
class RunEntry:
    """The end of one run, as `training_history` has it."""

    at: datetime
    event_type: str
    result: TrainingResult


@dataclass(frozen=True)
class MetricsHistory:
    """All points of the file; times are naive where it gives local time.

    There is one point per agent and moment, joined from the lists of the file.
    `unknown_keys` have content that this parser does not know.
    """

    points: tuple[AgentPoint, ...]
    runs: tuple[RunEntry, ...]
    unknown_keys: tuple[str, ...] = ()


def parse_history(data: bytes) -> MetricsHistory:
    """Return the points and runs of a metrics history.

    Qualities are brought to 0-10: a file in which none exceeds 1 gives shares.

    Raises:
        OrchestratorFileError: broken or of a wrong type; names the key.
    """
    root = parse_object(data)
    points: dict[tuple[str, datetime], dict[str, Any]] = {}
    runs: list[RunEntry] = []
    unknown: list[str] = []
    for key, node in root.members():
        if key == "training_history":
            runs += [_run(entry) for entry in node.items()]
        elif (readings := _readings(key, node)) is not None:
            for agent_id, at, values in readings:
                points.setdefault((agent_id, at), {}).update(values)
        elif node.value:
            unknown.append(key)
    scale = _scale(points.values())
    return MetricsHistory(
        points=tuple(
            AgentPoint(agent_id, at, score=_scaled(values, scale), **values)
            for (agent_id, at), values in points.items()
        ),
        runs=tuple(runs),
        unknown_keys=tuple(unknown),
    )


def _readings(key: str, node: Node) -> Iterator[Reading] | None:
    """Return the readings of a list by agent and moment; None for a list of another kind."""
    if key == "training_speed_ms":
        return (_speed(point) for point in node.items())
    if key == "success_rate":
        return (_success(point) for point in node.items())
    match = _QUALITY_KEY.fullmatch(key)
    if not match or not AGENT_ID.fullmatch(match[1]) or _OTHER_MEASURE.fullmatch(match[1]):
        return None
    return (_quality(match[1], point) for point in node.items())


def _quality(agent_id: str, point: Node) -> Reading:
    values = {
        "raw_score": optional(point.get("score"), lambda node: node.number(0, 10)),
        "improvement_percent": optional(point.get("improvement"), Node.number),
        "time_ms": optional(point.get("time_ms"), _milliseconds),
    }
    return agent_id, _time(point), values


def _speed(point: Node) -> Reading:
    return _agent(point), _time(point), {"time_ms": optional(point.get("time_ms"), _milliseconds)}


def _success(point: Node) -> Reading:
    return _agent(point), _time(point), {"success": optional(point.get("success"), Node.flag)}


def _run(entry: Node) -> RunEntry:
    data = entry.get("data")
    if data is None:
        entry.refuse("The entry has no data.")
    at = _time(entry)
    result = read_result(data)
    return RunEntry(
        at=result.ended_at or at,
        event_type=optional(entry.get("event_type"), Node.text) or "",
        result=result,
    )


def _agent(point: Node) -> str:
    return _required(point, "agent").agent_id()


def _time(point: Node) -> datetime:
    return _required(point, "timestamp").time()


def _required(point: Node, key: str) -> Node:
    node = point.get(key)
    if node is None:
        point.refuse(f"{key!r} is missing.")
    return node


def _milliseconds(node: Node) -> int:
    return round(node.number(0, LARGEST_INTEGER))


def _scale(points: Iterable[Mapping[str, Any]]) -> float:
    highest = max((values.get("raw_score") or 0 for values in points), default=0)
    return 10 if 0 < highest <= 1 else 1


def _scaled(values: Mapping[str, Any], scale: float) -> float | None:
    raw = values.get("raw_score")
    return None if raw is None else raw * scale
