"""Actions on the page of a host, and checks of its activity and its accessibility."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from tools.chromium import FONT_AWESOME, leave_out_fonts
from tools.hosts import Host

WAIT_MS = 120_000
MAX_ATTEMPTS = 30
# Notebook 7.6 raises this in its own settings list, for any notebook.
NOTEBOOK7_ERROR = "Cannot read properties of undefined (reading 'schema')"
SEVERE_IMPACTS = ("serious", "critical")
STILL = """{
  const style = new CSSStyleSheet();
  style.replaceSync('#loading::before, #loading *, #jupyterlab-splash *, .jp-Spinner * { animation: none !important }');
  document.adoptedStyleSheets = [style];
}"""
"""Stops what hosts turn while a page waits for its server and kernel: drawing it takes a tenth of the CPU of a test."""


@contextmanager
def tab(browser: Browser) -> Iterator[Page]:
    """Open a page in its own context."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-US")
    opened.set_default_timeout(WAIT_MS)
    opened.add_init_script(STILL)
    yield opened
    _end_kernel_of_voila(opened)
    opened.close()


def _end_kernel_of_voila(page: Page) -> None:
    """End the kernel of a page of Voilà, which would read the ledger each second also after the page is closed."""
    if "/voila/render/" not in page.url:
        return
    config = json.loads(page.locator("#jupyter-config-data").text_content() or "{}")
    address = urlsplit(page.url)
    # The host, or the kernel, may have ended; the server of the app refuses, and ends with its test.
    with suppress(requests.RequestException):
        requests.post(
            f"{address.scheme}://{address.netloc}/voila/api/shutdown/{config.get('kernelId')}",
            headers={"X-XSRFToken": "ab"},
            cookies={"_xsrf": "ab"},
            timeout=WAIT_MS / 1_000,
        )


def show(page: Page, host: Host, name: str, *cells: str, ran: int | None = None) -> None:
    """
    Write a notebook, open it, run its cells (Voilà does so itself), and wait for its widgets.

    Args:
        page: The page to open it in.
        host: The host that opens it.
        name: The notebook's file.
        cells: The notebook.
        ran: The number of cells to run from the first on, other than in Voilà; None runs all.
    """
    page.goto(host.notebook(name, *cells))
    if host.runs_by_itself:
        expect(page.locator("#rendered_cells")).to_be_visible()
    else:
        wait_for_kernel(page)
        for number in range(1, (len(cells) if ran is None else ran) + 1):
            run_cell(page, number)
    page.locator(".jupyter-widgets").first.wait_for(state="attached")


def end_kernels(host: Host) -> None:
    """End the kernels that JupyterLab or Notebook 7 keeps: a notebook of the same name would continue with its one."""
    if host.runs_by_itself:
        return
    sessions = f"{host.url}/api/sessions"
    with requests.Session() as client:
        # Any page has the cookie that a change needs.
        client.get(host.address("")).raise_for_status()
        header = {"X-XSRFToken": client.cookies["_xsrf"]}
        until_s = time.monotonic() + WAIT_MS / 1_000
        while opened := client.get(sessions).json():
            for session in opened:
                # The kernel may be ending by itself: the server then answers with an error, and once more without it.
                client.delete(f"{sessions}/{session['id']}", headers=header)
            assert time.monotonic() < until_s, f"These kernels do not end: {opened}"


def wait_for_kernel(page: Page) -> None:
    """Wait until a notebook open in JupyterLab or Notebook 7 can run."""
    # Before there is a kernel the indicator shows idle too.
    page.locator(".jp-Toolbar-kernelName", has_text="Python 3").wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()


def run_cell(page: Page, number: int) -> None:
    """Run a cell of a notebook open in JupyterLab or Notebook 7, the first of which is 1; wait until it is done."""
    cell = page.locator(".jp-CodeCell").nth(number - 1)
    prompt = cell.locator(".jp-InputArea-prompt")
    before = prompt.inner_text()
    # A run right after the kernel shows idle may be lost, and the prompt stays unchanged: try again.
    for _ in range(MAX_ATTEMPTS):
        cell.locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        with suppress(AssertionError):
            expect(prompt).not_to_have_text(before, timeout=WAIT_MS / MAX_ATTEMPTS)
        expect(prompt).not_to_have_text("[*]:", timeout=WAIT_MS)
        if prompt.inner_text() != before:
            return
    message = f"Cell {number} did not run in {MAX_ATTEMPTS} tries."
    raise AssertionError(message)


