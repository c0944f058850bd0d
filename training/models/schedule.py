"""The schedule of the nightly training, and a record of every time it was due."""

from __future__ import annotations

from django.db import models


class Schedule(models.Model):
    """When training starts by itself: one row, made by the first migration.

    Filled from the orchestrator's configuration until somebody edits it; an edited
    field is never overwritten by an import.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    cron = models.CharField(
        max_length=128, default="0 3 * * *", help_text="Five fields: minute hour day month weekday."
    )
    timezone = models.CharField(
        max_length=64, blank=True, default="", help_text="IANA name; empty: ORCHESTRATOR_TIME_ZONE."
    )
    enabled = models.BooleanField(default=True, help_text="Whether it fires.")
    timeout_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Time limit of a run; null: TRAINING_TIMEOUT_SECONDS."
    )
    description = models.TextField(blank=True, default="", help_text="As in the configuration.")
    skip_dates = models.JSONField(
        default=list, blank=True, help_text="Days without training: [{date, reason}]."
    )
    pause_until = models.DateTimeField(null=True, blank=True, help_text="No firing before, UTC.")
    edited_fields = models.JSONField(
        default=list, blank=True, help_text="Fields changed by hand; imports leave them alone."
    )
    edited_at = models.DateTimeField(null=True, blank=True, help_text="Last edit by hand, UTC.")
    edited_by = models.CharField(max_length=150, blank=True, default="", help_text="By whom.")
    checked_until = models.DateTimeField(
        null=True, blank=True, help_text="All firings up to here are decided and recorded, UTC."
    )

    class Meta:
        db_table = "training_schedule"
        verbose_name_plural = "schedule"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="training_schedule_single_row")
        ]

    def __str__(self) -> str:
        return self.cron


class ScheduleFiring(models.Model):
    """One time the schedule was due, and what was done about it.

    Written by the beat's due check, exactly one row per due time. Never removed.
    """

    class Outcome(models.TextChoices):
        STARTED = "started"
        MADE_UP = "made_up", "started late"
        MISSED = "missed"
        REFUSED = "refused", "refused (a session was active)"
        SKIPPED = "skipped"
        FAILED = "failed", "could not be started"

    due_at = models.DateTimeField(unique=True, help_text="When it was due, UTC.")
    decided_at = models.DateTimeField(help_text="When it was decided, UTC.")
    outcome = models.CharField(max_length=8, choices=Outcome, help_text="What was done.")
    reason = models.TextField(blank=True, default="", help_text="Why, in a sentence.")
    session_id = models.BigIntegerField(null=True, blank=True, help_text="Session it started.")

    class Meta:
        db_table = "schedule_firings"
        ordering = ("-due_at",)
        indexes = [models.Index(fields=["outcome", "-due_at"], name="schedule_firings_outcome")]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} {self.outcome}"
