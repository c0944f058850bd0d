"""Health samples, alerts and signs of life in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import FastModelAdmin, ReadOnlyAdminMixin
from system.fields import FIELDS
from system.models import Alert, HealthSample, Heartbeat
from system.services import acknowledge_alert


@admin.register(HealthSample)
class HealthSampleAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """The host's samples, newest first."""

    list_display = ("timestamp", *(field.name for field in FIELDS))
    date_hierarchy = "timestamp"
    ordering = ("-timestamp", "-id")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Alerts, newest first; the action notes that they were seen."""

    list_display = (
        "began_at",
        "ended_at",
        "level",
        "rule",
        "subject",
        "agent_id",
        "message",
        "acknowledged_by",
    )
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "level")
    date_hierarchy = "began_at"
    ordering = ("-began_at", "-id")
    actions = ("acknowledge",)

    @admin.action(description="Acknowledge", permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        """Acknowledge the selected alerts in the name of the user."""
        for alert in alerts:
            acknowledge_alert(alert_id=alert.pk, by=request.user.get_username())
        self.message_user(request, f"Acknowledged: {len(alerts)}.")

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        """Allow it to whom the permission to change alerts was given."""
        return request.user.has_perm("system.change_alert")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Signs of life of our own processes."""

    list_display = ("component", "seen_at", "pid", "host")
    ordering = ("component",)
