"""Training sessions: one row per run of the orchestrator."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce

from common.clock import night_of
from training.phases import IDLE


class TrainingSessionQuerySet(models.QuerySet["TrainingSession"]):
    """Vocabulary of the sessions table."""

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def finished(self) -> Self:
        return self.filter(status__in=FINAL)

    def over_time_limit(self) -> Self:
        return self.filter(status="running", elapsed_seconds__gte=models.F("timeout_seconds"))

    def since(self, moment: datetime) -> Self:
        return self.filter(start_time__gte=moment)

    def newest_first(self) -> Self:
        return self.order_by("-start_time", "-id")

    # --- Changes of state: each is one update that names the old state, and says whether
    # it touched the row. Who gets False was late and must not act.

    def claim(self, session_id: int, *, at: datetime, **facts: Any) -> bool:
        """Move a pending session to running for the worker that `facts` describe."""
        return self._move(
            session_id,
            "pending",
            "running",
            start_time=at,
            night=night_of(at),
            claimed_at=at,
            heartbeat_at=at,
            elapsed_seconds=0.0,
            **facts,
        )

    def request_stop(self, session_id: int, *, at: datetime, by: str, cause: str) -> bool:
        """Move a running session to stopping; its runner sees that and ends the processes."""
        return self._move(
            session_id,
            "running",
            "stopping",
            stop_requested_at=at,
            stop_requested_by=by,
            stop_cause=cause,
        )

    def note(self, session_id: int, **facts: Any) -> bool:
        """Write facts of a session that runs; False: it has ended meanwhile, nothing written."""
        return self.filter(pk=session_id, status__in=RUNS).update(**facts) == 1

    def close(self, session_id: int, *, old: str, new: str, at: datetime, **facts: Any) -> bool:
        """Move a session from the active state `old` to the final state `new`.

        A duration that the orchestrator's own files gave stays; else it is the time
        that the runner measured, and unknown for a session that never ran.

        Raises:
            ValueError: the drawing of the states has no such way.
        """
        measured = facts.pop("elapsed_seconds", models.F("elapsed_seconds"))
        return self._move(
            session_id,
            old,
            new,
            end_time=at,
            current_agent=None,
            elapsed_seconds=measured,
            duration_seconds=Coalesce(models.F("duration_seconds"), measured),
            **facts,
        )

    def _move(self, session_id: int, old: str, new: str, **facts: Any) -> bool:
        if new not in TRANSITIONS[old]:
            raise ValueError(f"a {old} session cannot become {new}")
        return self.filter(pk=session_id, status=old).update(status=new, **facts) == 1


def new_run_token() -> str:
    """Return a mark by which the processes of one run are known."""
    return uuid.uuid4().hex


class TrainingSession(models.Model):
    """One run of the orchestrator, whoever started it.

        pending --> running --> completed | failed | stopped
           |           |
           |           +--> stopping --> stopped | failed (time limit, worker gone)
           +--> stopped | failed (never taken by a worker)

    The web side writes `pending`, `stopping`, and the end of a session that no
    worker has claimed; the runner writes `running` and every other end; the sweep
    ends what has died. Every change is a conditional update (id and old status), and
    final states stay final. Sessions found in the orchestrator's files are written
    by the importer, already final, with trigger `external`. Never removed.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        STOPPING = "stopping"
        COMPLETED = "completed"
        FAILED = "failed"
        STOPPED = "stopped"

    class Trigger(models.TextChoices):
        API = "api"
        ADMIN = "admin"
        COMMAND = "command"
        SCHEDULE = "schedule"
        EXTERNAL = "external"

    start_time = models.DateTimeField(help_text="When it began (pending: was asked for), UTC.")
    end_time = models.DateTimeField(null=True, blank=True, help_text="When it ended, UTC.")
    night = models.DateField(help_text="Calendar day of the start, in the pipeline's zone.")
    status = models.CharField(max_length=9, choices=Status, help_text="See the states above.")
    phase = models.CharField(
        max_length=64, blank=True, default=IDLE, help_text="Phase now, or the last one reached."
    )
    trigger = models.CharField(
        max_length=8,
        choices=Trigger,
        default=Trigger.EXTERNAL,
        help_text="Who or what started it; external: found in the orchestrator's files.",
    )
    requested_by = models.CharField(
        max_length=150, blank=True, default="", help_text="User who started it, if any."
    )
    reason = models.TextField(blank=True, default="", help_text="Why it was started, if told.")
    force = models.BooleanField(
        default=False, help_text="Started although training is disabled in the configuration."
    )

    agents_trained = models.PositiveIntegerField(
        null=True, blank=True, help_text="Agents trained with success; null: unknown."
    )
    agents_failed = models.PositiveIntegerField(
        null=True, blank=True, help_text="Agents that failed or had no data; null: unknown."
    )
    overall_quality = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(10)],
        help_text="Quality of the whole system, 0-10, as reported.",
    )
    overall_improvement = models.FloatField(
        null=True, blank=True, help_text="Change of the system's quality in percent, as reported."
    )
    duration_seconds = models.FloatField(
        null=True, blank=True, help_text="How long it took; reported by the files or measured."
    )
    phases = models.JSONField(
        default=list,
        blank=True,
        help_text="In order: name, raw_name, status, started_at, ended_at, seconds or null.",
    )
    error_message = models.TextField(blank=True, default="", help_text="First cause of a failure.")
    metadata = models.JSONField(
        default=dict, blank=True, help_text="Raw values as read, by source; recommendations."
    )
    is_sample = models.BooleanField(
        default=False, help_text="Made by the sample orchestrator, not by a real pipeline."
    )

    # While it runs; written by the runner.
    timeout_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Time limit of this run, seconds; null: not run by us."
    )
    progress_percent = models.FloatField(
        null=True, blank=True, help_text="0-100, never goes back; null: not run by us."
    )
    current_agent = models.CharField(  # noqa: DJ001 - null: no agent is being trained
        max_length=64, null=True, blank=True, help_text="Agent being trained now."
    )
    agent_states = models.JSONField(
        default=dict,
        blank=True,
        help_text="{agent_id: {state waiting|running|done|failed|skipped, reason, started_at, "
        "ended_at, improvement, processing_time_ms}}.",
    )
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When a worker took it.")
    claimed_by = models.CharField(
        max_length=255, blank=True, default="", help_text="The worker that took it, host:pid."
    )
    worker_created_at = models.FloatField(
        null=True, blank=True, help_text="Start of the worker's process as the system has it."
    )
    heartbeat_at = models.DateTimeField(
        null=True, blank=True, help_text="Last sign of life of the worker that runs it."
    )
    pid = models.PositiveIntegerField(null=True, blank=True, help_text="Process id; its group too.")
    pid_created_at = models.FloatField(
        null=True,
        blank=True,
        help_text="Start of that process as the system has it: its identity.",
    )
    boot_id = models.CharField(
        max_length=64, blank=True, default="", help_text="Boot of the host in which it ran."
    )
    pid_namespace = models.CharField(
        max_length=32, blank=True, default="", help_text="Container whose process ids these are."
    )
    run_token = models.CharField(
        max_length=32,
        blank=True,
        default="",
        help_text="Mark in the environment of all processes of this run.",
    )
    elapsed_seconds = models.FloatField(
        null=True,
        blank=True,
        help_text="How long it has run at the last heartbeat, by a clock that nobody can move.",
    )
    stop_requested_at = models.DateTimeField(null=True, blank=True, help_text="When asked to stop.")
    stop_requested_by = models.CharField(
        max_length=150, blank=True, default="", help_text="Who asked it to stop."
    )
    stop_cause = models.CharField(
        max_length=32, blank=True, default="", help_text="Why it is to end: request, timeout, ..."
    )
    exit_code = models.IntegerField(
        null=True, blank=True, help_text="Exit status of the process; negative: ended by a signal."
    )
    idempotency_key = models.CharField(
        max_length=255, null=True, blank=True, unique=True, help_text="Key of the start request."
    )

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        db_table = "training_sessions"
        ordering = ("-start_time", "-id")
        indexes = [
            models.Index(fields=["-start_time", "-id"], name="sessions_newest"),
            models.Index(fields=["status", "-start_time", "-id"], name="sessions_status"),
            models.Index(fields=["trigger", "-start_time", "-id"], name="sessions_trigger"),
            models.Index(fields=["night"], name="sessions_night"),
            models.Index(
                fields=["is_sample"], name="sessions_sample", condition=models.Q(is_sample=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(status__in=["pending", "running", "stopping"]),
                name="sessions_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["pending", "running", "stopping", "completed", "failed", "stopped"]
                ),
                name="sessions_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(overall_quality__isnull=True)
                | models.Q(overall_quality__gte=0, overall_quality__lte=10),
                name="sessions_quality_range",
            ),
            models.CheckConstraint(
                condition=models.Q(progress_percent__isnull=True)
                | models.Q(progress_percent__gte=0, progress_percent__lte=100),
                name="sessions_progress_range",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk} of {self.night}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


ACTIVE = (
    TrainingSession.Status.PENDING,
    TrainingSession.Status.RUNNING,
    TrainingSession.Status.STOPPING,
)
FINAL = (
    TrainingSession.Status.COMPLETED,
    TrainingSession.Status.FAILED,
    TrainingSession.Status.STOPPED,
)

#: A worker has it in hand.
RUNS = (TrainingSession.Status.RUNNING, TrainingSession.Status.STOPPING)

#: The drawing above as data.
TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"running", "stopped", "failed"}),
    "running": frozenset({"stopping", "completed", "failed", "stopped"}),
    "stopping": frozenset({"stopped", "failed"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "stopped": frozenset(),
}
