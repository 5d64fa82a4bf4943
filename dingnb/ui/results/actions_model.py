"""The model of the actions on results: nothing reaches people before the count is confirmed."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign_view import AvailableActions
from dingnb.campaigns.recipient_count import Unit, text_key
from dingnb.campaigns.results.campaign_results import is_unread
from dingnb.campaigns.sending.recall import RecallProgress
from dingnb.campaigns.sending.resolve import How
from dingnb.campaigns.status import State, Status
from dingnb.clock import seconds_to_ns
from dingnb.display import progress_shown_by
from dingnb.errors import DingError, InputError
from dingnb.messages import Message, text
from dingnb.recipients.column_titles import with_column_titles
from dingnb.ui.kit.code import Names, call, literal, message_code
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.plan.model import PlanModel, read_count
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.reminders import describe_repeat, describe_sent
from dingnb.ui.results.state import Action, ActionsState, SavedReminder
from dingnb.ui.run.model import RunModel
from dingnb.words import NOTHING, Text, as_text, count, listed_briefly, sentences

if TYPE_CHECKING:
    from dingnb.campaigns.results.campaign_results import Snapshot
    from dingnb.campaigns.results.reminders import Reminder

ACTIONS: tuple[Action, ...] = ("retry", "resolve", "remind", "recall", "close")
"""All actions, in the order of their buttons: those about problems first."""

ACTION_BY_STATUS: Mapping[str, Action] = {
    Status.FAILED: "retry",
    Status.FILTERED: "retry",
    Status.DELIVERED: "remind",
    Status.UNKNOWN: "resolve",
}
"""
The action to consider for a person with a status, which may not apply to this person.

Not a recall, which withdraws the message from everybody.
"""

COUNTED_ACTIONS: tuple[Action, ...] = ("retry", "recall", "resolve", "close")
"""The actions whose count has to be confirmed."""

_POLL_INTERVAL_NS = seconds_to_ns(0.5)
"""Interval at which the progress of a refresh elsewhere is read."""

REMINDER = "reminder"
"""Name of a reminder's plan in the code."""


_REMINDERS_INTERVAL_NS = seconds_to_ns(1)
"""Minimum time between two reads of how far the reminders are."""


