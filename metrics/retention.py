"""Thinning out pushed metrics: of old days the last value of each stays."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber, TruncDate

from common.clock import orchestrator_zone
from metrics.models import Metric
from system.retention import Step, register, remove_in_batches


def register_step() -> None:
    """Add the step of this app to the registry."""
    register(
        Step(
            name="metrics",
            description="The last value per day, metric and agent stays; results of training all.",
            batches=thin_pushed,
        )
    )


def thin_pushed(cutoff: datetime) -> Iterator[int]:
    """Remove all but the last pushed value per day, metric and agent."""
    place = Window(
        RowNumber(),
        partition_by=[
            F("metric_type"),
            F("agent_id"),
            TruncDate("timestamp", tzinfo=orchestrator_zone()),
        ],
        order_by=[F("timestamp").desc(), F("id").desc()],
    )
    pushed = Metric.objects.filter(session_id=None, timestamp__lt=cutoff).order_by()
    return remove_in_batches(pushed.annotate(place=place).filter(place__gt=1))
