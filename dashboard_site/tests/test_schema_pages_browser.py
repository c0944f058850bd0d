"""The pages that show the API, in real Chromium: drawn, with nothing from elsewhere."""

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect, sync_playwright

from dashboard_site.tests import chromium
from dashboard_site.tests.test_page_browser import PATIENCE_MS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not chromium.PATH, reason="there is no Chromium (apt-get install chromium)"),
]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/docs", "#operations-training-training_start"),
        ("/api/redoc", '[id="tag/training/operation/training_start"]'),
    ],
)
def test_the_page_draws_every_route_from_our_own_files(live_server, path, shown):
    base = live_server.url.replace("localhost", "127.0.0.1")
    elsewhere: list[str] = []
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page()
        page.on(
            "response",
            lambda response: (
                None
                if response.url.startswith((base, "data:", "blob:"))
                else elsewhere.append(response.url)
            ),
        )
        page.goto(base + path)
        expect(page.locator(shown).first).to_be_visible(timeout=PATIENCE_MS)
        browser.close()
    assert not elsewhere
