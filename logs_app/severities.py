"""Severities as callers give them: a list, separated by commas."""

from rest_framework import exceptions

from logs_app.models import Event


def severities(text: str) -> list[str]:
    """Return the severities of a comma-separated list.

    Raises:
        ValidationError: one of them is unknown, or there is none (400).
    """
    wanted = [name.strip() for name in text.split(",")]
    if not set(wanted) <= set(Event.Severity.values):
        message = f"severity must be one or more of: {', '.join(Event.Severity.values)}."
        raise exceptions.ValidationError(message)
    return wanted
