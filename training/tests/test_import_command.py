"""`manage.py import_orchestrator` as a user meets it."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from training.models import TrainingSession
from training.tests.trees import copy_sample, write, write_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, data_dir: Path, settings) -> Path:
    settings.ORCHESTRATOR_PATH = tmp_path / "orchestrator"
    settings.ORCHESTRATOR_IS_SAMPLE = False
    return copy_sample("nested", settings.ORCHESTRATOR_PATH)


def output(*arguments: str) -> str:
    stream = StringIO()
    call_command("import_orchestrator", *arguments, stdout=stream)
    return stream.getvalue()


def test_it_imports_the_configured_folder_and_says_what(folder: Path):
    text = output()
    assert "6 imported." in text
    assert "logs/daily_report_2025-11-14.txt" in text
    assert TrainingSession.objects.count() == 3


def test_a_second_run_says_that_nothing_changed(folder: Path):
    output()
    text = output()
    assert "6 unchanged." in text
    assert "No row was changed." in text


def test_it_takes_another_folder(tmp_path: Path, folder: Path):
    other = copy_sample("flat", tmp_path / "other")
    assert "3 imported." in output("--path", str(other))


def test_a_dry_run_says_that_it_is_one(folder: Path):
    assert "Dry run, nothing was written: 6 imported." in output("--dry-run")
    assert not TrainingSession.objects.exists()


def test_force_imports_unchanged_files(folder: Path):
    output()
    assert "6 imported." in output("--force")


def test_rebuild_reads_the_archive(folder: Path):
    output()
    assert "6 imported." in output("--rebuild")


def test_many_files_are_counted_and_not_listed(folder: Path):
    for path in (folder / "logs").glob("daily_report_*"):
        path.unlink()
    for day in range(1, 31):
        write_report(folder, date(2025, 10, day))
    text = output()
    assert "33 imported." in text
    assert "daily_report_" not in text


def test_a_broken_file_ends_it_with_status_one_and_a_table(folder: Path):
    write(folder / "holistic_training_result.json", '{"status": 1}')
    stream = StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("import_orchestrator", stdout=stream)
    assert ending.value.code == 1
    text = stream.getvalue()
    assert "5 imported, 1 failed." in text
    assert "key status" in text
    assert "A text is expected, not a number." in text


def test_a_missing_folder_ends_it_with_one_line(folder: Path):
    with pytest.raises(CommandError, match="does not exist") as error:
        output("--path", str(folder / "nowhere"))
    assert error.value.returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [("--rebuild", "--dry-run"), ("--watch", "--dry-run"), ("--rebuild", "--path", "x")],
)
def test_options_that_contradict_each_other_are_refused(folder: Path, arguments):
    with pytest.raises(CommandError):
        output(*arguments)


def test_watch_imports_what_changes_until_it_is_interrupted(folder: Path, monkeypatch):
    """Ctrl-C comes in the second pause; a report was written in the first."""
    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt
        write_report(folder, date(2025, 11, 20))

    monkeypatch.setattr("training.management.commands.import_orchestrator.time.sleep", sleep)
    text = output("--watch")
    assert "Watching" in text
    assert "daily_report_2025-11-20.txt" in text
    assert TrainingSession.objects.filter(night=date(2025, 11, 20)).exists()


def test_watch_goes_on_where_the_folder_is_gone_for_a_while(folder: Path, monkeypatch, capsys):
    away = folder.with_name("away")
    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            folder.rename(away)
        elif len(pauses) == 3:
            away.rename(folder)
            write_report(folder, date(2025, 11, 20))
        elif len(pauses) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("training.management.commands.import_orchestrator.time.sleep", sleep)
    text = output("--watch")
    assert "daily_report_2025-11-20.txt" in text
    assert capsys.readouterr().err.count("does not exist") == 1
