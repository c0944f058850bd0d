"""The embedded queue: messages that are whole, and broken ones that harm nobody."""

import threading
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from dashboard_site.folder_queue import Transport


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    (tmp_path / "messages").mkdir()
    return tmp_path / "messages"


@pytest.fixture
def connection(messages: Path):
    folders = {"data_folder_in": str(messages), "data_folder_out": str(messages)}
    options = {**folders, "control_folder": str(messages.parent / "control")}
    with Connection("filesystem://localhost", transport_options=options) as connection:
        yield connection


@pytest.fixture
def name() -> str:
    """A queue of the test's own: kombu keeps one table of queues for all folders."""
    return f"q{uuid.uuid4().hex}"


def take(queue, count: int) -> list[Any]:
    return [queue.get(timeout=30).payload for _ in range(count)]


def test_the_projects_queue_is_this_one(connection):
    assert isinstance(connection.transport, Transport)


def test_messages_come_out_in_the_order_they_went_in(connection, messages, name):
    queue = connection.SimpleQueue(name)
    for number in range(20):
        queue.put({"number": number, "text": "Größe 🎬"})
    assert all(path.name.endswith(f".{name}.msg") for path in messages.iterdir())
    numbers = [message["number"] for message in take(queue, 20)]
    assert sorted(numbers) == list(range(20))
    assert list(messages.iterdir()) == []
    queue.close()


@pytest.mark.parametrize("content", [b"", b'{"half', b"\xff\xfe"])
def test_a_broken_message_is_left_out_and_the_next_one_read(connection, messages, name, content):
    queue = connection.SimpleQueue(name)
    (messages / f"0_broken.{name}.msg").write_bytes(content)
    queue.put("whole")
    assert take(queue, 1) == ["whole"]
    with pytest.raises(Empty):
        queue.get(timeout=0.1)
    assert list(messages.iterdir()) == []
    queue.close()


def test_a_message_that_is_being_written_is_not_seen(connection, messages, name):
    queue = connection.SimpleQueue(name)
    (messages / f"0_unfinished.{name}.msg.new").write_text("{")
    with pytest.raises(Empty):
        queue.get(timeout=0.1)
    queue.close()


def test_a_folder_that_is_gone_is_an_error_of_the_queue(connection, messages, name):
    queue = connection.SimpleQueue(name)
    messages.rmdir()
    with pytest.raises(ChannelError, match="No such file"):
        queue.put("lost")
    messages.mkdir()
    queue.put("there")
    assert take(queue, 1) == ["there"]
    queue.close()


def test_a_reader_beside_a_writer_gets_every_message(connection, messages, name):
    def write() -> None:
        with connection.clone() as own:
            queue = own.SimpleQueue(name)
            for number in range(300):
                queue.put(number)
            queue.close()

    writer = threading.Thread(target=write)
    writer.start()
    queue = connection.SimpleQueue(name)
    assert sorted(take(queue, 300)) == list(range(300))
    writer.join(30)
    assert list(messages.iterdir()) == []
    queue.close()


@pytest.mark.parametrize("content", [b"", b"[[", b"\xff"])
def test_a_broken_table_of_queues_is_made_anew(connection, messages, name, content):
    (messages.parent / "control").mkdir()
    (messages.parent / "control" / f"{name}.exchange").write_bytes(content)
    queue = connection.SimpleQueue(name)
    queue.put("whole")
    assert take(queue, 1) == ["whole"]
    queue.close()


def test_queues_bound_at_the_same_time_are_all_in_the_table(connection, name):
    def bind(number: int) -> None:
        with connection.clone() as own:
            channel = own.default_channel
            channel.exchange_declare(name, "direct")
            channel.queue_declare(f"{name}{number}")
            channel.queue_bind(f"{name}{number}", name, "key")

    threads = [threading.Thread(target=bind, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    bound = {entry.queue for entry in connection.default_channel.get_table(name)}
    assert bound == {f"{name}{number}" for number in range(12)}
