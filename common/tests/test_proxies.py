"""What a proxy says is believed if it is ours, and only that part which it can know."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from common.permissions import is_local_request
from common.proxies import TrustedProxies, believe_proxies

PROXY = "10.0.0.2"


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/24", "fd00::1", "127.0.0.1"]


def told(peer: str, **headers: str) -> dict[str, str]:
    environ = {"REMOTE_ADDR": peer, "HTTP_HOST": "inside:5000", "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_X_FORWARDED_{name}": value for name, value in headers.items()}
    believe_proxies(environ)
    return environ


@pytest.mark.parametrize(
    ("chain", "caller"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("10.0.0.5", "10.0.0.5"),
        ("rubbish", ""),
        ("203.0.113.9:4711", ""),
        (" , ", PROXY),
    ],
)
def test_the_caller_is_the_first_that_is_no_proxy_from_the_right(chain, caller):
    assert told(PROXY, FOR=chain)["REMOTE_ADDR"] == caller


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.1.2", "fd00::2", ""])
def test_nobody_else_is_believed(peer):
    environ = told(peer, FOR="127.0.0.1", PROTO="https", HOST="localhost")
    assert environ["REMOTE_ADDR"] == peer
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["HTTP_HOST"] == "inside:5000"


def test_without_proxies_nobody_is_believed(settings):
    settings.TRUSTED_PROXIES = []
    assert told("127.0.0.1", FOR="203.0.113.9")["REMOTE_ADDR"] == "127.0.0.1"


def test_scheme_and_host_are_those_of_the_last_proxy():
    environ = told(PROXY, PROTO="http, https", HOST="evil.example, dash.example.com")
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "dash.example.com"


@pytest.mark.parametrize("claimed", ["127.0.0.1", "10.0.0.3", "203.0.113.9"])
def test_what_was_passed_on_never_counts_as_local(claimed):
    machine = RequestFactory(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:5000")
    assert is_local_request(machine.get("/"))
    request = machine.get("/", HTTP_X_FORWARDED_FOR=claimed)
    believe_proxies(request.META)
    assert not is_local_request(request)


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", "")])
def test_cookies_are_marked_secure_where_the_browser_speaks_tls(scheme, secure):
    def answer(request):
        response = HttpResponse()
        response.set_cookie("sessionid", "x")
        return response

    environ = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": scheme}
    response = TrustedProxies(answer)(RequestFactory().get("/", **environ))
    assert response.cookies["sessionid"]["secure"] == secure
