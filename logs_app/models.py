"""Events: what happened, to whom and how bad it was; keys of deliveries already stored."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from logs_app.signatures import SignatureField


class EventQuerySet(models.QuerySet["Event"]):
    """Vocabulary of the events table."""

    def since(self, moment: datetime) -> Self:
        return self.filter(timestamp__gte=moment)

    def for_agent(self, agent_id: str) -> Self:
        return self.filter(agent_id=agent_id)

    def of_session(self, session_id: int) -> Self:
        return self.filter(session_id=session_id)

    def newest_first(self) -> Self:
        return self.order_by("-timestamp", "-id")


class Event(models.Model):
    """One thing that happened.

    Written by `logs_app.services`; rows of an imported file are replaced together
    with it; old ones are removed by the retention task.
    """

    class Severity(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"
        CRITICAL = "critical"

    timestamp = models.DateTimeField(help_text="When it happened, UTC.")
    event_type = models.CharField(max_length=64, help_text="What kind of event, a short slug.")
    agent_id = models.CharField(  # noqa: DJ001 - null is the system; an empty name would be an agent
        max_length=64, null=True, blank=True, help_text="The agent concerned; null: the system."
    )
    message = models.TextField(help_text="One sentence for people.")
    severity = models.CharField(
        max_length=8, choices=Severity, default=Severity.INFO, help_text="How bad it is."
    )
    signature = SignatureField(
        help_text="The message with numbers, ids and paths folded; the same for the same problem."
    )
    metadata = models.JSONField(default=dict, blank=True, help_text="Further facts, by name.")
    session_id = models.BigIntegerField(
        null=True, blank=True, help_text="The training session it belongs to, if any."
    )
    source_id = models.BigIntegerField(
        null=True, blank=True, help_text="The imported file it was read from; null: seen by us."
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "events"
        ordering = ("-timestamp", "-id")
        indexes = [
            models.Index(fields=["-timestamp", "-id"], name="events_newest"),
            models.Index(fields=["severity", "-timestamp", "-id"], name="events_severity"),
            models.Index(fields=["event_type", "-timestamp", "-id"], name="events_type"),
            models.Index(fields=["agent_id", "-timestamp", "-id"], name="events_agent"),
            models.Index(fields=["signature", "-timestamp", "-id"], name="events_signature"),
            models.Index(
                fields=["session_id", "timestamp"],
                name="events_session",
                condition=models.Q(session_id__isnull=False),
            ),
            models.Index(
                fields=["source_id"],
                name="events_source",
                condition=models.Q(source_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__in=["info", "warning", "error", "critical"]),
                name="events_severity_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.timestamp:%Y-%m-%d %H:%M:%S} {self.event_type}"


class IdempotencyKey(models.Model):
    """One delivery that was stored, with its answer, so that a repetition stores nothing.

    Written by `logs_app.services.once` in the transaction that stores what was
    delivered; removed after a week by the retention task.
    """

    scope = models.CharField(max_length=64, help_text="What the key is for, for instance events.")
    key = models.CharField(max_length=200, help_text="The caller's Idempotency-Key header.")
    created_at = models.DateTimeField(help_text="When it was first delivered, UTC.")
    fingerprint = models.CharField(
        max_length=64, blank=True, default="", help_text="SHA-256 of what was delivered, hex."
    )
    response = models.JSONField(default=dict, help_text="The answer that was given.")

    class Meta:
        db_table = "idempotency_keys"
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_one_per_scope")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
