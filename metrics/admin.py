"""Metrics in the admin."""

from django.contrib import admin

from common.admin import FastModelAdmin, ReadOnlyAdminMixin, values_filter
from metrics.models import Metric


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdminMixin, FastModelAdmin):
    """Numbers that programs stored; to look at only."""

    list_display = ("timestamp", "metric_type", "agent_id", "value", "notes", "session_id")
    list_filter = (values_filter("metric_type"), values_filter("agent_id", title="agent"))
    date_hierarchy = "timestamp"
