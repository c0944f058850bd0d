"""Shapes of the storyboard routes. Keys of the answers: see `storyboard.documents`."""

import math
from typing import Any

from rest_framework import serializers

from common.inputs import BodySerializer
from storyboard.documents import FORMAT, PROJECT_KEYS
from storyboard.links import check_link, check_web_address
from storyboard.models import (
    LONG_TEXT,
    LONGEST_SECONDS,
    LONGEST_TAG,
    MOST_TAGS,
    Project,
    Scene,
)
from storyboard.services.changes import MAX_SCENES


class SecondsField(serializers.FloatField):
    """A length in seconds, finite, at most a day; null is unknown."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"required": False, "allow_null": True, **kwargs}
        super().__init__(min_value=0, max_value=LONGEST_SECONDS, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if isinstance(data, bool) or not math.isfinite(number):
            raise serializers.ValidationError("This must be a number of seconds.")
        return number


class TextField(serializers.CharField):
    """A text that may be empty and keeps its blanks."""

    def __init__(self, max_length: int = LONG_TEXT, **kwargs: Any) -> None:
        kwargs = {"required": False, "allow_blank": True, "trim_whitespace": False, **kwargs}
        super().__init__(max_length=max_length, **kwargs)


class SceneInput(BodySerializer):
    """One scene as a caller gives it; all keys are optional."""

    title = TextField(200)
    description = TextField()
    screenplay = TextField()
    prompt = TextField()
    duration = SecondsField(source="duration_seconds")
    style_tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False
    )
    thumbnail = TextField(1000, validators=[check_link])
    video_url = TextField(1000, validators=[check_link])
    status = serializers.ChoiceField(choices=Scene.Status.choices, required=False)
    agent_id = serializers.RegexField(
        r"^[A-Za-z0-9_.-]+$", max_length=64, required=False, allow_null=True
    )
    session_id = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True
    )


class KnownSceneInput(SceneInput):
    """A scene in a whole project that is written back: with its id it is the same scene."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)


class SceneSaidInput(SceneInput):
    """What one file of the pipeline said about a scene; its keys are the columns."""

    duration = None  # type: ignore[assignment]
    duration_seconds = SecondsField()


class SceneSourcesInput(BodySerializer):
    """What the pipeline's files said about a scene, by kind of file."""

    concept = SceneSaidInput(required=False)
    screenplay = SceneSaidInput(required=False)
    veo = SceneSaidInput(required=False)
    runway = SceneSaidInput(required=False)


class ImportedSceneInput(SceneInput):
    """A scene of an export, with what the pipeline's files said about it."""

    source_number = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, allow_null=True
    )
    sources = SceneSourcesInput(required=False)


class ProjectInput(BodySerializer):
    """A project as a caller gives it."""

    name = serializers.CharField(max_length=200)
    music = TextField(500)
    music_file = TextField(1000)
    music_url = TextField(1000, validators=[check_web_address])
    music_duration = SecondsField(source="music_duration_seconds")
    artist = TextField(200)
    status = serializers.ChoiceField(choices=Project.Status.choices, required=False)
    notes = TextField()
    frame_rate = serializers.FloatField(min_value=1, max_value=240, required=False, allow_null=True)
    scenes = KnownSceneInput(many=True, required=False)

    def parts(self) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        """Return the columns of the project, and its scenes where they are given."""
        fields = dict(self.validated_data)
        scenes = fields.pop("scenes", None)
        return fields, scenes


class AgeField(serializers.ListField):
    """What tells the older of two files of one kind; see `services.pipeline`."""

    def __init__(self, **kwargs: Any) -> None:
        # A file name has at most 255 characters.
        super().__init__(child=serializers.CharField(max_length=255), max_length=3, **kwargs)


class ProjectSaidInput(BodySerializer):
    """What one file of the pipeline said about a project; its keys are the columns."""

    name = TextField(200)
    music = TextField(500)
    music_duration_seconds = SecondsField()
    frame_rate = serializers.FloatField(min_value=1, max_value=240, required=False)


class FileAgesInput(BodySerializer):
    """The file that was taken last, by kind: its times and its name."""

    concept = AgeField(required=False)
    screenplay = AgeField(required=False)
    veo = AgeField(required=False)
    runway = AgeField(required=False)


class ProjectSourcesInput(BodySerializer):
    """What the pipeline's files said about a project, by kind of file."""

    made_at = FileAgesInput(required=False)

    concept = ProjectSaidInput(required=False)
    screenplay = ProjectSaidInput(required=False)
    veo = ProjectSaidInput(required=False)
    runway = ProjectSaidInput(required=False)


class ProjectReplacement(ProjectInput):
    """The body of PUT: a key that is left out takes its default."""

    def parts(self) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        fields, scenes = super().parts()
        blank = Project()
        columns = [name for key, name in PROJECT_KEYS.items() if key in self.fields]
        return {name: getattr(blank, name) for name in columns} | fields, scenes


