"""The part of the compose form with the fields that few messages need."""

from collections.abc import Sequence

from dingnb.language import say
from dingnb.ui.compose import fields
from dingnb.ui.compose.field import FieldView
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.form import Form, button, put, row, show_if, stack


class MoreFields:
    """
    A button, and the fields that it shows and hides.

    Those in which something stands are shown at once, and what is wrong in one is never hidden.

    Args:
        form: The form that they are a part of.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._is_wanted: bool | None = None
        self._is_shown = False
        self.toggle = button(name="dn-link")
        self.fields = stack([], "dn-pairs")
        self.box = stack([row([self.toggle]), self.fields])
        form.press(self.toggle, self._turn)

    def render(self, state: ComposeState, views: Sequence[FieldView]) -> None:
        """Show the fields, if somebody wants to see them or has to."""
        children = [one.box for one in views]
        if list(self.fields.children) != children:
            self.fields.children = children
        paths = {one.place.path for one in views}
        wrong = {path for path, remark in state.view.remarks.items() if remark.is_error} | {*state.view.absent}
        is_wanted = fields.has_more(state.text) if self._is_wanted is None else self._is_wanted
        self._is_shown = is_wanted or bool(paths & wrong)
        put(self.toggle, description=say("compose.fewer_fields" if self._is_shown else "compose.more_fields"))
        show_if(bool(views), self.box)
        show_if(self._is_shown, self.fields)

    def _turn(self) -> None:
        self._is_wanted = not self._is_shown
        self._form.render()
