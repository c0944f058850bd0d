"""Rows stored many at once are those that the ORM would have stored."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection

from common.bulk import insert_rows
from common.clock import utc_now
from logs_app.models import Event
from logs_app.services import record_events

MOMENT = datetime(2026, 11, 2, 10, 0, 0, 123456, tzinfo=UTC)
ROW = {
    "timestamp": MOMENT,
    "event_type": "t",
    "agent_id": None,
    "message": 'tab\t, line\n, "quotes", \\N, ä, 🎬',
    "severity": Event.Severity.ERROR,
    "metadata": {"text": "\\N\tä", "list": [1, 2.5, None], "inner": {"a": True}},
    "session_id": 2**62,
}


def values(event: Event) -> dict[str, object]:
    return {
        field.attname: getattr(event, field.attname)
        for field in Event._meta.concrete_fields
        if not field.primary_key
    }


@pytest.mark.django_db
def test_a_row_is_stored_as_the_orm_stores_it():
    Event.objects.create(**ROW)
    assert record_events([ROW]) == 1
    one, two = Event.objects.all()
    assert values(one) == values(two)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1, 110, 111, 112, 2500])
def test_every_row_is_stored_in_its_order(number):
    rows = [{**ROW, "message": f"row {row}"} for row in range(number)]
    assert insert_rows(Event, iter(rows)) == number
    messages = Event.objects.order_by("id").values_list("message", flat=True)
    assert list(messages) == [row["message"] for row in rows]


@pytest.mark.django_db
def test_what_is_absent_is_the_default_and_now():
    begin = utc_now()
    record_events([{"event_type": "t", "message": "m 1"}])
    event = Event.objects.get()
    assert begin <= event.timestamp <= utc_now()
    assert (event.severity, event.metadata, event.agent_id) == ("info", {}, None)
    assert event.signature == "m <n>"


@pytest.mark.django_db(transaction=True)
def test_a_row_the_database_refuses_leaves_none():
    rows = [{**ROW, "signature": ""}] * 500 + [{**ROW, "severity": "strange"}]
    with pytest.raises(DatabaseError):
        insert_rows(Event, rows)
    assert not Event.objects.exists()
    assert not connection.in_atomic_block


@pytest.mark.django_db
def test_what_is_stored_at_once_is_found_by_searching(api):
    record_events([{**ROW, "message": f"clapperboard {row}"} for row in range(3)])
    assert len(api.get("/api/logs/events?search=clapperboard").json()["results"]) == 3
