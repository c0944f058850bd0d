"""Filters of an agent's rows."""

from django_filters import rest_framework as filters

from agents.models import AgentMetric
from common.api import TimeRangeFilter


class AgentMetricFilter(TimeRangeFilter):
    """`?outcome=` and `?status=` (several: repeat), `?night=`, and the time range."""

    outcome = filters.MultipleChoiceFilter(
        choices=AgentMetric.Outcome.choices, label="what became of it; several: repeat"
    )
    status = filters.MultipleChoiceFilter(
        choices=AgentMetric.Status.choices, label="state; several: repeat"
    )
    night = filters.DateFilter(label="calendar day of the night")

    class Meta:
        model = AgentMetric
        fields = ("outcome", "status", "night")
