"""Folders as orchestrators write them, for the tests of the import."""

import json
import os
import shutil
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from training.orchestrator.reports import AgentReport, DailyReport

SAMPLES = Path(__file__).parent / "samples"


def copy_sample(name: str, target: Path) -> Path:
    """Copy a sample tree; its files were written a while ago."""
    shutil.copytree(SAMPLES / name, target)
    for path in target.rglob("*.*"):
        settle(path)
    return target


def settle(path: Path, *, seconds_ago: float = 3600) -> None:
    """Let a file have been written some time ago."""
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))


def write(path: Path, content: str | bytes, *, seconds_ago: float = 3600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    settle(path, seconds_ago=seconds_ago)
    return path


def write_report(
    folder: Path, day: date, *, quality: float = 8.0, agents: tuple[str, ...] = ("agent_1",)
) -> Path:
    """Write the report of a day, in which every agent has the same quality."""
    report = DailyReport(
        day=day,
        duration_minutes=2.5,
        overall_quality=quality,
        overall_change_percent=1.5,
        agents=tuple(
            AgentReport(name, name.title(), quality, 0.1, 1500, "Improved") for name in agents
        ),
        recommendations=("Focus on agent_1",),
        trajectory="UP",
    )
    return write(folder / "logs" / f"daily_report_{day}.txt", draw(report))


def write_result(folder: Path, ended_at: datetime, *, seconds_ago: float = 3600, **keys: Any):
    result = {"status": "success", "timestamp": ended_at.isoformat(), "total_time_seconds": 60}
    path = folder / "holistic_training_result.json"
    return write(path, json.dumps({**result, **keys}), seconds_ago=seconds_ago)


def write_history(folder: Path, ends: list[datetime], *, score: float = 7.25, **keys: Any) -> Path:
    """Write a metrics history with one agent trained half a minute before each end."""
    points = [
        {"timestamp": (end - timedelta(seconds=30)).isoformat(), "score": score, "time_ms": 20}
        for end in ends
    ]
    runs = [
        {
            "timestamp": end.isoformat(),
            "event_type": "holistic_training_complete",
            "data": {
                "status": "success",
                "total_time_seconds": 60,
                "agents_trained": 1,
                "timestamp": end.isoformat(),
            },
        }
        for end in ends
    ]
    history = {"agent_1_quality": points, "training_history": runs, **keys}
    return write(folder / "logs" / "training_metrics.json", json.dumps(history))


def draw(report: DailyReport, *, border: str = "═", widths: tuple[int, ...] = (78,)) -> str:
    """Draw a report as the orchestrators do, with lines of uneven width."""
    paragraphs = [[f"  DAILY TRAINING REPORT [{report.day}]"]]
    if report.duration_minutes is not None:
        paragraphs[0].append(f"  Training Duration: {report.duration_minutes:.2f} minutes")
    if report.overall_quality is not None:
        change = report.overall_change_percent
        suffix = "" if change is None else f" ({change:+.1f}%)"
        paragraphs[0].append(f"  Overall System Quality: {report.overall_quality:.1f}/10{suffix}")
    paragraphs += [_paragraph(agent) for agent in report.agents]
    advice = [" RECOMMENDATIONS FOR NEXT RUN:", *(f" - {text}" for text in report.recommendations)]
    if report.trajectory:
        advice.append(f" - Current trajectory: {report.trajectory} ↑")
    paragraphs.append(advice)
    lines = []
    for paragraph in paragraphs:
        lines.append("╠" + border * 78 + "╣")
        for number, line in enumerate(paragraph):
            lines.append("║" + line.ljust(widths[number % len(widths)]) + "║")
    lines[0] = "╔" + border * 78 + "╗"
    return "\n".join([*lines, "╚" + border * 78 + "╝"])


def _paragraph(agent: AgentReport) -> list[str]:
    lines = [f" {agent.name} ({agent.agent_id})"]
    if agent.quality is not None:
        change = "" if agent.change is None else f" ({agent.change:+.1f} vs yesterday)"
        lines.append(f"   Quality: {agent.quality:.1f}/10{change}")
    if agent.processing_ms is not None:
        lines.append(f"   Processing: {agent.processing_ms / 1000:.2f}s")
    if agent.status:
        lines.append(f"   Status: ✅ {agent.status}")
    return lines
