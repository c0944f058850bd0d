"""Live updates: every change is told once, to whoever may know, whatever happens on the way."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from common.clock import utc_now
from dashboard_site.live.consumer import MAX_MESSAGE_BYTES, _read_wish
from dashboard_site.live.hub import Subscriber
from dashboard_site.live.topics import TOPICS, versions
from dashboard_site.tests.factories import make_night, make_pipeline
from logs_app.services import record_event
from system.models import Alert
from training.models import ImportedFile, Schedule, ScheduleFiring, TrainingSession

ROOT = Path(__file__).resolve().parents[2]


def run_columns(**columns: object) -> None:
    TrainingSession.objects.filter(status="running").update(**columns)


CHANGES = {
    "a phase": (lambda: run_columns(phase="cleanup"), "sessions"),
    "an agent": (lambda: run_columns(agent_states={"agent_1": {"state": "done"}}), "sessions"),
    "a percentage": (lambda: run_columns(progress_percent=50), "sessions"),
    "an event": (lambda: record_event(event_type="x", message="x"), "events"),
    "an acknowledged alert": (lambda: Alert.objects.update(acknowledged_at=utc_now()), "alerts"),
    "an ended alert": (lambda: Alert.objects.update(ended_at=utc_now()), "alerts"),
    "what came of a due time": (
        lambda: ScheduleFiring.objects.update(outcome="started"),
        "schedule",
    ),
    "a pause": (lambda: Schedule.objects.update(pause_until=utc_now()), "schedule"),
    "a file imported again": (
        lambda: ImportedFile.objects.update(imported_at=utc_now()),
        "metrics",
    ),
    "a night": (lambda: make_night(start=utc_now() - timedelta(days=3)), "agents"),
}


@pytest.mark.django_db
class TestTopics:
    @pytest.mark.parametrize("what", CHANGES)
    def test_every_change_gives_its_topic_another_version(self, what):
        make_pipeline(nights=1)
        now = utc_now()
        TrainingSession.objects.create(start_time=now, night=now.date(), status="running")
        ScheduleFiring.objects.create(due_at=now, decided_at=now, outcome="failed")
        ImportedFile.objects.create(path="logs/a.txt", sha256="a", imported_at=now, seen_at=now)
        before = versions(set(TOPICS))
        change, topic = CHANGES[what]
        change()
        assert versions(set(TOPICS))[topic] != before[topic]

    def test_without_a_change_every_version_stays(self):
        make_pipeline(nights=2)
        assert versions(set(TOPICS)) == versions(set(TOPICS))

    def test_a_look_at_the_schedule_is_no_change(self):
        before = versions({"schedule"})
        Schedule.objects.update(checked_until=utc_now())
        assert versions({"schedule"}) == before

    def test_no_table_that_grows_is_read_in_full(self):
        with CaptureQueriesContext(connection) as queries:
            versions(set(TOPICS))
        explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.vendor]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # which reads small tables whole
                cursor.execute("SET LOCAL enable_seqscan = off")
            for query in queries.captured_queries:
                cursor.execute(f"{explain} {query['sql']}")
                plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
                # From the end of the ids to the first row is a scan to SQLite.
                if "LIMIT 1" in query["sql"] and "TEMP B-TREE" not in plan:
                    continue
                whole = re.findall(r"^(?:SCAN |.*Seq Scan on )(\w+)(?! USING|.*INDEX)", plan, re.M)
                assert {*whole} <= {"training_schedule", "agents", "heartbeats"}, query["sql"]

    def test_reading_them_costs_a_fixed_number_of_queries(self, django_assert_max_num_queries):
        make_pipeline(nights=5)
        with django_assert_max_num_queries(20):
            versions(set(TOPICS))


class TestSubscriber:
    def test_it_is_told_only_what_it_does_not_know(self):
        subscriber = Subscriber(known={"events": "1"}, topics={"events", "host"})
        subscriber.offer({"events": "1", "host": "7", "alerts": "3"})
        assert subscriber.pending == {"host": "7"}

    def test_a_slow_client_holds_one_message_per_topic_the_newest(self):
        subscriber = Subscriber(topics={"events"})
        for number in range(1000):
            subscriber.offer({"events": str(number)})
        assert subscriber.pending == {"events": "999"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"subscribe": "events"}',
        '{"subscribe": [], "versions": [1]}',
        "[" * 99,
    ],
)
def test_what_is_no_subscription_is_refused(text):
    assert _read_wish(text) is None


def test_a_subscription_is_bounded_and_unknown_topics_are_ignored():
    assert _read_wish('{"subscribe": ["events", "nonsense", 7]}') == ({"events"}, {})
    known = json.dumps({"subscribe": [], "versions": {"events": "1" * 999, "nonsense": "1"}})
    assert _read_wish(known) == (set(), {"events": "1" * 64})
    assert _read_wish('{"subscribe": ["' + "x" * MAX_MESSAGE_BYTES + '"]}') is None


class Server:
    """A web server as `make run` starts it, on a port and a DATA_DIR of its own."""

    def __init__(self, data_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data_dir),
            "IGNORE_DOTENV": "1",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "dashboard_site.settings",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.manage("migrate", "-v0")

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/dashboard"

    def manage(self, *words: str) -> None:
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, timeout=120)

    def change(self) -> None:
        """Make a change in another process, as the worker does."""
        code = "from logs_app.services import record_event as r; r(event_type='x', message='x')"
        self.manage("shell", "--no-imports", "-c", code)

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(self.port)]
        command += ["--workers", "1", "--log-level", "error", "dashboard_site.asgi:application"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("live"))
    server.start()
    yield server
    server.stop()


async def subscribe(socket, *topics: str, known: dict[str, str] | None = None) -> None:
    await socket.send(json.dumps({"subscribe": topics, "versions": known or {}}))


async def receive(socket, seconds: float = 20) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), seconds))


@pytest.mark.process
@pytest.mark.xdist_group("live")
def test_plain_http_takes_bodies_on_the_same_port(server):
    rows = [{"metric_type": "quality", "value": 7.5, "notes": "x" * 200}] * 2000
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/metrics",
        data=json.dumps(rows).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 201
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/metrics", timeout=60) as page:
        assert len(json.load(page)["results"]) == 50


@pytest.mark.process
@pytest.mark.xdist_group("live")
class TestSocket:
    def test_a_change_of_another_process_is_told(self, server):
        async def follow() -> None:
            async with connect(server.url) as socket:
                await subscribe(socket, "events")
                first = await receive(socket)
                assert (first["n"], first["topic"]) == (1, "events")
                await asyncio.to_thread(server.change)
                second = await receive(socket)
                assert second["n"] == 2
                assert second["version"] != first["version"]

        asyncio.run(follow())

    def test_a_reconnect_misses_nothing_and_repeats_nothing(self, server):
        async def follow() -> None:
            async with connect(server.url) as socket:
                await subscribe(socket, "events", "alerts")
                known = dict([await versioned(socket), await versioned(socket)])
            await asyncio.to_thread(server.change)  # while the laptop's lid is closed
            async with connect(server.url) as socket:
                await subscribe(socket, "events", "alerts", known=known)
                message = await receive(socket)
                assert message["topic"] == "events"
                assert message["version"] != known["events"]
                with pytest.raises(TimeoutError):
                    await receive(socket, seconds=1.5)  # alerts did not change

        async def versioned(socket) -> tuple[str, str]:
            message = await receive(socket)
            return message["topic"], message["version"]

        asyncio.run(follow())

    def test_versions_survive_a_restart_of_the_server(self, server):
        async def version(known: dict[str, str]) -> str | None:
            async with connect(server.url) as socket:
                await subscribe(socket, "events", known=known)
                with contextlib.suppress(TimeoutError):
                    return (await receive(socket, seconds=20 if not known else 2))["version"]
            return None

        before = asyncio.run(version({}))
        assert before is not None
        server.stop()
        server.start()
        assert asyncio.run(version({"events": before})) is None

    def test_another_website_is_refused(self, server):
        async def intrude() -> None:
            with pytest.raises(InvalidStatus):
                async with connect(server.url, origin="https://example.com"):  # type: ignore[arg-type]
                    pass

        asyncio.run(intrude())

    def test_rubbish_closes_the_socket(self, server):
        async def send_rubbish() -> None:
            async with connect(server.url) as socket:
                await socket.send("rubbish")
                with pytest.raises(ConnectionClosed):
                    await receive(socket)

        asyncio.run(send_rubbish())

    def test_a_thousand_open_pages_are_all_told(self, server):
        async def page(ready: asyncio.Semaphore) -> str:
            async with ready:
                socket = await connect(server.url, open_timeout=60)
            try:
                await subscribe(socket, "events")
                await receive(socket, seconds=60)
                connected.append(1)
                return (await receive(socket, seconds=60))["topic"]
            finally:
                await socket.close()

        async def many() -> list[str]:
            ready = asyncio.Semaphore(50)
            pages = [asyncio.create_task(page(ready)) for _ in range(1000)]
            while len(connected) < len(pages):
                await asyncio.sleep(0.1)
                assert not any(task.done() for task in pages)
            await asyncio.to_thread(server.change)
            return await asyncio.gather(*pages)

        connected: list[int] = []
        assert asyncio.run(asyncio.wait_for(many(), 100)) == ["events"] * 1000
