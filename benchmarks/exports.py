"""Export of many events and storing of large batches, with the memory of the web server.

    python -m benchmarks.exports --events 1000000

Fills a database, starts the web server as `make run` does, downloads every event in
each format and stores batches of 10 000 rows. Prints rows per second and the peak
memory of the server, which must not grow with the number of events.
"""

import argparse
import http.client
import json
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.routes import prepare, serve

BATCH = 10_000


def event(number: int) -> dict[str, object]:
    """Return an event such as a pipeline delivers while it renders, with every field."""
    return {
        "timestamp": moment(number),
        "event_type": "render_step",
        "agent_id": f"agent_{number % 12 + 1}",
        "message": f"Frame {number} of {BATCH} took {number % 97}.5 ms: /data/out/{number}.png",
        "severity": "info",
        "session_id": 1,
        "metadata": {"frame": number, "loss": number / 7},
    }


def metric(number: int) -> dict[str, object]:
    """Return a metric such as a pipeline delivers."""
    return {
        "timestamp": moment(number),
        "agent_id": f"agent_{number % 12 + 1}",
        "metric_type": "loss",
        "value": number / 7,
    }


def moment(number: int) -> str:
    """Return the time of a row of a batch."""
    return f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


ROUTES = {"events": ("/api/logs/events", event), "metrics": ("/api/metrics", metric)}


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--port", type=int, default=5096)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
        environment = prepare(folder, 1000, options.events)
        server = serve(environment, "asgi", options.port)
        try:
            print("| step | rows | seconds | rows/s | peak MB of the server |")
            print("|---|---:|---:|---:|---:|")
            show("server, before anything was asked", 0, 0.0, server.pid)
            for name in ("json", "csv", "ndjson"):
                begin = time.monotonic()
                rows = download(options.port, f"/api/logs/export?format={name}&days=3650")
                show(f"export as {name}", rows, time.monotonic() - begin, server.pid)
            for name, (route, make_row) in ROUTES.items():
                rows_of_batch = [make_row(number) for number in range(BATCH)]
                begin = time.monotonic()
                store(options.port, route, rows_of_batch)
                show(f"POST {name}", BATCH, time.monotonic() - begin, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)


def show(step: str, rows: int, seconds: float, pid: int) -> None:
    """Print one line of the table."""
    rate = f"{rows / seconds:.0f}" if seconds else ""
    print(f"| {step} | {rows} | {seconds:.2f} | {rate} | {peak_megabytes(pid)} |", flush=True)


def peak_megabytes(pid: int) -> int:
    """Return the highest resident memory that the server's processes had so far."""
    process = psutil.Process(pid)
    total = 0
    for one in [process, *process.children(recursive=True)]:
        text = Path(f"/proc/{one.pid}/status").read_text(encoding="ascii")
        peak = next(line for line in text.splitlines() if line.startswith("VmHWM"))
        total += int(peak.split()[1])
    return total // 1024


def download(port: int, path: str) -> int:
    """Read an answer to its end and return the number of events in it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"error: {path} answers {answer.status}: {answer.read()[:200]!r}")
    mark, rows, rest = b"step ", 0, b""
    while block := answer.read(1 << 20):
        rows += (rest + block).count(mark) - rest.count(mark)
        rest = block[-len(mark) + 1 :]
    connection.close()
    return rows


def store(port: int, route: str, rows: list[dict[str, object]]) -> None:
    """POST one batch."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", route, json.dumps(rows), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 201:
        raise SystemExit(f"error: {route} answers {answer.status}: {answer.read()[:200]!r}")
    connection.close()


if __name__ == "__main__":
    main()
