"""Import of the pipeline's files into projects."""

import itertools
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from logs_app.models import Event
from storyboard import selectors, services
from storyboard.models import PipelineFile, Project, Revision, Scene
from storyboard.pipeline_files import parse
from storyboard.services import pipeline_folder
from storyboard.services.pipeline import take_document
from storyboard.tasks import import_changes
from storyboard.tests import pipeline
from storyboard.tests.factories import make_project, titles
from training.models import TrainingSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "orchestrator" / "output"


def _files(folder: Path) -> list[Path]:
    return [
        pipeline.write(folder / "concept.json", pipeline.concept()),
        pipeline.write(folder / "screenplay.json", pipeline.screenplay()),
        pipeline.write(folder / "veo_prompts.json", pipeline.prompts()),
        pipeline.write(folder / "runway_prompts.json", pipeline.prompts(model="runway")),
    ]


def _only_project() -> Project:
    return Project.objects.get()


def _board() -> selectors.Board:
    return selectors.board(project_id=_only_project().pk)


def _session(**fields) -> TrainingSession:
    start = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    defaults = {
        "start_time": start,
        "end_time": start + timedelta(hours=1),
        "night": start.date(),
        "status": "completed",
    }
    return TrainingSession.objects.create(**defaults | fields)


def test_the_files_of_one_song_become_one_project(folder):
    session = _session()
    services.import_files(_files(folder))
    board = _board()
    project = board.project
    assert (project.name, project.music) == ("Neon Nights", "Neon Nights")
    assert (project.music_duration_seconds, project.frame_rate) == (30.5, 30.0)
    assert [scene.start_time for scene in board.scenes] == [0, 3, 27.5]
    scene = board.scenes[1]
    assert scene.description == "Single Shot"
    assert scene.screenplay == "[Scene 2 - BASIC] Single Shot"
    assert scene.prompt == "veo of Single Shot"
    assert scene.status == "prompted"
    assert scene.style_tags == ["camera", "light", "calm"]
    assert (scene.agent_id, scene.session_id) == ("agent_5a", session.pk)
    assert scene.sources["runway"]["prompt"] == "runway of Single Shot"


def test_the_order_of_the_files_makes_no_difference(folder):
    outcomes = set()
    for files in itertools.permutations(_files(folder)):
        services.import_files(files)
        rows = Scene.objects.values_list("number", "description", "prompt", "agent_id", "status")
        outcomes.add(json.dumps([list(row) for row in rows.order_by("number")]))
        Project.objects.all().delete()
    assert len(outcomes) == 1


def test_importing_again_changes_nothing(folder):
    files = _files(folder)
    assert all(report.changed for report in services.import_files(files))
    before = list(Scene.objects.values()), list(Project.objects.values())
    assert not any(report.changed for report in services.import_files(files))
    assert (list(Scene.objects.values()), list(Project.objects.values())) == before
    assert Revision.objects.count() == 4


def test_titles_match_whatever_their_case_and_blanks(folder):
    first = pipeline.write(folder / "a.json", pipeline.concept("Neon  nights"))
    services.import_files([first, *_files(folder)])
    assert _only_project().scenes.count() == 3


def test_a_project_made_by_hand_is_filled(folder):
    project = make_project("My video", music="neon NIGHTS", scenes=2, notes="mine")
    services.import_files(_files(folder))
    board = _board()
    assert (board.project.pk, board.project.name, board.project.notes) == (
        project.pk,
        "My video",
        "mine",
    )
    assert [scene.title for scene in board.scenes] == ["A", "B", ""]
    assert [scene.duration_seconds for scene in board.scenes] == [1, 2, 3]
    assert board.scenes[0].prompt == "veo of Fade In"


def test_a_project_that_has_numbers_of_the_files_already_is_filled(folder):
    project = make_project("Copy", music="Neon Nights", scenes=3)
    Scene.objects.filter(project=project, number=1).update(source_number=2)
    services.import_files(_files(folder))
    scenes = [(scene.title, scene.prompt) for scene in _board().scenes]
    assert scenes == [
        ("", "veo of Fade In"),
        ("A", "veo of Single Shot"),
        ("B", ""),
        ("C", "veo of Fade Out"),
    ]


