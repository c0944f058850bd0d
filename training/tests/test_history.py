"""The metrics history: points of agents and ends of runs."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.history import parse_history

SAMPLE = Path(__file__).parent / "samples/nested/logs/training_metrics.json"
AT = "2025-11-14T03:00:00.500000"


def dumped(**keys: Any) -> bytes:
    return json.dumps(keys).encode()


def test_it_joins_the_lists_to_one_point_per_agent_and_moment():
    history = parse_history(SAMPLE.read_bytes())

    assert len(history.points) == 27
    point = next(point for point in history.points if point.at.day == 14)
    assert point.agent_id == "agent_1"
    assert point.score == point.raw_score == pytest.approx(7.181517124)
    assert (point.time_ms, point.success) == (13, True)
    assert point.improvement_percent == pytest.approx(1.8151712)


def test_it_reads_the_ends_of_runs():
    run = parse_history(SAMPLE.read_bytes()).runs[-1]

    assert run.at == datetime(2025, 11, 14, 3, 0, 0, 126727)  # noqa: DTZ001 - as written
    assert (run.result.succeeded, run.result.agents_trained) == (True, 9)


def test_a_file_of_shares_is_brought_to_ten_and_keeps_what_was_written():
    points = [{"timestamp": AT, "score": 0.72}]
    history = parse_history(dumped(agent_1_quality=points))

    assert history.points[0].score == pytest.approx(7.2)
    assert history.points[0].raw_score == 0.72


def test_one_low_score_among_high_ones_is_no_share():
    low, high = {"timestamp": AT, "score": 0.72}, {"timestamp": AT, "score": 7}
    history = parse_history(dumped(agent_1_quality=[low], agent_2_quality=[high]))
    assert history.points[0].score == 0.72


def test_lists_it_does_not_know_are_named_and_empty_ones_are_not():
    history = parse_history(dumped(agent_2_audio_quality=[{"x": 1}], agent_3_accuracy=[], more=[1]))
    assert history.unknown_keys == ("agent_2_audio_quality", "more")
    assert history.points == ()


@pytest.mark.parametrize(
    ("data", "location"),
    [
        (dumped(agent_1_quality={}), "key agent_1_quality"),
        (dumped(agent_1_quality=[1]), "key agent_1_quality[0]"),
        (dumped(agent_1_quality=[{"score": 7}]), "key agent_1_quality[0]"),
        (
            dumped(agent_1_quality=[{"timestamp": AT, "score": 12}]),
            "key agent_1_quality[0].score",
        ),
        (
            dumped(agent_1_quality=[{"timestamp": AT, "score": float("nan")}]),
            "key agent_1_quality[0].score",
        ),
        (
            dumped(success_rate=[{"timestamp": AT, "agent": "agent_1", "success": 1}]),
            "key success_rate[0].success",
        ),
        (dumped(training_speed_ms=[{"timestamp": AT}]), "key training_speed_ms[0]"),
        (dumped(training_history=[{"timestamp": AT}]), "key training_history[0]"),
        (
            dumped(training_history=[{"timestamp": AT, "data": {"status": "odd"}}]),
            "key training_history[0].data.status",
        ),
    ],
)
def test_it_refuses_a_wrong_point_and_names_the_key(data: bytes, location: str):
    with pytest.raises(OrchestratorFileError) as caught:
        parse_history(data)
    assert caught.value.location == location


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes):
    with suppress(OrchestratorFileError):
        parse_history(data)
