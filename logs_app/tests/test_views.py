from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from common.clock import utc_now
from logs_app.models import Event
from logs_app.tests.factories import make_event, make_events

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize("slash", ["", "/"])


@BOTH
def test_events_are_listed_newest_first(api, slash):
    make_events(
        [{"message": "new", "agent_id": "agent_1", "metadata": {"a": 1}}, {"message": "old"}]
    )
    body = api.get(f"/api/logs/events{slash}").json()
    assert [row["message"] for row in body["results"]] == ["new", "old"]
    assert set(body["results"][0]) == {
        "id", "timestamp", "event_type", "agent_id", "message", "severity", "signature",
        "session_id", "metadata",
    }  # fmt: skip
    assert body["next"] is None


@BOTH
def test_one_event_can_be_read(api, slash):
    event = make_event(message="m")
    assert api.get(f"/api/logs/events/{event.pk}{slash}").json()["message"] == "m"
    assert api.get(f"/api/logs/events/{event.pk + 1}{slash}").status_code == 404
    assert api.get(f"/api/logs/events/x{slash}").status_code == 404
    assert api.get(f"/api/logs/events/{'9' * 30}{slash}").status_code == 404


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("severity=error", ["b"]),
        ("severity=error,critical", ["b", "c"]),
        ("type=crash", ["c"]),
        ("event_type=crash", ["c"]),
        ("agent_id=agent_1", ["b"]),
        ("agent_id=system", ["a", "c"]),
        ("session_id=7", ["b"]),
        ("search=b", ["b"]),
        ("ordering=timestamp", ["c", "b", "a"]),
        ("page_size=1", ["a"]),
    ],
)
def test_events_are_filtered_and_ordered(api, query, messages):
    make_event(message="a")
    make_event(message="b", severity="error", agent_id="agent_1", session_id=7, minutes_ago=5)
    make_event(message="c", severity="critical", event_type="crash", minutes_ago=9)
    body = api.get(f"/api/logs/events?{query}").json()
    assert [row["message"] for row in body["results"]] == messages


def test_events_are_filtered_by_time(api):
    make_event(message="new")
    make_event(message="old", minutes_ago=60)
    moment = quote((utc_now() - timedelta(minutes=30)).isoformat())
    since = api.get(f"/api/logs/events?since={moment}").json()["results"]
    until = api.get(f"/api/logs/events?until={moment}").json()["results"]
    assert [row["message"] for row in since] == ["new"]
    assert [row["message"] for row in until] == ["old"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("severity=bad", "severity"),
        ("session_id=x", "session_id"),
        ("since=yesterday", "since"),
        ("ordering=message", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
    ],
)
def test_a_wrong_parameter_is_named(api, query, parameter):
    response = api.get(f"/api/logs/events?{query}")
    assert response.status_code == 400, response.content
    assert list(response.json()["details"]) == [parameter]


@BOTH
def test_posting_stores_one_event(api, slash):
    response = api.post(
        f"/api/logs/events{slash}",
        {"event_type": "deployed", "message": "Version 2", "metadata": {"by": "me"}},
    )
    assert response.status_code == 201, response.content
    event = Event.objects.get()
    body = response.json()
    assert body["id"] == event.pk
    assert body["severity"] == "info"
    assert body["agent_id"] is None
    assert event.metadata == {"by": "me"}
    assert abs(utc_now() - event.timestamp) < timedelta(minutes=1)


def test_posting_stores_ten_thousand_events_at_once(api, django_assert_max_num_queries):
    batch = [{"event_type": "t", "message": f"number {number}"} for number in range(10_000)]
    with django_assert_max_num_queries(110):  # SQLite: at most 999 values in one statement
        response = api.post("/api/logs/events", batch)
    assert response.status_code == 201, response.content
    assert response.json() == {"count": 10_000}
    assert Event.objects.count() == 10_000


def test_one_wrong_event_refuses_the_batch_and_is_named(api):
    good = {"event_type": "t", "message": "m"}
    response = api.post(
        "/api/logs/events",
        [good, {**good, "severity": "bad"}, good, {"event_type": "t"}, "text"],
    )
    assert response.status_code == 400
    details = response.json()["details"]
    assert set(details) == {"[1].severity", "[3].message", "[4].non_field_errors"}
    assert not Event.objects.exists()


def test_a_batch_of_wrong_events_gets_a_bounded_answer(api):
    response = api.post("/api/logs/events", [{}] * 10_000)
    assert response.status_code == 400
    assert len(response.content) < 10_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event_type": "with space"}, "event_type"),
        ({"event_type": "x" * 65}, "event_type"),
        ({"message": ""}, "message"),
        ({"message": "nul\x00"}, "message"),
        ({"message": "x" * 10_001}, "message"),
        ({"severity": "fatal"}, "severity"),
        ({"agent_id": "a b"}, "agent_id"),
        ({"session_id": 2**63}, "session_id"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59-14:00"}, "timestamp"),
        ({"metadata": [1]}, "metadata"),
        ({"metadata": {"a": "x" * 17_000}}, "metadata"),
        ({"metadata": {"a": "\x00"}}, "metadata"),
    ],
)
def test_a_wrong_field_is_named(api, change, field):
    body = {"event_type": "t", "message": "m", **change}
    response = api.post("/api/logs/events", body)
    assert response.status_code == 400, response.content
    assert list(response.json()["details"]) == [field]
    assert not Event.objects.exists()


@pytest.mark.parametrize("body", [[], [{"event_type": "t", "message": "m"}] * 10_001, "text", 5])
def test_another_body_is_refused(api, body):
    assert api.post("/api/logs/events", body).status_code == 400
    assert not Event.objects.exists()


