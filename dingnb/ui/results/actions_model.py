"""The model of the actions on results: nothing reaches people before the count is confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dingnb.campaigns.campaign_view import AvailableActions, RecallSummary
from dingnb.campaigns.recipient_count import Unit, text_key
from dingnb.campaigns.sending.recall_progress import RecallProgress
from dingnb.campaigns.sending.unknown_outcomes import Decision
from dingnb.campaigns.status import State, Status
from dingnb.display import progress_shown_by
from dingnb.errors import IncompleteError, LedgerError
from dingnb.ui.kit.code import call
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.kit.typed_count import CountTexts, after_correction, find_miscount
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.reminder_model import ReminderModel, SavedReminder
from dingnb.ui.run.model import RunModel
from dingnb.words import NOTHING, Text, TextLike, count, say, sentences
from dingnb.words.literals import literal

Action = Literal["", "retry", "remind", "recall", "resolve", "close"]

ACTIONS: tuple[Action, ...] = ("retry", "resolve", "remind", "recall", "close")
"""All actions, in the order of their buttons: actions about problems first."""

ACTION_BY_STATUS: Mapping[str, Action] = {
    Status.FAILED: "retry",
    Status.FILTERED: "retry",
    Status.DELIVERED: "remind",
    Status.UNKNOWN: "resolve",
}
"""
The action to consider for a person with a status; the action may not apply to this person.

