"""What DingTalk's result of a task says of each of its people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dingnb.api.work_notifications import SendResult
from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns
from dingnb.campaigns.status import SAME_TEXT_CODES, Status, may_have_same_text
from dingnb.errors import code_meaning, code_todo
from dingnb.ledger import LedgerSession, attempts, batches, outcomes
from dingnb.ledger.batches import OpenTask
from dingnb.ledger.outcomes import Outcome
from dingnb.words import NOTHING, Text

_SURER = (Status.READ, Status.DELIVERED, Status.FILTERED, Status.INVALID, Status.FAILED)
"""What a result can say of a person, the surest first (`SendResult`)."""

_DROPPED_AS_REPEAT = "repeat"
"""Of another batch: DingTalk dropped it as a repeat, so that it says nothing of who has the text."""

_DECIDED = frozenset({"resolved", "left_out"})
"""Evidence that is not DingTalk's: no result takes it back."""


def in_words_of(userids: Sequence[str], result: SendResult) -> SendResult:
    """
    Return a result with its userids written as those of its task are.

    Whether case tells userids apart is not documented. They are compared as they are; one that differs in case
    only is the task's own (assumption), unless the task has two that do.
    """
    written = {one: one for one in userids}
    folded = [_folded(one) for one in userids]
    loosely = {fold: one for fold, one in zip(folded, userids, strict=True) if folded.count(fold) == 1}
    names = {one: written.get(one) or loosely.get(_folded(one), one) for one in result.userids}
    return replace(
        result,
        read=frozenset(names[one] for one in result.read),
        unread=frozenset(names[one] for one in result.unread),
        # A code that is known comes last, and so stays.
        dropped={names[one]: code for one, code in sorted(result.dropped.items(), key=lambda item: item[1])},
        invalid=frozenset(names[one] for one in result.invalid),
        failed=frozenset(names[one] for one in result.failed),
    )


def _folded(userid: str) -> str:
    return userid.lower() if userid.isascii() else userid


def outcomes_of_result(
    db: LedgerSession, context: SendContext, task: OpenTask, result: SendResult, now_ns: int
) -> list[Outcome]:
    """
    Return the outcomes of a task's people; a person in no list is not final yet, and has none.

    That DingTalk drops a text which the person already had means, of a call that repeats one of unknown outcome,
    that the first call delivered it; but only where nothing else of that day can have delivered it.

    What an earlier answer said stays where it is surer, and so does what the analyst has decided.
    """
    found: list[Outcome] = []
    doubles: dict[int, tuple[str, str]] = {}
    is_repeat = any(one.outcome == "unknown" for one in attempts.of_batch(db, task.batch))
    before = {one.place: one for one in outcomes.of_batch(db, task.batch)}
    for place, userid in enumerate(task.userids):
        status, code = _status_in(result, userid)
        if status is None or _stays(before.get(place), status):
            continue
        if status is Status.FILTERED and code in SAME_TEXT_CODES:
            doubles[place] = (userid, code)
            continue
        reason, hint = _words(status, code)
        if is_repeat and status in {Status.FILTERED, Status.FAILED}:
            # That it did not come a second time says nothing of the first.
            status, hint = Status.UNKNOWN, Text("result.repeat_failed_todo")
            reason = Text("result.repeat_failed", reason=reason)
        found.append(Outcome(task.batch, place, status, code, "result", reason, hint, now_ns))
    return [*found, *(_doubles(db, context, task, doubles, now_ns, is_repeat=is_repeat) if doubles else ())]


def _stays(before: Outcome | None, status: Status) -> bool:
    """Return whether what was known stays, although a result says `status` now."""
    if before is None:
        return False
    if before.evidence in _DECIDED:
        return True
    known = [str(one) for one in _SURER]
    return before.evidence == "result" and before.status in known and known.index(before.status) < _SURER.index(status)


def _doubles(
    db: LedgerSession,
    context: SendContext,
    task: OpenTask,
    doubles: Mapping[int, tuple[str, str]],
    now_ns: int,
    *,
    is_repeat: bool,
) -> Iterator[Outcome]:
    others = _others(db, context, task)
    for place, (userid, code) in doubles.items():
        earlier = others.get(userid)
        if earlier is None and is_repeat:
            reason, hint = Text("result.duplicate"), NOTHING
            yield Outcome(task.batch, place, Status.DELIVERED, code, "duplicate", reason, hint, now_ns)
            continue
        name, status = earlier or ("", "")
        had_it = status in {Status.DELIVERED, Status.READ}
        if is_repeat:
            outcome = Status.DELIVERED if had_it else Status.UNKNOWN
            reason = _told_of(name, status)
            hint = NOTHING if had_it else Text("result.unknown_todo")
            yield Outcome(task.batch, place, outcome, code, "duplicate", reason, hint, now_ns)
            continue
        reason, hint = code_meaning(code), Text("result.same_text_todo")
        if earlier:
            reason = _told_of(name, status)
        evidence = "elsewhere" if had_it else "result"
        yield Outcome(task.batch, place, Status.FILTERED, code, evidence, reason, hint, now_ns)


def _told_of(campaign: str, status: str) -> Text:
    """Return what is said where another call of the day sent the same text, and this came of it."""
    if status in {Status.DELIVERED, Status.READ}:
        return Text("result.had_it_from", campaign=campaign)
    if status == _DROPPED_AS_REPEAT:
        return Text("result.dropped_before", campaign=campaign)
    missed = {Status.FAILED, Status.FILTERED, Status.INVALID}
    return Text("result.missed_by" if status in missed else "result.maybe_from", campaign=campaign)


def _others(db: LedgerSession, context: SendContext, task: OpenTask) -> dict[str, tuple[str, str]]:
    """Return who was sent these bytes by other batches on the task's day: the campaign, and what became of it."""
    body = batches.body_of(db, task.batch)
    span_ns = day_span_ns(context.limits, task.sent_ns)
    found: dict[str, tuple[str, str]] = {}
    for batch, name, userids in attempts.same_bytes(db, context.realm, body, span_ns):
        if batch == task.batch:
            continue
        places = {place: userid for place, userid in enumerate(batches.userids_of(db, batch)) if userid in userids}
        told = {
            one.place: _DROPPED_AS_REPEAT if may_have_same_text(one.status, one.code) else one.status
            for one in outcomes.of_batch(db, batch)
        }
        for place, userid in places.items():
            status = told.get(place, "")
            # One that had it says more than one of whom nothing is known.
            if userid not in found or status in {Status.DELIVERED, Status.READ}:
                found[userid] = (name, status)
    return found


def _words(status: Status, code: str) -> tuple[Text, Text]:
    if status is Status.INVALID:
        return Text("result.invalid"), Text("result.invalid_todo")
    if status is Status.FAILED:
        return Text("result.failed"), Text("result.failed_todo")
    if status is Status.FILTERED:
        if code:
            return code_meaning(code), code_todo(code)
        return Text("result.filtered"), Text("result.filtered_todo")
    return NOTHING, NOTHING


def _status_in(result: SendResult, userid: str) -> tuple[Status | None, str]:
    named = (result.read, result.unread, result.dropped, result.invalid, result.failed)
    for status, userids in zip(_SURER, named, strict=True):
        if userid in userids:
            return status, result.dropped[userid] if status is Status.FILTERED else ""
    return None, ""
