"""One night of training: six phases, one after the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import floor
from pathlib import Path
from typing import Any, TypeVar

from pipeline.files import as_compact_json, as_json, read_json, write_all, write_text
from pipeline.history import load_history, with_night, without_old
from pipeline.learners import Learner, NextWordModel, PairRanker
from pipeline.outcome import (
    Outcome,
    Trained,
    Untrained,
    overall_improvement,
    overall_quality,
    trained,
)
from pipeline.report import daily_report, trend
from pipeline.selection import best_rate
from pipeline.sources import Record, harvest, held_out
from pipeline.store import ModelUnreadableError, load_model, model_path
from pipeline.storyboards import Storyboard, write_storyboard
from pipeline.tasks import TASKS, Task

L = TypeVar("L", bound=Learner)
_KEPT_STORYBOARDS = 5


class TrainingFailedError(Exception):
    """The night as a whole failed."""


@dataclass
class Night:
    """State of one run. What belongs together is written together, at the end.

    `started_at` is in the time zone of the schedule, without an offset, as in the
    files. A `thorough` run searches the best rate of each model first.
    """

    folder: Path
    started_at: datetime
    thorough: bool
    say: Callable[[str], None]
    config: dict[str, Any] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    models: dict[str, Learner] = field(default_factory=dict)
    phases: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    _clock: float = field(default_factory=time.monotonic)

    @property
    def day(self) -> date:
        return self.started_at.date()

    @property
    def seconds(self) -> float:
        """Time since the start of the run."""
        return time.monotonic() - self._clock

    @property
    def now(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds)

    @property
    def tasks(self) -> list[Task]:
        agents = self.config["agent_training"]
        return [task for task in TASKS if agents.get(task.agent_id, {}).get("enabled", True)]

    def run(self) -> dict[str, Any]:
        """Train all agents and write all files; return the result.

        Raises:
            TrainingFailedError: nothing could be trained; the result file says so too.
        """
        self.say(f"\n{'=' * 80}\n🚀 HOLISTIC TRAINING PIPELINE - STARTING\n{'=' * 80}\n")
        try:
            self.config = _read_config(self.folder)
            for number, (name, title, phase) in enumerate(_PHASES, start=1):
                self.say(f"{title.format(number)}\n{'-' * 80}")
                begun = time.monotonic()
                facts = phase(self)
                seconds = round(time.monotonic() - begun, 2)
                self.phases[name] = {"status": "success", "time_seconds": seconds} | facts
                self.say(_ENDS.get(name, "  ⏱️  Time: {0:.2f}s\n").format(seconds, seconds / 60))
        except (TrainingFailedError, OSError, ValueError, KeyError) as error:
            self._write_failure(str(error))
            raise TrainingFailedError(str(error)) from error
        return self._finish()

    def _finish(self) -> dict[str, Any]:
        summary = self._summary()
        result = {"status": "success", "phases": self.phases} | summary
        history_path = self.folder / "logs" / "training_metrics.json"
        history = with_night(load_history(history_path), self.outcomes, summary)
        history = without_old(history, self.now, self.config["monitoring"]["log_retention_days"])
        self.texts[history_path] = as_json(history)
        # Last: whoever waits for the result finds the other files complete.
        self.texts[self.folder / "holistic_training_result.json"] = as_json(result)
        write_all(self.texts)
        self.say(
            f"\n{'=' * 80}\n✅ HOLISTIC TRAINING PIPELINE - COMPLETED\n"
            f"   Total Time: {self.seconds / 60:.2f} minutes\n"
            f"   Agents Trained: {summary['agents_trained']}\n"
            f"   System Improvement: {summary['system_quality_delta']:+.2f}%\n{'=' * 80}\n"
        )
        return result

    def _summary(self) -> dict[str, Any]:
        ended_at = self.now
        # Rounded down: the end less this time must not lie before the start.
        seconds = floor((ended_at - self.started_at).total_seconds() * 100) / 100
        next_night = datetime.combine(self.day, datetime.min.time()) + timedelta(hours=3)
        while next_night <= ended_at:
            next_night += timedelta(days=1)
        return {
            "status": "success",
            "total_time_seconds": seconds,
            "total_time_minutes": round(seconds / 60, 2),
            "agents_trained": len(trained(self.outcomes)),
            "system_quality_delta": overall_improvement(self.outcomes),
            "timestamp": ended_at.isoformat(),
            "next_scheduled": next_night.isoformat(),
        }

    def _write_failure(self, error: str) -> None:
        failure = {
            "status": "failed",
            "error": error,
            "timestamp": self.now.isoformat(),
            "total_time_seconds": round(self.seconds, 2),
        }
        write_text(self.folder / "holistic_training_result.json", as_json(failure))

    # --- The phases; each returns what the result file says about it.

    def harvest_data(self) -> dict[str, Any]:
        """Fetch what the sources have; a source that is down leaves no file."""
        reached = 0
        for task in self.tasks:
            records = harvest(task, self.day)[: self.config["training_data_limits"][task.source]]
            path = self._data_path(task)
            if records:
                reached += 1
                write_text(path, as_compact_json([record.as_json() for record in records]))
                self.say(f"  • Harvesting {task.source}... ✓ {len(records)} records")
            else:
                path.unlink(missing_ok=True)
                self.say(f"  • Harvesting {task.source}... ✗ source not reachable")
        return {"sources": reached}

    def validate_data(self) -> dict[str, Any]:
        """Keep what is good enough to learn from."""
        threshold = self.config["harvester"]["data_quality_threshold"]
        stats = {}
        for task in self.tasks:
            rows = read_json(self._data_path(task)) or []
            records = [Record(**row) for row in rows if row["quality_score"] >= threshold]
            self.records[task.source] = records
            stats[task.source] = {
                "original": len(rows),
                "filtered": len(records),
                "removed": len(rows) - len(records),
                "meets_minimum": len(records) >= self._minimum,
            }
            mark = "✓" if records else "✗"
            self.say(f"  • Validating {task.source}... {mark} {len(records)}/{len(rows)} passed")
        total = sum(map(len, self.records.values()))
        self.say(f"\n  📊 Quality Threshold: {threshold}\n  ✅ Total Cleaned Records: {total}")
        return {
            "quality_threshold": threshold,
            "total_cleaned": total,
            "validation_stats": stats,
        }

    def train_agents(self) -> dict[str, Any]:
        """Train one agent after the other; one that fails does not stop the others."""
        for task in self.tasks:
            self.say(f"\n  🤖 Training {task.name} ({task.agent_id})...")
            outcome = self._train(task)
            self.outcomes.append(outcome)
            self.say(f"     {_outcome_line(outcome)}")
        count = len(trained(self.outcomes))
        self.say(f"\n  ✅ Agents Trained: {count}/{len(self.outcomes)}")
        if not count:
            raise TrainingFailedError("no agent could be trained")
        return {
            "agents_trained": count,
            "agents_failed": len(self.outcomes) - count,
            "results": {outcome.task.agent_id: outcome.as_result() for outcome in self.outcomes},
        }

    def produce(self) -> dict[str, Any]:
        """Let the models write a storyboard."""
        if not self.config["production_run"]["enabled"]:
            self.say("  ⚠️  Production run disabled in configuration")
            return {"status": "skipped"}
        storyboard = self._storyboard()
        if storyboard is None:
            self.say("  ⚠️  The models cannot write a storyboard yet - skipping")
            return {"status": "skipped"}
        output = self.folder / "output"
        self.texts[output / f"screenplay_{self.day}.json"] = as_json(storyboard.screenplay)
        self.texts[output / f"prompts_{self.day}.json"] = as_json(storyboard.prompts)
        title, scenes = storyboard.screenplay["music_title"], len(storyboard.prompts["prompts"])
        self.say(f"  🎵 {title}: screenplay and prompts for {scenes} scenes")
        return {"music_title": title, "scenes": scenes}

    def monitor(self) -> dict[str, Any]:
        """Write the report."""
        report = daily_report(self.day, self.outcomes, self.seconds)
        self.texts[self.folder / "logs" / f"daily_report_{self.day}.txt"] = report
        self.say(f"\n{report}\n")
        self.say(f"  🏥 System Health: {overall_quality(self.outcomes):.1f}/10")
        self.say(f"  📈 Trend: {trend(self.outcomes)}")
        return {"report_generated": True}

    def clean_up(self) -> dict[str, Any]:
        """Remove old reports and storyboards."""
        days = self.config["monitoring"]["log_retention_days"]
        self.say(f"  • Archiving logs (retention: {days} days)...")
        oldest = self.day - timedelta(days=days)
        for path in (self.folder / "logs").glob("daily_report_????-??-??.txt"):
            if path.stem < f"daily_report_{oldest}":
                path.unlink()
        for kind in ("screenplay", "prompts"):
            files = sorted((self.folder / "output").glob(f"{kind}_????-??-??.json"))
            for path in files[:-_KEPT_STORYBOARDS]:
                path.unlink()
        self.say("  ✅ Cleanup complete")
        return {}

    # --- Helpers

    @property
    def _minimum(self) -> int:
        return int(self.config["harvester"]["min_records_per_type"])

    def _data_path(self, task: Task) -> Path:
        return self.folder / "training" / "data" / f"{task.source}.json"

    def _storyboard(self) -> Storyboard | None:
        try:
            concepts = self._model(NextWordModel, "agent_3")
            scripts = self._model(NextWordModel, "agent_4")
            taste = self._model(PairRanker, "agent_5b")
        except ModelUnreadableError:
            return None
        return write_storyboard(concepts, scripts, taste, self.day)

    def _model(self, kind: type[L], agent_id: str) -> L:
        """Return tonight's model of an agent, else the one it had before."""
        model = self.models.get(agent_id)
        return model if isinstance(model, kind) else load_model(self.folder, kind, agent_id)

    def _train(self, task: Task) -> Outcome:
        records = self.records[task.source]
        if not records:
            return Untrained(task, self.now, 0, "No data available")
        if len(records) < self._minimum:
            problem = f"Not enough data: {len(records)} of at least {self._minimum} records"
            return Untrained(task, self.now, len(records), problem)
        begun = time.monotonic()
        try:
            model = load_model(self.folder, task.learner, task.agent_id)
        except ModelUnreadableError as error:
            return Untrained(task, self.now, len(records), str(error))
        examples = held_out(task, f"{self.day:%Y-%m}")
        score_before = model.score(examples)
        rate = model.default_rate
        if self.thorough:
            rate = best_rate(model, records, seed=f"{task.source} {self.day}")
        model.learn(records, rate)
        self.models[task.agent_id] = model
        self.texts[model_path(self.folder, task.agent_id)] = as_compact_json(model.dump())
        return Trained(
            task,
            ended_at=self.now,
            records=len(records),
            time_ms=max(1, round((time.monotonic() - begun) * 1000)),
            score_before=score_before,
            score=model.score(examples),
        )


