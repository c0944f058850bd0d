"""Thinning a long series."""

from hypothesis import given
from hypothesis import strategies as st

from metrics.thinning import keep_peaks

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=300), st.integers(2, 50))
def test_at_most_so_many_points_stay_and_both_peaks_are_among_them(values, points):
    kept = keep_peaks(enumerate(values), count=len(values), points=points)
    assert 1 <= len(kept) <= points
    assert kept == sorted(set(kept))
    chosen = [values[place] for place in kept]
    assert max(chosen) == max(values)
    assert min(chosen) == min(values)


def test_every_part_of_the_series_keeps_its_own_peaks():
    values = [0, 1, 0, 9, 8, 9, 5, 5, 5]
    assert keep_peaks(enumerate(values), count=9, points=6) == [0, 1, 3, 4, 6]


def test_rows_that_arrive_meanwhile_do_not_exceed_the_limit():
    assert len(keep_peaks(enumerate(range(1000)), count=10, points=4)) <= 4


def test_nothing_is_thinned_to_nothing():
    assert keep_peaks([], count=0, points=2) == []
