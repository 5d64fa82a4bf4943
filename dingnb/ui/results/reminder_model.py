"""The model of reminders: prepares one reminder at a time, and follows the reminders that were sent."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.plan import Plan, plan_without
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.campaigns.results.polling_schedule import FRESH_NS
from dingnb.campaigns.results.results_frame import is_unread
from dingnb.campaigns.sending.comparison import digest_of_message
from dingnb.campaigns.sending.reminder import check_reminder, nobody_to_remind_error
from dingnb.campaigns.status import State
from dingnb.clock import seconds_to_ns
from dingnb.display import progress_shown_by
from dingnb.errors import DingError, InputError
from dingnb.messages import Message, text
from dingnb.messages.column_names import tag_for
from dingnb.recipients.column_titles import with_column_titles
from dingnb.tables.cells import is_missing
from dingnb.tables.factorize import BoolArray
from dingnb.ui.kit.code import Names, call, message_code
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.kit.times import DATE, DATETIME_TO_MINUTE, TIME_TO_MINUTE, format_time
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel
from dingnb.words import NOTHING, Text, TextLike, as_text, count, listed_briefly, sentences

if TYPE_CHECKING:
    import pandas as pd

    from dingnb.campaigns.campaign_view import Reminder
    from dingnb.campaigns.results.answers import Answers
    from dingnb.campaigns.results.campaign_results import Snapshot

REMINDER = "reminder"
"""Name of a reminder's plan in the code."""

_POLL_INTERVAL_NS = seconds_to_ns(0.5)
"""Interval at which the progress of a refresh elsewhere is read."""

_SENT_INTERVAL_NS = seconds_to_ns(1)
"""Minimum time between two reads of how far the reminders are."""


@dataclass(frozen=True, slots=True)
class ReminderState:
    """
    The state of the reminder.

    Attributes:
        text: The text as typed.
        busy_text: The text shown while the reminder is being prepared.
        notice: How many people the reminder goes to, or why it was discarded.
        failure: The last error; None if there was none.
        resets: Increases with each change of the text that was not typed.
    """

    text: str = ""
    busy_text: TextLike = ""
    notice: TextLike = ""
    failure: Failure | None = None
    resets: int = 0


@dataclass(frozen=True, slots=True)
class SavedReminder:
    """
    An unsent reminder, being written or prepared, which stays when the page is reloaded.

    Attributes:
        text: The text.
        is_prepared: Whether the reminder was prepared.
        name: The name that was chosen for the reminder's campaign; empty if none was.
        started_ns: When the preparation in progress began, nanoseconds since the epoch; 0 if none is in progress.
    """

    text: str
    is_prepared: bool = False
    name: str = ""
    started_ns: int = 0


