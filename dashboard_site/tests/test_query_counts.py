"""The number of queries of each route is pinned and does not grow with the data.

UPDATE_QUERY_COUNTS=1 rewrites `query_counts.json`; the change then shows in the diff.
"""

import json
import os
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard_site.tests.factories import make_pipeline
from dashboard_site.tests.test_contract import KEYS, body_of

pytestmark = pytest.mark.django_db

PINNED = Path(__file__).with_name("query_counts.json")


def count_queries(api, route: str) -> int:
    for cache in caches.all(initialized_only=True):
        cache.clear()
    with CaptureQueriesContext(connection) as queries:
        response = api.get(f"/api/{route}")
        body_of(response)
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize("route", KEYS)
def test_the_number_of_queries_is_pinned_and_does_not_grow(api, route):
    make_pipeline(nights=2)
    few = count_queries(api, route)
    make_pipeline(nights=9)
    many = count_queries(api, route)
    assert many == few

    pinned = json.loads(PINNED.read_text())
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        pinned[route] = few
        PINNED.write_text(json.dumps(dict(sorted(pinned.items())), indent=2) + "\n")
    assert pinned.get(route) == few


def test_no_route_is_pinned_that_does_not_exist():
    assert set(json.loads(PINNED.read_text())) == set(KEYS)
