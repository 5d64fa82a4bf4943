"""The gallery as `make gallery` serves it: every state is on it, whoever looks, and it asks nobody else."""

import os

import pytest
from playwright.sync_api import Page, expect

from docs.gallery import gallery
from docs.hosts import Theme
from docs.states import names
from tests.browser.pages import WAIT_MS, Heard, axe

MAKES_WITHIN_MS = 4 * WAIT_MS
"""Some hundred forms are made, and sent through a sandbox: on two busy processors that takes its time."""

SOAK = bool(os.environ.get("DINGNB_SOAK"))
LANGUAGES = {"en": "Compose a message", "zh": "撰写消息"}


@pytest.mark.parametrize(("theme", "language"), [("dark", "zh"), *([("light", "en")] if SOAK else [])])
def test_every_state_is_shown_and_can_be_read(theme: Theme, language: str, page: Page, heard: Heard) -> None:
    with gallery(theme, language) as address:
        page.goto(address, timeout=MAKES_WITHIN_MS)
        shown = page.locator(".dn-state")
        expect(shown).to_have_count(len(names()), timeout=MAKES_WITHIN_MS)
        assert shown.all_inner_texts() == names()
        expect(page.get_by_role("heading", name=LANGUAGES[language]).first).to_be_visible()
        assert axe(page, ".dingnb") == []
        assert heard.abroad == []
        assert heard.errors == []
