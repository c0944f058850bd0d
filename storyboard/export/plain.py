"""Exports as text: the whole project as json, a shot list as csv, the descriptions as srt."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from common.json_text import dumps
from logs_app.export import safe_cell
from storyboard.documents import project_document
from storyboard.models import Project, Scene
from storyboard.timing import total_duration

SHOT_COLUMNS = (
    "number",
    "title",
    "start_time",
    "duration",
    "status",
    "description",
    "screenplay",
    "prompt",
    "style_tags",
    "video_url",
    "thumbnail",
    "agent_id",
    "session_id",
)


def as_json(project: Project, scenes: Sequence[Scene]) -> bytes:
    """Return everything, so that importing it makes an equal project; times for information."""
    document = project_document(project, scenes)
    document["id"] = project.pk
    document["created"] = project.created_at
    document["updated"] = project.updated_at
    document["duration"] = total_duration([scene.duration_seconds for scene in scenes])
    for entry, scene in zip(document["scenes"], scenes, strict=True):
        entry["start_time"] = scene.start_time
    return dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)


def as_shot_list(project: Project, scenes: Sequence[Scene]) -> bytes:
    """Return one line per scene; no cell is taken for a formula; unknown is empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(SHOT_COLUMNS)
    for scene in scenes:
        writer.writerow([_cell(value) for value in _shot(scene)])
    return buffer.getvalue().encode()


def _shot(scene: Scene) -> Iterator[Any]:
    for column in SHOT_COLUMNS:
        if column == "duration":
            yield scene.duration_seconds
        elif column == "style_tags":
            yield ", ".join(scene.style_tags)
        else:
            yield getattr(scene, column)


def _cell(value: Any) -> Any:
    return safe_cell(value) if isinstance(value, str) else value


def as_subtitles(project: Project, scenes: Sequence[Scene]) -> bytes:
    """Return the descriptions as subtitles, each as long as its scene.

    A scene without description is left out, as is one whose time is not known.
    """
    cues: list[str] = []
    for scene in scenes:
        text = _subtitle(scene.description)
        start, duration = scene.start_time, scene.duration_seconds
        if text and start is not None and duration:
            times = f"{_timecode(start)} --> {_timecode(start + duration)}"
            cues.append(f"{len(cues) + 1}\n{times}\n{text}\n")
    return "\n".join(cues).encode()


def _subtitle(text: str) -> str:
    # An empty line ends a subtitle, and an arrow begins the next one.
    lines = (line.strip() for line in text.replace("-->", "→").splitlines())
    return "\n".join(line for line in lines if line)


def _timecode(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"
