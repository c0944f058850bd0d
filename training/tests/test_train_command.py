import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rich.console import Console

from common.clock import utc_now
from system.models import Heartbeat
from training.durations import TimeLeft
from training.following import Look, SessionFollower
from training.log_follower import LogFollower
from training.management.commands import train
from training.models import TrainingSession
from training.selectors_progress import ReadProgress
from training.session_log import log_path
from training.terminal import LiveDisplay, session_view

DEADLINE_SECONDS = 60


@pytest.fixture
def worker_heartbeat(transactional_db, data_dir):
    return Heartbeat.objects.create(component="worker", seen_at=utc_now(), pid=1, host="here")


@contextmanager
def a_worker(run: Callable[[int], None]) -> Iterator[None]:
    """Stand in for the worker: take the pending session, print, close it as `run` says."""

    def work() -> None:
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while time.monotonic() < deadline:
                session = TrainingSession.objects.filter(status="pending").first()
                if session and TrainingSession.objects.claim(session.pk, at=utc_now()):
                    run(session.pk)
                    return
                time.sleep(0.05)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join(DEADLINE_SECONDS)


def print_lines(session_id: int, *lines: str) -> None:
    path = log_path(session_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def close(session_id: int, new: str, **facts: Any) -> None:
    old = TrainingSession.objects.get(pk=session_id).status
    TrainingSession.objects.close(session_id, old=old, new=new, at=utc_now(), **facts)


def run_train(*options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("train", *options, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_it_says_in_one_line_that_no_worker_runs(db):
    with pytest.raises(CommandError, match="No worker is running") as caught:
        call_command("train")
    assert caught.value.returncode == 2
    assert TrainingSession.objects.count() == 0


def test_it_says_in_one_line_that_a_session_is_active(db):
    active = TrainingSession.objects.create(
        start_time=utc_now(), night=utc_now().date(), status="running"
    )
    with pytest.raises(CommandError, match=f"Session {active.pk} is running") as caught:
        call_command("train")
    assert caught.value.returncode == 2


def test_it_prints_what_the_run_prints_and_exits_with_its_success(worker_heartbeat):
    def run(session_id: int) -> None:
        print_lines(session_id, "📊 PHASE 1: DATA HARVESTING", "[bold]not markup[/bold]")
        close(session_id, "completed", agents_trained=9)

    with a_worker(run):
        status, out = run_train("--reason", "new data")
    session = TrainingSession.objects.get()
    assert status == 0
    assert "📊 PHASE 1: DATA HARVESTING\n[bold]not markup[/bold]\n" in out
    assert f"Session {session.pk} completed" in out
    assert "9 agents trained." in out
    assert (session.trigger, session.reason) == ("command", "new data")


def test_a_failed_run_is_exit_status_one_with_the_cause(worker_heartbeat):
    with a_worker(lambda pk: close(pk, "failed", error_message="exit status 3")):
        status, out = run_train()
    assert status == 1
    assert ": exit status 3" in out


class InterruptedFollower(SessionFollower):
    """A follower during whose looks Ctrl-C is pressed, once for each time it is asked to look."""

    times = 1

    def looks(self) -> Iterator[Look]:
        looks = super().looks()
        for look in looks:
            if self.times and look.session.status != "pending":
                self.times -= 1
                raise KeyboardInterrupt
            yield look


def wait_for_stop(session_id: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if TrainingSession.objects.get(pk=session_id).status == "stopping":
            return
        time.sleep(0.05)


def test_ctrl_c_stops_the_run_and_waits_for_its_end(worker_heartbeat, monkeypatch):
    def run(session_id: int) -> None:
        wait_for_stop(session_id)
        print_lines(session_id, "ending")
        close(session_id, "stopped")

    monkeypatch.setattr(train, "SessionFollower", InterruptedFollower)
    with a_worker(run):
        status, out = run_train()
    assert status == 130
    assert "Stopping the training" in out
    assert "ending\n" in out
    assert TrainingSession.objects.get().status == "stopped"


def test_a_second_ctrl_c_does_not_wait(worker_heartbeat, monkeypatch):
    monkeypatch.setattr(train, "SessionFollower", InterruptedFollower)
    monkeypatch.setattr(InterruptedFollower, "times", 2)
    with a_worker(wait_for_stop):
        status, out = run_train()
    assert status == 130
    assert "No longer following" in out
    assert TrainingSession.objects.get().status == "stopping"


def test_check_says_what_would_be_run_and_changes_nothing(worker_heartbeat, settings, tmp_path):
    settings.TRAINING_COMMAND = "sh -c 'exit 0'"
    settings.TRAINING_CWD = tmp_path
    status, out = run_train("--check")
    assert status == 0
    assert "Command: sh -c 'exit 0'" in out
    assert f"Folder:  {tmp_path}" in out
    assert TrainingSession.objects.count() == 0


def test_check_says_what_is_in_the_way(db, settings, tmp_path):
    settings.TRAINING_CWD = tmp_path / "missing"
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("train", "--check", stdout=out)
    assert caught.value.returncode == 2
    assert "FAIL folder" in out.getvalue()


def test_a_log_is_followed_line_by_line(data_dir):
    follower = LogFollower(7)
    assert follower.new_lines() == []
    print_lines(7, "one", "", "two")
    assert follower.new_lines() == ["one", "", "two"]
    with log_path(7).open("ab") as file:
        file.write(b"ha")
    assert follower.new_lines() == []
    with log_path(7).open("ab") as file:
        file.write(b"lf\n\xff broken\nunfinished")
    assert follower.new_lines() == ["half", "\ufffd broken"]
    assert follower.new_lines(last=True) == ["unfinished"]
    assert follower.new_lines(last=True) == []


def test_a_log_whose_middle_was_cut_out_is_followed_from_its_end(data_dir):
    follower = LogFollower(7)
    print_lines(7, *["line"] * 50)
    follower.new_lines()
    new = Path(f"{log_path(7)}.new")
    new.write_text("shorter\n")
    new.replace(log_path(7))
    assert follower.new_lines() == []
    print_lines(7, "after")
    assert follower.new_lines() == ["after"]


def rendered(session: TrainingSession, progress: ReadProgress) -> str:
    console = Console(file=StringIO(), width=120, record=True)
    console.print(session_view(session, progress))
    return console.export_text()


def make_session(**values: Any) -> TrainingSession:
    fields: dict[str, Any] = {"pk": 7, "status": "running", "start_time": utc_now(), **values}
    return TrainingSession(**fields)


def test_the_terminal_shows_phases_agents_bar_and_time_left():
    session = make_session(
        phases=[
            {"name": "harvesting", "status": "completed", "seconds": 12.0},
            {"name": "agent_training", "status": "running", "seconds": None},
        ],
        agent_states={"agent_1": {"state": "done"}, "agent_2": {"state": "running"}},
        current_agent="agent_2",
    )
    text = rendered(session, ReadProgress(42.0, 30.0, TimeLeft(10, 25)))
    assert "✓  harvesting      12.0 s" in text
    assert "●  agent_training" in text
    assert "Agents: 1 done, 1 running - agent_2 now" in text
    assert "42 %" in text
    assert "10-25 s left" in text


def test_a_silent_run_has_no_bar_in_the_terminal():
    text = rendered(make_session(), ReadProgress(0.0, 30.0, None))
    assert "%" not in text
    assert "session 7 running  30 s" in text


def test_the_live_display_prints_lines_as_they_are(db):
    console = Console(file=StringIO(), force_terminal=True, width=80, record=True)
    with LiveDisplay(console) as display:
        display.say("begins")
        display.update(make_session(), ["[bold]x[/bold]"], utc_now())
    assert "[bold]x[/bold]" in console.export_text()
