"""Users and tokens for tests."""

from datetime import datetime

from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient

from accounts.models import ApiToken
from accounts.services import create_token
from common.clock import utc_now


def make_user(name: str = "ada", *, role: str | None = "operator", **fields) -> User:
    user = User.objects.create_user(name, **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_token(
    *scopes: str, user: User | None = None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    return create_token(
        name="a program",
        user=user or make_user("owner"),
        scopes=scopes or ["read"],
        expires_at=expires_at,
        now=utc_now(),
    )


def token_client(secret: str, *, address: str = "192.0.2.7") -> APIClient:
    """A program that sends a token."""
    client = APIClient(REMOTE_ADDR=address, HTTP_HOST="127.0.0.1:5000")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client
