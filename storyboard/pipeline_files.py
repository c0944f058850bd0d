"""Files of the pipeline that describe a video: concept, screenplay, prompts. Bytes in, rows out.

Foreign oddities end here: a wrong value becomes a complaint and an unknown, and the
rest of the file is taken.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

MAX_BYTES = 20_000_000
MAX_SCENES = 1000

_LONG_TEXT = 20_000
_LONGEST_SECONDS = 86_400

CONCEPT, SCREENPLAY, VEO, RUNWAY = "concept", "screenplay", "veo", "runway"

# Who writes which file, and with it the scenes.
AGENTS = {CONCEPT: "agent_3", SCREENPLAY: "agent_4", VEO: "agent_5a", RUNWAY: "agent_5b"}


class PipelineFileError(ValueError):
    """The file cannot be read as JSON, or its list of scenes is none; the message says why."""


@dataclass
class PipelineDocument:
    """What one file says: {column: value} of the project, and of each scene by its number."""

    kind: str
    music: str
    made_at: datetime | None
    project: dict[str, Any] = field(default_factory=dict)
    scenes: dict[int, dict[str, Any]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


def parse(content: bytes) -> PipelineDocument | None:
    """Return what a file says, or None if it is JSON but describes no video.

    `music` is empty where the file names none; `made_at` has no offset if the file's
    timestamp has none. A column that the file does not give is left out.

    Raises:
        PipelineFileError: not JSON in UTF-8, or cut off.
    """
    try:
        data = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        reason = f"not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise PipelineFileError(reason) from None
    if not isinstance(data, dict):
        return None
    found = _kind(data)
    if found is None:
        return None
    kind, key = found
    document = PipelineDocument(kind=kind, music=_title(data), made_at=_moment(data))
    document.project = dict(_project_fields(data, document.complaints))
    _read_scenes(document, data[key])
    return document


def _kind(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the kind of file and the key of its scenes."""
    if isinstance(data.get("screenplay"), list):
        return SCREENPLAY, "screenplay"
    if isinstance(data.get("prompts"), list):
        return _prompt_kind(data), "prompts"
    scenes = data.get("scenes")
    # Other programs have lists of scenes too; the concept's are numbered by `scene`.
    if isinstance(scenes, list) and any(isinstance(s, dict) and "scene" in s for s in scenes):
        return CONCEPT, "scenes"
    return None


def _prompt_kind(data: Mapping[str, Any]) -> str:
    prompts = [entry for entry in data["prompts"] if isinstance(entry, dict)]
    if any("runway_prompt" in entry for entry in prompts):
        return RUNWAY
    if any("veo_prompt" in entry for entry in prompts):
        return VEO
    return RUNWAY if "runway" in str(data.get("model", "")).lower() else VEO


def _title(data: Mapping[str, Any]) -> str:
    title = data.get("music_title")
    return " ".join(title.split())[:500] if isinstance(title, str) else ""


def _moment(data: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(data.get("timestamp")))
    except ValueError:
        return None


def _project_fields(data: Mapping[str, Any], complaints: list[str]) -> Iterator[tuple[str, float]]:
    duration = _number(data, "music_duration_seconds", 0, _LONGEST_SECONDS, complaints)
    if duration is not None:
        yield "music_duration_seconds", duration
    rate = _number(data, "recommended_fps", 1, 240, complaints)
    if rate is not None:
        yield "frame_rate", rate


def _read_scenes(document: PipelineDocument, entries: list[Any]) -> None:
    key = "scene_number" if document.kind == SCREENPLAY else "scene"
    read = _READERS[document.kind]
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            document.complaints.append(f"entry {place} is no object")
            continue
        number = _scene_number(entry.get(key))
        if number is None:
            document.complaints.append(f"entry {place}: {key} is no number from 1 to {MAX_SCENES}")
        elif number in document.scenes:
            document.complaints.append(f"scene {number} occurs twice; the first one is taken")
        else:
            complaints: list[str] = []
            document.scenes[number] = dict(read(entry, complaints))
            document.complaints += [f"scene {number}: {text}" for text in complaints]


def _scene_number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.strip().isdigit():
        value = int(value[:9])
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if 1 <= value <= MAX_SCENES else None


_Fields = Iterator[tuple[str, Any]]


def _read_concept(entry: Mapping[str, Any], complaints: list[str]) -> _Fields:
    yield from _duration(entry, "duration", complaints)
    yield from _text(entry, "description", "description", complaints)


def _read_screenplay(entry: Mapping[str, Any], complaints: list[str]) -> _Fields:
    yield from _duration(entry, "duration_seconds", complaints)
    yield from _text(entry, "concept_description", "description", complaints)
    yield from _text(entry, "screenplay_text", "screenplay", complaints)
    tags = [*_words(entry.get("visual_elements")), *_words(entry.get("mood"))]
    if tags:
        yield "style_tags", list(dict.fromkeys(tags))[:100]


def _read_prompt(key: str) -> Callable[[Mapping[str, Any], list[str]], _Fields]:
    def read(entry: Mapping[str, Any], complaints: list[str]) -> _Fields:
        yield from _duration(entry, "duration", complaints)
        for column, text in _text(entry, key, "prompt", complaints):
            yield column, text
            yield "status", "prompted"

    return read


_READERS = {
    CONCEPT: _read_concept,
    SCREENPLAY: _read_screenplay,
    VEO: _read_prompt("veo_prompt"),
    RUNWAY: _read_prompt("runway_prompt"),
}


def _duration(entry: Mapping[str, Any], key: str, complaints: list[str]) -> _Fields:
    seconds = _number(entry, key, 0, _LONGEST_SECONDS, complaints)
    if seconds is not None:
        yield "duration_seconds", seconds


def _number(
    entry: Mapping[str, Any], key: str, low: float, high: float, complaints: list[str]
) -> float | None:
    value = entry.get(key)
    if value is None:
        return None
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    if not usable or not math.isfinite(value) or not low <= value <= high:
        complaints.append(f"{key} is no number from {low:g} to {high:g}")
        return None
    return float(value)


def _text(entry: Mapping[str, Any], key: str, column: str, complaints: list[str]) -> _Fields:
    value = entry.get(key)
    if value is None:
        return
    if not isinstance(value, str):
        complaints.append(f"{key} is no text")
    elif text := value.replace("\x00", "").strip()[:_LONG_TEXT]:
        yield column, text


def _words(value: Any) -> list[str]:
    """Return the words of a list, or of a text with commas between them."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        return []
    words = (item.replace("\x00", "").strip()[:100] for item in items if isinstance(item, str))
    return [word for word in words if word]
