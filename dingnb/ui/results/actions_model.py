"""The model of the actions on results: nothing reaches people before the count is confirmed."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dingnb.campaigns.campaign_view import AvailableActions
from dingnb.campaigns.recipient_count import Unit, text_key
from dingnb.campaigns.results.campaign_results import is_unread
from dingnb.campaigns.sending.resolve import How
from dingnb.campaigns.status import State, Status
from dingnb.display import progress_shown_by
from dingnb.errors import DingError, InputError
from dingnb.messages import Message, text
from dingnb.ui.kit.code import Names, call, literal, message_code
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.plan.model import PlanModel, read_count
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import Action, ActionsState
from dingnb.ui.run.model import RunModel
from dingnb.words import Text, Words, count, in_form, say

if TYPE_CHECKING:
    from dingnb.campaigns.results.campaign_results import Snapshot

ACTIONS: tuple[Action, ...] = ("retry", "resolve", "remind", "recall", "close")
"""All actions, in the order in which they are offered: those about problems first."""

ACTION_ON: Mapping[str, Action] = {
    Status.FAILED: "retry",
    Status.FILTERED: "retry",
    Status.INVALID: "retry",
    Status.DELIVERED: "remind",
    Status.UNKNOWN: "resolve",
}
"""The action for everybody with a status. A recall is not among them: it takes the message from everyone."""

COUNTED: tuple[Action, ...] = ("retry", "recall", "resolve")
"""Actions that need a confirmed count."""

REMINDER = "reminder"
"""Name of a reminder's plan in the code."""


