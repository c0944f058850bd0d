"""Shapes of the host's health, of alerts and of the newest events."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from common.params import Choice, QueryParams, WholeNumber
from common.subjects import SYSTEM
from logs_app.models import Event
from system.fields import FIELDS, STATUSES, HealthField
from system.models import Alert


def _number(field: HealthField) -> serializers.Field[Any, Any, Any, Any]:
    kind = serializers.IntegerField if field.is_whole else serializers.FloatField
    unit = f", {field.unit}" if field.unit else ""
    return kind(allow_null=field.may_be_missing, help_text=f"{field.description}{unit}.")


class HostHealthSerializer(serializers.Serializer[Any]):
    """The host at one moment; what could not be measured is null."""

    timestamp = serializers.DateTimeField(help_text="When it was measured.")
    status = serializers.ChoiceField(
        STATUSES, allow_null=True, help_text="The worst of CPU, memory and disk."
    )
    uptime_hours = serializers.FloatField(help_text="Time since the host booted, hours.")
    thresholds = serializers.SerializerMethodField(
        help_text="{cpu, memory, disk: {warning, critical}} in percent, from the settings."
    )

    def get_thresholds(self, host: Any) -> dict[str, dict[str, float]]:
        return dict(settings.HEALTH_THRESHOLDS)

    def get_fields(self) -> dict[str, Any]:
        """Add the table of fields to the three that are computed."""
        return super().get_fields() | {field.name: _number(field) for field in FIELDS}


class HealthHistoryParams(QueryParams):
    """Window and resolution of the host's history."""

    hours = WholeNumber(1, 8760, default=24, help_text="size of the window that ends now")
    points = WholeNumber(2, 5000, default=500, help_text="at most so many entries")


class LimitParams(QueryParams):
    """Length of a list."""

    limit = WholeNumber(1, 500, default=50, help_text="at most so many events")


class ErrorParams(LimitParams):
    """Window of the errors, and length of each list."""

    days = WholeNumber(1, 3650, default=7, help_text="size of the window that ends now")


class AlertParams(QueryParams):
    """Which alerts."""

    state = Choice(["active", "ended", "all"], default="active", help_text="active, ended or all")
    limit = WholeNumber(1, 500, default=500, help_text="at most so many alerts")


class HealthSampleSerializer(serializers.Serializer[Any]):
    """One step of the host's history: means, with the least and the greatest beside them."""

    timestamp = serializers.DateTimeField(help_text="Of the first sample in the step.")
    count = serializers.IntegerField(help_text="Samples in the step.")

    def get_fields(self) -> dict[str, Any]:
        """Add three numbers for each entry of the table of fields."""
        numbers: dict[str, Any] = {}
        for known in FIELDS:
            about = f"{known.description}, {known.unit or 'number'}"
            for suffix, kind in (("", "mean"), ("_min", "least"), ("_max", "greatest")):
                numbers[known.name + suffix] = serializers.FloatField(
                    allow_null=True, help_text=f"{about}: {kind}."
                )
        return super().get_fields() | numbers


class HealthHistorySerializer(serializers.Serializer[Any]):
    """The host's history, oldest first; steps without a sample are left out."""

    hours = serializers.IntegerField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    step_seconds = serializers.FloatField()
    samples = HealthSampleSerializer(many=True)


class LogEntrySerializer(serializers.Serializer[Any]):
    """One event in the short form of the system's log."""

    id = serializers.IntegerField(help_text="Id of the event.")
    timestamp = serializers.DateTimeField(help_text="When it happened.")
    type = serializers.CharField(source="event_type", help_text="What kind of event.")
    agent = serializers.SerializerMethodField(help_text="The agent concerned, or system.")
    message = serializers.CharField(help_text="One sentence for people.")
    severity = serializers.CharField(help_text="info, warning, error or critical.")
    status = serializers.SerializerMethodField(help_text="success, or the severity if worse.")

    def get_agent(self, event: Event) -> str:
        return event.agent_id or SYSTEM

    def get_status(self, event: Event) -> str:
        return "success" if event.severity == Event.Severity.INFO else event.severity


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """One alert; `timestamp` is when its condition began."""

    type = serializers.CharField(source="level", help_text="warning or critical.")
    timestamp = serializers.DateTimeField(source="began_at", help_text="When it began.")
    acknowledged = serializers.BooleanField(help_text="Whether a person has seen it.")

    class Meta:
        model = Alert
        fields = (
            "id",
            "type",
            "rule",
            "subject",
            "agent_id",
            "message",
            "timestamp",
            "ended_at",
            "value",
            "threshold",
            "acknowledged",
            "acknowledged_at",
            "acknowledged_by",
        )
        read_only_fields = fields


class ErrorsSerializer(serializers.Serializer[Any]):
    """The newest problems of each severity, and how many there were in the window."""

    # A field, not Serializer.errors.
    errors = LogEntrySerializer(many=True)  # type: ignore[assignment]
    warnings = LogEntrySerializer(many=True)
    critical = LogEntrySerializer(many=True)
    error_count = serializers.IntegerField()
    warning_count = serializers.IntegerField()
    critical_count = serializers.IntegerField()


class AlertListSerializer(serializers.Serializer[Any]):
    """Alerts, newest first."""

    alerts = AlertSerializer(many=True)
    count = serializers.IntegerField(help_text="Alerts in this answer.")
    has_critical = serializers.BooleanField(help_text="Whether an active alert is critical.")
