"""Sample data and real nights never stand in one database."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from agents.models import AgentMetric
from common.errors import ConflictError
from logs_app.models import Event
from logs_app.services import Severity, record_event
from metrics.models import Metric
from training.models import ImportedFile, SessionSource, TrainingSession


def is_sample_folder(folder: Path) -> bool:
    """Return whether a folder is the sample orchestrator's."""
    if folder.resolve() == Path(settings.ORCHESTRATOR_PATH).resolve():
        return bool(settings.ORCHESTRATOR_IS_SAMPLE)
    return folder.resolve() == Path(settings.SAMPLE_PATH).resolve()


def make_room(*, is_sample: bool) -> None:
    """See to it that the kind of data that comes in is the only one.

    Real data removes the sample's; the sample is refused where real data is.

    Raises:
        ConflictError: sample data would come to real nights, or the sample
            orchestrator is being trained at this moment.
    """
    if is_sample:
        if (
            TrainingSession.objects.filter(is_sample=False).exists()
            or ImportedFile.objects.filter(is_sample=False).exists()
        ):
            raise ConflictError(
                "There are real nights in the database; sample data is not mixed with them.",
                code="real_data_present",
            )
    elif (
        TrainingSession.objects.filter(is_sample=True).exists()
        or ImportedFile.objects.filter(is_sample=True).exists()
    ):
        _remove_sample_data()


@transaction.atomic
def _remove_sample_data() -> None:
    sessions = TrainingSession.objects.filter(is_sample=True)
    if sessions.active().exists():
        raise ConflictError(
            "The sample orchestrator is being trained; stop that before importing real nights.",
            code="sample_is_running",
        )
    ids = sessions.values("pk")
    files = ImportedFile.objects.filter(is_sample=True)
    AgentMetric.objects.filter(session_id__in=ids).delete()
    Metric.objects.filter(session_id__in=ids).delete()
    Event.objects.filter(session_id__in=ids).delete()
    Event.objects.filter(source_id__in=files.values("pk")).delete()
    Event.objects.filter(
        event_type__in=("import", "import_failed"), metadata__is_sample=True
    ).delete()
    SessionSource.objects.filter(session_id__in=ids).delete()
    nights = sessions.count()
    sessions.delete()
    files.delete()
    record_event(
        event_type="sample_data_removed",
        message=f"The sample data ({nights} nights) made room for the files of a real pipeline.",
        severity=Severity.INFO,
        metadata={"sessions": nights},
    )
