"""One poller per process, which tells every subscriber of this process what changed.

It runs only while somebody listens, so an idle server asks the database nothing.
A subscriber holds at most one pending message per topic: a slow client gets the
newest version of each topic and never makes the server's memory grow.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from dashboard_site.live.topics import TOPICS, versions

logger = logging.getLogger(__name__)

#: Twice a second: a change is on the page within a second.
POLL_SECONDS = 0.5
#: While the database is away, ask less often.
RETRY_SECONDS = 2.0


@dataclass(eq=False)
class Subscriber:
    """One connection: the versions it knows, and what it still has to be told."""

    known: dict[str, str] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, current: dict[str, str]) -> None:
        """Note what differs from what the client knows."""
        for topic in self.topics & current.keys():
            if self.known.get(topic) != current[topic]:
                self.pending[topic] = current[topic]
        if self.pending:
            self.wake.set()

    async def next_changes(self) -> dict[str, str]:
        """Wait until something changed and return {topic: version}."""
        await self.wake.wait()
        self.wake.clear()
        changes, self.pending = self.pending, {}
        self.known.update(changes)
        return changes


class Hub:
    """The subscribers of this process and the task that polls for them."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._current: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._subscribers)

    def join(self, subscriber: Subscriber) -> None:
        """Begin to tell a subscriber; the poller starts with the first one."""
        self._subscribers.add(subscriber)
        if self._task is None or self._task.done():
            self._current = {}
            self._task = asyncio.get_running_loop().create_task(self._poll())
        else:
            subscriber.offer(self._current)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber; the poller ends with the last one."""
        self._subscribers.discard(subscriber)
        if not self._subscribers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _poll(self) -> None:
        while True:
            try:
                self._current = await _read_versions()
            except DatabaseError as error:
                logger.warning("live updates wait for the database: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for subscriber in list(self._subscribers):
                subscriber.offer(self._current)
            await asyncio.sleep(POLL_SECONDS)


@sync_to_async
def _read_versions() -> dict[str, str]:
    close_old_connections()
    return versions(set(TOPICS))


hub = Hub()
