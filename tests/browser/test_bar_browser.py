"""The progress bar in the browser: it updates in place, and stays in a notebook reopened without a kernel."""

import json

from playwright.sync_api import Page, expect

from tests.browser.pages import run_cell, save, wait_for_kernel
from tools.hosts import Host

NAME = "bar.ipynb"
BEGIN = """
import dingnb
from dingnb.clock import SystemClock
from dingnb.display import ProgressBar
dingnb.set_language("en")
bar = ProgressBar(SystemClock())
bar.show("Sending: 1 of 2 <img src=x onerror=alert(1)>", 0.5)
"""
END = "bar.end('Sent: 2 of 2 <img src=x onerror=alert(1)>', 1.0)"


def expect_bar(page: Page, percent: str, text: str) -> None:
    outputs = page.locator(".jp-OutputArea-output")
    bar = outputs.get_by_role("progressbar", name="Progress")
    expect(bar).to_have_count(1)
    expect(bar).to_have_attribute("aria-valuenow", percent)
    expect(outputs.get_by_role("status")).to_have_text(text)
    expect(outputs.locator("img")).to_have_count(0)


def test_the_bar_changes_in_place_and_a_saved_notebook_keeps_its_end(page: Page, lab: Host) -> None:
    page.goto(lab.notebook(NAME, BEGIN, END))
    wait_for_kernel(page)
    run_cell(page, 1)
    expect_bar(page, "50", "Sending: 1 of 2 <img src=x onerror=alert(1)>")
    height = page.locator(".jp-OutputArea").first.bounding_box()

    run_cell(page, 2)
    expect_bar(page, "100", "Sent: 2 of 2 <img src=x onerror=alert(1)>")
    assert page.locator(".jp-OutputArea").first.bounding_box() == height
    first, second = json.loads(save(page, lab, NAME))["cells"]
    assert [output["output_type"] for output in first["outputs"]] == ["display_data"]
    assert second["outputs"] == []

    page.goto("about:blank")
    page.goto(f"{lab.url}/lab/tree/{NAME}?reset")
    expect_bar(page, "100", "Sent: 2 of 2 <img src=x onerror=alert(1)>")
