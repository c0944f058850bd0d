"""Every documented GET route answers with exactly the documented keys."""

import json
from typing import Any

import pytest

from dashboard_site.tests.factories import make_pipeline

pytestmark = pytest.mark.django_db

SESSION = {"id", "training_id", "status", "start_time", "end_time", "overall_quality"}
AGENT = {
    "id",
    "name",
    "status",
    "quality_score",
    "last_updated",
    "processing_time_ms",
    "improvement",
    "errors",
}
HISTORY = {"dates", "daily_quality", "daily_duration_ms", "daily_improvement", "history"}
PROJECT = {"id", "name", "music", "artist", "created", "scenes", "status"}

#: Route below /api/ → the keys of the answer; of the first item where it is a list.
KEYS: dict[str, set[str]] = {
    "dashboard/overview": {
        "current_phase",
        "overall_quality",
        "last_training",
        "next_training",
        "agents_trained",
        "training_speed_ms",
        "improvements",
        "quality_trend",
        "timestamp",
    },
    "dashboard/quick-stats": {
        "system_quality",
        "error_rate",
        "uptime_hours",
        "videos_generated",
        "agents_online",
        "agents_total",
    },
    "agents/status": AGENT,
    "agents/agent_5a": AGENT
    | {
        "enabled",
        "priority",
        "description",
        "quality_target",
        "performance_metrics",
        "metrics_history",
        "training_history",
    },
    "agents/health": {
        "total_agents",
        "online",
        "offline",
        "average_quality",
        "critical_alerts",
        "warnings",
        "below_target",
    },
    "training/status": {
        "is_running",
        "current_phase",
        "progress_percent",
        "current_agent",
        "estimated_time_remaining_sec",
        "phase_durations",
        "last_session",
    },
    "training/history": HISTORY,
    "training/schedule": {
        "schedule",
        "description",
        "next_run",
        "timezone",
        "enabled",
        "timeout_seconds",
    },
    "training/sessions": {"next", "previous", "results"},
    "metrics": {"next", "previous", "results"},
    "metrics/quality": {"timestamps", "system", "agent_1"},
    "metrics/history/quality": {"metric_name", "count", "history"},
    "metrics/comparison": {"agent_1", "agent_8", "agent_11"},
    "metrics/trends": {
        "quality_trend",
        "quality_change_percent",
        "error_trend",
        "average_processing_time",
        "window_days",
        "moving_average",
    },
    "system/health": {
        "cpu_percent",
        "memory_percent",
        "disk_percent",
        "uptime_seconds",
        "uptime_hours",
        "active_connections",
        "timestamp",
        "status",
    },
    "system/logs/recent": {"id", "timestamp", "type", "agent", "message", "severity", "status"},
    "system/errors": {
        "errors",
        "warnings",
        "critical",
        "error_count",
        "warning_count",
        "critical_count",
    },
    "system/alerts": {"alerts", "count", "has_critical"},
    "storyboard/projects": PROJECT,
    "storyboard/videos": {"videos", "count"},
    "logs/training": {
        "training_id",
        "date",
        "phase",
        "agent",
        "duration_ms",
        "status",
        "improvement",
    },
    "logs/export": {"timestamp", "event_type", "message", "severity"},
    "logs/events": {"next", "previous", "results"},
    "status": {
        "system",
        "version",
        "status",
        "agents",
        "database",
        "components",
        "timestamp",
        "sample_data",
    },
    "endpoints": {"count", "endpoints"},
}

#: Further answers, found inside others: (route, path to the object) → its keys.
INSIDE: dict[tuple[str, str], set[str]] = {
    ("training/history", "history.0"): {
        "date",
        "duration_minutes",
        "overall_quality",
        "quality_change",
        "agents",
    },
    ("training/history", "history.0.agents.0"): {
        "id",
        "name",
        "quality",
        "improvement",
        "processing_time",
    },
    ("training/status", "last_session"): SESSION,
    ("training/sessions", "results.0"): SESSION,
    ("metrics/history/quality", "history.0"): {
        "id",
        "timestamp",
        "agent_id",
        "metric_type",
        "value",
        "notes",
    },
    ("metrics/comparison", "agent_1"): {"score", "trend", "rank", "name"},
    ("metrics/trends", "moving_average"): {"timestamps", "system"},
    ("agents/agent_5a", "performance_metrics"): {
        "quality_score",
        "processing_time_ms",
        "error_count",
        "improvement",
    },
    ("system/alerts", "alerts.0"): {
        "id",
        "type",
        "rule",
        "agent_id",
        "message",
        "timestamp",
        "value",
        "threshold",
        "acknowledged",
    },
    ("storyboard/videos", "videos.0"): {
        "scene_id",
        "project_id",
        "title",
        "video_url",
        "duration",
    },
    ("status", "database"): {
        "metrics_count",
        "events_count",
        "training_sessions_count",
        "system_health_count",
        "agent_metrics_count",
    },
    ("status", "components"): {"database", "broker", "worker", "scheduler", "orchestrator"},
    ("endpoints", "endpoints.0"): {"endpoint", "methods", "description"},
}


def find(value, path: str):
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return value


def body_of(response: Any) -> Any:
    if getattr(response, "streaming", False):
        return json.loads(b"".join(response.streaming_content))
    return response.json()


@pytest.mark.parametrize("route", KEYS)
def test_the_answer_has_the_documented_keys(api, route):
    make_pipeline()
    response = api.get(f"/api/{route}")
    assert response.status_code == 200, response.content
    body = body_of(response)
    assert KEYS[route] <= set(body[0] if isinstance(body, list) else body)


@pytest.mark.parametrize(("route", "path"), INSIDE)
def test_inner_objects_have_the_documented_keys(api, route, path):
    make_pipeline()
    assert INSIDE[route, path] <= set(find(api.get(f"/api/{route}").json(), path))


@pytest.mark.parametrize("route", KEYS)
def test_an_empty_database_is_no_error(api, route):
    assert api.get(f"/api/{route}").status_code == 200


@pytest.mark.parametrize("route", KEYS)
def test_a_trailing_slash_and_the_version_change_nothing(api, route):
    for path in (f"/api/{route}/", f"/api/v1/{route}", f"/api/v1/{route}/"):
        response = api.get(path)
        assert response.status_code == 200, path
        body_of(response)  # an export holds one of its few places until it is read


@pytest.mark.parametrize("route", [route for route in KEYS if route != "logs/export"])
def test_a_browser_gets_the_browsable_api(api, route):
    make_pipeline(nights=1)
    response = api.get(f"/api/{route}", HTTP_ACCEPT="text/html,*/*;q=0.8")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("route", KEYS)
def test_another_machine_is_refused(stranger, route):
    response = stranger.get(f"/api/{route}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'
    assert set(response.json()) == {"error", "status", "code"}


@pytest.mark.parametrize("route", KEYS)
def test_a_wrong_method_is_405_in_the_envelope(api, route):
    response = api.delete(f"/api/{route}")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("route", KEYS)
def test_every_time_has_an_offset(api, route):
    make_pipeline(nights=1)
    body = body_of(api.get(f"/api/{route}"))
    item = body[0] if isinstance(body, list) else body
    for key in ("timestamp", "last_updated", "last_training", "next_training", "next_run"):
        text = item.get(key)
        if isinstance(text, str):
            assert text.endswith("Z") or text[-6] in "+-", (key, text)
