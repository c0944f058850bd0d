"""`manage.py run`: everything from a fresh clone to a running dashboard."""

import contextlib
import os
import signal
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from rich.progress import Progress

from dashboard_site import preflight, sample, supervision
from dashboard_site.preflight import PreflightError


class Command(BaseCommand):
    """Check, migrate, prepare the sample, import, and run web server, worker and beat."""

    help = "Run web server, worker and beat in the foreground until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _leave)
        try:
            self._prepare()
        except PreflightError as error:
            raise SystemExit(f"error: {error}") from None
        except KeyboardInterrupt:
            raise SystemExit(128 + signal.SIGINT) from None
        self._say_how_to_use_it()
        _become_supervisor()

    def _prepare(self) -> None:
        for doubt in preflight.check_settings():
            self._warn(doubt)
        preflight.check_data_dir()
        preflight.take_lock()
        left = supervision.sweep(str(settings.DATA_DIR))
        if left:
            self.stdout.write(f"Ended {left} processes that an earlier start left behind")
        preflight.check_port()
        os.environ[supervision.MARK] = str(settings.DATA_DIR)
        self._migrate()
        if sample.is_wanted():
            self._make_sample()
        self._import()

    def _migrate(self) -> None:
        try:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if plan:
                self.stdout.write(f"Preparing the database ({len(plan)} migrations)")
                call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise PreflightError(f"the database cannot be used: {reason}") from None

    def _make_sample(self) -> None:
        self.stdout.write(
            "No ORCHESTRATOR_PATH is set: training the sample orchestrator"
            f" for the last {sample.NIGHTS} nights, as sample data"
        )
        try:
            with Progress(transient=True, disable=not self.stdout.isatty()) as progress:
                task = progress.add_task("Night", total=sample.NIGHTS)
                for night in sample.make_sample():
                    progress.update(task, completed=night)
        except sample.SampleError as error:
            self._warn(f"there is no sample data: {error}")

    def _import(self) -> None:
        if problem := preflight.orchestrator_problem():
            self._warn(f"{problem}; starting without its data")
        elif "import_orchestrator" in get_commands():
            self.stdout.write(f"Importing what is new in {settings.ORCHESTRATOR_PATH}")
            try:
                call_command("import_orchestrator", stdout=self.stdout, stderr=self.stderr)
            except (CommandError, SystemExit) as error:
                self._warn(f"not everything could be imported: {error}")

    def _warn(self, text: str) -> None:
        self.stderr.write(f"warning: {text}")

    def _say_how_to_use_it(self) -> None:
        self.stdout.write(f"\nDashboard:  http://{_shown_host()}:{settings.PORT}/")
        if not get_user_model()._default_manager.filter(is_superuser=True).exists():
            self.stdout.write(f"Admin user: {_shown_python()} manage.py createsuperuser")
        self.stdout.write(f"Data:       {settings.DATA_DIR}")
        self.stdout.write("Ctrl-C ends it.\n")


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _shown_host() -> str:
    """Return the host as one would type it into a browser on this machine."""
    host: str = settings.HOST
    with contextlib.suppress(ValueError):
        address = ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "::1"
    return f"[{host}]" if ":" in host else host


def _shown_python() -> Path:
    """Return this Python as one would type it in the project's folder."""
    python = Path(sys.executable)
    if python.is_relative_to(settings.BASE_DIR):
        return python.relative_to(settings.BASE_DIR)
    return python


def _become_supervisor() -> NoReturn:
    """Replace this process, which has Django loaded, by the small supervisor."""
    connections.close_all()
    sys.stdout.flush()
    # A Ctrl-C in the moment between the two programs is kept for the second one.
    signal.pthread_sigmask(signal.SIG_BLOCK, supervision.STOP_SIGNALS)
    environment = os.environ | {
        "DASHBOARD_HOME": str(settings.BASE_DIR),
        "DASHBOARD_PYTHON": sys.executable,
        "DASHBOARD_HOST": settings.HOST,
        "DASHBOARD_PORT": str(settings.PORT),
        "DASHBOARD_CONSOLE": _console(),
    }
    program = str(Path(supervision.__file__))
    # -P: the folder of that file holds modules named like packages it needs.
    os.execve(sys.executable, [sys.executable, "-P", program], environment)  # noqa: S606


def _console() -> str:
    """Return the file to which the processes' output goes; a socket cannot be opened again."""
    console = "/dev/fd/1"
    try:
        os.close(os.open(console, os.O_WRONLY))
    except OSError:
        return os.devnull
    return console
