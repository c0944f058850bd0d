"""Parser of the daily reports, text in a drawn box.

    ╔════════════════════╗
    ║  DAILY TRAINING REPORT [2025-11-14]
    ║  Overall System Quality: 7.3/10 (+0.0%)
    ╠════════════════════╣
    ║ Trend Detective (agent_1)
    ║   Quality: 7.2/10 (-0.3 vs yesterday)
    ...

Borders are drawn with ═ or =, widths differ, emoji are padded unevenly, one or two
separators stand in a row; so only the first character of a line counts as border.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.text import AGENT_ID, NAME_LENGTH, YEARS, decode, shorten

_NUMBER = r"([+-]?\d{1,9}(?:\.\d{1,15})?)"
_TITLE = re.compile(r"DAILY TRAINING REPORT\s*\[(.*?)\]")
_MINUTES = re.compile(_NUMBER + r"\s*(?:min|minutes?)?")
_OVERALL = re.compile(_NUMBER + r"\s*/\s*10\s*(?:\(\s*" + _NUMBER + r"\s*%\s*\))?")
_QUALITY = re.compile(_NUMBER + r"\s*/\s*10\s*(?:\(\s*" + _NUMBER + r"\s*vs\.? yesterday\s*\))?")
_PROCESSING = re.compile(_NUMBER + r"\s*(ms|s|sec|seconds?)")
_AGENT = re.compile(r"(.*\S)\s*\(([^()\s]+)\)")
_MARKS = re.compile(r"^[^\w]+|[^\w.)!]+$")
_NO_DATA = re.compile(r"no data( available)?|n/?a|unknown", re.IGNORECASE)
_LONGEST_MILLISECONDS = 2_147_483_647


@dataclass(frozen=True)
class AgentReport:
    """One agent's paragraph.

    `quality` (0-10) and the rest are None where the report says "No data available";
    `change` is in points against the day before, as the report says; `status` is the
    text without its mark.
    """

    agent_id: str
    name: str
    quality: float | None = None
    change: float | None = None
    processing_ms: int | None = None
    status: str = ""

    @property
    def has_data(self) -> bool:
        return self.quality is not None


@dataclass(frozen=True)
class DailyReport:
    """One night as reported; `day` is all it tells of the time."""

    day: date
    duration_minutes: float | None = None
    overall_quality: float | None = None
    overall_change_percent: float | None = None
    agents: tuple[AgentReport, ...] = ()
    recommendations: tuple[str, ...] = ()
    trajectory: str = ""


@dataclass(frozen=True)
class _Line:
    number: int
    text: str

    def refuse(self, message: str) -> OrchestratorFileError:
        return OrchestratorFileError(message, f"line {self.number}")


@dataclass
class _Section:
    lines: list[_Line] = field(default_factory=list)

    def fields(self) -> Iterator[tuple[str, str, _Line]]:
        """Yield (name in lower case, value, line) of the lines `Name: value`."""
        for line in self.lines:
            name, colon, value = line.text.partition(":")
            if colon:
                yield name.strip().lower(), value.strip(), line


def parse_report(data: bytes) -> DailyReport:
    """Return the night that a report describes; what it leaves out is None or empty.

    Raises:
        OrchestratorFileError: no report, cut off before its closing border, or a
            line that cannot be understood; names the line.
    """
    sections = _sections(decode(data))
    head = _header(sections[0])
    agents: dict[str, AgentReport] = {}
    recommendations: list[str] = []
    trajectory = ""
    for section in sections[1:]:
        first = section.lines[0]
        if first.text.upper().startswith("RECOMMENDATIONS"):
            more, trajectory = _advice(section)
            recommendations += more
        elif (agent := _agent(section)) is not None:
            if agent.agent_id in agents:
                raise first.refuse(f"The report has {agent.agent_id} twice.")
            agents[agent.agent_id] = agent
    return replace(
        head,
        agents=tuple(agents.values()),
        recommendations=tuple(recommendations),
        trajectory=trajectory,
    )


def _sections(text: str) -> list[_Section]:
    """Return the paragraphs between the borders, without empty ones."""
    sections = [_Section()]
    number, closed = 0, False
    for number, raw in enumerate(text.split("\n"), start=1):
        line = _Line(number, raw.strip())
        if not line.text:
            continue
        if closed:
            raise line.refuse("There is text after the end of the report.")
        if line.text[0] == "╚":
            closed = True
        elif line.text[0] in "╔╠":
            sections.append(_Section())
        elif content := line.text.strip("║ \t\r"):
            sections[-1].lines.append(_Line(number, content))
    if not closed:
        raise OrchestratorFileError(
            "The report is cut off: its closing border is missing.", f"line {number}"
        )
    sections = [section for section in sections if section.lines]
    if not sections:
        raise OrchestratorFileError("The report is empty.", "line 1")
    return sections


def _day(line: _Line) -> date:
    title = _TITLE.search(line.text)
    if title is None:
        raise line.refuse("'DAILY TRAINING REPORT [date]' is expected here.")
    try:
        day = date.fromisoformat(title[1].strip())
    except ValueError:
        raise line.refuse(f"{shorten(title[1])!r} is not a date such as 2025-11-14.") from None
    if day.year not in YEARS:
        raise line.refuse(f"The year {day.year} cannot be meant.")
    return day


def _header(section: _Section) -> DailyReport:
    duration = quality = change = None
    for name, value, line in section.fields():
        if name == "training duration" and not _NO_DATA.fullmatch(value):
            duration = float(_match(_MINUTES, value, line)[1])
            if duration < 0:
                raise line.refuse("The duration is negative.")
        elif name == "overall system quality" and not _NO_DATA.fullmatch(value):
            match = _match(_OVERALL, value, line)
            quality, change = _score(match[1], line), _optional(match[2])
    return DailyReport(
        day=_day(section.lines[0]),
        duration_minutes=duration,
        overall_quality=quality,
        overall_change_percent=change,
    )


def _agent(section: _Section) -> AgentReport | None:
    """Return the agent of a paragraph; None for a paragraph of another kind."""
    first = section.lines[0]
    fields = {name: (value, line) for name, value, line in section.fields()}
    known = fields.keys() & {"quality", "processing", "status"}
    heading = _AGENT.fullmatch(first.text)
    if heading is None or not AGENT_ID.fullmatch(heading[2]) or len(heading[1]) > NAME_LENGTH:
        if known:
            raise first.refuse("'Name (agent id)' is expected here.")
        return None
    if not known:
        raise first.refuse(f"The report says nothing of {heading[2]}.")
    quality = change = processing = None
    if "quality" in fields and not _NO_DATA.fullmatch(fields["quality"][0]):
        match = _match(_QUALITY, *fields["quality"])
        quality, change = _score(match[1], fields["quality"][1]), _optional(match[2])
    if "processing" in fields and not _NO_DATA.fullmatch(fields["processing"][0]):
        processing = _milliseconds(*fields["processing"])
    return AgentReport(
        agent_id=heading[2],
        name=heading[1],
        quality=quality,
        change=change,
        processing_ms=processing,
        status=_MARKS.sub("", fields["status"][0]) if "status" in fields else "",
    )


def _advice(section: _Section) -> tuple[list[str], str]:
    """Return the recommendations, and the direction that the last of them names."""
    recommendations, trajectory = [], ""
    for line in section.lines[1:]:
        text = line.text.lstrip("-•* ").strip()
        if text.lower().startswith("current trajectory:"):
            trajectory = _MARKS.sub("", text.partition(":")[2])
        elif text:
            recommendations.append(text)
    return recommendations, trajectory


def _match(pattern: re.Pattern[str], value: str, line: _Line) -> re.Match[str]:
    match = pattern.fullmatch(value)
    if match is None:
        raise line.refuse(f"{shorten(value)!r} cannot be understood.")
    return match


def _score(text: str, line: _Line) -> float:
    score = float(text) + 0.0
    if not 0 <= score <= 10:
        raise line.refuse(f"The quality {text} is not between 0 and 10.")
    return score


def _optional(text: str | None) -> float | None:
    return None if text is None else float(text) + 0.0  # -0.0 becomes 0.0


def _milliseconds(value: str, line: _Line) -> int:
    match = _match(_PROCESSING, value, line)
    milliseconds = round(float(match[1]) * (1 if match[2] == "ms" else 1000))
    if not 0 <= milliseconds <= _LONGEST_MILLISECONDS:
        raise line.refuse(f"The processing time {value} cannot be meant.")
    return milliseconds
