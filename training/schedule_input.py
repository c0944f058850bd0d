"""Checking the fields of the schedule that people may change."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime

from common.errors import InvalidInputError
from training.schedule import cron_error

_LONGEST_TIMEOUT = 7 * 86400
_MOST_SKIP_DATES = 366


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes of a schedule by field, in the form of its columns.

    `schedule`, the name in the API, means the field `cron`.

    Raises:
        InvalidInputError: names each wrong field.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for key, value in changes.items():
        name = "cron" if key == "schedule" else key
        check = _CHECKS.get(name)
        try:
            if check is None:
                raise ValueError(f"The schedule has no field {key[:64]!r}.")
            values[name] = check(value)
        except ValueError as error:
            wrong[key] = [str(error)]
    if wrong:
        message = " ".join(text for texts in wrong.values() for text in texts)
        raise InvalidInputError(message, details=wrong)
    return values


def _check_cron(value: object) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) > 128:
        raise ValueError("A schedule has at most 128 characters.")
    if error := cron_error(text):
        raise ValueError(error)
    return text


def _check_zone(value: object) -> str:
    if value == "":
        return ""
    try:
        if not isinstance(value, str) or len(value) > 64:
            raise ValueError
        return ZoneInfo(value).key
    except (OSError, ValueError, KeyError):
        raise ValueError(
            "timezone must be an IANA time zone such as Europe/Berlin, or empty."
        ) from None


def _check_enabled(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("enabled must be true or false.")
    return value


def _check_timeout(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LONGEST_TIMEOUT:
        raise ValueError(
            f"timeout_seconds must be a whole number from 1 to {_LONGEST_TIMEOUT}, or null."
        )
    return value


def _check_skip_dates(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list) or len(value) > _MOST_SKIP_DATES:
        raise ValueError(f"skip_dates must be a list of at most {_MOST_SKIP_DATES} days.")
    days: dict[str, str] = {}
    for entry in value:
        fields = entry if isinstance(entry, Mapping) else {"date": entry}
        day, reason = fields.get("date"), fields.get("reason", "")
        try:
            text = day if isinstance(day, date) else date.fromisoformat(str(day))
        except ValueError:
            text = None
        if text is None or not isinstance(reason, str):
            raise ValueError("skip_dates must be days such as 2026-12-24, or {date, reason}.")
        days[text.isoformat()[:10]] = reason[:200]
    return [{"date": day, "reason": days[day]} for day in sorted(days)]


def _check_pause(value: object) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        moment = value if isinstance(value, datetime) else parse_datetime(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            "pause_until must be a time with an offset such as 2026-12-24T00:00:00Z, or null."
        )
    return moment


_CHECKS: dict[str, Callable[[object], Any]] = {
    "cron": _check_cron,
    "timezone": _check_zone,
    "enabled": _check_enabled,
    "timeout_seconds": _check_timeout,
    "skip_dates": _check_skip_dates,
    "pause_until": _check_pause,
}
