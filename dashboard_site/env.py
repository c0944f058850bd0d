"""Readers of environment variables: a wrong value stops the start and says what was expected.

All settings are listed, with unit and default, in `.env.example`.
"""

from collections.abc import Callable, Container
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range

# Any: the stubs of environs do not know that readers pass `error_messages` to the field.
_env: Any = Env(eager=False)


def begin(dotenv: Path | None) -> None:
    """Start reading; `.env`, where it exists, fills in what the environment does not set.

    Django loads the settings again after a failure, so nothing is kept from before.
    """
    global _env
    _env = Env(eager=False)
    if dotenv is not None and dotenv.is_file():
        _env.read_env(str(dotenv), recurse=False)


def env_text(name: str, default: str = "", *, check: Callable[[str], None] | None = None) -> str:
    """Return a text; an empty variable counts as not set."""

    def validate(value: str) -> None:
        if check is not None and value:
            check(value)

    value = _env.str(name, default, validate=validate)
    return value or default


def env_bool(name: str, default: bool) -> bool:
    """Return a truth value, written true/false, yes/no, on/off or 1/0."""
    return bool(_env.bool(name, default, error_messages=_expect("true or false")))


def env_int(name: str, default: int, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    expected = f"a whole number from {low} to {high}"
    check = Range(low, high, error=f"expected {expected}")
    value = _env.int(name, default, validate=check, error_messages=_expect(expected))
    return default if value is None else int(value)


def env_float(name: str, default: float, low: float, high: float) -> float:
    """Return a number from `low` to `high`, both included."""
    expected = f"a number from {low:g} to {high:g}"
    check = Range(low, high, error=f"expected {expected}")
    value = _env.float(name, default, validate=check, error_messages=_expect(expected))
    return default if value is None else float(value)


def env_list(name: str, default: list[str]) -> list[str]:
    """Return the comma-separated items, without blanks around them."""
    return [item.strip() for item in env_text(name, ",".join(default)).split(",") if item.strip()]


def env_choice(name: str, default: str, choices: list[str]) -> str:
    """Return one of `choices`."""
    check = OneOf(choices, error="expected one of: " + ", ".join(choices))
    return str(_env.str(name, default, validate=check))


def env_path(name: str, default: Path, *, base: Path) -> Path:
    """Return an absolute path; a relative one is meant below `base`."""
    text = env_text(name, "")
    return (base / Path(text).expanduser()).resolve() if text else default


def env_networks(name: str) -> list[str]:
    """Return comma-separated addresses and networks, such as 127.0.0.1,10.0.0.0/8."""

    def check(value: str) -> None:
        try:
            for item in value.split(","):
                ip_network(item.strip())
        except ValueError:
            raise ValidationError(
                "expected addresses or networks such as 127.0.0.1,10.0.0.0/8"
            ) from None

    return [item.strip() for item in env_text(name, check=check).split(",") if item.strip()]


def env_url(name: str, default: str = "", *, schemes: Container[str], example: str) -> str:
    """Return an address whose scheme is one of `schemes`."""

    def check(value: str) -> None:
        scheme, mark, _ = value.partition("://")
        if not mark or scheme not in schemes:
            raise ValidationError(f"expected an address such as {example}")

    return env_text(name, default, check=check)


def env_origins(name: str) -> list[str]:
    """Return comma-separated origins, such as https://example.com, or "*" for all."""

    def check(value: str) -> None:
        for item in map(str.strip, value.split(",")):
            parts = urlsplit(item)
            if item and item != "*" and not (parts.scheme and parts.netloc and not parts.path):
                raise ValidationError("expected origins such as https://example.com")

    return [item.strip() for item in env_text(name, check=check).split(",") if item.strip()]


def env_zone(name: str, default: str) -> str:
    """Return the IANA name of a time zone."""

    def check(value: str) -> None:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValidationError(
                "expected an IANA time zone such as Europe/Berlin or UTC"
            ) from None

    return env_text(name, default, check=check)


def refuse(name: str, expected: str) -> None:
    """Stop with a message about one variable."""
    raise ImproperlyConfigured(f"{name}: expected {expected}")


def finish() -> None:
    """Stop if any value read so far was wrong.

    Raises:
        ImproperlyConfigured: names each wrong variable and what was expected.
    """
    try:
        _env.seal()
    except EnvValidationError as error:
        complaints: Any = error.error_messages
        parts = [f"{name}: {' '.join(map(str, texts))}" for name, texts in complaints.items()]
        raise ImproperlyConfigured("wrong setting. " + "; ".join(parts)) from None


def _expect(expected: str) -> dict[str, str]:
    return {"invalid": f"expected {expected}", "too_large": f"expected {expected}"}
