"""The phone of a recipient next to the studio, in the sandbox."""

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.kit.form import button, show_if, stack, update
from dingnb.ui.studio.model import StudioModel
from dingnb.words import get_language, say

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
        self._form, self._studio = form, studio
        self._is_open = False
        self.toggle, self.person, self.frame = button(css_class="dn-link"), widgets.Dropdown(), widgets.HTML()
        self.box = stack([self.person, self.frame], "dn-handset")
        form.on_click(self.toggle, self._toggle_phone)
        form.on_change(self.person, lambda _: form.render())

    def render(self) -> None:
        """Show the phone of the chosen person next to the steps, if it is open."""
        is_available = self._studio.can_practise and not self._studio.state.is_home
        people = self._studio.phones() if is_available and self._is_open else []
        show_if(is_available, self.toggle)
        show_if(is_available and self._is_open, self.box)
        update(self.toggle, description=say("studio.phone_hide" if self._is_open else "studio.phone_show"))
        update(self.person, description=say("studio.phone_whose"))
        show_if(bool(people), self.person)
        options = tuple(people)
        if self.person.options != options:
            chosen = self.person.value
            self.person.options = options
            if options:
                self.person.value = chosen if any(userid == chosen for _, userid in options) else options[0][1]
        update(self.frame, value=self._phone_html(self.person.value) if people else self._no_phone_html())

    def _toggle_phone(self) -> None:
        self._is_open = not self._is_open
        self._form.render()

    def _phone_html(self, userid: str) -> str:
        phone = self._studio.ding.phone(userid)
        title, url = escape(say("phone.title", name=userid)), escape(f"{phone.url}&lang={get_language()}")
        link = f'<a href="{url}" target="_blank" rel="noopener">{escape(say("phone.in_tab"))}</a>'
        return f'<iframe title="{title}" src="{url}" height="{_HEIGHT_PX}"></iframe><p>{link}</p>'

    def _no_phone_html(self) -> str:
        return f'<div class="dn-nothing">{escape(say("studio.phone_nobody"))}</div>' if self._is_open else ""
