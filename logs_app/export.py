"""Export of events: json, csv and ndjson, written piece by piece in constant memory."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from common.clock import orchestrator_zone
from logs_app.models import Event

#: Rows of one query and of one piece of the answer.
CHUNK = 500

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

#: A spreadsheet takes such a cell for a formula, or cuts it into one.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n]")


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

    Each query goes on behind the last row, so none of them holds rows, a cursor or
    a transaction while a slow client reads.
    """
    columns = [column for column in COLUMNS if column != "local_time"]
    ordered = events.order_by("-timestamp", "-id").values(*columns)
    zone = orchestrator_zone()
    page = ordered
    while rows := list(page[:CHUNK]):
        last = rows[-1]
        yield [_with_local_time(row, zone) for row in rows]
        if len(rows) < CHUNK:
            return
        # The first condition is what the index can jump to.
        page = ordered.filter(timestamp__lte=last["timestamp"]).exclude(
            Q(timestamp=last["timestamp"]) & Q(id__gte=last["id"])
        )


def _with_local_time(row: dict[str, Any], zone: Any) -> dict[str, Any]:
    moment: datetime = row["timestamp"]
    values = {**row, "timestamp": _utc(moment), "local_time": moment.astimezone(zone).isoformat()}
    return {column: values[column] for column in COLUMNS}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield b"["
    separator = b"\n"
    for rows in chunks:
        yield separator + b",\n".join(orjson.dumps(row) for row in rows)
        separator = b",\n"
    yield b"\n]\n"


def _ndjson(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    for rows in chunks:
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _csv(chunks: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield _csv_lines([list(COLUMNS)])
    for rows in chunks:
        yield _csv_lines([[_cell(value) for value in row.values()] for row in rows])


def _csv_lines(lines: list[list[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return safe_cell(orjson.dumps(value).decode())
    return safe_cell(value) if isinstance(value, str) else value
