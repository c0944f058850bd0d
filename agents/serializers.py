"""Shapes of the agent routes."""

from typing import Any

from rest_framework import serializers

from agents.models import Agent, AgentMetric
from agents.selectors import AgentStatus
from common.params import QueryParams, WholeNumber


class AgentStatusSerializer(serializers.Serializer[Any]):
    """One agent in the list."""

    id = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField(help_text="online: enabled, and data in the newest report.")
    reason = serializers.CharField(
        allow_null=True, help_text="Why it is offline; null: it is online."
    )
    enabled = serializers.BooleanField()
    quality_score = serializers.FloatField(
        allow_null=True, help_text="0-10, from the newest report."
    )
    quality_target = serializers.FloatField(allow_null=True, help_text="0-10; null: none set.")
    last_updated = serializers.DateTimeField(
        allow_null=True, help_text="Its newest data, whatever the report."
    )
    processing_time_ms = serializers.IntegerField(allow_null=True, help_text="Milliseconds.")
    improvement = serializers.FloatField(allow_null=True, help_text="Points, as the report says.")
    improvement_computed = serializers.FloatField(
        allow_null=True, help_text="Points, to its previous known quality."
    )
    errors = serializers.IntegerField(
        allow_null=True,  # type: ignore[assignment] # a field, not Serializer.errors
        help_text="Errors in that training; null: unknown.",
    )
    report_date = serializers.DateField(allow_null=True, help_text="Night of the newest report.")
    report_age_days = serializers.IntegerField(
        allow_null=True, help_text="How many days ago that was."
    )


class AgentRowSerializer(serializers.ModelSerializer[AgentMetric]):
    """What one session gave for the agent."""

    class Meta:
        model = AgentMetric
        fields = (
            "id",
            "timestamp",
            "night",
            "session_id",
            "quality_score",
            "processing_time_ms",
            "error_count",
            "status",
            "outcome",
            "improvement",
            "improvement_computed",
        )
        read_only_fields = fields


class AgentTrainingSerializer(serializers.Serializer[Any]):
    """One session in the agent's training history."""

    training_id = serializers.IntegerField(allow_null=True, source="session_id")
    date = serializers.DateField(source="night")
    timestamp = serializers.DateTimeField()
    status = serializers.CharField(source="outcome", help_text="trained, failed, skipped, no_data.")
    quality = serializers.FloatField(allow_null=True, source="quality_score")
    improvement = serializers.FloatField(allow_null=True)
    processing_time_ms = serializers.IntegerField(allow_null=True)


class PerformanceSerializer(serializers.Serializer[Any]):
    """The agent's numbers in the newest report."""

    quality_score = serializers.FloatField(allow_null=True)
    processing_time_ms = serializers.IntegerField(allow_null=True)
    error_count = serializers.IntegerField(allow_null=True, source="errors")
    improvement = serializers.FloatField(allow_null=True)


class AgentSerializer(AgentStatusSerializer):
    """One agent on its own page."""

    priority = serializers.ChoiceField(choices=Agent.Priority.choices)
    description = serializers.CharField()
    performance_metrics = PerformanceSerializer(source="*")


class AgentHistorySerializer(serializers.Serializer[Any]):
    """The agent's past; both lists newest first."""

    metrics_history = AgentRowSerializer(many=True)
    training_history = AgentTrainingSerializer(many=True)


class AgentDetailSerializer(AgentSerializer, AgentHistorySerializer):
    """The agent's page: its own keys and its past side by side."""

    def to_representation(self, detail: Any) -> dict[str, Any]:
        status: AgentStatus = detail.status
        return {**AgentSerializer(status).data, **AgentHistorySerializer(detail).data}


class AgentHealthSerializer(serializers.Serializer[Any]):
    """All agents in one look."""

    total_agents = serializers.IntegerField()
    online = serializers.IntegerField()
    offline = serializers.IntegerField()
    average_quality = serializers.FloatField(
        allow_null=True, help_text="0-10, over agents with data."
    )
    critical_alerts = serializers.IntegerField(help_text="Active critical alerts about agents.")
    warnings = serializers.IntegerField(help_text="Active warnings about agents.")
    below_target = serializers.ListField(child=serializers.CharField())


class AgentParams(QueryParams):
    """Parameters of an agent's page."""

    limit = WholeNumber(1, 1000, default=50, help_text="Rows of metrics_history at the most.")
