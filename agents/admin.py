"""Agents and their rows in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from agents.models import Agent, AgentMetric
from common.admin import FastModelAdmin, ReadOnlyAdminMixin, values_filter
from common.numbers import natural_key


@admin.register(Agent)
class AgentAdmin(FastModelAdmin):
    """Name, description and target are edited here; the rest is the pipeline's configuration."""

    list_display = ("id", "name", "enabled", "priority", "quality_target")
    list_filter = ("enabled", "priority")
    search_fields = ("id", "name", "description")
    fields = ("id", "name", "description", "quality_target", "enabled", "priority")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        return ("id", "enabled", "priority") if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Agent, form: ModelForm[Agent], change: Any
    ) -> None:
        obj.sort_key = natural_key(obj.pk)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AgentMetric)
class AgentMetricAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """What the sessions gave for the agents; read from files, so to look at only."""

    list_display = (
        "timestamp",
        "agent_id",
        "quality_score",
        "improvement",
        "processing_time_ms",
        "error_count",
        "outcome",
        "session_id",
    )
    list_filter = (values_filter("agent_id", title="agent"),)
    date_hierarchy = "timestamp"
