"""The list of routes is read from the routes themselves."""

import re

import pytest

from dashboard_site.tests.test_contract import KEYS

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoints(api) -> list[dict]:
    return api.get("/api/endpoints").json()["endpoints"]


def test_every_route_of_the_contract_is_listed(endpoints):
    patterns = [re.sub(r"<\w+>", "[^/]+", entry["endpoint"]) for entry in endpoints]
    for route in KEYS:
        assert any(re.fullmatch(pattern, f"/api/{route}") for pattern in patterns), route


def test_each_names_its_methods_and_what_it_is_for(endpoints):
    for entry in endpoints:
        assert entry["methods"], entry
        assert entry["description"], entry
        assert not entry["endpoint"].endswith("/")
        assert not re.search(r"[\\^$?()]", entry["endpoint"]), entry


def test_each_is_listed_once_and_the_number_is_theirs(api, endpoints):
    pairs = [(entry["endpoint"], method) for entry in endpoints for method in entry["methods"]]
    assert len(pairs) == len(set(pairs))
    assert api.get("/api/endpoints").json()["count"] == len(endpoints)


def test_a_route_with_several_methods_names_each(endpoints):
    schedule = [entry for entry in endpoints if entry["endpoint"] == "/api/training/schedule"]
    methods = sorted(method for entry in schedule for method in entry["methods"])
    assert methods == ["GET", "PATCH"]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/"])
def test_the_root_lists_them_too(api, path):
    assert api.get(path).json() == api.get("/api/endpoints").json()
