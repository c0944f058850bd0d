"""Fixtures of the whole suite: a small cast of callers."""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import caches
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

# The same examples in every run, and no limit of time: a loaded machine is no failure.
hypothesis_settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("steady")


def pytest_configure() -> None:
    # A run in the background of a shell ignores Ctrl-C, and so would all that tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of the limits, standing at the beginning of a minute; set `now` to move it."""
    clock = SimpleNamespace(now=1_800_000_000.0, monotonic=time.monotonic)
    clock.time = lambda: clock.now
    monkeypatch.setattr("common.limits.time", clock)
    return clock


@pytest.fixture
def api() -> APIClient:
    """A program on this machine: allowed everything without signing in."""
    return APIClient(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:5000")


@pytest.fixture
def stranger() -> APIClient:
    """A caller from another machine, not signed in."""
    return APIClient(REMOTE_ADDR="192.0.2.7", HTTP_HOST="127.0.0.1:5000")


@pytest.fixture
def admin_user(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", "a long pass phrase")


def _signed_in(role: str) -> APIClient:
    user = User.objects.create_user(f"a {role}")
    user.groups.add(Group.objects.get(name=role))
    client = APIClient(REMOTE_ADDR="192.0.2.7", HTTP_HOST="127.0.0.1:5000")
    client.force_login(user)
    return client


@pytest.fixture
def viewer_client(db: None) -> APIClient:
    """Somebody on another machine, signed in to look."""
    return _signed_in("viewer")


@pytest.fixture
def operator_client(db: None) -> APIClient:
    """Somebody on another machine, signed in to run trainings and edit."""
    return _signed_in("operator")


@pytest.fixture
def admin_client(admin_user: User) -> APIClient:
    """The superuser on another machine, signed in."""
    client = APIClient(REMOTE_ADDR="192.0.2.7", HTTP_HOST="127.0.0.1:5000")
    client.force_login(admin_user)
    return client


@pytest.fixture
def data_dir(tmp_path: Path, settings) -> Path:
    """A DATA_DIR of the test's own."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA_DIR = folder
    settings.ARCHIVE_DIR = folder / "archive"
    settings.SESSION_LOG_DIR = folder / "logs" / "sessions"
    return folder


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With NO_SKIPS=1, as on the gate, a skipped test fails the run: all services are there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("NO_SKIPS is set, but tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
