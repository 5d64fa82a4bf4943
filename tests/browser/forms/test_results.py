"""A finished campaign in the results form: by mouse, by keyboard, in both themes."""

from collections.abc import Mapping

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from dingnb.campaigns.results.result_texts import status_name
from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, count, say
from tests.browser.forms.actions import Person, staff
from tests.browser.forms.layout import look
from tests.browser.forms.test_keyboard import enter, tab_through
from tests.browser.pages import PageLog, show
from tools.hosts import Host, Theme

RECALL = "/topapi/message/corpconversation/recall"


@pytest.fixture
def themed(request: pytest.FixtureRequest, theme: Theme) -> Host:
    host: Host = request.getfixturevalue("voila" if theme == "light" else "dark_voila")
    return host


def cell(people: Mapping[str, object], name: str, language: Language) -> str:
    return f"""
import dingnb
import pandas as pd
dingnb.set_language({language!r})
ding = dingnb.connect()
staff = pd.DataFrame({dict(people)!r})
run = ding.plan(staff, dingnb.text("{name}")).send({name!r}).wait()
form = run.form()
form.wait()
form
""".strip()


def recalls(sandbox: RunningSandbox) -> int:
    return sum(call["path"] == RECALL for call in sandbox.state.recorded_calls())


def row(person: Person, who: str) -> Locator:
    """Return the row of a person in the list."""
    return person.form.get_by_role("option", name=who)


def lies_on(one: Locator, other: Locator) -> bool:
    """Return whether the middle of one is level with the other."""
    first, second = one.bounding_box(), other.bounding_box()
    assert first is not None
    assert second is not None
    middle = first["y"] + first["height"] / 2
    return second["y"] <= middle <= second["y"] + second["height"]


def says(person: Person, first: int, last: int, total: int) -> None:
    """Wait until the page shows a range of rows."""
    expect(person.status(say("form.shown", first=first, last=last, total=total))).to_be_visible()


def filter_it(person: Person, total: int, problems: list[str]) -> None:
    """Filter by a status, and by a text without matches, and clear both."""
    person.form.locator(".dn-tile", has_text=status_name("invalid")).click()
    says(person, 1, 1, 1)
    expect(row(person, "nobody_here")).to_be_visible()
    search = person.form.get_by_role("textbox", name=say("form.search"), exact=True)
    search.press_sequentially("not there at all")
    expect(person.status("not there at all")).to_be_visible()
    look(person.page, problems, "none found")
    person.button("form.clear").click()
    expect(search).to_have_value("")
    says(person, 1, 15, total)


def turn(person: Person, total: int) -> None:
    """Go to the next page, and to the last one by its number."""
    person.button("results_form.later").click()
    says(person, 16, 30, total)
    number = person.form.get_by_role("spinbutton", name=say("form.page"))
    expect(number).to_have_value("2")
    number.fill("3")
    number.press("Enter")
    says(person, 31, total, total)


def open_stories(person: Person, name: str, who: str, then: str, problems: list[str]) -> None:
    """Press at the far end of a person's row, step to the next one by arrow keys, and close the details."""
    line = person.form.get_by_role("row", name=who)
    assert lies_on(row(person, who), line)
    box = line.bounding_box()
    assert box is not None
    person.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    details = person.status(say("results_form.calls"))
    expect(details).to_contain_text(who)
    expect(person.form.get_by_role("group", name=say("results_form.preview_delivered"))).to_contain_text(name)
    expect(row(person, who)).to_have_js_property("selected", True)  # noqa: FBT003 - the name of a property
    look(person.page, problems, "details")
    person.page.keyboard.press("ArrowDown")
    expect(details).to_contain_text(then)
    expect(row(person, then)).to_have_js_property("selected", True)  # noqa: FBT003 - likewise
    person.button("form.details_close").click()
    expect(details).to_be_hidden()


