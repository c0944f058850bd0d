"""Exports, each read back by a program that knows the format."""

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from logs_app.export import original_cell
from storyboard import services
from storyboard.export.plain import SHOT_COLUMNS, as_subtitles
from storyboard.export.timeline import as_timeline
from storyboard.models import Project, Scene
from storyboard.tests.factories import make_project
from storyboard.timing import place_in_time

pytestmark = pytest.mark.django_db

FIELDS = {
    "name": "Nacht & Neon",
    "music": "Neon",
    "music_file": "music/neon.flac",
    "music_url": "https://example.com/neon",
    "music_duration_seconds": 12.5,
    "artist": "Ünïcode",
    "status": "generated",
    "notes": "two\nlines",
    "frame_rate": 25.0,
}
SCENES: list[dict[str, Any]] = [
    {
        "title": "=HYPERLINK(1)",
        "description": "A road,\n\nwet --> shiny",
        "screenplay": "INT. NIGHT",
        "prompt": '"quoted", with commas',
        "duration_seconds": 4.04,
        "style_tags": ["neon", "rain"],
        "thumbnail": "/pictures/1.jpg",
        "video_url": "https://example.com/1.mp4",
        "status": "approved",
        "agent_id": "agent_5a",
        "session_id": 7,
        "source_number": 1,
        "sources": {"concept": {"description": "A road"}},
    },
    {"title": "<script>alert(1)</script>", "duration_seconds": 8.46},
    {"title": "'quoted", "description": "no length"},
]


@pytest.fixture
def project() -> Project:
    return services.create_project(fields=FIELDS, scenes=SCENES)


def _export(api: APIClient, project: Project, name: str) -> Any:
    answer = api.get(f"/api/storyboard/project/{project.pk}/export?format={name}")
    assert answer.status_code == 200, answer.content
    return answer


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """What is equal in two equal projects: all but ids and times."""
    private = {"id", "created", "updated"}
    kept = {key: value for key, value in document.items() if key not in private}
    kept["scenes"] = [
        {key: value for key, value in scene.items() if key not in private}
        for scene in document["scenes"]
    ]
    return kept


def test_json_imports_again_to_an_equal_project(api: APIClient, project: Project):
    document = _export(api, project, "json").json()
    answer = api.post("/api/storyboard/projects/import", document)
    assert answer.status_code == 201, answer.content
    copy = Project.objects.get(pk=answer.json()["id"])
    assert copy.pk != project.pk
    assert _content(_export(api, copy, "json").json()) == _content(document)
    assert document["scenes"][1]["start_time"] == 4.04
    assert document["scenes"][0]["sources"] == {"concept": {"description": "A road"}}


def test_json_keeps_which_file_was_taken_last(api: APIClient, project: Project):
    sources = {
        "concept": {"name": "Nacht", "frame_rate": 25.0},
        "made_at": {"concept": ["2026-11-02T10:00:00.000000+00:00", "concept_2026-11-02.json"]},
    }
    Project.objects.filter(pk=project.pk).update(sources=sources)
    document = _export(api, project, "json").json()
    answer = api.post("/api/storyboard/projects/import", document)
    assert answer.status_code == 201, answer.content
    assert Project.objects.get(pk=answer.json()["id"]).sources == sources
    document["sources"]["made_at"]["concept"] = [5]
    assert api.post("/api/storyboard/projects/import", document).status_code == 400


def test_json_is_also_what_create_takes(api: APIClient, project: Project):
    document = _export(api, project, "json").json()
    created = api.post("/api/storyboard/project/create", document).json()
    copy = api.get(f"/api/storyboard/project/{created['project_id']}").json()
    assert [scene["title"] for scene in copy["scenes"]] == [scene["title"] for scene in SCENES]


@pytest.mark.parametrize("body", [{"format": "json"}, {}])
def test_export_by_post_is_the_same(api: APIClient, project: Project, body):
    posted = api.post(f"/api/storyboard/project/{project.pk}/export", body)
    assert posted.content == _export(api, project, "json").content
    assert posted["Content-Disposition"] == f'attachment; filename="nacht-neon-{project.pk}.json"'


