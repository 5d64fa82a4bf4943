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
"""Every status, in the order of the categories of a results frame."""

FINAL = frozenset({Status.READ, Status.INVALID, Status.FILTERED, Status.FAILED, Status.UNKNOWN, Status.RECALLED})
"""Statuses that no later answer of DingTalk's changes."""

MAY_HAVE_IT = frozenset({Status.SENDING, Status.ACCEPTED, Status.DELIVERED, Status.READ, Status.UNKNOWN})
"""Statuses of people who have the message, or may have it."""


SAME_TEXT_CODES = frozenset({"143106", "143206"})
"""DingTalk's codes for a message that it dropped because the person was sent the same text on that day."""


def may_have_same_text(status: str, code: str) -> bool:
    """
    Return whether DingTalk dropped the message because the person was sent the same text, or may have for that reason.

    Without a code DingTalk does not say which of its limits it was. Such a person has the text, or may have it, from
    another campaign, another ledger or another program: nothing may be sent to them again without the analyst's word.
    """
    return status == Status.FILTERED and (not code or code in SAME_TEXT_CODES)


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
