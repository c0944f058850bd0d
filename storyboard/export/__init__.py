"""Storyboards for other programs: json, csv, otio, srt, and a page to print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storyboard.export.page import as_page
from storyboard.export.plain import as_json, as_shot_list, as_subtitles
from storyboard.export.timeline import as_timeline
from storyboard.models import Project, Scene

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True)
class Format:
    """One kind of file: its type, the ending of its name, and what writes it.

    `write` gets the project and its scenes in order, each with its `start_time`.
    """

    content_type: str
    ending: str
    write: Callable[[Project, Sequence[Scene]], bytes]
    is_page: bool = False


FORMATS: dict[str, Format] = {
    "json": Format("application/json", "json", as_json),
    "csv": Format("text/csv; charset=utf-8", "csv", as_shot_list),
    "otio": Format("application/vnd.opentimelineio+json", "otio", as_timeline),
    "srt": Format("application/x-subrip; charset=utf-8", "srt", as_subtitles),
    "html": Format("text/html; charset=utf-8", "html", as_page, is_page=True),
}
