"""`manage.py import_orchestrator`: bring the orchestrator's files into the database."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from common.errors import DashboardError
from training.importing import FileOutcome, FileStatus, ImportSummary, import_folder, rebuild

_SHOWN = (FileStatus.IMPORTED, FileStatus.FAILED, FileStatus.RETRY)
_MOST_IMPORTED_LINES = 20
_WIDTH = 140  # of a log or a pipe


class Command(BaseCommand):
    """Import what is new or changed; the exit status is 1 if a file could not be imported."""

    help = "Import the orchestrator's files: configuration, result, reports, metrics history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--path", type=Path, help="folder of the orchestrator (default: ORCHESTRATOR_PATH)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be imported, change nothing"
        )
        parser.add_argument(
            "--force", action="store_true", help="import unchanged files again, too"
        )
        parser.add_argument(
            "--watch", action="store_true", help="go on importing what changes, until Ctrl-C"
        )
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="delete all imported rows and make them anew from the archived files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = (options["path"] or settings.ORCHESTRATOR_PATH).expanduser().absolute()
        if options["rebuild"] and (options["dry_run"] or options["path"] or options["watch"]):
            raise CommandError("--rebuild reads the archive; it goes with no other option.")
        if options["watch"] and options["dry_run"]:
            raise CommandError("--watch imports; it does not go with --dry-run.")
        try:
            summary = self._import(path, options)
            self._print(summary)
            if options["watch"]:
                self._watch(path, summary)
        except DashboardError as error:
            raise CommandError(error.message) from None
        except KeyboardInterrupt:
            self.stdout.write("")
            return
        if not summary.is_complete:
            sys.exit(1)

    def _import(self, path: Path, options: dict[str, Any]) -> ImportSummary:
        with _progress(self.stdout) as bar:
            task = bar.add_task("Reading", total=None)

            def show(outcome: FileOutcome, done: int, total: int) -> None:
                bar.update(task, completed=done, total=total, description=outcome.path)

            if options["rebuild"]:
                return rebuild(on_progress=show)
            return import_folder(
                path=path,
                dry_run=options["dry_run"],
                force=options["force"],
                on_progress=show,
            )

    def _watch(self, path: Path, first: ImportSummary) -> None:
        """Import what changes until Ctrl-C; what stays broken or missing is told once."""
        self.stdout.write(f"Watching {path}, Ctrl-C ends it.")
        told = _troubles(first)
        while True:
            time.sleep(settings.IMPORT_INTERVAL)
            try:
                summary = import_folder(path=path, patience_seconds=0)
            except DashboardError as error:
                troubles = {("", error.message)}
                if troubles - told:
                    self.stderr.write(error.message)
            else:
                troubles = _troubles(summary)
                if summary.with_status(FileStatus.IMPORTED) or troubles - told:
                    self._print(summary)
            told = troubles

    def _print(self, summary: ImportSummary) -> None:
        imported = summary.with_status(FileStatus.IMPORTED)
        shown = [file for file in summary.files if file.status in _SHOWN]
        if len(imported) > _MOST_IMPORTED_LINES:
            shown = [file for file in shown if file.status is not FileStatus.IMPORTED]
        if shown:
            _console(self.stdout).print(_table(shown))
        counts = summary.counts
        text = ", ".join(f"{counts[status]} {status}" for status in FileStatus if counts[status])
        rows = ", ".join(f"{number} {table}" for table, number in sorted(summary.rows.items()))
        prefix = "Dry run, nothing was written: " if summary.dry_run else ""
        self.stdout.write(f"{prefix}{text or 'no files found'}.")
        self.stdout.write(f"Rows written, file by file: {rows}." if rows else "No row was changed.")


def _troubles(summary: ImportSummary) -> set[tuple[str, str]]:
    return {(file.path, file.error) for file in summary.with_status(FileStatus.FAILED)}


def _console(stream: Any) -> Console:
    return Console(file=stream, width=None if stream.isatty() else _WIDTH)


def _progress(stream: Any) -> Progress:
    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        console=_console(stream),
        transient=True,
        disable=not stream.isatty(),
    )


def _table(files: list[FileOutcome]) -> Table:
    table = Table("File", "Status", "Rows", "Where", "Reason")
    for file in files:
        rows = sum(file.rows.values())
        table.add_row(
            file.path, str(file.status), str(rows) if rows else "", file.location, file.error
        )
    return table
