"""Signatures of messages: what is left when everything that changes each time is folded."""

import re
from typing import Any

from django.db import models

MAX_LENGTH = 200

_Fold = tuple[str, re.Pattern[str], str]

#: What every match contains, the pattern, what takes its place. In this order: what contains
#: digits of its own goes before the numbers.
_PLACES: tuple[_Fold, ...] = (
    ("://", re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>]+", re.IGNORECASE), "<url>"),
    (":\\", re.compile(r"\b[A-Za-z]:\\[^\s'\":*?<>|]+"), "<path>"),
    (":/", re.compile(r"\b[A-Za-z]:/[^\s'\":*?<>|/][^\s'\":*?<>|]*"), "<path>"),
    ("\\\\", re.compile(r"(?<![\w\\])\\\\[\w.$-]+\\[^\s'\":*?<>|]+"), "<path>"),
    ("/", re.compile(r"(?<![\w<>/.])~?/[\w.@+~-]+(?:/[\w.@+~-]*)*"), "<path>"),
    (
        "/",
        re.compile(r"(?<![\w<>/.])(?:\.{0,2}[\w@+~-][\w.@+~-]*/|\.{1,2}/)[\w.@+~/-]*\.[A-Za-z]\w*"),
        "<path>",
    ),
)
_DIGIT = re.compile(r"\d")
_NUMBERS: tuple[_Fold, ...] = (
    (
        "-",
        re.compile(
            r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE
        ),
        "<id>",
    ),
    ("0x", re.compile(r"\b0x[0-9a-fA-F]+\b"), "<id>"),
    ("0X", re.compile(r"\b0X[0-9a-fA-F]+\b"), "<id>"),
    ("", re.compile(r"\b(?=[a-fA-F]*[0-9])(?=[0-9]*[a-fA-F])[0-9a-fA-F]{8,}\b"), "<id>"),
    (
        "-",
        re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"),
        "<time>",
    ),
    (
        "",
        re.compile(r"(?<!\w)[-+]?\.?\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?[A-Za-z]?(?![A-Za-z\d])"),
        "<n>",
    ),
    ("", re.compile(r"\d+(?:[.,:]\d+)*(?:[A-Za-z](?![A-Za-z\d]))?"), "<n>"),
)


def signature_of(message: str) -> str:
    """Return the message with numbers, ids, times and paths folded, in at most 200 characters.

    Two messages that differ only in those have the same signature: "agent_5a: 3 of
    12 files missing in /data/a" is "agent_<n>: <n> of <n> files missing in <path>".
    """
    # A message may be a whole traceback; only its beginning can be seen in the result.
    folded = _fold(message[: 8 * MAX_LENGTH], _PLACES)
    if _DIGIT.search(folded):
        folded = _fold(folded, _NUMBERS)
    return " ".join(folded.split())[:MAX_LENGTH].rstrip()


def _fold(text: str, folds: tuple[_Fold, ...]) -> str:
    for mark, pattern, placeholder in folds:
        # Finding that a pattern matches nowhere takes far longer.
        if mark in text:
            text = pattern.sub(placeholder, text)
    return text


class SignatureField(models.CharField):  # type: ignore[type-arg]  # a plain class at run time
    """The signature of the row's message, computed by every insert and save.

    Like `auto_now` it is filled in by the field itself, also by `bulk_create`, so
    that no writer can forget it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_length=MAX_LENGTH, editable=False, blank=True, default="")
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        signature = signature_of(str(getattr(model_instance, "message", "")))
        setattr(model_instance, self.attname, signature)
        return signature
