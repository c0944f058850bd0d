"""Filters of the stored metrics."""

from django_filters import rest_framework as filters

from common.api import TimeRangeFilter
from metrics.models import Metric, MetricQuerySet


class MetricFilter(TimeRangeFilter):
    """`?metric_type=`, `?agent_id=` (`system`: no agent), `?session_id=`, and the time range."""

    metric_type = filters.CharFilter()
    agent_id = filters.CharFilter(method="filter_agent", label="agent id; system: no agent")
    session_id = filters.NumberFilter(min_value=0, max_value=2**63 - 1, decimal_places=0)

    class Meta:
        model = Metric
        fields = ("metric_type", "agent_id", "session_id")

    def filter_agent(self, queryset: MetricQuerySet, name: str, value: str) -> MetricQuerySet:
        return queryset.for_agent(None if value == "system" else value)
