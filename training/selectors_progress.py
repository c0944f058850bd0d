"""Reading of past durations, and of the progress of the session that runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from common.numbers import finite_or_none
from training.durations import PastDurations, TimeLeft
from training.models import TrainingSession

#: So many past runs say what is usual; so many newest ones are looked at for them.
_RUNS = 10
_LOOKED_AT = 50


@dataclass(frozen=True)
class ReadProgress:
    """How far a session is; times in seconds, None where nobody knows."""

    percent: float | None
    elapsed_seconds: float
    time_left: TimeLeft | None

    @property
    def seconds_left(self) -> float | None:
        """The middle of the range."""
        return self.time_left.middle_seconds if self.time_left else None


def past_durations() -> PastDurations:
    """Return how long each phase took in the newest ten completed runs that tell.

    Runs of the sample orchestrator count only while it is the one in use.
    """
    rows = (
        TrainingSession.objects.filter(status=TrainingSession.Status.COMPLETED)
        .newest_first()
        .values_list("is_sample", "phases")[:_LOOKED_AT]
    )
    runs = [
        durations
        for is_sample, phases in rows
        if is_sample == settings.ORCHESTRATOR_IS_SAMPLE and (durations := phase_durations(phases))
    ]
    by_phase: dict[str, list[float]] = {}
    for durations in runs[:_RUNS]:
        for name, seconds in durations.items():
            by_phase.setdefault(name, []).append(seconds)
    return PastDurations(by_phase)


def phase_durations(phases: list[Mapping[str, Any]]) -> dict[str, float]:
    """Return {phase: seconds} of a session's `phases` column; phases without a time are left out.

    A phase that was entered twice counts with the sum.
    """
    durations: dict[str, float] = {}
    for phase in phases:
        seconds = finite_or_none(phase.get("seconds"))
        if seconds is not None and seconds >= 0:
            name = str(phase.get("name", ""))
            durations[name] = durations.get(name, 0.0) + seconds
    return durations


def read_progress(
    session: TrainingSession, *, now: datetime, past: PastDurations | None = None
) -> ReadProgress:
    """Return the progress of a session from its row; one query, none if `past` is given.

    A session that has ended has no time left to tell.
    """
    ended = session.end_time or now
    time_left = None
    if session.status == TrainingSession.Status.RUNNING:
        time_left = (past or past_durations()).time_left(session.phases, now=now)
    return ReadProgress(
        percent=session.progress_percent,
        elapsed_seconds=max(0.0, (ended - session.start_time).total_seconds()),
        time_left=time_left,
    )
