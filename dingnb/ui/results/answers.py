"""The answers to a campaign's cards: a bar for each answer, and whether further answers are received."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.results.answers import Answers, count_answered
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS, ViewPoller, button, show_if, stack, update
from dingnb.ui.kit.times import format_time
from dingnb.ui.results.answer_texts import has_one_button
from dingnb.ui.results.answers_model import AnswersModel
from dingnb.ui.results.overview import everybody_key
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.results.form import ResultsForm


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
    key, share = everybody_key(snapshot), share_text(answered / (total or 1))
    counted = say(f"answers_form.of_{key}", n=answered, total=total, share=share)
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
