"""Places in time: when each scene begins, as far as the durations before it are known."""

import math
from collections.abc import Sequence

from storyboard.models import Scene


def start_times(durations: Sequence[float | None]) -> list[float | None]:
    """Return when each one begins, in seconds; after an unknown duration nothing is known."""
    starts: list[float | None] = []
    known: list[float] = []
    for duration in durations:
        starts.append(None if len(known) < len(starts) else round(math.fsum(known), 3))
        if duration is not None:
            known.append(duration)
    return starts


def total_duration(durations: Sequence[float | None]) -> float | None:
    """Return the sum in seconds; None if there are none or one is unknown."""
    known = [duration for duration in durations if duration is not None]
    if not known or len(known) < len(durations):
        return None
    return round(math.fsum(known), 3)


def place_in_time(scenes: Sequence[Scene]) -> Sequence[Scene]:
    """Set `start_time` of all scenes of one project, given in order, and return them."""
    starts = start_times([scene.duration_seconds for scene in scenes])
    for scene, start in zip(scenes, starts, strict=True):
        scene.start_time = start
    return scenes
