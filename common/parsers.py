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


class JSONBodyParser(parsers.BaseParser):
    """Parse `application/json` with orjson, which refuses NaN, infinity and deep nesting.

    Forms are not accepted anywhere: they are what another website can send.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit: int = settings.MAX_JSON_BODY_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLargeError(f"The body must be at most {limit} bytes.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(
                f"The body is not valid JSON: {error.msg} (line {error.lineno}, "
                f"column {error.colno})."
            ) from None
