"""Shapes of the metric routes."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework import serializers

from common.clock import utc_now
from common.inputs import BodySerializer
from common.params import Names, QueryParams, WholeNumber
from common.subjects import agent_or_none
from metrics.models import Metric
from metrics.registry import KNOWN, NAME

#: At most so many metrics in one request.
MOST_METRICS = 10_000
#: A clock may be wrong by so much; a later time is a mistake.
AHEAD = timedelta(days=1)

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_NAME_FORM = "must be 1 to 64 letters, digits, '_', '.' or '-'."


class NameField(serializers.CharField):
    """A name of a metric or an agent."""

    #: `to_internal_value` leaves nothing to the validators; see `common.inputs`.
    is_complete = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not NAME.fullmatch(data):
            raise serializers.ValidationError(f"{self.field_name} {_NAME_FORM}")
        return data


class FiniteNumber(serializers.FloatField):
    """A JSON number that a float can hold; a text or a truth value is none."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            raise serializers.ValidationError(f"{self.field_name} must be a finite number.")
        return float(data)


class MetricInput(BodySerializer):
    """One metric to store."""

    timestamp = serializers.DateTimeField(
        required=False, help_text="When it was measured; absent: now. Without an offset it is UTC."
    )
    agent_id = NameField(
        required=False,
        allow_null=True,
        help_text="The agent measured; absent, null or system: the system.",
    )
    metric_type = NameField(help_text="Name of the metric.")
    value = FiniteNumber(help_text="The number, in the unit of the metric.")
    notes = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="Remark."
    )

    def validate_agent_id(self, agent_id: str | None) -> str | None:
        return agent_or_none(agent_id)

    def validate_timestamp(self, timestamp: datetime) -> datetime:
        if timestamp > utc_now() + AHEAD:
            raise serializers.ValidationError("timestamp must not be in the future.")
        if timestamp < EARLIEST:
            raise serializers.ValidationError(f"timestamp must be from {EARLIEST:%Y-%m-%d} on.")
        return timestamp

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = KNOWN.get(attrs["metric_type"])
        if kind and (complaint := kind.complaint(attrs["value"])):
            raise serializers.ValidationError({"value": [complaint]})
        return attrs


class MetricSerializer(serializers.ModelSerializer[Metric]):
    """A stored metric in the list."""

    class Meta:
        model = Metric
        fields = ("id", "timestamp", "agent_id", "metric_type", "value", "notes", "session_id")
        read_only_fields = fields


class MetricHistorySerializer(serializers.Serializer[Any]):
    """The history of one metric, newest first."""

    metric_name = serializers.CharField()
    unit = serializers.CharField(
        allow_null=True, help_text="null: not a metric the dashboard knows."
    )
    count = serializers.IntegerField(help_text="Rows in this answer.")
    history = MetricSerializer(many=True)


class StandingSerializer(serializers.Serializer[Any]):
    """One agent in the comparison."""

    score = serializers.FloatField(
        allow_null=True, help_text="0-10; null: no data in the newest report."
    )
    trend = serializers.FloatField(allow_null=True, help_text="Its improvement, points.")
    rank = serializers.IntegerField(allow_null=True, help_text="1 is best; ties share a rank.")
    name = serializers.CharField()


class MovingAverageSerializer(serializers.Serializer[Any]):
    """Both lists of equal length, oldest first."""

    timestamps = serializers.ListField(child=serializers.DateField())
    system = serializers.ListField(child=serializers.FloatField())


class TrendsSerializer(serializers.Serializer[Any]):
    """Directions over the window."""

    quality_trend = serializers.CharField(help_text="improving, stable or declining.")
    quality_change_percent = serializers.FloatField(allow_null=True)
    error_trend = serializers.CharField(help_text="improving: the failed share falls.")
    average_processing_time = serializers.FloatField(allow_null=True, help_text="Milliseconds.")
    window_days = serializers.IntegerField()
    moving_average = MovingAverageSerializer()


class QualitySerializer(serializers.Serializer[Any]):
    """Nightly quality, oldest first; beside these keys one list per agent with data, by its id."""

    timestamps = serializers.ListField(child=serializers.DateField())
    system = serializers.ListField(child=serializers.FloatField(allow_null=True))

    class Meta:
        further_keys = serializers.ListField(child=serializers.FloatField(allow_null=True))


class ComparisonSerializer(serializers.Serializer[Any]):
    """One standing per agent, by its id."""

    class Meta:
        further_keys = StandingSerializer()


class MetricsStoredSerializer(serializers.Serializer[Any]):
    """How many metrics were stored."""

    stored = serializers.IntegerField()


class QualityParams(QueryParams):
    """Parameters of the quality series."""

    days = WholeNumber(1, 3650, default=7, help_text="Nights in the window.")
    agents = Names(help_text="Only these agents, separated by commas.")


class TrendsParams(QueryParams):
    """Parameters of the trends."""

    days = WholeNumber(1, 3650, default=7, help_text="Nights in the window.")


class HistoryParams(QueryParams):
    """Parameters of a metric's history."""

    agent_id = NameField(required=False, help_text="Only this agent; system: no agent.")
    days = WholeNumber(1, 3650, help_text="Only the last so many days; absent: all.")
    limit = WholeNumber(
        1, 10_000, help_text="Rows at the most; default 100, with points: the whole window."
    )
    points = WholeNumber(2, 5000, help_text="Thin to at most so many rows, peaks kept.")
