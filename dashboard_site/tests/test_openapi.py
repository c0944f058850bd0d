"""The OpenAPI document: complete, committed as it is printed, and true of every answer."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from dashboard_site.endpoints import endpoints
from dashboard_site.openapi import EXAMPLES
from dashboard_site.schema_views import PAGE_POLICY
from dashboard_site.tests.factories import make_pipeline
from logs_app.models import Event
from storyboard.models import Project, Scene
from storyboard.services import create_project
from system.models import Alert
from training.models import TrainingSession

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
#: Routes that answer with something else than JSON: their content has tests of its own.
PAGES = {"/api", "/api/schema", "/api/docs", "/api/redoc"}


@cache
def document() -> dict[str, Any]:
    whole: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return whole


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


JSON_READS = sorted(
    name
    for name, (method, _, operation) in operations().items()
    if method == "GET" and "application/json" in operation["responses"]["200"]["content"]
)


def shape_of(operation: dict[str, Any], status: str = "200") -> Draft202012Validator:
    content = operation["responses"][status]["content"]["application/json"]
    whole = {"components": document()["components"], **content["schema"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def address(path: str) -> str:
    """Fill the variables of a path with ids of rows that `make_pipeline` made."""
    project = Project.objects.order_by("-pk").first()
    session = TrainingSession.objects.order_by("-pk").first()
    newest = {
        "/storyboard/project/{project_id}/scenes/": Scene.objects.filter(project=project).first(),
        "/storyboard/project/{id}": project,
        "/training/": session,
        "/logs/": Event.objects.first(),
    }
    row = next((row for start, row in newest.items() if start in path), None)
    values = {
        "project_id": project.pk if project else 1,
        "id": row.pk if row else 1,
        "agent_id": "agent_1",
        "metric_name": "quality",
        "alert_id": getattr(Alert.objects.first(), "pk", 1),
    }
    return re.sub(r"{(\w+)}", lambda match: str(values[match[1]]), path)


def answer(api: APIClient, name: str) -> tuple[Any, Any]:
    _, path, _ = operations()[name]
    response = api.get(address(path))
    content = b"".join(response) if response.streaming else response.content
    return response, json.loads(content)


def fill() -> None:
    make_pipeline(nights=2)
    create_project(
        fields={"name": "Night run", "music": "Night Drive"},
        scenes=[{"title": "City", "description": "Neon, rain", "duration_seconds": 4.5}, {}],
        by="",
    )


def test_the_committed_document_is_the_printed_one(tmp_path):
    printed = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(printed))
    assert printed.read_text() == COMMITTED.read_text(), "make openapi"


def test_every_route_and_method_is_documented():
    routed = {
        (method, re.sub(r"<\w+>", "<>", entry.endpoint))
        for entry in endpoints()
        if entry.endpoint not in PAGES
        for method in entry.methods
    }
    documented = {
        (method, re.sub(r"{\w+}", "<>", path.replace("/api/v1/", "/api/")))
        for method, path, _ in operations().values()
    }
    assert documented == routed


@pytest.mark.parametrize("name", operations())
def test_an_operation_says_what_it_is_for_and_what_can_go_wrong(name):
    _, path, operation = operations()[name]
    assert len(operation["summary"]) > 10
    assert {"401", "403", "429", "500", "503"} <= operation["responses"].keys()
    for parameter in operation.get("parameters", []):
        assert parameter.get("description"), parameter["name"]
        if parameter["schema"].get("type") == "integer":
            assert {"minimum", "maximum"} <= parameter["schema"].keys(), parameter["name"]
    if "{" in path:
        assert "404" in operation["responses"]
    if "requestBody" in operation:
        assert {"400", "413", "415"} <= operation["responses"].keys()


@pytest.mark.parametrize("name", JSON_READS)
@pytest.mark.django_db
def test_an_answer_is_what_the_document_says(api, name):
    fill()
    response, body = answer(api, name)
    assert response.status_code == 200, body
    shape_of(operations()[name][2]).validate(body)


@pytest.mark.parametrize("name", JSON_READS)
@pytest.mark.django_db
def test_an_answer_about_nothing_is_what_the_document_says(api, name):
    response, body = answer(api, name)
    status = str(response.status_code)
    if status == "200":
        shape_of(operations()[name][2]).validate(body)
    else:
        assert status == "404"
        Draft202012Validator(document()["components"]["schemas"]["Error"]).validate(body)


@pytest.mark.parametrize("name", JSON_READS)
@pytest.mark.django_db
def test_every_read_has_an_example_that_fits(api, name):
    """UPDATE_EXAMPLES=1 rewrites the examples from answers of today."""
    if os.environ.get("UPDATE_EXAMPLES"):
        fill()
        examples = json.loads(EXAMPLES.read_text()) if EXAMPLES.exists() else {}
        examples[name] = shortened(answer(api, name)[1])
        EXAMPLES.write_text(json.dumps(dict(sorted(examples.items())), indent=2) + "\n")
    example = json.loads(EXAMPLES.read_text())[name]
    shape_of(operations()[name][2]).validate(example)


def shortened(value: Any) -> Any:
    """Keep one entry of each list of objects; the document is read by people."""
    if isinstance(value, dict):
        return {key: shortened(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shortened(value[0])]
    return value


def test_no_example_is_kept_for_an_operation_that_does_not_exist():
    assert set(json.loads(EXAMPLES.read_text())) == set(JSON_READS)


@pytest.mark.django_db
def test_the_document_is_served_as_json_and_as_yaml(api):
    as_json = api.get("/api/schema", HTTP_ACCEPT="application/json")
    assert as_json.json()["openapi"] == "3.1.0"
    assert as_json.json()["paths"].keys() == document()["paths"].keys()
    assert api.get("/api/v1/schema/").content.startswith(b"openapi: 3.1.0")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc", "/api/v1/docs/"])
def test_the_pages_load_nothing_from_elsewhere(api, path):
    response = api.get(path)
    assert response.status_code == 200
    addresses = re.findall(r'(?:src|href|spec-url)="([^"]+)"', response.content.decode())
    assert len(addresses) >= 2
    assert all(re.match(r"/(static|api)/", found) for found in addresses), addresses
    assert response["Content-Security-Policy"] == PAGE_POLICY


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema", "/api/docs", "/api/redoc"])
def test_the_document_is_shown_to_those_who_may_read(stranger, viewer_client, path):
    refusal = stranger.get(path)
    assert (refusal.status_code, refusal.json()["code"]) == (401, "not_authenticated")
    assert viewer_client.get(path).status_code == 200
