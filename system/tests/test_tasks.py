import pytest
from celery import current_app

from logs_app.models import Event
from system import sampling, tasks
from system.models import HealthSample


def test_the_tasks_have_the_names_that_beat_uses(settings):
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    ours = {name for name in scheduled if name.startswith("system.")}
    assert ours == {"system.sample_health", "system.evaluate_alerts", "system.thin_out"}
    assert ours <= set(current_app.tasks)


@pytest.mark.django_db
def test_each_task_may_run_twice(monkeypatch):
    monkeypatch.setattr(sampling, "_cpu_meter", sampling.CpuMeter())
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for _ in range(2):
        tasks.sample_health()
        tasks.evaluate_alerts()
        tasks.thin_out()
    assert HealthSample.objects.count() == 2
    assert not Event.objects.filter(event_type="alert_raised", metadata__rule="rule_fails").exists()
