from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from common.clock import utc_now
from logs_app.models import Event, IdempotencyKey
from logs_app.services import once
from logs_app.tests.factories import make_event
from system import retention
from system.models import HealthSample
from system.retention import Step, register, thin_out
from system.tests.factories import make_sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _retention(settings, monkeypatch):
    settings.METRICS_RETENTION_DAYS = 90
    own = ("system_health", "events", "idempotency_keys")
    monkeypatch.setattr(retention, "_steps", {name: retention._steps[name] for name in own})


def test_one_old_sample_per_hour_stays_the_one_with_the_highest_load():
    hour = datetime(2025, 1, 1, 10, tzinfo=UTC)
    for minute, percent in enumerate([10, None, 95, 20]):
        make_sample(timestamp=hour + timedelta(minutes=minute), cpu_percent=percent)
    make_sample(timestamp=hour + timedelta(hours=1), cpu_percent=None)
    make_sample(timestamp=hour + timedelta(hours=1, minutes=1), cpu_percent=None)
    new = [make_sample(seconds_ago=seconds) for seconds in (1, 2, 3)]
    assert thin_out()["system_health"] == 4
    old = HealthSample.objects.exclude(pk__in=[row.pk for row in new])
    assert list(old.order_by("timestamp").values_list("cpu_percent", flat=True)) == [95, None]
    assert HealthSample.objects.count() == 5
    assert thin_out()["system_health"] == 0


def test_old_information_goes_and_old_errors_stay():
    for severity in Event.Severity.values:
        make_event(message=f"old {severity}", severity=severity, minutes_ago=91 * 1440)
        make_event(message=f"new {severity}", severity=severity, minutes_ago=89 * 1440)
    assert thin_out()["events"] == 2
    old = Event.objects.filter(message__startswith="old").values_list("severity", flat=True)
    assert set(old) == {"error", "critical"}
    assert Event.objects.filter(message__startswith="new").count() == 4


def test_keys_of_deliveries_are_forgotten_after_a_week():
    once("old", "events", dict)
    once("new", "events", dict)
    IdempotencyKey.objects.filter(key="old").update(created_at=utc_now() - timedelta(days=8))
    assert thin_out()["idempotency_keys"] == 1
    assert IdempotencyKey.objects.get().key == "new"


def test_it_works_in_small_batches_and_goes_on_later(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "_LOOK_UP", 6)
    for minute in range(20):
        make_event(minutes_ago=91 * 1440 + minute)
    assert thin_out(most_seconds=0)["events"] == 3
    assert thin_out()["events"] == 17


def test_a_failing_step_does_not_keep_the_others_from_their_work():
    def fail(cutoff: datetime) -> Iterator[int]:
        raise ValueError("broken")

    register(Step("broken", "for a test", fail))
    make_event(minutes_ago=91 * 1440)
    assert thin_out() == {"system_health": 0, "events": 1, "idempotency_keys": 0, "broken": 0}
