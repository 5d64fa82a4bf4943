"""The part of the studio in which each person is assigned a file of their own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.media.content import format_size
from dingnb.ui.compose.field_views import accepted_suffixes
from dingnb.ui.kit import parts
from dingnb.ui.kit.files import FileField, max_upload_bytes
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.studio.files_model import FilesModel, FilesState, Matches
from dingnb.words import MAX_NAMES, count, listed_briefly, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form


class FilesView:
    """
    The widgets of the files.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "Form", model: FilesModel) -> None:
        self._model = model
        self.heading, self.report, self.lists = widgets.HTML(), widgets.HTML(), widgets.HTML()
        kinds = ",".join(map(accepted_suffixes, ("image", "file", "voice")))
        self.file = FileField(kinds, lambda: say("studio_files.kinds"), multiple=True)
        self.column = widgets.Dropdown(options=[("", "")], value="")
        # Sent when the field is left: an incomplete name would match nothing.
        self.pattern = widgets.Text(continuous_update=False)
        for widget in (self.column, self.pattern):
            widget.add_class("dn-third")
        self.use = button()
        self.choices = row([self.column, self.pattern], "dn-align-end")
        self.box = stack(
            [self.heading, row([self.file], "dn-align-end"), self.choices, self.report, self.lists, row([self.use])],
            "dn-section",
        )
        form.on_change(self.file, lambda _: self._load())
        form.on_change(self.column, self._choose_column)
        form.on_change(self.pattern, model.choose_pattern)
        form.on_click(self.use, self._use)

    def render(self, state: FilesState, titles: Mapping[str, str]) -> None:
        """
        Show the files and their matches.

        Args:
            state: The state of the files.
            titles: The columns that the template of the file names can use, with their titles.
        """
        hint = say("studio_files.hint", megabytes=max_upload_bytes() // 1_000_000)
        update(self.heading, value=parts.heading(say("studio_files.title")) + parts.quiet(hint))
        label = say("studio_files.choose_others" if state.files else "studio_files.choose")
        if self.file.description != label:
            self.file.set_label(label)
        show_if(bool(state.files), self.choices)
        # Hidden while the matched files are attached to the message.
        show_if(bool(state.files) and not state.used_count, self.use)
        options = (
            (say("studio_files.choose_column"), ""),
            *((parts.short(title), name) for name, title in titles.items()),
        )
        update(self.column, options=options, description=say("studio_files.column"))
        update(self.column, value=self._model.chosen_column)
        update(self.pattern, description=say("studio_files.pattern"), placeholder=say("studio_files.pattern_hint"))
        update(self.pattern, value=state.pattern)
        matched = 0 if state.matches is None else len(state.matches.files)
        update(self.use, description=self._model.use_text.in_form())
        update(self.use, button_style="primary" if matched else "")
        set_available(self.use, bool(matched), say("studio_files.nothing"))
        update(self.report, value=parts.status("".join(self._report(state))))
        update(self.lists, value="" if state.matches is None else _lists(state, state.matches))

    def _report(self, state: FilesState) -> Iterator[str]:
        if state.failure is not None:
            yield parts.failure_notice(state.failure)
        if state.is_working:
            yield parts.quiet(say("studio_files.working"))
        if not state.files:
            return
        size = format_size(sum(file.size for file in state.files))
        facts = [(say("studio_files.uploaded"), f"{count('file', len(state.files))} · {size}")]
        matches = state.matches
        if matches is not None:
            facts += [
                (say("studio_files.matched"), str(count("row", len(matches.files)))),
                (say("studio_files.missing"), str(count("row", len(matches.missing)))),
                (say("studio_files.ambiguous"), str(count("row", len(matches.ambiguous)))),
                (say("studio_files.unmatched"), str(count("file", len(matches.unmatched)))),
            ]
        yield parts.facts(facts)
        is_unmatched = matches is not None and not matches.files and not matches.ambiguous
        # The button that cannot be used yet says the same.
        if (is_unmatched or not state.pattern.strip()) and not state.is_working and state.failure is None:
            packed = next((file.name for file in state.files if file.name.lower().endswith(".rar")), "")
            todo = say("studio_files.packed_todo", name=packed) if packed else say("studio_files.nothing_todo")
            yield parts.notice(say("studio_files.nothing"), todo, "warn")
        if matches is not None:
            yield from self._unmatched_notices(state, matches)
        if state.awaited_assignment and matches is not None and not state.is_working:
            can_use = self._model.can_use
            todo = say("studio_files.reassigned_todo", button=self._model.use_text) if can_use else ""
            yield parts.notice(say("studio_files.reassigned"), todo, "warn")
        if state.used_count:
            yield parts.notice(say("studio_files.used", files=count("file", state.used_count)), "", "good")

    def _unmatched_notices(self, state: FilesState, matches: Matches) -> Iterator[str]:
        for key, names, n, unit in _unmatched_kinds(state, matches):
            if n:
                named = listed_briefly(names, unit, total=n)
                what = say(f"studio_files.{key}_are", n=count(unit, n), names=named)
                in_folders = key == "unmatched" and any("/" in name for name in names)
                todo = say("studio_files.in_folders_todo" if in_folders else f"studio_files.{key}_todo")
                yield parts.notice(what, todo, "warn")

    def _load(self) -> None:
        uploads = self.file.take()
        if uploads:
            self._model.load(uploads)

    def _use(self) -> None:
        # The button that was pressed will be hidden.
        self.file.focus()
        self._model.use()

    def _choose_column(self, column: str) -> None:
        if column:
            self._model.choose_column(column)


def _unmatched_kinds(state: FilesState, matches: Matches) -> tuple[tuple[str, Sequence[str], int, str], ...]:
    """Return the kinds of rows and files without a match: the key of the text, the names, their number, the noun."""
    return (
        ("missing", state.missing, len(matches.missing), "row"),
        ("ambiguous", state.ambiguous, len(matches.ambiguous), "row"),
        ("unmatched", state.unmatched, len(matches.unmatched), "file"),
    )


def _lists(state: FilesState, matches: Matches) -> str:
    """Return lists of the names that the notices only show in part, each with the number of names it leaves out."""
    shown = []
    for key, names, n, _ in _unmatched_kinds(state, matches):
        if n > MAX_NAMES:
            more = [say("plan_form.more_rows", n=n - len(names))] if n > len(names) else []
            shown.append(parts.collapsible_text(say(f"studio_files.{key}"), "\n".join([*names, *more])))
    return "".join(shown)
