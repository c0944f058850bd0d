"""The training routes: what callers of the API see."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import caches
from django.utils.dateparse import parse_datetime

from agents.models import AgentMetric
from common.clock import night_of, utc_now
from system.models import Heartbeat
from training.models import Schedule, TrainingSession

pytestmark = pytest.mark.django_db

Status = TrainingSession.Status


def make_session(*, hours_ago: float = 1, **columns) -> TrainingSession:
    start = utc_now() - timedelta(hours=hours_ago)
    defaults = {
        "start_time": start,
        "end_time": start + timedelta(seconds=90),
        "night": night_of(start),
        "status": Status.COMPLETED,
        "phase": "cleanup",
        "overall_quality": 7.5,
        "overall_improvement": 1.2,
        "phases": [
            {"name": "agent_training", "seconds": 61.5},
            {"name": "cleanup", "seconds": None},
        ],
    }
    return TrainingSession.objects.create(**{**defaults, **columns})


def make_agent_metric(session: TrainingSession, agent_id: str, **columns) -> AgentMetric:
    defaults = {
        "timestamp": session.start_time,
        "night": session.night,
        "session_id": session.pk,
        "status": "online",
        "outcome": "trained",
        "quality_score": 8.0,
        "processing_time_ms": 1500,
        "improvement": 0.2,
    }
    return AgentMetric.objects.create(agent_id=agent_id, **{**defaults, **columns})


@pytest.fixture
def worker_is_alive() -> None:
    Heartbeat.objects.create(component="worker", seen_at=utc_now(), pid=1, host="here")


class TestStatus:
    def test_nothing_was_ever_run(self, api):
        body = api.get("/api/training/status").json()
        assert body["is_running"] is False
        assert body["current_phase"] == "idle"
        assert body["last_session"] is None
        assert body["phase_durations"] == {}
        for key in ("progress_percent", "current_agent", "estimated_time_remaining_sec"):
            assert body[key] is None

    def test_a_running_session_is_shown_with_its_progress(self, api):
        done = make_session(hours_ago=24)
        make_session(
            hours_ago=0.01,
            status=Status.RUNNING,
            end_time=None,
            phase="agent_training",
            progress_percent=41.5,
            current_agent="agent_5a",
            phases=[
                {
                    "name": "harvesting",
                    "status": "completed",
                    "seconds": 3.0,
                    "started_at": None,
                    "ended_at": None,
                }
            ],
        )
        body = api.get("/api/training/status").json()
        assert body["is_running"] is True
        assert body["current_phase"] == "agent_training"
        assert body["progress_percent"] == 41.5
        assert body["current_agent"] == "agent_5a"
        assert body["estimated_time_remaining_sec"] is None  # no past to compare with
        assert body["phase_durations"] == {"harvesting": 3.0}
        assert body["last_session"]["training_id"] == done.pk

    def test_without_a_running_session_the_durations_are_those_of_the_last(self, api):
        make_session()
        assert api.get("/api/training/status").json()["phase_durations"] == {"agent_training": 61.5}


class TestHistory:
    def test_the_lists_are_parallel_and_oldest_first(self, api):
        make_session(hours_ago=50, overall_quality=7.0, overall_improvement=None)
        newest = make_session(hours_ago=2, overall_quality=7.5)
        make_agent_metric(newest, "agent_10")
        make_agent_metric(newest, "agent_2", quality_score=None, processing_time_ms=None)
        body = api.get("/api/training/history").json()
        assert body["daily_quality"] == [7.0, 7.5]
        assert body["daily_improvement"] == [None, 1.2]
        assert body["daily_duration_ms"] == [90000, 90000]
        assert body["dates"] == [night["date"] for night in body["history"]]
        assert body["history"][1]["quality_change_computed"] == 0.5
        assert body["history"][1]["agents"] == [
            {
                "id": "agent_2",
                "name": "Audio Curator",
                "quality": None,
                "improvement": 0.2,
                "processing_time": None,
            },
            {
                "id": "agent_10",
                "name": "Master Distributor",
                "quality": 8.0,
                "improvement": 0.2,
                "processing_time": 1.5,
            },
        ]

    def test_a_night_with_two_sessions_is_one_entry_the_newest_with_a_quality(self, api):
        make_session(hours_ago=0.3, overall_quality=7.0)
        second = make_session(hours_ago=0.2, overall_quality=8.0)
        failed = make_session(hours_ago=0.1, overall_quality=None, status=Status.FAILED)
        TrainingSession.objects.update(night=failed.night)
        history = api.get("/api/training/history").json()["history"]
        assert [night["training_id"] for night in history] == [second.pk]

    def test_nights_before_the_window_are_left_out(self, api):
        make_session(hours_ago=24 * 8)
        assert api.get("/api/training/history?days=7").json()["history"] == []
        assert len(api.get("/api/training/history?days=30").json()["history"]) == 1

    @pytest.mark.parametrize("days", ["0", "3651", "x", ""])
    def test_a_wrong_window_names_the_range(self, api, days):
        response = api.get(f"/api/training/history?days={days}")
        assert response.status_code == 400
        assert response.json()["details"] == {
            "days": ["days must be a whole number from 1 to 3650."]
        }


class TestSessions:
    def test_they_are_listed_newest_first_in_pages(self, api):
        ids = [make_session(hours_ago=hours).pk for hours in (3, 2, 1)]
        first = api.get("/api/training/sessions?page_size=2").json()
        assert [row["id"] for row in first["results"]] == ids[:0:-1]
        second = api.get(first["next"]).json()
        assert [row["id"] for row in second["results"]] == ids[:1]
        assert second["next"] is None

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=failed", 1),
            ("status=failed&status=completed", 2),
            ("trigger=schedule", 1),
            ("since=2000-01-01T00:00:00Z", 2),
            ("until=2000-01-01T00:00:00Z", 0),
            ("night=2000-01-01", 0),
            ("ordering=start_time", 2),
        ],
    )
    def test_they_are_filtered(self, api, query, expected):
        make_session()
        make_session(status=Status.FAILED, trigger=TrainingSession.Trigger.SCHEDULE)
        response = api.get(f"/api/training/sessions?{query}")
        assert len(response.json()["results"]) == expected

    @pytest.mark.parametrize(
        "query",
        [
            "status=unknown",
            "since=yesterday",
            "since=0001-01-01T00:00:00%2B14:00",
            "until=9999-12-31T23:59:59-14:00",
            "page_size=0",
        ],
    )
    def test_a_wrong_filter_is_refused_by_name(self, api, query):
        response = api.get(f"/api/training/sessions?{query}")
        assert response.status_code == 400
        assert list(response.json()["details"]) == [query.split("=")[0]]

    @pytest.mark.parametrize("cursor", ["cD1nYXJiYWdl", "cD0wMDAx", "x", "bz0tMQ=="])
    def test_a_made_up_cursor_is_404(self, api, cursor):
        make_session()
        response = api.get(f"/api/training/sessions?cursor={cursor}")
        assert response.status_code == 404
        assert response.json()["error"] == "Invalid cursor"

    def test_one_is_shown_whole(self, api):
        session = make_session(metadata={"recommendations": ["Focus on agent_4"]})
        body = api.get(f"/api/training/sessions/{session.pk}").json()
        assert body["metadata"] == {"recommendations": ["Focus on agent_4"]}
        assert body["phase_durations"] == {"agent_training": 61.5}

    @pytest.mark.parametrize("path", ["999", "999/log", "999999999999999999"])
    def test_an_unknown_one_is_404(self, api, path):
        response = api.get(f"/api/training/sessions/{path}")
        assert response.status_code == 404
        assert "999" in response.json()["error"]


class TestSessionLog:
    @pytest.fixture
    def session(self, data_dir: Path, settings) -> TrainingSession:
        session = make_session()
        settings.SESSION_LOG_DIR.mkdir(parents=True)
        path = settings.SESSION_LOG_DIR / f"{session.pk}.log"
        path.write_text("".join(f"line {number}\n" for number in range(1, 101)))
        return session

    def test_it_is_plain_text(self, api, session):
        response = api.get(f"/api/training/sessions/{session.pk}/log")
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert b"".join(response.streaming_content).splitlines()[0] == b"line 1"

    def test_its_last_lines_can_be_asked_for(self, api, session):
        response = api.get(f"/api/training/sessions/{session.pk}/log?tail=2")
        assert response.content == b"line 99\nline 100\n"

    def test_a_follower_reads_on_where_it_stopped(self, api, session):
        url = f"/api/training/sessions/{session.pk}/log"
        size = int(api.head(url)["Content-Length"])
        nothing_new = api.get(url, headers={"Range": f"bytes={size}-"})
        assert nothing_new.status_code == 416
        assert nothing_new["Content-Range"] == f"bytes */{size}"
        rest = api.get(url, headers={"Range": f"bytes={size - 9}-"})
        assert rest.status_code == 206
        assert b"".join(rest.streaming_content) == b"line 100\n"

    def test_what_is_behind_an_offset_can_be_asked_for(self, api, session):
        url = f"/api/training/sessions/{session.pk}/log"
        size = int(api.get(f"{url}?offset=0")["X-Log-Size"])
        rest = api.get(f"{url}?offset={size - 9}")
        assert (rest.status_code, rest.getvalue()) == (200, b"line 100\n")
        for beyond in (size, size + 7):
            assert api.get(f"{url}?offset={beyond}").getvalue() == b""
        assert api.get(f"{url}?offset=1&tail=1").content == b"line 100\n"

    def test_readers_of_long_logs_leave_threads_to_others(self, api, session, settings):
        path = settings.SESSION_LOG_DIR / f"{session.pk}.log"
        path.write_bytes(b"x" * (2 << 20))
        url = f"/api/training/sessions/{session.pk}/log"
        reading = [api.get(url), api.get(f"{url}?offset=5")]
        refused = api.get(url)
        assert (refused.status_code, refused["Retry-After"]) == (429, "10")
        assert api.get(url, headers={"Range": "bytes=-100"}).status_code == 206
        for number, response in enumerate(reading):
            assert caches["shared"].get(f"place:download:{number}")
            response.close()
            assert not caches["shared"].get(f"place:download:{number}")

    def test_a_log_that_cannot_be_read_is_an_error_with_an_id(self, api, session, settings):
        path = settings.SESSION_LOG_DIR / f"{session.pk}.log"
        path.unlink()
        path.mkdir()
        response = api.get(f"/api/training/sessions/{session.pk}/log")
        assert response.status_code == 500
        assert response.json()["error_id"]

    def test_a_session_that_was_not_run_here_has_none(self, api, data_dir):
        response = api.get(f"/api/training/sessions/{make_session().pk}/log")
        assert response.status_code == 404
        assert response.json()["code"] == "no_log"

    @pytest.mark.parametrize("tail", ["0", "10001", "x"])
    def test_a_wrong_tail_names_the_range(self, api, session, tail):
        response = api.get(f"/api/training/sessions/{session.pk}/log?tail={tail}")
        assert response.status_code == 400
        assert "from 1 to 10000" in response.json()["error"]


@pytest.mark.usefixtures("worker_is_alive")
class TestStart:
    def test_it_answers_202_with_the_place_of_the_session(
        self, api, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            response = api.post("/api/training/start")
        assert response.status_code == 202, response.content
        body = response.json()
        session = TrainingSession.objects.get()
        assert body["status"] == "started"
        assert body["training_id"] == session.pk
        assert parse_datetime(body["timestamp"]) == session.start_time
        assert response["Location"] == f"/api/training/sessions/{session.pk}"
        assert api.get(response["Location"]).json()["status"] == "pending"

    def test_a_second_one_is_409_and_names_the_first(self, api):
        first = make_session(status=Status.RUNNING, end_time=None)
        response = api.post("/api/training/start")
        assert response.status_code == 409
        assert str(first.pk) in response.json()["error"]

    def test_the_same_key_is_answered_with_the_same_session(self, api):
        headers = {"Idempotency-Key": "tonight"}
        ids = {
            api.post("/api/training/start", headers=headers).json()["training_id"] for _ in range(3)
        }
        assert len(ids) == 1

    def test_training_that_is_disabled_needs_force(self, api):
        Schedule.objects.update_or_create(pk=1, defaults={"enabled": False})
        refused = api.post("/api/training/start")
        assert refused.status_code == 409
        assert refused.json()["code"] == "training_disabled"
        assert api.post("/api/training/start", {"force": True}).status_code == 202

    @pytest.mark.parametrize(
        "body", [{"force": "perhaps"}, {"reason": "x" * 501}, {"reason": ["a"]}, [1]]
    )
    def test_a_wrong_body_is_refused_and_starts_nothing(self, api, body):
        assert api.post("/api/training/start", body).status_code == 400
        assert not TrainingSession.objects.exists()

    def test_a_dry_run_says_what_would_be_run_and_starts_nothing(self, api, settings):
        settings.TRAINING_COMMAND = "python3 -c 'print(1)'"
        body = api.post("/api/training/start", {"dry_run": True}).json()
        assert body["command"] == ["python3", "-c", "print(1)"]
        assert {check["name"] for check in body["checks"]}
        assert not TrainingSession.objects.exists()


def test_a_start_without_a_worker_is_503_and_leaves_no_row_pending(api):
    response = api.post("/api/training/start")
    assert response.status_code == 503
    assert response.json()["code"] == "no_worker"
    assert not TrainingSession.objects.active().exists()


class TestStop:
    def test_nothing_runs(self, api):
        response = api.post("/api/training/stop")
        assert response.status_code == 200
        assert response.json()["status"] == "no_running_session"

    def test_saying_it_twice_is_no_error(self, api):
        session = make_session(status=Status.RUNNING, end_time=None)
        for _ in range(2):
            response = api.post("/api/training/stop")
            assert response.status_code == 202
            assert response.json()["training_id"] == session.pk
        session.refresh_from_db()
        assert session.status == Status.STOPPING


class TestSchedule:
    def test_it_is_shown_with_its_next_times(self, api):
        body = api.get("/api/training/schedule").json()
        assert body["schedule"] == "0 3 * * *"
        assert body["timezone"] == "UTC"
        assert body["enabled"] is True
        assert body["next_run"] == body["next_runs"][0]
        assert len(body["next_runs"]) == 5
        assert body["next_run"].endswith("T03:00:00Z")
        assert body["description"]

    def test_a_change_takes_effect_at_once(self, api):
        body = api.patch("/api/training/schedule", {"schedule": "30 4 * * *"}).json()
        assert body["next_run"].endswith("T04:30:00Z")
        assert body["edited_fields"] == ["cron"]

    def test_a_disabled_schedule_has_no_next_run(self, api):
        body = api.patch("/api/training/schedule", {"enabled": False}).json()
        assert body["next_run"] is None
        assert body["next_runs"] == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"schedule": "every night"}, "schedule"),
            ({"schedule": "61 3 * * *"}, "schedule"),
            ({"timeout_seconds": 0}, "timeout_seconds"),
            ({"enabled": "yes"}, "enabled"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_a_wrong_field_is_named_and_nothing_changes(self, api, body, field):
        before = api.get("/api/training/schedule").json()
        response = api.patch("/api/training/schedule", body)
        assert response.status_code == 400
        assert list(response.json()["details"]) == [field]
        assert api.get("/api/training/schedule").json() == before

    def test_a_body_that_is_no_object_is_refused(self, api):
        assert api.patch("/api/training/schedule", ["enabled"]).status_code == 400


class TestTrainingLog:
    def test_a_session_is_followed_by_its_agents(self, api):
        old, new = make_session(hours_ago=30), make_session()
        make_agent_metric(new, "agent_10", outcome="failed")
        make_agent_metric(new, "agent_2")
        rows = api.get("/api/logs/training").json()
        assert [(row["training_id"], row["agent"]) for row in rows] == [
            (new.pk, None),
            (new.pk, "agent_2"),
            (new.pk, "agent_10"),
            (old.pk, None),
        ]
        assert rows[0]["duration_ms"] == 90000
        assert rows[2]["status"] == "failed"

    def test_the_number_of_rows_is_bounded(self, api):
        for hours in range(5):
            make_session(hours_ago=hours)
        assert len(api.get("/api/logs/training?limit=3").json()) == 3
        assert api.get("/api/logs/training?limit=1001").status_code == 400


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("post", "training/start"),
        ("post", "training/stop"),
        ("patch", "training/schedule"),
        ("get", "training/sessions/1"),
        ("get", "training/sessions/1/log"),
    ],
)
def test_another_machine_is_refused(stranger, method, route):
    assert getattr(stranger, method)(f"/api/{route}").status_code == 401
