"""Import of many daily reports, against reading the same files and doing nothing with them.

    python -m benchmarks.imports --reports 1000

Writes the reports into a folder of its own, imports them into an empty SQLite database,
imports them again (nothing changed), and reads the bytes of each file once. Prints
seconds and the peak memory of each step.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

AGENTS = [
    ("Trend Detective", "agent_1"),
    ("Audio Curator", "agent_2"),
    ("Video Concept", "agent_3"),
    ("Screenplay Generator", "agent_4"),
    ("Veo Generator", "agent_5a"),
    ("Runway Generator", "agent_5b"),
    ("Influencer Matcher", "agent_6"),
    ("Distribution Metadata", "agent_7"),
    ("Prompt Refiner", "agent_8"),
    ("Sound Designer", "agent_9"),
    ("Master Distributor", "agent_10"),
    ("Meta Trainer", "agent_11"),
]
RULE = "═" * 78


def report(night: date, number: int) -> str:
    """Return a daily report as the orchestrator writes it."""
    lines = [
        f"╔{RULE}╗",
        f"║  DAILY TRAINING REPORT [{night}]".ljust(79) + "║",
        "║  Training Duration: 8.45 minutes".ljust(79) + "║",
        f"║  Overall System Quality: {7 + number % 20 / 10:.1f}/10 (+0.5%)".ljust(79) + "║",
        f"╠{RULE}╣",
    ]
    for position, (name, agent) in enumerate(AGENTS):
        quality = 6 + (number + position) % 35 / 10
        lines += [
            f"║ {name} ({agent})".ljust(79) + "║",
            f"║   Quality: {quality:.1f}/10 (+0.1 vs yesterday)".ljust(79) + "║",
            "║   Processing: 1.2s".ljust(79) + "║",
            "║   Status: ✅ Improved".ljust(79) + "║",
            f"╠{RULE}╣",
        ]
    lines += [
        "║ RECOMMENDATIONS FOR NEXT RUN:".ljust(79) + "║",
        "║ - Current trajectory: UP ↑".ljust(79) + "║",
        f"╚{RULE}╝",
    ]
    return "\n".join(lines)


def write_reports(folder: Path, number: int) -> None:
    """Write one report per night into `folder`/logs."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for back in range(number):
        night = date.today() - timedelta(days=back)  # noqa: DTZ011 - a made-up night
        (logs / f"daily_report_{night}.txt").write_text(report(night, back), encoding="utf-8")


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as name:
        folder = Path(name)
        write_reports(folder / "orchestrator", options.reports)
        environment = {
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "ORCHESTRATOR_PATH": str(folder / "orchestrator"),
            "IGNORE_DOTENV": "1",
            "LOG_LEVEL": "WARNING",
        }
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, env=environment, check=True)
        read = "import pathlib,sys\nfor p in pathlib.Path(sys.argv[1]).glob('*'): p.read_bytes()"
        steps = {
            "read the files only": [sys.executable, "-c", read, str(folder / "orchestrator/logs")],
            "start of a command that does nothing": [sys.executable, "manage.py", "check"],
            "first import": [sys.executable, "manage.py", "import_orchestrator"],
            "second import, nothing changed": [sys.executable, "manage.py", "import_orchestrator"],
        }
        print(f"{options.reports} reports")
        print("| step | seconds | peak MB |")
        print("|---|---:|---:|")
        for step, command in steps.items():
            seconds, megabytes = measure(command, environment)
            print(f"| {step} | {seconds:.2f} | {megabytes:.0f} |", flush=True)


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return (seconds, peak megabytes) of a command; stop if it fails."""
    begin = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if status:
        raise SystemExit(f"error: {command} failed\n{errors.decode()}")
    process.returncode = 0
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    peak: resource.struct_rusage = usage
    return seconds, peak.ru_maxrss / scale


if __name__ == "__main__":
    main()
