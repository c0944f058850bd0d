"""The OpenAPI document: which routes are in it, and what no single route can say."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from common.schema import error_components

#: Answers of a small pipeline, by operation; the tests rewrite them (see CONTRIBUTING.md).
EXAMPLES = Path(__file__).with_name("openapi_examples.json")

_INTRODUCTION = """\
Everything the dashboard shows and does. `/api/v1/` is the documented address, `/api/` the
same; a path answers the same with a slash at its end.

Times are ISO 8601 with an offset. What nobody measured is `null`, never 0. Every error has
the body `Error`. On the machine itself, with AUTH_MODE `local`, no credentials are needed.

Polled answers carry an `ETag`: a GET with `If-None-Match` is answered with 304 while nothing
changed. Live updates are told by the WebSocket at `/ws/dashboard` (see docs/clients.md).
"""
_VARIABLES = {
    "agent_id": ("Id of an agent.", "agent_5a"),
    "alert_id": ("Id of an alert.", 1),
    "id": ("Its id, or the number of a revision.", 1),
    "metric_name": ("Name of a metric.", "quality"),
    "project_id": ("Id of a project.", 1),
}


def documented_routes(endpoints: list[Any], **_: Any) -> list[Any]:
    """Keep the versioned routes, each once and without the slash at its end.

    The root answers the same as `endpoints` and is left out.
    """
    kept: dict[tuple[str, str], Any] = {}
    for path, regex, method, callback in endpoints:
        path = path.rstrip("/")
        if path.startswith("/api/v1/"):
            kept.setdefault((path, method), (path, regex, method, callback))
    return list(kept.values())


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the introduction, the errors, the meaning of path variables and the examples."""
    result["info"]["description"] = _INTRODUCTION
    for name, parts in error_components().items():
        merged = {**result["components"].get(name, {}), **parts}
        result["components"][name] = dict(sorted(merged.items()))
    _drop_marks(result)
    for path in result["paths"].values():
        for operation in path.values():
            _describe_variables(operation)
            _add_example(operation)
    return result


def _drop_marks(node: Any) -> None:
    """Remove what the generator notes for its own use."""
    if isinstance(node, dict):
        node.pop("x-spec-enum-id", None)
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            _drop_marks(inner)


def _describe_variables(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["name"] in _VARIABLES:
            meaning, example = _VARIABLES[parameter["name"]]
            parameter["description"] = meaning
            if parameter["schema"]["type"] == ("integer" if example == 1 else "string"):
                parameter["example"] = example


def _add_example(operation: dict[str, Any]) -> None:
    example = _examples().get(operation["operationId"])
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    if example is not None and answer is not None:
        answer["example"] = example


@cache
def _examples() -> dict[str, Any]:
    return dict(json.loads(EXAMPLES.read_text())) if EXAMPLES.exists() else {}
