"""The row of a session while it runs, as its runner writes it; survives an absent database."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction

from common.clock import utc_now
from common.database import DATABASE_AWAY
from logs_app.services import new_event, record_events
from training.models import FINAL, TrainingSession
from training.orchestrator.supervision import CLOSED_ELSEWHERE, TIMEOUT
from training.progress import ProgressSnapshot, RunNote, RunProgress

logger = logging.getLogger(__name__)
T = TypeVar("T")

HEARTBEAT_SECONDS = 3.0
RETRY_SECONDS = 1.0


def patiently(action: Callable[[], T], *, give_up: Callable[[float], bool]) -> T:
    """Return what `action` returns, trying again while the database is away.

    `give_up(seconds since the first attempt)` ends that: the error is raised then.
    """
    began = time.monotonic()
    while True:
        try:
            return action()
        except DATABASE_AWAY as error:
            waited = time.monotonic() - began
            if give_up(waited):
                raise
            logger.warning("the database is away since %.0f s: %s", waited, error)
            _let_go_of_the_connection()
            time.sleep(RETRY_SECONDS)


def _let_go_of_the_connection() -> None:
    # A broken connection is not mended by using it again. Inside a transaction (a
    # caller's, a test's) there is nothing to let go of.
    if not connection.in_atomic_block:
        connection.close()


class RunRecord:
    """Writes what changed of one session; what cannot be written is kept for the next time.

    `feed` is called by the thread that reads the program's output, everything else
    by the thread that runs the task.
    """

    def __init__(self, session_id: int, progress: RunProgress) -> None:
        self.session_id = session_id
        self._progress = progress
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {}
        self._notes: list[RunNote] = []
        self._stored: dict[str, Any] = {}
        self._next_heartbeat = 0.0
        self._away_since: float | None = None

    def feed(self, lines: list[str], at: datetime) -> None:
        """Take in printed lines."""
        with self._lock:
            for line in lines:
                self._progress.feed(line, at)

    def add(self, *notes: RunNote, **facts: Any) -> None:
        """Have events and columns written with the next write."""
        self._notes += notes
        self._facts |= facts

    def keep_up(self, *, elapsed_seconds: float) -> str:
        """Write what changed, and return why the run is to end; empty: it may go on.

        Never raises for an absent database.
        """
        try:
            asked = self._write(elapsed_seconds)
        except DATABASE_AWAY as error:
            if self._away_since is None:
                self._away_since = time.monotonic()
                logger.warning("session %s goes on without database: %s", self.session_id, error)
            _let_go_of_the_connection()
            return ""
        if self._away_since is not None:
            away = time.monotonic() - self._away_since
            logger.warning("the database is back after %.0f s", away)
            self._away_since = None
        return asked

    def say_that_time_is_up(self) -> None:
        """Have the row say that the run is being ended; the end itself does not wait for that."""
        with contextlib.suppress(*DATABASE_AWAY):
            TrainingSession.objects.request_stop(
                self.session_id, at=utc_now(), by="", cause=TIMEOUT
            )

    def finish(self, *, ok: bool, stopped: bool, elapsed_seconds: float) -> None:
        """Write the last state of the run's progress.

        Raises:
            OperationalError, InterfaceError: the database is away; call it again.
        """
        with self._lock:
            self._progress.finish(utc_now(), ok, stopped=stopped)
        self._next_heartbeat = 0.0
        self._write(elapsed_seconds)

    def error_lines(self) -> list[str]:
        """Return the last printed lines that tell of errors, oldest first."""
        return self._snapshot().last_error_lines

    def metrics(self) -> dict[str, float]:
        """Return the newest value of each number that the run reported."""
        return self._snapshot().metrics

    def _snapshot(self) -> ProgressSnapshot:
        with self._lock:
            self._notes += self._progress.take_events()
            return self._progress.snapshot(utc_now())

    def _write(self, elapsed_seconds: float) -> str:
        columns = {**_columns(self._snapshot()), **self._facts}
        changed = {
            name: value for name, value in columns.items() if self._stored.get(name) != value
        }
        if time.monotonic() >= self._next_heartbeat:
            changed |= {"heartbeat_at": utc_now(), "elapsed_seconds": elapsed_seconds}
        if changed or self._notes:
            self._store(changed)
            self._stored |= columns
            self._notes = []
            if "heartbeat_at" in changed:
                self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
        return self._asked()

    def _store(self, changed: dict[str, Any]) -> None:
        with transaction.atomic():
            if changed:
                TrainingSession.objects.note(self.session_id, **changed)
            record_events(
                new_event(
                    event_type=note.event_type,
                    message=note.message,
                    severity=note.severity,
                    agent_id=note.agent_id,
                    session_id=self.session_id,
                    timestamp=note.at,
                )
                for note in self._notes
            )

    def _asked(self) -> str:
        """Return why the row says that the run is to end."""
        row = (
            TrainingSession.objects.filter(pk=self.session_id)
            .values_list("status", "stop_cause")
            .first()
        )
        if row is None or row[0] in FINAL:
            return CLOSED_ELSEWHERE
        return row[1] if row[0] == TrainingSession.Status.STOPPING else ""


def _columns(snapshot: ProgressSnapshot) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "phases": snapshot.phases,
        "current_agent": snapshot.current_agent,
        "agent_states": snapshot.agent_states,
    }
    if snapshot.phases:
        columns["phase"] = snapshot.phase
    if snapshot.agents_trained is not None:
        columns |= {
            "agents_trained": snapshot.agents_trained,
            "agents_failed": snapshot.agents_failed,
        }
    if snapshot.percent is not None:
        # 100 is written together with the end, and only for a run that succeeded.
        columns["progress_percent"] = min(snapshot.percent, 99.0)
    return columns
