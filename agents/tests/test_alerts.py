"""The alert rules about agents."""

from datetime import timedelta

import pytest

from agents.alerts import below_target, still_near_target, without_data
from agents.models import Agent
from agents.tests.factories import make_metric
from common.clock import start_of_night, today, utc_now
from system.rules import all_rules

pytestmark = pytest.mark.django_db


def set_agent(agent_id: str, **fields) -> None:
    Agent.objects.filter(pk=agent_id).update(**fields)


def subjects(rule) -> list[str]:
    return [finding.subject for finding in rule(utc_now())]


def test_both_rules_are_known_to_the_evaluation():
    rules = {rule.name: rule for rule in all_rules()}
    assert rules["agent_below_target"].check is below_target
    assert rules["agent_below_target"].keeps is still_near_target
    assert rules["agent_without_data"].check is without_data


def test_an_empty_database_has_no_findings():
    assert below_target(utc_now()) == without_data(utc_now()) == []


def test_an_agent_below_its_target_is_found_with_its_numbers():
    set_agent("agent_8", quality_target=9.5, priority="critical")
    set_agent("agent_1", quality_target=7.0)
    row = make_metric("agent_8", quality=8.0)
    make_metric("agent_1", quality=7.0)
    make_metric("agent_2", quality=0.0)
    (finding,) = below_target(utc_now())
    assert (finding.subject, finding.agent_id) == ("agent_8", "agent_8")
    assert (finding.value, finding.threshold) == (8.0, 9.5)
    assert finding.level == "critical"
    assert finding.began_at == row.timestamp
    assert finding.message == "Prompt Refiner (agent_8) has quality 8.00, below its target of 9.5."


def test_an_agent_without_data_is_not_below_its_target():
    set_agent("agent_1", quality_target=9.0)
    make_metric("agent_1", days_ago=1, quality=1.0)
    make_metric("agent_1", quality=None)
    assert subjects(below_target) == []
    assert not still_near_target(utc_now(), "agent_1")


def test_a_disabled_agent_is_never_found():
    set_agent("agent_1", quality_target=9.0, enabled=False)
    make_metric("agent_1", quality=1.0)
    make_metric("agent_2", days_ago=1)
    set_agent("agent_3", enabled=False)
    make_metric("agent_3", quality=None)
    assert subjects(below_target) == subjects(without_data) == []
    assert not still_near_target(utc_now(), "agent_1")


@pytest.mark.parametrize(
    ("quality", "target", "kept"),
    [(8.05, 8.0, True), (8.1, 8.0, False), (9.0, 8.0, False), (10.0, 10.0, False)],
)
def test_an_alert_ends_only_a_little_above_the_target(quality, target, kept):
    set_agent("agent_1", quality_target=target)
    make_metric("agent_1", quality=quality)
    assert subjects(below_target) == []
    assert still_near_target(utc_now(), "agent_1") is kept


def test_an_alert_ends_when_its_target_is_taken_away():
    make_metric("agent_1", quality=1.0)
    assert not still_near_target(utc_now(), "agent_1")
    assert not still_near_target(utc_now(), "agent_99")


def test_an_agent_without_data_for_two_nights_is_found():
    for days_ago in (3, 1):  # nobody was trained two days ago
        make_metric("agent_1", days_ago=days_ago)
        make_metric("agent_5a", days_ago=days_ago, quality=None)
    (finding,) = without_data(utc_now())
    assert (finding.subject, finding.level, finding.value) == ("agent_5a", "warning", None)
    first, last = today() - timedelta(days=3), today() - timedelta(days=1)
    assert finding.began_at == start_of_night(first)
    assert finding.message.endswith(f"has given no data for 2 nights, {first} to {last}.")


def test_one_night_without_data_is_no_alert():
    make_metric("agent_1", days_ago=1)
    make_metric("agent_1", quality=None)
    make_metric("agent_2", quality=None)
    make_metric("agent_2", days_ago=1, quality=None)
    assert subjects(without_data) == ["agent_2"]


def test_the_first_night_alone_tells_nothing():
    make_metric("agent_1", quality=None)
    assert subjects(without_data) == []


def test_an_agent_that_vanished_from_the_reports_is_found_one_never_there_is_not():
    make_metric("agent_1", days_ago=2)
    for days_ago in (1, 0):
        make_metric("agent_2", days_ago=days_ago)
    assert subjects(without_data) == ["agent_1"]
