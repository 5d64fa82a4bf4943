"""The answers to a campaign's cards: a bar for each answer, and a table with pages, filtered by answer."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.report.funnel import share_text
from dingnb.campaigns.results.answers import Answers, count_answered, field_columns, labelled
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.result_texts import status_name
from dingnb.tables.cells import is_missing, show
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS, ViewPoller, button, row, show_if, stack, update
from dingnb.ui.kit.lists import NumberedPager
from dingnb.ui.kit.times import DATETIME_WITHOUT_YEAR, format_time, format_timestamp
from dingnb.ui.results.answers_model import AnswersModel, AnswersState
from dingnb.ui.results.export import ExportView
from dingnb.ui.results.export_model import ExportModel
from dingnb.ui.results.overview import everybody_key
from dingnb.ui.results.people import name_lines
from dingnb.words import NOTHING, Text, count, say, sentences

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_MAX_FIELDS = 4
_ANY_ANSWER = ""
"""The option for any answer, since a list shows no choice for None."""


class AnswersView:
    """
    The widgets of the answers; hidden if the campaign has no cards.

    Args:
        form: The form that contains them.
        model: The model.
        export: The model of the export.
    """

    def __init__(self, form: "ResultsForm", model: AnswersModel, export: ExportModel) -> None:
        self._form, self._model = form, model
        self.head, self.status, self.bars = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.alert, self.table, self.found = (widgets.HTML() for _ in range(3))
        # One button starts and stops: replacing it with another would lose the focus.
        self.listen = button()
        self._pressed_ns = -DEBOUNCE_NS
        self.answer = widgets.Dropdown(options=[("", _ANY_ANSWER)])
        self.answer.add_class("dn-wide")
        self.table.add_class("dn-answers")
        # Nobody receives answers without a kernel.
        self.status.add_class("dn-hide-if-disconnected")
        self.export = ExportView(form, export, "answers_form.export_shown")
        self.pager = NumberedPager(form, model.turn_to)
        filters = row([self.answer, self.export.button], "dn-align-end")
        # Hidden until there is an answer: the table of results has the same people.
        self.given = stack([filters, self.export.outcome, self.found, self.table, self.pager.box])
        self.box = stack([self.head, self.alert, self.status, self.listen, self.bars, self.given], "dn-section")
        form.on_click(self.listen, self._press)
        form.on_change(self.answer, lambda chosen: model.filter_by(chosen or None))
        ViewPoller(model.clock, self.box, model.poll)

    def _press(self) -> None:
        now_ns, pressed_ns = self._model.clock.monotonic_ns(), self._pressed_ns
        self._pressed_ns = now_ns
        if now_ns - pressed_ns < DEBOUNCE_NS:
            # A repeated key was meant for what the button did before.
            return
        receiving = self._model.receiving
        (receiving.stop if receiving.state.is_listening else receiving.start)()

    def render(self, snapshot: Snapshot | None) -> None:
        """Show the answers."""
        state = self._model.state
        answers = state.answers
        receiving = self._model.receiving.state
        failure = state.failure or receiving.failure
        update(self.alert, value=parts.failure_alert(failure))
        is_shown = answers is not None and snapshot is not None and len(answers.frame) == len(snapshot.frame)
        show_if(is_shown or failure is not None, self.box)
        if answers is None or snapshot is None or not is_shown:
            return
        update(self.head, value=_head(answers, snapshot))
        update(self.status, value=_status(self._model, answers))
        can_press = receiving.can_stop or not receiving.is_listening
        show_if(self._model.is_open and not self._model.is_over_http and can_press, self.listen)
        key = "answers_form.stop" if receiving.is_listening else "answers_form.listen"
        update(self.listen, description=say(key), button_style="" if receiving.is_listening else "primary")
        update(self.bars, value=_bars(answers))
        show_if(bool(answers.people["answer"].notna().any()), self.given)
        self._render_filter(answers, state)
        self.export.render()
        shown = state.shown
        hidden_fields = len(field_columns(answers.frame)) - len(_fields(answers))
        more = Text("answers_form.more_fields", n=hidden_fields) if hidden_fields else NOTHING
        update(self.found, value=parts.status(parts.quiet(sentences(_found(state), more))))
        show_if(bool(shown.found), self.table)
        update(
            self.table,
            value=parts.table(say("answers_form.by_person"), _header(answers), _rows(answers, snapshot, state)),
        )
        self.pager.render(shown.page, shown.pages, say("results_form.earlier"), say("results_form.later"))

    def _render_filter(self, answers: Answers, state: AnswersState) -> None:
        options: list[tuple[str, Any]] = [(say("answers_form.any", n=len(answers.frame)), _ANY_ANSWER)]
        for question, answer, label, n in _tally_rows(answers):
            key = "answers_form.option" if question == "answer" else "answers_form.option_of"
            names = {"question": parts.short(answers.label_of(question)), "answer": parts.short(label)}
            options.append((say(key, **names, n=n), (question, answer)))
        chosen = state.shown.chosen
        if chosen is not None and chosen not in [value for _, value in options]:
            # The chosen answer stays in the list, even if no row has it any more.
            options.append((say("answers_form.option", answer=parts.short(str(chosen[1])), n=0), chosen))
        update(self.answer, options=options, description=say("answers_form.filter"))
        update(self.answer, value=chosen or _ANY_ANSWER)


def _tally_rows(answers: Answers) -> Iterator[tuple[str, str | None, str, int]]:
    """Yield the question, the answer, its label and the number of people for each row of the tally."""
    tally = answers.tally
    columns = (tally[name].astype(object).tolist() for name in ("question", "answer", "label", "people"))
    for question, answer, label, n in zip(*columns, strict=True):
        yield question, None if is_missing(answer) else answer, label, n


def _head(answers: Answers, snapshot: Snapshot) -> str:
    state = say("answers_form.closed" if answers.is_closed else "answers_form.open")
    deadline_ns = answers.poll.deadline_ns
    deadline = "" if deadline_ns is None else say("answers_form.deadline", moment=format_time(deadline_ns))
    has_answered = answers.people["answer"].notna()
    # As the funnel and the list of campaigns, of everybody, with those who were not sent to.
    total, answered = snapshot.funnel.people, int(has_answered.sum())
    key = everybody_key(snapshot).replace("results_form.", "answers_form.of_")
    counted = say(key, n=answered, total=total, share=share_text(answered / (total or 1)))
    without_card = total - answers.with_card
    without = say("answers_form.without_card", n=without_card) if without_card else ""
    facts = (state, counted, without, say(f"answers_form.counts_{answers.poll.counts}"), deadline)
    return parts.title(say("answers_form.title"), "", *facts, level=3)


def _status(model: AnswersModel, answers: Answers) -> str:
    """Return whether answers are received."""
    state, notice = model.receiving.state, ""
    if state.is_connecting:
        notice = parts.quiet(say("answers_form.connecting"))
    elif model.is_open and state.is_listening and state.problem:
        notice = parts.notice(say("answers_form.reconnecting"), state.problem, "warn")
    elif model.is_open and state.is_listening:
        notice = parts.quiet(say("answers_form.listening_http" if model.is_over_http else "answers_form.listening"))
    elif model.is_open and model.is_over_http:
        notice = parts.notice(say("answers_form.elsewhere_http"), "", "warn")
    elif model.is_open:
        limit = model.view.context.limits.stream_pushes_per_month
        quota = say("answers_form.quota", cards=count("card", answers.open_cards), most=limit)
        notice = parts.notice(say("answers_form.not_listening"), quota, "warn")
    return parts.status(notice)


def _bars(answers: Answers) -> str:
    """Return the share of each answer among those who answered its question."""
    tally, people = answers.tally.dropna(subset="answer"), answers.people
    bars = []
    for question in tally["question"].unique():
        counts = tally[tally["question"] == question]
        is_button = question == "answer"
        if is_button and _has_one_button(answers):
            continue
        columns = (counts[name].astype(object).tolist() for name in ("label", "people", "share"))
        rows: list[tuple[str, float, str, parts.Tone]] = [
            (parts.short(label), share, say("answers_form.value", n=n, share=share_text(share)), "")
            for label, n, share in zip(*columns, strict=True)
        ]
        name = say("answers_form.buttons") if is_button else parts.short(answers.label_of(question))
        answered = say("answers_form.answered", n=count_answered(people, question))
        bars.append(f"<div>{parts.heading(name)}{parts.quiet(answered)}</div>{parts.share_bars(name, rows)}")
    return f'<div class="dn-questions">{"".join(bars)}</div>'


def _has_one_button(answers: Answers) -> bool:
    """Return whether it is a form with one button, which everybody who answered has pressed."""
    tally = answers.tally.dropna(subset="answer")
    return bool(answers.fields) and int((tally["question"] == "answer").sum()) == 1


def _fields(answers: Answers) -> list[str]:
    return field_columns(answers.frame)[:_MAX_FIELDS]


def _header(answers: Answers) -> list[str]:
    fields = [answers.label_of(name) for name in _fields(answers)]
    answer = say("answers_form.status" if _has_one_button(answers) else "answers_form.answer")
    return [say("answers_form.person"), answer, *fields, say("answers_form.answered_at")]


def _rows(answers: Answers, snapshot: Snapshot, state: AnswersState) -> Iterator[list[tuple[str, str]]]:
    positions = state.shown.on_page
    has_one_button = _has_one_button(answers)
    labels = {answer: label for question, answer, label, _ in _tally_rows(answers) if question == "answer"}
    option_labels = {name: answers.option_labels(name) for name in _fields(answers)}
    people = snapshot.frame.iloc[positions].astype(object)
    page = answers.frame.iloc[positions].astype(object)
    rows = zip(people.iterrows(), page.iterrows(), answers.may_answer[positions].tolist(), strict=True)
    for (label, person), (_, given), may_answer in rows:
        is_late = not is_missing(given["late"]) and bool(given["late"])
        if not is_missing(given["answer"]):
            answer = labels.get(given["answer"], str(given["answer"]))
            answer = say("answers_form.has_answered") if has_one_button else answer
        else:
            # Without a card there is nothing to answer.
            answer = say("answers_form.has_not_answered") if may_answer else status_name(person["status"])
        yield [
            name_lines(snapshot, label, person),
            (answer, say("answers_form.late") if is_late else ""),
            *((_value_text(given[name], option_labels[name]), "") for name in _fields(answers)),
            (format_timestamp(given["answered_at"], DATETIME_WITHOUT_YEAR), ""),
        ]


def _value_text(value: object, labels: Mapping[str, str]) -> str:
    """Return the value of a field as text; that of an option as its label."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    text = labelled(value, labels)
    return "" if is_missing(text) else show(text)


def _found(state: AnswersState) -> Text:
    """Return which of the filtered rows the page shows."""
    shown = state.shown
    if not shown.found:
        return Text("answers_form.nobody")
    first = shown.first + 1
    return Text("answers_form.shown", first=first, last=first + len(shown.on_page) - 1, total=shown.found)
