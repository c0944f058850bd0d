"""Thinning out old rows: a list of steps, each removing rows in small batches.

Apps above this one add theirs in `AppConfig.ready()`:

    register(Step(name="metrics", description="...", batches=remove_batches))
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Model, QuerySet, Window
from django.db.models.functions import RowNumber, TruncHour

from common.clock import utc_now
from logs_app.models import Event, IdempotencyKey
from system.models import HealthSample

logger = logging.getLogger(__name__)

#: Rows removed by one statement: others wait for it no longer than some milliseconds.
BATCH = 500
#: Rows looked up at once.
_LOOK_UP = 100 * BATCH
#: An hourly run stops after this time; the next one goes on.
MOST_SECONDS = 60.0
#: A delivery may be repeated for so long.
KEYS_LAST = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """One table to thin out.

    `batches(cutoff)` removes one batch of rows older than `cutoff` per iteration and
    yields their number, until there are none; it may be left at any point.
    """

    name: str
    description: str
    batches: Callable[[datetime], Iterator[int]]


_steps: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a step; registering the same name again replaces it."""
    _steps[step.name] = step


def all_steps() -> list[Step]:
    """Return the steps in the order of registration."""
    return list(_steps.values())


def thin_out(*, now: datetime | None = None, most_seconds: float = MOST_SECONDS) -> dict[str, int]:
    """Remove what is older than METRICS_RETENTION_DAYS; return the removed rows by step.

    Each step gets its share of `most_seconds`. A step that fails is logged and does
    not keep the others from their work.
    """
    cutoff = (now or utc_now()) - timedelta(days=settings.METRICS_RETENTION_DAYS)
    steps = all_steps()
    removed: dict[str, int] = {}
    for step in steps:
        deadline = time.monotonic() + most_seconds / len(steps)
        removed[step.name] = 0
        try:
            for count in step.batches(cutoff):
                removed[step.name] += count
                if time.monotonic() > deadline:
                    break
        except Exception:
            logger.exception("thinning out %s failed", step.name)
    if any(removed.values()):
        logger.info("thinned out: %s", removed)
    return removed


def remove_in_batches(rows: QuerySet[Any]) -> Iterator[int]:
    """Remove the rows of a query in batches, yielding the number of each.

    The look-up may be costly, so it is done for many batches at once and outside of
    any transaction; each batch is one statement by primary key.
    """
    model: type[Model] = rows.model
    while ids := list(rows.values_list("pk", flat=True)[:_LOOK_UP]):
        for start in range(0, len(ids), BATCH):
            yield model._default_manager.filter(pk__in=ids[start : start + BATCH]).delete()[0]


def thin_health(cutoff: datetime) -> Iterator[int]:
    """Leave one sample per hour: the one with the highest CPU load."""
    place = Window(
        RowNumber(),
        partition_by=[TruncHour("timestamp")],
        order_by=[F("cpu_percent").desc(nulls_last=True), F("id").asc()],
    )
    old = HealthSample.objects.filter(timestamp__lt=cutoff).order_by()
    return remove_in_batches(old.annotate(place=place).filter(place__gt=1))


def remove_events(cutoff: datetime) -> Iterator[int]:
    """Remove information and warnings; errors stay."""
    passing = [Event.Severity.INFO, Event.Severity.WARNING]
    return remove_in_batches(
        Event.objects.filter(severity__in=passing, timestamp__lt=cutoff).order_by()
    )


def forget_deliveries(cutoff: datetime) -> Iterator[int]:
    """Remove idempotency keys after a week, whatever the retention."""
    return remove_in_batches(
        IdempotencyKey.objects.filter(created_at__lt=utc_now() - KEYS_LAST).order_by()
    )


register(Step("system_health", "One sample per hour stays.", thin_health))
register(Step("events", "Errors and critical events stay.", remove_events))
register(Step("idempotency_keys", "Kept for a week.", forget_deliveries))
