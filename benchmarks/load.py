"""Many clients at once while a training runs and files are imported: nothing may be lost.

    python -m benchmarks.load --clients 200 --seconds 120

Starts `manage.py run` with the sample orchestrator in a DATA_DIR of its own and lets
`--clients` threads read and write in turn; one more starts trainings and touches the
orchestrator's files. Every event and metric that was answered with 201 must be in the
database afterwards, no answer may be 5xx, and the memory of the web server may not
grow with time. Prints what was counted; the exit status is 1 if anything was lost.
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

READS = [
    "/api/dashboard/overview",
    "/api/dashboard/quick-stats",
    "/api/agents/status",
    "/api/agents/agent_5a",
    "/api/training/status",
    "/api/training/history?days=30",
    "/api/metrics/quality?days=30",
    "/api/metrics/trends",
    "/api/system/health",
    "/api/system/logs/recent",
    "/api/logs/events?page_size=20",
    "/api/status",
]


class Client(threading.Thread):
    """One caller that keeps its connection: nine reads to one write."""

    def __init__(self, number: int, port: int, until: float) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.until = number, port, until
        self.answers: Counter[int] = Counter()
        self.stored: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.broken = 0

    def run(self) -> None:
        choice = random.Random(self.number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.monotonic() < self.until:
            begin = time.monotonic()
            try:
                if choice.random() < 0.1:
                    self.write(connection, choice)
                else:
                    self.answers[self.ask(connection, "GET", choice.choice(READS))] += 1
            except (OSError, http.client.HTTPException):
                self.broken += 1
                connection.close()
            self.seconds.append(time.monotonic() - begin)
        connection.close()

    def write(self, connection: http.client.HTTPConnection, choice: random.Random) -> None:
        """Store an event or a metric, and count it if the server said so."""
        if choice.random() < 0.5:
            what, row = "events", {"event_type": "load", "message": f"client {self.number}"}
            route = "/api/logs/events"
        else:
            what, row = "metrics", {"metric_type": "load", "value": choice.random()}
            route = "/api/metrics"
        status = self.ask(connection, "POST", route, row)
        self.answers[status] += 1
        self.stored[what] += status == 201

    def ask(
        self, connection: http.client.HTTPConnection, method: str, route: str, body: object = None
    ) -> int:
        """Return the status of one call."""
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, route, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def main() -> int:
    """Run the load and judge it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--port", type=int, default=5097)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-load-") as folder:
        environment = {
            **os.environ,
            "DATA_DIR": folder,
            "PORT": str(options.port),
            "IGNORE_DOTENV": "1",
            "LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "manage.py", "run"]
        service = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            wait_until_up(options.port)
            return load(options, Path(folder), environment)
        finally:
            service.send_signal(signal.SIGINT)
            service.wait(timeout=30)


def wait_until_up(port: int) -> None:
    """Wait until the web server answers."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/status")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("error: the dashboard did not start")


def load(options: argparse.Namespace, folder: Path, environment: dict[str, str]) -> int:
    """Let the clients loose, then compare what they stored with what is there."""
    until = time.monotonic() + options.seconds
    clients = [Client(number, options.port, until) for number in range(options.clients)]
    for client in clients:
        client.start()
    memory = disturb(options.port, folder, until)
    for client in clients:
        client.join(timeout=90)
    answers = sum((client.answers for client in clients), Counter())
    stored = sum((client.stored for client in clients), Counter())
    broken = sum(client.broken for client in clients)
    seconds = sorted(second for client in clients for second in client.seconds)
    found = count(environment)
    print(f"answers by status: {dict(sorted(answers.items()))}, broken connections: {broken}")
    print(f"requests/s: {sum(answers.values()) / options.seconds:.0f}")
    print(
        f"seconds: median {seconds[len(seconds) // 2]:.3f}, p99 {seconds[-len(seconds) // 100]:.3f}"
    )
    print(f"stored by the clients: {dict(stored)}, found in the database: {found}")
    print(f"memory of the web server, MB, at each tenth of the time: {memory}")
    lost = any(stored[what] != found[what] for what in ("events", "metrics"))
    failed = broken or any(status >= 500 and status != 503 for status in answers)
    return 1 if lost or failed else 0


def disturb(port: int, folder: Path, until: float) -> list[int]:
    """Start trainings and touch files until the time is up; return the memory over time."""
    memory: list[int] = []
    pause = max(1.0, (until - time.monotonic()) / 10)
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/api/training/start")
        connection.getresponse().read()
        for report in sorted((folder / "sample/orchestrator/logs").glob("daily_report_*.txt"))[:5]:
            report.write_bytes(report.read_bytes() + b"\n")
        memory.append(web_megabytes(port))
        time.sleep(pause)
    return memory


def web_megabytes(port: int) -> int:
    """Return the resident memory of the processes that serve the port."""
    total = 0
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        words = process.info["cmdline"] or []
        if "granian" in words and str(port) in words:
            total += process.info["memory_info"].rss
    return total // 1_000_000


def count(environment: dict[str, str]) -> dict[str, int]:
    """Return how many rows of the load are in the database."""
    code = (
        "from logs_app.models import Event; from metrics.models import Metric;"
        "print(Event.objects.filter(event_type='load').count(),"
        " Metric.objects.filter(metric_type='load').count())"
    )
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    events, metrics = map(int, text.stdout.split()[-2:])
    return {"events": events, "metrics": metrics}


if __name__ == "__main__":
    sys.exit(main())