def export(person: Person, name: str, total: int) -> None:
    """Export the file, and save it from the browser."""
    person.form.get_by_role("button", name=say("results_form.export_shown", rows=count("row", total))).click()
    with person.page.expect_download() as saved:
        person.form.get_by_role("link", name=say("form.download")).click()
    assert len(pd.read_excel(saved.value.path(), dtype=str)) == total
    assert saved.value.suggested_filename == f"{name}-{say('form.file_results')}.xlsx"


def take_back(person: Person, sandbox: RunningSandbox, sent: int, problems: list[str]) -> None:
    """Press with a wrong count, which does nothing, and twice with the correct one, which recalls once."""
    before = recalls(sandbox)
    # One of them is unknown to DingTalk, and has nothing to recall.
    person.form.get_by_role("button", name=say("results_form.act_recall", n=sent - 1), exact=True).first.click()
    typed = person.form.get_by_role("textbox", name=say("form.count", n=sent - 1))
    typed.fill("12")
    pressed = person.button("results_form.do_recall")
    pressed.click()
    expect(person.alert(say("form.nothing_done"))).to_be_visible()
    look(person.page, problems, "count wrong")
    assert recalls(sandbox) == before
    typed.fill(str(sent - 1))
    pressed.dblclick()
    expect(person.form.get_by_role("cell", name=status_name("recalled"), exact=True).first).to_be_visible()
    assert recalls(sandbox) == before + 1
    for gone in ("act_recall", "act_remind", "act_retry"):
        expect(person.form.get_by_role("button", name=say(f"results_form.{gone}", n=sent - 1))).to_be_hidden()
    expect(person.form.get_by_role("button", name=say("run.refresh"))).to_be_visible()


NUMBERS = """form => {
    const tiles = [...form.querySelectorAll('.dn-tile')].filter(tile => tile.offsetParent)
    tiles.at(-1).lastChild.textContent += ' with more text than one line of a tile has room for'
    return tiles.map(tile => {
        const text = document.createRange()
        text.selectNodeContents(tile)
        return text.getClientRects()[0].top - tile.getBoundingClientRect().top
    })
}"""
"""Makes the text of the last tile longer, and returns how far below the top of its tile each number is."""


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh")])
def test_a_finished_campaign_is_inspected_and_recalled(
    page: Page, themed: Host, sandbox: RunningSandbox, page_log: PageLog, language: Language
) -> None:
    people = staff(sandbox, 0, 44)
    people["userid"][-2:] = ["nobody_here", "bad id"]
    name, total = f"results {language}", len(people["userid"])
    show(page, themed, f"results-{language}.ipynb", cell(people, name, language))
    person = Person(page, language)
    problems: list[str] = []
    says(person, 1, 15, total)
    look(person.page, problems, "opened")
    assert max(offsets := person.form.evaluate(NUMBERS)) - min(offsets) <= 1
    filter_it(person, total, problems)
    turn(person, total)
    open_stories(person, name, *map(str, people["userid"][31:33]), problems)
    export(person, name, total)
    take_back(person, sandbox, total - 1, problems)
    person.button("code.show").click()
    expect(person.form.locator("pre")).to_contain_text(f"run.recall(expect={total - 2})")
    look(person.page, problems, "taken back")
    assert problems == []
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def test_tab_reaches_every_control_in_reading_order(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 24)
    show(page, voila, "results-keyboard.ipynb", cell(people, "by keyboard", "en"))
    person = Person(page)
    total = len(people["userid"])
    says(person, 1, 15, total)
    person.form.get_by_role("heading", name="Campaign by keyboard").click()
    reached = [control.removesuffix(" (type)") for control in (enter(page), *tab_through(page))]
    assert reached == [
        *(f"{total}\nIn the list", f"{total}\nUnread\n100%", "Refresh delivery status (1 call)"),
        *(say("results_form.act_remind", n=total), say("results_form.act_recall", n=total)),
        say("results_form.auto_refresh", calls="36 calls", hours=8),
        *("Search", "Clear filters", f"Export {total} rows as Excel", say("form.open_first")),
        *(say("results_form.choose"), "Previous page", "Next page", "Page"),
    ]
