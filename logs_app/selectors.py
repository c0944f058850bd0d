"""Reading events: lists, counts and groups of the same problem."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet, Window
from django.db.models.functions import DenseRank

from logs_app.models import Event

Severity = Event.Severity

#: So many agents and sessions are named per group; the counts are of all.
NAMED_PER_GROUP = 50


@dataclass(frozen=True)
class SignatureGroup:
    """The events of one type and signature within a window."""

    signature: str
    event_type: str
    count: int
    first: datetime
    last: datetime
    example: str
    severity: str
    agent_count: int
    session_count: int
    agents: list[str]
    sessions: list[int]


def recent_events(*, limit: int) -> list[Event]:
    """Return the newest events, newest first."""
    return list(Event.objects.newest_first()[:limit])


def newest_of_severity(*, severity: str, since: datetime, limit: int) -> list[Event]:
    """Return the newest events of one severity from `since` on, newest first."""
    return list(Event.objects.since(since).filter(severity=severity).newest_first()[:limit])


def counts_by_severity(*, since: datetime, severities: Iterable[str]) -> dict[str, int]:
    """Return how many events of each severity there are from `since` on; none is 0."""
    wanted = list(severities)
    rows = Event.objects.since(since).filter(severity__in=wanted).order_by()
    counted = rows.values_list("severity").annotate(count=Count("id"))
    return dict.fromkeys(wanted, 0) | dict(counted)


def signature_groups(
    *, since: datetime, severities: Sequence[str], limit: int
) -> list[SignatureGroup]:
    """Return the most frequent problems from `since` on, most frequent first.

    Events of the same type whose messages differ only in numbers, ids and paths are
    one problem; its example and severity are those of the event stored last, its
    sessions the newest.
    """
    events = Event.objects.since(since).filter(severity__in=severities).order_by()
    rows = list(
        events.values("signature", "event_type")
        .annotate(
            count=Count("id"),
            first=Min("timestamp"),
            last=Max("timestamp"),
            newest_id=Max("id"),
            agent_count=Count("agent_id", distinct=True),
            session_count=Count("session_id", distinct=True),
        )
        .order_by("-count", "-last", "signature", "event_type")[:limit]
    )
    examples = Event.objects.in_bulk([row["newest_id"] for row in rows])
    grouped = events.filter(signature__in={row["signature"] for row in rows})
    agents = _named(grouped, "agent_id")
    sessions = _named(grouped, "session_id")
    return [
        SignatureGroup(
            signature=row["signature"],
            event_type=row["event_type"],
            count=row["count"],
            first=row["first"],
            last=row["last"],
            example=examples[row["newest_id"]].message,
            severity=examples[row["newest_id"]].severity,
            agent_count=row["agent_count"],
            session_count=row["session_count"],
            agents=sorted(agents[row["signature"], row["event_type"]]),
            sessions=sorted(sessions[row["signature"], row["event_type"]], reverse=True),
        )
        for row in rows
    ]


def _named(events: QuerySet[Event], column: str) -> dict[tuple[str, str], list[Any]]:
    """Return, by signature and type, the last `NAMED_PER_GROUP` values of a column."""
    place = Window(
        DenseRank(),
        partition_by=[F("signature"), F("event_type")],
        order_by=F(column).desc(),
    )
    rows = (
        events.filter(**{f"{column}__isnull": False})
        .annotate(place=place)
        .filter(place__lte=NAMED_PER_GROUP)
        .values_list("signature", "event_type", column)
        .distinct()
    )
    named: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for signature, event_type, value in rows:
        named[signature, event_type].append(value)
    return named
