"""The page in real Chromium against a real service, as `manage.py run` starts it.

With UPDATE_SCREENSHOTS=1 the pictures in docs/screenshots/ are made anew.
"""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dashboard_site.tests.test_run import Service, wait_until

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
)
from playwright.sync_api import sync_playwright as start_playwright

from dashboard_site.tests import chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not chromium.PATH, reason="there is no Chromium (apt-get install chromium)"),
]

#: Far longer than it takes, because the machine may be busy.
PATIENCE_MS = 60_000
SCREENSHOTS = Path(settings.BASE_DIR) / "docs" / "screenshots"
VIEWS = {
    "overview": "#/",
    "training": "#/training",
    "session": "#/session/30",
    "agents": "#/agents",
    "agents-rows": "#/agents?as=rows&sort=name",
    "agent": "#/agent/agent_2",
    "quality": "#/quality?days=30&agents=agent_1,agent_8",
    "compare-nights": "#/compare",
    "compare-agents": "#/compare?kind=agents",
    "host": "#/host",
    "events": "#/events",
    "storyboards": "#/storyboards",
    "storyboard": "#/storyboard/{project}",
}
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Visit:
    """One open page, and all that went wrong in it."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base, self.problems = base, []  # type: str, list[str]
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", lambda request: self._note_request(request.url))

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def _note_request(self, url: str) -> None:
        own = (self.base, self.base.replace("http:", "ws:"), "data:", "blob:")
        if not url.startswith(own):
            self.problems.append(f"request to another host: {url}")

    def open(self, address: str) -> Page:
        """Go to a view and wait until everything in it has arrived."""
        self.page.goto(f"{self.base}/{address}")
        self.settle()
        return self.page

    def settle(self) -> None:
        expect(self.page.locator("#view > div > *").first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(".skeleton")).to_have_count(0, timeout=PATIENCE_MS)


def see(locator: Locator) -> None:
    expect(locator).to_be_visible(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A first start: the sample orchestrator with thirty nights behind it."""
    service = Service(tmp_path_factory.mktemp("page") / "data", ORCHESTRATOR_PATH="")
    try:
        wait_until(service.answers, "the API")
        wait_until(lambda: set(components(service).values()) == {"ok"}, "worker and beat")
        yield service
    finally:
        service.close()


def call(service: Service, path: str, body: Any = None) -> Any:
    """Ask the API as a program on this machine."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    url = f"http://127.0.0.1:{service.port}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)


def components(service: Service) -> dict[str, str]:
    return dict(call(service, "/api/status")["components"])


@pytest.fixture(scope="module")
def addresses(service: Service) -> dict[str, str]:
    """The addresses of all views, by name; the storyboard is one of ours."""
    scenes = [
        {"title": title, "description": f"{title} over the city", "duration": duration}
        for title, duration in (("Sunrise", 4), ("Rush hour", 7.5), ("Rain", 3), ("Night", 9))
    ]
    project = {"name": "City in a day", "artist": "The Ferns", "scenes": scenes}
    made = call(service, "/api/storyboard/project/create", project)
    return {name: view.format(project=made["project_id"]) for name, view in VIEWS.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with start_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit that must end without a problem; parameters go to the browser's context."""
    options: dict[str, Any] = {"viewport": WIDE, "timezone_id": "Europe/Berlin", "locale": "en-GB"}
    context = browser.new_context(**options | getattr(request, "param", {}))
    visit = Visit(context, f"http://127.0.0.1:{service.port}")
    yield visit
    problems = list(visit.problems)
    context.close()
    assert problems == []


def test_the_first_visit_says_how_the_night_went(visit: Visit) -> None:
    page = visit.open("#/")
    see(page.get_by_role("heading", level=1))
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text(re.compile(r"Quality \d\.\d of 10"))
    expect(page.get_by_text("Sample data.")).to_be_visible()
    tiles = page.locator(".tiles")
    for name in ("System quality", "Last training", "Next training", "Agents online", "Host"):
        expect(tiles).to_contain_text(name)
    expect(tiles).to_contain_text("of 12")
    expect(page).to_have_title("Overview · Production dashboard")


