"""Values as JSON, also those with numbers that orjson does not write.

Whole numbers of more than 64 bits come out of files of the pipeline, and out of
PostgreSQL for a float such as 1e20. They are written as the nearest float.
"""

from typing import Any

import orjson

_LOW, _HIGH = -(2**63), 2**64


def dumps(value: Any, *, option: int | None = None, default: Any = None) -> bytes:
    """Return JSON as UTF-8; `option` and `default` are orjson's.

    Raises:
        TypeError: a value is of no type that JSON has.
    """
    try:
        return orjson.dumps(value, default, option)
    except TypeError:
        return orjson.dumps(bounded(value), default, option)


def bounded(value: Any) -> Any:
    """Return the same value with numbers that orjson writes."""
    if isinstance(value, dict):
        return {name: bounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(item) for item in value]
    if isinstance(value, int) and not _LOW <= value < _HIGH:
        try:
            return float(value)
        except OverflowError:
            return str(value)
    return value
