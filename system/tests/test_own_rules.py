from datetime import datetime, timedelta

import pytest

from common.clock import utc_now
from system import component_rules, heartbeats, host_rules, watch
from system.component_rules import no_sign_of_life
from system.evaluation import evaluate
from system.host_rules import no_samples, not_yet_good, too_much_in_use
from system.models import Alert, Heartbeat
from system.rules import all_rules
from system.tests.factories import make_heartbeat, make_sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.HEALTH_CHECK_INTERVAL = 30
    settings.HEALTH_HOLD_SECONDS = 120
    settings.HEALTH_THRESHOLDS = {
        name: {"warning": 80, "critical": 95} for name in ("cpu", "memory", "disk")
    }


@pytest.fixture(autouse=True)
def running_for(monkeypatch):
    """How long this process seems to run: an hour, unless the test says otherwise."""

    def pretend(seconds: float) -> None:
        for module in (host_rules, component_rules):
            monkeypatch.setattr(
                module, "running_since", lambda: utc_now() - timedelta(seconds=seconds)
            )

    pretend(3600)
    return pretend


def samples(now: datetime, *percents: float | None) -> None:
    """Store CPU values, oldest first, the last of them five seconds ago."""
    for place, percent in enumerate(reversed(percents)):
        make_sample(now=now, seconds_ago=5 + 30 * place, cpu_percent=percent)


@pytest.mark.parametrize(
    ("percents", "level"),
    [
        ([90, 90, 90, 90, 90], "warning"),
        ([99, 99, 99, 99, 99], "critical"),
        ([99, 99, 90, 99, 99], "warning"),
        ([10, 90, 90, 90, 90, 90], "warning"),
        ([90, 90, 10, 90, 90], None),
        ([90, 90, 90, 90, 10], None),
        ([90, 90], None),
        ([], None),
        ([None] * 5, None),
        ([10] * 5, None),
    ],
)
def test_load_is_an_alert_only_after_the_whole_hold_time(percents, level):
    now = utc_now()
    samples(now, *percents)
    assert [finding.level for finding in too_much_in_use("cpu", now)] == ([level] if level else [])


def test_the_finding_says_since_when_and_how_much():
    now = utc_now()
    samples(now, 90, 91, 92, 93, 94)
    (finding,) = too_much_in_use("cpu", now)
    assert (finding.value, finding.threshold) == (94, 80)
    assert finding.began_at == now - timedelta(seconds=125)
    assert finding.message == "CPU is 94 % in use, above 80 %."


@pytest.mark.parametrize(
    ("percents", "kept"),
    [
        ([10, 10, 10, 10, 10], False),
        ([90, 10, 10, 10, 10], True),
        ([10, 10, 10, 10, 90], True),
        ([10, 10], True),
        ([], True),
    ],
)
def test_an_alert_about_load_ends_only_after_the_whole_hold_time(percents, kept):
    now = utc_now()
    samples(now, *percents)
    assert not_yet_good("cpu", now, "") is kept


def test_without_a_hold_time_the_newest_sample_decides(settings):
    settings.HEALTH_HOLD_SECONDS = 0
    now = utc_now()
    samples(now, 10, 90)
    assert too_much_in_use("cpu", now)
    samples(now + timedelta(seconds=30), 10)
    assert not too_much_in_use("cpu", now + timedelta(seconds=30))
    assert not not_yet_good("cpu", now + timedelta(seconds=30), "")


def test_load_that_swings_does_not_make_the_alert_flap():
    now = utc_now()
    samples(now, *[90] * 6)
    for step in range(1, 12):
        moment = now + timedelta(seconds=30 * step)
        make_sample(now=moment, seconds_ago=5, cpu_percent=90 if step % 2 else 10)
        evaluate(now=moment, only=["cpu_high"])
    alert = Alert.objects.get()
    assert alert.ended_at is None
    assert alert.rule == "cpu_high"


def test_old_samples_are_no_host_data_and_not_a_low_value():
    now = utc_now()
    samples(now - timedelta(minutes=10), *[90] * 5)
    assert too_much_in_use("cpu", now) == []
    assert not_yet_good("cpu", now, "")
    (finding,) = no_samples(now)
    assert finding.value is None
    assert finding.began_at < now - timedelta(minutes=10)


def test_fresh_samples_are_host_data():
    make_sample(seconds_ago=60)
    assert no_samples(utc_now()) == []


@pytest.mark.parametrize(("seconds", "expected"), [(10, 0), (3600, 1)])
def test_a_process_that_just_started_waits_for_the_first_sample(running_for, seconds, expected):
    running_for(seconds)
    assert len(no_samples(utc_now())) == expected


@pytest.mark.parametrize("component", ["worker", "beat"])
@pytest.mark.parametrize(
    ("seconds_ago", "running", "expected"),
    [(1, 3600, 0), (600, 3600, 1), (None, 3600, 1), (600, 20, 0), (None, 20, 0)],
)
def test_a_component_without_a_sign_of_life_is_an_alert(
    component, seconds_ago, running, expected, running_for
):
    running_for(running)
    if seconds_ago is not None:
        make_heartbeat(component, seconds_ago=seconds_ago)
    assert len(no_sign_of_life(component, utc_now())) == expected


def test_beat_reports_a_dead_worker_and_the_worker_ends_it(monkeypatch):
    monkeypatch.setattr(watch, "_last", {})
    monkeypatch.setattr(heartbeats, "_last", {})
    # It would close the connection whose transaction the test runs in.
    monkeypatch.setattr(heartbeats, "close_old_connections", lambda: None)
    make_heartbeat("worker", seconds_ago=600)
    watch.keep_watch("beat")
    watch.keep_watch("beat")
    alert = Alert.objects.get()
    assert (alert.rule, alert.level, alert.ended_at) == ("no_worker", "critical", None)
    assert Heartbeat.objects.filter(component="beat").exists()
    watch.keep_watch("worker")
    evaluate(only=["no_worker"])
    alert.refresh_from_db()
    assert alert.ended_at is not None


def test_the_alert_about_a_component_lasts_while_it_is_away(running_for):
    make_heartbeat("worker", seconds_ago=600)
    evaluate(only=["no_worker"])
    running_for(1)
    evaluate(only=["no_worker"])
    assert Alert.objects.active().filter(rule="no_worker").exists()


def test_every_rule_is_registered_and_described():
    rules = {rule.name: rule.description for rule in all_rules()}
    assert {"cpu_high", "memory_high", "disk_high", "no_host_data", "no_worker", "no_beat"} <= set(
        rules
    )
    assert all(rules.values())
