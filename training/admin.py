"""Sessions, schedule and import ledger in the admin, with buttons to start, stop and import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.models import AgentMetric
from common.admin import FastModelAdmin, ReadOnlyAdminMixin, html_table, list_button
from common.clock import utc_now
from common.errors import DashboardError
from logs_app.models import Event
from training.admin_forms import EDITABLE, ScheduleForm
from training.importing import import_folder
from training.models import ImportedFile, Schedule, ScheduleFiring, TrainingSession
from training.schedule import cron_error, describe, get_schedule, next_runs
from training.schedule_services import update_schedule
from training.services import start_session, stop_session

_MAY_RUN = "training.change_trainingsession"
_MOST_EVENTS = 200
_MOST_AGENTS = 200
#: Words are looked for in so many of the newest sessions.
_SEARCHED = 5000


class _Importer:
    """The button that imports now; for the pages whose rows come from files."""

    @list_button(label="Import now", permission="training.change_importedfile")
    def import_now(self, request: HttpRequest) -> None:
        def act() -> str:
            found = import_folder(path=settings.ORCHESTRATOR_PATH, patience_seconds=0)
            counts = ", ".join(f"{number} {status}" for status, number in found.counts.items())
            return f"Files: {counts}."

        _say(self, request, act)


@admin.register(TrainingSession)
class TrainingSessionAdmin(_Importer, ReadOnlyAdminMixin, FastModelAdmin):
    """Sessions, newest first; a session's page has its phases, agents and events."""

    list_display = (
        "start_time",
        "status",
        "trigger",
        "phase",
        "overall_quality",
        "overall_improvement",
        "agents_trained",
        "agents_failed",
        "duration_seconds",
        "requested_by",
        "is_sample",
    )
    list_filter = ("status", "trigger")
    date_hierarchy = "start_time"
    ordering = ("-start_time", "-id")
    search_fields = ("id",)  # shows the field; see get_search_results
    search_help_text = (
        f"A session's number, a night (2026-05-10), or words in the cause or reason "
        f"of the newest {_SEARCHED} sessions."
    )
    list_buttons = ("start_training", "stop_training", "import_now")
    fieldsets = (
        (None, {"fields": ("status", "phase", "start_time", "end_time", "night", "is_sample")}),
        (
            "Result",
            {
                "fields": (
                    "overall_quality",
                    "overall_improvement",
                    "agents_trained",
                    "agents_failed",
                    "duration_seconds",
                    "error_message",
                )
            },
        ),
        ("Phases", {"fields": ("phase_table",)}),
        ("Agents", {"fields": ("agent_table",)}),
        ("Events", {"fields": ("event_table",)}),
        (
            "Run",
            {
                "fields": (
                    "trigger",
                    "requested_by",
                    "reason",
                    "force",
                    "timeout_seconds",
                    "progress_percent",
                    "exit_code",
                    "stop_requested_at",
                    "stop_requested_by",
                    "stop_cause",
                    "claimed_by",
                    "heartbeat_at",
                )
            },
        ),
        ("As read", {"fields": ("metadata",), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingSession]:
        rows: QuerySet[TrainingSession] = super().get_queryset(request)
        one = request.resolver_match is not None and "object_id" in request.resolver_match.kwargs
        return rows if one else rows.defer("metadata", "phases", "agent_states", "error_message")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by number and night; by words only where that ends soon."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        try:
            return queryset.filter(night=date.fromisoformat(term)), False
        except ValueError:
            newest = TrainingSession.objects.newest_first().values("pk")[:_SEARCHED]
            words = Q(error_message__icontains=term) | Q(reason__icontains=term)
            return queryset.filter(words, pk__in=newest), False

    @list_button(label="Start training", permission=_MAY_RUN, confirm="Start a training now?")
    def start_training(self, request: HttpRequest) -> None:
        def act() -> str:
            session = start_session(
                trigger=TrainingSession.Trigger.ADMIN, requested_by=request.user.get_username()
            )
            return f"Session {session.pk} was handed to a worker."

        _say(self, request, act)

    @list_button(label="Stop training", permission=_MAY_RUN, confirm="Stop the training?")
    def stop_training(self, request: HttpRequest) -> None:
        def act() -> str:
            session = stop_session(requested_by=request.user.get_username())
            return f"Session {session.pk} is {session.status}." if session else "No session runs."

        _say(self, request, act)

    @admin.display(description="Phases")
    def phase_table(self, session: TrainingSession) -> SafeString:
        names = ("name", "status", "started_at", "ended_at", "seconds")
        rows = ([phase.get(name) for name in names] for phase in session.phases)
        return html_table(("Phase", "Status", "Began", "Ended", "Seconds"), rows)

    @admin.display(description="Agents")
    def agent_table(self, session: TrainingSession) -> SafeString:
        """Show the agents' values if there are any, else what the run said of them."""
        metrics = AgentMetric.objects.filter(session_id=session.pk).order_by("agent__sort_key")
        columns = ("agent_id", "outcome", "quality_score", "improvement", "processing_time_ms")
        rows = list(metrics.values_list(*columns)[:_MOST_AGENTS])
        if rows:
            return html_table(("Agent", "Outcome", "Quality", "Improvement", "Time, ms"), rows)
        states = (
            (agent_id, state.get("state"), state.get("reason"), state.get("processing_time_ms"))
            for agent_id, state in session.agent_states.items()
        )
        return html_table(("Agent", "State", "Reason", "Time, ms"), states)

    @admin.display(description=f"Newest {_MOST_EVENTS}")
    def event_table(self, session: TrainingSession) -> SafeString:
        events = Event.objects.of_session(session.pk).newest_first()
        columns = ("timestamp", "severity", "event_type", "agent_id", "message")
        rows = ((localize(at), *rest) for at, *rest in events.values_list(*columns)[:_MOST_EVENTS])
        return html_table(("Time", "Severity", "Type", "Agent", "Message"), rows)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("phase_table", "agent_table", "event_table")


@admin.register(Schedule)
class ScheduleAdmin(FastModelAdmin):
    """The one row of the schedule; saving it is an edit by hand, as through the API."""

    form = ScheduleForm
    fields = (*EDITABLE, "in_words", "coming_runs", "description", "origin", "checked_until")
    readonly_fields = ("in_words", "coming_runs", "description", "origin", "checked_until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row: go to it."""
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:training_schedule_change", args=[1])
        )

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: Any) -> None:
        changes = {name: form.cleaned_data[name] for name in EDITABLE if name in form.cleaned_data}
        update_schedule(changes=changes, edited_by=request.user.get_username())

    @admin.display(description="In words")
    def in_words(self, row: Schedule) -> str:
        schedule = get_schedule()
        return cron_error(schedule.cron) or describe(schedule.cron)

    @admin.display(description="Next runs")
    def coming_runs(self, row: Schedule) -> SafeString:
        runs = next_runs(get_schedule(), now=utc_now())
        return html_table(("Will start",), ([f"{run:%a %Y-%m-%d %H:%M %Z}"] for run in runs))

    @admin.display(description="Origin")
    def origin(self, row: Schedule) -> str:
        if not row.edited_fields or row.edited_at is None:
            return (
                f"Nothing edited; the cron expression is that of the {get_schedule().cron_source}."
            )
        by = row.edited_by or "an unnamed caller"
        fields = ", ".join(row.edited_fields)
        return f"Edited by {by} at {localize(row.edited_at)}: {fields}."


@admin.register(ScheduleFiring)
class ScheduleFiringAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Every time the schedule was due, and what was done."""

    list_display = ("due_at", "outcome", "reason", "session", "decided_at")
    list_filter = ("outcome",)
    date_hierarchy = "due_at"
    ordering = ("-due_at",)

    @admin.display(description="Session")
    def session(self, firing: ScheduleFiring) -> str | SafeString:
        if firing.session_id is None:
            return "-"
        url = reverse(
            f"{self.admin_site.name}:training_trainingsession_change", args=[firing.session_id]
        )
        return format_html('<a href="{}">{}</a>', url, firing.session_id)


@admin.register(ImportedFile)
class ImportedFileAdmin(_Importer, ReadOnlyAdminMixin, FastModelAdmin):
    """The import ledger: every version of every file, and what came of it."""

    list_display = ("path", "kind", "status", "seen_at", "imported_at", "is_current", "error")
    list_filter = ("status",)
    date_hierarchy = "seen_at"
    ordering = ("-seen_at", "-id")
    search_fields = ("path",)
    search_help_text = "Part of a path."
    list_buttons = ("import_now",)


def _say(page: Any, request: HttpRequest, act: Callable[[], str]) -> None:
    """Do it, and tell the user what came of it."""
    try:
        page.message_user(request, act(), messages.SUCCESS)
    except DashboardError as error:
        page.message_user(request, error.message, messages.ERROR)
