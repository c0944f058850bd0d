"""Values of bodies: of the JSON type the field says, or refused by name."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from common.inputs import BodySerializer, checked_rows
from common.params import Choice


class Inner(BodySerializer):
    size = serializers.FloatField(required=False)


class Body(BodySerializer):
    text = serializers.CharField(required=False, allow_null=True)
    number = serializers.IntegerField(required=False)
    size = serializers.FloatField(required=False)
    is_on = serializers.BooleanField(required=False)
    state = serializers.ChoiceField(["a", "b"], required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    inner = Inner(many=True, required=False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "12", "number": 12, "size": 1, "is_on": False, "state": "a", "tags": ["x"]},
        {"text": None, "size": 1.5, "tags": [], "inner": [{"size": 2}]},
        {"unknown": object()},
    ],
)
def test_values_of_the_right_type_are_taken(body):
    form = Body(data=body)
    assert form.is_valid(), form.errors


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": 12}, "text"),
        ({"text": True}, "text"),
        ({"text": ["a"]}, "text"),
        ({"number": "12"}, "number"),
        ({"number": 1.0}, "number"),
        ({"number": True}, "number"),
        ({"size": "1.5"}, "size"),
        ({"size": False}, "size"),
        ({"is_on": "true"}, "is_on"),
        ({"is_on": 1}, "is_on"),
        ({"state": 1}, "state"),
        ({"tags": ["a", 1]}, "tags"),
        ({"inner": [{"size": "2"}]}, "inner"),
        ({"number": None}, "number"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(body, field):
    form = Body(data=body)
    assert not form.is_valid()
    assert set(form.errors) == {field}


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(body):
    assert not Body(data=body).is_valid()


class Wide(BodySerializer):
    """Every kind of field that has a short way, and some that have none."""

    text = serializers.CharField(max_length=5)
    remark = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    name = serializers.RegexField(r"^[a-z_]+\Z", max_length=8, required=False, allow_null=True)
    number = serializers.IntegerField(min_value=-3, max_value=2**63 - 1, required=False)
    any_number = serializers.IntegerField(required=False, source="another_name")
    size = serializers.FloatField(required=False, max_value=10)
    moment = serializers.DateTimeField(required=False, allow_null=True)
    word = Choice(["a", "b"], default="a")
    facts = serializers.JSONField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False)
    inner = Inner(required=False)

    def validate_moment(self, value):
        if value and value.year < 2000:
            raise serializers.ValidationError("too old")
        return value


class WideTheLongWay(Wide):
    def _taken(self, data):
        return self._taken_the_long_way(data)


words = st.one_of(
    st.sampled_from(["", " ", "a", " a", "b", "ab\n", "abc\0", "\ud800", "äß", "a\x1c", "toolong"]),
    st.text(max_size=9),
)
moments = st.one_of(
    st.sampled_from(
        [
            "2026-11-02T10:00:00Z",
            "2026-11-02 10:00:00.123456+02:00",
            "2026-11-02",
            "20261102T100000",
            "2026-W45-1",
            "2026-11-02T10:00:00,5",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "1999-01-01T00:00:00",
            "2026-13-01",
            "now",
        ]
    ),
    st.datetimes().map(str),
)
numbers = st.one_of(
    st.integers(-5, 12),
    st.sampled_from([2**63 - 1, 2**63, -(10**18), 10**19, 1.0, 1.5, float("inf"), float("nan")]),
)
anything = st.one_of(
    st.none(), st.booleans(), words, moments, numbers, st.lists(words, max_size=3), st.just({})
)
bodies = st.fixed_dictionaries(
    {"text": st.one_of(words, anything)},
    optional={
        "remark": st.one_of(words, anything),
        "name": st.one_of(words, anything),
        "number": st.one_of(numbers, anything),
        "any_number": st.one_of(numbers, anything),
        "size": st.one_of(numbers, anything),
        "moment": st.one_of(moments, anything),
        "word": st.one_of(words, anything),
        "facts": anything,
        "tags": anything,
        "inner": st.one_of(st.fixed_dictionaries({"size": numbers}), anything),
        "unknown": anything,
    },
)


@settings(max_examples=1500, deadline=None)
@given(body=bodies, partial=st.booleans())
def test_the_short_way_takes_and_refuses_what_the_long_way_does(body, partial):
    short, long = Wide(data=body, partial=partial), WideTheLongWay(data=body, partial=partial)
    assert short.is_valid() == long.is_valid()
    assert short.errors == long.errors
    if short.is_valid():
        # Their text tells 1 from 1.0 and True, and one not-a-number from another thing.
        assert repr(short.validated_data) == repr(long.validated_data)


def test_what_is_usually_sent_goes_the_short_way(monkeypatch):
    monkeypatch.setattr(Wide, "_taken_the_long_way", None)
    body = {
        "text": "ä b",
        "name": None,
        "number": 7,
        "size": 1,
        "moment": "2026-11-02T10:00:00+01:00",
        "word": "b",
        "facts": {"a": [1]},
        "tags": ["x"],
    }
    assert Wide().run_validation(body)["moment"] == datetime(2026, 11, 2, 9, tzinfo=UTC)


class TestRows:
    def test_one_object_is_a_list_of_one(self):
        assert checked_rows(Body, {"number": 1}, most=3) == [{"number": 1}]

    def test_a_list_is_taken_in_its_order(self):
        rows = [{"number": 1}, {"number": 2}, {}]
        assert checked_rows(Body, rows, most=3) == rows

    @pytest.mark.parametrize("rows", [[], [{}] * 4])
    def test_too_few_or_too_many_are_refused(self, rows):
        with pytest.raises(serializers.ValidationError, match="1 to 3"):
            checked_rows(Body, rows, most=3)

    def test_complaints_name_the_place(self):
        with pytest.raises(serializers.ValidationError) as refusal:
            checked_rows(Body, [{}, {"number": "1"}, 5, {"text": 1}], most=9)
        complaints = cast("dict[str, Any]", refusal.value.detail)
        assert set(complaints) == {"[1]", "[2]", "[3]"}
        assert set(complaints["[1]"]) == {"number"}

    def test_so_many_complaints_are_enough(self):
        with pytest.raises(serializers.ValidationError) as refusal:
            checked_rows(Body, [{"number": "1"}] * 50, most=99)
        assert len(refusal.value.detail) == 20
