"""The overview and the quick figures: measured, or null."""

from datetime import timedelta

import pytest

from agents.models import Agent, AgentMetric
from common.clock import utc_now
from dashboard_site.tests.factories import make_night, make_pipeline
from training.models import Schedule, TrainingSession

pytestmark = pytest.mark.django_db


def test_an_empty_installation_invents_nothing(api):
    body = api.get("/api/dashboard/overview").json()
    assert body["current_phase"] == "idle"
    assert body["improvements"] == {}
    assert body["quality_trend"] == "stable"
    for key in ("overall_quality", "last_training", "agents_trained", "training_speed_ms"):
        assert body[key] is None, key

    stats = api.get("/api/dashboard/quick-stats").json()
    assert stats["system_quality"] is None
    assert stats["error_rate"] is None
    assert stats["agents_online"] == 0
    assert stats["agents_total"] == 12
    assert stats["videos_generated"] == 0
    assert stats["uptime_hours"] > 0


def test_the_newest_night_is_shown(api):
    make_pipeline(nights=3)
    last = TrainingSession.objects.newest_first().first()
    assert last is not None
    body = api.get("/api/dashboard/overview").json()
    assert body["overall_quality"] == last.overall_quality
    assert body["agents_trained"] == 11
    assert body["training_speed_ms"] == 7000
    assert "agent_8" not in body["improvements"]  # had no data
    assert body["improvements"]["agent_5a"] == 0.1
    assert body["last_training"][:19] == last.start_time.isoformat()[:19]


def test_without_phases_the_speed_is_the_sum_of_the_agents(api):
    make_night(start=utc_now() - timedelta(hours=1))
    TrainingSession.objects.update(phases=[])
    assert api.get("/api/dashboard/overview").json()["training_speed_ms"] == 11 * 1200


def test_a_running_session_shows_its_phase_and_the_last_one_stays_the_last(api):
    make_night(start=utc_now() - timedelta(days=1))
    now = utc_now()
    TrainingSession.objects.create(
        start_time=now, night=now.date(), status="running", phase="validation"
    )
    body = api.get("/api/dashboard/overview").json()
    assert body["current_phase"] == "validation"
    assert body["agents_trained"] == 11


def test_a_disabled_schedule_has_no_next_training(api):
    assert api.get("/api/dashboard/overview").json()["next_training"] is not None
    Schedule.objects.update_or_create(pk=1, defaults={"enabled": False})
    assert api.get("/api/dashboard/overview").json()["next_training"] is None


def test_the_error_rate_is_the_share_of_failed_trainings_of_a_week(api):
    make_night(start=utc_now() - timedelta(hours=1))
    AgentMetric.objects.filter(agent_id__in=["agent_1", "agent_2"]).update(outcome="failed")
    make_night(start=utc_now() - timedelta(days=20))
    AgentMetric.objects.filter(night__lt=utc_now().date() - timedelta(days=15)).update(
        outcome="failed"
    )
    # Eleven trainings: nine succeeded, two failed; the agent without data was not trained.
    assert api.get("/api/dashboard/quick-stats").json()["error_rate"] == pytest.approx(
        2 / 11, abs=1e-4
    )


def test_an_agent_that_is_disabled_is_not_online(api):
    make_night(start=utc_now() - timedelta(hours=1))
    before = api.get("/api/dashboard/quick-stats").json()["agents_online"]
    Agent.objects.filter(pk="agent_1").update(enabled=False)
    assert before == 11
    assert api.get("/api/dashboard/quick-stats").json()["agents_online"] == 10
