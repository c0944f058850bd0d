"""The agent routes, from outside."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from agents.models import Agent, AgentMetric
from agents.tests.factories import make_agent, make_metric
from common.clock import today, utc_now
from system.models import Alert

pytestmark = pytest.mark.django_db

ROUTES = [
    "/api/agents/status",
    "/api/agents/health",
    "/api/agents/agent_1",
    "/api/agents/agent_1/metrics",
]
IN_NATURAL_ORDER = [
    "agent_1",
    "agent_2",
    "agent_3",
    "agent_4",
    "agent_5a",
    "agent_5b",
    "agent_6",
    "agent_7",
    "agent_8",
    "agent_9",
    "agent_10",
    "agent_11",
]


def get(client: APIClient, path: str, status: int = 200):
    response = client.get(path)
    assert response.status_code == status, response.content
    return response.json()


def only(entries, agent_id: str):
    return next(entry for entry in entries if entry["id"] == agent_id)


@pytest.mark.parametrize("route", ROUTES)
def test_both_forms_of_a_route_answer_the_same(api: APIClient, route: str):
    make_metric()
    assert get(api, route) == get(api, f"{route}/") == get(api, route.replace("/api", "/api/v1"))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(api: APIClient, route: str, method: str):
    response = getattr(api, method)(route, {})
    assert response.status_code == 405, response.content
    assert response.json()["status"] == 405


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_is_refused(stranger: APIClient, route: str):
    assert get(stranger, route, 401)["status"] == 401


@pytest.mark.parametrize("route", ROUTES)
def test_the_number_of_queries_does_not_grow_with_the_nights(api: APIClient, route: str):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            get(api, route)
        return len(captured)

    def add_nights(first: int, last: int) -> None:
        for days_ago in range(first, last):
            make_metric("agent_1", days_ago=days_ago)
            make_metric("agent_2", days_ago=days_ago, quality=None)

    add_nights(0, 3)
    few = queries()
    add_nights(3, 60)
    assert queries() == few <= 4


def test_without_any_report_all_agents_are_offline_and_nothing_is_invented(api: APIClient):
    agents = get(api, "/api/agents/status")
    assert [agent["id"] for agent in agents] == IN_NATURAL_ORDER
    assert agents[0] == {
        "id": "agent_1",
        "name": "Trend Detective",
        "status": "offline",
        "reason": "not_in_report",
        "enabled": True,
        "quality_score": None,
        "quality_target": None,
        "last_updated": None,
        "processing_time_ms": None,
        "improvement": None,
        "improvement_computed": None,
        "errors": None,
        "report_date": None,
        "report_age_days": None,
    }


def test_without_any_agent_the_answers_are_empty(api: APIClient):
    Agent.objects.all().delete()
    assert get(api, "/api/agents/status") == []
    assert get(api, "/api/agents/health") == {
        "total_agents": 0,
        "online": 0,
        "offline": 0,
        "average_quality": None,
        "critical_alerts": 0,
        "warnings": 0,
        "below_target": [],
    }


def test_status_shows_the_newest_report(api: APIClient):
    make_metric("agent_8", days_ago=1, quality=6.0)
    row = make_metric(
        "agent_8",
        quality=8.4,
        processing_time_ms=21,
        error_count=2,
        improvement=-0.1,
        improvement_computed=2.4,
    )
    assert only(get(api, "/api/agents/status"), "agent_8") == {
        "id": "agent_8",
        "name": "Prompt Refiner",
        "status": "online",
        "reason": None,
        "enabled": True,
        "quality_score": 8.4,
        "quality_target": None,
        "last_updated": row.timestamp.isoformat().replace("+00:00", "Z"),
        "processing_time_ms": 21,
        "improvement": -0.1,
        "improvement_computed": 2.4,
        "errors": 2,
        "report_date": today().isoformat(),
        "report_age_days": 0,
    }


@pytest.mark.parametrize(
    ("outcome", "errors", "reason"),
    [
        ("no_data", None, "no_data"),
        ("failed", 1, "failed"),
        ("skipped", None, "skipped"),
        ("trained", 0, "no_quality"),
    ],
)
def test_yesterdays_value_is_never_shown_as_new(api: APIClient, outcome, errors, reason):
    before = make_metric("agent_5a", days_ago=1, quality=6.6)
    make_metric("agent_5a", quality=None, outcome=outcome, error_count=errors)
    agent = only(get(api, "/api/agents/status"), "agent_5a")
    assert (agent["status"], agent["reason"], agent["errors"]) == ("offline", reason, errors)
    assert agent["quality_score"] is agent["processing_time_ms"] is agent["improvement"] is None
    assert agent["last_updated"] == before.timestamp.isoformat().replace("+00:00", "Z")


def test_an_agent_that_is_missing_in_the_newest_report_is_offline(api: APIClient):
    make_metric("agent_2", days_ago=1)
    make_metric("agent_1")
    agent = only(get(api, "/api/agents/status"), "agent_2")
    assert (agent["status"], agent["reason"]) == ("offline", "not_in_report")
    assert agent["quality_score"] is None


def test_a_disabled_agent_is_offline_even_with_data(api: APIClient):
    Agent.objects.filter(pk="agent_2").update(enabled=False)
    make_metric("agent_2")
    agent = only(get(api, "/api/agents/status"), "agent_2")
    assert (agent["status"], agent["reason"], agent["quality_score"]) == ("offline", "disabled", 7)


def test_of_two_sessions_in_one_night_the_newer_one_counts(api: APIClient):
    make_metric("agent_2", hour=9, quality=7.5, session_id=2)
    make_metric("agent_2", hour=3, quality=7.0, session_id=1)
    assert only(get(api, "/api/agents/status"), "agent_2")["quality_score"] == 7.5


def test_an_agent_has_its_past_on_its_page(api: APIClient):
    Agent.objects.filter(pk="agent_8").update(quality_target=9.5, description="Refines.")
    for days_ago in range(12):
        make_metric("agent_8", days_ago=days_ago, quality=8 - days_ago / 10, session_id=days_ago)
    make_metric("agent_1", session_id=0)
    agent = get(api, "/api/agents/agent_8?limit=11")
    assert agent["name"] == "Prompt Refiner"
    assert agent["enabled"] is True
    assert agent["priority"] == "medium"
    assert agent["description"] == "Refines."
    assert agent["quality_target"] == 9.5
    assert agent["performance_metrics"] == {
        "quality_score": 8.0,
        "processing_time_ms": 13,
        "error_count": 0,
        "improvement": 0.1,
    }
    assert [row["session_id"] for row in agent["metrics_history"]] == list(range(11))
    assert [row["training_id"] for row in agent["training_history"]] == list(range(10))
    first = agent["training_history"][0]
    assert first["date"] == today().isoformat()
    assert (first["status"], first["quality"], first["processing_time_ms"]) == ("trained", 8.0, 13)


def test_a_short_metrics_history_does_not_shorten_the_training_history(api: APIClient):
    for days_ago in range(12):
        make_metric(days_ago=days_ago, session_id=days_ago)
    agent = get(api, "/api/agents/agent_1?limit=1")
    assert len(agent["metrics_history"]) == 1
    assert len(agent["training_history"]) == 10


def test_an_agent_without_rows_has_an_empty_past(api: APIClient):
    agent = get(api, "/api/agents/agent_1")
    assert agent["metrics_history"] == agent["training_history"] == []
    assert set(agent["performance_metrics"].values()) == {None}


def test_ids_may_have_dots(api: APIClient):
    make_agent("group.agent-1_x")
    assert get(api, "/api/agents/group.agent-1_x")["id"] == "group.agent-1_x"


@pytest.mark.parametrize("path", ["agent_99", "agent_99/metrics", "STATUS", "%00", "a'b"])
def test_an_unknown_agent_is_not_found(api: APIClient, path: str):
    body = get(api, f"/api/agents/{path}", 404)
    assert body["status"] == 404
    assert body["error"]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many", "1.5", ""])
def test_a_wrong_limit_is_refused_with_its_range(api: APIClient, limit: str):
    body = get(api, f"/api/agents/agent_1?limit={limit}", 400)
    assert body["details"]["limit"] == ["limit must be a whole number from 1 to 1000."]


def test_health_counts_agents_alerts_and_targets(api: APIClient):
    Agent.objects.filter(pk__in=["agent_1", "agent_2"]).update(quality_target=7.5)
    Agent.objects.filter(pk="agent_3").update(quality_target=7.5, enabled=False)
    make_metric("agent_1", quality=7.4)
    make_metric("agent_2", quality=7.5)
    make_metric("agent_3", quality=1.0)
    make_metric("agent_4", quality=None)
    now = utc_now()
    for rule, level, agent_id, ended_at in [
        ("a", "critical", "agent_1", None),
        ("a", "warning", "agent_2", None),
        ("b", "warning", "agent_1", None),
        ("b", "warning", "agent_2", now),
        ("host", "critical", None, None),
    ]:
        Alert.objects.create(
            rule=rule,
            subject=agent_id or "",
            agent_id=agent_id,
            level=level,
            message="m",
            began_at=now,
            ended_at=ended_at,
        )
    assert get(api, "/api/agents/health") == {
        "total_agents": 12,
        "online": 2,
        "offline": 10,
        "average_quality": 5.3,
        "critical_alerts": 1,
        "warnings": 2,
        "below_target": ["agent_1"],
    }


def test_rows_come_in_pages_newest_first(api: APIClient):
    rows = [make_metric(days_ago=days_ago) for days_ago in range(5)]
    make_metric("agent_2")
    page = get(api, "/api/agents/agent_1/metrics?page_size=3")
    assert [row["id"] for row in page["results"]] == [row.pk for row in rows[:3]]
    rest = get(api, page["next"].removeprefix("http://127.0.0.1:5000"))
    assert [row["id"] for row in rest["results"]] == [row.pk for row in rows[3:]]
    assert rest["next"] is None


def test_rows_can_be_asked_oldest_first(api: APIClient):
    rows = [make_metric(days_ago=days_ago) for days_ago in range(5)]
    page = get(api, "/api/agents/agent_1/metrics?ordering=timestamp&page_size=3")
    assert [row["id"] for row in page["results"]] == [row.pk for row in rows[:1:-1]]


def test_rows_are_filtered_by_time_night_and_outcome(api: APIClient):
    for days_ago in range(4):
        make_metric(days_ago=days_ago, quality=None if days_ago == 1 else 7.0)
    middle = today() - timedelta(days=2)

    def nights(query: str) -> list[str]:
        rows = get(api, f"/api/agents/agent_1/metrics?{query}")["results"]
        return [row["night"] for row in rows]

    assert nights(f"since={middle}T00:00:00Z&until={today()}T00:00:00Z") == [
        (today() - timedelta(days=days_ago)).isoformat() for days_ago in (1, 2)
    ]
    assert nights(f"night={middle}") == [middle.isoformat()]
    assert nights("outcome=no_data") == [(today() - timedelta(days=1)).isoformat()]
    assert len(nights("outcome=no_data&outcome=trained")) == 4
    assert nights("status=offline&outcome=trained") == []


@pytest.mark.parametrize(
    "query",
    ["ordering=quality_score", "outcome=good", "since=yesterday", "page_size=0", "night=1"],
)
def test_a_wrong_filter_of_the_rows_is_refused(api: APIClient, query: str):
    body = get(api, f"/api/agents/agent_1/metrics?{query}", 400)
    assert list(body["details"]) == [query.split("=")[0]]


def test_a_row_without_a_session_is_listed_too(api: APIClient):
    make_metric(session_id=None)
    assert get(api, "/api/agents/agent_1")["training_history"][0]["training_id"] is None
    assert AgentMetric.objects.count() == 1
