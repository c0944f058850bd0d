"""The log file of a session: what its run printed, of bounded size, written and read here.

The file is `<session id>.log` below SESSION_LOG_DIR. Once it would exceed its limit,
a part in the middle gives way to a line that says how much is missing: the first
half of the limit stays as it is, of the rest the newest part.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

logger = logging.getLogger(__name__)

#: After a failed write (a full disk) the next attempt is made this much later.
RETRY_SECONDS = 2.0
_BLOCK = 65_536


def log_path(session_id: int) -> Path:
    """Return where the log of a session lies, whether it exists or not."""
    return Path(settings.SESSION_LOG_DIR) / f"{session_id}.log"


class SessionLog:
    """Writes one log; never raises for what the disk does.

    `problem` says why lines are missing, empty while none are.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self.path = path
        self.problem = ""
        self._head_limit, self._max_bytes = max_bytes // 2, max_bytes
        self._file: BinaryIO | None = None
        self._size = 0
        self._head_size: int | None = None
        self._left_out = 0
        self._unwritten = 0
        self._retry_at = 0.0

    def write(self, lines: list[str]) -> None:
        """Append whole lines."""
        batch: list[bytes] = []
        size = 0
        for line in lines:
            data = f"{line}\n".encode("utf-8", "replace")
            if batch and size + len(data) > self._max_bytes // 8:
                self._write(b"".join(batch))
                batch, size = [], 0
            batch.append(data)
            size += len(data)
        self._write(b"".join(batch))

    def _write(self, data: bytes) -> None:
        if self._retry_at and time.monotonic() < self._retry_at:
            self._unwritten += len(data)
            return
        try:
            self._append(data)
        except OSError as error:
            self._give_up(error, len(data))

    def close(self) -> None:
        """Close the file; a note at its end says what could not be written."""
        self._retry_at = 0.0
        try:
            if self._unwritten:
                self._append(b"")
        except OSError as error:
            self._give_up(error, 0)
        self._let_go()

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self._open()
        if self._unwritten:
            note = (
                f"[dashboard: about {self._unwritten} bytes could not be written: {self.problem}]\n"
            )
            self._put(note.encode())
            self._unwritten = 0
        self._retry_at = 0.0
        if self._size + len(data) > self._max_bytes:
            self._make_room(len(data))
        self._put(data)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab", buffering=0)
        self._size = self._file.seek(0, os.SEEK_END)

    def _put(self, data: bytes) -> None:
        assert self._file is not None  # noqa: S101 - opened by the caller
        view = memoryview(data)
        while view:
            written = self._file.write(view) or 0
            self._size += written
            view = view[written:]

    def _make_room(self, needed: int) -> None:
        """Write the file anew without a part of its middle."""
        with self.path.open("rb") as old:
            if self._head_size is None:
                head_size = resume_at = _end_of_line(old, self._head_limit, self._size)
            else:
                head_size = self._head_size
                resume_at = head_size + len(_note(self._left_out))
            # Half of the tail's room goes, so that this happens seldom.
            room = (self._max_bytes - self._head_limit) // 2
            keep_from = max(resume_at, self._size - max(0, room - needed))
            keep_from = _end_of_line(old, keep_from, self._size)
            left_out = self._left_out + keep_from - resume_at
            new_path = self.path.with_suffix(".new")
            try:
                with new_path.open("wb") as new:
                    old.seek(0)
                    _copy(old, new, head_size)
                    new.write(_note(left_out))
                    old.seek(keep_from)
                    shutil.copyfileobj(old, new, _BLOCK)
                new_path.replace(self.path)
            except OSError:
                new_path.unlink(missing_ok=True)
                raise
        self._head_size, self._left_out = head_size, left_out
        self._let_go()
        self._open()

    def _give_up(self, error: OSError, lost: int) -> None:
        if not self.problem:
            logger.warning("the log %s cannot be written: %s", self.path, error)
        self.problem = error.strerror or str(error)
        self._unwritten += lost
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def _note(left_out: int) -> bytes:
    # Of fixed length: the next note takes its place.
    return f"[dashboard: {left_out:>14} bytes were left out here]\n".encode()


def _end_of_line(file: BinaryIO, position: int, size: int) -> int:
    """Return the first beginning of a line at or after `position`."""
    if position <= 0:
        return 0
    file.seek(position - 1)
    while block := file.read(_BLOCK):
        found = block.find(b"\n")
        if found >= 0:
            return file.tell() - len(block) + found + 1
    return size


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (block := source.read(min(_BLOCK, size))):
        target.write(block)
        size -= len(block)


def remove_old_logs(*, before: datetime) -> int:
    """Remove logs that were last written before a moment, and return how many; sessions stay."""
    removed = 0
    for path in Path(settings.SESSION_LOG_DIR).glob("[0-9]*.log"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                removed += 1
    return removed


def log_size(session_id: int) -> int | None:
    """Return the size of a session's log, bytes; None if there is none."""
    try:
        return log_path(session_id).stat().st_size
    except OSError:
        return None


def modified_ns(session_id: int) -> int | None:
    """Return when a session's log was last written, ns since the epoch; None if there is none."""
    try:
        return log_path(session_id).stat().st_mtime_ns
    except OSError:
        return None


def tail(session_id: int, lines: int, *, end: int | None = None) -> bytes:
    """Return the last lines of a log, or of its first `end` bytes; empty without a log.

    No more is read than these lines.
    """
    try:
        with log_path(session_id).open("rb") as file:
            return _last_lines(file, lines, end=end)
    except FileNotFoundError:
        return b""


def _last_lines(file: BinaryIO, lines: int, *, end: int | None) -> bytes:
    size = file.seek(0, os.SEEK_END)
    position = size if end is None else min(end, size)
    blocks: list[bytes] = []
    ends = 0
    while position > 0 and ends <= lines:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        blocks.insert(0, file.read(size))
        ends += blocks[0].count(b"\n")
    parts = b"".join(blocks).splitlines(keepends=True)
    return b"".join(parts[-lines:]) if lines > 0 else b""


def read_range(session_id: int, first: int, last: int) -> Iterator[bytes]:
    """Yield the bytes from `first` to `last`, both included, in blocks; fewer if it is shorter.

    Raises:
        OSError: the file cannot be read; without a file there are no bytes.
    """
    try:
        file = log_path(session_id).open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            yield block
            left -= len(block)
