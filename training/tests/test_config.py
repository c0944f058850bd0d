"""Configurations in both shapes, and what is refused with its key."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orchestrator.config import (
    AgentConfig,
    OrchestratorConfig,
    match_agent,
    parse_config,
)
from training.orchestrator.errors import OrchestratorFileError

SAMPLES = Path(__file__).parent / "samples"
KNOWN = {
    "agent_1": "Trend Detective",
    "agent_2": "Audio Curator",
    "agent_3": "Video Concept",
    "agent_11": "Meta Trainer",
}


def dumped(**keys: Any) -> bytes:
    return json.dumps({"training": keys}).encode()


def test_it_reads_the_nested_shape():
    config = parse_config((SAMPLES / "nested/training/config.json").read_bytes())

    assert config.enabled is True
    assert (config.schedule, config.description) == ("0 3 * * *", "Daily training at 3 AM")
    assert (config.timeout_total_seconds, config.timeout_per_agent_seconds) == (1800, 300)
    assert config.overall_target == 8.5
    assert len(config.agents) == 12
    assert config.agents[0] == AgentConfig(
        "agent_1", "Trend Detective", "Identifies viral trends", True, "high", 8.0
    )
    targets = {agent.agent_id: agent.quality_target for agent in config.agents}
    assert (targets["agent_8"], targets["agent_10"], targets["agent_5a"]) == (9.5, 8.5, 9.0)


def test_it_reads_the_flat_shape():
    config = parse_config((SAMPLES / "flat/training/config.json").read_bytes())

    assert config.enabled is True
    assert config.schedule is None
    assert config.overall_target == 8.0
    assert config.agent_names[:2] == ("trend_detective", "audio_quality_curator")


@pytest.mark.parametrize("data", [b"{}", b'{"training": {}}', b'{"training": null}'])
def test_every_key_may_be_missing(data: bytes):
    assert parse_config(data) == OrchestratorConfig()


def test_a_training_that_is_switched_off_is_not_the_same_as_unknown():
    assert parse_config(b'{"training_enabled": false}').enabled is False


def test_a_target_without_a_described_agent_makes_one():
    config = parse_config(dumped(quality_targets={"agent_12_harvest": 6, "description": "x"}))
    assert config.agents == (AgentConfig("agent_12", quality_target=6.0),)


def test_targets_given_as_shares_are_brought_to_ten():
    config = parse_config(dumped(quality_targets={"agent_1_accuracy": 0.8, "overall_system": 0.9}))
    assert (config.agents[0].quality_target, config.overall_target) == (8.0, 9.0)


@pytest.mark.parametrize(
    ("name", "agent_id"),
    [
        ("trend_detective", "agent_1"),
        ("audio_quality_curator", "agent_2"),
        ("agent_3", "agent_3"),
        ("music_producer", None),
        ("trainer", None),
    ],
)
def test_a_name_in_snake_case_finds_the_agent_it_means(name: str, agent_id: str | None):
    assert match_agent(name, KNOWN) == agent_id


@pytest.mark.parametrize(
    ("data", "location"),
    [
        (dumped(enabled="yes"), "key training.enabled"),
        (dumped(schedule="at three"), "key training.schedule"),
        (dumped(schedule="0 0 31 2 *"), "key training.schedule"),
        (dumped(schedule="0 0 3 * * *"), "key training.schedule"),
        (dumped(timeout_total_seconds=0), "key training.timeout_total_seconds"),
        (dumped(agent_training=[]), "key training.agent_training"),
        (dumped(agent_training={"a b": {}}), "key training.agent_training.a b"),
        (
            dumped(agent_training={"agent_1": {"priority": "urgent"}}),
            "key training.agent_training.agent_1.priority",
        ),
        (
            dumped(quality_targets={"agent_1_x": 11}),
            "key training.quality_targets.agent_1_x",
        ),
        (
            dumped(quality_targets={"agent_1_x": float("nan")}),
            "key training.quality_targets.agent_1_x",
        ),
        (b'{"agents": "trend_detective"}', "key agents"),
        (
            b'{"holistic_training": {"quality_threshold": "x"}}',
            "key holistic_training.quality_threshold",
        ),
        (b'{"training": true}', "key training"),
    ],
)
def test_it_refuses_a_wrong_value_and_names_the_key(data: bytes, location: str):
    with pytest.raises(OrchestratorFileError) as caught:
        parse_config(data)
    assert caught.value.location == location


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes):
    with suppress(OrchestratorFileError):
        parse_config(data)
