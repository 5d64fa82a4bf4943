"""The gallery as served by `make gallery`: it shows every state, and requests nothing from elsewhere."""

import pytest
from playwright.sync_api import Page, expect

from dingnb.words import Language
from tests.browser.pages import WAIT_MS, PageLog, axe
from tests.tiers import SOAK
from tools.gallery import gallery
from tools.hosts import Theme
from tools.states import ROOMS, names

MAKES_WITHIN_MS = 2 * WAIT_MS
"""The time for creating dozens of forms that send to a sandbox, on two busy processors."""

SHEETS = (
    ("pieces", "fields", "login"),
    ("compose",),
    ("compose-type",),
    ("plan", "run"),
    ("results",),
    ("events",),
    ("studio",),
)
"""
Rooms that share a page. A page asks its kernel for the state of all widgets at once, and where that takes longer than
four seconds, for one after the other: of the whole gallery, twenty thousand, and of five thousand too many where the
processors are busy.
"""


def test_every_part_of_the_gallery_is_covered() -> None:
    assert sorted(room for sheet in SHEETS for room in sheet) == sorted(ROOMS)


@pytest.mark.parametrize("sheet", SHEETS, ids="-".join)
@pytest.mark.parametrize(("theme", "language"), [("dark", "zh"), *([("light", "en")] if SOAK else [])])
def test_every_state_is_shown_and_can_be_read(
    theme: Theme, language: Language, sheet: tuple[str, ...], page: Page, page_log: PageLog
) -> None:
    with gallery(theme, language, *sheet) as address:
        page.goto(address, timeout=MAKES_WITHIN_MS)
        shown = page.locator(".dn-state")
        expect(shown).to_have_count(len(names(*sheet)), timeout=MAKES_WITHIN_MS)
        assert shown.all_inner_texts() == names(*sheet)
        assert axe(page, ".dingnb") == []
        assert page_log.external_requests == []
        assert page_log.errors == []
