"""The part of a form that shows its code."""

from collections.abc import Callable

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, put, row, show_if, stack
from dingnb.words import say


class CodeView:
    """
    A button that shows and hides the code.

    Args:
        form: The form that contains it.
        code: Returns the code; empty if there is none.
    """

    def __init__(self, form: Form, code: Callable[[], str]) -> None:
        self._form = form
        self._code = code
        self._is_shown = False
        self.toggle, self.text = button(name="dn-link"), widgets.HTML()
        self.box = stack([row([self.toggle]), self.text])
        form.press(self.toggle, self._turn)

    def render(self) -> None:
        """Show the current code, unless it is hidden."""
        code = self._code()
        show_if(bool(code), self.box)
        put(self.toggle, description=say("code.hide" if self._is_shown else "code.show"))
        put(self.text, value=parts.code(code) if self._is_shown else "")

    def _turn(self) -> None:
        self._is_shown = not self._is_shown
        self._form.render()