class ProjectDocument(ProjectInput):
    """The `json` export of a project, to be imported again."""

    format = serializers.ChoiceField([FORMAT], required=False)
    sources = ProjectSourcesInput(required=False)
    scenes = ImportedSceneInput(many=True, required=False)  # type: ignore[assignment]

    def parts(self) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        fields, scenes = super().parts()
        fields.pop("format", None)
        return fields, scenes

    def validate_scenes(self, scenes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        numbers = [scene["source_number"] for scene in scenes if scene.get("source_number")]
        if len(numbers) != len(set(numbers)):
            raise serializers.ValidationError("Each source_number may occur once.")
        return scenes


class ScenesInput(BodySerializer):
    """The body that adds scenes."""

    scenes = SceneInput(many=True, allow_empty=False)
    position = serializers.IntegerField(
        min_value=1, max_value=MAX_SCENES, required=False, allow_null=True, default=None
    )


class ReorderInput(BodySerializer):
    """The body that puts scenes in order: all ids, each once."""

    order = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=MAX_SCENES
    )


class CopyInput(BodySerializer):
    """The body that copies a project."""

    name = serializers.CharField(max_length=200, required=False, default="")


class SceneSerializer(serializers.ModelSerializer[Scene]):
    """One scene with its place in time."""

    duration = serializers.FloatField(allow_null=True, source="duration_seconds")
    start_time = serializers.FloatField(allow_null=True)
    created = serializers.DateTimeField(source="created_at")
    updated = serializers.DateTimeField(source="updated_at")

    class Meta:
        model = Scene
        fields = (
            *("id", "number", "title", "description", "prompt", "duration", "start_time"),
            *("style_tags", "thumbnail", "video_url", "status", "screenplay", "agent_id"),
            *("session_id", "created", "updated"),
        )


class ProjectListSerializer(serializers.ModelSerializer[Project]):
    """One row of the list of projects; `scenes` is their number."""

    created = serializers.DateTimeField(source="created_at")
    updated = serializers.DateTimeField(source="updated_at")
    scenes = serializers.IntegerField(source="scene_count")
    music_duration = serializers.FloatField(allow_null=True, source="music_duration_seconds")

    class Meta:
        model = Project
        fields = (
            *("id", "name", "music", "artist", "created", "updated", "scenes", "status"),
            *("music_file", "music_url", "music_duration", "frame_rate", "version"),
        )


class HintSerializer(serializers.Serializer[Any]):
    """One warning."""

    code = serializers.CharField()
    message = serializers.CharField()
    scene_id = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)


class BoardSerializer(serializers.ModelSerializer[Project]):
    """A project with its scenes and warnings; see `selectors.Board`."""

    created = serializers.DateTimeField(source="created_at")
    updated = serializers.DateTimeField(source="updated_at")
    music_duration = serializers.FloatField(source="music_duration_seconds", allow_null=True)
    scenes = SceneSerializer(many=True)
    warnings = HintSerializer(many=True)

    class Meta:
        model = Project
        fields = (
            *("id", "name", "music", "music_file", "music_url", "music_duration", "artist"),
            *("status", "notes", "frame_rate", "created", "updated", "version", "scenes"),
            "warnings",
        )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        project = instance.project
        shown = {key: getattr(project, PROJECT_KEYS[key]) for key in _SHOWN}
        return {
            "id": project.pk,
            **shown,
            "created": _moment(project.created_at),
            "updated": _moment(project.updated_at),
            "version": project.version,
            "scenes": SceneSerializer(instance.scenes, many=True).data,
            "warnings": HintSerializer(instance.warnings, many=True).data,
        }


class ProjectCreatedSerializer(serializers.Serializer[Any]):
    """A project was made."""

    status = serializers.ChoiceField(["created"])
    project_id = serializers.IntegerField()
    name = serializers.CharField()


class SceneListSerializer(serializers.Serializer[Any]):
    """Scenes in order."""

    scenes = SceneSerializer(many=True)
    count = serializers.IntegerField()


_moment = serializers.DateTimeField().to_representation
_SHOWN = [key for key in PROJECT_KEYS if key != "sources"]


class VideoSerializer(serializers.ModelSerializer[Scene]):
    """One scene that has a video."""

    scene_id = serializers.IntegerField(source="id")
    duration = serializers.FloatField(allow_null=True, source="duration_seconds")

    class Meta:
        model = Scene
        fields = ("scene_id", "project_id", "title", "video_url", "duration")


class RevisionSerializer(serializers.Serializer[Any]):
    """One revision without its document."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    action = serializers.CharField()
    scenes = serializers.IntegerField(source="scene_count")


class RevisionDocumentSerializer(RevisionSerializer):
    """One revision with the project as it was."""

    document = serializers.JSONField()


class RevisionListSerializer(serializers.Serializer[Any]):
    """Revisions, newest first."""

    revisions = RevisionSerializer(many=True)


class VideoListSerializer(serializers.Serializer[Any]):
    """The videos of all projects; `count` is the number of all of them."""

    videos = VideoSerializer(many=True)
    count = serializers.IntegerField()


class ExportDocumentSerializer(serializers.Serializer[Any]):
    """The `json` export: complete, and taken back by `projects/import`."""

    format = serializers.CharField()
    name = serializers.CharField()
    scenes = serializers.ListField(child=serializers.JSONField())
