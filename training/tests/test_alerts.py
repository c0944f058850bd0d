from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from system.rules import all_rules
from training.alerts import night_without_run, schedule_unreadable, session_failed
from training.models import Schedule, ScheduleFiring, TrainingSession

pytestmark = pytest.mark.django_db

# The schedule is due at 03:00 UTC.
NIGHT = datetime(2026, 5, 10, 3, tzinfo=UTC)
DAY = timedelta(days=1)
NOON = NIGHT + timedelta(hours=9)


def make_session(start: datetime, **values: Any) -> TrainingSession:
    fields: dict[str, Any] = {"status": "completed", "night": start.date(), **values}
    return TrainingSession.objects.create(start_time=start, **fields)


def make_firing(due_at: datetime) -> ScheduleFiring:
    return ScheduleFiring.objects.create(due_at=due_at, decided_at=due_at, outcome="missed")


def test_the_rules_are_registered():
    names = {rule.name for rule in all_rules()}
    assert {"night_without_run", "session_failed", "schedule_unreadable"} <= names


def test_a_night_with_a_session_raises_nothing():
    make_session(NIGHT)
    assert night_without_run(NOON) == []


def test_a_night_without_a_session_is_found_and_has_no_value():
    make_session(NIGHT - DAY)
    (finding,) = night_without_run(NOON)
    assert finding.began_at == NIGHT
    assert finding.value is None
    assert "2026-05-10 03:00 UTC" in finding.message
    assert "last session is of 2026-05-09" in finding.message


def test_three_nights_without_a_session_are_one_finding_that_began_with_the_first():
    make_session(NIGHT - 3 * DAY)
    (finding,) = night_without_run(NOON)
    assert finding.began_at == NIGHT - 2 * DAY


def test_a_run_has_its_time_limit_and_an_hour_before_it_counts_as_missing():
    make_session(NIGHT - DAY)
    assert night_without_run(NIGHT + timedelta(minutes=85)) == []
    assert night_without_run(NIGHT + timedelta(minutes=95)) != []


@pytest.mark.parametrize("status", ["failed", "running", "stopped"])
def test_a_session_that_did_not_complete_is_a_session(status):
    make_session(NIGHT, status=status)
    assert night_without_run(NOON) == []


def test_a_session_of_the_same_night_counts_whoever_started_it():
    make_session(NIGHT - timedelta(hours=2), trigger="external")
    assert night_without_run(NOON) == []


@pytest.mark.parametrize(
    "values",
    [
        {"enabled": False},
        {"pause_until": NIGHT + DAY},
        {"skip_dates": [{"date": "2026-05-10", "reason": "holiday"}]},
        {"edited_at": NIGHT + timedelta(hours=1)},
        {"cron": "at night"},
    ],
)
def test_nothing_is_missing_where_nothing_was_expected(values):
    make_session(NIGHT - DAY)
    Schedule.objects.update(**values)
    assert night_without_run(NOON) == []


def test_a_new_dashboard_misses_no_night_before_its_time():
    assert night_without_run(NOON) == []


def test_a_dashboard_that_never_saw_a_session_misses_the_nights_since_its_first_due_time():
    make_firing(NIGHT)
    (finding,) = night_without_run(NOON)
    assert finding.began_at == NIGHT
    assert "no session at all" in finding.message


def test_a_failed_session_is_found_until_a_newer_one_completes():
    end = NIGHT + timedelta(minutes=2)
    failed = make_session(NIGHT, status="failed", end_time=end, error_message="exit status 1\nmore")
    (finding,) = session_failed(NOON)
    assert (finding.level, finding.began_at) == ("critical", end)
    assert f"session {failed.pk} of 2026-05-10 failed: exit status 1" in finding.message
    make_session(NIGHT + timedelta(hours=1), status="stopped")
    make_session(NIGHT + timedelta(hours=2), status="running")
    assert session_failed(NOON) == [finding]
    make_session(NIGHT + timedelta(hours=3))
    assert session_failed(NOON) == []


def test_without_any_session_nothing_failed():
    assert session_failed(NOON) == []


def test_a_schedule_that_cannot_be_read_is_found_while_it_is_enabled():
    assert schedule_unreadable(NOON) == []
    Schedule.objects.update(cron="at night")
    (finding,) = schedule_unreadable(NOON)
    assert "five fields" in finding.message
    Schedule.objects.update(enabled=False)
    assert schedule_unreadable(NOON) == []


def test_the_rules_read_a_constant_number_of_rows(django_assert_max_num_queries):
    for number in range(20):
        make_session(NIGHT - (number + 1) * DAY, status="failed")
    with django_assert_max_num_queries(3):
        night_without_run(NOON)
        session_failed(NOON)
