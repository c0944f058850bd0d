"""The sweep: sessions that nobody runs any more are found, cleared up and closed.

Evidence decides, not silence: a run that prints nothing for hours is alive while
its worker is, and a clock that is moved by an hour changes nothing. Only where the
worker's process cannot be looked up (another host, another container) is a session
taken for dead after its heartbeat has stood still for `SILENT_SECONDS`, measured
by our own clock that nobody can move.
"""

from __future__ import annotations

import logging
import os
import time
from datetime import datetime

from common.errors import UnavailableError
from training import handover, runner
from training.ending import Ending, close_session, import_results
from training.models import TrainingSession
from training.orchestrator import process
from training.orchestrator.supervision import TIMEOUT

logger = logging.getLogger(__name__)

Status = TrainingSession.Status

SILENT_SECONDS = 40.0
#: A pending session is handed over again after this long, and given up after that.
RESEND_SECONDS = 15.0
PENDING_SECONDS = 60.0
#: Processes without a worker have this long to end before SIGKILL.
ORPHAN_GRACE = 5.0

WORKER_LOST = "worker_lost"

# What was seen last of each session, and since when it is unchanged (monotonic).
_seen: dict[int, tuple[object, float]] = {}


def sweep(*, now: datetime) -> list[int]:
    """Close what is dead, hand over again what waits too long; return the closed sessions' ids.

    Safe to run at any time and several times at once: a session is closed once.
    """
    active = list(TrainingSession.objects.active())
    for session_id in _seen.keys() - {session.pk for session in active}:
        _seen.pop(session_id, None)
    return [session.pk for session in active if _deal_with(session, now=now)]


def enforce_limits(*, now: datetime) -> int:
    """Ask sessions over their time limit to stop; return how many.

    The time they have run is their worker's measurement, so a clock that is moved
    ends nobody. The worker keeps the limit itself; this is the second line.
    """
    over = TrainingSession.objects.over_time_limit().values_list("pk", flat=True)
    return sum(
        TrainingSession.objects.request_stop(session_id, at=now, by="", cause=TIMEOUT)
        for session_id in over
    )


def _deal_with(session: TrainingSession, *, now: datetime) -> bool:
    if session.status == Status.PENDING:
        return _deal_with_pending(session, now=now)
    reason = reason_for_death(session)
    if not reason:
        return False
    logger.warning("session %s is dead: %s", session.pk, reason)
    left = _end_orphans(session)
    if left:
        logger.error("processes of session %s cannot be ended: %s", session.pk, left)
        return False  # not over while something of it lives; the next sweep tries again
    problem = import_results(session.pk)
    ending = Ending(error=reason, note=problem, stop_cause=WORKER_LOST)
    return close_session(session.pk, ending) is not None


def _deal_with_pending(session: TrainingSession, *, now: datetime) -> bool:
    # By both clocks: one may have been moved, the other begins anew with each worker.
    waited = max((now - session.start_time).total_seconds(), _unchanged_for(session, "pending"))
    if waited >= PENDING_SECONDS:
        ending = Ending(error=f"No worker took it within {PENDING_SECONDS:.0f} seconds.")
        return close_session(session.pk, ending) is not None
    if waited >= RESEND_SECONDS:
        try:
            handover.send(session.pk)
        except UnavailableError:
            logger.warning("session %s waits, and the queue is away", session.pk)
    return False


def reason_for_death(session: TrainingSession) -> str:
    """Return why nobody can be running this claimed session; empty: somebody may be."""
    place = process.here()
    host, _, pid = session.claimed_by.rpartition(":")
    if not pid.isdecimal():
        return "No worker is known to run it."
    theirs = process.Place(host, session.boot_id, session.pid_namespace)
    if place.is_later_boot_of(theirs):
        return "The machine was restarted while the training ran."
    if not place.sees(theirs):
        silent = _unchanged_for(session, session.heartbeat_at)
        if silent >= SILENT_SECONDS:
            return f"Its worker on {host} has given no sign of life for {silent:.0f} seconds."
        return ""
    worker = process.Identity(int(pid), session.worker_created_at or 0.0)
    if not process.is_alive(worker):
        return "The worker that ran it ended without a word; it was killed or it crashed."
    if worker.pid == os.getpid() and not runner.has_in_hand(session.pk):
        return "The worker that ran it has lost track of it."
    return ""


def _unchanged_for(session: TrainingSession, sign: object) -> float:
    """Return for how long, seconds, sweeps of this process have seen the same sign."""
    now = time.monotonic()
    before = _seen.get(session.pk)
    if before is None or before[0] != sign:
        _seen[session.pk] = (sign, now)
        return 0.0
    return now - before[1]


def _end_orphans(session: TrainingSession) -> set[process.Identity]:
    """End what still lives of the run, and return what cannot be ended.

    In a later boot, or in a container of which we see nothing, none of it is left,
    and equal process ids belong to strangers.
    """
    theirs = process.Place("", session.boot_id, session.pid_namespace)
    if not process.here().sees(theirs):
        return set()
    leader, seen_until = None, None
    if session.pid is not None and session.pid_created_at is not None:
        leader = process.Identity(session.pid, session.pid_created_at)
        seen_until = session.pid_created_at + (session.elapsed_seconds or 0.0)
    run = process.RunProcesses(session.run_token, leader, seen_until)
    return process.end_all(run, grace=ORPHAN_GRACE)
