"""Errors a person or program can act on; `common.api.error_response` turns them into answers.

Raise them anywhere below a view, a command or a task. A class stands for one
HTTP status and one short code that clients may branch on.
"""

from collections.abc import Mapping, Sequence


class DashboardError(Exception):
    """Base of all expected errors.

    `message` is a sentence for people, `details` maps a field name to its
    complaints, `code` is a slug that stays the same between versions.
    """

    status_code = 400
    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = {name: list(texts) for name, texts in (details or {}).items()}


class InvalidInputError(DashboardError):
    """A value is of the wrong type or out of range (400)."""

    code = "invalid"


class NotFoundError(DashboardError):
    """The thing asked for does not exist (404)."""

    status_code = 404
    code = "not_found"


class ConflictError(DashboardError):
    """The state forbids what was asked (409)."""

    status_code = 409
    code = "conflict"


class PreconditionError(DashboardError):
    """The caller changed an older version than the stored one (412)."""

    status_code = 412
    code = "precondition_failed"


class UnavailableError(DashboardError):
    """Something the answer depends on is down (503)."""

    status_code = 503
    code = "unavailable"


class TooManyError(DashboardError):
    """Too much at once; `wait` seconds later it may work (429 with Retry-After)."""

    status_code = 429
    code = "throttled"

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(wait)}
