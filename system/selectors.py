"""Reading the host's history and the alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Func, IntegerField, Max, Min, Value
from django.db.models.functions import Least

from system.fields import FIELDS
from system.models import Alert, HealthSample

_NAMES = [field.name for field in FIELDS]


class StepOf(Func):
    """Number of the step of so many seconds that a moment lies in, counted from `since`, in SQL.

    Made of what the database has itself: Django's portable functions are calls into
    Python on SQLite, several per row.
    """

    output_field = IntegerField()
    _arithmetic = {
        "sqlite": "CAST(((julianday({}) - 2440587.5) * 86400.0 - {}) / {} AS INTEGER)",
        "postgresql": "CAST(FLOOR((EXTRACT(EPOCH FROM {}) - {}) / {}) AS INTEGER)",
    }

    def __init__(self, column: str, *, since: datetime, seconds: float) -> None:
        super().__init__(F(column), Value(since.timestamp()), Value(seconds))

    def as_sql(  # type: ignore[override]  # has no template to be replaced
        self, compiler: Any, connection: Any, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(expression) for expression in self.get_source_expressions()]
        sql = self._arithmetic[connection.vendor].format(*(sql for sql, _ in parts))
        return sql, tuple(value for _, values in parts for value in values)


@dataclass(frozen=True)
class HealthHistory:
    """Samples in steps of time, oldest first; steps without a sample are left out."""

    since: datetime
    until: datetime
    step_seconds: float
    samples: list[dict[str, Any]]


def health_history(*, hours: int, points: int, now: datetime) -> HealthHistory:
    """Return the last `hours` as at most `points` entries.

    An entry stands for one step: `timestamp` of its first sample, the mean of each
    number under its own name, and `<name>_min` and `<name>_max`, so that no peak
    gets lost; `count` is the number of its samples. The database does the summing:
    memory depends on `points` only.
    """
    since = now - timedelta(hours=hours)
    step = hours * 3600 / points
    spreads = {
        f"{name}_{suffix}": aggregate(name)
        for name in _NAMES
        for suffix, aggregate in (("mean", Avg), ("min", Min), ("max", Max))
    }
    rows = (
        HealthSample.objects.since(since)
        .filter(timestamp__lt=now)
        # Clocks in SQL round: a sample just before the end may seem to lie behind it.
        .annotate(step=Least(points - 1, StepOf("timestamp", since=since, seconds=step)))
        .order_by()
        .values("step")
        .annotate(first=Min("timestamp"), count=Count("id"), **spreads)
        .order_by("step")
    )
    return HealthHistory(since, now, step, [_entry(row) for row in rows.iterator()])


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"timestamp": row["first"], "count": row["count"]}
    for name in _NAMES:
        mean = row[f"{name}_mean"]
        entry[name] = None if mean is None else round(float(mean), 2)
        entry[f"{name}_min"], entry[f"{name}_max"] = row[f"{name}_min"], row[f"{name}_max"]
    return entry


def newest_sample() -> HealthSample | None:
    """Return the newest stored sample, None before the first."""
    return HealthSample.objects.first()


def alerts(*, state: str, limit: int) -> list[Alert]:
    """Return the newest alerts that are `active`, `ended` or either (`all`), newest first."""
    rows = Alert.objects.order_by("-began_at", "-id")
    if state != "all":
        rows = rows.filter(ended_at__isnull=state == "active")
    return list(rows[:limit])


def active_alert_counts() -> dict[str, int]:
    """Return the number of active alerts by level; none is 0."""
    counted = Alert.objects.active().order_by().values_list("level").annotate(Count("id"))
    return dict.fromkeys(Alert.Level.values, 0) | dict(counted)
