"""What is run to train: program, folder and environment, from the settings and nothing else."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class TrainingCommand:
    """A program with its arguments, and the folder it is run in."""

    words: list[str]
    cwd: Path

    def __str__(self) -> str:
        return shlex.join(self.words)


def training_command(*, force: bool = False) -> TrainingCommand:
    """Return what a start runs; `force` adds TRAINING_FORCE_FLAG where that is set."""
    if settings.TRAINING_COMMAND:
        words = shlex.split(settings.TRAINING_COMMAND)
    else:
        program = Path(settings.ORCHESTRATOR_PATH) / "orchestrator.py"
        words = [sys.executable, str(program), "train", "--verbose"]
    if force:
        words += shlex.split(settings.TRAINING_FORCE_FLAG)
    return TrainingCommand(words, Path(settings.TRAINING_CWD))
