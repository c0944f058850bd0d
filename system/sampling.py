"""Measuring the host: load, memory, disk, uptime and connections, when called."""

import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psutil
from django.conf import settings

from common.clock import utc_now
from common.numbers import finite_or_none
from system.fields import RESOURCES, STATUSES
from system.models import HealthSample


@dataclass(frozen=True)
class HostHealth:
    """The host at one moment; what could not be measured is None."""

    timestamp: datetime
    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None
    uptime_seconds: float
    active_connections: int | None

    @property
    def uptime_hours(self) -> float:
        return round(self.uptime_seconds / 3600, 2)

    @property
    def status(self) -> str | None:
        """The worst state of CPU, memory and disk; None if none of them could be measured."""
        states = [
            status_of(resource, value)
            for resource in RESOURCES
            if (value := getattr(self, f"{resource}_percent")) is not None
        ]
        return max(states, key=STATUSES.index, default=None)


def status_of(resource: str, percent: float) -> str:
    """Return the state of a resource in use by `percent`, by the thresholds of the settings."""
    limits = settings.HEALTH_THRESHOLDS[resource]
    if percent >= limits["critical"]:
        return "critical"
    return "warning" if percent >= limits["warning"] else "healthy"


@dataclass(frozen=True)
class CpuSeconds:
    """Seconds that all CPUs together worked, and had, since the host booted."""

    busy: float
    total: float

    def percent_since(self, before: "CpuSeconds") -> float | None:
        """Return the share of the time since `before` in which they worked; None if none passed."""
        passed = self.total - before.total
        if passed <= 0:
            return None
        return min(100.0, max(0.0, 100 * (self.busy - before.busy) / passed))


def cpu_seconds() -> CpuSeconds:
    """Read the CPU times of the host."""
    times = psutil.cpu_times()._asdict()
    # Linux counts the time of guests in user and nice as well.
    total = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)
    return CpuSeconds(total - times["idle"] - times.get("iowait", 0.0), total)


class CpuMeter:
    """CPU in use since the call before, in this process.

    psutil's own memory is per thread, and so answers 0 in every new thread of a web
    server; this one is shared by all threads.
    """

    #: A shorter time is a handful of clock ticks; the last answer is better than those.
    shortest_seconds = 0.25
    #: A longer time says nothing about now.
    longest_seconds = 300.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = -self.longest_seconds
        self._before = CpuSeconds(0.0, 0.0)
        self._percent: float | None = None

    def percent(self, *, first_interval: float) -> float | None:
        """Return the share of time in which the CPUs worked, 0-100; None if none passed.

        Without a call in the last five minutes it waits for `first_interval` seconds
        and answers for those.
        """
        with self._lock:
            age = time.monotonic() - self._read_at
            if age < self.shortest_seconds:
                return self._percent
            if age > self.longest_seconds:
                self._before = cpu_seconds()
                time.sleep(first_interval)
            now = cpu_seconds()
            self._percent = now.percent_since(self._before)
            self._before, self._read_at = now, time.monotonic()
            return self._percent


_cpu_meter = CpuMeter()


def measure(*, first_interval: float = 0.01) -> HostHealth:
    """Return the host as it is now, in a few milliseconds; writes nothing.

    Only the first measurement of a process takes `first_interval` seconds longer,
    the time over which it observes the CPU.
    """
    return HostHealth(
        timestamp=utc_now(),
        cpu_percent=finite_or_none(_cpu_meter.percent(first_interval=first_interval), digits=1),
        memory_percent=finite_or_none(psutil.virtual_memory().percent, digits=1),
        disk_percent=_disk_percent(settings.DATA_DIR),
        uptime_seconds=round(time.time() - psutil.boot_time(), 1),
        active_connections=_established_connections(),
    )


def store_sample() -> HealthSample:
    """Measure the host and store the row."""
    # The scheduled sampling can wait: a second gives a better first value than a moment.
    return HealthSample.objects.create(**asdict(measure(first_interval=1.0)))


def _disk_percent(folder: Path) -> float | None:
    try:
        return finite_or_none(psutil.disk_usage(str(folder)).percent, digits=1)
    except OSError:
        return None


def _established_connections(snmp: Path = Path("/proc/net/snmp")) -> int | None:
    """Return the established TCP connections of the host; None if that may not be seen.

    Linux keeps the number; listing the connections to count them takes up to a
    second on a busy host.
    """
    try:
        lines = [line.split() for line in snmp.read_text().splitlines() if line.startswith("Tcp:")]
        return int(dict(zip(*lines, strict=True))["CurrEstab"])
    except (OSError, ValueError, KeyError, TypeError):
        return _counted_connections()


def _counted_connections() -> int | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return None
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in connections)
