"""What a run prints, one line at a time: the pipeline's own wording, or one JSON object per line.

`parse_line` never raises and answers None for everything that says nothing about
progress. The protocol is in docs/orchestrator.md, "What a run may print".
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from training.phases import PHASES, phase_name

#: Longest text and longest name that are taken out of a line, characters.
LONGEST_TEXT = 500
LONGEST_NAME = 64

PHASE_STATES = ("running", "completed", "failed", "skipped")
AGENT_STATES = ("running", "done", "failed", "skipped")
LEVELS = ("info", "warning", "error", "critical")


@dataclass(frozen=True)
class PhaseChange:
    """A phase began (`running`) or ended; `seconds` as the run says, None: it does not.

    `name` None stands for the phase that is under way.
    """

    name: str | None
    raw_name: str
    status: str
    seconds: float | None = None


@dataclass(frozen=True)
class AgentChange:
    """An agent's training began (`running`) or ended.

    `agent_id` None stands for the agent that is under way. `in_turn`: printed by a
    pipeline that trains one after the other, so the one before has ended by this.
    Improvement in percent.
    """

    agent_id: str | None
    state: str
    name: str = ""
    reason: str = ""
    improvement: float | None = None
    processing_time_ms: float | None = None
    in_turn: bool = False


@dataclass(frozen=True)
class ProgressReport:
    """The run says itself how far it is, 0-100."""

    percent: float


@dataclass(frozen=True)
class MetricReport:
    """One number the run measured; `agent_id` None: the whole system."""

    name: str
    value: float
    agent_id: str | None = None


@dataclass(frozen=True)
class LogReport:
    """Something the run wants to be known; `error` and above may be the cause of a failure."""

    level: str
    message: str


@dataclass(frozen=True)
class AgentTotal:
    """The run's own count: so many of so many agents were trained."""

    trained: int
    total: int


RunEvent = PhaseChange | AgentChange | AgentTotal | ProgressReport | MetricReport | LogReport

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# What neither a database text nor UTF-8 can hold, or would garble a page.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_HEADING = re.compile(r"\W{0,8}PHASE\s{1,3}(\d{1,3})\s{0,3}[:.\u2013-]\s*(\S.*)", re.IGNORECASE)
_AGENT_BEGINS = re.compile(r"\W{0,8}Training (.{1,120}?) \(([\w.-]{1,64})\)\s*(?:\.{2,3}|\u2026)?$")
_SUCCESS = re.compile(r"\W{0,8}Success(?:\s*\|(.*))?$")
_TIME = re.compile(r"Time:\s*(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s)\b")
_IMPROVEMENT = re.compile(r"Improvement:\s*([+-]?\d{1,12}(?:\.\d{1,9})?)\s*%")
_PHASE_TIME = re.compile(r"\W{0,8}Time:\s*(\d{1,12}(?:\.\d{1,9})?)\s*s\b")
_AGENT_TOTAL = re.compile(r"\W{0,8}Agents Trained:\s*(\d{1,6})/(\d{1,6})$")
_TAGGED = re.compile(r"\[(INFO|WARNING|WARN|ERROR|CRITICAL|FATAL)\]\s*(\S.*)")
# The last line of a traceback: a dotted class name at the beginning of the line.
_EXCEPTION = re.compile(
    r"(?:[A-Za-z_]\w{0,63}\.){0,8}"
    r"(?:[A-Z]\w{0,63}(?:Error|Exception|Exit|Exceeded|Timeout)|KeyboardInterrupt)(?::\s.*)?$"
)
_FAILED_MARKS = ("✗", "✘", "❌")
_SKIPPED_MARKS = ("⚠", "⏭")
_TAG_LEVELS = {"WARN": "warning", "FATAL": "critical"}
_PHASE_KEYWORDS = {
    "harvest": "harvesting",
    "validat": "validation",
    "train": "agent_training",
    "production": "production",
    "monitor": "monitoring",
    "clean": "cleanup",
    "archiv": "cleanup",
}


def parse_line(line: str) -> RunEvent | None:
    """Return what a printed line, without its end, says about the run, or None."""
    text = _ESCAPES.sub("", line).rstrip()
    stripped = text.lstrip()
    if stripped.startswith("{") and stripped.endswith("}"):
        return _parse_object(stripped)
    for reader in (_heading, _agent, _outcome, _agent_total, _tagged, _phase_time):
        event = reader(stripped)
        if event is not None:
            return event
    # Not stripped: inside a report or a log an indented "SomeError: ..." is a quotation.
    return LogReport("error", _clean(text)) if _EXCEPTION.match(text) else None


def contract_phase(title: str, number: int | None = None) -> str:
    """Return the contract's name of a phase from its title, else from its number, else a slug."""
    lowered = title.lower()
    for keyword, name in _PHASE_KEYWORDS.items():
        if keyword in lowered:
            return name
    if number is not None and 1 <= number <= len(PHASES):
        return PHASES[number - 1]
    return phase_name(title)[:LONGEST_NAME]


