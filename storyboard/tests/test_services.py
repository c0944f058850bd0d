"""Changes: order, undo, revisions, and what is refused."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.errors import InvalidInputError, NotFoundError, PreconditionError
from logs_app.models import Event
from storyboard import selectors, services
from storyboard.documents import project_document
from storyboard.models import Project, Revision, Scene
from storyboard.services.changes import MAX_SCENES
from storyboard.tests.factories import make_project, scene_ids, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(scenes=4)


@pytest.mark.parametrize(
    ("position", "expected"), [(None, "ABCDxy"), (1, "xyABCD"), (3, "ABxyCD"), (5, "ABCDxy")]
)
def test_new_scenes_go_where_they_are_wanted(project, position, expected):
    new = services.add_scenes(
        project_id=project.pk, scenes=[{"title": "x"}, {"title": "y"}], position=position
    )
    assert titles(project) == expected
    assert [scene.title for scene in new] == ["x", "y"]


@pytest.mark.parametrize("position", [0, 6])
def test_it_refuses_a_position_outside_of_the_project(project, position):
    with pytest.raises(InvalidInputError, match="from 1 to 5"):
        services.add_scenes(project_id=project.pk, scenes=[{}], position=position)
    assert titles(project) == "ABCD"


@pytest.mark.parametrize(
    "order",
    [
        lambda ids: ids[:-1],
        lambda ids: [*ids, ids[0]],
        lambda ids: [*ids[:-1], ids[0]],
        lambda ids: [*ids[:-1], 987654],
        lambda ids: [],
    ],
)
def test_it_refuses_an_order_that_loses_or_doubles_a_scene(
    project, order: Callable[[list[int]], list[int]]
):
    with pytest.raises(InvalidInputError, match="exactly once"):
        services.reorder_scenes(project_id=project.pk, order=order(scene_ids(project)))
    assert titles(project) == "ABCD"


def test_a_project_holds_a_bounded_number_of_scenes(project):
    with pytest.raises(InvalidInputError, match=str(MAX_SCENES)):
        services.add_scenes(project_id=project.pk, scenes=[{}] * MAX_SCENES)
    assert titles(project) == "ABCD"


def test_the_last_scene_comes_back_last_although_others_went(project):
    a, b, _, d = scene_ids(project)
    for scene_id in (d, b, a):
        services.delete_scene(project_id=project.pk, scene_id=scene_id)
    services.restore_scene(project_id=project.pk, scene_id=d)
    assert titles(project) == "CD"
    services.restore_scene(project_id=project.pk, scene_id=d)
    assert titles(project) == "CD"


def test_a_scene_of_another_project_is_not_found(project):
    [stranger] = scene_ids(make_project("Other", scenes=1))
    for change in (services.delete_scene, services.restore_scene, services.duplicate_scene):
        with pytest.raises(NotFoundError):
            change(project_id=project.pk, scene_id=stranger)


def test_a_copied_scene_stands_behind_the_original(project):
    copy = services.duplicate_scene(project_id=project.pk, scene_id=scene_ids(project)[1])
    assert (copy.number, copy.duration_seconds) == (3, 2.0)
    assert titles(project) == "ABBCD"


def test_a_copied_project_has_scenes_of_its_own(project):
    copy = services.duplicate_project(project_id=project.pk)
    assert copy.name == "Night Drive (copy)"
    services.delete_scene(project_id=copy.pk, scene_id=scene_ids(copy)[0])
    assert (titles(project), titles(copy)) == ("ABCD", "BCD")


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("draft", {"prompt": "p"}, "prompted"),
        ("draft", {"prompt": ""}, "draft"),
        ("prompted", {"video_url": "/v.mp4"}, "rendered"),
        ("approved", {"video_url": "/v.mp4"}, "approved"),
        ("draft", {"video_url": "/v.mp4", "status": "draft"}, "draft"),
    ],
)
def test_the_status_follows_the_work_unless_one_is_given(project, before, changes, after):
    scene_id = scene_ids(project)[0]
    Scene.objects.filter(pk=scene_id).update(status=before)
    scene = services.edit_scene(project_id=project.pk, scene_id=scene_id, changes=changes)
    assert scene.status == after


def test_every_change_is_a_revision_with_who_and_when(project):
    services.edit_project(project_id=project.pk, changes={"notes": "n"}, by="ann")
    services.delete_scene(project_id=project.pk, scene_id=scene_ids(project)[0], by="bob")
    newest, middle, first = selectors.revisions(project_id=project.pk, before=None, limit=10)
    assert [r.number for r in (first, middle, newest)] == [1, 2, 3]
    assert [(r.by, r.action) for r in (middle, newest)] == [
        ("ann", "edited"),
        ("bob", "deleted a scene"),
    ]
    assert first.at <= middle.at <= newest.at
    assert newest.scene_count == 3


def test_a_change_that_changes_nothing_is_no_revision(project):
    services.edit_project(project_id=project.pk, changes={"name": project.name})
    services.reorder_scenes(project_id=project.pk, order=scene_ids(project))
    assert Revision.objects.filter(project=project).count() == 1


def test_an_older_revision_is_restored_whole(project):
    before = selectors.board(project_id=project.pk)
    wanted = project_document(before.project, before.scenes)
    a, b, c, d = scene_ids(project)
    services.edit_project(project_id=project.pk, changes={"artist": "x", "frame_rate": 30.0})
    services.delete_scene(project_id=project.pk, scene_id=b)
    services.reorder_scenes(project_id=project.pk, order=[d, a, c])
    services.edit_scene(project_id=project.pk, scene_id=c, changes={"title": "changed"})
    services.add_scenes(project_id=project.pk, scenes=[{"title": "new"}], position=2)

    services.restore_revision(project_id=project.pk, number=1, by="ann")
    after = selectors.board(project_id=project.pk)
    assert project_document(after.project, after.scenes) == wanted
    assert after.project.version == 7

    services.restore_revision(project_id=project.pk, number=6)
    assert [s.title for s in selectors.board(project_id=project.pk).scenes] == [
        *("D", "new", "A", "changed")
    ]


def test_a_restored_revision_makes_scenes_anew_that_were_removed_for_good(project):
    services.delete_scene(project_id=project.pk, scene_id=scene_ids(project)[1])
    Scene.objects.filter(deleted_at__isnull=False).delete()
    services.restore_revision(project_id=project.pk, number=1)
    assert titles(project) == "ABCD"


def test_an_unknown_revision_is_not_found(project):
    with pytest.raises(NotFoundError, match="no revision 9"):
        services.restore_revision(project_id=project.pk, number=9)


def test_a_lost_update_is_refused_whatever_the_change(project):
    first = scene_ids(project)[0]
    stale = {"project_id": project.pk, "if_match": {project.version}}
    services.edit_project(project_id=project.pk, changes={"notes": "meanwhile"})
    attempts: list[Callable[[], object]] = [
        lambda: services.edit_project(changes={"notes": "lost"}, **stale),
        lambda: services.delete_project(**stale),
        lambda: services.edit_scene(scene_id=first, changes={"title": "x"}, **stale),
        lambda: services.delete_scene(scene_id=first, **stale),
        lambda: services.duplicate_scene(scene_id=first, **stale),
        lambda: services.add_scenes(scenes=[{}], **stale),
        lambda: services.reorder_scenes(order=scene_ids(project)[::-1], **stale),
        lambda: services.restore_revision(number=1, **stale),
    ]
    for attempt in attempts:
        with pytest.raises(PreconditionError, match="version 2"):
            attempt()
    project.refresh_from_db()
    assert (project.notes, project.version, titles(project)) == ("meanwhile", 2, "ABCD")


def test_deleting_a_project_is_told_as_an_event(project):
    services.delete_project(project_id=project.pk, by="ann")
    event = Event.objects.get(event_type="storyboard_deleted")
    assert event.metadata == {"project_id": project.pk, "by": "ann"}


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "insert", "delete", "restore", "copy", "shuffle", "edit", "back"]),
        st.integers(0, 50),
        st.floats(0, 60, allow_nan=False).map(lambda value: round(value, 3)),
    ),
    max_size=12,
)


class RandomEditsTest(TestCase):
    @settings(max_examples=25)
    @given(edits=EDITS)
    def test_no_sequence_of_edits_breaks_the_order_or_loses_a_scene(self, edits):
        project = make_project(scenes=2)
        alive = list(titles(project))
        gone: list[tuple[int, str]] = []
        states = [list(alive)]
        for kind, pick, duration in edits:
            ids = scene_ids(project)
            if not self._edit(project, kind, pick, duration, ids, alive, gone, states):
                continue
            rows = selectors.board(project_id=project.pk).scenes
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))
            assert sorted(row.title for row in rows) == sorted(alive)
            passed = 0.0
            for row in rows:
                assert row.start_time == pytest.approx(passed, abs=0.002)
                passed += row.duration_seconds or 0
            states.append([row.title for row in rows])

    @staticmethod
    def _edit(project, kind, pick, duration, ids, alive, gone, states) -> bool:
        where = {"project_id": project.pk}
        if kind in {"add", "insert"}:
            title = f"t{len(states)}-{len(alive)}"
            services.add_scenes(
                scenes=[{"title": title, "duration_seconds": duration}],
                position=None if kind == "add" else pick % (len(ids) + 1) + 1,
                **where,
            )
            alive.append(title)
        elif kind == "restore" and gone:
            scene_id, title = gone.pop(pick % len(gone))
            services.restore_scene(scene_id=scene_id, **where)
            alive.append(title)
        elif kind == "back":
            number = pick % Project.objects.get(pk=project.pk).version + 1
            document = selectors.revision(number=number, **where).document
            services.restore_revision(number=number, **where)
            alive[:] = [scene["title"] for scene in document["scenes"]]
            gone[:] = [(scene.pk, scene.title) for scene in project.scenes.exclude(deleted_at=None)]
        elif not ids:
            return False
        else:
            scene = Scene.objects.get(pk=ids[pick % len(ids)])
            if kind == "delete":
                services.delete_scene(scene_id=scene.pk, **where)
                alive.remove(scene.title)
                gone.append((scene.pk, scene.title))
            elif kind == "copy":
                services.duplicate_scene(scene_id=scene.pk, **where)
                alive.append(scene.title)
            elif kind == "shuffle":
                turn = pick % len(ids)
                services.reorder_scenes(order=ids[turn:] + ids[:turn][::-1], **where)
            elif kind == "edit":
                services.edit_scene(
                    scene_id=scene.pk, changes={"duration_seconds": duration}, **where
                )
        return True
