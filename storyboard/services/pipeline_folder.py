"""Reading the pipeline's files: those named, or those of a folder that changed."""

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from common.clock import utc_now
from common.database import DATABASE_AWAY
from common.errors import DashboardError
from logs_app.models import Event
from logs_app.services import record_event
from storyboard.merging import merged
from storyboard.models import PipelineFile, Project
from storyboard.pipeline_files import (
    MAX_BYTES,
    ONE_RUN,
    PipelineDocument,
    PipelineFileError,
    TitledFile,
    paired_with,
    parse,
    pipeline_key,
)
from storyboard.services.pipeline import Outcome, WrittenFile, take_document

logger = logging.getLogger(__name__)

_BY = "pipeline"

# A file younger than this may still be being written.
_SETTLE_NS = 2_000_000_000
# The session a file was made in may be imported later than the file: so long it is
# looked for again.
_SESSION_WAIT_NS = 2 * 86_400 * 1_000_000_000
_MOST_FILES = 2000
_UNKNOWN = datetime.min.replace(tzinfo=UTC)

# How the message on a file without a title begins, whatever came of it: such files
# wait for one with a title, and tell no other's.
_NAMELESS = "names no music_title"
_UNCLEAR = (
    f"{_NAMELESS}, and no file that does was written within six hours of it or has the same "
    "number in its name; add music_title to it, or import it with --music TITLE"
)
_WAITING = f"{_NAMELESS}, and waits for a file that does"

_Result = PipelineFile.Outcome


@dataclass
class FileReport:
    """What became of one file; `changed` is false if all of it was there already."""

    path: Path
    outcome: str
    message: str
    music: str = ""
    changed: bool = False
    project_id: int | None = None
    has_session: bool = False


def import_files(paths: Sequence[Path], *, music: str = "") -> list[FileReport]:
    """Import the files, in this order; one that cannot be imported does not stop the others.

    `music` is the title for files that name none. Without it, such a file goes with the one
    of the others that it is paired with, or with their only title; where nobody names a
    title, it belongs to the only project that the pipeline has.
    """
    batch = _read_all(paths)
    for item in batch:
        if item.document is not None and not item.report.music:
            item.report.music = music or _title_among(item, batch)
    for item in batch:
        _take(item)
    return [item.report for item in batch]


def import_pipeline_files(folder: Path) -> list[FileReport]:
    """Import the JSON files of a folder that changed since the last time, and report on them.

    A folder that is not there is an empty one. A broken file is an event, once. A file
    without a title is looked at again when there is one that it can be paired with.
    """
    paths = _json_files(folder)
    known = {row.path: row for row in PipelineFile.objects.filter(path__in=map(_text, paths))}
    files = {path: known.get(_text(path)) for path in paths}
    batch = _read_all(path for path, row in files.items() if _is_to_read(path, row))
    changed = {item.report.path for item in batch}
    titled = _titled(batch) + [
        TitledFile(path.name, _moment(row.modified_ns), row.music)
        for path, row in files.items()
        if row is not None and path not in changed and _names_music(row)
    ]
    batch += _read_all(
        path
        for path, row in files.items()
        if row is not None and path not in changed and _waits_for(path, row, titled)
    )
    for item in batch:
        _pair(item, files.get(item.report.path), titled)
        _take(item)
        if item.report.message == _UNCLEAR and _is_young(item.written_at):
            item.report.message = _WAITING
        _remember_safely(item)
    return [item.report for item in batch]


def _json_files(folder: Path) -> list[Path]:
    """Return the files of a folder by name: of too many the newest."""
    try:
        files = [path for path in folder.glob("*.json") if path.is_file()]
        if len(files) > _MOST_FILES:
            files = sorted(files, key=lambda path: path.stat().st_mtime_ns)[-_MOST_FILES:]
        return sorted(files)
    except OSError:  # one was removed meanwhile; the next time will show
        return []


