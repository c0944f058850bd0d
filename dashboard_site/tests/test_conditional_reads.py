"""Polled routes answer 304 while nothing changed, and the new answer as soon as it did."""

from datetime import timedelta

import pytest

from agents.models import AgentMetric
from common.clock import utc_now
from dashboard_site.tests.factories import make_night, make_pipeline
from storyboard.models import Project
from storyboard.services import create_project
from system.models import Alert
from training.session_log import log_path

pytestmark = pytest.mark.django_db

#: What the page polls, and whose answers depend on nothing but the tables.
POLLED = [
    "dashboard/overview",
    "agents/status",
    "training/status",
    "training/sessions",
    "training/schedule",
    "metrics/quality",
    "metrics/comparison",
    "system/alerts",
    "system/logs/recent",
    "storyboard/projects",
    "status",
]

#: Of these, what the factories make shows in neither, or only after some seconds.
SELDOM = {"training/schedule", "status"}


@pytest.mark.parametrize("route", POLLED)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_unchanged_answer_is_not_sent_again(api, route, encoding):
    make_pipeline(nights=2)
    path = f"/api/{route}"
    first = api.get(path, HTTP_ACCEPT_ENCODING=encoding)
    assert first.status_code == 200
    again = api.get(path, HTTP_ACCEPT_ENCODING=encoding, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert "Accept" in again["Vary"]


@pytest.mark.parametrize("route", [name for name in POLLED if name not in SELDOM])
def test_a_changed_answer_is_sent(api, route):
    make_pipeline(nights=1)
    path = f"/api/{route}"
    tag = api.get(path)["ETag"]
    make_night(start=utc_now(), quality=9.1)
    Project.objects.create(name="another")
    Alert.objects.create(rule="r", subject="s", level="critical", message="m", began_at=utc_now())
    AgentMetric.objects.update(quality_score=9.2)
    assert api.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_the_page_for_people_and_the_json_have_tags_of_their_own(api):
    as_json = api.get("/api/agents/status")["ETag"]
    assert api.get("/api/agents/status", HTTP_ACCEPT="text/html")["ETag"] != as_json


def test_a_log_that_grew_is_sent_again(api, data_dir):
    make_pipeline(nights=1)
    session = api.get("/api/training/sessions").json()["results"][0]["id"]
    log = log_path(session)
    log.parent.mkdir(parents=True)
    log.write_text("one\n")
    path = f"/api/training/sessions/{session}/log"
    tag = api.get(path)["ETag"]
    assert api.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 304
    with log.open("a") as file:
        file.write("two\n")
    assert b"".join(api.get(path, HTTP_IF_NONE_MATCH=tag).streaming_content) == b"one\ntwo\n"


def test_a_storyboard_whose_warnings_changed_is_sent_again(api):
    make_pipeline(nights=1)
    project = create_project(fields={"name": "p"}, scenes=[{"agent_id": "agent_1"}])
    path = f"/api/storyboard/project/{project.pk}"
    tag = api.get(path)["ETag"]
    assert api.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert api.patch(path, {"notes": "n"}, HTTP_IF_MATCH=tag).status_code == 200
    assert api.patch(path, {"notes": "m"}, HTTP_IF_MATCH=tag).status_code == 412
    assert api.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_an_export_of_an_old_storyboard_tells_its_age(api):
    project = create_project(fields={"name": "p"})
    path = f"/api/storyboard/project/{project.pk}/export?format=csv"
    assert not api.get(path).has_header("Last-Modified")
    Project.objects.update(updated_at=utc_now() - timedelta(days=1))
    told = api.get(path)["Last-Modified"]
    assert api.get(path, HTTP_IF_MODIFIED_SINCE=told).status_code == 304
