"""Actions of a person in the forms, found by their labels, and their effects in the sandbox."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, Text, capitalize, count, say, set_language

SENDING = "/topapi/message/corpconversation/asyncsend_v2"
FORM = ".dingnb"
DELIVERED_WITHIN_S = 60

_DIGITS = re.compile(r"(?<!\d)7(?!\d)")
_OFF = re.compile(r"\bdn-off\b")
_SENT = """least => {
  const sent = document.querySelector('[role=progressbar] ~ .dn-figures dd');
  return sent !== null && parseInt(sent.textContent.replaceAll(',', '')) >= least;
}"""


class Person:
    """
    A person who uses the forms on a page in a language.

    Args:
        page: The page.
        language: The language of the forms, set for the whole test.
    """

    def __init__(self, page: Page, language: Language = "en") -> None:
        set_language(language)
        self.page = page
        self.form = page.locator(FORM)

    def field(self, key: str, **values: object) -> Locator:
        return self.form.get_by_role("textbox", name=_any_count(key, **values))

    def button(self, key: str) -> Locator:
        return self.form.get_by_role("button", name=_any_count(key))

    @property
    def refresh(self) -> Locator:
        """The button that refreshes delivery status, whatever number of calls it takes."""
        return self.form.get_by_role("button", name=say("run.refresh"))

    @property
    def test_recipient(self) -> Locator:
        """The field of the person who gets a test."""
        return self.form.get_by_role("combobox", name=say("plan_form.test_recipient"), exact=True)

    def status(self, text: str) -> Locator:
        return self.form.get_by_role("status").filter(has_text=text)

    def alert(self, text: str) -> Locator:
        return self.form.get_by_role("alert").filter(has_text=text)

    @property
    def preview(self) -> Locator:
        return self.form.get_by_role("group", name=say("compose.preview"), exact=True)

    @property
    def type(self) -> Locator:
        return self.form.get_by_role("combobox", name=say("compose.type"), exact=True)

    def choose(self, msgtype: str) -> None:
        """Choose a message type, and wait until the form shows all its fields."""
        self.type.select_option(label=say(f"type.{msgtype}"))
        # The kernel answers in order: once another row is shown, the form has the new type.
        self.show_next()

    def show_next(self) -> None:
        """Go to the next row, and wait until its message is shown."""
        # Rows whose labels are not increasing numbers are identified by position.
        labels = "|".join(re.escape(say(f"compose.{name}")) for name in ("person", "person_at"))
        field = self.form.get_by_role("spinbutton", name=re.compile(rf"^(?:{labels})$"))
        number = int(field.input_value()) + 1
        self.button("compose.next").click()
        expect(field).to_have_value(str(number))
        expect(self.form.get_by_role("status").filter(has_text=_status_of_row(number))).to_be_visible()

    def write(self, title: str, text: str) -> None:
        """Type a message key by key."""
        self.field("field.markdown.title").press_sequentially(title)
        self.field("field.markdown.text").press_sequentially(text)

    def check(self) -> None:
        """Check the recipients, and wait for the outcome."""
        # The kernel has the last typed text once it has shown another row.
        self.show_next()
        # Notes about blanks appear above the button while they are counted, and would move it.
        self.button("compose.check").press("Enter")
        expect(self.button("compose.check_again")).to_be_enabled()
        expect(self.button("compose.check_again")).not_to_have_class(_OFF)
        expect(self.button("plan_form.send_to")).to_be_visible()

    def test_to(self, userid: str) -> None:
        """Send a test, and wait for its outcome."""
        self.test_recipient.fill(userid)
        self.button("plan_form.send_test").click()
        # A name may stand before the userid.
        start, end = say("plan_form.tested", person="\n", status="").rstrip(".。 ").split("\n")
        expect(self.status(start).filter(has_text=f"{userid}{end}")).to_be_visible()

    def set_name(self, name: str) -> None:
        """Enter a campaign name, and wait for its forecast."""
        self.field("plan_form.name").fill(name)
        expect(self.status(say("plan_form.looking_up"))).to_have_count(0)
        expect(self.field("plan_form.name")).to_have_value(name)

    def count(self) -> int:
        """Return the number of people on the button."""
        return int(re.sub(r"\D", "", self.button("plan_form.send_to").inner_text()))

    def send(self, typed: int | str) -> None:
        """Type a count, and press the button."""
        self.field("form.count").fill(str(typed))
        self.button("plan_form.send_to").click()

    def press_at(self, key: str, at_ms: float) -> None:
        """Press a button at a time in the future, in milliseconds since 1970; return at once."""
        self.button(key).evaluate("(button, at) => setTimeout(() => button.click(), at - Date.now())", at_ms)

    def expect_sent(self, at_least: int) -> None:
        """Wait until the form shows at least a number of accepted messages."""
        self.page.wait_for_function(_SENT, arg=at_least)

    def expect_finished(self) -> None:
        """Wait until everything is sent and the results are open."""
        finished = say("progress.finished", n=1, people="").partition("1")[0].strip()
        expect(self.status(finished).first).to_be_visible(timeout=60_000)
        expect(self.form.locator(".dn-tiles")).to_be_visible()
        expect(self.refresh).to_be_visible()
        expect(self.button("run.resume")).to_have_count(0)


def _any_count(key: str, **values: object) -> re.Pattern[str]:
    """Return a pattern for the text of a field or button, with any count."""
    people = count("person", 7)
    words = re.escape(say(key, **{"n": 7, "people": people, "recipients": people, **values}))
    return re.compile(f"^{_DIGITS.sub('[0-9,]+', words)}$")


def _status_of_row(number: int) -> re.Pattern[str]:
    """Return a pattern for the start of the status of a previewed row."""
    # A row is named by its label, the line in the uploaded file, its number in a list from the directory, or its
    # position.
    names = {"row.numbered": {}, "file.line_named": {}, "row.named": {"heading": say("studio.number")}}
    rows = [capitalize(Text(key, label=number, **fields)) for key, fields in names.items()]
    statuses = (
        *(say("compose.person_row", row=row, first=0, last=0) for row in rows),
        say("compose.person_of", n=number, last=0),
    )
    starts = "|".join(re.escape(re.match(rf".*?{number}", status)[0]) for status in statuses)  # type: ignore[index]
    return re.compile(rf"(?:{starts})\D")


def cell(
    staff: Mapping[str, Sequence[object]],
    message: str = "None",
    language: Language = "en",
    index: object = None,
    connect: str = "",
) -> str:
    """Return the cell that opens the form for a frame, with an initial message and arguments of `connect`."""
    return f"""
