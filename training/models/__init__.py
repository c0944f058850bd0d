"""Training sessions, the schedule that starts them, and the ledger of imported files."""

from training.models.files import ImportedFile, SessionSource
from training.models.schedule import Schedule, ScheduleFiring
from training.models.sessions import ACTIVE, FINAL, TrainingSession

__all__ = [
    "ACTIVE",
    "FINAL",
    "ImportedFile",
    "Schedule",
    "ScheduleFiring",
    "SessionSource",
    "TrainingSession",
]
