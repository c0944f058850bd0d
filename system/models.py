"""The machine: health samples, alerts, and signs of life of our own processes."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

_PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class HealthSampleQuerySet(models.QuerySet["HealthSample"]):
    """Vocabulary of the health table."""

    def since(self, moment: datetime) -> Self:
        return self.filter(timestamp__gte=moment)


class HealthSample(models.Model):
    """The host at one moment.

    Written by the scheduled sampling, never by a request; thinned by retention.
    """

    timestamp = models.DateTimeField(help_text="When it was measured, UTC.")
    cpu_percent = models.FloatField(
        null=True, validators=_PERCENT, help_text="CPU in use since the last sample, 0-100."
    )
    memory_percent = models.FloatField(
        null=True, validators=_PERCENT, help_text="Memory in use, 0-100."
    )
    disk_percent = models.FloatField(
        null=True, validators=_PERCENT, help_text="Space in use where DATA_DIR lies, 0-100."
    )
    uptime_seconds = models.FloatField(null=True, help_text="Seconds since the host booted.")
    active_connections = models.PositiveIntegerField(
        null=True, help_text="Established TCP connections of the host; null if not permitted."
    )

    objects = HealthSampleQuerySet.as_manager()

    class Meta:
        db_table = "system_health"
        ordering = ("-timestamp", "-id")
        indexes = [models.Index(fields=["-timestamp", "-id"], name="health_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(**{f"{name}__isnull": True})
                | models.Q(**{f"{name}__gte": 0, f"{name}__lte": 100}),
                name=f"health_{name}_range",
            )
            for name in ("cpu_percent", "memory_percent", "disk_percent")
        ]

    def __str__(self) -> str:
        return f"health at {self.timestamp:%Y-%m-%d %H:%M:%S}"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Vocabulary of the alerts table."""

    def active(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Alert(models.Model):
    """A condition that needs attention, from the moment it began until it ended.

        (condition holds) --> active --> (condition gone) --> ended
                                |
                                +-- acknowledged: seen by a person, still active

    Written by `system.evaluation` only, acknowledged by `system.services`.
    One active alert per rule and subject; ended ones stay as history.
    """

    class Level(models.TextChoices):
        WARNING = "warning"
        CRITICAL = "critical"

    rule = models.CharField(max_length=64, help_text="Name of the rule, as in system.rules.")
    subject = models.CharField(
        max_length=128, blank=True, default="", help_text="What it is about; empty: the system."
    )
    level = models.CharField(max_length=8, choices=Level, help_text="warning or critical.")
    agent_id = models.CharField(  # noqa: DJ001 - null is the system; an empty name would be an agent
        max_length=64, null=True, blank=True, help_text="Agent concerned."
    )
    message = models.TextField(help_text="One sentence for people.")
    began_at = models.DateTimeField(help_text="When the condition began, UTC.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it ended; null: active.")
    value = models.FloatField(null=True, help_text="The value last seen; null: no data.")
    threshold = models.FloatField(null=True, help_text="The limit it is compared with.")
    acknowledged_at = models.DateTimeField(null=True, blank=True, help_text="Seen by a person.")
    acknowledged_by = models.CharField(max_length=150, blank=True, default="", help_text="By whom.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "alerts"
        ordering = ("-began_at", "-id")
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="alerts_newest"),
            models.Index(fields=["agent_id", "-began_at"], name="alerts_agent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject"],
                condition=models.Q(ended_at__isnull=True),
                name="alerts_one_active_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=["warning", "critical"]), name="alerts_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}".strip()

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_at is not None


class Heartbeat(models.Model):
    """The last sign of life of one of our own processes (worker, beat).

    Written by the process itself every few seconds; never removed.
    """

    component = models.CharField(max_length=32, primary_key=True, help_text="worker or beat.")
    seen_at = models.DateTimeField(help_text="Last sign of life, UTC.")
    pid = models.PositiveIntegerField(help_text="Process id on that host.")
    host = models.CharField(max_length=255, help_text="Host name.")

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return self.component
