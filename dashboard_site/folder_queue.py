"""The embedded queue: a folder with one file per message, each there whole or not at all.

kombu's own transport lets a reader see a message, or a table of queues, that is still
being written or that a full disk cut off; the worker's consumer ends on it, and with
it the worker.
"""

import contextlib
import fcntl
import logging
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)
_binding = threading.RLock()


class Channel(filesystem.Channel):
    """kombu's channel, with messages that appear at once and broken ones left out."""

    def _put(  # type: ignore[override]  # the stubs contradict themselves
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError as error:  # not JSON, not UTF-8; the file is gone by now
                logger.warning("a broken message in the queue %s is left out: %s", queue, error)

    def get_table(self, exchange: str) -> list[Any]:
        try:
            return list(super().get_table(exchange))
        except ValueError as error:
            logger.warning("the broken table of the exchange %r is left out: %s", exchange, error)
            return []

    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        # kombu notes a binding, for all threads, before it is in the table: a thread that
        # relied on the note would send its message to nobody.
        with _binding:
            super().queue_bind(*args, **kwargs)

    def _queue_bind(  # type: ignore[override]  # the stubs contradict themselves
        self, exchange: str, routing_key: str, pattern: str, queue: str
    ) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self.control_folder.mkdir(exist_ok=True)
        with (self.control_folder / "tables.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            queues = self.get_table(exchange)
            if bound not in queues:
                _write_whole(self.control_folder / f"{exchange}.exchange", [bound, *queues])


def _write_whole(path: Path, content: Any) -> None:
    """Have a file appear, or change, at once.

    Raises:
        ChannelError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    try:
        unfinished.write_text(dumps(content), encoding="utf-8")
        unfinished.rename(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write {path}: {error.strerror}") from error


class Transport(filesystem.Transport):
    """kombu's folder transport with our channel."""

    Channel = Channel


def register() -> None:
    """Have `filesystem://` mean this transport; to be called before a connection is made."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
