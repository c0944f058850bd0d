"""Storing metrics."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from common.bulk import insert_rows
from metrics.models import Metric


def store_metrics(*, metrics: Sequence[Mapping[str, Any]], now: datetime) -> int:
    """Store all of `metrics` (columns by name) or none, and return their number.

    One without a timestamp was measured now.
    """
    return insert_rows(Metric, ({"timestamp": now, **metric} for metric in metrics))


def replace_session_metrics(
    *, session_id: int, metrics: Sequence[Mapping[str, Any]], is_new: bool = False
) -> int:
    """Make `metrics` (columns by name) all that is stored of a session; return their number.

    `is_new` promises that nothing is stored of the session yet, which saves looking.
    """
    with transaction.atomic(savepoint=False):
        if not is_new:
            Metric.objects.filter(session_id=session_id).delete()
        return insert_rows(Metric, ({"session_id": session_id, **metric} for metric in metrics))
