"""What a person, a program or the schedule asks for: start a training, stop it, check a start."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from common.clock import night_of, utc_now
from common.errors import ConflictError, InvalidInputError, UnavailableError
from logs_app.services import record_event
from system.heartbeats import is_alive
from system.models import Heartbeat
from training import handover
from training.command import TrainingCommand, training_command
from training.ending import Ending, close_session
from training.models import TrainingSession
from training.models.sessions import new_run_token
from training.orchestrator.supervision import REQUEST
from training.schedule import get_schedule

logger = logging.getLogger(__name__)

Status = TrainingSession.Status
# A session may end between the refusal and the question which one it was.
_ATTEMPTS = 5
_LONGEST_KEY = 255
#: Below this much free space, bytes, a run is likely to fail.
_SPACE_NEEDED = 100_000_000


def start_session(
    *,
    trigger: str,
    requested_by: str = "",
    reason: str = "",
    force: bool = False,
    idempotency_key: str | None = None,
) -> TrainingSession:
    """Ask for a training and hand it to a worker; return its row, which is pending.

    A key that was used before returns the session it started, ended or not.

    Raises:
        ConflictError: a session is active, which is named (409); or training is
            disabled in the configuration and `force` is not set (409, `training_disabled`).
        UnavailableError: there is no worker or no queue (503); nothing stays pending.
    """
    if idempotency_key and len(idempotency_key) > _LONGEST_KEY:
        raise InvalidInputError(f"An Idempotency-Key has at most {_LONGEST_KEY} characters.")
    if session := _started_with(idempotency_key):
        return session
    schedule = get_schedule()
    if not (schedule.enabled or force):
        raise ConflictError(
            "Training is disabled in the configuration. Start it with force to train anyway.",
            code="training_disabled",
        )
    _refuse_if_active()
    if not _worker_is_alive():
        raise UnavailableError(
            "No worker is running, so nothing can run the training.", code="no_worker"
        )
    at = utc_now()
    session = TrainingSession(
        start_time=at,
        night=night_of(at),
        status=Status.PENDING,
        trigger=trigger,
        requested_by=requested_by,
        reason=reason,
        force=force,
        timeout_seconds=schedule.timeout_seconds,
        run_token=new_run_token(),
        is_sample=settings.ORCHESTRATOR_IS_SAMPLE,
        idempotency_key=idempotency_key or None,
    )
    return _insert(session)


def stop_session(*, requested_by: str, only: int | None = None) -> TrainingSession | None:
    """Ask the active session to stop; return its row, None if there is none.

    `only` is the id of the one session that may be stopped, for who means no other.
    A pending session is ended right here; a running one becomes `stopping`, and its
    worker ends the processes. Asking again changes nothing.
    """
    active = TrainingSession.objects.active()
    for _ in range(_ATTEMPTS):
        session = (active if only is None else active.filter(pk=only)).first()
        if session is None:
            return None
        if session.status == Status.STOPPING or _stop(session, requested_by):
            session.refresh_from_db()
            return session
    return None


@dataclass(frozen=True)
class Check:
    """One thing that a start depends on."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class StartCheck:
    """What a start would run, and whether it could."""

    command: TrainingCommand
    checks: list[Check]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


def check_start(*, force: bool = False) -> StartCheck:
    """Return what a start would run and what would be in its way; nothing is changed."""
    command = training_command(force=force)
    return StartCheck(command, list(_checks(command, force=force)))


def _started_with(idempotency_key: str | None) -> TrainingSession | None:
    if not idempotency_key:
        return None
    return TrainingSession.objects.filter(idempotency_key=idempotency_key).first()


def _insert(session: TrainingSession) -> TrainingSession:
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                session.save(force_insert=True)
                _record_request(session)
                transaction.on_commit(lambda: _hand_over(session.pk))
        except IntegrityError:
            # The database's word: somebody was first, with the same key or another session.
            session.pk = None
            if earlier := _started_with(session.idempotency_key):
                return earlier
            _refuse_if_active()
        else:
            return session
    raise ConflictError("Other sessions begin and end all the time. Try again.")


def _refuse_if_active() -> None:
    active = TrainingSession.objects.active().first()
    if active is not None:
        raise ConflictError(
            f"Session {active.pk} is {active.status} already.",
            code="session_active",
            details={"training_id": [str(active.pk)]},
        )


def _record_request(session: TrainingSession) -> None:
    by = f" by {session.requested_by}" if session.requested_by else ""
    why = f": {session.reason}" if session.reason else "."
    record_event(
        event_type="training_requested",
        message=f"Training {session.pk} asked for{by} ({session.trigger}){why}",
        session_id=session.pk,
        timestamp=session.start_time,
    )


def _hand_over(session_id: int) -> None:
    try:
        handover.send(session_id)
    except UnavailableError as error:
        # Left pending, the session would refuse every later start.
        # Nor may a repeated request be answered with what never ran.
        ending = Ending(error=error.message, columns={"idempotency_key": None})
        close_session(session_id, ending)
        raise


def _worker_is_alive() -> bool:
    return is_alive(Heartbeat.objects.filter(component="worker").first(), now=utc_now())


def _stop(session: TrainingSession, requested_by: str) -> bool:
    at = utc_now()
    sessions = TrainingSession.objects
    with transaction.atomic():
        if session.status == Status.PENDING:
            stopped = sessions.close(
                session.pk,
                old=Status.PENDING,
                new=Status.STOPPED,
                at=at,
                stop_requested_at=at,
                stop_requested_by=requested_by,
                stop_cause=REQUEST,
            )
        else:
            stopped = sessions.request_stop(session.pk, at=at, by=requested_by, cause=REQUEST)
        if stopped:
            by = f" by {requested_by}" if requested_by else ""
            was_pending = session.status == Status.PENDING
            record_event(
                event_type="training_stopped" if was_pending else "training_stop_requested",
                message=f"Training {session.pk} asked to stop{by} while it was {session.status}.",
                session_id=session.pk,
                timestamp=at,
            )
    return stopped


def _checks(command: TrainingCommand, *, force: bool) -> Iterator[Check]:
    enabled = get_schedule().enabled
    yield Check("enabled", enabled or force, "yes" if enabled else "disabled in the configuration")
    program = shutil.which(command.words[0], path=_search_path()) if command.words else None
    yield Check("program", program is not None, program or f"{command} cannot be executed")
    for word in command.words[1:2]:
        if word.endswith(".py"):
            script = command.cwd / word
            yield Check("script", os.access(script, os.R_OK), str(script))
    readable = command.cwd.is_dir() and os.access(command.cwd, os.R_OK | os.X_OK)
    yield Check("folder", readable, str(command.cwd))
    yield _check_space(Path(settings.DATA_DIR))
    active = TrainingSession.objects.active().first()
    yield Check(
        "no other session",
        active is None,
        f"session {active.pk} is {active.status}" if active else "none",
    )
    alive = _worker_is_alive()
    yield Check("worker", alive, "alive" if alive else "no sign of life")


def _search_path() -> str:
    return os.environ.get("PATH", os.defpath)


def _check_space(folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk space", False, f"{folder}: {error.strerror}")
    return Check("disk space", free >= _SPACE_NEEDED, f"{free / 1e6:,.0f} MB free in {folder}")
