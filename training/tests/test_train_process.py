"""`manage.py train` as people use it: a process of its own, a real worker, a real Ctrl-C."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.models import TrainingSession
from training.tests.workers import PATIENCE, REPOSITORY, FolderQueue, Stage, wait_until

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]

PRINTS = """
print("PHASE 1: DATA HARVESTING")
print("PHASE 3: AGENT TRAINING")
print("Training Trend Detective (agent_1)...")
print("Success | Time: 13ms | Improvement: +1.8%")
"""
FAILS = PRINTS + "raise ValueError('no such file')"
WAITS = PRINTS + "import time\ntime.sleep(600)"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path, FolderQueue(tmp_path))
    yield stage
    stage.close()


def train(stage: Stage) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "train"],
        cwd=REPOSITORY,
        env=stage._environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_exit_status_tells_how_a_real_run_ended(stage):
    with stage.worker():
        stage.trains(PRINTS)
        followed = train(stage)
        out, _ = followed.communicate(timeout=PATIENCE)
        assert (followed.returncode, TrainingSession.objects.get().status) == (0, "completed"), out
        assert "Training Trend Detective (agent_1)...\nSuccess" in out
        session = TrainingSession.objects.get()
        assert [phase["name"] for phase in session.phases] == ["harvesting", "agent_training"]
        assert session.agent_states["agent_1"]["state"] == "done"

        stage.trains(FAILS)
        followed = train(stage)
        out, _ = followed.communicate(timeout=PATIENCE)
        assert followed.returncode == 1, out
        assert "ValueError: no such file" in out.splitlines()[-1]


def test_ctrl_c_stops_a_real_run(stage):
    stage.trains(WAITS)
    with stage.worker():
        followed = train(stage)
        assert followed.stdout
        for line in followed.stdout:
            if line.startswith("Success"):
                break
        followed.send_signal(signal.SIGINT)
        out, _ = followed.communicate(timeout=PATIENCE)
        assert followed.returncode == 130, out
        wait_until(lambda: TrainingSession.objects.get().status == "stopped", "it stops")
