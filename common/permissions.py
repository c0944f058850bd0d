"""Where a request was made: on this machine, and by whose page.

A browser on this machine can be made to send requests by any website it has
open, so "comes from loopback" alone proves nothing. See `is_local_request`.
Who may do what is decided in `accounts.access`.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

_FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
_OWN_FETCH_SITES = {None, "same-origin", "none"}


def is_loopback(host: str) -> bool:
    """Return whether a name or address, without a port, is this machine's own."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # A server that listens on :: sees callers by IPv4 as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_local_request(request: HttpRequest) -> bool:
    """Return whether a request was made on this machine, by a program or our own page.

    True only if the peer is loopback, the Host header is a loopback name (a
    rebound DNS name is not), no proxy forwarded it, and a browser, if it is one,
    says that our own page sent it (Origin and Sec-Fetch-Site).
    """
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        return False
    if any(name in request.headers for name in _FORWARDING_HEADERS):
        return False
    host = request.META.get("HTTP_HOST", "")
    if not is_loopback(split_domain_port(host)[0]):
        return False
    if request.headers.get("Sec-Fetch-Site") not in _OWN_FETCH_SITES and request.method not in {
        "GET",
        "HEAD",
    }:
        return False
    return is_own_origin(request)


def is_own_origin(request: HttpRequest) -> bool:
    """Return whether a request carries no Origin (no browser, or a plain visit) or our own."""
    origin = request.headers.get("Origin")
    host: str = request.META.get("HTTP_HOST", "")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # no address at all
        return False


def is_welcome_origin(request: HttpRequest) -> bool:
    """Return whether a request comes from our own page, or one that CORS_ORIGINS names."""
    return is_own_origin(request) or request.headers.get("Origin") in settings.CORS_ORIGINS
