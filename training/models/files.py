"""Ledger of the orchestrator's files: which version was seen when, and what came of it."""

from __future__ import annotations

from typing import Self

from django.db import models


class ImportedFileQuerySet(models.QuerySet["ImportedFile"]):
    """Vocabulary of the import ledger."""

    def current(self) -> Self:
        return self.filter(is_current=True)


class ImportedFile(models.Model):
    """One version of one file, identified by its path and the hash of its content.

    Written by the importer. The content lies, compressed, under the hash in
    DATA_DIR/archive, so every imported row can be made anew. Never removed, except
    together with sample data.
    """

    class Kind(models.TextChoices):
        CONFIG = "config"
        RESULT = "result"
        REPORT = "report"
        METRICS = "metrics", "metrics history"

    class Status(models.TextChoices):
        IMPORTED = "imported"
        FAILED = "failed"

    path = models.CharField(max_length=1024, help_text="Below the orchestrator's folder.")
    kind = models.CharField(max_length=8, choices=Kind, help_text="What the file holds.")
    sha256 = models.CharField(
        max_length=64, blank=True, default="", help_text="Hash of the content; empty: unreadable."
    )
    size_bytes = models.PositiveBigIntegerField(null=True, help_text="Size, bytes; null: unknown.")
    modified_ns = models.BigIntegerField(
        null=True, help_text="Modification time as the file system has it, ns since 1970."
    )
    status = models.CharField(max_length=8, choices=Status, help_text="What came of it.")
    error = models.TextField(blank=True, default="", help_text="Reason of a failure.")
    location = models.CharField(
        max_length=255, blank=True, default="", help_text="Line or key of the failure."
    )
    rows = models.JSONField(default=dict, blank=True, help_text="Rows written, by table.")
    seen_at = models.DateTimeField(help_text="When this version was first seen, UTC.")
    imported_at = models.DateTimeField(null=True, help_text="When it was last imported, UTC.")
    is_current = models.BooleanField(
        default=True, help_text="Whether this is the newest version of its path."
    )
    is_sample = models.BooleanField(default=False, help_text="Written by the sample orchestrator.")

    objects = ImportedFileQuerySet.as_manager()

    class Meta:
        db_table = "imported_files"
        ordering = ("-seen_at", "-id")
        indexes = [
            models.Index(fields=["-seen_at", "-id"], name="imported_files_newest"),
            models.Index(fields=["status", "-seen_at"], name="imported_files_status"),
            models.Index(fields=["imported_at"], name="imported_files_imported"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["path", "sha256", "status"], name="imported_files_one_per_version"
            ),
            models.UniqueConstraint(
                fields=["path"],
                condition=models.Q(is_current=True),
                name="imported_files_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.sha256[:8]}"


class SessionSource(models.Model):
    """What one file says of one session, as parsed.

    A session found in files is the merge of its sources, made by the importer; when
    a file changes, its part is replaced and the session merged again. So the order
    of import does not matter, and a rebuild gives equal rows.
    """

    session = models.ForeignKey(
        "training.TrainingSession", on_delete=models.CASCADE, related_name="sources"
    )
    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=8, choices=ImportedFile.Kind, help_text="Kind of the file.")
    night = models.DateField(help_text="Calendar day it is about, in the pipeline's zone.")
    started_at = models.DateTimeField(
        help_text="When the run began by this file, UTC; a report: the time of the schedule."
    )
    ended_at = models.DateTimeField(
        null=True, help_text="When the run ended by this file, UTC; null: it does not say."
    )
    payload = models.JSONField(help_text="The parsed part of the file that concerns the session.")

    class Meta:
        db_table = "session_sources"
        constraints = [
            models.UniqueConstraint(fields=["session", "kind"], name="session_sources_one_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of session {self.session_id}"
