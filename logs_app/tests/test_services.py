import threading

import pytest
from django.db import connection, connections

from common.errors import ConflictError, InvalidInputError
from logs_app.models import Event, IdempotencyKey
from logs_app.services import new_event, once, record_event, record_events


@pytest.mark.django_db
def test_every_way_of_writing_fills_in_the_signature():
    one = record_event(event_type="t", message="3 of 4")
    assert record_events([new_event(event_type="t", message="5 of 6")]) == 1
    Event.objects.create(event_type="t", message="7 of 8", timestamp=one.timestamp)
    signatures = Event.objects.values_list("message", "signature")
    assert dict(signatures) == dict.fromkeys(("3 of 4", "5 of 6", "7 of 8"), "<n> of <n>")


@pytest.mark.django_db
def test_a_repeated_key_gets_the_first_answer_and_runs_nothing():
    answers = iter([{"count": 1}, {"count": 2}])
    first = once("k", "events", lambda: next(answers), body=[1])
    again = once("k", "events", lambda: next(answers), body=[1])
    elsewhere = once("k", "metrics", lambda: next(answers), body=[1])
    assert (first, again, elsewhere) == ({"count": 1}, {"count": 1}, {"count": 2})


@pytest.mark.django_db
def test_the_order_of_keys_does_not_make_another_body():
    once("k", "events", dict, body={"a": 1, "b": 2})
    assert once("k", "events", dict, body={"b": 2, "a": 1}) == {}


@pytest.mark.django_db
def test_a_key_with_another_body_is_refused():
    once("k", "events", dict, body={"a": 1})
    with pytest.raises(ConflictError) as refusal:
        once("k", "events", dict, body={"a": 2})
    assert refusal.value.code == "idempotency_key_reused"


@pytest.mark.django_db
def test_a_delivery_that_fails_may_be_repeated():
    def fail():
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one raised above
        once("k", "events", fail)
    assert not IdempotencyKey.objects.exists()
    assert once("k", "events", lambda: {"count": 1}) == {"count": 1}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "é", "a\nb"])
def test_a_strange_key_is_refused(key):
    with pytest.raises(InvalidInputError, match="Idempotency-Key"):
        once(key, "events", dict)


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_time_store_once():
    begin = threading.Barrier(4)
    answers = []

    def deliver():
        try:
            begin.wait(timeout=30)
            answers.append(
                once("k", "events", lambda: {"id": record_event(event_type="t", message="m").pk})
            )
        finally:
            connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    connection.close()
    assert Event.objects.count() == 1
    assert answers == [{"id": Event.objects.get().pk}] * 4
