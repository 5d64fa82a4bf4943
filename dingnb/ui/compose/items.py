"""The buttons below each item of a card's list, which move and remove it."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from dingnb.messages.types import TYPES
from dingnb.ui.compose.fields import FieldPlace
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.kit.form import Form, button, row, set_available, update
from dingnb.words import say

_ACTIONS = ("up", "down", "remove")


class ItemBar:
    """
    The buttons of one item.

    Args:
        form: The form that contains them.
        model: The form's model.
        path: The list.
        number: The item, from 0.
    """

    def __init__(self, form: Form, model: ComposeModel, path: str, number: int) -> None:
        self._model = model
        self._path = path
        self._number = number
        self.up, self.down, self.remove = (button(name="dn-link") for _ in _ACTIONS)
        self.box = row([self.up, self.down, self.remove])
        form.on_click(self.up, self._moving(-1))
        form.on_click(self.down, self._moving(1))
        form.on_click(self.remove, lambda: model.remove_item(path, number))

    def render(self, msgtype: str) -> None:
        """Show the labels, which name the item, and which buttons have an effect."""
        item = say(f"item.{msgtype}.{self._path}", n=self._number + 1)
        for name, made in zip(_ACTIONS, (self.up, self.down, self.remove), strict=True):
            update(made, description=say(f"compose.item_{name}", item=item))
        can_move = self._model.can_move
        set_available(self.up, can_move(self._path, self._number, -1), say("compose.is_first"))
        set_available(self.down, can_move(self._path, self._number, 1), say("compose.is_last"))
        set_available(self.remove, self._model.can_resize(self._path, -1), say("compose.none_left"))

    def _moving(self, by: int) -> Callable[[], None]:
        return lambda: self._model.move_item(self._path, self._number, by)


class ItemBars:
    """
    The bars of all items of a card.

    Args:
        form: The form that contains them.
        model: The form's model.
    """

    def __init__(self, form: Form, model: ComposeModel) -> None:
        self._form = form
        self._model = model
        self._bars: dict[tuple[str, str, int], ItemBar] = {}

    def after(self, places: Sequence[FieldPlace], at: int) -> widgets.HBox | None:
        """Return the rendered bar below a field; None unless it is the last one of an item of a card."""
        place = places[at]
        path, _, rest = place.path.partition("[")
        following = places[at + 1].path if at + 1 < len(places) else ""
        item = place.path.partition("]")[0]
        if not rest or not TYPES[place.msgtype].is_card or following.startswith(f"{item}]"):
            return None
        number = int(rest.partition("]")[0])
        key = (place.msgtype, path, number)
        bar = self._bars.get(key) or self._bars.setdefault(key, ItemBar(self._form, self._model, path, number))
        bar.render(place.msgtype)
        return bar.box
