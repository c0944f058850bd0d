"""Finding and reading files: what is refused before it is opened, and what is tried again."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.files import FileInMotionError, FileKind, find_files, read_file

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "orchestrator"
    shutil.copytree(SAMPLES / "nested", target)
    return target


def only(folder: Path, path: str):
    return next(file for file in find_files(folder) if file.path == path)


def test_it_finds_the_files_in_the_order_to_import_them(folder: Path):
    (folder / "logs" / "other.txt").write_text("x")
    assert [(file.path, file.kind) for file in find_files(folder)] == [
        ("training/config.json", FileKind.CONFIG),
        ("logs/training_metrics.json", FileKind.METRICS),
        ("holistic_training_result.json", FileKind.RESULT),
        ("logs/daily_report_2025-11-12.txt", FileKind.REPORT),
        ("logs/daily_report_2025-11-13.txt", FileKind.REPORT),
        ("logs/daily_report_2025-11-14.txt", FileKind.REPORT),
    ]


def test_it_finds_a_report_kept_by_hand():
    assert "logs/sample_daily_report.txt" in [file.path for file in find_files(SAMPLES / "flat")]


def test_an_empty_folder_has_no_files(tmp_path: Path):
    assert find_files(tmp_path) == []


def test_it_refuses_a_missing_folder(tmp_path: Path):
    with pytest.raises(OrchestratorFileError, match="does not exist"):
        find_files(tmp_path / "nowhere")


def test_it_refuses_a_file_in_place_of_the_folder(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OrchestratorFileError, match="cannot be listed"):
        find_files(tmp_path / "file")


def test_the_hash_identifies_the_content(folder: Path):
    config = only(folder, "training/config.json")
    assert read_file(config).data == (folder / "training/config.json").read_bytes()
    assert len(read_file(config).sha256) == 64


def test_it_refuses_two_hundred_megabytes_without_reading_them(folder: Path):
    path = folder / "holistic_training_result.json"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(OrchestratorFileError, match="200,000,000 bytes"):
        read_file(only(folder, "holistic_training_result.json"))


def test_it_refuses_a_folder_in_place_of_a_file(folder: Path):
    (folder / "logs" / "daily_report_2025-11-15.txt").mkdir()
    with pytest.raises(OrchestratorFileError, match="a folder, not a file"):
        read_file(only(folder, "logs/daily_report_2025-11-15.txt"))


def test_it_refuses_a_pipe_instead_of_waiting_for_it(folder: Path):
    os.mkfifo(folder / "logs" / "daily_report_2025-11-15.txt")
    with pytest.raises(OrchestratorFileError, match="not a plain file"):
        read_file(only(folder, "logs/daily_report_2025-11-15.txt"))


def test_it_refuses_a_link_that_leads_nowhere(folder: Path):
    (folder / "logs" / "daily_report_2025-11-15.txt").symlink_to(folder / "gone")
    with pytest.raises(OrchestratorFileError, match="leads nowhere"):
        read_file(only(folder, "logs/daily_report_2025-11-15.txt"))


@contextlib.contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Root may read everything, so become nobody for a moment; others stay who they are."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


def test_it_refuses_what_it_may_not_read():
    # Not below tmp_path, whose parents only their owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "holistic_training_result.json").write_text("{}")
        (folder / "holistic_training_result.json").chmod(0)
        found = only(folder, "holistic_training_result.json")
        with (
            as_somebody_without_rights(),
            pytest.raises(OrchestratorFileError, match="cannot be read"),
        ):
            read_file(found)


def test_a_file_that_grew_since_it_was_listed_is_in_motion(folder: Path):
    found = only(folder, "holistic_training_result.json")
    with found.location.open("a") as stream:
        stream.write(" ")
    with pytest.raises(FileInMotionError):
        read_file(found)


def test_a_file_that_vanished_since_it_was_listed_is_in_motion(folder: Path):
    found = only(folder, "holistic_training_result.json")
    found.location.unlink()
    with pytest.raises(FileInMotionError):
        read_file(found)
