"""Sessions and what a start needs, made with as few words as possible."""

import os
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from common.clock import night_of, utc_now
from system.models import Heartbeat
from training.models import TrainingSession
from training.models.sessions import new_run_token
from training.orchestrator import process


def make_session(status: str = "pending", **columns: Any) -> TrainingSession:
    """A session that the dashboard started a moment ago."""
    now = utc_now()
    columns.setdefault("start_time", now)
    columns.setdefault("night", night_of(columns["start_time"]))
    columns.setdefault("trigger", TrainingSession.Trigger.API)
    columns.setdefault("run_token", new_run_token())
    columns.setdefault("timeout_seconds", 600)
    if status in {"completed", "failed", "stopped"}:
        columns.setdefault("end_time", now)
    return TrainingSession.objects.create(status=status, **columns)


def make_claimed(status: str = "running", **columns: Any) -> TrainingSession:
    """A session that this very process says it has in hand."""
    place = process.here()
    me = process.identify(os.getpid())
    assert me is not None
    columns.setdefault("claimed_by", f"{place.host}:{me.pid}")
    columns.setdefault("worker_created_at", me.started)
    columns.setdefault("boot_id", place.boot_id)
    columns.setdefault("pid_namespace", place.pid_namespace)
    columns.setdefault("heartbeat_at", utc_now())
    columns.setdefault("elapsed_seconds", 1.0)
    return make_session(status, **columns)


def a_worker_lives(*, seconds_ago: float = 0) -> None:
    seen_at = utc_now() - timedelta(seconds=seconds_ago)
    facts = {"seen_at": seen_at, "pid": os.getpid(), "host": socket.gethostname()}
    Heartbeat.objects.update_or_create(component="worker", defaults=facts)


def program(folder: Path, code: str) -> str:
    """Write a training program and return the command that runs it."""
    path = folder / "orchestrator.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    return f"{sys.executable} {path}"
