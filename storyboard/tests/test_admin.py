"""The admin pages as somebody fills them in."""

from typing import Any

import pytest
from django.test import Client

from storyboard import services
from storyboard.models import Project, Revision
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
