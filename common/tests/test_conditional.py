"""ETag and Last-Modified: the same thing is not sent twice, a changed one always is."""

from datetime import timedelta

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from common.clock import utc_now
from common.conditional import ConditionalReads, last_modified, tag_without


def ask(make=lambda: HttpResponse(b"text"), path: str = "/api/x", method: str = "get", **headers):
    request = getattr(RequestFactory(), method)(path, headers=headers)
    return ConditionalReads(lambda _: make())(request)


def test_the_same_body_is_not_sent_again():
    first = ask()
    again = ask(**{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == "private, no-cache"


def test_the_tag_that_compression_made_weak_is_known_again():
    assert ask(**{"If-None-Match": f"W/{ask()['ETag']}"}).status_code == 304


def test_another_body_is_sent():
    response = ask(lambda: HttpResponse(b"other"), **{"If-None-Match": ask()["ETag"]})
    assert (response.status_code, response.content) == (200, b"other")


@pytest.mark.parametrize(
    "make",
    [
        lambda: HttpResponse(b"text", status=404),
        lambda: StreamingHttpResponse([b"text"]),
        lambda: HttpResponse(b"text", headers={"Cache-Control": "no-store"}),
    ],
)
def test_errors_and_what_is_not_kept_have_no_tag(make):
    assert not ask(make).has_header("ETag")


@pytest.mark.parametrize(("path", "method"), [("/admin/", "get"), ("/api/x", "post")])
def test_only_reads_of_the_api_are_tagged(path, method):
    response = ask(path=path, method=method)
    assert not response.has_header("ETag")
    assert not response.has_header("Cache-Control")


def test_a_volatile_key_does_not_change_the_tag_and_another_does():
    body = {"quality": 8.2, "at": utc_now(), "timestamp": 1}
    tag = tag_without(body, "timestamp")
    assert tag.startswith('W/"')
    assert tag == tag_without(body | {"timestamp": 2}, "timestamp")
    assert tag != tag_without(body | {"quality": 8.3}, "timestamp")


def test_a_change_of_this_moment_has_no_last_modified():
    assert last_modified(utc_now()) == {}
    assert last_modified(utc_now() - timedelta(minutes=1)).keys() == {"Last-Modified"}