class ReminderModel(Model[ReminderState]):
    """
    Prepares a reminder, and follows the reminders that were sent.

    Args:
        results: The model of the results.
        run: The model of the campaign.
        name: The name of the campaign in the code.
        on_complete: Called once a reminder was sent to everybody.

    Attributes:
        plan_model: The prepared reminder, until it was sent to everybody; None if there is none.
        sent: The reminders whose sending was started here or elsewhere, oldest first.
    """

    def __init__(self, results: ResultsModel, run: RunModel, name: str, *, on_complete: Callable[[], None]) -> None:
        super().__init__(ReminderState(), results.view.clock)
        self._results = results
        self._run_model = run
        self._name = name
        self._on_complete = on_complete
        self.plan_model: PlanModel | None = None
        self._plan_text = self._plan_code = ""
        self._plan_run = results.run
        self._checked_snapshot: Snapshot | None = None
        self._in_preparation: SavedReminder | None = None
        self.sent: tuple[Reminder, ...] = ()
        self._sent_throttle = Throttle(self._clock, min_interval_ns=_SENT_INTERVAL_NS)
        self._listed: tuple[Reminder, ...] = ()
        self._repeat: tuple[Snapshot | None, tuple[Reminder, ...], Text] = (None, (), NOTHING)
        self._polled_calls = 0
        self._unfollowed = self._clock.event()
        run.reminder_lines = lambda: self.code_lines
        results.watch(self._list_sent)
        results.watch(self._check_people)

    def unfollow(self) -> None:
        """Stop waiting for a refresh elsewhere."""
        self._unfollowed.set()

    @property
    def is_sent(self) -> bool:
        """Whether the prepared reminder was sent, or is about to be."""
        return self.plan_model is not None and self.plan_model.is_sent_or_starting

    @property
    def has_ended(self) -> bool:
        """Whether the reminder was sent, and sending has ended."""
        return self.plan_model is not None and self.plan_model.run is not None and not self.plan_model.run.is_running

    @property
    def sends_card(self) -> bool:
        """Whether a reminder sends the card of the campaign again, to people who have not answered."""
        available = self._results.state.available
        return available is not None and available.cards is not None

    @property
    def calls(self) -> int:
        """
        The maximum number of calls to prepare a reminder, which first checks who has read the message.

        Results that were queried within `FRESH_NS` are not queried again.
        """
        stale_ns = self._results.view.context.now_ns() - FRESH_NS
        return sum(time <= stale_ns for time in self._query_times)

    @property
    def queried_ns(self) -> int:
        """When the oldest results were queried, nanoseconds since the epoch; 0 if unknown or to be queried again."""
        return 0 if self.calls else min(self._query_times, default=0)

    @property
    def known_reads_text(self) -> Text:
        """As of when a prepared reminder knows who has read the message; empty if that is not known."""
        known_ns = 0 if self.plan_model is None else min(self._query_times, default=0)
        return Text("results_form.remind_known_reads", moment=format_time(known_ns)) if known_ns else NOTHING

    @property
    def _query_times(self) -> tuple[int, ...]:
        available = self._results.state.available
        return () if available is None or self.sends_card else available.query_times

    @property
    def columns_text(self) -> Text:
        """The columns that the text can use, as tags."""
        return Text("results_form.reminder_columns", columns=listed_briefly(list(self.tags.values()), "column"))

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the columns that the text can use, by the columns' names."""
        names = self._results.view.results.row_map.column_names()
        return {name: tag for name in names if (tag := tag_for(name))}

    @property
    def sent_texts(self) -> list[Text]:
        """When each reminder was sent, and to how many people."""
        now_ns = self._clock.now_ns()
        return [_describe_sent(reminder, self.sent, now_ns) for reminder in self.sent]

    @property
    def repeat_text(self) -> Text:
        """How many of the people to remind were or may have been reminded already; empty if nobody was."""
        # Read once: the snapshot and the answers have the same rows.
        snapshot, answers = self._results.state.snapshot, self._results.state.answers
        if snapshot is None or not self.sent:
            return NOTHING
        of_snapshot, of_sent, repeat = self._repeat
        if of_snapshot is not snapshot or of_sent is not self.sent:
            userids, now_ns = _userids_to_remind(snapshot, answers), self._clock.now_ns()
            repeat = _describe_repeat(self.sent, userids, now_ns, sends_card=self.sends_card)
            self._repeat = (snapshot, self.sent, repeat)
        return repeat

    @property
    def code_lines(self) -> list[str]:
        """The code that prepares and sends the reminder; empty if none is prepared."""
        return [self._plan_code, *self.plan_model.code_lines] if self.plan_model is not None else []

    @property
    def saved(self) -> SavedReminder:
        """The reminder as a reload of the page restores it; only for a reminder that was not sent."""
        in_preparation = self._in_preparation
        if in_preparation is not None and in_preparation.text == self.state.text:
            return in_preparation
        plan_model = self.plan_model
        name = plan_model.state.name if plan_model is not None and plan_model.is_name_chosen else ""
        return SavedReminder(self.state.text, plan_model is not None, name)

    def restore(self, saved: SavedReminder) -> None:
        """Show a reminder as before a reload of the page, and prepare it again if that was done or started."""
        self._set_field(saved.text)
        if saved.is_prepared or saved.started_ns:
            self._start(lambda: self._prepare_again(saved), saved)

    def set_text(self, typed: str) -> None:
        """Set the text as typed; a reminder prepared with another text can no longer be sent."""
        with self._lock:
            self._show(text=typed, failure=None)
            self._check_text()

    def prepare(self) -> bool:
        """
        Prepare a reminder; ignored while a reminder is being prepared.

        Returns:
            Whether the preparation was started.
        """
        now_ns = self._results.view.context.now_ns()
        return self._start(lambda: self._prepare(refresh=True), SavedReminder(self.state.text, started_ns=now_ns))

    def leave(self) -> None:
        """Discard a prepared reminder, or close a reminder that was sent; the text stays."""
        self._discard()
        self._detach()
        self._show(notice="", failure=None)

    def follow_sent(self, run: RunModel) -> None:
        """Follow the campaign of a reminder, so that the list of reminders says how far it is."""
        run.watch(lambda: self._read_sent() if run.state.sheet is not None else self.poll_sent())

    def poll(self) -> None:
        """Follow what changes elsewhere, or with time: how far reminders are, and the calls to prepare one."""
        self.poll_sent()
        before, self._polled_calls = self._polled_calls, self.calls
        if before != self._polled_calls:
            self._notify()

    def poll_sent(self) -> None:
        """Read how far the reminders are, which may be sent elsewhere, unless they were read just now."""
        if self._sent_throttle.is_due:
            self._read_sent()

    def _start(self, prepare: Callable[[], Text], saved: SavedReminder) -> bool:
        """Start preparing a reminder, with what to save meanwhile; return whether the preparation was started."""
        with self._lock:
            if self.is_busy:
                return False
            self._in_preparation = saved
            return self._start_work(
                lambda: self._prepare_and_show(prepare), busy_text=Text("form.working"), failure=None, notice=""
            )

    def _prepare_and_show(self, prepare: Callable[[], Text]) -> None:
        try:
            with progress_shown_by(StateDisplay(lambda progress, _: self._show(busy_text=progress))):
                notice = prepare()
        finally:
            self._in_preparation = None
            self._results.reload_after_action()
        self._show(notice=notice)

    def _prepare_again(self, saved: SavedReminder) -> Text:
        """Prepare a reminder as before a reload of the page, without calls that were made already."""
        view = self._results.view
        while (progress := view.ongoing_refreshes.on_demand) is not None and not self._unfollowed.is_set():
            # The process that served the page goes on refreshing.
            self._show(busy_text=progress.text)
            self._clock.wait(self._unfollowed, _POLL_INTERVAL_NS)
        if self._unfollowed.is_set():
            return NOTHING
        is_refreshed = saved.is_prepared or view.was_refreshed_since(saved.started_ns)
        return self._prepare(refresh=not is_refreshed, name=saved.name)

    def _prepare(self, *, refresh: bool, name: str = "") -> Text:
        typed = "" if self.sends_card else self.state.text.strip()
        message, code = self._message(typed)
        self._check_is_new(message)
        view = self._results.view
        stale_ns = view.context.now_ns() - FRESH_NS
        refresh = refresh and not self.sends_card and any(time <= stale_ns for time in view.poller.query_times())
        if refresh:
            view.refresh(fresh_ns=FRESH_NS)
        run = self._results.run
        plan = run.remind(message, refresh=False)
        names = Names(plan=REMINDER, run=f"{REMINDER}_run")
        model = PlanModel(plan, names=names, name=name, narrow=self._narrow)
        self._plan_run = run
        keywords = {} if refresh or self.sends_card else {"refresh": False}
        self._replace(model, typed, call(f"{REMINDER} = {self._name}.remind", code, **keywords))
        with self._lock:
            # The user may have typed meanwhile.
            return self._describe_ready(model) if self._has_current_text() else self._discard_rewritten()

    def _check_is_new(self, message: Message) -> None:
        """
        Check that no unfinished reminder has this message, before any call is made.

        Raises:
            InputError: The message is not suitable for a reminder; or an unfinished reminder has it. That one can be
                continued, while a new reminder would reach the same people again.
        """
        view = self._results.view
        results = view.results
        bound = check_reminder(view.context, results.row_map, view.control.row(), message, has_cards=results.has_cards)
        digest = digest_of_message(bound)
        same = next((sent for sent in view.reminders() if sent.message_digest == digest and not sent.is_finished), None)
        if same is not None:
            key = "results_form.remind_same_card" if self.sends_card else "results_form.remind_same"
            raise InputError(Text(key, name=same.name), Text(f"{key}_todo"))

    def _message(self, typed: str) -> tuple[Message, str]:
        """Return the message of a reminder, and the code that creates it."""
        if self.sends_card:
            message = self._results.run.message
            if message is None:
                raise InputError(Text("results_form.no_card_text"), Text("form.nothing_done"))
            return message, f"{self._name}.message"
        if not typed:
            raise InputError(Text("results_form.no_reminder"), Text("form.nothing_done"))
        return text(typed), message_code(text(typed))

    def _replace(self, plan_model: PlanModel, typed: str, code: str) -> None:
        """Show a prepared reminder instead of the previous reminder, whose code stays if it was sent."""
        self._discard()
        if self.plan_model is not None:
            self._run_model.code_lines.extend(self.code_lines)
        self._checked_snapshot = None
        self._plan_text, self._plan_code = typed, code
        self.plan_model = plan_model
        plan_model.watch(self._send_watcher(plan_model))

    def _send_watcher(self, plan_model: PlanModel) -> Callable[[], None]:
        """Return a watcher of a prepared reminder that follows the reminder's campaign once sending has started."""
        is_followed = False

        def note_send() -> None:
            nonlocal is_followed
            if plan_model.run is not None and not is_followed:
                is_followed = True
                # Without the lock, which another thread may hold while it waits for the reminder.
                self._read_sent()
                self.follow_sent(plan_model.run)
                plan_model.run.watch(lambda: self._close_if_complete(plan_model))
            self._notify()

        return note_send

    def _close_if_complete(self, plan_model: PlanModel) -> None:
        """Close a reminder once everybody was sent to: it is a campaign of its own."""
        if plan_model is not self.plan_model or plan_model.run is None or plan_model.run.state.sheet is None:
            return
        progress = plan_model.run.state.progress
        if progress.state is State.FINISHED and progress.accepted == progress.people:
            # First: with the action open and no reminder, a form would show the fields of another reminder.
            self._on_complete()
            self._detach()
            self._show(text="", resets=self.state.resets + 1, notice="", failure=None)

    def _discard(self) -> None:
        """Discard a prepared reminder; a reminder that was sent stays."""
        plan_model = self.plan_model
        if plan_model is None or plan_model.run is not None:
            return
        plan_model.mark_outdated()
        if not plan_model.is_sent_or_starting:
            self._run_model.code_lines.extend(plan_model.opened_lines)
            self.plan_model, self._plan_code = None, ""

    def _detach(self) -> None:
        """Close a reminder that was sent, which is a campaign of its own; its code stays."""
        if self.plan_model is not None and self.plan_model.run is not None:
            self._run_model.code_lines.extend(self.code_lines)
            self.plan_model, self._plan_code = None, ""

    def _has_current_text(self) -> bool:
        return self.sends_card or self.state.text.strip() == self._plan_text

    def _discard_rewritten(self) -> Text:
        """Discard a reminder whose text was changed; return the notice."""
        self._discard()
        return Text("results_form.remind_rewritten")

    def _check_text(self) -> None:
        """Discard a reminder whose text was changed, so that only a checked text is sent."""
        if (
            self.plan_model is not None
            and self.plan_model.run is None
            and not self.is_busy
            and not self._has_current_text()
        ):
            notice = self._discard_rewritten()
            if self.plan_model is None:
                self._show(notice=notice)

    def _check_people(self) -> None:
        """Count who has read or answered the message since; discard a reminder that would reach nobody any more."""
        snapshot, plan_model = self._results.state.snapshot, self.plan_model
        if (
            plan_model is None
            or plan_model.is_sent_or_starting
            or self.is_busy
            or snapshot is None
            or snapshot is self._checked_snapshot
        ):
            return
        self._checked_snapshot = snapshot
        try:
            is_pending = self._is_pending(plan_model.plan)
        except DingError:
            # The form of the campaign shows that the ledger cannot be read; sending reads it again.
            return
        left_out = plan_model.plan.people - plan_model.view.count_recipients(is_pending)
        if left_out < plan_model.plan.people:
            plan_model.leave_out(left_out)
            self._show(notice=self._describe_ready(plan_model))
            return
        self._discard()
        if self.plan_model is None:
            key = "remind_cards_changed" if self.sends_card else "remind_changed"
            self._show(notice=Text(f"results_form.{key}"))

    def _narrow(self, plan: Plan) -> Plan:
        """
        Return a prepared reminder without people who have read or answered the message since.

        Raises:
            NobodyError: Nobody is left.
        """
        is_pending = self._is_pending(plan)
        if not view_of_plan(plan).count_recipients(is_pending):
            raise nobody_to_remind_error(has_cards=self.sends_card)
        return plan_without(plan, ~is_pending)

    def _is_pending(self, plan: Plan) -> BoolArray:
        """Return whether the person of each row of a reminder still has the message and has not read or answered it."""
        run, view = self._plan_run, view_of_plan(plan)
        pending = run.unanswered() if self.sends_card else run.results()
        if not self.sends_card:
            pending = pending[is_unread(pending)]
        # Both have the labels of the list with which the reminder was prepared.
        rows = set(zip(_comparable_labels(pending.index), pending["userid"].tolist(), strict=True))
        labels = _comparable_labels(view.frame.index)
        is_pending = ((label, view.userid(position)) in rows for position, label in enumerate(labels))
        return np.fromiter(is_pending, bool, len(labels))

    def _describe_ready(self, plan_model: PlanModel) -> Text:
        """Return how many people a prepared reminder goes to, and who is left out of the reminder."""
        plan, recipient_count, left_out = plan_model.plan, plan_model.view.recipient_count, plan_model.left_out
        ready = Text("results_form.remind_ready", people=recipient_count.text)
        # Rows of one person with the same text share a message, since DingTalk drops a second one.
        is_merged = plan.rows - plan.rejected > recipient_count.messages and recipient_count.people is not None
        kind = "answered" if self.sends_card else "read"
        merged, gone = Text("results_form.remind_merged") if is_merged else NOTHING, NOTHING
        if left_out:
            gone = Text(f"results_form.remind_left_out_{kind}", people=count(recipient_count.unit, left_out))
        return sentences(ready, merged, gone, Text(f"results_form.remind_leaves_out_{kind}"))

    def _list_sent(self) -> None:
        available = self._results.state.available
        if available is not None and available.reminders is not self._listed:
            self._listed = self.sent = available.reminders

    def _read_sent(self) -> None:
        try:
            with self._sent_throttle.timing():
                sent = self._results.view.reminders()
        except DingError:
            # The form of the campaign shows that the ledger cannot be read.
            return
        if sent != self.sent:
            self.sent = sent
            self._notify()

    def _set_field(self, written: str) -> None:
        """Set the text other than by typing."""
        with self._lock:
            self._show(text=written, resets=self.state.resets + 1)

    def _failure(self, error: Exception) -> Failure:
        """Return an error as shown, with the headings of the list for columns."""
        failure, titles = super()._failure(error), self._results.view.results.row_map.column_titles()
        return Failure(*(as_text(with_column_titles(titles, words)) for words in (failure.what, failure.hint)))

    def _on_idle(self) -> None:
        self._change({"busy_text": ""})


