"""Numbers: finite or absent, and identifiers in their natural order."""

import math
import re

_DIGITS = re.compile(r"\d+")


def finite_or_none(value: float | None, *, digits: int | None = None) -> float | None:
    """Return `value` as a float, rounded if asked; None for None, NaN and infinity."""
    if value is None or not math.isfinite(value):
        return None
    number = float(value)
    return number if digits is None else round(number, digits)


def mean_or_none(values: list[float], *, digits: int = 2) -> float | None:
    """Return the arithmetic mean, or None for an empty list."""
    return round(sum(values) / len(values), digits) if values else None


def natural_key(identifier: str) -> str:
    """Return a text that sorts as people count: agent_2 before agent_10, 5a before 5b.

    Each run of digits is padded to ten places, so the key can be a database column.
    """
    return _DIGITS.sub(lambda match: match.group().zfill(10), identifier.lower())