def _heading(text: str) -> PhaseChange | None:
    found = _HEADING.match(text)
    if found is None:
        return None
    title = _clean(found[2], LONGEST_NAME)
    return PhaseChange(contract_phase(title, int(found[1])), title, "running") if title else None


def _agent(text: str) -> AgentChange | None:
    found = _AGENT_BEGINS.match(text)
    if found is None:
        return None
    return AgentChange(found[2], "running", name=_clean(found[1]), in_turn=True)


def _outcome(text: str) -> AgentChange | None:
    """Read the line under an agent: success with its numbers, or a mark with the reason."""
    if text.startswith(_FAILED_MARKS):
        return AgentChange(None, "failed", reason=_reason(text))
    if text.startswith(_SKIPPED_MARKS):
        return AgentChange(None, "skipped", reason=_reason(text))
    success = _SUCCESS.match(text)
    if success is None:
        return None
    figures = success[1] or ""
    time, improvement = _TIME.search(figures), _IMPROVEMENT.search(figures)
    return AgentChange(
        None,
        "done",
        improvement=float(improvement[1]) if improvement else None,
        processing_time_ms=float(time[1]) * (1 if time[2] == "ms" else 1000) if time else None,
    )


def _agent_total(text: str) -> AgentTotal | None:
    found = _AGENT_TOTAL.match(text)
    return AgentTotal(int(found[1]), int(found[2])) if found else None


def _tagged(text: str) -> LogReport | None:
    found = _TAGGED.match(text)
    if found is None:
        return None
    level = _TAG_LEVELS.get(found[1], found[1].lower())
    return LogReport(level, _clean(found[2]))


def _phase_time(text: str) -> PhaseChange | None:
    found = _PHASE_TIME.match(text)
    return PhaseChange(None, "", "running", seconds=float(found[1])) if found else None


def _reason(text: str) -> str:
    return _clean(text.lstrip("".join(_FAILED_MARKS + _SKIPPED_MARKS) + "\ufe0f \t"))


def _parse_object(text: str) -> RunEvent | None:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    kind = fields.get("event")
    read = _OBJECTS.get(kind) if isinstance(kind, str) else None
    return read(fields) if read else None


def _phase_object(fields: dict[str, Any]) -> PhaseChange | None:
    title = _name(fields.get("name"))
    status = _choice(fields.get("status", "running"), PHASE_STATES)
    if not title or status is None:
        return None
    seconds = _number(fields.get("seconds"), low=0)
    return PhaseChange(contract_phase(title), title, status, seconds)


def _agent_object(fields: dict[str, Any]) -> AgentChange | None:
    agent_id = _name(fields.get("agent_id"))
    state = _choice(fields.get("status", "running"), AGENT_STATES)
    if not agent_id or state is None:
        return None
    return AgentChange(
        agent_id,
        state,
        name=_text(fields.get("name")),
        reason=_text(fields.get("reason")),
        improvement=_number(fields.get("improvement")),
        processing_time_ms=_number(fields.get("processing_time_ms"), low=0),
    )


def _progress_object(fields: dict[str, Any]) -> ProgressReport | None:
    percent = _number(fields.get("percent"), low=0, high=100)
    return None if percent is None else ProgressReport(percent)


def _metric_object(fields: dict[str, Any]) -> MetricReport | None:
    name, value = _name(fields.get("name")), _number(fields.get("value"))
    if not name or value is None:
        return None
    return MetricReport(name, value, _name(fields.get("agent_id")) or None)


def _log_object(fields: dict[str, Any]) -> LogReport | None:
    level, message = _choice(fields.get("level", "info"), LEVELS), _text(fields.get("message"))
    return LogReport(level, message) if level and message else None


_OBJECTS: dict[str, Callable[[dict[str, Any]], RunEvent | None]] = {
    "phase": _phase_object,
    "agent": _agent_object,
    "progress": _progress_object,
    "metric": _metric_object,
    "log": _log_object,
}


def _clean(text: str, longest: int = LONGEST_TEXT) -> str:
    return _UNPRINTABLE.sub(" ", text[: 2 * longest]).strip()[:longest].strip()


def _text(value: object) -> str:
    return _clean(value) if isinstance(value, str) else ""


def _name(value: object) -> str:
    return _clean(value, LONGEST_NAME) if isinstance(value, str) else ""


def _choice(value: object, choices: tuple[str, ...]) -> str | None:
    return value if isinstance(value, str) and value in choices else None


def _number(value: object, *, low: float = -1e15, high: float = 1e15) -> float | None:
    """Return a finite number in the range; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(value) if low <= value <= high else None
