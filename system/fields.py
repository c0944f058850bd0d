"""What is measured of the host: one table for the API, the history and the admin."""

from dataclasses import dataclass

#: From the mildest to the worst.
STATUSES = ("healthy", "warning", "critical")
#: What has thresholds in the settings, and so decides the status.
RESOURCES = ("cpu", "memory", "disk")


@dataclass(frozen=True)
class HealthField:
    """One measured number: its column, unit and meaning, and whether it may be missing."""

    name: str
    unit: str
    description: str
    may_be_missing: bool = True
    is_whole: bool = False


FIELDS = (
    HealthField("cpu_percent", "%", "CPU in use since the measurement before"),
    HealthField("memory_percent", "%", "Memory in use"),
    HealthField("disk_percent", "%", "Space in use where DATA_DIR lies"),
    HealthField("uptime_seconds", "s", "Time since the host booted", may_be_missing=False),
    HealthField("active_connections", "", "Established TCP connections of the host", is_whole=True),
)
