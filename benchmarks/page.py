"""The page in Chromium with years of nights: first paint, data on it, smoothness of a chart.

    python -m benchmarks.page --nights 730

Fills a database, starts the web server as `make run` does, and opens the page in a new
browser context a few times. The frames are counted while the pointer moves over the
chart of a year with twelve agents. Needs Chromium and Playwright.
"""

import argparse
import itertools
import statistics
import tempfile

from playwright.sync_api import Browser, sync_playwright

from benchmarks.routes import prepare, serve
from dashboard_site.tests import chromium

AGENTS = [
    f"agent_{number}"
    for number in (["1", "2", "3", "4", "5a", "5b", "6", "7", "8", "9", "10", "11"])
]
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
COUNT_FRAMES = """() => {
    window.frameTimes = [];
    const note = (time) => { window.frameTimes.push(time); requestAnimationFrame(note); };
    requestAnimationFrame(note);
}"""


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=730)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--port", type=int, default=5095)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
        environment = prepare(folder, options.nights, 0)
        server = serve(environment, "asgi", options.port)
        try:
            with sync_playwright() as playwright:
                browser = chromium.launch(playwright)
                measure(browser, f"http://127.0.0.1:{options.port}/", options.visits)
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=20)


def measure(browser: Browser, base: str, visits: int) -> None:
    """Open the views and print what was seen."""
    print("| view | first paint ms, median | slowest |")
    print("|---|---:|---:|")
    year = f"#/quality?days=365&agents={','.join(AGENTS)}"
    for name, address in {"overview": "", "a year of twelve agents": year}.items():
        paints = sorted(first_paint(browser, base + address) for _ in range(visits))
        print(f"| {name} | {statistics.median(paints):.0f} | {paints[-1]:.0f} |", flush=True)
    gaps = frame_gaps(browser, base + year)
    slow = sum(gap > 50 for gap in gaps)
    rate = 1000 * len(gaps) / sum(gaps)
    print(
        f"\nPointer over that chart: {rate:.0f} frames a second, {slow} of {len(gaps)} over 50 ms."
    )


def first_paint(browser: Browser, address: str) -> float:
    """Return the first contentful paint of a first visit, ms."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.wait_for_function(f"({PAINT}) !== null")
    paint: float = page.evaluate(PAINT)
    context.close()
    return paint


def frame_gaps(browser: Browser, address: str) -> list[float]:
    """Return the times between frames, ms, while the pointer crosses the chart."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".u-over")
    page.wait_for_timeout(1000)
    box = page.locator(".u-over").first.bounding_box()
    if box is None:
        raise SystemExit("error: there is no chart")
    page.evaluate(COUNT_FRAMES)
    for step in range(200):
        page.mouse.move(box["x"] + box["width"] * step / 200, box["y"] + box["height"] / 2)
    times: list[float] = page.evaluate("window.frameTimes")
    context.close()
    return [after - before for before, after in itertools.pairwise(times)]


if __name__ == "__main__":
    main()
