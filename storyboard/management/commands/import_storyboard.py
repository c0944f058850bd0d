"""`manage.py import_storyboard FILE…`: concepts, screenplays and prompts into storyboards."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from storyboard.services import import_files


class Command(BaseCommand):
    """Import files of the pipeline, matched by music title and scene number."""

    help = "Import concept, screenplay and prompt files. Importing again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--music", default="", help="Title for files that name none.")

    def handle(self, *args: Any, files: list[Path], music: str, **options: Any) -> None:
        failed = 0
        for report in import_files(files, music=music):
            if report.outcome == "imported":
                state = "imported into" if report.changed else "is already in"
                line = f"{report.path}: {state} project {report.project_id} ({report.music})"
                self.stdout.write(f"{line}; {report.message}" if report.message else line)
            else:
                failed += 1
                self.stderr.write(f"{report.path}: {report.message}")
        if failed:
            raise CommandError(f"{failed} of {len(files)} files were not imported.")