class ActionsModel(Model[ActionsState]):
    """
    Retries, reminds, recalls, resolves and closes.

    Args:
        results: The model of the results.
        run: The model of the campaign.
        name: Its name in the code.
    """

    def __init__(self, results: ResultsModel, run: RunModel, name: str) -> None:
        super().__init__(ActionsState(), results.view.clock)
        self._results = results
        self._followed = run
        self.run = results.run
        self._name = name
        self.reminder: PlanModel | None = None
        self._reminder_line = self._reminder_text = ""
        self._reminded: frozenset[str] = frozenset()
        self._seen: Snapshot | None = None
        results.watch(self._check_reminder)
        results.watch(self._check_offer)

    @property
    def is_acting(self) -> bool:
        """Whether an action is in progress that changes the results; preparing a reminder does not."""
        return self.is_busy and self.state.action != "remind"

    @property
    def is_reminder_sent(self) -> bool:
        """Whether the reminder of the open action was sent, or sending it is starting."""
        return self.state.action == "remind" and self.reminder is not None and self.reminder.is_sent_or_starting

    @property
    def choices(self) -> AvailableActions | None:
        """The available actions; None until they are known."""
        return self._results.state.choices

    @property
    def is_running(self) -> bool:
        """Whether the campaign is running; no action is available then."""
        return self._followed.is_running

    @property
    def offered(self) -> dict[Action, int]:
        """The available actions, each with the number of people affected; empty while the campaign is running."""
        choices = self.choices
        if choices is None or self.is_running:
            return {}
        offered: dict[Action, int] = {}
        is_closed = choices.cards is not None and choices.cards.is_closed
        if (choices.retry.people or choices.retry.people_later) and not is_closed:
            offered["retry"] = choices.retry.people
        pending = choices.unread if choices.cards is None else choices.cards.unanswered
        if pending and not is_closed:
            offered["remind"] = pending
        if choices.unknown:
            offered["resolve"] = choices.unknown
        if choices.recall.reached:
            offered["recall"] = choices.recall.reached
        if choices.cards is not None and (choices.cards.close_calls or not is_closed):
            # If closing was interrupted, some cards are not disabled yet.
            offered["close"] = 0
        return offered

    @property
    def people(self) -> int:
        """The count to confirm: the people affected by the chosen action."""
        choices, state = self.choices, self.state
        if choices is None:
            return 0
        if state.action == "retry":
            # A campaign that is not finished cannot be retried.
            return choices.retry.people if choices.state is State.FINISHED else 0
        if state.action == "recall":
            # As on its button. People without the message lose nothing.
            return choices.recall.reached
        if state.action == "resolve":
            # Resending also continues with those who are queued.
            again = choices.resendable + choices.queued if choices.resendable else 0
            return again if state.how == "resend" else choices.unknown
        return 0

    @property
    def unit(self) -> Unit:
        """The unit of counts: people, or messages if there is a key."""
        return "person" if self.choices is None else self.choices.unit

    @property
    def code_lines(self) -> list[str]:
        """The code that prepares and sends the reminder."""
        return [self._reminder_line, *self.reminder.code_lines] if self.reminder is not None else []

    def choose(self, action: Action) -> None:
        """Choose an action; nothing is done yet."""
        if action != self.state.action and not self.is_busy:
            self._discard_reminder()
            self._leave_reminder()
            self._reset_count(action=action, notice="")

    def decide(self, how: How) -> None:
        """Choose what to do about unknown outcomes; nothing is done yet."""
        self._reset_count(how=how)

    def type_count(self, typed: str) -> None:
        """Set the count as typed."""
        self._show(typed=typed, failure=None, is_miscounted=False)

    def write_reminder(self, written: str) -> None:
        """Set the reminder text as typed; a reminder prepared with another text can no longer be sent."""
        with self._lock:
            self._show(reminder=written, failure=None)
            self._check_text()

    def validate(self) -> bool:
        """Check the typed count, and show what is wrong with it; return whether it is right."""
        with self._lock:
            miscount = self._miscount() if self.state.action in COUNTED else None
            if miscount is not None:
                self._show(failure=miscount, notice="", is_miscounted=True)
            return miscount is None

    def act(self) -> bool:
        """
        Do the chosen action if the typed count is right; ignored while one is in progress.

        Returns:
            Whether it was begun.
        """
        with self._lock:
            action, how, expect = self.state.action, self.state.how, self.people
            # A recall withdraws whole calls, so it counts everyone in them.
            sent_to = 0 if self.choices is None else self.choices.recall.people
            # The confirmed count, since a refresh may change what is shown before the work begins.
            works: dict[Action, Callable[[], Words]] = {
                "retry": lambda: self._retry(expect),
                "remind": self._remind,
                "recall": lambda: self._recall(sent_to),
                "resolve": lambda: self._resolve(how, expect),
                "close": self._close,
            }
            if self.is_busy or action not in works or self.is_running or self.is_reminder_sent:
                return False
            if not self.validate():
                return False
            return self._start_work(
                lambda: self._do(action, works[action]),
                busy_text=say("results_form.working"),
                failure=None,
                notice="",
                is_miscounted=False,
            )

    def _do(self, action: Action, work: Callable[[], Words]) -> None:
        try:
            with progress_shown_by(StateDisplay(lambda progress, _: self._show(busy_text=progress))):
                notice = in_form(work())
            # The count was for this action only.
            written = {} if action == "remind" else {"action": ""}
            self._reset_count(notice=notice, **written)
        except DingError:
            if action != "remind":
                # What was done before the error may have changed the count.
                self._reset_count()
            raise
        finally:
            self._results.reload_after_action()

    def _retry(self, expect: int) -> Words:
        self.run.retry(expect=expect, wait=False)
        self._note(call(f"{self._name}.retry", expect=expect))
        return self._results.view.control.opening

    def _recall(self, expect: int) -> Words:
        self.run.recall(expect=expect)
        self._note(call(f"{self._name}.recall", expect=expect))
        return self._results.view.control.opening

    def _resolve(self, how: How, expect: int) -> str:
        self.run.resolve(how, expect=expect, wait=False)
        self._note(call(f"{self._name}.resolve", literal(how), expect=expect))
        return say(f"results_form.resolved_{how}", people=count(self.unit, expect))

    def _close(self) -> str:
        self.run.close()
        self._note(call(f"{self._name}.close"))
        return say("results_form.is_closed")

    @property
    def reminds_by_card(self) -> bool:
        """Whether a reminder sends the card of the campaign again, to those who have not answered."""
        return self.choices is not None and self.choices.cards is not None

    def _reminder_message(self, written: str) -> tuple[Message, str]:
        """Return the message of a reminder, and its code."""
        if self.reminds_by_card:
            message = self.run.message
            if message is None:
                raise InputError(Text("results_form.no_card_text"), Text("results_form.nothing_done"))
            return message, f"{self._name}.message"
        if not written:
            raise InputError(Text("results_form.no_reminder"), Text("results_form.nothing_done"))
        return text(written), message_code(text(written))

    def _pending(self, snapshot: "Snapshot") -> frozenset[str]:
        """Return the userids of the people whom a reminder would reach."""
        if self.reminds_by_card:
            frame = snapshot.frame
            return frozenset(frame.loc[self._results.view.results.is_unanswered(frame), "userid"])
        return frozenset(snapshot.people.loc[is_unread(snapshot.people), "userid"])

    def _remind(self) -> str:
        written = "" if self.reminds_by_card else self.state.reminder.strip()
        message, code = self._reminder_message(written)
        plan = self.run.remind(message)
        self._discard_reminder()
        if self.reminder is not None:
            # The code keeps a reminder that was sent before.
            self._followed.steps.extend(self.code_lines)
        pending = self.run.unanswered() if self.reminds_by_card else self.run.unread()
        self._reminded, self._seen = frozenset(pending["userid"]), self._results.state.snapshot
        self._reminder_text = written
        self._reminder_line = call(f"{REMINDER} = {self._name}.remind", code)
        self.reminder = PlanModel(plan, names=Names(plan=REMINDER, run=f"{REMINDER}_run"))
        self.reminder.watch(self._notify)
        with self._lock:
            # The user may have typed meanwhile.
            return say("results_form.remind_ready") if self._is_as_written() else self._rewritten()

    def _miscount(self) -> Failure | None:
        typed, people = read_count(self.state.typed), self.people
        who = count(self.unit, people)
        if typed is None:
            is_blank = not self.state.typed.strip()
            key = text_key(self.unit, "results_form.type_count") if is_blank else "results_form.no_count"
            return Failure(Text(key, typed=self.state.typed, people=who), Text("results_form.nothing_done"))
        if not people or typed != people:
            what = Text("results_form.other_count", typed=f"{typed:,}", people=who)
            return Failure(what, Text("results_form.nothing_done"))
        return None

    def _reset_count(self, **changed: object) -> None:
        """Change the state and clear the typed count."""
        with self._lock:
            self._show(typed="", failure=None, is_miscounted=False, round=self.state.round + 1, **changed)

    def _note(self, line: str) -> None:
        self._followed.steps.append(line)

    def _discard_reminder(self) -> None:
        """Discard a prepared reminder; one that was sent stays."""
        reminder = self.reminder
        if reminder is None or reminder.run is not None:
            return
        reminder.mark_outdated()
        if not reminder.is_sent_or_starting:
            self.reminder, self._reminder_line = None, ""

    def _leave_reminder(self) -> None:
        """Let go of a reminder that was sent, and is a campaign of its own; its code stays."""
        if self.reminder is not None and self.reminder.run is not None:
            self._followed.steps.extend(self.code_lines)
            self.reminder, self._reminder_line = None, ""

    def _is_as_written(self) -> bool:
        return self.reminds_by_card or self.state.reminder.strip() == self._reminder_text

    def _rewritten(self) -> str:
        self._discard_reminder()
        return say("results_form.remind_rewritten")

    def _check_text(self) -> None:
        """Discard a reminder whose text was changed, so that only what was checked is sent."""
        if self.reminder is not None and self.reminder.run is None and not self.is_busy and not self._is_as_written():
            notice = self._rewritten()
            if self.reminder is None:
                self._show(notice=notice)

    def _check_reminder(self) -> None:
        """Discard a reminder once one of its people has read or answered the message."""
        snapshot = self._results.state.snapshot
        if self.reminder is None or self.is_busy or snapshot is None or snapshot is self._seen:
            return
        self._seen = snapshot
        if not self._reminded.issubset(self._pending(snapshot)):
            self._discard_reminder()
            if self.reminder is None:
                key = "remind_cards_changed" if self.reminds_by_card else "remind_changed"
                self._show(notice=say(f"results_form.{key}"))

    def _check_offer(self) -> None:
        """Clear the chosen action once it is no longer available."""
        action = self.state.action
        if action and not self.is_busy and not self.is_reminder_sent and action not in self.offered:
            self._discard_reminder()
            self._reset_count(action="")

    def _ended(self) -> None:
        self._show(busy_text="")
