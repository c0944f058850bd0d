"""Whether a run succeeded, and if not, the first cause in words."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.files import FileInMotionError, find_files, read_file
from training.orchestrator.results import TrainingResult, parse_result
from training.orchestrator.supervision import CLOSED_ELSEWHERE, TIMEOUT, WORKER_SHUTDOWN, Outcome

_RESULT = "holistic_training_result.json"

#: Version of each of the orchestrator's files: path -> (size, time of change).
Versions = dict[str, tuple[int, int]]


def file_versions(folder: Path) -> Versions:
    """Return the versions of the orchestrator's files as they lie there; empty without a folder."""
    try:
        return {file.path: (file.size, file.modified_ns) for file in find_files(folder)}
    except OrchestratorFileError:
        return {}


@dataclass(frozen=True)
class Written:
    """What a run wrote: paths below the orchestrator's folder, and its result if it reads well."""

    paths: list[str]
    result: TrainingResult | None


def what_was_written(folder: Path, before: Versions) -> Written:
    """Return what differs from `before`; a result of an earlier run is not this run's."""
    paths = [path for path, version in file_versions(folder).items() if before.get(path) != version]
    return Written(paths, _read_result(folder) if _RESULT in paths else None)


def _read_result(folder: Path) -> TrainingResult | None:
    try:
        files = [file for file in find_files(folder) if file.path == _RESULT]
        return parse_result(read_file(files[0]).data) if files else None
    except (OrchestratorFileError, FileInMotionError):
        return None  # the import says what is wrong with it


def cause_of_failure(
    outcome: Outcome,
    written: Written,
    *,
    error_lines: Sequence[str] = (),
    time_limit: float | None = None,
) -> str:
    """Return the first cause in a sentence, further lines as printed; empty for a success.

    For a run that was asked to stop it is empty too: that is no failure.
    """
    result = written.result
    own = result.error if result is not None and not result.succeeded else ""
    if outcome.cause:
        return _cause_of_ending(outcome.cause, time_limit)
    if outcome.exit_code == 0:
        if result is None or result.succeeded:
            return ""
        words = own or "it does not say why"
        return f"The program ended with exit status 0, but its result says {result.status}: {words}"
    details = [own] if own else []
    details += [line for line in error_lines if line and line not in own]
    return "\n".join([_cause_of_exit(outcome.exit_code), *details])


def _cause_of_ending(cause: str, time_limit: float | None) -> str:
    if cause == TIMEOUT:
        limit = f" of {time_limit:g} s" if time_limit is not None else ""
        return f"The time limit{limit} was reached."
    if cause == WORKER_SHUTDOWN:
        return "The worker was asked to stop while the training ran."
    if cause == CLOSED_ELSEWHERE:
        return "The session was closed by somebody else while the training ran."
    return ""


def _cause_of_exit(exit_code: int) -> str:
    if exit_code > 0:
        return f"The program ended with exit status {exit_code}."
    try:
        name = f" ({signal.Signals(-exit_code).name})"
    except ValueError:
        name = ""
    sentence = f"The program was ended by signal {-exit_code}{name}, which was not sent from here."
    if -exit_code == signal.SIGKILL:
        sentence += " The kernel does this when memory runs out."
    return sentence
