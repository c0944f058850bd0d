"""GET /: the page people open in the morning, and the policy that guards it."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.access import may
from accounts.roles import Scope


@require_safe
@cache_control(private=True, no_cache=True)
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponseBase:
    """GET /: the dashboard page; a caller who may not read the API is asked to sign in.

    The page carries no data: its scripts read the public API.
    """
    if not may(request, Scope.READ, user=request.user):
        if request.user.is_authenticated:
            raise PermissionDenied("Your account has no role. Ask whoever runs the dashboard.")
        return redirect_to_login(request.get_full_path())
    context = {
        "may_change": may(request, Scope.CONTROL, user=request.user),
        "version": settings.VERSION,
        "pipeline_zone": settings.ORCHESTRATOR_TIME_ZONE,
    }
    response: HttpResponse = render(request, "dashboard/page.html", context)
    response["Content-Security-Policy"] = content_security_policy(request.get_host())
    return response


def content_security_policy(host: str) -> str:
    """Return the page's policy: everything from this server, nothing inline, no frames.

    The WebSocket addresses are spelled out because not every browser counts them
    as `'self'`.
    """
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self'",
        "font-src": "'self'",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
