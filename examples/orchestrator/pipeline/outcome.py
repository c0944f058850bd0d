"""What came out of one agent's training in one night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.tasks import Task


@dataclass(frozen=True)
class Trained:
    """An agent that learnt. Scores are shares from 0 to 1.

    `score_before` is what its model of last night reaches on the same held-out texts.
    """

    task: Task
    ended_at: datetime
    records: int
    time_ms: int
    score_before: float
    score: float

    @property
    def quality(self) -> float:
        """Quality from 0 to 10."""
        return self.score * 10

    @property
    def change(self) -> float:
        """Change of the quality by this night."""
        return self.quality - self.score_before * 10

    @property
    def improvement(self) -> float:
        """The same change in percent of the scale."""
        return self.change * 10

    def as_result(self) -> dict[str, Any]:
        """Return the entry in the result file."""
        return {
            "status": "success",
            "agent_name": self.task.agent_id,
            "data_count": self.records,
            "quality_improvement": round(self.change, 4),
            "model_updated": True,
        }


@dataclass(frozen=True)
class Untrained:
    """An agent that had nothing to learn from, or failed."""

    task: Task
    ended_at: datetime
    records: int
    problem: str

    def as_result(self) -> dict[str, Any]:
        """Return the entry in the result file."""
        return {
            "status": "failed",
            "agent_name": self.task.agent_id,
            "data_count": self.records,
            "error": self.problem,
            "model_updated": False,
        }


Outcome = Trained | Untrained


def trained(outcomes: Sequence[Outcome]) -> list[Trained]:
    """Return the outcomes of the agents that trained."""
    return [outcome for outcome in outcomes if isinstance(outcome, Trained)]


def overall_quality(outcomes: Sequence[Outcome]) -> float:
    """Return the mean quality of the agents that trained; there must be one."""
    qualities = [outcome.quality for outcome in trained(outcomes)]
    return sum(qualities) / len(qualities)


def overall_improvement(outcomes: Sequence[Outcome]) -> float:
    """Return the mean improvement of the agents that trained, in percent of the scale."""
    improvements = [outcome.improvement for outcome in trained(outcomes)]
    return sum(improvements) / len(improvements)
