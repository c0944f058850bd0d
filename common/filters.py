"""Filters that several lists have."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

_LARGEST_ID = 2**63 - 1


@extend_schema_field(
    {"type": "integer", "minimum": 1, "maximum": _LARGEST_ID, "description": "Only of this id."}
)
class IdFilter(filters.Filter):
    """The id of a row; a number no column can hold is a 400."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=_LARGEST_ID, **kwargs)
