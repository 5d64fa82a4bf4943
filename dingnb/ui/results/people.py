"""The table of results: the search, pages, and the list to choose a person from."""

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.result_texts import status_name
from dingnb.campaigns.status import Status
from dingnb.tables.cells import is_missing, show
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update, update_choice
from dingnb.ui.kit.lists import NumberedPager, range_of_page
from dingnb.ui.kit.times import format_recent
from dingnb.ui.results.answers import answer_texts, has_answered, tally_labels, with_question
from dingnb.ui.results.export import ExportModel, ExportView
from dingnb.ui.results.model import ResultsModel, ResultsState
from dingnb.ui.results.tiles import STATUS_ICONS, tone_of
from dingnb.words import NOTHING, Text, count, say

if TYPE_CHECKING:
    from dingnb.ui.results.actions import ActionsView
    from dingnb.ui.results.form import ResultsForm

_ANY_ANSWER = ""
"""The value of the option for any answer; with None, a drop-down list would show no choice."""


class PeopleView:
    """
    The widgets of the table.

    Args:
        form: The form that contains them.
        model: The model.
        export: The model of the export.
        actions: The actions, one of which is the recall from the people who are shown.
        details: The widgets of the chosen person's details, shown next to the table.
    """

    def __init__(
        self,
        form: "ResultsForm",
        model: ResultsModel,
        export: ExportModel,
        actions: "ActionsView",
        details: widgets.VBox,
    ) -> None:
        self._model, self._actions = model, actions
        self._resets, self._brings_into_view = 0, False
        self._listed: Answers | None = None
        self._options: list[tuple[str, Any]] = []
        self.heading, self.table, self.notice = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.search = widgets.Text()
        self.filter = button(css_class="dn-filter")
        self.clear, self.first = button(css_class="dn-link"), button(css_class="dn-link")
        self.answer = widgets.Dropdown(options=[("", _ANY_ANSWER)])
        self.answer.add_class("dn-third")
        self.export, self.recall = ExportView(form, export), button()
        self.people = widgets.Select(options=[], index=None)
        self.hint, self.pager = widgets.HTML(), NumberedPager(form, model.turn_to)
        self.search.add_class("dn-third")
        self.hint.add_class("dn-hide-if-disconnected")
        self._list = widgets.Box([self.table, self.people])
        self._list.add_class("dn-select-table")
        self._list.add_class("dn-results")
        buttons = [self.export.button, self.recall]
        filters = row([self.search, self.answer, self.filter, self.clear, *buttons], "dn-align-end")
        columns = widgets.HBox([stack([self._list, self.pager.box], "dn-editor"), details])
        columns.add_class("dn-columns")
        self.box = stack(
            [self.heading, filters, self.export.outcome, row([self.notice, self.hint, self.first]), columns],
            "dn-section",
        )
        form.on_change(self.search, model.search)
        form.on_change(self.answer, lambda chosen: model.filter_by_answer(chosen or None))
        form.on_click(self.filter, self._remove_filter)
        form.on_click(self.clear, model.clear)
        form.on_click(self.recall, lambda: actions.open_recall(model.recall_of_found.who))
        form.on_click(self.first, lambda: model.step(0))
        form.on_change(self.people, model.choose)

    def render(self, state: ResultsState, snapshot: Snapshot, *, names_campaign: bool) -> None:
        """
        Show the filters and the current page.

        Args:
            state: The state of the results.
            snapshot: The results.
            names_campaign: Whether the heading names the campaign, because reminders of it are shown as well.
        """
        shown = state.shown
        campaign = parts.quiet(say("campaign.title", name=parts.short(self._model.run.name))) if names_campaign else ""
        update(self.heading, value=parts.heading(say("results_form.people")) + campaign)
        self._render_filters(state, snapshot)
        merged = parts.quiet(say("results_form.merged_rows")) if snapshot.merges_rows and shown.found else ""
        update(self.notice, value=" ".join((parts.status(parts.quiet(_found(state))), merged)))
        positions = shown.page_positions
        page = snapshot.frame.iloc[positions]
        names = [name_lines(snapshot, label, result) for label, result in page.astype(object).iterrows()]
        columns = _columns(self._model.clock.now_ns(), state.answers, snapshot)
        header = [say("results_form.person"), *(say(column.title) for column in columns)]
        kinds = ["dn-name", *(column.kind for column in columns)]
        show_if(bool(positions), self._list)
        update(
            self.table,
            value=parts.selectable_table(_found(state), header, _rows(names, page, positions, columns), kinds),
        )
        options = (" · ".join(filter(None, name)) for name in names)
        self._render_list(tuple(zip(options, positions, strict=True)), state.chosen)
        self.pager.render(shown.page, shown.pages, say("results_form.earlier"), say("results_form.later"))
        # These stay while details are shown, so that the table does not move.
        show_if(bool(positions), self.hint, self.first)
        set_available(self.first, state.chosen is None)
        update(self.first, description=say("form.open_first"))
        update(self.hint, value=parts.quiet(say("results_form.choose_hint")))

    def filter_by(self, status: str) -> None:
        """Show only the rows with a status, and bring the table into view; an empty status shows all."""
        self._brings_into_view = bool(status)
        self._model.filter_by(status)

    def _remove_filter(self) -> None:
        self._model.filter_by("")
        # The button of the filter is hidden now, and would lose the focus.
        self.people.focus()

    def _render_filters(self, state: ResultsState, snapshot: Snapshot) -> None:
        shown = state.shown
        show_if(bool(shown.status), self.filter)
        if shown.status:
            name = snapshot.name_of(shown.status)
            update(
                self.filter,
                description=say("results_form.filter", name=name),
                tooltip=say("results_form.filter_remove"),
            )
            if self._brings_into_view:
                # Only now: before, the button of the filter was hidden.
                self._brings_into_view = False
                self.filter.focus()
        hint = say("results_form.search_hint")
        update(self.search, description=say("form.search"), placeholder=hint)
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.search, value=shown.query)
        update(self.clear, description=say("form.clear"))
        # Not hidden, since it would lose the focus.
        set_available(self.clear, bool(shown.status or shown.query or shown.answer))
        self._render_answers(state)
        self.export.render()
        recall = self._model.recall_of_found
        show_if("recall" in self._actions.model.offered and bool(recall.people), self.recall)
        key = "results_form.recall_found_shared" if recall.is_shared else "results_form.recall_found"
        update(self.recall, description=say(key, people=count(self._actions.model.unit, recall.people)))

    def _render_answers(self, state: ResultsState) -> None:
        """Show the list of answers to filter by, once there is an answer."""
        answers, chosen = state.answers, state.shown.answer
        has_answers = answers is not None and bool(answers.frame["answer"].notna().any())
        show_if(chosen is not None or has_answers, self.answer)
        if answers is None:
            return
        if answers is not self._listed:
            self._listed, self._options = answers, _answer_options(answers)
        options = list(self._options)
        if chosen is not None and chosen not in [value for _, value in options]:
            # The chosen answer stays in the list, even if no row has it any more.
            options.append((say("answers_form.option", answer=parts.short(str(chosen[1])), n=0), chosen))
        update_choice(self.answer, options, chosen or _ANY_ANSWER)
        update(self.answer, description=say("answers_form.filter"))

    def _render_list(self, options: tuple[tuple[str, int], ...], chosen: int | None) -> None:
        update(self.people, description=say("results_form.choose"))
        positions = [position for _, position in options]
        index = positions.index(chosen) if chosen in positions else None
        if self.people.options == options and self.people.index == index:
            return
        # Both at once, or another person would briefly appear to be chosen.
        with self.people.hold_sync():
            if self.people.options != options:
                self.people.index = None
                self.people.options = options
                # A single row would be drawn as a drop-down list.
                self.people.rows = max(len(options), 2)
            self.people.index = index


