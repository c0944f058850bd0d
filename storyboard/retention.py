"""Removing for good what was deleted 30 days ago."""

from datetime import datetime, timedelta

from django.db import transaction

from storyboard import thumbnails
from storyboard.models import Project, Revision, Scene, ThumbnailUse

KEPT_FOR = timedelta(days=30)
REVISIONS_KEPT = 1000


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
    _, by_model = Scene.objects.deleted_before(before).delete()
    _thin_out_revisions()
    return removed + by_model.get(Scene._meta.label, 0)


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
