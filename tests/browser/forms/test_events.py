"""The events form with incoming events: by mouse, in both themes and languages."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.sandbox.events.event_requests import emit
from dingnb.ui.kit.lists import range_of_page
from dingnb.words import Language, count, say
from tests.browser.forms.actions import Person
from tests.browser.forms.layout import record_defects
from tests.browser.forms.test_keyboard import enter, tab_to
from tests.browser.pages import PageLog, show
from tests.tiers import LOOKS
from tools.hosts import Host

HOSTILE = "<img src=x onerror=alert(1)>"
FIRST_MS = 1_764_032_400_000


def cell(inbox: "Inbox", language: Language) -> str:
    """Return a cell whose log receives events from an inbox, as from a channel."""
    return f"""
import json
import os
import threading
import time
import dingnb
from dingnb.events.parsing import parse_event, parse_robot_message
dingnb.set_language({language!r})
ding = dingnb.connect()

# Opened for writing as well, so that it stays open when a writer closes it.
inbox = os.fdopen(os.open({str(inbox.path)!r}, os.O_RDWR), encoding="utf-8")

def add():
    for line in inbox:
        data = json.loads(line)
        read = parse_robot_message if "sessionWebhook" in data else parse_event
        ding._log.add(read(data, time.time_ns(), "callback"))

for n in range(32):
    data = {{"EventType": "user_leave_org", "UserId": [f"u{{n:03}}"], "eventId": f"e{{n}}"}}
    data["TimeStamp"] = {FIRST_MS} + n
    ding._log.add(parse_event(data, time.time_ns()))
threading.Thread(target=add, daemon=True).start()
form = ding.events.form()
form.wait()
form
""".strip()


class Inbox:
    """
    The pipe that a kernel takes events from.

    Attributes:
        path: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "inbox"
        os.mkfifo(self.path)

    def add(self, data: dict[str, Any]) -> None:
        """Add an event; raise an error if no kernel receives it."""
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK), "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(data) + "\n")


def says(person: Person, first: int, last: int, total: int) -> None:
    """Wait until the page shows a range of events."""
    expect(person.status(range_of_page(first - 1, last - first + 1, total))).to_be_visible()


def rows(person: Person) -> Locator:
    """Return the list of events, which covers the table."""
    return person.form.get_by_role("listbox", name=say("events_form.choose"))


def field(person: Person, key: str) -> Locator:
    return person.form.get_by_role("textbox", name=say(key), exact=True)


def hold_it(person: Person, inbox: Inbox) -> None:
    """Add events, pause updates while more arrive, and show those."""
    inbox.add({"EventType": "check_in", "staffId": "u777", "eventId": "c1", "TimeStamp": FIRST_MS + 50})
    expect(rows(person).get_by_role("option").first).to_have_accessible_name(
        f"{say('event_type.check_in')} · 11-25 09:00:00 · u777"
    )
    person.button("events_form.pause").click()
    expect(person.button("events_form.resume")).to_be_visible()
    inbox.add({"EventType": "odd", "title": HOSTILE, "eventId": "o1", "TimeStamp": FIRST_MS + 60})
    news = person.form.get_by_role("button", name=say("events_form.show_new", events=count("new_event", 1)))
    expect(news).to_be_visible()
    expect(rows(person).get_by_role("option", name="odd")).to_have_count(0)
    news.click()
    expect(rows(person).get_by_role("option", name="odd")).to_have_count(1)
    # A type without a name, in the spelling of DingTalk, not capitalised like headings.
    first = person.form.locator(".dn-lines tbody th").first
    assert first.evaluate("one => getComputedStyle(one, '::first-letter').textTransform") == "none"


def filter_it(person: Person) -> None:
    """Filter by type and text, open details, and clear the filters."""
    person.form.get_by_role("combobox", name=say("events_form.type")).select_option(
        say("events_form.type_counted", type="odd", n=1)
    )
    says(person, 1, 1, 1)
    rows(person).select_option(index=0)
    expect(person.status(say("event_field.title"))).to_contain_text(HOSTILE)
    person.form.get_by_text(say("events_form.raw")).click()
    expect(person.form.locator("details pre")).to_contain_text('"eventId": "o1"')
    person.button("form.details_close").click()
    person.button("form.clear").click()
    # The search has the same number of results: a press overtakes typed text that is still in transit.
    says(person, 1, 15, 34)
    field(person, "form.search").press_sequentially("U007")
    says(person, 1, 1, 1)
    person.button("form.clear").click()
    says(person, 1, 15, 34)


def answer_it(person: Person, inbox: Inbox, sandbox: RunningSandbox, question: str, problems: list[str]) -> None:
    """Receive a question, and reply to it."""
    with sandbox.state.lock:
        request = {"robot_message": {"text": question, "from": "manager0001"}}
        [emitted] = emit(sandbox.state, request, sandbox.state.time.now_ns())
    inbox.add(emitted["data"])
    person.button("events_form.resume").click()
    expect(rows(person).get_by_role("option", name=say("event_type.robot_message"))).to_have_count(1)
    rows(person).select_option(index=0)
    expect(person.status(say("event_type.robot_message"))).to_contain_text(question)
    field(person, "events_form.reply").fill(f"Re: {question}")
    person.button("events_form.send_reply").dblclick()
    expect(person.status(f"Re: {question}")).to_be_visible()
    expect(field(person, "events_form.reply")).to_have_value("")
    record_defects(person.page, problems, "answered")
    said = [reply.body["text"]["content"] for reply in sandbox.state.sessions.replies]
    assert said.count(f"Re: {question}") == 1


