"""The protocol of channels, through which planning, sending and results work with any of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Protocol

from dingnb.calls.context import SendContext
from dingnb.ledger import LedgerSession
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.attempts import Attempt, PendingBatch
from dingnb.limits import Limits
from dingnb.messages import Message


class PersonResult(NamedTuple):
    """
    What DingTalk reports about one recipient of an accepted call.

    Attributes:
        status: The status; ``unknown`` if the answer should contain the person but does not.
        code: The code, if the message was dropped.
        why: The reason and the hint, if they do not follow from status and code.
    """

    status: Literal["read", "delivered", "filtered", "invalid", "failed", "unknown"]
    code: str = ""
    why: Explanation = NO_REASON


Results = Mapping[str, PersonResult]
"""What DingTalk reports about the recipients of one call, by userid. Any other recipient's status is not final."""


@dataclass(frozen=True, slots=True)
class SendResponse:
    """
    The answer to a call that sends.

    Attributes:
        receipt: The receipt for reading results; None if the channel has no results to read.
        results: What the answer says about recipients, by userid, except recipients who were only accepted.
        message_ids: DingTalk's ids of the messages, by userid.
        unknown: Why the outcome stays unknown although the call was answered: an earlier call took effect, so this call
            did not, and the answer does not say whom the earlier call reached. Empty if the call was accepted.
    """

    receipt: str | None
    results: Results = field(default_factory=dict)
    message_ids: Mapping[str, str] = field(default_factory=dict)
    unknown: Explanation = NO_REASON


