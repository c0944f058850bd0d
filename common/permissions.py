"""Who may call: the machine itself without ado, everybody else signed in.

A browser on this machine can be made to send requests by any website it has
open, so "comes from loopback" alone proves nothing. See `is_local_request`.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.request import split_domain_port
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # REST framework's views load this module
    from rest_framework.views import APIView

_FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
_OWN_FETCH_SITES = {None, "same-origin", "none"}


def _is_loopback(host: str) -> bool:
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_local_request(request: HttpRequest) -> bool:
    """Return whether a request was made on this machine, by a program or our own page.

    True only if the peer is loopback, the Host header is a loopback name (a
    rebound DNS name is not), no proxy forwarded it, and a browser, if it is one,
    says that our own page sent it (Origin and Sec-Fetch-Site).
    """
    if not _is_loopback(request.META.get("REMOTE_ADDR", "")):
        return False
    if any(name in request.headers for name in _FORWARDING_HEADERS):
        return False
    host = request.META.get("HTTP_HOST", "")
    if not _is_loopback(split_domain_port(host)[0]):
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
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


class LocalOrSignedIn(BasePermission):
    """Everything from the machine itself; from elsewhere signed-in users, staff for changes."""

    message = "Sign in, or call from the machine the dashboard runs on."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if is_local_request(request):
            return True
        user = request.user
        if not (user and user.is_authenticated):
            return False
        return request.method in {"GET", "HEAD", "OPTIONS"} or user.is_staff
