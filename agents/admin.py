"""Agents and their rows in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from agents.models import Agent, AgentMetric, AgentQuerySet
from agents.services import edit_agent, follow_configuration
from common.admin import FastModelAdmin, ReadOnlyAdminMixin, values_filter

EDITABLE = ("name", "description", "quality_target")


@admin.register(Agent)
class AgentAdmin(FastModelAdmin):
    """Name, description and target are edited here; the rest is the pipeline's configuration."""

    actions = ("follow_configuration",)
    list_display = ("id", "name", "enabled", "priority", "quality_target", "edited")
    list_filter = ("enabled", "priority")
    search_fields = ("id", "name", "description")
    fields = ("id", *EDITABLE, "enabled", "priority", "edited")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        return ("id", "enabled", "priority", "edited") if obj else ("edited",)

    @admin.display(description="edited by hand")
    def edited(self, agent: Agent) -> str:
        return ", ".join(agent.edited_fields) or "-"

    @admin.action(description="Let the configuration decide again", permissions=["change"])
    def follow_configuration(self, request: HttpRequest, queryset: AgentQuerySet) -> None:
        number = follow_configuration(queryset)
        who = "1 agent takes its" if number == 1 else f"{number} agents take their"
        self.message_user(request, f"{who} values from the next configuration that is imported.")

    def save_model(
        self, request: HttpRequest, obj: Agent, form: ModelForm[Agent], change: Any
    ) -> None:
        edit_agent(obj, fields={*EDITABLE} & {*form.changed_data})

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
