"""From bytes to text, and identifiers and times as the orchestrator writes them."""

import re
from datetime import datetime

from training.orchestrator.errors import OrchestratorFileError

AGENT_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
NAME_LENGTH = 128
TEXT_LENGTH = 10_000
YEARS = range(1980, 2200)


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        OrchestratorFileError: another encoding, or a NUL character (which no
            database stores); names the line.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise OrchestratorFileError("The file is in UTF-16; UTF-8 is expected.", "line 1")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise OrchestratorFileError(
            f"The file is not in UTF-8: byte 0x{byte:02x} at position {error.start}"
            f"{_looks_like(data)}.",
            _line_of(data, error.start),
        ) from None
    if "\0" in text:
        position = data.index(b"\0")
        raise OrchestratorFileError("The file holds a NUL character.", _line_of(data, position))
    return text


def parse_time(text: str, location: str) -> datetime:
    """Return a time in ISO 8601; without an offset it comes back naive, as local time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise OrchestratorFileError(
            f"{shorten(text)!r} is not a time such as 2025-11-14T03:00:00.", location
        ) from None
    if moment.year not in YEARS:
        raise OrchestratorFileError(f"The year {moment.year} cannot be meant.", location)
    return moment


def shorten(text: str, length: int = 60) -> str:
    """Return `text`, cut where a message would become unreadable."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _line_of(data: bytes, position: int) -> str:
    line = data.count(b"\n", 0, position) + 1
    return f"line {line}"


def _looks_like(data: bytes) -> str:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return " (it looks like Windows-1252)"
