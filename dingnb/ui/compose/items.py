"""The widgets for the lists of a message, such as its buttons: each item is on a card, to be moved or removed."""

from collections.abc import Sequence

import ipywidgets as widgets

from dingnb.ui.compose.field_views import FieldView, MoreFields
from dingnb.ui.compose.fields import item_name, list_fields
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, call_once_displayed, row, set_available, stack, update
from dingnb.words import capitalize, say

_CARD = ("dn-card", "dn-item-card")
_ACTIONS = ("up", "down", "remove")


class ItemCard:
    """
    The widgets of one item.

    Args:
        form: The form that contains them.
        items: The list that contains it.
        number: The number of the item, from 0.
    """

    def __init__(self, form: Form, items: "ItemList", number: int) -> None:
        self._number = number
        self.heading = widgets.HTML()
        self.up, self.down, self.remove = (button(css_class=f"dn-icon-{name}") for name in _ACTIONS)
        self.fields, self.more_fields = stack([], "dn-pairs"), MoreFields(form)
        buttons = row([self.up, self.down, self.remove])
        self.box = stack([row([self.heading, buttons], "dn-item-head-row"), self.fields, self.more_fields.box], *_CARD)
        for action in (self.up, self.down, self.remove):
            action.add_class("dn-icon-only")
        form.on_click(self.up, lambda: items.move(number, -1))
        form.on_click(self.down, lambda: items.move(number, 1))
        form.on_click(self.remove, lambda: items.remove(number))

    def render(self, model: ComposeModel, path: str, views: Sequence[FieldView]) -> None:
        """Show the item: its number, its fields, and which buttons have an effect."""
        item = item_name(model.state.text.msgtype, path, self._number)
        update(self.heading, value=parts.heading(capitalize(item)))
        for name, action in zip(_ACTIONS, (self.up, self.down, self.remove), strict=True):
            update(action, description=say(f"compose.item_{name}", item=item))
        can_move = model.can_move
        set_available(self.up, can_move(path, self._number, -1), say("compose.is_first"), self.up.description)
        set_available(self.down, can_move(path, self._number, 1), say("compose.is_last"), self.down.description)
        can_remove = model.can_resize(path, -1)
        set_available(self.remove, can_remove, say("compose.none_left"), self.remove.description)
        children = [view.box for view in views if not view.place.is_secondary]
        if list(self.fields.children) != children:
            self.fields.children = children
        self.more_fields.render(model.state, [view for view in views if view.place.is_secondary], item)


class ItemList:
    """
    The items of one list, and the button that adds one.

    Args:
        form: The form that contains them.
        model: The form's model.
        msgtype: The message's type.
        path: The path of the list.
    """

    def __init__(self, form: Form, model: ComposeModel, msgtype: str, path: str) -> None:
        self._form, self._model = form, model
        self._msgtype, self._path = msgtype, path
        self._new_item: int | None = None
        self.cards: list[ItemCard] = []
        self.add = button(css_class="dn-add")
        self.add.add_class("dn-icon-add")
        # Apart from the cards: widgets after a removed widget are drawn again, and would lose the focus.
        self._card_box = stack([], "dn-items")
        self.box = stack([self._card_box, self.add], "dn-items")
        form.on_click(self.add, self._add_item)

    def render(self, views: Sequence[FieldView]) -> None:
        """Show the items, each with its fields."""
        count = self._model.state.text.count(self._path)
        self.cards += [ItemCard(self._form, self, number) for number in range(len(self.cards), count)]
        for number, card in enumerate(self.cards[:count]):
            own = [view for view in views if view.place.number == number]
            card.render(self._model, self._path, own)
            if number == self._new_item:
                self._new_item = None
                call_once_displayed(own[0].input, own[0].input.focus)
        add, can_add = say(f"list.{self._msgtype}.{self._path}"), self._model.can_resize(self._path, 1)
        # A tooltip alone is not seen.
        update(self.add, description=add if can_add else say("compose.full_list", add=add))
        set_available(self.add, can_add, say("compose.no_more"))
        children = [card.box for card in self.cards[:count]]
        if list(self._card_box.children) != children:
            self._card_box.children = children

    def move(self, number: int, by: int) -> None:
        """Exchange an item with the previous or the next item; the focus follows the item."""
        if self._model.can_move(self._path, number, by):
            moved = self.cards[number + by]
            (moved.up if by < 0 else moved.down).focus()
            self._model.move_item(self._path, number, by)

    def remove(self, number: int) -> None:
        """Remove an item; the focus moves to a button that stays."""
        if self._model.can_resize(self._path, -1):
            self.add.focus()
            self._model.remove_item(self._path, number)

    def _add_item(self) -> None:
        # Only its number is noted: another thread may render before the item exists.
        is_possible = self._model.can_resize(self._path, 1)
        self._new_item = self._model.state.text.count(self._path) if is_possible else None
        self._model.resize(self._path, 1)


class ItemLists:
    """
    The lists of all message types.

    Args:
        form: The form that contains them.
        model: The form's model.
    """

    def __init__(self, form: Form, model: ComposeModel) -> None:
        self._form, self._model = form, model
        self._lists: dict[tuple[str, str], ItemList] = {}

    @property
    def boxes(self) -> list[widgets.VBox]:
        """The widgets of all lists that were shown so far."""
        return [box for items in self._lists.values() for box in (*(card.box for card in items.cards), items.box)]

    def of(self, path: str) -> ItemList:
        """Return a list of the current type."""
        key = (self._model.state.text.msgtype, path)
        return self._lists.get(key) or self._lists.setdefault(key, ItemList(self._form, self._model, *key))

    def render(self, state: ComposeState, views: Sequence[FieldView]) -> dict[str, widgets.VBox]:
        """Show the lists of the current type, and return their widgets by name."""
        boxes = {}
        for list_field in list_fields(state.text.msgtype, state.text.choice):
            items = self.of(list_field.name)
            items.render([view for view in views if view.place.list_name == list_field.name])
            boxes[list_field.name] = items.box
        return boxes
