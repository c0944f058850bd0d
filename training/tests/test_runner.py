"""What a worker does with a session, with real programs; the worker's thread is a test's."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from logs_app.models import Event
from training import ending, run_record, runner, session_log
from training.models import TrainingSession
from training.runner import run_session
from training.services import stop_session
from training.tests.session_factories import make_session, program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

Status = TrainingSession.Status

SILENT = "import time; time.sleep(300)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(300)"
PROTOCOL = """
import json, time
def say(**event): print(json.dumps(event), flush=True)
say(event="phase", name="harvesting", status="running")
say(event="phase", name="training", status="running")
say(event="agent", agent_id="agent_1", status="running")
say(event="agent", agent_id="agent_1", status="done")
say(event="agent", agent_id="agent_2", status="failed", reason="no data")
"""


@pytest.fixture(autouse=True)
def _shorter_waits(monkeypatch, settings, data_dir) -> None:
    monkeypatch.setattr(runner, "WRITE_SECONDS", 0.05)
    monkeypatch.setattr(run_record, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(run_record, "RETRY_SECONDS", 0.05)
    settings.TRAINING_STOP_GRACE = 10


@pytest.fixture
def trains(settings, tmp_path: Path) -> Callable[[str], Path]:
    """Have a training run this Python code, in a folder of its own; return that folder."""

    def use(code: str) -> Path:
        folder = tmp_path / "pipeline" / "orchestrator"
        settings.ORCHESTRATOR_PATH, settings.TRAINING_CWD = folder, folder.parent
        settings.TRAINING_COMMAND = program(folder, code)
        return folder

    return use


@pytest.fixture
def in_thread() -> Iterator[Callable[[TrainingSession], threading.Thread]]:
    """Run a session in a thread, as a worker does; it has ended when the test has."""
    threads: list[threading.Thread] = []

    def start(session: TrainingSession) -> threading.Thread:
        def work() -> None:
            try:
                run_session(session.pk)
            finally:
                connections.close_all()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return threads[-1]

    yield start
    for supervisor in list(runner._supervisors.values()):
        supervisor.request_end("test over", grace=0)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    runner._shutting_down.clear()


def wait_until(condition: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def has_pid(session: TrainingSession) -> bool:
    session.refresh_from_db()
    return session.pid is not None


def printed(session: TrainingSession) -> str:
    return session_log.tail(session.pk, 1000).decode()


def events(session: TrainingSession) -> list[str]:
    rows = Event.objects.filter(session_id=session.pk).order_by("timestamp", "id")
    return list(rows.values_list("event_type", flat=True))


def finished(session: TrainingSession) -> TrainingSession:
    run_session(session.pk)
    session.refresh_from_db()
    return session


def test_a_run_that_prints_nothing_and_writes_nothing_completes_and_says_so(trains):
    trains("pass")
    session = finished(make_session())
    assert (session.status, session.exit_code, session.error_message) == ("completed", 0, "")
    assert (session.phases, session.agent_states, session.current_agent) == ([], {}, None)
    assert session.progress_percent == 100
    assert session.elapsed_seconds is not None
    assert session.duration_seconds == session.elapsed_seconds
    assert "wrote none of the files" in session.metadata["run"]["note"]
    assert events(session) == ["training_started", "training_completed"]


def test_a_run_is_followed_phase_by_phase(trains):
    trains(PROTOCOL)
    session = finished(make_session())
    assert session.status == "completed"
    assert [phase["name"] for phase in session.phases] == ["harvesting", "agent_training"]
    assert session.phase == "agent_training"
    assert session.agent_states["agent_1"]["state"] == "done"
    assert session.agent_states["agent_2"]["reason"] == "no data"
    assert session.agents_trained is not None
    assert events(session)[0] == "training_started"
    assert {"phase_started", "agent_failed", "training_completed"} <= set(events(session))


def test_it_beats_a_heartbeat_while_the_program_says_nothing(trains, in_thread):
    trains(SILENT)
    session = make_session()
    in_thread(session)
    wait_until(lambda: has_pid(session))
    first = session.heartbeat_at
    assert first is not None

    def has_beaten() -> bool:
        session.refresh_from_db()
        return session.heartbeat_at is not None and session.heartbeat_at > first

    wait_until(has_beaten)
    assert session.status == "running"
    assert session.elapsed_seconds is not None
    assert (session.progress_percent or 0) < 100


def test_a_second_delivery_does_nothing_with_one_query(trains):
    trains("pass")
    session = finished(make_session())
    before = TrainingSession.objects.values().get()
    with CaptureQueriesContext(connection) as queries:
        run_session(session.pk)
    changes = [q for q in queries if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT"))]
    assert len(changes) == 1
    assert TrainingSession.objects.values().get() == before


def test_of_two_deliveries_at_once_one_runs(trains, in_thread):
    folder = trains("from pathlib import Path; Path('ran').open('a').write('x')")
    session = make_session()
    for thread in [in_thread(session), in_thread(session)]:
        thread.join(60)
    assert (folder.parent / "ran").read_text() == "x"
    assert events(session).count("training_completed") == 1


def test_a_failure_without_errors_has_the_last_words(trains):
    trains("print('loading'); print('cannot open the camera'); raise SystemExit(2)")
    session = finished(make_session())
    assert session.error_message.splitlines() == [
        "The program ended with exit status 2.",
        "loading",
        "cannot open the camera",
    ]


def test_a_failure_has_exit_status_and_the_last_error_lines(trains):
    trains("print('fine'); raise SystemExit('[ERROR] Training Failed: no module agents')")
    session = finished(make_session())
    assert (session.status, session.exit_code) == ("failed", 1)
    first, *more = session.error_message.splitlines()
    assert first == "The program ended with exit status 1."
    assert "no module agents" in more[0]
    assert (session.progress_percent or 0) < 100
    assert events(session)[-1] == "training_failed"


def test_a_run_killed_by_somebody_else_says_which_signal(trains):
    trains("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    session = finished(make_session())
    assert (session.status, session.exit_code) == ("failed", -9)
    assert "SIGKILL" in session.error_message
    assert "memory" in session.error_message


def test_exit_status_0_with_a_failed_result_has_failed(trains):
    result = {"status": "failed", "error": "agents missing", "timestamp": "2026-01-01T03:00:00"}
    trains(
        "from pathlib import Path\n"
        f"Path('orchestrator/holistic_training_result.json').write_text('''{json.dumps(result)}''')"
    )
    session = finished(make_session())
    assert session.status == "failed"
    assert "agents missing" in session.error_message
    assert session.metadata["run"]["files_written"] == ["holistic_training_result.json"]


def test_a_program_that_cannot_be_started_fails_with_the_reason(trains, settings):
    trains("pass")
    settings.TRAINING_COMMAND = "no-such-program-anywhere"
    session = finished(make_session())
    assert session.status == "failed"
    assert "no-such-program-anywhere could not be started" in session.error_message
    assert session.pid is None


def test_secrets_reach_neither_log_nor_row(trains, monkeypatch):
    monkeypatch.setenv("SERVICE_TOKEN", "geheim-geheim")
    trains(
        "import os; print('value', os.environ['SERVICE_TOKEN']); raise SystemExit('geheim-geheim')"
    )
    session = finished(make_session())
    assert "value ********" in printed(session)
    row = str(TrainingSession.objects.values().get()) + str(list(Event.objects.values()))
    assert "geheim-geheim" not in printed(session) + row


def test_the_time_limit_ends_it_as_failed(trains):
    trains(SILENT)
    session = finished(make_session(timeout_seconds=1))
    assert (session.status, session.stop_cause) == ("failed", "timeout")
    assert session.error_message == "The time limit of 1 s was reached."


def test_a_stop_ends_the_program_and_then_the_session(trains, in_thread):
    trains(f"print('begun'); {SILENT}")
    session = make_session()
    thread = in_thread(session)
    wait_until(lambda: "begun" in printed(session))
    for _ in range(2):
        asked = stop_session(requested_by="ann")
        assert asked is None or asked.status in {"stopping", "stopped"}
    thread.join(60)
    session.refresh_from_db()
    assert (session.status, session.exit_code, session.error_message) == ("stopped", -15, "")
    assert (session.progress_percent or 0) < 100
    assert events(session)[-1] == "training_stopped"


def test_a_program_that_does_not_listen_is_killed_and_then_the_session_is_stopped(
    trains, in_thread, settings
):
    settings.TRAINING_STOP_GRACE = 0.3
    trains(STUBBORN)
    session = make_session()
    thread = in_thread(session)
    wait_until(lambda: "deaf" in printed(session))
    stop_session(requested_by="ann")
    thread.join(60)
    session.refresh_from_db()
    assert (session.status, session.exit_code) == ("stopped", -9)
    assert session.metadata["run"]["had_to_kill"] is True


def test_a_stop_between_claim_and_start_ends_it(trains, monkeypatch):
    trains(SILENT)
    session = make_session()
    real = runner._Run

    def stopped_meanwhile(claimed: TrainingSession):
        stop_session(requested_by="ann")
        return real(claimed)

    monkeypatch.setattr(runner, "_Run", stopped_meanwhile)
    assert finished(session).status == "stopped"


def test_a_stop_at_the_moment_of_the_natural_end_is_a_stop(trains, monkeypatch):
    trains("pass")
    session = make_session()
    real = ending.import_results

    def stopped_meanwhile(session_id: int) -> str:
        stop_session(requested_by="ann")
        return real(session_id)

    monkeypatch.setattr(runner, "import_results", stopped_meanwhile)
    session = finished(session)
    assert (session.status, session.exit_code) == ("stopped", 0)
    assert [kind for kind in events(session) if kind.startswith("training_")] == [
        "training_started",
        "training_stop_requested",
        "training_stopped",
    ]


def test_a_worker_that_is_asked_to_stop_ends_its_training_and_says_why(
    trains, in_thread, monkeypatch
):
    monkeypatch.setattr(runner, "SHUTDOWN_GRACE", 0.3)
    trains(STUBBORN)
    session = make_session()
    thread = in_thread(session)
    wait_until(lambda: "deaf" in printed(session))
    runner.shut_down()
    thread.join(60)
    session.refresh_from_db()
    assert (session.status, session.stop_cause) == ("failed", "worker_shutdown")
    assert session.error_message == "The worker was asked to stop while the training ran."


def test_a_worker_that_is_asked_to_stop_begins_nothing(trains, monkeypatch):
    trains("pass")
    monkeypatch.setattr(runner, "_shutting_down", threading.Event())
    runner.shut_down()
    assert finished(make_session()).status == "pending"


def test_a_session_that_was_closed_by_somebody_else_ends_the_program(trains, in_thread):
    trains(SILENT)
    session = make_session()
    thread = in_thread(session)
    wait_until(lambda: has_pid(session))
    TrainingSession.objects.filter(pk=session.pk).update(status="failed", error_message="theirs")
    thread.join(60)
    session.refresh_from_db()
    assert (session.status, session.error_message) == ("failed", "theirs")
    assert session.end_time is None


def test_a_database_that_is_away_for_a_while_ends_nothing(trains, in_thread, monkeypatch):
    folder = trains(
        "import time, os\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.05)\n"
        + PROTOCOL
    )
    session = make_session()
    thread = in_thread(session)
    wait_until(lambda: has_pid(session))
    away = threading.Event()
    failures: list[int] = []

    def refuse(execute, sql, params, many, context):
        if away.is_set():
            failures.append(1)
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    real = run_record.RunRecord._write

    def write(self, elapsed_seconds: float) -> str:
        with connection.execute_wrapper(refuse):
            return real(self, elapsed_seconds)

    monkeypatch.setattr(run_record.RunRecord, "_write", write)
    away.set()
    (folder.parent / "go").touch()
    wait_until(lambda: len(failures) > 5)
    assert thread.is_alive()
    away.clear()
    thread.join(60)
    session.refresh_from_db()
    assert session.status == "completed"
    assert "agent_failed" in events(session)
    assert events(session).count("training_started") == 1


def test_a_full_disk_for_the_log_ends_nothing_and_is_told(trains, in_thread):
    folder = trains(
        "import time, os\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.05)\n"
    )
    session = make_session()
    session_log.log_path(session.pk).parent.mkdir(parents=True)
    session_log.log_path(session.pk).symlink_to("/dev/full")
    thread = in_thread(session)
    wait_until(lambda: "training_log" in events(session))
    (folder.parent / "go").touch()
    thread.join(60)
    session.refresh_from_db()
    assert session.status == "completed"
    assert "No space left on device" in session.metadata["run"]["note"]


def test_an_error_of_our_own_closes_the_session_and_ends_the_program(trains, monkeypatch):
    trains(SILENT)

    def fail(self, *, elapsed_seconds: float) -> str:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(run_record.RunRecord, "keep_up", fail)
    session = make_session()
    with pytest.raises(RuntimeError):
        run_session(session.pk)
    session.refresh_from_db()
    assert session.status == "failed"
    assert "a mistake of ours" in session.error_message
    assert not runner.has_in_hand(session.pk)


def test_an_import_that_fails_closes_the_session_all_the_same(trains, monkeypatch):
    trains("pass")

    def fail(**_: object) -> None:
        raise ValueError("broken beyond words")

    monkeypatch.setattr("training.ending.import_folder", fail)
    session = finished(make_session())
    assert session.status == "completed"
    assert "broken beyond words" in session.metadata["run"]["note"]


def test_leftover_children_are_ended_and_told(trains, monkeypatch):
    monkeypatch.setattr("training.orchestrator.supervision.LEFTOVER_SECONDS", 0.2)
    trains(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'],"
        " start_new_session=True)"
    )
    session = finished(make_session())
    assert session.status == "completed"
    assert session.metadata["run"]["leftovers"] == 1
    assert "outlived" in session.metadata["run"]["note"]