class Channel(Protocol):
    """
    A means of delivery, such as work notifications.

    Attributes:
        name: The channel's name in the ledger.
        msgtypes: The types of message that the channel sends.
        send_api: The API that sends; its calls are paced and counted under this name.
        results_api: The API that returns results; empty if there is none.
        recall_api: The API that recalls; empty if there is none.
        calls_per_batch: The number of calls of the monthly quota for sending a batch and reading its results once.
        has_idempotency_keys: Whether calls have idempotency keys, which make repeats safe; recorded with attempts.
        same_text_codes: DingTalk's codes for messages dropped because the person was sent the same text on that day.
            For a repeat, such a code shows that the first call was delivered.
        has_answers: Whether people can answer some of the channel's messages.
    """

    name: str
    msgtypes: frozenset[str]
    send_api: str
    results_api: str
    recall_api: str
    calls_per_batch: int
    has_idempotency_keys: bool
    same_text_codes: frozenset[str]
    has_answers: bool

    def max_people(self, limits: Limits, userids: Iterable[str], bodies: Iterable[bytes]) -> int:
        """Return the maximum number of people in a call that sends one of these bodies to some of these people."""

    def can_be_answered(self, message: Message) -> bool:
        """Return whether people can answer a message."""

    def check_message(self, context: SendContext, message: Message, poll_campaign: int | None = None) -> None:
        """
        Check a message before it is planned.

        Args:
            context: The context of sending.
            message: The message.
            poll_campaign: The number of the campaign in which a reminder's answers count; None unless the message is a
                reminder.

        Raises:
            InputError: The settings lack what the message needs, or a reminder asks other questions than its campaign.
        """

    def may_share(self, context: SendContext, message: Message) -> bool:
        """Return whether people with different bodies may share a call."""

    def split_into_calls(
        self, limits: Limits, bodies: Sequence[bytes], userids: Sequence[str], max_people: int
    ) -> list[tuple[int, int]]:
        """
        Return the people of each call, as the position of the first and the position after the last.

        Args:
            limits: DingTalk's limits.
            bodies: The body of each person.
            userids: The people, in the same order.
            max_people: The maximum number of people in a call.
        """

    def shared_body(self, bodies: Sequence[bytes], userids: Sequence[str]) -> bytes:
        """Return the body of a call to people with these bodies."""

    def body_for(self, body: bytes, userid: str) -> bytes:
        """Return one person's body, given the body of the call."""

    def bodies_in(self, body: bytes) -> list[bytes]:
        """Return each person's body, given the body of a call; empty if everybody has the same body."""

    def why_not_ready(self, db: LedgerSession, context: SendContext, message: Message) -> Explanation:
        """Return why a campaign with this message cannot be sent yet, and what to do; empty if nothing prevents it."""

    def deadline_ns(self, message: Message) -> int | None:
        """Return the time after which answers are late, in nanoseconds since the epoch; None without a deadline."""

    def record_campaign(
        self, db: LedgerSession, context: SendContext, campaign: int, message: Message, poll_campaign: int | None
    ) -> None:
        """
        Record what the channel needs later about a campaign, in the transaction that records its plan.

        Args:
            db: The ledger.
            context: The context of sending.
            campaign: The campaign's number.
            message: The message of the plan.
            poll_campaign: The number of the campaign in which a reminder's answers count; None unless this is a
                reminder.
        """

    def idempotency_key_for(
        self, db: LedgerSession, context: SendContext, campaign: int, batch: PendingBatch, attempt: int
    ) -> str:
        """
        Return the idempotency key for a call, in the transaction that records its attempt.

        Called only if `has_idempotency_keys` is true. A repeat has the key of the attempt that it repeats.
        """

    def results_window_ns(self, limits: Limits) -> int:
        """Return how long results are available after sending, in nanoseconds."""

    def recall_window_ns(self, limits: Limits) -> int:
        """Return how long a message can be recalled after sending, in nanoseconds."""

    def repeat_due_ns(
        self, context: SendContext, past_attempts: Sequence[Attempt], not_before_ns: int = 0
    ) -> int | None:
        """
        Return the earliest time at which a repeat of a batch is safe; None if never.

        Times are DingTalk's, in nanoseconds since the epoch.

        Args:
            context: The context of sending.
            past_attempts: The attempts made for the batch; without an unknown outcome, there is nothing to repeat.
            not_before_ns: The earliest time that the caller accepts.
        """

    def must_save_last_attempt(self, past_attempts: Sequence[Attempt]) -> bool:
        """Return whether a batch with these attempts has one last attempt left, which an outage must not use up."""

    def send(self, context: SendContext, userids: Sequence[str], body: bytes, idempotency_key: str) -> SendResponse:
        """
        Send one body to the people of a batch, and return what the answer says.

        Args:
            context: The context of sending.
            userids: The people.
            body: The body, as planned.
            idempotency_key: The key from `idempotency_key_for`; empty if the channel has none.

        Raises:
            DingError: The call was refused, or its outcome is unknown.
        """

    def results(self, context: SendContext, receipt: str, userids: Sequence[str]) -> Results:
        """
        Return what DingTalk reports about the recipients of a call; empty if nothing yet, or if calls have no receipts.

        Args:
            context: The context of sending.
            receipt: The receipt of the call.
            userids: The recipients; the results spell their userids as given here, and may contain other people.

        Raises:
            DingError: The call was refused, or has no usable answer.
        """

    def record_response(self, db: LedgerSession, idempotency_key: str, response: SendResponse) -> None:
        """
        Record further facts from the answer to a call, in the transaction that records its outcome.

        Called only if the channel has idempotency keys.
        """

    def check_recall(self) -> None:
        """
        Check that messages can be recalled.

        Raises:
            InputError: The channel cannot recall messages; the error says what to do instead.
        """

    def recall(self, context: SendContext, receipt: str) -> None:
        """
        Recall the messages of a whole call.

        Raises:
            DingError: The call was refused, or its outcome is unknown.
        """


def attempt_times_ns(past_attempts: Iterable[Attempt]) -> list[int]:
    """Return the times at which attempts started and, if known, ended, in DingTalk's time."""
    return [at_ns for attempt in past_attempts for at_ns in (attempt.started_ns, attempt.ended_ns) if at_ns is not None]


def may_repeat(db: LedgerSession, context: SendContext, channel: Channel, batch: int) -> bool:
    """
    Return whether a batch with unknown outcome may be sent again, now or later.

    An attempt without an end was left open by a dead process: callers leave out calls that are under way. It counts as
    ended now, with unknown outcome, as for the next sender.
    """
    now_ns = context.now_ns()
    past_attempts = [
        attempt if attempt.ended_ns is not None else replace(attempt, ended_ns=now_ns, outcome="unknown")
        for attempt in attempts.of_batch(db, batch)
    ]
    return channel.repeat_due_ns(context, past_attempts) is not None
