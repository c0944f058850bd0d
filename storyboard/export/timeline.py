"""Export for editing programs, through OpenTimelineIO."""

import math
from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from storyboard.models import Project, Scene

# Where the project names none: what films are cut in.
DEFAULT_RATE = 24.0


def as_timeline(project: Project, scenes: Sequence[Scene]) -> bytes:
    """Return an .otio file: the scenes as clips in order, the music as a track of its own.

    Lengths are whole frames; the cut between two scenes is the frame nearest to its
    time, so that rounding does not add up. A scene of unknown length is a clip
    without frames, whose metadata says that its duration is null.
    """
    rate = project.frame_rate or DEFAULT_RATE
    timeline = otio.schema.Timeline(name=project.name, metadata=_of_project(project))
    timeline.tracks.append(_video_track(scenes, rate))
    music = _music_track(project, rate)
    if music is not None:
        timeline.tracks.append(music)
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return text.encode()


def _video_track(scenes: Sequence[Scene], rate: float) -> Any:
    track = otio.schema.Track(name="Scenes", kind=otio.schema.TrackKind.Video)
    for scene, frames in zip(scenes, _frames(scenes, rate), strict=True):
        span = _span(frames, rate)
        track.append(
            otio.schema.Clip(
                name=f"{scene.number:02} {scene.title}".strip(),
                source_range=span,
                media_reference=_media(scene.video_url, span),
                metadata=_of_scene(scene),
            )
        )
    return track


def _frames(scenes: Sequence[Scene], rate: float) -> list[int]:
    """Return the length of each scene, frames; their sum is the whole length, rounded once."""
    lengths: list[int] = []
    passed: list[float] = []
    for scene in scenes:
        passed.append(scene.duration_seconds or 0.0)
        lengths.append(round(math.fsum(passed) * rate) - sum(lengths))
    return lengths


def _span(frames: int, rate: float) -> Any:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(frames, rate)
    )


def _media(url: str, span: Any) -> Any:
    if not url:
        return otio.schema.MissingReference(available_range=span)
    return otio.schema.ExternalReference(target_url=url, available_range=span)


def _music_track(project: Project, rate: float) -> Any:
    """Return the music as far as it is known: without a length there is nothing to place."""
    if not project.music_duration_seconds:
        return None
    span = _span(round(project.music_duration_seconds * rate), rate)
    track = otio.schema.Track(name="Music", kind=otio.schema.TrackKind.Audio)
    track.append(
        otio.schema.Clip(
            name=project.music or project.name,
            source_range=span,
            media_reference=_media(project.music_file or project.music_url, span),
        )
    )
    return track


def _of_project(project: Project) -> dict[str, Any]:
    facts = {
        "id": project.pk,
        "music": project.music,
        "music_file": project.music_file,
        "music_url": project.music_url,
        "music_duration": project.music_duration_seconds,
        "artist": project.artist,
        "status": project.status,
        "notes": project.notes,
    }
    return {"storyboard": facts}


def _of_scene(scene: Scene) -> dict[str, Any]:
    facts = {
        "id": scene.pk,
        "number": scene.number,
        "title": scene.title,
        "description": scene.description,
        "screenplay": scene.screenplay,
        "prompt": scene.prompt,
        "duration": scene.duration_seconds,
        "start_time": scene.start_time,
        "style_tags": scene.style_tags,
        "status": scene.status,
        "thumbnail": scene.thumbnail,
        "agent_id": scene.agent_id,
        "session_id": scene.session_id,
    }
    return {"storyboard": facts}
