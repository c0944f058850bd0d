"""A language model: which word comes next. It also writes the storyboards."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Any, Self

from pipeline.learners.base import Example, Learner


class NextWordModel(Learner):
    """Counts which word follows which; older nights fade by the rate.

    Its answer is right when the next word is among its three best guesses.
    """

    rates = (0.0, 0.01, 0.02, 0.04, 0.08)
    repeats = 150
    default_rate = 0.01
    _GUESSES = 3

    def __init__(self, followers: dict[str, dict[str, float]]) -> None:
        self.followers = followers

    def learn(self, examples: Sequence[Example], rate: float) -> None:
        for counts in self.followers.values():
            for word in counts:
                counts[word] = round(counts[word] * (1 - rate), 4)
        for example in examples:
            for word, following in self._steps(example.text):
                counts = self.followers.setdefault(word, {})
                counts[following] = counts.get(following, 0.0) + 1

    def score(self, examples: Sequence[Example]) -> float:
        best = {word: self._best(counts) for word, counts in self.followers.items()}
        outcomes = [
            following in best.get(word, ())
            for example in examples
            for word, following in self._steps(example.text)
        ]
        return sum(outcomes) / len(outcomes)

    def write(self, first: str, length: int, rng: Random) -> list[str]:
        """Return a text of up to `length` words that goes on from `first`."""
        words = [first]
        while len(words) < length and (counts := self.followers.get(words[-1])):
            options = sorted(counts)
            # Squared: likely words more often, so that the text keeps to what was learnt.
            weights = [counts[word] ** 2 for word in options]
            words.append(rng.choices(options, weights)[0])
        return words

    @classmethod
    def _best(cls, counts: dict[str, float]) -> list[str]:
        return sorted(counts, key=lambda word: (-counts[word], word))[: cls._GUESSES]

    @staticmethod
    def _steps(text: str) -> Iterator[tuple[str, str]]:
        return pairwise(text.split())

    def dump(self) -> dict[str, Any]:
        return {"followers": {word: dict(counts) for word, counts in self.followers.items()}}

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        followers = saved.get("followers", {})
        return cls({word: dict(counts) for word, counts in followers.items()})
