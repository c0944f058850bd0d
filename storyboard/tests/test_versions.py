"""Versions as a client sees them: revisions, and If-Match against lost updates."""

import pytest
from rest_framework.test import APIClient

from storyboard.models import Project
from storyboard.tests.factories import make_project, scene_ids

pytestmark = pytest.mark.django_db

PROJECT = "/api/storyboard/project"


@pytest.fixture
def project() -> Project:
    return make_project(scenes=3)


def test_the_revision_names_the_user(stranger: APIClient, admin_user, project: Project):
    stranger.force_login(admin_user)
    stranger.patch(f"{PROJECT}/{project.pk}", {"name": "x"})
    newest, first = stranger.get(f"{PROJECT}/{project.pk}/revisions").json()["revisions"]
    assert (newest["by"], first["by"]) == ("root", "")
    assert (newest["number"], newest["action"], newest["scenes"]) == (2, "edited", 3)


def test_revisions_are_read_and_restored(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    for name in ("Two", "Three"):
        api.patch(url, {"name": name})
    page = api.get(f"{url}/revisions?limit=1&before=3").json()["revisions"]
    assert [revision["number"] for revision in page] == [2]
    assert api.get(f"{url}/revisions/2").json()["document"]["name"] == "Two"
    assert api.get(f"{url}/revisions/9").status_code == 404
    answer = api.post(f"{url}/revisions/1/restore")
    assert (answer.json()["name"], answer.json()["version"]) == ("Night Drive", 4)


def test_a_lost_update_is_refused(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    tag = api.get(url)["ETag"]
    assert api.patch(url, {"name": "Mine"}, headers={"If-Match": tag}).status_code == 200
    answer = api.patch(url, {"name": "Lost"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert api.get(url).json()["name"] == "Mine"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('W/"1"', 200),
        ('"7", "1"', 200),
        ("*", 200),
        ('"2"', 412),
        ("1", 412),
        ("", 412),
        ('"-1"', 412),
        ('"99999999999999999999"', 412),
    ],
)
def test_if_match_is_read_as_the_standard_has_it(api: APIClient, project, header, status):
    answer = api.patch(f"{PROJECT}/{project.pk}", {"name": "x"}, headers={"If-Match": header})
    assert answer.status_code == status, answer.content


def test_the_tag_that_compression_weakens_still_matches(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    tag = api.get(url, headers={"Accept-Encoding": "gzip"})["ETag"]
    assert tag.startswith("W/")
    assert api.delete(url, headers={"If-Match": tag}).status_code == 204


def test_bringing_back_what_somebody_changed_in_between_is_refused(api: APIClient, project):
    url = f"{PROJECT}/{project.pk}"
    scene = f"{url}/scenes/{scene_ids(project)[0]}"
    api.delete(scene)
    stale, fresh = {"If-Match": '"1"'}, {"If-Match": '"2"'}
    assert api.post(f"{scene}/restore", headers=stale).status_code == 412
    assert api.post(f"{scene}/restore", headers=fresh).status_code == 200
    assert api.post(f"{url}/restore", headers=stale).status_code == 412
    api.delete(url)
    assert api.post(f"{url}/restore", headers=stale).status_code == 412
    assert api.post(f"{url}/restore", headers={"If-Match": '"4"'}).status_code == 200


def test_a_change_without_a_difference_leaves_tag_and_times(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    before = api.get(url)
    first = before.json()["scenes"][0]
    api.patch(f"{url}/scenes/{first['id']}", {"title": first["title"]})
    api.patch(url, {"scenes": [{"id": pk} for pk in scene_ids(project)]})
    after = api.get(url)
    assert (after["ETag"], after.json()) == (before["ETag"], before.json())