class ActionsModel(Model[ActionsState]):
    """
    Retries, reminds, recalls, resolves unknown outcomes, and closes cards.

    Args:
        results: The model of the results.
        run: The model of the campaign.
        name: The name of the campaign in the code.
        refreshes_automatically: Returns whether the automatic refresh is making calls now.

    Attributes:
        reminders: The reminders whose sending was started here or elsewhere, oldest first.
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
        self.run = results.run
        self._name = name
        self._refreshes_automatically = refreshes_automatically
        self.reminder: PlanModel | None = None
        self._reminder_code = self._reminder_text = ""
        self.reminders: tuple[Reminder, ...] = ()
        self._reminders_throttle = Throttle(self._clock, min_interval_ns=_REMINDERS_INTERVAL_NS)
        self._listed: AvailableActions | None = None
        self._repeat: tuple[Snapshot | None, tuple[Reminder, ...], Text] = (None, (), NOTHING)
        self._reminded_userids: frozenset[str] = frozenset()
        self._checked_snapshot: Snapshot | None = None
        self._people_at_typing = 0
        self._restored_reminder: SavedReminder | None = None
        self._prepared_now: SavedReminder | None = None
        self._unfollowed = self._clock.event()
        results.watch(self._restore_if_known)
        self._is_recalling_here = self._follows_recall = False
        results.watch(self._list_reminders)
        results.watch(self._check_reminder)
        # Before an open action is closed, so that this says why.
        results.watch(self._follow_recall)
        results.watch(self._check_action)
        # No action is offered as soon as it is being sent, which the results show later.
        self._stop_following = run.watch(self._check_action)

    def unfollow(self) -> None:
        """Stop following the campaign, and waiting for a refresh elsewhere."""
        self._stop_following()
        self._unfollowed.set()

    @property
    def is_acting(self) -> bool:
        """Whether an action is in progress that changes the results; preparing a reminder does not."""
        return self.is_busy and self.state.action != "remind"

    @property
    def is_preparing(self) -> bool:
        """Whether a reminder is being prepared."""
        return self.is_busy and self.state.action == "remind"

    @property
    def is_reminder_sent(self) -> bool:
        """Whether the reminder is the chosen action and was sent, or is about to be."""
        return self.state.action == "remind" and self.reminder is not None and self.reminder.is_sent_or_starting

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
        """The available actions; None until they are known."""
        return self._results.state.available

    @property
    def is_running(self) -> bool:
        """Whether the campaign is running; no action is available then."""
        return self._run_model.is_running

    @property
    def ongoing_recall(self) -> RecallProgress | None:
        """A recall that was started elsewhere, such as before a reload of the page; None if there is none."""
        is_here = self._is_recalling_here or self.is_acting
        return None if is_here or self.available is None else self.available.ongoing_recall

    @property
    def offered(self) -> dict[Action, int]:
        """
        The actions to offer, each with the number of people that it affects.

        There are none while the campaign is running, or while an action changes these numbers.
        """
        available = self.available
        if available is None or self.is_running or self.is_acting or self.ongoing_recall is not None:
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
        if available.recall.reached:
            offered["recall"] = available.recall.reached
        if available.cards is not None and available.cards.people and (available.cards.close_calls or not is_closed):
            # If closing was interrupted, some cards are not disabled yet.
            offered["close"] = available.cards.people
        return offered

    @property
    def awaits_refresh(self) -> bool:
        """Whether a refresh is counting who has not read the message; a reminder can be chosen afterwards."""
        is_refreshing = self._run_model.state.is_being_refreshed or self._refreshes_automatically()
        return is_refreshing and not self.reminds_by_card and self.state.action != "remind"

    @property
    def people(self) -> int:
        """The count to confirm: the number of people that the chosen action affects."""
        available, state = self.available, self.state
        if available is None:
            return 0
        people_of: dict[Action, int] = {
            # A campaign that is not finished cannot be retried.
            "retry": available.retry.people if available.state is State.FINISHED else 0,
            # As on the button of the action: a recall takes nothing from people without the message.
            "recall": available.recall.reached,
            "resolve": available.unknown,
            "close": 0 if available.cards is None else available.cards.people,
        }
        if state.action == "resolve" and state.how == "resend":
            # Resending also sends to those who are queued.
            return available.resendable + available.queued if available.resendable else 0
        return people_of.get(state.action, 0)

    @property
    def unit(self) -> Unit:
        """The unit of counts: people, or messages if there is a key."""
        return "person" if self.available is None else self.available.unit

    @property
    def code_lines(self) -> list[str]:
        """The code that prepares and sends the reminder."""
        return [self._reminder_code, *self.reminder.code_lines] if self.reminder is not None else []

    @property
    def saved_reminder(self) -> SavedReminder | None:
        """The reminder that was not sent; None unless that is the chosen action."""
        if self._restored_reminder is not None:
            return self._restored_reminder
        if self.state.action != "remind" or self.is_reminder_sent:
            return None
        preparing = self._prepared_now
        if preparing is not None and preparing.text == self.state.reminder:
            return preparing
        reminder = self.reminder
        name = reminder.state.name if reminder is not None and reminder.is_name_chosen else ""
        return SavedReminder(self.state.reminder, reminder is not None, name)

    def restore_reminder(self, saved: SavedReminder) -> None:
        """Show a reminder as before a reload of the page, once the results are known."""
        self._restored_reminder = saved
        self._restore_if_known()

    def choose(self, action: Action) -> None:
        """Choose an action, which is not done yet; an empty one clears the choice."""
        if action == "remind" and self.awaits_refresh:
            return
        if action != self.state.action and not self.is_busy:
            self._discard_reminder()
            self._detach_reminder()
            self._reset_count(action=action, notice="")

    def choose_how(self, how: How) -> None:
        """Choose what to do about unknown outcomes, which is not done yet."""
        self._reset_count(how=how)

    def set_count(self, typed: str) -> None:
        """Set the count as typed."""
        self._people_at_typing = self.people
        self._show(typed=typed, failure=None, is_miscounted=False)

    def set_reminder(self, typed: str) -> None:
        """Set the reminder text as typed; a reminder prepared with another text can no longer be sent."""
        with self._lock:
            self._show(reminder=typed, failure=None)
            self._check_reminder_text()

    def validate(self) -> bool:
        """Return whether the typed count is right; if not, show why."""
        with self._lock:
            miscount = self._miscount() if self.state.action in COUNTED_ACTIONS else None
            if miscount is not None:
                self._show(failure=miscount, notice="", is_miscounted=True)
            return miscount is None

    def act(self) -> bool:
        """
        Do the chosen action if the typed count is right; ignored while one is in progress.

        Returns:
            Whether it was started.
        """
        with self._lock:
            action, how, expect = self.state.action, self.state.how, self.people
            # A recall withdraws whole calls, so its `expect` counts everyone in them.
            recalled = 0 if self.available is None else self.available.recall.people
            # With the confirmed count: a refresh may change the count before the work starts.
            work_of: dict[Action, Callable[[], Text]] = {
                "retry": lambda: self._retry(expect),
                "remind": lambda: self._remind(refresh=True),
                "recall": lambda: self._recall(recalled),
                "resolve": lambda: self._resolve(how, expect),
                "close": self._close,
            }
            if self.is_busy or action not in work_of or self.is_running or self.is_reminder_sent:
                return False
            if not self.validate():
                return False
            if action == "remind":
                now_ns = self._results.view.context.now_ns()
                self._prepared_now = SavedReminder(self.state.reminder, started_ns=now_ns)
            return self._start_work(
                lambda: self._do(action, work_of[action]),
                busy_text=Text("form.working"),
                failure=None,
                notice="",
                is_miscounted=False,
            )

    def _do(self, action: Action, work: Callable[[], Text]) -> None:
        try:
            with progress_shown_by(StateDisplay(lambda progress, _: self._show(busy_text=progress))):
                notice = work()
            # The count was for this action only.
            closed = {} if action == "remind" else {"action": ""}
            self._reset_count(notice=notice, **closed)
        except DingError:
            if action != "remind":
                # The part done before the error may have changed the count.
                self._reset_count()
            raise
        finally:
            self._prepared_now = None
            self._results.reload_after_action()

    def _retry(self, expect: int) -> Text:
        self.run.retry(expect=expect, wait=False)
        self._add_code_line(call(f"{self._name}.retry", expect=expect))
        # The progress shows it.
        return NOTHING

    def _recall(self, expect: int) -> Text:
        self._is_recalling_here = True
        self.run.recall(expect=expect)
        self._add_code_line(call(f"{self._name}.recall", expect=expect))
        return self._results.view.control.opening

    def _resolve(self, how: How, expect: int) -> Text:
        self.run.resolve(how, expect=expect, wait=False)
        self._add_code_line(call(f"{self._name}.resolve", literal(how), expect=expect))
        # The progress shows what is sent again.
        return NOTHING if how == "resend" else Text(f"results_form.resolved_{how}", people=count(self.unit, expect))

    def _close(self) -> Text:
        self.run.close()
        self._add_code_line(call(f"{self._name}.close"))
        return Text("results_form.is_closed")

    @property
    def reminder_calls(self) -> int:
        """The maximum number of calls to prepare a reminder, which first checks who has read the message."""
        return 0 if self.available is None or self.reminds_by_card else self.available.refresh_calls

    @property
    def close_calls(self) -> int:
        """The number of calls that closing the cards takes."""
        available = self.available
        return 0 if available is None or available.cards is None else available.cards.close_calls

    @property
    def reminds_by_card(self) -> bool:
        """Whether a reminder sends the card of the campaign again, to those who have not answered."""
        return self.available is not None and self.available.cards is not None

    def _reminder_message(self, typed: str) -> tuple[Message, str]:
        """Return the message of a reminder, and the code that creates it."""
        if self.reminds_by_card:
            message = self.run.message
            if message is None:
                raise InputError(Text("results_form.no_card_text"), Text("form.nothing_done"))
            return message, f"{self._name}.message"
        if not typed:
            raise InputError(Text("results_form.no_reminder"), Text("form.nothing_done"))
        return text(typed), message_code(text(typed))

    def _pending(self, snapshot: "Snapshot") -> frozenset[str]:
        """Return the userids of the people whom a reminder would reach."""
        if self.reminds_by_card:
            frame = snapshot.frame
            return frozenset(frame.loc[self._results.view.results.answers().is_unanswered, "userid"])
        return frozenset(snapshot.people.loc[is_unread(snapshot.people), "userid"])

    def _prepare_again(self, saved: SavedReminder) -> Text:
        """Prepare a reminder as before a reload of the page, with no more calls than are still to be made."""
        view = self._results.view
        while (progress := view.ongoing_refresh) is not None and not self._unfollowed.is_set():
            # The process that served the page goes on refreshing.
            self._show(busy_text=progress.text)
            self._clock.wait(self._unfollowed, _POLL_INTERVAL_NS)
        if self._unfollowed.is_set():
            return NOTHING
        is_refreshed = saved.is_prepared or view.was_refreshed_since(saved.started_ns)
        return self._remind(refresh=not is_refreshed, name=saved.name)

    def _remind(self, *, refresh: bool, name: str = "") -> Text:
        """Prepare a reminder, and describe it."""
        typed = "" if self.reminds_by_card else self.state.reminder.strip()
        message, code = self._reminder_message(typed)
        plan = self.run.remind(message, refresh=refresh)
        reminder = PlanModel(plan, names=Names(plan=REMINDER, run=f"{REMINDER}_run"), name=name)
        self._replace_reminder(reminder, typed, call(f"{REMINDER} = {self._name}.remind", code))
        with self._lock:
            # The user may have typed meanwhile.
            return _describe_ready(reminder) if self._has_current_text() else self._discard_rewritten_reminder()

    def _replace_reminder(self, reminder: PlanModel, typed: str, code: str) -> None:
        """Show a prepared reminder instead of the previous one; of one that was sent, the code stays."""
        self._discard_reminder()
        if self.reminder is not None:
            self._run_model.code_lines.extend(self.code_lines)
        pending = self.run.unanswered() if self.reminds_by_card else self.run.unread()
        self._reminded_userids, self._checked_snapshot = frozenset(pending["userid"]), self._results.state.snapshot
        self._reminder_text, self._reminder_code = typed, code
        self.reminder = reminder
        reminder.watch(self._follow_reminder(reminder))

    def _follow_reminder(self, reminder: PlanModel) -> Callable[[], None]:
        """Return a watcher that notes when a reminder was sent: the numbers of unread messages change later."""
        is_followed = False

        def look() -> None:
            nonlocal is_followed
            if reminder.run is not None and not is_followed:
                is_followed = True
                # Without the lock, which another thread may hold while it waits for the reminder.
                self._read_reminders()
                self.follow_sent(reminder.run)
                reminder.run.watch(lambda: self._close_if_sent(reminder))
            self._notify()

        return look

    def follow_sent(self, run: RunModel) -> None:
        """Follow the campaign of a reminder, so that the list of reminders says how far it is."""
        run.watch(lambda: self._read_reminders() if run.state.sheet is not None else self.poll_reminders())

    def poll_reminders(self) -> None:
        """Read how far the reminders are, which may be sent elsewhere, unless they were read just now."""
        if self._reminders_throttle.is_due:
            self._read_reminders()

    def _read_reminders(self) -> None:
        try:
            with self._reminders_throttle.timing():
                reminders = self._results.view.reminders()
        except DingError:
            # The form of the campaign shows that the ledger cannot be read.
            return
        if reminders != self.reminders:
            self.reminders = reminders
            self._notify()

    def _list_reminders(self) -> None:
        """List the reminders that were read with the results."""
        available = self.available
        if available is not None and available is not self._listed:
            self._listed, self.reminders = available, available.reminders

    @property
    def columns_text(self) -> Text:
        """The columns that the text of a reminder can use, as tags."""
        names = self._results.view.results.row_map.column_names()
        return Text(
            "results_form.reminder_columns", columns=listed_briefly([f"{{{{ {name} }}}}" for name in names], "column")
        )

    @property
    def sent_texts(self) -> list[Text]:
        """When each reminder was sent, and to how many people."""
        now_ns = self._clock.now_ns()
        return [describe_sent(reminder, self.reminders, now_ns) for reminder in self.reminders]

    @property
    def repeat_text(self) -> Text:
        """How many of those whom a reminder would reach were reminded already; empty if nobody was."""
        snapshot = self._results.state.snapshot
        if snapshot is None or not self.reminders:
            return NOTHING
        of_snapshot, of_reminders, text = self._repeat
        if of_snapshot is not snapshot or of_reminders is not self.reminders:
            text = describe_repeat(self.reminders, self._pending(snapshot), self._clock.now_ns())
            self._repeat = (snapshot, self.reminders, text)
        return text

    def _close_if_sent(self, reminder: PlanModel) -> None:
        """Close a reminder once everybody was sent to: it is a campaign of its own."""
        if reminder is not self.reminder or reminder.run is None or reminder.run.state.sheet is None:
            return
        progress = reminder.run.state.progress
        if progress.state is State.FINISHED and progress.accepted == progress.people:
            self._detach_reminder()
            self._reset_count(action="", notice="", reminder="")

    def _miscount(self) -> Failure | None:
        typed, people = read_count(self.state.typed), self.people
        who = count(self.unit, people)
        if typed is None:
            is_blank = not self.state.typed.strip()
            key = text_key(self.unit, "results_form.type_count") if is_blank else "results_form.no_count"
            return Failure(Text(key, typed=self.state.typed, people=who), Text("form.nothing_done"))
        if not people or typed != people:
            what = Text("results_form.other_count", typed=f"{typed:,}", people=who)
            return Failure(what, Text("form.nothing_done"))
        return None

    def _reset_count(self, **changed: object) -> None:
        """Change the state and clear the typed count."""
        with self._lock:
            self._show(typed="", failure=None, is_miscounted=False, reset_count=self.state.reset_count + 1, **changed)

    def _add_code_line(self, line: str) -> None:
        self._run_model.code_lines.append(line)

    def _discard_reminder(self) -> None:
        """Discard a prepared reminder; one that was sent stays."""
        reminder = self.reminder
        if reminder is None or reminder.run is not None:
            return
        reminder.mark_outdated()
        if not reminder.is_sent_or_starting:
            self.reminder, self._reminder_code = None, ""

    def _detach_reminder(self) -> None:
        """Close a reminder that was sent, which is a campaign of its own; its code stays."""
        if self.reminder is not None and self.reminder.run is not None:
            self._run_model.code_lines.extend(self.code_lines)
            self.reminder, self._reminder_code = None, ""

    def _has_current_text(self) -> bool:
        """Return whether the reminder has the text that is typed now."""
        return self.reminds_by_card or self.state.reminder.strip() == self._reminder_text

    def _discard_rewritten_reminder(self) -> Text:
        """Discard a reminder whose text was changed; return the notice."""
        self._discard_reminder()
        return Text("results_form.remind_rewritten")

    def _check_reminder_text(self) -> None:
        """Discard a reminder whose text was changed, so that only a checked text is sent."""
        if (
            self.reminder is not None
            and self.reminder.run is None
            and not self.is_busy
            and not self._has_current_text()
        ):
            notice = self._discard_rewritten_reminder()
            if self.reminder is None:
                self._show(notice=notice)

    def _restore_if_known(self) -> None:
        """Show the reminder of before a reload, if the results still offer one; prepare it again if it was."""
        saved = self._restored_reminder
        if saved is None or self.available is None:
            return
        self._restored_reminder = None
        if "remind" not in self.offered:
            return
        self._reset_count(action="remind", reminder=saved.text)
        if saved.is_prepared or saved.started_ns:
            self._prepared_now = saved
            self._start_work(
                lambda: self._do("remind", lambda: self._prepare_again(saved)), busy_text=Text("form.working")
            )

    def _check_reminder(self) -> None:
        """Discard a reminder once one of its people has read or answered the message."""
        snapshot = self._results.state.snapshot
        if self.reminder is None or self.is_busy or snapshot is None or snapshot is self._checked_snapshot:
            return
        self._checked_snapshot = snapshot
        if not self._reminded_userids.issubset(self._pending(snapshot)):
            self._discard_reminder()
            if self.reminder is None:
                key = "remind_cards_changed" if self.reminds_by_card else "remind_changed"
                self._show(notice=Text(f"results_form.{key}"))

    def _follow_recall(self) -> None:
        """Say how a recall that was started elsewhere has ended."""
        available = self.available
        if available is None or self.is_acting:
            return
        if available.ongoing_recall is not None:
            self._follows_recall = not self._is_recalling_here
            return
        had_followed = self._follows_recall
        self._is_recalling_here = self._follows_recall = False
        if had_followed and not self.is_running:
            key = "recall_unfinished" if available.recall.reached else "recall_done"
            self._show(notice=Text(f"results_form.{key}"), failure=None)

    def _check_action(self) -> None:
        """Close the chosen action once it is no longer offered, and clear its typed count once the number changes."""
        action = self.state.action
        if not action or self.is_busy or self.is_reminder_sent:
            return
        if action not in self.offered:
            self._discard_reminder()
            why = "closed_running" if self.is_running else "closed_over"
            why = "closed_recalling" if self.ongoing_recall is not None else why
            failure = Failure(
                Text(f"results_form.{why}", action=Text(f"results_form.act_{action}_name")),
                Text("form.nothing_done"),
            )
            with self._lock:
                self._reset_count(action="", notice="")
                self._show(failure=failure)
        elif self.state.typed and action in COUNTED_ACTIONS and self.people != self._people_at_typing:
            who = count(self.unit, self.people)
            failure = Failure(Text("results_form.recounted", before=f"{self._people_at_typing:,}", people=who))
            with self._lock:
                self._reset_count(notice="")
                self._show(failure=failure, is_miscounted=True)

    def _failure(self, error: Exception) -> Failure:
        """Return an error as shown, with the headings of the list for columns."""
        failure, titles = super()._failure(error), self._results.view.results.row_map.column_titles()
        return Failure(*(as_text(with_column_titles(titles, words)) for words in (failure.what, failure.hint)))

    def _ended(self) -> None:
        self._change({"busy_text": ""})


def _describe_ready(reminder: PlanModel) -> Text:
    """Return how many people a prepared reminder goes to."""
    plan, recipient_count = reminder.plan, reminder.view.recipient_count
    ready = Text("results_form.remind_ready", people=recipient_count.text)
    # Where DingTalk drops a second message with the same text.
    is_merged = plan.rows - plan.rejected > recipient_count.messages and recipient_count.people is not None
    return sentences(ready, Text("results_form.remind_merged") if is_merged else NOTHING)
