"""The log of a run: bounded, readable while it is written, and no reason to end a run."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from common.clock import utc_now
from training import session_log
from training.session_log import SessionLog, log_path, log_size, read_range, remove_old_logs, tail


def test_lines_can_be_read_while_the_log_is_written(data_dir):
    log = SessionLog(log_path(7), max_bytes=10_000)
    log.write(["one", "two"])
    assert tail(7, 1) == b"two\n"
    log.write(["three"])
    assert tail(7, 10) == b"one\ntwo\nthree\n"
    assert tail(7, 1, end=8) == b"two\n"
    assert log_size(7) == 14
    log.close()
    assert log.problem == ""


def test_a_session_without_log_has_none(data_dir):
    assert tail(8, 10) == b""
    assert log_size(8) is None
    assert list(read_range(8, 0, 99)) == []


def test_of_a_long_log_head_and_tail_are_kept_and_the_gap_is_told(data_dir):
    log = SessionLog(log_path(1), max_bytes=10_000)
    written = [f"line {number:06}" for number in range(5000)]
    for start in range(0, 5000, 7):
        log.write(written[start : start + 7])
        assert (log_size(1) or 0) <= 10_000
    log.close()
    kept = log_path(1).read_text().splitlines()
    (note,) = [line for line in kept if line.startswith("[dashboard:")]
    gap = kept.index(note)
    head, end = kept[:gap], kept[gap + 1 :]
    assert head == written[: len(head)]
    assert end == written[-len(end) :]
    assert len("\n".join(head)) >= 4_900
    assert len("\n".join(end)) >= 2_000
    missing = sum(len(line) + 1 for line in written[len(head) : -len(end)])
    assert note == f"[dashboard: {missing:>14} bytes were left out here]"


def test_a_log_that_cannot_be_written_is_a_note_and_no_error(data_dir, monkeypatch):
    monkeypatch.setattr(session_log, "RETRY_SECONDS", 0.0)
    log_path(2).parent.mkdir(parents=True)
    log_path(2).symlink_to("/dev/full")
    log = SessionLog(log_path(2), max_bytes=10_000)
    log.write(["lost"])
    log.write(["lost too"])
    assert log.problem == "No space left on device"
    log.close()


def test_writing_goes_on_when_there_is_space_again(data_dir, monkeypatch):
    monkeypatch.setattr(session_log, "RETRY_SECONDS", 0.0)
    log_path(3).parent.mkdir(parents=True)
    log_path(3).symlink_to("/dev/full")
    log = SessionLog(log_path(3), max_bytes=10_000)
    log.write(["lost"])
    log_path(3).unlink()
    log.write(["back"])
    log.close()
    text = log_path(3).read_text()
    assert text.startswith("[dashboard: about 5 bytes could not be written: No space left")
    assert text.endswith("back\n")


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = SessionLog(tmp_path / "logs" / "1.log", max_bytes=10_000)
    log.write(["lost"])
    log.close()
    assert log.problem


@pytest.mark.parametrize("lines", [0, 1, 99, 100, 30_000, 50_000])
def test_a_tail_has_the_last_lines_of_a_large_log(data_dir, lines):
    all_lines = [f"line {number}\n".encode() for number in range(30_000)]
    log_path(4).parent.mkdir(parents=True)
    log_path(4).write_bytes(b"".join(all_lines))
    assert tail(4, lines) == b"".join(all_lines[-lines:] if lines else [])


def test_a_range_of_bytes_is_both_ends_included(data_dir):
    log_path(5).parent.mkdir(parents=True)
    content = os.urandom(200_000)
    log_path(5).write_bytes(content)
    assert b"".join(read_range(5, 10, 150_009)) == content[10:150_010]
    assert b"".join(read_range(5, 199_999, 10**9)) == content[-1:]


def test_old_logs_are_removed_and_nothing_else(data_dir):
    folder = log_path(1).parent
    folder.mkdir(parents=True)
    assert remove_old_logs(before=utc_now()) == 0
    for name in ("1.log", "2.log", "notes.txt"):
        (folder / name).write_text("x")
    long_ago = (utc_now() - timedelta(days=91)).timestamp()
    for name in ("1.log", "notes.txt"):
        os.utime(folder / name, (long_ago, long_ago))
    assert remove_old_logs(before=utc_now() - timedelta(days=90)) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["2.log", "notes.txt"]
