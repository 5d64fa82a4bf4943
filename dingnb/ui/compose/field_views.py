"""The widgets of the compose form's fields, alone or as items of a list: input, remark, length, and files for media."""

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets as widgets

from dingnb.media import KINDS
from dingnb.media.content import format_size
from dingnb.media.formats import FORMATS
from dingnb.messages.draft import DraftView, Remark
from dingnb.messages.types import CHOICES
from dingnb.messages.validation import parse_options
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.compose.fields import USED_BY, FieldPlace, item_name, label_of, label_parts, list_fields
from dingnb.ui.compose.message_text import Folder
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.compose.toolbar import InsertMenu
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import FileField, max_upload_bytes
from dingnb.ui.kit.form import (
    Form,
    button,
    call_once_displayed,
    row,
    set_available,
    show_if,
    stack,
    toggle_class,
    update,
)
from dingnb.ui.kit.lists import set_children
from dingnb.words import capitalize, count, join_sentences, say, sentences

_KINDS_WITH_HINT = frozenset(
    {
        *("markdown", "url", "picture", "image", "file", "voice", "duration", "colour", "status_colour"),
        *("key", "template_id", "options", "deadline"),
    }
)
_KINDS_WITH_PATH_HINT = frozenset({"picture", "image", "file", "voice"})
"""The kinds with a path as hint, except in the app: its users choose the files to upload."""

_MEANT_BY_BLANK = {"field_type": "", "flag": "false", "counts": "last"}
"""The value that a blank field of a kind with few values stands for; it is not offered a second time."""

_ITEM_ACTIONS = ("up", "down", "remove")


