"""Interprets the results that DingTalk reports about a task: the outcome for each of its people."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.status import MAY_HAVE_MESSAGE, NOT_DELIVERED, REACHED, Status, may_have_same_text
from dingnb.channels import Channel, Results
from dingnb.errors import code_meaning, code_todo
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes, stored_bodies
from dingnb.ledger.campaigns.batches import OpenTask
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.sending import attempt_search, attempts
from dingnb.words import NOTHING, Text

_BY_CERTAINTY = (Status.READ, Status.DELIVERED, Status.FILTERED, Status.INVALID, Status.FAILED, Status.UNKNOWN)
"""Statuses that a result may report, most certain first."""

_DROPPED_AS_REPEAT = "repeat"
"""In place of the status of a message that was itself dropped as a repeat: the person may or may not have the text."""

_DELIVERED_AND_RECALLED = "delivered, then recalled"
"""In place of the status of a recalled message that is known to have been delivered before."""

_LESS_LIKELY = (_DELIVERED_AND_RECALLED, Status.RECALLED, _DROPPED_AS_REPEAT)
"""Statuses of messages that a person no longer has, or may not have had, the most likely cause of a drop first."""

_DECISION_EVIDENCE = frozenset({"resolved", "left_out"})
"""Evidence of outcomes that the analyst decided, which results do not override."""


class _OtherSend(NamedTuple):
    """
    A batch that sent a person the same text.

    Attributes:
        campaign: The name of the batch's campaign.
        status: The person's status in the batch, `_DROPPED_AS_REPEAT` or `_DELIVERED_AND_RECALLED`; empty if unknown.
        is_accepted: Whether DingTalk accepted the batch's call.
    """

    campaign: str
    status: str
    is_accepted: bool = False

    @property
    def evidence(self) -> str:
        """The evidence of a person whose message was dropped because of this batch; see `Outcome`."""
        if self.status in REACHED:
            return "elsewhere"
        is_sent = (self.is_accepted or is_test(self.campaign)) and self._may_have_arrived
        return "sent_elsewhere" if is_sent else "result"

    @property
    def rank(self) -> int:
        """The place of this batch among the possible causes of a drop, the most likely cause first."""
        if self.evidence != "result":
            return ("elsewhere", "sent_elsewhere").index(self.evidence)
        if self._may_have_arrived:
            return 2
        return 3 + (_LESS_LIKELY.index(self.status) if self.status in _LESS_LIKELY else len(_LESS_LIKELY))

    @property
    def _may_have_arrived(self) -> bool:
        return self.status in MAY_HAVE_MESSAGE or not self.status


class _Duplicate(NamedTuple):
    """A person whose message DingTalk dropped because of the same text, and the code."""

    userid: str
    code: str


def outcomes_of_result(
    db: LedgerSession, context: SendContext, channel: Channel, task: OpenTask, results: Results, now_ns: int
) -> list[Outcome]:
    """
    Return the outcomes of a task's people; people missing in the results are not final and have none.

    If a call repeats a call with unknown outcome, and DingTalk drops the repeat because the person already has the
    text, the first call has delivered the text, unless the ledger has another call with this text on that day.

    Earlier outcomes are kept if they are more certain, or if the analyst decided them.
    """
    new_outcomes: list[Outcome] = []
    duplicates: dict[int, _Duplicate] = {}
    is_repeat = any(attempt.outcome == "unknown" for attempt in attempts.of_batch(db, task.batch))
    earlier = {outcome.place: outcome for outcome in outcomes.of_batch(db, task.batch)}
    for place, userid in enumerate(task.userids):
        if userid not in results:
            continue
        status, code = Status(results[userid].status), results[userid].code
        if _is_kept(earlier.get(place), status):
            continue
        if status is Status.FILTERED and code in channel.same_text_codes:
            duplicates[place] = _Duplicate(userid, code)
            continue
        why = results[userid].why
        reason, hint = (why.reason, why.hint) if why.reason else _reason_and_hint(status, code)
        if is_repeat and status in {Status.FILTERED, Status.FAILED}:
            # That the repeat failed does not show whether the first call succeeded.
            status, hint = Status.UNKNOWN, Text("result.repeat_failed_todo")
            reason = Text("result.repeat_failed", reason=reason)
        new_outcomes.append(Outcome(task.batch, place, status, code, "result", reason, hint, now_ns))
    return [
        *new_outcomes,
        *(_duplicate_outcomes(db, context, task, duplicates, now_ns, is_repeat=is_repeat) if duplicates else ()),
    ]


def _is_kept(earlier: Outcome | None, status: Status) -> bool:
    """Return whether an earlier outcome is kept although a result now reports `status`."""
    if earlier is None:
        return False
    if earlier.evidence in _DECISION_EVIDENCE:
        return True
    if earlier.evidence != "result" or earlier.status not in _BY_CERTAINTY:
        return False
    return _BY_CERTAINTY.index(Status(earlier.status)) < _BY_CERTAINTY.index(status)


def _duplicate_outcomes(
    db: LedgerSession,
    context: SendContext,
    task: OpenTask,
    duplicates: Mapping[int, _Duplicate],
    now_ns: int,
    *,
    is_repeat: bool,
) -> Iterator[Outcome]:
    """Yield the outcomes of people whose message DingTalk dropped because of the same text, by place."""
    other_sends = _find_other_sends(db, context, task)
    for place, (userid, code) in duplicates.items():
        other = other_sends.get(userid)
        if other is None and is_repeat:
            reason, hint = Text("result.duplicate"), NOTHING
            yield Outcome(task.batch, place, Status.DELIVERED, code, "duplicate", reason, hint, now_ns)
            continue
        other = other or _OtherSend("", "")
        campaign, status, _ = other
        has_text = status in REACHED
        if is_repeat:
            outcome_status = Status.DELIVERED if has_text else Status.UNKNOWN
            reason = _repeat_reason(campaign, status)
            # DingTalk accepted the repeat, so that the batch is never repeated again.
            hint = NOTHING if has_text else Text("result.repeat_failed_todo")
            yield Outcome(task.batch, place, outcome_status, code, "duplicate", reason, hint, now_ns)
            continue
        reason, hint = code_meaning(code), Text("result.same_text_todo")
        if campaign:
            reason = _repeat_reason(campaign, status)
        if has_text or is_test(campaign):
            # There is nothing to do.
            hint = NOTHING
        if status in {Status.RECALLED, _DELIVERED_AND_RECALLED}:
            hint = Text("result.recalled_from_todo")
        yield Outcome(task.batch, place, Status.FILTERED, code, other.evidence, reason, hint, now_ns)


def _repeat_reason(campaign: str, status: str) -> Text:
    """Return the reason if another call of the day sent the same text, by the status of that call."""
    if is_test(campaign) and (status in MAY_HAVE_MESSAGE or not status):
        return Text("result.had_test" if status in REACHED else "result.maybe_had_test", campaign=campaign)
    if status in REACHED:
        return Text("result.had_it_from", campaign=campaign)
    if status == _DROPPED_AS_REPEAT:
        return Text("result.dropped_before", campaign=campaign)
    if status == _DELIVERED_AND_RECALLED:
        return Text("result.recalled_from", campaign=campaign)
    if status == Status.RECALLED:
        return Text("result.maybe_recalled_from", campaign=campaign)
    return Text("result.missed_by" if status in NOT_DELIVERED else "result.maybe_from", campaign=campaign)


def _find_other_sends(db: LedgerSession, context: SendContext, task: OpenTask) -> dict[str, _OtherSend]:
    """Return the most likely of the other batches that sent the same bytes on the task's day, by userid."""
    body = stored_bodies.of_batch(db, task.batch)
    span_ns = day_span_ns(context.limits, task.sent_ns)
    other_sends: dict[str, _OtherSend] = {}
    for batch, name, is_accepted, userids in attempt_search.with_same_body(db, context.realm, body, span_ns):
        if batch == task.batch:
            continue
        places = {place: userid for place, userid in enumerate(batches.userids_of(db, batch)) if userid in userids}
        status_of = {outcome.place: _status_elsewhere(outcome) for outcome in outcomes.of_batch(db, batch)}
        for place, userid in places.items():
            send = _OtherSend(name, status_of.get(place, ""), is_accepted)
            likeliest = other_sends.get(userid)
            if likeliest is None or send.rank < likeliest.rank:
                other_sends[userid] = send
    return other_sends


def _status_elsewhere(outcome: Outcome) -> str:
    if may_have_same_text(outcome.status, outcome.code):
        return _DROPPED_AS_REPEAT
    # A read state is known only of delivered messages.
    is_delivered = outcome.status == Status.RECALLED and outcome.was_read is not None
    return _DELIVERED_AND_RECALLED if is_delivered else outcome.status


def _reason_and_hint(status: Status, code: str) -> tuple[Text, Text]:
    if status is Status.INVALID:
        return Text("result.invalid"), Text("result.invalid_todo")
    if status is Status.FAILED:
        return Text("result.failed"), Text("result.failed_todo")
    if status is Status.FILTERED:
        if code:
            return code_meaning(code), code_todo(code)
        return Text("result.filtered"), Text("result.filtered_todo")
    return NOTHING, NOTHING
