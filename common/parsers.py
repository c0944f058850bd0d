"""Parser of request bodies: JSON only, of bounded size and depth."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework import exceptions, parsers, status


class BodyTooLargeError(exceptions.APIException):
    """The body is larger than MAX_JSON_BODY_BYTES (413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class EncodedBodyError(exceptions.APIException):
    """The body is compressed, which hides its size until it is unpacked (415)."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"


#: Lists and objects within each other. What is deeper could be read, but not written again.
MAX_DEPTH = 32


class JSONBodyParser(parsers.BaseParser):
    """Parse `application/json` with orjson, which refuses NaN and infinity.

    Forms are not accepted anywhere: they are what another website can send.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        encoding = (parser_context or {})["request"].headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise EncodedBodyError(f"A body with Content-Encoding {encoding[:20]} is not taken.")
        limit: int = settings.MAX_JSON_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLargeError(f"The body must be at most {limit} bytes.")
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(
                f"The body is not valid JSON: {error.msg} (line {error.lineno}, "
                f"column {error.colno})."
            ) from None
        if not _is_flat_enough(data):
            raise exceptions.ParseError(f"The body must be nested at most {MAX_DEPTH} levels deep.")
        return data


def _is_flat_enough(data: Any) -> bool:
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return True
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return not level
