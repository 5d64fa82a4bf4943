"""A poll with several questions, built in the form by keyboard and pointer."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, field_label, say
from tests.browser.forms.actions import Person, staff
from tests.browser.forms.layout import record_defects
from tests.browser.pages import PageLog, show
from tests.tiers import LOOKS
from tools.hosts import Host

NAME = "cards.ipynb"


class Author(Person):
    """Somebody who asks questions."""

    def card(self, number: int) -> Locator:
        """Return the card of a question, counted from 1."""
        return self.form.locator(".dn-item-card").nth(number - 1)

    def part(self, number: int, role: str, name: str) -> Locator:
        """Return a field of a question by its label, which names the question."""
        item, label = field_label(f"survey.fields[{number - 1}].{name}")
        whole = re.compile(rf"^{re.escape(item.strip())}\s*{re.escape(label)}$")
        return self.card(number).get_by_role(role, name=whole)  # type: ignore[arg-type]

    def expect_questions(self, *texts: str) -> None:
        for number, text in enumerate(texts, 1):
            expect(self.part(number, "textbox", "label")).to_have_value(text)
        expect(self.form.locator(".dn-item-card")).to_have_count(len(texts))


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_poll_of_three_questions_is_built_on_cards(
    page: Page, themed: Host, sandbox: RunningSandbox, page_log: PageLog, language: Language
) -> None:
    people = staff(sandbox, 0, 5)
    frame = f"pd.DataFrame({people!r})"
    start = f"import dingnb\nimport pandas as pd\ndingnb.set_language({language!r})"
    show(page, themed, NAME, f"{start}\nform = dingnb.connect('sandbox').compose({frame})\nform")
    author = Author(page, language)
    author.form.get_by_role("combobox", name=say("compose.type"), exact=True).select_option(label=say("type.survey"))
    author.field("field.survey.title").fill("Team day")
    author.field("field.survey.text").fill("Hi {{ name }}")
    author.part(1, "textbox", "label").fill("Drink")
    author.part(1, "combobox", "type").select_option(index=1)
    author.part(1, "textbox", "options").fill("Tea\nCoffee")

    add = author.form.get_by_role("button", name=say("list.survey.fields"), exact=True)
    for number, text in ((2, "Guests"), (3, "Anything else?")):
        add.press("Enter", timeout=20_000)
        # The first field of the new question has the focus.
        expect(author.part(number, "textbox", "label")).to_be_focused()
        page.keyboard.type(text)
        author.part(number, "combobox", "type").select_option(index=3)
    author.expect_questions("Drink", "Guests", "Anything else?")
    phone = author.form.locator(".dn-phone")
    expect(phone).to_contain_text("Anything else?")

    problems: list[str] = []
    record_defects(page, problems, "survey")
    assert problems == []

    # The focus follows the moved question, so that a second press moves it on.
    up = say("compose.item_up", item=say("item.survey.fields", n=3))
    author.form.get_by_role("button", name=up, exact=True).press("Enter")
    author.expect_questions("Drink", "Anything else?", "Guests")
    page.keyboard.press("Enter")
    author.expect_questions("Anything else?", "Drink", "Guests")
    remove = say("compose.item_remove", item=say("item.survey.fields", n=2))
    author.form.get_by_role("button", name=remove, exact=True).click()
    author.expect_questions("Anything else?", "Guests")
    expect(add).to_be_focused()
    expect(phone).not_to_contain_text("Coffee")
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []
