"""Events in the admin: to read, to filter, to search."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import FastModelAdmin, ReadOnlyAdminMixin, values_filter
from logs_app import search
from logs_app.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Events, newest first; the search is that of the API."""

    list_display = ("timestamp", "severity", "event_type", "agent_id", "message")
    list_filter = ("severity", values_filter("event_type"), values_filter("agent_id"))
    date_hierarchy = "timestamp"
    search_fields = ("message",)
    search_help_text = 'Words of the message, from their beginning, or "one phrase".'
    ordering = ("-timestamp", "-id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (search.matching(queryset, search_term) if search_term else queryset), False
