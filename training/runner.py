"""What a worker does with one session: claim it, run the program, follow it, close it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

from agents.models import Agent
from common.clock import utc_now
from logs_app.services import Severity
from training.command import training_command
from training.ending import Ending, close_session, import_results
from training.models import TrainingSession
from training.orchestrator import process, verdict
from training.orchestrator.lines import Line, SecretMasker
from training.orchestrator.supervision import (
    REQUEST,
    TIMEOUT,
    WORKER_SHUTDOWN,
    Outcome,
    Supervisor,
)
from training.progress import RunNote, RunProgress
from training.run_record import RunRecord, patiently
from training.selectors_progress import past_durations
from training.session_log import SessionLog, log_path

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: At most this often the row is written, and looked at for a request to stop.
WRITE_SECONDS = 0.5
#: A claim that the database does not let through in this time is left to the sweep.
CLAIM_PATIENCE = 50.0
#: A worker that is asked to stop gives its training this long before SIGKILL, and then
#: the database this long to take the end of the session.
SHUTDOWN_GRACE = 3.0
SHUTDOWN_PATIENCE = 3.0

_shutting_down = threading.Event()
_supervisors: dict[int, Supervisor] = {}
# By thread, since a message delivered twice has two threads look at the same session.
_in_hand: dict[int, int] = {}


def run_session(session_id: int) -> None:
    """Run one pending session to its end; one that is not pending is left alone.

    So a message that is delivered twice does nothing the second time.
    """
    if _shutting_down.is_set():
        return  # stays pending: the sweep hands it to the next worker
    thread = threading.get_ident()
    _in_hand[thread] = session_id
    try:
        if patiently(lambda: _claim(session_id), give_up=lambda waited: waited > CLAIM_PATIENCE):
            _run_claimed(session_id)
        else:
            logger.info("session %s is not pending: nothing to do", session_id)
    finally:
        del _in_hand[thread]


def shut_down() -> None:
    """End what runs here, because the worker is asked to stop; returns at once.

    Called from a signal handler: it only sets flags. Each run then closes its session.
    """
    _shutting_down.set()
    for supervisor in list(_supervisors.values()):
        supervisor.request_end(WORKER_SHUTDOWN, grace=SHUTDOWN_GRACE)


def has_in_hand(session_id: int) -> bool:
    """Return whether this very process deals with the session."""
    return session_id in list(_in_hand.values())


def _claim(session_id: int) -> bool:
    place = process.here()
    me = process.identify(os.getpid()) or process.Identity(os.getpid(), 0.0)
    return TrainingSession.objects.claim(
        session_id,
        at=utc_now(),
        claimed_by=f"{place.host}:{me.pid}",
        worker_created_at=me.started,
        boot_id=place.boot_id,
        pid_namespace=place.pid_namespace,
    )


def _run_claimed(session_id: int) -> None:
    run: _Run | None = None
    try:
        run = _steadily(lambda: _Run(TrainingSession.objects.get(pk=session_id)))
        ending = run.execute()
        _steadily(lambda: close_session(session_id, ending))
    except Exception as error:
        logger.exception("the run of session %s broke off", session_id)
        if run is not None:
            run.abandon()
        ending = Ending(error=f"The dashboard itself failed: {type(error).__name__}: {error}")
        _steadily(lambda: close_session(session_id, ending))
        raise


def _steadily(action: Callable[[], T]) -> T:
    """Return what `action` returns, waiting for the database for as long as the worker lives."""
    return patiently(
        action,
        give_up=lambda waited: _shutting_down.is_set() and waited > SHUTDOWN_PATIENCE,
    )


class _Run:
    """One run of the program, between its supervisor and the session's row."""

    def __init__(self, session: TrainingSession) -> None:
        self.session = session
        self.command = training_command(force=session.force)
        self.masker = SecretMasker(os.environ)
        self.log = SessionLog(log_path(session.pk), max_bytes=settings.TRAINING_LOG_MAX_BYTES)
        agents = Agent.objects.enabled().in_natural_order()
        progress = RunProgress(
            agent_ids=list(agents.values_list("id", flat=True)),
            past=past_durations(),
            started_at=session.start_time,
        )
        self.record = RunRecord(session.pk, progress)
        self.supervisor = Supervisor(
            self.command.words,
            cwd=self.command.cwd,
            token=session.run_token,
            on_lines=self.take,
            time_limit=session.timeout_seconds,
            grace=settings.TRAINING_STOP_GRACE,
        )

    def take(self, lines: list[Line]) -> None:
        """Keep and understand what the program printed."""
        shown = [line.shown(self.masker) for line in lines]
        self.log.write(shown)
        self.record.feed(shown, utc_now())

    def execute(self) -> Ending:
        """Run the program to its end, import what it wrote, and return how it ended."""
        before = verdict.file_versions(settings.ORCHESTRATOR_PATH)
        at = utc_now()  # before anything it prints
        try:
            leader = self.supervisor.start()
        except OSError as error:
            return Ending(error=f"{self.command.words[0]} could not be started: {error}")
        command = self.masker.mask(str(self.command))
        self.record.add(
            RunNote(at, "training_started", f"Training {self.session.pk} runs: {command}"),
            pid=leader.pid,
            pid_created_at=leader.started,
        )
        _supervisors[self.session.pk] = self.supervisor
        try:
            self._follow()
        finally:
            del _supervisors[self.session.pk]
        self.log.close()
        return self._finish(before)

    def abandon(self) -> None:
        """End the program because we cannot go on."""
        if self.supervisor.leader is not None:
            self.supervisor.request_end(WORKER_SHUTDOWN, grace=SHUTDOWN_GRACE)
            self.supervisor.wait(60)

    def _follow(self) -> None:
        if _shutting_down.is_set():  # asked after the claim and before we could be told
            self.supervisor.request_end(WORKER_SHUTDOWN, grace=SHUTDOWN_GRACE)
        told_of_the_log = False
        while not self.supervisor.wait(WRITE_SECONDS):
            if self.log.problem and not told_of_the_log:
                told_of_the_log = True
                message = f"The output cannot be written to the log: {self.log.problem}."
                note = RunNote(utc_now(), "training_log", message, Severity.WARNING)
                self.record.add(note)
            if cause := self.record.keep_up(elapsed_seconds=self.supervisor.elapsed_seconds):
                self.supervisor.request_end(cause)
            elif self.supervisor.cause == TIMEOUT:
                self.record.say_that_time_is_up()

    def _finish(self, before: verdict.Versions) -> Ending:
        outcome = self.supervisor.outcome
        assert outcome is not None  # noqa: S101 - the supervisor has finished
        written = verdict.what_was_written(settings.ORCHESTRATOR_PATH, before)
        stopped = outcome.cause == REQUEST
        error = verdict.cause_of_failure(
            outcome,
            written,
            error_lines=self.record.error_lines(),
            time_limit=self.session.timeout_seconds,
        )
        _steadily(
            lambda: self.record.finish(
                ok=not error and not stopped,
                stopped=stopped,
                elapsed_seconds=outcome.elapsed_seconds,
            )
        )
        problem = _steadily(lambda: import_results(self.session.pk))
        notes = [*_notes(outcome, written, log_problem=self.log.problem), problem]
        return Ending(
            error="\n".join(SecretMasker(os.environ).mask(line) for line in error.splitlines()),
            note=" ".join(filter(None, notes)),
            stop_cause=outcome.cause,
            run=self._facts(outcome, written),
            columns={
                "exit_code": outcome.exit_code,
                "elapsed_seconds": outcome.elapsed_seconds,
            },
        )

    def _facts(self, outcome: Outcome, written: verdict.Written) -> dict[str, Any]:
        return {
            "command": self.masker.mask(str(self.command)),
            "cwd": str(self.command.cwd),
            "had_to_kill": outcome.had_to_kill,
            "leftovers": outcome.leftovers,
            "files_written": written.paths[:100],
            "metrics": self.record.metrics(),
        }


def _notes(outcome: Outcome, written: verdict.Written, *, log_problem: str) -> list[str]:
    notes = []
    if outcome.had_to_kill:
        notes.append("Not all of its processes ended when asked; they were killed.")
    if outcome.leftovers:
        notes.append(f"{outcome.leftovers} of its processes outlived it and were ended.")
    if not written.paths and not outcome.cause:
        notes.append("It wrote none of the files that the dashboard reads.")
    if log_problem:
        notes.append(f"Its log is not complete: {log_problem}.")
    return notes
