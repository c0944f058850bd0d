"""Rows for tests, with defaults for everything."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from common.clock import utc_now
from system.models import Alert, HealthSample, Heartbeat
from system.rules import Finding, Rule


def make_sample(
    *, seconds_ago: float = 0, now: datetime | None = None, **fields: Any
) -> HealthSample:
    moment = (now or utc_now()) - timedelta(seconds=seconds_ago)
    defaults: dict[str, Any] = {
        "timestamp": moment,
        "cpu_percent": 10,
        "memory_percent": 20,
        "disk_percent": 30,
        "uptime_seconds": 1000,
        "active_connections": 5,
    }
    return HealthSample.objects.create(**{**defaults, **fields})


def make_alert(**fields: Any) -> Alert:
    defaults: dict[str, Any] = {
        "rule": "test_rule",
        "level": "warning",
        "message": "Something needs attention.",
        "began_at": utc_now(),
    }
    return Alert.objects.create(**{**defaults, **fields})


def make_heartbeat(component: str, *, seconds_ago: float = 0) -> Heartbeat:
    return Heartbeat.objects.create(
        component=component,
        seen_at=utc_now() - timedelta(seconds=seconds_ago),
        pid=1,
        host="here",
    )


def make_finding(**fields: Any) -> Finding:
    defaults: dict[str, Any] = {"level": "warning", "message": "It holds.", "began_at": utc_now()}
    return Finding(**{**defaults, **fields})


def make_rule(
    *findings: Finding,
    name: str = "test_rule",
    keeps: Callable[[datetime, str], bool] = lambda now, subject: False,
) -> Rule:
    return Rule(name=name, description="for a test", check=lambda now: list(findings), keeps=keeps)
