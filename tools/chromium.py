"""The Chromium that looks at notebooks, for the pictures and the browser tests."""

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
# Voilà's own template asks for these, and no option of it says otherwise.
FONT_AWESOME = re.compile(
    r"https://cdn\.jsdelivr\.net/npm/@fortawesome/fontawesome-free@(?:\^|%5E)5/css/(?:all|v4-shims)\.min\.css"
)


def chromium() -> str | None:
    """Return where it is; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def leave_out_fonts(context: BrowserContext) -> None:
    """Give Voilà an empty sheet for Font Awesome, which it would fetch from elsewhere."""
    context.route(FONT_AWESOME, lambda route: route.fulfill(content_type="text/css", body=""))
