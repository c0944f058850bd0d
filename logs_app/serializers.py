"""Shapes of events, and checks of the form of those that are delivered."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.clock import utc_now
from common.inputs import BodySerializer
from common.params import Choice, QueryParams, WholeNumber
from common.subjects import agent_or_none
from logs_app.export import COLUMNS, CONTENT_TYPES
from logs_app.models import Event
from logs_app.severities import severities, severities_schema

MAX_METADATA_BYTES = 16_384
MAX_MESSAGE_LENGTH = 10_000
MAX_BATCH = 10_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MOST_AHEAD = timedelta(days=1)
#: What can be grouped; information is most of the table and no problem.
PROBLEMS = (Event.Severity.WARNING, Event.Severity.ERROR, Event.Severity.CRITICAL)


class EventSerializer(serializers.ModelSerializer[Event]):
    """One event, as it is stored."""

    class Meta:
        model = Event
        fields = (
            "id",
            "timestamp",
            "event_type",
            "agent_id",
            "message",
            "severity",
            "signature",
            "session_id",
            "metadata",
        )
        read_only_fields = fields


#: An escape of JSON, not the six characters of it behind an escaped backslash.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@extend_schema_field({"type": "object", "additionalProperties": True})
class MetadataField(serializers.JSONField):
    """A JSON object of bounded size."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("metadata must be an object.")
        encoded = orjson.dumps(data)
        if len(encoded) > MAX_METADATA_BYTES:
            raise serializers.ValidationError(
                f"metadata must be at most {MAX_METADATA_BYTES} bytes of JSON."
            )
        if _NUL.search(encoded):
            raise serializers.ValidationError("metadata must not contain the character U+0000.")
        return data


class EventInput(BodySerializer):
    """One event that is delivered; without `timestamp` it happened now."""

    timestamp = serializers.DateTimeField(required=False, help_text="ISO 8601; default now.")
    event_type = serializers.RegexField(
        r"^[A-Za-z0-9_.-]+\Z",
        max_length=64,
        error_messages={"invalid": "event_type must be letters, digits, points, _ and -."},
        help_text="What kind of event, a short slug.",
    )
    agent_id = serializers.RegexField(
        r"^[A-Za-z0-9_.-]+\Z",
        max_length=64,
        required=False,
        allow_null=True,
        error_messages={"invalid": "agent_id must be letters, digits, points, _ and -."},
        help_text="The agent concerned; null or system: the system.",
    )
    message = serializers.CharField(max_length=MAX_MESSAGE_LENGTH, help_text="For people.")
    severity = Choice(Event.Severity.values, default=Event.Severity.INFO, help_text="How bad.")
    session_id = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        allow_null=True,
        help_text="The training session it belongs to.",
    )
    metadata = MetadataField(required=False, help_text="Further facts; at most 16 KiB of JSON.")

    def validate_agent_id(self, value: str | None) -> str | None:
        return agent_or_none(value)

    def validate_timestamp(self, value: datetime) -> datetime:
        # A clock that is far ahead would head every list for years.
        if not EARLIEST <= value <= utc_now() + MOST_AHEAD:
            raise serializers.ValidationError(
                f"timestamp must be from {EARLIEST:%Y-%m-%d} to one day from now."
            )
        return value


class ExportedEventSerializer(serializers.ModelSerializer[Event]):
    """One event as the export has it; see `logs_app.export`."""

    local_time = serializers.DateTimeField(help_text="`timestamp` in the pipeline's time zone.")

    class Meta:
        model = Event
        fields = COLUMNS
        read_only_fields = fields


class ExportParams(QueryParams):
    """Parameters of the export; the filters of the events apply as well."""

    format = Choice(list(CONTENT_TYPES), default="json", help_text="json, csv or ndjson")
    days = WholeNumber(
        1, 3650, help_text="size of the window that ends now; 7 if since and until are absent too"
    )


@extend_schema_field(severities_schema(PROBLEMS))
class SeveritiesField(serializers.CharField):
    """Several severities, separated by commas."""


class SignatureParams(QueryParams):
    """Parameters of the groups of the same problem."""

    days = WholeNumber(1, 3650, default=7, help_text="size of the window that ends now")
    limit = WholeNumber(1, 500, default=50, help_text="at most so many groups")
    severity = SeveritiesField(
        default="error,critical", help_text="warning, error, critical; several by commas"
    )

    def validate_severity(self, value: str) -> list[str]:
        return severities(value, allowed=PROBLEMS)


class SignatureGroupSerializer(serializers.Serializer[Any]):
    """One problem: how often, since when, who is concerned."""

    signature = serializers.CharField(help_text="The message with numbers, ids, paths folded.")
    event_type = serializers.CharField(help_text="Type of the events.")
    severity = serializers.CharField(help_text="Of the event stored last.")
    count = serializers.IntegerField(help_text="Events in the window.")
    first = serializers.DateTimeField(help_text="Of the oldest in the window.")
    last = serializers.DateTimeField(help_text="Of the newest.")
    agent_count = serializers.IntegerField(help_text="Different agents concerned.")
    agents = serializers.ListField(
        child=serializers.CharField(), help_text="Their ids, at most 50."
    )
    session_count = serializers.IntegerField(help_text="Different sessions concerned.")
    sessions = serializers.ListField(help_text="Their ids, newest first, at most 50.")
    example = serializers.CharField(help_text="One message in full.")


class SignaturesSerializer(serializers.Serializer[Any]):
    """Groups of the same problem, most frequent first."""

    count = serializers.IntegerField(help_text="Groups in this answer.")
    signatures = SignatureGroupSerializer(many=True)


class EventsStoredSerializer(serializers.Serializer[Any]):
    """How many events of a list were stored."""

    count = serializers.IntegerField()
