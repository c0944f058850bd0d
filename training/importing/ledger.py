"""The ledger: which version of which file is in, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.clock import utc_now
from logs_app.services import Severity, record_event
from training.models import ImportedFile
from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.files import FoundFile

_LOCATION_LENGTH = 255
_ENTRY_COLUMNS = (
    "id",
    "sha256",
    "size_bytes",
    "modified_ns",
    "status",
    "error",
    "location",
    "is_sample",
)


@dataclass(frozen=True)
class Entry:
    """The newest known version of a path."""

    id: int
    sha256: str
    size: int | None
    modified_ns: int | None
    status: str
    error: str
    location: str
    is_sample: bool

    @property
    def has_failed(self) -> bool:
        return self.status == ImportedFile.Status.FAILED


class Ledger:
    """The newest version of every path, read at once: one query, however many files."""

    def __init__(self, *, is_sample: bool) -> None:
        self._is_sample = is_sample
        rows = ImportedFile.objects.current().values_list("path", *_ENTRY_COLUMNS)
        self._entries = {path: Entry(*values) for path, *values in rows}

    def entry(self, path: str) -> Entry | None:
        return self._entries.get(path)

    def is_unchanged(self, file: FoundFile) -> bool:
        """Return whether this version is in the ledger, by size and time of modification.

        A file that could not be read at all is always tried again: what keeps it from
        being read, such as its permissions, does not change its time.
        """
        entry = self._entries.get(file.path)
        return (
            entry is not None
            and entry.sha256 != ""
            and entry.is_sample == self._is_sample
            and not file.problem
            and (entry.size, entry.modified_ns) == (file.size, file.modified_ns)
        )

    def has_content(self, path: str, sha256: str) -> bool:
        """Return whether the newest version of a path has this content."""
        entry = self._entries.get(path)
        return entry is not None and entry.sha256 == sha256

    def note_touched(self, file: FoundFile) -> None:
        """Note a new time of modification of a version whose content is the same."""
        entry = self._entries[file.path]
        ImportedFile.objects.filter(pk=entry.id).update(modified_ns=file.modified_ns)

    def note_imported(self, file: FoundFile, sha256: str) -> ImportedFile:
        """Make a version the newest of its path; its rows are counted by `note_rows`."""
        seen = {**self._seen(file), "imported_at": utc_now()}
        if file.path not in self._entries:
            return ImportedFile.objects.create(
                path=file.path,
                sha256=sha256,
                status=ImportedFile.Status.IMPORTED,
                seen_at=utc_now(),
                **seen,
            )
        self._supersede(file, sha256, ImportedFile.Status.IMPORTED)
        row, _ = ImportedFile.objects.update_or_create(
            path=file.path,
            sha256=sha256,
            status=ImportedFile.Status.IMPORTED,
            defaults=seen,
            create_defaults={**seen, "seen_at": utc_now()},
        )
        return row

    def note_rows(self, row: ImportedFile, rows: Mapping[str, int]) -> None:
        ImportedFile.objects.filter(pk=row.pk).update(rows=dict(rows))

    def note_failed(self, file: FoundFile, sha256: str, error: OrchestratorFileError) -> None:
        """Record a version that could not be imported, with an event the first time.

        The rows of the version before stay as they are.
        """
        entry = self._entries.get(file.path)
        location = error.location[:_LOCATION_LENGTH]
        if entry and entry.has_failed and (entry.sha256, entry.error) == (sha256, error.message):
            if (entry.size, entry.modified_ns) != (file.size, file.modified_ns):
                ImportedFile.objects.filter(pk=entry.id).update(**self._seen(file))
            return
        self._supersede(file, sha256, ImportedFile.Status.FAILED)
        failure = {**self._seen(file), "error": error.message, "location": location}
        row, _ = ImportedFile.objects.update_or_create(
            path=file.path,
            sha256=sha256,
            status=ImportedFile.Status.FAILED,
            defaults=failure,
            create_defaults={**failure, "seen_at": utc_now()},
        )
        record_event(
            event_type="import_failed",
            message=f"{file.path} could not be imported: {error}",
            severity=Severity.ERROR,
            metadata={
                "path": file.path,
                "location": location,
                "reason": error.message,
                "imported_file": row.pk,
                "is_sample": self._is_sample,
            },
        )

    def _supersede(self, file: FoundFile, sha256: str, status: str) -> None:
        if file.path in self._entries:
            others = ImportedFile.objects.filter(path=file.path, is_current=True)
            others.exclude(sha256=sha256, status=status).update(is_current=False)

    def _seen(self, file: FoundFile) -> dict[str, Any]:
        return {
            "kind": str(file.kind),
            "size_bytes": file.size,
            "modified_ns": file.modified_ns,
            "is_current": True,
            "is_sample": self._is_sample,
        }
