from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from common.clock import utc_now
from logs_app.services import record_event
from system.models import Heartbeat
from training.models import ImportedFile, Schedule, ScheduleFiring, TrainingSession
from training.schedule import get_schedule

START = datetime(2026, 5, 10, 3, tzinfo=UTC)
SESSIONS = "/admin/training/trainingsession/"


def make_session(start: datetime = START, **values: Any) -> TrainingSession:
    fields: dict[str, Any] = {"status": "completed", "night": start.date(), **values}
    return TrainingSession.objects.create(start_time=start, **fields)


@pytest.fixture
def root(admin_user) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def viewer(db) -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response.content
    return response.content.decode()


@pytest.mark.parametrize("name", ["trainingsession", "schedulefiring", "importedfile"])
def test_lists_answer_and_cannot_be_added_to(root, name):
    url = f"/admin/training/{name}/"
    assert f"{url}add/" not in page(root, url)
    assert root.get(f"{url}add/").status_code == 403


def test_a_list_costs_the_same_whatever_it_shows(root, django_assert_max_num_queries):
    for number in range(60):
        make_session(START + timedelta(days=number))
    with django_assert_max_num_queries(10) as counted:
        page(root, SESSIONS)
    assert not any("COUNT(*)" in q["sql"] and "LIMIT" not in q["sql"] for q in counted)


def test_the_date_hierarchy_offers_the_months_with_sessions(root):
    for month in (1, 3, 3, 12):
        make_session(START.replace(month=month))
    text = page(root, SESSIONS)
    assert "January 2026" in text
    assert "March 2026" in text
    assert "February 2026" not in text


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_the_filter_on_status_works(root, status):
    make_session()
    make_session(status="failed")
    assert root.get(SESSIONS, {"status": status}).context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("2026-05-10", 1),
        ("disk", 1),
        ("nothing like it", 0),
        ("999999999999999999999999", 0),
        ("0", 0),
        ("%", 0),
    ],
)
def test_sessions_are_searched_by_number_night_and_words(root, term, found):
    make_session(error_message="the disk is full")
    make_session(START - timedelta(days=1))
    assert root.get(SESSIONS, {"q": term}).context["cl"].result_count == found


def test_a_session_is_found_by_its_number(root):
    session = make_session()
    assert root.get(SESSIONS, {"q": str(session.pk)}).context["cl"].result_count == 1


def test_a_session_page_has_phases_agents_and_events_and_changes_nothing(root):
    session = make_session(
        phases=[{"name": "harvesting", "status": "completed", "seconds": 12.5}],
        agent_states={"agent_3": {"state": "failed", "reason": "<no data>"}},
    )
    record_event(event_type="agent_failed", message="it failed", session_id=session.pk)
    record_event(event_type="other", message="of another session", session_id=session.pk + 1)
    text = page(root, f"{SESSIONS}{session.pk}/change/")
    assert "harvesting" in text
    assert "12.5" in text
    assert "&lt;no data&gt;" in text
    assert "it failed" in text
    assert "of another session" not in text
    assert 'name="_save"' not in text
    assert root.post(f"{SESSIONS}{session.pk}/change/", {}).status_code == 403
    assert root.post(f"{SESSIONS}{session.pk}/delete/", {"post": "yes"}).status_code == 403