def test_what_a_person_edited_stays_and_the_rest_follows_the_files(folder):
    services.import_files(_files(folder))
    first, *_ = _board().scenes
    services.edit_scene(
        project_id=first.project_id,
        scene_id=first.pk,
        changes={"description": "mine", "status": "approved"},
    )
    changed = pipeline.concept()
    changed["scenes"][0] |= {"description": "theirs"}
    changed |= {"recommended_fps": 60}
    services.import_files([pipeline.write(folder / "concept.json", changed)])
    text = pipeline.prompts()
    text["prompts"][0]["veo_prompt"] = "a new prompt"
    services.import_files([pipeline.write(folder / "veo_prompts.json", text)])
    board = _board()
    scene = board.scenes[0]
    assert (scene.description, scene.status, scene.prompt) == ("mine", "approved", "a new prompt")
    assert board.project.frame_rate == 60


def test_scenes_keep_their_number_in_the_files_when_reordered(folder):
    services.import_files(_files(folder))
    project = _only_project()
    a, b, c = [scene.pk for scene in _board().scenes]
    services.reorder_scenes(project_id=project.pk, order=[c, b, a])
    text = pipeline.prompts()
    text["prompts"][0]["veo_prompt"] = "first"
    services.import_files([pipeline.write(folder / "veo_prompts.json", text)])
    assert [scene.prompt for scene in _board().scenes][2] == "first"


def test_a_scene_is_put_before_those_with_higher_numbers(folder):
    scenes = pipeline.concept()["scenes"]
    late = pipeline.write(folder / "a.json", pipeline.concept(scenes=scenes[1:]))
    services.import_files([late])
    services.import_files(_files(folder))
    assert [scene.description for scene in _board().scenes] == pipeline.DESCRIPTIONS


def test_a_deleted_scene_stays_deleted(folder):
    files = _files(folder)
    services.import_files(files)
    scene = _board().scenes[1]
    services.delete_scene(project_id=scene.project_id, scene_id=scene.pk)
    services.import_files(files)
    assert [scene.description for scene in _board().scenes] == ["Fade In", "Fade Out"]


def test_a_scene_that_no_file_names_any_more_goes_and_comes_back_with_it(folder):
    full = pipeline.write(folder / "full.json", pipeline.concept())
    short = pipeline.concept(scenes=pipeline.concept()["scenes"][:2])
    services.import_files([full])
    services.import_files([pipeline.write(folder / "short.json", short)])
    assert [scene.number for scene in _board().scenes] == [1, 2]
    services.import_files([pipeline.write(full, pipeline.concept(), at=1_760_000_100.0)])
    assert [scene.description for scene in _board().scenes] == pipeline.DESCRIPTIONS
    assert Scene.objects.count() == 3


def test_a_scene_that_somebody_worked_on_does_not_go(folder):
    services.import_files([pipeline.write(folder / "full.json", pipeline.concept())])
    last = _board().scenes[2]
    services.edit_scene(
        project_id=last.project_id, scene_id=last.pk, changes={"title": "my favourite"}
    )
    short = pipeline.concept(scenes=pipeline.concept()["scenes"][:2])
    services.import_files([pipeline.write(folder / "short.json", short)])
    assert [scene.title for scene in _board().scenes] == ["", "", "my favourite"]


def test_a_deleted_project_stays_deleted(folder):
    services.import_files(_files(folder))
    services.delete_project(project_id=_only_project().pk)
    changed = pipeline.concept(recommended_fps=60)
    [report] = services.import_files([pipeline.write(folder / "c.json", changed)])
    assert (report.changed, "is deleted" in report.message) == (False, True)
    assert _only_project().deleted_at is not None


@pytest.mark.parametrize("music", ["", "Neon Nights"])
def test_a_file_without_title_belongs_to_the_only_one_of_the_others(folder, music):
    nameless = pipeline.prompts()
    del nameless["music_title"]
    files = [pipeline.write(folder / "p.json", nameless)]
    if not music:
        files.append(pipeline.write(folder / "s.json", pipeline.screenplay()))
    services.import_files(files, music=music)
    assert _board().scenes[0].prompt == "veo of Fade In"


def test_a_file_without_title_is_refused_where_it_could_be_two(folder):
    nameless = pipeline.prompts()
    del nameless["music_title"]
    files = [
        pipeline.write(folder / "p.json", nameless),
        pipeline.write(folder / "a.json", pipeline.concept("One")),
        pipeline.write(folder / "b.json", pipeline.concept("Two")),
    ]
    report, *others = services.import_files(files)
    assert "names no music_title" in report.message
    assert [other.outcome for other in others] == ["imported", "imported"]


