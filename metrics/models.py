"""Metrics: any number by name, of one agent or of the whole system."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models


class MetricQuerySet(models.QuerySet["Metric"]):
    """Vocabulary of the metrics table."""

    def named(self, metric_type: str) -> Self:
        return self.filter(metric_type=metric_type)

    def since(self, moment: datetime) -> Self:
        return self.filter(timestamp__gte=moment)

    def for_agent(self, agent_id: str | None) -> Self:
        return self.filter(agent_id=agent_id)

    def nightly(self) -> Self:
        return self.filter(session_id__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-timestamp", "-id")


class Metric(models.Model):
    """One measured number.

    Written by the importer (the nightly values: session_id set, kept for good) and
    by POST /api/metrics (session_id null, thinned to daily values by retention).
    """

    timestamp = models.DateTimeField(help_text="When it was measured, UTC.")
    agent_id = models.CharField(  # noqa: DJ001 - null is the system; an empty name would be an agent
        max_length=64, null=True, blank=True, help_text="The agent measured; null: the system."
    )
    metric_type = models.CharField(
        max_length=64, help_text="Name, for instance quality (0-10), speed (ms), errors."
    )
    value = models.FloatField(help_text="The number, in the unit of the metric; always finite.")
    notes = models.TextField(blank=True, default="", help_text="Remark.")
    session_id = models.BigIntegerField(
        null=True, blank=True, help_text="The training session it is a result of, if any."
    )

    objects = MetricQuerySet.as_manager()

    class Meta:
        db_table = "metrics"
        ordering = ("-timestamp", "-id")
        indexes = [
            models.Index(fields=["-timestamp", "-id"], name="metrics_newest"),
            models.Index(fields=["agent_id", "-timestamp", "-id"], name="metrics_agent"),
            models.Index(fields=["metric_type", "-timestamp", "-id"], name="metrics_type"),
            models.Index(
                fields=["metric_type", "agent_id", "-timestamp", "-id"], name="metrics_type_agent"
            ),
            models.Index(
                fields=["session_id"],
                name="metrics_session",
                condition=models.Q(session_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_type} {self.agent_id or 'system'}"
