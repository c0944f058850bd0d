"""What must hold before the dashboard starts; each failure is one line that says the cure."""

import contextlib
import errno
import fcntl
import os
import socket
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks

from dashboard_site.checks import TAG


class PreflightError(Exception):
    """The dashboard cannot start; the message is for the person who tried."""


def check_data_dir() -> None:
    """Refuse a DATA_DIR in which no file can be made and read back."""
    folder: Path = settings.DATA_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
        os.listdir(folder)  # noqa: PTH208 - pathlib would read nothing before the first item
    except OSError as error:
        raise PreflightError(f"DATA_DIR: cannot use {folder} ({error.strerror})") from None


def check_settings() -> list[str]:
    """Refuse settings that leave a reachable dashboard open; return what else is doubtful."""
    found = run_checks(tags=[TAG], include_deployment_checks=True)
    messages = [f"{message.msg} {message.hint} ({message.id})" for message in found]
    errors = [text for text, message in zip(messages, found, strict=True) if message.is_serious()]
    if errors:
        raise PreflightError(" ".join(errors))
    return messages


def take_lock() -> int:
    """Reserve DATA_DIR for this process and what it becomes by exec; return the open file.

    Two workers on one queue folder and two beats would do everything twice. The lock
    ends with the process, however that ends.
    """
    path = settings.DATA_DIR / "run.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = path.read_text().strip() or "unknown"
        raise PreflightError(
            f"the dashboard already runs from {settings.DATA_DIR} (process {owner});"
            " stop it, or set another DATA_DIR and PORT"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    os.set_inheritable(lock, True)
    return lock


def check_port() -> None:
    """Refuse an address at which the web server could not listen."""
    host, port = settings.HOST, settings.PORT
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise PreflightError(f"HOST: there is no address {host!r}") from None
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        # Connections of a dashboard that has just ended do not count as use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            raise PreflightError(_why_not(host, port, error)) from None


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another one with PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user; choose one from 1024 with PORT"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST: {host} is not an address of this machine"
    return f"cannot listen on {host}, port {port} ({error.strerror})"


def orchestrator_problem() -> str | None:
    """Return what is wrong with a given ORCHESTRATOR_PATH; the dashboard starts all the same."""
    folder: Path = settings.ORCHESTRATOR_PATH
    if settings.ORCHESTRATOR_IS_SAMPLE:
        return None
    try:
        os.listdir(folder)  # noqa: PTH208 - as above
    except OSError as error:
        return f"ORCHESTRATOR_PATH: cannot read {folder} ({error.strerror})"
    return None
