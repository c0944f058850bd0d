"""Shapes of the routes that need several apps."""

from typing import Any

from rest_framework import serializers


class OverviewSerializer(serializers.Serializer[Any]):
    """The overview; null where nobody measured."""

    current_phase = serializers.CharField()
    overall_quality = serializers.FloatField(help_text="0-10, newest.")
    last_training = serializers.DateTimeField()
    next_training = serializers.DateTimeField()
    agents_trained = serializers.IntegerField()
    training_speed_ms = serializers.IntegerField()
    improvements = serializers.DictField(child=serializers.FloatField())
    quality_trend = serializers.CharField()
    quality_change_percent = serializers.FloatField()
    timestamp = serializers.DateTimeField()


class QuickStatsSerializer(serializers.Serializer[Any]):
    """The figures of the page's head."""

    system_quality = serializers.FloatField(help_text="0-10, newest.")
    error_rate = serializers.FloatField(help_text="Share of failed agent trainings, 0-1.")
    uptime_hours = serializers.FloatField()
    videos_generated = serializers.IntegerField()
    agents_online = serializers.IntegerField()
    agents_total = serializers.IntegerField()


class EndpointSerializer(serializers.Serializer[Any]):
    """One route."""

    endpoint = serializers.CharField()
    methods = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
