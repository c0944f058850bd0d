"""Byte ranges as RFC 9110 has them."""

import time

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
        ("Bytes=0-3", (0, 3)),
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


def answer(method: str = "get", modified_ns: int | None = None, **headers: str):
    request = getattr(RequestFactory(), method)("/", headers=headers)
    return ranged_response(
        request,
        size=len(CONTENT),
        content_type="text/plain",
        read=lambda first, last: [CONTENT[first : last + 1]],
        modified_ns=modified_ns,
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


def test_a_file_has_a_tag_and_a_settled_one_its_time():
    hour = 3_600_000_000_000
    response = answer(modified_ns=hour)
    assert response["ETag"] == f'"{hour:x}-a"'
    assert response["Last-Modified"] == "Thu, 01 Jan 1970 01:00:00 GMT"
    assert not answer(modified_ns=time.time_ns()).has_header("Last-Modified")


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ('"34630b8a000-a"', 206),
        ("Thu, 01 Jan 1970 01:00:00 GMT", 206),
        ('"another-a"', 200),
        ("Thu, 01 Jan 1970 01:00:01 GMT", 200),
    ],
)
def test_a_part_of_another_version_is_answered_with_the_whole(if_range, status):
    response = answer(modified_ns=3_600_000_000_000, Range="bytes=2-4", **{"If-Range": if_range})
    assert response.status_code == status
