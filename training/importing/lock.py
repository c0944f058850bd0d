"""One import at a time, across processes."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from common.errors import ConflictError

_LOOK_EVERY_SECONDS = 0.05


@contextmanager
def import_lock(*, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of the import; it falls with the process that holds it.

    Raises:
        ConflictError: another import still runs after `wait_seconds`.
    """
    path = Path(settings.DATA_DIR) / "import.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, time.monotonic() + wait_seconds)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise ConflictError("Another import is running.", code="import_running") from None
            time.sleep(_LOOK_EVERY_SECONDS)
        else:
            return
