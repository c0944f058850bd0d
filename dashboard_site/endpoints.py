"""The list of API routes, read from the routes themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from common.schema import summary_and_description

_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\]|\([^()]*\))*\)")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_API_MODULE = "dashboard_site.api_urls"


@dataclass(frozen=True)
class Endpoint:
    """One route: its path with `<names>`, the methods it answers, one line on what for."""

    endpoint: str
    methods: list[str]
    description: str


@cache
def endpoints() -> list[Endpoint]:
    """Return every route below /api/ (the versioned twins left out), sorted by path."""
    found: dict[tuple[str, str], Endpoint] = {}
    for route, callback in _api_routes():
        for methods, function in _methods(callback):
            text = _summary(function) or _summary(getattr(callback, "cls", None))
            entry = Endpoint(route, methods, text)
            found.setdefault((route, ",".join(methods)), entry)
    return sorted(found.values(), key=lambda entry: (entry.endpoint, entry.methods))


def _api_routes() -> Iterator[tuple[str, Any]]:
    return _find_api(get_resolver(), "/")


def _find_api(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the routes of the API wherever it is included, its versioned twin left out."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and not pattern.namespace:
            path = prefix + _readable(pattern.pattern)
            module = getattr(pattern.urlconf_name, "__name__", pattern.urlconf_name)
            yield from (_walk if module == _API_MODULE else _find_api)(pattern, path)


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        path = prefix + _readable(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path.rstrip("/"), pattern.callback


def _readable(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return _CONVERTER.sub(r"<\1>", str(pattern))
    if isinstance(pattern, RegexPattern):
        text = _GROUP.sub(r"<\1>", str(pattern)).replace("\\", "")
        return text.strip("^$").removesuffix("/?").removesuffix("/?$")
    return ""


def _methods(callback: Any) -> Iterator[tuple[list[str], Any]]:
    """Yield (methods, function whose docstring describes them) of one routed view."""
    view = getattr(callback, "cls", None)
    actions: dict[str, str] | None = getattr(callback, "actions", None)
    if actions:
        by_action: dict[str, list[str]] = {}
        for method, action in actions.items():
            if method != "head":
                by_action.setdefault(action, []).append(method.upper())
        for action, methods in by_action.items():
            yield sorted(methods), getattr(view, action)
    elif view is not None:
        for name in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, name):
                yield [name.upper()], getattr(view, name)


def _summary(function: Any) -> str:
    return summary_and_description(function)[0]
