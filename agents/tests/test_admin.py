"""The admin pages of agents."""

import pytest
from django.test import Client

from agents.models import Agent
from agents.tests.factories import make_metric

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin_user) -> Client:
    client = Client(HTTP_HOST="127.0.0.1:5000")
    client.force_login(admin_user)
    return client


@pytest.mark.parametrize(
    "query", ["", "?agent_id=agent_1", "?timestamp__year=2026", "?agent_id=agent_99"]
)
def test_rows_are_listed_and_filtered(browser: Client, query: str):
    make_metric("agent_1", quality=None)
    make_metric("agent_2")
    response = browser.get(f"/admin/agents/agentmetric/{query}")
    assert response.status_code == 200, response.content


def test_rows_cannot_be_changed(browser: Client):
    row = make_metric()
    page = browser.get(f"/admin/agents/agentmetric/{row.pk}/change/")
    assert page.status_code == 200
    assert browser.post(f"/admin/agents/agentmetric/{row.pk}/change/", {}).status_code == 403
    assert browser.get("/admin/agents/agentmetric/add/").status_code == 403
    assert browser.post(f"/admin/agents/agentmetric/{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize("query", ["", "?q=prompt", "?enabled__exact=1&priority__exact=medium"])
def test_agents_are_listed_and_searched(browser: Client, query: str):
    response = browser.get(f"/admin/agents/agent/{query}")
    assert response.status_code == 200
    assert "Prompt Refiner" in response.content.decode()


def test_name_description_and_target_can_be_edited_and_nothing_else(browser: Client):
    response = browser.post(
        "/admin/agents/agent/agent_8/change/",
        {
            "name": "Refiner",
            "description": "d",
            "quality_target": "9.5",
            "enabled": "",
            "priority": "low",
        },
    )
    assert response.status_code == 302, response.content
    agent = Agent.objects.get(pk="agent_8")
    assert (agent.name, agent.description, agent.quality_target) == ("Refiner", "d", 9.5)
    assert (agent.enabled, agent.priority) == (True, "medium")
    assert agent.edited_fields == ["description", "name", "quality_target"]


def test_only_what_was_changed_counts_as_edited_and_can_be_given_back(browser: Client):
    before = Agent.objects.get(pk="agent_8")
    data = {"name": before.name, "description": before.description, "quality_target": "9.5"}
    browser.post("/admin/agents/agent/agent_8/change/", data)
    assert Agent.objects.get(pk="agent_8").edited_fields == ["quality_target"]
    action = {"action": "follow_configuration", "_selected_action": ["agent_8"]}
    page = browser.post("/admin/agents/agent/", action, follow=True)
    assert "1 agent takes its values" in page.content.decode()
    assert Agent.objects.get(pk="agent_8").edited_fields == []


def test_a_target_out_of_range_is_refused(browser: Client):
    data = {"name": "Refiner", "description": "", "quality_target": "10.5"}
    response = browser.post("/admin/agents/agent/agent_8/change/", data)
    assert response.status_code == 200
    assert Agent.objects.get(pk="agent_8").quality_target is None


def test_a_new_agent_gets_its_place_in_the_natural_order(browser: Client):
    data = {"id": "agent_3b", "name": "New", "description": "", "priority": "high", "enabled": "on"}
    response = browser.post("/admin/agents/agent/add/", data)
    assert response.status_code == 302, response.content
    ids = list(Agent.objects.in_natural_order().values_list("pk", flat=True))
    assert ids[2:5] == ["agent_3", "agent_3b", "agent_4"]


def test_an_agent_is_never_deleted(browser: Client):
    assert browser.post("/admin/agents/agent/agent_1/delete/", {"post": "yes"}).status_code == 403
    assert Agent.objects.filter(pk="agent_1").exists()
