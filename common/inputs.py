"""Bodies whose values are of the JSON type their field says: "12" is no number, 12 no text.

class SceneInput(BodySerializer):
    title = serializers.CharField()

rows = checked_rows(SceneInput, request.data, most=1000)  # one object, or a list of them
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core import validators
from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.validators import ProhibitSurrogateCharactersValidator

_NUMBER = (int, float)
#: Kind of field → the types it takes, and their name. The first kind that fits counts.
_TYPES: tuple[tuple[type[Any], tuple[type[Any], ...], str], ...] = (
    (serializers.BooleanField, (bool,), "true or false"),
    (serializers.IntegerField, (int,), "a whole number"),
    (serializers.FloatField, _NUMBER, "a number"),
    (serializers.ChoiceField, (str,), "a text"),
    (serializers.CharField, (str,), "a text"),
)


#: After so many wrong ones the rest of a list is not looked at.
_MOST_COMPLAINTS = 20


class _UnsureError(Exception):
    """A short way to check a value does not tell whether it is right."""


class BodySerializer(serializers.Serializer[Any]):
    """Base of the bodies that callers send.

    What callers usually send is checked by a short way: each field's limits, on a
    value of exactly its type. All else goes the long way through the fields' own
    validation, which alone refuses and words complaints.
    """

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not dict or getattr(self.root, "partial", False):
            return self._taken_the_long_way(data)
        try:
            return self._taken(data)
        except (_UnsureError, serializers.ValidationError, ValidationError):
            return self._taken_the_long_way(data)

    def run_validators(self, value: Any) -> None:
        if self.validators:
            super().run_validators(value)

    def _taken_the_long_way(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = {
                name: [complaint]
                for name, field in self.fields.items()
                if name in data and (complaint := _complaint(field, data[name]))
            }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _taken(self, data: dict[str, Any]) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for name, field, check, further in self._short_ways:
            value = data.get(name, empty)
            if value is empty:
                if field.required:
                    raise _UnsureError
                if field.default is empty:
                    continue
                value = field.get_default()
            elif value is None:
                if not field.allow_null:
                    raise _UnsureError
            else:
                value = check(value)
            if further is not None:
                value = further(value)
            if len(field.source_attrs) == 1:
                taken[field.source] = value
            else:
                self.set_value(taken, field.source_attrs, value)
        return taken

    @cached_property
    def _short_ways(self) -> list[tuple[str, Any, Callable[[Any], Any], Any]]:
        return [
            (name, field, _short_way(field), getattr(self, f"validate_{name}", None))
            for name, field in self.fields.items()
            if not field.read_only
        ]


def checked_rows(form: type[BodySerializer], data: Any, *, most: int) -> list[dict[str, Any]]:
    """Return the checked values of a body that is one object or a list of 1 to `most`.

    Raises:
        ValidationError: something is wrong; of a list the first complaints, each named
            by index and field, as in `[3].severity` (400).
    """
    if not isinstance(data, list):
        one = form(data=data)
        one.is_valid(raise_exception=True)
        return [one.validated_data]
    if not 1 <= len(data) <= most:
        raise serializers.ValidationError(
            f"The body must be one object or a list of 1 to {most}, it has {len(data)}."
        )
    rows: list[dict[str, Any]] = []
    wrong: dict[str, Any] = {}
    checked = form()  # one for all: making one per row takes longer than checking it
    for position, item in enumerate(data):
        try:
            rows.append(checked.run_validation(item))
        except serializers.ValidationError as error:
            wrong[f"[{position}]"] = error.detail
            if len(wrong) == _MOST_COMPLAINTS:
                break
    if wrong:
        raise serializers.ValidationError(wrong)
    return rows


def _short_way(field: Any) -> Callable[[Any], Any]:
    """Return what answers the checked value of a right one and raises an error for others."""
    kind = type(field)
    if kind in (serializers.CharField, serializers.RegexField) and _only(field, _OF_TEXT):
        return _short_way_of_text(field)
    if kind is serializers.IntegerField and _only(field, _OF_NUMBERS):
        return _short_way_of_number(field)
    if kind is serializers.DateTimeField and _only(field, ()):
        return _short_way_of_time(field)
    is_complete = getattr(field, "is_complete", False) or (
        kind.run_validation is serializers.Field.run_validation and _only(field, ())
    )
    check: Callable[[Any], Any] = field.to_internal_value if is_complete else field.run_validation

    if not isinstance(field, (serializers.ListField, *(kind for kind, _, _ in _TYPES))):
        return check  # any type may do

    def way(value: Any) -> Any:
        if _complaint(field, value):
            raise _UnsureError
        return check(value)

    return way


_OF_TEXT = (
    validators.MinLengthValidator,
    validators.MaxLengthValidator,
    validators.ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
    validators.RegexValidator,
)
_OF_NUMBERS = (validators.MinValueValidator, validators.MaxValueValidator)


def _only(field: Any, kinds: tuple[type[Any], ...]) -> bool:
    return all(type(validator) in kinds for validator in field.validators)


def _short_way_of_text(field: Any) -> Callable[[Any], Any]:
    fewest, most = field.min_length or 1, field.max_length or float("inf")
    patterns = [
        (re.compile(validator.regex).search, not validator.inverse_match)
        for validator in field.validators
        if isinstance(validator, validators.RegexValidator)
    ]

    def way(value: Any) -> str:
        if (
            type(value) is not str
            or not fewest <= len(value) <= most
            or value[0].isspace()
            or value[-1].isspace()
            or "\0" in value
            # Surrogates are not printable, nor are the line ends of a long text.
            or not (value.isascii() or value.isprintable())
        ):
            raise _UnsureError
        for search, wanted in patterns:
            if bool(search(value)) is not wanted:
                raise _UnsureError
        return value

    return way


def _short_way_of_number(field: Any) -> Callable[[Any], Any]:
    low = -_LARGEST if field.min_value is None else field.min_value
    high = _LARGEST if field.max_value is None else field.max_value

    def way(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise _UnsureError
        return value

    return way


#: Beyond it the number of digits matters, to the field itself.
_LARGEST = 10**18


def _short_way_of_time(field: Any) -> Callable[[Any], Any]:
    zone = getattr(field, "timezone", None) or field.default_timezone()

    def way(value: Any) -> Any:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo and zone:
                return moment.astimezone(zone)
        except (TypeError, ValueError, OverflowError):
            raise _UnsureError from None
        return field.enforce_timezone(moment)

    return way


def _complaint(field: Any, value: Any) -> str | None:
    if value is None:
        return None  # the field itself says whether it may be
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next(filter(None, (_complaint(field.child, item) for item in value)), None)
    for kind, types, meaning in _TYPES:
        if isinstance(field, kind):
            # To Python a truth value is a number.
            fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            return None if fits else f"This must be {meaning}."
    return None
