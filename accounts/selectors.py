"""Reading of tokens."""

import hmac
from datetime import datetime

from accounts.models import ApiToken
from accounts.secrets import hash_of, prefix_of


def find_token(*, secret: str, now: datetime) -> ApiToken | None:
    """Return the token, with its user, that has this secret and is valid; else None."""
    prefix = prefix_of(secret)
    if prefix is None:
        return None
    token = ApiToken.objects.valid(now=now).select_related("user").filter(prefix=prefix).first()
    if token is None or not hmac.compare_digest(token.secret_hash, hash_of(secret)):
        return None
    return token
