"""The admin pages as somebody fills them in."""

from typing import Any

import pytest
from django.test import Client

from storyboard import selectors, services
from storyboard.export import FORMATS
from storyboard.models import LONG_TEXT, LONGEST_SECONDS, Project, Revision, Scene
from storyboard.tests import pipeline
from storyboard.tests.factories import make_project, scene_ids, titles

ADMIN = "/admin/storyboard"


@pytest.fixture
def admin(client: Client, admin_user) -> Client:
    client.force_login(admin_user)
    return client


def _form(project: Project | None, scenes: list[dict[str, Any]]) -> dict[str, Any]:
    """What a browser sends for a project and its scenes; those with an id come first."""
    form: dict[str, Any] = {
        "name": project.name if project else "New",
        "music": "Neon",
        "status": "draft",
        "scenes-TOTAL_FORMS": len(scenes),
        "scenes-INITIAL_FORMS": sum("id" in scene for scene in scenes),
        "scenes-MIN_NUM_FORMS": 0,
        "scenes-MAX_NUM_FORMS": 1000,
    }
    for place, scene in enumerate(scenes):
        values = {"status": "draft", "style_tags": "[]"} | scene
        if project:
            values["project"] = project.pk
        form |= {f"scenes-{place}-{name}": value for name, value in values.items()}
    return form


