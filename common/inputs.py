"""Bodies whose values are of the JSON type their field says: "12" is no number, 12 no text.

class SceneInput(BodySerializer):
    title = serializers.CharField()
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

_NUMBER = (int, float)
#: Kind of field → the types it takes, and their name. The first kind that fits counts.
_TYPES: tuple[tuple[type[Any], tuple[type[Any], ...], str], ...] = (
    (serializers.BooleanField, (bool,), "true or false"),
    (serializers.IntegerField, (int,), "a whole number"),
    (serializers.FloatField, _NUMBER, "a number"),
    (serializers.ChoiceField, (str,), "a text"),
    (serializers.CharField, (str,), "a text"),
)


class BodySerializer(serializers.Serializer[Any]):
    """Base of the bodies that callers send."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = {
                name: [complaint]
                for name, field in self.fields.items()
                if name in data and (complaint := _complaint(field, data[name]))
            }
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


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
