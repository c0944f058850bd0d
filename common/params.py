"""Query parameters: declared once as a serializer, wrong ones answered with the range.

class HistoryParams(QueryParams):
    days = WholeNumber(1, 3650, default=7, help_text="size of the window")

days = HistoryParams.parse(request)["days"]
"""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


class QueryParams(serializers.Serializer[Any]):
    """Base of the parameters of one route; unknown parameters are ignored."""

    @classmethod
    def parse(cls, request: Request) -> dict[str, Any]:
        """Return the checked values.

        Raises:
            ValidationError: a value is out of its range (400 naming parameter and range).
        """
        params = cls(data=request.query_params.dict())
        params.is_valid(raise_exception=True)
        return dict(params.validated_data)


class WholeNumber(serializers.IntegerField):
    """A whole number from `low` to `high`, both included."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        self.low, self.high = low, high
        kwargs.setdefault("required", "default" not in kwargs and False)
        super().__init__(min_value=low, max_value=high, **kwargs)
        self.validators = []  # one message for every way to be wrong, instead of three

    def to_internal_value(self, data: Any) -> int:
        text = str(data).strip()
        if len(text) > 12 or not text.lstrip("+").isascii() or not text.lstrip("+").isdigit():
            self._refuse()
        number = int(text)
        if not self.low <= number <= self.high:
            self._refuse()
        return number

    def _refuse(self) -> None:
        message = f"{self.field_name} must be a whole number from {self.low} to {self.high}."
        raise serializers.ValidationError(message)


class Choice(serializers.CharField):
    """One word out of a fixed list."""

    #: `to_internal_value` leaves nothing to the validators; see `common.inputs`.
    is_complete = True

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        self.choices = list(choices)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = str(data)
        if text not in self.choices:
            allowed = ", ".join(self.choices)
            raise serializers.ValidationError(f"{self.field_name} must be one of: {allowed}.")
        return text


class Names(serializers.CharField):
    """A comma-separated list of names, for instance agent ids; empty items are dropped."""

    def __init__(self, *, most: int = 50, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        names = [name.strip() for name in str(data).split(",") if name.strip()]
        if len(names) > self.most or any(len(name) > 64 for name in names):
            raise serializers.ValidationError(
                f"{self.field_name} must be at most {self.most} names of at most 64 characters, "
                "separated by commas."
            )
        return names
