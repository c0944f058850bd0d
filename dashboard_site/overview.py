"""What several apps know together: the overview, the quick figures, the state of the service.

Each function asks one selector per app and puts the answers together; no app
knows of the others' part in it.
"""

from dataclasses import dataclass
from datetime import datetime

from agents.selectors import AgentStatus, agent_statuses, error_rate
from metrics.selectors import newest_system_quality, trends
from storyboard.selectors import videos_generated
from system.sampling import measure
from training import selectors as training
from training.schedule import get_schedule, next_runs

#: The window, in days, of every figure that looks back.
WINDOW_DAYS = 7


@dataclass(frozen=True)
class Overview:
    """The contract's overview; None where nobody measured."""

    current_phase: str
    overall_quality: float | None
    last_training: datetime | None
    next_training: datetime | None
    agents_trained: int | None
    training_speed_ms: int | None
    improvements: dict[str, float]
    quality_trend: str
    quality_change_percent: float | None
    timestamp: datetime


@dataclass(frozen=True)
class QuickStats:
    """A handful of figures; `error_rate` is a share from 0 to 1, None without trainings."""

    system_quality: float | None
    error_rate: float | None
    uptime_hours: float
    videos_generated: int
    agents_online: int
    agents_total: int


def overview(*, now: datetime) -> Overview:
    """Return the state of the pipeline at a glance."""
    active = training.active_session()
    last = training.last_finished_session()
    trend = trends(days=WINDOW_DAYS, now=now)
    return Overview(
        current_phase=training.current_phase(active),
        overall_quality=newest_system_quality(),
        last_training=last.start_time if last else None,
        next_training=next(iter(next_runs(get_schedule(), now=now, count=1)), None),
        agents_trained=last.agents_trained if last else None,
        training_speed_ms=training.training_speed_ms(last) if last else None,
        improvements={
            agent.id: agent.improvement
            for agent in agent_statuses(now=now)
            if agent.improvement is not None
        },
        quality_trend=trend.quality_trend,
        quality_change_percent=trend.quality_change_percent,
        timestamp=now,
    )


def quick_stats(*, now: datetime) -> QuickStats:
    """Return the figures of the page's head."""
    statuses: list[AgentStatus] = agent_statuses(now=now)
    return QuickStats(
        system_quality=newest_system_quality(),
        error_rate=error_rate(days=WINDOW_DAYS, now=now),
        uptime_hours=measure().uptime_hours,
        videos_generated=videos_generated(),
        agents_online=sum(agent.status == "online" for agent in statuses),
        agents_total=len(statuses),
    )
