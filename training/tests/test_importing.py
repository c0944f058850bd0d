"""What the files become: one session per run, with agents, metrics and events."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agents.models import Agent, AgentMetric
from logs_app.models import Event
from metrics.models import Metric
from training.importing import import_changes, import_folder
from training.models import Schedule, SessionSource, TrainingSession
from training.tests.trees import (
    copy_sample,
    settle,
    write_history,
    write_report,
    write_result,
)

pytestmark = pytest.mark.django_db

NIGHT = date(2025, 11, 14)
END = datetime(2025, 11, 14, 3, 1, 0)  # noqa: DTZ001 - as the orchestrator writes it


@pytest.fixture
def folder(tmp_path: Path, data_dir: Path, settings) -> Path:
    path = tmp_path / "orchestrator"
    path.mkdir()
    settings.ORCHESTRATOR_PATH = path
    settings.ORCHESTRATOR_IS_SAMPLE = False
    return path


@pytest.fixture
def nested(tmp_path: Path, folder: Path) -> Path:
    folder.rmdir()
    return copy_sample("nested", folder)


def run(folder: Path, **options):
    summary = import_folder(path=folder, **options)
    assert summary.is_complete, summary.with_status
    return summary


def own_session(*, start: datetime, end: datetime | None = None, **columns) -> TrainingSession:
    status = TrainingSession.Status
    return TrainingSession.objects.create(
        start_time=start,
        end_time=end,
        night=start.date(),
        status=columns.pop("status", status.COMPLETED if end else status.RUNNING),
        trigger=TrainingSession.Trigger.API,
        **columns,
    )


def test_result_report_and_history_of_a_run_become_one_session(nested: Path):
    run(nested)

    assert TrainingSession.objects.count() == 3
    session = TrainingSession.objects.get(night=NIGHT)
    assert session.status == "completed"
    assert session.trigger == "external"
    assert (session.overall_quality, session.overall_improvement) == (7.3, 0.0)
    assert (session.agents_trained, session.agents_failed) == (9, 1)
    assert session.end_time == datetime(2025, 11, 14, 3, 0, 0, 126727, tzinfo=UTC)
    assert session.duration_seconds == 0.13
    assert [phase["name"] for phase in session.phases] == [
        "harvesting", "validation", "agent_training", "production", "monitoring", "cleanup",
    ]  # fmt: skip
    assert session.phases[2]["raw_name"] == "training"
    assert session.metadata["sources"]["result"]["system_quality_delta"] == pytest.approx(6.787851)
    assert session.metadata["sources"]["report"]["overall_change_percent"] == 0.0
    assert session.metadata["recommendations"][0] == "Focus on agent_2 (lowest score)"
    assert set(session.sources.values_list("kind", flat=True)) == {"result", "report", "metrics"}


def test_the_exact_score_is_taken_and_the_rounded_one_kept(nested: Path):
    run(nested)
    row = AgentMetric.objects.get(agent_id="agent_1", night=NIGHT)

    assert row.quality_score == pytest.approx(7.181517124)
    assert (row.processing_time_ms, row.error_count, row.status) == (13, 0, "online")
    assert row.improvement == -0.3
    assert row.improvement_computed == pytest.approx(-0.261254)
    assert row.metadata["report"]["quality"] == 7.2
    assert row.metadata["metrics"]["improvement"] == pytest.approx(1.8151712)
    assert row.metadata["result"]["data_count"] == 50


def test_no_data_is_null_and_offline(nested: Path):
    run(nested)
    row = AgentMetric.objects.get(agent_id="agent_8", night=NIGHT)

    assert (row.status, row.outcome) == ("offline", "no_data")
    assert (row.quality_score, row.improvement, row.improvement_computed) == (None, None, None)
    assert (row.processing_time_ms, row.error_count) == (None, None)
    assert not Metric.objects.filter(agent_id="agent_8").exists()


def test_an_agent_that_failed_has_an_error_and_an_event(nested: Path):
    run(nested)
    row = AgentMetric.objects.get(agent_id="agent_9", night=date(2025, 11, 12))

    assert (row.outcome, row.error_count, row.quality_score) == ("failed", 1, 6.0)
    event = Event.objects.get(agent_id="agent_9", event_type="agent_failed")
    assert (event.severity, event.session_id) == ("error", row.session_id)


def test_metrics_are_stored_for_agents_and_system(nested: Path):
    run(nested)
    session = TrainingSession.objects.get(night=NIGHT)
    values = {
        (row.agent_id, row.metric_type): row.value
        for row in Metric.objects.filter(session_id=session.pk)
    }
    assert values[None, "quality"] == 7.3
    assert values[None, "speed"] == 130
    assert values["agent_1", "speed"] == 13
    assert values["agent_1", "errors"] == 0
    assert values["agent_1", "improvement"] == -0.3
    assert len(values) == 3 + 9 * 4


def test_the_configuration_updates_agents_and_schedule(nested: Path):
    Agent.objects.filter(pk="agent_8").update(quality_target=1, enabled=False)
    run(nested)

    agent = Agent.objects.get(pk="agent_8")
    assert (agent.quality_target, agent.enabled, agent.priority) == (9.5, True, "critical")
    assert agent.description == "Optimizes prompts for quality"
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.timeout_seconds) == ("0 3 * * *", 1800)
    assert schedule.description == "Daily training at 3 AM"


def test_the_configuration_leaves_alone_what_was_edited_by_hand(nested: Path):
    Agent.objects.filter(pk="agent_8").update(
        name="Ours", quality_target=1, edited_fields=["name", "quality_target"]
    )
    Schedule.objects.update(cron="0 5 * * *", enabled=False, edited_fields=["cron", "enabled"])
    run(nested)

    agent = Agent.objects.get(pk="agent_8")
    assert (agent.name, agent.quality_target, agent.priority) == ("Ours", 1, "critical")
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.enabled, schedule.timeout_seconds) == ("0 5 * * *", False, 1800)


def test_the_flat_shape_imports_with_its_failed_run(tmp_path: Path, folder: Path):
    folder.rmdir()
    run(copy_sample("flat", folder))

    reported = TrainingSession.objects.get(night=date(2025, 1, 14))
    assert reported.start_time == datetime(2025, 1, 14, 3, tzinfo=UTC)
    assert reported.duration_seconds == 507
    assert reported.end_time == reported.start_time + timedelta(seconds=507)
    assert (reported.agents_trained, reported.agents_failed) == (12, 0)
    failed = TrainingSession.objects.get(night=NIGHT)
    assert (failed.status, failed.agents_trained) == ("failed", None)
    assert failed.error_message == "'NoneType' object has no attribute 'harvest'"
    assert failed.overall_quality is None
    assert Agent.objects.get(pk="music_producer").name == "Music Producer"
    assert not Agent.objects.filter(pk="audio_quality_curator").exists()
    assert Event.objects.get(event_type="training_failed").severity == "error"


def test_local_times_are_read_in_the_orchestrators_zone(folder: Path, settings):
    settings.ORCHESTRATOR_TIME_ZONE = "America/New_York"
    write_result(folder, END)
    write_report(folder, NIGHT)
    run(folder)

    session = TrainingSession.objects.get()
    assert session.end_time == datetime(2025, 11, 14, 8, 1, tzinfo=UTC)
    assert session.night == NIGHT


def test_a_report_begins_at_the_time_of_the_schedule(folder: Path):
    Schedule.objects.update(cron="30 4 * * *")
    write_report(folder, NIGHT)
    run(folder)
    assert TrainingSession.objects.get().start_time == datetime(2025, 11, 14, 4, 30, tzinfo=UTC)


def test_a_new_schedule_does_not_move_old_nights(folder: Path):
    write_report(folder, NIGHT)
    run(folder)
    Schedule.objects.update(cron="30 4 * * *")
    run(folder, force=True)
    assert TrainingSession.objects.get().start_time == datetime(2025, 11, 14, 3, tzinfo=UTC)


@pytest.mark.parametrize("order", [("result", "report"), ("report", "result")])
def test_the_order_of_the_files_does_not_matter(folder: Path, order: tuple[str, ...]):
    for kind in order:
        if kind == "result":
            write_result(folder, END, agents_trained=7)
        else:
            write_report(folder, NIGHT)
        run(folder)

    session = TrainingSession.objects.get()
    assert (session.agents_trained, session.overall_quality) == (7, 8.0)
    assert session.end_time == END.replace(tzinfo=UTC)
    assert session.start_time == session.end_time - timedelta(seconds=60)
    assert AgentMetric.objects.get().timestamp == session.start_time


def test_each_result_is_a_run_of_its_own_although_the_file_is_overwritten(folder: Path):
    for day in (14, 15, 16):
        write_result(folder, END.replace(day=day), seconds_ago=7200 - day)
        run(folder)
    assert TrainingSession.objects.count() == 3


def test_nights_cut_off_the_history_stay(folder: Path):
    write_history(folder, [END.replace(day=day) for day in (12, 13)])
    run(folder)
    write_history(folder, [END.replace(day=day) for day in (13, 14)])
    run(folder)
    assert [row.night.day for row in TrainingSession.objects.order_by("night")] == [12, 13, 14]


def test_a_night_added_to_the_history_touches_no_other(folder: Path):
    write_history(folder, [END.replace(day=day) for day in (12, 13)])
    run(folder)
    before = list(AgentMetric.objects.order_by("pk").values())
    write_history(folder, [END.replace(day=day) for day in (12, 13, 14)])
    summary = run(folder)

    assert summary.rows["training_sessions"] == 1
    assert list(AgentMetric.objects.order_by("pk").values())[:2] == before


def test_two_runs_of_a_night_are_two_sessions_and_the_report_belongs_to_the_last(folder: Path):
    write_history(folder, [END, END.replace(hour=10)])
    write_result(folder, END.replace(hour=10))
    write_report(folder, NIGHT)
    run(folder)

    first, second = TrainingSession.objects.order_by("start_time")
    assert (first.overall_quality, second.overall_quality) == (None, 8.0)
    assert set(second.sources.values_list("kind", flat=True)) == {"metrics", "result", "report"}


def test_the_report_of_the_first_run_stays_with_it_when_a_second_run_writes_its_own(folder: Path):
    write_result(folder, END)
    write_report(folder, NIGHT, quality=8.0)
    run(folder)
    write_result(folder, END.replace(hour=10))
    write_report(folder, NIGHT, quality=8.5)
    run(folder)

    sessions = TrainingSession.objects.order_by("start_time")
    assert [session.overall_quality for session in sessions] == [8.0, 8.5]


def test_points_of_a_run_that_told_no_end_are_a_failed_session(folder: Path):
    stray = {"timestamp": "2025-11-13T03:00:10", "score": 7.0}
    write_history(folder, [END], agent_2_quality=[stray])
    run(folder)

    failed = TrainingSession.objects.get(night=date(2025, 11, 13))
    assert failed.status == "failed"
    assert "left no end" in failed.error_message


def test_points_that_may_belong_to_a_run_still_going_on_wait_for_its_end(folder: Path):
    now = datetime.now(UTC)
    stray = {"timestamp": now.isoformat(), "score": 7.0}
    settle(write_history(folder, [END], agent_2_quality=[stray]), seconds_ago=0)
    run(folder)
    assert TrainingSession.objects.get().night == NIGHT


def test_the_difference_is_computed_against_the_last_known_value(folder: Path):
    for day, quality in ((12, 7.0), (13, 7.7), (14, 8.0)):
        write_report(folder, NIGHT.replace(day=day), quality=quality)
    run(folder)
    rows = AgentMetric.objects.order_by("night")
    assert [row.improvement_computed for row in rows] == [None, 0.7, 0.3]
    assert [row.improvement for row in rows] == [0.1, 0.1, 0.1]


def test_a_night_that_arrives_late_changes_the_difference_of_the_next(folder: Path):
    for day, quality in ((11, 7.0), (13, 7.7)):
        write_report(folder, NIGHT.replace(day=day), quality=quality)
    run(folder)
    write_report(folder, NIGHT.replace(day=12), quality=7.2)
    run(folder)
    rows = AgentMetric.objects.order_by("night")
    assert [row.improvement_computed for row in rows] == [None, 0.2, 0.5]


def test_a_changed_report_replaces_what_came_from_it(folder: Path):
    write_report(folder, NIGHT, quality=7.0, agents=("agent_1", "agent_2"))
    run(folder)
    session = TrainingSession.objects.get()
    write_report(folder, NIGHT, quality=9.0, agents=("agent_1",))
    run(folder)

    assert TrainingSession.objects.get().pk == session.pk
    assert AgentMetric.objects.get().quality_score == 9.0
    assert set(Metric.objects.values_list("agent_id", flat=True)) == {"agent_1", None}


def test_an_agent_found_in_a_report_is_added(folder: Path):
    write_report(folder, NIGHT, agents=("agent_12",))
    run(folder)
    assert Agent.objects.get(pk="agent_12").name == "Agent_12"


def test_a_session_that_the_dashboard_ran_is_completed_and_not_doubled(nested: Path):
    session = own_session(
        start=datetime(2025, 11, 14, 2, 59, 58, tzinfo=UTC),
        end=datetime(2025, 11, 14, 3, 0, 5, tzinfo=UTC),
        status="failed",
        error_message="exit status 1",
        metadata={"run": {"note": "x"}},
    )
    run(nested)

    session.refresh_from_db()
    assert TrainingSession.objects.filter(night=NIGHT).get() == session
    assert (session.status, session.error_message) == ("failed", "exit status 1")
    assert session.overall_quality == 7.3
    assert session.agents_trained == 9
    assert session.metadata["run"] == {"note": "x"}
    assert len(session.phases) == 6
    assert AgentMetric.objects.filter(session_id=session.pk).count() == 12
    events = Event.objects.filter(session_id=session.pk)
    assert [event.event_type for event in events] == ["training_report"]


def test_the_phases_that_a_run_showed_are_kept(nested: Path):
    seen = [{"name": "harvesting", "seconds": 1.5}]
    session = own_session(
        start=datetime(2025, 11, 14, 2, 59, tzinfo=UTC),
        end=datetime(2025, 11, 14, 3, 5, tzinfo=UTC),
        phases=seen,
    )
    run(nested)
    session.refresh_from_db()
    assert session.phases == seen


def test_what_a_run_wrote_belongs_to_it_even_if_the_zone_is_set_wrongly(folder: Path):
    now = datetime.now(UTC)
    session = own_session(start=now - timedelta(minutes=1))
    off = (now + timedelta(hours=5)).replace(tzinfo=None)
    write_result(folder, off, seconds_ago=0)
    run(folder, session_id=session.pk)
    assert SessionSource.objects.get().session == session


def test_an_old_result_does_not_belong_to_a_run_that_is_going_on(nested: Path):
    session = own_session(start=datetime.now(UTC) - timedelta(minutes=1))
    settle(nested / "holistic_training_result.json", seconds_ago=0)
    run(nested, session_id=session.pk)
    assert not session.sources.exists()


def test_a_report_written_before_a_run_began_does_not_belong_to_it(folder: Path):
    start = datetime.now(UTC) - timedelta(minutes=1)
    session = own_session(start=start)
    settle(write_report(folder, start.date()), seconds_ago=600)
    run(folder)
    assert not session.sources.exists()

    settle(write_report(folder, start.date(), quality=9.0), seconds_ago=0)
    run(folder)
    session.refresh_from_db()
    assert session.overall_quality == 9.0
    assert session.duration_seconds is None


def test_the_background_import_takes_what_changed(nested: Path):
    first = import_changes()
    assert first is not None
    assert first.counts["imported"] == 6
    second = import_changes()
    assert second is not None
    assert second.counts["unchanged"] == 6


def test_a_missing_folder_is_one_warning_and_no_error(folder: Path, settings, caplog):
    settings.ORCHESTRATOR_PATH = folder / "nowhere"
    assert import_changes() is None
    assert import_changes() is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
