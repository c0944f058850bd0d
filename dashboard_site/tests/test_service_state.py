"""The state of the service: each part says `ok` or what is wrong, and none takes it down."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection

from common.clock import utc_now
from dashboard_site.tests.factories import make_pipeline
from system.models import Heartbeat

pytestmark = pytest.mark.django_db


def components(api) -> dict[str, str]:
    caches["local"].clear()
    return api.get("/api/status").json()["components"]


def beat(component: str, *, seconds_ago: float = 0) -> None:
    seen = utc_now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.create(component=component, seen_at=seen, pid=1, host="here")


def test_everything_works(api, settings, tmp_path):
    settings.ORCHESTRATOR_PATH = tmp_path
    (tmp_path / "orchestrator.py").touch()
    beat("worker")
    beat("beat")
    body = api.get("/api/status").json()
    assert set(body["components"].values()) == {"ok"}
    assert body["status"] == "operational"
    assert body["agents"] == 12


def test_the_rows_are_counted(api):
    make_pipeline(nights=2)
    assert api.get("/api/status").json()["database"] == {
        "metrics_count": 24,
        "events_count": 4,
        "training_sessions_count": 2,
        "system_health_count": 2,
        "agent_metrics_count": 24,
    }


def test_a_process_that_never_ran_and_one_that_died_are_told_apart(api):
    beat("beat", seconds_ago=300)
    parts = components(api)
    assert parts["worker"] == "has never run"
    assert parts["scheduler"].startswith("no sign of life for 300 seconds")
    assert api.get("/api/status").json()["status"] == "degraded"


def test_a_missing_an_empty_and_a_good_orchestrator_folder_are_told_apart(api, settings, tmp_path):
    settings.ORCHESTRATOR_PATH = tmp_path / "none"
    assert components(api)["orchestrator"] == "the folder does not exist"
    settings.ORCHESTRATOR_PATH.mkdir()
    assert components(api)["orchestrator"] == "the folder is empty"
    (settings.ORCHESTRATOR_PATH / "rubbish").write_bytes(b"\xff\x00")
    assert components(api)["orchestrator"] == "ok"


def test_a_queue_folder_that_is_gone_is_said(api, settings, tmp_path):
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    assert components(api)["broker"] == "the queue folder is gone"


def test_a_database_that_does_not_answer_is_no_crash(api, monkeypatch):
    def refuse(*args, **kwargs):
        from django.db import OperationalError  # noqa: PLC0415

        raise OperationalError("password=hunter2")

    monkeypatch.setattr(connection, "cursor", refuse)
    caches["local"].clear()
    response = api.get("/api/status")
    assert response.status_code == 200
    body = response.json()
    assert body["components"]["database"] == "does not answer"
    assert body["components"]["worker"].startswith("unknown")
    assert body["agents"] is None
    assert body["database"] == {}
    assert "hunter2" not in response.content.decode()


def test_sample_data_is_said(api):
    make_pipeline(nights=1)
    assert api.get("/api/status").json()["sample_data"] is False
    from training.models import TrainingSession  # noqa: PLC0415

    TrainingSession.objects.update(is_sample=True)
    assert api.get("/api/status").json()["sample_data"] is True
