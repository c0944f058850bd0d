"""Filters of the events: by severity, type, agent, session, signature, time and text."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions

from common.api import TimeRangeFilter
from common.filters import IdFilter
from common.subjects import agent_or_none
from logs_app import search
from logs_app.models import Event
from logs_app.severities import severities, severities_schema


class EventFilter(TimeRangeFilter):
    """`?severity=error,critical`, `?type=`, `?agent_id=`, `?session_id=`, `?search=` and more."""

    severity = filters.CharFilter(
        method="filter_severity", label="info, warning, error, critical; several by commas"
    )
    type = filters.CharFilter(field_name="event_type", label="type of event")
    event_type = filters.CharFilter(label="type of event")
    agent_id = filters.CharFilter(method="filter_agent", label="agent; system: of no agent")
    session_id = IdFilter(label="training session")
    signature = filters.CharFilter(label="signature, as in /api/logs/signatures")
    search = filters.CharFilter(
        method="filter_search", label='words of the message, from their beginning; "one phrase"'
    )

    @extend_schema_field(severities_schema() | {"description": "How bad; several by commas."})
    def filter_severity(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        try:
            return events.filter(severity__in=severities(value))
        except exceptions.ValidationError as error:
            raise exceptions.ValidationError({"severity": error.detail}) from None

    def filter_agent(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return events.filter(agent_id=agent_or_none(value))

    def filter_search(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return search.matching(events, value)
