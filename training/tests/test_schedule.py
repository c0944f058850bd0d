from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInputError
from training.checks import schedule_can_be_read
from training.models import Schedule
from training.schedule import (
    EffectiveSchedule,
    cron_error,
    describe,
    due_times,
    get_schedule,
    newest_due,
    next_runs,
)
from training.schedule_input import checked

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def make_schedule(**values: Any) -> EffectiveSchedule:
    fields: dict[str, Any] = {
        "cron": "0 3 * * *",
        "cron_source": "configuration",
        "timezone": "UTC",
        "enabled": True,
        "timeout_seconds": 1800,
        "description": "",
        **values,
    }
    return EffectiveSchedule(**fields)


def due(cron: str, after: str, until: str, zone: ZoneInfo = BERLIN) -> list[str]:
    moments = due_times(cron, zone, after=utc(after), until=utc(until))
    return [f"{moment:%d %H:%M}" for moment in moments]


@pytest.mark.parametrize(
    ("cron", "night", "expected"),
    [
        # Spring, 2026-03-29: 02:00 becomes 03:00 (01:00 UTC).
        ("30 2 * * *", "2026-03-28", ["29 01:00"]),
        ("0 2 * * *", "2026-03-28", ["29 01:00"]),
        ("0 3 * * *", "2026-03-28", ["29 01:00"]),
        ("30 3 * * *", "2026-03-28", ["29 01:30"]),
        # Autumn, 2026-10-25: 03:00 becomes 02:00 again (01:00 UTC).
        ("30 2 * * *", "2026-10-24", ["25 00:30"]),
        ("0 2 * * *", "2026-10-24", ["25 00:00"]),
        ("0 3 * * *", "2026-10-24", ["25 02:00"]),
    ],
)
def test_the_nights_of_a_clock_change_run_exactly_once(cron, night, expected):
    assert due(cron, f"{night}T20:00", f"{night[:-2]}{int(night[-2:]) + 1}T20:00") == expected


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 2 * * *", "15,45 2 * * *", "30 2,3 * * *"])
@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_asking_every_thirty_seconds_finds_the_same_as_asking_once(cron, night):
    start, end = utc(f"{night}T00:00"), utc(f"{night}T04:00")
    at_once = list(due_times(cron, BERLIN, after=start, until=end))
    found: list[datetime] = []
    after = start
    while after < end:
        now = after + timedelta(seconds=30)
        found += due_times(cron, BERLIN, after=after, until=now)
        after = now
    assert found == at_once
    assert len(set(found)) == len(found)


def test_two_skipped_times_that_become_the_same_moment_are_one():
    assert due("0,30 2 * * *", "2026-03-28T20:00", "2026-03-29T20:00") == ["29 01:00"]


def test_next_run_of_a_repeated_hour_is_never_in_the_past():
    second_half_past_two = utc("2026-10-25T01:10")
    schedule = make_schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    assert next_runs(schedule, now=second_half_past_two, count=1)[0] > second_half_past_two


def test_next_runs_are_five_moments_in_the_zone_of_the_schedule():
    schedule = make_schedule(cron="30 2 * * *", timezone="Europe/Berlin")
    runs = next_runs(schedule, now=utc("2026-10-24T00:30"))
    assert [run.isoformat() for run in runs] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
        "2026-10-27T02:30:00+01:00",
        "2026-10-28T02:30:00+01:00",
        "2026-10-29T02:30:00+01:00",
    ]


def test_a_disabled_or_unreadable_schedule_has_no_next_run():
    now = utc("2026-05-01T12:00")
    assert next_runs(make_schedule(enabled=False), now=now) == []
    assert next_runs(make_schedule(cron="at night"), now=now) == []


@pytest.mark.parametrize(
    ("pause", "first"),
    [
        ("2026-05-04T03:00:00", "2026-05-04"),
        ("2026-05-04T03:00:00.5", "2026-05-05"),
        ("2026-05-04T03:00:30", "2026-05-05"),
        ("2026-04-01T00:00:00", "2026-05-02"),
    ],
)
def test_a_pause_moves_the_next_run(pause, first):
    schedule = make_schedule(pause_until=utc(pause))
    run = next_runs(schedule, now=utc("2026-05-01T12:00"), count=1)[0]
    assert f"{run:%Y-%m-%d}" == first
    assert schedule.reason_to_skip(run) is None


