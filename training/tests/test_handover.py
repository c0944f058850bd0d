"""Handing a session to a worker, and what a broken queue looks like."""

import socket
import threading
from pathlib import Path

import pytest
from celery import Celery, current_app
from django.conf import settings

from common.errors import UnavailableError
from training import handover


def app_with(url: str, **options: object) -> Celery:
    app = Celery("broken", broker=url, set_as_current=False)
    app.conf.update(
        broker_transport_options=options,
        broker_connection_timeout=2,
        task_publish_retry_policy=settings.CELERY_TASK_PUBLISH_RETRY_POLICY,
    )
    return app


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_queue_that_does_not_answer_is_unavailable(monkeypatch, scheme):
    app = app_with(f"{scheme}://127.0.0.1:{closed_port()}", socket_connect_timeout=2)
    monkeypatch.setattr(handover, "current_app", app)
    with pytest.raises(UnavailableError) as caught:
        handover.send(1)
    assert (caught.value.status_code, caught.value.code) == (503, "queue_unavailable")
    app.close()


def test_a_queue_folder_that_is_gone_is_unavailable(monkeypatch, tmp_path: Path):
    folders = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "messages"),
    }
    (tmp_path / "messages").write_text("a file where the folder should be")
    app = app_with("filesystem://localhost", **folders)
    monkeypatch.setattr(handover, "current_app", app)
    with pytest.raises(UnavailableError):
        handover.send(1)
    app.close()


def test_every_thread_queues_with_the_projects_own_application():
    """Requests are answered in threads that never saw the application being made."""
    mains: list[str] = []
    thread = threading.Thread(target=lambda: mains.append(current_app.main))
    thread.start()
    thread.join(30)
    assert mains == ["dashboard"]


def test_what_is_handed_over_and_scheduled_is_registered():
    current_app.loader.import_default_modules()
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    ours = {name for name in names if name.startswith("training.")} | {handover.RUN_SESSION}
    assert ours <= set(current_app.tasks)
