"""The sample orchestrator, run as a user runs it: as a program of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "ORCHESTRATOR_TIME_ZONE"
}
SOURCE = Path(__file__).parents[1] / "orchestrator"


# The tests share a month that takes seconds to make.
pytestmark = pytest.mark.xdist_group("sample orchestrator")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the program, with nothing learnt yet."""
    return copied(tmp_path)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which thirty nights were trained; only for reading."""
    folder = copied(tmp_path_factory.mktemp("month"))
    train(folder, "--fast", "--days", "30", "--date", "2026-03-30")
    return folder


def copied(parent: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(SOURCE, parent / "orchestrator", ignore=ignore))


def train(folder: Path, *options: str, status: int = 0) -> str:
    command = [sys.executable, "orchestrator/orchestrator.py", "train", *options]
    done = subprocess.run(
        command,
        cwd=folder.parent,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def loaded(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def history(folder: Path):
    return loaded(folder / "logs" / "training_metrics.json")


def first_night(folder: Path, *, succeeding: bool) -> tuple[str, str]:
    """Return an agent and the first night on which it trained, or did not."""
    for point in history(folder)["success_rate"]:
        if point["success"] is succeeding:
            return point["agent"], point["timestamp"][:10]
    pytest.fail(f"no training with success {succeeding}")


def section(report: str, agent: str) -> str:
    return next(part for part in report.split("╠") if f"({agent})" in part)


def test_every_agent_is_better_after_a_month(month: Path) -> None:
    points = history(month)
    agents = [key for key in points if re.fullmatch(r"agent_\d+[ab]?_quality", key)]
    assert len(agents) == 12
    for agent in agents:
        scores = [point["score"] for point in points[agent]]
        assert all(0 <= score <= 10 for score in scores)
        assert sum(scores[-7:]) / 7 > sum(scores[:3]) / 3 + 0.3, agent


def test_each_night_has_its_report_and_begins_at_three(month: Path) -> None:
    runs = history(month)["training_history"]
    assert len(runs) == 30
    for run in runs:
        end = datetime.fromisoformat(run["timestamp"])
        begin = end - timedelta(seconds=run["data"]["total_time_seconds"])
        assert f"{begin:%H:%M}" == "03:00"
    reports = sorted(path.name for path in (month / "logs").glob("daily_report_*.txt"))
    assert reports == [f"daily_report_{run['timestamp'][:10]}.txt" for run in runs]


def test_the_last_nights_end_with_the_newest_one(folder: Path) -> None:
    before = datetime.now(UTC)
    train(folder, "--fast", "--days", "2")
    after = datetime.now(UTC)
    ends = [run["timestamp"] for run in history(folder)["training_history"]]
    newest = {f"{moment - timedelta(hours=3):%Y-%m-%d}" for moment in (before, after)}
    assert len(ends) == 2
    assert ends[1][:10] in newest


def test_a_night_without_data_is_said_everywhere(month: Path) -> None:
    agent, day = first_night(month, succeeding=False)
    report = (month / "logs" / f"daily_report_{day}.txt").read_text(encoding="utf-8")
    assert "Status: No data available" in section(report, agent)
    assert "Quality" not in section(report, agent)
    points = history(month).get(f"{agent}_quality", [])
    assert day not in [point["timestamp"][:10] for point in points]


def test_an_agent_without_data_fails_and_the_others_train(month: Path, folder: Path) -> None:
    agent, day = first_night(month, succeeding=False)
    printed = train(folder, "--fast", "--verbose", "--date", day)
    assert re.search(
        rf"\({agent}\)\.\.\.\n +(⚠️  No data available - skipping|✗ Not enough)", printed
    )
    training = loaded(folder / "holistic_training_result.json")["phases"]["training"]
    assert training["results"][agent]["status"] == "failed"
    assert training["agents_trained"] + training["agents_failed"] == 12
    assert training["agents_trained"] >= 6


def test_the_same_date_gives_the_same_models(folder: Path, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    for each in (folder, other):
        train(each, "--fast", "--date", "2026-03-01")
    for model in (folder / "training" / "models").iterdir():
        assert model.read_bytes() == (other / "training" / "models" / model.name).read_bytes()


def test_a_night_goes_on_from_the_one_before(folder: Path) -> None:
    train(folder, "--fast", "--date", "2026-03-01")
    train(folder, "--fast", "--date", "2026-03-02")
    first, second = history(folder)["agent_2_quality"]
    assert second["score"] - first["score"] == pytest.approx(second["improvement"] / 10)


def test_it_prints_what_real_ones_print(folder: Path) -> None:
    printed = train(folder, "--fast", "--verbose", "--date", "2026-03-01")
    headings = re.findall(r"PHASE (\d): ([A-Z &]+)$", printed, re.MULTILINE)
    assert headings == [
        ("1", "DATA HARVESTING"),
        ("2", "DATA VALIDATION"),
        ("3", "AGENT TRAINING"),
        ("4", "PRODUCTION RUN"),
        ("5", "MONITORING & LOGGING"),
        ("6", "CLEANUP & ARCHIVING"),
    ]
    assert "Training Trend Detective (agent_1)..." in printed
    assert re.search(r"✅ Success \| Time: \d+ms \| Improvement: [+-]\d+\.\d%", printed)
    report = (folder / "logs" / "daily_report_2026-03-01.txt").read_text(encoding="utf-8")
    assert report in printed
    assert {len(line) for line in report.splitlines()} == {80}


def test_the_result_has_all_phases(folder: Path) -> None:
    train(folder, "--fast", "--date", "2026-03-01")
    result = loaded(folder / "holistic_training_result.json")
    assert result["status"] == "success"
    assert list(result["phases"]) == [
        "harvesting", "validation", "training", "production", "monitoring", "cleanup",
    ]  # fmt: skip
    assert result["timestamp"].startswith("2026-03-01T03:00:0")
    assert result["next_scheduled"] == "2026-03-02T03:00:00"


def test_a_storyboard_fits_its_music(month: Path) -> None:
    screenplays = sorted((month / "output").glob("screenplay_*.json"))
    assert 1 <= len(screenplays) <= 6
    for path in screenplays:
        screenplay = loaded(path)
        prompts = loaded(path.with_name(path.name.replace("screenplay", "prompts")))
        scenes = screenplay["screenplay"]
        seconds = [scene["duration_seconds"] for scene in scenes]
        assert sum(seconds) == screenplay["music_duration_seconds"]
        assert [scene["scene_number"] for scene in scenes] == list(range(1, len(scenes) + 1))
        assert [prompt["duration"] for prompt in prompts["prompts"]] == seconds
        assert all(prompt["veo_prompt"] for prompt in prompts["prompts"])


def test_a_broken_model_fails_its_agent_only(folder: Path) -> None:
    train(folder, "--fast", "--date", "2026-03-01")
    (folder / "training" / "models" / "agent_3.json").write_text('{"followers": {"mo')
    printed = train(folder, "--fast", "--verbose", "--date", "2026-03-02")
    assert "✗ agent_3.json cannot be read" in printed
    assert loaded(folder / "holistic_training_result.json")["status"] == "success"


def test_a_missing_configuration_fails_the_run(folder: Path) -> None:
    (folder / "training" / "config.json").unlink()
    assert "[ERROR] Training Failed" in train(folder, "--fast", status=1)
    assert loaded(folder / "holistic_training_result.json")["status"] == "failed"


def test_a_stopped_run_changes_nothing(folder: Path) -> None:
    train(folder, "--fast", "--date", "2026-03-01")
    before = contents(folder)
    command = [sys.executable, "-u", "orchestrator/orchestrator.py", "train", "--verbose"]
    run = subprocess.Popen(
        [*command, "--date", "2026-03-02"], cwd=folder.parent, stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        for line in run.stdout:
            if "Training Audio Curator" in line:
                break
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=30) == 143
    finally:
        run.kill()
        run.communicate()
    assert contents(folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files but the harvest, which each run makes anew."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"data", "__pycache__"} & set(path.parts)
    }


def test_it_shows_what_was_learnt(month: Path) -> None:
    command = [sys.executable, str(month / "orchestrator.py"), "stats"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Trend Detective (agent_1)" in shown
    assert "Runs: 30" in shown
