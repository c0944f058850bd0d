"""The WebSocket at /ws/dashboard.

The client says what it wants to hear of, and which versions it has:

    {"subscribe": ["sessions", "events"], "versions": {"events": "91ab…"}}

and is told, now and later, which topic has another version than it knows:

    {"n": 1, "topic": "events", "version": "f00d…"}

`n` counts the messages of the connection. After a reconnect the client sends the
versions it has seen, so it misses nothing, whichever process or restart it meets.
A topic's data is fetched from the API; the socket never carries data.
"""

import asyncio
import contextlib
import json
from io import BytesIO
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from rest_framework.exceptions import AuthenticationFailed

from accounts.access import may
from accounts.authentication import token_of
from accounts.roles import Scope
from common.permissions import is_welcome_origin
from common.proxies import believe_proxies
from dashboard_site.live.hub import Subscriber, hub
from dashboard_site.live.topics import TOPICS

#: Longer messages of a client are refused; a subscription is a few hundred bytes.
MAX_MESSAGE_BYTES = 4096
#: Versions are short; what a client says it knows is kept as long as it is connected.
_LONGEST_VERSION = 64
UNAUTHORIZED, UNREADABLE = 4403, 4400


class DashboardConsumer(AsyncWebsocketConsumer):
    """One open page."""

    async def connect(self) -> None:
        self.number = 0
        self.sender: asyncio.Task[None] | None = None
        self.subscriber = Subscriber()
        if not await database_sync_to_async(may_listen)(self.scope):
            await self.close(code=UNAUTHORIZED)
            return
        await self.accept()
        self.sender = asyncio.get_running_loop().create_task(self._send_changes())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        wish = _read_wish(text_data or "")
        if wish is None:
            await self.close(code=UNREADABLE)
            return
        topics, known = wish
        self.subscriber.topics = topics
        self.subscriber.known.update(known)
        hub.join(self.subscriber)

    async def disconnect(self, code: int) -> None:
        hub.leave(self.subscriber)
        if self.sender is not None:
            self.sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.sender

    async def _send_changes(self) -> None:
        while True:
            for topic, version in (await self.subscriber.next_changes()).items():
                self.number += 1
                message = {"n": self.number, "topic": topic, "version": version}
                await self.send(text_data=json.dumps(message))


def may_listen(scope: Any) -> bool:
    """Return whether a connection is let in: by the rule of the API for reading.

    Of pages, ours and those of CORS_ORIGINS only: a browser sends the session with
    every website's socket.
    """
    request = ASGIRequest({**scope, "type": "http", "method": "GET"}, BytesIO())
    believe_proxies(request.META)
    if not is_welcome_origin(request):
        return False
    try:
        token = token_of(request)
    except AuthenticationFailed:
        return False
    user = token.user if token else scope.get("user") or AnonymousUser()
    return may(request, Scope.READ, user=user, token=token)


def _read_wish(text: str) -> tuple[set[str], dict[str, str]] | None:
    """Return (topics, known versions) of a subscription; None if it is none."""
    if len(text) > MAX_MESSAGE_BYTES:
        return None
    try:
        wish: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(wish, dict) or not isinstance(wish.get("subscribe"), list):
        return None
    known = wish.get("versions") or {}
    if not isinstance(known, dict):
        return None
    topics = {topic for topic in wish["subscribe"] if isinstance(topic, str)} & TOPICS.keys()
    told = TOPICS.keys() & known.keys()
    return topics, {topic: str(known[topic])[:_LONGEST_VERSION] for topic in told}