A recall is not listed, since it is offered for each person who has the message.
"""

_MAX_USERIDS_IN_CODE = 20
"""Maximum number of userids that the code lists."""

COUNTED_ACTIONS: tuple[Action, ...] = ("retry", "recall", "resolve", "close")
"""The actions whose count has to be confirmed."""


@dataclass(frozen=True, slots=True)
class ActionsState:
    """
    The state of the actions.

    Attributes:
        action: The chosen action.
        typed: The count as typed.
        how: What to do about unknown outcomes.
        recalls_everybody: Whether the user chose everybody where a recall could also be from fewer people: those chosen
            in the table, or the rest of an interrupted recall.
        selected_recall: The recall from people chosen in the table; None if there is none.
        busy_text: The text shown while an action is in progress.
        notice: The outcome of the last action.
        was_stopped: Whether the user stopped the last action, so that the notice says what is left.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
        resets: Increases each time the count is cleared other than by typing.
    """

    action: Action = ""
    typed: str = ""
    how: Decision = "leave"
    recalls_everybody: bool = False
    selected_recall: RecallSummary | None = None
    busy_text: TextLike = ""
    notice: TextLike = ""
    was_stopped: bool = False
    failure: Failure | None = None
    is_miscounted: bool = False
    resets: int = 0


class _Selection(NamedTuple):
    """The people chosen for a recall, by userid, and whether they were chosen before and are only counted again."""

    who: tuple[str, ...]
    is_recount: bool = False


class ActionsModel(Model[ActionsState]):
    """
    Retries, reminds, recalls, resolves unknown outcomes, and closes cards: one action at a time.

    Args:
        results: The model of the results.
        run: The model of the campaign.
        name: The name of the campaign in the code.
        refreshes_automatically: Returns whether the automatic refresh is making calls now.

    Attributes:
        reminder: The model of the reminder, whose changes are changes of this model too.
    """

    def __init__(
        self,
        results: ResultsModel,
        run: RunModel,
        name: str,
        *,
        refreshes_automatically: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(ActionsState(), results.view.clock)
        self._results = results
        self._run_model = run
        self._name = name
        self._refreshes_automatically = refreshes_automatically
        self.reminder = ReminderModel(
            results, run, name, on_complete=lambda: self._show_and_clear_count(action="", notice="")
        )
        self.reminder.watch(self._notify)
        self._people_at_typing = 0
        self._reminder_to_restore: SavedReminder | None = None
        self._is_recalling_here = False
        self._followed_recall: RecallProgress | None = None
        self._available_at_selection: AvailableActions | None = None
        self._selector = LatestWorker[_Selection](self._clock, self._select, self.fail)
        results.watch(self._restore_if_known)
        # Before `_check_action`: afterwards it would clear the reason why an action was closed.
        results.watch(self._follow_recall)
        results.watch(self._follow_selection)
        results.watch(self._check_action)
        # As soon as the campaign is being sent, no action is offered; the results show that later.
        self._stop_following = run.watch(self._check_action)

    def unfollow(self) -> None:
        """Stop following the campaign, and waiting for a refresh elsewhere."""
        self._stop_following()
        self.reminder.unfollow()

    @property
    def is_busy(self) -> bool:
        """Whether an action is in progress, or a reminder is being prepared."""
        return self.is_acting or self.reminder.is_busy

    @property
    def is_closing(self) -> bool:
        """Whether the cards are being closed from here, which `stop_closing` stops."""
        return self.is_acting and self.state.action == "close"

    @property
    def is_acting(self) -> bool:
        """Whether an action is in progress that changes the results; preparing a reminder does not."""
        return super().is_busy

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self._selector.wait()
        self.reminder.wait()

    @property
    def shows_sent_reminder(self) -> bool:
        """Whether the reminder is the chosen action and was sent, or is about to be."""
        return self.state.action == "remind" and self.reminder.is_sent

    @property
    def should_resume_first(self) -> bool:
        """Whether resuming could still find out the outcomes that the chosen action decides about."""
        available = self.available
        is_halted = available is not None and available.state is not State.FINISHED
        return self.state.action == "resolve" and is_halted and bool(available and available.resendable)

    @property
    def is_primary(self) -> bool:
        """Whether the chosen action is what to do next, rather than to resume or refresh the campaign."""
        return bool(self.state.action) and not self.should_resume_first

    @property
    def available(self) -> AvailableActions | None:
        """The available actions; None until they are known, and while the campaign is running."""
        return self._results.state.available

    @property
    def is_running(self) -> bool:
        """Whether the campaign is running; no action is available then."""
        return self._run_model.is_running

    @property
    def recall_elsewhere(self) -> RecallProgress | None:
        """A recall in progress that was not started here, such as by another process; None if there is none."""
        is_here = self._is_recalling_here or self.is_acting
        return None if is_here or self.available is None else self.available.ongoing_recall

    @property
    def offered(self) -> dict[Action, int]:
        """
        The actions to offer, each with the number of people that it affects.

        Empty until the actions are known, while the campaign is running, and while an action or a recall elsewhere
        changes these numbers.
        """
        available = self.available
        if available is None or self.is_running or self.is_acting or self.recall_elsewhere is not None:
            return {}
        offered: dict[Action, int] = {}
        is_closed = available.cards is not None and available.cards.is_closed
        if (available.retry.people or available.retry.people_later) and not is_closed:
            offered["retry"] = available.retry.people
        pending = available.unread if available.cards is None else available.cards.unanswered
        if pending and not is_closed:
            offered["remind"] = pending
        if available.unknown:
            offered["resolve"] = available.unknown
        if self.offered_recall.people:
            offered["recall"] = self.offered_recall.people
        if available.cards is not None and available.cards.people and (available.cards.close_calls or not is_closed):
            # Some cards may not be disabled yet, such as after an interrupt.
            offered["close"] = available.cards.people
        return offered

    @property
    def awaits_refresh(self) -> bool:
        """Whether a refresh is counting who has not read the message; a reminder can be chosen afterwards."""
        is_refreshing = self._run_model.state.is_being_refreshed or self._refreshes_automatically()
        return is_refreshing and not self.reminder.sends_card and self.state.action != "remind"

    @property
    def people(self) -> int:
        """
        The count to confirm: the number of people that the chosen action affects.

        0 if the action is not possible now, and for a reminder, whose count is confirmed in its own form.
        """
        available, state = self.available, self.state
        if available is None:
            return 0
        people_of: dict[Action, int] = {
            # A campaign that is not finished cannot be retried.
            "retry": available.retry.people if available.state is State.FINISHED else 0,
            "recall": self.recall.people,
            "resolve": available.unknown,
            "close": 0 if available.cards is None else available.cards.people,
        }
        if state.action == "resolve" and state.how == "resend":
            # Resending also sends to people who are queued.
            return available.resendable + available.queued if available.resendable else 0
        return people_of.get(state.action, 0)

    @property
    def calls(self) -> int:
        """The maximum number of calls that the chosen action takes; for a reminder, the calls to prepare it."""
        available, state = self.available, self.state
        if available is None:
            return 0
        is_prepared = self.reminder.plan_model is not None
        calls_of: dict[Action, int] = {
            "retry": available.retry.calls if available.state is State.FINISHED else 0,
            "remind": 0 if is_prepared else self.reminder.calls,
            "recall": self.recall.calls,
            "resolve": available.resend_calls if state.how == "resend" and available.resendable else 0,
            "close": self.close_calls,
        }
        return calls_of.get(state.action, 0)

    @property
    def close_calls(self) -> int:
        """The number of calls that closing the cards takes."""
        available = self.available
        return 0 if available is None or available.cards is None else available.cards.close_calls

    @property
    def closes_rest(self) -> bool:
        """Whether the cards are closed, so that closing goes on with the cards that are not disabled yet."""
        available = self.available
        return available is not None and available.cards is not None and available.cards.is_closed

    @property
    def is_out_of_calls(self) -> bool:
        """Whether the chosen action takes calls, of which none are left this month."""
        return self.calls > 0 and self.available is not None and not self.available.has_calls

    @property
    def recall(self) -> RecallSummary:
        """The recall that was chosen: from people chosen in the table, or the recall of the button."""
        selected = self.state.selected_recall
        return self.offered_recall if selected is None or self.state.recalls_everybody else selected

    @property
    def offered_recall(self) -> RecallSummary:
        """
        The recall of the button: from everybody, or from certain people the rest of an interrupted recall.

        With such a rest, the user can still choose everybody.
        """
        available = self.available
        if available is None:
            return RecallSummary()
        rest = available.rest_of_recall
        return available.recall if rest is None or self.state.recalls_everybody else rest

    @property
    def unit(self) -> Unit:
        """The unit of counts: people, or messages if there is a key."""
        return "person" if self.available is None else self.available.unit

    @property
    def saved_reminder(self) -> SavedReminder | None:
        """The unsent reminder to show after a reload of the page; None if there is none."""
        if self._reminder_to_restore is not None:
            return self._reminder_to_restore
        is_open = self.state.action == "remind" and not self.reminder.is_sent
        return self.reminder.saved if is_open else None

    def restore_reminder(self, saved: SavedReminder) -> None:
        """Show a reminder as before a reload of the page, once the results are known."""
        self._reminder_to_restore = saved
        self._restore_if_known()

    def choose(self, action: Action) -> None:
        """
        Choose an action without doing it yet; an empty name clears the choice.

        A reminder that is chosen again once it was sent gives way to the next reminder.

        The choice is ignored while an action is in progress or a reminder is being prepared. A reminder cannot be
        chosen while a refresh counts whom it would reach.
        """
        if action == "remind" and self.awaits_refresh:
            return
        is_next_reminder = action == "remind" and self.reminder.has_ended
        if (action != self.state.action or is_next_reminder) and not self.is_busy:
            self.reminder.leave()
            self._show_and_clear_count(action=action, notice="", recalls_everybody=False)

    def choose_recall_from(self, who: tuple[str, ...]) -> None:
        """
        Choose the recall from certain people, by userid, which is not done yet; ignored as `choose` is.

        Also ignored without people: a press may arrive after they were left, and would recall from everybody.
        """
        if who:
            self._selector.submit(_Selection(who))

    def choose_how(self, how: Decision) -> None:
        """Choose what to do about unknown outcomes, which is not done yet."""
        self._show_and_clear_count(how=how)

    def choose_everybody(self, recalls_everybody: bool) -> None:  # noqa: FBT001 - the value of a widget
        """Choose whether to recall from everybody, rather than from fewer people, which is not done yet."""
        self._show_and_clear_count(recalls_everybody=recalls_everybody)

    def set_count(self, typed: str) -> None:
        """Set the count as typed; once a refused count is corrected, ask the user to press the button."""
        with self._lock:
            self._people_at_typing = self.people
            was_refused = self.state.is_miscounted
            self._show(typed=typed, failure=None, is_miscounted=False)
            if was_refused:
                self._show(**after_correction(self._miscount()))

    @property
    def is_count_right(self) -> bool:
        """Whether the typed count is right, or none is needed."""
        return self.state.action not in COUNTED_ACTIONS or self._miscount() is None

    def validate(self) -> bool:
        """Return whether the typed count is right, or none is needed; if it is wrong, show why."""
        with self._lock:
            miscount = None if self.is_count_right else self._miscount()
            if miscount is not None:
                self._show(failure=miscount, notice="", is_miscounted=True)
            return miscount is None

    def act(self) -> bool:
        """
        Start the chosen action if the typed count is right; a reminder is prepared, and sent from its own form.

        Ignored while an action is in progress, while the campaign is running, and after the reminder was sent.

        Returns:
            Whether the action, or preparing the reminder, was started.
        """
        with self._lock:
            action, how, expect, who = self.state.action, self.state.how, self.people, self.recall.who
            # With the confirmed count: a refresh may change the count before the work starts.
            work_of: dict[Action, Callable[[], Text]] = {
                "retry": lambda: self._retry(expect),
                "recall": lambda: self._recall(who, expect),
                "resolve": lambda: self._resolve(how, expect),
                "close": self._close,
            }
            if not action or self.is_busy or self.is_running or self.shows_sent_reminder or not self.validate():
                return False
            if action == "remind":
                return self.reminder.prepare()
            return self._start_work(
                lambda: self._do(work_of[action]),
                busy_text=Text("form.working"),
                failure=None,
                notice="",
                is_miscounted=False,
            )

    def stop_closing(self) -> None:
        """Stop disabling the cards after the calls under way; the remaining cards can be disabled later."""
        if self.is_closing:
            # The action itself reports that it was stopped.
            with progress_shown_by(StateDisplay(lambda *_: None)):
                self._results.run.stop()

    def _do(self, work: Callable[[], Text]) -> None:
        outcome: dict[str, object] = {}
        try:
            with progress_shown_by(StateDisplay(lambda progress, _: self._show(busy_text=progress))):
                outcome = {"notice": work(), "action": ""}
        except IncompleteError as stopped:
            # A stop on purpose is no failure.
            outcome = {"notice": sentences(stopped.text, stopped.advice), "action": "", "was_stopped": True}
        finally:
            # First, because the tiles and the buttons must agree with the outcome.
            self._results.reload_after_action()
            # The count was for this action only, and the part done before an error may have changed it.
            self._show_and_clear_count(**(outcome or self._recounted()))

    def _recounted(self) -> dict[str, object]:
        """Return a changed choice of people for a recall that failed: those who still have the message."""
        chosen = self.state.selected_recall
        if chosen is None or self.state.recalls_everybody:
            return {}
        try:
            left = self._results.view.recall_summary(chosen.who).select(chosen.who).who
            return {"selected_recall": self._results.view.recall_summary(left)} if left else {"action": ""}
        except LedgerError:
            # The error of the recall itself is shown.
            return {}

    def _retry(self, expect: int) -> Text:
        self._results.run.retry(expect=expect, wait=False)
        self._add_code_line(call(f"{self._name}.retry", expect=expect))
        # The progress shows the retry.
        return NOTHING

    def _recall(self, who: tuple[str, ...], expect: int) -> Text:
        code = self._recall_code(who, expect)
        self._is_recalling_here = True
        try:
            self._results.run.recall(who or None, expect=expect)
        except IncompleteError:
            # The recall was stopped: the form of the campaign says what is left.
            return NOTHING
        self._add_code_line(code)
        return self._results.view.control.opening

    def _recall_code(self, who: tuple[str, ...], expect: int) -> str:
        """Return the code of a recall; it selects many people by a status that only they have, or by a name to set."""
        function = f"{self._name}.recall"
        if not who:
            return call(function, expect=expect)
        if len(who) <= _MAX_USERIDS_IN_CODE:
            return call(function, f"[{', '.join(map(literal, who))}]", expect=expect)
        status = self._results.common_status(who)
        if not status:
            what = say("code.chosen_people", people=count("person", len(who)))
            comment = f"# {say('code.to_set', name='userids', what=what)}"
            return f"{comment}\n{call(function, 'userids', expect=expect)}"
        # Recalled people are included, so that the code can run again.
        statuses = ", ".join(map(repr, (status, str(Status.RECALLED))))
        return call(function, f'{self._name}.results().query("status in [{statuses}]")["userid"]', expect=expect)

    def _resolve(self, how: Decision, expect: int) -> Text:
        self._results.run.resolve(how, expect=expect, wait=False)
        self._add_code_line(call(f"{self._name}.resolve", literal(how), expect=expect))
        # The progress shows what is sent again.
        return NOTHING if how == "resend" else Text(f"results_form.resolved_{how}", people=count(self.unit, expect))

    def _close(self) -> Text:
        self._results.run.close()
        self._add_code_line(call(f"{self._name}.close"))
        return Text("results_form.is_closed")

    def _miscount(self) -> Failure | None:
        people, blank = self.people, text_key(self.unit, "results_form.type_count")
        texts = CountTexts(blank, "form.no_count", "form.other_count", "form.nothing_done")
        return find_miscount(self.state.typed, people, count(self.unit, people), texts)

    def _show_and_clear_count(self, **changed: object) -> None:
        """Change the state and clear the typed count; another action also clears the people chosen in the table."""
        if "action" in changed:
            changed = {"selected_recall": None, "was_stopped": False, **changed}
        with self._lock:
            self._show(typed="", failure=None, is_miscounted=False, resets=self.state.resets + 1, **changed)

    def _add_code_line(self, line: str) -> None:
        self._run_model.code_lines.append(line)

    def _restore_if_known(self) -> None:
        """Show the reminder of before a reload once the actions are known, unless a reminder is no longer offered."""
        saved = self._reminder_to_restore
        if saved is None or self.available is None:
            return
        if "remind" in self.offered:
            self._show_and_clear_count(action="remind")
            self.reminder.restore(saved)
        self._reminder_to_restore = None

    def _follow_recall(self) -> None:
        """Keep a recall that was started elsewhere, and say how it has ended."""
        available = self.available
        if available is None or self.is_acting:
            return
        if available.ongoing_recall is not None:
            self._followed_recall = None if self._is_recalling_here else available.ongoing_recall
            return
        followed = self._followed_recall
        self._is_recalling_here, self._followed_recall = False, None
        if followed is not None and not self.is_running:
            # After a recall from certain people, other people still have the message.
            rest = self._results.view.recall_summary(followed.who) if followed.who else available.recall
            key = "recall_unfinished" if rest.people else "recall_done"
            self._show(notice=Text(f"results_form.{key}"), failure=None)

    def _follow_selection(self) -> None:
        """Count the people chosen for a recall again once the results have changed."""
        selected, available = self.state.selected_recall, self.available
        if selected is not None and available is not None and available is not self._available_at_selection:
            self._available_at_selection = available
            self._selector.submit(_Selection(selected.who, is_recount=True))

    def _select(self, selection: _Selection, _is_superseded: Callable[[], bool]) -> None:
        who = selection.who
        self._available_at_selection = self.available
        selected = self._results.view.recall_summary(who)
        with self._lock:
            before = self.state.selected_recall
            has_been_left = selection.is_recount and (before is None or before.who != who)
            # After a recall from these people, its outcome is shown, and not that nobody is left to recall from.
            if self.is_busy or "recall" not in self.offered or has_been_left:
                return
            if not selected.people:
                self.reminder.leave()
                self._show_and_clear_count(action="", notice="")
                self._show(failure=Failure(selected.text, Text("form.nothing_done")))
            elif before is not None and before.who == who:
                self._show(selected_recall=selected)
            else:
                self.reminder.leave()
                self._show_and_clear_count(
                    action="recall", notice="", recalls_everybody=False, selected_recall=selected
                )
        self._check_action()

    def _check_action(self) -> None:
        """Close the chosen action once it is no longer offered, and clear its typed count once the number changes."""
        action = self.state.action
        if not action or self.is_busy or self.shows_sent_reminder:
            return
        if action not in self.offered:
            self.reminder.leave()
            reason = "closed_running" if self.is_running else "closed_over"
            if self.recall_elsewhere is not None:
                reason = "closed_recalling"
            failure = Failure(
                Text(f"results_form.{reason}", action=Text(f"results_form.act_{action}_name")),
                Text("form.nothing_done"),
            )
            with self._lock:
                self._show_and_clear_count(action="", notice="")
                self._show(failure=failure)
        elif self.state.typed and action in COUNTED_ACTIONS and self.people != self._people_at_typing:
            people = count(self.unit, self.people)
            failure = Failure(Text("results_form.recounted", before=f"{self._people_at_typing:,}", people=people))
            with self._lock:
                self._show_and_clear_count(notice="")
                self._show(failure=failure, is_miscounted=True)

    def _on_idle(self) -> None:
        self._change({"busy_text": ""})