def press(client: Client, name: str, model: str = "trainingsession") -> str:
    response = client.post(reverse(f"admin:training_{model}_{name}"), follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_a_button_starts_a_training(root):
    Heartbeat.objects.create(component="worker", seen_at=utc_now(), pid=1, host="here")
    text = press(root, "start_training")
    session = TrainingSession.objects.get()
    assert text == f"Session {session.pk} was handed to a worker."
    assert (session.trigger, session.requested_by) == ("admin", "root")
    assert "is pending already" in press(root, "start_training")


def test_a_start_that_cannot_be_says_why(root):
    assert "No worker is running" in press(root, "start_training")


def test_a_button_stops_the_training(root):
    assert press(root, "stop_training") == "No session runs."
    session = make_session(status="running")
    assert press(root, "stop_training") == f"Session {session.pk} is stopping."
    session.refresh_from_db()
    assert session.stop_requested_by == "root"


@pytest.mark.parametrize("model", ["trainingsession", "importedfile"])
def test_a_button_imports_now(root, settings, tmp_path, model):
    settings.ORCHESTRATOR_PATH = tmp_path
    assert press(root, "import_now", model).startswith("Files: 0 imported")


def test_an_import_without_a_folder_says_so(root, settings, tmp_path):
    settings.ORCHESTRATOR_PATH = tmp_path / "missing"
    assert "missing" in press(root, "import_now")


@pytest.mark.parametrize("name", ["start_training", "stop_training", "import_now"])
def test_buttons_need_a_post_with_permission_and_token(root, viewer, name):
    url = reverse(f"admin:training_trainingsession_{name}")
    assert root.get(url).status_code == 405
    assert viewer.post(url).status_code == 403
    assert Client().post(url).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="root"))
    assert strict.post(url).status_code == 403


def test_who_may_only_look_sees_no_buttons(root, viewer):
    assert "Start training" in page(root, SESSIONS)
    assert "Start training" not in page(viewer, SESSIONS)


SCHEDULE = "/admin/training/schedule/1/change/"


def schedule_form(**values: str) -> dict[str, str]:
    return {
        "cron": "0 3 * * *",
        "timezone": "",
        "enabled": "on",
        "timeout_seconds": "",
        "pause_until_0": "",
        "pause_until_1": "",
        "skip_dates": "",
        **values,
    }


def test_the_list_of_schedules_is_its_one_page(root):
    response = root.get("/admin/training/schedule/")
    assert response.url == SCHEDULE
    text = page(root, SCHEDULE)
    assert "At 03:00 every day" in text
    assert "Delete" not in text


def test_saving_the_schedule_is_an_edit_by_hand(root):
    form = schedule_form(
        cron="30 4 * * *",
        skip_dates="2026-12-24 office closed\n\n2026-12-25",
        pause_until_0="2026-06-01",
        pause_until_1="12:00:00",
    )
    response = root.post(SCHEDULE, form)
    assert response.status_code == 302, response.content.decode()
    schedule = get_schedule()
    assert (schedule.cron, schedule.edited_by) == ("30 4 * * *", "root")
    assert schedule.edited_fields == ("cron", "pause_until", "skip_dates")
    assert schedule.pause_until == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert [f"{day} {why}" for day, why in schedule.skip_dates.items()] == [
        "2026-12-24 office closed",
        "2026-12-25 ",
    ]
    assert "2026-12-24 office closed\n2026-12-25" in page(root, SCHEDULE)


def test_saving_the_form_as_it_is_edits_nothing(root, settings):
    settings.TRAINING_SCHEDULE = "0 5 * * *"
    assert 'value="0 5 * * *"' in page(root, SCHEDULE)
    assert root.post(SCHEDULE, schedule_form(cron="0 5 * * *")).status_code == 302
    assert Schedule.objects.get().edited_fields == []


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("cron", "at night", "five fields"),
        ("timezone", "Mars/Olympus", "IANA"),
        ("timeout_seconds", "0", "whole number from 1"),
        ("skip_dates", "christmas", "must be days"),
    ],
)
def test_a_wrong_value_is_shown_at_its_field(root, field, value, complaint):
    response = root.post(SCHEDULE, schedule_form(**{field: value}))
    assert response.status_code == 200
    assert complaint in str(response.context["adminform"].form.errors[field])
    assert Schedule.objects.get().edited_fields == []


def test_firings_link_to_their_session_and_the_ledger_shows_reasons(root):
    ScheduleFiring.objects.create(due_at=START, decided_at=START, outcome="started", session_id=5)
    assert "/admin/training/trainingsession/5/change/" in page(
        root, "/admin/training/schedulefiring/"
    )
    ImportedFile.objects.create(
        path="logs/x.txt", kind="report", status="failed", error="cut in half", seen_at=START
    )
    assert "cut in half" in page(root, "/admin/training/importedfile/?q=x.txt")
