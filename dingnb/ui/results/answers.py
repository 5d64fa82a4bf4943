"""The answers to a campaign's cards: as texts, in a bar for each, and whether further answers are received."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.results.answers import Answers, count_answered, field_columns, labelled
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.tables.cells import is_missing, show
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS, ViewPoller, button, show_if, stack, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.times import DATE, DATETIME_TO_MINUTE, format_time
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel
from dingnb.words import count, join_sentences, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm

_ENDS_OF_LABELS = ("?", "？", "!", "！", ".", "。", ":", "：")
"""The punctuation at the end of a label after which no colon follows."""


@dataclass(frozen=True, slots=True)
class AnswersState:
    """
    The state of receiving answers.

    Attributes:
        failure: The last error; None if there was none.
        is_overdue: Whether the deadline has passed, so that further answers are late.
    """

    failure: Failure | None = None
    is_overdue: bool = False


class AnswersModel(Model[AnswersState]):
    """
    Receives the answers to the cards of a campaign.

    Args:
        results: The model of the campaign's results.
        run: The model of the campaign.

    Attributes:
        receiving: The model of receiving answers.
    """

    def __init__(self, results: ResultsModel, run: RunModel) -> None:
        super().__init__(AnswersState(), results.view.clock)
        self._results = results
        self.receiving = run.receiving
        self._shown: Answers | None = None
        results.watch(self._follow)
        self._follow()

    @property
    def view(self) -> CampaignView:
        """The view of the campaign."""
        return self._results.view

    @property
    def answers(self) -> Answers | None:
        """The answers; None until they are read, and if the campaign has no cards."""
        return self._results.state.answers

    @property
    def is_open(self) -> bool:
        """Whether further answers may arrive."""
        return self.answers is not None and not self.answers.is_closed

    @property
    def is_over_http(self) -> bool:
        """Whether answers arrive over HTTP, which the form cannot start to receive."""
        return self.answers is not None and self.answers.poll.is_over_http

    def poll(self) -> None:
        """Reload the results if there are new answers; errors are shown."""
        if self.answers is None:
            return
        try:
            self.receiving.poll(over_http=self.is_over_http)
            if self.view.results.answers_fingerprint() != self._results.state.answers_fingerprint:
                # The available actions depend on the answers, too.
                self._results.reload_if_due()
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self.fail(error)
            return
        if self.state.failure is not None or self.state.is_overdue != self._is_overdue():
            self._show(failure=None, is_overdue=self._is_overdue())

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self.receiving.wait()

    def _follow(self) -> None:
        """Update whether answers are received and late, each time that the answers were read."""
        answers = self.answers
        if answers is not None and answers is not self._shown:
            self._shown = answers
            self.receiving.poll(over_http=answers.poll.is_over_http)
            self._show(is_overdue=self._is_overdue())

    def _is_overdue(self) -> bool:
        deadline_ns = None if self.answers is None else self.answers.poll.deadline_ns
        # By DingTalk's time, like the answers.
        return deadline_ns is not None and self.view.context.now_ns() > deadline_ns


class AnswersView:
    """
    The widgets of the answers; hidden if the campaign has no cards.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "ResultsForm", model: AnswersModel) -> None:
        self._model = model
        self.head, self.status, self.bars, self.alert = (widgets.HTML() for _ in range(4))
        # One button starts and stops: replacing it with another would lose the focus.
        self.listen = button()
        self._pressed_ns = -DEBOUNCE_NS
        # Nobody receives answers without a kernel.
        self.status.add_class("dn-hide-if-disconnected")
        self.box = stack([self.head, self.alert, self.status, self.listen, self.bars], "dn-section")
        form.on_click(self.listen, self._press)
        ViewPoller(model.clock, self.box, model.poll)

    def _press(self) -> None:
        now_ns, pressed_ns = self._model.clock.monotonic_ns(), self._pressed_ns
        self._pressed_ns = now_ns
        if now_ns - pressed_ns < DEBOUNCE_NS:
            # A repeated key was meant for what the button did before.
            return
        receiving = self._model.receiving
        (receiving.stop if receiving.state.is_listening else receiving.start)()

    def render(self, snapshot: Snapshot, *, is_closing: bool) -> None:
        """
        Show the answers.

        Args:
            snapshot: The results.
            is_closing: Whether the cards are being closed. Then the progress says how many are not disabled yet, rather
                than the head.
        """
        answers, receiving = self._model.answers, self._model.receiving.state
        failure = self._model.state.failure or receiving.failure
        update(self.alert, value=parts.failure_alert(failure))
        show_if(answers is not None or failure is not None, self.box)
        if answers is None:
            return
        update(
            self.head, value=_head(answers, snapshot, is_overdue=self._model.state.is_overdue, is_closing=is_closing)
        )
        update(self.status, value=_status(self._model, answers))
        can_press = receiving.can_stop or not receiving.is_listening
        show_if(self._model.is_open and not self._model.is_over_http and can_press, self.listen)
        key = "answers_form.stop" if receiving.is_listening else "answers_form.listen"
        update(self.listen, description=say(key), button_style="" if receiving.is_listening else "primary")
        update(self.bars, value=_bars(answers))


