"""Reading the log of a session while it is written."""

import os
from pathlib import Path

from training.session_log import log_path

# Of what was written since the last look, no more than this is read at once.
_BLOCK = 1_000_000
_LONGEST_LINE = 10_000


class LogFollower:
    """Returns the lines added to a session's log since the last call.

    The writer replaces the file when it makes room; the follower then goes on at
    its end, and the lines left out are those the writer left out, or a few more.
    """

    def __init__(self, session_id: int) -> None:
        self.path: Path = log_path(session_id)
        self._inode: int | None = None
        self._position = 0
        self._rest = b""

    def new_lines(self, *, last: bool = False) -> list[str]:
        """Return the whole lines since the last call; with `last` also an unfinished one."""
        added = self._read()
        data = self._rest + added
        head, end, self._rest = data.rpartition(b"\n")
        if last or len(self._rest) > _LONGEST_LINE:
            head, end, self._rest = data, b"", b""
        lines = (head + end).decode("utf-8", "replace").split("\n")
        if not lines[-1]:
            lines.pop()
        return [line.rstrip("\r") for line in lines]

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                state = os.fstat(file.fileno())
                if self._inode not in (None, state.st_ino) or state.st_size < self._position:
                    self._position, self._rest = state.st_size, b""
                self._inode = state.st_ino
                file.seek(self._position)
                data = file.read(_BLOCK)
        except OSError:
            return b""
        self._position += len(data)
        return data
