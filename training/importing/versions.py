"""From the content of one version of a file to rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from common.clock import orchestrator_zone, to_utc
from training.importing.configuration import apply_configuration
from training.importing.facts import SessionFacts, facts_of_report, facts_of_result
from training.importing.nights import facts_of_history
from training.importing.sessions import SessionWriter
from training.models import ImportedFile
from training.orchestrator.config import OrchestratorConfig, parse_config
from training.orchestrator.files import FileKind
from training.orchestrator.history import parse_history
from training.orchestrator.reports import parse_report
from training.orchestrator.results import parse_result
from training.schedule import EffectiveSchedule, due_times, get_schedule

_USUAL_TIME = time(3)

Parsed = OrchestratorConfig | list[SessionFacts]


@dataclass
class VersionImport:
    """Parses versions and writes their rows; the schedule is read once."""

    writer: SessionWriter
    _schedule: EffectiveSchedule | None = field(default=None)

    def parse(self, kind: FileKind, data: bytes, modified_ns: int) -> Parsed:
        """Return what a version holds.

        Raises:
            OrchestratorFileError: it is broken.
        """
        written_at = moment_of(modified_ns)
        if kind is FileKind.CONFIG:
            return parse_config(data)
        if kind is FileKind.METRICS:
            return facts_of_history(parse_history(data), written_at=written_at)
        if kind is FileKind.RESULT:
            return [facts_of_result(parse_result(data), written_at=written_at)]
        report = parse_report(data)
        return [facts_of_report(report, started_at=self._usual_start(report.day))]

    def write(self, row: ImportedFile, parsed: Parsed) -> dict[str, int]:
        """Write the rows of a version, inside the caller's transaction; return them by table."""
        if isinstance(parsed, OrchestratorConfig):
            self._schedule = None
            return apply_configuration(parsed)
        return self.writer.write(row, parsed, written_at=moment_of(row.modified_ns or 0))

    def _usual_start(self, day: date) -> datetime:
        """Return when training begins on a day by the schedule, at three where it does not."""
        self._schedule = self._schedule or get_schedule()
        zone = self._schedule.zone
        midnight = to_utc(datetime.combine(day, time.min), zone)
        due = due_times(
            self._schedule.cron,
            zone,
            after=midnight - timedelta(microseconds=1),
            until=midnight + timedelta(days=1),
        )
        usual = to_utc(datetime.combine(day, _USUAL_TIME), orchestrator_zone())
        return next((moment for moment in due if moment.astimezone(zone).date() == day), usual)


def moment_of(modified_ns: int) -> datetime:
    """Return a time of modification as a moment."""
    return datetime.fromtimestamp(modified_ns / 1e9, tz=UTC)
