"""The send button pressed twice, in two tabs and in two kernels: nothing is sent twice."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms.actions import FORM, Person, cell, sent_counts, staff
from tests.browser.pages import save, show, tab
from tools.hosts import Host

NAME = "twice.ipynb"
SOON_MS = 500
OTHER_TAB = """
import dingnb
dingnb.set_language("en")
form = dingnb.connect().campaign("two resume").form()
form
""".strip()

HITS_WHEN_SHOWN = """
label => {
  window.hits = []
  const look = () => {
    const button = [...document.querySelectorAll(".dingnb button")].find(
      found => found.textContent.startsWith(label) && found.checkVisibility())
    if (!button) return requestAnimationFrame(look)
    button.scrollIntoView({block: "center"})
    const box = button.getBoundingClientRect()
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    window.hits.push(button.contains(hit))
    if (!window.hits.at(-1)) requestAnimationFrame(look)
  }
  look()
}
"""
"""Records from when a button is shown whether the mouse hits it, until it does."""


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    with tab(browser) as opened:
        yield opened


def press_in_both(first: Person, second: Person) -> None:
    """Press the button of both forms simultaneously."""
    at_ms = time.time_ns() / 1e6 + SOON_MS
    for person in (first, second):
        person.press_at("plan_form.send_to", at_ms)


def test_two_tabs_of_one_kernel_send_once(page: Page, other_page: Page, lab: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 100, 130)
    show(page, lab, NAME, cell(people, "dingnb.text('Two tabs, {{ name }}')"))
    first = Person(page)
    first.check()
    save(page, lab, NAME)
    other_page.goto(lab.address(NAME))
    second = Person(other_page)
    expect(second.button("plan_form.send_to")).to_be_enabled()

    first.field("form.count").fill(str(len(people["userid"])))
    # Both tabs show the same form: text typed in one appears in the other.
    expect(second.field("form.count")).to_have_value(str(len(people["userid"])))
    press_in_both(first, second)
    first.expect_finished()
    second.expect_finished()
    assert sent_counts(sandbox, "Two tabs") == dict.fromkeys(people["userid"], 1)
    expect(page.locator(FORM).locator(".dn-tiles")).to_have_count(1)


def test_two_kernels_sending_under_one_name_send_nothing_twice(
    page: Page, other_page: Page, voila: Host, sandbox: RunningSandbox
) -> None:
    people = staff(sandbox, 140, 190)
    persons = [Person(page), Person(other_page)]
    for person in persons:
        show(person.page, voila, NAME, cell(people, "dingnb.text('Two kernels, {{ name }}')"))
        person.check()
        person.set_name("two kernels")
        person.field("form.count").fill(str(len(people["userid"])))
    press_in_both(*persons)
    for person in persons:
        person.expect_finished()
    assert sent_counts(sandbox, "Two kernels") == dict.fromkeys(people["userid"], 1)


def test_two_tabs_on_a_stopped_campaign_show_the_same_and_resume_it_once(
    page: Page, other_page: Page, voila: Host, sandbox: RunningSandbox
) -> None:
    people = staff(sandbox, 130, 400)
    show(page, voila, NAME, cell(people, "dingnb.text('Stopped for two, {{ name }}')"))
    first, second = Person(page), Person(other_page)
    first.check()
    first.set_name("two resume")
    first.send(len(people["userid"]))
    first.expect_sent(5)
    first.button("run.stop").click()
    expect(first.button("run.resume")).to_be_visible()
    show(other_page, voila, "other.ipynb", OTHER_TAB)
    expect(second.button("run.resume")).to_be_visible()

    second.button("run.resume").click()
    # The other tab shows it as well, and can stop it.
    expect(first.button("run.stop")).to_be_visible()
    first.button("run.stop").click()
    for person in (first, second):
        expect(person.button("run.resume")).to_be_visible()
    at_ms = time.time_ns() / 1e6 + SOON_MS
    for person in (first, second):
        person.press_at("run.resume", at_ms)
    for person in (first, second):
        person.expect_finished()
    assert sent_counts(sandbox, "Stopped for two") == dict.fromkeys(people["userid"], 1)


def test_a_button_pressed_twice_sends_once(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 200, 220)
    show(page, voila, NAME, cell(people, "dingnb.text('A double click, {{ name }}')"))
    person = Person(page)
    person.check()
    person.field("form.count").fill(str(len(people["userid"])))
    person.button("plan_form.send_to").dblclick()
    person.expect_finished()
    assert sent_counts(sandbox, "A double click") == dict.fromkeys(people["userid"], 1)


def test_a_second_click_on_stop_does_not_hit_the_button_that_appears_there(
    page: Page, voila: Host, sandbox: RunningSandbox
) -> None:
    people = staff(sandbox, 130, 400)
    show(page, voila, NAME, cell(people, "dingnb.text('Stopped by a double click, {{ name }}')"))
    person = Person(page)
    person.check()
    person.send(len(people["userid"]))
    person.expect_sent(5)
    page.evaluate(HITS_WHEN_SHOWN, say("run.refresh"))
    person.button("run.stop").dblclick()
    expect(person.button("run.resume")).to_be_visible()
    # For a moment it does not receive clicks; then it does.
    page.wait_for_function("window.hits.at(-1)")
    assert page.evaluate("window.hits.length") > 1