def person_name(snapshot: Snapshot, label: Hashable, result: "pd.Series[Any]") -> str:
    """Return a person's name: the kept columns and the id, or the row's label if there is no id."""
    return " · ".join(filter(None, name_lines(snapshot, label, result)))


def name_lines(snapshot: Snapshot, label: Hashable, result: "pd.Series[Any]") -> tuple[str, str]:
    """
    Return the kept columns, and below them the id, or the row's label; without kept columns, only the id or label.

    If the directory has another name for the person, that name comes first.
    """
    userid = "" if is_missing(result["userid"]) else str(result["userid"])
    # With the label, since a person with a rejected row may have several rows.
    is_named = not userid or result["status"] == Status.REJECTED
    # Without the heading of the labels, which the ledger does not store.
    row_text = say("row.numbered", label=snapshot.labels.get(label, show(label))) if is_named else ""
    identity = " · ".join(parts.short(part) for part in (userid, row_text) if part)
    texts = [show(cell).strip() for cell in result.iloc[: snapshot.kept_count] if not is_missing(cell)]
    kept_texts = " · ".join(_with_other_name(snapshot, text, userid) for text in texts)
    return (kept_texts, identity) if kept_texts else (identity, "")


def _with_other_name(snapshot: Snapshot, text: str, userid: str) -> str:
    other_name = snapshot.other_names.get((text, userid))
    if other_name is None:
        return parts.short(text)
    return say("directory.named_in_list", name=parts.short(other_name), listed=parts.short(text))


