"""The frame of every change: one lock, one check of the version, one revision."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction

from common.clock import utc_now
from common.errors import InvalidInputError, NotFoundError, PreconditionError
from storyboard.documents import project_document
from storyboard.models import Project, Revision, Scene, ThumbnailUse
from storyboard.thumbnails import stored_name

MAX_SCENES = 1000

# Above every number in use: scenes step aside to here while they change places, since
# the constraint of one scene per number is checked row by row.
_ASIDE = 1_000_000


@contextmanager
def changing(
    project_id: int, *, action: str, by: str, if_match: Collection[int] | None = None
) -> Iterator[Project]:
    """Hold the project's row while its scenes are changed; write the revision at the end.

    What the caller sets on the yielded project is saved. If nothing changed, there is
    no new revision either. `if_match` are the versions that may be changed, None: any.

    Raises:
        NotFoundError: there is no such project (404).
        PreconditionError: somebody changed it in between (412).
    """
    with transaction.atomic():
        project = lock_project(project_id)
        check_version(project, if_match)
        yield project
        record_revision(project, action=action, by=by)


def lock_project(project_id: int, *, deleted: bool = False) -> Project:
    """Return a project whose row nobody else can change until the transaction ends."""
    rows = Project.objects.select_for_update()
    project = (rows if deleted else rows.alive()).filter(pk=project_id).first()
    if project is None:
        raise NotFoundError(f"There is no project {project_id}.")
    return project


def check_version(project: Project, if_match: Collection[int] | None) -> None:
    """Refuse to change another version than the caller has seen."""
    if if_match is not None and project.version not in if_match:
        raise PreconditionError(
            f"Project {project.pk} was changed in between and is at version {project.version} "
            "now. Read it again, then repeat the change."
        )


def record_revision(project: Project, *, action: str, by: str, always: bool = False) -> None:
    """Save the project and keep it as a revision; without a difference, do neither."""
    scenes = list(scenes_in_order(project))
    document = project_document(project, scenes)
    newest = Revision.objects.filter(project=project).order_by("-number").first()
    if newest is not None and newest.document == document and not always:
        return
    project.version += 1
    project.save()
    Revision.objects.create(
        project=project,
        number=project.version,
        at=utc_now(),
        by=by,
        action=action,
        scene_count=len(scenes),
        packed=Revision.pack(document),
    )
    names = {name for scene in scenes if (name := stored_name(scene.thumbnail))}
    ThumbnailUse.objects.bulk_create(
        [ThumbnailUse(project=project, name=name) for name in sorted(names)],
        ignore_conflicts=True,
    )


def scenes_in_order(project: Project) -> models.QuerySet[Scene]:
    """Return the scenes of a project that are not deleted."""
    return Scene.objects.alive().of_project(project.pk).in_order()


def place(project: Project, scene_ids: Sequence[int]) -> None:
    """Give the scenes of a project the numbers 1 to n, in the order of `scene_ids`."""
    rows = list(scenes_in_order(project).values_list("pk", "number"))
    if rows == [(pk, number) for number, pk in enumerate(scene_ids, 1)]:
        return
    step_aside(project)
    Scene.objects.bulk_update(
        [Scene(pk=pk, number=number) for number, pk in enumerate(scene_ids, 1)], ["number"]
    )


def step_aside(project: Project) -> None:
    """Move the scenes of a project to high numbers, so that 1 to n are free."""
    Scene.objects.alive().of_project(project.pk).update(number=models.F("number") + _ASIDE)


def replace_scenes(project: Project, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make `wanted` ({column: value} and perhaps `id`) the scenes of a project, in this order.

    A scene whose id belongs to the project is changed, or brought back if it was
    deleted; the others are new; those not named are deleted.
    """
    refuse_too_many(len(wanted))
    named = [fields["id"] for fields in wanted if fields.get("id") is not None]
    if len(named) != len(set(named)):
        raise InvalidInputError(
            "A scene is named twice.", details={"scenes": ["Each id may occur once."]}
        )
    # Only rows of this project; one that is gone for good comes back as a new scene.
    rows = Scene.objects.of_project(project.pk).in_bulk(named)
    scenes_in_order(project).exclude(pk__in=rows).update(deleted_at=utc_now())
    step_aside(project)
    changed: list[Scene] = []
    new: list[Scene] = []
    for number, fields in enumerate(wanted, 1):
        known = rows.get(fields.get("id") or 0)
        scene = known or Scene(project=project)
        columns = {column: value for column, value in fields.items() if column != "id"}
        moved = (scene.number, scene.deleted_at) != (number, None)
        if set_columns(scene, columns) or moved:
            scene.updated_at = utc_now()
        scene.number, scene.deleted_at = number, None
        (changed if known else new).append(scene)
    Scene.objects.bulk_update(changed, _SCENE_COLUMNS)
    Scene.objects.bulk_create(new)


def refuse_unknown(project: Project, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Refuse ids that are no scenes of the project: taken for new ones they replace the others."""
    named = {fields["id"] for fields in wanted if fields.get("id") is not None}
    present = Scene.objects.of_project(project.pk).filter(pk__in=named)
    unknown = sorted(named - set(present.values_list("pk", flat=True)))
    if unknown:
        ids = ", ".join(map(str, unknown[:20]))
        message = f"Project {project.pk} has no scene {ids}. A new scene has no id."
        raise InvalidInputError(message, details={"scenes": [message]})


def set_columns(scene: Scene, changes: Mapping[str, Any]) -> bool:
    """Set columns of a scene with what follows from them; return whether one is different now."""
    wanted = follow_work(scene, changes)
    different = {name: value for name, value in wanted.items() if getattr(scene, name) != value}
    for column, value in different.items():
        setattr(scene, column, value)
    return bool(different)


def follow_work(scene: Scene, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes with the status that a new prompt or video brings, unless one is given."""
    status = scene.status
    if (changes.get("prompt") or "").strip() and status == Scene.Status.DRAFT:
        status = Scene.Status.PROMPTED
    if changes.get("video_url") and status in {Scene.Status.DRAFT, Scene.Status.PROMPTED}:
        status = Scene.Status.RENDERED
    return {"status": status, **changes}


def refuse_too_many(count: int) -> None:
    """Refuse a project with more scenes than one page can show."""
    if count > MAX_SCENES:
        message = f"A project has at most {MAX_SCENES} scenes."
        raise InvalidInputError(message, details={"scenes": [message]})


_SCENE_COLUMNS = [
    field.name
    for field in Scene._meta.concrete_fields
    if field.name not in {"id", "project", "created_at"}
]
