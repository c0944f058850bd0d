"""The admin page of metrics."""

import pytest
from django.test import Client

from metrics.tests.factories import make_metric

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin_user) -> Client:
    client = Client(HTTP_HOST="127.0.0.1:5000")
    client.force_login(admin_user)
    return client


@pytest.mark.parametrize(
    "query", ["", "?metric_type=load", "?agent_id=agent_1", "?timestamp__year=2026"]
)
def test_metrics_are_listed_and_filtered(browser: Client, query: str):
    make_metric("load", agent_id="agent_1")
    make_metric("quality")
    response = browser.get(f"/admin/metrics/metric/{query}")
    assert response.status_code == 200, response.content


def test_metrics_cannot_be_changed(browser: Client):
    row = make_metric()
    assert browser.get(f"/admin/metrics/metric/{row.pk}/change/").status_code == 200
    assert browser.post(f"/admin/metrics/metric/{row.pk}/change/", {}).status_code == 403
    assert browser.post(f"/admin/metrics/metric/{row.pk}/delete/").status_code == 403
