"""What a person does to a project as a whole."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import models, transaction

from common.clock import utc_now
from common.errors import NotFoundError
from logs_app.services import record_event
from storyboard.documents import project_columns, project_document, scene_columns
from storyboard.models import Project, Revision
from storyboard.services.changes import (
    changing,
    check_version,
    lock_project,
    record_revision,
    refuse_unknown,
    replace_scenes,
    scenes_in_order,
)

Fields = Mapping[str, Any]


@transaction.atomic
def create_project(
    *, fields: Fields, scenes: Sequence[Fields] = (), by: str = "", action: str = "created"
) -> Project:
    """Make a project with its scenes; both are given as {column: value}."""
    project = Project.objects.create(**fields)
    replace_scenes(project, [{**scene, "id": None} for scene in scenes])
    record_revision(project, action=action, by=by)
    return project


def edit_project(
    *,
    project_id: int,
    changes: Fields,
    scenes: Sequence[Fields] | None = None,
    by: str = "",
    if_match: Collection[int] | None = None,
) -> Project:
    """Change columns of a project and, where given, replace its scenes.

    Raises:
        InvalidInputError: a scene has an id that the project does not know (400).
    """
    with changing(project_id, action="edited", by=by, if_match=if_match) as project:
        for column, value in changes.items():
            setattr(project, column, value)
        if scenes is not None:
            refuse_unknown(project, scenes)
            replace_scenes(project, scenes)
    return project


@transaction.atomic
def delete_project(
    *, project_id: int, by: str = "", if_match: Collection[int] | None = None
) -> None:
    """Mark a project as deleted; `restore_project` brings it back for 30 days."""
    project = lock_project(project_id)
    check_version(project, if_match)
    project.deleted_at = utc_now()
    record_revision(project, action="deleted", by=by, always=True)
    record_event(
        event_type="storyboard_deleted",
        message=f"Storyboard {project.name} (project {project.pk}) was deleted.",
        metadata={"project_id": project.pk, "by": by},
    )


@transaction.atomic
def restore_project(
    *, project_id: int, by: str = "", if_match: Collection[int] | None = None
) -> Project:
    """Undo the deletion of a project; one that is not deleted stays as it is."""
    project = lock_project(project_id, deleted=True)
    check_version(project, if_match)
    if project.deleted_at is not None:
        project.deleted_at = None
        record_revision(project, action="brought back", by=by, always=True)
    return project


@transaction.atomic
def duplicate_project(*, project_id: int, name: str = "", by: str = "") -> Project:
    """Make a copy of a project with its scenes, for people only: no import finds it."""
    original = lock_project(project_id)
    document = project_document(original, list(scenes_in_order(original)))
    fields = project_columns(document) | {"sources": {}}
    fields["name"] = name or f"{original.name[:190]} (copy)"
    scenes = [
        scene_columns(scene) | {"sources": {}, "source_number": None}
        for scene in document["scenes"]
    ]
    return create_project(
        fields=fields, scenes=scenes, by=by, action=f"copied from project {original.pk}"
    )


def restore_revision(
    *, project_id: int, number: int, by: str = "", if_match: Collection[int] | None = None
) -> Project:
    """Make a project what it was after revision `number`; this is a new revision."""
    action = f"went back to revision {number}"
    with changing(project_id, action=action, by=by, if_match=if_match) as project:
        revision = Revision.objects.filter(project=project, number=number).first()
        if revision is None:
            raise NotFoundError(f"Project {project_id} has no revision {number}.")
        document = revision.document
        for column, value in project_columns(document).items():
            setattr(project, column, value)
        _give_way(project, document)
        replace_scenes(project, [scene_columns(scene) for scene in document["scenes"]])
    return project


def _give_way(project: Project, document: Mapping[str, Any]) -> None:
    """Free the pipeline's scene numbers that the old state gives to its scenes."""
    kept = [scene["id"] for scene in document["scenes"]]
    numbers = [scene["source_number"] for scene in document["scenes"]]
    project.scenes.filter(
        models.Q(pk__in=kept) | models.Q(source_number__in=filter(None, numbers))
    ).update(source_number=None)
