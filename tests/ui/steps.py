"""User actions in forms, and what users see of them."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display.shell import user_namespace
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.kit.files import FileField
from dingnb.ui.kit.form import Form
from dingnb.ui.kit.theme import style_sheet
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.run.form import RunForm
from dingnb.words import say

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "[a](javascript:alert(1))",
    "a\u202eb\u2066c",
    "\ud800",
    "{{ 7 * 7 }}",
    "x" * 10_000,
)
"""Texts that must do no harm anywhere."""

FILES = ("data:text/csv;base64,", "data:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64,")
"""The only links of a form: to the file that it offers."""

HARMFUL = frozenset(
    ["script", "img", "iframe", "object", "link", "style", "use", "image", "animate", "set", "foreignobject"]
)
"""Elements that run or load something, also inside a drawing."""


class Notebook:
    """
    A notebook, whose cells run one after the other in the user's namespace.

    Args:
        names: Its initial names.
    """

    def __init__(self, **names: object) -> None:
        self._names = user_namespace()
        self._names.update(names, Out={})
        self._cells = 0

    def __getitem__(self, name: str) -> Any:
        return self._names[name]

    def run(self, code: str, **names: object) -> None:
        """
        Run a cell.

        Args:
            code: The cell.
            names: Additional names.
        """
        self._names.update(names)
        self._cells += 1
        exec(code, self._names)  # noqa: S102 - as a notebook does

    def show(self, expression: str) -> Any:
        """Run a cell that ends in an expression, and return what it shows: IPython keeps it in `Out`."""
        self._cells += 1
        shown = eval(expression, self._names)  # noqa: S307 - likewise
        self["Out"][self._cells] = shown
        return shown


def type_into(field: widgets.Widget, value: object) -> None:
    """Set a value as the browser does."""
    key = "index" if isinstance(field, widgets.Dropdown | widgets.RadioButtons) else "value"
    if key == "index":
        value = [choice for _, choice in field.options].index(value)
    field.set_state({key: value})


def upload(field: FileField, name: str, data: bytes, *others: tuple[str, bytes]) -> None:
    """Send what the browser sends for chosen files."""
    file_fields = {"type": "application/octet-stream", "last_modified": 0}
    files = ((name, data), *others)
    sent = [{**file_fields, "name": name, "size": len(data), "content": memoryview(data)} for name, data in files]
    field.set_state({"value": sent})


def press_enter(field: widgets.Text) -> None:
    """Press Enter in a field, as the browser reports it."""
    field._handle_custom_msg({"event": "submit"}, [])


def watch_focus(monkeypatch: pytest.MonkeyPatch) -> list[widgets.Widget]:
    """Return a list that records the widgets to which the focus is moved, in order."""
    moved: list[widgets.Widget] = []

    def focus(widget: widgets.Widget) -> None:
        moved.append(widget)

    monkeypatch.setattr(widgets.DOMWidget, "focus", focus)
    return moved


def write(form: ComposeForm, **typed: str) -> None:
    """Type into fields of the compose form; dots in a path are written as two underscores."""
    for path, text in typed.items():
        type_into(form.field(path.replace("__", ".")).input, text)
    form.model.wait()


def check(form: ComposeForm) -> PlanForm:
    """Press the check button, and return the plan form."""
    form.recipients.check.click()
    form.model.wait()
    assert form.model.state.failure is None, form.model.state.failure
    plan = form.plan_form
    plan.model.wait()
    return plan


def press_send(form: PlanForm, typed: str | None = None) -> None:
    """Type the count, and press the send button."""
    type_into(form.sending.count, str(form.model.expected) if typed is None else typed)
    form.sending.send.click()
    form.model.wait()


def sent_counts(sandbox: RunningSandbox, clock: VirtualClock) -> Counter[str]:
    """Return the number of messages per person."""
    clock.advance(seconds_to_ns(2))
    return Counter(message["userid"] for message in sandbox.state.messages())


def sends(sandbox: RunningSandbox) -> int:
    """Return the number of send calls."""
    return sum(call["path"].endswith("asyncsend_v2") for call in sandbox.state.recorded_calls())


def walk(root: Form | widgets.Widget) -> Iterator[widgets.Widget]:
    """Yield all widgets of a form, hidden ones as well."""
    widget = root.box if isinstance(root, Form) else root
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def is_off(button: widgets.Button) -> bool:
    """Return whether a button looks inactive."""
    return button.disabled or "dn-off" in button._dom_classes


def is_shown(widget: widgets.Widget) -> bool:
    return widget.layout.display != "none"


def primary_buttons(form: Form | widgets.Widget) -> list[str]:
    """Return the labels of the primary buttons that are shown, in their order."""
    widget = form.box if isinstance(form, Form) else form
    if not is_shown(widget):
        return []
    if isinstance(widget, widgets.Button):
        return [widget.description] if widget.button_style == "primary" else []
    return [label for child in getattr(widget, "children", ()) for label in primary_buttons(child)]


def run_buttons(form: RunForm) -> dict[str, widgets.Button]:
    """Return the buttons of a running campaign that are shown, by what they do."""
    shown = [button for button in (form.main_button, form.stop_button, form.refresh_button) if is_shown(button)]
    found = {
        name: button
        for name in ("pause", "stop", "resume", "refresh")
        for button in shown
        if button.description.startswith(say(f"run.{name}"))
    }
    assert len(found) == len(shown)
    return found


def run_button(form: RunForm, name: str) -> widgets.Button:
    """Return the button of a running campaign that does something."""
    return run_buttons(form)[name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> _Reader:
    """Parse HTML like a browser: its tags, attributes and text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def pages(form: Form) -> list[str]:
    """Return all HTML of a form: of each widget, and of a saved notebook."""
    bundle = form._repr_mimebundle_()
    shown = [widget.value for widget in walk(form._root or form.box) if isinstance(widget, widgets.HTML)]
    return [bundle["text/html"], *(html for html in shown if style_sheet() not in html)]


