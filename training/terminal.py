"""How a session looks in a terminal: its lines, and below them phases and a progress bar."""

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from training.models import TrainingSession
from training.selectors_progress import ReadProgress, read_progress

_MARKS = {
    "running": ("●", "cyan"),
    "completed": ("✓", "green"),
    "success": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("✗", "red"),
    "skipped": ("-", "yellow"),
    "stopped": ("■", "yellow"),
}


class Display(Protocol):
    """Where a session is shown; used as a context manager around the whole run."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def say(self, text: str) -> None: ...
    def update(self, session: TrainingSession, lines: Sequence[str], now: datetime) -> None: ...


class PlainDisplay:
    """One line per line printed, for files and pipes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def say(self, text: str) -> None:
        self._write(text)

    def update(self, session: TrainingSession, lines: Sequence[str], now: datetime) -> None:
        for line in lines:
            self._write(line)


class LiveDisplay:
    """The lines scroll by; phases, agents and the bar stay at the bottom."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._console.print(Text(text, style="bold"))

    def update(self, session: TrainingSession, lines: Sequence[str], now: datetime) -> None:
        for line in lines:
            # As text: what a run prints may look like markup, and is not.
            self._console.print(Text(line), soft_wrap=True)
        self._live.update(session_view(session, read_progress(session, now=now)))


def session_view(session: TrainingSession, progress: ReadProgress) -> RenderableType:
    """Return the lower part of the display: a line per phase, the agents, the bar."""
    table = Table.grid(padding=(0, 2))
    for phase in session.phases[-12:]:
        mark, style = _MARKS.get(str(phase.get("status")), ("·", "dim"))
        seconds = phase.get("seconds")
        table.add_row(
            Text(mark, style=style),
            Text(str(phase.get("name", "")), style=style),
            Text("" if seconds is None else f"{seconds:.1f} s", style="dim"),
        )
    return Group(Text(""), table, _agents(session), _bar(session, progress))


def _agents(session: TrainingSession) -> RenderableType:
    states = [agent.get("state") for agent in session.agent_states.values()]
    if not states:
        return Text("")
    counts = ", ".join(
        f"{states.count(state)} {state}"
        for state in ("done", "failed", "skipped", "running", "waiting")
        if state in states
    )
    now = f" - {session.current_agent} now" if session.current_agent else ""
    return Text(f"Agents: {counts}{now}", style="dim")


def _bar(session: TrainingSession, progress: ReadProgress) -> RenderableType:
    words = [f"session {session.pk} {session.status}", f"{progress.elapsed_seconds:.0f} s"]
    if left := progress.time_left:
        words.append(f"{left.low_seconds:.0f}-{left.high_seconds:.0f} s left")
    if not session.phases or progress.percent is None:
        # The run says nothing of its progress: a bar at zero would claim to know.
        text = Text("  ".join(words))
        return Spinner("dots", text) if session.is_active else text
    row = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=100, completed=progress.percent, width=40)
    row.add_row(bar, Text(f"{progress.percent:.0f} %"), Text("  ".join(words), style="dim"))
    return row
