"""Headers that guard every answer, and the way from http to https."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect

from common.permissions import is_local_request

#: Whatever sets no policy of its own: the admin, the browsable API, JSON. No script but
#: ours; inline styles are used by the pages of both frameworks.
DEFAULT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_UNUSED_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeaders:
    """Middleware: a content security policy, no features of the browser, https only if so set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = _to_https(request) or self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", DEFAULT_POLICY)
        response.headers.setdefault("Permissions-Policy", _UNUSED_FEATURES)
        return response


def _to_https(request: HttpRequest) -> HttpResponseBase | None:
    # Programs on the machine itself speak http, whatever proxy stands outside.
    if not settings.HTTPS_ONLY or request.is_secure() or is_local_request(request):
        return None
    return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
