"""The routes as a client uses them."""

import pytest
from rest_framework.test import APIClient

from storyboard.models import Project
from storyboard.tests.factories import make_project, scene_ids, titles

pytestmark = pytest.mark.django_db

PROJECT = "/api/storyboard/project"


@pytest.fixture
def project() -> Project:
    return make_project(scenes=3, music="Neon", artist="The Band", music_duration_seconds=6.0)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_project_is_created_read_and_listed(api: APIClient, slash: str):
    body = {
        "name": "Night Drive",
        "music": "Neon",
        "artist": "The Band",
        "mood": "unknown keys are ignored",
        "scenes": [
            {"description": "a road", "duration": 4.5, "prompt": "road at night"},
            {"description": "a bar", "duration": 5, "style_tags": ["neon", "rain"]},
        ],
    }
    answer = api.post(f"{PROJECT}/create{slash}", body)
    assert answer.status_code == 201, answer.content
    created = answer.json()
    assert created == {
        "status": "created",
        "project_id": created["project_id"],
        "name": "Night Drive",
    }
    assert answer["Location"].endswith(f"{PROJECT}/{created['project_id']}")

    found = api.get(f"{PROJECT}/{created['project_id']}{slash}").json()
    assert found["music"] == "Neon"
    assert found["status"] == "draft"
    assert found["created"].endswith("Z")
    assert [scene["number"] for scene in found["scenes"]] == [1, 2]
    assert [scene["start_time"] for scene in found["scenes"]] == [0, 4.5]
    assert [scene["duration"] for scene in found["scenes"]] == [4.5, 5]
    assert [scene["status"] for scene in found["scenes"]] == ["prompted", "draft"]
    assert found["scenes"][1]["style_tags"] == ["neon", "rain"]

    [row] = api.get(f"/api/storyboard/projects{slash}").json()
    assert row["scenes"] == 2
    assert {"id", "name", "music", "artist", "created", "status"} <= row.keys()


def test_after_an_unknown_duration_no_start_is_known(api: APIClient):
    project = make_project(scenes=0)
    body = {"scenes": [{"duration": 2}, {}, {"duration": 3}]}
    answer = api.post(f"{PROJECT}/{project.pk}/scenes", body)
    assert answer.status_code == 201, answer.content
    assert [scene["start_time"] for scene in answer.json()["scenes"]] == [0, 2, None]


def test_put_takes_defaults_and_patch_leaves_the_rest(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    assert api.patch(url, {"status": "generated"}).json()["artist"] == "The Band"
    put = api.put(url, {"name": "Other"}).json()
    assert (put["name"], put["artist"], put["status"], len(put["scenes"])) == (
        "Other",
        "",
        "draft",
        3,
    )


def test_put_with_scenes_keeps_adds_and_deletes_them(api: APIClient, project: Project):
    first, _, third = scene_ids(project)
    scenes = [{"id": third, "title": "C"}, {"title": "N"}, {"id": first, "title": "A"}]
    answer = api.put(f"{PROJECT}/{project.pk}", {"name": "x", "scenes": scenes}).json()
    assert titles(project) == "CNA"
    assert [scene["id"] for scene in answer["scenes"]][::2] == [third, first]
    assert answer["scenes"][0]["duration"] == 3


def test_a_deleted_project_is_gone_until_it_is_restored(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert api.delete(url).status_code == 404
    assert api.get("/api/storyboard/projects").json() == []
    assert api.post(f"{url}/restore").status_code == 200
    assert len(api.get(url).json()["scenes"]) == 3


def test_a_scene_is_deleted_and_comes_back_to_its_place(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}/scenes/{scene_ids(project)[1]}"
    assert api.delete(url).status_code == 204
    assert titles(project) == "AC"
    assert api.get(url).status_code == 404
    assert api.patch(url, {"title": "x"}).status_code == 404
    assert api.post(f"{url}/restore").json()["number"] == 2
    assert titles(project) == "ABC"


def test_scenes_are_appended_and_inserted(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}/scenes"
    body = {"scenes": [{"title": "x", "duration": 1}, {"title": "y", "duration": 2}]}
    answer = api.post(url, body)
    assert [scene["number"] for scene in answer.json()["scenes"]] == [4, 5]
    api.post(url, {"scenes": [{"title": "i"}], "position": 1})
    assert titles(project) == "iABCxy"
    assert len(api.get(url).json()["scenes"]) == 6


def test_scenes_are_reordered_in_one_call(api: APIClient, project: Project):
    a, b, c = scene_ids(project)
    answer = api.post(f"{PROJECT}/{project.pk}/scenes/reorder", {"order": [c, a, b]})
    assert answer.status_code == 200, answer.content
    assert [scene["title"] for scene in answer.json()["scenes"]] == ["C", "A", "B"]
    assert titles(project) == "CAB"
