"""How far a run is, made from what it prints; knows neither the process nor the database.

progress = RunProgress(agent_ids=[...], past=past_durations(), started_at=now)
progress.feed(line, at)           for every line
progress.snapshot(now)            whenever the session's row is written
progress.take_events()            for the events table
progress.finish(at, ok=True)      once, at the end
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from training.durations import PastDurations, TimeLeft, comes_before
from training.orchestrator.output import (
    AgentChange,
    AgentTotal,
    LogReport,
    MetricReport,
    PhaseChange,
    ProgressReport,
    parse_line,
)
from training.phases import IDLE, PHASES

__all__ = ["PastDurations", "ProgressSnapshot", "RunNote", "RunProgress", "TimeLeft"]

# However much a run prints, its row and the memory of the worker stay small.
_MOST_PHASES = 100
_MOST_AGENTS = 500
_MOST_METRICS = 200
_MOST_NOTES = 1000
_ERROR_LINES = 5

_AGENT_PHASE = "agent_training"
#: Shown until the run has ended, however certain the end seems.
_ALMOST = 99.0
#: A phase that takes longer than usual is not shown as over.
_NEARLY_OVER = 0.95


@dataclass(frozen=True)
class RunNote:
    """Something in the run that belongs into the events table."""

    at: datetime
    event_type: str
    message: str
    severity: str = "info"
    agent_id: str | None = None


@dataclass(frozen=True)
class ProgressSnapshot:
    """The state of a run at one moment, in the form of the session's columns.

    `percent` is None while the run has said nothing about its progress. `metrics`
    has the newest value of each reported number, by `name` or `agent_id.name`.
    `last_error_lines`, oldest first, is what a failure is explained with.
    """

    phase: str
    phases: list[dict[str, Any]]
    current_agent: str | None
    agent_states: dict[str, dict[str, Any]]
    percent: float | None
    time_left: TimeLeft | None
    agents_trained: int | None
    agents_failed: int | None
    metrics: dict[str, float]
    last_error_lines: list[str]


@dataclass
class _Phase:
    name: str
    raw_name: str
    began_at: datetime
    status: str = "running"
    ended_at: datetime | None = None
    reported_seconds: float | None = None

    @property
    def seconds(self) -> float | None:
        """The longer of measured and reported: output held in a buffer arrives all at once."""
        if self.ended_at is None:
            return None
        measured = max(0.0, (self.ended_at - self.began_at).total_seconds())
        return round(max(measured, self.reported_seconds or 0.0), 3)

    def end(self, at: datetime, status: str = "completed") -> None:
        if self.ended_at is None:
            self.ended_at = at
            if self.status == "running":
                self.status = status

    def as_column(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "raw_name": self.raw_name,
            "status": self.status,
            "started_at": _iso(self.began_at),
            "ended_at": _iso(self.ended_at),
            "seconds": self.seconds,
        }


def end_what_is_open(
    phases: list[dict[str, Any]], agent_states: dict[str, dict[str, Any]], *, at: datetime
) -> dict[str, Any]:
    """Return both columns of a session that nobody runs any more, with nothing under way."""
    end = {"ended_at": _iso(at)}
    lost = {**end, "state": "failed", "reason": "the run ended during its training"}
    return {
        "phases": [
            {**phase, **end, "status": "failed"} if phase.get("status") == "running" else phase
            for phase in phases
        ],
        "agent_states": {
            name: {**agent, **lost} if agent.get("state") == "running" else agent
            for name, agent in agent_states.items()
        },
    }


@dataclass
class _Agent:
    state: str = "waiting"
    reason: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    improvement: float | None = None
    processing_time_ms: float | None = None
    in_turn: bool = False
    #: The run ended before it came to this agent: it neither failed nor lacked data.
    is_left_out: bool = False

    @property
    def is_over(self) -> bool:
        return self.state in {"done", "failed", "skipped"}

    def end(self, at: datetime, state: str, reason: str) -> None:
        self.state, self.reason, self.ended_at = state, reason, at

    def as_column(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "reason": self.reason,
            "started_at": _iso(self.began_at),
            "ended_at": _iso(self.ended_at),
            "improvement": self.improvement,
            "processing_time_ms": self.processing_time_ms,
        }


@dataclass
class RunProgress:
    """Collects the lines of one run; see the module for its use.

    `agent_ids` are the agents expected to be trained; others that the run names
    are added. Moments may come out of order or jump: nothing is ever negative, and
    the percentage never goes back.
    """

    agent_ids: list[str]
    past: PastDurations
    started_at: datetime
    _phases: list[_Phase] = field(default_factory=list)
    _agents: dict[str, _Agent] = field(default_factory=dict)
    _agents_seen: bool = False
    _total: AgentTotal | None = None
    _reported_percent: float | None = None
    _percent: float | None = None
    _metrics: dict[str, float] = field(default_factory=dict)
    _errors: deque[str] = field(default_factory=lambda: deque(maxlen=_ERROR_LINES))
    _tail: deque[str] = field(default_factory=lambda: deque(maxlen=3))
    _notes: list[RunNote] = field(default_factory=list)
    _noted: int = 0
    _finished: bool = False

    def __post_init__(self) -> None:
        self._agents = {agent_id: _Agent() for agent_id in self.agent_ids[:_MOST_AGENTS]}

    # --- what the runner calls

    def feed(self, line: str, at: datetime) -> None:
        """Take in one printed line."""
        if line.strip():
            self._tail.append(line.strip()[:500])
        match parse_line(line):
            case PhaseChange() as change:
                self._on_phase(change, at)
            case AgentChange() as change:
                self._on_agent(change, at)
            case AgentTotal() as total:
                self._total = total
            case ProgressReport(percent=percent):
                self._reported_percent = percent
            case MetricReport() as metric:
                self._on_metric(metric)
            case LogReport() as log:
                self._on_log(log, at)

    def snapshot(self, now: datetime) -> ProgressSnapshot:
        """Return the state as of `now`."""
        phases = [phase.as_column() for phase in self._phases]
        self._advance(now)
        trained, failed = self._counts()
        return ProgressSnapshot(
            phase=self._phases[-1].name if self._phases else IDLE,
            phases=phases,
            current_agent=self._current_agent(),
            agent_states={key: agent.as_column() for key, agent in self._agents.items()}
            if self._agents_seen
            else {},
            percent=self._percent,
            time_left=None if self._finished else self.past.time_left(phases, now=now),
            agents_trained=trained,
            agents_failed=failed,
            metrics=dict(self._metrics),
            # Nothing looked like an error: the last words are the best there is.
            last_error_lines=list(self._errors or self._tail),
        )

    def take_events(self) -> list[RunNote]:
        """Return what happened since the last call: phases, failed and skipped agents, errors.

        Of one run at most a thousand, the first ones; its log has everything.
        """
        notes, self._notes = self._notes, []
        return notes

    def finish(self, at: datetime, ok: bool, *, stopped: bool = False) -> None:
        """End everything that is still under way; `ok`: the run did what it was to do."""
        if self._finished:
            return
        self._advance(at)
        for agent in self._agents.values():
            if agent.state == "running" and ok:
                agent.end(at, "done", "the run did not say how its training ended")
            elif agent.state == "running":
                cause = "was stopped" if stopped else "ended"
                agent.end(at, "failed", f"the run {cause} during its training")
            elif agent.state == "waiting" and self._agents_seen:
                agent.end(at, "skipped", "the run ended without training it")
                agent.is_left_out = True
        if self._phases:
            self._phases[-1].end(at, "completed" if ok else "stopped" if stopped else "failed")
        if ok:
            self._percent = 100.0
        self._finished = True

    # --- what lines do

    def _on_phase(self, change: PhaseChange, at: datetime) -> None:
        current = self._phases[-1] if self._phases else None
        if change.name is None:
            if current is not None and current.ended_at is None:
                current.reported_seconds = change.seconds
            return
        is_current = current is not None and current.name == change.name
        if not is_current or (change.status == "running" and current and current.ended_at):
            current = self._begin_phase(change, at)
        if current is None:
            return
        if change.seconds is not None:
            current.reported_seconds = change.seconds
        if change.status != "running":
            current.end(at, change.status)
            self._note_phase_end(current, at)

    def _begin_phase(self, change: PhaseChange, at: datetime) -> _Phase | None:
        if self._phases:
            self._phases[-1].end(at)
        for agent in self._agents.values():
            self._end_in_turn(agent, at)
        if len(self._phases) >= _MOST_PHASES or change.name is None:
            return None
        phase = _Phase(change.name, change.raw_name, at)
        self._phases.append(phase)
        if change.status == "running":
            self._note(RunNote(at, "phase_started", f"Phase {phase.name} began."))
        return phase

    def _note_phase_end(self, phase: _Phase, at: datetime) -> None:
        if phase.status == "failed":
            message = f"Phase {phase.name} failed."
            self._note(RunNote(at, "phase_failed", message, "error"))

    def _on_agent(self, change: AgentChange, at: datetime) -> None:
        agent_id = change.agent_id or self._current_agent()
        if agent_id is None:
            self._on_mark_without_agent(change)
            return
        if change.in_turn:
            for other in self._agents.values():
                self._end_in_turn(other, at)
        if agent_id not in self._agents and len(self._agents) >= _MOST_AGENTS:
            return
        self._agents_seen = True
        agent = self._agents.setdefault(agent_id, _Agent())
        if change.state == "running":
            self._agents[agent_id] = _Agent("running", began_at=at, in_turn=change.in_turn)
            return
        agent.end(at, change.state, change.reason)
        agent.improvement = change.improvement
        agent.processing_time_ms = change.processing_time_ms
        self._note_agent(agent_id, change, at)

    def _on_mark_without_agent(self, change: AgentChange) -> None:
        """Read "Production run disabled in configuration": the phase itself is left out."""
        says_so = "disabled" in change.reason.lower() or "skip" in change.reason.lower()
        if change.state == "skipped" and says_so and self._phases:
            phase = self._phases[-1]
            if phase.status == "running":
                phase.status = "skipped"

    def _note_agent(self, agent_id: str, change: AgentChange, at: datetime) -> None:
        if change.state == "done":
            return
        reason = change.reason or "no reason given"
        if change.state == "failed":
            event_type, verb, severity = "agent_failed", "failed", "error"
        else:
            event_type, verb, severity = "agent_skipped", "was skipped", "warning"
        message = f"Training of {agent_id} {verb}: {reason}."
        self._note(RunNote(at, event_type, message, severity, agent_id))

    def _on_metric(self, metric: MetricReport) -> None:
        key = f"{metric.agent_id}.{metric.name}" if metric.agent_id else metric.name
        if key in self._metrics or len(self._metrics) < _MOST_METRICS:
            self._metrics[key] = metric.value

    def _on_log(self, log: LogReport, at: datetime) -> None:
        if log.level in {"error", "critical"} and log.message not in self._errors:
            self._errors.append(log.message)
        if log.level != "info":
            self._note(RunNote(at, "run_log", log.message, log.level))

    def _note(self, note: RunNote) -> None:
        if self._noted < _MOST_NOTES:
            self._noted += 1
            self._notes.append(note)

    @staticmethod
    def _end_in_turn(agent: _Agent, at: datetime) -> None:
        if agent.state == "running" and agent.in_turn:
            agent.end(at, "done", "the run did not say how its training ended")

    # --- what is read off

    def _current_agent(self) -> str | None:
        running = [key for key, agent in self._agents.items() if agent.state == "running"]
        return max(
            running, key=lambda key: self._agents[key].began_at or self.started_at, default=None
        )

    def _counts(self) -> tuple[int | None, int | None]:
        """Return (trained, failed or without data): the run's own count before ours."""
        if self._total is not None:
            return self._total.trained, max(0, self._total.total - self._total.trained)
        if not self._agents_seen:
            return None, None
        states = [agent.state for agent in self._agents.values() if not agent.is_left_out]
        return states.count("done"), states.count("failed") + states.count("skipped")

    def _advance(self, now: datetime) -> None:
        """Bring the percentage up to date; it only grows."""
        estimate = self._estimate(now)
        if estimate is not None and not self._finished:
            shown = round(min(max(estimate, 0.0), _ALMOST), 1)
            self._percent = max(shown, self._percent or 0.0)

    def _estimate(self, now: datetime) -> float | None:
        if self._reported_percent is not None:
            return self._reported_percent
        weights = self._weights()
        if not any(phase.name in weights for phase in self._phases):
            return 100 * self._share_of_agents() if self._agents_seen else None
        current = self._phases[-1]
        passed = {phase.name for phase in self._phases[:-1]} - {current.name}
        done = sum(
            weight
            for name, weight in weights.items()
            if name in passed or comes_before(name, current.name)
        )
        done += weights.get(current.name, 0.0) * self._share_of_phase(current, now)
        return 100 * done / sum(weights.values())

    def _weights(self) -> dict[str, float]:
        """Return the weight of each phase: its usual time, or the same for all if unknown."""
        usual = {name: self.past.usual(name) or 0.0 for name in self.past.by_phase}
        return usual if sum(usual.values()) > 0 else dict.fromkeys(PHASES, 1.0)

    def _share_of_phase(self, phase: _Phase, now: datetime) -> float:
        if phase.ended_at is not None:
            return 1.0
        if phase.name == _AGENT_PHASE and self._agents_seen:
            return self._share_of_agents()
        usual = self.past.usual(phase.name)
        if not usual:
            return 0.0
        elapsed = max(0.0, (now - phase.began_at).total_seconds())
        return min(elapsed / usual, _NEARLY_OVER)

    def _share_of_agents(self) -> float:
        return sum(agent.is_over for agent in self._agents.values()) / max(1, len(self._agents))


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