def _comparable_labels(index: "pd.Index") -> list[Hashable]:
    """Return the labels of an index, with None for missing labels, since NaN does not equal itself."""
    return [None if is_missing(label) else label for label in index.tolist()]


def _userids_to_remind(snapshot: "Snapshot", answers: "Answers | None") -> frozenset[str]:
    """Return the userids of the people whom a reminder would reach; `answers` is None without cards."""
    if answers is not None:
        return frozenset(snapshot.frame.loc[answers.is_unanswered, "userid"])
    return frozenset(snapshot.people.loc[is_unread(snapshot.people), "userid"])


def _describe_sent(reminder: "Reminder", reminders: "Sequence[Reminder]", now_ns: int) -> Text:
    """Return when a reminder was sent to how many people, and whether it was finished and recalled."""
    unit, is_whole = reminder.unit, reminder.accepted == reminder.people
    sent = Text(
        "results_form.reminded" if is_whole else "results_form.reminded_some",
        time=_format_time(reminder.started_ns, now_ns),
        n=reminder.accepted,
        people=count(unit, reminder.people),
        name=reminder.name,
    )
    texts = [sent]
    if reminder.unknown:
        texts.append(Text("results_form.reminder_unknown", people=count(unit, reminder.unknown)))
    if reminder.state is State.RUNNING:
        texts.append(Text("results_form.reminder_running"))
    if reminder.is_halted:
        texts.append(Text(f"results_form.reminder_{reminder.state}", people=count(unit, reminder.queued)))
        by_others = frozenset[str]().union(*(other.reached for other in reminders if other is not reminder))
        again = len(reminder.waiting & by_others)
        texts.append(Text("results_form.reminder_elsewhere", people=count("person", again)) if again else NOTHING)
    if reminder.recalled:
        texts.append(Text("results_form.reminder_recalled", people=count(unit, reminder.recalled)))
    return sentences(*texts)


