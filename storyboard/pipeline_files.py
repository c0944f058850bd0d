"""Files of the pipeline that describe a video: concept, screenplay, prompts. Bytes in, rows out.

Foreign oddities end here: a wrong value becomes a complaint and an unknown, and the
rest of the file is taken.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

import orjson

MAX_BYTES = 20_000_000
MAX_SCENES = 1000

_LONG_TEXT = 20_000
_LONGEST_SECONDS = 86_400
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
# Files of one run are written within this time of each other.
ONE_RUN = timedelta(hours=6)
# A number of more digits is a date or a time rather than a counter.
_COUNTER_DIGITS = 5

CONCEPT, SCREENPLAY, VEO, RUNWAY = "concept", "screenplay", "veo", "runway"

# Who writes which file, and with it the scenes.
AGENTS = {CONCEPT: "agent_3", SCREENPLAY: "agent_4", VEO: "agent_5a", RUNWAY: "agent_5b"}


class PipelineFileError(ValueError):
    """The file cannot be read as JSON, or its list of scenes is none; the message says why."""


@dataclass
class PipelineDocument:
    """What one file says: {column: value} of the project, and of each scene by its number.

    `also` is what a file of prompts for both generators says for the other one.
    """

    kind: str
    music: str
    made_at: datetime | None
    project: dict[str, Any] = field(default_factory=dict)
    scenes: dict[int, dict[str, Any]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    also: "PipelineDocument | None" = None


@dataclass(frozen=True)
class TitledFile:
    """A file that names its music, as others that name none are paired with it."""

    name: str
    written_at: datetime
    music: str


def pipeline_key(music: str) -> str:
    """Return the title as files of the pipeline are matched by it."""
    return " ".join(music.split()).casefold()[:500]


def paired_with(name: str, written_at: datetime, titled: Iterable[TitledFile]) -> TitledFile | None:
    """Return the file that tells the music of one that names none; None if that is not clear.

    It is one with the same date or number in its name (`concept_2`, `screenplay_2`), else
    one that was written at about the same time; of several the nearest in time.
    """
    numbers = _numbers(name)
    others = [(_numbers(other.name), other) for other in titled]
    same = [other for found, other in others if numbers and found == numbers]
    near = [
        other
        for found, other in others
        if abs(other.written_at - written_at) <= ONE_RUN
        and not (_is_counter(numbers) and _is_counter(found))
    ]
    return _nearest(written_at, same or near)


def _nearest(written_at: datetime, files: list[TitledFile]) -> TitledFile | None:
    if not files:
        return None
    least = min(abs(file.written_at - written_at) for file in files)
    nearest = [file for file in files if abs(file.written_at - written_at) == least]
    return nearest[0] if len({pipeline_key(file.music) for file in nearest}) == 1 else None


def _numbers(name: str) -> list[str]:
    """Return the numbers in the name of a file, without those of a model (`veo-3.1`, `gen-3`)."""
    stem = re.sub(r"(?i)(veo|gen|v)[-_ ]?[0-9]+(\.[0-9]+)?", "", PurePath(name).stem)
    return [number.lstrip("0") for number in re.findall(r"[0-9]+", stem)]


def _is_counter(numbers: list[str]) -> bool:
    return len(numbers) == 1 and len(numbers[0]) <= _COUNTER_DIGITS


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
    document = _document(kind, data, data[key])
    veo = [entry for entry in data[key] if isinstance(entry, dict) and "veo_prompt" in entry]
    if kind == RUNWAY and veo:
        document.also = _document(VEO, data, veo)
    return document


def _document(kind: str, data: Mapping[str, Any], entries: list[Any]) -> PipelineDocument:
    document = PipelineDocument(kind=kind, music=_title(data), made_at=None)
    document.made_at = _moment(data, document.complaints)
    document.project = dict(_project_fields(data, document.complaints))
    _read_scenes(document, entries)
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
    if isinstance(title, int | float) and not isinstance(title, bool):
        title = str(title)
    return " ".join(title.replace("\x00", "").split())[:500] if isinstance(title, str) else ""


def _moment(data: Mapping[str, Any], complaints: list[str]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(data.get("timestamp")))
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        # At the ends of the calendar a moment has no equivalent in UTC.
        complaints.append(f"timestamp is not between {_FIRST_YEAR} and {_LAST_YEAR}")
        return None
    return moment


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
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
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
