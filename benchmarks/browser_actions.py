"""
Times actions on a form in a real browser: from the key or the click until all resulting changes are painted.

The page itself reports when an event happened and when its last change was painted; the time between is what a user
waits. An action is complete once the expected change is shown and the page has not changed for a while.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from dingnb.words import say
from tools.chromium import FLAGS, chromium, leave_out_fonts
from tools.hosts import HOSTS

WAIT_MS = 120_000
NAME = "results.ipynb"
CELL = """
import dingnb
form = dingnb.connect("sandbox").campaign({name!r}).form()
form.wait()
form
"""
SEARCH_PREFIX, SEARCH_DIGITS = "user00", "9912"
"""The beginning of a search for ids, and the digits typed next: each digit narrows down the rows."""

_BEGIN = """event => {
  const form = document.querySelector('.dingnb'), state = {began: null, painted: null};
  const begin = happened => { state.began ??= happened.timeStamp };
  document.addEventListener(event, begin, {capture: true, once: true});
  const look = new MutationObserver(() => {
    if (state.began === null) return;
    state.changed = performance.now();
    requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      // After the frame, and not before it.
      port1.onmessage = () => { state.painted = performance.now() };
      port2.postMessage('');
    });
  });
  look.observe(form, {subtree: true, childList: true, characterData: true, attributes: true});
  state.end = () => look.disconnect();
  window.dnState = state;
}"""
_SETTLED = """quiet => {
  const {painted, changed} = window.dnState;
  return painted !== null && painted >= changed && performance.now() - changed > quiet;
}"""
_TOOK = "() => { dnState.end(); return dnState.painted - dnState.began }"
_QUIET_MS = 400


@dataclass(frozen=True)
class Action:
    """
    An action of a user.

    Attributes:
        event: The browser event.
        do: Performs the action.
        shows: What is displayed when the action is done.
    """

    event: str
    do: Callable[[], None]
    shows: Locator


@contextmanager
def open_page(home: Path, host: str, name: str) -> Iterator[Page]:
    """Open a page with the form of a campaign in a notebook host, whose kernels use the ledger of this process."""
    ours = {"DINGNB_HOME": os.environ["DINGNB_HOME"]}
    with HOSTS[host](home, ours) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-US")
        page.set_default_timeout(WAIT_MS)
        leave_out_fonts(page.context)
        page.goto(server.notebook(NAME, CELL.format(name=name).strip()))
        if not server.runs_by_itself:
            page.locator(".jp-Toolbar-kernelName", has_text="Python 3").wait_for()
            page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
            page.locator(".jp-InputArea-editor").first.click()
            page.keyboard.press("Control+Enter")
        page.locator(".dn-select-table").wait_for()
        # The available actions are known last.
        page.get_by_role("button", name=say("results_form.act_recall_name")).wait_for()
        yield page
        browser.close()


def took_ms(page: Page, action: Action) -> float:
    """Run an action, and return the time until all its changes were painted."""
    page.evaluate(_BEGIN, action.event)
    action.do()
    action.shows.wait_for()
    page.wait_for_function(_SETTLED, arg=_QUIET_MS)
    return float(page.evaluate(_TOOK))


def actions(page: Page, people: int) -> Iterator[tuple[str, Action]]:
    """Yield the actions of a user in order, each with its kind."""
    search = page.get_by_role("textbox", name=say("form.search"), exact=True)
    number = page.get_by_role("spinbutton", name=say("form.page"))
    shown = page.get_by_role("status")

    def rows(first: int, total: int = people) -> Locator:
        return shown.filter(has_text=say("form.shown", first=first, last=first + 14, total=total))

    everybody, *statuses = page.locator(".dn-tile:visible").all()
    for tile in (*statuses, everybody):
        counted = int(tile.inner_text().split()[0].replace(",", ""))
        yield "a status chosen", Action("click", tile.click, rows(1, counted))
    search.fill(SEARCH_PREFIX)
    for end, key in enumerate(SEARCH_DIGITS, 1):
        found = sum(f"user{index:07d}".startswith(SEARCH_PREFIX + SEARCH_DIGITS[:end]) for index in range(people))
        begin = say("form.shown", first=1, last=min(found, 15), total=found)
        typed = Action("keydown", lambda key=key: search.press(key), shown.filter(has_text=begin))  # type: ignore[misc]
        yield "a key of a search typed", typed
    yield (
        "a search of nothing found",
        Action("input", lambda: search.fill("no such"), shown.filter(has_text="no such")),
    )
    clear = page.get_by_role("button", name=say("form.clear"))
    yield "filters cleared", Action("click", clear.click, rows(1))
    later = page.get_by_role("button", name=say("results_form.later"), exact=True)
    for turned in range(1, 6):
        yield "the next page", Action("click", later.click, rows(1 + 15 * turned))
    for wanted in (6_000, 17, 4_242):
        yield "a far page", Action("change", lambda to=wanted: _turn(number, to), rows(15 * wanted - 14))  # type: ignore[misc]
    details = shown.filter(has=page.get_by_role("heading", level=3))
    for at in range(10):
        line = page.locator(".dn-select-table option").nth(at)
        who = page.locator(".dn-lines tbody th").nth(at)
        yield "a person opened", Action("click", line.click, details.filter(has_text=who.inner_text()))


def _turn(number: Locator, page: int) -> None:
    number.fill(str(page))
    number.press("Enter")


def longest_ms(page: Page, people: int, rounds: int) -> dict[str, tuple[float, int]]:
    """Return the longest time of each kind of action in the best of a few rounds, with the number of actions."""
    longest: dict[str, list[float]] = {}
    n: dict[str, int] = {}
    for _ in range(rounds):
        times: dict[str, list[float]] = {}
        for kind, action in actions(page, people):
            times.setdefault(kind, []).append(took_ms(page, action))
        page.get_by_role("button", name=say("form.details_close")).click()
        number = page.get_by_role("spinbutton", name=say("form.page"))
        _turn(number, 1)
        for kind, took in times.items():
            longest.setdefault(kind, []).append(max(took))
            n[kind] = len(took)
    return {kind: (min(took), n[kind]) for kind, took in longest.items()}