def _describe_repeat(
    reminders: "Sequence[Reminder]", userids: Collection[str], now_ns: int, *, sends_card: bool
) -> Text:
    """
    Return how many of some people were or may have been reminded already, with the consequence; may be empty.

    Args:
        reminders: The reminders that were sent.
        userids: The userids of the people.
        now_ns: The current time, nanoseconds since the epoch.
        sends_card: Whether a reminder sends the card again, which reaches people as often as it is sent.
    """
    people = frozenset[str]().union(*(reminder.reached for reminder in reminders)).intersection(userids)
    others = frozenset[str]().union(*(reminder.uncertain for reminder in reminders)).intersection(userids) - people
    uncertain = Text("results_form.remind_uncertain", people=count("person", len(others))) if others else NOTHING
    if not people:
        return uncertain
    reminded = [reminder for reminder in reminders if not reminder.reached.isdisjoint(userids)]
    latest = max(reminder.started_ns for reminder in reminded)
    names = listed_briefly([reminder.name for reminder in reminded], "campaign")
    time = _format_time(latest, now_ns)
    key = "results_form.remind_again" if sends_card else "results_form.remind_again_text"
    return sentences(Text(key, people=count("person", len(people)), time=time, names=names), uncertain)


def _format_time(at_ns: int, now_ns: int) -> str:
    """Return a time, with the date unless it is today."""
    is_today = format_time(at_ns, DATE) == format_time(now_ns, DATE)
    return format_time(at_ns, TIME_TO_MINUTE if is_today else DATETIME_TO_MINUTE)
