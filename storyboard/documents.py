"""A project with its scenes as one JSON document: what revisions keep and `json` exports hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from storyboard.models import Project, Scene

FORMAT = "storyboard/1"

# Key in documents and answers -> column.
PROJECT_KEYS = {
    "name": "name",
    "music": "music",
    "music_file": "music_file",
    "music_url": "music_url",
    "music_duration": "music_duration_seconds",
    "artist": "artist",
    "status": "status",
    "notes": "notes",
    "frame_rate": "frame_rate",
    "sources": "sources",
}
SCENE_KEYS = {
    "title": "title",
    "description": "description",
    "screenplay": "screenplay",
    "prompt": "prompt",
    "duration": "duration_seconds",
    "style_tags": "style_tags",
    "thumbnail": "thumbnail",
    "video_url": "video_url",
    "status": "status",
    "agent_id": "agent_id",
    "session_id": "session_id",
    "source_number": "source_number",
    "sources": "sources",
}


def project_document(project: Project, scenes: Sequence[Scene]) -> dict[str, Any]:
    """Return everything a person can change about a project; equal content is an equal document."""
    document: dict[str, Any] = {"format": FORMAT}
    document |= {key: getattr(project, column) for key, column in PROJECT_KEYS.items()}
    document["scenes"] = [_scene_document(scene) for scene in scenes]
    return document


def _scene_document(scene: Scene) -> dict[str, Any]:
    return {
        "id": scene.pk,
        "number": scene.number,
        **{key: getattr(scene, column) for key, column in SCENE_KEYS.items()},
    }


def project_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return {column: value} of the keys of a project that the document has."""
    return {column: document[key] for key, column in PROJECT_KEYS.items() if key in document}


def scene_columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return {column: value} of the keys of a scene that the document has, and its id."""
    columns = {column: document[key] for key, column in SCENE_KEYS.items() if key in document}
    return columns | ({"id": document["id"]} if "id" in document else {})
