"""The sample orchestrator: copied into DATA_DIR and trained on the very first start."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from django.conf import settings

SOURCE = settings.BASE_DIR / "examples" / "orchestrator"
NIGHTS = 30


class SampleError(Exception):
    """The sample could not be made; the dashboard starts with empty data."""


def is_wanted() -> bool:
    """Return whether there is neither an orchestrator nor a sample yet."""
    return settings.ORCHESTRATOR_IS_SAMPLE and not settings.SAMPLE_PATH.exists()


def make_sample() -> Generator[int, None, None]:
    """Train the last nights in a copy of the sample; yield how many are done.

    It is trained beside its final place and moved there at the end, so that a start
    that was interrupted begins again.

    Raises:
        SampleError: with the last line that the sample printed.
    """
    final: Path = settings.SAMPLE_PATH
    workshop = final.parent.with_name(f"{final.parent.name}.new")
    shutil.rmtree(workshop, ignore_errors=True)
    folder = workshop / final.name
    try:
        shutil.copytree(
            SOURCE,
            folder,
            ignore=shutil.ignore_patterns("__pycache__"),
            copy_function=shutil.copyfile,
        )
        yield from _train(folder)
        shutil.rmtree(final.parent, ignore_errors=True)
        workshop.rename(final.parent)
    except OSError as error:
        raise SampleError(str(error)) from error


def _train(folder: Path) -> Generator[int, None, None]:
    command = [sys.executable, "-u", str(folder / "orchestrator.py")]
    options = ["train", "--fast", "--days", str(NIGHTS)]
    environment = os.environ | {"ORCHESTRATOR_TIME_ZONE": settings.ORCHESTRATOR_TIME_ZONE}
    training = subprocess.Popen(  # noqa: S603 - our own program with fixed options
        command + options,
        cwd=folder.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    line = "it printed nothing"
    try:
        for line in training.stdout or ():
            if night := re.match(r"Night (\d+)/", line):
                yield int(night[1])
        if training.wait() != 0:
            raise SampleError(line.strip())
    finally:
        if training.poll() is None:
            training.terminate()
            training.wait()
        if training.stdout:
            training.stdout.close()
