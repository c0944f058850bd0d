"""A request counts as local only if nothing speaks against it."""

import pytest
from django.test import RequestFactory

from common.permissions import is_local_request

LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:5000"}


def is_local(method: str = "post", **environ: str) -> bool:
    return is_local_request(getattr(RequestFactory(), method)("/", **{**LOCAL, **environ}))


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000", "localhost"])
def test_a_program_on_this_machine_is_local(host):
    assert is_local(HTTP_HOST=host)


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "dashboard.example.com"},
        {"HTTP_HOST": "127.0.0.1.example.com:5000"},
        {"HTTP_HOST": ""},
        {"HTTP_ORIGIN": "https://example.com"},
        {"HTTP_ORIGIN": "http://127.0.0.1:8080"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
    ],
    ids=lambda environ: " ".join(f"{key}={value}" for key, value in environ.items()),
)
def test_anything_else_is_not(environ):
    assert not is_local(**environ)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_this_machine(peer):
    assert is_local(REMOTE_ADDR=peer)


def test_our_own_page_is_local():
    own = {"HTTP_ORIGIN": "http://127.0.0.1:5000", "HTTP_SEC_FETCH_SITE": "same-origin"}
    assert is_local(**own)


def test_following_a_link_to_the_page_is_local():
    assert is_local("get", HTTP_SEC_FETCH_SITE="cross-site")
