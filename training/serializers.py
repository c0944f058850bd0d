"""Shapes of the training routes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.inputs import BodySerializer
from common.params import QueryParams, WholeNumber
from training.models import TrainingSession
from training.schedule import EffectiveSchedule, describe
from training.selectors import TrainingStatus, current_phase, duration_seconds
from training.selectors_progress import phase_durations


class SessionSummarySerializer(serializers.ModelSerializer[TrainingSession]):
    """A session in a list."""

    training_id = serializers.IntegerField(source="pk", read_only=True)
    current_phase = serializers.CharField(source="phase", read_only=True)
    duration_seconds = serializers.SerializerMethodField(
        help_text="How long it took, seconds; null while unknown."
    )

    class Meta:
        model = TrainingSession
        fields: tuple[str, ...] = (
            "id",
            "training_id",
            "status",
            "current_phase",
            "start_time",
            "end_time",
            "night",
            "duration_seconds",
            "trigger",
            "requested_by",
            "reason",
            "agents_trained",
            "agents_failed",
            "overall_quality",
            "overall_improvement",
            "error_message",
            "progress_percent",
            "is_sample",
        )
        read_only_fields: tuple[str, ...] = fields

    def get_duration_seconds(self, session: TrainingSession) -> float | None:
        return duration_seconds(session)


class SessionSerializer(SessionSummarySerializer):
    """A session on its own page: with phases, agents and how it was run."""

    phase_durations = serializers.SerializerMethodField(help_text="{phase: seconds}.")

    class Meta(SessionSummarySerializer.Meta):
        fields = (
            *SessionSummarySerializer.Meta.fields,
            "phases",
            "phase_durations",
            "agent_states",
            "current_agent",
            "force",
            "timeout_seconds",
            "stop_requested_at",
            "stop_requested_by",
            "stop_cause",
            "exit_code",
            "heartbeat_at",
            "metadata",
        )
        read_only_fields = fields

    def get_phase_durations(self, session: TrainingSession) -> dict[str, float]:
        return phase_durations(session.phases)


class TrainingStatusSerializer(serializers.Serializer[TrainingStatus]):
    """What runs now, and the last session that ended."""

    is_running = serializers.SerializerMethodField(help_text="Pending, running or stopping.")
    current_phase = serializers.SerializerMethodField(help_text="Phase now, or idle.")
    progress_percent = serializers.FloatField(
        allow_null=True,
        source="active.progress_percent",
        default=None,
        help_text="0-100, never goes back; null: nothing runs, or it does not tell.",
    )
    current_agent = serializers.CharField(
        allow_null=True, source="active.current_agent", default=None
    )
    estimated_time_remaining_sec = serializers.FloatField(
        allow_null=True,
        source="progress.seconds_left",
        default=None,
        help_text="Middle of the range; null with fewer than three like phases in the past.",
    )
    time_remaining_range_sec = serializers.SerializerMethodField(help_text="[low, high], or null.")
    elapsed_seconds = serializers.FloatField(
        allow_null=True, source="progress.elapsed_seconds", default=None
    )
    phase_durations = serializers.DictField(child=serializers.FloatField())
    session = SessionSerializer(source="active", allow_null=True, help_text="What runs now.")
    last_session = SessionSummarySerializer(allow_null=True)

    def get_is_running(self, status: TrainingStatus) -> bool:
        return status.active is not None

    def get_current_phase(self, status: TrainingStatus) -> str:
        return current_phase(status.active)

    def get_time_remaining_range_sec(self, status: TrainingStatus) -> list[float] | None:
        left = status.progress.time_left if status.progress else None
        return [left.low_seconds, left.high_seconds] if left else None


class AgentNightSerializer(serializers.Serializer[Any]):
    """What a night gave for one agent."""

    id = serializers.CharField()
    name = serializers.CharField()
    quality = serializers.FloatField(allow_null=True, help_text="0-10, or null: no data.")
    improvement = serializers.FloatField(allow_null=True, help_text="Points, as reported.")
    processing_time = serializers.FloatField(allow_null=True, help_text="Seconds.")


class NightSerializer(serializers.Serializer[Any]):
    """One night of the history."""

    date = serializers.DateField()
    training_id = serializers.IntegerField()
    status = serializers.CharField()
    duration_minutes = serializers.FloatField(allow_null=True)
    overall_quality = serializers.FloatField(allow_null=True, help_text="0-10.")
    quality_change = serializers.FloatField(allow_null=True, help_text="Percent, as reported.")
    quality_change_computed = serializers.FloatField(
        allow_null=True, help_text="Points, to the previous night with a quality."
    )
    agents = AgentNightSerializer(many=True)


class TrainingLogSerializer(serializers.Serializer[Any]):
    """One line of the training log."""

    training_id = serializers.IntegerField()
    date = serializers.DateTimeField()
    phase = serializers.CharField()
    agent = serializers.CharField(allow_null=True, help_text="null: the whole session.")
    duration_ms = serializers.IntegerField(allow_null=True)
    status = serializers.CharField()
    improvement = serializers.FloatField(allow_null=True)


class StartInput(BodySerializer):
    """Body of a start; every key may be absent."""

    force = serializers.BooleanField(
        default=False, help_text="Start although training is disabled in the configuration."
    )
    reason = serializers.CharField(default="", allow_blank=True, max_length=500)
    dry_run = serializers.BooleanField(
        default=False, help_text="Say what would be run and check it, start nothing."
    )


class StartCheckSerializer(serializers.Serializer[Any]):
    """One thing that must hold before a training can start."""

    name = serializers.CharField()
    ok = serializers.BooleanField()
    detail = serializers.CharField()


class StartPlanSerializer(serializers.Serializer[Any]):
    """What a start would run, and whether it could."""

    command = serializers.ListField(child=serializers.CharField(), source="command.words")
    cwd = serializers.CharField(source="command.cwd")
    ok = serializers.BooleanField()
    checks = StartCheckSerializer(many=True)


class StartedSerializer(serializers.Serializer[Any]):
    """A training was started."""

    status = serializers.ChoiceField(["started"])
    training_id = serializers.IntegerField()
    message = serializers.CharField()
    timestamp = serializers.DateTimeField()


class StoppingSerializer(serializers.Serializer[Any]):
    """What runs is being stopped."""

    status = serializers.ChoiceField(["stopping"])
    training_id = serializers.IntegerField()
    timestamp = serializers.DateTimeField()


class NothingRunsSerializer(serializers.Serializer[Any]):
    """There was nothing to stop."""

    status = serializers.ChoiceField(["no_running_session"])
    message = serializers.CharField()
    timestamp = serializers.DateTimeField()


class TrainingHistorySerializer(serializers.Serializer[Any]):
    """The nights of the window, oldest first; all lists are equally long."""

    dates = serializers.ListField(child=serializers.DateField())
    daily_quality = serializers.ListField(child=serializers.FloatField(allow_null=True))
    daily_duration_ms = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    daily_improvement = serializers.ListField(child=serializers.FloatField(allow_null=True))
    history = NightSerializer(many=True)


class SkippedDaySerializer(serializers.Serializer[Any]):
    """A day without training."""

    date = serializers.DateField()
    reason = serializers.CharField(
        allow_blank=True, required=False, help_text="At most 200 characters are kept."
    )


@extend_schema_field(
    {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 0}]}
)
class PauseField(serializers.DateTimeField):
    """A moment; an empty text is none, as null."""


class ScheduleChangesInput(serializers.Serializer[Any]):
    """What may be changed of the schedule; `training.schedule_input` checks it."""

    schedule = serializers.CharField(required=False, max_length=128, help_text="Cron, five fields.")
    timezone = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="IANA name; empty: the default."
    )
    enabled = serializers.BooleanField(required=False)
    timeout_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=7 * 86400
    )
    skip_dates = SkippedDaySerializer(many=True, required=False)
    pause_until = PauseField(required=False, allow_null=True)


class ScheduleSerializer(serializers.Serializer[Any]):
    """The schedule in effect; `runs` are its next firings, oldest first."""

    schedule = serializers.CharField(source="schedule.cron", help_text="Cron, five fields.")
    description = serializers.SerializerMethodField(help_text="The schedule in words.")
    next_run = serializers.SerializerMethodField(help_text="When it will start; null: never.")
    next_runs = serializers.ListField(child=serializers.DateTimeField(), source="runs")
    timezone = serializers.CharField(source="schedule.timezone")
    enabled = serializers.BooleanField(source="schedule.enabled")
    timeout_seconds = serializers.IntegerField(source="schedule.timeout_seconds")
    skip_dates = serializers.SerializerMethodField(
        help_text="Days without training: [{date, reason}]."
    )
    pause_until = serializers.DateTimeField(allow_null=True, source="schedule.pause_until")
    cron_source = serializers.CharField(
        source="schedule.cron_source", help_text="Where the cron expression comes from."
    )
    edited_fields = serializers.ListField(
        child=serializers.CharField(), source="schedule.edited_fields"
    )
    edited_at = serializers.DateTimeField(allow_null=True, source="schedule.edited_at")
    edited_by = serializers.CharField(source="schedule.edited_by")

    def get_description(self, value: Any) -> str:
        schedule: EffectiveSchedule = value["schedule"]
        return schedule.description or describe(schedule.cron)

    def get_skip_dates(self, value: Any) -> list[dict[str, Any]]:
        dates = value["schedule"].skip_dates
        return [{"date": day, "reason": reason} for day, reason in sorted(dates.items())]

    def get_next_run(self, value: Any) -> Any:
        runs = self.fields["next_runs"].to_representation(value["runs"])
        return runs[0] if runs else None


class HistoryParams(QueryParams):
    """Parameters of the history."""

    days = WholeNumber(1, 3650, default=7, help_text="Nights in the window.")


class TrainingLogParams(QueryParams):
    """Parameters of the training log."""

    limit = WholeNumber(1, 1000, default=100, help_text="Rows at the most.")


class SessionLogParams(QueryParams):
    """Parameters of a session's log."""

    tail = WholeNumber(1, 10000, help_text="Only the last so many lines.")
    offset = WholeNumber(
        0, 10**12 - 1, help_text="Only what is behind so many bytes; not beside tail."
    )
