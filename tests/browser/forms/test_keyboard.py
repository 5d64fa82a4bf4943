"""The forms by keyboard alone: every control is reached in reading order, and is visible when focused."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.words import say
from tests.browser.forms.actions import Person, cell, sent_counts, staff
from tests.browser.pages import show
from tools.hosts import Host

NAME = "keyboard.ipynb"
_FOCUSED = """() => {
  const one = document.activeElement, form = one.closest('.dingnb');
  if (!form) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const footer = [...form.querySelectorAll('.dn-footer')].find(one => one.getClientRects().length);
  const covered = footer && !footer.contains(one) ? footer.getBoundingClientRect() : null;
  return {
    name: (one.labels?.[0]?.textContent || one.getAttribute('aria-label') || one.textContent).trim(),
    isSeen: style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2,
    isShown: box.width > 0 && box.bottom > 0 && box.top < innerHeight
      && !(covered && box.bottom > covered.top + 1 && box.top < covered.bottom),
  };
}"""


def tab_through(page: Page, key: str = "Tab") -> Iterator[str]:
    """Tab through the controls to the end of the form, or back to its beginning; yield the name of each."""
    while True:
        page.keyboard.press(key)
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            return
        assert focused["isSeen"], f"no outline around {focused['name']}"
        assert focused["isShown"], f"{focused['name']} is outside the window"
        yield focused["name"]


def enter(page: Page) -> str:
    """Focus the first control of the form, and return its name."""
    while (focused := page.evaluate(_FOCUSED)) is None:
        page.keyboard.press("Tab")
    name: str = focused["name"]
    return name


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    for reached in tab_through(page, key):
        if reached == name:
            return
    message = f"Tab does not come to {name}"
    raise AssertionError(message)


def test_tab_reaches_every_control_in_reading_order(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 20)
    people["userid"][1:3] = ["", "bad id"]
    show(page, voila, NAME, cell(people, "dingnb.markdown('Title', 'Hi {{ name }}')"))
    person = Person(page)
    person.check()
    person.form.get_by_role("heading", name="Compose a message").click()
    reached = [enter(page), *tab_through(page)]
    send = f"Send to {len(people['userid']) - 2} people"
    assert reached == [
        *("Message type", "Undo", "Redo", "Title", "Insert into Title"),
        *("Text", "Bold", "Link", "List", "userid", "name", say("compose.by_column")),
        *("Find a recipient", "Row", "Previous", "Next", "Preview"),
        *("DingTalk userid", "Phone number", "Exclude", say("compose.key"), "Check again"),
        say("compose.rejects_names"),
        "Message preview (row 0)",
        *(say("plan_form.export"), "Rows not sent: 2 in total"),
        *("Send it to", "Use row", "Send test"),
        *("Campaign name", say("form.count", n=len(people["userid"]) - 2), send, "Show code"),
    ]


def test_a_campaign_is_written_and_sent_by_keyboard_alone(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 12)
    show(page, voila, NAME, cell(people))
    person = Person(page)
    assert enter(page) == "Message type"
    page.keyboard.press("ArrowDown")
    expect(person.type).to_have_value("Text")
    expect(person.field("field.markdown.title")).to_be_hidden()
    tab_to(page, "Text")
    page.keyboard.type("By keyboard ")
    expect(person.preview.get_by_text("By keyboard").last).to_be_visible()
    tab_to(page, "name")
    page.keyboard.press("Enter")
    expect(person.preview).to_contain_text(f"By keyboard {people['name'][0]}")
    expect(person.status(say("compose.nothing_sent"))).to_be_visible()
    tab_to(page, "Check recipients")
    page.keyboard.press("Space")
    expect(person.button("plan_form.send_to")).to_be_enabled()
    expect(person.button("compose.check_again")).to_be_focused()

    tab_to(page, say("form.count", n=len(people["userid"])))
    page.keyboard.type("1")
    tab_to(page, f"Send to {len(people['userid'])} people")
    page.keyboard.press("Enter")
    expect(person.alert("You entered 1,")).to_contain_text("No call was made.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type(str(len(people["userid"])))
    page.keyboard.press("Enter")
    expect(person.button("plan_form.send_to")).to_be_focused()
    assert sent_counts(sandbox, "By keyboard") == {}
    page.keyboard.press("Enter")
    person.expect_finished()
    expect(person.status(f"{len(people['userid'])} people")).to_be_visible()
    assert sent_counts(sandbox, "By keyboard") == dict.fromkeys(people["userid"], 1)


def test_a_chip_pressed_while_typing_keeps_its_tag(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    show(page, voila, NAME, cell(staff(sandbox, 0, 12), "dingnb.text('x')"))
    person = Person(page)
    field = person.field("field.text.content")
    chip = person.form.get_by_role("button", name="name", exact=True).bounding_box()
    assert chip is not None
    for number, by_mouse in enumerate((True, False, True, False, True, False)):
        field.fill("")
        expect(person.preview).to_contain_text(say("compose.preview_empty"))
        field.focus()
        typed = f"Typed quickly, {number}: "
        page.keyboard.type(typed)
        if by_mouse:
            page.mouse.click(chip["x"] + chip["width"] / 2, chip["y"] + chip["height"] / 2)
        else:
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
        expect(field).to_have_value(typed + "{{ name }}")
        expect(field).to_be_focused()
        page.keyboard.type(", good day")
        expect(field).to_have_value(typed + "{{ name }}, good day")


def test_changes_are_announced_to_a_screen_reader(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 12)
    people["city"] = ["", *["杭州"] * (len(people["userid"]) - 1)]
    show(page, voila, NAME, cell(people))
    person = Person(page)
    person.field("field.markdown.title").fill("Live")
    expect(person.status("Fill in Text.")).to_be_visible()
    person.write("Live", "{{ city }")
    expect(person.status("The message can't be sent yet:")).to_be_visible()
    person.field("field.markdown.text").press_sequentially("} {{ cty }}")
    expect(person.status("cty").first).to_be_visible()
    for _ in "{{ cty }}":
        person.field("field.markdown.text").press("Backspace")
    expect(person.status("This row won't be sent")).to_be_visible()
    expect(person.status("“city” is blank in 1 of")).to_be_visible()
    person.check()
    expect(person.status("New: nothing has been sent under this name.")).to_be_visible()
    expect(person.status("Rows not sent: 1 in total")).to_be_visible()
    person.test_to("nobody_here")
    expect(person.status("Test to nobody_here: ")).to_be_visible()
    person.send("many")
    expect(person.alert("“many” is not a number")).to_be_visible()


def test_enter_in_the_test_recipient_field_moves_to_the_button_and_leaving_it_does_nothing(
    page: Page, voila: Host, sandbox: RunningSandbox
) -> None:
    people = staff(sandbox, 0, 5)
    show(page, voila, NAME, cell(people, "dingnb.text('A test by keyboard')"))
    person = Person(page)
    person.check()
    recipient = person.test_recipient
    recipient.press_sequentially(people["userid"][0])
    recipient.press("Tab")
    recipient.press("Enter")
    button = person.button("plan_form.send_test")
    expect(button).to_be_focused()
    assert sent_counts(sandbox, "A test by keyboard") == {}
    page.keyboard.press("Enter")
    expect(person.status("Test to")).to_be_visible()
    expect(button).to_be_focused()
    assert sent_counts(sandbox, "A test by keyboard") == {people["userid"][0]: 1}


def test_pausing_a_campaign_by_key_keeps_the_focus(page: Page, voila: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 0, 100)
    show(page, voila, NAME, cell(people, "dingnb.text('Paused by key, {{ name }}')"))
    person = Person(page)
    person.check()
    person.send(len(people["userid"]))
    expect(person.button("run.pause")).to_be_focused()
    page.wait_for_timeout(DEBOUNCE_NS / 1e6)
    page.keyboard.press("Enter")
    expect(person.button("run.resume")).to_be_focused()
    # A kernel may process a press later than the browser sends it, and a button that has just received the focus
    # ignores presses: press until one has been taken.
    for _ in range(30):
        if not person.button("run.resume").is_visible():
            break
        page.keyboard.press("Enter")
        page.wait_for_timeout(2 * DEBOUNCE_NS / 1e6)
    person.expect_finished()
    assert sent_counts(sandbox, "Paused by key") == dict.fromkeys(people["userid"], 1)