def _save(admin: Client, project: Project, *scenes: dict[str, Any], **fields: Any) -> str:
    """Send the form; return the page that comes then, with its messages."""
    form = _form(project, list(scenes)) | fields
    answer = admin.post(f"{ADMIN}/project/{project.pk}/change/", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def _only_scene(project: Project) -> Scene:
    return Scene.objects.alive().of_project(project.pk).get()


def test_a_project_is_made_with_its_scenes(admin: Client):
    scenes = [{"title": "A", "duration_seconds": "2.5"}, {"title": "B", "style_tags": '["x"]'}]
    answer = admin.post(f"{ADMIN}/project/add/", _form(None, scenes))
    assert answer.status_code == 302, answer.content.decode()
    project = Project.objects.get()
    assert (project.name, project.music, titles(project)) == ("New", "Neon", "AB")
    assert {revision.by for revision in Revision.objects.all()} == {"root"}


def test_scenes_are_edited_added_and_deleted_on_one_page(admin: Client):
    project = make_project(scenes=3)
    a, b, c = scene_ids(project)
    assert admin.get(f"{ADMIN}/project/{project.pk}/change/").status_code == 200
    scenes: list[dict[str, Any]] = [
        {"id": a, "title": "A", "duration_seconds": "1", "DELETE": "on"},
        {"id": b, "title": "changed", "duration_seconds": "2"},
        {"id": c, "title": "C", "duration_seconds": "3"},
        {"title": "new"},
    ]
    answer = admin.post(f"{ADMIN}/project/{project.pk}/change/", _form(project, scenes))
    assert answer.status_code == 302, answer.content.decode()
    assert titles(project) == "changedCnew"
    services.restore_scene(project_id=project.pk, scene_id=a)
    assert titles(project) == "AchangedCnew"


def test_a_link_that_is_a_script_is_refused(admin: Client):
    project = make_project(scenes=1)
    scenes = [{"id": scene_ids(project)[0], "title": "A", "video_url": "javascript:alert(1)"}]
    answer = admin.post(f"{ADMIN}/project/{project.pk}/change/", _form(project, scenes))
    assert answer.status_code == 200
    assert "http or https URL or a path" in answer.content.decode()


def test_deleting_can_be_undone(admin: Client):
    project = make_project(scenes=2)
    page = admin.post(
        f"{ADMIN}/project/", {"action": "delete_selected", "_selected_action": project.pk}
    )
    assert "protected" not in page.content.decode()
    url = f"{ADMIN}/project/{project.pk}/delete/"
    assert admin.post(url, {"post": "yes"}, follow=True).status_code == 200
    project.refresh_from_db()
    assert project.deleted_at is not None
    assert "Night Drive" not in admin.get(f"{ADMIN}/project/").content.decode()
    assert "Night Drive" in admin.get(f"{ADMIN}/project/?deleted=yes").content.decode()
    admin.post(
        f"{ADMIN}/project/?deleted=yes",
        {"action": "bring_back", "_selected_action": project.pk},
    )
    assert titles(Project.objects.alive().get()) == "AB"


def test_a_revision_is_restored_from_the_list(admin: Client):
    project = make_project(scenes=2)
    services.edit_project(project_id=project.pk, changes={"name": "Changed"})
    first = Revision.objects.get(number=1)
    answer = admin.get(f"{ADMIN}/revision/")
    assert answer.status_code == 200
    admin.post(f"{ADMIN}/revision/", {"action": "go_back", "_selected_action": first.pk})
    project.refresh_from_db()
    assert (project.name, project.version) == ("Night Drive", 3)


def test_the_folder_is_imported_by_a_button(admin: Client, tmp_path, settings):
    settings.ORCHESTRATOR_PATH = tmp_path
    pipeline.write(tmp_path / "output" / "concept.json", pipeline.concept())
    admin.post(f"{ADMIN}/pipelinefile/do/import_now/")
    assert Project.objects.get().name == "Neon Nights"
    assert "concept.json" in admin.get(f"{ADMIN}/pipelinefile/").content.decode()


@pytest.mark.parametrize("search", ["", "?q=night", "?status__exact=draft"])
def test_the_list_costs_the_same_for_any_number_of_projects(
    admin: Client, search, django_assert_max_num_queries
):
    for number in range(30):
        make_project(f"Night {number}", scenes=2)
    with django_assert_max_num_queries(12):
        assert admin.get(f"{ADMIN}/project/{search}").status_code == 200


@pytest.mark.parametrize("tags", ["", "null", "[]"])
def test_no_tags_are_an_empty_list(admin: Client, tags):
    project = make_project(scenes=1)
    services.edit_scene(
        project_id=project.pk, scene_id=scene_ids(project)[0], changes={"style_tags": ["old"]}
    )
    _save(admin, project, {"id": scene_ids(project)[0], "title": "A", "style_tags": tags})
    assert _only_scene(project).style_tags == []


@pytest.mark.parametrize(
    "tags",
    [
        "[1, 2]",
        "[null]",
        '["x", {}]',
        "5",
        '"abc"',
        '""',
        '{"a": 1}',
        "{}",
        '[""]',
        '["a\\u0000b"]',
    ],
)
def test_tags_that_are_no_list_of_texts_are_refused(admin: Client, tags):
    project = make_project(scenes=1)
    page = _save(admin, project, {"id": scene_ids(project)[0], "title": "N", "style_tags": tags})
    assert "errorlist" in page
    assert (_only_scene(project).title, _only_scene(project).style_tags) == ("A", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_seconds": "1e308"},
        {"duration_seconds": LONGEST_SECONDS + 1},
        {"session_id": -5},
        {"description": "x" * (LONG_TEXT + 1)},
    ],
)
def test_the_limits_are_those_of_the_api(admin: Client, wrong):
    project = make_project(scenes=1)
    page = _save(admin, project, {"id": scene_ids(project)[0], "title": "N"} | wrong)
    assert "errorlist" in page
    assert _only_scene(project).title == "A"


def test_what_the_admin_stores_can_be_exported_and_imported(admin: Client):
    project = make_project(scenes=1)
    scene = {"id": scene_ids(project)[0], "title": "A", "style_tags": '["a, b", "c"]'}
    _save(admin, project, scene | {"duration_seconds": LONGEST_SECONDS})
    board = selectors.board(project_id=project.pk)
    files = {name: kind.write(board.project, board.scenes) for name, kind in FORMATS.items()}
    answer = admin.post(
        "/api/storyboard/projects/import", files["json"], content_type="application/json"
    )
    assert answer.status_code == 201
    assert answer.json()["scenes"][0]["style_tags"] == ["a, b", "c"]


