"""A cache shared by all processes of one machine, where there is no Redis: a SQLite file.

For counters and locks, which Django's own backends for files and tables cannot do:
their `incr` and `add` read, then write. Here both are one statement.
"""

import sqlite3
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

#: Expired entries are removed once in so many entries made.
_SWEEP_EVERY = 1000

_BEGIN = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value, expires REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_expires ON entries (expires);
"""
_PUT = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class SharedCache(BaseCache):
    """Whole numbers and texts by key, in the file that LOCATION names."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = location
        self._connection: sqlite3.Connection | None = None
        self._made = 0

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> bool:
        now = time.time()
        self._made += 1
        if self._made % _SWEEP_EVERY == 1:
            self._run("DELETE FROM entries WHERE expires <= ?", now)
        row = (self.make_and_validate_key(key, version), value, self._expiry(timeout))
        done = self._run(f"{_PUT}, expires = excluded.expires WHERE expires <= ?", *row, now)
        return done.rowcount == 1

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        name = self.make_and_validate_key(key, version)
        sql = "SELECT value FROM entries WHERE key = ? AND (expires IS NULL OR expires > ?)"
        row = self._run(sql, name, time.time()).fetchone()
        return default if row is None else row[0]

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        row = (self.make_and_validate_key(key, version), value, self._expiry(timeout))
        self._run(f"{_PUT}, expires = excluded.expires", *row)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Add to a number and return it.

        Raises:
            ValueError: there is none under this key.
        """
        name = self.make_and_validate_key(key, version)
        sql = (
            "UPDATE entries SET value = value + ?"
            " WHERE key = ? AND (expires IS NULL OR expires > ?) RETURNING value"
        )
        row = self._run(sql, delta, name, time.time()).fetchone()
        if row is None:
            raise ValueError(f"Key {key!r} not found")
        return int(row[0])

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        name = self.make_and_validate_key(key, version)
        sql = "UPDATE entries SET expires = ? WHERE key = ? AND (expires IS NULL OR expires > ?)"
        return self._run(sql, self._expiry(timeout), name, time.time()).rowcount == 1

    def delete(self, key: Any, version: Any = None) -> bool:
        name = self.make_and_validate_key(key, version)
        return self._run("DELETE FROM entries WHERE key = ?", name).rowcount == 1

    def clear(self) -> None:
        self._run("DELETE FROM entries")

    def _expiry(self, timeout: Any) -> float | None:
        return self.get_backend_timeout(timeout)

    def _run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self._connection is None:
            # One per thread already: Django makes a cache object for each. Kept between
            # requests, so `close` is not overridden: opening costs more than the work.
            self._connection = sqlite3.connect(
                self._location, timeout=5, isolation_level=None, check_same_thread=False
            )
            self._connection.executescript(_BEGIN)
        return self._connection.execute(sql, values)

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()
