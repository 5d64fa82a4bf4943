"""From a frame to a sent campaign by form: compose, check, test, send, stop, resume; in every host, with no leak."""

import json
import time
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms.actions import FORM, Person, calls_of_sends, cell, sends, sent_counts, staff
from tests.browser.pages import PageLog, run_cell, save, show
from tools.hosts import Host

NAME = "forms.ipynb"
PEOPLE = 120
"""So many that a page on a busy machine shows the sending long before its end."""

STOPS_WITHIN_S = 0.5

RESULTS = """
results = ding.campaign({name!r}).form()
results.wait()
results
"""


def compose_to_resume(
    page: Page, host: Host, sandbox: RunningSandbox, page_log: PageLog, marker: str, *ways: str
) -> None:
    """Do all steps, and halt the sending in each way; the marker is in every message."""
    people = staff(sandbox, 0, PEOPLE)
    more = () if host.runs_by_itself else (RESULTS.format(name=marker).strip(),)
    show(page, host, NAME, cell(people), *more, ran=1)
    person = Person(page)

    person.field("field.markdown.title").press_sequentially(marker)
    # The next step stays in view, and so does the preview.
    expect(person.button("compose.check")).to_be_in_viewport()
    person.field("field.markdown.text").press_sequentially("Hi {{ na")
    expect(person.preview).to_contain_text("Hi")
    person.field("field.markdown.text").press_sequentially("me }}, we **move**")
    expect(person.preview).to_contain_text(f"Hi {people['name'][0]}, we move")
    person.button("compose.next").click()
    expect(person.preview).to_contain_text(f"Hi {people['name'][1]}, we move")

    person.check()
    person.field("field.markdown.title").focus()
    expect(person.button("plan_form.send_to")).to_be_in_viewport()
    person.form.get_by_role("combobox", name=say("compose.userid"), exact=True).focus()
    expect(person.preview).to_be_in_viewport()
    recipient = sandbox.state.users()[399]["userid"]
    person.test_to(recipient)
    assert sent_counts(sandbox, marker) == {recipient: 1}

    person.set_name(marker)
    before = sends(sandbox)
    person.send(len(people["userid"]) + 1)
    expect(person.alert("You entered")).to_be_visible()
    assert sends(sandbox) == before

    person.send(len(people["userid"]))
    for at_least, way in zip((22, 44), ways, strict=False):
        person.expect_sent(at_least)
        stood_at = sends_after_pressing(person, way, sandbox)
        assert stood_at < before + len(people["userid"])
        expect(person.button(way)).to_be_hidden()
        person.button("run.resume").click()
    person.expect_finished()
    # On a busy computer calls may bunch, so that one is refused for the limit of a second, and repeated.
    codes = Counter(call["code"] for call in calls_of_sends(sandbox)[before:] if call["code"] != "90018")
    assert codes == {"0": len(people["userid"])}
    assert sent_counts(sandbox, marker) == dict.fromkeys((*people["userid"], recipient), 1)
    expect_no_secret(person, host, sandbox, page_log)


def look_through(page: Page, sandbox: RunningSandbox, marker: str) -> None:
    """Open the results in a separate cell; find a person, open details, step to the next one, turn the page."""
    people = staff(sandbox, 0, PEOPLE)
    run_cell(page, 2)
    person = Person(page)
    person.form = page.locator(FORM).last
    total = len(people["userid"])
    shown = person.status(say("form.shown", first=1, last=15, total=total))
    expect(shown).to_be_visible()
    row = person.form.get_by_role("option", name=str(people["userid"][0]))
    row.click()
    details = person.status(say("results_form.calls"))
    expect(details).to_contain_text(str(people["userid"][0]))
    expect(person.form.get_by_role("group", name=say("results_form.preview_delivered"))).to_contain_text(marker)
    person.button("results_form.details_later").press("Enter")
    expect(details).to_contain_text(str(people["userid"][1]))
    person.button("results_form.later").click()
    expect(person.status(say("form.shown", first=16, last=30, total=total))).to_be_visible()
    person.form.get_by_role("textbox", name=say("form.search"), exact=True).fill(str(people["userid"][-1]))
    expect(person.status(say("form.shown_all", total=1))).to_be_visible()


def expect_no_secret(person: Person, host: Host, sandbox: RunningSandbox, page_log: PageLog) -> None:
    """Assert that the app's secret and tokens are in nothing that is shown, requested, logged or saved."""
    person.button("code.show").click()
    person.refresh.click()
    person.button("code.hide").wait_for()
    shown = "\n".join([person.page.content(), *page_log.console, *page_log.urls, *host.log])
    assert "ding…pkey" in shown
    saved = "" if host.runs_by_itself else save(person.page, host, NAME)
    if saved:
        notebook = json.loads(saved)
        models = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
        assert "TextareaModel" in {model["model_name"] for model in models}
        # Without the widget state the notebook only has less content.
        assert "ding…pkey" in str(notebook)
    secrets = {sandbox.settings.app_secret, sandbox.settings.app_key, *sandbox.state.tokens._expires_ns}
    assert len(secrets) > 2
    assert [secret for secret in secrets if secret in shown or secret in saved] == []


def sends_after_pressing(person: Person, key: str, sandbox: RunningSandbox) -> int:
    """Press a button that halts sending; return the number of sends, none of which came too late."""
    person.button(key).click()
    pressed_ns = time.time_ns()
    expect(person.button("run.resume")).to_be_visible()
    # Long enough to detect further calls, which are sent every 50 ms.
    person.page.wait_for_timeout(700)
    times = [call["time_ms"] for call in calls_of_sends(sandbox)]
    assert max(times) - pressed_ns / 1e6 < STOPS_WITHIN_S * 1_000
    return len(times)


def test_a_campaign_goes_from_the_frame_to_everybody_in_voila(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    compose_to_resume(page, voila, sandbox, page_log, "In Voilà", "run.stop")
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


@pytest.mark.sampled(1)
def test_a_campaign_goes_from_the_frame_to_everybody_in_jupyterlab(
    page: Page, lab: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    compose_to_resume(page, lab, sandbox, page_log, "In JupyterLab", "run.pause", "run.stop")
    look_through(page, sandbox, "In JupyterLab")
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def test_a_campaign_goes_from_the_frame_to_everybody_in_notebook_7(
    page: Page, notebook7: Host, sandbox: RunningSandbox, page_log: PageLog
) -> None:
    compose_to_resume(page, notebook7, sandbox, page_log, "In Notebook 7", "run.stop")
    look_through(page, sandbox, "In Notebook 7")
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []
