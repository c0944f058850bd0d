"""One session from all that the files say of it.

The order in which files arrive does not matter: a session is always made anew from
all its parts. Where several know a value, the first of the order below is taken;
all of them stay in `metadata`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from agents.models import AgentMetric
from agents.services import AgentValues, replace_session_agent_metrics
from common.numbers import natural_key
from logs_app.models import Event
from logs_app.services import new_event, record_events
from metrics.services import replace_session_metrics
from training.importing.facts import AgentFacts, Outcome, SessionFacts
from training.models import TrainingSession
from training.orchestrator.files import FileKind
from training.phases import IDLE

Part = TypeVar("Part")
Value = TypeVar("Value")

#: The result has the outcome, the history exact scores and times, the report rounded ones.
BY_RUN = (FileKind.RESULT, FileKind.METRICS, FileKind.REPORT)
BY_PRECISION = (FileKind.METRICS, FileKind.RESULT, FileKind.REPORT)
BY_REPORT = (FileKind.REPORT, FileKind.RESULT, FileKind.METRICS)
_TIMED = (FileKind.RESULT, FileKind.METRICS)

Parts = Mapping[FileKind, SessionFacts]


def apply_facts(session: TrainingSession, parts: Parts, *, is_sample: bool) -> None:
    """Set the columns of a session from its parts; nothing is stored yet.

    Of a session that the dashboard ran itself only what the files know better is
    set: the numbers, and the phases where the run did not show them.
    """
    duration = _first(parts, BY_RUN, lambda part: part.duration_seconds)
    session.overall_quality = _first(parts, BY_REPORT, lambda part: part.overall_quality)
    session.overall_improvement = _first(parts, BY_REPORT, lambda part: part.overall_improvement)
    trained = _first(parts, BY_RUN, lambda part: part.agents_trained)
    failed = _first(parts, BY_RUN, lambda part: part.agents_failed)
    if is_external(session) or trained is not None:
        session.agents_trained, session.agents_failed = trained, failed
    session.metadata = {**session.metadata, **_metadata(parts)}
    phases = _first(parts, BY_RUN, lambda part: [dict(phase) for phase in part.phases] or None)
    if is_external(session) or not session.phases:
        session.phases = phases or []
    if is_external(session):
        _apply_run(session, parts, duration)
        session.is_sample = is_sample
    elif session.duration_seconds is None:
        # A report's duration is rounded to hundredths of a minute: less exact than a clock.
        session.duration_seconds = _first(parts, _TIMED, lambda part: part.duration_seconds)


def _apply_run(session: TrainingSession, parts: Parts, duration: float | None) -> None:
    leading = next(parts[kind] for kind in BY_RUN if kind in parts)
    session.end_time = leading.ended_at
    session.start_time = leading.started_at
    if leading.kind is not FileKind.REPORT and duration is not None and leading.ended_at:
        session.start_time = leading.ended_at - timedelta(seconds=duration)
    session.night = leading.night
    session.duration_seconds = duration
    session.status = _first(parts, BY_RUN, lambda part: part.status) or (
        TrainingSession.Status.COMPLETED
    )
    session.error_message = ""
    if session.status == TrainingSession.Status.FAILED:
        session.error_message = _first(parts, BY_RUN, lambda part: part.error or None) or ""
    session.phase = session.phases[-1]["name"] if session.phases else IDLE


def is_external(session: TrainingSession) -> bool:
    """Return whether a session is known from files alone."""
    return session.trigger == TrainingSession.Trigger.EXTERNAL


def store_values(
    session: TrainingSession, parts: Parts, *, source_id: int, is_new: bool
) -> dict[str, int]:
    """Replace a session's agent values, metrics and events; return the rows by table."""
    agents = merged_agents(session, parts)
    return {
        "agent_metrics": replace_session_agent_metrics(
            session_id=session.pk, night=session.night, values=agents, is_new=is_new
        ),
        "metrics": replace_session_metrics(
            session_id=session.pk,
            metrics=[*_system_metrics(session), *_agent_metrics(agents)],
            is_new=is_new,
        ),
        "events": _replace_events(session, agents, source_id=source_id, is_new=is_new),
    }


def merged_agents(session: TrainingSession, parts: Parts) -> list[AgentValues]:
    """Return one value row per agent that any part names, in natural order."""
    by_agent: dict[str, dict[FileKind, AgentFacts]] = {}
    for kind in BY_RUN:
        for agent in parts[kind].agents if kind in parts else ():
            by_agent.setdefault(agent.agent_id, {})[kind] = agent
    return [
        _merged_agent(session.start_time, agent_id, by_agent[agent_id])
        for agent_id in sorted(by_agent, key=natural_key)
    ]