class MediaView:
    """The widgets below a field for media: a file to choose, a column of paths, and objects of the notebook."""

    def __init__(self, form: Form, model: ComposeModel, place: FieldPlace) -> None:
        self._form = form
        self._model = model
        self._place = place
        kind = place.media_kind
        self.file = FileField(accepted_suffixes(kind), lambda: say(f"compose.media_kinds_{kind}"))
        self.column, self.variable = (widgets.Dropdown(options=[("", "")], value="") for _ in range(2))
        for widget in (self.column, self.variable):
            widget.add_class("dn-third")
        self.open_variables, self.remove = button(css_class="dn-link"), button(css_class="dn-link")
        self.chosen, self.no_variables = widgets.HTML(), widgets.HTML()
        self._variables: list[str] | None = None
        self.choices = stack([row([self.file, self.open_variables]), row([self.column, self.variable])])
        self.box = stack([row([self.chosen, self.remove]), self.choices, self.no_variables])
        form.on_change(self.file, lambda _: self._take_files())
        form.on_change(self.column, self._choose_column)
        form.on_change(self.variable, self._choose_variable)
        form.on_click(self.open_variables, self._toggle_variables)
        form.on_click(self.remove, self._remove)

    def render(self, state: ComposeState) -> None:
        """Show the chosen medium or folder, or the choices."""
        medium, folder = state.text.medium(self._place.path), state.text.folder(self._place.path)
        is_chosen = medium is not None or folder is not None
        show_if(is_chosen, self.chosen, self.remove)
        show_if(not is_chosen, self.choices)
        kind = self._place.media_kind
        if medium is not None:
            content = medium.content
            facts = [content.name, format_size(content.size)]
            if medium.variable:
                facts.append(medium.variable)
            name = f"<strong>{parts.shown(label_of(self._place))}</strong> "
            update(self.chosen, value=parts.status(name + parts.shown(" · ".join(facts))))
            update(self.remove, description=say("compose.media_remove", name=parts.short(content.name)))
        elif folder is not None:
            update(self.chosen, value=parts.status(parts.quiet(_folder_text(folder))))
            update(self.remove, description=say("compose.media_leave_folder"))
        label = say(f"compose.media_choose_{kind}")
        if self.file.description != label:
            self.file.set_label(label)
        update(self.file, tooltip=say("compose.media_large", megabytes=max_upload_bytes() // 1_000_000))
        show_if(bool(state.snapshot.tags), self.column)
        titles = column_titles(state.snapshot.frame)
        options = ((say("compose.choose"), ""), *((parts.short(titles[name]), name) for name in state.snapshot.tags))
        update(self.column, options=options, description=say("compose.media_column"))
        # The page of the app has no notebook, and no variable holds a voice.
        show_if(exports_folder() is None and kind != "voice", self.open_variables)
        update(self.open_variables, description=say("compose.media_open_variables"))
        self._render_variables(kind, is_chosen=is_chosen)

    def _render_variables(self, kind: str, *, is_chosen: bool) -> None:
        if is_chosen:
            self._variables = None
        show_if(bool(self._variables), self.variable)
        if self._variables:
            update(
                self.variable,
                options=((say("compose.choose"), ""), *((variable, variable) for variable in self._variables)),
            )
            update(self.variable, description=say("compose.media_variable"))
        is_empty = self._variables == []
        notice = parts.status(parts.quiet(say(f"compose.media_no_variables_{kind}"))) if is_empty else ""
        update(self.no_variables, value=notice)
        show_if(is_empty, self.no_variables)

    def _take_files(self) -> None:
        for name, data in self.file.take():
            self._model.choose_file(self._place.path, name, data)
        if self._model.state.text.medium(self._place.path) is not None:
            # The button that had the focus is hidden now.
            self.remove.focus()

    def _remove(self) -> None:
        self._model.remove_media(self._place.path)
        # The button that had the focus is hidden now.
        self.file.focus()

    def _toggle_variables(self) -> None:
        """List the objects that the notebook has now, or close the list."""
        self._variables = self._model.variables(self._place) if self._variables is None else None
        self._form.render()

    def _choose_column(self, column: str) -> None:
        if column:
            self._model.choose_column(self._place.path, column)
            self.column.value = ""

    def _choose_variable(self, name: str) -> None:
        if name:
            self._model.choose_variable(self._place.path, name)
            self.variable.value = ""


class FieldView:
    """
    A field's widgets.

    Attributes:
        place: The field.
        input: The input.
        helper_text: The length beside the label, and the remark below the input.
        media: The widgets below the text of a field for media; None for other fields.
        insert: The list that inserts columns; None for the main text, which has a toolbar, and fields without columns.
        box: All these widgets.
    """

    def __init__(self, form: Form, model: ComposeModel, place: FieldPlace) -> None:
        self._body_bytes = model.body_bytes
        self.place = place
        self.input, self.helper_text = _make_input(place), widgets.HTML()
        self.input.description_allow_html = bool(place.list_name)
        self.media = MediaView(form, model, place) if place.media_kind else None
        takes_columns = place.takes_columns and not place.is_main and not isinstance(self.input, widgets.Dropdown)
        self.insert = InsertMenu(form, model, place, self.input) if takes_columns else None
        children, css_classes = [self.input], ["dn-field"]
        if self.insert is not None:
            children.append(self.insert.box)
            css_classes.append("dn-with-insert")
        children.append(self.helper_text)
        if self.media is not None:
            children.append(self.media.box)
        if place.is_wide:
            css_classes.append("dn-whole-line")
        self.box = stack(children, *css_classes)

    def render(self, state: ComposeState, *, sets_text: bool) -> None:
        """
        Show the text of the field, or the medium chosen for it.

        Args:
            state: The state of the form.
            sets_text: Whether to set the text of the input, because it was not typed there.
        """
        path, view = self.place.path, state.view
        if state.refused is not None and state.refused[0] == path:
            failure = state.refused[1]
            view = replace(view, remarks={**view.remarks, path: Remark(failure.what, failure.hint)})
        remark = view.remarks.get(path)
        if remark is not None:
            # With the headings of columns, as on their buttons; tags may use these as well.
            titles = column_titles(state.snapshot.frame)
            what, hint = (with_column_titles(titles, words) for words in (remark.what, remark.hint))
            view = replace(view, remarks={**view.remarks, path: replace(remark, what=what, hint=hint)})
        self.render_text(state.text.at(path), view, state.snapshot.example_tag, sets_text=sets_text)
        if self.media is not None:
            show_if(state.text.medium(path) is None, self.input)
            self.media.render(state)
        if self.insert is not None:
            self.insert.render(state)
        types = USED_BY.get(self.place.name)
        if types is not None:
            kind = state.text.at(f"{self.place.list_name}[{self.place.number}].type")
            # A text that is not used stays visible.
            show_if(kind in types or not state.text.is_blank(path), self.box)

    def render_text(self, text: str, view: DraftView, example_tag: str, *, sets_text: bool) -> None:
        """
        Show the field's label, length and remark.

        Args:
            text: The field's text, with tags.
            view: The draft, for one row.
            example_tag: The tag of one of the list's columns; empty if the list has none.
            sets_text: Whether to set the text of the input, because it was not typed there.
        """
        path = self.place.path
        update(self.input, description=_label(self.place))
        if isinstance(self.input, widgets.Dropdown):
            update(self.input, options=_choices(self.place.field.kind, text))
            # New options choose the first one.
            update(self.input, value=text)
        else:
            # A blank key is made from the label.
            is_blank_key = self.place.field.kind == "key" and not text.strip()
            key = view.texts.get(path, "") if is_blank_key else ""
            update(self.input, placeholder=parts.short(key) or _hint(self.place, example_tag))
        if sets_text:
            update(self.input, value=text)
        remark = view.remarks.get(path)
        remark_text = ""
        tone: parts.Tone = ""
        if remark is not None:
            remark_text = sentences(remark.what, remark.hint).in_form()
            tone = "bad" if remark.is_error else "warn"
        rendered = view.texts.get(path, "")
        is_over = self._is_over(rendered, view)
        toggle_class(self.input, "dn-invalid", tone == "bad" or is_over)
        length = self._length_text(rendered, view.size)
        required = say("compose.required") if path in view.blank_fields and remark is None else ""
        if required:
            length = ""
        # Below a multiline input the line is kept even without a remark, so that nothing jumps during typing.
        helper_text = parts.helper_text(
            remark_text, required, length, tone, keeps_line=self.place.is_multiline, is_over=is_over
        )
        update(self.helper_text, value=helper_text)
        show_if(bool(remark_text or required or length), self.helper_text)

    @property
    def _counts_bytes(self) -> bool:
        return self.place.is_limited_by_body(self._body_bytes)

    def _is_over(self, text: str, view: DraftView) -> bool:
        """Return whether the text, or the message of which it is the main part, is longer than allowed in this row."""
        if self._counts_bytes and view.size is not None:
            return view.size > self._body_bytes
        limit = self.place.field.max_characters
        return limit is not None and len(text) > limit

    def _length_text(self, text: str, size: int | None) -> str:
        """Return the length of a text, and the limit that it reaches first; empty if that is not shown."""
        message_field = self.place.field
        if isinstance(self.input, widgets.Dropdown):
            return ""
        if message_field.kind == "options":
            return str(count("option", len(parse_options(text))))
        if self._counts_bytes and size is not None:
            return say("compose.counted_bytes", n=len(text), size=size, limit=self._body_bytes)
        if message_field.max_characters:
            return say("compose.counted_of", n=len(text), limit=message_field.max_characters)
        if message_field.advised_characters:
            return say("compose.counted_advised", n=len(text), limit=message_field.advised_characters)
        return str(count("character", len(text))) if self.place.is_multiline else ""


class MoreFields:
    """
    The fields that few messages, or items of a list, need, and the button that shows and hides them.

    The fields are shown from the start if any of them has a text, and never hidden while any of them has an error.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._is_open: bool | None = None
        self._is_shown = False
        self.toggle = button(css_class="dn-link")
        self.fields = stack([], "dn-pairs")
        self.box = stack([row([self.toggle]), self.fields])
        form.on_click(self.toggle, self._toggle)

    def render(self, state: ComposeState, views: Sequence[FieldView], item: str = "") -> None:
        """
        Show the fields if the user opened them, or if one of them needs attention.

        Args:
            state: The state of the form.
            views: The fields.
            item: The name of the item that the fields belong to; empty for fields of the message itself.
        """
        set_children(self.fields, [view.box for view in views])
        paths = {view.place.path for view in views}
        wrong = {path for path, remark in state.view.remarks.items() if remark.is_error} | {*state.view.blank_fields}
        is_open = any(map(state.text.is_changed, paths)) if self._is_open is None else self._is_open
        self._is_shown = is_open or bool(paths & wrong)
        key = "compose.fewer_fields" if self._is_shown else "compose.more_fields"
        update(self.toggle, description=say(f"{key}_of", item=item) if item else say(key))
        show_if(bool(views), self.box)
        show_if(self._is_shown, self.fields)

    def _toggle(self) -> None:
        self._is_open = not self._is_shown
        self._form.render()


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
        self.up, self.down, self.remove = (button(css_class=f"dn-icon-{name}") for name in _ITEM_ACTIONS)
        self.fields, self.more_fields = stack([], "dn-pairs"), MoreFields(form)
        head = row([self.heading, row([self.up, self.down, self.remove])], "dn-item-head-row")
        self.box = stack([head, self.fields, self.more_fields.box], "dn-card", "dn-item-card")
        for action in (self.up, self.down, self.remove):
            action.add_class("dn-icon-only")
        form.on_click(self.up, lambda: items.move(number, -1))
        form.on_click(self.down, lambda: items.move(number, 1))
        form.on_click(self.remove, lambda: items.remove(number))

    def render(self, model: ComposeModel, path: str, views: Sequence[FieldView]) -> None:
        """Show the item: its number, its fields, and which buttons have an effect."""
        item = item_name(model.state.text.msgtype, path, self._number)
        update(self.heading, value=parts.heading(capitalize(item)))
        for name, action in zip(_ITEM_ACTIONS, (self.up, self.down, self.remove), strict=True):
            update(action, description=say(f"compose.item_{name}", item=item))
        can_move = model.can_move
        set_available(self.up, can_move(path, self._number, -1), say("compose.is_first"), self.up.description)
        set_available(self.down, can_move(path, self._number, 1), say("compose.is_last"), self.down.description)
        can_remove = model.can_resize(path, -1)
        set_available(self.remove, can_remove, say("compose.none_left"), self.remove.description)
        set_children(self.fields, [view.box for view in views if not view.place.is_secondary])
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
        set_children(self._card_box, [card.box for card in self.cards[:count]])

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
    """The lists of all message types."""

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


def accepted_suffixes(kind: str) -> str:
    """Return the file suffixes of a kind of media, as a browser expects them."""
    return ",".join(suffix for name in KINDS[kind].formats for suffix in FORMATS[name].suffixes)


def _make_input(place: FieldPlace) -> widgets.DOMWidget:
    kind = place.field.kind
    if kind in CHOICES:
        first = _values(kind)[0]
        return widgets.Dropdown(options=_choices(kind, first), value=first)
    if kind == "options":
        return widgets.Textarea(rows=4)
    return widgets.Textarea(rows=7) if place.is_multiline else widgets.Text()


def _label(place: FieldPlace) -> str:
    """Return the label of a field as HTML; the item's name, which its card shows, is for screen readers only."""
    item, label = label_parts(place)
    return f'<span class="dn-visually-hidden">{parts.shown(item)}</span>{parts.shown(label)}' if item else label


def _values(kind: str) -> tuple[str, ...]:
    """Return the values to choose from; the first is the initial one."""
    if kind not in _MEANT_BY_BLANK:
        return CHOICES[kind]
    return ("", *(value for value in CHOICES[kind] if value != _MEANT_BY_BLANK[kind]))


def _choices(kind: str, text: str) -> tuple[tuple[str, str], ...]:
    values = _values(kind)
    choices = tuple((say(f"value.{kind}_{value or 'none'}"), value) for value in values)
    # The text may be a template.
    return choices if text in values else (*choices, (parts.short(text), text))


def _hint(place: FieldPlace, tag: str) -> str:
    """
    Return the example that a blank field shows.

    Args:
        place: The field.
        tag: The tag of one of the list's columns; empty if the list has none.
    """
    kind = place.media_kind if place.field.kind == "media_id" else place.field.kind
    if kind == "key" and place.number:
        # Each key is different, so the first two keys have different examples, and further keys none.
        return say("hint.key_second") if place.number == 1 else ""
    if kind in _KINDS_WITH_PATH_HINT and exports_folder() is not None:
        return say(f"hint.app_{kind}")
    return say(f"hint.{kind}", tag=tag or say("hint.tag")) if kind in _KINDS_WITH_HINT else ""


def _folder_text(folder: Folder) -> str:
    place = say("compose.media_in_folder", folder=folder.path) if folder.path else ""
    if folder.files:
        place = say("compose.media_uploaded", files=count("file", folder.files))
    return join_sentences([place, say("compose.media_named", name=folder.file_name) if folder.file_name else ""])
