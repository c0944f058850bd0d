"""Byte ranges of files: the Range header, and the answer 206 or 416 (RFC 9110, section 14)."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from common.conditional import last_modified
from common.errors import DashboardError

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE | re.ASCII)


class RangeError(DashboardError):
    """The range lies outside the file (416); `headers` tell its size."""

    status_code = 416
    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The range lies outside the {size} bytes there are.")
        self.headers = {"Content-Range": f"bytes */{size}"}


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return (first, last) byte, both included; None where the whole file is to be sent.

    A header that is malformed or asks for several ranges is ignored, as the RFC allows.

    Raises:
        RangeError: no byte of the range exists.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    begin, end = match.groups()
    if not begin:
        length = min(int(end), size)
        if length == 0:
            raise RangeError(size)
        return size - length, size - 1
    first, last = int(begin), min(int(end) if end else size, size - 1)
    if end and int(end) < first:
        return None
    if first >= size:
        raise RangeError(size)
    return first, last


def ranged_response(
    request: HttpRequest,
    *,
    size: int,
    content_type: str,
    read: Callable[[int, int], Iterable[bytes]],
    modified_ns: int | None = None,
) -> HttpResponseBase:
    """Return a file, or the part of it that the Range header asks for.

    `read(first, last)` yields those bytes, both ends included. With `modified_ns`, as
    `stat` gives it, the answer has ETag and Last-Modified, and a part that If-Range
    asks of another version is answered with the whole file.

    Raises:
        RangeError: no byte of the range exists.
    """
    validators = {} if modified_ns is None else _validators(modified_ns, size)
    header = request.headers.get("Range")
    if request.headers.get("If-Range", "") not in {"", *validators.values()}:
        header = None
    wanted = parse_range(header, size)
    first, last = wanted or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD" or size == 0:
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(read(first, last), content_type=content_type)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(max(0, last - first + 1))
    response["Accept-Ranges"] = "bytes"
    for name, value in validators.items():
        response[name] = value
    return response


def _validators(modified_ns: int, size: int) -> dict[str, str]:
    moment = datetime.fromtimestamp(modified_ns / 1e9, tz=UTC)
    return {"ETag": f'"{modified_ns:x}-{size:x}"', **last_modified(moment)}
