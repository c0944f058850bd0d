"""Taking what the pipeline wrote into projects: by music title and scene number."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from common.clock import orchestrator_zone, to_utc, utc_now
from storyboard.documents import project_document
from storyboard.merging import is_untouched, take
from storyboard.models import Project, Scene
from storyboard.pipeline_files import AGENTS, PipelineDocument, pipeline_key
from storyboard.services.changes import (
    place,
    record_revision,
    refuse_too_many,
    scenes_in_order,
)
from training.models import TrainingSession

# Key in a project's sources: {kind of file: age of the one that was taken last}.
_AGES = "made_at"
# Of the projects made by hand so many are looked through for the title of a file.
_MOST_BY_HAND = 5000


@dataclass(frozen=True)
class WrittenFile:
    """The file that a document comes from: when it was written last, and its name."""

    written_at: datetime
    name: str


@dataclass(frozen=True)
class Outcome:
    """What became of one document.

    `session_id` None: nobody knows the session it is of. `overtaken`: a newer file of this
    kind was there already, so nothing was taken.
    """

    project: Project
    changed: bool
    session_id: int | None
    overtaken: bool = False


def take_document(
    document: PipelineDocument, *, music: str, by: str, file: WrittenFile | None = None
) -> Outcome:
    """Bring what one file says into the project with this music; the second time changes nothing.

    A project without such a music is made. One that is deleted stays as it is. Of several
    files of one kind the newest counts, in whatever order they come.
    """
    key = pipeline_key(music)
    try:
        return _take(document, key, music, by, file)
    except IntegrityError:
        # Another import made the project at the same moment: now it is there.
        return _take(document, key, music, by, file)


@transaction.atomic
def _take(
    document: PipelineDocument, key: str, music: str, by: str, file: WrittenFile | None
) -> Outcome:
    moment = _made_at(document, file)
    session_id = _session_at(moment)
    project = _project(key, music)
    version, age = project.version, _age(moment, file)
    if age and age < project.sources.get(_AGES, {}).get(document.kind, []):
        return Outcome(project, changed=False, session_id=session_id, overtaken=True)
    if project.deleted_at is None:
        before = _content(project)
        take(project, document.kind, {"name": music[:200], "music": music, **document.project})
        _take_scenes(project, document, session_id)
        if age:
            project.sources[_AGES] = project.sources.get(_AGES, {}) | {document.kind: age}
        if _content(project) != before:
            record_revision(project, action=f"imported a {document.kind} file", by=by)
        else:
            Project.objects.filter(pk=project.pk).update(sources=project.sources)
    return Outcome(project, changed=project.version != version, session_id=session_id)


def _made_at(document: PipelineDocument, file: WrittenFile | None) -> datetime | None:
    """Return when a file was made: as it says itself, else when it was written."""
    if document.made_at is not None:
        moment = to_utc(document.made_at, orchestrator_zone())
        # One from the future would outlive every file to come.
        if moment <= utc_now() + timedelta(days=1):
            return moment
    return file.written_at if file else None


def _age(moment: datetime | None, file: WrittenFile | None) -> list[str]:
    """Return what tells the older of two files of one kind; equal only for one and the same."""
    if moment is None:
        return []
    times = [moment] if file is None else [moment, file.written_at]
    texts = [time.astimezone(UTC).isoformat(timespec="microseconds") for time in times]
    return texts if file is None else [*texts, file.name]


def _content(project: Project) -> dict[str, Any]:
    """Return all that a file may change of a project, without the ages of the files."""
    document = project_document(project, list(scenes_in_order(project)))
    document["sources"] = {kind: said for kind, said in project.sources.items() if kind != _AGES}
    return document


def _project(key: str, music: str) -> Project:
    rows = Project.objects.select_for_update()
    project = rows.filter(pipeline_key=key).first()
    if project is not None:
        return project
    by_hand = next(iter(rows.filter(pk__in=_made_by_hand(key, music))), None)
    if by_hand is None:
        return Project.objects.create(name=music[:200], music=music, pipeline_key=key)
    by_hand.pipeline_key = key
    by_hand.save(update_fields=["pipeline_key"])
    _number_by_place(by_hand)
    return by_hand


def _made_by_hand(key: str, music: str) -> list[int]:
    """Return the id of the first project with this title that no file was taken into yet."""
    rows = Project.objects.alive().filter(pipeline_key=None)
    same = list(rows.filter(music__iexact=music).order_by("pk").values_list("pk", flat=True)[:1])
    if same:
        return same
    # Not every database knows the case of letters beyond ASCII.
    titles = rows.exclude(music="").values_list("pk", "music")[:_MOST_BY_HAND]
    return sorted(pk for pk, title in titles if pipeline_key(title) == key)[:1]


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


def _session_at(moment: datetime | None) -> int | None:
    """Return the session that was going on at this moment."""
    if moment is None:
        return None
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
