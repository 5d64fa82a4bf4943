"""The widgets that insert snippets into a field: at the caret in the app, otherwise at the end."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape

import ipywidgets as widgets

from dingnb.recipients.column_titles import column_titles
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.compose import snippets
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.snippets import ColumnValue, ColumnValues
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, close_all, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.kit.lists import set_children
from dingnb.words import count, join_sentences, listed, listed_briefly, say

MAX_CHIPS = 14
"""The maximum number of columns with a button of their own; further columns are in a list."""

MAX_TEXTS = 12
"""The maximum number of values that can have a text of their own: the most frequent values."""


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


class ValueEntry:
    """The widgets of a value: the tick with which it gets a text of its own, and that text."""

    def __init__(self, form: Form, value: ColumnValue) -> None:
        self.value = value
        self.tick, self.text = widgets.Checkbox(indent=False), _text_area()
        form.on_change(self.tick, lambda _: form.render())

    def render(self) -> None:
        """Show the value, and the field of its text if it is ticked."""
        name = parts.short(self.value.text)
        update(self.tick, description=f"{name} · {count('row', self.value.rows)}")
        update(self.text, description=say("compose.by_column_text", value=name))
        show_if(self.tick.value, self.text)


class TextByColumn:
    """
    The panel: a column is chosen, its values are ticked, and the text of each is written, now or after the insertion.

    After the insertion it has a button for each text, which shows the first row with this text in the preview.

    Args:
        form: The form that contains it.
        model: The form's model.
        focus: Moves the focus to the field at a path.

    Attributes:
        toggle: The button that opens and closes it.
    """

    def __init__(self, form: Form, model: ComposeModel, focus: Callable[[str], None]) -> None:
        self._form, self._model, self._focus = form, model, focus
        self._path = self._chosen_column = ""
        self._snapshot: Snapshot | None = None
        self._is_open = self._is_inserted = self._is_refused = False
        self._insertions = 0
        self.toggle = button(css_class="dn-link")
        self.columns = widgets.Dropdown(options=[("", "")], value="")
        self.columns.add_class("dn-third")
        self.hint, self.notice, self.snippet = (widgets.HTML() for _ in range(3))
        show_if(False, self.snippet)  # noqa: FBT003 - only the script of the app's page reads it
        self.entries: list[ValueEntry] = []
        self.other = _text_area()
        self.insert_button, self.cancel_button = button(css_class="dn-insert-block"), button(css_class="dn-link")
        self.examples: list[widgets.Button] = []
        self._example_texts: list[str] = []
        # Many values take few lines: only those that are ticked have a text, below all ticks.
        self._ticks_box, self._texts_box, self._examples_box = stack([], "dn-values"), stack([]), row([])
        self._fields = stack([self.columns, self._ticks_box, self._texts_box, self.other])
        actions = row([self.insert_button, self.cancel_button])
        self.box = stack(
            [self.hint, self._fields, self._examples_box, self.notice, actions, self.snippet], "dn-by-column"
        )
        form.on_click(self.toggle, lambda: self._open(is_open=not self._is_open))
        form.on_change(self.columns, self._choose_column)
        form.on_click(self.insert_button, self._insert)
        form.on_click(self.cancel_button, self._cancel)

    def render(self, state: ComposeState, place: FieldPlace) -> None:
        """Show the panel, if it is open, for the columns of the list and the main text."""
        self._path, snapshot = place.path, state.snapshot
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self._start(is_open=False)
        show_if(bool(snapshot.tags), self.toggle)
        update(self.toggle, description=say("compose.by_column"))
        toggle_class(self.toggle, "dn-chosen", self._is_open)
        show_if(self._is_open, self.box)
        if self._is_open:
            self._render_panel(snapshot)

    def _render_panel(self, snapshot: Snapshot) -> None:
        groups, group, titles = snapshot.column_values, self._group, column_titles(snapshot.frame)
        options = (
            (f"{parts.short(titles[group.column])} · {count('value', len(group.distinct))}", group.column)
            for group in groups
        )
        update(
            self.columns, options=((say("compose.choose"), ""), *options), description=say("compose.by_column_which")
        )
        update(self.columns, value=self._chosen_column)
        show_if(bool(groups) and not self._is_inserted, self._fields)
        show_if(group is not None, self._ticks_box, self._texts_box, self.other)
        show_if(group is not None and not self._is_inserted, self.insert_button)
        show_if(self._is_inserted, self._examples_box)
        update(self.hint, value=parts.status(parts.quiet(self._hint(groups, group))))
        for entry in self.entries:
            entry.render()
        ticked = self._ticked
        rest = len(snapshot.frame) - sum(entry.value.rows for entry in ticked)
        blank = group.blank.rows if group is not None and group.blank is not None else 0
        key = "compose.by_column_other_blank" if blank else "compose.by_column_other"
        update(self.other, description=say(key, rows=count("row", rest), n=blank))
        self._is_refused = self._is_refused and not ticked
        tick = say("compose.by_column_tick")
        set_available(self.insert_button, bool(ticked), tick)
        update(self.insert_button, description=say("compose.by_column_insert"))
        update(self.notice, value=parts.status(parts.notice(tick, tone="warn")))
        show_if(self._is_refused, self.notice)
        for example, text in zip(self.examples, self._example_texts, strict=True):
            name = say("compose.by_column_example", value=parts.short(text))
            update(example, description=name if text else say("compose.by_column_example_other"))
        update(
            self.cancel_button,
            description=say("compose.by_column_close" if self._is_inserted else "compose.by_column_cancel"),
        )

    @property
    def _group(self) -> ColumnValues | None:
        """The values of the chosen column; None before a choice."""
        groups = () if self._snapshot is None or not self._chosen_column else self._snapshot.column_values
        return next((group for group in groups if group.column == self._chosen_column), None)

    @property
    def _ticked(self) -> list[ValueEntry]:
        return [entry for entry in self.entries if entry.tick.value]

    def _hint(self, groups: tuple[ColumnValues, ...], group: ColumnValues | None) -> str:
        if self._is_inserted:
            unwritten = [parts.short(entry.value.text) for entry in self._ticked if not entry.text.value.strip()]
            rest = say("compose.by_column_unwritten", names=listed(unwritten)) if unwritten else ""
            return join_sentences([say("compose.by_column_inserted"), rest, say("compose.by_column_examples")])
        if not groups:
            return say("compose.by_column_none", limit=snippets.MAX_VALUES)
        if group is None:
            return say("compose.by_column_about")
        more = len(group.distinct) - MAX_TEXTS
        return join_sentences(
            [say("compose.by_column_hint"), say("compose.by_column_more", n=MAX_TEXTS) if more > 0 else ""]
        )

    def _open(self, *, is_open: bool) -> None:
        self._start(is_open=is_open)
        self._form.render()

    def _cancel(self) -> None:
        self._open(is_open=False)
        # The button that had the focus is hidden now.
        self.toggle.focus()

    def _start(self, *, is_open: bool) -> None:
        """Open or close the panel, and clear what was chosen and written in it."""
        self._is_open, self._is_inserted = is_open, False
        self.other.value = ""
        self._show_entries("")
        self._show_examples([])

    def _choose_column(self, column: str) -> None:
        self._show_entries(column)
        self._form.render()

    def _show_entries(self, column: str) -> None:
        self._chosen_column, self._is_refused = column, False
        before, group = self.entries, self._group
        self.entries = [] if group is None else [ValueEntry(self._form, value) for value in group.distinct[:MAX_TEXTS]]
        set_children(self._ticks_box, [entry.tick for entry in self.entries])
        set_children(self._texts_box, [entry.text for entry in self.entries])
        for entry in before:
            close_all(entry.tick)
            close_all(entry.text)

    def _insert(self) -> None:
        """Insert the texts of the ticked values, and offer to show each of them in the preview."""
        group, ticked = self._group, self._ticked
        self._is_refused = not ticked
        if group is not None and ticked:
            self._is_inserted = True
            snippet = snippets.conditional_snippet(
                [(entry.value.condition, entry.text.value) for entry in ticked], self.other.value
            )
            self._show_examples(_examples_of(group, [entry.value for entry in ticked]))
            if exports_folder() is None:
                self._model.insert(self._path, snippet)
                self._focus(self._path)
            else:
                # The script of the app's page inserts the snippet at the caret. The number marks a repeated snippet.
                self._insertions += 1
                html = f'<span hidden data-snippet="{escape(snippet)}" data-number="{self._insertions}"></span>'
                update(self.snippet, value=html)
        self._form.render()

    def _show_examples(self, values: list[ColumnValue]) -> None:
        """Make a button for each example, which shows its first row in the preview."""
        before, self.examples = self.examples, [button(css_class="dn-chip") for _ in values]
        self._example_texts = [value.text for value in values]
        set_children(self._examples_box, [*self.examples])
        for example, value in zip(self.examples, values, strict=True):
            self._form.on_click(example, partial(self._model.show_row, value.first_row))
        for example in before:
            close_all(example)


def _examples_of(group: ColumnValues, own: list[ColumnValue]) -> list[ColumnValue]:
    """Return a value for each text, to show as an example; the example of the other values, if any, has no name."""
    others = [*(value for value in group.distinct if value not in own), *filter(None, [group.blank])]
    return [*own, *(replace(value, text="") for value in others[:1])]


def _text_area() -> widgets.Textarea:
    # Sent as a whole before a button is pressed, unlike text that is sent while it is typed.
    return widgets.Textarea(rows=2, continuous_update=False)
