"""Plain HTTP of an ASGI server, answered by a WSGI application on a pool of threads.

    http = WsgiBridge(wsgi_application, threads=8)
    await http(scope, receive, send)

a2wsgi does the same, and its environment is used here. But a thread of it goes on with
a long answer whose client is gone, and waits for a slow upload. Here a body is read
before a thread is taken; a client that is gone, or takes nothing for a minute, ends
the answer and frees what it holds; and a short answer crosses from the thread to the
event loop once, not three times.
"""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

from a2wsgi.wsgi import build_environ

logger = logging.getLogger(__name__)

#: More of a body is not read: every limit of the API is below, and answers 413.
MAX_BODY_BYTES = 16 * 1024 * 1024
#: A client that takes nothing for so long is given up.
PATIENCE_SECONDS = 60.0
#: A thread that waits looks this often whether the event loop still runs.
LOOK_AFTER_LOOP_SECONDS = 1.0
#: Chunks that wait for the client, per answer.
MAX_WAITING = 4

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientGoneError(Exception):
    """The client does not take the rest of its answer."""


class WsgiBridge:
    """An ASGI application for HTTP that answers with a WSGI application."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="http")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await _read_body(receive)
        if body is None:
            return  # gone before the request was whole
        exchange = _Exchange(self._application, send)
        environ: Any = build_environ(cast("Any", scope), cast("Any", BytesIO(body)))
        # A body in chunks has no length, and Django takes one without length for empty.
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        run = contextvars.copy_context().run
        work = exchange.loop.run_in_executor(self._threads, run, exchange.answer, environ)
        # A request that the server cancels awaits its thread no more, whatever becomes of it.
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        sender = asyncio.ensure_future(exchange.send_all())
        watch = asyncio.ensure_future(_wait_for_disconnect(receive))
        try:
            await _first({sender, watch, work})
            if work.done() and not work.exception():
                await _first({sender, watch})
        finally:
            # Also where the server cancels this: the thread must not wait for anybody.
            exchange.gone.set()
            for task in (watch, sender):
                task.cancel()
            await asyncio.gather(watch, sender, return_exceptions=True)
        try:
            await work
        except ClientGoneError:
            logger.info("the client of %s went away", scope.get("path"))


class _Exchange:
    """One answer on its way from a thread (`answer`) to the client (`send_all`)."""

    def __init__(self, application: Callable[..., Iterable[bytes]], send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self.gone = asyncio.Event()
        self._application = application
        self._send = send
        self._waiting: asyncio.Queue[list[Message]] = asyncio.Queue(MAX_WAITING)
        self._start: list[Message] = []

    async def send_all(self) -> None:
        """Send what the thread gives until its answer is whole."""
        more = True
        while more:
            for message in await self._waiting.get():
                await self._send(message)
                more = message["type"] == "http.response.start" or message["more_body"]

    def answer(self, environ: dict[str, Any]) -> None:
        """Run the application; called on a thread.

        Raises:
            ClientGoneError: the client took no more of it.
        """
        chunks = self._application(environ, self._start_response)
        try:
            held: bytes | None = None
            for chunk in chunks:
                if held is not None:
                    self._deliver(held, more=True)
                held = chunk
            self._deliver(held or b"", more=False)
        finally:
            if close := getattr(chunks, "close", None):
                close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        pairs = [(name.lower().encode("latin1"), text.encode("latin1")) for name, text in headers]
        code = int(status.split(" ", 1)[0])
        self._start = [{"type": "http.response.start", "status": code, "headers": pairs}]
        return lambda chunk: self._deliver(chunk, more=True)

    def _deliver(self, chunk: bytes, *, more: bool) -> None:
        body = {"type": "http.response.body", "body": chunk, "more_body": more}
        messages, self._start = [*self._start, body], []
        delivery = asyncio.run_coroutine_threadsafe(self._put(messages), self.loop)
        while True:
            try:
                return delivery.result(timeout=LOOK_AFTER_LOOP_SECONDS)
            except TimeoutError:
                # A server that ends stops its loop first: nothing will be delivered any more.
                if not self.loop.is_running():
                    raise ClientGoneError from None

    async def _put(self, messages: list[Message]) -> None:
        if not self.gone.is_set() and not self._waiting.full():
            self._waiting.put_nowait(messages)
            return
        put = asyncio.ensure_future(self._waiting.put(messages))
        gone = asyncio.ensure_future(self.gone.wait())
        await asyncio.wait(
            {put, gone}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        gone.cancel()
        if self.gone.is_set() or not put.done():
            put.cancel()
            raise ClientGoneError


async def _first(tasks: set[asyncio.Future[Any]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body of a request, cut behind the limit; None if the client left."""
    parts: list[bytes] = []
    size = 0
    while size <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
