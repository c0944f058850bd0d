import csv
import gzip
import hashlib
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from common.clock import utc_now
from logs_app import export
from logs_app.models import Event
from logs_app.services import new_event, record_events
from logs_app.tests.factories import make_event, make_events

cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))


def rows_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


@given(cells)
def test_a_safe_cell_is_no_formula_and_gives_back_its_text(text):
    cell = export.safe_cell(text)
    seen = cell.lstrip("\u200b\ufeff \t\r\n")
    assert not seen.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert export.original_cell(cell) == text


@given(st.lists(cells, min_size=2, max_size=5))
def test_safe_cells_survive_a_file(texts):
    lines = export._csv_lines([[export.safe_cell(text) for text in texts]])
    (row,) = csv.reader(io.StringIO(lines.decode(), newline=""))
    assert [export.original_cell(cell) for cell in row] == texts


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/logs/export", "/api/logs/export/", "/api/v1/logs/export"])
def test_the_export_is_a_json_list_newest_first(api, path):
    newer, older = make_events([{"agent_id": "agent_5a", "metadata": {"a": 1}}, {}])
    response = api.get(path)
    rows = orjson.loads(response.getvalue())
    assert [row["id"] for row in rows] == [newer.id, older.id]
    assert rows[0]["metadata"] == {"a": 1}
    assert rows[0]["agent_id"] == "agent_5a"
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"].startswith('attachment; filename="events-')
    assert response["Content-Disposition"].endswith('-7-days.json"')


@pytest.mark.django_db
def test_an_empty_table_is_an_empty_file(api):
    assert orjson.loads(api.get("/api/logs/export").getvalue()) == []
    assert api.get("/api/logs/export?format=ndjson").getvalue() == b""
    assert rows_of(api.get("/api/logs/export?format=csv")) == []


@pytest.mark.django_db
def test_lines_of_json_hold_one_event_each(api):
    make_events([{"message": "one\nline"}, {}])
    response = api.get("/api/logs/export?format=ndjson")
    lines = response.getvalue().splitlines()
    assert [orjson.loads(line)["message"] for line in lines] == ["one\nline", "Something happened."]
    assert response["Content-Type"] == "application/x-ndjson"


@pytest.mark.django_db
def test_csv_has_utc_and_local_time_and_no_formulas(api, settings):
    settings.ORCHESTRATOR_TIME_ZONE = "Europe/Berlin"
    moment = utc_now().replace(microsecond=0)
    make_event(timestamp=moment, message='=HYPERLINK("http://x")', metadata={"a": [1]})
    (row,) = rows_of(api.get("/api/logs/export?format=csv"))
    assert row["message"] == '\'=HYPERLINK("http://x")'
    assert row["timestamp"] == f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    assert datetime.fromisoformat(row["local_time"]) == moment
    assert not row["local_time"].endswith("Z")
    assert row["metadata"] == '{"a":[1]}'
    assert row["agent_id"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("days=1", ["a", "b"]),
        ("days=30", ["a", "b", "c"]),
        ("days=30&severity=error,critical", ["b", "c"]),
        ("days=30&type=crash", ["c"]),
        ("days=30&agent_id=agent_1", ["b"]),
        ("days=30&agent_id=system&type=crash", ["c"]),
        ("days=30&search=b", ["b"]),
    ],
)
def test_the_export_is_filtered_as_the_events_are(api, query, messages):
    make_event(message="a")
    make_event(message="b", severity="error", agent_id="agent_1", minutes_ago=5)
    make_event(message="c", severity="critical", event_type="crash", minutes_ago=3 * 1440)
    rows = orjson.loads(api.get(f"/api/logs/export?{query}").getvalue())
    assert [row["message"] for row in rows] == messages


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("format=xml", "format"),
        ("days=0", "days"),
        ("days=x", "days"),
        ("severity=bad", "severity"),
        ("session_id=99999999999999999999", "session_id"),
        ("agent_id=%00", "agent_id"),
    ],
)
def test_a_wrong_parameter_is_named(api, query, parameter):
    response = api.get(f"/api/logs/export?{query}")
    assert response.status_code == 400, response.content
    assert list(response.json()["details"]) == [parameter]


@pytest.mark.django_db
def test_head_answers_the_headers_only(api):
    make_event()
    response = api.head("/api/logs/export?format=csv")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    assert response.getvalue() == b""
    assert "Content-Length" not in response


