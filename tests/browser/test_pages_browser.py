"""The log of page activity, and the findings of axe-core."""

import pytest
from playwright.sync_api import Error, Page

from tests.browser.pages import PageLog, find_accessibility_problems

LOUD = """
<img src="http://elsewhere.invalid/x" onerror="alert('from an image')">
<iframe srcdoc="<script>console.log('from a frame')</script>"></iframe>
<script>throw new Error("from a script")</script>
<link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@^5/css/all.min.css">
"""


def test_page_activity_is_recorded(page: Page, page_log: PageLog) -> None:
    page.context.route("http://elsewhere.invalid/**", lambda route: route.fulfill(body="no image"))
    page.set_content(LOUD)
    assert page_log.dialogs == ["from an image"]
    assert page_log.console == ["from a frame"]
    assert page_log.errors == ["from a script"]
    assert page_log.external_requests == ["http://elsewhere.invalid/x"]


def test_axe_reports_the_named_parts(page: Page) -> None:
    page.set_content("<form><button></button></form><main><button>Send</button></main>")
    (found,) = find_accessibility_problems(page, "form")
    assert found.startswith("button-name (critical) form > button:")
    assert find_accessibility_problems(page, "main") == []
    with pytest.raises(Error, match="No elements found"):
        find_accessibility_problems(page, ".no-such-part")
