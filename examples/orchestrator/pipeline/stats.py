"""What the agents have learnt so far, as a table."""

from pathlib import Path

from pipeline.history import load_history
from pipeline.tasks import TASKS


def statistics(folder: Path) -> str:
    """Return a table with one line per agent; agents that never trained have dashes."""
    history = load_history(folder / "logs" / "training_metrics.json")
    lines = [f"{'Agent':<34} {'Runs':>6} {'First':>6} {'Last':>6} {'Best':>6}  Last trained"]
    for task in TASKS:
        points = history.get(f"{task.agent_id}_quality", [])
        name = f"{task.name} ({task.agent_id})"
        if not points:
            lines.append(f"{name:<34} {0:>6} {'-':>6} {'-':>6} {'-':>6}  never")
            continue
        scores = [point["score"] for point in points]
        lines.append(
            f"{name:<34} {len(scores):>6} {scores[0]:>6.1f} {scores[-1]:>6.1f}"
            f" {max(scores):>6.1f}  {points[-1]['timestamp'][:16].replace('T', ' ')}"
        )
    runs = history["training_history"]
    lines.append(f"\nRuns: {len(runs)}")
    return "\n".join(lines)
