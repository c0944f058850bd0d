"""Reading storyboards."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from common.errors import NotFoundError
from storyboard.hints import Hint, project_warnings
from storyboard.models import Project, ProjectQuerySet, Revision, Scene, SceneQuerySet
from storyboard.timing import place_in_time

_ORDERS = {
    "created": ("created_at", "id"),
    "-created": ("-created_at", "-id"),
    "updated": ("updated_at", "id"),
    "-updated": ("-updated_at", "-id"),
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
}
PROJECT_ORDERS = tuple(_ORDERS)


@dataclass(frozen=True)
class Board:
    """A project with its scenes in order, each with its `start_time`."""

    project: Project
    scenes: list[Scene]

    @cached_property
    def warnings(self) -> list[Hint]:
        return project_warnings(self.project, self.scenes)


def projects(
    *, status: str | None = None, search: str = "", ordering: str = "-created"
) -> ProjectQuerySet:
    """Return the projects that are not deleted, each with `scene_count`.

    `search` is looked for in name, music and artist.
    """
    rows = Project.objects.alive().with_scene_count().defer("notes", "sources")
    if status:
        rows = rows.filter(status=status)
    if search:
        rows = rows.filter(
            Q(name__icontains=search) | Q(music__icontains=search) | Q(artist__icontains=search)
        )
    return rows.order_by(*_ORDERS[ordering])


def board(*, project_id: int) -> Board:
    """Return a project with its scenes.

    Raises:
        NotFoundError: there is none, or it is deleted (404).
    """
    # The project first: if it is changed in between, its version is too old rather than
    # too new, and a change with this version as If-Match is refused.
    project = Project.objects.alive().filter(pk=project_id).first()
    if project is None:
        raise NotFoundError(f"There is no project {project_id}.")
    scenes = list(Scene.objects.alive().of_project(project_id).in_order())
    place_in_time(scenes)
    return Board(project=project, scenes=scenes)


def scene(*, project_id: int, scene_id: int) -> tuple[Project, Scene]:
    """Return a project and one of its scenes, with its `start_time`.

    Raises:
        NotFoundError: there is no such project or scene (404).
    """
    found = board(project_id=project_id)
    for row in found.scenes:
        if row.pk == scene_id:
            return found.project, row
    raise NotFoundError(f"Project {project_id} has no scene {scene_id}.")


def videos() -> SceneQuerySet:
    """Return the scenes that have a video, by project and place."""
    return (
        Scene.objects.alive()
        .filter(project__deleted_at__isnull=True)
        .exclude(video_url="")
        .in_order()
    )


def videos_generated() -> int:
    """Return the number of scenes with a video: one is linked, or they are rendered or approved."""
    done = [Scene.Status.RENDERED, Scene.Status.APPROVED]
    return (
        Scene.objects.alive()
        .filter(project__deleted_at__isnull=True)
        .filter(~Q(video_url="") | Q(status__in=done))
        .count()
    )


def revisions(*, project_id: int, before: int | None, limit: int) -> list[Revision]:
    """Return revisions of a project, newest first, without their documents.

    `before` leaves out that number and newer ones, for the next page.

    Raises:
        NotFoundError: there is no such project (404).
    """
    if not Project.objects.alive().filter(pk=project_id).exists():
        raise NotFoundError(f"There is no project {project_id}.")
    rows = Revision.objects.filter(project_id=project_id).defer("packed").order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    return list(rows[:limit])


def revision(*, project_id: int, number: int) -> Revision:
    """Return one revision with its document.

    Raises:
        NotFoundError: there is no such project or revision (404).
    """
    rows = Revision.objects.filter(project_id=project_id, project__deleted_at__isnull=True)
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFoundError(f"Project {project_id} has no revision {number}.")
    return found
