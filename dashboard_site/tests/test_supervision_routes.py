"""/healthz, /readyz and /metrics: what machines ask about the service."""

import pytest
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from dashboard_site import readiness
from dashboard_site.tests.factories import make_pipeline

pytestmark = pytest.mark.django_db


def samples(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("method", ["get", "head"])
def test_anybody_learns_that_the_process_answers(stranger, method, settings):
    settings.AUTH_MODE = "required"
    with CaptureQueriesContext(connection) as queries:
        response = getattr(stranger, method)("/healthz")
    assert response.status_code == 200
    assert len(queries) == 0
    assert "no-store" in response["Cache-Control"]


def test_anybody_learns_that_it_is_ready(stranger):
    response = stranger.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "missing": []})


def test_a_migration_that_is_missing_makes_it_not_ready(stranger):
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("training")
    MigrationRecorder(connection).record_unapplied(*newest)
    response = stranger.get("/readyz")
    assert response.status_code == 503
    assert response.json()["missing"] == ["migrations"]


def test_a_queue_that_is_gone_makes_it_not_ready(stranger, settings, tmp_path):
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    response = stranger.get("/readyz")
    assert response.status_code == 503
    assert response.json()["missing"] == ["queue"]


def test_a_database_that_is_away_makes_it_not_ready(stranger, monkeypatch):
    def away(*args: object) -> None:
        raise DatabaseError("secret address")

    monkeypatch.setattr(connection, "cursor", away)
    assert readiness.missing_parts() == ["database"]
    assert b"secret" not in stranger.get("/readyz").content


def test_asking_often_costs_nothing(stranger):
    stranger.get("/readyz")
    with CaptureQueriesContext(connection) as queries:
        stranger.get("/readyz")
    assert len(queries) == 0


def test_metrics_are_the_newest_values(api):
    make_pipeline(nights=2)
    response = api.get("/metrics", HTTP_ACCEPT="text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    assert response["Content-Type"].startswith("text/plain; version=")
    found = samples(response.content.decode())
    assert found["dashboard_training_sessions", "completed"] == 2
    assert found["dashboard_training_sessions", "failed"] == 0
    assert found["dashboard_training_last_duration_seconds", ""] == 42
    assert found["dashboard_system_quality", ""] == pytest.approx(7.98)
    assert found["dashboard_agent_quality", "agent_1"] == pytest.approx(7.98)
    assert found["dashboard_agent_online", "agent_8"] == 0
    assert found["dashboard_host_used_percent", "cpu"] == 20
    assert found["dashboard_alerts_active", "warning"] == 2
    assert found["dashboard_events_last_day", "error"] >= 1


def test_a_value_nobody_measured_is_left_out_of_the_metrics(api):
    make_pipeline(nights=1)
    found = samples(api.get("/metrics").content.decode())
    assert ("dashboard_agent_quality", "agent_8") not in found
    assert ("dashboard_host_used_percent", "disk") not in found
    assert ("dashboard_training_progress_percent", "") not in found


def test_metrics_of_an_empty_database_are_no_error(api):
    assert ("dashboard_system_quality", "") not in samples(api.get("/metrics").content.decode())


def test_open_metrics_are_answered_where_asked_for(api):
    response = api.get("/metrics", HTTP_ACCEPT="application/openmetrics-text;version=1.0.0")
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.content.endswith(b"# EOF\n")


def test_metrics_need_the_right_to_read(stranger, viewer_client):
    assert stranger.get("/metrics").status_code == 401
    assert viewer_client.get("/metrics").status_code == 200


def test_the_number_of_queries_of_a_scrape_does_not_grow(api):
    def count() -> int:
        for cache in caches.all(initialized_only=True):
            cache.clear()
        with CaptureQueriesContext(connection) as queries:
            api.get("/metrics")
        return len(queries)

    make_pipeline(nights=2)
    few = count()
    make_pipeline(nights=9)
    assert count() == few
