"""The daily report: a box drawn with characters."""

from collections.abc import Iterator
from datetime import date

from pipeline.outcome import Outcome, Untrained, overall_improvement, overall_quality, trained

_WIDTH = 78
_STABLE = 0.3
_TRAJECTORIES = {"UP": "UP ↑", "DOWN": "DOWN ↓", "STABLE": "STABLE →"}


def trend(outcomes: list[Outcome]) -> str:
    """Return where the system is going: UP, DOWN or STABLE."""
    improvement = overall_improvement(outcomes)
    if abs(improvement) < _STABLE:
        return "STABLE"
    return "UP" if improvement > 0 else "DOWN"


def daily_report(day: date, outcomes: list[Outcome], seconds: float) -> str:
    """Return the report of one night."""
    rule = "╠" + "=" * _WIDTH + "╣"
    lines = ["╔" + "=" * _WIDTH + "╗"]
    lines += map(_row, _heading(day, outcomes, seconds))
    lines.append(rule)
    for outcome in outcomes:
        lines += map(_row, _agent(outcome))
        lines.append(rule)
    lines.append(rule)
    lines += map(_row, _recommendations(outcomes))
    lines.append("╚" + "=" * _WIDTH + "╝")
    return "\n".join(lines)


def _row(text: str) -> str:
    return f"║{text.ljust(_WIDTH)}║"


def _heading(day: date, outcomes: list[Outcome], seconds: float) -> Iterator[str]:
    yield f"  DAILY TRAINING REPORT [{day}]"
    yield f"  Training Duration: {seconds / 60:.2f} minutes"
    quality, improvement = overall_quality(outcomes), overall_improvement(outcomes)
    yield f"  Overall System Quality: {quality:.1f}/10 ({improvement:+.1f}%)"


def _agent(outcome: Outcome) -> Iterator[str]:
    yield f" {outcome.task.name} ({outcome.task.agent_id})"
    if isinstance(outcome, Untrained):
        yield "   Status: No data available"
        return
    yield f"   Quality: {outcome.quality:.1f}/10 ({outcome.change:+.1f} vs yesterday)"
    yield f"   Processing: {outcome.time_ms / 1000:.2f}s"
    yield "   Status: " + ("✅ Improved" if outcome.change >= 0 else "⚠️  Declined")


def _recommendations(outcomes: list[Outcome]) -> Iterator[str]:
    yield " RECOMMENDATIONS FOR NEXT RUN:"
    lowest = min(trained(outcomes), key=lambda outcome: outcome.quality)
    yield f" - Focus on {lowest.task.agent_id} (lowest score)"
    for outcome in outcomes:
        if isinstance(outcome, Untrained):
            yield f" - Increase data for {outcome.task.agent_id}"
    yield f" - Current trajectory: {_TRAJECTORIES[trend(outcomes)]}"
