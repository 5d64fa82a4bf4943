"""The gallery as served by `make gallery`: it shows every state, and requests nothing from elsewhere."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from dingnb.words import Language, say, set_language
from tests.browser.pages import WAIT_MS, PageLog, find_accessibility_problems
from tests.tiers import LOOKS, SOAK
from tools.gallery import gallery
from tools.hosts import Theme
from tools.states import FORMS, State, states_of

MAKES_WITHIN_MS = 2 * WAIT_MS
"""The time for creating dozens of forms that send to a sandbox, on two busy processors."""

STATES_A_PAGE = {"compose": 12, "compose-type": 12, "plan": 17, "results": 9, "events": 12, "studio": 5}
"""
How many states of each large form fill a page: some three thousand widgets. A page asks its kernel for the state of all
widgets at once, and where that takes longer than four seconds, for one after the other.
"""


def _pages(step: int = 1) -> Iterator[list[State]]:
    """Yield the states of each page, or with a step of 4 those of every fourth state of each large form."""
    yield states_of(*(form for form in FORMS if form not in STATES_A_PAGE))
    page: list[State] = []
    load = Fraction()
    for form, size in STATES_A_PAGE.items():
        for state in states_of(form)[::step]:
            if load + Fraction(1, size) > 1:
                yield page
                page, load = [], Fraction()
            page.append(state)
            load += Fraction(1, size)
    yield page


PAGES = {str(states[0]): states for states in _pages(1 if SOAK else 4)}


def test_every_state_of_the_gallery_is_covered() -> None:
    assert sorted(state for states in _pages() for state in states) == sorted(states_of())


@pytest.mark.parametrize("states", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_state_is_shown_and_can_be_read(
    language: Language, theme: Theme, states: Sequence[State], page: Page, page_log: PageLog
) -> None:
    with gallery(theme, language, states) as address:
        page.goto(address, timeout=MAKES_WITHIN_MS)
        shown = page.locator(".dn-state")
        expect(shown).to_have_text([str(state) for state in states], timeout=MAKES_WITHIN_MS)
        assert find_accessibility_problems(page, ".dingnb") == []
        # A state whose actions fail shows something else than it claims.
        set_language(language)
        unexpected = say("form.unexpected", kind="|", text="|").partition("|")[0]
        expect(page.get_by_text(unexpected)).to_have_count(0)
        assert page_log.external_requests == []
        assert page_log.errors == []
