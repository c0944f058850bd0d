"""Finding the orchestrator's files and reading them safely."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from training.orchestrator.errors import OrchestratorFileError

MAX_BYTES = 64_000_000
_REPORT = re.compile(r"(daily_report_.*|sample_daily_report)\.txt")


class FileKind(StrEnum):
    """What a file holds, in the order in which files are imported."""

    CONFIG = "config"
    METRICS = "metrics"
    RESULT = "result"
    REPORT = "report"


class FileInMotionError(Exception):
    """The file is being written; read it again in a moment."""


@dataclass(frozen=True)
class FoundFile:
    """A file of the orchestrator as the folder lists it; `path` is below that folder.

    `problem` says why it cannot be read, empty if nothing is known against it.
    """

    path: str
    kind: FileKind
    location: Path
    size: int = 0
    modified_ns: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Content:
    """What was read of a file, with the hash that identifies this version."""

    data: bytes
    sha256: str


def find_files(folder: Path) -> list[FoundFile]:
    """Return the files below `folder` that the dashboard reads, in the order to import them.

    Nothing is opened: this costs one `stat` per file.

    Raises:
        OrchestratorFileError: the folder is missing, is no folder, or cannot be listed.
    """
    try:
        os.listdir(folder)  # noqa: PTH208 - only asks whether it can be listed
    except FileNotFoundError:
        raise OrchestratorFileError(f"The folder {folder} does not exist.") from None
    except OSError as error:
        raise OrchestratorFileError(f"{folder} cannot be listed: {error.strerror}.") from None
    found = []
    for path, kind in _candidates(folder):
        file = _look_at(folder, path, kind)
        if file is not None:
            found.append(file)
    return found


def read_file(file: FoundFile, *, max_bytes: int = MAX_BYTES) -> Content:
    """Return the content of a file that nobody changes meanwhile.

    Raises:
        FileInMotionError: it changed while it was read.
        OrchestratorFileError: too large, not a plain file, or unreadable; a file that
            is too large is not opened at all.
    """
    if file.problem:
        raise OrchestratorFileError(file.problem)
    if file.size > max_bytes:
        raise OrchestratorFileError(
            f"The file has {file.size:,} bytes; at most {max_bytes:,} are read."
        )
    try:
        before = file.location.stat()
        with file.location.open("rb") as stream:
            data = stream.read(max_bytes + 1)
        after = file.location.stat()
    except FileNotFoundError:
        raise FileInMotionError from None
    except OSError as error:
        raise OrchestratorFileError(f"The file cannot be read: {error.strerror}.") from None
    if _identity(before) != _identity(after) or len(data) != after.st_size:
        raise FileInMotionError
    if (after.st_size, after.st_mtime_ns) != (file.size, file.modified_ns):
        raise FileInMotionError
    return Content(data, hashlib.sha256(data).hexdigest())


def _candidates(folder: Path) -> Iterator[tuple[str, FileKind]]:
    yield "training/config.json", FileKind.CONFIG
    yield "logs/training_metrics.json", FileKind.METRICS
    yield "holistic_training_result.json", FileKind.RESULT
    try:
        names = os.listdir(folder / "logs")  # noqa: PTH208 - names only, no stat per entry
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield "logs", FileKind.REPORT
        return
    for name in sorted(filter(_REPORT.fullmatch, names)):
        yield f"logs/{name}", FileKind.REPORT


def _look_at(folder: Path, path: str, kind: FileKind) -> FoundFile | None:
    location = folder / path
    try:
        status = location.stat()
    except (FileNotFoundError, NotADirectoryError):
        if location.is_symlink():
            return FoundFile(path, kind, location, problem="The link leads nowhere.")
        return None
    except OSError as error:
        return FoundFile(
            path, kind, location, problem=f"The file cannot be read: {error.strerror}."
        )
    problem = ""
    if stat.S_ISDIR(status.st_mode):
        problem = (
            "The folder cannot be listed." if path == "logs" else "This is a folder, not a file."
        )
    elif not stat.S_ISREG(status.st_mode):
        problem = "This is not a plain file."  # opening a pipe would wait for ever
    return FoundFile(path, kind, location, status.st_size, status.st_mtime_ns, problem)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
