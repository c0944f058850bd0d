"""The one rule of who may do what, for API, page and WebSocket alike.

AUTH_MODE says who needs no credentials: `local` (programs and browsers on this
machine), `open-read` (everybody who only reads), `required` (nobody).
"""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from accounts.models import ApiToken
from accounts.roles import Scope, scopes_of
from common.permissions import is_local_request


def may(
    request: HttpRequest,
    scope: str,
    *,
    user: AbstractBaseUser | AnonymousUser,
    token: ApiToken | None = None,
) -> bool:
    """Return whether this caller may do what needs `scope`.

    A request with a token may what its token and its user both may, and no more,
    also on this machine: a program can be tried out where it is written.
    """
    if token is not None:
        return scope in token.scopes and scope in scopes_of(user)
    if is_trusted_machine(request):
        return True
    if settings.AUTH_MODE == "open-read" and scope == Scope.READ:
        return True
    return scope in scopes_of(user)


def is_trusted_machine(request: HttpRequest) -> bool:
    """Return whether a request needs no credentials because of where it was made."""
    return settings.AUTH_MODE == "local" and is_local_request(request)
