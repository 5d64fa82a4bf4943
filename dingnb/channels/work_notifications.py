"""Work notifications (工作通知), which an app sends to people of its organisation (docs/dingtalk.md)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from dingnb.api import work_notifications as api
from dingnb.api.work_notifications import SendResult
from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns, is_well_inside
from dingnb.channels.channel import PersonResult, Results, SendResponse, attempt_times_ns
from dingnb.clock import seconds_to_ns
from dingnb.errors import ApiError
from dingnb.ledger import LedgerSession
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.sending.attempts import Attempt, PendingBatch
from dingnb.limits import Limits
from dingnb.messages import Message
from dingnb.messages.types import TYPES

MAX_UNKNOWN_CALLS = 3
"""
Maximum number of calls with unknown outcome for one batch: a choice of dingnb, within DingTalk's advice to repeat
time-outs at most three times (docs/dingtalk.md, "Error codes").
"""

_STATUS_BAR = b'"status_bar":'
"""Part of the body of OA messages with a status bar, and of no other body: quotation marks in texts are escaped."""

_NOT_READY = "41052"
"""Error code for a result requested too early, or for a task with too many recipients."""


class WorkNotifications:
    """The channel for work notifications; its receipts are task ids."""

    name = "work notification"
    msgtypes = frozenset(name for name, kind in TYPES.items() if not kind.is_card)
    send_api = api.SEND
    results_api = api.RESULT
    recall_api = api.RECALL
    calls_per_batch = 2
    has_idempotency_keys = False
    same_text_codes = frozenset({"143106", "143206"})
    has_answers = False

    def max_people(
        self,
        limits: Limits,
        userids: Iterable[str],  # noqa: ARG002 - any userid is short enough
        bodies: Iterable[bytes],
    ) -> int:
        """
        Return the maximum number of people: as many as a result can have, and no more than a minute allows.

        With a status bar in a body, DingTalk allows fewer.
        """
        has_status_bar = any(_STATUS_BAR in body for body in bodies)
        allowed = limits.recipients_with_status_bar if has_status_bar else limits.recipients_per_call
        return min(allowed, limits.recipients_per_call, limits.people_per_minute)

    def can_be_answered(self, message: Message) -> bool:  # noqa: ARG002 - required by the protocol
        """Return False: nobody can answer."""
        return False

    def check_message(self, context: SendContext, message: Message, poll_campaign: int | None = None) -> None:
        """Do nothing: no setting concerns work notifications, and people cannot answer them."""

    def may_share(self, context: SendContext, message: Message) -> bool:  # noqa: ARG002
        """Return False: a task has one text."""
        return False

    def split_into_calls(
        self,
        limits: Limits,  # noqa: ARG002
        bodies: Sequence[bytes],
        userids: Sequence[str],  # noqa: ARG002
        max_people: int,  # noqa: ARG002
    ) -> list[tuple[int, int]]:
        """Return a call for each body."""
        return [(position, position + 1) for position in range(len(bodies))]

    def shared_body(self, bodies: Sequence[bytes], userids: Sequence[str]) -> bytes:  # noqa: ARG002
        """Return the only body."""
        [body] = bodies
        return body

    def body_for(self, body: bytes, userid: str) -> bytes:  # noqa: ARG002
        """Return the body, which is everybody's."""
        return body

    def bodies_in(self, body: bytes) -> list[bytes]:  # noqa: ARG002
        """Return an empty list: everybody has the same body."""
        return []

    def why_not_ready(
        self,
        db: LedgerSession,  # noqa: ARG002
        context: SendContext,  # noqa: ARG002
        message: Message,  # noqa: ARG002
    ) -> Explanation:
        """Return no reason: nothing has to be tried before."""
        return NO_REASON

    def deadline_ns(self, message: Message) -> int | None:  # noqa: ARG002 - required by the protocol
        """Return None: work notifications cannot be answered."""
        return None

    def record_campaign(
        self, db: LedgerSession, context: SendContext, campaign: int, message: Message, poll_campaign: int | None
    ) -> None:
        """Record nothing."""

    def idempotency_key_for(
        self,
        db: LedgerSession,  # noqa: ARG002 - all parameters are required by the protocol
        context: SendContext,  # noqa: ARG002
        campaign: int,  # noqa: ARG002
        batch: PendingBatch,  # noqa: ARG002
        attempt: int,  # noqa: ARG002
    ) -> str:
        """Return no key: DingTalk recognises a repeat by its text."""
        return ""

    def results_window_ns(self, limits: Limits) -> int:
        """Return how long the results of a task are available."""
        return seconds_to_ns(limits.result_window_s)

    def recall_window_ns(self, limits: Limits) -> int:
        """Return how long a task can be recalled."""
        return seconds_to_ns(limits.result_window_s)

    def repeat_due_ns(
        self, context: SendContext, past_attempts: Sequence[Attempt], not_before_ns: int = 0
    ) -> int | None:
        """
        Return the earliest time at which a repeat is safe.

        DingTalk drops a text that a person has already received on the same day, and reports the drop in the result. A
        repeat is therefore limited to the day of all attempts, and to times that are not close to midnight.
        """
        unknown = [attempt for attempt in past_attempts if attempt.outcome == "unknown"]
        if not unknown or len(unknown) >= MAX_UNKNOWN_CALLS:
            return None
        times_ns = attempt_times_ns(unknown)
        due_ns = max(times_ns) + seconds_to_ns(context.repeat_after_s)
        due_ns = max(due_ns, context.now_ns(), not_before_ns)
        span_ns = day_span_ns(context.limits, min(times_ns))
        is_inside = all(is_well_inside(at_ns, span_ns) for at_ns in (*times_ns, due_ns))
        return due_ns if is_inside else None

    def must_save_last_attempt(self, past_attempts: Sequence[Attempt]) -> bool:
        """Return whether only one more attempt may have an unknown outcome."""
        return sum(attempt.outcome == "unknown" for attempt in past_attempts) == MAX_UNKNOWN_CALLS - 1

    def send(self, context: SendContext, userids: Sequence[str], body: bytes, idempotency_key: str) -> SendResponse:  # noqa: ARG002
        """Send a task; its id is the receipt."""
        return SendResponse(str(api.send(context.caller, context.agent_id, userids, body)))

    def record_response(self, db: LedgerSession, idempotency_key: str, response: SendResponse) -> None:
        """Record nothing."""

    def results(self, context: SendContext, receipt: str, userids: Sequence[str]) -> Results:
        """Return the result of a task; empty while DingTalk has no result."""
        try:
            result = api.fetch_result(context.caller, context.agent_id, int(receipt))
        except ApiError as error:
            if error.code == _NOT_READY:
                return {}
            raise
        return results_of(userids, result)

    def check_recall(self) -> None:
        """Accept: tasks can be recalled."""

    def recall(self, context: SendContext, receipt: str) -> None:
        """Recall a whole task."""
        api.recall(context.caller, context.agent_id, int(receipt))


