"""What a person does to single scenes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from common.clock import utc_now
from common.errors import InvalidInputError, NotFoundError
from storyboard import thumbnails
from storyboard.models import Project, Scene
from storyboard.services.changes import (
    changing,
    follow_work,
    place,
    refuse_too_many,
    scenes_in_order,
    set_columns,
)

Fields = Mapping[str, Any]
Versions = Collection[int] | None


def add_scenes(
    *,
    project_id: int,
    scenes: Sequence[Fields],
    position: int | None = None,
    by: str = "",
    if_match: Versions = None,
) -> list[Scene]:
    """Add scenes at `position` (1 is the first), else at the end, and return them in order."""
    with changing(project_id, action="added scenes", by=by, if_match=if_match) as project:
        new = insert_scenes(project, scenes, position=position)
    return list(Scene.objects.filter(pk__in=[scene.pk for scene in new]).in_order())


def insert_scenes(
    project: Project, scenes: Sequence[Fields], *, position: int | None = None
) -> list[Scene]:
    """Add scenes inside of a change that is already going on."""
    order = _order(project)
    refuse_too_many(len(order) + len(scenes))
    if position is None:
        position = len(order) + 1
    if not 1 <= position <= len(order) + 1:
        message = f"position must be a whole number from 1 to {len(order) + 1}."
        raise InvalidInputError(message, details={"position": [message]})
    new = Scene.objects.bulk_create(
        Scene(**follow_work(Scene(), fields), project=project, number=number)
        for number, fields in enumerate(scenes, len(order) + 1)
    )
    order[position - 1 : position - 1] = [scene.pk for scene in new]
    place(project, order)
    return new


def edit_scene(
    *, project_id: int, scene_id: int, changes: Fields, by: str = "", if_match: Versions = None
) -> Scene:
    """Change columns of a scene."""
    with changing(project_id, action="edited a scene", by=by, if_match=if_match) as project:
        scene = _scene(project, scene_id)
        if set_columns(scene, changes):
            scene.save()
    return scene


def set_thumbnail(
    *, project_id: int, scene_id: int, content: bytes, by: str = "", if_match: Versions = None
) -> Scene:
    """Store a picture and make it the thumbnail of a scene.

    Raises:
        InvalidInputError: it is not a picture (400); see `storyboard.thumbnails`.
    """
    picture = thumbnails.encode(content)
    with changing(project_id, action="gave a thumbnail", by=by, if_match=if_match) as project:
        scene = _scene(project, scene_id)
        # Stored only now: one that no scene shows would never be removed again.
        scene.thumbnail = thumbnails.store(picture)
        scene.save()
    return scene


def delete_scene(
    *, project_id: int, scene_id: int, by: str = "", if_match: Versions = None
) -> None:
    """Mark a scene as deleted and close the gap; `restore_scene` brings it back for 30 days."""
    with changing(project_id, action="deleted a scene", by=by, if_match=if_match) as project:
        scene = _scene(project, scene_id)
        scene.deleted_at = utc_now()
        scene.save(update_fields=["deleted_at"])
        place(project, _order(project))


def restore_scene(
    *, project_id: int, scene_id: int, by: str = "", if_match: Versions = None
) -> Scene:
    """Undo the deletion of a scene: it takes its old place again, or the last one."""
    action = "brought back a scene"
    with changing(project_id, action=action, by=by, if_match=if_match) as project:
        scene = Scene.objects.of_project(project.pk).filter(pk=scene_id).first()
        if scene is None:
            raise NotFoundError(f"Project {project_id} has no scene {scene_id}.")
        if scene.deleted_at is not None:
            _bring_back(project, scene)
    scene.refresh_from_db()
    return scene


def _bring_back(project: Project, scene: Scene) -> None:
    order = _order(project)
    refuse_too_many(len(order) + 1)
    order.insert(min(scene.number, len(order) + 1) - 1, scene.pk)
    scene.deleted_at, scene.number = None, len(order)
    scene.save(update_fields=["deleted_at", "number", "updated_at"])
    place(project, order)


def duplicate_scene(
    *, project_id: int, scene_id: int, by: str = "", if_match: Versions = None
) -> Scene:
    """Put a copy of a scene right behind it."""
    with changing(project_id, action="copied a scene", by=by, if_match=if_match) as project:
        original = _scene(project, scene_id)
        fields = {column: getattr(original, column) for column in _COPIED}
        [copy] = insert_scenes(project, [fields], position=original.number + 1)
    copy.refresh_from_db()
    return copy


def reorder_scenes(
    *, project_id: int, order: Sequence[int], by: str = "", if_match: Versions = None
) -> None:
    """Put all scenes of a project in the order of their ids.

    Raises:
        InvalidInputError: `order` does not name every scene exactly once (400).
    """
    with changing(project_id, action="reordered", by=by, if_match=if_match) as project:
        present = _order(project)
        if sorted(order) != sorted(present):
            missing = sorted(set(present) - set(order))
            unknown = sorted(set(order) - set(present))
            message = (
                "order must name every scene of the project exactly once "
                f"(missing: {_listed(missing)}; not of this project: {_listed(unknown)})."
            )
            raise InvalidInputError(message, details={"order": [message]})
        place(project, order)


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:20])) or "none"


def _order(project: Project) -> list[int]:
    return list(scenes_in_order(project).values_list("pk", flat=True))


def _scene(project: Project, scene_id: int) -> Scene:
    scene = scenes_in_order(project).filter(pk=scene_id).first()
    if scene is None:
        raise NotFoundError(f"Project {project.pk} has no scene {scene_id}.")
    return scene


_COPIED = (
    "title",
    "description",
    "screenplay",
    "prompt",
    "duration_seconds",
    "style_tags",
    "thumbnail",
    "video_url",
    "status",
    "agent_id",
    "session_id",
)
