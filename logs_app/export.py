"""Export of events: json, csv and ndjson, written piece by piece in constant memory."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from common.clock import orchestrator_zone
from common.json_text import dumps
from logs_app.models import Event

#: Rows of one query and of one piece of the answer.
CHUNK = 500
#: Ids that are looked up together: a search goes through all that it finds each time.
IDS = 50_000

COLUMNS = (
    "id",
    "timestamp",
    "local_time",
    "event_type",
    "agent_id",
    "severity",
    "message",
    "session_id",
    "metadata",
)
CONTENT_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
}

#: A spreadsheet takes such a cell for a formula, or cuts it into one; also one that begins
#: with signs of no width, or with the wide signs of East Asian keyboards.
_DANGEROUS = re.compile(r"'*[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")


def export(events: QuerySet[Event], *, file_format: str) -> Iterator[bytes]:
    """Yield the events, newest first, as the bytes of a file in one of `CONTENT_TYPES`.

    `timestamp` is UTC, `local_time` the same moment where the pipeline runs.
    """
    writers = {"json": _json, "csv": _csv, "ndjson": _ndjson}
    return writers[file_format](_chunks(events))


def safe_cell(text: str) -> str:
    """Return a text that a spreadsheet shows as it is, by a leading apostrophe if needed.

    One that could be mistaken for a text made safe gets one too, so that
    `original_cell` gives back every text.
    """
    text = text.replace("\x00", "\ufffd")  # ends a line for many readers of csv
    return f"'{text}" if _DANGEROUS.match(text) else text


def original_cell(cell: str) -> str:
    """Return what `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell) else cell


def _chunks(events: QuerySet[Event]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lists of at most `CHUNK`, each by a query of its own.

    None of them holds rows, a cursor or a transaction while a slow client reads.
    """
    columns = [column for column in COLUMNS if column != "local_time"]
    zone = orchestrator_zone()
    for ids in _id_chunks(events):
        rows = Event.objects.filter(pk__in=ids).newest_first().values(*columns)
        yield [_with_local_time(row, zone) for row in rows]


def _id_chunks(events: QuerySet[Event]) -> Iterator[array[int]]:
    ordered = events.order_by("-timestamp", "-id").values_list("timestamp", "id")
    page = ordered
    while True:
        ids = array("q")
        for last in page[:IDS].iterator():
            ids.append(last[1])
        for begin in range(0, len(ids), CHUNK):
            yield ids[begin : begin + CHUNK]
        if len(ids) < IDS:
            return
        # Goes on behind the last one. The first condition is what the index can jump to.
        moment, pk = last
        page = ordered.filter(timestamp__lte=moment).exclude(Q(timestamp=moment) & Q(id__gte=pk))


def _with_local_time(row: dict[str, Any], zone: Any) -> dict[str, Any]:
    moment: datetime = row["timestamp"]
    values = {**row, "timestamp": _utc(moment), "local_time": moment.astimezone(zone).isoformat()}
    return {column: values[column] for column in COLUMNS}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    # The first piece has rows, so that what prevents reading is known before it is sent.
    before = b"[\n"
    for rows in chunks:
        yield before + b",\n".join(dumps(row) for row in rows)
        before = b",\n"
    yield b"[\n]\n" if before == b"[\n" else b"\n]\n"


def _ndjson(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    for rows in chunks:
        yield b"".join(dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _csv(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    lines: list[list[Any]] = [list(COLUMNS)]
    for rows in chunks:
        lines += [[_cell(value) for value in row.values()] for row in rows]
        yield _csv_lines(lines)
        lines = []
    yield _csv_lines(lines)


def _csv_lines(lines: list[list[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return safe_cell(dumps(value).decode())
    return safe_cell(value) if isinstance(value, str) else value
