"""REST framework's door to the rule in `accounts.access`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.access import may
from accounts.models import ApiToken
from accounts.roles import Scope

if TYPE_CHECKING:  # REST framework's views load this module
    from rest_framework.views import APIView


def scope_needed(method: str, view: object) -> str:
    """Return the scope of a call: read for safe methods, else the view's `required_scope`.

    A view that names none needs control, so forgetting it never opens anything.
    """
    if method in SAFE_METHODS:
        return Scope.READ
    return getattr(view, "required_scope", Scope.CONTROL)


class MayCall(BasePermission):
    """Whether the caller has the scope that method and view need."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope = scope_needed(request.method or "", view)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        if may(request._request, scope, user=request.user, token=token):
            return True
        if not request.user.is_authenticated:
            raise NotAuthenticated(
                "Sign in, send a token, or call from the machine the dashboard runs on."
                if settings.AUTH_MODE == "local"
                else "Sign in or send a token."
            )
        raise PermissionDenied(f"This needs the scope {scope}: {_why_not(token)}")


def _why_not(token: ApiToken | None) -> str:
    if token is None:
        return "your role does not have it."
    return "the token, or the role of its user, does not have it."
