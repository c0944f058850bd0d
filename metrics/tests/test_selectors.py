"""Reading metrics."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.models import AgentMetric
from agents.tests.factories import make_metric as make_agent_metric
from common.clock import today, utc_now
from metrics import selectors
from metrics.models import Metric
from metrics.tests.factories import make_metric, make_system_quality

pytestmark = pytest.mark.django_db


def trends(*, days: int = 7) -> selectors.Trends:
    return selectors.trends(days=days, now=utc_now())


# Each example replaces the rows of the one before it.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(
    system=st.dictionaries(st.integers(0, 12), st.floats(0, 10), max_size=8),
    agents=st.dictionaries(
        st.tuples(st.sampled_from(["agent_1", "agent_5a", "agent_10"]), st.integers(0, 12)),
        st.none() | st.floats(0, 10),
        max_size=20,
    ),
    days=st.integers(1, 14),
)
def test_all_lists_of_a_series_are_of_one_length(system, agents, days):
    Metric.objects.all().delete()
    AgentMetric.objects.all().delete()
    for days_ago, value in system.items():
        make_system_quality(value, days_ago=days_ago)
    for (agent_id, days_ago), quality in agents.items():
        make_agent_metric(agent_id, days_ago=days_ago, quality=quality)

    last = today()
    series = selectors.quality_series(first=last - timedelta(days=days - 1), last=last)

    assert series.nights == sorted(set(series.nights))
    lists = [series.system, *series.agents.values()]
    assert {len(values) for values in lists} == {len(series.nights)}
    assert all(any(value is not None for value in values) for values in series.agents.values())
    for place, night in enumerate(series.nights):
        days_ago = (last - night).days
        assert days_ago < days
        assert series.system[place] == system.get(days_ago)
        assert any(values[place] is not None for values in lists)
        for agent_id, values in series.agents.items():
            assert values[place] == agents.get((agent_id, days_ago))


def test_a_night_is_the_calendar_day_in_the_orchestrators_zone(settings):
    settings.ORCHESTRATOR_TIME_ZONE = "America/New_York"
    late = datetime(2026, 3, 9, 3, 30, tzinfo=UTC)  # 23:30 on the 8th, the day clocks changed
    make_metric("quality", 7.5, session_id=1, timestamp=late)
    day = datetime(2026, 3, 8, tzinfo=UTC).date()
    following = day + timedelta(days=1)
    assert selectors.system_quality_series(first=day, last=day) == {day: 7.5}
    assert selectors.system_quality_series(first=following, last=following) == {}


def test_a_session_that_ends_after_midnight_belongs_to_the_night_it_began_in():
    last, before = today(), today() - timedelta(days=1)
    make_agent_metric(days_ago=1, hour=23, session_id=5)
    make_system_quality(7.5, session_id=5)
    assert selectors.system_quality_series(first=before, last=last) == {before: 7.5}
    assert selectors.system_quality_series(first=before, last=before) == {before: 7.5}
    assert selectors.system_quality_series(first=last, last=last) == {}


def test_the_newest_quality_is_one_a_session_gave():
    assert selectors.newest_system_quality() is None
    make_system_quality(7.5, days_ago=400)
    make_metric("quality", 1.0)
    make_metric("quality", 2.0, agent_id="agent_1", session_id=1)
    assert selectors.newest_system_quality() == 7.5


def test_known_names_are_registered_or_stored():
    assert selectors.known_names() == ["errors", "improvement", "quality", "speed"]
    for name in ("b", "a.b", "quality", "B", "b"):
        make_metric(name)
    assert selectors.known_names() == sorted(
        ["B", "a.b", "b", "errors", "improvement", "quality", "speed"]
    )


def test_the_names_are_found_without_reading_every_row():
    explain = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}[connection.vendor]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table as small as this one whole
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(explain + selectors._STORED_NAMES, [10])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall()).lower()
    assert "index" in plan
    assert "seq scan on metrics" not in plan
    assert "scan metrics\n" not in plan


def test_quality_rises_over_the_window():
    for days_ago in range(10):
        make_system_quality(8 - days_ago / 10, days_ago=days_ago)
    answer = trends()
    assert answer.quality_trend == "improving"
    # This week's average (7.7) against the one of the week's first day (7.25: four days known).
    assert answer.quality_change_percent == round(100 * (7.7 - 7.25) / 7.25, 2)
    assert len(answer.moving_average.timestamps) == len(answer.moving_average.system) == 7
    assert answer.moving_average.system[-1] == 7.7


def test_one_night_is_stable():
    make_system_quality(days_ago=8)
    make_system_quality(9.0)
    answer = trends()
    assert (answer.quality_trend, answer.quality_change_percent) == ("stable", 0)
    assert answer.moving_average.timestamps == [today()]


def test_a_night_without_a_system_value_is_not_made_up_from_its_agents():
    for days_ago in range(5):
        make_agent_metric(days_ago=days_ago, quality=9 - days_ago)
    answer = trends()
    assert answer.quality_trend == "stable"
    assert answer.moving_average.system == []


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("failed", "trained", "improving"),
        ("trained", "failed", "declining"),
        ("trained", "trained", "stable"),
        ("failed", "failed", "stable"),
        ("trained", "no_data", "stable"),
        ("skipped", "failed", "stable"),
    ],
)
def test_the_error_trend_follows_the_failed_share(before: str, after: str, word: str):
    for days_ago, outcome in ((5, before), (4, before), (1, after), (0, after)):
        make_agent_metric("agent_1", days_ago=days_ago, outcome=outcome)
    assert trends().error_trend == word


def test_the_processing_time_is_averaged_over_agents_and_window():
    make_agent_metric("agent_1", processing_time_ms=10)
    make_agent_metric("agent_2", processing_time_ms=25, days_ago=6)
    make_agent_metric("agent_3", processing_time_ms=None)
    make_agent_metric("agent_1", processing_time_ms=9999, days_ago=7)
    assert trends().average_processing_time == 17.5
