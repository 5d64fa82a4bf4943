"""Failures: each shows a sentence in the form, no traceback, and nothing is sent twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms.actions import Person, cell, expect_delivered, sends, sent_counts, staff
from tests.browser.pages import PageLog, show
from tools.hosts import Host

NAME = "troubles.ipynb"
WRONG_COUNTS = {
    "": "Enter the number of people",
    "all": "“all” is not a number",
    "1.5": "“1.5” is not a number",
    "-3": "“-3” is not a number",
    "1,000": "You entered 1,000",
}
HALF_TYPED = ("{{", "{{ na", "{{ name |", "{{ name }", "{% if", "{{ name.x }}", "{{ 1/0 }}", "}}")


@pytest.fixture(autouse=True)
def no_traceback(page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog) -> Iterator[None]:
    yield
    sandbox.state.faults.clear()
    assert "Traceback" not in "\n".join([page.content(), *page_log.console, voila.log_of_open_pages()])
    assert (page_log.errors, page_log.dialogs, page_log.external_requests) == ([], [], [])


def test_a_network_outage_sends_nothing_twice(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 60)
    show(page, voila, NAME, cell(people, "dingnb.text('Gone, {{ name }}')", connect="outage_patience_s=2"))
    person = Person(page)
    person.check()
    person.send(len(people["userid"]))
    person.expect_sent(21)
    sandbox.state.faults.add("refuse", for_s=600)
    expect(person.alert("unreachable")).to_be_visible()
    # The outcome of the call in progress may be unknown.
    expect(person.alert("unreachable")).to_contain_text(
        re.compile("(nothing was lost|with unknown outcome)\\. Resume continues")
    )
    left = len(sent_counts(sandbox, "Gone"))
    assert left < len(people["userid"])

    person.button("run.resume").click()
    expect(person.button("run.resume")).to_be_hidden()
    expect(person.alert("unreachable")).to_be_visible()
    assert len(sent_counts(sandbox, "Gone")) == left

    sandbox.state.faults.clear()
    person.button("run.resume").click()
    person.expect_finished()
    expect_delivered(page, sandbox, "Gone", people["userid"])


def test_a_check_without_a_network_reports_it(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    mobiles = [user["mobile"] for user in sandbox.state.users(20)]
    show(page, voila, NAME, cell({"mobile": mobiles}, "dingnb.text('No network')", connect="outage_patience_s=2"))
    person = Person(page)
    sandbox.state.faults.add("reset_before")
    person.button("compose.check").click()
    expect(person.alert("")).to_contain_text("The connection broke")
    sandbox.state.faults.clear()
    person.check()
    expect(person.alert("")).to_have_count(0)


def test_a_count_typed_wrong_sends_nothing(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    show(page, voila, NAME, cell(staff(sandbox, 0, 5), "dingnb.text('Counted wrong')"))
    person = Person(page)
    person.check()
    before = sends(sandbox)
    for typed, sentence in WRONG_COUNTS.items():
        person.send(typed)
        expect(person.alert(sentence)).to_contain_text("No call was made.")
    assert sends(sandbox) == before


def test_a_plan_of_a_text_other_than_the_one_shown_cannot_be_sent(
    page: Page, voila: Host, sandbox: RunningSandbox
) -> None:
    show(page, voila, NAME, cell(staff(sandbox, 0, 5), "dingnb.markdown('First', 'First text')"))
    person = Person(page)
    person.check()
    person.field("field.markdown.text").press_sequentially(" and more")
    expect(person.preview).to_contain_text("First text and more")
    expect(person.alert("have changed since this check")).to_be_visible()
    expect(person.button("plan_form.send_to")).to_be_hidden()
    person.button("compose.check_again").click()
    expect(person.button("plan_form.send_to")).to_be_enabled()


def test_a_message_survives_a_reload_of_the_page(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    opening, form = cell(staff(sandbox, 0, 12)), "form = ding.compose(staff)\nform"
    show(page, voila, NAME, opening)
    person = Person(page)
    person.write("Saved", "Hi {{ name }}")
    expect(person.preview).to_contain_text("Hi")
    expect(person.form.get_by_text("Message saved as a draft at")).to_be_visible()
    # Each opening of a page has its own kernel; the notebook of a user deletes no drafts.
    page.goto(voila.notebook(NAME, opening.partition("for name in")[0] + form))
    expect(person.status("Continue your draft")).to_be_visible()
    expect(person.field("field.markdown.text")).to_have_value("")
    person.button("compose.draft_resume").click()
    expect(person.field("field.markdown.text")).to_have_value("Hi {{ name }}")
    expect(person.preview).to_contain_text("Hi")
    person.button("compose.undo").click()
    expect(person.field("field.markdown.text")).to_have_value("")


def test_a_half_typed_template_never_breaks_the_form(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 12)
    show(page, voila, NAME, cell(people, "dingnb.markdown('Half', 'Hi ')"))
    person = Person(page)
    field = person.field("field.markdown.text")
    for row, half in enumerate(HALF_TYPED, 1):
        field.press("End")
        field.press_sequentially(half)
        person.show_next()
        expect(person.preview).to_contain_text("Hi")
        for _ in half:
            field.press("Backspace")
        field.press_sequentially("{{ name }}")
        expect(person.preview).to_contain_text(f"Hi {people['name'][row]}")
        expect(person.status(say("compose.nothing_sent"))).to_be_visible()
        field.fill("Hi ")


def test_a_frame_without_rows_is_reported(page: Page, voila: Host) -> None:
    show(page, voila, NAME, cell({"userid": [], "name": []}))
    person = Person(page)
    person.write("Nobody", "Hi {{ name }}")
    expect(person.status("The data has no rows")).to_be_visible()
    # A press overtakes typed text that the page has not yet sent to its kernel.
    expect(person.preview).to_contain_text("Hi {{ name }}")
    person.button("compose.check").press("Enter")
    expect(person.alert("The DataFrame has no rows")).to_be_visible()
    expect(person.button("compose.check")).to_be_focused()


def test_columns_with_any_name_can_be_used(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 5)
    names = [*"🎉🎂🧧"][: len(people["userid"])] + ["·"] * (len(people["userid"]) - 3)
    show(page, voila, NAME, cell({**people, "{{x}}": names, "🎉": names, "a b-c": names}, "dingnb.text('See: ')"))  # type: ignore[dict-item]
    person = Person(page)
    for name in ("{{x}}", "🎉", "a b-c"):
        person.form.get_by_role("button", name=name, exact=True).click()
    expect(person.preview).to_contain_text("See: 🎉🎉🎉")
    person.check()


def test_a_frame_of_100_000_rows_is_shown_while_typing(page: Page, voila: Host) -> None:
    show(page, voila, NAME, cell({"userid": ["x"], "name": ["n"]}).replace("form =", LARGE + "\nform ="))
    person = Person(page)
    expect(person.form.get_by_text("staff · 100,000 rows")).to_be_visible()
    person.write("Large", "Hi {{ name }} of {{ city }}")
    expect(person.preview).to_contain_text("Hi person 0 of 杭州")
    expect(person.status("“city” is blank in 50,000 of 100,000 rows")).to_be_visible()
    person.field("compose.search").fill("person 99998")
    person.field("compose.search").press("Enter")
    expect(person.preview).to_contain_text("Hi person 99998 of")


LARGE = """
n = 100_000
staff = pd.DataFrame({
    "userid": [f"u{at:06}" for at in range(n)],
    "name": [f"person {at}" for at in range(n)],
    "city": ["杭州", None] * (n // 2),
})
"""
