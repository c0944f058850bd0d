"""The parser of the pipeline's files."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.pipeline_files import (
    PipelineDocument,
    PipelineFileError,
    TitledFile,
    paired_with,
    parse,
)
from storyboard.tests import pipeline


def _parse(data: Any) -> PipelineDocument:
    document = parse(json.dumps(data).encode())
    assert document is not None
    return document


def test_a_concept_gives_lengths_and_descriptions():
    document = _parse(pipeline.concept())
    assert (document.kind, document.music) == ("concept", "Neon Nights")
    assert document.made_at == datetime(2026, 1, 2, 3, 10)  # noqa: DTZ001 - as in the file
    assert document.project == {"music_duration_seconds": 30.5, "frame_rate": 30.0}
    assert document.scenes[2] == {"duration_seconds": 24.5, "description": "Single Shot"}
    assert document.complaints == []


def test_a_screenplay_gives_text_and_tags():
    document = _parse(pipeline.screenplay())
    assert document.kind == "screenplay"
    assert document.scenes[1] == {
        "duration_seconds": 3.0,
        "description": "Fade In",
        "screenplay": "[Scene 1 - BASIC] Fade In",
        "style_tags": ["camera", "light", "calm"],
    }


@pytest.mark.parametrize("model", ["veo", "runway"])
def test_prompts_make_a_scene_prompted(model):
    document = _parse(pipeline.prompts(model=model))
    assert document.kind == model
    assert document.scenes[3] == {
        "duration_seconds": 3.0,
        "prompt": f"{model} of Fade Out",
        "status": "prompted",
    }


def test_words_may_be_one_text_with_commas():
    data = pipeline.screenplay()
    data["screenplay"][0] |= {"visual_elements": "fog, neon ,,", "mood": "dark"}
    assert _parse(data).scenes[1]["style_tags"] == ["fog", "neon", "dark"]


@pytest.mark.parametrize(
    ("written", "title"), [("N\x00UL", "NUL"), (1999, "1999"), (True, ""), (None, "")]
)
def test_a_title_is_a_text_that_can_be_stored(written, title):
    assert _parse(pipeline.concept(written)).music == title


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_at_the_ends_of_the_calendar_is_unknown(written):
    document = _parse(pipeline.concept(timestamp=written))
    assert document.made_at is None
    assert "timestamp" in document.complaints[0]


@pytest.mark.parametrize(
    ("written", "number"), [(" " * 10 + "5", 5), ("12 ", 12), ("9" * 5000, None), ("²", None)]
)
def test_a_scene_number_may_be_a_text(written, number):
    document = _parse(pipeline.concept(scenes=[{"scene": written}]))
    assert list(document.scenes) == ([] if number is None else [number])


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def _titled(*files: tuple[str, float, str]) -> list[TitledFile]:
    return [TitledFile(name, NOON + timedelta(hours=hours), music) for name, hours, music in files]


@pytest.mark.parametrize(
    ("name", "titled", "music"),
    [
        ("concept.json", _titled(("screenplay.json", 1, "A")), "A"),
        ("concept.json", _titled(("screenplay.json", -7, "A")), None),
        ("concept.json", _titled(("a.json", -2, "A"), ("b.json", 1, "B")), "B"),
        ("concept.json", _titled(("a.json", -1, "A"), ("b.json", 1, "B")), None),
        ("concept.json", _titled(("a.json", -1, "A"), ("b.json", 1, "a ")), "A"),
        ("concept_2.json", _titled(("screenplay_1.json", 0, "A")), None),
        (
            "concept_2.json",
            _titled(("screenplay_1.json", 0, "A"), ("screenplay_2.json", 9, "B")),
            "B",
        ),
        ("veo-3.1_prompts_2.json", _titled(("screenplay_02.json", 9, "B")), "B"),
        ("concept_2026-01-02.json", _titled(("screenplay_2026-01-02.json", 9, "B")), "B"),
        ("c_20260102_0310.json", _titled(("s_20260102_0312.json", 0, "A")), "A"),
        ("concept.json", [], None),
    ],
)
def test_a_file_without_title_is_paired_by_its_name_or_its_time(name, titled, music):
    other = paired_with(name, NOON, titled)
    assert (other.music if other else None) == music


@pytest.mark.parametrize(
    ("scenes", "complaint"),
    [
        ([{"scene": 1, "duration": -1, "description": "x"}], "scene 1: duration is no number"),
        ([{"scene": 1, "duration": "3"}], "scene 1: duration is no number"),
        ([{"scene": 1, "duration": True}], "scene 1: duration is no number"),
        ([{"scene": 1, "description": 5}], "scene 1: description is no text"),
        ([{"scene": 0}], "entry 1: scene is no number"),
        ([{"scene": 1.5}], "entry 1: scene is no number"),
        ([{"scene": None}], "entry 1: scene is no number"),
        ([{"scene": 1}, "x"], "entry 2 is no object"),
        ([{"scene": 1}, {"scene": "1"}], "scene 1 occurs twice"),
    ],
)
def test_a_wrong_value_is_a_complaint_and_unknown(scenes, complaint):
    document = _parse(pipeline.concept(scenes=scenes))
    assert any(complaint in text for text in document.complaints), document.complaints
    assert all(fields.keys() <= {"description"} for fields in document.scenes.values())


@pytest.mark.parametrize(
    "data", [[], 5, {}, {"scenes": []}, {"scenes": [{"id": 1}]}, {"status": "success"}]
)
def test_other_json_is_no_storyboard(data):
    assert parse(json.dumps(data).encode()) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"scenes": [{"scene": NaN}]}',
        b"[" * 100_000,
        json.dumps(pipeline.screenplay()).encode()[:-20],
    ],
    ids=range(6),
)
def test_it_says_why_a_file_is_no_json(content):
    with pytest.raises(PipelineFileError, match="not valid JSON"):
        parse(content)


def test_a_byte_order_mark_is_no_obstacle():
    assert parse(b"\xef\xbb\xbf" + json.dumps(pipeline.concept()).encode()) is not None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["scene", "scene_number", "duration", "duration_seconds", "description"]
            )
            | st.sampled_from(["screenplay_text", "veo_prompt", "mood", "visual_elements"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(
    key=st.sampled_from(["screenplay", "prompts", "scenes"]),
    entries=st.lists(ANYTHING, max_size=6),
    rest=st.dictionaries(
        st.sampled_from(
            ["music_title", "music_duration_seconds", "recommended_fps", "timestamp", "model"]
        ),
        ANYTHING,
    ),
)
def test_whatever_the_values_are_only_sensible_ones_come_out(key, entries, rest):
    content = json.dumps(rest | {key: entries}).encode()
    try:
        document = parse(content)
    except PipelineFileError:  # whole numbers beyond 64 bits, infinity
        return
    if document is None:
        return
    assert len(document.music) <= 500
    for number, fields in document.scenes.items():
        assert 1 <= number <= 1000
        seconds = fields.get("duration_seconds", 0.0)
        assert isinstance(seconds, float)
        assert math.isfinite(seconds)
        assert seconds >= 0
        assert all("\x00" not in str(value) for value in fields.values())
