"""What every endpoint shares: router, the one error envelope, pages, time filters.

Views stay thin because of this module: they parse with a `QueryParams`
serializer, call a selector or service, and answer; every error, expected or
not, ends in `exception_handler`.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django_filters import rest_framework as filters
from rest_framework import exceptions, pagination, routers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.errors import DashboardError

logger = logging.getLogger(__name__)


class ApiRouter(routers.SimpleRouter):
    """A router whose routes answer with and without a trailing slash.

    Both forms are routes of their own, so a POST is never redirected (a redirect
    would drop its body).
    """

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
        self.trailing_slash = "/?"


class Pages(pagination.CursorPagination):
    """Pages of a list: `?page_size=` (1-500, default 50) and the `next`/`previous` links.

    A cursor costs the same on the first and on the thousandth page and neither
    skips nor repeats rows that arrive in between; there is no total, because
    counting a million rows takes longer than reading a page of them.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    # Rows of one moment (a batch stored at once) are told apart by counting; behind the
    # framework's own bound of 1000 the same page would be given for ever.
    offset_cutoff = 1_000_000
    ordering = ("-timestamp", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, OverflowError, ValidationError):
            # The position in a cursor is compared with a column as it stands.
            raise exceptions.NotFound(self.invalid_cursor_message) from None

    def get_page_size(self, request: Request) -> int:
        raw = request.query_params.get("page_size")
        if raw is None:
            return self.page_size
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw[:9]) <= self.max_page_size:
            message = f"page_size must be a whole number from 1 to {self.max_page_size}."
            raise exceptions.ValidationError({"page_size": [message]})
        return int(raw)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size}
        return [
            {
                "in": "query",
                "name": self.cursor_query_param,
                "schema": {"type": "string"},
                "description": "Where a page begins; part of the `next` and `previous` links.",
            },
            {
                "in": "query",
                "name": self.page_size_query_param,
                "schema": {**size, "default": self.page_size},
                "description": "Rows of a page.",
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "description": "null: no such page."}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def check_year(moment: datetime) -> None:
    """Refuse a moment that no database can convert to UTC.

    Raises:
        ValidationError: it lies outside the years 1900 to 2999.
    """
    if not 1900 <= moment.year <= 2999:
        raise ValidationError("Enter a moment in the years 1900 to 2999.")


class TimeRangeFilter(filters.FilterSet):
    """`?since=` and `?until=` (ISO 8601; until is exclusive) on the column `time_field`.

    Subclasses list their own filters; the names of the time range are the same
    everywhere.
    """

    time_field = "timestamp"

    since = filters.IsoDateTimeFilter(
        method="filter_since", label="from this moment on (ISO 8601)", validators=[check_year]
    )
    until = filters.IsoDateTimeFilter(
        method="filter_until", label="before this moment (ISO 8601)", validators=[check_year]
    )

    def filter_since(self, queryset: Any, name: str, value: datetime) -> Any:
        return queryset.filter(**{f"{self.time_field}__gte": value})

    def filter_until(self, queryset: Any, name: str, value: datetime) -> Any:
        return queryset.filter(**{f"{self.time_field}__lt": value})


def error_body(
    message: str,
    status_code: int,
    *,
    code: str,
    details: Mapping[str, Sequence[str]] | None = None,
    error_id: str | None = None,
) -> dict[str, Any]:
    """Return the envelope of every error below /api/."""
    body: dict[str, Any] = {"error": message, "status": status_code, "code": code}
    if details:
        body["details"] = {name: list(texts) for name, texts in details.items()}
    if error_id:
        body["error_id"] = error_id
    return body


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any exception of a view into the envelope (REST framework's EXCEPTION_HANDLER)."""
    set_rollback()
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()

    if isinstance(error, DashboardError):
        body = error_body(error.message, error.status_code, code=error.code, details=error.details)
        headers = getattr(error, "headers", None)
        return Response(body, status=error.status_code, headers=headers)
    if isinstance(error, exceptions.APIException):
        return _framework_error(error)
    return _crash(error)


def _framework_error(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(wait)))
    details = None
    if isinstance(error, exceptions.ValidationError):
        details = dict(_flatten(error.detail))
        message = " ".join(
            text if name in {"non_field_errors", ""} or text.startswith(name) else f"{name}: {text}"
            for name, texts in details.items()
            for text in texts
        )
        code = "invalid"
    else:
        message = str(error.detail)
        code = getattr(error.detail, "code", None) or error.default_code
    body = error_body(message, error.status_code, code=code, details=details)
    return Response(body, status=error.status_code, headers=headers)


def _flatten(detail: Any, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield (dotted field name, complaints) from REST framework's nested error detail."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        for position, inner in enumerate(detail):
            if inner:
                yield from _flatten(inner, f"{prefix}[{position}]")
    else:
        texts = detail if isinstance(detail, list) else [detail]
        yield prefix or "non_field_errors", [str(text) for text in texts]


def _crash(error: Exception) -> Response:
    """Answer 500, or 503 where the database is away; the log has the rest under the same id."""
    error_id = uuid.uuid4().hex[:12]
    logger.error("unexpected error %s", error_id, exc_info=error)
    if isinstance(error, OperationalError):
        message = "The database does not answer at the moment. Try again."
        body = error_body(message, 503, code="database_unavailable", error_id=error_id)
        return Response(body, status=503, headers={"Retry-After": "5"})
    code = "database_error" if isinstance(error, DatabaseError) else "internal_error"
    message = f"Something went wrong here. The log has the details under {error_id}."
    body = error_body(message, 500, code=code, error_id=error_id)
    return Response(body, status=status.HTTP_500_INTERNAL_SERVER_ERROR)


def plain_error_response(
    request: HttpRequest, message: str, status_code: int, *, code: str
) -> JsonResponse:
    """Return the envelope where no view of ours was reached (unknown route, refused host)."""
    return JsonResponse(error_body(message, status_code, code=code), status=status_code)
