"""The history of all nights, in logs/training_metrics.json."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.files import read_json
from pipeline.outcome import Outcome, Trained

History = dict[str, list[dict[str, Any]]]

# Lists that the format knows and this pipeline leaves empty.
_RESERVED = (
    "agent_1_trend_accuracy", "agent_2_audio_quality", "agent_3_concept_creativity",
    "agent_4_screenplay_quality", "agent_5a_veo_output_quality", "agent_5b_runway_output_quality",
    "agent_6_match_accuracy", "agent_7_metadata_quality", "agent_8_prompt_quality",
    "agent_9_sound_quality", "agent_10_distribution_reach", "agent_11_training_effectiveness",
    "system_overall_quality", "training_speed_ms", "success_rate", "training_history",
)  # fmt: skip


def load_history(path: Path) -> History:
    """Return the history so far, with every list it may have."""
    return {key: [] for key in _RESERVED} | (read_json(path) or {})


def with_night(history: History, outcomes: list[Outcome], summary: dict[str, Any]) -> History:
    """Return the history with one night more."""
    news: History = {key: [] for key in history}
    for outcome in outcomes:
        agent, at = outcome.task.agent_id, outcome.ended_at.isoformat()
        success = isinstance(outcome, Trained)
        news["success_rate"].append({"timestamp": at, "agent": agent, "success": success})
        if not isinstance(outcome, Trained):
            continue
        time_ms = {"time_ms": outcome.time_ms}
        news["training_speed_ms"].append({"timestamp": at, "agent": agent} | time_ms)
        scores = {"score": outcome.quality, "improvement": outcome.improvement}
        news.setdefault(f"{agent}_quality", []).append({"timestamp": at} | scores | time_ms)
    event = {"event_type": "holistic_training_complete", "data": summary}
    news["training_history"].append({"timestamp": summary["timestamp"]} | event)
    merged = {key: history.get(key, []) + points for key, points in news.items()}
    return {key: sorted(points, key=_time_of) for key, points in merged.items()}


def without_old(history: History, now: datetime, days: int) -> History:
    """Return the history of the last `days` days."""
    oldest = (now - timedelta(days=days)).isoformat()
    return {
        key: [point for point in points if _time_of(point) >= oldest]
        for key, points in history.items()
    }


def _time_of(point: dict[str, Any]) -> str:
    return str(point["timestamp"])
