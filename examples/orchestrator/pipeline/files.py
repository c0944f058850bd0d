"""Reading and writing files so that nobody ever sees half of one."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    """Write a file beside `path` and move it into place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_all(texts: Mapping[Path, str]) -> None:
    """Write several files that belong together; a signal to stop waits until all are there."""
    waiting = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
    try:
        for path, text in texts.items():
            write_text(path, text)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waiting)


def as_json(value: Any) -> str:
    """Return `value` as JSON that people can read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_compact_json(value: Any) -> str:
    """Return `value` as JSON for programs."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def read_json(path: Path) -> Any:
    """Return what the file holds, None where there is no file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
