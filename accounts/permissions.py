"""REST framework's door to the rule in `accounts.access`."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        # Kept for the answer to a refusal.
        self.message = (
            f"This needs the scope {scope}, which your role or token does not have."
            if request.user.is_authenticated
            else "Sign in, send a token, or call from the machine the dashboard runs on."
        )
        return may(request._request, scope, user=request.user, token=token)
