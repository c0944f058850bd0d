"""Reading the pipeline's files: those named, or those of a folder that changed."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.clock import utc_now
from common.errors import DashboardError
from logs_app.models import Event
from logs_app.services import record_event
from storyboard.models import PipelineFile
from storyboard.pipeline_files import MAX_BYTES, PipelineDocument, PipelineFileError, parse
from storyboard.services.pipeline import Outcome, take_document

_BY = "pipeline"

# A file younger than this may still be being written.
_SETTLE_NS = 2_000_000_000
# The session a file was made in may be imported later than the file: so long it is
# looked for again.
_SESSION_WAIT_NS = 2 * 86_400 * 1_000_000_000
_MOST_FILES = 2000

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

    `music` is the title for files that name none; without it, such a file belongs to
    the only title that the others name.
    """
    return _import(paths, titles={music} if music else set())


def import_pipeline_files(folder: Path) -> list[FileReport]:
    """Import the JSON files of a folder that changed since the last time, and report on them.

    A folder that is not there is an empty one. A broken file is an event, once.
    """
    known = {row.path: row for row in PipelineFile.objects.filter(path__startswith=f"{folder}/")}
    changed = [path for path in _json_files(folder) if _is_to_read(path, known.get(str(path)))]
    reports = _import(changed, titles={row.music for row in known.values() if row.music})
    for report in reports:
        _remember(report)
    return reports


def _json_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob("*.json") if path.is_file())[:_MOST_FILES]
    except OSError:
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


def _import(paths: Iterable[Path], *, titles: set[str]) -> list[FileReport]:
    reports: list[FileReport] = []
    readable: list[tuple[FileReport, PipelineDocument]] = []
    for path in paths:
        report, document = _read(path)
        reports.append(report)
        if document is not None:
            readable.append((report, document))
    titles = titles | {document.music for _, document in readable if document.music}
    for report, document in readable:
        report.music = document.music or (titles.copy().pop() if len(titles) == 1 else "")
        _take(report, document)
    return reports


def _read(path: Path) -> tuple[FileReport, PipelineDocument | None]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PipelineFileError(f"larger than {MAX_BYTES // 1_000_000} MB")
        document = parse(path.read_bytes())
    except (OSError, PipelineFileError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return FileReport(path, _Result.BROKEN, str(reason)), None
    if document is None:
        return FileReport(path, _Result.IGNORED, "neither concept nor screenplay nor prompts"), None
    return FileReport(path, _Result.IMPORTED, "; ".join(document.complaints)), document


def _take(report: FileReport, document: PipelineDocument) -> None:
    if not report.music:
        report.outcome = _Result.BROKEN
        report.message = "names no music_title, and it is not clear which one it belongs to"
        return
    try:
        outcome = take_document(document, music=report.music, by=_BY)
    except DashboardError as error:
        report.outcome, report.message = _Result.BROKEN, error.message
        return
    report.changed, report.project_id = outcome.changed, outcome.project.pk
    report.has_session = outcome.session_id is not None or document.made_at is None
    if outcome.project.deleted_at is not None:
        report.message = f"project {outcome.project.pk} is deleted and stays as it is"
    elif outcome.changed:
        _tell(report, document, outcome)


def _tell(report: FileReport, document: PipelineDocument, outcome: Outcome) -> None:
    record_event(
        event_type="storyboard_imported",
        message=f"Imported {len(document.scenes)} scenes of the {document.kind} file "
        f"{report.path.name} into storyboard {outcome.project.name}.",
        session_id=outcome.session_id,
        metadata={"project_id": outcome.project.pk, "complaints": document.complaints[:50]},
    )


def _remember(report: FileReport) -> None:
    try:
        facts = report.path.stat()
    except OSError:
        return
    known = PipelineFile.objects.filter(path=str(report.path)).first()
    if report.outcome == _Result.BROKEN and (known is None or known.message != report.message):
        record_event(
            event_type="storyboard_file_broken",
            message=f"{report.path.name} cannot be imported: {report.message}.",
            severity=Event.Severity.WARNING,
            metadata={"path": str(report.path)},
        )
    PipelineFile.objects.update_or_create(
        path=str(report.path),
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