def _is_to_read(path: Path, known: PipelineFile | None) -> bool:
    try:
        facts = path.stat()
    except OSError:
        return False
    age_ns = time.time_ns() - facts.st_mtime_ns
    if 0 <= age_ns < _SETTLE_NS:
        return False
    if known is None or (known.size, known.modified_ns) != (facts.st_size, facts.st_mtime_ns):
        return True
    return known.awaits_session and age_ns < _SESSION_WAIT_NS


def _names_music(row: PipelineFile) -> bool:
    imported = row.outcome == _Result.IMPORTED and bool(row.music)
    return imported and not row.message.startswith(_NAMELESS)


def _waits_for(path: Path, row: PipelineFile, titled: Sequence[TitledFile]) -> bool:
    if row.outcome != _Result.BROKEN or not row.message.startswith(_NAMELESS):
        return False
    written_at = _moment(row.modified_ns)
    in_vain = row.message == _WAITING and not _is_young(written_at)
    return in_vain or paired_with(path.name, written_at, titled) is not None


def _is_young(written_at: datetime) -> bool:
    """Return whether the other files of the same run may still come."""
    return utc_now() - written_at < ONE_RUN


@dataclass
class _Item:
    """A file that was read; without a document, there is nothing more to do with it."""

    report: FileReport
    document: PipelineDocument | None = None
    written_at: datetime = _UNKNOWN
    facts: os.stat_result | None = None


def _read_all(paths: Iterable[Path]) -> list[_Item]:
    return [_read(path) for path in paths]


def _read(path: Path) -> _Item:
    item = _Item(FileReport(path, _Result.IMPORTED, ""))
    _guarded(item.report, lambda: _read_into(item))
    return item


def _read_into(item: _Item) -> None:
    report = item.report
    # Before reading: what is written meanwhile makes the file another one, read again.
    item.facts = facts = report.path.stat()
    if _text(report.path) != str(report.path):
        raise PipelineFileError("its name is not UTF-8; rename it")
    if facts.st_size > MAX_BYTES:
        raise PipelineFileError(f"larger than {MAX_BYTES // 1_000_000} MB")
    document = parse(report.path.read_bytes())
    if document is None:
        report.outcome = _Result.IGNORED
        report.message = "neither concept nor screenplay nor prompts"
        return
    report.message, report.music = "; ".join(document.complaints), document.music
    item.written_at, item.document = _moment(facts.st_mtime_ns), document


def _guarded(report: FileReport, step: Callable[[], None]) -> None:
    """Take a step with one file; whatever goes wrong with it ends in its report."""
    try:
        step()
    except DATABASE_AWAY:
        raise  # no fault of the file, which would be taken for broken for good
    except OSError as error:
        report.outcome, report.message = _Result.BROKEN, str(error.strerror)
    except PipelineFileError as error:
        report.outcome, report.message = _Result.BROKEN, str(error)
    except DashboardError as error:
        report.outcome, report.message = _Result.BROKEN, error.message
    except Exception as error:
        logger.exception("Unexpected error with the file %s.", _text(report.path))
        report.outcome = _Result.BROKEN
        report.message = f"unexpected error ({type(error).__name__}), see the log"


def _titled(batch: Iterable[_Item]) -> list[TitledFile]:
    return [
        TitledFile(item.report.path.name, item.written_at, item.document.music)
        for item in batch
        if item.document is not None and item.document.music
    ]


def _pair(item: _Item, known: PipelineFile | None, titled: Sequence[TitledFile]) -> None:
    """Give a file without a title that of the file it belongs with, if there is one.

    As long as it does not change, it stays with the one that it was taken for.
    """
    if item.document is None or item.document.music:
        return
    other = paired_with(item.report.path.name, item.written_at, titled)
    music = _music_before(item, known) or (other.music if other else "")
    if music:
        item.report.music = music
        item.report.message = _joined(f"{_NAMELESS}, taken for {music}", item.report.message)


