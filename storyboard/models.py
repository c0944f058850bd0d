"""Storyboards: a project is a music video, its scenes are in an explicit order."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models


class Project(models.Model):
    """One music video. Written by `storyboard.services`."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        GENERATED = "generated"
        ARCHIVED = "archived"

    name = models.CharField(max_length=200, help_text="Name of the video.")
    music = models.CharField(max_length=500, blank=True, default="", help_text="Title or URL.")
    artist = models.CharField(max_length=200, blank=True, default="", help_text="Who plays.")
    status = models.CharField(
        max_length=9, choices=Status, default=Status.DRAFT, help_text="State of the work."
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="When it was made, UTC.")
    updated_at = models.DateTimeField(auto_now=True, help_text="Last change, UTC.")

    class Meta:
        db_table = "projects"
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="projects_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="projects_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "generated", "archived"]),
                name="projects_status_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Scene(models.Model):
    """One scene of a project, at place `number` (1 is the first)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="scenes")
    number = models.PositiveIntegerField(help_text="Place in the project, from 1 without gaps.")
    title = models.CharField(max_length=200, blank=True, default="", help_text="Short name.")
    description = models.TextField(blank=True, default="", help_text="What is seen.")
    prompt = models.TextField(blank=True, default="", help_text="Text for the video generator.")
    duration_seconds = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Length, seconds."
    )
    style_tags = models.JSONField(default=list, blank=True, help_text="List of words.")
    thumbnail = models.CharField(max_length=1000, blank=True, default="", help_text="Image URL.")
    video_url = models.CharField(max_length=1000, blank=True, default="", help_text="The video.")

    class Meta:
        db_table = "scenes"
        ordering = ("project", "number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="scenes_one_per_number"),
            models.CheckConstraint(
                condition=models.Q(duration_seconds__isnull=True)
                | models.Q(duration_seconds__gte=0),
                name="scenes_duration_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"
