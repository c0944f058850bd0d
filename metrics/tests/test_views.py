"""The metric routes, from outside."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from agents.models import Agent
from agents.tests.factories import make_metric as make_agent_metric
from common.clock import today, utc_now
from metrics.models import Metric
from metrics.tests.factories import make_metric, make_system_quality

pytestmark = pytest.mark.django_db

READING = [
    "/api/metrics",
    "/api/metrics/quality",
    "/api/metrics/history/quality",
    "/api/metrics/comparison",
    "/api/metrics/trends",
]


def get(client: APIClient, path: str, status: int = 200):
    response = client.get(path)
    assert response.status_code == status, response.content
    return response.json()


def post(client: APIClient, body, status: int = 201):
    response = client.post("/api/metrics", body)
    assert response.status_code == status, response.content
    return response.json()


def night(days_ago: int) -> str:
    return (today() - timedelta(days=days_ago)).isoformat()


# --- every route


@pytest.mark.parametrize("route", READING)
def test_both_forms_of_a_route_answer_the_same(api: APIClient, route: str):
    make_system_quality()
    make_agent_metric()
    assert get(api, route) == get(api, f"{route}/") == get(api, route.replace("/api", "/api/v1"))


@pytest.mark.parametrize("route", READING)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_the_list_can_be_posted_to(api: APIClient, route: str, method: str):
    if (route, method) == ("/api/metrics", "post"):
        return
    response = getattr(api, method)(route, {})
    assert response.status_code == 405, response.content


@pytest.mark.parametrize("route", READING)
def test_a_stranger_is_refused(stranger: APIClient, route: str):
    assert get(stranger, route, 401)["status"] == 401


def test_a_stranger_may_not_post(stranger: APIClient):
    post(stranger, {"metric_type": "quality", "value": 7}, 401)
    assert not Metric.objects.exists()


@pytest.mark.parametrize("route", [*READING, "/api/metrics/history/quality?points=10"])
def test_the_number_of_queries_does_not_grow_with_the_nights(api: APIClient, route: str):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            get(api, route)
        return len(captured)

    def add_nights(first: int, last: int) -> None:
        for days_ago in range(first, last):
            make_system_quality(7 + days_ago % 3, days_ago=days_ago)
            make_agent_metric("agent_1", days_ago=days_ago)
            make_agent_metric("agent_2", days_ago=days_ago, quality=None)

    add_nights(0, 12)
    few = queries()
    add_nights(12, 60)
    assert queries() == few <= 3


def test_without_data_the_answers_are_empty_and_nothing_is_invented(api: APIClient):
    assert get(api, "/api/metrics")["results"] == []
    assert get(api, "/api/metrics/quality") == {"timestamps": [], "system": []}
    assert get(api, "/api/metrics/history/speed") == {
        "metric_name": "speed",
        "unit": "ms",
        "count": 0,
        "history": [],
    }
    assert get(api, "/api/metrics/comparison")["agent_1"] == {
        "score": None,
        "trend": None,
        "rank": None,
        "name": "Trend Detective",
    }
    assert get(api, "/api/metrics/trends") == {
        "quality_trend": "stable",
        "quality_change_percent": 0.0,
        "error_trend": "stable",
        "average_processing_time": None,
        "window_days": 7,
        "moving_average": {"timestamps": [], "system": []},
    }


@pytest.mark.parametrize(
    ("path", "name", "range_text"),
    [
        ("quality?days=0", "days", "from 1 to 3650"),
        ("quality?days=3651", "days", "from 1 to 3650"),
        ("quality?days=week", "days", "from 1 to 3650"),
        ("trends?days=-7", "days", "from 1 to 3650"),
        ("history/quality?days=0", "days", "from 1 to 3650"),
        ("history/quality?limit=0", "limit", "from 1 to 10000"),
        ("history/quality?limit=10001", "limit", "from 1 to 10000"),
        ("history/quality?points=1", "points", "from 2 to 5000"),
        ("history/quality?points=5001", "points", "from 2 to 5000"),
        ("history/quality?agent_id=a b", "agent_id", "letters"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_range(api: APIClient, path, name, range_text):
    body = get(api, f"/api/metrics/{path}", 400)
    assert range_text in body["details"][name][0]
    assert name in body["error"]


# --- quality


def test_quality_has_one_entry_per_night_with_data_and_null_for_gaps(api: APIClient):
    make_system_quality(7.2, days_ago=3)
    make_agent_metric("agent_8", days_ago=3, quality=8.0)
    make_agent_metric("agent_5a", days_ago=1, quality=6.5)
    make_agent_metric("agent_8", days_ago=1, quality=None)
    make_agent_metric("agent_1", days_ago=0, quality=None)
    assert get(api, "/api/metrics/quality") == {
        "timestamps": [night(3), night(1)],
        "system": [7.2, None],
        "agent_5a": [None, 6.5],
        "agent_8": [8.0, None],
    }


def test_the_window_ends_today_and_has_as_many_nights_as_asked(api: APIClient):
    for days_ago in range(10):
        make_system_quality(days_ago / 10, days_ago=days_ago)
    assert get(api, "/api/metrics/quality?days=3")["timestamps"] == [night(2), night(1), night(0)]
    assert get(api, "/api/metrics/quality?days=1")["system"] == [0.0]
    assert len(get(api, "/api/metrics/quality")["timestamps"]) == 7


def test_of_several_sessions_in_one_night_the_newest_with_data_wins(api: APIClient):
    make_agent_metric("agent_1", hour=9, quality=7.5, session_id=2)
    make_agent_metric("agent_1", hour=3, quality=7.0, session_id=1)
    make_agent_metric("agent_1", hour=12, quality=None, session_id=3)
    first = make_system_quality(6.0, session_id=1)
    make_metric("quality", 6.4, session_id=2, timestamp=first.timestamp + timedelta(hours=6))
    body = get(api, "/api/metrics/quality")
    assert (body["agent_1"], body["system"]) == ([7.5], [6.4])


def test_what_clients_post_is_no_nightly_value(api: APIClient):
    make_metric("quality", 3.0)
    assert get(api, "/api/metrics/quality")["timestamps"] == []


def test_quality_can_be_narrowed_to_agents(api: APIClient):
    for agent_id in ("agent_1", "agent_2", "agent_10"):
        make_agent_metric(agent_id)
    body = get(api, "/api/metrics/quality?agents=agent_10,agent_2,agent_3")
    assert list(body) == ["timestamps", "system", "agent_2", "agent_10"]


@pytest.mark.parametrize("unknown", ["agent_99", "%00", "a'b"])
def test_quality_of_unknown_agents_is_refused_by_name(api: APIClient, unknown: str):
    body = get(api, f"/api/metrics/quality?agents=agent_1,{unknown}", 400)
    assert unknown.replace("%00", "\x00") in body["details"]["agents"][0]
    assert "agent_1," not in body["error"]


# --- history


def test_history_is_newest_first_with_all_its_keys(api: APIClient):
    make_metric("gpu.load", 0.5, days_ago=1)
    row = make_metric("gpu.load", 0.75, agent_id="agent_5a", notes="hot")
    make_metric("other", 1)
    body = get(api, "/api/metrics/history/gpu.load")
    assert (body["metric_name"], body["unit"], body["count"]) == ("gpu.load", None, 2)
    assert [entry["value"] for entry in body["history"]] == [0.75, 0.5]
    assert body["history"][0] == {
        "id": row.pk,
        "timestamp": row.timestamp.isoformat().replace("+00:00", "Z"),
        "agent_id": "agent_5a",
        "metric_type": "gpu.load",
        "value": 0.75,
        "notes": "hot",
        "session_id": None,
    }


def test_history_is_narrowed_by_agent_days_and_limit(api: APIClient):
    for days_ago in range(5):
        make_metric("speed", days_ago, days_ago=days_ago, agent_id="agent_1")
        make_metric("speed", 100 + days_ago, days_ago=days_ago)

    def values(query: str) -> list[float]:
        return [row["value"] for row in get(api, f"/api/metrics/history/speed?{query}")["history"]]

    assert values("agent_id=agent_1&days=2") == [0, 1]
    assert values("agent_id=system&limit=3") == [100, 101, 102]
    assert values("agent_id=agent_99") == []


def test_history_has_a_hundred_rows_unless_asked_for_more(api: APIClient):
    now = utc_now()
    Metric.objects.bulk_create(
        Metric(metric_type="quality", value=7, timestamp=now - timedelta(minutes=minute))
        for minute in range(150)
    )
    assert get(api, "/api/metrics/history/quality")["count"] == 100
    assert get(api, "/api/metrics/history/quality?limit=10000")["count"] == 150


def test_thinning_keeps_the_peaks_of_the_whole_window(api: APIClient):
    now = utc_now()
    values = [5.0] * 1000
    values[700], values[333] = 9.9, 0.1
    Metric.objects.bulk_create(
        Metric(metric_type="quality", value=value, timestamp=now - timedelta(minutes=minute))
        for minute, value in enumerate(values)
    )
    body = get(api, "/api/metrics/history/quality?points=20")
    assert body["count"] <= 20
    kept = [row["value"] for row in body["history"]]
    assert max(kept) == 9.9
    assert min(kept) == 0.1
    times = [datetime.fromisoformat(row["timestamp"]) for row in body["history"]]
    assert times == sorted(times, reverse=True)
    assert get(api, "/api/metrics/history/quality?points=2000")["count"] == 1000
    newest = get(api, "/api/metrics/history/quality?points=10&limit=300")["history"]
    assert {row["value"] for row in newest} == {5.0}


@pytest.mark.parametrize("name", ["nothing", "a b", "%00", "Quality", "x" * 65])
def test_an_unknown_metric_is_not_found_and_the_known_are_listed(api: APIClient, name: str):
    make_metric("zeta")
    make_metric("alpha.beta")
    make_metric("quality")
    body = get(api, f"/api/metrics/history/{name}", 404)
    known = ["alpha.beta", "errors", "improvement", "quality", "speed", "zeta"]
    assert body["details"]["known"] == known
    assert ", ".join(known) in body["error"]
    assert body["code"] == "unknown_metric"


# --- comparison


def test_comparison_ranks_best_first_and_ties_share(api: APIClient):
    for agent_id, quality in [
        ("agent_1", 7.0),
        ("agent_2", 8.0),
        ("agent_10", 8.0),
        ("agent_3", None),
        ("agent_5a", 9.0),
    ]:
        make_agent_metric(agent_id, quality=quality)
    make_agent_metric("agent_4", days_ago=1, quality=9.9)
    body = get(api, "/api/metrics/comparison")
    ranks = [(agent_id, agent["rank"]) for agent_id, agent in body.items()]
    assert ranks[:5] == [
        ("agent_5a", 1),
        ("agent_2", 2),
        ("agent_10", 2),
        ("agent_1", 4),
        ("agent_3", None),
    ]
    assert ranks[5] == ("agent_4", None)
    assert len(body) == Agent.objects.count()
    assert body["agent_5a"] == {"score": 9.0, "trend": 0.1, "rank": 1, "name": "Veo Generator"}


# --- storing


def test_one_metric_is_stored(api: APIClient):
    before = utc_now()
    assert post(api, {"metric_type": "gpu.load", "value": 0.5}) == {"stored": 1}
    row = Metric.objects.get()
    assert (row.metric_type, row.value, row.agent_id, row.notes) == ("gpu.load", 0.5, None, "")
    assert before <= row.timestamp <= utc_now()
    assert get(api, "/api/metrics/history/gpu.load")["count"] == 1


def test_a_list_is_stored_with_all_its_fields(api: APIClient):
    metrics = [
        {
            "timestamp": "2026-01-02T03:04:05+02:00",
            "agent_id": "agent_8",
            "metric_type": "errors",
            "value": 2,
            "notes": "n",
            "unheard_of": 1,
        },
        {"metric_type": "speed", "value": 1e3, "agent_id": None},
    ]
    assert post(api, metrics) == {"stored": 2}
    row = Metric.objects.get(metric_type="errors")
    assert row.timestamp.isoformat() == "2026-01-02T01:04:05+00:00"
    assert (row.agent_id, row.value, row.notes, row.session_id) == ("agent_8", 2.0, "n", None)


def test_ten_thousand_are_stored_and_one_more_is_refused(api: APIClient):
    metric = {"metric_type": "m", "value": 1}
    post(api, [metric] * 10_001, 400)
    assert Metric.objects.count() == 0
    assert post(api, [metric] * 10_000) == {"stored": 10_000}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "NaN"),
        ("value", "7.5"),
        ("value", True),
        ("value", None),
        ("value", [1]),
        ("metric_type", ""),
        ("metric_type", "a b"),
        ("metric_type", "a\n"),
        ("metric_type", "x" * 65),
        ("metric_type", 7),
        ("metric_type", None),
        ("agent_id", "agent 1"),
        ("agent_id", ""),
        ("agent_id", "x" * 65),
        ("timestamp", "yesterday"),
        ("timestamp", "2999-01-01T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+14:00"),
        ("notes", "x" * 2001),
        ("notes", "\x00"),
        ("notes", {}),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(api: APIClient, field: str, value):
    good = {"metric_type": "quality", "value": 7}
    assert list(post(api, good | {field: value}, 400)["details"]) == [field]
    body = post(api, [good, good | {field: value}, good], 400)
    assert list(body["details"]) == [f"[1].{field}"]
    assert not Metric.objects.exists()


@pytest.mark.parametrize(
    ("metric_type", "value"), [("quality", 10.1), ("quality", -1), ("speed", -1), ("errors", -1)]
)
def test_a_known_metric_out_of_its_range_is_refused(api: APIClient, metric_type: str, value):
    body = post(api, {"metric_type": metric_type, "value": value}, 400)
    assert metric_type in body["details"]["value"][0]


@pytest.mark.parametrize("body", [[], {}, "text", 7, None, [[]], ["text"], [None]])
def test_a_body_that_is_no_metric_is_refused(api: APIClient, body):
    answer = post(api, body, 400)
    assert answer["error"]
    assert not Metric.objects.exists()


@pytest.mark.parametrize("text", ["{", '{"metric_type": "m", "value": NaN}', "[1e999"])
def test_malformed_json_is_refused(api: APIClient, text: str):
    response = api.post("/api/metrics", text, content_type="application/json")
    assert response.status_code == 400, response.content


def test_a_number_beyond_a_float_is_refused(api: APIClient):
    text = '{"metric_type": "m", "value": 1e999}'
    response = api.post("/api/metrics", text, content_type="application/json")
    assert response.status_code == 400, response.content


def test_complaints_about_a_list_are_bounded(api: APIClient):
    assert len(post(api, [{"metric_type": "m"}] * 1000, 400)["details"]) == 20


def test_a_clock_that_is_a_few_hours_ahead_is_accepted(api: APIClient):
    soon = (utc_now() + timedelta(hours=23)).isoformat()
    post(api, {"metric_type": "m", "value": 1, "timestamp": soon})
    later = (utc_now() + timedelta(hours=25)).isoformat()
    post(api, {"metric_type": "m", "value": 1, "timestamp": later}, 400)


# --- the list


def test_the_list_is_filtered_and_comes_in_pages(api: APIClient):
    rows = [make_metric("load", number, days_ago=number) for number in range(5)]
    make_metric("load", 9, agent_id="agent_1", session_id=4)

    def values(query: str) -> list[float]:
        return [row["value"] for row in get(api, f"/api/metrics?{query}")["results"]]

    assert values("metric_type=load&agent_id=system&page_size=2") == [0, 1]
    assert values("ordering=timestamp&page_size=2") == [4, 3]
    assert values("agent_id=agent_1") == values("session_id=4") == [9]
    assert values(f"until={night(2)}T00:00:00Z") == [3, 4]
    assert values("metric_type=unheard") == []
    page = get(api, "/api/metrics?agent_id=system&page_size=4")
    rest = get(api, page["next"].removeprefix("http://127.0.0.1:5000"))
    assert [row["id"] for row in rest["results"]] == [rows[4].pk]


@pytest.mark.parametrize(
    "query",
    ["ordering=value", "since=x", "session_id=x", "metric_type=%00", "agent_id=%00", "page_size=0"],
)
def test_a_wrong_filter_is_refused(api: APIClient, query: str):
    body = get(api, f"/api/metrics?{query}", 400)
    assert list(body["details"]) == [query.split("=")[0]]


@pytest.mark.parametrize("session_id", ["1.5", "-1", "99999999999999999999", "1e400", "nan"])
def test_a_session_id_that_no_column_can_hold_is_refused(api: APIClient, session_id: str):
    get(api, f"/api/metrics?session_id={session_id}", 400)


def test_pages_reach_all_rows_of_one_moment(api: APIClient):
    post(api, [{"metric_type": "m", "value": number} for number in range(2500)])
    path, seen = "/api/metrics?page_size=500", []
    while path:
        page = get(api, path)
        seen += [row["value"] for row in page["results"]]
        path = (page["next"] or "").removeprefix("http://127.0.0.1:5000")
        assert len(seen) <= 2500
    assert seen == list(range(2499, -1, -1))


def test_a_repeated_delivery_is_stored_once(api: APIClient):
    body = [{"metric_type": "m", "value": 1}] * 3
    headers = {"Idempotency-Key": "render-4711"}
    first = api.post("/api/metrics", body, headers=headers)
    again = api.post("/api/metrics", body, headers=headers)
    other = api.post("/api/metrics", body[:2], headers=headers)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json() == {"stored": 3}
    assert Metric.objects.count() == 3


def test_a_refused_delivery_may_be_repeated(api: APIClient):
    headers = {"Idempotency-Key": "render-4712"}
    assert api.post("/api/metrics", [{"metric_type": "m"}], headers=headers).status_code == 400
    good = [{"metric_type": "m", "value": 1}]
    assert api.post("/api/metrics", good, headers=headers).json() == {"stored": 1}


def test_ten_thousand_metrics_take_few_queries(api: APIClient, django_assert_max_num_queries):
    row = {"metric_type": "m", "value": 1}
    with django_assert_max_num_queries(250):
        assert post(api, [row] * 10_000) == {"stored": 10_000}
    assert Metric.objects.count() == 10_000


def test_the_system_is_no_agent(api: APIClient):
    post(api, {"metric_type": "m", "value": 1, "agent_id": "system"})
    assert Metric.objects.get().agent_id is None
