"""Compression of answers for clients that take it."""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_REFUSED = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """Middleware: gzip, except where it is refused or offsets are counted in bytes.

    Django's own takes `gzip;q=0` for an acceptance (RFC 9110, section 12.4.2).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_refused = _REFUSED.search(request.headers.get("Accept-Encoding", ""))
        if is_refused or response.headers.get("Accept-Ranges") == "bytes":
            return response
        return super().process_response(request, response)
