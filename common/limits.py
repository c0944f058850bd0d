"""Bounds on how often and how much at once, counted by all processes together."""

import contextlib
import logging
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator

from django.core.cache import caches
from redis import RedisError

from common.errors import TooManyError

logger = logging.getLogger(__name__)

_BROKEN = (sqlite3.Error, RedisError)

#: Each long answer holds a thread of the web server while it is read; the others stay for
#: everybody else.
DOWNLOADS_AT_ONCE = 2

#: A place that its holder does not renew is free again after so many seconds.
LEASE_SECONDS = 60


def take_turn(key: str, *, limit: int, seconds: int = 60) -> int | None:
    """Count one more use of `key`; return None, or the seconds to wait if it was too often.

    `limit` uses are free in each whole span of `seconds`. Without a working cache
    nothing is refused: the limit guards against load, not against intruders.
    """
    count = _count(key, seconds=seconds, add=1)
    return None if count <= limit else _seconds_left(seconds)


def is_used_up(key: str, *, limit: int, seconds: int = 60) -> int | None:
    """Return the seconds to wait if `key` was used `limit` times; counts nothing."""
    count = _count(key, seconds=seconds, add=0)
    return None if count < limit else _seconds_left(seconds)


def first_in_span(key: str, *, seconds: int) -> bool:
    """Return whether this is the first call with `key` within the whole span of seconds."""
    return take_turn(key, limit=1, seconds=seconds) is None


def _count(key: str, *, seconds: int, add: int) -> int:
    cache = caches["shared"]
    name = f"{key}:{int(time.time() // seconds)}"
    try:
        if not add:
            return int(cache.get(name, 0))
        cache.add(name, 0, timeout=seconds)
        return int(cache.incr(name, add))
    except ValueError:  # it expired between the two lines
        return add
    except _BROKEN as error:
        _say_broken(error)
        return 0


def _say_broken(error: Exception) -> None:
    logger.warning("the shared cache does not work; no limit is applied: %s", error)


def _seconds_left(seconds: int) -> int:
    return max(1, round(seconds - time.time() % seconds))


class LimitedStream(Iterator[bytes]):
    """A long answer in pieces, of which at most `most` are written at the same time.

    The place is taken and the first piece made when this is made, so that the answer
    can still be an error. The place is given back by `close`, which the server calls
    however the answer ends.

    Raises:
        TooManyError: all places are taken (429).
    """

    def __init__(
        self, pieces: Iterable[bytes], *, name: str = "download", most: int = DOWNLOADS_AT_ONCE
    ) -> None:
        self._pieces = iter(pieces)
        self._place = _free_place(name, most)
        self._renewed = time.monotonic()
        self._first: bytes | None = None
        try:
            self._first = next(self._pieces, None)
        except BaseException:
            self.close()
            raise

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if time.monotonic() - self._renewed > LEASE_SECONDS / 3:
            self._renewed = time.monotonic()
            with contextlib.suppress(*_BROKEN):
                caches["shared"].touch(self._place, LEASE_SECONDS)
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except Exception:
            logger.exception("a download ended half-way")
            raise

    def close(self) -> None:
        """Give the place back and end what makes the pieces."""
        self._first = None
        with contextlib.suppress(*_BROKEN):
            caches["shared"].delete(self._place)
        if close := getattr(self._pieces, "close", None):
            close()


def _free_place(name: str, most: int) -> str:
    for number in range(most):
        place = f"place:{name}:{number}"
        try:
            if caches["shared"].add(place, uuid.uuid4().hex, timeout=LEASE_SECONDS):
                return place
        except _BROKEN as error:
            _say_broken(error)
            return place
    raise TooManyError(f"At most {most} of these are written at once. Try again.", wait=10)