@pytest.mark.parametrize(
    ("session", "found"),
    [
        ({}, True),
        ({"status": "running", "end_time": None}, True),
        ({"status": "failed", "end_time": None}, False),
        ({"end_time": datetime(2026, 1, 2, 3, 5, tzinfo=UTC)}, False),
        ({"start_time": datetime(2026, 1, 2, 4, 0, tzinfo=UTC)}, False),
    ],
)
def test_the_session_is_the_one_in_which_the_file_was_written(folder, session, found):
    row = _session(**session)
    services.import_files([pipeline.write(folder / "c.json", pipeline.concept())])
    assert _board().scenes[0].session_id == (row.pk if found else None)


def test_the_time_of_a_file_is_local_to_the_pipeline(folder, settings):
    settings.ORCHESTRATOR_TIME_ZONE = "America/New_York"
    _session()
    services.import_files([pipeline.write(folder / "c.json", pipeline.concept())])
    assert _board().scenes[0].session_id is None


def test_the_folder_is_read_once_until_something_changes(folder):
    _session()
    _files(folder)
    assert len(services.import_pipeline_files(folder)) == 4
    assert services.import_pipeline_files(folder) == []
    pipeline.write(folder / "concept.json", pipeline.concept(recommended_fps=24), at=1.77e9)
    [report] = services.import_pipeline_files(folder)
    assert (report.path.name, report.changed) == ("concept.json", True)
    assert Event.objects.filter(event_type="storyboard_imported").count() == 5


def test_a_file_that_is_still_being_written_is_left_for_later(folder, monkeypatch):
    monkeypatch.setattr(pipeline_folder, "_SETTLE_NS", 3600 * 10**9)
    path = pipeline.write(folder / "c.json", pipeline.concept(), at=time.time())
    assert services.import_pipeline_files(folder) == []
    pipeline.write(path, pipeline.concept())
    assert len(services.import_pipeline_files(folder)) == 1


def test_a_session_that_is_imported_later_is_still_found(folder):
    pipeline.write(folder / "c.json", pipeline.concept(), at=time.time() - 60)
    services.import_pipeline_files(folder)
    assert _board().scenes[0].session_id is None
    session = _session()
    services.import_pipeline_files(folder)
    assert _board().scenes[0].session_id == session.pk
    assert services.import_pipeline_files(folder) == []


def test_a_broken_file_is_told_once_and_stops_no_other(folder):
    _files(folder)
    pipeline.write(folder / "a_broken.json", b'{"screenplay": [')
    pipeline.write(folder / "other.json", {"status": "success"})
    (folder / "folder.json").mkdir()
    outcomes = {
        report.path.name: report.outcome for report in services.import_pipeline_files(folder)
    }
    assert outcomes["a_broken.json"] == "broken"
    assert outcomes["other.json"] == "ignored"
    assert _board().scenes[0].prompt
    services.import_pipeline_files(folder)
    [event] = Event.objects.filter(event_type="storyboard_file_broken")
    assert "a_broken.json" in event.message
    assert event.severity == "warning"
    assert PipelineFile.objects.count() == 6


@pytest.mark.parametrize(
    "entry",
    [
        {"timestamp": "0001-01-01T00:00:00+05:00"},
        {"timestamp": "9999-12-31T23:59:59-05:00"},
        {"scenes": [{"scene": " " * 10 + "5"}]},
    ],
)
def test_odd_values_stop_no_file(folder, entry):
    pipeline.write(folder / "a.json", pipeline.concept("Odd", **entry))
    pipeline.write(folder / "b.json", pipeline.screenplay())
    services.import_pipeline_files(folder)
    assert Project.objects.count() == 2


def test_a_name_that_is_not_utf_8_is_told_and_stops_no_file(folder):
    _files(folder)
    pipeline.write(Path(os.fsdecode(os.fsencode(folder) + b"/a\xff.json")), pipeline.concept())
    report, *_ = services.import_pipeline_files(folder)
    assert (report.outcome, "not UTF-8" in report.message) == ("broken", True)
    assert _board().scenes[0].prompt
    assert services.import_pipeline_files(folder) == []
    [event] = Event.objects.filter(event_type="storyboard_file_broken")
    assert "a\\xff.json" in event.message


