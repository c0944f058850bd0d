import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.durations import PastDurations
from training.models import TrainingSession
from training.phases import PHASES
from training.progress import ProgressSnapshot, RunProgress
from training.selectors_progress import past_durations, read_progress

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
AGENTS = [f"agent_{number}" for number in (1, 2, 3, 4)]
USUAL = PastDurations(
    {
        "harvesting": [10, 10, 10],
        "validation": [10, 10, 10],
        "agent_training": [60, 60, 60],
        "production": [0, 0, 0],
        "monitoring": [10, 10, 10],
        "cleanup": [10, 10, 10],
    }
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_run(past: PastDurations | None = None, agents: list[str] = AGENTS) -> RunProgress:
    return RunProgress(agent_ids=list(agents), past=past or PastDurations(), started_at=START)


def feed(run: RunProgress, *lines: str, seconds: float = 0) -> ProgressSnapshot:
    for line in lines:
        run.feed(line, at(seconds))
    return run.snapshot(at(seconds))


def said(**fields: object) -> str:
    return json.dumps(fields)


def test_a_silent_run_has_no_phases_and_no_percentage():
    run = a_run(USUAL)
    seen = run.snapshot(at(3600))
    assert (seen.phase, seen.phases, seen.agent_states) == ("idle", [], {})
    assert seen.percent is None
    assert seen.time_left is None
    run.finish(at(3700), ok=True)
    assert run.snapshot(at(3700)).percent == 100


def test_phases_have_their_measured_durations():
    run = a_run()
    feed(run, "📊 PHASE 1: DATA HARVESTING")
    feed(run, "🔍 PHASE 2: DATA VALIDATION", seconds=12.5)
    run.finish(at(20), ok=True)
    phases = run.snapshot(at(20)).phases
    assert phases[0] == {
        "name": "harvesting",
        "raw_name": "DATA HARVESTING",
        "status": "completed",
        "started_at": "2026-03-01T03:00:00.000Z",
        "ended_at": "2026-03-01T03:00:12.500Z",
        "seconds": 12.5,
    }
    assert (phases[1]["status"], phases[1]["seconds"]) == ("completed", 7.5)


def test_a_run_that_prints_all_at_the_end_has_the_durations_it_reports():
    run = a_run()
    feed(run, "PHASE 2: DATA VALIDATION", "  ⏱️  Time: 31.50s", "PHASE 3: AGENT TRAINING")
    assert run.snapshot(at(0)).phases[0]["seconds"] == 31.5


def test_agents_wait_run_and_end_with_their_reason():
    run = a_run()
    feed(run, "PHASE 3: AGENT TRAINING", "🤖 Training Trend Detective (agent_1)...")
    feed(run, "✅ Success | Time: 13ms | Improvement: +1.8%", seconds=1)
    feed(run, "🤖 Training Audio Curator (agent_2)...", "✗ Agent not found", seconds=2)
    feed(run, "🤖 Training Concept (agent_3)...", "⚠️  No data available - skipping", seconds=3)
    seen = feed(run, "🤖 Training Late Comer (agent_9)...", seconds=4)
    states = seen.agent_states
    assert {key: value["state"] for key, value in states.items()} == {
        "agent_1": "done",
        "agent_2": "failed",
        "agent_3": "skipped",
        "agent_4": "waiting",
        "agent_9": "running",
    }
    assert (states["agent_1"]["improvement"], states["agent_1"]["processing_time_ms"]) == (1.8, 13)
    assert states["agent_2"]["reason"] == "Agent not found"
    assert states["agent_2"]["improvement"] is None
    assert states["agent_9"]["started_at"] == "2026-03-01T03:00:04.000Z"
    assert seen.current_agent == "agent_9"
    assert (seen.agents_trained, seen.agents_failed) == (1, 2)


def test_events_are_handed_over_once():
    run = a_run()
    feed(run, "PHASE 3: AGENT TRAINING", "Training A (agent_1)...", "✗ Agent not found")
    feed(run, "[WARN] disk is slow")
    notes = [(note.event_type, note.severity, note.agent_id) for note in run.take_events()]
    assert notes == [
        ("phase_started", "info", None),
        ("agent_failed", "error", "agent_1"),
        ("run_log", "warning", None),
    ]
    assert run.take_events() == []


def test_a_phase_that_is_disabled_is_skipped_and_a_mere_warning_is_not():
    run = a_run()
    feed(run, "PHASE 4: PRODUCTION RUN", "⚠️  Production run disabled in configuration")
    feed(run, "PHASE 5: MONITORING & LOGGING", "⚠️  3 old reports")
    seen = feed(run, "PHASE 6: CLEANUP & ARCHIVING")
    assert [phase["status"] for phase in seen.phases] == ["skipped", "completed", "running"]


def test_agents_may_be_trained_side_by_side_if_the_run_says_so():
    run = a_run()
    for agent_id in ("agent_1", "agent_2"):
        feed(run, said(event="agent", agent_id=agent_id))
    feed(run, said(event="agent", agent_id="agent_2", status="done"))
    states = run.snapshot(at(1)).agent_states
    assert (states["agent_1"]["state"], states["agent_2"]["state"]) == ("running", "done")


def test_a_printing_run_that_goes_on_has_ended_the_agent_before():
    run = a_run()
    states = feed(run, "Training A (agent_1)...", "Training B (agent_2)...").agent_states
    assert states["agent_1"]["state"] == "done"
    assert "did not say" in states["agent_1"]["reason"]


def test_percent_is_the_share_of_the_usual_time():
    run = a_run(USUAL)
    assert feed(run, "PHASE 1: DATA HARVESTING").percent == 0
    assert run.snapshot(at(5)).percent == 5
    assert feed(run, "PHASE 2: DATA VALIDATION", seconds=10).percent == 10
    feed(run, "PHASE 3: AGENT TRAINING", seconds=20)
    feed(run, "Training A (agent_1)...", "Success", "Training B (agent_2)...", "Success")
    assert run.snapshot(at(21)).percent == 20 + 30


def test_percent_counts_phases_and_agents_where_nothing_is_known_of_the_past():
    run = a_run()
    assert feed(run, "PHASE 2: DATA VALIDATION").percent == pytest.approx(100 / 6, abs=0.1)
    feed(run, "PHASE 3: AGENT TRAINING", "Training A (agent_1)...", "Success")
    assert run.snapshot(at(1)).percent == pytest.approx(100 * 2.25 / 6, abs=0.1)


def test_percent_stays_below_a_hundred_until_the_end_and_where_it_was_after_a_failure():
    run = a_run()
    assert feed(run, said(event="progress", percent=100)).percent == 99
    assert feed(run, said(event="progress", percent=20)).percent == 99
    run.finish(at(1), ok=False)
    assert run.snapshot(at(1)).percent == 99


def test_a_failed_run_ends_what_was_under_way():
    run = a_run()
    feed(run, "PHASE 3: AGENT TRAINING", "Training A (agent_1)...")
    run.finish(at(9), ok=False)
    seen = run.snapshot(at(9))
    assert seen.phases[-1]["status"] == "failed"
    assert seen.current_agent is None
    assert seen.agent_states["agent_1"]["state"] == "failed"
    assert seen.agent_states["agent_2"]["state"] == "skipped"


def test_a_stopped_run_has_not_failed_in_its_phase():
    run = a_run()
    feed(run, "PHASE 3: AGENT TRAINING", "Training A (agent_1)...")
    run.finish(at(9), ok=False, stopped=True)
    seen = run.snapshot(at(9))
    assert seen.phases[-1]["status"] == "stopped"
    assert "stopped" in seen.agent_states["agent_1"]["reason"]


def test_a_failure_is_explained_with_the_last_errors_else_with_the_last_words():
    run = a_run()
    feed(run, "[ERROR] Training Failed: no module", "bye")
    run.finish(at(1), ok=False)
    assert run.snapshot(at(1)).last_error_lines == ["Training Failed: no module"]
    run = a_run()
    feed(run, "loading", "", "Segmentation fault")
    run.finish(at(1), ok=False)
    assert run.snapshot(at(1)).last_error_lines == ["loading", "Segmentation fault"]


def test_time_left_is_a_range_from_the_past():
    past = PastDurations({"harvesting": [10, 20, 30], "cleanup": [1, 2, 3]})
    run = a_run(past)
    left = feed(run, "PHASE 1: DATA HARVESTING").time_left
    assert left
    assert (left.low_seconds, left.high_seconds, left.middle_seconds) == (16.5, 27.5, 22)
    left = run.snapshot(at(12)).time_left
    assert left
    assert (left.low_seconds, left.high_seconds) == (10.5 + 1.5, 15.5 + 2.5)


@pytest.mark.parametrize(
    ("past", "seconds"),
    [
        ({}, 0),
        ({"harvesting": [10, 20]}, 0),
        ({"harvesting": [10, 20, 30], "cleanup": [1, 2]}, 0),
        ({"harvesting": [10, 20, 30]}, 31),
    ],
)
def test_time_left_is_unknown_without_three_like_phases_that_took_as_long(past, seconds):
    run = a_run(PastDurations(past))
    feed(run, "PHASE 1: DATA HARVESTING")
    assert run.snapshot(at(seconds)).time_left is None


def test_a_clock_that_goes_back_makes_nothing_negative():
    run = a_run(USUAL)
    feed(run, "PHASE 1: DATA HARVESTING", seconds=100)
    feed(run, "PHASE 2: DATA VALIDATION", seconds=-3500)
    seen = run.snapshot(at(-3490))
    assert seen.phases[0]["seconds"] == 0
    assert seen.percent
    assert seen.percent >= 10


def test_metrics_keep_their_newest_value():
    run = a_run()
    feed(
        run, said(event="metric", name="loss", value=2), said(event="metric", name="loss", value=1)
    )
    seen = feed(run, said(event="metric", name="loss", value=3, agent_id="agent_1"))
    assert seen.metrics == {"loss": 1, "agent_1.loss": 3}


def test_memory_stays_small_whatever_is_printed():
    run = a_run()
    for number in range(2500):
        run.feed(said(event="phase", name=f"step {number}"), at(number))
        run.feed("[ERROR] again", at(number))
        run.feed(said(event="agent", agent_id=f"a{number}", status="failed"), at(number))
        run.feed(said(event="metric", name=f"m{number}", value=1), at(number))
    seen = run.snapshot(at(1))
    assert len(seen.phases) == 100
    assert len(seen.agent_states) == 500
    assert len(seen.metrics) == 200
    assert len(run.take_events()) == 1000


_lines = st.one_of(
    st.text(max_size=40),
    st.integers(1, 7).map(lambda number: f"PHASE {number}: STEP"),
    st.sampled_from(AGENTS).map(lambda agent_id: f"Training X ({agent_id})..."),
    st.sampled_from(["Success | Time: 3ms", "✗ no", "⚠️ skipping", "[ERROR] bad"]),
    st.floats(0, 100).map(lambda percent: said(event="progress", percent=percent)),
)


@given(st.lists(st.tuples(_lines, st.integers(-50, 500)), max_size=40), st.booleans())
def test_percent_never_goes_back_and_snapshots_are_storable(lines, ok):
    run, last = a_run(USUAL), 0.0
    for line, seconds in lines:
        run.feed(line, at(seconds))
        seen = run.snapshot(at(seconds))
        json.dumps([seen.phases, seen.agent_states], allow_nan=False)
        if seen.percent is not None:
            assert last <= seen.percent < 100
            last = seen.percent
    run.finish(at(600), ok=ok)
    end = run.snapshot(at(600))
    assert end.percent == 100 if ok else (end.percent or 0) < 100
    assert all(phase["ended_at"] for phase in end.phases)
    assert "running" not in {agent["state"] for agent in end.agent_states.values()}


@pytest.mark.parametrize("shape", ["full", "flat"])
def test_the_printing_of_a_real_pipeline_is_understood(shape):
    text = (SAMPLES / shape / "train-verbose-stdout.txt").read_text(encoding="utf-8")
    run = a_run(agents=[])
    for number, line in enumerate(text.splitlines(keepends=True)):
        run.feed(line, at(number))
    run.finish(at(500), ok=True)
    seen = run.snapshot(at(500))
    assert [phase["name"] for phase in seen.phases] == list(PHASES)
    assert seen.phases[3]["status"] == "skipped"
    assert len(seen.agent_states) == 10
    expected = {"full": (9, 1, "done"), "flat": (0, 10, "failed")}[shape]
    state = seen.agent_states["agent_1"]["state"]
    assert (seen.agents_trained, seen.agents_failed, state) == expected
    assert seen.agent_states["agent_8"]["reason"] == "No data available - skipping"


def make_session(**values: Any) -> TrainingSession:
    fields: dict[str, Any] = {
        "start_time": START,
        "night": START.date(),
        "status": "completed",
        **values,
    }
    return TrainingSession.objects.create(**fields)


def test_past_durations_come_from_the_newest_completed_sessions(db, settings):
    settings.ORCHESTRATOR_IS_SAMPLE = False
    for number in range(12):
        make_session(
            start_time=START + timedelta(days=number),
            phases=[
                {"name": "harvesting", "seconds": number},
                {"name": "cleanup", "seconds": None},
            ],
        )
    make_session(status="failed", phases=[{"name": "harvesting", "seconds": 999}])
    make_session(is_sample=True, phases=[{"name": "harvesting", "seconds": 999}])
    assert past_durations().by_phase == {"harvesting": [float(n) for n in range(11, 1, -1)]}


def test_the_progress_of_a_row_is_read_with_one_query(db, settings, django_assert_num_queries):
    settings.ORCHESTRATOR_IS_SAMPLE = False
    for number in range(3):
        make_session(phases=[{"name": "harvesting", "seconds": 10 + number}])
    run = a_run()
    phases = feed(run, "PHASE 1: DATA HARVESTING").phases
    session = make_session(status="running", phases=phases, progress_percent=3)
    with django_assert_num_queries(1):
        seen = read_progress(session, now=at(1))
    assert (seen.percent, seen.elapsed_seconds) == (3, 1)
    assert seen.time_left
    assert seen.time_left.low_seconds == 9.5
    assert seen.seconds_left == 10


def test_an_ended_session_has_no_time_left(db, django_assert_num_queries):
    session = make_session(end_time=at(60), phases=[{"name": "harvesting", "seconds": 10}])
    with django_assert_num_queries(0):
        seen = read_progress(session, now=at(9999))
    assert (seen.elapsed_seconds, seen.time_left) == (60, None)


def test_agents_that_a_stopped_run_never_came_to_have_not_failed():
    run = a_run()
    feed(
        run,
        "🎓 PHASE 3: AGENT TRAINING",
        "  🤖 Training Trend Detective (agent_1)...",
        "     ✅ Success | Time: 13ms | Improvement: +1.8%",
        "  🤖 Training Audio Curator (agent_2)...",
    )
    run.finish(at(5), ok=False, stopped=True)
    seen = run.snapshot(at(5))
    assert (seen.agents_trained, seen.agents_failed) == (1, 1)  # the one in training was cut off
    assert seen.agent_states["agent_3"]["state"] == "skipped"