def test_a_deleted_project_is_shown_and_not_saved(admin: Client):
    project = make_project(scenes=1)
    services.delete_project(project_id=project.pk)
    page = admin.get(f"{ADMIN}/project/{project.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert "Bring it back first" in _save(admin, project, name="Changed")
    project.refresh_from_db()
    assert project.name == "Night Drive"


def test_going_back_in_a_deleted_project_says_why_not(admin: Client):
    project = make_project()
    services.delete_project(project_id=project.pk)
    first = Revision.objects.get(number=1)
    form = {"action": "go_back", "_selected_action": first.pk}
    page = admin.post(f"{ADMIN}/revision/", form, follow=True)
    assert "There is no project" in page.content.decode()


def test_what_a_service_refuses_is_a_message_and_nothing_is_stored(admin: Client, monkeypatch):
    project = make_project(scenes=1)
    monkeypatch.setattr("storyboard.services.changes.MAX_SCENES", 1)
    page = _save(
        admin, project, {"id": scene_ids(project)[0], "title": "A"}, {"title": "B"}, name="Changed"
    )
    assert "at most 1 scenes" in page
    project.refresh_from_db()
    assert (project.name, titles(project)) == ("Night Drive", "A")


def test_too_many_scenes_are_refused_by_the_form(admin: Client, monkeypatch):
    project = make_project(scenes=1)
    monkeypatch.setattr("storyboard.admin.SceneInline.max_num", 1)
    page = _save(admin, project, {"id": scene_ids(project)[0]}, {"title": "x"})
    assert "at most 1 form" in page
    assert titles(project) == "A"


def test_saving_an_untouched_page_changes_nothing(admin: Client):
    project = make_project(notes="a\nb")
    text = "  one\ntwo\n"
    services.add_scenes(project_id=project.pk, scenes=[{"description": text, "prompt": "x\r\ny"}])
    sent = text.replace("\n", "\r\n")
    scene = {"id": scene_ids(project)[0], "description": sent, "prompt": "x\r\ny"}
    _save(admin, project, scene | {"status": "prompted"}, notes="a\r\nb", music="")
    project.refresh_from_db()
    assert project.version == 2
    assert _only_scene(project).description == text


def test_line_ends_of_a_browser_are_plain_ones(admin: Client):
    project = make_project(scenes=1)
    scene = {"id": scene_ids(project)[0], "title": "A", "description": "one\r\ntwo"}
    _save(admin, project, scene)
    assert _only_scene(project).description == "one\ntwo"


def test_one_save_is_one_revision(admin: Client):
    project = make_project(scenes=3)
    a, b, c = scene_ids(project)
    _save(
        admin,
        project,
        {"id": a, "title": "A", "DELETE": "on"},
        {"id": b, "title": "changed"},
        {"id": c, "title": "too"},
        {"title": "new"},
        name="Changed",
    )
    project.refresh_from_db()
    assert (project.name, titles(project), project.version) == ("Changed", "changedtoonew", 2)


def test_a_change_made_while_the_form_was_open_is_not_overwritten(admin: Client):
    project = make_project(scenes=1)
    url = f"{ADMIN}/project/{project.pk}/change/"
    assert 'name="seen_version" value="1"' in admin.get(url).content.decode()
    scene = {"id": scene_ids(project)[0], "title": "mine"}
    services.edit_project(project_id=project.pk, changes={"name": "Theirs"})
    assert "Somebody changed this project" in _save(admin, project, scene, seen_version=1)
    project.refresh_from_db()
    assert (project.name, titles(project)) == ("Theirs", "A")
    _save(admin, project, scene, seen_version=2)
    assert titles(project) == "mine"


@pytest.mark.parametrize("gone", [0, 2])
def test_a_scene_deleted_while_the_form_was_open_is_no_error(admin: Client, gone: int):
    project = make_project(scenes=3)
    ids = scene_ids(project)
    scenes = [{"id": pk, "title": "mine"} for pk in ids]
    services.delete_scene(project_id=project.pk, scene_id=ids[gone])
    before = titles(project)
    assert "Somebody changed this project" in _save(admin, project, *scenes, seen_version=1)
    assert titles(project) == before
