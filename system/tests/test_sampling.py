import socket
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from common.clock import utc_now
from system import sampling
from system.models import HealthSample
from system.sampling import CpuMeter, CpuSeconds, HostHealth, measure, status_of


def host(**fields: Any) -> HostHealth:
    values: dict[str, Any] = {
        "timestamp": utc_now(),
        "cpu_percent": 1.0,
        "memory_percent": 1.0,
        "disk_percent": 1.0,
        "uptime_seconds": 7200.0,
        "active_connections": 0,
    }
    return HostHealth(**{**values, **fields})


@pytest.mark.parametrize(
    ("percent", "status"),
    [(0, "healthy"), (79.9, "healthy"), (80, "warning"), (94.9, "warning"), (95, "critical")],
)
def test_a_resource_is_judged_by_the_thresholds(settings, percent, status):
    settings.HEALTH_THRESHOLDS = {"cpu": {"warning": 80, "critical": 95}}
    assert status_of("cpu", percent) == status


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "healthy"),
        ({"disk_percent": 99.0}, "critical"),
        ({"cpu_percent": 85.0, "memory_percent": None}, "warning"),
        ({"cpu_percent": None, "memory_percent": None, "disk_percent": None}, None),
    ],
)
def test_the_host_is_as_bad_as_its_worst_resource(values, status):
    assert host(**values).status == status


def test_uptime_is_given_in_hours_too():
    assert host().uptime_hours == 2.0


def test_everything_is_measured_and_in_range():
    health = measure()
    assert health.cpu_percent is None or 0 <= health.cpu_percent <= 100
    assert health.memory_percent is not None
    assert 0 < health.memory_percent <= 100
    assert health.uptime_seconds > 0


def test_a_folder_that_is_missing_has_no_disk_percent(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "missing"
    assert measure().disk_percent is None


def test_the_share_of_busy_time_is_bounded_and_unknown_without_time():
    before = CpuSeconds(10, 100)
    assert CpuSeconds(11, 104).percent_since(before) == 25
    assert CpuSeconds(9, 104).percent_since(before) == 0
    assert CpuSeconds(20, 104).percent_since(before) == 100
    assert CpuSeconds(10, 100).percent_since(before) is None


def test_only_the_first_reading_waits(monkeypatch):
    readings = iter([CpuSeconds(0, 0), CpuSeconds(1, 2), CpuSeconds(1, 10)])
    waits: list[float] = []
    monkeypatch.setattr(sampling, "cpu_seconds", lambda: next(readings))
    monkeypatch.setattr(time, "sleep", waits.append)
    meter = CpuMeter()
    meter.shortest_seconds = 0
    assert meter.percent(first_interval=0.01) == 50
    assert meter.percent(first_interval=0.01) == 0
    assert waits == [0.01]


def test_a_reading_right_after_another_repeats_it(monkeypatch):
    readings = iter([CpuSeconds(0, 0), CpuSeconds(1, 2)])
    monkeypatch.setattr(sampling, "cpu_seconds", lambda: next(readings))
    meter = CpuMeter()
    meter.shortest_seconds = 3600
    meter.longest_seconds = 7200
    meter._read_at = time.monotonic() - 7300
    assert meter.percent(first_interval=0) == 50
    assert meter.percent(first_interval=0) == 50


@pytest.mark.skipif(not Path("/proc/net/snmp").exists(), reason="only Linux keeps the number")
def test_established_connections_are_counted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        before = sampling._established_connections()
        with socket.create_connection(server.getsockname()) as client, server.accept()[0]:
            assert client.getpeername() == server.getsockname()
            assert before is not None
            during = sampling._established_connections()
            assert during is not None
            assert during >= 2


@pytest.mark.parametrize(
    "content", ["", "Tcp: A\nTcp: 1\n", "Tcp: CurrEstab\nTcp: x\n", "Tcp: A B\nTcp: 1\n"]
)
def test_an_unreadable_count_is_replaced_by_counting(tmp_path, monkeypatch, content):
    (tmp_path / "snmp").write_text(content)
    monkeypatch.setattr(sampling, "_counted_connections", lambda: 7)
    assert sampling._established_connections(tmp_path / "snmp") == 7


def test_connections_that_may_not_be_seen_are_unknown(monkeypatch):
    def refuse(kind):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refuse)
    assert sampling._counted_connections() is None


@pytest.mark.django_db
def test_a_sample_becomes_a_row():
    row = sampling.store_sample()
    assert HealthSample.objects.get() == row
    assert row.memory_percent is not None
