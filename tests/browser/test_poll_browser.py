"""The tutorial's poll is sent in JupyterLab and pressed on phones in the same browser, and its answers are a column."""

import shutil
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import PageLog, run_cell, tab, wait_for_kernel
from tools.hosts import ROOT, Host

NOTEBOOK = ROOT / "notebooks" / "08_ask_and_count.ipynb"
PHONES = """
people = staff["userid"].head(2).tolist()
for userid in people:
    print(f"{ding.sandbox.base_url}/_sandbox/phone?userid={userid}")
""".strip()
WAITS = 'run.wait("answered", share=2 / 72, timeout_s=120)'
SHOWN = 'print(dict(zip(answers["userid"].head(3), answers["answer"].head(3).fillna("").tolist())))'


def tutorial(*starts: str) -> list[str]:
    """Return the cells of the tutorial that start with these words."""
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    return [next(cell for cell in cells if cell.startswith(start)) for start in starts]


def output(page: Page, number: int) -> str:
    return page.locator(".jp-CodeCell").nth(number - 1).locator(".jp-Cell-outputArea").inner_text()


def test_the_polls_answers_are_a_column(page: Page, page_log: PageLog, browser: Browser, lab: Host) -> None:
    shutil.copytree(ROOT / "notebooks" / "data", Path(lab.folder) / "data")
    ask, send, answers, tally = tutorial("import dingnb", "stream =", "answers =", "run.tally()")
    page.goto(lab.notebook("poll.ipynb", ask, send, PHONES, WAITS, answers, SHOWN, tally))
    wait_for_kernel(page)
    for number in (1, 2, 3):
        run_cell(page, number)
    addresses = output(page, 3).split()
    people = [address.rpartition("=")[2] for address in addresses]
    for address, (button, shown) in zip(
        addresses, {"来 Coming": "来 Coming", "不来 Not coming": "不来 Not coming"}.items(), strict=True
    ):
        with tab(browser) as phone:
            phone.goto(address)
            phone.get_by_role("button", name=button, exact=True).click()
            # The answer of the notebook, which shows that it has recorded the press.
            expect(phone.get_by_role("article").last).to_contain_text(f"Answered: {shown}")
    for number in (4, 5, 6, 7):
        run_cell(page, number)
    expect(page.locator(".jp-CodeCell").nth(4).locator("table tbody tr").first).to_contain_text("yes")
    assert output(page, 6).strip().startswith(f"{{'{people[0]}': 'yes', '{people[1]}': 'no', ")
    counted = page.locator(".jp-CodeCell").nth(6).locator("table tbody tr")
    for at, (key, n) in enumerate((("yes", "1"), ("no", "1"), ("No answer", "69"))):
        expect(counted.nth(at)).to_contain_text(key)
        expect(counted.nth(at)).to_contain_text(n)
    assert page_log.external_requests == []
