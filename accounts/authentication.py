"""`Authorization: Bearer <token>`, for programs on other machines."""

from typing import Any

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import selectors, services
from accounts.models import ApiToken
from common.clock import utc_now


def token_of(request: HttpRequest) -> ApiToken | None:
    """Return the token a request carries and note its use; None where it carries none.

    Raises:
        AuthenticationFailed: it carries one that is not valid (401).
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    now = utc_now()
    token = selectors.find_token(secret=secret.strip(), now=now)
    if token is None:
        raise exceptions.AuthenticationFailed(
            "The token is not known, has expired, or was revoked."
        )
    services.note_use(token=token, now=now)
    return token


class TokenAuthentication(BaseAuthentication):
    """The user of the token, with the token as `request.auth`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        token = token_of(request._request)
        return (token.user, token) if token else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="dashboard"'
