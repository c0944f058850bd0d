"""Worker and beat watch each other: the one that lives reports the one that does not."""

import logging
import math
import time

from django.db import DatabaseError

from system.evaluation import evaluate
from system.heartbeats import note_alive

logger = logging.getLogger(__name__)

_WATCHED = {"worker": "no_beat", "beat": "no_worker"}
_EVERY_SECONDS = 30.0
_last: dict[str, float] = {}


def keep_watch(component: str) -> None:
    """Note that `component` lives, and every half minute ask whether the other one does.

    Without this nobody would say that the worker is dead: it is the worker that
    evaluates the rules. Never raises, however often it is called.
    """
    note_alive(component)
    now = time.monotonic()
    if now - _last.get(component, -math.inf) < _EVERY_SECONDS:
        return
    _last[component] = now
    try:
        evaluate(only=[_WATCHED[component]])
    except DatabaseError:
        logger.warning("%s could not watch", component, exc_info=True)
