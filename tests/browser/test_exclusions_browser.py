"""The exclusion lists in the settings of the app, in Chromium."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dingnb.sandbox import SandboxSettings, start
from dingnb.words import Language, count, say
from tests.browser.forms.test_studio import Guest, write_list
from tests.environments import connection_environment
from tests.tiers import LOOKS
from tools.hosts import app

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 480, "height": 900}
IS_CUT = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_list_is_created_changed_and_used_without_a_reload(
    page: Page, tmp_path: Path, language: Language, theme: str
) -> None:
    def check_page() -> None:
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            assert not page.evaluate(IS_CUT)
            assert [(found["id"], found["nodes"]) for found in Axe().run(page).response["violations"]] == []

    options = (f"--language={language}", f"--theme={theme}")
    with (
        start(SandboxSettings(users=60)) as sandbox,
        app(tmp_path, connection_environment(sandbox.settings, sandbox.base_url), *options) as address,
    ):
        userids = [user["userid"] for user in sandbox.state.users()][:12]
        page.goto(address)
        guest = Guest(page, language)
        guest.start()
        guest.upload(write_list(tmp_path, {"userid": userids, "name": ["x"] * 12}))
        guest.button("settings.open").click()
        check_page()
        guest.field("exclusions_form.name").fill("left")
        guest.field("exclusions_form.people").fill("\n".join([*userids, "无此人"]))
        guest.field("exclusions_form.reason_optional").fill("left in May")
        # The text arrives before the press, by keyboard as well.
        guest.button("exclusions_form.create").press("Enter")
        opened = say("exclusions_form.list", name="left", people=count("person", 12))
        expect(guest.form.get_by_role("heading", name=opened)).to_be_visible()
        expect(guest.form.get_by_text(say("exclude.line_unknown"))).to_be_visible()
        expect(guest.field("exclusions_form.people")).to_have_value("无此人")
        check_page()
        guest.form.get_by_role("button", name=say("exclusions_form.remove"), exact=True).first.press("Enter")
        expect(guest.button("exclusions_form.undo")).to_be_focused()
        page.keyboard.press("Enter")
        expect(guest.form.get_by_role("heading", name=opened)).to_be_visible()
        guest.button("exclusions_form.to_lists").click()
        expect(guest.form.get_by_role("button", name="left", exact=True)).to_be_focused()
        check_page()
        guest.form.get_by_role("button", name=say("studio.resume", name=say("studio.recipients"))).click()
        exclude = guest.form.get_by_role("combobox", name=say("compose.exclude"))
        exclude.select_option(label="left")
        expect(exclude).to_have_value("left")