WORK_NOTIFICATIONS = WorkNotifications()


def results_of(userids: Sequence[str], result: SendResult) -> Results:
    """
    Return the result of each person, with userids spelled as in the task.

    Whether userids are case-sensitive is not documented. A userid that differs only in case from a userid of the task
    is assumed to be the same, unless the task has two userids that differ only in case.
    """
    task_userids = frozenset(userids)
    folded_userids = [_fold_case(userid) for userid in userids]
    userid_by_folded = {
        folded: userid
        for folded, userid in zip(folded_userids, userids, strict=True)
        if folded_userids.count(folded) == 1
    }
    results: dict[str, PersonResult] = {}
    for userid, person_result in _most_certain_first(result):
        spelling = userid if userid in task_userids else userid_by_folded.get(_fold_case(userid), userid)
        results.setdefault(spelling, person_result)
    return results


def _most_certain_first(result: SendResult) -> Iterator[tuple[str, PersonResult]]:
    """Yield what the lists say about each userid, most certain first (`SendResult`)."""
    # A non-empty code comes first and takes precedence.
    dropped = sorted(result.dropped.items(), key=lambda item: item[1], reverse=True)
    return chain(
        ((userid, PersonResult("read")) for userid in result.read),
        ((userid, PersonResult("delivered")) for userid in result.unread),
        ((userid, PersonResult("filtered", code)) for userid, code in dropped),
        ((userid, PersonResult("invalid")) for userid in result.invalid),
        ((userid, PersonResult("failed")) for userid in result.failed),
    )


def _fold_case(userid: str) -> str:
    return userid.lower() if userid.isascii() else userid
