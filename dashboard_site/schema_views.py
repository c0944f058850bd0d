"""The OpenAPI document and two pages that show it: /api/schema, /api/docs, /api/redoc.

Scripts and styles are the sidecar's static files: nothing is asked of other servers.
"""

from typing import Any

from drf_orjson_renderer.renderers import ORJSONRenderer
from drf_spectacular import views
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard_site.headers import DEFAULT_POLICY

#: Redoc searches in a worker made of a blob; both draw with inline styles and data pictures.
PAGE_POLICY = f"{DEFAULT_POLICY}; worker-src blob:"


class _JsonErrors(APIView):
    """Errors, and what OPTIONS tells, are JSON here as everywhere."""

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().finalize_response(*args, **kwargs)
        if response.exception or self.request.method == "OPTIONS":
            response.accepted_renderer = ORJSONRenderer()
            response.accepted_media_type = ORJSONRenderer.media_type
        elif isinstance(response.accepted_renderer, TemplateHTMLRenderer):
            response["Content-Security-Policy"] = PAGE_POLICY
        return response


class SchemaView(_JsonErrors, views.SpectacularAPIView):
    """GET /api/schema: the OpenAPI document, as YAML or as `Accept` says JSON."""


class DocsView(_JsonErrors, views.SpectacularSwaggerSplitView):
    """GET /api/docs: every route in Swagger UI, to read and to try."""


class RedocView(_JsonErrors, views.SpectacularRedocView):
    """GET /api/redoc: every route in Redoc, to read."""

    template_name = "dashboard/redoc.html"
