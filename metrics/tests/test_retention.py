from datetime import UTC, datetime, timedelta

import pytest

from common.clock import utc_now
from metrics.models import Metric
from system.retention import thin_out

pytestmark = pytest.mark.django_db

DAY = datetime(2025, 1, 1, tzinfo=UTC)


def push(value: float, *, hours: float = 0, **fields: object) -> None:
    values = {"timestamp": DAY + timedelta(hours=hours), "metric_type": "load", **fields}
    Metric.objects.create(value=value, **values)


def left() -> list[float]:
    return list(Metric.objects.order_by("value").values_list("value", flat=True))


def test_of_an_old_day_the_last_value_per_metric_and_agent_stays():
    push(1, hours=1)
    push(2, hours=5)
    push(3, hours=5)
    push(4, hours=1, agent_id="agent_1")
    push(5, hours=1, metric_type="other")
    push(6, hours=25)
    assert thin_out()["metrics"] == 2
    assert left() == [3, 4, 5, 6]
    assert thin_out()["metrics"] == 0


def test_results_of_training_and_new_values_stay():
    push(1, session_id=1)
    push(2, session_id=1)
    push(3, timestamp=utc_now())
    push(4, timestamp=utc_now())
    assert thin_out()["metrics"] == 0
    assert left() == [1, 2, 3, 4]


def test_a_day_is_one_where_the_pipeline_runs(settings):
    settings.ORCHESTRATOR_TIME_ZONE = "America/New_York"
    push(1, hours=3)
    push(2, hours=6)
    assert thin_out()["metrics"] == 0
    settings.ORCHESTRATOR_TIME_ZONE = "UTC"
    assert thin_out()["metrics"] == 1