@pytest.mark.django_db
def test_it_answers_whatever_type_the_caller_accepts(api):
    assert api.get("/api/logs/export?format=csv", HTTP_ACCEPT="text/csv").status_code == 200


@pytest.mark.django_db
def test_it_is_compressed_piece_by_piece_for_who_accepts_it(api):
    # Digests, which a compressor cannot hold back until the end.
    messages = [hashlib.sha256(bytes([row % 256])).hexdigest() for row in range(3 * export.CHUNK)]
    make_events([{"message": message, "metadata": {"a": message[::-1]}} for message in messages])
    response = api.get("/api/logs/export?format=ndjson", HTTP_ACCEPT_ENCODING="gzip")
    assert response["Content-Encoding"] == "gzip"
    pieces = list(response.streaming_content)
    assert len(pieces) > 3
    assert gzip.decompress(b"".join(pieces)).count(b"\n") == 3 * export.CHUNK


@pytest.mark.django_db
def test_a_caller_that_goes_away_ends_the_reading(api, django_assert_num_queries):
    make_events([{}] * (2 * export.CHUNK + 1))
    with django_assert_num_queries(2):
        response = api.get("/api/logs/export?format=ndjson")
        next(iter(response.streaming_content))
        response.close()
        assert list(response.streaming_content) == []


@pytest.mark.django_db
def test_a_search_is_made_once_for_many_rows(api, django_assert_num_queries):
    make_events([{"message": "clapperboard"}] * (4 * export.CHUNK))
    with django_assert_num_queries(1 + 4):
        response = api.get("/api/logs/export?format=ndjson&search=clapper")
        assert len(b"".join(response.streaming_content).splitlines()) == 4 * export.CHUNK


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", ["json", "csv", "ndjson"])
def test_what_prevents_reading_is_an_error_and_no_broken_file(api, monkeypatch, file_format):
    def fail(events):
        raise OperationalError("the disk is gone")

    monkeypatch.setattr(export, "_id_chunks", fail)
    response = api.get(f"/api/logs/export?format={file_format}")
    assert response.status_code == 503
    assert response.json()["error"]


@pytest.mark.django_db
@pytest.mark.parametrize("window", ["since", "until"])
def test_a_window_in_the_filters_is_the_window(api, window):
    make_events([{}], minutes_ago=60 * 24 * 20)
    moment = utc_now() - timedelta(days=30 if window == "since" else 10)
    query = {window: moment.isoformat(), "format": "ndjson"}
    assert b"test_event" in api.get("/api/logs/export", query).getvalue()
    narrowed = api.get("/api/logs/export", {**query, "days": "7"})
    assert narrowed.getvalue() == b""


@pytest.mark.django_db
@pytest.mark.parametrize("accepted", ["gzip;q=0", "gzip; q=0.0, identity"])
def test_a_client_that_refuses_gzip_gets_none(api, accepted):
    make_events([{}] * 50)
    response = api.get("/api/logs/export", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in response


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 20, 25])
def test_every_row_is_there_once_at_every_boundary(monkeypatch, rows):
    monkeypatch.setattr(export, "CHUNK", 10)
    monkeypatch.setattr(export, "IDS", 20)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    # Seven events share a moment, so that a boundary falls between equal times.
    record_events(
        new_event(event_type="t", message="m", timestamp=moment + timedelta(seconds=row // 7))
        for row in range(rows)
    )
    pieces = list(export.export(Event.objects.all(), file_format="json"))
    ids = [row["id"] for row in orjson.loads(b"".join(pieces))]
    wanted = Event.objects.newest_first().values_list("id", flat=True)
    assert ids == list(wanted)


def peak_memory(file_format: str, *, days: int) -> tuple[int, int]:
    events = Event.objects.since(utc_now() - timedelta(days=days))
    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in export.export(events, file_format=file_format))
        return tracemalloc.get_traced_memory()[1], size
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_number_of_rows():
    rows = 30_000
    start = utc_now()
    record_events(
        new_event(
            event_type="t",
            message="a message of some length",
            timestamp=start - timedelta(minutes=row),
            metadata={"row": row},
        )
        for row in range(rows)
    )
    for file_format, days in (("json", 4), ("ndjson", 4), ("csv", 3650)):
        few, _ = peak_memory(file_format, days=1)
        many, size = peak_memory(file_format, days=days)
        assert size > 100 * min(rows, days * 1440)
        assert many < 2 * few + 1_000_000
