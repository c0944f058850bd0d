"""Removing for good."""

from datetime import timedelta

import pytest

from common.clock import utc_now
from storyboard import retention, services
from storyboard.models import Project, Revision, Scene
from storyboard.tasks import purge
from storyboard.tests import pipeline
from storyboard.tests.factories import make_project, picture, scene_ids

pytestmark = pytest.mark.django_db

LATER = timedelta(days=30, minutes=1)


def _purge() -> int:
    return retention.purge_deleted(now=utc_now() + LATER)


def test_what_is_deleted_is_kept_for_thirty_days():
    project = make_project(scenes=2)
    services.delete_scene(project_id=project.pk, scene_id=scene_ids(project)[0])
    services.delete_project(project_id=make_project("Other").pk)
    assert retention.purge_deleted(now=utc_now() + timedelta(days=29)) == 0
    purge()
    assert Project.objects.count() == 2
    assert _purge() == 2
    assert (Project.objects.count(), Scene.objects.count()) == (1, 1)
    assert Revision.objects.filter(project=project).exists()
    assert _purge() == 0


def test_a_scene_of_the_files_leaves_only_that_it_was_deleted(tmp_path):
    file = pipeline.write(tmp_path / "s.json", pipeline.screenplay())
    services.import_files([file])
    project = Project.objects.get()
    first = scene_ids(project)[0]
    services.delete_scene(project_id=project.pk, scene_id=first)
    assert (_purge(), _purge()) == (1, 0)
    assert Scene.objects.get(pk=first).screenplay == ""
    changed = pipeline.screenplay(music_duration_seconds=99)
    services.import_files([pipeline.write(file, changed, at=1.77e9)])
    assert first not in scene_ids(project)
    assert len(scene_ids(project)) == 2


def test_a_scene_that_went_with_its_files_is_removed(tmp_path):
    full = pipeline.screenplay()
    short = pipeline.screenplay(screenplay=full["screenplay"][:2])
    services.import_files([pipeline.write(tmp_path / "s.json", full)])
    services.import_files([pipeline.write(tmp_path / "s.json", short, at=1.77e9)])
    assert _purge() == 1
    assert Scene.objects.count() == 2


def test_a_picture_goes_with_its_last_project(media):
    first = make_project(scenes=1)
    services.set_thumbnail(project_id=first.pk, scene_id=scene_ids(first)[0], content=picture())
    copy = services.duplicate_project(project_id=first.pk)
    # The copy shows another one now, but its first revision still needs this one.
    services.edit_scene(project_id=copy.pk, scene_id=scene_ids(copy)[0], changes={"thumbnail": ""})
    services.delete_project(project_id=first.pk)
    _purge()
    assert len(list(media.rglob("*.jpg"))) == 1
    services.delete_project(project_id=copy.pk)
    _purge()
    assert list(media.rglob("*.jpg")) == []


def test_only_the_newest_revisions_are_kept(monkeypatch):
    monkeypatch.setattr(retention, "REVISIONS_KEPT", 3)
    project = make_project()
    for number in range(5):
        services.edit_project(project_id=project.pk, changes={"notes": str(number)})
    _purge()
    numbers = Revision.objects.filter(project=project).values_list("number", flat=True)
    assert sorted(numbers) == [4, 5, 6]
