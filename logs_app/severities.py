"""Severities as callers give them: a list, separated by commas."""

from collections.abc import Sequence

from rest_framework import exceptions

from logs_app.models import Event


def severities_schema(allowed: Sequence[str] = Event.Severity.values) -> dict[str, str]:
    """Return how the OpenAPI document describes such a list."""
    one = f" *({'|'.join(allowed)}) *"
    return {"type": "string", "pattern": f"^{one}(,{one})*$"}


def severities(text: str, *, allowed: Sequence[str] = Event.Severity.values) -> list[str]:
    """Return the severities of a comma-separated list.

    Raises:
        ValidationError: one of them is not allowed, or there is none (400).
    """
    wanted = [name.strip() for name in text.split(",")]
    if not set(wanted) <= set(allowed):
        message = f"severity must be one or more of: {', '.join(allowed)}."
        raise exceptions.ValidationError(message)
    return wanted
