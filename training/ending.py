"""The end of a session, whoever finds it: what was written is imported, then the row is closed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from common.clock import utc_now
from common.database import DATABASE_AWAY
from logs_app.services import Severity, record_event
from training.importing import import_folder
from training.models import FINAL, TrainingSession
from training.orchestrator.supervision import REQUEST
from training.progress import end_what_is_open

logger = logging.getLogger(__name__)

Status = TrainingSession.Status
# A state can change under us this often at most: pending, running, stopping, final.
_ATTEMPTS = 4


@dataclass(frozen=True)
class Ending:
    """How a session ended.

    `error` is the first cause of a failure, empty for a success. `note` is what
    else there is to say. `stop_cause` is why it was ended, if it did not end by
    itself. `run` goes into the session's metadata, `columns` into its row.
    """

    error: str = ""
    note: str = ""
    stop_cause: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)


def import_results(session_id: int) -> str:
    """Import the orchestrator's files into this session; return what was wrong, or nothing.

    Raises:
        OperationalError, InterfaceError: the database is away.
    """
    try:
        import_folder(path=settings.ORCHESTRATOR_PATH, session_id=session_id)
    except DATABASE_AWAY:
        raise
    except Exception as error:  # whatever the files hold, the session must be closed
        logger.exception("the files of session %s could not be imported", session_id)
        return f"What it wrote could not be imported: {error}"
    return ""


def close_session(session_id: int, ending: Ending) -> str | None:
    """Write the final state of an active session, with its event; return that state.

    A session that somebody asked to stop is stopped, however its program ended.
    None: it was closed already, nothing is written.
    """
    for _ in range(_ATTEMPTS):
        with transaction.atomic():
            session = TrainingSession.objects.select_for_update().filter(pk=session_id).first()
            if session is None or session.status in FINAL:
                return None
            if final := _close(session, ending):
                return final
    return None


def _close(session: TrainingSession, ending: Ending) -> str | None:
    final, error = _final_state(session, ending)
    at = utc_now()
    # A runner that lives has ended them itself.
    columns = {**end_what_is_open(session.phases, session.agent_states, at=at), **ending.columns}
    if final == Status.COMPLETED:
        columns["progress_percent"] = 100.0
    closed = TrainingSession.objects.close(
        session.pk,
        old=session.status,
        new=final,
        at=at,
        error_message=error,
        stop_cause=session.stop_cause or ending.stop_cause,
        metadata={**session.metadata, "run": {**ending.run, "note": ending.note}},
        **columns,
    )
    if not closed:
        return None
    severity = {Status.COMPLETED: Severity.INFO, Status.STOPPED: Severity.WARNING}
    message = " ".join(
        part
        for part in (f"Training {session.pk} {final.label.lower()}.", error, ending.note)
        if part
    )
    record_event(
        event_type=f"training_{final}",
        message=message,
        severity=severity.get(final, Severity.ERROR),
        session_id=session.pk,
        timestamp=at,
    )
    return str(final)


def _final_state(session: TrainingSession, ending: Ending) -> tuple[TrainingSession.Status, str]:
    if session.status == Status.STOPPING and session.stop_cause == REQUEST:
        return Status.STOPPED, ""
    if session.status == Status.STOPPING:
        return Status.FAILED, ending.error or f"It was ended: {session.stop_cause}."
    return (Status.FAILED, ending.error) if ending.error else (Status.COMPLETED, "")
