"""Result files: success, failure, and what is refused with its key."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.errors import OrchestratorFileError
from training.orchestrator.results import PhaseResult, parse_result

SAMPLES = Path(__file__).parent / "samples"
NESTED = SAMPLES / "nested/holistic_training_result.json"


def dumped(**keys: Any) -> bytes:
    return json.dumps({"status": "success", **keys}).encode()


def test_it_reads_a_success():
    result = parse_result(NESTED.read_bytes())

    assert result.succeeded
    assert result.ended_at == datetime(2025, 11, 14, 3, 0, 0, 126727)  # noqa: DTZ001 - as written
    assert (result.agents_trained, result.agents_failed) == (9, 1)
    assert result.quality_delta_percent == pytest.approx(6.787851575)
    assert result.phases[2] == PhaseResult("training", "success", 0.13)
    assert result.agents[0].agent_id == "agent_1"
    assert result.agents[0].raw["data_count"] == 50


def test_it_reads_a_failure():
    result = parse_result((SAMPLES / "flat/holistic_training_result.json").read_bytes())

    assert not result.succeeded
    assert result.error == "'NoneType' object has no attribute 'harvest'"
    assert result.total_seconds == 41.09
    assert result.agents_trained is None
    assert result.phases == ()


def test_an_error_with_little_else_is_a_result():
    result = parse_result(b'{"status": "error", "error": "no such module"}')
    assert (result.succeeded, result.error, result.ended_at) == (False, "no such module", None)


@pytest.mark.parametrize(
    ("data", "location", "complaint"),
    [
        (b"", "line 1", "empty"),
        (b'{\n "status": "success",', "line 2 column 22", "broken"),
        (b"[1, 2]", "line 1", "An object is expected"),
        (b"{}", "", "no status"),
        (dumped(status="done"), "key status", "is not one of"),
        (dumped(status=1), "key status", "A text is expected, not a number"),
        (dumped(total_time_seconds="12"), "key total_time_seconds", "not a text"),
        (dumped(total_time_seconds=-1), "key total_time_seconds", "not between"),
        (dumped(total_time_seconds=float("nan")), "key total_time_seconds", "nan"),
        (dumped(other={"deep": [1, float("inf")]}), "key other.deep[1]", "inf"),
        (b'{"status": "success", "x": 1e999}', "key x", "inf"),
        (dumped(agents_trained=True), "key agents_trained", "not true or false"),
        (dumped(agents_trained=2.5), "key agents_trained", "whole number"),
        (dumped(agents_trained=10**400), "key agents_trained", "not between"),
        (dumped(system_quality_delta=10**400), "key system_quality_delta", "too large"),
        (dumped(phases=[1]), "key phases", "not a list"),
        (dumped(phases={"training": "success"}), "key phases.training", "not a text"),
        (dumped(timestamp="tonight"), "key timestamp", "is not a time"),
        (dumped(timestamp="0001-01-01T00:00:00"), "key timestamp", "The year 1"),
        (dumped(error="\0"), "key error", "cannot be stored"),
        (b'{"status": "success", "error": "\\ud800"}', "key error", "cannot be stored"),
        (b'{"status": "fa\xefled"}', "line 1", "not in UTF-8"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"x": ' + b"9" * 5000 + b"}", "", "too many digits"),
    ],
)
def test_it_refuses_a_broken_result_and_names_the_place(data, location, complaint):
    with pytest.raises(OrchestratorFileError, match=complaint) as caught:
        parse_result(data)
    assert caught.value.location == location


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = ["status", "phases", "agents_trained", "total_time_seconds", "timestamp", "error"]


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes):
    with suppress(OrchestratorFileError):
        parse_result(data)


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_arbitrary_values_raise_nothing_else(values: dict[str, Any]):
    with suppress(OrchestratorFileError):
        parse_result(json.dumps({"status": "success", **values}).encode())
