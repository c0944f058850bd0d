"""`manage.py run` as a user knows it: started, disturbed and ended as a real program."""

import contextlib
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from dashboard_site import preflight, sample, supervision

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("manage.py run"),
]

#: Far longer than it takes, because the machine may be busy; what must be quick is asserted.
PATIENCE = 120.0
COMMAND = [sys.executable, "manage.py", "run"]
NOT_OURS = ("DATABASE_URL", "DATABASE_PATH", "CELERY_BROKER_URL", "CACHE_URL", "LOG_FILE", "HOST")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for: {what}")
        time.sleep(0.1)


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, port: int, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    return ours | {
        "DJANGO_SETTINGS_MODULE": "dashboard_site.settings",
        "IGNORE_DOTENV": "1",
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        **more,
    }


class Service:
    """One running `manage.py run`, in a process group of its own as in a terminal."""

    def __init__(self, data_dir: Path, *, stdin: int = subprocess.DEVNULL, **more: str) -> None:
        self.data_dir, self.port = data_dir, free_port()
        self.printed = data_dir.with_suffix(".printed")
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                COMMAND,
                cwd=settings.BASE_DIR,
                env=environment(data_dir, self.port, **more),
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def answers(self, path: str = "/api/agents/status") -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"it ended by itself:\n{self.printed.read_text()}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            url = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        return False

    def pid_of(self, part: str) -> int | None:
        """Return the process that supervisor started for one part."""
        words = {"web": "granian", "worker": "worker", "beat": "beat"}
        for process in supervision.processes_of(str(self.data_dir)):
            with contextlib.suppress(psutil.Error):
                if process.ppid() == self.process.pid and words[part] in process.cmdline():
                    return process.pid
        return None

    def heartbeat_pid(self, part: str) -> int | None:
        """Return the process that last gave a sign of life."""
        path = self.data_dir / "dashboard.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database:
            sql = "SELECT pid FROM heartbeats WHERE component = ?"
            row = database.execute(sql, [part]).fetchone()
        return int(row[0]) if row else None

    def processes(self) -> list[int]:
        mark = str(self.data_dir)
        return [process.pid for process in supervision.processes_of(mark)]

    def close(self) -> None:
        """End everything, whatever state it is in; what has vanished is welcome to."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=30)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        supervision.sweep(str(self.data_dir))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A first start without an orchestrator."""
    service = Service(tmp_path_factory.mktemp("first") / "data", ORCHESTRATOR_PATH="")
    try:
        wait_until(service.answers, "the API")
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for short starts, which need no sample; the second one finds the first one's."""
    return tmp_path_factory.mktemp("short")


def start(folder: Path, stdin: int = subprocess.DEVNULL) -> Service:
    (folder / "orchestrator").mkdir(exist_ok=True)
    orchestrator = str(folder / "orchestrator")
    return Service(folder / "data", stdin=stdin, ORCHESTRATOR_PATH=orchestrator)


def test_the_first_start_trains_the_sample(service: Service) -> None:
    reports = service.data_dir / "sample" / "orchestrator" / "logs"
    assert len(list(reports.glob("daily_report_*.txt"))) == sample.NIGHTS
    printed = service.printed.read_text()
    assert f"http://127.0.0.1:{service.port}/" in printed
    assert "manage.py createsuperuser" in printed


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_killed_part_is_started_again(service: Service, part: str) -> None:
    def has_heartbeat() -> bool:
        pid = service.pid_of(part)
        return pid is not None and service.heartbeat_pid(part) == pid

    wait_until(has_heartbeat, f"a sign of life of the {part}")
    first = service.pid_of(part)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: service.pid_of(part) not in (None, first), f"another {part}")
    wait_until(has_heartbeat, f"a sign of life of the other {part}")


def test_a_killed_web_server_is_started_again(service: Service) -> None:
    first = service.pid_of("web")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: service.pid_of("web") not in (None, first), "another web server")
    wait_until(service.answers, "the API")


def refused(data_dir: Path, port: int, **more: str) -> str:
    """Return the line with which a start is refused."""
    done = subprocess.run(
        COMMAND,
        cwd=settings.BASE_DIR,
        env=environment(data_dir, port, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_second_start_from_the_same_folder_is_refused(service: Service) -> None:
    line = refused(service.data_dir, free_port())
    assert line.startswith("error: the dashboard already runs from")
    assert str(service.process.pid) in line


def test_a_port_in_use_is_refused(service: Service, tmp_path: Path) -> None:
    line = refused(tmp_path / "data", service.port)
    assert line.startswith(f"error: port {service.port} on 127.0.0.1 is in use")


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "DATA_DIR" in refused(tmp_path / "file", free_port())


def ctrl_c(service: Service) -> None:
    os.killpg(service.process.pid, signal.SIGINT)


def terminate(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("end", [ctrl_c, terminate])
def test_it_ends_and_leaves_no_process(quick_folder: Path, end: Callable[[Service], None]) -> None:
    service = start(quick_folder)
    try:
        wait_until(service.answers, "the API")
        wait_until(lambda: service.pid_of("worker") is not None, "the worker")
        assert len(service.processes()) >= 4
        end(service)
        assert service.process.wait(timeout=PATIENCE) == 0
        assert service.processes() == []
        assert "Traceback" not in service.printed.read_text()
    finally:
        service.close()


def test_it_ends_with_its_terminal(quick_folder: Path) -> None:
    ours, its = pty.openpty()
    service = start(quick_folder, stdin=its)
    os.close(its)
    try:
        wait_until(service.answers, "the API")
        # Sent to the session by the system when a terminal goes away.
        os.close(ours)
        os.killpg(service.process.pid, signal.SIGHUP)
        assert service.process.wait(timeout=PATIENCE) == 0
        assert service.processes() == []
    finally:
        service.close()


def test_what_a_killed_supervisor_left_is_ended(tmp_path: Path) -> None:
    program = "import time; print('up', flush=True); time.sleep(600)"
    left = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {supervision.MARK: str(tmp_path)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with left:
        assert left.stdout is not None
        assert left.stdout.readline() == b"up\n"
        assert supervision.sweep(str(tmp_path)) == 1
        assert list(supervision.processes_of(str(tmp_path))) == []
        assert supervision.sweep(str(tmp_path)) == 0
        left.kill()


@pytest.mark.parametrize(
    ("host", "message"),
    [("192.0.2.1", "not an address of this machine"), ("no host", "no address")],
)
def test_a_host_that_is_not_here_is_refused(settings, host: str, message: str) -> None:
    settings.HOST, settings.PORT = host, free_port()
    with pytest.raises(preflight.PreflightError, match=message):
        preflight.check_port()


def test_a_missing_orchestrator_is_a_warning(settings, tmp_path: Path) -> None:
    settings.ORCHESTRATOR_IS_SAMPLE = False
    settings.ORCHESTRATOR_PATH = tmp_path / "nowhere"
    assert "No such file" in (preflight.orchestrator_problem() or "")


def test_an_interrupted_sample_is_made_again(settings, tmp_path: Path) -> None:
    settings.SAMPLE_PATH = tmp_path / "sample" / "orchestrator"
    settings.ORCHESTRATOR_IS_SAMPLE = True
    nights = sample.make_sample()
    assert next(nights) == 1
    nights.close()
    assert sample.is_wanted()