def _merged_agent(
    moment: datetime, agent_id: str, parts: Mapping[FileKind, AgentFacts]
) -> AgentValues:
    quality = _first(parts, BY_PRECISION, lambda part: part.quality)
    outcome = _first(parts, BY_RUN, lambda part: part.outcome)
    if outcome is None:
        outcome = Outcome.NO_DATA if quality is None else Outcome.TRAINED
    errors = {str(Outcome.TRAINED): 0, str(Outcome.FAILED): 1}
    metadata: dict[str, Any] = {str(kind): dict(part.raw) for kind, part in parts.items()}
    if reason := _first(parts, BY_RUN, lambda part: part.reason or None):
        metadata["reason"] = reason
    return AgentValues(
        agent_id=agent_id,
        timestamp=_first(parts, BY_PRECISION, lambda part: part.trained_at) or moment,
        outcome=str(outcome),
        quality_score=quality,
        processing_time_ms=_first(parts, BY_PRECISION, lambda part: part.processing_time_ms),
        error_count=errors.get(str(outcome)),
        improvement=_first(parts, BY_REPORT, lambda part: part.improvement),
        metadata=metadata,
    )


def _first(
    parts: Mapping[FileKind, Part],
    order: Iterable[FileKind],
    read: Callable[[Part], Value | None],
) -> Value | None:
    """Return the value of the first part in `order` that knows it."""
    for kind in order:
        if kind in parts and (value := read(parts[kind])) is not None:
            return value
    return None


def _metadata(parts: Parts) -> dict[str, Any]:
    sources = {str(kind): dict(parts[kind].raw) for kind in BY_RUN if kind in parts}
    recommendations = _first(parts, BY_REPORT, lambda part: list(part.recommendations) or None)
    trajectory = _first(parts, BY_REPORT, lambda part: part.trajectory or None)
    return {
        "sources": sources,
        "recommendations": recommendations or [],
        "trajectory": trajectory,
    }


def _system_metrics(session: TrainingSession) -> list[dict[str, Any]]:
    moment = session.end_time or session.start_time
    seconds = session.duration_seconds
    values: list[tuple[str, float | None, str]] = [
        ("quality", session.overall_quality, ""),
        ("improvement", session.overall_improvement, "in percent"),
        ("speed", None if seconds is None else round(seconds * 1000), ""),
    ]
    return [
        {"timestamp": moment, "metric_type": name, "value": value, "notes": notes}
        for name, value, notes in values
        if value is not None
    ]


def _agent_metrics(agents: Iterable[AgentValues]) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": agent.timestamp,
            "agent_id": agent.agent_id,
            "metric_type": name,
            "value": value,
        }
        for agent in agents
        for name, value in (
            ("quality", agent.quality_score),
            ("speed", agent.processing_time_ms),
            ("errors", agent.error_count),
            ("improvement", agent.improvement),
        )
        if value is not None
    ]


def _replace_events(
    session: TrainingSession, agents: Sequence[AgentValues], *, source_id: int, is_new: bool
) -> int:
    """Store what the files tell of a session as events.

    The start, the end and the failures of a session that the dashboard ran are
    events already, written as they happened; then only the advice is added.
    """
    if not is_new:
        Event.objects.filter(session_id=session.pk, source_id__isnull=False).delete()
    if is_external(session):
        events = [_end_event(session), *_agent_events(session, agents)]
    elif session.metadata.get("recommendations"):
        events = [_advice_event(session)]
    else:
        events = []
    belonging = {"session_id": session.pk, "source_id": source_id}
    return record_events({**event, **belonging} for event in events)


def _end_event(session: TrainingSession) -> dict[str, Any]:
    has_failed = session.status == TrainingSession.Status.FAILED
    message = f"Training of {session.night} completed."
    if has_failed:
        message = (
            f"Training of {session.night} failed: {session.error_message or 'no reason given'}"
        )
    return new_event(
        event_type="training_failed" if has_failed else "training_completed",
        message=message,
        severity=Event.Severity.ERROR if has_failed else Event.Severity.INFO,
        timestamp=session.end_time or session.start_time,
        metadata=_summary(session),
    )


def _advice_event(session: TrainingSession) -> dict[str, Any]:
    return new_event(
        event_type="training_report",
        message=f"The report of {session.night} gives recommendations for the next run.",
        timestamp=session.end_time or session.start_time,
        metadata=_summary(session),
    )


def _summary(session: TrainingSession) -> dict[str, Any]:
    return {
        "overall_quality": session.overall_quality,
        "agents_trained": session.agents_trained,
        "agents_failed": session.agents_failed,
        "recommendations": session.metadata["recommendations"],
        "trajectory": session.metadata["trajectory"],
    }


def _agent_events(
    session: TrainingSession, agents: Iterable[AgentValues]
) -> Iterable[dict[str, Any]]:
    kinds = {
        str(Outcome.FAILED): ("agent_failed", Event.Severity.ERROR, "could not be trained"),
        str(Outcome.NO_DATA): ("agent_no_data", Event.Severity.WARNING, "had no data"),
        str(Outcome.SKIPPED): ("agent_skipped", Event.Severity.WARNING, "was skipped"),
    }
    for agent in agents:
        if agent.outcome not in kinds:
            continue
        event_type, severity, verb = kinds[agent.outcome]
        reason = agent.metadata.get("reason", "")
        yield new_event(
            event_type=event_type,
            message=f"{agent.agent_id} {verb} on {session.night}"
            + (f": {reason}" if reason and agent.outcome != AgentMetric.Outcome.NO_DATA else "."),
            severity=severity,
            agent_id=agent.agent_id,
            timestamp=agent.timestamp,
            metadata={"reason": reason} if reason else {},
        )
