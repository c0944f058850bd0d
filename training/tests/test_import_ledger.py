"""What is not read again, what is refused, and what is remembered of both."""

import gzip
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from agents.models import Agent, AgentMetric
from common.errors import ConflictError, UnavailableError
from logs_app.models import Event
from metrics.models import Metric
from training.importing import FileStatus, import_changes, import_folder
from training.importing.lock import import_lock
from training.models import ImportedFile, Schedule, SessionSource, TrainingSession
from training.tests.trees import copy_sample, settle, write, write_report

pytestmark = pytest.mark.django_db

TABLES: tuple[type[Model], ...] = (
    Agent,
    AgentMetric,
    Event,
    ImportedFile,
    Metric,
    Schedule,
    SessionSource,
    TrainingSession,
)
REPORT = "logs/daily_report_2025-11-14.txt"
RESULT = "holistic_training_result.json"


@pytest.fixture
def folder(tmp_path: Path, data_dir: Path, settings) -> Path:
    settings.ORCHESTRATOR_PATH = tmp_path / "orchestrator"
    settings.ORCHESTRATOR_IS_SAMPLE = False
    return copy_sample("nested", settings.ORCHESTRATOR_PATH)


def everything() -> dict[str, list[dict[str, Any]]]:
    return {
        table.__name__: list(table._default_manager.order_by("pk").values()) for table in TABLES
    }


def outcome(summary, path: str):
    return next(file for file in summary.files if file.path == path)


@pytest.mark.parametrize("sample", ["nested", "flat"])
def test_a_second_import_changes_no_row_and_writes_nothing(
    tmp_path: Path, data_dir: Path, settings, sample: str
):
    settings.ORCHESTRATOR_PATH = copy_sample(sample, tmp_path / "tree")
    settings.ORCHESTRATOR_IS_SAMPLE = False
    assert import_folder(path=settings.ORCHESTRATOR_PATH).is_complete
    before = everything()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        summary = import_folder(path=settings.ORCHESTRATOR_PATH)

    assert {file.status for file in summary.files} == {FileStatus.UNCHANGED}
    assert everything() == before
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT"]


def test_unchanged_files_are_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch):
    import_folder(path=folder)

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr("training.importing.folder.read_file", fail)
    assert import_folder(path=folder).is_complete


def test_a_touched_file_with_the_same_content_is_unchanged(folder: Path):
    import_folder(path=folder)
    sessions = list(TrainingSession.objects.values())
    settle(folder / REPORT, seconds_ago=60)
    summary = import_folder(path=folder)

    assert outcome(summary, REPORT).status is FileStatus.UNCHANGED
    assert list(TrainingSession.objects.values()) == sessions
    stored = ImportedFile.objects.get(path=REPORT).modified_ns
    assert stored == (folder / REPORT).stat().st_mtime_ns


def test_force_imports_everything_again_to_the_same_rows(folder: Path):
    import_folder(path=folder)
    before = list(AgentMetric.objects.order_by("pk").values())
    summary = import_folder(path=folder, force=True)

    assert {file.status for file in summary.files} == {FileStatus.IMPORTED}
    assert list(AgentMetric.objects.order_by("pk").values()) == before
    assert TrainingSession.objects.count() == 3


def test_a_dry_run_tells_what_would_be_written_and_writes_nothing(folder: Path, data_dir: Path):
    before = everything()
    summary = import_folder(path=folder, dry_run=True)

    assert {file.status for file in summary.files} == {FileStatus.IMPORTED}
    assert outcome(summary, REPORT).rows["agent_metrics"] == 12
    assert everything() == before
    assert not (data_dir / "archive").exists()


def test_every_version_is_kept_compressed_under_its_hash(folder: Path, data_dir: Path):
    contents = []
    for quality in (7.0, 8.0):
        contents.append(write_report(folder, date(2025, 11, 20), quality=quality).read_bytes())
        import_folder(path=folder)

    versions = ImportedFile.objects.filter(path="logs/daily_report_2025-11-20.txt").order_by("pk")
    assert [version.is_current for version in versions] == [False, True]
    for version, content in zip(versions, contents, strict=True):
        place = data_dir / "archive" / version.sha256[:2] / f"{version.sha256}.gz"
        assert gzip.decompress(place.read_bytes()) == content


def test_a_version_that_comes_back_is_the_current_one_again(folder: Path):
    path = folder / REPORT
    original = path.read_bytes()
    import_folder(path=folder)
    write(path, original.replace(b"7.3/10", b"7.4/10", 1), seconds_ago=50)
    import_folder(path=folder)
    write(path, original, seconds_ago=40)
    import_folder(path=folder)

    assert TrainingSession.objects.get(night=date(2025, 11, 14)).overall_quality == 7.3
    assert ImportedFile.objects.filter(path=REPORT).count() == 2


def cut(path: Path) -> None:
    write(path, path.read_bytes()[:-400])


def not_a_number(path: Path) -> None:
    write(
        path,
        path.read_text().replace(
            '"system_quality_delta": 6.787851575157025', '"system_quality_delta": NaN'
        ),
    )


def wrong_type(path: Path) -> None:
    write(path, path.read_text().replace('"total_time_seconds": 0.13', '"total_time_seconds": "x"'))


def latin(path: Path) -> None:
    write(path, path.read_bytes()[:500] + "ä".encode("latin-1"))


def huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    settle(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("path", "damage", "location", "reason"),
    [
        (RESULT, cut, "line 127", "The JSON is broken"),
        (RESULT, not_a_number, "key system_quality_delta", "nan"),
        (RESULT, wrong_type, "key total_time_seconds", "A number is expected"),
        (RESULT, huge, "", "200,000,000 bytes"),
        (REPORT, cut, "line 62", "cut off"),
        (REPORT, latin, "line", "not in UTF-8"),
        (REPORT, huge, "", "200,000,000 bytes"),
        (REPORT, a_folder, "", "a folder, not a file"),
        ("training/config.json", cut, "line", "The JSON is broken"),
        ("logs/training_metrics.json", cut, "line", "The JSON is broken"),
    ],
)
def test_a_broken_file_is_reported_once_and_the_others_go_in(
    folder: Path, path: str, damage, location: str, reason: str
):
    damage(folder / path)
    for _ in range(2):
        summary = import_folder(path=folder)
        broken = outcome(summary, path)
        assert broken.status is FileStatus.FAILED
        assert broken.location.startswith(location)
        assert reason in broken.error
        assert not summary.is_complete

    assert ImportedFile.objects.filter(status="imported").count() == 5
    row = ImportedFile.objects.get(status="failed")
    assert (row.path, row.is_current) == (path, True)
    event = Event.objects.get(event_type="import_failed")
    assert path in event.message
    assert event.metadata["reason"] == row.error
    assert TrainingSession.objects.exists()


def test_the_rows_of_the_last_good_version_stay(folder: Path):
    import_folder(path=folder)
    before = list(TrainingSession.objects.values())
    cut(folder / REPORT)
    import_folder(path=folder)
    assert list(TrainingSession.objects.values()) == before
    assert list(
        ImportedFile.objects.filter(path=REPORT).order_by("pk").values_list("status", "is_current")
    ) == [("imported", False), ("failed", True)]


def test_a_file_that_is_mended_goes_in(folder: Path):
    good = (folder / REPORT).read_bytes()
    cut(folder / REPORT)
    import_folder(path=folder)
    write(folder / REPORT, good, seconds_ago=30)
    assert import_folder(path=folder).is_complete
    assert ImportedFile.objects.current().get(path=REPORT).status == "imported"


def test_a_half_written_file_is_tried_again_and_not_recorded(folder: Path):
    good = (folder / REPORT).read_bytes()
    cut(folder / REPORT)
    # In the future, so that the file stays fresh however slow this machine is.
    moment = time.time()
    os.utime(folder / REPORT, (moment, moment))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.importing.folder.SETTLE_SECONDS", 3600)
        summary = import_folder(path=folder, patience_seconds=0)
    assert outcome(summary, REPORT).status is FileStatus.RETRY
    assert not ImportedFile.objects.filter(path=REPORT).exists()
    assert not Event.objects.filter(event_type="import_failed").exists()

    write(folder / REPORT, good)
    assert import_folder(path=folder).is_complete


def test_a_file_completed_while_the_import_waits_goes_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    good = (folder / REPORT).read_bytes()
    write(folder / REPORT, good[:500], seconds_ago=0)
    monkeypatch.setattr("training.importing.folder.SETTLE_SECONDS", 3600)
    monkeypatch.setattr(
        "training.importing.folder.time.sleep", lambda _: write(folder / REPORT, good)
    )
    assert import_folder(path=folder, patience_seconds=60).is_complete


def test_an_event_tells_of_an_import_only_if_there_was_news(folder: Path):
    import_folder(path=folder)
    import_folder(path=folder)
    event = Event.objects.get(event_type="import")
    assert event.message == "Imported 6 files of the orchestrator."
    assert event.metadata["rows"]["training_sessions"] >= 3


def test_a_missing_folder_is_refused(tmp_path: Path, data_dir: Path):
    with pytest.raises(UnavailableError, match="does not exist"):
        import_folder(path=tmp_path / "nowhere")


def test_an_import_that_goes_on_elsewhere_is_not_disturbed(folder: Path, monkeypatch):
    monkeypatch.setattr("training.importing.folder._LOCK_SECONDS", 0)
    with import_lock(wait_seconds=0):
        assert import_changes() is None
        with pytest.raises(ConflictError, match="Another import"):
            import_folder(path=folder)
    assert import_changes() is not None


def test_real_nights_take_the_place_of_sample_data(tmp_path: Path, folder: Path, settings):
    sample = copy_sample("flat", tmp_path / "sample")
    settings.SAMPLE_PATH = sample
    import_folder(path=sample)
    assert TrainingSession.objects.filter(is_sample=True).count() == 2
    own = TrainingSession.objects.create(
        start_time=datetime.now(UTC),
        night=date(2025, 1, 1),
        status="completed",
        trigger="api",
        is_sample=True,
    )
    Event.objects.create(timestamp=own.start_time, event_type="x", message="x", session_id=own.pk)

    import_folder(path=folder)

    assert not TrainingSession.objects.filter(is_sample=True).exists()
    assert not ImportedFile.objects.filter(is_sample=True).exists()
    ids = set(TrainingSession.objects.values_list("pk", flat=True))
    assert set(AgentMetric.objects.values_list("session_id", flat=True)) == ids
    assert set(Metric.objects.values_list("session_id", flat=True)) == ids
    assert Event.objects.filter(event_type="sample_data_removed").count() == 1
    assert Event.objects.filter(event_type="import").count() == 1
    assert not Event.objects.filter(event_type="x").exists()


def test_sample_data_is_refused_where_real_nights_are(tmp_path: Path, folder: Path, settings):
    import_folder(path=folder)
    before = everything()
    settings.SAMPLE_PATH = copy_sample("flat", tmp_path / "sample")
    with pytest.raises(ConflictError, match="real nights"):
        import_folder(path=settings.SAMPLE_PATH)
    assert everything() == before
