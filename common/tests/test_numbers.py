"""Finite numbers and the natural order of identifiers."""

import math

from hypothesis import given
from hypothesis import strategies as st

from common.numbers import finite_or_none, mean_or_none, natural_key


def test_agents_sort_as_people_count():
    ids = ["agent_10", "agent_5b", "agent_2", "agent_11", "agent_5a", "agent_1"]
    assert sorted(ids, key=natural_key) == [
        "agent_1",
        "agent_2",
        "agent_5a",
        "agent_5b",
        "agent_10",
        "agent_11",
    ]


@given(st.one_of(st.none(), st.floats()))
def test_only_finite_numbers_survive(value):
    result = finite_or_none(value)
    if value is None or not math.isfinite(value):
        assert result is None
    else:
        assert result == value


def test_the_mean_of_nothing_is_nothing():
    assert mean_or_none([]) is None
    assert mean_or_none([7.0, 8.0]) == 7.5
