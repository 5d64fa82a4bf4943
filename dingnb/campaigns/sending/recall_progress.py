"""The progress of a recall, kept after an interruption. Other processes can see it, and send nothing meanwhile."""

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Literal, NamedTuple, TypeAlias

from dingnb.calls.backoff import Pause
from dingnb.calls.context import SendContext
from dingnb.channels import Channel, channel_named
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import LedgerSession, Realm
from dingnb.ledger.campaigns import campaigns, recalls
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.recalls import AcceptedBatch
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.sending import leases
from dingnb.ledger.sending.processes import Process, this_process
from dingnb.limits import Limits
from dingnb.words import NOTHING, Text, count, sentences

HEARTBEAT_NS = seconds_to_ns(30)
"""Time between two signs of life of a recall, which may wait longer for DingTalk."""

MAX_SILENCE_NS = 6 * HEARTBEAT_NS
"""Time without a sign of life after which a recall counts as ended; if its process is known to be dead, at once."""

_READ_INTERVAL_NS = seconds_to_ns(0.5)
"""Time after which a recall reads whether it is to stop."""

_ENDED_NS = 0
"""What is published as the time of a recall that has ended before everything was recalled."""


UnfinishedRecall: TypeAlias = Literal["ongoing", "interrupted", "late"]
"""
The state of a recall that has not recalled everything: it is being made; it ended early, and can be continued; or it
ended early, too long ago to be continued.
"""


