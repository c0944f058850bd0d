"""The routes as a client uses them."""

import pytest
from rest_framework.test import APIClient

from storyboard import selectors, services
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


def test_a_scene_and_a_project_are_copied(api: APIClient, project: Project):
    url = f"{PROJECT}/{project.pk}"
    copy = api.post(f"{url}/scenes/{scene_ids(project)[0]}/duplicate")
    assert (copy.status_code, copy.json()["number"]) == (201, 2)
    answer = api.post(f"{url}/duplicate", {"name": "Second"})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["name"], len(answer.json()["scenes"])) == ("Second", 4)
    assert answer.json()["id"] != project.pk
    assert api.post(f"{url}/duplicate").json()["name"] == "Night Drive (copy)"


def test_the_videos_are_listed_with_their_number(api: APIClient, project: Project):
    a, _, c = scene_ids(project)
    for scene_id in (a, c):
        api.patch(f"{PROJECT}/{project.pk}/scenes/{scene_id}", {"video_url": f"/v/{scene_id}.mp4"})
    gone = make_project("Gone", scenes=0)
    api.post(f"{PROJECT}/{gone.pk}/scenes", {"scenes": [{"video_url": "https://x.test/v.mp4"}]})
    api.delete(f"{PROJECT}/{gone.pk}")
    assert api.get("/api/storyboard/videos").json() == {
        "videos": [
            {
                "scene_id": scene_id,
                "project_id": project.pk,
                "title": title,
                "video_url": f"/v/{scene_id}.mp4",
                "duration": seconds,
            }
            for scene_id, title, seconds in ((a, "A", 1.0), (c, "C", 3.0))
        ],
        "count": 2,
    }
    page = api.get("/api/storyboard/videos?limit=1&offset=1").json()
    assert ([video["scene_id"] for video in page["videos"]], page["count"]) == ([c], 2)
    assert selectors.videos_generated() == 2


def test_finished_scenes_count_as_videos_without_a_link(project: Project):
    for scene_id, status in zip(scene_ids(project), ("approved", "rendered", "draft"), strict=True):
        services.edit_scene(project_id=project.pk, scene_id=scene_id, changes={"status": status})
    assert selectors.videos_generated() == 2
    services.delete_scene(project_id=project.pk, scene_id=scene_ids(project)[0])
    assert selectors.videos_generated() == 1


def test_the_list_is_filtered_searched_ordered_and_cut(api: APIClient):
    for name, status in (("Alpha", "draft"), ("Beta", "archived"), ("Gamma", "draft")):
        make_project(name, status=status, artist=f"{name} Band")

    def names(query: str) -> list[str]:
        return [row["name"] for row in api.get(f"/api/storyboard/projects?{query}").json()]

    assert names("") == ["Gamma", "Beta", "Alpha"]
    assert names("status=draft") == ["Gamma", "Alpha"]
    assert names("search=ETA") == ["Beta"]
    assert names("search=alpha+band") == ["Alpha"]
    assert names("ordering=name&limit=2") == ["Alpha", "Beta"]
    assert names("ordering=created&offset=2") == ["Gamma"]
    assert names("ordering=-updated&limit=1") == ["Gamma"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("projects?status=done", "draft, generated, archived"),
        ("projects?ordering=size", "-created"),
        ("projects?limit=0", "from 1 to 500"),
        ("projects?limit=501", "from 1 to 500"),
        ("projects?limit=ten", "from 1 to 500"),
        ("projects?offset=-1", "from 0 to"),
        ("videos?limit=0", "from 1 to 1000"),
        ("project/1/revisions?limit=501", "from 1 to 500"),
        ("project/1/revisions?before=0", "from 1 to"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_range(api: APIClient, path, word):
    answer = api.get(f"/api/storyboard/{path}")
    assert answer.status_code == 400
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "status": "done"}, "status"),
        ({"name": "x", "scenes": 3}, "scenes.non_field_errors"),
        ({"name": "x", "scenes": [{"duration": -1}]}, "scenes.0.duration"),
        ({"name": "x", "scenes": [{"duration": "nan"}]}, "scenes.0.duration"),
        ({"name": "x", "scenes": [{"duration": 1e9}]}, "scenes.0.duration"),
        ({"name": "x", "scenes": [{"style_tags": "a"}]}, "scenes.0.style_tags"),
        ({"name": "x", "scenes": [{"status": "done"}]}, "scenes.0.status"),
        ({"name": "x", "scenes": [{"agent_id": "a b"}]}, "scenes.0.agent_id"),
        ({"name": "x", "scenes": [{"session_id": 2**63}]}, "scenes.0.session_id"),
        ({"name": "x", "scenes": [{"title": "a\u0000b"}]}, "scenes.0.title"),
        ({"name": "x", "music_duration": -1}, "music_duration"),
        ({"name": "x", "frame_rate": 0}, "frame_rate"),
        ({"name": "x", "music_url": "music/neon.flac"}, "music_url"),
    ],
)
def test_a_wrong_value_is_named(api: APIClient, body, field):
    answer = api.post(f"{PROJECT}/create", body)
    assert answer.status_code == 400, answer.content
    assert any(name.startswith(field) for name in answer.json()["details"])
    assert Project.objects.count() == 0


