"""The secret of a token: `dash_<prefix>_<256 random bits>`.

The fixed beginning lets scanners of repositories find one that was committed; the
prefix finds the row without being able to guess the rest.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"dash_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def new_secret() -> tuple[str, str]:
    """Return a prefix, and the secret with it that nobody can guess."""
    prefix = secrets.token_hex(6)
    return prefix, f"dash_{prefix}_{secrets.token_urlsafe(32)}"


def prefix_of(secret: str) -> str | None:
    """Return the part that finds the token; None for what is no secret of ours."""
    match = _SHAPE.fullmatch(secret)
    return match[1] if match else None


def hash_of(secret: str) -> str:
    """Return the SHA-256 of a secret, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