def _music_before(item: _Item, known: PipelineFile | None) -> str:
    if known is None or known.outcome != _Result.IMPORTED:
        return ""
    return known.music if _moment(known.modified_ns) == item.written_at else ""


def _title_among(item: _Item, batch: Sequence[_Item]) -> str:
    """Return the title for a file without one, from those that were named together with it."""
    titled = _titled(batch)
    other = paired_with(item.report.path.name, item.written_at, titled)
    if other is not None:
        return other.music
    if titled:
        same = {pipeline_key(file.music) for file in titled}
        return titled[0].music if len(same) == 1 else ""
    projects = Project.objects.alive().filter(pipeline_key__isnull=False)[:2]
    return _title_of(projects[0]) if len(projects) == 1 else ""


def _title_of(project: Project) -> str:
    """Return the title by which files find a project, as they write it if that is known."""
    title = str(merged(project.sources).get("music", ""))
    key = project.pipeline_key or ""
    return title if pipeline_key(title) == key else key


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def _text(path: Path) -> str:
    """Return a path as text that can be stored, even one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _take(item: _Item) -> None:
    report, document = item.report, item.document
    if document is None:
        return
    if not report.music:
        report.outcome, report.message = _Result.BROKEN, _UNCLEAR
        return
    file = WrittenFile(item.written_at, report.path.name)
    for part in filter(None, [document, document.also]):
        if report.outcome == _Result.IMPORTED:
            _guarded(report, partial(_take_into_project, report, part, file))


def _take_into_project(report: FileReport, document: PipelineDocument, file: WrittenFile) -> None:
    outcome = take_document(document, music=report.music, by=_BY, file=file)
    report.changed = report.changed or outcome.changed
    report.project_id = outcome.project.pk
    # An older file has nothing more to say, whatever session it is of.
    report.has_session = outcome.session_id is not None or outcome.overtaken
    if outcome.project.deleted_at is not None:
        deleted = f"project {outcome.project.pk} is deleted and stays as it is"
        report.message = _joined(report.message, deleted)
    elif outcome.overtaken:
        report.message = _joined(report.message, f"a newer {document.kind} file was taken already")
    elif outcome.changed:
        _tell(report, document, outcome)


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))


def _tell(report: FileReport, document: PipelineDocument, outcome: Outcome) -> None:
    record_event(
        event_type="storyboard_imported",
        message=f"Imported {len(document.scenes)} scenes of the {document.kind} file "
        f"{report.path.name} into storyboard {outcome.project.name}.",
        session_id=outcome.session_id,
        metadata={"project_id": outcome.project.pk, "complaints": document.complaints[:50]},
    )


def _remember_safely(item: _Item) -> None:
    """Keep what became of a file; if that fails, it is read again the next time."""
    report = item.report
    try:
        if item.facts is not None:
            _remember(report, item.facts)
    except DATABASE_AWAY:
        raise
    except Exception:
        logger.exception("Cannot keep what became of the file %s.", _text(report.path))


def _remember(report: FileReport, facts: os.stat_result) -> None:
    known = PipelineFile.objects.filter(path=_text(report.path)).first()
    is_new = known is None or known.message != report.message
    if report.outcome == _Result.BROKEN and is_new and report.message != _WAITING:
        record_event(
            event_type="storyboard_file_broken",
            message=f"{Path(_text(report.path)).name} cannot be imported: {report.message}.",
            severity=Event.Severity.WARNING,
            metadata={"path": _text(report.path)},
        )
    PipelineFile.objects.update_or_create(
        path=_text(report.path),
        defaults={
            "size": facts.st_size,
            "modified_ns": facts.st_mtime_ns,
            "outcome": report.outcome,
            "message": report.message,
            "music": report.music,
            "awaits_session": report.outcome == _Result.IMPORTED and not report.has_session,
            "read_at": utc_now(),
        },
    )