def export(person: Person, total: int) -> None:
    """Export the file, and save it from the browser."""
    person.form.get_by_role("button", name=say("events_form.do_export", n=total)).click()
    with person.page.expect_download() as saved:
        person.form.get_by_role("link", name=say("form.download")).click()
    assert len(pd.read_excel(saved.value.path(), dtype=str)) == total
    assert saved.value.suggested_filename == f"{say('form.file_events')}.xlsx"


def forget(person: Person, total: int, problems: list[str]) -> None:
    """Press with a wrong count, which deletes nothing, and with the correct one."""
    person.form.get_by_role("button", name=say("events_form.do_delete", n=total)).click()
    typed = person.form.get_by_role("textbox", name=say("form.count", n=total))
    typed.fill("12")
    pressed = person.form.get_by_role("button", name=say("events_form.press_delete", events=count("event", total)))
    pressed.click()
    expect(person.alert(say("form.nothing_done"))).to_be_visible()
    record_defects(person.page, problems, "count wrong")
    typed.fill(str(total))
    pressed.click()
    expect(person.status(say("events_form.deleted", events=count("event", total)))).to_be_visible()
    expect(person.form.get_by_text(say("events_form.empty"))).to_be_visible()


def happens(sandbox: RunningSandbox, *requests: dict[str, Any]) -> None:
    """Emit events, which DingTalk sends over Stream."""
    with sandbox.state.lock:
        emit(sandbox.state, list(requests), sandbox.state.time.now_ns())


def test_events_can_be_used_by_keyboard_alone(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    show(page, voila, "events-keys.ipynb", "import dingnb\nding = dingnb.connect()", "ding.events.form()")
    person = Person(page)
    assert enter(page) == say("events_form.start")
    # A double press starts it once: the stop button has the same position and the focus.
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    stop = person.form.get_by_role("button", name=say("events_form.stop", name=say("stream.title")))
    expect(stop).to_be_focused()
    expect(person.form.get_by_text(say("stream.connected"), exact=True)).to_be_visible()
    asks = {"robot_message": {"text": "canteen-by-keys?\nOr tea?", "from": "manager0002"}}
    happens(sandbox, asks, {"type": "user_add_org", "data": {"userId": ["manager0007"]}})
    expect(rows(person).get_by_role("option")).to_have_count(2)

    tab_to(page, say("form.open_first"))
    page.keyboard.press("Enter")
    expect(person.status("manager0007")).to_be_visible()
    expect(person.button("form.details_close")).to_be_focused()
    tab_to(page, say("events_form.choose"), "Shift+Tab")
    page.keyboard.press("ArrowDown")
    message = person.form.get_by_role("region", name=say("events_form.message"))
    expect(message).to_have_text("canteen-by-keys?\nOr tea?", use_inner_text=True)
    happens(sandbox, {"type": "user_leave_org", "data": {"userId": ["manager0008"]}})
    expect(
        person.form.get_by_role("button", name=say("events_form.show_new", events=count("new_event", 1)))
    ).to_be_visible()
    expect(rows(person)).to_be_focused()
    assert rows(person).evaluate("one => one.selectedIndex") == 1

    tab_to(page, say("events_form.reply"))
    page.keyboard.type("on Friday, by keys")
    tab_to(page, say("events_form.send_reply"))
    page.keyboard.press("Enter")
    expect(person.status("on Friday, by keys")).to_be_visible()
    expect(person.button("events_form.send_reply")).to_be_focused()
    assert [reply.body["text"]["content"] for reply in sandbox.state.sessions.replies][-1] == "on Friday, by keys"
    # It stands above the message.
    tab_to(page, say("form.details_close"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(message).to_be_hidden()
    # The focused element is gone; the next key continues from there.
    tab_to(page, say("events_form.do_export", n=3))
    tab_to(page, say("events_form.do_delete", n=3))
    page.keyboard.press("Enter")
    typed = person.form.get_by_role("textbox", name=say("form.count", n=3))
    expect(typed).to_be_visible()
    tab_to(page, say("form.count", n=3))
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(person.status(say("events_form.deleted", events=count("event", 3)))).to_be_visible()
    # The button that deleted is gone.
    expect(person.form.get_by_role("button", name=say("events_form.do_keep", n=0))).to_be_focused()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_events_are_followed_read_replied_to_and_deleted(
    page: Page, themed: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path, language: Language
) -> None:
    inbox = Inbox(tmp_path)
    show(page, themed, f"events-{language}.ipynb", cell(inbox, language))
    person, problems = Person(page, language), list[str]()
    says(person, 1, 15, 32)
    hold_it(person, inbox)
    filter_it(person)
    answer_it(person, inbox, sandbox, f"lunch-{language}?", problems)
    export(person, 35)
    forget(person, 35, problems)
    person.button("code.show").click()
    expect(person.form.locator(".dn-code").last).to_contain_text("ding.events.clear(")
    assert problems == []
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []
