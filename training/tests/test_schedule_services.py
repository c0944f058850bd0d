import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from common.clock import utc_now
from common.errors import InvalidInputError
from logs_app.models import Event
from system.models import Heartbeat
from training.models import Schedule, ScheduleFiring, TrainingSession
from training.schedule import get_schedule
from training.schedule_configuration import apply_configuration
from training.schedule_due import start_due
from training.schedule_services import update_schedule

# The schedule is due at 03:00 UTC.
DUE = datetime(2026, 5, 10, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def after(**span: float) -> datetime:
    return DUE + timedelta(**span)


def set_schedule(**values: Any) -> None:
    Schedule.objects.update(**values)


def outcomes() -> list[tuple[str, str]]:
    rows = ScheduleFiring.objects.order_by("due_at")
    return [(f"{row.due_at:%d %H:%M}", row.outcome) for row in rows]


@pytest.fixture
def worker(db):
    """A worker shows life, so that sessions can be asked for."""
    return Heartbeat.objects.create(component="worker", seen_at=utc_now(), pid=1, host="here")


def test_the_first_check_ever_decides_nothing(worker):
    assert start_due(now=after(seconds=10)) == []
    assert get_schedule().checked_until == after(seconds=10)
    assert TrainingSession.objects.count() == 0


def test_a_due_time_starts_one_session_with_its_row(worker):
    set_schedule(checked_until=after(seconds=-20))
    (firing,) = start_due(now=after(seconds=10))
    session = TrainingSession.objects.get()
    assert (firing.due_at, firing.outcome, firing.reason) == (DUE, "started", "")
    assert firing.session_id == session.pk
    assert (session.trigger, session.status) == ("schedule", "pending")


def test_checking_again_does_nothing(worker):
    set_schedule(checked_until=after(seconds=-20))
    start_due(now=after(seconds=10))
    set_schedule(checked_until=after(seconds=-20))  # as the same check delivered twice sees it
    assert start_due(now=after(seconds=11)) == []
    assert start_due(now=after(seconds=40)) == []
    assert TrainingSession.objects.count() == 1


def test_nothing_is_due_between_the_times(worker):
    set_schedule(checked_until=after(hours=1))
    assert start_due(now=after(hours=20)) == []
    assert get_schedule().checked_until == after(hours=20)


def test_three_nights_without_beat_are_three_rows_and_no_start_in_the_middle_of_the_day(worker):
    set_schedule(checked_until=after(hours=-1))
    start_due(now=after(days=2, hours=9))
    assert outcomes() == [("10 03:00", "missed"), ("11 03:00", "missed"), ("12 03:00", "missed")]
    assert TrainingSession.objects.count() == 0
    reason = ScheduleFiring.objects.earliest("due_at").reason
    assert "for 58 h 0 min (from 2026-05-10 02:00 to 2026-05-12 12:00 UTC)" in reason
    (event,) = Event.objects.filter(event_type="schedule_missed")
    assert "3 starts were missed" in event.message


def test_of_three_missed_nights_the_newest_is_made_up_if_it_is_not_too_late(worker):
    set_schedule(checked_until=after(hours=-1))
    start_due(now=after(days=2, minutes=59))
    assert [outcome for _, outcome in outcomes()] == ["missed", "missed", "made_up"]
    assert "Started 59 min late" in TrainingSession.objects.get().reason


@pytest.mark.parametrize(
    ("minutes", "late", "outcome"),
    [
        (60, timedelta(minutes=60), "missed"),
        (60, timedelta(minutes=59), "made_up"),
        (0, timedelta(seconds=119), "started"),
        (0, timedelta(seconds=121), "missed"),
    ],
)
def test_how_late_a_start_is_made_up_is_a_setting(worker, settings, minutes, late, outcome):
    settings.TRAINING_CATCHUP_MINUTES = minutes
    set_schedule(checked_until=after(hours=-1))
    start_due(now=DUE + late)
    assert outcomes() == [("10 03:00", outcome)]


def test_a_long_absence_leaves_fifty_rows_and_one_that_stands_for_the_rest(worker):
    set_schedule(cron="* * * * *", checked_until=DUE - 365 * DAY)
    start_due(now=after(seconds=30))
    rows = list(ScheduleFiring.objects.order_by("due_at"))
    assert len(rows) == 51
    assert rows[0].due_at == DUE - 365 * DAY + timedelta(minutes=1)
    assert "stands for every due time before 2026-05-10 02:11" in rows[0].reason
    assert [row.outcome for row in rows[-2:]] == ["missed", "started"]
    assert Event.objects.filter(event_type="schedule_missed").count() == 1


def test_an_overlap_is_refused_with_a_row_that_names_the_session(worker):
    active = TrainingSession.objects.create(start_time=DUE, night=DUE.date(), status="running")
    set_schedule(checked_until=after(seconds=-20))
    (firing,) = start_due(now=after(seconds=10))
    assert firing.outcome == "refused"
    assert f"Session {active.pk} is running" in firing.reason
    assert Event.objects.get(event_type="schedule_refused").severity == "warning"


def test_a_start_that_nothing_can_run_has_failed_with_its_reason(db):
    set_schedule(checked_until=after(seconds=-20))
    (firing,) = start_due(now=after(seconds=10))
    assert firing.outcome == "failed"
    assert "worker" in firing.reason
    assert TrainingSession.objects.active().count() == 0
    assert Event.objects.get(event_type="schedule_failed").severity == "error"


@pytest.mark.parametrize(
    "values",
    [
        {"skip_dates": [{"date": "2026-05-10", "reason": "holiday"}]},
        {"pause_until": DUE + timedelta(minutes=1)},
    ],
)
def test_a_day_left_out_and_a_pause_are_rows_too(worker, values):
    set_schedule(checked_until=after(seconds=-20), **values)
    (firing,) = start_due(now=after(seconds=10))
    assert firing.outcome == "skipped"
    assert firing.reason
    assert TrainingSession.objects.count() == 0


def test_a_disabled_schedule_leaves_no_rows_and_no_debts(worker):
    set_schedule(checked_until=after(days=-3), enabled=False)
    assert start_due(now=after(seconds=10)) == []
    set_schedule(enabled=True)
    assert start_due(now=after(seconds=40)) == []


@pytest.mark.parametrize(("night", "due"), [("2026-03-29", "01:00"), ("2026-10-25", "00:30")])
def test_both_clock_changes_start_exactly_one_session(worker, night, due):
    set_schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    now = datetime.fromisoformat(f"{night}T00:00").replace(tzinfo=UTC)
    set_schedule(checked_until=now)
    while now.hour < 4:
        now += timedelta(minutes=1)
        start_due(now=now)
    assert outcomes() == [(f"{night[-2:]} {due}", "started")]
    assert TrainingSession.objects.count() == 1


def test_a_clock_an_hour_ahead_and_back_again_starts_once(worker):
    set_schedule(checked_until=after(minutes=-30))
    start_due(now=after(minutes=30))  # an hour ahead
    start_due(now=after(minutes=-29))  # set right
    start_due(now=after(seconds=10))
    assert outcomes() == [("10 03:00", "made_up")]
    assert TrainingSession.objects.count() == 1
    assert Event.objects.filter(event_type="clock_went_back").count() == 1


def test_a_clock_that_was_a_year_ahead_leaves_no_night_out(worker):
    set_schedule(checked_until=after(minutes=-30))
    start_due(now=after(days=30, hours=12))  # a wrong clock
    assert ScheduleFiring.objects.count() == 31
    start_due(now=after(minutes=-20))  # set right
    start_due(now=after(seconds=10))
    assert outcomes() == [("10 03:00", "started")]


def test_a_new_time_that_has_just_passed_does_not_start(worker):
    now = utc_now()
    set_schedule(checked_until=now - timedelta(seconds=20))
    past = now - timedelta(seconds=40)
    update_schedule(changes={"cron": f"{past.minute} {past.hour} * * *"}, edited_by="ada")
    start_due(now=utc_now())
    assert TrainingSession.objects.count() == 0


def test_what_the_old_schedule_missed_is_recorded_before_it_changes(worker):
    now = utc_now()
    due = (now - timedelta(hours=2)).replace(second=0, microsecond=0)
    set_schedule(cron=f"{due.minute} {due.hour} * * *", checked_until=due - timedelta(minutes=5))
    update_schedule(changes={"cron": "0 3 1 1 *"}, edited_by="ada")
    row = ScheduleFiring.objects.get()
    assert (row.due_at, row.outcome) == (due, "missed")
    assert "Nothing looked at the schedule for 2 h" in row.reason


@pytest.fixture
def just_due(worker, monkeypatch) -> datetime:
    """The training was due ten seconds ago, and nothing has looked since."""
    set_schedule(checked_until=after(seconds=-20))
    for module in ("schedule_services", "schedule_configuration", "schedule_due"):
        monkeypatch.setattr(f"training.{module}.utc_now", lambda: after(seconds=10))
    return DUE


def test_a_change_a_moment_after_the_due_time_does_not_take_the_training_away(just_due):
    update_schedule(changes={"cron": "0 5 * * *"}, edited_by="ada")
    assert outcomes() == [("10 03:00", "started")]
    assert get_schedule().cron == "0 5 * * *"


@pytest.mark.parametrize("change", [{"enabled": False}, {"pause_until": DUE + DAY}])
def test_who_wants_no_training_gets_none_that_was_due_a_moment_ago(just_due, change):
    update_schedule(changes=change, edited_by="ada")
    row = ScheduleFiring.objects.get()
    assert row.outcome == "skipped"
    assert row.reason == "The schedule was changed before it was started."
    assert TrainingSession.objects.count() == 0


def test_an_edit_holds_at_once_is_marked_and_told(db):
    schedule = update_schedule(
        changes={"schedule": "0 5 * * *", "timeout_seconds": 60, "enabled": True}, edited_by="ada"
    )
    assert (schedule.cron, schedule.cron_source) == ("0 5 * * *", "edited")
    assert schedule.edited_fields == ("cron", "timeout_seconds")
    assert schedule.edited_by == "ada"
    event = Event.objects.get(event_type="schedule_changed")
    assert event.message == (
        "The schedule was changed by ada: cron is 0 5 * * *, timeout_seconds is 60."
    )


def test_the_present_values_are_no_edit(db, settings):
    settings.TRAINING_SCHEDULE = "0 5 * * *"
    schedule = update_schedule(changes={"schedule": "0 5 * * *"}, edited_by="ada")
    assert (schedule.cron_source, schedule.edited_fields) == ("setting", ())
    assert Event.objects.count() == 0


def test_a_wrong_value_changes_nothing(db):
    with pytest.raises(InvalidInputError):
        update_schedule(changes={"enabled": False, "timeout_seconds": 0}, edited_by="ada")
    assert get_schedule().enabled


def test_a_configuration_does_not_overwrite_an_edit(db):
    update_schedule(changes={"cron": "0 5 * * *"}, edited_by="ada")
    values = {"cron": "0 3 * * *", "timeout_seconds": 900, "enabled": True, "description": "daily"}
    assert apply_configuration(values) == ["description", "timeout_seconds"]
    assert apply_configuration(values) == []
    assert (get_schedule().cron, get_schedule().timeout_seconds) == ("0 5 * * *", 900)


def test_a_configuration_with_an_unreadable_cron_leaves_the_old_one(db):
    assert apply_configuration({"cron": "at night"}) == []
    assert get_schedule().cron == "0 3 * * *"
    assert "The schedule stays 0 3 * * *." in Event.objects.get().message


@pytest.mark.django_db(transaction=True)
def test_checks_at_the_same_moment_start_one_session():
    Heartbeat.objects.create(component="worker", seen_at=utc_now(), pid=1, host="here")
    Schedule.objects.update_or_create(pk=1, defaults={"checked_until": after(seconds=-20)})
    together = threading.Barrier(8)

    def check(_: int) -> None:
        try:
            together.wait(30)
            start_due(now=after(seconds=10))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(check, range(8)))
    assert outcomes() == [("10 03:00", "started")]
    assert TrainingSession.objects.count() == 1
