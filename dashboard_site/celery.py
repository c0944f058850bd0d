"""The Celery application: worker and beat, each leaving a sign of life in the database."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.exceptions import SecurityWarning
from celery.signals import heartbeat_sent, worker_ready

from dashboard_site import folder_queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_site.settings")

# In a container the only user is root, and only JSON is accepted (never pickle).
warnings.filterwarnings("ignore", message=".*superuser privileges", category=SecurityWarning)

folder_queue.register()
app = Celery("dashboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# "Current" holds for this thread only; requests are answered in others.
app.set_default()


@worker_ready.connect
@heartbeat_sent.connect
def worker_is_alive(**_: Any) -> None:
    """Note that this worker lives and watch over beat (Celery calls this every few seconds)."""
    from system.watch import keep_watch  # noqa: PLC0415 - needs the apps to be loaded

    keep_watch("worker")


class Scheduler(PersistentScheduler):
    """Beat's own scheduler, which notes that it lives and watches over the worker."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        from system.watch import keep_watch  # noqa: PLC0415 - needs the apps to be loaded

        keep_watch("beat")
        # Beat sleeps until the next entry is due; wake early enough to be seen alive.
        return min(float(super().tick(*args, **kwargs)), 5.0)
