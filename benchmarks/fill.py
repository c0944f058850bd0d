"""Fill the database with made-up rows, to measure how the routes bear their number.

    DATA_DIR=/tmp/bench python -m benchmarks.fill --nights 1000 --rows 1000000

Only for an empty DATA_DIR: the rows are invented.
"""

import argparse
import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from agents.models import Agent, AgentMetric  # noqa: E402 - after django.setup()
from logs_app.models import Event  # noqa: E402
from metrics.models import Metric  # noqa: E402
from system.models import HealthSample  # noqa: E402
from training.models import TrainingSession  # noqa: E402
from training.phases import PHASES  # noqa: E402

BATCH = 5000
randomness = random.Random(7)


def moment(night: date) -> datetime:
    """Return 03:00 UTC of a night."""
    return datetime.combine(night, time(3), UTC)


def store(model: Any, rows: Iterator[Any]) -> int:
    """Insert rows batch by batch and return their number."""
    stored = 0
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)
        stored += len(batch)
    return stored


def sessions(nights: list[date]) -> Iterator[TrainingSession]:
    """Yield one finished session per night."""
    for number, night in enumerate(nights, 1):
        start = moment(night)
        phases = [
            {"name": name, "raw_name": name, "status": "success", "seconds": 5.0} for name in PHASES
        ]
        yield TrainingSession(
            id=number,
            start_time=start,
            end_time=start + timedelta(seconds=30),
            night=night,
            status="failed" if number % 40 == 0 else "completed",
            phase="cleanup",
            agents_trained=11,
            agents_failed=1,
            overall_quality=round(min(9.5, 6 + number / 400 + randomness.random()), 2),
            overall_improvement=round(randomness.uniform(-1, 2), 2),
            duration_seconds=30.0,
            phases=phases,
        )


def agent_metrics(nights: list[date], rows: int) -> Iterator[AgentMetric]:
    """Yield one row per night and agent, then older ones until there are `rows`."""
    agents = list(Agent.objects.values_list("id", flat=True))
    made = 0
    for number, night in enumerate(nights, 1):
        for agent in agents:
            made += 1
            yield agent_metric(agent, night, moment(night), number)
    oldest = nights[0]
    while made < rows:
        made += 1
        stamp = moment(oldest) - timedelta(minutes=made)
        yield agent_metric(agents[made % len(agents)], stamp.date(), stamp, None)


def agent_metric(agent: str, night: date, stamp: datetime, session: int | None) -> AgentMetric:
    """Return one row with a plausible score."""
    return AgentMetric(
        timestamp=stamp,
        night=night,
        agent_id=agent,
        session_id=session,
        quality_score=round(randomness.uniform(6, 9.5), 2),
        processing_time_ms=randomness.randrange(5, 4000),
        error_count=0,
        status="online",
        outcome="trained",
        improvement=round(randomness.uniform(-0.5, 0.5), 2),
    )


def metrics(nights: list[date]) -> Iterator[Metric]:
    """Yield the nightly values of the system and of each agent."""
    agents = [None, *Agent.objects.values_list("id", flat=True)]
    for number, night in enumerate(nights, 1):
        for agent in agents:
            for name in ("quality", "speed", "errors", "improvement"):
                value = round(randomness.uniform(6, 9), 2)
                yield Metric(
                    timestamp=moment(night),
                    agent_id=agent,
                    metric_type=name,
                    value=value,
                    session_id=number,
                )


def events(nights: list[date], rows: int) -> Iterator[Event]:
    """Yield `rows` events spread evenly over the nights up to now."""
    begin = moment(nights[0])
    step = (datetime.now(UTC) - begin) / rows
    severities = ("info",) * 17 + ("warning",) * 2 + ("error",)
    for number in range(rows):
        yield Event(
            timestamp=begin + step * number,
            event_type=("training", "agent", "host")[number % 3],
            agent_id=f"agent_{number % 4 + 1}" if number % 2 else None,
            message=f"step {number} took {number % 977} ms",
            severity=severities[number % 20],
        )


def health(hours: int) -> Iterator[HealthSample]:
    """Yield two samples a minute over the last `hours`."""
    now = datetime.now(UTC)
    for number in range(hours * 120):
        yield HealthSample(
            timestamp=now - timedelta(seconds=30 * number),
            cpu_percent=randomness.uniform(5, 60),
            memory_percent=50,
            disk_percent=40,
            uptime_seconds=1000,
            active_connections=10,
        )


def main() -> None:
    """Fill the tables and say what was stored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--rows", type=int, default=0, help="agent_metrics and events, each")
    options = parser.parse_args()
    if TrainingSession.objects.exists():
        raise SystemExit("error: this database is not empty")
    today = datetime.now(UTC).date()
    nights = [today - timedelta(days=back) for back in range(options.nights - 1, -1, -1)]
    print("sessions", store(TrainingSession, sessions(nights)))
    print("agent_metrics", store(AgentMetric, agent_metrics(nights, options.rows)))
    print("metrics", store(Metric, metrics(nights)))
    print("events", store(Event, events(nights, max(options.rows, options.nights * 20))))
    print("system_health", store(HealthSample, health(hours=24 * 7)))


if __name__ == "__main__":
    main()
