"""What the OpenAPI document says of each route: `documented` beside an action, the rest derived.

@documented(AgentSerializer, params=AgentParams)
def retrieve(self, request, agent_id): ...

Summary and description are the docstring. Which errors a route can answer follows
from what it takes; `errors` adds those of its own.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from inspect import getdoc
from typing import Any, TypeVar

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import is_list_serializer
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.serializers import BaseSerializer, Serializer

from common.params import QueryParams

Action = TypeVar("Action", bound=Callable[..., Any])
Shape = type[BaseSerializer[Any]] | BaseSerializer[Any] | dict[str, Any] | None

_METHOD_AND_PATH = re.compile(
    r"^(?:(?:GET|POST|PUT|PATCH|DELETE)(?:, | or | and )?)+\s+\S+\s*[:-]\s*"
)
_VARIABLE = r"\(\?P<{name}>((?:[^()\[\]]|\[[^\]]*\])+)\)"
_DIGITS = re.compile(r"(?:\\d|\[0-9\])\{1,(\d+)\}")
# RFC 9110's names, which Python has from 3.13 on: the document may not depend on its version.
_RENAMED = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}

#: What every error stands for, by status.
ERRORS: dict[int, tuple[str, str]] = {
    400: ("invalid", "A parameter or the body is wrong; `details` names each field."),
    401: ("not_authenticated", "Credentials are missing or not valid."),
    403: ("permission_denied", "The caller may not do this."),
    404: ("not_found", "There is no such thing."),
    409: ("conflict", "The state forbids it."),
    412: ("precondition_failed", "It was changed since the version that If-Match names."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_media_type", "The body is of a type this route does not take."),
    416: ("range_not_satisfiable", "The range lies outside the file."),
    429: ("throttled", "Too many calls; Retry-After says when the next may come."),
    500: ("internal_error", "Something went wrong; the log has the details under `error_id`."),
    503: ("unavailable", "Something the answer depends on is down. Try again later."),
}
_ALWAYS = (401, 403, 429, 500, 503)

TEXT: dict[str, Any] = {"type": "string"}
OBJECT: dict[str, Any] = {"type": "object"}
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
IF_MATCH = OpenApiParameter(
    "If-Match",
    type={"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,9}(-[0-9a-f]+)?")$'},
    location=OpenApiParameter.HEADER,
    description="ETag of the project as it was read: if it was changed since, nothing is done.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    type={"type": "string", "pattern": "^[!-~]{1,200}$"},
    location=OpenApiParameter.HEADER,
    description="The same key again does nothing and gets the first answer.",
)


@dataclass(frozen=True)
class OneOrMany:
    """A body that is one thing of a shape, or a list of 1 to `most` of them."""

    shape: type[Serializer[Any]]
    most: int


@dataclass(frozen=True)
class Documentation:
    """What one action takes and answers, as far as its code does not tell."""

    answers: Mapping[int, Shape]
    params: type[QueryParams] | None = None
    body: Any = None
    example: Any = None
    errors: tuple[int, ...] = ()
    media_types: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[OpenApiParameter, ...] = ()
    paged: bool = False
    filtered: bool = False


def documented(
    shape: Shape = None,
    *,
    status: int = 200,
    also: Mapping[int, Shape] | None = None,
    **rest: Any,
) -> Callable[[Action], Action]:
    """Say what an action answers: `shape` with `status`, and `also` others.

    `paged` lists take the parameters of paging and of the view's filters, `filtered`
    ones those of the filters only. `media_types` are those of an answer that is a
    file. See `Documentation` for the rest.
    """

    def keep(action: Action) -> Action:
        answers = {status: shape, **(also or {})}
        action.documentation = Documentation(answers, **rest)  # type: ignore[attr-defined]
        return action

    return keep


def summary_and_description(function: Any) -> tuple[str, str]:
    """Return the first line of a docstring without method and path, and what follows it."""
    first, _, rest = (getdoc(function) or "").strip().partition("\n")
    return _METHOD_AND_PATH.sub("", first), rest.strip()


class ApiSchema(AutoSchema):
    """One operation of the document, read from the action's docstring and `documented`."""

    view: Any

    @property
    def _action(self) -> Any:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name)

    @property
    def _documentation(self) -> Documentation:
        found: Documentation | None = getattr(self._action, "documentation", None)
        if found is None:
            raise TypeError(f"{self.method} {self.path}: decorate the action with @documented.")
        return found

    def is_excluded(self) -> bool:
        return not hasattr(self._action, "documentation")

    def get_operation_id(self) -> str:
        base = getattr(self.view, "basename", None)
        if base is None:
            return str(type(self.view).__name__.removesuffix("View").lower())
        return f"{base}_{self.view.action}".replace("-", "_")

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_summary(self) -> str:
        text = summary_and_description(self._action)[0].rstrip(".")
        return text[:1].upper() + text[1:]

    def get_description(self) -> str:  # type: ignore[override]  # as in AutoSchema
        return summary_and_description(self._action)[1]

    def get_request_serializer(self) -> Any:
        body = self._documentation.body
        if not isinstance(body, OneOrMany):
            return body
        one = self.resolve_serializer(body.shape, "request").ref
        several = {"type": "array", "items": one, "minItems": 1, "maxItems": body.most}
        return {"application/json": {"oneOf": [one, several]}}

    def get_response_serializers(self) -> Any:
        known = self._documentation
        if not known.media_types:
            return dict(known.answers)
        return {
            (status, media_type): shape
            for status in known.answers
            for media_type, shape in known.media_types.items()
        }

    def get_examples(self) -> list[OpenApiExample]:
        example = self._documentation.example
        if example is None:
            return []
        return [OpenApiExample("Example", value=example, request_only=True)]

    def get_override_parameters(self) -> list[Any]:
        known = self._documentation
        return [*([known.params] if known.params else []), *known.headers]

    def get_filter_backends(self) -> list[Any]:
        known = self._documentation
        return list(self.view.filter_backends) if known.paged or known.filtered else []

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """Say that an empty filter is none, as forms send it."""
        parameters: list[dict[str, Any]] = super()._get_filter_parameters()  # type: ignore[no-untyped-call]
        return [
            parameter
            if parameter["schema"].get("type") == "array"
            else {**parameter, "allowEmptyValue": True}
            for parameter in parameters
        ]

    def _is_list_view(self, serializer: Any = None) -> bool:
        if serializer is None:
            serializer = next(iter(self._documentation.answers.values()))
        return bool(is_list_serializer(serializer))

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """Say that answers always have all keys, and what a shape's `Meta.further_keys` hold."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if direction == "response" and schema.get("properties"):
            schema["required"] = list(schema["properties"])
            for part in schema["properties"].values():
                _forget_column_size(part)
        further = getattr(getattr(serializer, "Meta", None), "further_keys", None)
        if further is not None:
            schema["additionalProperties"] = self._map_serializer_field(  # type: ignore[no-untyped-call]
                further, direction
            )
        return schema

    def _get_paginator(self) -> Any:
        return self.view.paginator if self._documentation.paged else None

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {"in": "path", "name": name, "required": True, "schema": self._variable_schema(name)}
            for name in variables
        ]

    def _variable_schema(self, name: str) -> dict[str, Any]:
        """Return what a variable of the path may be, from the route's regular expression."""
        group = "pk" if name == "id" else name
        match = re.search(_VARIABLE.format(name=group), self.path_regex)
        pattern = match[1] if match else "[^/]+"
        if digits := _DIGITS.fullmatch(pattern):
            return {"type": "integer", "minimum": 0, "maximum": 10 ** int(digits[1]) - 1}
        return {"type": "string", "pattern": f"^{pattern}$"}

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            for status, response in operation["responses"].items():
                response["description"] = response["description"] or _phrase(int(status))
            for status in sorted(self._error_statuses(operation)):
                reference = {"$ref": f"#/components/responses/{_component_name(status)}"}
                operation["responses"][str(status)] = reference
        return operation

    def _error_statuses(self, operation: Mapping[str, Any]) -> set[int]:
        known = self._documentation
        statuses = {*_ALWAYS, *known.errors}
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        if "query" in places or known.body is not None:
            statuses.add(400)
        if "path" in places or known.paged:  # nor is there a page of a cursor that was made up
            statuses.add(404)
        if known.body is not None:
            statuses |= {413, 415}
        if IF_MATCH in known.headers:
            statuses.add(412)
        return statuses


