"""Parser of `holistic_training_result.json`, which every run overwrites at its end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.orchestrator.values import Node, optional, parse_object

SUCCEEDED = ("success", "completed")
FAILED = ("failed", "error")
#: Some three years: what is longer cannot be a training.
LONGEST_SECONDS = 1e8


@dataclass(frozen=True)
class PhaseResult:
    """One phase of the run, under the name the file gives it."""

    name: str
    status: str | None
    seconds: float | None


@dataclass(frozen=True)
class AgentResult:
    """What the run says of one agent; `raw` is all of it."""

    agent_id: str
    status: str | None
    error: str
    raw: dict[str, Any]


@dataclass(frozen=True)
class TrainingResult:
    """The outcome of one run.

    `ended_at` is naive where the file gives local time without an offset;
    `quality_delta_percent` is the system's change as the run computed it.
    """

    status: str
    error: str
    ended_at: datetime | None
    total_seconds: float | None
    agents_trained: int | None
    agents_failed: int | None
    quality_delta_percent: float | None
    next_scheduled: str
    phases: tuple[PhaseResult, ...] = ()
    agents: tuple[AgentResult, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCEEDED


def parse_result(data: bytes) -> TrainingResult:
    """Return the run that a result file describes; what it leaves out is None or empty.

    Raises:
        OrchestratorFileError: broken, or without a known `status`; names the key.
    """
    return read_result(parse_object(data))


def read_result(root: Node) -> TrainingResult:
    """Return the run that an object with the result's keys describes."""
    training = None
    phases: list[PhaseResult] = []
    for name, phase in _members(root.get("phases")):
        phases.append(_phase(name, phase))
        if name.strip().lower() in {"training", "agent_training"}:
            training = phase
    failed = training.get("agents_failed") if training else None
    trained = root.get("agents_trained") or (training.get("agents_trained") if training else None)
    results = training.get("results") if training else None
    return TrainingResult(
        status=_status(root),
        error=optional(root.get("error"), Node.text) or "",
        ended_at=optional(root.get("timestamp"), Node.time),
        total_seconds=optional(root.get("total_time_seconds"), _seconds),
        agents_trained=optional(trained, Node.whole),
        agents_failed=optional(failed, Node.whole),
        quality_delta_percent=optional(root.get("system_quality_delta"), Node.number),
        next_scheduled=optional(root.get("next_scheduled"), Node.text) or "",
        phases=tuple(phases),
        agents=tuple(_agent(name, agent) for name, agent in _members(results)),
    )


def _members(node: Node | None) -> list[tuple[str, Node]]:
    return [] if node is None else list(node.members())


def _status(root: Node) -> str:
    node = root.get("status")
    if node is None:
        root.refuse("The result has no status.")
    status = node.text().strip().lower()
    if status not in SUCCEEDED + FAILED:
        node.refuse(f"{status[:60]!r} is not one of {', '.join(SUCCEEDED + FAILED)}.")
    return status


def _seconds(node: Node) -> float:
    return node.number(0, LONGEST_SECONDS)


def _phase(name: str, node: Node) -> PhaseResult:
    return PhaseResult(
        name=name,
        status=optional(node.get("status"), Node.text),
        seconds=optional(node.get("time_seconds"), _seconds),
    )


def _agent(name: str, node: Node) -> AgentResult:
    return AgentResult(
        agent_id=Node(name, node.path).agent_id(),
        status=optional(node.get("status"), Node.text),
        error=optional(node.get("error") or node.get("reason"), Node.text) or "",
        raw=dict(node.value),
    )
