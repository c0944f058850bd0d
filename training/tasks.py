"""Work of the worker, by name; each body is one call."""

from datetime import timedelta
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from common.clock import utc_now
from training import importing, runner, schedule_due, session_log, sweep


@shared_task(name="training.run_session")
def run_session(session_id: int) -> None:
    """Run one pending session to its end."""
    runner.run_session(session_id)


@shared_task(name="training.sweep")
def sweep_sessions() -> None:
    """Close sessions that nobody runs any more."""
    sweep.sweep(now=utc_now())


@shared_task(name="training.enforce_limits")
def enforce_limits() -> None:
    """Ask sessions over their time limit to stop."""
    sweep.enforce_limits(now=utc_now())


@shared_task(name="training.start_due")
def start_due() -> None:
    """Start the training that the schedule is due for."""
    schedule_due.start_due()


@shared_task(name="training.import_changes", ignore_result=True)
def import_changes() -> None:
    """Import what the orchestrator wrote since the last time."""
    importing.import_changes()


@shared_task(name="training.remove_old_logs")
def remove_old_logs() -> None:
    """Remove the logs of runs that are older than METRICS_RETENTION_DAYS."""
    age = timedelta(days=settings.METRICS_RETENTION_DAYS)
    session_log.remove_old_logs(before=utc_now() - age)


@worker_ready.connect
def sweep_at_the_start(**_: Any) -> None:
    """Look for what the worker before this one left behind, without waiting for beat."""
    current_app.send_task("training.sweep", expires=60)


@worker_shutting_down.connect
def end_what_runs(**_: Any) -> None:
    """End the training that this worker runs, so that it can stop soon itself."""
    runner.shut_down()
