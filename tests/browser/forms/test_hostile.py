"""Hostile names and texts in all places: nothing runs, nothing is fetched, and nothing breaks the layout."""

import time

from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms import hostile
from tests.browser.forms.actions import DELIVERED_WITHIN_S, Person, cell, staff
from tests.browser.forms.layout import find_clipped_parts
from tests.browser.pages import PageLog, show
from tools.hosts import Host

NAME = "hostile.ipynb"
FAR = "127.0.0.1:9/"
WIDTHS = (1200, 480)


def fits(page: Page) -> list[str]:
    """Return clipped parts at both widths."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {problem}" for problem in find_clipped_parts(page)]
    return found


def is_harmless(page: Page, page_log: PageLog) -> bool:
    made = page.locator(".dingnb").locator("img, script, iframe, b b, [onerror], [onmouseover], [href^=javascript]")
    return (
        (page_log.errors, page_log.dialogs, page_log.external_requests) == ([], [], [])
        and not made.count()
        and FAR not in str(page_log.urls)
    )


def test_hostile_columns_cells_and_labels_are_only_shown(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    people = staff(sandbox, 0, 20)
    size = len(people["userid"])
    people["userid"][-len(hostile.TEXTS) :] = hostile.TEXTS
    cells = [*hostile.TEXTS, *["plain"] * size][:size]
    people |= {text: [*cells[at:], *cells[:at]] for at, text in enumerate(hostile.TEXTS)}
    message = "dingnb.markdown('Hostile', '{{ userid }} {{ note }} ends')"
    show(page, voila, NAME, cell({**people, "note": cells}, message, index=[*reversed(cells)]))
    person = Person(page)
    for text in hostile.TEXTS[:-1]:
        expect(person.preview).to_contain_text(text[-8:] if text is not hostile.TURNING else "evil")
        assert is_harmless(page, page_log), text
        if text in {hostile.LONG, hostile.TAGS}:
            assert fits(page) == [], text
        person.show_next()

    typed = person.field("field.markdown.text")
    typed.press_sequentially("!")
    written = typed.input_value()
    for chip in page.locator(".dn-chip").all()[2:]:
        chip.click()
        expect(typed).not_to_have_value(written)
        written = typed.input_value()
        assert is_harmless(page, page_log), chip.inner_text()
    assert fits(page) == []
    typed.fill("{{ userid }} {{ note }} ends")

    person.check()
    expect(person.form.get_by_role("table")).to_contain_text("onerror=alert(1)")
    assert fits(page) == []
    person.send(person.count())
    person.expect_finished()
    person.button("code.show").click()
    assert fits(page) == []
    assert is_harmless(page, page_log)


def test_hostile_typed_text_is_only_shown(page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog) -> None:
    show(page, voila, NAME, cell(staff(sandbox, 0, 20)))
    person = Person(page)
    for text in hostile.TEXTS:
        person.field("field.markdown.title").fill(text)
        person.field("field.markdown.text").fill(f"{text}\n\nends {text[-9:]}")
        person.show_next()
        assert fits(page) == [], text
        assert is_harmless(page, page_log), text

    person.field("field.markdown.title").fill(hostile.FETCHING)
    person.field("field.markdown.text").fill(f"{hostile.FETCHING} {hostile.LINKING} {{{{ name }}}}")
    expect(person.preview.get_by_text("javascript").first).to_be_visible()
    person.check()
    person.field("compose.search").fill(hostile.CLOSING)
    person.field("compose.search").press("Enter")
    expect(person.status("No rows match")).to_contain_text("</script>")
    for text in hostile.TEXTS:
        person.test_recipient.fill(text)
        person.button("plan_form.send_test").click()
        expect(person.button("plan_form.send_test")).to_be_enabled()
        person.set_name(text)
        assert fits(page) == [], text
    person.set_name(hostile.FETCHING)
    person.field("form.count").fill(hostile.QUOTES)
    refused, busy = person.alert("is not a number"), person.alert(say("form.busy"))
    until_s = time.monotonic() + DELIVERED_WITHIN_S
    # A press is refused while a test waits for its result.
    while not refused.is_visible() and time.monotonic() < until_s:
        # The status of the last test appears above the button, and would move it.
        person.button("plan_form.send_to").press("Enter")
        expect(refused.or_(busy)).to_be_visible()
    expect(person.alert("is not a number")).to_contain_text("onmouseover")
    person.send(person.count())
    person.expect_finished()
    expect(person.form.get_by_role("heading", name="Campaign <img")).to_be_visible()
    assert fits(page) == []
    assert is_harmless(page, page_log)
