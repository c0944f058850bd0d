"""Byte ranges as RFC 9110 has them."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common.ranges import RangeError, parse_range, ranged_response

CONTENT = b"0123456789"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-3", (0, 3)),
        ("bytes=4-", (4, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-30", (0, 9)),
        ("bytes=8-30", (8, 9)),
        ("bytes=5-4", None),
        ("bytes=0-1,4-5", None),
        ("bytes=-", None),
        ("lines=0-3", None),
    ],
)
def test_a_range_is_read_as_the_rfc_has_it(header, expected):
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_outside_the_file_is_refused_with_its_size(header, size):
    with pytest.raises(RangeError) as caught:
        parse_range(header, size)
    assert caught.value.headers == {"Content-Range": f"bytes */{size}"}


@given(st.text(), st.integers(0, 10**9))
def test_no_header_crashes_the_parser(header, size):
    try:
        wanted = parse_range(header, size)
    except RangeError:
        return
    assert wanted is None or 0 <= wanted[0] <= wanted[1] < size


def answer(method: str = "get", **headers: str):
    request = getattr(RequestFactory(), method)("/", headers=headers)
    return ranged_response(
        request,
        size=len(CONTENT),
        content_type="text/plain",
        read=lambda first, last: [CONTENT[first : last + 1]],
    )


def test_the_part_asked_for_is_sent_with_its_place():
    response = answer(Range="bytes=2-4")
    assert response.status_code == 206
    assert b"".join(response.streaming_content) == b"234"
    assert response["Content-Range"] == "bytes 2-4/10"
    assert response["Content-Length"] == "3"


def test_head_tells_the_size_and_sends_nothing():
    response = answer("head")
    assert response.content == b""
    assert response["Content-Length"] == "10"
