"""Processes of a run: found wherever they went, and strangers left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from training.orchestrator import process, supervision
from training.orchestrator.lines import Line
from training.orchestrator.supervision import Supervisor

pytestmark = pytest.mark.process

SLEEP = "import time; time.sleep(300)"
# Starts a child as told by `how`, prints its process id, and sleeps or ends.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], {how})
print(child.pid, flush=True)
{then}
"""


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Printed:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def __call__(self, lines: list[Line]) -> None:
        self.lines += lines

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., tuple[Supervisor, Printed]]]:
    """Start Python code under a supervisor; whatever is left of it ends with the test."""
    started: list[Supervisor] = []

    def start(code: str, **options) -> tuple[Supervisor, Printed]:
        printed = Printed()
        options.setdefault("token", f"test-{os.getpid()}-{len(started)}-{time.monotonic_ns()}")
        supervisor = Supervisor(
            [sys.executable, "-c", code], cwd=tmp_path, on_lines=printed, **options
        )
        supervisor.start()
        started.append(supervisor)
        return supervisor, printed

    yield start
    for supervisor in started:
        supervisor.request_end("test over", grace=0)
        assert supervisor.wait(30)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any run, in a group of its own."""
    popen = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    yield popen
    popen.kill()
    popen.wait()


def test_it_delivers_both_outputs_in_order_and_the_exit_status(supervise):
    code = "import sys; print('one'); print('two', file=sys.stderr); print('three'); sys.exit(3)"
    supervisor, printed = supervise(code)
    assert supervisor.wait(30)
    assert printed.texts == ["one", "two", "three"]
    assert supervisor.outcome is not None
    assert (supervisor.outcome.exit_code, supervisor.outcome.cause) == (3, "")


def test_output_arrives_while_the_program_runs(supervise):
    supervisor, printed = supervise("print('begun'); import time; time.sleep(300)")
    wait_until(lambda: printed.texts == ["begun"])
    assert not supervisor.wait(0)


def test_undecodable_bytes_do_not_stop_the_reading(supervise):
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\x00ok\\n'); print('Größe 🎬')"
    supervisor, printed = supervise(code)
    assert supervisor.wait(30)
    assert printed.texts == ["\ufffd\ufffd\ufffdok", "Größe 🎬"]


def test_a_listener_that_fails_does_not_bring_the_program_to_a_halt(tmp_path):
    def fail(lines: list[Line]) -> None:
        raise ValueError("no")

    code = "for n in range(100_000): print('x' * 50)"
    supervisor = Supervisor([sys.executable, "-c", code], cwd=tmp_path, token="t", on_lines=fail)
    supervisor.start()
    assert supervisor.wait(60)
    assert supervisor.outcome is not None
    assert supervisor.outcome.exit_code == 0


def test_a_program_that_cannot_be_started_says_so(tmp_path):
    for command, cwd in (["./nothing"], tmp_path), ([sys.executable], tmp_path / "nowhere"):
        supervisor = Supervisor(command, cwd=cwd, token="t", on_lines=Printed())
        with pytest.raises(OSError, match="No such file"):
            supervisor.start()


def test_the_program_inherits_nothing_of_ours_and_is_unbuffered(supervise, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "ours")
    monkeypatch.setenv("SECRET_KEY", "ours")
    names = ["DJANGO_SETTINGS_MODULE", "SECRET_KEY", "PYTHONUNBUFFERED", "DASHBOARD_SESSION"]
    supervisor, printed = supervise(
        f"import os; print([os.environ.get(name) for name in {names}])", token="mine"
    )
    assert supervisor.wait(30)
    assert printed.texts == ["[None, None, '1', 'mine']"]


@pytest.mark.parametrize(
    "how",
    ["", "start_new_session=True", "env={}", "start_new_session=True, env={}"],
    ids=["in its group", "in a session of its own", "without mark", "own session, no mark"],
)
def test_a_stop_ends_children_wherever_they_went(supervise, how):
    supervisor, printed = supervise(PARENT.format(how=how, then="time.sleep(300)"))
    wait_until(lambda: printed.texts)
    child = process.identify(int(printed.texts[0]))
    assert child is not None
    supervisor.request_end("request")
    assert supervisor.wait(30)
    assert not process.is_alive(child)
    assert supervisor.outcome is not None
    assert supervisor.outcome.cause == "request"
    assert not supervisor.outcome.had_to_kill


def test_who_ignores_the_request_is_killed_after_the_grace(supervise):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(300)"
    supervisor, printed = supervise(code, grace=0.5)
    wait_until(lambda: printed.texts)
    supervisor.request_end("request")
    assert supervisor.wait(30)
    assert supervisor.outcome is not None
    assert supervisor.outcome.exit_code == -signal.SIGKILL
    assert supervisor.outcome.had_to_kill


def test_a_second_request_shortens_the_grace_and_keeps_the_first_cause(supervise):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(300)"
    supervisor, printed = supervise(code, grace=600)
    wait_until(lambda: printed.texts)
    supervisor.request_end("request")
    supervisor.request_end("worker_shutdown", grace=0.1)
    assert supervisor.wait(30)
    assert supervisor.outcome is not None
    assert supervisor.outcome.cause == "request"


def test_the_time_limit_ends_it(supervise):
    supervisor, _ = supervise(SLEEP, time_limit=0.2)
    assert supervisor.wait(30)
    assert supervisor.outcome is not None
    assert supervisor.outcome.cause == "timeout"


def test_children_that_outlive_the_program_are_ended_and_counted(supervise, monkeypatch):
    monkeypatch.setattr(supervision, "LEFTOVER_SECONDS", 0.3)
    supervisor, printed = supervise(PARENT.format(how="start_new_session=True", then=""))
    assert supervisor.wait(30)
    assert supervisor.outcome is not None
    assert (supervisor.outcome.exit_code, supervisor.outcome.leftovers) == (0, 1)
    assert process.identify(int(printed.texts[0])) is None


def test_a_pipe_held_open_by_an_unknown_process_does_not_delay_the_end(supervise, monkeypatch):
    monkeypatch.setattr(supervision, "_DRAIN_SECONDS", 0.2)
    monkeypatch.setattr(process.RunProcesses, "living", lambda self: set())
    supervisor, printed = supervise(PARENT.format(how="start_new_session=True", then=""))
    assert supervisor.wait(30)
    child = process.identify(int(printed.texts[0]))
    assert child is not None
    assert process.send_signal(child, signal.SIGKILL)


def test_an_error_while_watching_does_not_leave_the_program_unwatched(supervise, monkeypatch):
    real = process.RunProcesses.living
    failures = iter([OSError("too many open files")] * 3)

    def living(self: process.RunProcesses) -> set[process.Identity]:
        if error := next(failures, None):
            raise error
        return real(self)

    monkeypatch.setattr(process.RunProcesses, "living", living)
    supervisor, _ = supervise(SLEEP, time_limit=0.5)
    assert supervisor.wait(30)
    assert next(failures, None) is None
    assert supervisor.outcome is not None
    assert supervisor.outcome.cause == "timeout"


def test_where_the_system_has_no_descriptors_of_processes_signals_arrive_too(stranger, monkeypatch):
    monkeypatch.setattr(process, "_descriptor_of", lambda pid: None)
    identity = process.identify(stranger.pid)
    assert identity is not None
    assert not process.send_signal(replace(identity, started=1.0), signal.SIGKILL)
    assert process.send_signal(identity, signal.SIGTERM)
    assert stranger.wait(30) == -signal.SIGTERM


def test_the_same_id_with_another_start_is_another_process(stranger):
    identity = process.identify(stranger.pid)
    assert identity is not None
    earlier = replace(identity, started=identity.started - 10)
    assert process.is_alive(identity)
    assert not process.is_alive(earlier)
    assert not process.send_signal(earlier, signal.SIGKILL)
    assert stranger.poll() is None


def test_a_group_number_that_passed_to_a_stranger_is_not_ours(stranger):
    identity = process.identify(stranger.pid)
    assert identity is not None
    ours = replace(identity, started=identity.started - 10)
    run = process.RunProcesses("no-such-token", ours, seen_until=ours.started + 5)
    assert run.living() == set()
    assert process.end_all(run, grace=0) == set()
    assert stranger.poll() is None


def test_a_member_of_the_group_is_known_after_the_leader_is_gone(tmp_path):
    """Its mark is gone and its parent too: only the number of the group is left."""
    code = PARENT.format(how="env={}", then="")
    popen = process.start([sys.executable, "-c", code], cwd=tmp_path, token="gone")
    leader = process.identify(popen.pid, or_ended=True)
    assert leader is not None
    assert popen.stdout is not None
    child = process.identify(int(popen.stdout.readline()))
    assert child is not None
    popen.wait()
    popen.stdout.close()
    too_early = process.RunProcesses("gone", leader, seen_until=leader.started - 1)
    assert child not in too_early.living()
    run = process.RunProcesses("gone", leader, seen_until=child.started + 0.01)
    assert run.living() == {child}
    assert process.end_all(run, grace=5) == set()
    assert not process.is_alive(child)


def test_a_process_that_ended_and_was_not_waited_for_is_not_alive(tmp_path):
    popen = subprocess.Popen([sys.executable, "-c", ""])
    identity = process.identify(popen.pid, or_ended=True)
    wait_until(lambda: process.identify(popen.pid) is None)
    assert process.identify(popen.pid, or_ended=True) == identity
    popen.wait()
    assert process.identify(popen.pid, or_ended=True) is None


def test_places_are_told_apart():
    place = process.here()
    assert place.sees(place)
    assert not place.sees(replace(place, boot_id="another boot"))
    assert not place.sees(replace(place, pid_namespace="another container"))
    assert place.is_later_boot_of(replace(place, boot_id="another boot"))
    assert not place.is_later_boot_of(replace(place, host="elsewhere", boot_id="another boot"))
    assert not place.is_later_boot_of(place)