def test_left_out_days_are_jumped_over_however_often_training_is_due():
    days = {date(2026, 5, 1) + timedelta(days=number): "holidays" for number in range(366)}
    schedule = make_schedule(cron="* * * * *", skip_dates=days)
    runs = next_runs(schedule, now=utc("2026-05-01T12:00"), count=2)
    assert [run.isoformat() for run in runs] == [
        "2027-05-02T00:00:00+00:00",
        "2027-05-02T00:01:00+00:00",
    ]


def test_a_left_out_day_is_a_day_in_the_zone_of_the_schedule():
    schedule = make_schedule(
        cron="30 0 * * *", timezone="Europe/Berlin", skip_dates={date(2026, 5, 2): "holiday"}
    )
    reason = schedule.reason_to_skip(utc("2026-05-01T22:30"))
    assert reason == "No training on 2026-05-02: holiday."


def test_the_newest_due_times_of_a_long_span_are_found():
    schedule = make_schedule(cron="* * * 1 *")
    found = newest_due(schedule, after=utc("2020-01-01"), until=utc("2026-02-10"), most=3)
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in found] == [
        "2026-01-31 23:57",
        "2026-01-31 23:58",
        "2026-01-31 23:59",
    ]


@pytest.mark.parametrize(
    "cron",
    ["", "0 3 * *", "0 0 3 * * *", "61 3 * * *", "0 3 31 2 *", "at night", "@daily", "0 3 * * XYZ"],
)
def test_a_wrong_cron_expression_is_refused_with_the_expected_form(cron):
    assert cron_error(cron)
    assert describe(cron) == ""


def test_a_cron_expression_is_described_in_words():
    assert describe("0 3 * * *") == "At 03:00 every day"


@given(st.text("0123456789*/-,LW#MON ", max_size=40))
def test_no_cron_expression_makes_it_raise(cron):
    cron_error(cron)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule", "nonsense"),
        ("cron", None),
        ("cron", "0 3 * * " + ",".join("1" * 80)),
        ("timezone", "Mars/Olympus"),
        ("timezone", 3),
        ("enabled", "yes"),
        ("timeout_seconds", 0),
        ("timeout_seconds", 604_801),
        ("timeout_seconds", True),
        ("timeout_seconds", 1.5),
        ("skip_dates", "2026-12-24"),
        ("skip_dates", ["christmas"]),
        ("skip_dates", [{"date": "2026-12-24", "reason": 5}]),
        ("skip_dates", ["2026-12-24"] * 367),
        ("pause_until", "2026-12-24T00:00:00"),
        ("pause_until", "soon"),
        ("pause_until", "2026-13-45T00:00:00Z"),
        ("id", 2),
    ],
)
def test_a_wrong_value_is_refused_under_its_own_name(field, value):
    with pytest.raises(InvalidInputError) as caught:
        checked({field: value})
    assert list(caught.value.details) == [field]


def test_right_values_come_back_in_the_form_of_the_columns():
    assert checked(
        {
            "schedule": " 0  4 * * * ",
            "timezone": "Europe/Berlin",
            "enabled": False,
            "timeout_seconds": None,
            "skip_dates": ["2026-12-25", {"date": "2026-12-24", "reason": "eve"}],
            "pause_until": "2026-12-24T00:00:00+01:00",
        }
    ) == {
        "cron": "0 4 * * *",
        "timezone": "Europe/Berlin",
        "enabled": False,
        "timeout_seconds": None,
        "skip_dates": [
            {"date": "2026-12-24", "reason": "eve"},
            {"date": "2026-12-25", "reason": ""},
        ],
        "pause_until": utc("2026-12-23T23:00"),
    }


def test_the_setting_stands_above_the_configuration_and_below_an_edit(db, settings):
    assert (get_schedule().cron, get_schedule().cron_source) == ("0 3 * * *", "configuration")
    settings.TRAINING_SCHEDULE = "0 5 * * *"
    assert (get_schedule().cron, get_schedule().cron_source) == ("0 5 * * *", "setting")
    Schedule.objects.update(cron="0 6 * * *", edited_fields=["cron"])
    assert (get_schedule().cron, get_schedule().cron_source) == ("0 6 * * *", "edited")


def test_a_setting_that_cannot_be_read_stops_the_start_with_a_hint(settings):
    assert schedule_can_be_read(None) == []
    settings.TRAINING_SCHEDULE = "every night"
    (error,) = schedule_can_be_read(None)
    assert error.id == "training.E001"
    assert "five fields" in error.msg
    assert error.hint
