"""Chromium for the pictures and the browser tests."""

import re
import shutil

from playwright.sync_api import BrowserContext

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The headless shell has no window, and needs a quarter less CPU time for a page.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Voilà's template requests these style sheets, without an option to disable the requests.
FONT_AWESOME = re.compile(
    r"https://cdn\.jsdelivr\.net/npm/@fortawesome/fontawesome-free@(?:\^|%5E)5/css/(?:all|v4-shims)\.min\.css"
)


def chromium() -> str | None:
    """Return the path of Chromium; None if Chromium is not installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def leave_out_fonts(context: BrowserContext) -> None:
    """Serve an empty style sheet for Font Awesome, which Voilà would fetch from the internet."""
    context.route(FONT_AWESOME, lambda route: route.fulfill(content_type="text/css", body=""))
