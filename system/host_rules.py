"""Alert rules about the host: too much in use for a while, or not measured at all."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from system.fields import RESOURCES
from system.heartbeats import running_since
from system.models import Alert, HealthSample
from system.rules import Finding, Rule, register

Level = Alert.Level
_NAMES = {"cpu": "CPU", "memory": "Memory", "disk": "Disk"}


def register_rules() -> None:
    """Add the rules of this module to the registry."""
    for resource in RESOURCES:
        register(
            Rule(
                name=f"{resource}_high",
                description=f"{_NAMES[resource]} in use stays above its threshold.",
                check=partial(too_much_in_use, resource),
                keeps=partial(not_yet_good, resource),
            )
        )
    register(
        Rule(
            name="no_host_data",
            description="The host's health is no longer sampled.",
            check=no_samples,
            keeps=lambda now, subject: not is_sampled(now),
        )
    )


def too_much_in_use(resource: str, now: datetime) -> list[Finding]:
    """Find a resource whose samples were all above a threshold throughout the hold time."""
    values = held_values(resource, now)
    if values is None:
        return []
    for level in (Level.CRITICAL, Level.WARNING):
        threshold = settings.HEALTH_THRESHOLDS[resource][level]
        if min(value for _, value in values) >= threshold:
            began_at, (_, newest) = values[0][0], values[-1]
            message = f"{_NAMES[resource]} is {newest:g} % in use, above {threshold:g} %."
            return [Finding(level, message, began_at, value=newest, threshold=threshold)]
    return []


def not_yet_good(resource: str, now: datetime, subject: str) -> bool:
    """Return whether the samples were not all below the threshold throughout the hold time.

    Too few samples are not good either: an alert ends because something was seen,
    not because nothing was.
    """
    values = held_values(resource, now)
    threshold = settings.HEALTH_THRESHOLDS[resource][Level.WARNING]
    return values is None or max(value for _, value in values) >= threshold


def held_values(resource: str, now: datetime) -> list[tuple[datetime, float]] | None:
    """Return (moment, percent) of the samples that cover the hold time, oldest first.

    None if they do not reach back to its beginning, or end too long ago.
    """
    interval = timedelta(seconds=settings.HEALTH_CHECK_INTERVAL)
    held_since = now - timedelta(seconds=settings.HEALTH_HOLD_SECONDS)
    column = f"{resource}_percent"
    samples = HealthSample.objects.since(held_since - 2 * interval)
    rows = samples.filter(timestamp__lte=now, **{f"{column}__isnull": False})
    values = list(rows.order_by("timestamp", "id").values_list("timestamp", column))
    # Of those from before the hold time only the last: the state it began in.
    before = [value for value in values if value[0] <= held_since]
    if not before or values[-1][0] < now - stale_after():
        return None
    return values[len(before) - 1 :]


def no_samples(now: datetime) -> list[Finding]:
    """Find that the newest sample is too old, though there was the time to take one."""
    since = running_since()
    if is_sampled(now) or since > now - stale_after():
        return []
    began_at = _newest_sample() or since
    message = f"The host's health has not been measured since {began_at:%Y-%m-%d %H:%M} UTC."
    return [Finding(Level.WARNING, message, began_at)]


def is_sampled(now: datetime) -> bool:
    """Return whether the newest sample still tells how the host is."""
    newest = _newest_sample()
    return newest is not None and newest >= now - stale_after()


def _newest_sample() -> datetime | None:
    return HealthSample.objects.values_list("timestamp", flat=True).first()


def stale_after() -> timedelta:
    """Return the age at which the newest sample no longer tells how the host is."""
    return timedelta(seconds=max(90, 3 * settings.HEALTH_CHECK_INTERVAL))
