"""Importing a folder of the orchestrator: what changed, each file in its own transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from common.errors import ConflictError, UnavailableError
from logs_app.services import record_event
from training.importing import archive
from training.importing.ledger import Ledger
from training.importing.lock import import_lock
from training.importing.sample_data import is_sample_folder, make_room
from training.importing.sessions import SessionWriter
from training.importing.summary import FileOutcome, FileStatus, ImportSummary
from training.importing.versions import Parsed, VersionImport
from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.files import (
    Content,
    FileInMotionError,
    FoundFile,
    find_files,
    read_file,
)

logger = logging.getLogger(__name__)

#: Called after each file with its outcome, the number of files done, and of all.
Progress = Callable[[FileOutcome, int, int], None]

#: A broken file that was written this recently may not be finished.
SETTLE_SECONDS = 2.0
_PATIENCE_SECONDS = 6.0
_LOOK_EVERY_SECONDS = 0.2
_LOCK_SECONDS = 60.0
_FOLDER_MISSING = "orchestrator_folder_missing"

_warned: set[str] = set()


def import_folder(
    *,
    path: Path,
    dry_run: bool = False,
    force: bool = False,
    session_id: int | None = None,
    patience_seconds: float = _PATIENCE_SECONDS,
    on_progress: Progress | None = None,
) -> ImportSummary:
    """Import every file below `path` that is new or changed; return what came of each.

    Unchanged files are not opened, except with `force`. A file that is being written
    is tried again for `patience_seconds`. `session_id` is a session that the dashboard
    has just run: a result written by it belongs to it, whatever its clock said. With
    `dry_run` everything is done and rolled back.

    Raises:
        UnavailableError: the folder is missing or cannot be listed.
        ConflictError: another import goes on, or sample data would meet real nights.
    """
    with import_lock(wait_seconds=_LOCK_SECONDS):
        files = _find(path)
        folder = _FolderImport(path, dry_run=dry_run, force=force, session_id=session_id)
        return folder.run(files, patience_seconds=patience_seconds, on_progress=on_progress)


def import_changes() -> ImportSummary | None:
    """Import what changed in the configured folder; None if another import goes on.

    Made to be called every few seconds: without changes it costs one `stat` per file
    and one query. A missing folder is a warning in the log, once.
    """
    path = Path(settings.ORCHESTRATOR_PATH)
    try:
        with import_lock(wait_seconds=0):
            files = _find(path)
            _warned.clear()
            return _FolderImport(path).run(files, patience_seconds=0)
    except (UnavailableError, ConflictError) as error:
        if error.code != "import_running" and error.message not in _warned:
            _warned.add(error.message)
            logger.warning("nothing was imported: %s", error.message)
        return None


def _find(path: Path) -> list[FoundFile]:
    try:
        return find_files(path)
    except OrchestratorFileError as error:
        raise UnavailableError(error.message, code=_FOLDER_MISSING) from None


class _FolderImport:
    """One pass over a folder; holds what is read once for all its files."""

    def __init__(
        self,
        path: Path,
        *,
        dry_run: bool = False,
        force: bool = False,
        session_id: int | None = None,
    ) -> None:
        self._path = path
        self._dry_run = dry_run
        self._force = force
        self._session_id = session_id
        self._is_sample = is_sample_folder(path)
        self._ledger = Ledger(is_sample=self._is_sample)
        self._writer = SessionWriter(is_sample=self._is_sample, force=force, ran=session_id)
        self._versions = VersionImport(self._writer)

    def run(
        self,
        files: list[FoundFile],
        *,
        patience_seconds: float,
        on_progress: Progress | None = None,
    ) -> ImportSummary:
        """Import the files; those in motion again and again until patience ends."""
        self._make_room(files)
        outcomes: dict[str, FileOutcome] = {}
        done = 0
        deadline = time.monotonic() + patience_seconds
        waiting = files
        while True:
            for file in waiting:
                outcomes[file.path] = outcome = self._import(file)
                done += outcome.status is not FileStatus.RETRY
                if on_progress is not None:
                    on_progress(outcome, done, len(files))
            again = {name for name, one in outcomes.items() if one.status is FileStatus.RETRY}
            if not again or time.monotonic() >= deadline:
                break
            time.sleep(_LOOK_EVERY_SECONDS)
            waiting = [file for file in _find(self._path) if file.path in again]
        summary = ImportSummary(dry_run=self._dry_run, files=list(outcomes.values()))
        self._tell(summary)
        return summary

    def _make_room(self, files: list[FoundFile]) -> None:
        if not self._dry_run and not all(map(self._ledger.is_unchanged, files)):
            make_room(is_sample=self._is_sample)
            self._ledger = Ledger(is_sample=self._is_sample)

    def _import(self, file: FoundFile) -> FileOutcome:
        if not self._force and self._ledger.is_unchanged(file):
            return self._unchanged(file)
        try:
            content = read_file(file)
        except FileInMotionError:
            return _in_motion(file)
        except OrchestratorFileError as error:
            return self._failed(file, "", error)
        if not self._force and self._ledger.has_content(file.path, content.sha256):
            if not self._dry_run:
                self._ledger.note_touched(file)
            return self._unchanged(file)
        try:
            parsed = self._versions.parse(file.kind, content.data, file.modified_ns)
        except OrchestratorFileError as error:
            # What was written a moment ago may not be complete.
            if 0 <= time.time_ns() - file.modified_ns < SETTLE_SECONDS * 1e9:
                return _in_motion(file)
            return self._failed(file, content.sha256, error)
        return self._store(file, content, parsed)

    def _store(self, file: FoundFile, content: Content, parsed: Parsed) -> FileOutcome:
        try:
            with transaction.atomic():
                row = self._ledger.note_imported(file, content.sha256)
                rows = self._versions.write(row, parsed)
                self._ledger.note_rows(row, rows)
                if self._dry_run:
                    transaction.set_rollback(True)
                else:
                    archive.keep(content.data, content.sha256)
        except (DataError, IntegrityError) as error:
            self._writer.forget()
            refused = OrchestratorFileError(f"The database refused a value: {error}.")
            return self._failed(file, content.sha256, refused)
        except OSError as error:
            # Ours to mend, not the file's fault: the next import tries it again.
            self._writer.forget()
            logger.error("%s cannot be archived: %s", file.path, error)
            reason = f"The archive cannot be written: {error.strerror}."
            return FileOutcome(file.path, file.kind, FileStatus.FAILED, error=reason)
        if self._dry_run:
            self._writer.forget()
        return FileOutcome(file.path, file.kind, FileStatus.IMPORTED, rows=rows)

    def _unchanged(self, file: FoundFile) -> FileOutcome:
        """Return the outcome the ledger has: a broken file stays broken until it changes."""
        entry = self._ledger.entry(file.path)
        if entry is not None and entry.has_failed:
            return FileOutcome(
                file.path,
                file.kind,
                FileStatus.FAILED,
                error=entry.error,
                location=entry.location,
            )
        return FileOutcome(file.path, file.kind, FileStatus.UNCHANGED)

    def _failed(self, file: FoundFile, sha256: str, error: OrchestratorFileError) -> FileOutcome:
        if not self._dry_run:
            with transaction.atomic():
                self._ledger.note_failed(file, sha256, error)
            logger.warning("%s could not be imported: %s", file.path, error)
        return FileOutcome(
            file.path,
            file.kind,
            FileStatus.FAILED,
            error=error.message,
            location=error.location,
        )

    def _tell(self, summary: ImportSummary) -> None:
        """Record that something was imported; an import without news leaves no trace."""
        imported = summary.counts[FileStatus.IMPORTED]
        if self._dry_run or not imported:
            return
        message = f"Imported {imported} file{'' if imported == 1 else 's'} of the orchestrator."
        record_event(
            event_type="import",
            message=message,
            session_id=self._session_id,
            metadata={
                "files": summary.counts,
                "rows": summary.rows,
                "is_sample": self._is_sample,
            },
        )
        logger.info("%s", message)


def _in_motion(file: FoundFile) -> FileOutcome:
    reason = "The file is being written; the next import takes it."
    return FileOutcome(file.path, file.kind, FileStatus.RETRY, error=reason)
