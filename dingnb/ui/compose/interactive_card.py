"""A card to try below its preview: its buttons or its form, and the answer that a press would send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from dingnb.messages.types import DEFAULT_SUBMIT, TYPES
from dingnb.messages.validation import TYPES_WITH_OPTIONS, parse_options, strip_midnight
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.words import listed, say


@dataclass(frozen=True, slots=True)
class CardControl:
    """
    A button of a card, or a field of its form, as one person sees it.

    Attributes:
        key: The key of the answer.
        label: The label.
        type: The type of a field's answer; empty for a button.
        url: The page that a button opens; empty for a button that answers.
        required: Whether a field must be filled in.
        options: The value and the text of each option of a field.
        default: The initial text of a field, or the initial choice of a ``SELECT``; other fields start empty.
    """

    key: str
    label: str
    type: str = ""
    url: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    default: str = ""


def controls_of(msgtype: str, texts: Mapping[str, str]) -> tuple[CardControl, ...]:
    """
    Return the controls of a card; none for other messages, or for a card with a template of its own.

    Controls without a key or a label are left out, and so are form fields without a type.

    Args:
        msgtype: The message's type.
        texts: The rendered text of each field, by path.
    """
    if not TYPES[msgtype].is_card or texts.get("template"):
        return ()
    name = "fields" if msgtype == "survey" else "buttons"
    numbers = sorted({int(path[len(name) + 1 :].partition("]")[0]) for path in texts if path.startswith(f"{name}[")})
    controls = []
    for number in numbers:
        start = f"{name}[{number}]."
        values = {path.removeprefix(start): text for path, text in texts.items() if path.startswith(start)}
        key, label = values.get("name" if msgtype == "survey" else "key", ""), values.get("label", "")
        kind = values.get("type", "")
        if key.strip() and label.strip() and (kind or msgtype != "survey"):
            options = tuple(parse_options(values.get("options", "")))
            required = values.get("required") == "true"
            default = values.get("default", "")
            default = strip_midnight(default) if kind == "DATE" else default
            controls.append(CardControl(key, label, kind, values.get("url", ""), required, options, default))
    return tuple(controls)


class InteractiveCard:
    """
    The widgets of a card that can be pressed as its recipients press it.

    Args:
        form: The form that contains them.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._shown: tuple[str, tuple[CardControl, ...], str] = ("", (), "")
        self.head, self.answer = widgets.HTML(), widgets.HTML()
        self.controls: dict[str, widgets.DOMWidget] = {}
        self.submit = button()
        self._buttons, self._fields = row([]), stack([])
        inside = stack([self._buttons, self._fields, self.submit])
        self.box = stack([self.head, inside, self.answer], "dn-field")
        form.on_click(self.submit, self._submit)

    def render(self, state: ComposeState) -> None:
        """Show the buttons or the form of the current row."""
        msgtype, texts = state.text.msgtype, state.view.texts
        submit_label = texts.get("submit") or DEFAULT_SUBMIT
        controls = controls_of(msgtype, texts)
        shown = (msgtype, controls, submit_label)
        show_if(bool(controls), self.box)
        update(self.head, value=parts.quiet(say("compose.trial")))
        if shown == self._shown:
            return
        before, self._shown = (*self._buttons.children, *self._fields.children), shown
        children = [self._make_widget(control) for control in controls]
        # While a control is being written, another one may have the same key; then the last one counts.
        self.controls = {control.key: widget for control, widget in zip(controls, children, strict=True)}
        update(self.answer, value=parts.status(""))
        update(self.submit, description=parts.short(submit_label))
        is_survey = msgtype == "survey"
        self._buttons.children, self._fields.children = ([], children) if is_survey else (children, [])
        show_if(is_survey, self._fields, self.submit)
        show_if(not is_survey, self._buttons)
        for widget in before:
            widget.close()

    def _make_widget(self, control: CardControl) -> widgets.DOMWidget:
        label = parts.short(control.label)
        if not control.type:
            answer = button()
            update(answer, description=label)
            self._form.on_click(answer, self._answer_handler(control))
            return answer
        options = tuple((parts.short(text), value) for value, text in control.options)
        if control.type == "SELECT":
            chosen = control.default if control.default in dict(control.options) else ""
            return widgets.Dropdown(options=(("", ""), *options), value=chosen, description=label)
        if control.type in TYPES_WITH_OPTIONS:
            return widgets.SelectMultiple(options=options, description=label)
        if control.type == "SWITCH":
            return widgets.Checkbox(description=label)
        widget_class = widgets.Textarea if control.type == "TEXT_AREA" else widgets.Text
        return widget_class(value=control.default, description=label)

    def _answer_handler(self, control: CardControl) -> Callable[[], None]:
        if control.url:
            return lambda: self._show_answer(say("compose.trial_link", url=control.url))
        return lambda: self._show_answer(say("compose.trial_answer", answer=control.key))

    def _submit(self) -> None:
        filled = {key: _answer_of(widget) for key, widget in self.controls.items()}
        _, controls, _ = self._shown
        missing = [control.label for control in controls if control.required and filled.get(control.key) in ("", [])]
        if missing:
            self._show_answer(say("compose.trial_missing", fields=listed(missing)))
            return
        shown = listed(f"{key} = {value}" for key, value in filled.items())
        self._show_answer(say("compose.trial_answer", answer=shown))

    def _show_answer(self, text: str) -> None:
        update(self.answer, value=parts.status(parts.notice(text)))


def _answer_of(widget: widgets.DOMWidget) -> Any:  # noqa: ANN401 - depends on the type of widget
    value = widget.value
    return list(value) if isinstance(value, tuple) else value