@pytest.mark.parametrize("step", ["parse", "take_document"])
def test_an_unexpected_error_with_one_file_stops_no_other(folder, monkeypatch, caplog, step):
    _files(folder)
    real = getattr(pipeline_folder, step)
    calls = itertools.count()

    def fail_once(*args, **named):
        if next(calls) == 0:
            raise ZeroDivisionError
        return real(*args, **named)

    monkeypatch.setattr(pipeline_folder, step, fail_once)
    broken, *others = services.import_pipeline_files(folder)
    assert (broken.outcome, "ZeroDivisionError" in broken.message) == ("broken", True)
    assert {other.outcome for other in others} == {"imported"}
    assert "Traceback" in caplog.text


def test_a_database_that_does_not_answer_makes_no_file_broken(folder, monkeypatch):
    _files(folder)

    def fail(*args, **named):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(pipeline_folder, "take_document", fail)
        with pytest.raises(OperationalError):
            services.import_pipeline_files(folder)
    services.import_pipeline_files(folder)
    assert _board().scenes[0].prompt


def _night(folder: Path, day: int, text: str, **changes) -> Path:
    """Write the screenplay of one night, told from the others by its text."""
    scenes = [{"scene_number": 1, "concept_description": text}]
    at = datetime(2026, 1, day, 3, tzinfo=UTC)
    said = {"screenplay": scenes, "timestamp": at.isoformat()} | changes
    content = pipeline.screenplay(**said)
    return pipeline.write(folder / f"screenplay_{day}.json", content, at=at.timestamp())


@pytest.mark.parametrize("changes", [{}, {"timestamp": None}])
def test_of_two_files_of_a_kind_the_newest_counts(folder, changes):
    older, newer = _night(folder, 1, "old", **changes), _night(folder, 2, "new", **changes)
    for files in ([newer, older], [older, newer], [older], [newer, older]):
        reports = services.import_files(files)
        assert [scene.description for scene in _board().scenes] == ["new"]
    assert not any(report.changed for report in reports)
    assert Revision.objects.count() == 1


def test_the_folder_does_not_go_back_to_an_older_file(folder, monkeypatch):
    monkeypatch.setattr(pipeline_folder, "_SESSION_WAIT_NS", 10**20)
    _session(
        start_time=datetime(2026, 1, 2, 2, 50, tzinfo=UTC),
        end_time=datetime(2026, 1, 2, 3, 50, tzinfo=UTC),
    )
    _night(folder, 1, "old")
    _night(folder, 2, "new")
    services.import_pipeline_files(folder)
    before = Revision.objects.count(), Event.objects.count()
    for _ in range(3):
        services.import_pipeline_files(folder)
        assert [scene.description for scene in _board().scenes] == ["new"]
    assert (Revision.objects.count(), Event.objects.count()) == before


def test_a_file_that_is_only_written_again_makes_no_revision(folder):
    _night(folder, 1, "one")
    services.import_pipeline_files(folder)
    project = _only_project()
    services.edit_project(project_id=project.pk, changes={"notes": "mine"})
    pipeline.write(folder / "copy.json", (folder / "screenplay_1.json").read_bytes(), at=1.77e9)
    [report] = services.import_pipeline_files(folder)
    assert (report.outcome, report.changed) == ("imported", False)
    assert Revision.objects.count() == 2


def test_a_time_in_the_future_does_not_outlive_later_files(folder):
    first = _night(folder, 1, "old", timestamp="2150-01-01T00:00:00")
    services.import_files([first, _night(folder, 2, "new")])
    assert [scene.description for scene in _board().scenes] == ["new"]


def test_prompts_for_both_generators_in_one_file_are_both_kept(folder):
    entries = [
        {"scene": 1, "veo_prompt": "veo 1", "runway_prompt": "runway 1"},
        {"scene": 2, "veo_prompt": "veo 2"},
        {"scene": 3, "runway_prompt": "runway 3"},
    ]
    file = pipeline.write(folder / "p.json", pipeline.prompts(prompts=entries))
    services.import_files([file])
    scenes = _board().scenes
    assert [scene.prompt for scene in scenes] == ["veo 1", "veo 2", "runway 3"]
    assert scenes[0].sources["runway"]["prompt"] == "runway 1"
    [report] = services.import_files([file])
    assert not report.changed


