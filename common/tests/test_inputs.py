"""Values of bodies: of the JSON type the field says, or refused by name."""

import pytest
from rest_framework import serializers

from common.inputs import BodySerializer


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
