"""Storyboards: a project is a music video, its scenes are in an explicit order."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Coalesce

from storyboard.links import check_link, check_web_address

# What a person or a program may store; the bodies of the API and the admin share them.
LONG_TEXT = 20_000
LONGEST_SECONDS = 86_400
MOST_TAGS = 100
LONGEST_TAG = 100


def check_style_tags(tags: Any) -> None:
    """Refuse what is no list of short words."""
    if not isinstance(tags, list) or len(tags) > MOST_TAGS:
        raise ValidationError(f'This must be a list of at most {MOST_TAGS} texts, as in ["neon"].')
    if not all(_is_tag(tag) for tag in tags):
        raise ValidationError(f"Each tag must be a text of 1 to {LONGEST_TAG} characters.")


def _is_tag(tag: Any) -> bool:
    if not isinstance(tag, str) or "\0" in tag:
        return False
    surrogates = any("\ud800" <= character <= "\udfff" for character in tag)
    return not surrogates and bool(tag.strip()) and len(tag) <= LONGEST_TAG


class ProjectQuerySet(models.QuerySet["Project"]):
    """Vocabulary of the projects table."""

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted_before(self, moment: datetime) -> Self:
        return self.filter(deleted_at__lt=moment)

    def with_scene_count(self) -> Self:
        counts = (
            Scene.objects.alive()
            .filter(project=models.OuterRef("pk"))
            .order_by()
            .values("project")
            .annotate(total=models.Count("pk"))
            .values("total")
        )
        # A subquery is counted for the rows of the page only; a join would group all projects.
        return self.annotate(scene_count=Coalesce(models.Subquery(counts), 0))


class Project(models.Model):
    """One music video.

    Written by `storyboard.services`, each change with a revision. Deleting marks
    it; `storyboard.retention` removes it for good 30 days later.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        GENERATED = "generated"
        ARCHIVED = "archived"

    name = models.CharField(max_length=200, help_text="Name of the video.")
    music = models.CharField(max_length=500, blank=True, default="", help_text="Title.")
    music_file = models.CharField(
        max_length=1000, blank=True, default="", help_text="Path of the audio file."
    )
    music_url = models.CharField(
        max_length=1000,
        blank=True,
        default="",
        validators=[check_web_address],
        help_text="Where to hear it, http or https.",
    )
    music_duration_seconds = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LONGEST_SECONDS)],
        help_text="Length of the music, seconds; null: unknown.",
    )
    artist = models.CharField(max_length=200, blank=True, default="", help_text="Who plays.")
    status = models.CharField(
        max_length=9, choices=Status, default=Status.DRAFT, help_text="State of the work."
    )
    notes = models.TextField(max_length=LONG_TEXT, blank=True, default="", help_text="Free text.")
    frame_rate = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="Frames per second, 1-240; null: unknown.",
    )
    version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Number of its newest revision; the ETag."
    )
    pipeline_key = models.CharField(
        max_length=500,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="Music title by which files of the pipeline find it; null: not imported.",
    )
    sources = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What the pipeline's files say: {kind of file: {field: value}}.",
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="When it was made, UTC.")
    updated_at = models.DateTimeField(auto_now=True, help_text="Last change, UTC.")
    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was deleted; null: it was not."
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        db_table = "projects"
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="projects_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="projects_status"),
            models.Index(fields=["-updated_at", "-id"], name="projects_updated"),
            models.Index(fields=["name", "id"], name="projects_name"),
            models.Index(
                fields=["deleted_at"],
                name="projects_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "generated", "archived"]),
                name="projects_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(music_duration_seconds__isnull=True)
                | models.Q(music_duration_seconds__gte=0),
                name="projects_music_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SceneQuerySet(models.QuerySet["Scene"]):
    """Vocabulary of the scenes table."""

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def of_project(self, project_id: int) -> Self:
        return self.filter(project_id=project_id)

    def in_order(self) -> Self:
        return self.order_by("project_id", "number")

    def deleted_before(self, moment: datetime) -> Self:
        return self.filter(deleted_at__lt=moment)


class Scene(models.Model):
    """One scene of a project, at place `number` (1 is the first).

    Its status goes draft -> prompted -> rendered -> approved; any change of it is
    allowed, since a scene may be thought over again. Written by
    `storyboard.services`; a deleted one keeps its last number and is removed for
    good after 30 days.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        PROMPTED = "prompted"
        RENDERED = "rendered"
        APPROVED = "approved"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="scenes")
    number = models.PositiveIntegerField(help_text="Place in the project, from 1 without gaps.")
    title = models.CharField(max_length=200, blank=True, default="", help_text="Short name.")
    description = models.TextField(
        max_length=LONG_TEXT, blank=True, default="", help_text="What is seen."
    )
    screenplay = models.TextField(
        max_length=LONG_TEXT, blank=True, default="", help_text="Text of the screenplay."
    )
    prompt = models.TextField(
        max_length=LONG_TEXT, blank=True, default="", help_text="Text for the video generator."
    )
    duration_seconds = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(LONGEST_SECONDS)],
        help_text="Length, seconds; null: unknown.",
    )
    style_tags = models.JSONField(
        default=list, blank=True, validators=[check_style_tags], help_text="List of words."
    )
    thumbnail = models.CharField(
        max_length=1000,
        blank=True,
        default="",
        validators=[check_link],
        help_text="Image: http(s) URL or path.",
    )
    video_url = models.CharField(
        max_length=1000,
        blank=True,
        default="",
        validators=[check_link],
        help_text="The video: http(s) URL or path.",
    )
    status = models.CharField(
        max_length=8, choices=Status, default=Status.DRAFT, help_text="How far the work is."
    )
    agent_id = models.CharField(  # noqa: DJ001 - null is nobody; an empty name would be an agent
        max_length=64,
        null=True,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_.-]+$")],
        help_text="The agent that made it; null: a person or unknown.",
    )
    session_id = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="The training session it was made in; null: unknown.",
    )
    source_number = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Its scene number in the pipeline's files; null: not imported.",
    )
    sources = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What the pipeline's files say: {kind of file: {field: value}}.",
    )
    created_at = models.DateTimeField(auto_now_add=True, help_text="When it was made, UTC.")
    updated_at = models.DateTimeField(auto_now=True, help_text="Last change, UTC.")
    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was deleted; null: it was not."
    )

    # Not a column: when it begins, seconds; set by `storyboard.timing.place_in_time`.
    start_time: float | None = None

    objects = SceneQuerySet.as_manager()

    class Meta:
        db_table = "scenes"
        ordering = ("project", "number")
        indexes = [
            models.Index(
                fields=["project", "number"],
                name="scenes_with_video",
                condition=models.Q(deleted_at__isnull=True) & ~models.Q(video_url=""),
            ),
            models.Index(fields=["agent_id"], name="scenes_agent"),
            models.Index(fields=["session_id"], name="scenes_session"),
            models.Index(
                fields=["deleted_at"],
                name="scenes_deleted",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                condition=models.Q(deleted_at__isnull=True),
                name="scenes_one_per_number",
            ),
            models.UniqueConstraint(
                fields=["project", "source_number"], name="scenes_one_per_source_number"
            ),
            models.CheckConstraint(
                condition=models.Q(duration_seconds__isnull=True)
                | models.Q(duration_seconds__gte=0),
                name="scenes_duration_range",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "prompted", "rendered", "approved"]),
                name="scenes_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Revision(models.Model):
    """A project with its scenes as one change left it.

    Written together with that change by `storyboard.services`, never altered; goes
    with its project.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(help_text="From 1; the project's version after it.")
    at = models.DateTimeField(help_text="When, UTC.")
    by = models.CharField(max_length=150, blank=True, default="", help_text="User; empty: local.")
    action = models.CharField(max_length=100, help_text="What was done, in a few words.")
    scene_count = models.PositiveIntegerField(help_text="Scenes after it.")
    packed = models.BinaryField(help_text="The document, JSON, compressed with zlib.")

    class Meta:
        db_table = "storyboard_revisions"
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="revisions_one_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: revision {self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """The project with its scenes; see `storyboard.documents`."""
        content: dict[str, Any] = json.loads(zlib.decompress(self.packed))
        return content

    @staticmethod
    def pack(document: dict[str, Any]) -> bytes:
        """Return the document as it is stored."""
        return zlib.compress(json.dumps(document, ensure_ascii=False).encode())


class ThumbnailUse(models.Model):
    """One project that shows, or in an older revision showed, one stored image.

    Written with each revision. The last use that goes takes the image with it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="thumbnail_uses")
    name = models.CharField(max_length=100, db_index=True, help_text="Name of the stored image.")

    class Meta:
        db_table = "storyboard_thumbnail_uses"
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="thumbnail_uses_once")
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.name}"


class PipelineFile(models.Model):
    """One file of the pipeline as it was last read.

    Written by the import of the orchestrator's folder, so that nothing is read
    again that did not change and a broken file is reported once.
    """

    class Outcome(models.TextChoices):
        IMPORTED = "imported"
        IGNORED = "ignored", "ignored (no storyboard)"
        BROKEN = "broken"

    path = models.CharField(max_length=1000, unique=True, help_text="Where it lies.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    modified_ns = models.BigIntegerField(help_text="Time of its last change, nanoseconds.")
    outcome = models.CharField(max_length=8, choices=Outcome, help_text="What came of it.")
    message = models.TextField(blank=True, default="", help_text="Why, in a sentence.")
    music = models.CharField(max_length=500, blank=True, default="", help_text="Title it names.")
    awaits_session = models.BooleanField(
        default=False, help_text="The session it was made in is not known yet: looked for again."
    )
    read_at = models.DateTimeField(help_text="When, UTC.")

    class Meta:
        db_table = "storyboard_files"
        ordering = ("path",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["imported", "ignored", "broken"]),
                name="storyboard_files_outcome_known",
            )
        ]

    def __str__(self) -> str:
        return self.path
