"""Making all imported rows anew from the archive."""

import random
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from agents.models import AgentMetric
from common.errors import NotFoundError
from logs_app.models import Event
from metrics.models import Metric
from training.importing import import_folder, rebuild
from training.models import ImportedFile, Schedule, SessionSource, TrainingSession
from training.tests.trees import copy_sample, write_history, write_report, write_result

pytestmark = pytest.mark.django_db

NIGHT = date(2025, 11, 14)
END = datetime(2025, 11, 14, 3, 1)  # noqa: DTZ001 - as the orchestrator writes it


@pytest.fixture
def folder(tmp_path: Path, data_dir: Path, settings) -> Path:
    settings.ORCHESTRATOR_PATH = tmp_path / "orchestrator"
    settings.ORCHESTRATOR_IS_SAMPLE = False
    return copy_sample("nested", settings.ORCHESTRATOR_PATH)


def rows(table: type[Model], *order: str) -> list[dict[str, Any]]:
    """Return all rows without their surrogate ids."""
    values = [dict(row) for row in table._default_manager.order_by(*order).values()]
    for row in values:
        row.pop("id")
    return values


def imported() -> dict[str, Any]:
    return {
        "sessions": list(TrainingSession.objects.order_by("pk").values()),
        "sources": rows(SessionSource, "session_id", "kind"),
        "agents": rows(AgentMetric, "session_id", "agent_id"),
        "metrics": rows(Metric, "session_id", "agent_id", "metric_type"),
        "events": [
            row
            for row in rows(Event, "session_id", "event_type", "agent_id")
            if row["source_id"] is not None
        ],
        "ledger": rows(ImportedFile, "path", "pk"),
        "schedule": rows(Schedule, "pk"),
    }


def without_ids() -> dict[str, Any]:
    """Return what was imported, with nights in place of session ids."""
    nights = dict(TrainingSession.objects.values_list("pk", "night"))
    sessions = rows(TrainingSession, "night")
    for row in sessions:
        row["metadata"] = {key: row["metadata"][key] for key in sorted(row["metadata"])}
    values = [*rows(AgentMetric, "night", "agent_id"), *rows(Metric, "timestamp", "agent_id")]
    for row in values:
        row["session_id"] = nights[row["session_id"]]
    return {"sessions": sessions, "values": sorted(map(str, values))}


@pytest.mark.parametrize("seed", range(4))
def test_files_may_arrive_in_any_order(folder: Path, tmp_path: Path, seed: int):
    import_folder(path=folder)
    expected = without_ids()
    for table in (AgentMetric, Metric, Event, SessionSource, ImportedFile, TrainingSession):
        table.objects.all().delete()

    files = [path.relative_to(folder) for path in sorted(folder.rglob("*.*")) if path.is_file()]
    random.Random(seed).shuffle(files)  # noqa: S311 - an order, not a secret
    shutil.move(folder, tmp_path / "all")
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tmp_path / "all" / file, folder / file)
        import_folder(path=folder)
    assert without_ids() == expected


def live_through_some_nights(folder: Path) -> None:
    """Import night after night as a real installation does: overwritten, pruned, changed."""
    import_folder(path=folder)
    TrainingSession.objects.create(
        start_time=datetime(2025, 11, 15, 2, 59, tzinfo=UTC),
        end_time=datetime(2025, 11, 15, 3, 2, tzinfo=UTC),
        night=date(2025, 11, 15),
        status="completed",
        trigger="schedule",
    )
    for day in (15, 16):
        write_result(folder, END.replace(day=day), agents_trained=day)
        write_history(folder, [END.replace(day=day)], score=day / 2)
        write_report(folder, NIGHT.replace(day=day), quality=8.0)
        import_folder(path=folder)
    write_result(folder, END.replace(day=16, hour=12))
    write_report(folder, NIGHT.replace(day=16), quality=9.0)
    import_folder(path=folder)
    write_report(folder, NIGHT.replace(day=16), quality=9.5)
    import_folder(path=folder)


def test_a_rebuild_gives_the_same_rows(folder: Path):
    live_through_some_nights(folder)
    before = imported()
    summary = rebuild()

    assert summary.is_complete
    assert imported() == before
    assert len(before["sessions"]) == 6


def test_a_rebuild_brings_back_rows_that_were_lost(folder: Path):
    live_through_some_nights(folder)
    before = imported()
    AgentMetric.objects.all().delete()
    Metric.objects.all().delete()
    TrainingSession.objects.update(overall_quality=None)
    rebuild()
    assert imported() == before


def test_a_new_schedule_does_not_change_what_a_rebuild_gives(folder: Path):
    write_report(folder, date(2025, 10, 1))
    import_folder(path=folder)
    Schedule.objects.update(cron="0 6 * * *", edited_fields=["cron"])
    before = imported()
    rebuild()
    assert imported() == before


def test_values_that_did_not_come_from_files_stay(folder: Path):
    import_folder(path=folder)
    moment = datetime(2025, 11, 20, tzinfo=UTC)
    Metric.objects.create(timestamp=moment, metric_type="custom", value=1)
    Event.objects.create(timestamp=moment, event_type="custom", message="seen by us")
    rebuild()
    assert Metric.objects.filter(metric_type="custom").exists()
    assert Event.objects.filter(event_type="custom").exists()


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_a_damaged_archive_leaves_everything_as_it_was(folder: Path, data_dir: Path, damage: str):
    import_folder(path=folder)
    before = imported()
    sha256 = ImportedFile.objects.latest("pk").sha256
    place = data_dir / "archive" / sha256[:2] / f"{sha256}.gz"
    if damage == "missing":
        place.unlink()
    elif damage == "truncated":
        place.write_bytes(place.read_bytes()[:20])
    else:
        other = next(path for path in (data_dir / "archive").rglob("*.gz") if path != place)
        place.write_bytes(other.read_bytes())

    with pytest.raises(NotFoundError, match=sha256):
        rebuild()
    assert imported() == before


def test_an_import_after_a_rebuild_finds_nothing_new(folder: Path):
    live_through_some_nights(folder)
    rebuild()
    before = imported()
    assert import_folder(path=folder).counts["imported"] == 0
    assert imported() == before
