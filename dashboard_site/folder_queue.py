"""The embedded queue: a folder with one file per message, each there whole or not at all.

kombu's own transport lets a reader see a message that is still being written, or
that a full disk cut off; the worker's consumer ends on it, and with it the worker.
"""

import contextlib
import logging
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """kombu's channel, with messages that appear at once and broken ones left out."""

    def _put(  # type: ignore[override]  # the stubs contradict themselves
        self, queue: str, payload: Any, **_: Any
    ) -> None:
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        path = Path(self.data_folder_out) / name
        unfinished = path.with_name(f"{name}.new")
        try:
            unfinished.write_text(dumps(payload), encoding="utf-8")
            unfinished.rename(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add the message {path}: {error.strerror}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError as error:  # not JSON, not UTF-8; the file is gone by now
                logger.warning("a broken message in the queue %s is left out: %s", queue, error)


class Transport(filesystem.Transport):
    """kombu's folder transport with our channel."""

    Channel = Channel


def register() -> None:
    """Have `filesystem://` mean this transport; to be called before a connection is made."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
