"""Agents of the pipeline, and what each one's trainings gave, night by night."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import RowNumber

_SCORE = [MinValueValidator(0), MaxValueValidator(10)]


def _score_range(column: str) -> models.Q:
    return models.Q(**{f"{column}__isnull": True}) | models.Q(
        **{f"{column}__gte": 0, f"{column}__lte": 10}
    )


class AgentQuerySet(models.QuerySet["Agent"]):
    """Vocabulary of the agents table."""

    def in_natural_order(self) -> Self:
        return self.order_by("sort_key")

    def enabled(self) -> Self:
        return self.filter(enabled=True)


class Agent(models.Model):
    """One agent of the pipeline.

    The twelve known ones are there from the first migration; an import adds or
    updates what it finds. Never removed by the dashboard.
    """

    class Priority(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    id = models.CharField(
        max_length=64,
        primary_key=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_.-]+$")],
        help_text="Identifier as in the orchestrator's files, for instance agent_5a.",
    )
    name = models.CharField(max_length=128, help_text="Name for people.")
    description = models.TextField(blank=True, default="", help_text="What it does.")
    enabled = models.BooleanField(default=True, help_text="Whether the training includes it.")
    priority = models.CharField(
        max_length=8, choices=Priority, default=Priority.MEDIUM, help_text="As configured."
    )
    quality_target = models.FloatField(
        null=True, blank=True, validators=_SCORE, help_text="Wanted quality, 0-10; null: none set."
    )
    edited_fields = models.JSONField(
        default=list, editable=False, help_text="Fields changed by hand; imports leave them alone."
    )
    sort_key = models.CharField(
        max_length=255, editable=False, help_text="Natural order; see common.numbers.natural_key."
    )

    objects = AgentQuerySet.as_manager()

    class Meta:
        db_table = "agents"
        ordering = ("sort_key",)
        indexes = [models.Index(fields=["sort_key"], name="agents_natural")]
        constraints = [
            models.CheckConstraint(
                condition=_score_range("quality_target"), name="agents_target_range"
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=["low", "medium", "high", "critical"]),
                name="agents_priority_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class AgentMetricQuerySet(models.QuerySet["AgentMetric"]):
    """Vocabulary of the agent metrics table."""

    def for_agent(self, agent_id: str) -> Self:
        return self.filter(agent_id=agent_id)

    def since_night(self, night: date) -> Self:
        return self.filter(night__gte=night)

    def with_data(self) -> Self:
        return self.filter(quality_score__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-timestamp", "-id")

    def newest_per_night(self) -> Self:
        """Keep one row per night and agent: the newest of those in this queryset."""
        place = models.Window(
            RowNumber(),
            partition_by=[models.F("night"), models.F("agent")],
            order_by=[models.F("timestamp").desc(), models.F("id").desc()],
        )
        return self.alias(place=place).filter(place=1)


class AgentMetric(models.Model):
    """What one training session gave for one agent: a daily value, kept for good.

    Written by the importer, one row per session and agent; replaced together
    with the file it came from.
    """

    class Status(models.TextChoices):
        ONLINE = "online"
        OFFLINE = "offline"

    class Outcome(models.TextChoices):
        TRAINED = "trained"
        FAILED = "failed"
        SKIPPED = "skipped"
        NO_DATA = "no_data"

    timestamp = models.DateTimeField(help_text="When the agent was trained, UTC.")
    night = models.DateField(help_text="The calendar day of that night, in the pipeline's zone.")
    # No index of its own: those below begin with the agent.
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="metrics", db_index=False
    )
    session_id = models.BigIntegerField(null=True, help_text="The session that trained it.")
    quality_score = models.FloatField(
        null=True, validators=_SCORE, help_text="Quality, 0-10; null: no data that night."
    )
    processing_time_ms = models.PositiveIntegerField(
        null=True, help_text="How long its training took, ms; null: unknown."
    )
    error_count = models.PositiveIntegerField(
        null=True, help_text="Errors in that night's training; null: unknown."
    )
    status = models.CharField(
        max_length=7, choices=Status, help_text="online: there was data that night; else offline."
    )
    outcome = models.CharField(
        max_length=8, choices=Outcome, help_text="trained, failed, skipped, or no_data."
    )
    improvement = models.FloatField(
        null=True, help_text="Change of quality as the file reports it, in points."
    )
    improvement_computed = models.FloatField(
        null=True, help_text="Quality minus the agent's previous known quality, in points."
    )
    metadata = models.JSONField(
        default=dict, blank=True, help_text="Raw values as read, by source, and the reason."
    )

    objects = AgentMetricQuerySet.as_manager()

    class Meta:
        db_table = "agent_metrics"
        ordering = ("-timestamp", "-id")
        indexes = [
            models.Index(fields=["-timestamp", "-id"], name="agent_metrics_newest"),
            models.Index(fields=["agent", "-timestamp", "-id"], name="agent_metrics_agent"),
            models.Index(fields=["agent", "-night"], name="agent_metrics_agent_night"),
            models.Index(
                fields=["night", "agent", "-timestamp", "-id"], name="agent_metrics_night"
            ),
            # The last value of an agent that has given none for months is one look-up too.
            models.Index(
                fields=["agent", "-timestamp"],
                name="agent_metrics_with_data",
                condition=models.Q(quality_score__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session_id", "agent"], name="agent_metrics_one_per_session"
            ),
            models.CheckConstraint(
                condition=_score_range("quality_score"), name="agent_metrics_score_range"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["online", "offline"]),
                name="agent_metrics_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["trained", "failed", "skipped", "no_data"]),
                name="agent_metrics_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.night}"
