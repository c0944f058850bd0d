"""Bytes of a pipe cut into lines of bounded length, and secrets in them made unreadable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Longest line that is kept, bytes; the rest of it is left out.
LINE_LIMIT = 16_384
# Secrets are looked for in a little more than is kept, so that none is cut in two.
_READ_LIMIT = LINE_LIMIT + 2_048

MASK = "********"
_SECRET_NAME = re.compile(
    r"(KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_URL$|DSN)", re.IGNORECASE
)
_SHORTEST_SECRET = 6
_URL_PASSWORD = re.compile(
    r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE
)
_PATTERNS = (
    _URL_PASSWORD,
    re.compile(
        r"(?P<before>authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?)[^\s\"',]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        r"(?P<before>(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]{3,}",
        re.IGNORECASE,
    ),
    # A number of tokens is what language models print all day.
    re.compile(
        r"(?P<before>token[\"']?\s*[:=]\s*[\"']?)(?![\d.,]+(?:\s|$))[^\s\"',;&]{3,}", re.IGNORECASE
    ),
    re.compile(r"(?P<before>)\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"),
    re.compile(
        r"(?P<before>)\b(?:gh[pousr]_|github_pat_|xox[abprs]-|hf_|AKIA|AIza)[A-Za-z0-9_-]{12,}"
    ),
    re.compile(r"(?P<before>)\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


@dataclass(frozen=True)
class Line:
    """One line as it was read; of an overlong one the beginning, and how much is missing."""

    text: str
    left_out: int = 0

    def shown(self, masker: SecretMasker) -> str:
        """Return what may be stored: no secrets, at most LINE_LIMIT characters and a note."""
        text = masker.mask(self.text)
        left_out = self.left_out + max(0, len(text) - LINE_LIMIT)
        return f"{text[:LINE_LIMIT]} [{left_out} more left out]" if left_out else text


class LineSplitter:
    """Cuts what arrives into lines.

    A line ends with a newline or, as progress bars do it, a carriage return.
    Undecodable bytes become U+FFFD, and so does NUL, which PostgreSQL cannot store.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._dropped = 0

    def feed(self, data: bytes) -> list[Line]:
        """Take the next bytes and return the lines they complete, without their ends."""
        data = self._pending + data
        # A carriage return at the very end may be the first half of a line's end.
        held = data[-1:] if data.endswith(b"\r") else b""
        data = data.removesuffix(held) if held else data
        *whole, rest = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        lines = [self._finish(line) for line in whole]
        self._dropped += max(0, len(rest) - _READ_LIMIT)
        self._pending = rest[:_READ_LIMIT] + held
        return lines

    def flush(self) -> list[Line]:
        """Return the last line if it has no end; afterwards nothing is pending."""
        pending, self._pending = self._pending.rstrip(b"\r"), b""
        return [self._finish(pending)] if pending else []

    def _finish(self, line: bytes) -> Line:
        left_out = self._dropped + max(0, len(line) - _READ_LIMIT)
        self._dropped = 0
        text = line[:_READ_LIMIT].decode("utf-8", "replace").replace("\x00", "\ufffd")
        return Line(text, left_out)


class SecretMasker:
    """Makes secrets unreadable: values of the environment, known forms, private keys."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        values = {
            secret
            for name, value in environment.items()
            if _SECRET_NAME.search(name)
            for secret in _secrets_of(name, value)
        }
        longest_first = sorted(values, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if values else None
        self._inside_key = False

    def mask(self, line: str) -> str:
        """Return the line with secrets replaced; lines of a private key vanish one by one."""
        if self._inside_key:
            self._inside_key = not _KEY_ENDS.search(line)
            return MASK
        if begin := _KEY_BEGINS.search(line):
            self._inside_key = not _KEY_ENDS.search(line, begin.end())
            return line[: begin.start()] + MASK
        if self._values is not None:
            line = self._values.sub(MASK, line)
        for pattern in _PATTERNS:
            line = pattern.sub(lambda match: match["before"] + MASK, line)
        return line


def _secrets_of(name: str, value: str) -> list[str]:
    value = value.strip()
    if name.upper().endswith(("_URL", "DSN")):
        # Of an address only the password is secret; the rest is what people look for.
        match = re.search(r"://[^\s/:@]*:([^\s/@]+)@", value)
        value = match[1] if match else ""
    return [value] if len(value) >= _SHORTEST_SECRET and not value.isdecimal() else []