def _forget_column_size(schema: dict[str, Any]) -> None:
    # What an integer column can hold depends on the database, and says nothing of the value.
    if schema.get("type") in ("integer", ["integer", "null"]):
        for key in ("minimum", "maximum", "format"):
            schema.pop(key, None)


def _phrase(status: int) -> str:
    return _RENAMED.get(status) or HTTPStatus(status).phrase


def _component_name(status: int) -> str:
    return "".join(word for word in _phrase(status).title() if word.isalpha())


def error_components() -> dict[str, Any]:
    """Return the components every operation refers to: the envelope and the errors."""
    responses = {}
    for status, (code, meaning) in ERRORS.items():
        example: dict[str, Any] = {"error": meaning, "status": status, "code": code}
        if status == 400:
            message = "days must be a whole number from 1 to 3650."
            example |= {"error": message, "details": {"days": [message]}}
        name = _component_name(status)
        responses[name] = {
            "description": meaning,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Error"},
                    "example": example,
                }
            },
        }
        if status in {429, 503}:
            responses[name]["headers"] = {
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
            }
    return {"schemas": {"Error": _ENVELOPE}, "responses": responses}


_ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "The body of every error.",
    "properties": {
        "error": {"type": "string", "description": "A sentence for people."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "code": {"type": "string", "description": "A slug that programs may branch on."},
        "details": {
            "type": "object",
            "description": "Complaints by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "error_id": {"type": "string", "description": "Under which the log has the details."},
    },
    "required": ["error", "status", "code"],
}


class WholeNumberExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The range of a `WholeNumber`."""

    target_class = "common.params.WholeNumber"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.target.low, "maximum": self.target.high}


class ChoiceExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The words of a `Choice`."""

    target_class = "common.params.Choice"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "enum": self.target.choices}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token of a program."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "From the admin or `manage.py create_token`. Not needed on the machine "
            "itself where AUTH_MODE is `local`, nor for reading where it is `open-read`.",
        }


class SignedInScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The cookie of a person who signed in; changes need the CSRF header as well."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1
