"""Making all imported rows anew from the archive."""

from __future__ import annotations

from django.db import transaction

from agents.models import AgentMetric
from common.errors import ConflictError
from logs_app.models import Event
from logs_app.services import record_event
from metrics.models import Metric
from training.importing import archive
from training.importing.facts import SessionFacts
from training.importing.folder import Progress
from training.importing.lock import import_lock
from training.importing.sessions import Places, SessionWriter
from training.importing.summary import FileOutcome, FileStatus, ImportSummary
from training.importing.versions import VersionImport
from training.models import ImportedFile, SessionSource, TrainingSession
from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.files import FileKind

_LOCK_SECONDS = 60.0


def rebuild(*, on_progress: Progress | None = None) -> ImportSummary:
    """Delete every imported row and import all versions in the archive again, in their order.

    Sessions keep their ids; those that the dashboard ran stay and are completed
    anew. It is one transaction: until it ends readers see what was there before, and
    an error leaves everything as it was.

    Raises:
        NotFoundError: the archive lacks a version, or it is damaged.
        ConflictError: a version cannot be read any more, or another import goes on.
    """
    with import_lock(wait_seconds=_LOCK_SECONDS), transaction.atomic():
        versions = _versions()
        writer = SessionWriter(
            is_sample=any(version.is_sample for version in versions), places=_places()
        )
        _delete_imported_rows()
        importer = VersionImport(writer)
        summary = ImportSummary()
        for number, version in enumerate(versions, start=1):
            outcome = _replay(importer, version)
            summary.files.append(outcome)
            if on_progress is not None:
                on_progress(outcome, number, len(versions))
        record_event(
            event_type="import_rebuilt",
            message=f"All imported rows were made anew from {len(versions)} archived files.",
            metadata={"rows": summary.rows},
        )
    return summary


def _versions() -> list[ImportedFile]:
    """Return the versions that rows come from, in the order in which they were imported.

    A configuration and a metrics history stand for all before them, except where an
    older history still holds nights that were cut off since.
    """
    imported = ImportedFile.objects.filter(status=ImportedFile.Status.IMPORTED)
    ordered = list(imported.order_by("imported_at", "id"))
    newest = {version.path: version.pk for version in ordered}
    in_use = set(SessionSource.objects.values_list("file_id", flat=True))
    cumulative = (FileKind.CONFIG, FileKind.METRICS)
    return [
        version
        for version in ordered
        if version.kind not in cumulative
        or version.pk in in_use
        or newest[version.path] == version.pk
    ]


def _places() -> Places:
    places = Places()
    columns = ("file_id", "session_id", "kind", "night", "started_at", "ended_at")
    for file_id, session_id, kind, night, started_at, ended_at in SessionSource.objects.order_by(
        "pk"
    ).values_list(*columns):
        part = SessionFacts(FileKind(kind), night, started_at, ended_at)
        places.add(file_id, part, session_id)
    return places


def _delete_imported_rows() -> None:
    AgentMetric.objects.filter(session_id__isnull=False).delete()
    Metric.objects.filter(session_id__isnull=False).delete()
    Event.objects.filter(source_id__isnull=False).delete()
    SessionSource.objects.all().delete()
    TrainingSession.objects.filter(trigger=TrainingSession.Trigger.EXTERNAL).delete()


def _replay(importer: VersionImport, version: ImportedFile) -> FileOutcome:
    kind = FileKind(version.kind)
    data = archive.fetch(version.sha256)
    try:
        parsed = importer.parse(kind, data, version.modified_ns or 0)
    except OrchestratorFileError as error:
        raise ConflictError(
            f"The archived {version.path} ({version.sha256[:8]}) cannot be read: {error}"
        ) from None
    rows = importer.write(version, parsed)
    return FileOutcome(version.path, kind, FileStatus.IMPORTED, rows=rows)
