"""The statuses of recipients and the states of campaigns."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from dingnb.channels import SAME_TEXT_CODES
from dingnb.errors import Repeat, find_code


class Status(StrEnum):
    """The status of one recipient."""

    REJECTED = "rejected"
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    INVALID = "invalid"
    FILTERED = "filtered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    RECALLED = "recalled"


STATUSES: tuple[Status, ...] = tuple(Status)
"""All statuses, in the order of the categories of a results frame."""

FINAL = frozenset({Status.READ, Status.INVALID, Status.FILTERED, Status.FAILED, Status.UNKNOWN, Status.RECALLED})
"""Statuses after a call that no later result from DingTalk changes."""

REACHED = frozenset({Status.DELIVERED, Status.READ})
"""Statuses of people who have the message."""

NOT_DELIVERED = frozenset({Status.FAILED, Status.FILTERED, Status.INVALID})
"""Statuses of people to whom a call is known not to have delivered the message."""

MAY_HAVE_MESSAGE = frozenset({Status.SENDING, Status.ACCEPTED, Status.DELIVERED, Status.READ, Status.UNKNOWN})
"""Statuses of people who have or may have the message."""

UNCERTAIN = frozenset({Status.SENDING, Status.UNKNOWN})
"""
Statuses of people and batches of which it is unknown whether the message arrived.

While no process is sending, ``sending`` means that a dead process left the call open.
"""

NOT_SENT_ONCE_CLOSED = (Status.QUEUED, Status.FAILED)
"""Statuses of people who have no card, and get none once the cards of their campaign are closed."""

MISSED = frozenset(Status) - MAY_HAVE_MESSAGE
"""Statuses of people who do not have the message, or do not have it yet."""

StatusTone = Literal["good", "reached", "waiting", "unsure", "bad", "gone"]
"""What a status means for its colour; forms, charts and reports each have their own colour for it."""

TONES: Mapping[Status, StatusTone] = {
    Status.READ: "good",
    Status.DELIVERED: "reached",
    Status.ACCEPTED: "waiting",
    Status.SENDING: "waiting",
    Status.QUEUED: "waiting",
    Status.UNKNOWN: "unsure",
    Status.FAILED: "bad",
    Status.FILTERED: "bad",
    Status.INVALID: "bad",
    Status.REJECTED: "bad",
    Status.CANCELLED: "gone",
    Status.RECALLED: "gone",
}
"""The tone of each status, in the order in which tiles and reports show them: people with the message come first."""

_REPEATABLE_LATER = frozenset({Repeat.SOON, Repeat.NEXT_MINUTE, Repeat.NEXT_DAY})
"""When messages that DingTalk dropped for a limit can be sent again: once the limit has reset by itself."""


def unknown_statuses(*, is_running: bool) -> frozenset[Status]:
    """Return the statuses of batches with unknown outcome; ``sending`` is one of them unless a process is sending."""
    return frozenset({Status.UNKNOWN}) if is_running else UNCERTAIN


def may_have_same_text(status: str, code: str) -> bool:
    """
    Return whether DingTalk dropped the message, or may have, because the person was sent the same text.

    Without a code, the limit that dropped the message is not known. The person has or may have the text from another
    campaign, ledger or program; nothing may be sent to the person again without the analyst's consent.
    """
    return status == Status.FILTERED and (not code or code in SAME_TEXT_CODES)


def is_retryable(status: str, code: str, evidence: str) -> bool:
    """
    Return whether a person who missed the message can be sent the same text again, now or later.

    Args:
        status: The person's status.
        code: DingTalk's code.
        evidence: The evidence of the results; nothing is sent again unless it is ``result``, from DingTalk's result.
    """
    if evidence != "result" or may_have_same_text(status, code):
        return False
    return status == Status.FAILED or (status == Status.FILTERED and find_code(code).repeat in _REPEATABLE_LATER)


def has_reached(status: str, code: str = "") -> bool | None:
    """
    Return whether a message has reached its recipient; None while this is unknown.

    It is unknown for statuses of people who may have the message, and for a message that DingTalk dropped as a repeat
    of the same text.

    Args:
        status: The recipient's status.
        code: DingTalk's code.
    """
    if status in REACHED:
        return True
    return None if may_have_same_text(status, code) or status in MAY_HAVE_MESSAGE else False


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


HALTED = frozenset({State.PAUSED, State.STOPPED, State.INTERRUPTED})
"""States of campaigns whose sending has ended before everything was settled."""

UNFINISHED = HALTED | {State.RUNNING}
"""States of campaigns that have not finished."""