def _answer_options(answers: Answers) -> list[tuple[str, Any]]:
    """Return an option for any answer, and an option for each answer, with the number of rows that it finds."""
    options: list[tuple[str, Any]] = [(say("answers_form.any", n=len(answers.frame)), _ANY_ANSWER)]
    for question, answer, label in tally_labels(answers):
        asked = "" if question == "answer" else parts.short(answers.label_of(question))
        rows = int(answers.is_unanswered.sum()) if answer is None else answers.rows_by_answer[question, answer]
        shown = say("answers_form.option", answer=with_question(asked, parts.short(label)), n=rows)
        options.append((shown, (question, answer)))
    return options


class _Column(NamedTuple):
    """
    A column of the table.

    Attributes:
        title: The key of the title.
        kind: The class, which sets the width, and the place in a narrow pane.
        cell: Returns the cell for a row and the row's position.
    """

    title: str
    kind: str
    cell: "Callable[[pd.Series[Any], int], parts.Cell]"


def _columns(now_ns: int, answers: Answers | None, snapshot: Snapshot) -> list[_Column]:
    """Return the columns after the names: the same on each page, so that no column moves when a page is turned."""
    excluded, two_versions = snapshot.excluded, snapshot.two_versions

    def time_cell(result: "pd.Series[Any]", _position: int) -> parts.Cell:
        return parts.Cell(format_recent(result["updated_at"], now_ns))

    def answered_cell(_row: "pd.Series[Any]", position: int) -> parts.Cell:
        answered_at = None if answers is None else answers.frame["answered_at"].iloc[position]
        return parts.Cell(format_recent(answered_at, now_ns))

    def status_cell(result: "pd.Series[Any]", position: int) -> parts.Cell:
        return _status_cell(result, is_excluded=position in excluded)

    status = _Column("results_form.status", "dn-status", status_cell)
    if answers is None:
        reason = _Column(
            "results_form.fact_reason",
            "dn-reason",
            lambda result, position: _reason_cell(result, two_versions.get(position, NOTHING)),
        )
        return [status, reason, _Column("results_form.fact_updated_at", "dn-time", time_cell)]
    answer = _Column(
        "results_form.answer_or_reason", "dn-reason", lambda result, position: _answer_cell(result, position, answers)
    )
    return [status, answer, _Column("answers_form.answered_at", "dn-time", answered_cell)]


def _reason_cell(result: "pd.Series[Any]", two_versions: Text = NOTHING) -> parts.Cell:
    reason, hint = _text(result["reason"]), _text(result["hint"])
    if reason or two_versions:
        return parts.Cell(reason or str(two_versions), hint if reason else "")
    # For people who keep an earlier version, only the hint says so; after a recall, it says what may be sent next.
    says_why = hint and result["status"] != Status.RECALLED
    return parts.Cell(hint) if says_why else parts.Cell("—", is_blank=True)


def _answer_cell(result: "pd.Series[Any]", position: int, answers: Answers) -> parts.Cell:
    """Return the answer; without one, why there is none, if that is known."""
    if not has_answered(answers, position):
        # Without a card there is nothing to answer.
        may_answer = answers.may_answer[position] and is_missing(result["reason"])
        return parts.Cell(say("answers_form.has_not_answered")) if may_answer else _reason_cell(result)
    texts = [with_question(question, text) for question, text in answer_texts(answers, position)]
    texts = texts or [say("answers_form.has_answered")]
    is_late = answers.frame["late"].iloc[position]
    late = say("answers_form.late") if not is_missing(is_late) and is_late else ""
    return parts.Cell(" · ".join(filter(None, [*texts, late])))


def _status_cell(result: "pd.Series[Any]", *, is_excluded: bool) -> parts.Cell:
    status, evidence = result["status"], result["evidence"]
    tone = tone_of(status, evidence, is_excluded=is_excluded)
    return parts.Cell(status_name(status, result["read"], evidence), "", tone, STATUS_ICONS[status])


def _rows(
    names: list[tuple[str, str]], page: pd.DataFrame, positions: list[int], columns: list[_Column]
) -> Iterator[tuple[str, str, list[parts.Cell]]]:
    rows = zip(names, page.astype(object).iterrows(), positions, strict=True)
    for (name, detail), (_, result), position in rows:
        yield name, detail, [column.cell(result, position) for column in columns]


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def _found(state: ResultsState) -> str:
    """Return which of the filtered rows the page shows, or that there are none."""
    shown = state.shown
    if not shown.total:
        return say("results_form.nobody")
    if not shown.found:
        if shown.answer is not None:
            # With other filters, or for people without an answer, "nobody gave this answer" would not be true.
            is_of_answer = shown.answer[1] is not None and not (shown.status or shown.query)
            return say("answers_form.nobody" if is_of_answer else "answers_form.none_found")
        if not shown.query:
            return say("results_form.none")
        return say(
            "results_form.none_found_with_status" if shown.status else "results_form.none_found", query=shown.query
        )
    return range_of_page(shown.first, len(shown.page_positions), shown.found)
