"""Adding agents, and replacing what a session gave for them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from agents.models import Agent, AgentMetric
from agents.services import (
    AgentFound,
    AgentValues,
    replace_session_agent_metrics,
    upsert_agents,
)

pytestmark = pytest.mark.django_db

FIRST_NIGHT = datetime(2025, 11, 1, 3, tzinfo=UTC)


def store(session_id: int, night: int, **qualities: float | None) -> None:
    """Store a session `night` days after the first one, with the qualities of agents."""
    moment = FIRST_NIGHT + timedelta(days=night)
    values = [
        AgentValues(agent_id, moment, "no_data" if quality is None else "trained", quality)
        for agent_id, quality in qualities.items()
    ]
    replace_session_agent_metrics(session_id=session_id, night=moment.date(), values=values)


def differences(agent_id: str = "agent_1") -> Sequence[float | None]:
    rows = AgentMetric.objects.for_agent(agent_id).order_by("timestamp")
    return list(rows.values_list("improvement_computed", flat=True))


def test_a_new_agent_is_added_with_a_name_and_its_place_in_the_order():
    assert upsert_agents(found=[AgentFound("agent_2b"), AgentFound("music_producer")]) == 2
    assert Agent.objects.get(pk="music_producer").name == "Music Producer"
    ids = list(Agent.objects.in_natural_order().values_list("pk", flat=True))
    assert ids.index("agent_2b") == ids.index("agent_2") + 1


def test_only_what_is_known_and_differs_is_changed():
    before = Agent.objects.get(pk="agent_1")
    assert upsert_agents(found=[AgentFound("agent_1", name=before.name)]) == 0
    assert upsert_agents(found=[AgentFound("agent_1", enabled=False, quality_target=9)]) == 1
    agent = Agent.objects.get(pk="agent_1")
    assert (agent.name, agent.enabled, agent.quality_target) == (before.name, False, 9)


def test_finding_no_agents_changes_nothing():
    assert upsert_agents(found=[]) == 0


def test_rows_of_agents_that_stay_keep_their_id_and_others_go():
    store(1, 0, agent_1=7.0, agent_2=8.0)
    kept = AgentMetric.objects.get(agent_id="agent_1").pk
    store(1, 0, agent_1=7.5, agent_3=6.0)
    rows = dict(AgentMetric.objects.values_list("agent_id", "pk"))
    assert rows.keys() == {"agent_1", "agent_3"}
    assert rows["agent_1"] == kept


def test_a_session_without_agents_loses_its_rows():
    store(1, 0, agent_1=7.0)
    store(1, 0)
    assert not AgentMetric.objects.exists()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_the_difference_is_the_same_in_whatever_order_nights_arrive(order: tuple[int, ...]):
    qualities = (7.0, None, 7.7, 8.0)
    for night in order:
        store(night + 1, night, agent_1=qualities[night])
    assert differences() == [None, None, 0.7, 0.3]


def test_a_night_that_moves_leaves_right_differences_behind_and_ahead():
    for night, quality in enumerate((7.0, 7.5, 8.5, 9.0)):
        store(night + 1, night * 2, agent_1=quality)
    store(2, 5, agent_1=7.5)
    assert differences() == [None, 1.5, -1.0, 1.5]


def test_an_agent_that_vanishes_from_a_session_leaves_right_differences():
    for night, quality in enumerate((7.0, 7.5, 8.5)):
        store(night + 1, night, agent_1=quality, agent_2=quality)
    store(2, 1, agent_2=7.5)
    assert differences() == [None, 1.5]
    assert differences("agent_2") == [None, 0.5, 1.0]


@pytest.mark.parametrize(
    ("outcome", "quality", "status"),
    [
        ("trained", 7.0, "online"),
        ("trained", None, "online"),
        ("failed", 6.0, "online"),
        ("failed", None, "offline"),
        ("no_data", None, "offline"),
        ("skipped", None, "offline"),
    ],
)
def test_an_agent_is_online_if_there_was_data(outcome: str, quality: float | None, status: str):
    value = AgentValues("agent_1", FIRST_NIGHT, outcome, quality)
    replace_session_agent_metrics(session_id=1, night=date(2025, 11, 1), values=[value])
    assert AgentMetric.objects.get().status == status
