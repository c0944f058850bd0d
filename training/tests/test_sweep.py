"""Sessions that nobody runs any more, and those that only look like it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from common.clock import utc_now
from common.errors import UnavailableError
from logs_app.models import Event
from training import handover, runner, sweep
from training.models import TrainingSession
from training.orchestrator import process
from training.tests.session_factories import make_claimed, make_session

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SLEEP = [sys.executable, "-c", "import time; time.sleep(300)"]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, settings, data_dir, tmp_path) -> None:
    settings.ORCHESTRATOR_PATH = tmp_path / "orchestrator"
    sweep._seen.clear()
    monkeypatch.setattr(sweep, "ORPHAN_GRACE", 1.0)


@pytest.fixture
def queue(monkeypatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(handover, "send", sent.append)
    return sent


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The clock that nobody can move, moved; only the sweep sees that."""
    ahead = [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + ahead[0]

    monkeypatch.setattr(sweep, "time", Time)
    return ahead


def dead_worker() -> dict[str, Any]:
    """Columns that name a worker which has ended."""
    popen = subprocess.Popen([sys.executable, "-c", ""])
    identity = process.identify(popen.pid, or_ended=True)
    popen.wait()
    assert identity is not None
    host = process.here().host
    return {"claimed_by": f"{host}:{identity.pid}", "worker_created_at": identity.started}


@pytest.fixture
def orphan() -> Iterator[tuple[subprocess.Popen[bytes], process.Identity]]:
    popen = subprocess.Popen(SLEEP, start_new_session=True)
    identity = process.identify(popen.pid)
    assert identity is not None
    yield popen, identity
    popen.kill()
    popen.wait()


def state(session: TrainingSession) -> tuple[str, str]:
    session.refresh_from_db()
    return session.status, session.error_message


@pytest.mark.parametrize("status", ["running", "stopping"])
@pytest.mark.parametrize("moved", [HOUR, -HOUR, timedelta(0)], ids=["ahead", "back", "right"])
def test_a_session_in_our_hand_lives_whatever_the_clock_says(monkeypatch, status, moved):
    session = make_claimed(status, heartbeat_at=utc_now() - HOUR)
    monkeypatch.setitem(runner._in_hand, 0, session.pk)
    assert sweep.sweep(now=utc_now() + moved) == []
    assert sweep.enforce_limits(now=utc_now() + moved) == 0
    assert state(session)[0] == status


def test_a_session_of_another_living_worker_here_lives(orphan):
    _, identity = orphan
    session = make_claimed(
        claimed_by=f"{process.here().host}:{identity.pid}", worker_created_at=identity.started
    )
    assert sweep.sweep(now=utc_now() + HOUR) == []
    assert state(session)[0] == "running"


def test_a_session_that_our_worker_has_lost_is_closed():
    session = make_claimed()
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert state(session) == ("failed", "The worker that ran it has lost track of it.")


def test_a_session_that_runs_without_a_worker_is_closed():
    session = make_session("running")
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert state(session) == ("failed", "No worker is known to run it.")


def test_a_session_whose_worker_ended_is_closed_with_reason_and_event():
    session = make_claimed(**dead_worker())
    assert sweep.sweep(now=utc_now()) == [session.pk]
    status, error = state(session)
    assert status == "failed"
    assert "killed or it crashed" in error
    assert session.stop_cause == "worker_lost"
    event = Event.objects.get()
    assert (event.event_type, event.session_id) == ("training_failed", session.pk)
    assert sweep.sweep(now=utc_now()) == []
    assert Event.objects.count() == 1


def test_a_worker_whose_id_passed_to_another_process_is_dead(orphan):
    _, identity = orphan
    session = make_claimed(
        claimed_by=f"{process.here().host}:{identity.pid}",
        worker_created_at=identity.started - 60,
    )
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert process.is_alive(identity)


def test_a_session_that_was_to_stop_is_stopped_when_its_worker_is_gone():
    session = make_claimed("stopping", stop_cause="request", **dead_worker())
    sweep.sweep(now=utc_now())
    assert state(session) == ("stopped", "")


def test_orphans_are_ended_before_the_session_is_closed(orphan):
    popen, identity = orphan
    session = make_claimed(pid=identity.pid, pid_created_at=identity.started, **dead_worker())
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert not process.is_alive(identity)
    assert popen.wait(30) != 0


def test_an_orphan_whose_id_was_never_stored_is_known_by_its_mark(tmp_path):
    session = make_claimed(**dead_worker())
    popen = process.start(SLEEP, cwd=tmp_path, token=session.run_token)
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert popen.wait(30) != 0
    assert popen.stdout is not None
    popen.stdout.close()


def test_a_session_stays_active_while_something_of_it_cannot_be_ended(monkeypatch, orphan):
    _, identity = orphan
    session = make_claimed(**dead_worker())
    monkeypatch.setattr(process, "end_all", lambda run, grace: {identity})
    assert sweep.sweep(now=utc_now()) == []
    assert state(session)[0] == "running"


def test_after_a_reboot_the_session_is_closed_and_a_stranger_with_its_id_lives(orphan):
    _, stranger = orphan
    session = make_claimed(
        boot_id="the boot before",
        pid=stranger.pid,
        pid_created_at=stranger.started,
        worker_created_at=1.0,
    )
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert state(session) == ("failed", "The machine was restarted while the training ran.")
    assert process.is_alive(stranger)


def test_a_stranger_that_was_given_the_id_in_the_same_boot_lives(orphan):
    _, stranger = orphan
    session = make_claimed(pid=stranger.pid, pid_created_at=stranger.started - 100, **dead_worker())
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert process.is_alive(stranger)


@pytest.mark.parametrize("elsewhere", [{"pid_namespace": "a container"}, {"claimed_by": "far:7"}])
def test_of_a_worker_elsewhere_only_a_heartbeat_that_stands_still_tells(clock, elsewhere):
    columns = {"heartbeat_at": utc_now() - HOUR, "boot_id": process.here().boot_id, **elsewhere}
    if "claimed_by" in elsewhere:
        columns["boot_id"] = "their boot"
    session = make_claimed(**columns)
    assert sweep.sweep(now=utc_now()) == []
    clock[0] += sweep.SILENT_SECONDS - 5
    assert sweep.sweep(now=utc_now()) == []
    TrainingSession.objects.note(session.pk, heartbeat_at=utc_now())
    assert sweep.sweep(now=utc_now()) == []
    clock[0] += sweep.SILENT_SECONDS - 5
    assert sweep.sweep(now=utc_now() + HOUR) == []
    clock[0] += 10
    assert sweep.sweep(now=utc_now()) == [session.pk]
    assert "no sign of life" in state(session)[1]


def test_a_pending_session_is_handed_over_again_and_then_given_up(queue):
    session = make_session("pending")
    now = session.start_time
    assert sweep.sweep(now=now + timedelta(seconds=5)) == []
    assert queue == []
    assert sweep.sweep(now=now + timedelta(seconds=sweep.RESEND_SECONDS + 1)) == []
    assert queue == [session.pk]
    assert sweep.sweep(now=now + timedelta(seconds=sweep.PENDING_SECONDS + 1)) == [session.pk]
    assert state(session) == ("failed", "No worker took it within 60 seconds.")


def test_a_pending_session_is_given_up_too_if_the_clock_was_put_back(queue, clock):
    session = make_session("pending", start_time=utc_now() + HOUR)
    assert sweep.sweep(now=utc_now()) == []
    clock[0] += sweep.PENDING_SECONDS + 1
    assert sweep.sweep(now=utc_now()) == [session.pk]


def test_a_queue_that_is_away_does_not_end_the_sweep(monkeypatch):
    def refuse(session_id: int) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr(handover, "send", refuse)
    make_session("pending", start_time=utc_now() - timedelta(seconds=20))
    assert sweep.sweep(now=utc_now()) == []


def test_final_sessions_are_left_alone():
    for status in ("completed", "failed", "stopped"):
        make_claimed(status, **dead_worker())
    before = list(TrainingSession.objects.values())
    assert sweep.sweep(now=utc_now()) == []
    assert list(TrainingSession.objects.values()) == before


def test_the_time_limit_counts_the_time_that_the_worker_measured():
    session = make_claimed(elapsed_seconds=599.0, timeout_seconds=600)
    assert sweep.enforce_limits(now=utc_now() + HOUR) == 0
    TrainingSession.objects.note(session.pk, elapsed_seconds=600.5)
    assert sweep.enforce_limits(now=utc_now()) == 1
    session.refresh_from_db()
    assert (session.status, session.stop_cause) == ("stopping", "timeout")
    assert sweep.enforce_limits(now=utc_now()) == 0


def test_nothing_of_a_dead_session_stays_under_way():
    done = {"name": "harvesting", "status": "completed", "ended_at": "2026-01-01T00:00:00Z"}
    session = make_claimed(
        "running",
        **dead_worker(),
        phases=[done, {"name": "agent_training", "status": "running", "ended_at": None}],
        agent_states={"agent_1": {"state": "done"}, "agent_2": {"state": "running"}},
    )
    sweep.sweep(now=utc_now())
    session.refresh_from_db()
    assert session.phases[0] == done
    assert session.phases[1]["status"] == "failed"
    assert session.phases[1]["ended_at"]
    assert session.agent_states["agent_1"] == {"state": "done"}
    assert session.agent_states["agent_2"]["state"] == "failed"
