"""Links that people and programs give: never a script, so that a page may show them."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def check_web_address(text: str) -> None:
    """Refuse what is no http or https URL."""
    if not _is_web_address(text):
        raise ValidationError("This must be an http or https URL.")


def check_link(text: str) -> None:
    """Refuse what is neither an http or https URL nor a path."""
    if not _is_web_address(text) and not _is_path(text):
        raise ValidationError("This must be an http or https URL or a path.")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    named = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    return named and not _CONTROL.search(text) and " " not in text


def _is_path(text: str) -> bool:
    # To a browser a colon before the first slash ends a scheme, and two slashes begin a host.
    first = text.lstrip().split("/", 1)[0]
    return not (":" in first or text.lstrip().startswith("//") or _CONTROL.search(text))
