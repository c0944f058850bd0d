"""The metrics the dashboard knows: unit, range, and which way is better."""

import re
from dataclasses import dataclass
from typing import Literal

#: Names of metrics and of agents, as they may be stored.
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class MetricKind:
    """What the numbers of one metric mean; `low` and `high` are included, None is open."""

    name: str
    unit: str
    better: Literal["up", "down"]
    low: float | None
    high: float | None
    description: str

    def complaint(self, value: float) -> str | None:
        """Return what is wrong with a value out of range, None if nothing is."""
        if self.low is not None and self.high is not None and not self.low <= value <= self.high:
            return f"{self.name} must be from {self.low:g} to {self.high:g}."
        if self.low is not None and value < self.low:
            return f"{self.name} must be at least {self.low:g}."
        return None


KNOWN = {
    kind.name: kind
    for kind in (
        MetricKind("quality", "points", "up", 0, 10, "Quality of an agent or the system."),
        MetricKind("speed", "ms", "down", 0, None, "How long a training took."),
        MetricKind("errors", "count", "down", 0, None, "Errors in a training."),
        MetricKind("improvement", "points", "up", None, None, "Change of quality, as reported."),
    )
}
