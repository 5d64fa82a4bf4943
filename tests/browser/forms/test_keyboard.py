"""The forms by keyboard alone: every control is reached in the order it is read, and is seen when it is."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from dingnb.language import say
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.fields import ORDER
from docs.hosts import Host
from tests.browser.forms.acts import Person, cell, staff, told
from tests.browser.pages import show

NAME = "keyboard.ipynb"
_FOCUSED = """() => {
  const one = document.activeElement, form = one.closest('.dingnb');
  if (!form) return null;
  const ring = one.closest('.widget-radio-box label') ?? one, style = getComputedStyle(ring);
  const box = ring.getBoundingClientRect();
  return {
    name: (one.labels?.[0]?.textContent || one.getAttribute('aria-label') || one.textContent).trim()
      + (one.type === 'radio' ? ' (type)' : ''),
    isSeen: style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2,
    isShown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def tab_through(page: Page) -> Iterator[str]:
    """Go from control to control to the end of the form; yield what each is called."""
    while True:
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            return
        assert focused["isSeen"], f"no outline around {focused['name']}"
        assert focused["isShown"], f"{focused['name']} is outside the window"
        yield focused["name"]


def enter(page: Page) -> str:
    """Go to the first control of the form, and return what it is called."""
    while (focused := page.evaluate(_FOCUSED)) is None:
        page.keyboard.press("Tab")
    name: str = focused["name"]
    return name


def tab_to(page: Page, name: str) -> None:
    for reached in tab_through(page):
        if reached == name:
            return
    message = f"Tab does not come to {name}"
    raise AssertionError(message)


def test_tab_comes_to_every_control_in_the_order_of_reading(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 20)
    people["userid"][1:3] = ["", "bad id"]
    show(page, voila, NAME, cell(people, "dingnb.markdown('Title', 'Hi {{ name }}')"))
    person = Person(page)
    person.check()
    person.form.get_by_role("heading", name="Compose a message").click()
    reached = [enter(page), *tab_through(page)]
    send = f"Send to {len(people['userid']) - 2} people"
    assert reached == [
        *(f"{say(f'type.{one}')} (type)" for one in ORDER),
        *("Title", "Text", "userid", "name"),
        *("Find somebody", "Row", "Previous", "Next"),
        *("DingTalk userid", "Phone number", "Leave out", say("compose.key"), "Check again"),
        *("Search these rows", say("plan_form.export"), "Rows that get nothing: 1 to 2 of 2"),
        *("My userid", "Message of row", "Send one test"),
        *("Campaign name", say("plan_form.count", n=len(people["userid"]) - 2), send, "Show code"),
    ]


def test_a_campaign_is_written_and_sent_by_keyboard_alone(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 12)
    show(page, voila, NAME, cell(people))
    person = Person(page)
    assert enter(page) == "Markdown (type)"

    tab_to(page, "Text (type)")
    page.keyboard.press("Space")
    expect(person.form.get_by_role("radio", name="Text", exact=True)).to_be_checked()
    expect(person.field("field.markdown.title")).to_be_hidden()
    tab_to(page, "Text")
    page.keyboard.type("By keyboard ")
    expect(person.preview.get_by_text("By keyboard").last).to_be_visible()
    tab_to(page, "name")
    page.keyboard.press("Enter")
    expect(person.preview).to_contain_text(f"By keyboard {people['name'][0]}")
    expect(person.button("compose.check")).to_be_enabled()
    tab_to(page, "Check recipients")
    page.keyboard.press("Space")
    expect(person.button("plan_form.send_to")).to_be_enabled()

    tab_to(page, say("plan_form.count", n=len(people["userid"])))
    page.keyboard.type("1")
    tab_to(page, f"Send to {len(people['userid'])} people")
    page.keyboard.press("Enter")
    expect(person.alert("You typed 1;")).to_contain_text("Nothing was sent.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type(str(len(people["userid"])))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    person.expect_finished()
    expect(person.status(f"{len(people['userid'])} people")).to_be_visible()
    assert told(sandbox, "By keyboard") == dict.fromkeys(people["userid"], 1)


def test_what_changes_is_told_to_a_screen_reader(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 12)
    people["city"] = ["", *["杭州"] * (len(people["userid"]) - 1)]
    show(page, voila, NAME, cell(people))
    person = Person(page)
    expect(person.status("Fill in Title, Text.")).to_be_visible()
    person.write("Live", "{{ city }")
    expect(person.status("The message is not finished:")).to_be_visible()
    person.field("field.markdown.text").press_sequentially("} {{ cty }}")
    expect(person.status("cty").first).to_be_visible()
    for _ in "{{ cty }}":
        person.field("field.markdown.text").press("Backspace")
    expect(person.status("This row would get nothing")).to_be_visible()
    expect(person.status("“city” is blank in 1 of")).to_be_visible()
    person.check()
    expect(person.status("New: nothing has been sent under this name.")).to_be_visible()
    expect(person.status("Rows that get nothing: 1 to 1 of 1")).to_be_visible()
    person.test_to("nobody_here")
    expect(person.status("Test to nobody_here: ")).to_be_visible()
    person.send("many")
    expect(person.alert("“many” is no number")).to_be_visible()
