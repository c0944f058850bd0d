"""Bringing the orchestrator's files into our tables.

The way of a file: `folder` finds what changed and opens one transaction per file;
`versions` parses it into `facts`, one set per session; `matching` tells which session
each belongs to; `merging` makes the session's rows from all its parts; `ledger` and
`archive` remember the version. `rebuild` goes the same way from the archive.
"""

from training.importing.folder import import_changes, import_folder
from training.importing.rebuild import rebuild
from training.importing.summary import FileOutcome, FileStatus, ImportSummary

__all__ = [
    "FileOutcome",
    "FileStatus",
    "ImportSummary",
    "import_changes",
    "import_folder",
    "rebuild",
]
