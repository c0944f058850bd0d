"""Naive Bayes: which words go with which label."""

import math
from collections.abc import Sequence
from typing import Any, Self

from pipeline.learners.base import Example, Learner


class BayesClassifier(Learner):
    """Counts words per label; older nights fade by the rate, so that it follows trends."""

    rates = (0.0, 0.01, 0.02, 0.04, 0.08)
    repeats = 220
    default_rate = 0.01
    _SMOOTHING = 0.7

    def __init__(self, counts: dict[str, dict[str, float]]) -> None:
        self.counts = counts

    def learn(self, examples: Sequence[Example], rate: float) -> None:
        for words in self.counts.values():
            for word in words:
                words[word] = round(words[word] * (1 - rate), 4)
        for example in examples:
            words = self.counts.setdefault(example.label, {})
            for word in example.text.split():
                words[word] = words.get(word, 0.0) + 1

    def score(self, examples: Sequence[Example]) -> float:
        if not self.counts:
            return 0.0
        tables = self._log_odds()
        right = sum(self._guess(tables, example.text) == example.label for example in examples)
        return right / len(examples)

    def _log_odds(self) -> dict[str, tuple[float, dict[str, float]]]:
        size = len({word for words in self.counts.values() for word in words}) or 1
        tables = {}
        for label in sorted(self.counts):
            words = self.counts[label]
            total = sum(words.values()) + self._SMOOTHING * size
            logs = {
                word: math.log((count + self._SMOOTHING) / total) for word, count in words.items()
            }
            tables[label] = (math.log(self._SMOOTHING / total), logs)
        return tables

    @staticmethod
    def _guess(tables: dict[str, tuple[float, dict[str, float]]], text: str) -> str:
        words = text.split()
        return max(
            tables,
            key=lambda label: sum(tables[label][1].get(word, tables[label][0]) for word in words),
        )

    def dump(self) -> dict[str, Any]:
        return {"counts": {label: dict(words) for label, words in self.counts.items()}}

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        counts = saved.get("counts", {})
        return cls({label: dict(words) for label, words in counts.items()})
