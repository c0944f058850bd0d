"""A pipeline with some nights behind it, across all apps."""

from datetime import datetime, timedelta

from agents.models import Agent, AgentMetric
from common.clock import night_of, utc_now
from logs_app.models import Event
from logs_app.services import record_event
from metrics.models import Metric
from storyboard.models import Project, Scene
from system.models import Alert, HealthSample
from training.models import TrainingSession
from training.phases import PHASES


def make_night(*, start: datetime, quality: float = 7.5, status: str = "completed") -> None:
    """One finished session with a row per agent, its metrics and two events."""
    session = TrainingSession.objects.create(
        start_time=start,
        end_time=start + timedelta(seconds=42),
        night=night_of(start),
        status=status,
        phase="cleanup",
        agents_trained=11,
        agents_failed=1,
        overall_quality=quality,
        overall_improvement=0.5,
        duration_seconds=42.0,
        phases=[
            {"name": name, "raw_name": name, "status": "success", "seconds": 7.0} for name in PHASES
        ],
    )
    for agent_id in Agent.objects.values_list("id", flat=True):
        has_data = agent_id != "agent_8"
        AgentMetric.objects.create(
            timestamp=start,
            night=session.night,
            agent_id=agent_id,
            session_id=session.pk,
            quality_score=quality if has_data else None,
            processing_time_ms=1200 if has_data else None,
            error_count=0 if has_data else None,
            status="online" if has_data else "offline",
            outcome="trained" if has_data else "no_data",
            improvement=0.1 if has_data else None,
        )
        if has_data:
            Metric.objects.create(
                timestamp=start,
                agent_id=agent_id,
                metric_type="quality",
                value=quality,
                session_id=session.pk,
            )
    Metric.objects.create(
        timestamp=start, metric_type="quality", value=quality, session_id=session.pk
    )
    for severity in (Event.Severity.INFO, Event.Severity.ERROR):
        record_event(
            event_type="training",
            message=f"night of {session.night}",
            severity=severity,
            session_id=session.pk,
            timestamp=start,
        )


def make_pipeline(*, nights: int = 3) -> None:
    """Fill every table a little: `nights` nights that end with the last one."""
    now = utc_now()
    for back in range(nights, 0, -1):
        make_night(start=now - timedelta(days=back - 1, hours=1), quality=8 - back * 0.02)
        project = Project.objects.create(name=f"video {back}")
        Scene.objects.create(
            project=project, number=1, title="one", video_url="https://example.com/1.mp4"
        )
        HealthSample.objects.create(
            timestamp=now - timedelta(minutes=back), cpu_percent=20, memory_percent=30
        )
        Alert.objects.create(
            rule=f"disk-{now.timestamp()}",
            subject=str(back),
            level="warning",
            message="full",
            began_at=now,
        )
