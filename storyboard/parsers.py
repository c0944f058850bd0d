"""Parser of uploaded pictures: the raw body, of bounded size."""

from collections.abc import Mapping
from typing import Any

from rest_framework import parsers

from common.parsers import BodyTooLargeError
from storyboard.thumbnails import MAX_BYTES


class PictureParser(parsers.BaseParser):
    """Hand on the bytes of the body, whatever type they claim to be: the content decides."""

    media_type = "*/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise BodyTooLargeError(f"A picture must be at most {MAX_BYTES // 1_000_000} MB.")
        return body
