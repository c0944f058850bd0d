"""A ranker: which of two texts is worth more."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Self

from pipeline.learners.base import Example, Learner


class PairRanker(Learner):
    """Learns what each word is worth from pairs of which one did better."""

    rates = (0.02, 0.05, 0.1, 0.2)
    repeats = 90
    default_rate = 0.05
    ranks = True
    _EPOCHS = 2
    #: Each text is compared with the next few.
    _NEIGHBOURS = 2

    def __init__(self, worth: dict[str, float], seen: int) -> None:
        self.worth = worth
        self.seen = seen

    def learn(self, examples: Sequence[Example], rate: float) -> None:
        for _ in range(self._EPOCHS):
            for better, worse in self._pairs(examples):
                self.seen += 1
                step = rate / math.sqrt(1 + self.seen / 2000)
                doubt = 1 / (1 + math.exp(self.value(better) - self.value(worse)))
                for word in better:
                    self.worth[word] = self.worth.get(word, 0.0) + step * doubt
                for word in worse:
                    self.worth[word] = self.worth.get(word, 0.0) - step * doubt

    def value(self, words: Sequence[str]) -> float:
        """Return what the text is worth, on a scale of the model's own."""
        return sum(self.worth.get(word, 0.0) for word in words)

    def score(self, examples: Sequence[Example]) -> float:
        if not self.worth:
            return 0.0
        outcomes = [
            self.value(better) > self.value(worse) for better, worse in self._pairs(examples)
        ]
        return sum(outcomes) / len(outcomes)

    def _pairs(self, examples: Sequence[Example]) -> Iterator[tuple[list[str], list[str]]]:
        for distance in range(1, self._NEIGHBOURS + 1):
            for left, right in zip(examples, examples[distance:], strict=False):
                if left.value > right.value:
                    yield left.text.split(), right.text.split()
                elif right.value > left.value:
                    yield right.text.split(), left.text.split()

    def dump(self) -> dict[str, Any]:
        return {"worth": dict(self.worth), "seen": self.seen}

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        return cls(dict(saved.get("worth", {})), saved.get("seen", 0))
