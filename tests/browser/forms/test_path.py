"""From a frame to a sent campaign by form: compose, check, test, send, stop, resume, in every host."""

import time

from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from tests.browser.forms.acts import Person, cell, sends, staff, told
from tests.browser.pages import Heard, show
from tests.browser.servers import Host

NAME = "forms.ipynb"
STOPS_WITHIN_S = 0.5


def compose_to_resume(page: Page, host: Host, sandbox: RunningSandbox, marker: str) -> None:
    people = staff(sandbox, 0, 90)
    show(page, host, NAME, cell(people))
    person = Person(page)

    person.field("field.markdown.title").press_sequentially(marker)
    person.field("field.markdown.text").press_sequentially("Hi {{ na")
    expect(person.preview).to_contain_text("Hi")
    person.field("field.markdown.text").press_sequentially("me }}, we **move**")
    expect(person.preview).to_contain_text(f"Hi {people['name'][0]}, we move")
    person.button("compose.next").click()
    expect(person.preview).to_contain_text(f"Hi {people['name'][1]}, we move")

    person.check()
    tester = sandbox.state.users()[399]["userid"]
    person.test_to(tester)
    assert told(sandbox, marker) == {tester: 1}

    person.call_it(marker)
    before = sends(sandbox)
    person.send(len(people["userid"]) + 1)
    expect(person.alert("You typed")).to_be_visible()
    assert sends(sandbox) == before

    person.send(len(people["userid"]))
    person.expect_sent(25)
    assert sends_after_pressing(person, "run.stop", sandbox) < before + len(people["userid"])
    expect(person.button("run.stop")).to_be_hidden()
    resumed_at = sends(sandbox)
    person.button("run.resume").click()
    person.expect_finished()
    assert sends(sandbox) == before + len(people["userid"]) > resumed_at
    assert told(sandbox, marker) == dict.fromkeys((*people["userid"], tester), 1)


def sends_after_pressing(person: Person, key: str, sandbox: RunningSandbox) -> int:
    """Press a button that ends sending; return the sends by then, none of which came later than promised."""
    person.button(key).click()
    pressed_ns = time.time_ns()
    expect(person.button("run.resume")).to_be_visible()
    # So long that calls which still leave would be seen: one leaves every 50 ms.
    person.page.wait_for_timeout(700)
    times = [one["time_ms"] for one in sandbox.state.recorded_calls() if one["path"].endswith("asyncsend_v2")]
    assert max(times) - pressed_ns / 1e6 < STOPS_WITHIN_S * 1_000
    return len(times)


def test_a_campaign_goes_from_the_frame_to_everybody_in_voila(
    page: Page, voila: Host, sandbox: RunningSandbox, heard: Heard
) -> None:
    compose_to_resume(page, voila, sandbox, "In Voilà")
    assert heard.errors == heard.dialogs == heard.abroad == []


def test_a_campaign_goes_from_the_frame_to_everybody_in_jupyterlab(
    page: Page, lab: Host, sandbox: RunningSandbox, heard: Heard
) -> None:
    compose_to_resume(page, lab, sandbox, "In JupyterLab")
    assert heard.errors == heard.dialogs == heard.abroad == []


def test_a_campaign_goes_from_the_frame_to_everybody_in_notebook_7(
    page: Page, notebook7: Host, sandbox: RunningSandbox, heard: Heard
) -> None:
    compose_to_resume(page, notebook7, sandbox, "In Notebook 7")
    assert heard.errors == heard.dialogs == heard.abroad == []


def test_a_campaign_in_jupyterlab_pauses_and_goes_on(page: Page, lab: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 60)
    show(page, lab, NAME, cell(people, "dingnb.text('Pauses, {{ name }}')"))
    person = Person(page)
    person.check()
    person.send(len(people["userid"]))
    person.expect_sent(22)
    assert sends_after_pressing(person, "run.pause", sandbox) > 0
    assert len(told(sandbox, "Pauses")) < len(people["userid"])
    person.button("run.resume").click()
    person.expect_finished()
    assert told(sandbox, "Pauses") == dict.fromkeys(people["userid"], 1)
