"""Every route, every method, every kind of caller: who gets in.

A new route fails here until it has a row.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.tests.factories import make_token, make_user, token_client
from dashboard_site.endpoints import endpoints

pytestmark = pytest.mark.django_db

#: Method and route → the scope it needs.
NEEDS = {
    "GET /api": "read",
    "GET /api/agents/<agent_id>": "read",
    "GET /api/agents/<agent_id>/metrics": "read",
    "GET /api/agents/health": "read",
    "GET /api/agents/status": "read",
    "GET /api/dashboard/overview": "read",
    "GET /api/dashboard/quick-stats": "read",
    "GET /api/docs": "read",
    "GET /api/endpoints": "read",
    "GET /api/logs/events": "read",
    "POST /api/logs/events": "push",
    "GET /api/logs/events/<pk>": "read",
    "GET /api/logs/export": "read",
    "GET /api/logs/signatures": "read",
    "GET /api/logs/training": "read",
    "GET /api/metrics": "read",
    "POST /api/metrics": "push",
    "GET /api/metrics/comparison": "read",
    "GET /api/metrics/history/<metric_name>": "read",
    "GET /api/metrics/quality": "read",
    "GET /api/metrics/trends": "read",
    "GET /api/redoc": "read",
    "GET /api/schema": "read",
    "GET /api/status": "read",
    "DELETE /api/storyboard/project/<pk>": "control",
    "GET /api/storyboard/project/<pk>": "read",
    "PATCH /api/storyboard/project/<pk>": "control",
    "PUT /api/storyboard/project/<pk>": "control",
    "POST /api/storyboard/project/<pk>/duplicate": "control",
    "POST /api/storyboard/project/<pk>/restore": "control",
    "GET /api/storyboard/project/<project_id>/export": "read",
    "POST /api/storyboard/project/<project_id>/export": "read",
    "GET /api/storyboard/project/<project_id>/revisions": "read",
    "GET /api/storyboard/project/<project_id>/revisions/<pk>": "read",
    "POST /api/storyboard/project/<project_id>/revisions/<pk>/restore": "control",
    "GET /api/storyboard/project/<project_id>/scenes": "read",
    "POST /api/storyboard/project/<project_id>/scenes": "control",
    "DELETE /api/storyboard/project/<project_id>/scenes/<pk>": "control",
    "GET /api/storyboard/project/<project_id>/scenes/<pk>": "read",
    "PATCH /api/storyboard/project/<project_id>/scenes/<pk>": "control",
    "POST /api/storyboard/project/<project_id>/scenes/<pk>/duplicate": "control",
    "POST /api/storyboard/project/<project_id>/scenes/<pk>/restore": "control",
    "DELETE /api/storyboard/project/<project_id>/scenes/<pk>/thumbnail": "control",
    "PUT /api/storyboard/project/<project_id>/scenes/<pk>/thumbnail": "control",
    "POST /api/storyboard/project/<project_id>/scenes/reorder": "control",
    "POST /api/storyboard/project/create": "control",
    "GET /api/storyboard/projects": "read",
    "POST /api/storyboard/projects/import": "control",
    "GET /api/storyboard/thumbnails/<pk>": "read",
    "GET /api/storyboard/videos": "read",
    "GET /api/system/alerts": "read",
    "POST /api/system/alerts/<alert_id>/acknowledge": "control",
    "GET /api/system/errors": "read",
    "GET /api/system/health": "read",
    "GET /api/system/health/history": "read",
    "GET /api/system/logs/recent": "read",
    "GET /api/training/history": "read",
    "GET /api/training/schedule": "read",
    "PATCH /api/training/schedule": "control",
    "GET /api/training/sessions": "read",
    "GET /api/training/sessions/<pk>": "read",
    "GET /api/training/sessions/<pk>/log": "read",
    "POST /api/training/start": "control",
    "GET /api/training/status": "read",
    "POST /api/training/stop": "control",
}
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


def machine() -> APIClient:
    return APIClient(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:5000")


def stranger() -> APIClient:
    return APIClient(REMOTE_ADDR="192.0.2.7", HTTP_HOST="127.0.0.1:5000")


def user(role: str | None, client: Callable[[], APIClient] = stranger) -> APIClient:
    signed_in = client()
    signed_in.force_login(make_user(role=role))
    return signed_in


def token(*scopes: str, role: str = "operator") -> APIClient:
    return token_client(make_token(*scopes, user=make_user(role=role))[1])


ALL = {"read", "push", "control"}
#: Caller → (AUTH_MODE, how to make one, the scopes it has).
CALLERS: dict[str, tuple[str, Callable[[], APIClient], set[str]]] = {
    "this machine": ("local", machine, ALL),
    "this machine, required": ("required", machine, set()),
    "this machine, open-read": ("open-read", machine, {"read"}),
    "this machine, required, viewer": ("required", lambda: user("viewer", machine), {"read"}),
    "stranger": ("local", stranger, set()),
    "stranger, required": ("required", stranger, set()),
    "stranger, open-read": ("open-read", stranger, {"read"}),
    "without a role": ("local", lambda: user(None), set()),
    "viewer": ("local", lambda: user("viewer"), {"read"}),
    "viewer, open-read": ("open-read", lambda: user("viewer"), {"read"}),
    "operator": ("local", lambda: user("operator"), ALL),
    "operator, required": ("required", lambda: user("operator"), ALL),
    "admin": ("local", lambda: user("admin"), ALL),
    "token for reading": ("local", lambda: token("read"), {"read"}),
    "token for pushing": ("required", lambda: token("push"), {"push"}),
    "token for pushing, open-read": ("open-read", lambda: token("push"), {"push"}),
    "token for control": ("local", lambda: token("control"), {"control"}),
    "token for all": ("required", lambda: token(*ALL), ALL),
    "token for all of a viewer": ("local", lambda: token(*ALL, role="viewer"), {"read"}),
}


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_RATE_LIMIT = 0


def address_of(route: str) -> str:
    return re.sub(r"<\w+>", "b" * 64 + ".jpg" if "thumbnails" in route else "987654321", route)


def call(client: APIClient, method: str, route: str) -> int:
    # Nothing is started by this body, whatever route takes it.
    return client.generic(
        method, address_of(route), '{"dry_run": true}', content_type="application/json"
    ).status_code


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield (method, route, scope), with the methods that go with GET."""
    for row, scope in NEEDS.items():
        method, route = row.split(" ", 1)
        yield method, route, scope
        if method == "GET":
            yield "HEAD", route, scope
            yield "OPTIONS", route, scope


