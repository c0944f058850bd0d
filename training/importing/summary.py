"""What an import did, file by file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from training.orchestrator.files import FileKind


class FileStatus(StrEnum):
    """What came of one file; retry: it was being written, the next import takes it."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    RETRY = "retry"


@dataclass(frozen=True)
class FileOutcome:
    """One file: rows written by table, or why it failed and at which line or key."""

    path: str
    kind: FileKind
    status: FileStatus
    rows: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    location: str = ""


@dataclass
class ImportSummary:
    """All files of one import, in the order they were read."""

    dry_run: bool = False
    files: list[FileOutcome] = field(default_factory=list)

    def with_status(self, status: FileStatus) -> list[FileOutcome]:
        return [file for file in self.files if file.status is status]

    @property
    def counts(self) -> dict[str, int]:
        """{status: number of files}, with every status."""
        counts = Counter(file.status for file in self.files)
        return {str(status): counts[status] for status in FileStatus}

    @property
    def rows(self) -> dict[str, int]:
        """{table: rows written} over all files."""
        rows: Counter[str] = Counter()
        for file in self.files:
            rows.update(file.rows)
        return dict(rows)

    @property
    def is_complete(self) -> bool:
        """Whether every file went in, now or before."""
        return all(
            file.status in (FileStatus.IMPORTED, FileStatus.UNCHANGED) for file in self.files
        )
