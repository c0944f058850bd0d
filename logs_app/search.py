"""Full-text search over events: the index of the database, asked in words of people.

Both indexes hold type, agent and message, cut into runs of letters and digits:
`events_search` (FTS5) on SQLite, the index `events_text` on PostgreSQL; the
migration `full_text_search` makes them.
"""

import re

from django.db import connections
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from logs_app.models import Event

MAX_WORDS = 20

_PHRASES = re.compile(r'"([^"]*)"?|(\S+)')
_WORD = re.compile(r"[^\W_]+")

#: Exactly the expression that `events_text` indexes; any other would not use it.
POSTGRESQL_DOCUMENT = (
    "to_tsvector('simple', regexp_replace(events.event_type || ' ' || "
    "coalesce(events.agent_id, '') || ' ' || events.message, '[^[:alnum:]]+', ' ', 'g'))"
)


def matching(events: QuerySet[Event], text: str) -> QuerySet[Event]:
    """Return the events that contain every word of `text`; words match from their beginning.

    What stands in double quotes, or is joined by signs as in agent_5a, must occur
    in that order. Signs mean nothing else, so any text is a valid search; one
    without letters and digits finds nothing.
    """
    phrases = phrases_of(text)
    if not phrases:
        return events.none()
    if connections[events.db].vendor == "postgresql":
        condition = RawSQL(  # noqa: S611 - the query is a parameter # nosec B611
            f"{POSTGRESQL_DOCUMENT} @@ to_tsquery('simple', %s)",
            [_postgresql_query(phrases)],
            output_field=BooleanField(),
        )
        return events.filter(condition)
    rowids = RawSQL(
        "SELECT rowid FROM events_search WHERE events_search MATCH %s", [_sqlite_query(phrases)]
    )
    return events.filter(id__in=rowids)


def phrases_of(text: str) -> list[list[str]]:
    """Return the words of a search, those that must follow each other together."""
    phrases: list[list[str]] = []
    words_left = MAX_WORDS
    for match in _PHRASES.finditer(text):
        words = _WORD.findall(match.group(1) or match.group(2) or "")[:words_left]
        words_left -= len(words)
        if words:
            phrases.append(words)
    return phrases


def _sqlite_query(phrases: list[list[str]]) -> str:
    return " AND ".join(f'"{" ".join(words)}" *' for words in phrases)


def _postgresql_query(phrases: list[list[str]]) -> str:
    return " & ".join(
        "(" + " <-> ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"]) + ")"
        for words in phrases
    )
