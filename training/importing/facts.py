"""What one file says of one session, in the same form whatever the file.

Foreign oddities end here: local times become UTC, words become outcomes. What a
file does not say is None; `raw` keeps the values as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from agents.models import AgentMetric
from common.clock import night_of, orchestrator_zone, to_utc
from training.models import TrainingSession
from training.orchestrator.files import FileKind
from training.orchestrator.reports import AgentReport, DailyReport
from training.orchestrator.results import AgentResult, TrainingResult
from training.phases import phase_name

Outcome = AgentMetric.Outcome
#: Durations are written in hundredths of a second: a run at midnight must not seem to
#: have begun the day before.
_ROUNDING = timedelta(seconds=0.01)
_OUTCOMES = {
    "success": Outcome.TRAINED,
    "trained": Outcome.TRAINED,
    "completed": Outcome.TRAINED,
    "improved": Outcome.TRAINED,
    "declined": Outcome.TRAINED,
    "stable": Outcome.TRAINED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "error": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "no data": Outcome.NO_DATA,
    "no data available": Outcome.NO_DATA,
}


@dataclass(frozen=True)
class AgentFacts:
    """One agent in one run; units as in `AgentMetric`."""

    agent_id: str
    name: str = ""
    quality: float | None = None
    improvement: float | None = None
    processing_time_ms: int | None = None
    outcome: str | None = None
    reason: str = ""
    trained_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    def to_payload(self) -> dict[str, Any]:
        """Return the facts as JSON, without those that are unknown."""
        values = {
            "name": self.name,
            "quality": self.quality,
            "improvement": self.improvement,
            "processing_time_ms": self.processing_time_ms,
            "outcome": self.outcome and str(self.outcome),
            "reason": self.reason,
            "trained_at": self.trained_at and self.trained_at.isoformat(),
            "raw": dict(self.raw),
        }
        return {name: value for name, value in values.items() if value not in (None, "", {})}

    @classmethod
    def from_payload(cls, agent_id: str, payload: Mapping[str, Any]) -> AgentFacts:
        values = dict(payload)
        if moment := values.get("trained_at"):
            values["trained_at"] = datetime.fromisoformat(moment)
        return cls(agent_id=agent_id, **values)


@dataclass(frozen=True)
class SessionFacts:
    """One session by one file; units as in `TrainingSession`.

    A report knows only its day: its `started_at` is the time of the schedule then.
    """

    kind: FileKind
    night: date
    started_at: datetime
    ended_at: datetime | None = None
    status: str | None = None
    error: str = ""
    duration_seconds: float | None = None
    overall_quality: float | None = None
    overall_improvement: float | None = None
    agents_trained: int | None = None
    agents_failed: int | None = None
    phases: tuple[Mapping[str, Any], ...] = ()
    recommendations: tuple[str, ...] = ()
    trajectory: str = ""
    agents: tuple[AgentFacts, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What identifies this session within its kind of file, in all versions."""
        if self.kind is FileKind.REPORT or self.ended_at is None:
            return str(self.night)
        return self.ended_at.isoformat()

    def beginning(self, moment: datetime) -> SessionFacts:
        """Return the same session begun at another moment."""
        length = None if self.ended_at is None else self.ended_at - self.started_at
        return replace(
            self, started_at=moment, ended_at=None if length is None else moment + length
        )

    def to_payload(self) -> dict[str, Any]:
        """Return the facts as JSON, without those that are unknown and without the times."""
        values = {name: getattr(self, name) for name in _PLAIN}
        values |= {
            "status": self.status and str(self.status),
            "phases": [dict(phase) for phase in self.phases],
            "recommendations": list(self.recommendations),
            "agents": {agent.agent_id: agent.to_payload() for agent in self.agents},
            "raw": dict(self.raw),
        }
        return {name: value for name, value in values.items() if value not in (None, "", [], {})}

    @classmethod
    def from_payload(
        cls,
        kind: str,
        *,
        night: date,
        started_at: datetime,
        ended_at: datetime | None,
        payload: Mapping[str, Any],
    ) -> SessionFacts:
        values = dict(payload)
        agents = values.pop("agents", {})
        return cls(
            kind=FileKind(kind),
            night=night,
            started_at=started_at,
            ended_at=ended_at,
            phases=tuple(values.pop("phases", ())),
            recommendations=tuple(values.pop("recommendations", ())),
            agents=tuple(AgentFacts.from_payload(name, agent) for name, agent in agents.items()),
            **values,
        )


