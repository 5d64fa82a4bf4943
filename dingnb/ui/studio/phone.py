"""The phone of a recipient next to the studio, in the sandbox."""

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS, button, show_if, stack, update
from dingnb.ui.studio.model import StudioModel
from dingnb.ui.studio.phone_model import PhoneState
from dingnb.ui.studio.session import theme_of_page
from dingnb.words import count, get_language, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_HEIGHT_PX = 640


class PhoneView:
    """
    The widgets of the phone.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
    """

    def __init__(self, form: "Form", studio: StudioModel) -> None:
        self._studio, self._model = studio, studio.phone
        self._toggled_ns = -DEBOUNCE_NS
        self.toggle, self.person, self.frame = button(css_class="dn-link"), widgets.Dropdown(), widgets.HTML()
        self.search, self.listed = widgets.Text(continuous_update=False), widgets.HTML()
        self.box = stack([self.search, self.person, self.listed, self.frame], "dn-handset")
        form.on_click(self.toggle, self._toggle_phone)
        form.on_change(self.person, self._model.choose)
        form.on_change(self.search, self._model.search)

    def render(self) -> None:
        """Show the phone of the chosen person next to the steps, if it is open."""
        state = self._model.state
        is_available = self._studio.can_practise and not self._studio.state.is_home
        people = state.people or {}
        show_if(is_available, self.toggle)
        show_if(is_available and state.is_open, self.box)
        update(self.toggle, description=say("studio.phone_hide" if state.is_open else "studio.phone_show"))
        update(self.person, description=say("studio.phone_whose"))
        show_if(bool(people), self.person)
        show_if(state.has_more, self.search, self.listed)
        update(self.search, description=say("studio.phone_find"), placeholder=say("studio.phone_find_hint"))
        update(self.search, value=state.query)
        update(self.listed, value=parts.status(parts.quiet(_listed_text(state))))
        update(self.person, options=tuple((label, userid) for userid, label in people.items()))
        if state.userid in people:
            update(self.person, value=state.userid)
        # Removed while hidden: the page is wider as long as it contains the frame.
        update(self.frame, value=_frame_html(state) if is_available and state.is_open else "")

    @property
    def was_just_toggled(self) -> bool:
        """Whether the phone was just opened or closed, so that the second click of a double click may follow."""
        return self._studio.clock.monotonic_ns() - self._toggled_ns < DEBOUNCE_NS

    def _toggle_phone(self) -> None:
        if self.was_just_toggled:
            return
        self._toggled_ns = self._studio.clock.monotonic_ns()
        self._model.toggle()


def _listed_text(state: PhoneState) -> str:
    """Return how many people are listed or found, of all."""
    if not state.query:
        return say("studio.phone_first", n=len(state.people or ()), people=count("person", state.total))
    if not state.found:
        return say("studio.phone_none_found", text=state.query)
    return say("studio.phone_found", n=state.found, people=count("person", state.total))


def _frame_html(state: PhoneState) -> str:
    """Return the page of the phone, or why there is none; empty while it is looked up."""
    if state.failure is not None:
        return parts.failure_alert(state.failure, "warn")
    if state.people is not None and not state.people:
        key = "studio.phone_unchecked" if state.is_unchecked else "studio.phone_nobody"
        return f'<div class="dn-nothing">{escape(say(key))}</div>'
    return (
        "" if state.phone is None else state.phone.to_html(_HEIGHT_PX, language=get_language(), theme=theme_of_page())
    )
