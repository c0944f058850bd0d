import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.output import (
    LONGEST_NAME,
    LONGEST_TEXT,
    AgentChange,
    AgentTotal,
    LogReport,
    MetricReport,
    PhaseChange,
    ProgressReport,
    RunEvent,
    contract_phase,
    parse_line,
)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("📊 PHASE 1: DATA HARVESTING", PhaseChange("harvesting", "DATA HARVESTING", "running")),
        ("🔍 PHASE 2: DATA VALIDATION", PhaseChange("validation", "DATA VALIDATION", "running")),
        ("🎓 PHASE 3: AGENT TRAINING", PhaseChange("agent_training", "AGENT TRAINING", "running")),
        ("🎬 PHASE 4: PRODUCTION RUN", PhaseChange("production", "PRODUCTION RUN", "running")),
        (
            "📊 PHASE 5: MONITORING & LOGGING",
            PhaseChange("monitoring", "MONITORING & LOGGING", "running"),
        ),
        (
            "🧹 PHASE 6: CLEANUP & ARCHIVING",
            PhaseChange("cleanup", "CLEANUP & ARCHIVING", "running"),
        ),
        (
            "  🤖 Training Veo Generator (agent_5a)...",
            AgentChange("agent_5a", "running", name="Veo Generator", in_turn=True),
        ),
        (
            "     ✅ Success | Time: 13ms | Improvement: +1.8%",
            AgentChange(None, "done", improvement=1.8, processing_time_ms=13),
        ),
        (
            "     ✅ Success | Time: 2.5s | Improvement: -0.3%\n",
            AgentChange(None, "done", improvement=-0.3, processing_time_ms=2500),
        ),
        ("Success", AgentChange(None, "done")),
        ("     ✗ Agent not found", AgentChange(None, "failed", reason="Agent not found")),
        (
            "     ⚠️  No data available - skipping",
            AgentChange(None, "skipped", reason="No data available - skipping"),
        ),
        ("  ✅ Agents Trained: 9/10", AgentTotal(9, 10)),
        ("  ⏱️  Time: 0.13s (0.00 minutes)", PhaseChange(None, "", "running", seconds=0.13)),
        (
            "[ERROR] Training Failed: No module named 'agents'",
            LogReport("error", "Training Failed: No module named 'agents'"),
        ),
        (
            "ModuleNotFoundError: No module named 'agents'",
            LogReport("error", "ModuleNotFoundError: No module named 'agents'"),
        ),
        (
            "torch.cuda.OutOfMemoryError: 2 GB",
            LogReport("error", "torch.cuda.OutOfMemoryError: 2 GB"),
        ),
        ("KeyboardInterrupt", LogReport("error", "KeyboardInterrupt")),
        ("\x1b[31m[WARN] disk is slow\x1b[0m", LogReport("warning", "disk is slow")),
    ],
)
def test_it_reads_what_real_pipelines_print(line, event):
    assert parse_line(line) == event


@pytest.mark.parametrize(
    "line",
    [
        "",
        "=" * 80,
        "🚀 HOLISTIC TRAINING PIPELINE - STARTING",
        "✅ HOLISTIC TRAINING PIPELINE - COMPLETED",
        "  • Validating trend... ✓ 50/50 passed",
        "   Agents Trained: 9",
        "  ✅ Total Cleaned Records: 450",
        "[SUCCESS] Duration: 0.00 minutes",
        "║   Status: ⚠️  Declined                                                       ║",
        "║ Trend Detective (agent_1)                                                    ║",
        "   Total Time: 0.00 minutes",
        "    ValueError: quoted in a report",
        "{not json}",
        '{"event": "unheard of"}',
        '{"event": ["phase"]}',
        '{"event": "phase"}',
        '{"event": "agent", "agent_id": "agent_1", "status": "thinking"}',
        '{"event": "progress", "percent": 101}',
        '{"event": "progress", "percent": true}',
        '{"event": "progress", "percent": NaN}',
        '{"event": "metric", "name": "loss", "value": "0.3"}',
        '{"event": "metric", "name": "loss", "value": 1e999}',
        '{"event": "log", "level": "info", "message": ""}',
        "{" * 30_000 + "}" * 30_000,
    ],
)
def test_other_lines_say_nothing(line):
    assert parse_line(line) is None


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        (
            {"event": "phase", "name": "training", "status": "completed", "seconds": 61},
            PhaseChange("agent_training", "training", "completed", 61),
        ),
        (
            {"event": "phase", "name": "Fine Tuning"},
            PhaseChange("fine_tuning", "Fine Tuning", "running"),
        ),
        (
            {
                "event": "agent",
                "agent_id": "agent_8",
                "status": "done",
                "improvement": 2,
                "processing_time_ms": 1200.5,
            },
            AgentChange("agent_8", "done", improvement=2, processing_time_ms=1200.5),
        ),
        (
            {"event": "agent", "agent_id": "agent_8", "status": "failed", "reason": "no data\0"},
            AgentChange("agent_8", "failed", reason="no data"),
        ),
        ({"event": "progress", "percent": 42.5}, ProgressReport(42.5)),
        (
            {"event": "metric", "name": "loss", "value": 0.25, "agent_id": "agent_8"},
            MetricReport("loss", 0.25, "agent_8"),
        ),
        ({"event": "metric", "name": "records", "value": 450}, MetricReport("records", 450)),
        ({"event": "log", "message": "half way"}, LogReport("info", "half way")),
    ],
)
def test_it_reads_one_json_object_per_line(fields, event):
    assert parse_line(json.dumps(fields)) == event


def test_a_title_without_a_known_word_is_known_by_its_number():
    assert contract_phase("FEEDING THE MODELS", 3) == "agent_training"
    assert contract_phase("FEEDING THE MODELS", 9) == "feeding_the_models"


def _texts_of(event: RunEvent) -> list[str]:
    return [value for value in vars(event).values() if isinstance(value, str)]


_pieces = st.sampled_from(
    [
        "PHASE 1: ",
        "Training ",
        " (agent_1)...",
        "Success | Time: ",
        "✗ ",
        "⚠️ ",
        "[ERROR] ",
        "\r",
        "\0",
    ]
)


@given(st.lists(st.one_of(_pieces, st.text(max_size=30)), max_size=8).map("".join))
def test_it_never_raises_and_what_it_takes_is_short_and_storable(line):
    event = parse_line(line)
    for text in _texts_of(event) if event else []:
        assert len(text) <= LONGEST_TEXT
        assert "\0" not in text
        text.encode()


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=80)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
_keys = st.sampled_from(
    ["name", "status", "seconds", "agent_id", "reason", "percent", "value", "level", "message"]
)


@given(
    st.sampled_from(["phase", "agent", "progress", "metric", "log"]),
    st.dictionaries(_keys, _values),
)
def test_json_of_any_content_never_raises(kind, fields):
    event = parse_line(json.dumps({"event": kind, **fields}))
    for text in _texts_of(event) if event else []:
        assert len(text) <= LONGEST_TEXT
        text.encode()
    if isinstance(event, PhaseChange):
        assert len(event.name or "") <= LONGEST_NAME
