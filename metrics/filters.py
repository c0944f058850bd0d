"""Filters of the stored metrics."""

from django_filters import rest_framework as filters

from common.api import TimeRangeFilter
from common.filters import IdFilter
from common.subjects import agent_or_none
from metrics.models import Metric, MetricQuerySet


class MetricFilter(TimeRangeFilter):
    """`?metric_type=`, `?agent_id=` (`system`: no agent), `?session_id=`, and the time range."""

    metric_type = filters.CharFilter(label="name of the metric")
    agent_id = filters.CharFilter(method="filter_agent", label="agent id; system: no agent")
    session_id = IdFilter(label="training session")

    class Meta:
        model = Metric
        fields = ("metric_type", "agent_id", "session_id")

    def filter_agent(self, queryset: MetricQuerySet, name: str, value: str) -> MetricQuerySet:
        return queryset.for_agent(agent_or_none(value))