class RecallProgress(NamedTuple):
    """
    The progress of a recall that is being made, perhaps by another process.

    Attributes:
        recalled: The number of tasks recalled so far.
        tasks: The number of tasks to recall.
        at_ns: The time of this record, in DingTalk's time, nanoseconds since the epoch; 0 if the recall ended early.
        process: The process that recalls.
        who: The userids of the people from whom the recall was requested, and of the people of `left`; empty for
            everybody.
        left: The number of other tasks that are still to be recalled, because an earlier recall was interrupted.
        is_replaced: Whether another text has been sent under this name since; the earlier text is still to be recalled.
        is_stopping: Whether the process was asked to stop.
        sent_until_ns: For a recall from everybody, when the last message to recall was sent; 0 if unknown, or for a
            recall from certain people, which concerns all of their messages.
        pause: How the recall waits after failed calls, as of `at_ns`; None if it does not wait.
    """

    recalled: int
    tasks: int
    at_ns: int
    process: Process
    who: tuple[str, ...] = ()
    left: int = 0
    is_replaced: bool = False
    is_stopping: bool = False
    sent_until_ns: int = 0
    pause: Pause | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything was recalled."""
        return self.recalled >= self.tasks + self.left

    def precedes(self, task: AcceptedBatch) -> bool:
        """Return whether the message of a task was sent after this recall was requested from everybody."""
        return 0 < self.sent_until_ns < task.sent_ns

    @property
    def share(self) -> float:
        """The share of the tasks that were recalled."""
        return self.recalled / max(self.tasks, 1)

    @property
    def text(self) -> Text:
        """The progress as text."""
        return Text("progress.recalled", n=self.recalled, calls=count("call", self.tasks))

    def pause_text(self, now_ns: int) -> Text:
        """Return why the recall waits, and how much longer; empty if it does not wait."""
        if self.pause is None:
            return NOTHING
        waited_ns = now_ns - self.at_ns
        left_ns = self.pause.left_ns - waited_ns
        gives_up_s = max(self.pause.gives_up_s - waited_ns // NS_PER_S, 0)
        return Pause(self.pause.reason, left_ns, gives_up_s).text if left_ns > 0 else NOTHING


def ongoing_recall(db: LedgerSession, campaign: int, now_ns: int) -> RecallProgress | None:
    """Return the progress of the recall of a campaign; None if nothing is being recalled."""
    progress = _published(db, campaign)
    return None if progress is None or _has_ended(progress, now_ns) else progress


def explain_recall(db: LedgerSession, campaign: CampaignRow, now_ns: int) -> tuple[Text, Text]:
    """Return that a campaign is being recalled, so that nothing may be sent, and what to do; otherwise both empty."""
    progress = ongoing_recall(db, campaign.id, now_ns)
    if progress is None:
        return NOTHING, NOTHING
    what = Text("recall.under_way", name=campaign.name, who=progress.process.text, progress=progress.text)
    return what, Text("recall.under_way_todo")


def check_not_recalled_now(db: LedgerSession, campaign: CampaignRow, now_ns: int) -> None:
    """
    Check that no process is recalling a campaign, before anything is sent.

    Raises:
        InputError: A process is recalling the campaign.
    """
    what, todo = explain_recall(db, campaign, now_ns)
    if what:
        raise InputError(what, todo)


def interrupted_recall(db: LedgerSession, campaign: int, channel: Channel, limits: Limits, now_ns: int) -> Explanation:
    """Return what is left of the last recall of a campaign if it ended early, and what to do; otherwise nothing."""
    progress = _interrupted(db, campaign, now_ns)
    if progress is None:
        return NO_REASON
    left, sent_since = _split_rest(db, campaign, progress)
    if not left:
        # Nobody has the message any more.
        return NO_REASON
    is_late = _is_late(left, channel, limits, now_ns)
    key = "recall.interrupted_some" if progress.who else "recall.interrupted"
    people_since = {userid for task in sent_since for userid in task.possible_recipients}
    since = Text("recall.interrupted_since", people=count("person", len(people_since))) if people_since else NOTHING
    return Explanation(
        Text(key, n=progress.recalled, calls=count("call", progress.tasks + progress.left)),
        Text("recall.interrupted_late_todo") if is_late else sentences(Text(f"{key}_todo"), since),
    )


def unfinished_recalls(db: LedgerSession, realm: Realm, limits: Limits, now_ns: int) -> dict[str, UnfinishedRecall]:
    """Return the campaigns of an app, by name, that are being recalled or whose last recall ended early."""
    unfinished: dict[str, UnfinishedRecall] = {}
    for number in recalls.campaigns_with_progress(db, realm):
        row, progress = campaigns.get(db, number), _published(db, number)
        if row is None or progress is None:
            continue
        if not _has_ended(progress, now_ns):
            unfinished[row.name] = "ongoing"
        elif not progress.is_complete and (left := _tasks_left(db, number, progress)):
            is_late = _is_late(left, channel_named(row.channel), limits, now_ns)
            unfinished[row.name] = "late" if is_late else "interrupted"
    return unfinished


def _is_late(left: Iterable[AcceptedBatch], channel: Channel, limits: Limits, now_ns: int) -> bool:
    """Return whether none of the tasks left of a recall can be recalled any more."""
    since_ns = now_ns - channel.recall_window_ns(limits)
    return not any(task.can_be_recalled(since_ns) for task in left)


def _tasks_left(db: LedgerSession, campaign: int, progress: RecallProgress) -> list[AcceptedBatch]:
    """Return the tasks that a recall is still to recall, by which its people have or may have the message."""
    left, _ = _split_rest(db, campaign, progress)
    return left


def _split_rest(
    db: LedgerSession, campaign: int, progress: RecallProgress
) -> tuple[list[AcceptedBatch], list[AcceptedBatch]]:
    """Return the tasks that a recall is still to recall, and the tasks to its people that were sent since."""
    left, sent_since = list[AcceptedBatch](), list[AcceptedBatch]()
    for task in _tasks_with(db, campaign, progress.who):
        (sent_since if progress.precedes(task) else left).append(task)
    return left, sent_since


def _tasks_with(db: LedgerSession, campaign: int, who: Collection[str]) -> list[AcceptedBatch]:
    """Return the tasks not recalled yet by which people of `who` (if empty, anybody) have or may have the message."""
    tasks = recalls.accepted_batches(db, campaign)
    return [task for task in tasks if task.receipt and not task.recalled_ns and _concerns(task, who)]


def _concerns(task: AcceptedBatch, who: Collection[str]) -> bool:
    people = task.possible_recipients
    return not set(who).isdisjoint(people) if who else bool(people)


def people_of_interrupted_recall(db: LedgerSession, campaign: int, now_ns: int) -> tuple[str, ...]:
    """Return the `RecallProgress.who` of an interrupted recall; empty for everybody, or if there is none."""
    progress = _interrupted(db, campaign, now_ns)
    return () if progress is None else progress.who


def _interrupted(db: LedgerSession, campaign: int, now_ns: int) -> RecallProgress | None:
    """Return the progress of a recall that ended before everything was recalled; None if there is none."""
    progress = _published(db, campaign)
    if progress is None or not _has_ended(progress, now_ns) or progress.is_complete:
        return None
    return progress


def has_unfinished_recall(db: LedgerSession, campaign: int) -> bool:
    """Return whether a recall of a campaign, being made or interrupted, has not recalled everything yet."""
    progress = _published(db, campaign)
    return progress is not None and _is_unfinished(db, campaign, progress)


def is_to_be_recalled(db: LedgerSession, campaign: int) -> bool:
    """Return whether an unfinished recall concerns what a campaign still sends, rather than a text since replaced."""
    progress = _published(db, campaign)
    return progress is not None and not progress.is_replaced and _is_unfinished(db, campaign, progress)


def _is_unfinished(db: LedgerSession, campaign: int, progress: RecallProgress) -> bool:
    return not progress.is_complete and bool(_tasks_left(db, campaign, progress))


def _published(db: LedgerSession, campaign: int) -> RecallProgress | None:
    """Return the progress that a recall has published; None if there is none, such as after a complete recall."""
    published = recalls.get_progress(db, campaign)
    if not published:
        return None
    recalled, tasks, at_ns, process, who, *rest = json.loads(published)
    progress = RecallProgress(recalled, tasks, at_ns, Process(*process), tuple(who), *rest)
    return progress if progress.pause is None else progress._replace(pause=Pause(*progress.pause))


def _has_ended(progress: RecallProgress, now_ns: int) -> bool:
    return progress.process.has_ended(progress.at_ns, now_ns, MAX_SILENCE_NS)


def start_recall(context: SendContext, campaign: int, tasks: int, who: Collection[str] | None = None) -> None:
    """
    Let other processes see that a campaign is being recalled, from `who` or everybody; `end_recall` must follow.

    What an interrupted recall from other people has left stays to be recalled.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        tasks: The number of tasks to recall.
        who: The userids to recall messages from; None for everybody.

    Raises:
        InputError: Another process is sending the campaign.
    """
    people, left, is_replaced, sent_until_ns = tuple(who or ()), 0, False, 0
    with context.ledger.transaction() as db:
        sender = leases.holder(db, campaign, context.ledger.shared_clock_ns(context.clock))
        if sender is not None and not sender.is_this:
            # Sending has started since the caller checked.
            raise InputError(Text("recall.running"), Text("recall.running_todo"))
        # The outcome of the last refresh is outdated.
        campaigns.set_progress(db, campaign, "")
        earlier_recall = _published(db, campaign)
        if people and earlier_recall is not None and not earlier_recall.is_complete:
            is_replaced = earlier_recall.is_replaced and set(people).issubset(earlier_recall.who)
            left = sum(not _concerns(task, people) for task in _tasks_left(db, campaign, earlier_recall))
            if left:
                people = tuple(dict.fromkeys((*earlier_recall.who, *people))) if earlier_recall.who else ()
                sent_until_ns = earlier_recall.sent_until_ns
        elif not people:
            sent_until_ns = max((task.sent_ns for task in _tasks_with(db, campaign, ())), default=0)
        progress = RecallProgress(0, tasks, context.now_ns(), this_process(), people, left, is_replaced)
        _publish(db, campaign, progress._replace(sent_until_ns=sent_until_ns))


def end_recall(context: SendContext, campaign: int, *, is_complete: bool) -> None:
    """
    Let other processes see that a campaign is no longer being recalled, and whether the recall was interrupted.

    A recall that another process has started meanwhile goes on.
    """
    with context.ledger.transaction() as db:
        progress = _published(db, campaign)
        if progress is None or not progress.process.is_this:
            return
        if is_complete and not progress.left:
            forget_recall(db, campaign)
        else:
            _publish(db, campaign, progress._replace(at_ns=_ENDED_NS))


def stop_recall(context: SendContext, campaign: int) -> RecallProgress | None:
    """
    Ask the process that is recalling a campaign to stop; what it has not recalled by then can be recalled later.

    Returns:
        The progress of the recall; None if nothing is being recalled.
    """
    with context.ledger.transaction() as db:
        progress = ongoing_recall(db, campaign, context.now_ns())
        if progress is not None:
            _publish(db, campaign, progress._replace(is_stopping=True))
    return progress


def forget_recall(db: LedgerSession, campaign: int) -> None:
    """Discard the progress of the last recall of a campaign, because nothing is left to recall."""
    recalls.set_progress(db, campaign, "")


def leave_out_of_recall(db: LedgerSession, campaign: int, corrected: Collection[str]) -> None:
    """
    Leave people who are sent another text now out of an incomplete recall: continued, it would take that text as well.

    Other people who have or may have the earlier text stay in the recall. If there are none, the recall is forgotten.
    """
    progress = _published(db, campaign)
    if progress is None:
        return
    left = (userid for task in _tasks_left(db, campaign, progress) for userid in task.possible_recipients)
    concerned = (userid for userid in left if not progress.who or userid in progress.who)
    who = tuple(dict.fromkeys(userid for userid in concerned if userid not in corrected))
    if who:
        _publish(db, campaign, progress._replace(who=who, is_replaced=True))
    else:
        forget_recall(db, campaign)


def _publish(db: LedgerSession, campaign: int, progress: RecallProgress) -> None:
    recalls.set_progress(db, campaign, json.dumps(progress))


def record_recalled(db: LedgerSession, campaign: int, recalled: int, now_ns: int) -> None:
    """Let other processes see how many tasks were recalled so far, unless another process recalls as well."""
    progress = _published(db, campaign)
    if progress is not None and (progress.process.is_this or _has_ended(progress, now_ns)):
        _publish(db, campaign, progress._replace(recalled=recalled, at_ns=now_ns, process=this_process(), pause=None))


class RecallHeartbeat:
    """
    Lets other processes see that this process is still recalling a campaign, and why it waits, and stop the recall.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._last_ns = self._last_read_ns = context.clock.monotonic_ns()
        self._paused_until_ns = 0

    def beat(self, pause: Pause | None) -> bool:
        """
        Publish a sign of life, unless the last is recent and of the same pause, or another process recalls as well.

        Args:
            pause: How the recall waits after failed calls; None if it does not wait.

        Returns:
            Whether to continue.
        """
        monotonic_ns = self._context.clock.monotonic_ns()
        if monotonic_ns - self._last_read_ns < _READ_INTERVAL_NS:
            return True
        self._last_read_ns = monotonic_ns
        paused_until_ns = 0 if pause is None else monotonic_ns + pause.left_ns
        has_changed = abs(paused_until_ns - self._paused_until_ns) > NS_PER_S
        is_due = has_changed or monotonic_ns - self._last_ns >= HEARTBEAT_NS
        ledger = self._context.ledger
        # The next sign may succeed; the recall itself reports a ledger that is lost.
        with suppress(LedgerError), ledger.transaction() if is_due else ledger.connection() as db:
            progress = _published(db, self._campaign)
            if progress is None or not progress.process.is_this:
                return True
            if is_due:
                self._last_ns, self._paused_until_ns = monotonic_ns, paused_until_ns
                _publish(db, self._campaign, progress._replace(at_ns=self._context.now_ns(), pause=pause))
            return not progress.is_stopping
        return True