def test_a_repeated_delivery_is_stored_once(api):
    body = {"event_type": "t", "message": "m"}
    first = api.post("/api/logs/events", body, headers={"Idempotency-Key": "k-1"})
    again = api.post("/api/logs/events", body, headers={"Idempotency-Key": "k-1"})
    other = api.post("/api/logs/events", [body], headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert Event.objects.count() == 1


def test_callers_may_use_the_same_key(api, django_user_model):
    headers = {"Idempotency-Key": "k-1"}
    for name in ("render", "audio"):
        api.force_authenticate(django_user_model.objects.create_superuser(name))
        body = {"event_type": name, "message": "m"}
        assert api.post("/api/logs/events", body, headers=headers).status_code == 201
    assert Event.objects.count() == 2


def test_the_system_is_no_agent(api):
    api.post("/api/logs/events", {"event_type": "t", "message": "m", "agent_id": "system"})
    (event,) = api.get("/api/logs/events?agent_id=system").json()["results"]
    assert event["agent_id"] is None


def test_a_text_about_an_escape_is_no_nul(api):
    body = {"event_type": "t", "message": "m", "metadata": {"text": "\\u0000"}}
    assert api.post("/api/logs/events", body).status_code == 201
    body["metadata"] = {"text": "\\\0"}
    assert api.post("/api/logs/events", body).status_code == 400


@BOTH
def test_the_same_problem_is_one_group(api, slash):
    rows: list[dict[str, Any]] = [
        {"message": "agent_1: 3 files missing", "agent_id": "agent_1", "session_id": 1},
        {"message": "agent_2: 40 files missing", "agent_id": "agent_2", "session_id": 2},
        {"message": "agent_2: 5 files missing", "agent_id": "agent_2", "session_id": 1},
        {"message": "Disk full", "severity": "critical"},
        {"message": "Only a note", "severity": "info"},
    ]
    make_events([{"severity": "error", **row} for row in rows])
    make_event(message="Disk full", severity="error", minutes_ago=20 * 1440)
    body = api.get(f"/api/logs/signatures{slash}").json()
    assert body["count"] == 2
    files, disk = body["signatures"]
    assert files["signature"] == "agent_<n>: <n> files missing"
    assert files["count"] == 3
    assert files["agents"] == ["agent_1", "agent_2"]
    assert files["agent_count"] == 2
    assert files["sessions"] == [2, 1]
    assert files["session_count"] == 2
    assert files["first"] < files["last"]
    assert files["example"] == "agent_2: 5 files missing"
    assert (disk["count"], disk["severity"], disk["agents"]) == (1, "critical", [])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("days=0", "days"),
        ("limit=501", "limit"),
        ("severity=x", "severity"),
        ("severity=info", "severity"),
    ],
)
def test_wrong_parameters_of_the_groups_are_named(api, query, parameter):
    response = api.get(f"/api/logs/signatures?{query}")
    assert response.status_code == 400, response.content
    assert list(response.json()["details"]) == [parameter]


@pytest.mark.parametrize(
    "path", ["/api/logs/events", "/api/logs/events?search=some", "/api/logs/signatures"]
)
def test_the_number_of_queries_does_not_grow(api, path, django_assert_num_queries):
    def fill(rows: int) -> None:
        make_events(
            [
                {"message": f"some {'x' * row}", "severity": "error", "agent_id": f"agent_{row}"}
                for row in range(rows)
            ]
        )

    expected = 4 if "signatures" in path else 1
    fill(2)
    with django_assert_num_queries(expected):
        api.get(path)
    fill(30)
    with django_assert_num_queries(expected):
        api.get(path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/api/logs/events"),
        ("delete", "/api/logs/events"),
        ("post", "/api/logs/signatures"),
        ("post", "/api/logs/export"),
    ],
)
def test_another_method_is_refused(api, method, path):
    assert getattr(api, method)(path).status_code == 405


@pytest.mark.parametrize("path", ["/api/logs/events", "/api/logs/signatures", "/api/logs/export"])
def test_a_stranger_is_refused(stranger, path):
    assert stranger.get(path).status_code in {401, 403}


def test_the_admin_lists_and_searches_events(client, admin_user):
    make_event(message="a wonderful thing")
    make_event(message="another")
    client.force_login(admin_user)
    page = client.get("/admin/logs_app/event/?q=wonder").content.decode()
    assert "a wonderful thing" in page
    assert "another" not in page


def test_numbers_beyond_64_bits_do_not_break_what_lists_them(api):
    row = {"event_type": "big", "message": "b", "metadata": {"seed": 1e20}}
    headers = {"HTTP_IDEMPOTENCY_KEY": "k"}
    for _ in range(2):
        answer = api.post("/api/logs/events", row, format="json", **headers)
        assert answer.status_code == 201, answer.content
    listed = api.get("/api/logs/events?type=big").json()["results"]
    assert [one["metadata"] for one in listed] == [{"seed": 1e20}]


@pytest.mark.parametrize("kind", ["json", "csv", "ndjson"])
def test_numbers_beyond_64_bits_are_exported(api, kind):
    make_event(metadata={"seed": 10**20})
    exported = api.get(f"/api/logs/export?format={kind}")
    assert b"seed" in b"".join(exported.streaming_content)


def test_empty_ends_of_a_window_are_none(api):
    make_event(minutes_ago=60 * 24 * 30)
    answer = api.get("/api/logs/export?format=ndjson&since=&until=")
    assert b"".join(answer.streaming_content) == b""


def test_a_compressed_body_is_refused_as_one(api):
    answer = api.post(
        "/api/logs/events", b"x", content_type="application/json", HTTP_CONTENT_ENCODING="gzip"
    )
    assert answer.status_code == 415
    assert "Content-Encoding" in answer.json()["error"]
