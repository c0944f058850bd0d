import threading

import pytest
from django.db import connections

from common.clock import utc_now
from logs_app.models import Event
from system.evaluation import RULE_FAILS, evaluate
from system.models import Alert
from system.rules import Rule, register
from system.tests.factories import make_alert, make_finding, make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rules")]


def event_types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("event_type", flat=True))


def test_a_finding_becomes_an_alert_and_an_event():
    register(make_rule(make_finding(subject="x", agent_id="agent_1", level="critical", value=1)))
    evaluate()
    alert = Alert.objects.get()
    event = Event.objects.get()
    assert (alert.rule, alert.subject, alert.agent_id) == ("test_rule", "x", "agent_1")
    assert (alert.level, alert.value, alert.ended_at) == ("critical", 1, None)
    assert (event.event_type, event.severity) == ("alert_raised", "critical")
    assert (event.agent_id, event.metadata["alert_id"]) == ("agent_1", alert.pk)


def test_asking_twice_changes_nothing():
    register(make_rule(make_finding()))
    evaluate()
    before = Alert.objects.values().get()
    evaluate()
    assert Alert.objects.values().get() == before
    assert event_types() == ["alert_raised"]


def test_asking_without_news_writes_nothing(django_assert_num_queries):
    register(make_rule(make_finding()))
    evaluate()
    with django_assert_num_queries(3) as queries:
        evaluate()
    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)


def test_an_alert_ends_with_its_condition_and_begins_anew():
    register(make_rule(make_finding()))
    evaluate()
    register(make_rule())
    evaluate()
    assert Alert.objects.get().ended_at is not None
    register(make_rule(make_finding()))
    evaluate()
    assert Alert.objects.active().count() == 1
    assert Alert.objects.count() == 2
    assert event_types() == ["alert_raised", "alert_ended", "alert_raised"]


def test_a_rule_may_keep_an_alert_that_is_no_longer_found():
    register(make_rule(make_finding(subject="a"), make_finding(subject="b")))
    evaluate()
    register(make_rule(keeps=lambda now, subject: subject == "a"))
    evaluate()
    assert [alert.subject for alert in Alert.objects.active()] == ["a"]


def test_a_new_value_is_written_without_an_event():
    register(make_rule(make_finding(value=1)))
    evaluate()
    register(make_rule(make_finding(value=2, message="Now 2.")))
    evaluate()
    alert = Alert.objects.get()
    assert (alert.value, alert.message) == (2, "Now 2.")
    assert event_types() == ["alert_raised"]


@pytest.mark.parametrize(
    ("before", "after", "stays_acknowledged"),
    [("warning", "critical", False), ("critical", "warning", True)],
)
def test_a_new_level_is_an_event_and_a_worse_one_needs_a_look(before, after, stays_acknowledged):
    register(make_rule(make_finding(level=before)))
    evaluate()
    Alert.objects.update(acknowledged_at=utc_now(), acknowledged_by="me")
    register(make_rule(make_finding(level=after)))
    evaluate()
    alert = Alert.objects.get()
    assert (alert.level, alert.acknowledged) == (after, stays_acknowledged)
    assert event_types() == ["alert_raised", "alert_level_changed"]


def test_the_worst_of_two_findings_about_a_subject_counts():
    register(make_rule(make_finding(level="critical"), make_finding(level="warning")))
    evaluate()
    assert Alert.objects.get().level == "critical"


def test_a_failing_rule_is_reported_once_and_stops_no_other():
    def fail(now):
        raise ValueError("broken")

    make_alert(rule="bad", subject="x")
    register(Rule(name="bad", description="", check=fail))
    register(make_rule(make_finding()))
    evaluate()
    evaluate()
    assert Alert.objects.active().filter(rule="test_rule").exists()
    assert Alert.objects.active().filter(rule="bad").exists(), "nobody knows that it ended"
    assert Alert.objects.get(rule=RULE_FAILS).subject == "bad"
    assert event_types() == ["alert_raised", "alert_raised"]
    register(make_rule(name="bad"))
    evaluate()
    assert Alert.objects.get(rule=RULE_FAILS).ended_at is not None


def test_only_the_named_rules_are_asked():
    def fail(now):
        raise ValueError("broken")

    register(make_rule(make_finding(), name="a"))
    register(make_rule(make_finding(), name="b"))
    register(Rule(name="bad", description="", check=fail))
    evaluate()
    evaluate(only=["a"])
    assert Alert.objects.active().count() == 3


def test_the_alert_of_a_rule_that_is_gone_ends():
    make_alert(rule="gone")
    evaluate()
    assert Alert.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_evaluating_at_the_same_time_raises_one_alert():
    register(make_rule(make_finding()))
    begin = threading.Barrier(4)

    def run():
        try:
            begin.wait(timeout=30)
            evaluate()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert Alert.objects.count() == 1
    assert event_types() == ["alert_raised"]
