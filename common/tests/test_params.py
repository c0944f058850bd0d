"""Query parameters: a wrong one is refused with its name and range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from common.params import Choice, Names, QueryParams, WholeNumber


class Params(QueryParams):
    days = WholeNumber(1, 3650, default=7)
    order = Choice(["up", "down"], default="up")
    agents = Names(most=3)


def parse(query: str) -> dict:
    return Params.parse(Request(APIRequestFactory().get(f"/?{query}")))


def test_absent_parameters_take_their_default():
    assert parse("") == {"days": 7, "order": "up"}


@pytest.mark.parametrize(
    "text", ["0", "-1", "3651", "x", "1.5", "", "1e3", "٣", "9" * 40, "0x10", "NaN", "+"]
)
def test_a_number_outside_its_range_names_the_range(text):
    with pytest.raises(ValidationError) as caught:
        parse(f"days={text}")
    assert caught.value.detail == {"days": ["days must be a whole number from 1 to 3650."]}


@given(st.integers(1, 3650))
def test_every_number_in_the_range_is_taken(number):
    assert parse(f"days={number}")["days"] == number


@given(st.text(max_size=40))
def test_no_text_crashes_the_parser(text):
    params = Params(data={"days": text, "order": text, "agents": text})
    params.is_valid()


def test_an_unknown_choice_names_the_known_ones():
    with pytest.raises(ValidationError, match="order must be one of: up, down"):
        parse("order=sideways")


def test_names_are_split_and_bounded():
    assert parse("agents=agent_1,%20agent_2,,")["agents"] == ["agent_1", "agent_2"]
    with pytest.raises(ValidationError, match="at most 3 names"):
        parse("agents=a,b,c,d")