def test_every_route_has_a_row_and_every_row_a_route():
    offered = {f"{method} {entry.endpoint}" for entry in endpoints() for method in entry.methods}
    assert set(NEEDS) == offered


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_gets_in_exactly_where_its_scopes_let_it(caller, settings):
    settings.AUTH_MODE, make, scopes = CALLERS[caller]
    client = make()
    wrong = {}
    for method, route, scope in rows():
        status = call(client, method, route)
        may = scope in scopes
        if (status in {401, 403}) is may or status >= 500:
            wrong[f"{method} {route}"] = status
    assert not wrong


@pytest.mark.parametrize("method", METHODS)
def test_who_is_not_known_gets_nothing_by_any_method(method, settings):
    settings.AUTH_MODE = "required"
    client = stranger()
    routes = {route for _, route, _ in rows()}
    assert {call(client, method, route) for route in routes} == {401}


@pytest.mark.parametrize("method", [name for name in METHODS if name != "OPTIONS"])
def test_nobody_changes_anything_where_all_may_read(method, settings):
    settings.AUTH_MODE = "open-read"
    client = stranger()
    allowed = {route for _, route, scope in rows() if call(client, method, route) < 400}
    reading = {route for _, route, scope in rows() if scope == "read"}
    assert allowed <= reading


#: Route outside of /api/ → what a stranger gets where credentials are required.
OUTSIDE = {
    "": {302},
    "healthz": {200},
    "readyz": {200, 503},
    "metrics": {401},
    "sign-in": {200},
    "sign-out": {405},
    "admin/": {302},
}


def outer_routes() -> Iterator[str]:
    for pattern in get_resolver().url_patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver) and route == "":
            yield from (str(inner.pattern) for inner in pattern.url_patterns)
        elif "api" not in route:
            yield route


def test_every_route_outside_of_the_api_has_a_row():
    assert set(outer_routes()) == set(OUTSIDE)


@pytest.mark.parametrize("route", OUTSIDE)
def test_a_stranger_outside_of_the_api_gets_what_everybody_may_see(route, settings):
    settings.AUTH_MODE = "required"
    assert stranger().get(f"/{route}").status_code in OUTSIDE[route]


def test_figures_for_prometheus_need_the_scope_for_reading():
    assert token("read").get("/metrics").status_code == 200
    assert token_client(make_token("push")[1]).get("/metrics").status_code == 403


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_the_admin_is_closed_to_who_is_not_staff(role):
    assert user(role).get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("mode", "make", "status"),
    [
        ("local", machine, 200),
        ("local", stranger, 302),
        ("required", machine, 302),
        ("required", stranger, 302),
        ("open-read", stranger, 200),
        ("required", lambda: user("viewer"), 200),
        ("local", lambda: user(None), 403),
    ],
)
def test_the_page_follows_the_rule_for_reading(mode, make, status, settings):
    settings.AUTH_MODE = mode
    assert make().get("/").status_code == status
