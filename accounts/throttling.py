"""How often one caller may call: API_RATE_LIMIT a minute, some actions more seldom.

Who is known counts by token or user, everybody else by address. The machine itself
is not limited where it needs no credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.access import is_trusted_machine
from accounts.audit import address_of
from accounts.models import ApiToken
from common.limits import take_turn

if TYPE_CHECKING:  # REST framework's views load this module
    from rest_framework.views import APIView


class CallerThrottle(BaseThrottle):
    """One caller's calls; a view tightens actions by `limits_per_minute = {"start": 10}`."""

    waiting: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not settings.API_RATE_LIMIT:
            return True
        token = request.auth if isinstance(request.auth, ApiToken) else None
        if token is None and is_trusted_machine(request._request):
            return True
        caller = _key(request, token)
        self.waiting = take_turn(f"calls:{caller}", limit=settings.API_RATE_LIMIT)
        action = getattr(view, "action", None)
        tighter = getattr(view, "limits_per_minute", {}).get(action)
        if self.waiting is None and tighter is not None:
            key = f"calls:{caller}:{type(view).__name__}.{action}"
            self.waiting = take_turn(key, limit=tighter)
        return self.waiting is None

    def wait(self) -> float | None:
        return self.waiting


def _key(request: Request, token: ApiToken | None) -> str:
    if token is not None:
        return f"token:{token.pk}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{address_of(request._request)}"
