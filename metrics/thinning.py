"""Thinning a long series so that its peaks stay."""

from collections.abc import Iterable


def keep_peaks(rows: Iterable[tuple[int, float]], *, count: int, points: int) -> list[int]:
    """Return the ids of at most `points` (2 or more) of `count` rows (id, value).

    The rows are cut into equal runs, and the lowest and the highest row of each run
    stay, so the lowest and the highest of all do. `rows` is read once and not kept;
    rows beyond `count` belong to the last run.
    """
    runs = points // 2
    length = max(1, -(-count // runs))
    lowest: dict[int, tuple[float, int]] = {}
    highest: dict[int, tuple[float, int]] = {}
    for place, (row_id, value) in enumerate(rows):
        run = min(place // length, runs - 1)
        if run not in lowest or value < lowest[run][0]:
            lowest[run] = (value, row_id)
        if run not in highest or value > highest[run][0]:
            highest[run] = (value, row_id)
    return sorted({row_id for peaks in (lowest, highest) for _, row_id in peaks.values()})
