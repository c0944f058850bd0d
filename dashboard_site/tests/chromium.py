"""The browser of the tests and of the page's benchmark."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

PATH = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start the installed Chromium, not one that Playwright would download."""
    return playwright.chromium.launch(executable_path=PATH, args=_FLAGS)