_PLAIN = (
    "error",
    "duration_seconds",
    "overall_quality",
    "overall_improvement",
    "agents_trained",
    "agents_failed",
    "trajectory",
)


def facts_of_result(result: TrainingResult, *, written_at: datetime) -> SessionFacts:
    """Return the run of a result file; one without a time ended when the file was written."""
    ended_at = written_at
    if result.ended_at is not None:
        ended_at = to_utc(result.ended_at, orchestrator_zone())
    return facts_of_run(result, kind=FileKind.RESULT, ended_at=ended_at)


def facts_of_run(
    result: TrainingResult,
    *,
    kind: FileKind,
    ended_at: datetime,
    agents: tuple[AgentFacts, ...] | None = None,
) -> SessionFacts:
    """Return a run that told its end, in a result file or in the metrics history."""
    started_at = ended_at - timedelta(seconds=result.total_seconds or 0)
    night = night_of(min(started_at + _ROUNDING, ended_at))
    status = TrainingSession.Status
    raw = {
        "status": result.status,
        "timestamp": result.ended_at and result.ended_at.isoformat(),
        "total_time_seconds": result.total_seconds,
        "system_quality_delta": result.quality_delta_percent,
        "next_scheduled": result.next_scheduled,
    }
    return SessionFacts(
        kind=kind,
        night=night,
        started_at=started_at,
        ended_at=ended_at,
        status=status.COMPLETED if result.succeeded else status.FAILED,
        error=result.error,
        duration_seconds=result.total_seconds,
        overall_improvement=result.quality_delta_percent,
        agents_trained=result.agents_trained,
        agents_failed=result.agents_failed,
        phases=tuple(
            {
                "name": phase_name(phase.name),
                "raw_name": phase.name,
                "status": phase.status,
                "started_at": None,
                "ended_at": None,
                "seconds": phase.seconds,
            }
            for phase in result.phases
        ),
        agents=tuple(map(_agent_of_result, result.agents)) if agents is None else agents,
        raw={name: value for name, value in raw.items() if value not in (None, "")},
    )


def facts_of_report(report: DailyReport, *, started_at: datetime) -> SessionFacts:
    """Return the night of a report, which began at the time of the schedule."""
    minutes = report.duration_minutes
    ended_at = None if minutes is None else started_at + timedelta(minutes=minutes)
    with_data = sum(agent.has_data for agent in report.agents)
    raw = {
        "duration_minutes": minutes,
        "overall_quality": report.overall_quality,
        "overall_change_percent": report.overall_change_percent,
    }
    return SessionFacts(
        kind=FileKind.REPORT,
        night=report.day,
        started_at=started_at,
        ended_at=ended_at,
        status=TrainingSession.Status.COMPLETED,
        duration_seconds=None if minutes is None else round(minutes * 60, 3),
        overall_quality=report.overall_quality,
        overall_improvement=report.overall_change_percent,
        agents_trained=with_data,
        agents_failed=len(report.agents) - with_data,
        recommendations=report.recommendations,
        trajectory=report.trajectory,
        agents=tuple(map(_agent_of_report, report.agents)),
        raw={name: value for name, value in raw.items() if value is not None},
    )


def _agent_of_result(agent: AgentResult) -> AgentFacts:
    return AgentFacts(
        agent_id=agent.agent_id,
        outcome=_outcome(agent.status),
        reason=agent.error,
        raw=agent.raw,
    )


def _agent_of_report(agent: AgentReport) -> AgentFacts:
    outcome = _outcome(agent.status)
    if outcome is None and agent.has_data:
        outcome = Outcome.TRAINED
    raw = {
        "quality": agent.quality,
        "change": agent.change,
        "processing_ms": agent.processing_ms,
        "status": agent.status,
    }
    return AgentFacts(
        agent_id=agent.agent_id,
        name=agent.name,
        quality=agent.quality,
        improvement=agent.change,
        processing_time_ms=agent.processing_ms,
        outcome=outcome,
        reason="" if agent.has_data else agent.status,
        raw={name: value for name, value in raw.items() if value not in (None, "")},
    )


def _outcome(status: str | None) -> str | None:
    return _OUTCOMES.get((status or "").strip().lower().replace("_", " "))