def save(page: Page, host: Host, name: str) -> str:
    """Save the notebook open in JupyterLab or Notebook 7, and return what is in the file."""
    with page.expect_response(lambda answer: answer.request.method == "PUT" and name in answer.url):
        page.locator("[data-command='docmanager:save']").click()
    return host.saved(name)


@dataclass(frozen=True)
class PageLog:
    """
    What a page, its frames and its popups did since `listen`.

    Attributes:
        console: The console messages.
        errors: The errors raised by scripts.
        dialogs: The texts of dialogs, all of which were dismissed.
        urls: The requested URLs, including WebSockets.
    """

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    @property
    def external_requests(self) -> list[str]:
        """Requests to other machines."""
        return [url for url in self.urls if urlsplit(url).hostname not in {None, "127.0.0.1", "localhost", "::1"}]


def listen(page: Page) -> PageLog:
    """
    Record the activity of a page from now on.

    Voilà gets an empty sheet for Font Awesome; that request, and one error of Notebook 7 itself, are not recorded.
    """
    page_log = PageLog()
    context = page.context
    leave_out_fonts(context)
    context.on("console", lambda message: page_log.console.append(message.text))
    context.on(
        "weberror", lambda raised: NOTEBOOK7_ERROR in str(raised.error) or page_log.errors.append(str(raised.error))
    )
    context.on("dialog", lambda dialog: _answer(dialog, page_log))
    context.on("request", lambda request: FONT_AWESOME.fullmatch(request.url) or page_log.urls.append(request.url))
    page.on("websocket", lambda socket: page_log.urls.append(socket.url))
    return page_log


def _answer(dialog: Dialog, page_log: PageLog) -> None:
    if dialog.type == "beforeunload":
        # The test leaves an unsaved notebook on purpose.
        dialog.accept()
    else:
        page_log.dialogs.append(dialog.message)
        dialog.dismiss()


def find_accessibility_problems(page: Page, within: str) -> list[str]:
    """
    Return the serious and critical findings of axe-core in the parts of the page that match the selector.

    It measures contrast in a tall enough window, and ignores content that scrolls inside a part.
    """
    with _show_whole_page(page):
        found = Axe().run(page, within).response["violations"]
    return [
        _describe_finding(rule, node) for rule in found for node in rule["nodes"] if node["impact"] in SEVERE_IMPACTS
    ]


@contextmanager
def _show_whole_page(page: Page) -> Iterator[None]:
    """Show the whole notebook at once: axe-core ignores the colours of parts that it considers hidden."""
    # A colour that is changing is neither of the two.
    page.emulate_media(reduced_motion="reduce")
    size = page.viewport_size or {"width": 1200, "height": 900}
    max_height = page.evaluate("Math.max(...Array.from(document.querySelectorAll('*'), one => one.scrollHeight))")
    page.set_viewport_size({"width": size["width"], "height": size["height"] + max_height})
    # JupyterLab's body is 0 high and cuts off what overflows, and its panels follow the window a little later.
    page.evaluate("document.body.style.minHeight = '100vh'")
    page.wait_for_function(
        "Array.from(document.querySelectorAll('.jupyter-widgets'), one => one.getBoundingClientRect().bottom)"
        ".every(bottom => bottom < innerHeight)"
    )
    try:
        yield
    finally:
        page.evaluate("document.body.style.minHeight = ''")
        page.set_viewport_size(size)
        page.emulate_media(reduced_motion="null")


def _describe_finding(rule: dict[str, Any], node: dict[str, Any]) -> str:
    where, why = " ".join(map(str, node["target"])), " ".join(node["failureSummary"].split())
    return f"{rule['id']} ({node['impact']}) {where}: {why}"
