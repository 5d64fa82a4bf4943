"""A card to press below its preview: its buttons, or its form, and the answer that they give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from dingnb.messages.types import TYPES
from dingnb.messages.validation import TYPES_WITH_OPTIONS, parse_options
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.words import listed, say


@dataclass(frozen=True, slots=True)
class TrialItem:
    """A button of a card, or a field of a form, as one person sees it."""

    key: str
    label: str
    type: str = ""
    url: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    default: str = ""


def items_of(msgtype: str, texts: Mapping[str, str]) -> tuple[TrialItem, ...]:
    """
    Return what can be pressed on a card; items without a key and a label are left out.

    Args:
        msgtype: The message's type.
        texts: The rendered text of each field, by path.
    """
    if not TYPES[msgtype].is_card or texts.get("template"):
        return ()
    name = "fields" if msgtype == "survey" else "buttons"
    numbers = sorted({int(path[len(name) + 1 :].partition("]")[0]) for path in texts if path.startswith(f"{name}[")})
    found = []
    for number in numbers:
        start = f"{name}[{number}]."
        values = {path.removeprefix(start): text for path, text in texts.items() if path.startswith(start)}
        key, label = values.get("name" if msgtype == "survey" else "key", ""), values.get("label", "")
        if key.strip() and label.strip():
            options = tuple(parse_options(values.get("options", "")))
            required = values.get("required") == "true"
            kind = values.get("type", "")
            found.append(
                TrialItem(key, label, kind, values.get("url", ""), required, options, values.get("default", ""))
            )
    return tuple(found)


class TrialView:
    """
    The widgets of a card that can be pressed, as its recipients press it.

    Args:
        form: The form that contains them.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._items: tuple[str, tuple[TrialItem, ...], str] = ("", (), "")
        self.head, self.answer = widgets.HTML(), widgets.HTML()
        self.pressed: dict[str, widgets.DOMWidget] = {}
        self.submit = button()
        self.inside = stack([])
        self.box = stack([self.head, self.inside, self.answer], "dn-field")
        form.on_click(self.submit, self._submit)

    def render(self, state: ComposeState) -> None:
        """Show the buttons or the form of the current row."""
        msgtype, texts = state.text.msgtype, state.view.texts
        words = texts.get("submit") or say("preview.submit")
        items = (msgtype, items_of(msgtype, texts), words)
        show_if(bool(items[1]), self.box)
        update(self.head, value=parts.quiet(say("compose.trial")))
        if items == self._items:
            return
        before, self._items = self.pressed, items
        self.pressed = {item.key: self._made(item) for item in items[1]}
        update(self.answer, value=parts.status(""))
        update(self.submit, description=parts.short(words))
        children = list(self.pressed.values())
        self.inside.children = [*children, self.submit] if msgtype == "survey" else [row(children)]
        for widget in before.values():
            widget.close()

    def _made(self, item: TrialItem) -> widgets.DOMWidget:
        if not item.type:
            made = button()
            update(made, description=parts.short(item.label))
            self._form.on_click(made, self._pressing(item))
            return made
        label = parts.short(item.label)
        options = tuple((parts.short(text), value) for value, text in item.options)
        if item.type == "SELECT":
            return widgets.Dropdown(options=(("", ""), *options), value="", description=label)
        if item.type in TYPES_WITH_OPTIONS:
            return widgets.SelectMultiple(options=options, description=label)
        if item.type == "SWITCH":
            return widgets.Checkbox(description=label)
        kind = widgets.Textarea if item.type == "TEXT_AREA" else widgets.Text
        return kind(value=item.default, description=label)

    def _pressing(self, item: TrialItem) -> Callable[[], None]:
        words = say("compose.trial_link", url=item.url) if item.url else say("compose.trial_answer", answer=item.key)
        return lambda: self._say(words)

    def _submit(self) -> None:
        filled = {key: _value_of(widget) for key, widget in self.pressed.items()}
        missing = [item.label for item in self._items[1] if item.required and filled.get(item.key) in ("", [])]
        if missing:
            self._say(say("compose.trial_missing", fields=listed(missing)))
            return
        shown = listed(f"{key} = {value}" for key, value in filled.items())
        self._say(say("compose.trial_answer", answer=shown))

    def _say(self, words: str) -> None:
        update(self.answer, value=parts.status(parts.notice(words)))


def _value_of(pressed: widgets.DOMWidget) -> Any:  # noqa: ANN401 - what its type of widget holds
    value = pressed.value
    return list(value) if isinstance(value, tuple) else value