@pytest.mark.parametrize("key", ["video_url", "thumbnail"])
@pytest.mark.parametrize(
    ("link", "is_taken"),
    [
        ("https://example.com/v.mp4", True),
        ("HTTP://example.com", True),
        ("/media/v.mp4", True),
        ("output/scene 1.mp4", True),
        ("", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https:///path", False),
        ("http://[", False),
        ("C:\\video.mp4", False),
    ],
)
def test_a_link_is_a_web_address_or_a_path(api: APIClient, project: Project, key, link, is_taken):
    url = f"{PROJECT}/{project.pk}/scenes/{scene_ids(project)[0]}"
    answer = api.patch(url, {key: link})
    assert answer.status_code == (200 if is_taken else 400), answer.content
    assert api.get(url).json()[key] == (link if is_taken else "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("put", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "/restore"),
        ("post", "/duplicate"),
        ("get", "/export"),
        ("post", "/export"),
        ("get", "/scenes"),
        ("post", "/scenes"),
        ("post", "/scenes/reorder"),
        ("get", "/scenes/1"),
        ("patch", "/scenes/1"),
        ("delete", "/scenes/1"),
        ("post", "/scenes/1/restore"),
        ("post", "/scenes/1/duplicate"),
        ("delete", "/scenes/1/thumbnail"),
        ("get", "/revisions"),
        ("get", "/revisions/1"),
        ("post", "/revisions/1/restore"),
    ],
)
@pytest.mark.parametrize("project_id", ["4711", "999999999999999999"])
def test_an_unknown_project_is_not_found(api: APIClient, method, path, project_id):
    body = {"name": "x", "scenes": [{}], "order": []}
    answer = getattr(api, method)(f"{PROJECT}/{project_id}{path}", body if method != "get" else {})
    assert answer.status_code == 404, answer.content
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "projects"),
        ("get", "project/create"),
        ("post", "project/1"),
        ("get", "project/1/restore"),
        ("get", "project/1/scenes/reorder"),
        ("post", "project/1/scenes/1"),
        ("delete", "videos"),
    ],
)
def test_another_method_is_refused(api: APIClient, method, path):
    answer = getattr(api, method)(f"/api/storyboard/{path}")
    assert answer.status_code == 405
    assert answer.json()["status"] == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "projects"), ("post", "project/create"), ("get", "videos"), ("get", "thumbnails/x")],
)
def test_a_stranger_is_refused(stranger: APIClient, method, path):
    answer = getattr(stranger, method)(f"/api/storyboard/{path}")
    assert answer.status_code in {401, 403, 404}


@pytest.mark.parametrize("slash", ["", "/"])
def test_both_forms_of_every_route_answer(api: APIClient, project: Project, slash):
    url = f"{PROJECT}/{project.pk}"
    scene_id = scene_ids(project)[0]
    for path in ("", "/scenes", f"/scenes/{scene_id}", "/revisions", "/revisions/1", "/export"):
        assert api.get(f"{url}{path}{slash}").status_code == 200, path
    assert api.post(f"{url}/export{slash}", {"format": "csv"}).status_code == 200
    assert api.post(f"{url}/restore{slash}").status_code == 200
    order = {"order": scene_ids(project)}
    assert api.post(f"{url}/scenes/reorder{slash}", order).status_code == 200


@pytest.mark.parametrize(
    "path", ["projects", "videos", "project/{id}", "project/{id}/scenes", "project/{id}/revisions"]
)
def test_the_number_of_queries_does_not_grow(api: APIClient, path, django_assert_max_num_queries):
    for number in range(20):
        project = make_project(f"P{number}", scenes=20)
    services.edit_project(
        project_id=project.pk,
        changes={},
        scenes=[{"video_url": "/v", "session_id": 1, "agent_id": "agent_1"}] * 20,
    )
    with django_assert_max_num_queries(4):
        answer = api.get(f"/api/storyboard/{path.format(id=project.pk)}")
    assert answer.status_code == 200


def test_it_is_all_empty_in_the_beginning(api: APIClient):
    assert api.get("/api/storyboard/projects").json() == []
    assert api.get("/api/storyboard/videos").json() == {"videos": [], "count": 0}
    assert selectors.videos_generated() == 0


@pytest.mark.parametrize("path", ["projects", "project/{id}", "project/{id}/scenes", "videos"])
def test_a_browser_gets_a_page(api: APIClient, project: Project, path):
    answer = api.get(
        f"/api/storyboard/{path.format(id=project.pk)}", headers={"Accept": "text/html"}
    )
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_scene_with_an_unknown_id_is_refused(api: APIClient, project: Project, method: str):
    foreign = scene_ids(make_project(scenes=1))[0]
    for unknown in (99999, foreign):
        body = {"name": "x", "scenes": [{"id": unknown}]}
        answer = getattr(api, method)(f"{PROJECT}/{project.pk}", body)
        assert answer.status_code == 400
        assert str(unknown) in answer.json()["details"]["scenes"][0]
    assert titles(project) == "ABC"


@pytest.mark.parametrize("format", ["storyboard/99", 5, None])
def test_an_import_of_another_format_is_refused(api: APIClient, format):
    answer = api.post("/api/storyboard/projects/import", {"name": "x", "format": format})
    assert answer.status_code == 400
    assert "format" in answer.json()["details"]
    assert not Project.objects.exists()


def test_a_blank_prompt_leaves_the_status(api: APIClient, project: Project):
    scene = f"{PROJECT}/{project.pk}/scenes/{scene_ids(project)[0]}"
    assert api.patch(scene, {"prompt": "   "}).json()["status"] == "draft"