def _outcome_line(outcome: Outcome) -> str:
    if isinstance(outcome, Trained):
        return f"✅ Success | Time: {outcome.time_ms}ms | Improvement: {outcome.improvement:+.1f}%"
    if outcome.records:
        return f"✗ {outcome.problem}"
    return f"⚠️  {outcome.problem} - skipping"


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "training" / "config.json"
    config = read_json(path)
    if config is None:
        raise TrainingFailedError(f"{path} is missing")
    settings: dict[str, Any] = config["training"]
    return settings


_PHASES: tuple[tuple[str, str, Callable[[Night], dict[str, Any]]], ...] = (
    ("harvesting", "📊 PHASE {}: DATA HARVESTING", Night.harvest_data),
    ("validation", "🔍 PHASE {}: DATA VALIDATION", Night.validate_data),
    ("training", "🎓 PHASE {}: AGENT TRAINING", Night.train_agents),
    ("production", "🎬 PHASE {}: PRODUCTION RUN", Night.produce),
    ("monitoring", "📊 PHASE {}: MONITORING & LOGGING", Night.monitor),
    ("cleanup", "🧹 PHASE {}: CLEANUP & ARCHIVING", Night.clean_up),
)
_ENDS = {"training": "  ⏱️  Time: {0:.2f}s ({1:.2f} minutes)\n"}