def _head(answers: Answers, snapshot: Snapshot, *, is_overdue: bool, is_closing: bool) -> str:
    state = say(f"answers_form.{'closed' if answers.is_closed else 'overdue' if is_overdue else 'open'}")
    # While cards are being disabled, the number would lag behind the progress.
    to_disable = 0 if is_closing else answers.cards_to_disable
    not_disabled = say("answers_form.not_disabled", cards=count("card", to_disable)) if to_disable else ""
    deadline_ns = answers.poll.deadline_ns
    deadline = "" if deadline_ns is None else say("answers_form.deadline", moment=format_time(deadline_ns))
    has_answered = answers.people["answer"].notna()
    # A share of everybody, also of people who were not sent to, as in the funnel and the list of campaigns.
    total, answered = snapshot.funnel.people, int(has_answered.sum())
    share = share_text(answered / (total or 1))
    counted = say("answers_form.of_everybody", n=answered, total=total, share=share)
    late = say("answers_form.late_people", n=answers.late_count) if answers.late_count else ""
    without_card = total - answers.people_with_card
    without_card_text = say("answers_form.without_card", n=without_card) if without_card else ""
    counts = say(f"answers_form.counts_{answers.poll.counts}")
    facts = (state, not_disabled, counted, late, without_card_text, counts, deadline)
    return parts.title(say("answers_form.title"), "", *facts, level=3)


def _status(model: AnswersModel, answers: Answers) -> str:
    """Return whether answers are received, as HTML; without a text once the cards are closed."""
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
    """Return a bar for each answer: its share of the people who answered its question."""
    tally, people = answers.tally.dropna(subset="answer"), answers.people
    bars = []
    for question in tally["question"].unique():
        counts = tally[tally["question"] == question]
        is_button = question == "answer"
        if is_button and has_one_button(answers):
            continue
        columns = (counts[name].astype(object).tolist() for name in ("label", "people", "share"))
        rows: list[tuple[str, float, str, parts.Tone]] = [
            (parts.short(label), share, say("answers_form.value", n=n, share=share_text(share)), "")
            for label, n, share in zip(*columns, strict=True)
        ]
        name = say("answers_form.buttons") if is_button else parts.short(answers.label_of(question))
        n = count_answered(people, question)
        answered = say("answers_form.answered", n=n) if n else say("answers_form.nobody_answered")
        bars.append(f"<div>{parts.heading(name)}{parts.quiet(answered)}</div>{parts.share_bars(name, rows)}")
    return f'<div class="dn-questions">{"".join(bars)}</div>'


def tally_labels(answers: Answers) -> Iterator[tuple[str, str | None, str]]:
    """Yield the question, the answer and its label for each row of the tally; the answer is None for no answer."""
    columns = (answers.tally[name].astype(object).tolist() for name in ("question", "answer", "label"))
    for question, answer, label in zip(*columns, strict=True):
        yield question, answer if isinstance(answer, str) else None, label


def has_one_button(answers: Answers) -> bool:
    """Return whether the cards have a form and one button, which everybody who answered has pressed."""
    tally = answers.tally.dropna(subset="answer")
    return bool(answers.fields) and int((tally["question"] == "answer").sum()) == 1


def has_answered(answers: Answers, position: int) -> bool:
    """Return whether a row's person has answered."""
    return isinstance(answers.frame["answer"].iloc[position], str)


def answer_texts(answers: Answers, position: int) -> list[tuple[str, str]]:
    """
    Return the label of each question that a row's person has answered, and the answer; empty without an answer.

    Args:
        answers: The answers.
        position: The position of the row.

    Returns:
        First the button, with an empty label; it is left out if the cards have only one, as in `has_one_button`.
    """
    # As Python values, which a row of several types has only after the conversion.
    answer = answers.frame.iloc[[position]].astype(object).iloc[0]
    if not has_answered(answers, position):
        return []
    pressed = answers.label_of_answer("answer", answer["answer"])
    texts = [] if has_one_button(answers) else [("", pressed)]
    fields = [
        (answers.label_of(name), _value_text(answer[name], answers.option_labels(name)))
        for name in field_columns(answers.frame)
    ]
    return [*texts, *((label, text) for label, text in fields if text)]


def with_question(question: str, answer: str) -> str:
    """
    Return an answer after the label of its question; without a label, the answer.

    Args:
        question: The label of the question; may be empty.
        answer: The answer.

    >>> with_question("Coming?", "yes"), with_question("是否参加？", "参加"), with_question("Days", "2")
    ('Coming? yes', '是否参加？参加', 'Days: 2')
    """
    if not question or question.endswith(_ENDS_OF_LABELS):
        return join_sentences([question, answer])
    return say("answers_form.answer_to", question=question, answer=answer)


def _value_text(value: object, labels: Mapping[str, str]) -> str:
    """Return the value of a field as text; for an option, its label."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, pd.Timestamp):
        # A date has no zone; a time is shown whole, also at midnight.
        return f"{value:{DATE if value.tzinfo is None else DATETIME_TO_MINUTE}}"
    text = labelled(value, labels)
    # What a person wrote is an answer, also "None" or "nan".
    return show(text).strip() if isinstance(text, str) or not is_missing(text) else ""
