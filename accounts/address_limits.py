"""What REST framework's throttles do not see: signing in, and calls that are refused."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from accounts.access import is_trusted_machine
from accounts.audit import address_of
from common.api import plain_error_response
from common.limits import is_used_up, take_turn

#: Attempts to sign in from one address in a minute.
SIGN_INS = 10
_LIMITED = ("/api/", "/metrics")


class AddressLimits:
    """Middleware: bounds attempts to sign in, and calls that are refused, per address.

    REST framework counts only calls that are let in; guessing tokens must have its limit too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        address = address_of(request)
        if request.method == "POST" and request.path in _sign_in_pages():
            wait = take_turn(f"sign-in:{address}", limit=SIGN_INS)
            return self.get_response(request) if wait is None else _too_many_sign_ins(wait)
        limit = settings.API_RATE_LIMIT
        if not limit or not request.path.startswith(_LIMITED) or is_trusted_machine(request):
            return self.get_response(request)
        if wait := is_used_up(f"refused:{address}", limit=limit):
            response = plain_error_response(
                request,
                f"Too many refused calls. Try again in {wait} seconds.",
                429,
                code="throttled",
            )
            response["Retry-After"] = str(wait)
            return response
        answer = self.get_response(request)
        if answer.status_code == 401:
            take_turn(f"refused:{address}", limit=limit)
        return answer


@cache
def _sign_in_pages() -> frozenset[str]:
    return frozenset({reverse("sign-in"), reverse("admin:login")})


def locked_out(
    request: HttpRequest, original_response: object = None, credentials: object = None
) -> HttpResponse:
    """Return the answer after too many wrong passwords (AXES_LOCKOUT_CALLABLE)."""
    return _too_many_sign_ins(round(settings.AXES_COOLOFF_TIME.total_seconds()))


def _too_many_sign_ins(wait: int) -> HttpResponse:
    return HttpResponse(
        f"Too many attempts to sign in. Try again in {wait} seconds.\n",
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(wait)},
    )
