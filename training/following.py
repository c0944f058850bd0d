"""Following a session from outside the worker until it has ended."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from common.database import DATABASE_AWAY
from training.log_follower import LogFollower
from training.models import TrainingSession

#: The log may be written a moment after the row says that the session has ended.
_LAST_WORDS_SECONDS = 0.5


@dataclass(frozen=True)
class Look:
    """The session's row at one moment, and what it printed since the look before."""

    session: TrainingSession
    lines: list[str]


class SessionFollower:
    """Looks at a session again and again; `looks` goes on after an interruption."""

    def __init__(self, session_id: int, *, every_seconds: float = 0.3) -> None:
        self._session_id = session_id
        self._every_seconds = every_seconds
        self._log = LogFollower(session_id)

    def looks(self) -> Iterator[Look]:
        """Yield looks until the session has ended; the last one shows its end."""
        while True:
            session = self._read()
            if session is not None and not session.is_active:
                break
            lines = self._log.new_lines()
            if session is not None:
                yield Look(session, lines)
            time.sleep(self._every_seconds)
        time.sleep(_LAST_WORDS_SECONDS)
        while lines := self._log.new_lines():
            yield Look(session, lines)
        yield Look(session, self._log.new_lines(last=True))

    def _read(self) -> TrainingSession | None:
        """Return the row; None while the database is away, which the run outlives too."""
        try:
            return TrainingSession.objects.get(pk=self._session_id)
        except DATABASE_AWAY:
            connection.close()
            return None
