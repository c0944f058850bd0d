"""The bridge from ASGI to WSGI: whole answers, and no thread that waits for a client."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard_site import wsgi_bridge
from dashboard_site.wsgi_bridge import WsgiBridge

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/somewhere",
    "query_string": b"a=b",
    "headers": [(b"host", b"127.0.0.1:5000"), (b"content-length", b"4")],
    "server": ("127.0.0.1", 5000),
    "client": ("127.0.0.1", 4711),
}


class Client:
    """Speaks ASGI with the bridge; leaves after `leaves_after` messages of the answer."""

    def __init__(self, *parts: bytes, leaves_after: int | None = None) -> None:
        self.requests = [
            {"type": "http.request", "body": part, "more_body": part is not parts[-1]}
            for part in parts
        ]
        self.leaves_after = leaves_after
        self.left = asyncio.Event()
        self.messages: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.requests:
            return self.requests.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if self.leaves_after is not None and len(self.messages) >= self.leaves_after:
            self.left.set()
            await asyncio.sleep(3600)  # a server whose buffer is full

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


def talk(application: Callable[..., Any], client_of: Callable[[], Client]) -> Client:
    async def once() -> Client:
        client = client_of()
        bridge = WsgiBridge(application, threads=1)
        await asyncio.wait_for(bridge(SCOPE, client.receive, client.send), 20)
        return client

    return asyncio.run(once())


def test_the_application_sees_the_request_and_the_client_the_answer():
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("201 Created", [("Content-Type", "text/plain")])
        seen = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "HTTP_HOST")
        words = [environ[name].encode() for name in seen]
        # Sent in chunks, the body has no length of its own.
        assert environ["CONTENT_LENGTH"] == "4"
        return [b" ".join([*words, environ["wsgi.input"].read()])]

    client = talk(application, lambda: Client(b"bo", b"dy"))
    assert client.messages[0]["status"] == 201
    assert client.messages[0]["headers"] == [(b"content-type", b"text/plain")]
    assert client.body == b"POST /somewhere a=b 127.0.0.1 127.0.0.1:5000 body"
    assert [message.get("more_body") for message in client.messages] == [None, False]


def test_a_long_answer_arrives_in_order_and_whole():
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        return (f"{number}\n".encode() for number in range(500))

    client = talk(application, lambda: Client(b""))
    assert client.body == b"".join(f"{number}\n".encode() for number in range(500))
    assert client.messages[-1]["more_body"] is False


def test_an_empty_answer_is_one():
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    client = talk(application, lambda: Client(b""))
    assert [message["type"] for message in client.messages] == [
        "http.response.start",
        "http.response.body",
    ]


class Endless:
    """An answer that never ends by itself, and tells when it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> "Endless":
        start_response("200 OK", [])
        return self

    def __iter__(self) -> Iterator[bytes]:
        while not self.closed.is_set():
            yield b"x" * 1000

    def close(self) -> None:
        self.closed.set()


def test_a_client_that_leaves_frees_thread_and_answer():
    application = Endless()
    talk(application, lambda: Client(b"", leaves_after=3))
    assert application.closed.is_set()


def test_a_client_that_takes_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(wsgi_bridge, "PATIENCE_SECONDS", 0.2)
    application = Endless()

    class Stalled(Client):
        async def send(self, message: dict[str, Any]) -> None:
            await asyncio.sleep(3600)

    talk(application, lambda: Stalled(b""))
    assert application.closed.is_set()


def test_a_server_that_cancels_the_request_frees_the_thread():
    application = Endless()

    async def cancelled() -> None:
        client = Client(b"")
        bridge = WsgiBridge(application, threads=1)
        task = asyncio.ensure_future(bridge(SCOPE, client.receive, client.send))
        while len(client.messages) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        deadline = time.monotonic() + 20
        while not application.closed.is_set() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    asyncio.run(cancelled())
    assert application.closed.is_set()


def test_a_crash_of_the_application_is_the_servers_to_answer():
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        talk(application, lambda: Client(b""))


def test_a_client_that_leaves_in_mid_request_takes_no_thread():
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        raise AssertionError("half a request must not be answered")

    class Half(Client):
        async def receive(self) -> dict[str, Any]:
            if self.requests:
                return {**self.requests.pop(0), "more_body": True}
            return {"type": "http.disconnect"}

    assert talk(application, lambda: Half(b"ha")).messages == []


def test_a_huge_body_is_cut_behind_the_limit(monkeypatch):
    monkeypatch.setattr(wsgi_bridge, "MAX_BODY_BYTES", 10)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("413 Too Large", [])
        return [str(len(environ["wsgi.input"].read())).encode()]

    assert talk(application, lambda: Client(b"x" * 8, b"y" * 8, b"z" * 8)).body == b"16"


def test_a_server_that_ends_keeps_no_thread_waiting(monkeypatch):
    monkeypatch.setattr(wsgi_bridge, "LOOK_AFTER_LOOP_SECONDS", 0.1)
    application = Endless()
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        client = Client(leaves_after=3)
        bridge = WsgiBridge(application, threads=1)
        requests.append(asyncio.ensure_future(bridge(SCOPE, whole_request, client.send)))
        while len(client.messages) < 3:
            await asyncio.sleep(0.01)

    async def whole_request() -> dict[str, Any]:
        if not requests_read:
            requests_read.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(3600)
        raise AssertionError("unreachable")

    requests: list[asyncio.Future[None]] = []
    requests_read: list[bool] = []
    loop.run_until_complete(begin())  # and then the loop stands still
    assert application.closed.wait(20)
    requests[0].cancel()
    loop.run_until_complete(asyncio.gather(*requests, return_exceptions=True))
    loop.close()
