"""Where a series is going: moving averages and the word for their change. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

IMPROVING, STABLE, DECLINING = "improving", "stable", "declining"

#: Nights in a moving average, the one it is given for included.
MOVING_NIGHTS = 7
#: Smaller changes are stable: percent for quality, percentage points for the failed share.
THRESHOLD = 1.0


def moving_average(values: Mapping[date, float], *, first: date) -> dict[date, float]:
    """Return the average of each night that has a value, from `first` on, oldest first.

    Nights without a value are left out, of the result and of the averages.
    """
    averages = {}
    for night in sorted(values):
        if night >= first:
            known = [values[other] for other in _nights_until(night) if other in values]
            averages[night] = sum(known) / len(known)
    return averages


def moving_share(parts: Mapping[date, tuple[int, int]], *, first: date) -> dict[date, float]:
    """Return the moving share (0-1) of each night of {night: (part, whole)}, from `first` on.

    Parts and wholes are added up before they are divided, so a night with twelve
    trainings weighs more than one with two. No whole is 0.
    """
    shares = {}
    for night in sorted(parts):
        if night >= first:
            known = [parts[other] for other in _nights_until(night) if other in parts]
            shares[night] = sum(part for part, _ in known) / sum(whole for _, whole in known)
    return shares


def percent_change(averages: Mapping[date, float]) -> float | None:
    """Return the change from the first to the last in percent.

    0 for fewer than two; None where it began at 0 and rose, which no percentage says.
    """
    values = list(averages.values())
    if len(values) < 2 or values[0] == values[-1]:
        return 0.0
    if values[0] == 0:
        return None
    return 100 * (values[-1] - values[0]) / values[0]


def point_change(shares: Mapping[date, float]) -> float:
    """Return the change from the first to the last in percentage points, 0 for none."""
    values = list(shares.values())
    return 100 * (values[-1] - values[0]) if values else 0.0


def direction(change: float | None) -> str:
    """Return the word for a change for the better (positive, or None: from nothing)."""
    if change is None:
        return IMPROVING
    # Rounded, because 7.0 to 7.07 is 1 % for people and a hair less in binary.
    change = round(change, 6)
    if change >= THRESHOLD:
        return IMPROVING
    return DECLINING if change <= -THRESHOLD else STABLE


def _nights_until(night: date) -> list[date]:
    return [night - timedelta(days=back) for back in range(MOVING_NIGHTS)]
