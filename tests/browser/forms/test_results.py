"""A finished campaign in the results form: by mouse, by keyboard, in both themes."""

from collections.abc import Mapping

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from dingnb.campaigns.results.result_texts import status_name
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.lists import range_of_page
from dingnb.words import Language, count, say
from tests.browser.forms.actions import Person, staff
from tests.browser.forms.layout import record_defects
from tests.browser.forms.test_keyboard import enter, tab_through
from tests.browser.pages import PageLog, show
from tests.tiers import LOOKS
from tools.hosts import Host

RECALL = "/topapi/message/corpconversation/recall"


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
    expect(person.status(range_of_page(first - 1, last - first + 1, total))).to_be_visible()


def filter_it(person: Person, total: int, problems: list[str]) -> None:
    """Filter by a status, and by a text without matches, and clear both."""
    person.form.locator(".dn-tile", has_text=status_name("invalid", read=None)).click()
    says(person, 1, 1, 1)
    expect(row(person, "nobody_here")).to_be_visible()
    search = person.form.get_by_role("textbox", name=say("form.search"), exact=True)
    search.press_sequentially("not there at all")
    expect(person.status("not there at all")).to_be_visible()
    record_defects(person.page, problems, "none found")
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
    record_defects(person.page, problems, "details")
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
    record_defects(person.page, problems, "count wrong")
    assert recalls(sandbox) == before
    typed.fill(str(sent - 1))
    pressed.dblclick()
    expect(person.form.get_by_role("cell", name=status_name("recalled", read=None), exact=True).first).to_be_visible()
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


@pytest.mark.parametrize(("language", "theme"), LOOKS)
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
    record_defects(person.page, problems, "opened")
    assert max(offsets := person.form.evaluate(NUMBERS)) - min(offsets) <= 1
    filter_it(person, total, problems)
    turn(person, total)
    open_stories(person, name, *map(str, people["userid"][31:33]), problems)
    export(person, name, total)
    take_back(person, sandbox, total - 1, problems)
    person.button("code.show").click()
    expect(person.form.locator("pre")).to_contain_text(f"run.recall(expect={total - 2})")
    record_defects(person.page, problems, "taken back")
    assert problems == []
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


WIDTHS = (360, 480, 800, 1000, 1100, 1200, 1600)
LONG_NAME = "Wilhelmina Featherstonehaugh-Cholmondeley of the Department of Very Long Names 人力资源与组织发展部"
ROWS_AND_OPTIONS = """form => {
    const boxes = selector => [...form.querySelectorAll(`.dn-results ${selector}`)].map(one => {
        const box = one.getBoundingClientRect()
        return [box.top, box.bottom, box.left, box.right].map(Math.round)
    })
    return [boxes('tbody tr'), boxes('option')]
}"""
"""Returns the edges of the rows, and those of the options under them."""


def boxes(person: Person) -> list[list[int]]:
    """Return the edges of the rows, each of which is those of its option."""
    rows, options = person.form.evaluate(ROWS_AND_OPTIONS)
    assert rows == options
    return list(rows)


def overlaps(person: Person) -> bool:
    """Return whether the text of a row is outside of it."""
    return bool(
        person.form.evaluate(
            """form => [...form.querySelectorAll('.dn-results tbody tr')].some(row => {
                const box = row.getBoundingClientRect()
                return [...row.children].some(cell => {
                    const { top, bottom } = cell.getBoundingClientRect()
                    return top < bottom && (top < box.top || bottom > box.bottom)
                })
            })"""
        )
    )


@pytest.mark.parametrize("language", [language for language, _ in LOOKS])
def test_a_click_on_a_row_opens_the_details_of_its_person_at_every_width(
    page: Page, voila: Host, sandbox: RunningSandbox, language: Language
) -> None:
    people = staff(sandbox, 0, 20)
    people["userid"][2:7] = ["", "bad id", "nobody_here", people["userid"][0], "x" * 64]
    people["name"] = [LONG_NAME if at in {0, 6} else f"P{at}" for at in range(len(people["name"]))]
    show(page, voila, f"rows-{language}.ipynb", cell(people, f"rows {language}", language))
    person = Person(page, language)
    says(person, 1, 15, len(people["userid"]))
    for at, width in enumerate(WIDTHS):
        page.set_viewport_size({"width": width, "height": 900})
        shown = boxes(person)
        assert len({bottom - top for top, bottom, *_ in shown}) == 1, width
        for clicked in (at + 7, 14 - at // 2):
            line = person.form.get_by_role("row", name=f"P{clicked} ")
            line.scroll_into_view_if_needed()
            _click_into(line)
            heading = person.form.locator(".dn-details").get_by_role("heading")
            expect(heading).to_contain_text(f"P{clicked} ")
            expect(heading).to_be_in_viewport()
            boxes(person)
            assert not overlaps(person), width
            person.button("form.details_close").click()
            expect(heading).to_be_hidden()


def _click_into(line: Locator) -> None:
    box = line.bounding_box()
    assert box is not None
    line.page.mouse.click(box["x"] + 10, box["y"] + box["height"] / 2)


def test_tab_reaches_every_control_in_reading_order(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 24)
    show(page, voila, "results-keyboard.ipynb", cell(people, "by keyboard", "en"))
    person = Person(page)
    total = len(people["userid"])
    says(person, 1, 15, total)
    person.form.get_by_role("heading", name="Campaign by keyboard").click()
    reached = [control.removesuffix(" (type)") for control in (enter(page), *tab_through(page))]
    assert reached == [
        *(f"{total}\nTotal", f"{total}\nUnread\n100%", "Refresh delivery status (1 call)"),
        *(say("results_form.act_remind", n=total), say("results_form.act_recall", n=total)),
        say("results_form.auto_refresh", calls="36 calls", hours=8),
        *("Search", "Clear filters", f"Export {total} rows as Excel", say("form.open_first")),
        *(say("results_form.choose"), "Previous page", "Next page", "Page"),
    ]
