"""The models that earlier nights saved."""

from pathlib import Path
from typing import TypeVar

from pipeline.files import read_json
from pipeline.learners import Learner

L = TypeVar("L", bound=Learner)


class ModelUnreadableError(Exception):
    """A saved model is there but cannot be used."""


def model_path(folder: Path, agent_id: str) -> Path:
    """Return where the model of an agent is saved."""
    return folder / "training" / "models" / f"{agent_id}.json"


def load_model(folder: Path, kind: type[L], agent_id: str) -> L:
    """Return the saved model of an agent, a new one where none was saved yet.

    Raises:
        ModelUnreadableError: the file is broken; it is left as it is.
    """
    path = model_path(folder, agent_id)
    try:
        return kind.load(read_json(path) or {})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelUnreadableError(f"{path.name} cannot be read: {error}") from error
