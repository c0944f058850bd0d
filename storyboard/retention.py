"""Removing for good what was deleted 30 days ago."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from storyboard import thumbnails
from storyboard.documents import SCENE_KEYS
from storyboard.models import Project, Revision, Scene, ThumbnailUse
from storyboard.pipeline_files import CONCEPT

KEPT_FOR = timedelta(days=30)
REVISIONS_KEPT = 1000

# That a person deleted a scene of the files is told from those that went by themselves
# by its sources; this is the least that says so.
_FORGOTTEN: dict[str, dict[str, str]] = {CONCEPT: {}}


def purge_deleted(*, now: datetime) -> int:
    """Remove projects and scenes deleted more than 30 days ago; return how many.

    Pictures that no project uses any more go too. Of each project the newest
    1000 revisions are kept.
    """
    before = now - KEPT_FOR
    removed = sum(
        _remove_project(project_id)
        for project_id in list(Project.objects.deleted_before(before).values_list("pk", flat=True))
    )
    removed += _empty_imported_scenes(before)
    gone = Scene.objects.deleted_before(before).exclude(_OF_FILES)
    _, by_model = gone.delete()
    _thin_out_revisions()
    return removed + by_model.get(Scene._meta.label, 0)


_OF_FILES = Q(source_number__isnull=False) & ~Q(sources={})


def _empty_imported_scenes(before: datetime) -> int:
    """Remove what is in deleted scenes of the pipeline's files.

    Their number stays as long as the project: without it the next file that names
    the scene would bring it back.
    """
    full = Scene.objects.deleted_before(before).filter(_OF_FILES).exclude(sources=_FORGOTTEN)
    blank = Scene(sources=_FORGOTTEN)
    columns = set(SCENE_KEYS.values()) - {"source_number"}
    return full.update(**{column: getattr(blank, column) for column in columns})


def _remove_project(project_id: int) -> int:
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(pk=project_id).first()
        if project is None or project.deleted_at is None:  # restored or removed meanwhile
            return 0
        names = set(project.thumbnail_uses.values_list("name", flat=True))
        project.delete()
        used = ThumbnailUse.objects.filter(name__in=names).values_list("name", flat=True)
        unused = names - set(used)
    for name in unused:
        thumbnails.remove(name)
    return 1


def _thin_out_revisions() -> None:
    for project_id, version in Project.objects.filter(version__gt=REVISIONS_KEPT).values_list(
        "pk", "version"
    ):
        Revision.objects.filter(
            project_id=project_id, number__lte=version - REVISIONS_KEPT
        ).delete()
