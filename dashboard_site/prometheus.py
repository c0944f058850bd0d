"""GET /metrics: the newest values of the tables, in the form Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from rest_framework.request import Request
from rest_framework.views import APIView

from agents.selectors import agent_statuses
from common.clock import utc_now
from logs_app.models import Event
from logs_app.selectors import counts_by_severity
from metrics.selectors import newest_system_quality
from system.heartbeats import is_alive
from system.models import Heartbeat
from system.selectors import active_alert_counts, newest_sample
from training import selectors as training
from training.schedule import get_schedule, next_runs


class PrometheusView(APIView):
    """/metrics, for callers that may read the API."""

    def get(self, request: Request) -> HttpResponse:
        """GET /metrics: gauges in Prometheus' text form, or OpenMetrics if Accept names it."""
        registry = CollectorRegistry()
        registry.register(_Newest(utc_now()))
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(registry), content_type=content_type)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Scrapers ask for types of their own.
        return super().perform_content_negotiation(request, force=True)


class _Newest(Collector):
    """Reads at the scrape; a value nobody measured is left out, never 0."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("dashboard", "This installation.", {"version": settings.VERSION})
        yield from _training(self.now)
        yield from _quality(self.now)
        yield from _host(self.now)
        since = self.now - timedelta(days=1)
        yield _gauge(
            "events_last_day",
            "Events of the last 24 hours.",
            "severity",
            counts_by_severity(since=since, severities=list(Event.Severity)),
        )


def _training(now: datetime) -> Iterator[Metric]:
    active, last = training.active_session(), training.last_finished_session()
    yield _gauge("training_sessions", "Sessions by state.", "status", training.session_counts())
    yield _value(
        "training_progress_percent",
        "Progress of the running session, 0-100.",
        active.progress_percent if active else None,
    )
    yield _value(
        "training_last_duration_seconds",
        "Duration of the newest finished session.",
        training.duration_seconds(last) if last else None,
    )
    yield _moment(
        "training_last_start_timestamp_seconds",
        "Start of the newest finished session.",
        last.start_time if last else None,
    )
    yield _moment(
        "training_next_run_timestamp_seconds",
        "When the schedule fires next.",
        next(iter(next_runs(get_schedule(), now=now, count=1)), None),
    )


def _quality(now: datetime) -> Iterator[Metric]:
    agents = agent_statuses(now=now)
    yield _value("system_quality", "Quality of the system, 0-10, newest.", newest_system_quality())
    yield _gauge(
        "agent_quality",
        "Quality of an agent, 0-10, in the newest report.",
        "agent_id",
        {agent.id: agent.quality_score for agent in agents},
    )
    yield _gauge(
        "agent_online",
        "1: enabled, and with data in the newest report.",
        "agent_id",
        {agent.id: int(agent.status == "online") for agent in agents},
    )


def _host(now: datetime) -> Iterator[Metric]:
    sample = newest_sample()
    yield _gauge(
        "host_used_percent",
        "Use of the host, 0-100, in the newest sample.",
        "resource",
        {
            resource: getattr(sample, f"{resource}_percent", None)
            for resource in settings.HEALTH_THRESHOLDS
        },
    )
    yield _moment(
        "host_sample_timestamp_seconds",
        "When the newest sample was taken.",
        sample.timestamp if sample else None,
    )
    yield _gauge("alerts_active", "Active alerts.", "level", active_alert_counts())
    yield _gauge(
        "process_alive",
        "1: the worker or beat gave a sign of life in time.",
        "component",
        {beat.component: int(is_alive(beat, now=now)) for beat in Heartbeat.objects.all()},
    )


def _gauge(
    name: str, meaning: str, label: str, values: Mapping[str, float | None]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dashboard_{name}", meaning, labels=[label])
    for key, value in values.items():
        if value is not None:
            family.add_metric([key], value)
    return family


def _value(name: str, meaning: str, value: float | None) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dashboard_{name}", meaning)
    if value is not None:
        family.add_metric([], value)
    return family


def _moment(name: str, meaning: str, moment: datetime | None) -> GaugeMetricFamily:
    return _value(name, meaning, moment.timestamp() if moment else None)
