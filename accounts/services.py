"""Making, revoking and noting the use of tokens."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from accounts.models import ApiToken
from accounts.roles import Scope
from accounts.secrets import hash_of, new_secret
from common.errors import InvalidInputError

#: The last use is noted no more often: a busy program does not write on every call.
NOTE_EVERY = timedelta(minutes=1)


def create_token(
    *,
    name: str,
    user: User,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which cannot be shown again.

    Raises:
        InvalidInputError: no name, no or an unknown scope, or an expiry that has passed.
    """
    if not 1 <= len(name.strip()) <= 100:
        raise InvalidInputError("The name must have from 1 to 100 characters.")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise InvalidInputError(f"The scopes must be some of: {', '.join(Scope.values)}.")
    if expires_at is not None and expires_at <= now:
        raise InvalidInputError("The expiry must lie ahead.")
    prefix, secret = new_secret()
    token = ApiToken.objects.create(
        name=name.strip(),
        user=user,
        prefix=prefix,
        secret_hash=hash_of(secret),
        may_read=Scope.READ in scopes,
        may_push=Scope.PUSH in scopes,
        may_control=Scope.CONTROL in scopes,
        expires_at=expires_at,
    )
    return token, secret


def revoke_tokens(*, ids: Collection[int], now: datetime) -> int:
    """Make tokens useless from this moment on; return how many were not so before."""
    return ApiToken.objects.filter(pk__in=ids, revoked_at__isnull=True).update(revoked_at=now)


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Note that a token was used, once a minute at most."""
    since = now - NOTE_EVERY
    if token.last_used_at is None or token.last_used_at < since:
        # The condition again: many requests may have read the same old row.
        rows = ApiToken.objects.filter(pk=token.pk).not_noted_since(since)
        rows.update(last_used_at=now)
