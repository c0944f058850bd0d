"""JSON with numbers that are too large for orjson."""

import json

import pytest

from common.json_text import dumps


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"x": 10**20}, {"x": 1e20}),
        ([1, {"seed": -(2**80)}], [1, {"seed": -(2.0**80)}]),
        ({"x": 2**64 - 1}, {"x": 2**64 - 1}),
        ({"x": 10**400}, {"x": str(10**400)}),
    ],
    ids=["float", "nested", "64 bits", "beyond floats"],
)
def test_large_numbers_are_written(value, read):
    assert json.loads(dumps(value)) == read


def test_what_json_has_no_form_for_is_refused():
    with pytest.raises(TypeError):
        dumps({"x": object()})