def _untitled(content: dict) -> dict:
    return {key: value for key, value in content.items() if key != "music_title"}


_HOUR = 3600.0
_NIGHT = 1_760_000_000.0


def test_a_file_without_title_waits_for_the_one_it_belongs_with(folder):
    pipeline.write(folder / "concept.json", _untitled(pipeline.concept()), at=_NIGHT)
    [report] = services.import_pipeline_files(folder)
    assert (report.outcome, "music_title" in report.message) == ("broken", True)
    assert services.import_pipeline_files(folder) == []
    pipeline.write(folder / "screenplay.json", pipeline.screenplay(), at=_NIGHT + 600)
    assert [r.outcome for r in services.import_pipeline_files(folder)] == ["imported", "imported"]
    assert _only_project().frame_rate == 30
    assert services.import_pipeline_files(folder) == []


def test_a_file_that_waits_is_told_only_when_it_waited_in_vain(folder, monkeypatch):
    concept = _untitled(pipeline.concept())
    pipeline.write(folder / "concept.json", concept, at=time.time() - 60)
    [report] = services.import_pipeline_files(folder)
    assert "waits" in report.message
    assert services.import_pipeline_files(folder) == []
    assert not Event.objects.filter(event_type="storyboard_file_broken").exists()
    monkeypatch.setattr(pipeline_folder, "ONE_RUN", timedelta(seconds=30))
    [report] = services.import_pipeline_files(folder)
    assert "--music TITLE" in report.message
    assert services.import_pipeline_files(folder) == []
    assert Event.objects.filter(event_type="storyboard_file_broken").count() == 1


@pytest.mark.parametrize("suffix", ["_2", ""])
def test_a_new_song_does_not_go_into_the_one_before(folder, suffix):
    first = "_1" if suffix else ""
    pipeline.write(folder / f"screenplay{first}.json", pipeline.screenplay("A"), at=_NIGHT)
    services.import_pipeline_files(folder)
    # Numbers in the names tell songs of one night apart; else the time does.
    later = _NIGHT + (_HOUR if suffix else 24 * _HOUR)
    new = pipeline.concept(scenes=[{"scene": 1, "description": "of B"}])
    pipeline.write(folder / f"concept{suffix}.json", _untitled(new), at=later)
    services.import_pipeline_files(folder)
    assert _only_project().music == "A"
    assert "concept" not in _only_project().sources
    pipeline.write(folder / f"screenplay{suffix}.json", pipeline.screenplay("B"), at=later + 60)
    pipeline.write(folder / f"veo{suffix}.json", _untitled(pipeline.prompts()), at=later + 90)
    services.import_pipeline_files(folder)
    assert Project.objects.get(music="B").sources.keys() >= {"concept", "screenplay", "veo"}
    assert Project.objects.get(music="A").sources.keys() == {"screenplay", "made_at"}


def test_a_file_stays_with_the_song_it_was_taken_for(folder):
    # Both are read again and again, since there is no session yet.
    now = time.time()
    pipeline.write(folder / "prompts.json", _untitled(pipeline.prompts()), at=now - 600)
    pipeline.write(folder / "screenplay.json", pipeline.screenplay("A"), at=now - 900)
    services.import_pipeline_files(folder)
    pipeline.write(folder / "screenplay.json", pipeline.screenplay("B"), at=now - 500)
    services.import_pipeline_files(folder)
    assert "veo" in Project.objects.get(music="A").sources
    assert "veo" not in Project.objects.get(music="B").sources


def test_an_untitled_file_named_alone_goes_into_the_only_project(folder, capsys):
    call_command("import_storyboard", pipeline.write(folder / "s.json", pipeline.screenplay()))
    services.edit_project(project_id=_only_project().pk, changes={"name": "Mine"})
    prompts = pipeline.write(folder / "p.json", _untitled(pipeline.prompts()))
    call_command("import_storyboard", prompts)
    assert (_only_project().name, _only_project().music) == ("Mine", "Neon Nights")
    assert _board().scenes[0].prompt
    services.import_files([pipeline.write(folder / "o.json", pipeline.screenplay("Other"))])
    with pytest.raises(CommandError):
        call_command("import_storyboard", prompts)
    assert "--music TITLE" in capsys.readouterr().err


