"""Reads that cost no body while nothing changed: ETag, Last-Modified, 304.

Answers below /api/ get the hash of their body as ETag. A view whose body tells the
time of the answer makes its own with `tag_without`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control
from django.utils.http import http_date

from common.clock import utc_now
from common.json_text import dumps

#: Last-Modified has whole seconds: of something that changes now it could hide a change.
SETTLED = timedelta(seconds=2)


class ConditionalReads(ConditionalGetMiddleware):
    """Middleware: answers 304 where the caller has what it asks for.

    Stands inside of compression, so that the tag is that of the content. Whoever
    keeps an answer asks again before showing it, and shared caches keep none.
    """

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if not request.path.startswith("/api") or request.method not in {"GET", "HEAD"}:
            return response  # type: ignore[no-any-return]
        if response.status_code in {200, 206} and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return super().process_response(request, response)

    def needs_etag(self, response: Any) -> bool:
        return response.status_code == 200 and super().needs_etag(response)


def tag_without(body: Mapping[str, Any], *volatile: str) -> str:
    """Return a weak ETag of a body that is the same whatever the `volatile` keys hold."""
    steady = {key: value for key, value in body.items() if key not in volatile}
    text = dumps(steady, option=orjson.OPT_SORT_KEYS, default=str)
    return f'W/"{hashlib.blake2b(text, digest_size=16).hexdigest()}"'


def last_modified(moment: datetime) -> dict[str, str]:
    """Return the header Last-Modified, or none while the change is too young to be told by it."""
    if utc_now() - moment < SETTLED:
        return {}
    return {"Last-Modified": http_date(moment.timestamp())}
