"""Softmax regression: weights of words per label, by stochastic gradient descent."""

import math
from collections.abc import Sequence
from typing import Any, Self

from pipeline.learners.base import Example, Learner


class SoftmaxClassifier(Learner):
    """Learns by its mistakes, in smaller steps the more it has seen."""

    rates = (0.05, 0.1, 0.2, 0.4)
    repeats = 70
    default_rate = 0.1
    _EPOCHS = 2

    def __init__(self, weights: dict[str, dict[str, float]], seen: int) -> None:
        self.weights = weights
        self.seen = seen

    def learn(self, examples: Sequence[Example], rate: float) -> None:
        for example in examples:
            self.weights.setdefault(example.label, {})
        for _ in range(self._EPOCHS):
            for example in examples:
                self.seen += 1
                step = rate / math.sqrt(1 + self.seen / 2000)
                self._correct(example.text.split(), example.label, step)

    def _correct(self, words: list[str], label: str, step: float) -> None:
        for guess, chance in self._chances(words).items():
            move = step * ((guess == label) - chance)
            weights = self.weights[guess]
            for word in words:
                weights[word] = weights.get(word, 0.0) + move

    def _chances(self, words: list[str]) -> dict[str, float]:
        sums = {
            label: sum(weights.get(word, 0.0) for word in words)
            for label, weights in self.weights.items()
        }
        top = max(sums.values())
        odds = {label: math.exp(value - top) for label, value in sums.items()}
        total = sum(odds.values())
        return {label: value / total for label, value in odds.items()}

    def score(self, examples: Sequence[Example]) -> float:
        if not self.weights:
            return 0.0
        right = 0
        for example in examples:
            chances = self._chances(example.text.split())
            right += max(sorted(chances), key=chances.__getitem__) == example.label
        return right / len(examples)

    def dump(self) -> dict[str, Any]:
        weights = {label: dict(words) for label, words in self.weights.items()}
        return {"weights": weights, "seen": self.seen}

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        weights = saved.get("weights", {})
        return cls({label: dict(words) for label, words in weights.items()}, saved.get("seen", 0))
