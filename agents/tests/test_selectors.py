"""Reading agents."""

from datetime import timedelta

import pytest

from agents import selectors
from agents.models import Agent
from agents.tests.factories import make_agent, make_metric
from common.clock import today, utc_now

pytestmark = pytest.mark.django_db


def rate(days: int = 7) -> float | None:
    return selectors.error_rate(days=days, now=utc_now())


def test_without_any_training_there_is_no_error_rate():
    make_metric(quality=None, outcome="no_data")
    make_metric("agent_2", quality=None, outcome="skipped")
    assert rate() is None


def test_the_error_rate_is_the_failed_share_of_the_window():
    make_metric("agent_1", outcome="trained")
    make_metric("agent_2", outcome="trained", days_ago=6)
    make_metric("agent_3", outcome="failed", quality=None, days_ago=1)
    make_metric("agent_4", outcome="no_data", quality=None)
    make_metric("agent_5a", outcome="failed", quality=None, days_ago=7)
    assert rate() == 0.3333
    assert rate(8) == 0.5
    assert rate(1) == 0.0


def test_online_are_the_enabled_ones_with_data_in_the_newest_report():
    assert selectors.online_count(now=utc_now()) == 0
    Agent.objects.filter(pk="agent_3").update(enabled=False)
    make_metric("agent_1")
    make_metric("agent_2", quality=None)
    make_metric("agent_3")
    make_metric("agent_4", days_ago=1)
    assert selectors.online_count(now=utc_now()) == 1


def test_the_age_of_the_report_is_counted_in_nights():
    make_metric(days_ago=3)
    (status, *_) = selectors.agent_statuses(now=utc_now())
    assert status.report_date == today() - timedelta(days=3)
    assert status.report_age_days == 3


def test_nightly_quality_is_in_natural_order_and_leaves_out_what_is_unknown():
    make_agent("agent_5c")
    for agent_id in ("agent_10", "agent_5c", "agent_2"):
        make_metric(agent_id, days_ago=1)
    make_metric("agent_2", quality=7.25)
    make_metric("agent_5c", quality=None)
    make_metric("agent_1", days_ago=2)
    nights = (today() - timedelta(days=1), today())
    series = selectors.quality_per_night(first=nights[0], last=nights[1])
    assert list(series) == ["agent_2", "agent_5c", "agent_10"]
    assert series["agent_2"] == {nights[0]: 7.0, nights[1]: 7.25}
    assert series["agent_5c"] == {nights[0]: 7.0}
    narrowed = selectors.quality_per_night(
        first=nights[0], last=nights[1], agent_ids=["agent_10", "agent_99"]
    )
    assert list(narrowed) == ["agent_10"]


def test_the_newest_nights_are_those_with_rows():
    for days_ago in (5, 3, 3, 0):
        make_metric(days_ago=days_ago)
    assert selectors.newest_nights(count=2) == [today(), today() - timedelta(days=3)]