def test_a_file_without_time_is_of_the_session_in_which_it_was_written(folder):
    row = _session()
    at = row.start_time.timestamp() + 60
    content = pipeline.screenplay(timestamp=None)
    services.import_files([pipeline.write(folder / "s.json", content, at=at)])
    assert _board().scenes[0].session_id == row.pk


def test_prompts_of_an_unknown_session_leave_that_of_the_screenplay(folder):
    row = _session()
    prompts = pipeline.write(folder / "p.json", pipeline.prompts(timestamp=None))
    screenplay = pipeline.write(folder / "s.json", pipeline.screenplay())
    services.import_files([screenplay, prompts])
    scene = _board().scenes[0]
    assert (scene.agent_id, scene.session_id) == ("agent_5a", row.pk)


@pytest.mark.parametrize(("by_hand", "in_file"), [("ÉTÉ", "Été"), ("ete  noir", "ete noir")])
def test_a_project_made_by_hand_is_found_whatever_the_case_and_blanks(folder, by_hand, in_file):
    make_project("By hand", music=by_hand)
    services.import_files([pipeline.write(folder / "s.json", pipeline.screenplay(in_file))])
    assert _only_project().name == "By hand"


def test_a_missing_folder_is_an_empty_one(folder):
    assert services.import_pipeline_files(folder / "nowhere") == []


def test_the_task_reads_the_orchestrators_output_folder(folder, settings):
    settings.ORCHESTRATOR_PATH = folder.parent
    _files(folder)
    import_changes()
    assert titles(_only_project()) == ""
    assert _only_project().scenes.count() == 3


def test_the_command_says_what_became_of_each_file(folder, capsys):
    files = _files(folder)
    call_command("import_storyboard", *files)
    assert capsys.readouterr().out.count("imported into project") == 4
    call_command("import_storyboard", files[0], "--music", "Neon Nights")
    assert "is already in project" in capsys.readouterr().out


def test_the_command_fails_if_a_file_cannot_be_imported(folder, capsys):
    files = [folder / "missing.json", *_files(folder)]
    with pytest.raises(CommandError, match="1 of 5 files"):
        call_command("import_storyboard", *files)
    output = capsys.readouterr()
    assert "missing.json: No such file or directory" in output.err
    assert _only_project().scenes.count() == 3


@pytest.mark.django_db(transaction=True)
def test_imports_at_the_same_moment_make_one_project():
    contents = [pipeline.concept(), pipeline.screenplay(), pipeline.prompts()] * 3

    def run(content: dict) -> None:
        try:
            document = parse(json.dumps(content).encode())
            assert document is not None
            take_document(document, music=document.music, by="test")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(contents)) as pool:
        list(pool.map(run, contents))
    assert [scene.number for scene in _board().scenes] == [1, 2, 3]
    assert _board().scenes[2].prompt == "veo of Fade Out"


def test_a_file_that_changes_while_it_is_read_is_read_again(folder, monkeypatch):
    file = pipeline.write(folder / "concept.json", pipeline.concept())
    os.utime(file, ns=(time.time_ns() - 20 * 10**9,) * 2)
    real = take_document

    def slow(*args, **kwargs):
        changed = json.loads(json.dumps(pipeline.concept()))
        changed["scenes"][0]["description"] = "Written meanwhile"
        pipeline.write(file, changed)
        os.utime(file, ns=(time.time_ns() - 10 * 10**9,) * 2)
        return real(*args, **kwargs)

    monkeypatch.setattr(pipeline_folder, "take_document", slow)
    services.import_pipeline_files(folder)
    monkeypatch.setattr(pipeline_folder, "take_document", real)
    services.import_pipeline_files(folder)
    assert _board().scenes[0].description == "Written meanwhile"


def test_of_too_many_files_the_newest_are_read(folder, monkeypatch):
    monkeypatch.setattr(pipeline_folder, "_MOST_FILES", 2)
    for name, age in (("a", 30), ("b", 50), ("c", 40)):
        file = pipeline.write(folder / f"{name}.json", pipeline.concept())
        os.utime(file, ns=(time.time_ns() - age * 10**9,) * 2)
    assert [report.path.stem for report in services.import_pipeline_files(folder)] == ["a", "c"]
