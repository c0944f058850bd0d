"""What dies in mid-run, with real workers, queues and programs: true states, no orphans.

Every test ends with a start that works.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from common.clock import utc_now
from common.errors import UnavailableError
from logs_app.models import Event
from training import handover, session_log, sweep
from training.models import TrainingSession
from training.orchestrator import process
from training.services import start_session, stop_session
from training.tests.session_factories import a_worker_lives, make_claimed
from training.tests.workers import PATIENCE, FolderQueue, RedisQueue, Stage, end, wait_until

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]

NO_REDIS = shutil.which("redis-server") is None
QUEUES = [
    pytest.param(FolderQueue, id="embedded queue"),
    pytest.param(
        RedisQueue,
        id="Redis",
        marks=[
            pytest.mark.redis,
            pytest.mark.skipif(NO_REDIS, reason="there is no redis-server to start"),
        ],
    ),
]

QUICK = "print('done')"
# Has a child in a session of its own, says so, and waits for a file to appear.
LONG = """
import os, subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
)
print("child", child.pid, flush=True)
while not os.path.exists("go"):
    time.sleep(0.05)
child.kill()
child.wait()
print("done", flush=True)
"""


@pytest.fixture(params=QUEUES)
def stage(request, tmp_path: Path, monkeypatch, settings) -> Iterator[Stage]:
    stage = Stage(tmp_path, request.param(tmp_path))
    monkeypatch.setattr(handover, "current_app", stage.app)
    settings.SESSION_LOG_DIR = stage.log_dir
    settings.ORCHESTRATOR_PATH = stage.program.parent
    stage.trains(LONG)
    yield stage
    stage.close()


def start() -> TrainingSession:
    a_worker_lives()  # its own sign of life may be late on a machine that is busy
    return start_session(trigger=TrainingSession.Trigger.API)


def status_of(session: TrainingSession) -> str:
    session.refresh_from_db()
    return session.status


def child_of(session: TrainingSession) -> process.Identity | None:
    words = session_log.tail(session.pk, 100).decode().split()
    return process.identify(int(words[1])) if words[:1] == ["child"] else None


def running(session: TrainingSession) -> list[process.Identity]:
    """Wait until the session runs; return its program and its far-away child."""
    wait_until(lambda: child_of(session), "the program runs")
    wait_until(lambda: status_of(session) and session.pid, "the row has the process")
    child = child_of(session)
    leader = process.identify(session.pid or 0)
    assert child is not None
    assert leader is not None
    return [leader, child]


def ended(session: TrainingSession) -> str:
    wait_until(lambda: status_of(session) not in {"pending", "running", "stopping"}, "it ends")
    return session.status


def none_is_left(processes: list[process.Identity]) -> bool:
    return not any(process.is_alive(one) for one in processes)


def assert_a_start_works(stage: Stage) -> None:
    stage.trains(QUICK)
    session = start()
    assert ended(session) == "completed", session.error_message


def test_a_worker_that_is_killed(stage):
    with stage.worker() as worker:
        session = start()
        processes = running(session)
        worker.kill()
        worker.wait()
    assert status_of(session) == "running"
    with stage.worker():
        assert ended(session) == "failed"
        assert "killed or it crashed" in session.error_message
        assert none_is_left(processes)
        assert_a_start_works(stage)


def test_a_worker_that_is_asked_to_stop(stage):
    with stage.worker() as worker:
        session = start()
        processes = running(session)
        worker.send_signal(signal.SIGTERM)
        worker.wait(PATIENCE)
    assert status_of(session) == "failed"
    assert session.error_message == "The worker was asked to stop while the training ran."
    assert none_is_left(processes)
    with stage.worker():
        assert_a_start_works(stage)


def test_the_whole_service_is_restarted(stage):
    with stage.worker() as worker, stage.beat() as beat:
        session = start()
        processes = running(session)
        for one in (worker, beat):
            one.send_signal(signal.SIGTERM)
        for one in (worker, beat):
            one.wait(PATIENCE)
    assert status_of(session) == "failed"
    assert none_is_left(processes)
    with stage.worker(), stage.beat():
        assert_a_start_works(stage)


def test_a_message_that_was_lost_is_sent_again(stage, monkeypatch):
    with stage.worker():
        with monkeypatch.context() as context:
            context.setattr(handover, "send", lambda session_id: None)
            session = start()
        TrainingSession.objects.filter(pk=session.pk).update(
            start_time=utc_now() - timedelta(seconds=sweep.RESEND_SECONDS + 1)
        )
        stage.trains(QUICK)
        stage.send("training.sweep")
        assert ended(session) == "completed"


def test_the_machine_was_restarted_and_a_stranger_has_the_process_id(stage):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        identity = process.identify(stranger.pid)
        assert identity is not None
        session = make_claimed(
            boot_id="the boot before",
            pid=identity.pid,
            pid_created_at=identity.started,
            worker_created_at=1.0,
        )
        with stage.worker():
            assert ended(session) == "failed"
            assert session.error_message == "The machine was restarted while the training ran."
            assert_a_start_works(stage)
        assert process.is_alive(identity)
    finally:
        end(stranger)


def test_one_worker_lives_through_all_that_happens_around_it(stage):
    """One worker for all of these, since each start of one takes seconds."""
    with stage.worker() as worker:
        the_training_process_is_killed(stage)
        the_message_is_delivered_twice(stage)
        the_clock_is_moved_by_an_hour(stage)
        the_disk_is_full_for_the_log(stage)
        the_database_is_locked(stage)
        it_is_stopped(stage)
        a_broken_message_lies_in_the_queue(stage)
        the_queue_is_gone_in_mid_run_and_at_a_start(stage)
        assert worker.poll() is None


def the_training_process_is_killed(stage: Stage) -> None:
    session = start()
    leader, child = running(session)
    process.send_signal(leader, signal.SIGKILL)
    assert ended(session) == "failed"
    assert "signal 9 (SIGKILL)" in session.error_message
    assert none_is_left([leader, child])


def the_message_is_delivered_twice(stage: Stage) -> None:
    session = start()
    for _ in range(2):
        stage.send(handover.RUN_SESSION, session.pk)
    running(session)
    stage.send(handover.RUN_SESSION, session.pk)
    go(stage, session)
    assert ended(session) == "completed"
    stage.send(handover.RUN_SESSION, session.pk)
    kinds = Event.objects.filter(session_id=session.pk).values_list("event_type", flat=True)
    assert list(kinds).count("training_started") == 1
    assert list(kinds).count("training_completed") == 1


def the_clock_is_moved_by_an_hour(stage: Stage) -> None:
    session = start()
    processes = running(session)
    for hours in (1, -1):
        moved = utc_now() + timedelta(hours=hours)
        TrainingSession.objects.filter(pk=session.pk).update(
            heartbeat_at=moved, start_time=moved, claimed_at=moved
        )
        stage.send("training.sweep")
        assert sweep.sweep(now=utc_now() - timedelta(hours=hours)) == []
        assert sweep.enforce_limits(now=utc_now() + timedelta(hours=hours)) == 0
    assert status_of(session) == "running"
    assert all(process.is_alive(one) for one in processes)
    go(stage, session)
    assert ended(session) == "completed"


def the_disk_is_full_for_the_log(stage: Stage) -> None:
    stage.trains("print('lost')")
    latest = TrainingSession.objects.order_by("-pk").values_list("pk", flat=True)[0]
    for pk in range(latest + 1, latest + 5):
        (stage.log_dir / f"{pk}.log").symlink_to("/dev/full")
    session = start()
    assert ended(session) == "completed"
    assert "No space left on device" in session.metadata["run"]["note"]
    for pk in range(latest + 1, latest + 5):
        (stage.log_dir / f"{pk}.log").unlink(missing_ok=True)
    stage.trains(LONG)


def the_database_is_locked(stage: Stage) -> None:
    """For longer than a writer waits, from mid-run until after the program has ended."""
    session = start()
    processes = running(session)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
    lock = (
        "LOCK TABLE training_sessions IN ACCESS EXCLUSIVE MODE"
        if connection.vendor == "postgresql"
        else "SELECT 1"  # a transaction of ours takes the only lock there is at its beginning
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(lock)
        go(stage, session)
        wait_until(lambda: none_is_left(processes), "the program ends without the database")
        wait_until(lambda: "locked" in stage.log() or lock != "SELECT 1", "it was noticed")
    assert ended(session) == "completed"


def it_is_stopped(stage: Stage) -> None:
    session = start()
    processes = running(session)
    for _ in range(2):
        stop_session(requested_by="ann")
    assert ended(session) == "stopped"
    assert none_is_left(processes)


def a_broken_message_lies_in_the_queue(stage: Stage) -> None:
    if isinstance(stage.queue, FolderQueue):
        Path(stage.queue.options["data_folder_in"], "0_broken.celery.msg").write_text("{")
        stage.trains(QUICK)
        assert ended(start()) == "completed"
        stage.trains(LONG)


def the_queue_is_gone_in_mid_run_and_at_a_start(stage: Stage) -> None:
    session = start()
    running(session)
    stage.queue.stop()
    go(stage, session)
    assert ended(session) == "completed"
    with pytest.raises(UnavailableError):
        start()
    assert not TrainingSession.objects.active().exists()
    newest = TrainingSession.objects.newest_first()[0]
    assert newest.status == "failed"
    assert "queue" in newest.error_message
    stage.queue.start()
    assert_a_start_works(stage)


def go(stage: Stage, session: TrainingSession) -> None:
    """Let the program that waits end well."""
    path = stage.pipeline / "go"
    path.touch()
    leader = process.Identity(session.pid or 0, session.pid_created_at or 0.0)
    wait_until(lambda: not process.is_alive(leader), "the program ends")
    path.unlink()
