"""What a channel knows, so that planning, sending and results are the same for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from dingnb.calls.context import SendContext
from dingnb.ledger import LedgerSession, attempts
from dingnb.ledger.attempts import Attempt
from dingnb.limits import Limits


class PersonResult(NamedTuple):
    """What DingTalk reports about one recipient of an accepted call: the status and, if it was dropped, the code."""

    status: Literal["read", "delivered", "filtered", "invalid", "failed"]
    code: str = ""


Results = Mapping[str, PersonResult]
"""What DingTalk reports about the recipients of one call, by userid. The status of others is not final."""


class Channel(Protocol):
    """
    A way for messages to travel.

    Attributes:
        name: Its name in the ledger.
        send_api: The API that sends, by which its calls are paced and counted.
        results_api: The API that returns results.
        recall_api: The API that recalls.
        calls_per_batch: The number of calls for sending a batch and reading its results once.
        same_text_codes: DingTalk's codes for messages dropped because the person was sent the same text on that day.
            For a repeat, such a code shows that the first call had arrived.
    """

    name: str
    send_api: str
    results_api: str
    recall_api: str
    calls_per_batch: int
    same_text_codes: frozenset[str]

    def max_people(self, limits: Limits) -> int:
        """Return the maximum number of people in a call."""

    def results_window_ns(self, limits: Limits) -> int:
        """Return how long results are available after sending."""

    def recall_window_ns(self, limits: Limits) -> int:
        """Return how long a message can be recalled after sending."""

    def repeat_due_ns(self, context: SendContext, made: Sequence[Attempt], not_before_ns: int = 0) -> int | None:
        """
        Return the earliest time at which a repeat of a batch is safe, in DingTalk's time; None if never.

        Args:
            context: The context of sending.
            made: The batch's attempts; without one of unknown outcome, there is nothing to repeat.
            not_before_ns: The earliest time that the caller accepts, in DingTalk's time.
        """

    def is_last_attempt(self, made: Sequence[Attempt]) -> bool:
        """Return whether a batch with these attempts may have only one more call with unknown outcome."""

    def send(self, context: SendContext, userids: Sequence[str], body: bytes) -> str:
        """
        Send one body to the people of a batch, and return the receipt by which results are read.

        Raises:
            DingError: The call was refused, or its outcome is unknown.
        """

    def results(self, context: SendContext, receipt: str, userids: Sequence[str]) -> Results:
        """
        Return what DingTalk reports about the recipients of a call; empty if nothing yet.

        Args:
            context: The context of sending.
            receipt: The receipt of the call.
            userids: The recipients, whose spelling is used. The answer may contain others.

        Raises:
            DingError: The call was refused, or has no usable answer.
        """

    def recall(self, context: SendContext, receipt: str) -> None:
        """
        Recall the messages of a whole call.

        Raises:
            DingError: The call was refused, or its outcome is unknown.
        """


def may_repeat(db: LedgerSession, context: SendContext, channel: Channel, batch: int) -> bool:
    """
    Return whether a batch with unknown outcome may be sent again, now or later; its campaign is not being sent.

    An attempt that a dead process left open counts as unknown from now on, as it does for the next sender.
    """
    now_ns = context.now_ns()
    made = [
        one if one.ended_ns is not None else replace(one, ended_ns=now_ns, outcome="unknown")
        for one in attempts.of_batch(db, batch)
    ]
    return channel.repeat_due_ns(context, made) is not None
