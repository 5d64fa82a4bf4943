"""What can have become of a recipient, and of a campaign."""

from enum import StrEnum


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
"""All statuses, in the order in which displays list them and a results frame has its categories."""

FINAL = frozenset({Status.READ, Status.INVALID, Status.FILTERED, Status.FAILED, Status.UNKNOWN, Status.RECALLED})
"""Statuses that no later answer of DingTalk's changes."""

MAY_HAVE_IT = frozenset({Status.SENDING, Status.ACCEPTED, Status.DELIVERED, Status.READ, Status.UNKNOWN})
"""Statuses of people who have the message, or may have it."""


SAME_TEXT_CODES = frozenset({"143106", "143206"})
"""DingTalk's codes for a message that it dropped because the person was sent the same text on that day."""

_REACHED = frozenset({Status.DELIVERED, Status.READ})


def may_have_same_text(status: str, code: str) -> bool:
    """
    Return whether DingTalk dropped the message because the person was sent the same text, or may have for that reason.

    Without a code DingTalk does not say which of its limits it was. Such a person has the text, or may have it, from
    another campaign, another ledger or another program: nothing may be sent to them again without the analyst's word.
    """
    return status == Status.FILTERED and (not code or code in SAME_TEXT_CODES)


def has_reached(status: str, code: str = "") -> bool | None:
    """
    Return whether a message has reached its recipient; None where that is not known, or not yet.

    Somebody whose message DingTalk dropped as a repeat of the same text is not known to have missed it.

    Args:
        status: The recipient's status.
        code: DingTalk's code.
    """
    if status in _REACHED:
        return True
    return None if may_have_same_text(status, code) or status in MAY_HAVE_IT else False


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
