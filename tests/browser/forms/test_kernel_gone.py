"""A stopped kernel: the form reports it in its language, and offers no buttons."""

import pytest
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, catalogue, say
from tests.browser.forms.actions import FORM, Person, cell, staff
from tests.browser.pages import show
from tools.hosts import Host

NAME = "gone.ipynb"
SAID = "one => getComputedStyle(one, '::before').content"
TIMES_SAID = """form => [form, ...form.querySelectorAll('*')]
  .filter(one => getComputedStyle(one, '::before').content === getComputedStyle(form, '::before').content).length"""
ICONS = """() => [...document.querySelectorAll('.dingnb .jupyter-widgets-disconnected')]
  .filter(one => getComputedStyle(one, '::before').content.charCodeAt(1) > 0xE000).length"""


@pytest.mark.parametrize(("language", "name"), [("en", "notebook7"), ("zh", "lab")])
def test_a_kernel_restarted_while_sending_is_reported_and_no_button_is_offered(
    page: Page, sandbox: RunningSandbox, request: pytest.FixtureRequest, language: Language, name: str
) -> None:
    host = request.getfixturevalue(name)
    people = staff(sandbox, 0, 200)
    show(page, host, NAME, cell(people, f"dingnb.text('No kernel {language}, {{{{ name }}}}')", language))
    person = Person(page, language)
    person.check()
    person.send(len(people["userid"]))
    person.expect_sent(5)
    form = page.locator(FORM)
    assert form.evaluate(SAID) == "none"

    page.locator("[data-command='notebook:restart-kernel'], [data-command='kernelmenu:restart']").first.click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(f"{FORM}.jupyter-widgets-disconnected").wait_for()
    words = catalogue.translations()["form.kernel_gone"][language == "zh"]
    assert form.evaluate(SAID) == f'"{words}"'
    # Once, and in view beside a campaign's progress as well as at the top.
    assert form.evaluate(TIMES_SAID) == 1
    form.get_by_role("progressbar").first.evaluate("bar => bar.scrollIntoView({block: 'end'})")
    assert form.evaluate("form => getComputedStyle(form, '::before').position") == "sticky"
    assert page.evaluate(ICONS) == 0
    expect(form.get_by_role("button")).to_have_count(0)
    expect(form.get_by_text(say("run.time_left"))).to_be_hidden()
    # Nothing is announced that cannot follow.
    for gone in ("results_form.actions_wait", "compose.nothing_sent"):
        expect(form.get_by_text(say(gone))).to_be_hidden()
    expect(form.get_by_text(say("run.accepted"), exact=True)).to_be_visible()


def test_without_a_kernel_results_keep_their_numbers_and_a_plan_does_not_say_how_to_send_it(
    page: Page, lab: Host, sandbox: RunningSandbox
) -> None:
    people = staff(sandbox, 0, 3)
    plan = "ding.plan(staff, dingnb.text('Not sent')).form()"
    show(page, lab, "still.ipynb", cell(people, "dingnb.text('Still {{ name }}')"), plan)
    campaign, unsent = Person(page), Person(page)
    campaign.form, unsent.form = page.locator(FORM).first, page.locator(FORM).last
    campaign.check()
    campaign.send(3)
    tile = campaign.form.locator(".dn-tile").first
    expect(tile).to_be_visible()
    expect(campaign.form.locator(".dn-show-if-disconnected")).to_be_hidden()
    unsent.send(2)
    count, advice = unsent.field("form.count"), unsent.form.locator(".dn-notice > small")
    expect(advice.first).to_be_visible()

    page.locator("[data-command='notebook:restart-kernel'], [data-command='kernelmenu:restart']").first.click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(f"{FORM}.jupyter-widgets-disconnected")).to_have_count(2)
    expect(campaign.form.locator(".dn-show-if-disconnected dd").first).to_have_text("3")
    expect(campaign.form.locator(".dn-show-if-disconnected")).to_be_visible()
    expect(campaign.form.get_by_role("button")).to_have_count(0)
    expect(campaign.form.get_by_role("checkbox")).to_have_count(0)
    # Nor advice on what to do with them.
    expect(campaign.form.get_by_text(say("results_form.choose_hint"))).to_be_hidden()
    expect(campaign.form.locator(".dn-notice > small").filter(visible=True)).to_have_count(0)
    expect(count).to_be_hidden()
    expect(advice.filter(visible=True)).to_have_count(0)
    expect(unsent.form.get_by_text(say("plan.people"), exact=True)).to_be_visible()
