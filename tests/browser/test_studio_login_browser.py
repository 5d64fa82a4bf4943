"""The studio without a connected app: the login comes first, and can be left again."""

import pytest
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms.actions import expect_delivered, staff
from tests.browser.forms.test_studio import NAME, Guest, cell, write_list
from tests.browser.pages import WAIT_MS, PageLog, save, show

PEOPLE = 20


@pytest.mark.parametrize("name", ["voila", "lab"])
def test_a_user_logs_in_and_gets_to_the_results(
    page: Page,
    sandbox: RunningSandbox,
    page_log: PageLog,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
) -> None:
    host = request.getfixturevalue(name)
    people = staff(sandbox, *((0, PEOPLE) if name == "lab" else (PEOPLE, 2 * PEOPLE)))
    show(page, host, NAME, cell())
    guest = Guest(page)
    page.get_by_label("App key").fill(sandbox.settings.app_key)
    page.get_by_label("App secret").fill(sandbox.settings.app_secret)
    page.get_by_label("Agent ID").fill(str(sandbox.settings.agent_id))
    guest.button("login.check").click()
    expect(guest.button("studio.new")).to_be_visible(timeout=WAIT_MS)
    guest.start()
    expect(guest.form.get_by_text("ding…pkey", exact=True)).to_be_visible()
    guest.upload(write_list(tmp_path_factory.mktemp(name), people))
    guest.go_on("message")

    guest.button("login.another").click()
    expect(page.get_by_label("App secret")).to_be_visible()
    guest.form.get_by_role("button", name=say("studio.resume", name=say("studio.message"))).click()
    guest.expect_step("message")

    guest.write_and_check(f"Logged in by {name}", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    guest.expect_everybody_sent()
    guest.expect_step("results")
    expect_delivered(page, sandbox, f"Logged in by {name}", people["userid"])
    expect(guest.form.get_by_role("heading", name=say("results_form.people"), exact=True)).to_be_visible()
    assert sandbox.settings.app_secret not in page.content()
    assert host.runs_by_itself or sandbox.settings.app_secret not in save(page, host, NAME)
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []
