"""Asking for a start and a stop, and what is refused."""

import threading

import pytest
from django.db import connections

from common.clock import utc_now
from common.errors import ConflictError, InvalidInputError, UnavailableError
from logs_app.models import Event
from training import handover, services
from training.checks import command_can_be_read
from training.command import training_command
from training.models import FINAL, Schedule, TrainingSession
from training.services import check_start, start_session, stop_session
from training.tests.session_factories import a_worker_lives, make_session, program

Status = TrainingSession.Status


@pytest.fixture
def queue(monkeypatch) -> list[int]:
    """The ids handed over, instead of a broker."""
    sent: list[int] = []
    monkeypatch.setattr(handover, "send", sent.append)
    return sent


@pytest.fixture
def worker(db) -> None:
    a_worker_lives()


def start(**options) -> TrainingSession:
    options.setdefault("trigger", "api")
    return start_session(**options)


def test_a_start_makes_a_pending_row_and_hands_it_over_after_the_commit(
    worker, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        session = start(requested_by="ann", reason="new data", force=True)
        assert queue == []
    assert queue == [session.pk]
    session.refresh_from_db()
    assert (session.status, session.requested_by, session.reason) == ("pending", "ann", "new data")
    assert session.timeout_seconds == 1800
    assert session.run_token
    event = Event.objects.get(session_id=session.pk)
    assert event.message == f"Training {session.pk} asked for by ann (api): new data"


def test_the_time_limit_is_the_schedules(worker, queue):
    Schedule.objects.update_or_create(pk=1, defaults={"timeout_seconds": 77})
    assert start().timeout_seconds == 77


@pytest.mark.parametrize("status", ["pending", "running", "stopping"])
def test_it_refuses_a_second_active_session_and_names_the_first(worker, queue, status):
    first = make_session(status)
    with pytest.raises(ConflictError, match=f"Session {first.pk} is {status}") as caught:
        start()
    assert caught.value.code == "session_active"
    assert queue == []


@pytest.mark.parametrize("status", FINAL)
def test_a_session_that_has_ended_is_in_nobodys_way(worker, queue, status):
    make_session(status)
    assert start().status == "pending"


def test_it_refuses_while_training_is_disabled_unless_forced(worker, queue):
    Schedule.objects.update_or_create(pk=1, defaults={"enabled": False})
    with pytest.raises(ConflictError) as caught:
        start()
    assert caught.value.code == "training_disabled"
    assert start(force=True).force


def test_the_same_key_returns_the_same_session_even_after_its_end(worker, queue):
    first = start(idempotency_key="k1")
    assert start(idempotency_key="k1") == first
    TrainingSession.objects.filter(pk=first.pk).update(status="completed")
    assert start(idempotency_key="k1") == first
    assert start(idempotency_key="k2") != first


def test_a_key_that_another_request_used_a_moment_earlier_is_replayed(worker, queue, monkeypatch):
    """Both looked before either wrote: the database refuses the second."""
    first = make_session("completed", idempotency_key="k1")
    looks = iter([None])
    real = services._started_with
    monkeypatch.setattr(services, "_started_with", lambda key: next(looks, real(key)))
    assert start(idempotency_key="k1") == first


def test_a_key_that_is_too_long_is_refused(worker, queue):
    with pytest.raises(InvalidInputError):
        start(idempotency_key="k" * 256)


@pytest.mark.parametrize("age", [None, 31, 86400])
def test_without_a_worker_it_is_503_and_nothing_stays(db, queue, age):
    if age is not None:
        a_worker_lives(seconds_ago=age)
    with pytest.raises(UnavailableError) as caught:
        start()
    assert caught.value.code == "no_worker"
    assert not TrainingSession.objects.exists()


def test_without_a_queue_it_is_503_and_nothing_stays_pending(
    worker, settings, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(session_id: int) -> None:
        raise UnavailableError("The queue is away.", code="queue_unavailable")

    monkeypatch.setattr(handover, "send", refuse)
    with (
        pytest.raises(UnavailableError, match="The queue is away"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        start(idempotency_key="k1")
    session = TrainingSession.objects.get()
    assert (session.status, session.error_message) == ("failed", "The queue is away.")
    assert session.end_time is not None
    monkeypatch.setattr(handover, "send", lambda session_id: None)
    again = start(idempotency_key="k1")
    assert (again.status, again == session) == ("pending", False)


def test_who_means_one_session_stops_no_other(db):
    make_session("completed")
    other = make_session("running")
    assert stop_session(requested_by="ann", only=other.pk - 1) is None
    assert stop_session(requested_by="ann", only=other.pk) == other


def test_a_stop_without_session_is_nothing(db):
    make_session("completed")
    assert stop_session(requested_by="ann") is None
    assert not Event.objects.exists()


def test_a_pending_session_is_ended_without_a_worker(db):
    pending = make_session("pending")
    stopped = stop_session(requested_by="ann")
    assert stopped == pending
    assert stopped is not None
    assert (stopped.status, stopped.stop_requested_by) == ("stopped", "ann")
    assert stopped.end_time is not None
    assert stopped.duration_seconds is None
    assert Event.objects.get().event_type == "training_stopped"


def test_a_running_session_is_asked_once_however_often_one_says_so(db):
    make_session("running")
    for name in ("ann", "bob", "eve"):
        session = stop_session(requested_by=name)
        assert session is not None
        assert (session.status, session.stop_requested_by) == ("stopping", "ann")
        assert session.stop_cause == "request"
    assert Event.objects.get().message.endswith("asked to stop by ann while it was running.")


def test_a_session_that_a_worker_takes_meanwhile_is_asked_to_stop(db, monkeypatch):
    session = make_session("pending")
    real = TrainingSession.objects.close

    def taken_first(session_id: int, **columns) -> bool:
        TrainingSession.objects.claim(session_id, at=utc_now())
        return real(session_id, **columns)

    monkeypatch.setattr(TrainingSession.objects, "close", taken_first)
    assert stop_session(requested_by="ann") == session
    session.refresh_from_db()
    assert session.status == "stopping"


def test_a_session_that_ends_meanwhile_is_left_as_it_is(db, monkeypatch):
    session = make_session("running")

    def too_late(session_id: int, **columns) -> bool:
        TrainingSession.objects.filter(pk=session_id).update(status="completed")
        return False

    monkeypatch.setattr(TrainingSession.objects, "request_stop", too_late)
    assert stop_session(requested_by="ann") is None
    session.refresh_from_db()
    assert session.status == "completed"


def test_a_check_says_what_would_be_run_and_changes_nothing(worker, settings, tmp_path):
    settings.TRAINING_COMMAND = program(tmp_path, "")
    settings.TRAINING_CWD = tmp_path
    settings.TRAINING_FORCE_FLAG = "--force now"
    found = check_start(force=True)
    assert str(found.command) == f"{settings.TRAINING_COMMAND} --force now"
    assert found.command.cwd == tmp_path
    assert found.ok, found.checks
    assert not TrainingSession.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("broken", "settings_to_break"),
    [
        ("program", {"TRAINING_COMMAND": "no-such-program --x"}),
        ("script", {"TRAINING_COMMAND": "python3 nowhere.py"}),
        ("folder", {"TRAINING_CWD": "/nowhere/at/all"}),
        ("disk space", {"DATA_DIR": "/nowhere/at/all"}),
    ],
)
def test_a_check_names_what_is_in_the_way(worker, settings, tmp_path, broken, settings_to_break):
    settings.TRAINING_COMMAND = program(tmp_path, "")
    settings.TRAINING_CWD = tmp_path
    for name, value in settings_to_break.items():
        setattr(settings, name, type(getattr(settings, name))(value))
    found = check_start()
    assert [check.name for check in found.checks if not check.ok] == [broken]
    assert not found.ok


def test_a_check_sees_an_active_session_a_dead_worker_and_a_disabled_training(
    db, settings, tmp_path
):
    settings.TRAINING_COMMAND = program(tmp_path, "")
    settings.TRAINING_CWD = tmp_path
    Schedule.objects.update_or_create(pk=1, defaults={"enabled": False})
    make_session("running")
    bad = {check.name for check in check_start().checks if not check.ok}
    assert bad == {"enabled", "no other session", "worker"}


def test_the_command_comes_from_the_settings_alone(settings, tmp_path):
    settings.TRAINING_COMMAND = ""
    settings.ORCHESTRATOR_PATH = tmp_path / "orchestrator"
    settings.TRAINING_FORCE_FLAG = ""
    words = check_command(force=True)
    assert words[1:] == [str(tmp_path / "orchestrator" / "orchestrator.py"), "train", "--verbose"]
    settings.TRAINING_COMMAND = "train.sh 'two words' --x=$HOME"
    assert check_command() == ["train.sh", "two words", "--x=$HOME"]


def check_command(*, force: bool = False) -> list[str]:
    return training_command(force=force).words


@pytest.mark.parametrize("name", ["TRAINING_COMMAND", "TRAINING_FORCE_FLAG"])
def test_a_command_with_unmatched_quotes_stops_the_start_of_the_service(settings, name):
    assert command_can_be_read(None) == []
    setattr(settings, name, "train 'two words")
    (error,) = command_can_be_read(None)
    assert (error.id, error.msg) == ("training.E002", f"{name}: No closing quotation.")


@pytest.mark.django_db(transaction=True)
def test_of_fifty_starts_at_once_one_is_accepted(queue):
    a_worker_lives()
    Schedule.objects.get_or_create(pk=1)
    go = threading.Barrier(50)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            go.wait(60)
            outcomes.append(f"started {start().pk}")
        except ConflictError as error:
            outcomes.append(error.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    session = TrainingSession.objects.get()
    refusal = f"Session {session.pk} is pending already."
    assert sorted(outcomes) == sorted([f"started {session.pk}"] + [refusal] * 49)
    assert queue == [session.pk]