def words(form: Form | widgets.Widget) -> str:
    """Return the visible text of a form or a part of it, including labels and buttons."""

    def visible_texts(widget: widgets.Widget) -> Iterator[str]:
        if not is_shown(widget):
            return
        if isinstance(widget, widgets.HTML):
            yield read(widget.value).text
        for name in ("description", "placeholder", "_options_labels"):
            value: Any = getattr(widget, name, "")
            text = " ".join(value) if isinstance(value, tuple) else str(value)
            yield (
                read(text).text if name == "description" and getattr(widget, "description_allow_html", False) else text
            )
        for child in getattr(widget, "children", ()):
            yield from visible_texts(child)

    return re.sub(r"\s+", " ", "\n".join(filter(None, visible_texts(form.box if isinstance(form, Form) else form))))


def assert_harmless(form: Form) -> None:
    """Assert that nothing in a form runs, loads or links anywhere, except to the file that it offers."""
    for html in pages(form):
        page = read(html)
        assert not HARMFUL & set(page.tags), html
        # Drawings are of the forms themselves.
        assert page.tags.count("svg") == html.count('<svg class="dn-chart'), html
        for name, value in page.attributes:
            assert not name.startswith("on"), html
            assert name != "src"
            assert name != "href" or value.startswith(FILES)
        html.encode()  # a lone surrogate could not be sent to a browser
        # The preview is shown unchanged in separate blocks, at whose end direction overrides end.
        assert _is_phone(html) or not re.search("[\u202a-\u202e\u2066-\u2069]", html)


def _is_phone(html: str) -> bool:
    return html.startswith(('<div role="group"', '<div class="dn-phone"'))


def people(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    """Return the first n active people of a sandbox: their userids, and a number from 0 on in column `n`."""
    active = [user for user in sandbox.state.users() if user["active"]][:n]
    assert len(active) == n
    return pd.DataFrame({"userid": [person["userid"] for person in active], "n": range(n)})
