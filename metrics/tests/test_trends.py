"""Where series are going: the pure part."""

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.trends import (
    direction,
    moving_average,
    moving_share,
    percent_change,
    point_change,
)

FIRST = date(2026, 3, 25)  # over the change to summer time
nights = st.integers(-10, 40).map(lambda days: FIRST + timedelta(days=days))
qualities = st.dictionaries(nights, st.floats(0, 10), max_size=40)


def series(*values: float | None, first: date = FIRST) -> dict[date, float]:
    """Values of successive nights, None is a gap."""
    return {
        first + timedelta(days=place): value
        for place, value in enumerate(values)
        if value is not None
    }


def test_the_average_of_a_night_is_over_it_and_the_six_before():
    averages = moving_average(series(*range(10)), first=FIRST)
    assert list(averages.values())[:3] == [0, 0.5, 1]
    assert list(averages.values())[-1] == pytest.approx(sum(range(3, 10)) / 7)


def test_nights_before_the_window_count_in_its_averages_but_have_none():
    values = series(6, 8, first=FIRST - timedelta(days=1))
    assert moving_average(values, first=FIRST) == {FIRST: 7}


def test_a_gap_is_left_out_and_no_zero():
    assert list(moving_average(series(7, None, 8), first=FIRST).values()) == [7, 7.5]


@given(qualities)
def test_an_average_lies_between_the_lowest_and_the_highest(values):
    averages = moving_average(values, first=FIRST)
    assert list(averages) == sorted(night for night in values if night >= FIRST)
    for average in averages.values():
        assert min(values.values()) - 1e-9 <= average <= max(values.values()) + 1e-9


@given(st.floats(0, 10), st.integers(2, 30))
def test_a_constant_series_is_stable(value, count):
    averages = moving_average(series(*[value] * count), first=FIRST)
    change = percent_change(averages)
    assert direction(change) == "stable"
    assert change == pytest.approx(0, abs=1e-9)


@given(qualities)
def test_the_change_is_finite_or_unknown(values):
    change = percent_change(moving_average(values, first=FIRST))
    assert change is None or math.isfinite(change) or max(values.values()) > 0


@pytest.mark.parametrize(
    ("values", "percent", "word"),
    [
        ((), 0, "stable"),
        ((7.0,), 0, "stable"),
        ((7.0, 7.0), 0, "stable"),
        ((7.0, 7.07), 1, "improving"),
        ((7.0, 7.06), 0.857142, "stable"),
        ((7.0, 6.93), -1, "declining"),
        ((7.0, 6.94), -0.857142, "stable"),
        ((5.0, 9.0, 5.0), 0, "stable"),
        ((4.0, 0.0), -100, "declining"),
        ((0.0, 4.0), None, "improving"),
        ((0.0, 0.0), 0, "stable"),
    ],
)
def test_the_word_follows_the_change_of_one_percent(values, percent, word):
    change = percent_change(series(*values))
    assert change == (percent if percent is None else pytest.approx(percent, abs=1e-5))
    assert direction(change) == word


def test_a_share_weighs_nights_by_their_trainings():
    parts = {FIRST: (1, 1), FIRST + timedelta(days=1): (0, 9)}
    shares = moving_share(parts, first=FIRST)
    assert list(shares.values()) == [1.0, 0.1]
    assert point_change(shares) == pytest.approx(-90)
    assert point_change({}) == 0
