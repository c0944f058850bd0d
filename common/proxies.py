"""Proxies in front of us: what they say of the caller is believed, and nobody else's word."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class TrustedProxies:
    """Middleware: the caller as the proxies in TRUSTED_PROXIES tell it.

    Sets address, scheme and host of the request from X-Forwarded-For, -Proto and
    -Host. The headers stay, so a request that was passed on never counts as local.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        believe_proxies(request.META)
        response = self.get_response(request)
        if request.is_secure():
            # With and without TLS at once, as behind a proxy and on the machine itself,
            # no fixed setting is right for both.
            for cookie in response.cookies.values() if hasattr(response, "cookies") else ():
                cookie["secure"] = True
        return response


def believe_proxies(environ: dict[str, Any]) -> None:
    """Replace what the last proxy is by what it says of the caller, if it is trusted."""
    peer = environ.get("REMOTE_ADDR", "")
    if not _is_trusted(peer):
        return
    if chain := _items(environ, "HTTP_X_FORWARDED_FOR"):
        # Each proxy adds, on the right, the address it was called from. The first one
        # that is not ours is the caller; what stands left of it, the caller may have written.
        callers = [address for address in chain if not _is_trusted(address)]
        address = callers[-1] if callers else chain[0]
        environ["REMOTE_ADDR"] = address if _is_address(address) else ""
    if protocols := _items(environ, "HTTP_X_FORWARDED_PROTO"):
        environ["wsgi.url_scheme"] = "https" if protocols[-1].lower() == "https" else "http"
    if hosts := _items(environ, "HTTP_X_FORWARDED_HOST"):
        environ["HTTP_HOST"] = hosts[-1]


def _items(environ: dict[str, Any], name: str) -> list[str]:
    return [item.strip() for item in environ.get(name, "").split(",") if item.strip()]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str) -> bool:
    if not settings.TRUSTED_PROXIES or not _is_address(address):
        return False
    parsed = ip_address(address)
    return any(parsed in ip_network(network) for network in settings.TRUSTED_PROXIES)
