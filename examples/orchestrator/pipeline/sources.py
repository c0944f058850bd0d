"""The generated texts: the same for a date on every machine and in every run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from pipeline.tasks import Task
from pipeline.words import GROUPS

#: Each record runs twice through the groups of its task.
_PASSES = 2
_HELD_OUT = 240
_THIN = 0.02
_SLOPPY = 0.08


@dataclass(frozen=True)
class Record:
    """One example: a text with its label or value, and how well it was made (0-10)."""

    text: str
    label: str
    value: float
    quality_score: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def harvest(task: Task, day: date) -> list[Record]:
    """Return the records that the source of `task` delivers on `day`; none in an outage."""
    rng = Random(f"{task.source} {day}")
    fate = rng.random()
    if fate < task.outage:
        return []
    wanted = task.records // 4 if fate < task.outage + _THIN else task.records
    return [_record(task, day, rng) for _ in range(wanted)]


@cache
def held_out(task: Task, month: str) -> tuple[Record, ...]:
    """Return texts that no agent trains on.

    They are the same all through a month, so that two nights can be compared.
    """
    rng = Random(f"{task.source} held out {month}")
    day = date.fromisoformat(f"{month}-15")
    return tuple(_record(task, day, rng, sloppy=0.0) for _ in range(_HELD_OUT))


def _record(task: Task, day: date, rng: Random, sloppy: float = _SLOPPY) -> Record:
    label = rng.choice(task.labels) if task.labels else ""
    quality = rng.uniform(6.5, 10.0)
    if rng.random() < sloppy:
        # A careless source: the label is a guess, which its low quality admits.
        quality = rng.uniform(2.0, 6.4)
        words = _words(task, rng.choice(task.labels) if task.labels else "", day, rng)
    else:
        words = _words(task, label, day, rng)
    value = sum(_worth(task)[word] for word in words) + rng.gauss(0, 0.5)
    return Record(" ".join(words), label, round(value, 4), round(quality, 2))


def _words(task: Task, label: str, day: date, rng: Random) -> list[str]:
    words: list[str] = []
    key = label
    for group in task.groups * _PASSES:
        if not task.labels and not task.learner.ranks:
            key = words[-1] if words else ""
        weights = _weights(task, key, group, day.toordinal() if task.drift else 0)
        words.append(rng.choices(GROUPS[group], cum_weights=weights)[0])
    return words


@cache
def _weights(task: Task, key: str, group: str, ordinal: int) -> Sequence[float]:
    """Return how often each word of `group` follows `key`, summed up."""
    if task.learner.ranks:
        return list(accumulate(1.0 for _ in GROUPS[group]))
    rng = Random(f"{task.source} {key} {group}")
    strengths = []
    for _ in GROUPS[group]:
        steady, phase = rng.gauss(0, 1), rng.uniform(0, 2 * math.pi)
        moving = task.drift * math.sin(phase + 2 * math.pi * ordinal / 60)
        strengths.append(math.exp(task.clarity * (steady + moving)))
    return list(accumulate(strengths))


@cache
def _worth(task: Task) -> dict[str, float]:
    rng = Random(f"{task.source} worth")
    return {
        word: task.clarity * rng.gauss(0, 1)
        for group in sorted(set(task.groups))
        for word in GROUPS[group]
    }
