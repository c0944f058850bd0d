"""Requests per second and 99th percentile of every GET route, against a bare view.

    python -m benchmarks.routes --nights 1000 --rows 1000000

Makes a DATA_DIR of its own, fills it, starts the web server as `make run` does, and
asks wrk (Debian package `wrk`) for each route in turn. The bare view answers a
constant of the same size through the same server in the same run; the column
`share` is the route's rate divided by the bare view's.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROUTES = [
    "/api/dashboard/overview",
    "/api/dashboard/quick-stats",
    "/api/agents/status",
    "/api/agents/agent_1",
    "/api/agents/health",
    "/api/training/status",
    "/api/training/history?days=7",
    "/api/training/history?days=365",
    "/api/training/schedule",
    "/api/training/sessions",
    "/api/training/sessions/1",
    "/api/metrics/quality?days=7",
    "/api/metrics/quality?days=365",
    "/api/metrics/history/quality",
    "/api/metrics/history/quality?days=365&points=500",
    "/api/metrics/comparison",
    "/api/metrics/trends",
    "/api/system/health",
    "/api/system/health/history",
    "/api/system/logs/recent",
    "/api/system/errors",
    "/api/system/alerts",
    "/api/storyboard/projects",
    "/api/storyboard/videos",
    "/api/logs/training",
    "/api/logs/events",
    "/api/status",
    "/api/endpoints",
]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=5099)
    parser.add_argument("--interface", choices=["asgi", "wsgi"], default="asgi")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("error: wrk is missing (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
        environment = prepare(folder, options.nights, options.rows)
        server = serve(environment, options.interface, options.port)
        try:
            table(options)
        finally:
            server.terminate()
            server.wait(timeout=20)


def prepare(folder: str, nights: int, rows: int) -> dict[str, str]:
    """Fill a database in `folder`; return the environment of a server that uses it."""
    environment = {
        **os.environ,
        "DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "IGNORE_DOTENV": "1",
        "LOG_LEVEL": "ERROR",
        "API_RATE_LIMIT": "0",
    }
    python = sys.executable
    run = ["manage.py", "migrate", "-v0"]
    subprocess.run([python, *run], env=environment, check=True)
    fill = ["-m", "benchmarks.fill", "--nights", str(nights), "--rows", str(rows)]
    subprocess.run([python, *fill], env=environment, check=True, stdout=sys.stderr)
    return environment


def serve(
    environment: dict[str, str], interface: str, port: int, target: str = ""
) -> "subprocess.Popen[bytes]":
    """Start the web server and wait until it answers."""
    command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(port)]
    command += ["--workers", "1", "--log-level", "warning"]
    if interface == "wsgi":
        command += ["--blocking-threads", "4"]
    target = target or f"dashboard_site.{interface}:application"
    server = subprocess.Popen([*command, target], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/bare/10", timeout=2)
        except OSError:
            time.sleep(0.2)
        else:
            return server
    server.kill()
    raise SystemExit("error: the server did not start")


def table(options: argparse.Namespace) -> None:
    """Print one line per route."""
    base = f"http://127.0.0.1:{options.port}"
    print(
        f"{options.nights} nights, {options.rows} extra rows, "
        f"{options.connections} connections, {options.interface}"
    )
    print("| route | bytes | requests/s | p99 ms | bare requests/s | bare p99 ms | share |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for route in ROUTES:
        size = warm(base + route)
        rate, slowest = wrk(base + route, options)
        bare_rate, bare_slowest = wrk(f"{base}/bare/{size}", options)
        print(
            f"| `{route}` | {size} | {rate:.0f} | {slowest:.1f} | {bare_rate:.0f} | "
            f"{bare_slowest:.1f} | {rate / bare_rate:.0%} |",
            flush=True,
        )


def warm(url: str) -> int:
    """Call a route a few times and return the size of its answer."""
    size = 0
    for _ in range(5):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
                size = len(answer.read())
        except urllib.error.HTTPError as error:
            raise SystemExit(f"error: {url} answers {error.code}: {error.read()[:200]!r}") from None
    return size


def wrk(url: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return (requests per second, 99th percentile in ms)."""
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"error: {url} answered errors under load\n{text}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text)
    if rate is None or slowest is None:
        raise SystemExit(f"error: cannot read what wrk printed\n{json.dumps(text)}")
    factor = {"us": 0.001, "ms": 1.0, "s": 1000.0}[slowest.group(2)]
    return float(rate.group(1)), float(slowest.group(1)) * factor


if __name__ == "__main__":
    main()
