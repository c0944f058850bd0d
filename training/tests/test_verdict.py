"""Whether a run succeeded, and the first cause if it did not."""

import json
import os
from pathlib import Path

import pytest

from training.orchestrator.supervision import Outcome
from training.orchestrator.verdict import (
    Written,
    cause_of_failure,
    file_versions,
    what_was_written,
)


def outcome(exit_code: int = 0, cause: str = "") -> Outcome:
    return Outcome(exit_code, cause, 1.0, had_to_kill=False, leftovers=0)


def write_result(folder: Path, **keys) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "holistic_training_result.json").write_text(json.dumps(keys))


NOTHING = Written([], None)


@pytest.fixture
def failed_result(tmp_path: Path) -> Written:
    write_result(tmp_path / "o", status="failed", error="No module named 'agents'")
    return what_was_written(tmp_path / "o", {})


@pytest.mark.parametrize(
    ("ended", "lines", "cause"),
    [
        (outcome(0), ["[ERROR] harmless"], ""),
        (outcome(2), [], "The program ended with exit status 2."),
        (outcome(1), ["a", "b"], "The program ended with exit status 1.\na\nb"),
        (
            outcome(-15),
            [],
            "The program was ended by signal 15 (SIGTERM), which was not sent from here.",
        ),
        (
            outcome(-9),
            [],
            "The program was ended by signal 9 (SIGKILL), which was not sent from here. "
            "The kernel does this when memory runs out.",
        ),
        (outcome(-15, "request"), ["x"], ""),
        (outcome(-15, "timeout"), ["x"], "The time limit of 90 s was reached."),
        (
            outcome(-15, "worker_shutdown"),
            ["x"],
            "The worker was asked to stop while the training ran.",
        ),
    ],
)
def test_the_first_cause_is_named(ended, lines, cause):
    assert cause_of_failure(ended, NOTHING, error_lines=lines, time_limit=90) == cause


def test_exit_status_0_with_a_failed_result_is_a_failure(failed_result):
    assert cause_of_failure(outcome(0), failed_result) == (
        "The program ended with exit status 0, but its result says failed: No module named 'agents'"
    )


def test_the_orchestrators_own_error_comes_first_and_once(failed_result):
    lines = ["No module named 'agents'", "Traceback"]
    assert cause_of_failure(outcome(1), failed_result, error_lines=lines) == (
        "The program ended with exit status 1.\nNo module named 'agents'\nTraceback"
    )


def test_a_result_of_an_earlier_run_says_nothing_about_this_one(tmp_path):
    write_result(tmp_path / "o", status="failed", error="long ago")
    before = file_versions(tmp_path / "o")
    assert what_was_written(tmp_path / "o", before) == NOTHING


def test_a_result_that_was_written_again_unchanged_is_this_runs(tmp_path):
    write_result(tmp_path / "o", status="failed", error="again")
    path = tmp_path / "o" / "holistic_training_result.json"
    os.utime(path, ns=(1, 1))
    before = file_versions(tmp_path / "o")
    write_result(tmp_path / "o", status="failed", error="again")
    written = what_was_written(tmp_path / "o", before)
    assert written.paths == ["holistic_training_result.json"]
    assert written.result is not None
    assert written.result.error == "again"


def test_a_broken_result_and_a_missing_folder_are_no_verdict(tmp_path):
    write_result(tmp_path / "o", status="who knows")
    written = what_was_written(tmp_path / "o", {})
    assert written == Written(["holistic_training_result.json"], None)
    assert cause_of_failure(outcome(0), written) == ""
    assert file_versions(tmp_path / "nowhere") == {}
