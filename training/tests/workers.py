"""Real workers, real queues and real training programs for the tests of what survives.

The workers are processes of their own that use the test's database; the queue is a
folder or a Redis server that belongs to the test alone, so that it can be taken away.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from celery import Celery
from django.db import connection

from training.models import TrainingSession
from training.orchestrator import process

REPOSITORY = Path(__file__).resolve().parents[2]
#: Generous: a loaded machine takes its time, and nothing waits longer than needed.
PATIENCE = 60.0


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; fail with `what` if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.05)


class FolderQueue:
    """The embedded queue, in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.url = "filesystem://localhost"
        self._folder = folder / "queue"
        self.options = {
            "data_folder_in": str(self._folder / "messages"),
            "data_folder_out": str(self._folder / "messages"),
            "control_folder": str(self._folder / "control"),
        }
        self.start()

    def start(self) -> None:
        for name in ("messages", "control"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        while self._folder.exists():  # the worker may be writing
            shutil.rmtree(self._folder, ignore_errors=True)


class RedisQueue:
    """A Redis server of the test's own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.options: dict[str, Any] = {"socket_connect_timeout": 2, "socket_timeout": 10}
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._server = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False


class Stage:
    """A folder with a training program, a queue, and the workers of one test."""

    def __init__(self, folder: Path, queue: FolderQueue | RedisQueue) -> None:
        self.folder, self.queue = folder, queue
        self.log_dir = folder / "data" / "logs" / "sessions"
        self.pipeline = folder / "pipeline"
        self.program = self.pipeline / "orchestrator" / "orchestrator.py"
        self.program.parent.mkdir(parents=True)
        self.app = Celery("stage", broker=queue.url, set_as_current=False)
        self.app.conf.update(
            broker_transport_options=queue.options,
            task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1},
            broker_connection_timeout=2,
            task_ignore_result=True,
        )
        self._write_settings()

    def trains(self, code: str) -> None:
        """Have the next run do this."""
        self.program.write_text(code)

    def send(self, task: str, *args: int) -> None:
        self.app.send_task(task, args=args)

    @contextlib.contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that is ready; whatever is left of it afterwards is ended."""
        ready = self.folder / f"ready-{time.monotonic_ns()}"
        options = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        popen = self._celery(options, WORKER_READY_FILE=str(ready))
        try:
            wait_until(lambda: ready.exists() or popen.poll() is not None, "the worker is ready")
            assert popen.poll() is None, self.log()
            yield popen
        finally:
            end(popen)

    @contextlib.contextmanager
    def beat(self) -> Iterator[subprocess.Popen[bytes]]:
        """The scheduler, which sends the sweep and all else that is done again and again."""
        popen = self._celery(["beat", "--scheduler", "dashboard_site.celery:Scheduler"])
        try:
            yield popen
        finally:
            end(popen)

    def log(self) -> str:
        """What the workers and beat have said."""
        return (self.folder / "celery.log").read_text(errors="replace")

    def _celery(self, options: list[str], **variables: str) -> subprocess.Popen[bytes]:
        with (self.folder / "celery.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "dashboard_site", *options],
                cwd=REPOSITORY,
                env={**self._environment(), **variables},
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        """End what runs are left, and the queue."""
        for token in TrainingSession.objects.values_list("run_token", flat=True):
            if token:
                process.end_all(process.RunProcesses(token), grace=0)
        self.app.close()
        self.queue.stop()

    def _environment(self) -> dict[str, str]:
        database = connection.settings_dict
        environment = dict(os.environ)
        if connection.vendor == "sqlite":
            environment.pop("DATABASE_URL", None)
            environment["DATABASE_PATH"] = str(database["NAME"])
        else:
            user = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
            place = f"{database['HOST']}:{database['PORT'] or 5432}"
            environment["DATABASE_URL"] = f"postgres://{user}@{place}/{database['NAME']}"
        return environment | {
            "DJANGO_SETTINGS_MODULE": "stage_settings",
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(REPOSITORY)]),
            "IGNORE_DOTENV": "1",
            "SECRET_KEY": "only for this test",
            "DATA_DIR": str(self.folder / "data"),
            "LOG_FILE": str(self.folder / "data" / "logs" / "dashboard.log"),
            "ORCHESTRATOR_PATH": str(self.program.parent),
            "TRAINING_COMMAND": f"{sys.executable} {self.program}",
            "TRAINING_CWD": str(self.pipeline),
            "TRAINING_STOP_GRACE": "10",
            "CELERY_BROKER_URL": self.queue.url,
        }

    def _write_settings(self) -> None:
        # A short wait for locks, so that a locked database is an error and not a pause.
        (self.folder / "stage_settings.py").write_text(
            f"""
import json
from dashboard_site.settings import *

CELERY_BROKER_TRANSPORT_OPTIONS = json.loads({json.dumps(json.dumps(self.queue.options))})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = 1
CELERY_IMPORTS = ["stage_signals"]
LOGGING["root"]["handlers"] = ["console"]
"""
        )
        (self.folder / "stage_signals.py").write_text(
            """
import os
from pathlib import Path
from celery.signals import worker_ready

@worker_ready.connect
def say_so(**_):
    Path(os.environ["WORKER_READY_FILE"]).touch()
"""
        )


def end(popen: subprocess.Popen[bytes]) -> None:
    """Make a process end, whatever state it is in; the embedded queue's worker takes seconds."""
    popen.kill()
    popen.wait()
