"""The widgets that insert columns, formats and Markdown: at the caret in the app, otherwise at the end of a field."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape

import ipywidgets as widgets

from dingnb.recipients.column_titles import column_titles
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.compose import snippets
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.compose.text_by_column import TextByColumn
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.words import listed_briefly, say

MAX_CHIPS = 14
"""The maximum number of columns with a button of their own; further columns are in a list."""


class Toolbar:
    """
    The tools of the main text of a message: Markdown, a button for each column, columns with a format, texts by column.

    Args:
        form: The form that contains them.
        model: The form's model.
        focus: Moves the focus to the field at a path, so that the user can go on typing after the insertion.
    """

    def __init__(self, form: Form, model: ComposeModel, focus: Callable[[str], None]) -> None:
        self._form = form
        self._model = model
        self._focus = focus
        self._path = ""
        self._snapshot: Snapshot | None = None
        self._other_columns: list[tuple[str, str]] = []
        self.markdown = {kind: button(css_class=f"dn-icon-{kind}") for kind in snippets.MARKDOWN_KINDS}
        self.label, self.unusable, self.menu_tags = (widgets.HTML() for _ in range(3))
        self.chips: dict[str, widgets.Button] = {}
        self.more_columns, self.formats = (widgets.Dropdown(options=[("", "")], value="") for _ in range(2))
        for widget in (self.more_columns, self.formats):
            widget.add_class("dn-third")
        self.by_column = TextByColumn(form, model, focus)
        self._columns = row([], "dn-columns-row")
        self._markdown_row = row(self.markdown.values())
        self.box = stack(
            [
                *(self._markdown_row, self._columns),
                *(row([self.more_columns, self.formats, self.by_column.toggle]), self.unusable, self.menu_tags),
            ],
            "dn-tools",
        )
        for kind, tool in self.markdown.items():
            tool.add_class("dn-tool")
            form.on_click(tool, self._insert_markdown(kind))
        form.on_change(self.more_columns, lambda column: self._choose(self.more_columns, model.tags.get(column, "")))
        form.on_change(self.formats, lambda tag: self._choose(self.formats, tag))

    def render(self, state: ComposeState, place: FieldPlace) -> None:
        """Show the tools for a text."""
        self._path, snapshot = place.path, state.snapshot
        if snapshot is not self._snapshot:
            self._make_chips(snapshot)
        for kind, tool in self.markdown.items():
            update(tool, description=say(f"compose.{kind}"), tooltip=snippets.markdown_snippet(kind).strip())
        # With its row, since an empty row would indent what follows.
        show_if(place.field.kind == "markdown", self._markdown_row, *self.markdown.values())
        label = say("compose.columns", field=label_of(place)) if snapshot.tags else say("compose.no_columns")
        update(self.label, value=parts.quiet(label))
        titles = column_titles(snapshot.frame)
        for column, chip in self.chips.items():
            update(chip, description=parts.short(titles[column]), tooltip=snapshot.tags[column])
        show_if(bool(self._other_columns), self.more_columns)
        update(
            self.more_columns,
            options=((say("compose.choose"), ""), *self._other_columns),
            description=say("compose.more_columns"),
        )
        show_if(bool(snapshot.formats), self.formats)
        update(self.formats, options=((say("compose.choose"), ""), *snapshot.formats))
        update(self.formats, description=say("compose.formats"))
        unusable = [titles.get(name, name) for name in snapshot.unusable]
        names = listed_briefly(unusable, "column") if unusable else ""
        update(self.unusable, value=parts.quiet(say("compose.unusable", names=names)) if names else "")
        show_if(bool(names), self.unusable)
        self.by_column.render(state, place)
        update(self.menu_tags, value="" if exports_folder() is None else _menu_tags(snapshot, titles))

    def _make_chips(self, snapshot: Snapshot) -> None:
        """Make a button for each of the first columns, and list the remaining columns; existing buttons are kept."""
        names, titles = list(snapshot.tags), column_titles(snapshot.frame)
        unused = [chip for name, chip in self.chips.items() if name not in names[:MAX_CHIPS]]
        self.chips = {name: self.chips.get(name) or self._make_chip(name) for name in names[:MAX_CHIPS]}
        self._columns.children = [self.label, *self.chips.values()]
        self._other_columns = [(parts.short(titles[name]), name) for name in names[MAX_CHIPS:]]
        self._snapshot = snapshot
        for chip in unused:
            chip.close()

    def _make_chip(self, column: str) -> widgets.Button:
        chip = button(css_class="dn-chip")
        self._form.on_click(chip, lambda: self._insert(self._model.tags[column]))
        return chip

    def _insert_markdown(self, kind: str) -> Callable[[], None]:
        return lambda: self._insert(snippets.markdown_snippet(kind))

    def _choose(self, menu: widgets.Dropdown, tag: str) -> None:
        if tag:
            self._insert(tag)
            menu.value = ""

    def _insert(self, snippet: str) -> None:
        self._model.insert(self._path, snippet)
        self._focus(self._path)


def _menu_tags(snapshot: Snapshot, titles: Mapping[object, str]) -> str:
    """Return the tag of each option of the lists of columns and formats, for the page of the app, which inserts it."""
    options = [*((parts.short(titles[column]), tag) for column, tag in snapshot.tags.items()), *snapshot.formats]
    # The page sees only the text of an option.
    occurrences = Counter(text for text, _ in options)
    tags = {text: tag for text, tag in options if occurrences[text] == 1}
    return f'<span hidden data-tags="{escape(json.dumps(tags, ensure_ascii=False))}"></span>'


class InsertMenu:
    """
    The list beside a short field that inserts a column.

    Args:
        form: The form that contains it.
        model: The form's model.
        place: The field.
        field_input: The field's input, which gets the focus after an insertion.
    """

    def __init__(self, form: Form, model: ComposeModel, place: FieldPlace, field_input: widgets.DOMWidget) -> None:
        self._model = model
        self._place = place
        self._input = field_input
        self.box = widgets.Dropdown(options=[("", "")], value="")
        self.box.add_class("dn-insert")
        form.on_change(self.box, self._choose)

    def render(self, state: ComposeState) -> None:
        """Show the columns and formats."""
        snapshot = state.snapshot
        titles = column_titles(snapshot.frame)
        columns = tuple((parts.short(titles[column]), tag) for column, tag in snapshot.tags.items())
        update(self.box, options=((say("compose.insert"), ""), *columns, *snapshot.formats))
        update(self.box, description=say("compose.insert_into", field=label_of(self._place)))
        # A chosen file has no text that a column could be inserted into.
        show_if(bool(columns) and state.text.medium(self._place.path) is None, self.box)

    def _choose(self, tag: str) -> None:
        if tag:
            self._model.insert(self._place.path, tag)
            self.box.value = ""
            self._input.focus()
