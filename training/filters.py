"""Filters of the sessions."""

from django_filters import rest_framework as filters

from common.api import TimeRangeFilter
from training.models import TrainingSession


class SessionFilter(TimeRangeFilter):
    """`?status=`, `?trigger=` (several: repeat), `?night=`, and the time range of the start."""

    time_field = "start_time"

    status = filters.MultipleChoiceFilter(
        choices=TrainingSession.Status.choices, label="state; several: repeat"
    )
    trigger = filters.MultipleChoiceFilter(
        choices=TrainingSession.Trigger.choices, label="who or what started it; several: repeat"
    )
    night = filters.DateFilter(label="calendar day of the start")

    class Meta:
        model = TrainingSession
        fields = ("status", "trigger", "night")