import dingnb
import pandas as pd
dingnb.set_language({language!r})
ding = dingnb.connect({connect})
staff = pd.DataFrame({dict(staff)!r}, index={index!r})
form = ding.compose(staff, {message})
form
""".strip()


def staff(sandbox: RunningSandbox, first: int, last: int) -> dict[str, list[object]]:
    """Return the userids and names of the active people of the sandbox from one number to another."""
    people = [user for user in sandbox.state.users(last)[first:] if user["active"]]
    return {"userid": [person["userid"] for person in people], "name": [person["name"] for person in people]}


def sent_counts(sandbox: RunningSandbox, marker: str) -> Counter[str]:
    """Return the number of accepted messages with the marker for each person."""
    with sandbox.state.lock:
        tasks = [task for task in sandbox.state.tasks._by_id.values() if marker in str(task.body)]
        return Counter(
            userid
            for task in tasks
            for userid in (
                *task.pending_userids,
                *task.delivered_userids,
                *task.failed_userids,
                *(dropped.userid for dropped in task.dropped_people),
            )
        )


def delivered(sandbox: RunningSandbox, marker: str) -> Counter[str]:
    """Return the number of delivered messages with the marker for each person, without dropped ones."""
    return Counter(message["userid"] for message in sandbox.state.messages() if marker in str(message))


def expect_delivered(page: Page, sandbox: RunningSandbox, marker: str, userids: Sequence[object]) -> None:
    """Wait until everybody has a message with the marker, and assert that nobody has two."""
    for _ in range(DELIVERED_WITHIN_S * 5):
        if len(delivered(sandbox, marker)) >= len(userids):
            break
        page.wait_for_timeout(200)
    # A second message would arrive within this time.
    page.wait_for_timeout(1_000)
    counts, wanted = delivered(sandbox, marker), dict.fromkeys(userids, 1)
    wrong = {
        userid: counts[str(userid)] for userid in {*counts, *wanted} if counts[str(userid)] != wanted.get(userid, 0)
    }
    assert wrong == {}, f"how often these have it: {wrong}"


def calls_of_sends(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """Return the sends that have reached the sandbox."""
    return [call for call in sandbox.state.recorded_calls() if call["path"] == SENDING]


def sends(sandbox: RunningSandbox) -> int:
    """Return the number of sends that have reached the sandbox."""
    return len(calls_of_sends(sandbox))
