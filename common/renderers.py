"""Answers as JSON."""

from typing import Any

from drf_orjson_renderer.renderers import ORJSONRenderer

from common.json_text import bounded


class JSONRenderer(ORJSONRenderer):  # type: ignore[misc]  # it has no types
    """Renders answers with orjson, whatever numbers they have."""

    def render(self, data: Any, media_type: Any = None, renderer_context: Any = None) -> Any:
        try:
            return super().render(data, media_type, renderer_context)
        except TypeError:
            return super().render(bounded(data), media_type, renderer_context)
