"""Order of a list: `?ordering=` by the columns an index carries, nothing else."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import exceptions
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView


class Ordering(OrderingFilter):
    """`?ordering=column` or `?ordering=-column`, one of the view's `ordering_fields`.

    Rows that are equal in it are ordered by id in the same direction, as the
    indexes have it. Another column is a 400 and not a sort of the whole table.
    """

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "in": "query",
                "name": self.ordering_param,
                "schema": {"type": "string", "enum": _allowed(view)},
                "description": "Order of the list; by default the newest first.",
            }
        ]

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: APIView, request: Request
    ) -> list[str]:
        allowed = _allowed(view)
        if len(fields) != 1 or fields[0] not in allowed:
            message = f"ordering must be one of: {', '.join(allowed)}."
            raise exceptions.ValidationError({"ordering": [message]})
        sign = "-" if fields[0].startswith("-") else ""
        return [fields[0], f"{sign}id"]


def _allowed(view: Any) -> list[str]:
    return [sign + column for column in view.ordering_fields for sign in ("-", "")]