def serious(page: Page) -> list[str]:
    """What axe-core finds of the two worst kinds, as readable lines."""
    found = Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {[node['target'] for node in finding['nodes'][:3]]}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_accessible_in_light_and_dark(
    visit: Visit, addresses: dict[str, str], name: str
) -> None:
    page = visit.open(addresses[name])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert serious(page) == [], f"{name}, {scheme}"
        if os.environ.get("UPDATE_SCREENSHOTS") == "1":
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}.png")


@pytest.mark.parametrize("visit", [{"viewport": PHONE, "has_touch": True}], indirect=True)
def test_no_view_is_wider_than_a_phone(visit: Visit, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        page = visit.open(address)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
        if name == "overview" and os.environ.get("UPDATE_SCREENSHOTS") == "1":
            page.screenshot(path=SCREENSHOTS / "phone.png")


def test_a_storyboard_says_what_is_missing_and_is_a_file_for_other_programs(
    visit: Visit, addresses: dict[str, str]
) -> None:
    page = visit.open(addresses["storyboard"])
    see(page.get_by_role("heading", name="Warnings"))
    see(page.get_by_text("Scene 4 has no video."))
    for name in ("JSON", "CSV", "OTIO", "SRT"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert download.value.path().stat().st_size > 100
    with page.expect_popup() as printed:
        page.get_by_role("link", name="Page to print").click()
    expect(printed.value.locator("body")).to_contain_text("Rush hour")


def test_a_storyboard_is_found_by_its_name(visit: Visit, addresses: dict[str, str]) -> None:
    page = visit.open(addresses["storyboards"])
    page.get_by_role("searchbox", name="Search").fill("no such name")
    see(page.get_by_text("No project fits the search"))
    page.get_by_role("searchbox", name="Search").fill("City in")
    see(page.get_by_role("heading", name="City in a day"))
    assert page.url.endswith("search=City+in") or page.url.endswith("search=City%20in")


def test_it_can_be_used_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.open("#/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("navigation").get_by_role("link", name="Training").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Training")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start training")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Start a training now?")
    see(dialog)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_failed_request_is_shown_where_it_happened_and_can_be_tried_again(visit: Visit) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"error": "The database is away.", "status": 503})

    visit.page.route("**/api/agents/status", refuse)
    page = visit.open("#/agents")
    failure = page.get_by_role("alert").filter(has_text="The database is away.")
    see(failure)
    page.unroute("**/api/agents/status")
    failure.get_by_role("button", name="Try again").click()
    see(page.get_by_text("Trend Detective"))
    expect(failure).to_have_count(0)
    visit.problems = [text for text in visit.problems if "503" not in text]


def test_a_server_that_is_gone_leaves_the_numbers_and_says_how_old_they_are(visit: Visit) -> None:
    page = visit.open("#/host")
    page.route("**/api/**", lambda route: route.abort())
    banner = page.get_by_role("alert").filter(has_text="No connection.")
    see(banner)
    expect(banner).to_contain_text("What you see is from")
    see(page.locator(".tiles").get_by_text("Memory"))
    page.unroute("**/api/**")
    banner.get_by_role("button", name="Try now").click()
    expect(banner).to_have_count(0, timeout=PATIENCE_MS)
    visit.problems = [text for text in visit.problems if "net::ERR_FAILED" not in text]


def test_an_empty_installation_explains_the_next_step(visit: Visit) -> None:
    no_rows: dict[str, Any] = {"next": None, "previous": None, "results": []}
    overview = {"overall_quality": None, "last_training": None, "quality_trend": "stable"}
    visit.page.route("**/api/training/sessions?*", lambda route: route.fulfill(json=no_rows))
    visit.page.route("**/api/dashboard/overview", lambda route: route.fulfill(json=overview))
    page = visit.open("#/")
    see(page.get_by_role("heading", name="Welcome: nothing has been imported yet"))
    expect(page.get_by_text("import_orchestrator")).to_be_visible()


