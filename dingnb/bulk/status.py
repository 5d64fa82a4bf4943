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


SAME_CONTENT = frozenset({"143106", "143206"})
"""DingTalk's codes for a message that it dropped because the person already had the same text on that day."""

_REACHED = frozenset({Status.DELIVERED, Status.READ})


def has_reached(status: str, code: str = "") -> bool | None:
    """
    Return whether a message has reached its recipient; None where that is not known, or not yet.

    A message that DingTalk filtered as a repeat of the same text is not known to have missed the person: they have that
    text from elsewhere, or may have it. The same holds where DingTalk gives no code for why it was filtered.

    Args:
        status: The recipient's status.
        code: DingTalk's code.
    """
    if status in _REACHED:
        return True
    is_repeat = status == Status.FILTERED and (not code or code in SAME_CONTENT)
    return None if is_repeat or status in MAY_HAVE_IT else False


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
