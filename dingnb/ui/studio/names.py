"""The part of the studio that finds people by name, and lets the user choose the people of unclear rows."""

from collections.abc import Callable
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.recipients.column_titles import column_titles
from dingnb.recipients.row_matcher import NAME_ONLY, REPEATED
from dingnb.tables.cells import show
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.tables.row_labels import index_heading
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.kit.lists import Pager, set_children, update_entries
from dingnb.ui.studio.directory_model import age_of_people
from dingnb.ui.studio.names_model import (
    EVIDENCE_KINDS,
    NOBODY,
    UNCLEAR_OUTCOMES,
    Candidate,
    MatchResult,
    NamesModel,
    NamesState,
)
from dingnb.words import TextLike, capitalize, count, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_MAX_COLUMNS = 8
_CHOICE_CLASS = "dn-item-choice"


class NamesView:
    """
    The button that opens matching, what using the matched list has done, and the widgets of matching once it is open.

    Its `footer` has the button that uses the matched list, for the footer of the form.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "Form", model: NamesModel) -> None:
        self._form, self._model = form, model
        self._panel: NamesPanel | None = None
        self.toggle, self.used = button(css_class="dn-link"), widgets.HTML()
        self.box, self.footer = stack([row([self.toggle]), self.used], "dn-section"), row([])
        form.on_click(self.toggle, model.toggle)

    @property
    def panel(self) -> "NamesPanel":
        """The widgets of matching, made when it first opens."""
        if self._panel is None:
            self._panel = NamesPanel(self._form, self._model, self.toggle)
            self.box.children = [*self.box.children, self._panel.box]
            self.footer.children = [self._panel.use, self._panel.unclear]
        return self._panel

    def render(self, state: NamesState) -> None:
        """Show whether matching is open, and its widgets if it is."""
        update(self.toggle, description=say("names_form.close" if self._model.is_open else "names_form.open"))
        update(self.used, value=_used(state))
        show_if(bool(state.used_count), self.used)
        if self._model.is_open or self._panel is not None:
            self.panel.render(state)


class NamesPanel:
    """
    The widgets of matching.

    Args:
        form: The form that contains them.
        model: The model.
        toggle: The button that opens and closes it.
    """

    def __init__(self, form: "Form", model: NamesModel, toggle: widgets.Button) -> None:
        self._form, self._model, self._toggle = form, model, toggle
        self.find, self.cancel = button(tone="primary"), button()
        self.refresh, self.use = button(css_class="dn-link"), button(tone="primary")
        self.heading, self.age, self.report, self.unclear = (widgets.HTML() for _ in range(4))
        self.columns = {kind: widgets.Dropdown(options=[("", -1)], value=-1) for kind in EVIDENCE_KINDS}
        # Sent when the field is left: the beginning of a name could be the name of another list.
        self.list_name = widgets.Text(continuous_update=False)
        for widget in (*self.columns.values(), self.list_name):
            widget.add_class("dn-third")
        self.accept, self.risk = widgets.Checkbox(value=False, indent=False), widgets.HTML()
        self.queue = QueueView(form, model, self.use)
        self.choices = ChoicesView(form, model, self._undo_choice)
        self._columns_box = row(self.columns.values(), "dn-align-end")
        self._result = stack([self.accept, self.risk, self.queue.box, self.choices.box])
        reading = row([self.find, self.cancel, self.age, self.refresh])
        self.box = stack(
            [self.heading, self._columns_box, row([self.list_name], "dn-align-end"), reading, self.report, self._result]
        )
        for kind, column in self.columns.items():
            form.on_change(column, partial(model.choose_column, kind))
        form.on_change(self.list_name, model.name_list)
        form.on_change(self.accept, lambda accepts: model.accept_names(accepts=accepts))
        form.on_click(self.find, model.find)
        form.on_click(self.refresh, lambda: model.find(refresh=True))
        form.on_click(self.cancel, model.cancel)
        form.on_click(self.use, self._use)

    def render(self, state: NamesState) -> None:
        """Show the matches and the unclear rows."""
        is_open = self._model.is_open
        show_if(is_open, self.box)
        # Hidden data must not stay on the page or in a saved notebook.
        result = state.result if is_open else None
        self.queue.render(state, result)
        self.choices.render(state, result)
        if not is_open:
            return
        update(self.heading, value=parts.heading(say("names_form.title")) + parts.quiet(say("names_form.hint")))
        self._render_columns(state)
        is_working = bool(state.progress)
        update(self.find, description=say("names_form.find_again" if result else "names_form.find"))
        update(self.find, button_style="" if result else "primary")
        update(self.cancel, description=say("directory_form.cancel"))
        # Neither hidden nor disabled, since it would lose the focus. The model ignores further presses.
        set_available(self.find, not is_working, say("form.working"))
        show_if(is_working, self.cancel)
        update(self.list_name, description=say("names_form.list_name"), placeholder=say("names_form.list_name_hint"))
        update(self.list_name, value=state.list_name)
        update(self.refresh, description=say("directory_form.refresh"))
        show_if(result is not None and not is_working, self.refresh, self.age)
        if result is not None:
            size = count("person", len(result.people))
            age = say("names_form.age", size=size, age=age_of_people(result.people, self._model.clock))
            # Beside the buttons as well, since the figures below are out of view in a low window.
            unclear = len(self._model.queue())
            outcome = [say("names_form.outcome", n=self._model.rows_with_person)]
            still_unclear = [say("names_form.outcome_unclear", n=unclear)] if unclear else []
            outcome += still_unclear
            update(self.unclear, value="".join(map(parts.quiet, still_unclear)))
            update(self.age, value=parts.status(parts.quiet(" · ".join((*outcome, age)))))
        update(self.report, value=_report(state, self._model))
        show_if(result is not None, self._result)
        self._render_accept(state)
        update(self.use, description=say("names_form.use", rows=count("row", self._model.rows_with_person)))
        set_available(self.use, bool(self._model.rows_with_person) and not is_working, say("names_form.nobody"))

    def _use(self) -> None:
        # Focus a button that stays, since the list closes.
        self._toggle.focus()
        self._model.use()

    def _undo_choice(self, position: int) -> None:
        self._model.undo_choice(position)
        # The button that was pressed is gone; focus a button that stays and removes nothing.
        (self.queue.later if self._model.queue() else self._toggle).focus()

    def _render_columns(self, state: NamesState) -> None:
        offered = dict(self._model.offered_columns())
        none, titles = (say("names_form.no_column"), -1), self._model.column_titles
        for kind, column in self.columns.items():
            show_if(kind in offered, column)
            options = (none, *((parts.short(titles[name]), at) for at, name in offered.get(kind, [])))
            update(column, options=options, description=capitalize(say(f"match.kind_{kind}")))
            update(column, value=state.columns.get(kind, -1))

    def _render_accept(self, state: NamesState) -> None:
        rows = self._model.name_only_rows
        show_if(bool(rows) or state.accepts_name, self.accept, self.risk)
        update(self.accept, description=say("names_form.accept", rows=count("row", rows)), value=state.accepts_name)
        risk = say("names_form.accept_risk")
        update(self.risk, value=parts.notice(risk, "", "warn") if state.accepts_name else parts.quiet(risk))


class QueueView:
    """
    The widgets of the unclear rows, one at a time with its candidates.

    Args:
        form: The form that contains them.
        model: The model.
        use: The button that makes the list the recipients.
    """

    def __init__(self, form: "Form", model: NamesModel, use: widgets.Button) -> None:
        self._form, self._model, self._use = form, model, use
        self._resets = 0
        self.cards: dict[tuple[int, str], CandidateCard] = {}
        self.heading, self.row, self.candidates_heading, self.no_candidates = (widgets.HTML() for _ in range(4))
        self.leave_out: dict[int, widgets.Button] = {}
        self.earlier, self.later = button(), button()
        self.search = widgets.Text()
        self.search.add_class("dn-wide")
        self._cards_box = stack([])
        self.row.add_class("dn-as-written")
        self._leave_out_box = row([])
        left = stack([self.row, self._leave_out_box])
        right = stack([self.candidates_heading, self._cards_box, self.no_candidates, self.search])
        self.columns = widgets.HBox([left, right])
        self.columns.add_class("dn-columns")
        # A row of their own, so that they stay together where the heading leaves too little space for both.
        steps = row([self.earlier, self.later])
        self.box = stack([row([self.heading, steps]), self.columns], "dn-section")
        form.on_click(self.earlier, lambda: model.step(-1))
        form.on_click(self.later, lambda: model.step(1))
        form.on_change(self.search, model.search)

    def render(self, state: NamesState, result: MatchResult | None) -> None:
        """Show the row and its candidates."""
        queue = [] if result is None else self._model.queue()
        index = min(state.queue_index, len(queue) - 1)
        position = queue[index] if queue else -1
        show_if(result is not None, self.box)
        show_if(bool(queue), self.columns, self.earlier, self.later)
        update_entries(self.leave_out, [position] if queue else [], self._new_leave_out)
        set_children(self._leave_out_box, list(self.leave_out.values()))
        if result is None or position < 0:
            update(self.heading, value=parts.status(parts.notice(say("names_form.all_clear"), "", "good")))
            for widget in (self.row, self.no_candidates, self.search):
                update(widget, value="")
            # The next row shows the text of the search again.
            self._resets = -1
            update_entries(self.cards, (), self._new_card)
            set_children(self._cards_box, [])
            return
        outcome = say(f"names_form.result_{result.outcome(position).replace(' ', '_')}")
        head = say("names_form.unclear", n=index + 1, total=len(queue), result=outcome)
        update(self.heading, value=parts.status(parts.heading(head)))
        update(self.earlier, description=say("names_form.earlier"))
        update(self.later, description=say("names_form.later"))
        set_available(self.earlier, index > 0, say("names_form.none_earlier"))
        set_available(self.later, index < len(queue) - 1, say("names_form.none_later"))
        update(self.row, value=_row(result, position))
        update(self.leave_out[position], description=say("names_form.leave_out"))
        self._render_candidates(state, position)

    def _render_candidates(self, state: NamesState, position: int) -> None:
        candidates = self._model.candidates()
        keys = [(position, candidate.userid) for candidate in candidates]
        update_entries(self.cards, keys, self._new_card)
        for key, candidate in zip(keys, candidates, strict=True):
            self.cards[key].render(candidate)
        set_children(self._cards_box, [self.cards[key].box for key in keys])
        update(self.candidates_heading, value=parts.heading(say("names_form.candidates")))
        text_key = "names_form.none_found" if state.query else "names_form.no_candidates"
        no_candidates = "" if candidates else parts.status(parts.quiet(say(text_key, query=state.query)))
        update(self.no_candidates, value=no_candidates)
        hint = say("directory_form.search_people_hint")
        update(self.search, description=say("names_form.search"), placeholder=hint)
        if state.resets != self._resets:
            # Only after a reset or while nothing was shown, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.search, value=state.query)

    def _new_leave_out(self, position: int) -> widgets.Button:
        # One button for each row, so that a second press does not leave out the next row.
        widget = button()
        self._form.on_click(widget, lambda: self._choose(position, NOBODY))
        return widget

    def _new_card(self, key: tuple[int, str]) -> "CandidateCard":
        position, userid = key
        return CandidateCard(self._form, lambda: self._choose(position, userid))

    def _choose(self, position: int, userid: str) -> None:
        # Focus a button that stays and chooses nobody.
        (self.later if len(self._model.queue()) > 1 else self._use).focus()
        self._model.choose(position, userid)


class CandidateCard:
    """
    The widgets of one candidate.

    Args:
        form: The form that contains them.
        choose: Called when the candidate is chosen.
    """

    def __init__(self, form: "Form", choose: Callable[[], object]) -> None:
        self.facts, self.choose = widgets.HTML(), button()
        self.facts.add_class("dn-as-written")
        self.box = stack([self.facts, row([self.choose])], "dn-card")
        form.on_click(self.choose, choose)

    def render(self, candidate: Candidate) -> None:
        """Show the details of the candidate."""
        facts = [
            (say("names_form.userid"), candidate.userid),
            (say("match.kind_department"), candidate.departments),
            (say("names_form.job_title"), candidate.title),
            (say("match.kind_job_number"), candidate.job_number),
            (say("match.kind_mobile"), candidate.mobile_end),
        ]
        name = f"<strong>{parts.shown(parts.short(candidate.name))}</strong>"
        update(self.facts, value=name + parts.facts([(label, value) for label, value in facts if value]))
        who = parts.short(" · ".join(filter(None, (candidate.name, candidate.userid))))
        update(self.choose, description=say("names_form.choose", who=who))


class ChoicesView:
    """
    The widgets of the rows with a choice, new or remembered.

    Args:
        form: The form that contains them.
        model: The model.
        undo: Called with the position of a row to undo its choice.
    """

    def __init__(self, form: "Form", model: NamesModel, undo: Callable[[int], object]) -> None:
        self._form, self._model, self._undo_choice = form, model, undo
        self.rows: dict[int, ChoiceRow] = {}
        self.heading, self._column_heads = widgets.HTML(), widgets.HTML()
        self._rows_box = stack([], "dn-list")
        self.pager = Pager(form, lambda by: model.turn_to(max(model.chosen_rows().page + by, 0)))
        table = stack([self._column_heads, self._rows_box], "dn-list-box")
        self.box = stack([self.heading, table, self.pager.box], "dn-section")

    def render(self, state: NamesState, result: MatchResult | None) -> None:
        """Show a page of the rows."""
        chosen = self._model.chosen_rows()
        on_page = chosen.page_positions if result is not None else []
        show_if(bool(on_page), self.box)
        update_entries(self.rows, on_page, self._new_row)
        if result is not None:
            for position in on_page:
                self.rows[position].render(result, position, state.choices.get(position))
        set_children(self._rows_box, [self.rows[position].box for position in on_page])
        update(self._column_heads, value=parts.list_head([*_columns_of_choices(), ""], _CHOICE_CLASS))
        update(self.heading, value=parts.heading(say("names_form.choices", rows=count("row", chosen.total))))
        self.pager.render(chosen.page, chosen.pages, count("row", chosen.total))

    def _new_row(self, position: int) -> "ChoiceRow":
        return ChoiceRow(self._form, lambda: self._undo_choice(position))


class ChoiceRow:
    """
    The widgets of one row with a choice.

    Args:
        form: The form that contains them.
        remove: Called to undo the choice.
    """

    def __init__(self, form: "Form", remove: Callable[[], object]) -> None:
        self.cells, self.remove = widgets.HTML(), button(css_class="dn-link")
        self.box = row([self.cells, self.remove], "dn-item", _CHOICE_CLASS)
        form.on_click(self.remove, remove)

    def render(self, result: MatchResult, position: int, chosen: str | None) -> None:
        """
        Show the choice.

        Args:
            result: The result of matching.
            position: The row's position.
            chosen: The userid chosen now; `NOBODY` if the row is left out, None for a remembered choice.
        """
        label = show(result.label(position))
        evidence = " ".join(filter(None, (show(result.frame[column].iloc[position]) for column in result.by.values())))
        values = [label, evidence, _choice_text(result, position, chosen)]
        update(self.cells, value=parts.cells(zip(_columns_of_choices(), map(parts.shown, values), strict=True)))
        update(self.remove, description=say("names_form.take_back"), tooltip=parts.short(f"{label} · {evidence}"))


def _used(state: NamesState) -> str:
    if not state.used_count:
        return ""
    rest = (
        say("names_form.used_rest", rows=count("row", state.rows_without_person)) if state.rows_without_person else ""
    )
    return parts.status(parts.notice(say("names_form.used", rows=count("row", state.used_count)), rest, "good"))


def _report(state: NamesState, model: NamesModel) -> str:
    report = parts.failure_alert(state.failure)
    if state.progress:
        bar = parts.bar([(state.share, "")], say("progress.label")) if state.share is not None else ""
        return report + parts.status(parts.quiet(state.progress)) + bar
    result = state.result
    if result is None:
        text = say("names_form.kept", rows=count("row", len(state.choices))) if state.choices else ""
        return report + (parts.status(parts.notice(text)) if text else "")
    unclear = model.unclear
    shown_if_any = {REPEATED, NAME_ONLY} if state.accepts_name else {REPEATED}
    figures = [(say("names_form.matched"), f"{model.rows_with_person:,}", "")]
    figures += [
        (say(f"names_form.result_{outcome.replace(' ', '_')}"), f"{unclear[outcome]:,}", "")
        for outcome in UNCLEAR_OUTCOMES
        if unclear[outcome] or outcome not in shown_if_any
    ]
    if model.left_out_rows:
        figures.append((say("names_form.result_left_out"), f"{model.left_out_rows:,}", ""))
    notes = result.people.attrs[ATTRS_KEY]["notes"]
    warnings = "".join(parts.notice(note, "", "warn") for note in notes)
    return report + parts.status(parts.figures(figures)) + warnings


def _row(result: MatchResult, position: int) -> str:
    """Return a row of the list, with the evidence first, and why it is unclear."""
    frame, titles = result.frame, column_titles(result.frame)
    labels: list[object] = [*frame.columns]
    # By position: other columns than those with evidence may share a label.
    evidence = [labels.index(label) for label in result.by.values()]
    others = (at for at, label in enumerate(labels) if isinstance(label, str) and at not in evidence)
    positions = islice(chain(evidence, others), _MAX_COLUMNS)
    cells = [(titles[labels[at]], show(result.cells(at)[position])) for at in positions]
    name = say("names_form.row", heading=index_heading(frame.index), label=show(result.label(position)))
    facts = parts.facts([(label, value) for label, value in cells if value])
    return parts.heading(name) + facts + parts.notice(result.reason(position), "", "warn")


def _columns_of_choices() -> list[str]:
    return [say("names_form.column_row"), say("names_form.column_evidence"), say("names_form.column_who")]


def _choice_text(result: MatchResult, position: int, chosen: str | None) -> TextLike:
    if chosen is None:
        return result.reason(position)
    if chosen == NOBODY:
        return say("names_form.result_left_out")
    candidate = result.person(chosen)
    return " · ".join(filter(None, (candidate.name, candidate.userid, candidate.departments)))
