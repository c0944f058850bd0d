"""Writing the sessions that a file tells of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.models import Agent
from agents.services import AgentFound, upsert_agents
from training.importing.facts import SessionFacts
from training.importing.matching import Candidates, KnownPart, KnownSession
from training.importing.merging import apply_facts, is_external, store_values
from training.models import ImportedFile, SessionSource, TrainingSession
from training.orchestrator.files import FileKind

#: Columns of a session that the dashboard ran which an import may complete.
_COMPLETED_COLUMNS = (
    "overall_quality",
    "overall_improvement",
    "agents_trained",
    "agents_failed",
    "duration_seconds",
    "phases",
    "metadata",
)
_TABLES = ("training_sessions", "agent_metrics", "metrics", "events")


@dataclass(frozen=True)
class Place:
    """Where a part was before a rebuild: session, and beginning as worked out then."""

    session_id: int
    started_at: datetime


@dataclass
class Places:
    """Where the parts were before a rebuild; empty at any other time.

    By version and key; a version that was replaced since has its place from the
    one that replaced it.
    """

    by_version: dict[tuple[int, str], Place] = field(default_factory=dict)
    by_key: dict[tuple[str, str], Place] = field(default_factory=dict)

    def add(self, file_id: int, part: SessionFacts, session_id: int) -> None:
        place = Place(session_id, part.started_at)
        self.by_version[file_id, part.key] = place
        self.by_key[part.kind, part.key] = place

    def of(self, file: ImportedFile, part: SessionFacts) -> Place | None:
        return self.by_version.get((file.pk, part.key)) or self.by_key.get((part.kind, part.key))


@dataclass
class SessionWriter:
    """Writes the sessions of one file after the other.

    `places` are known during a rebuild only. `force` writes what is
    unchanged too. `ran` is the session the dashboard has just run, if any.
    """

    is_sample: bool
    force: bool = False
    ran: int | None = None
    places: Places = field(default_factory=Places)
    _known_agents: set[str] = field(default_factory=set)

    def write(
        self, file: ImportedFile, facts: Iterable[SessionFacts], *, written_at: datetime
    ) -> dict[str, int]:
        """Store the sessions that `file` tells of; return the rows written by table.

        Sessions whose part is the same as before are not touched.
        """
        parts = list(facts)
        rows: dict[str, int] = dict.fromkeys(_TABLES, 0)
        rows["agents"] = self._add_unknown_agents(parts)
        candidates = Candidates(parts)
        stored = self._stored_payloads(candidates.ids_with(FileKind(file.kind), parts), file)
        kept: list[int] = []
        for found in parts:
            known = self._find(candidates, found, file, written_at)
            if known is not None and self._yields(known, found, file):
                continue
            part = self._with_beginning(found, known, file)
            if known is not None and not self.force and stored.get(known.id) == _stored(part):
                kept.append(known.id)
                continue
            for table, number in self._write_one(candidates, known, part, file).items():
                rows[table] += number
        self._take_over(file, kept)
        return {table: number for table, number in rows.items() if number}

    def _find(
        self, candidates: Candidates, part: SessionFacts, file: ImportedFile, written_at: datetime
    ) -> KnownSession | None:
        place = self.places.of(file, part)
        if place is not None:
            return candidates.get(place.session_id)
        return candidates.find(part, written_at=written_at, file_id=file.pk, ran=self.ran)

    def _with_beginning(
        self, part: SessionFacts, known: KnownSession | None, file: ImportedFile
    ) -> SessionFacts:
        """Let a report keep the beginning it had: a new schedule does not move old nights."""
        if part.kind is not FileKind.REPORT:
            return part
        before = known.parts.get(part.kind) if known else None
        place = self.places.of(file, part)
        if place is not None:
            return part.beginning(place.started_at)
        return part.beginning(before.started_at) if before else part

    def _yields(self, known: KnownSession, part: SessionFacts, file: ImportedFile) -> bool:
        """Return whether another file of this kind says the same and comes first by name."""
        other = known.parts.get(part.kind)
        return other is not None and other.path < file.path

    def _stored_payloads(self, ids: list[int], file: ImportedFile) -> dict[int, tuple[Any, ...]]:
        """Return what is stored of this kind of file, by session, to compare with."""
        if not ids:
            return {}
        sources = SessionSource.objects.filter(session_id__in=ids, kind=file.kind)
        columns = ("started_at", "ended_at", "payload")
        return {
            session_id: tuple(values)
            for session_id, *values in sources.values_list("session_id", *columns)
        }

    def _write_one(
        self,
        candidates: Candidates,
        known: KnownSession | None,
        part: SessionFacts,
        file: ImportedFile,
    ) -> dict[str, int]:
        session, parts = self._load(known, part, file)
        parts[part.kind] = part
        apply_facts(session, parts, is_sample=self.is_sample)
        if is_external(session):
            session.save()
        else:
            session.save(update_fields=_COMPLETED_COLUMNS)
        self._store_part(session, part, file, is_new=known is None or part.kind not in known.parts)
        rows = store_values(session, parts, source_id=file.pk, is_new=known is None)
        known = candidates.add(session)
        known.parts[part.kind] = KnownPart(part.started_at, part.ended_at, file.path, file.pk)
        return {"training_sessions": 1, **rows}

    def _store_part(
        self, session: TrainingSession, part: SessionFacts, file: ImportedFile, *, is_new: bool
    ) -> None:
        columns = {
            "file": file,
            "night": part.night,
            "started_at": part.started_at,
            "ended_at": part.ended_at,
            "payload": part.to_payload(),
        }
        if is_new:
            SessionSource.objects.create(session=session, kind=str(part.kind), **columns)
        else:
            session.sources.filter(kind=str(part.kind)).update(**columns)

    def _load(
        self, known: KnownSession | None, part: SessionFacts, file: ImportedFile
    ) -> tuple[TrainingSession, dict[FileKind, SessionFacts]]:
        """Return the session with the parts it has; a new one is not stored yet."""
        if known is None:
            place = self.places.of(file, part)
            session = TrainingSession(
                pk=place.session_id if place else None,
                trigger=TrainingSession.Trigger.EXTERNAL,
            )
            return session, {}
        session = TrainingSession.objects.select_for_update().get(pk=known.id)
        parts = {
            FileKind(source.kind): SessionFacts.from_payload(
                source.kind,
                night=source.night,
                started_at=source.started_at,
                ended_at=source.ended_at,
                payload=source.payload,
            )
            for source in session.sources.all()
        }
        return session, parts

    def _take_over(self, file: ImportedFile, session_ids: list[int]) -> None:
        """Let this version stand for the parts it repeats; older ones need not be kept in mind."""
        if session_ids:
            SessionSource.objects.filter(session_id__in=session_ids, kind=file.kind).exclude(
                file=file
            ).update(file=file)

    def forget(self) -> None:
        """Forget the agents seen: the transaction that added them was rolled back."""
        self._known_agents.clear()

    def _add_unknown_agents(self, parts: list[SessionFacts]) -> int:
        names = {agent.agent_id: agent.name for part in parts for agent in part.agents}
        if names.keys() <= self._known_agents:
            return 0
        self._known_agents |= set(Agent.objects.values_list("pk", flat=True))
        unknown = names.keys() - self._known_agents
        self._known_agents |= unknown
        return upsert_agents(found=[AgentFound(id=key, name=names[key]) for key in sorted(unknown)])


def _stored(part: SessionFacts) -> tuple[Any, ...]:
    return part.started_at, part.ended_at, part.to_payload()
