"""Shapes of the routes that need several apps."""

from typing import Any

from rest_framework import serializers


class OverviewSerializer(serializers.Serializer[Any]):
    """The overview; null where nobody measured."""

    current_phase = serializers.CharField()
    overall_quality = serializers.FloatField(allow_null=True, help_text="0-10, newest.")
    last_training = serializers.DateTimeField(allow_null=True)
    next_training = serializers.DateTimeField(allow_null=True)
    agents_trained = serializers.IntegerField(allow_null=True)
    training_speed_ms = serializers.IntegerField(allow_null=True)
    improvements = serializers.DictField(child=serializers.FloatField())
    quality_trend = serializers.CharField()
    quality_change_percent = serializers.FloatField(allow_null=True)
    timestamp = serializers.DateTimeField()


class QuickStatsSerializer(serializers.Serializer[Any]):
    """The figures of the page's head."""

    system_quality = serializers.FloatField(allow_null=True, help_text="0-10, newest.")
    error_rate = serializers.FloatField(
        allow_null=True, help_text="Share of failed agent trainings, 0-1."
    )
    uptime_hours = serializers.FloatField()
    videos_generated = serializers.IntegerField()
    agents_online = serializers.IntegerField()
    agents_total = serializers.IntegerField()


class EndpointSerializer(serializers.Serializer[Any]):
    """One route."""

    endpoint = serializers.CharField()
    methods = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()


class EndpointListSerializer(serializers.Serializer[Any]):
    """Every route."""

    count = serializers.IntegerField()
    endpoints = EndpointSerializer(many=True)


class StatusSerializer(serializers.Serializer[Any]):
    """The state of the service; null and empty where the database does not answer."""

    system = serializers.CharField()
    version = serializers.CharField()
    status = serializers.ChoiceField(["operational", "degraded"])
    agents = serializers.IntegerField(allow_null=True, help_text="How many agents there are.")
    database = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by table.")
    components = serializers.DictField(
        child=serializers.CharField(), help_text="`ok`, or what is wrong."
    )
    sample_data = serializers.BooleanField(help_text="Whether what is shown is the sample's.")
    timestamp = serializers.DateTimeField()