def test_the_shot_list_is_safe_in_a_spreadsheet_and_loses_nothing(api: APIClient, project):
    answer = _export(api, project, "csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert list(rows[0]) == list(SHOT_COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert [original_cell(row["title"]) for row in rows] == [scene["title"] for scene in SCENES]
    assert original_cell(rows[0]["prompt"]) == SCENES[0]["prompt"]
    assert [row["start_time"] for row in rows] == ["0.0", "4.04", "12.5"]
    assert [row["duration"] for row in rows] == ["4.04", "8.46", ""]


def test_the_timeline_opens_with_clips_in_order_and_their_lengths(api: APIClient, project):
    text = _export(api, project, "otio").content.decode()
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert timeline.name == "Nacht & Neon"
    scenes, music = timeline.tracks
    assert [clip.metadata["storyboard"]["number"] for clip in scenes] == [1, 2, 3]
    assert [clip.duration().value for clip in scenes] == [101, 211, 0]
    assert [clip.duration().rate for clip in scenes] == [25, 25, 25]
    assert scenes.range_of_child_at_index(1).start_time.to_seconds() == pytest.approx(4.04)
    assert scenes[0].media_reference.target_url == "https://example.com/1.mp4"
    assert scenes[0].metadata["storyboard"]["prompt"] == SCENES[0]["prompt"]
    assert isinstance(scenes[1].media_reference, otio.schema.MissingReference)
    assert scenes[2].metadata["storyboard"]["duration"] is None
    assert music.kind == "Audio"
    assert music[0].duration().to_seconds() == pytest.approx(12.5, abs=0.02)
    assert music[0].media_reference.target_url == "music/neon.flac"


@given(
    durations=st.lists(st.floats(0, 30) | st.none(), max_size=30),
    rate=st.sampled_from([None, 23.976, 24.0, 25.0, 29.97, 60.0]),
)
def test_rounding_to_frames_does_not_add_up(durations, rate):
    scenes = [
        Scene(pk=number, number=number, duration_seconds=duration)
        for number, duration in enumerate(durations, 1)
    ]
    place_in_time(scenes)
    content = as_timeline(Project(pk=1, name="x", frame_rate=rate), scenes)
    [track] = otio.adapters.read_from_string(content.decode(), "otio_json").tracks
    total = sum(duration for duration in durations if duration)
    frame = 1 / (rate or 24.0)
    assert sum(clip.duration().to_seconds() for clip in track) == pytest.approx(total, abs=frame)
    assert all(clip.duration().value >= 0 for clip in track)


CUE = re.compile(
    r"(\d+)\n(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})\n(.+)", re.S
)


def _cues(text: str) -> list[tuple[int, float, float, str]]:
    found = []
    for block in text.strip().split("\n\n") if text else []:
        match = CUE.fullmatch(block.strip())
        assert match, block
        number, *times, words = match.groups()
        hours, minutes, seconds, thousandths = (list(map(int, times[i::4])) for i in range(4))
        start, end = (
            hours[i] * 3600 + minutes[i] * 60 + seconds[i] + thousandths[i] / 1000 for i in (0, 1)
        )
        found.append((int(number), start, end, words))
    return found


def test_subtitles_are_the_descriptions_at_their_time(api: APIClient, project: Project):
    text = _export(api, project, "srt").content.decode()
    assert _cues(text) == [(1, 0, 4.04, "A road,\nwet → shiny")]


@given(
    scenes=st.lists(st.tuples(st.text(max_size=40), st.floats(0.001, 5000)), min_size=1, max_size=8)
)
def test_subtitles_can_be_read_whatever_the_descriptions_say(scenes):
    rows = [
        Scene(number=number, description=text, duration_seconds=seconds)
        for number, (text, seconds) in enumerate(scenes, 1)
    ]
    place_in_time(rows)
    cues = _cues(as_subtitles(Project(), rows).decode())
    assert [number for number, *_ in cues] == list(range(1, len(cues) + 1))
    assert all(start <= end for _, start, end, _ in cues)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_the_page_shows_a_card_per_scene_and_runs_nothing(api: APIClient, project: Project):
    answer = _export(api, project, "html")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "Content-Disposition" not in answer
    page = _Page()
    page.feed(answer.content.decode())
    assert page.tags.count("article") == 3
    assert page.tags.count("img") == 1
    assert not {"script", "style"} & set(page.tags)
    assert not [name for name in page.attributes if name == "style" or name.startswith("on")]
    assert "length unknown" in answer.content.decode()


def test_an_empty_project_has_every_export(api: APIClient):
    project = make_project()
    for name in ("json", "csv", "otio", "srt", "html"):
        _export(api, project, name)


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_format_is_refused(api: APIClient, project: Project, method):
    url = f"/api/storyboard/project/{project.pk}/export?format=pdf"
    answer = getattr(api, method)(url)
    assert answer.status_code == 400
    assert "json, csv, otio, srt, html" in answer.json()["error"]


def test_the_music_of_unknown_length_is_named_in_the_timeline():
    project = make_project(music_file="/m.wav", music_url="https://example.com/neon")
    text = as_timeline(project, []).decode()
    timeline = otio.adapters.read_from_string(text, "otio_json")
    facts = dict(timeline.metadata["storyboard"])
    assert (facts["music_file"], facts["music_url"]) == ("/m.wav", "https://example.com/neon")
    assert facts["music_duration"] is None
