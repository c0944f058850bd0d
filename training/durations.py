"""How long phases usually take, and what that says about a run under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from training.phases import PHASES

#: With fewer past phases of the same name nothing is said about their usual time.
FEWEST = 3


@dataclass(frozen=True)
class TimeLeft:
    """A range of seconds: half of the past runs would have needed something inside it."""

    low_seconds: float
    high_seconds: float

    @property
    def middle_seconds(self) -> float:
        return round((self.low_seconds + self.high_seconds) / 2, 1)


@dataclass(frozen=True)
class PastDurations:
    """Durations of the phases of past runs, in seconds, by the name of the phase."""

    by_phase: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def usual(self, phase: str) -> float | None:
        """Return the median duration of a phase, None with fewer than three of them."""
        seconds = self.by_phase.get(phase, ())
        return median(seconds) if len(seconds) >= FEWEST else None

    def time_left(self, phases: Sequence[Mapping[str, Any]], *, now: datetime) -> TimeLeft | None:
        """Return the time left of a run whose phases so far are `phases`.

        None if no phase is under way, if the phase under way or one still to come
        has fewer than three predecessors, or if the phase takes longer than any
        before it: then there is nothing to compare with.
        """
        if not phases or phases[-1]["status"] not in {"running", "skipped"}:
            return None
        current = phases[-1]
        began = current["started_at"]
        if not began or current["ended_at"]:
            return None
        elapsed = max(0.0, (now - datetime.fromisoformat(began)).total_seconds())
        past = self.by_phase.get(current["name"], ())
        longer = [seconds - elapsed for seconds in past if seconds >= elapsed]
        ahead = [self.by_phase[name] for name in self._names_ahead(phases)]
        if not longer or any(len(seconds) < FEWEST for seconds in (past, *ahead)):
            return None
        parts = [longer, *ahead]
        return TimeLeft(
            low_seconds=round(sum(_quantile(part, 0.25) for part in parts), 1),
            high_seconds=round(sum(_quantile(part, 0.75) for part in parts), 1),
        )

    def _names_ahead(self, phases: Sequence[Mapping[str, Any]]) -> list[str]:
        passed = {phase["name"] for phase in phases}
        return [
            name
            for name in self.by_phase
            if name not in passed and not comes_before(name, phases[-1]["name"])
        ]


def comes_before(phase: str, other: str) -> bool:
    """Return whether the contract puts `phase` before `other`; False for names it does not know."""
    if phase not in PHASES or other not in PHASES:
        return False
    return PHASES.index(phase) < PHASES.index(other)


def _quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, interpolated."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
