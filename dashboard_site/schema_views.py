"""The OpenAPI document and two pages that show it: /api/schema, /api/docs, /api/redoc.

Scripts and styles are the sidecar's static files: nothing is asked of other servers.
"""

from typing import Any

from drf_spectacular import views
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard_site.headers import DEFAULT_POLICY

#: Redoc searches in a worker made of a blob; both draw with inline styles and data pictures.
_PAGE_POLICY = f"{DEFAULT_POLICY}; worker-src blob:"


class SchemaView(views.SpectacularAPIView):
    """GET /api/schema: the OpenAPI document, as YAML or as `Accept` says JSON."""


class DocsView(views.SpectacularSwaggerSplitView):
    """GET /api/docs: every route in Swagger UI, to read and to try."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _guarded(super().get(request, *args, **kwargs))  # type: ignore[no-untyped-call]


class RedocView(views.SpectacularRedocView):
    """GET /api/redoc: every route in Redoc, to read."""

    template_name = "dashboard/redoc.html"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _guarded(super().get(request, *args, **kwargs))  # type: ignore[no-untyped-call]


def _guarded(response: Response) -> Response:
    response["Content-Security-Policy"] = _PAGE_POLICY
    return response
