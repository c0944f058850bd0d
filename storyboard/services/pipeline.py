"""Taking what the pipeline wrote into projects: by music title and scene number."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from common.clock import orchestrator_zone, to_utc, utc_now
from storyboard.merging import is_untouched, take
from storyboard.models import Project, Scene
from storyboard.pipeline_files import AGENTS, PipelineDocument
from storyboard.services.changes import (
    place,
    record_revision,
    refuse_too_many,
    scenes_in_order,
)
from training.models import TrainingSession


@dataclass(frozen=True)
class Outcome:
    """What became of one document; `session_id` None: nobody knows the session it is of."""

    project: Project
    changed: bool
    session_id: int | None


def take_document(document: PipelineDocument, *, music: str, by: str) -> Outcome:
    """Bring what one file says into the project with this music; the second time changes nothing.

    A project without such a music is made. One that is deleted stays as it is.
    """
    key = pipeline_key(music)
    try:
        return _take(document, key, music, by)
    except IntegrityError:
        # Another import made the project at the same moment: now it is there.
        return _take(document, key, music, by)


def pipeline_key(music: str) -> str:
    """Return the title as files of the pipeline are matched by it."""
    return " ".join(music.split()).casefold()[:500]


@transaction.atomic
def _take(document: PipelineDocument, key: str, music: str, by: str) -> Outcome:
    session_id = _session_of(document)
    project = _project(key, music)
    version = project.version
    if project.deleted_at is None:
        take(project, document.kind, {"name": music[:200], "music": music, **document.project})
        _take_scenes(project, document, session_id)
        record_revision(project, action=f"imported a {document.kind} file", by=by)
    return Outcome(project=project, changed=project.version != version, session_id=session_id)


def _project(key: str, music: str) -> Project:
    rows = Project.objects.select_for_update()
    project = rows.filter(pipeline_key=key).first()
    if project is not None:
        return project
    by_hand = rows.alive().filter(pipeline_key=None, music__iexact=music).order_by("pk").first()
    if by_hand is None:
        return Project.objects.create(name=music[:200], music=music, pipeline_key=key)
    by_hand.pipeline_key = key
    by_hand.save(update_fields=["pipeline_key"])
    _number_by_place(by_hand)
    return by_hand


def _number_by_place(project: Project) -> None:
    """Let the files find the scenes of a project made by hand: the first is their first."""
    numbers = project.scenes.values_list("source_number", flat=True)
    taken = [number for number in numbers if number is not None]
    for scene in scenes_in_order(project).filter(source_number=None).exclude(number__in=taken):
        scene.source_number = scene.number
        scene.save(update_fields=["source_number"])


def _take_scenes(project: Project, document: PipelineDocument, session_id: int | None) -> None:
    facts = {"agent_id": AGENTS[document.kind], "session_id": session_id}
    said = {number: fields | facts for number, fields in document.scenes.items()}
    known = {
        scene.source_number: scene for scene in project.scenes.filter(source_number__isnull=False)
    }
    arriving = [Scene(project=project, source_number=number) for number in said.keys() - known]
    for number, scene in known.items():
        if number not in said:
            _withdraw(scene, document.kind)
        elif scene.deleted_at is None:
            _update(scene, document.kind, said[number])
        elif not scene.sources:
            # It went because no file named it any more; one that a person deleted has sources.
            arriving.append(scene)
    for scene in arriving:
        take(scene, document.kind, said[scene.source_number or 0])
    _insert(project, arriving)


def _update(scene: Scene, kind: str, fields: dict[str, Any]) -> None:
    before = scene.sources
    take(scene, kind, fields)
    if scene.sources != before:
        scene.save()


def _withdraw(scene: Scene, kind: str) -> None:
    """Take back what a file of this kind said; the scene goes if there is nothing else in it."""
    if scene.deleted_at is not None or kind not in scene.sources:
        return
    if is_untouched(scene) and scene.sources.keys() == {kind}:
        scene.deleted_at = utc_now()
    take(scene, kind, None)
    scene.save()


def _insert(project: Project, arriving: list[Scene]) -> None:
    """Put each scene before the first one that has a higher number in the files."""
    rows = list(scenes_in_order(project).values_list("pk", "number", "source_number"))
    refuse_too_many(len(rows) + len(arriving))
    order = [(pk, source_number) for pk, _, source_number in rows]
    free = max((number for _, number, _ in rows), default=0) + 1
    for scene in sorted(arriving, key=lambda scene: scene.source_number or 0):
        wanted = scene.source_number or 0
        scene.number, scene.deleted_at = free, None
        scene.save()
        free += 1
        later = (spot for spot, (_, number) in enumerate(order) if (number or 0) > wanted)
        order.insert(next(later, len(order)), (scene.pk, wanted))
    place(project, [pk for pk, _ in order])


def _session_of(document: PipelineDocument) -> int | None:
    """Return the session during which a file was made, by the file's own time."""
    if document.made_at is None:
        return None
    moment = to_utc(document.made_at, orchestrator_zone())
    session = (
        TrainingSession.objects.filter(start_time__lte=moment)
        .order_by("-start_time", "-pk")
        .first()
    )
    if session is None:
        return None
    over = session.end_time is not None and session.end_time < moment
    unknown_end = session.end_time is None and not session.is_active
    return None if over or unknown_end else session.pk