def test_the_address_keeps_what_was_chosen(visit: Visit) -> None:
    page = visit.open("#/quality")
    page.get_by_role("button", name="90 d").click()
    page.get_by_role("button", name="Audio Curator").click()
    visit.settle()
    assert page.url.endswith("#/quality?days=90&agents=agent_2")
    page.reload()
    visit.settle()
    expect(page.get_by_role("button", name="90 d")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("img", name=re.compile("System, Audio Curator"))).to_be_visible()


def test_a_range_dragged_over_the_chart_is_shown_larger(visit: Visit) -> None:
    page = visit.open("#/quality?days=30")
    plot = page.locator(".u-over")
    see(plot)
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    expect(page.locator(".tip")).to_contain_text("System")
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 120, steps=4)
    page.mouse.up()
    see(page.get_by_role("button", name="Reset zoom"))
    assert re.search(r"from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d", page.url)


def test_what_arrives_meanwhile_takes_neither_tooltip_nor_range_away(visit: Visit) -> None:
    held: list[Route] = []
    visit.page.route("**/api/system/alerts?*", lambda route: held.append(route))
    page = visit.open("#/quality?days=30")
    plot = page.locator(".u-over")
    see(plot)
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 120, steps=4)
    alert = {"timestamp": "2026-01-01T00:00:00Z", "type": "critical", "message": "Hot"}
    for route in held:
        route.fulfill(json={"alerts": [alert]})
    see(page.get_by_text("alert raised"))
    expect(page.locator(".tip")).to_contain_text("System")
    page.mouse.up()
    see(page.get_by_role("button", name="Reset zoom"))


def test_events_are_filtered_and_new_ones_arrive_by_themselves(
    visit: Visit, service: Service
) -> None:
    page = visit.open("#/events")
    page.get_by_role("button", name="Errors").click()
    visit.settle()
    message = "The camera of the studio fell over."
    event = {"event_type": "camera", "severity": "error", "message": message}
    call(service, "/api/logs/events", event)
    see(page.get_by_text(message))
    page.get_by_role("searchbox", name="Search").fill("no such words at all")
    see(page.get_by_text("No event fits the filters"))
    page.get_by_role("button", name="Clear filters").first.click()
    see(page.get_by_text(message))
    assert "severity=error%2Ccritical" not in page.url


def test_the_server_tells_the_page_what_changed(visit: Visit, service: Service) -> None:
    def is_about_events(frame: str | bytes) -> bool:
        return json.loads(frame)["topic"] == "events"

    with visit.page.expect_websocket() as opening:
        page = visit.open("#/events")
    socket = opening.value
    # Once told, the page polls but seldom: what it shows now, it was told.
    message = "The coffee is ready."
    with socket.expect_event("framereceived", is_about_events, timeout=PATIENCE_MS):
        call(service, "/api/logs/events", {"event_type": "coffee", "message": message})
    see(page.get_by_text(message))


def test_an_alert_can_be_acknowledged(visit: Visit) -> None:
    page = visit.open("#/events")
    alerts = page.get_by_role("region", name="Active alerts")
    button = alerts.get_by_role("button", name=re.compile("Acknowledge: .*below its target")).first
    see(button)
    button.click()
    see(alerts.get_by_text("acknowledged").first)


def test_a_training_is_started_followed_and_stopped(visit: Visit, service: Service) -> None:
    page = visit.open("#/training")
    page.get_by_role("button", name="Start training").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("to see it run")
    dialog.get_by_role("button", name="Start training").click()
    see(page.get_by_role("progressbar"))
    expect(page.get_by_role("log")).to_contain_text("PHASE 1", timeout=PATIENCE_MS)
    see(page.locator(".phase.running"))
    if os.environ.get("UPDATE_SCREENSHOTS") == "1":
        see(page.locator(".chip.done").first)
        page.screenshot(path=SCREENSHOTS / "training-running.png")
    page.get_by_role("button", name="Stop training").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop training").click()
    see(page.get_by_role("button", name="Start training"))
    newest = call(service, "/api/training/sessions?page_size=1")["results"][0]
    assert (newest["status"], newest["reason"]) == ("stopped", "to see it run")
    see(page.get_by_role("table", name="Training sessions").get_by_text("stopped").first)
