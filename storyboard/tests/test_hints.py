"""Warnings about a storyboard."""

from datetime import UTC, datetime

import pytest

from agents.models import AgentMetric
from storyboard import selectors, services
from storyboard.tests.factories import make_project
from training.models import TrainingSession

pytestmark = pytest.mark.django_db

DONE = {"prompt": "p", "video_url": "/v.mp4", "duration_seconds": 5.0}


def _codes(project) -> list[tuple[str, int | None]]:
    hints = selectors.board(project_id=project.pk).warnings
    return [(hint.code, hint.number) for hint in hints]


def _project(*scenes, music: float | None = None):
    project = make_project(music_duration_seconds=music)
    services.add_scenes(project_id=project.pk, scenes=scenes)
    return project


def _session(**fields) -> TrainingSession:
    start = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    defaults = {"start_time": start, "night": start.date(), "overall_quality": 7.0}
    return TrainingSession.objects.create(**{"status": "completed"} | defaults | fields)


@pytest.mark.parametrize(
    ("music", "warned"), [(10.0, False), (10.5, False), (10.6, True), (4.0, True), (None, False)]
)
def test_lengths_must_add_up_to_the_music(music, warned):
    project = _project(DONE, DONE, music=music)
    assert _codes(project) == ([("duration_mismatch", None)] if warned else [])


def test_the_warning_says_by_how_much():
    [hint] = selectors.board(project_id=_project(DONE, DONE, music=12.5).pk).warnings
    assert hint.message == ("The scenes take 10 s and are 2.5 s shorter than the music (12.5 s).")


def test_an_unknown_length_is_a_warning_of_its_own():
    project = _project(DONE, DONE | {"duration_seconds": None}, music=99.0)
    assert _codes(project) == [("no_duration", 2)]


def test_a_scene_without_prompt_or_video_is_named():
    project = _project(DONE | {"prompt": ""}, DONE | {"video_url": ""})
    assert _codes(project) == [("no_prompt", 1), ("no_video", 2)]


@pytest.mark.parametrize(
    ("session", "codes"),
    [
        ({}, []),
        ({"status": "failed"}, ["night_failed"]),
        ({"status": "stopped"}, ["night_failed"]),
        ({"overall_quality": None}, ["quality_unknown"]),
        ({"status": "failed", "overall_quality": None}, ["night_failed", "quality_unknown"]),
    ],
)
def test_a_scene_of_a_bad_night_is_named(session, codes):
    project = _project(DONE | {"session_id": _session(**session).pk})
    assert _codes(project) == [(code, 1) for code in codes]


@pytest.mark.parametrize(
    ("outcome", "quality", "codes"),
    [
        ("trained", 8.0, []),
        ("failed", None, ["agent_failed", "quality_unknown"]),
        ("no_data", None, ["quality_unknown"]),
    ],
)
def test_the_agent_counts_more_than_the_night(outcome, quality, codes):
    session = _session()
    AgentMetric.objects.create(
        timestamp=session.start_time,
        night=session.night,
        agent_id="agent_5a",
        session_id=session.pk,
        quality_score=quality,
        status="online" if quality else "offline",
        outcome=outcome,
    )
    project = _project(DONE | {"session_id": session.pk, "agent_id": "agent_5a"})
    assert _codes(project) == [(code, 1) for code in codes]


def test_a_session_that_nobody_knows_is_no_warning():
    assert _codes(_project(DONE | {"session_id": 4711, "agent_id": "agent_5a"})) == []


def test_the_known_part_is_already_too_long():
    project = _project(
        DONE | {"duration_seconds": 50.0}, DONE | {"duration_seconds": None}, music=10.0
    )
    assert _codes(project) == [("duration_mismatch", None), ("no_duration", 2)]


def test_music_without_scenes_is_a_mismatch():
    project = make_project(music_duration_seconds=10.0)
    assert _codes(project) == [("duration_mismatch", None)]


def test_blanks_are_no_prompt():
    project = _project(DONE | {"prompt": "  \n "})
    assert _codes(project) == [("no_prompt", 1)]


def test_a_night_without_quality_is_named_whatever_the_agent_has():
    session = _session(overall_quality=None)
    AgentMetric.objects.create(
        timestamp=session.start_time,
        night=session.night,
        agent_id="agent_5a",
        session_id=session.pk,
        quality_score=8.0,
        status="online",
        outcome="trained",
    )
    project = _project(DONE | {"session_id": session.pk, "agent_id": "agent_5a"})
    assert _codes(project) == [("quality_unknown", 1)]
