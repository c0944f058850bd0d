"""Files as the pipeline writes them, for one song of three scenes."""

import json
import os
from pathlib import Path
from typing import Any

DESCRIPTIONS = ["Fade In", "Single Shot", "Fade Out"]
LENGTHS = [3, 24.5, 3]


def concept(music: str = "Neon Nights", **changes: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-01-02T03:10:00",
        "music_title": music,
        "music_duration_seconds": 30.5,
        "quality_score": 64,
        "concept_type": "Basic Quality",
        "scenes": [
            {"scene": number, "duration": seconds, "description": text}
            for number, (seconds, text) in enumerate(zip(LENGTHS, DESCRIPTIONS, strict=True), 1)
        ],
        "recommended_resolution": "1280x720",
        "recommended_fps": 30,
    } | changes


def screenplay(music: str = "Neon Nights", **changes: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-01-02T03:12:00",
        "music_title": music,
        "music_duration_seconds": 30.5,
        "quality_score": 64,
        "screenplay": [
            {
                "scene_number": number,
                "duration_seconds": seconds,
                "concept_description": text,
                "screenplay_text": f"[Scene {number} - BASIC] {text}",
                "visual_elements": ["camera", "light"],
                "mood": ["calm", "light"],
            }
            for number, (seconds, text) in enumerate(zip(LENGTHS, DESCRIPTIONS, strict=True), 1)
        ],
    } | changes


def prompts(music: str = "Neon Nights", *, model: str = "veo", **changes: Any) -> dict[str, Any]:
    return {
        "model": {"veo": "veo-3.1", "runway": "gen-3"}[model],
        "timestamp": "2026-01-02T03:14:00",
        "music_title": music,
        "prompts": [
            {"scene": number, "duration": seconds, f"{model}_prompt": f"{model} of {text}"}
            for number, (seconds, text) in enumerate(zip(LENGTHS, DESCRIPTIONS, strict=True), 1)
        ],
    } | changes


def write(path: Path, content: Any, *, at: float = 1_760_000_000.0) -> Path:
    """Write a file that was finished long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    os.utime(path, (at, at))
    return path
