"""What all models have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, Self


class Example(Protocol):
    """What a model sees of a record."""

    @property
    def text(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def value(self) -> float: ...


class Learner(ABC):
    """A model that goes on learning from where it was saved.

    `rate` is its one dial: how much a night counts against all nights before.
    """

    rates: ClassVar[tuple[float, ...]]
    #: Full runs repeat the search for the best rate this often, for a steadier choice.
    repeats: ClassVar[int]
    default_rate: ClassVar[float]
    #: Whether it learns an order of values instead of labels or words.
    ranks: ClassVar[bool] = False

    @abstractmethod
    def learn(self, examples: Sequence[Example], rate: float) -> None:
        """Learn from the examples of one night."""

    @abstractmethod
    def score(self, examples: Sequence[Example]) -> float:
        """Return the share of right answers, from 0 to 1."""

    @abstractmethod
    def dump(self) -> dict[str, Any]:
        """Return all that was learnt, fit for JSON."""

    @classmethod
    @abstractmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        """Make the model from what `dump` returned; from an empty dict a new one."""

    def copy(self) -> Self:
        """Return a model that learns on its own from here."""
        return self.load(self.dump())
