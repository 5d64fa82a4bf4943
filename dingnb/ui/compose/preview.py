"""The preview beside the message: one row, and its message as shown on a phone."""

from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.messages.types import CHOICES
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.tables.cells import show
from dingnb.tables.row_labels import has_integer_labels, index_name, row_name
from dingnb.ui.compose.interactive_card import InteractiveCard
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, stack, update
from dingnb.ui.kit.lists import RowField
from dingnb.words import NOTHING, capitalize, count, in_form, say

if TYPE_CHECKING:
    from dingnb.ui.compose.form import ComposeForm


class PreviewView:
    """
    The widgets of the preview.

    Args:
        form: The form that contains it.
        model: The form's model.
    """

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
