"""The preview beside the message: one row, its message as shown on a phone, and the controls of a card to try."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from dingnb.messages.types import CHOICES, DEFAULT_SUBMIT, TYPES
from dingnb.messages.validation import TYPES_WITH_OPTIONS, parse_options, strip_midnight
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.tables.cells import show
from dingnb.tables.row_labels import has_integer_labels, index_name, row_name
from dingnb.ui.compose.fields import item_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.ui.kit.lists import RowField
from dingnb.words import NOTHING, capitalize, count, in_form, listed, say

if TYPE_CHECKING:
    from dingnb.ui.compose.form import ComposeForm


class PreviewView:
    """The widgets of the preview."""

    def __init__(self, form: "ComposeForm", model: ComposeModel) -> None:
        self.slider = widgets.IntSlider(0, 0, 0, readout=False, continuous_update=True)
        self.number = RowField()
        self.number.add_class("dn-number")
        self.previous, self.next = button(), button()
        self._snapshot = model.state.snapshot
        self.search = widgets.Text(value=model.state.search.query)
        self.row_facts, self.found, self.phone = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.card = InteractiveCard(form)
        self.steps = row([self.number, self.previous, self.next], "dn-align-end")
        self.box = stack(
            [self.search, self.found, self.steps, self.slider, self.row_facts, self.phone, self.card.box], "dn-preview"
        )
        form.on_change(self.slider, model.show_row)
        form.on_change(self.number, lambda _: model.show_row(self.number.chosen_position()))
        form.on_change(self.search, model.search)
        form.on_click(self.previous, lambda: model.step(-1))
        form.on_click(self.next, lambda: model.step(1))

    def render(self, state: ComposeState) -> None:
        """Show the message for the current row."""
        rows = len(state.snapshot.frame)
        show_if(rows > 1, self.steps, self.slider, self.search)
        update(self.slider, max=max(rows - 1, 0), value=state.position)
        self.number.show_row_number(state.snapshot.numbers, state.position)
        label_key = "compose.person" if state.snapshot.has_integer_labels else "compose.person_at"
        update(self.number, description=say(label_key))
        update(self.previous, description=say("compose.previous"))
        update(self.next, description=say("compose.next"))
        update(self.search, description=say("compose.search"), placeholder=say("compose.search_hint"))
        if state.snapshot is not self._snapshot:
            # Another frame starts without a search.
            self._snapshot = state.snapshot
            update(self.search, value=state.search.query)
        update(self.found, value=parts.status(parts.quiet(self._found_text(state))))
        update(self.row_facts, value=parts.status(self._row_facts(state)))
        picture = parts.picture(state.view.client_view)
        shown = picture if _has_begun(state) else parts.placeholder(say("compose.preview_empty"))
        update(self.phone, value=parts.scroll_box(say("compose.preview"), shown))
        self.card.render(state)

    def _row_facts(self, state: ComposeState) -> str:
        frame, name = state.snapshot.frame, state.snapshot.recipients.name_position
        if not len(frame):
            return ""
        words = _row_in_words(frame, state.position)
        chosen = state.recipient_choice
        words += [show(frame.iloc[state.position, at]) for at in (name, chosen.userid, chosen.mobile) if at >= 0]
        failure = state.view.failure
        notice = ""
        if failure is not None:
            reason = in_form(with_column_titles(column_titles(frame), failure.reason))
            # What to do is said once, below the field that the reason is about.
            is_at_field = any(remark.what == failure.reason for remark in state.view.remarks.values())
            hint = NOTHING if is_at_field else failure.hint
            notice = parts.notice(say("compose.nobody_gets", reason=reason), hint, "warn")
        return parts.quiet(" · ".join(filter(None, words))) + notice

    def _found_text(self, state: ComposeState) -> str:
        search = state.search
        if not search.query:
            return ""
        if not len(search.found):
            return say("compose.found_none", query=search.query) if search.is_complete else say("compose.searching")
        rows = count("row", len(search.found))
        at = int(search.found.searchsorted(state.position))
        is_found = at < len(search.found) and search.found[at] == state.position
        if is_found:
            return say("compose.found", rows=rows, query=search.query, n=at + 1)
        return say("compose.found_other", rows=rows, query=search.query)


def _has_begun(state: ComposeState) -> bool:
    """Return whether there is a message, or a text that the user wrote for it."""
    texts, written = state.view.texts, state.text
    return state.view.message is not None or any(
        texts.get(place.path, "").strip() and written.is_changed(place.path) and place.field.kind not in CHOICES
        for place in written.places()
    )


def _row_in_words(frame: pd.DataFrame, position: int) -> list[str]:
    last = len(frame) - 1
    name = index_name(frame.index)
    if has_integer_labels(frame.index) and (last or name):
        text = row_name(frame.index, frame.index[position])
        # The name of a user's own index stays as it is.
        shown = str(text) if isinstance(name, str) and name else capitalize(text)
        return [say("compose.person_row", row=shown, first=frame.index[0], last=frame.index[last]) if last else shown]
    words = [say("compose.person_of", n=position, last=last) if last else say("compose.person_only")]
    # Converted to text first: a label may define its own comparison, and comparing pd.NA is neither true nor false.
    label = show(frame.index[position])
    return [*words, say("compose.person_label", label=label)] if label else words


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
    numbers = sorted({number for list_name, number in map(item_of, texts) if list_name == name and number >= 0})
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
    """The widgets of a card that can be pressed as its recipients press it."""

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
