"""The state machine of a session: every state with every event."""

import pytest

from common.clock import utc_now
from training.ending import Ending, close_session
from training.models import FINAL, TrainingSession
from training.models.sessions import TRANSITIONS
from training.services import stop_session
from training.tests.session_factories import make_session

Status = TrainingSession.Status
SESSIONS = TrainingSession.objects

# event -> what it makes of each state; what is not named stays as it is
EVENTS = {
    "claim": {"pending": "running"},
    "stop request": {"pending": "stopped", "running": "stopping"},
    "time is up": {"running": "stopping"},
    "success": {"running": "completed", "stopping": "stopped"},
    "failure": {"pending": "failed", "running": "failed", "stopping": "stopped"},
    "note": {},
}


def happen(event: str, session: TrainingSession) -> None:
    now = utc_now()
    match event:
        case "claim":
            SESSIONS.claim(session.pk, at=now)
        case "stop request":
            stop_session(requested_by="ann")
        case "time is up":
            SESSIONS.request_stop(session.pk, at=now, by="", cause="timeout")
        case "success" if session.status != Status.PENDING:
            close_session(session.pk, Ending())
        case "failure":
            close_session(session.pk, Ending(error="broken"))
        case "note":
            SESSIONS.note(session.pk, heartbeat_at=now)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [status.value for status in Status])
@pytest.mark.parametrize("event", EVENTS)
def test_every_state_answers_every_event_as_drawn(status, event):
    session = make_session(status, stop_cause="request" if status == "stopping" else "")
    happen(event, session)
    session.refresh_from_db()
    assert session.status == EVENTS[event].get(status, status)


@pytest.mark.django_db
@pytest.mark.parametrize("old", [status.value for status in Status])
@pytest.mark.parametrize("new", FINAL)
def test_a_session_is_closed_along_the_drawing_only(old, new):
    session = make_session(old)
    if new in TRANSITIONS[old]:
        assert SESSIONS.close(session.pk, old=old, new=new, at=utc_now())
        assert not SESSIONS.close(session.pk, old=old, new=new, at=utc_now())
    else:
        with pytest.raises(ValueError, match="cannot become"):
            SESSIONS.close(session.pk, old=old, new=new, at=utc_now())


def test_the_drawing_knows_every_state_and_final_ones_stay():
    assert set(TRANSITIONS) == {status.value for status in Status}
    assert all(not TRANSITIONS[status] for status in FINAL)


@pytest.mark.django_db
def test_a_session_over_its_time_limit_has_failed_even_if_its_program_ended_well():
    session = make_session("stopping", stop_cause="timeout")
    assert close_session(session.pk, Ending()) == "failed"


@pytest.mark.django_db
def test_a_duration_from_the_files_is_kept_and_else_the_measured_one_taken():
    for reported, stored in ((12.5, 12.5), (None, 3.0)):
        session = make_session("running", duration_seconds=reported)
        close_session(session.pk, Ending(columns={"elapsed_seconds": 3.0}))
        session.refresh_from_db()
        assert (session.duration_seconds, session.elapsed_seconds) == (stored, 3.0)
        assert session.progress_percent == 100
