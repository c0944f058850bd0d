"""Ways to serve the same routes, in one run: what `make run` does, and what else there is.

    python -m benchmarks.serving

Each server runs with one worker; wrk asks each for a constant and for a read.
"""

import argparse
import sys
import tempfile

from benchmarks.routes import prepare, serve, warm, wrk

SERVERS = {
    "WSGI handler behind the WSGI server": ("wsgi", "dashboard_site.wsgi:application"),
    "WSGI handler behind the ASGI server, as make run": (
        "asgi",
        "dashboard_site.asgi:application",
    ),
    "Django's ASGI handler": ("asgi", "benchmarks.django_asgi:application"),
}
ROUTES = ["/bare/1000", "/api/agents/status", "/api/training/history?days=365"]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=5098)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
        environment = prepare(folder, options.nights, 0)
        print("| server | route | requests/s | p99 ms |")
        print("|---|---|---:|---:|")
        for name, (interface, target) in SERVERS.items():
            server = serve(environment, interface, options.port, target)
            try:
                for route in ROUTES:
                    url = f"http://127.0.0.1:{options.port}{route}"
                    warm(url)
                    rate, slowest = wrk(url, options)
                    print(f"| {name} | `{route}` | {rate:.0f} | {slowest:.1f} |", flush=True)
            finally:
                server.terminate()
                server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
