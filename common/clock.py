"""Time: aware, in UTC inside; foreign local times and nights are converted here."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def utc_now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def orchestrator_zone() -> ZoneInfo:
    """Return the zone in which the orchestrator writes times without an offset."""
    return ZoneInfo(settings.ORCHESTRATOR_TIME_ZONE)


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return `moment` in UTC; one without an offset is read as local time in `zone`.

    A local time that occurs twice (autumn) is the first of the two, one that is
    skipped (spring) moves forward by the gap, as PEP 495 has it for fold=0.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def night_of(moment: datetime) -> date:
    """Return the calendar day, in the orchestrator's zone, that a moment belongs to."""
    return moment.astimezone(orchestrator_zone()).date()


def today() -> date:
    """Return the present day in the orchestrator's zone."""
    return night_of(utc_now())


def first_night(*, days: int, today: date) -> date:
    """Return the oldest night of a window of `days` days that ends with `today`."""
    return today - timedelta(days=days - 1)


def start_of_night(night: date) -> datetime:
    """Return the moment, in UTC, at which a calendar day of the orchestrator's zone begins."""
    return to_utc(datetime.combine(night, time.min), orchestrator_zone())
