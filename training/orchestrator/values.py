"""Reading JSON with checks: every complaint names the key it is about."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.text import AGENT_ID, TEXT_LENGTH, decode, parse_time, shorten

#: The largest whole number that every database column here takes.
LARGEST_INTEGER = 2_147_483_647

T = TypeVar("T")


class Node:
    """A value of a JSON document that knows its key path."""

    def __init__(self, value: Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def refuse(self, message: str) -> NoReturn:
        raise OrchestratorFileError(message, f"key {self.path}" if self.path else "")

    def child(self, key: str | int) -> Node:
        return Node(self.value[key], _join(self.path, key))

    def get(self, key: str) -> Node | None:
        """Return the value under `key`, or None where it is missing or null."""
        self._expect(dict, "an object")
        return None if self.value.get(key) is None else self.child(key)

    def members(self) -> Iterator[tuple[str, Node]]:
        """Yield (key, value) of an object, without those that are null."""
        self._expect(dict, "an object")
        for key, value in self.value.items():
            if value is not None:
                yield key, self.child(key)

    def items(self) -> list[Node]:
        self._expect(list, "a list")
        return [self.child(position) for position in range(len(self.value))]

    def text(self) -> str:
        self._expect(str, "a text")
        return str(self.value)[:TEXT_LENGTH]

    def flag(self) -> bool:
        self._expect(bool, "true or false")
        return bool(self.value)

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse(f"A number is expected, not {_kind(self.value)}.")
        if not low <= self.value <= high:
            self.refuse(f"{shorten(str(self.value))} is not between {low:g} and {high:g}.")
        try:
            return float(self.value) + 0.0  # -0.0 becomes 0.0
        except OverflowError:
            self.refuse("The number is too large.")

    def whole(self, low: int = 0, high: int = LARGEST_INTEGER) -> int:
        number = self.number(low, high)
        if not number.is_integer():
            self.refuse(f"A whole number is expected, not {number:g}.")
        return int(number)

    def time(self) -> datetime:
        return parse_time(self.text(), f"key {self.path}")

    def agent_id(self) -> str:
        identifier = self.text()
        if not AGENT_ID.fullmatch(identifier):
            self.refuse(f"{shorten(identifier)!r} is not an agent's identifier.")
        return identifier

    def _expect(self, kind: type, description: str) -> None:
        if not isinstance(self.value, kind):
            self.refuse(f"{description.capitalize()} is expected, not {_kind(self.value)}.")


def optional(node: Node | None, read: Callable[[Node], T]) -> T | None:
    """Return `read(node)`, or None where there is no value."""
    return None if node is None else read(node)


def parse_object(data: bytes) -> Node:
    """Return the object that a JSON file holds.

    Raises:
        OrchestratorFileError: not UTF-8, not JSON (names line and column), not an
            object, or a value that cannot be stored, such as NaN (names the key).
    """
    text = decode(data)
    if not text.strip():
        raise OrchestratorFileError("The file is empty.", "line 1")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise OrchestratorFileError(
            f"The JSON is broken: {error.msg}.", f"line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise OrchestratorFileError("The JSON is nested too deeply.") from None
    except ValueError:  # more digits than Python turns into a number
        raise OrchestratorFileError("The JSON holds a number with too many digits.") from None
    _check_storable(Node(value))
    if not isinstance(value, dict):
        raise OrchestratorFileError(f"An object is expected, not {_kind(value)}.", "line 1")
    return Node(value)


def _check_storable(root: Node) -> None:
    """Refuse what no database stores: NaN, infinity, NUL, half a surrogate pair."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        value = node.value
        if isinstance(value, float):
            if not math.isfinite(value):
                node.refuse(f"{value} is not a number that can be used.")
        elif isinstance(value, str):
            if not _is_storable(value):
                node.refuse("The text holds characters that cannot be stored.")
        elif isinstance(value, dict):
            if not all(_is_storable(key) for key in value):
                node.refuse("A key holds characters that cannot be stored.")
            waiting.extend(node.child(key) for key in value)
        elif isinstance(value, list):
            waiting.extend(node.child(position) for position in range(len(value)))


def _is_storable(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", dict: "an object", type(None): "null"}
    return names[type(value)]
