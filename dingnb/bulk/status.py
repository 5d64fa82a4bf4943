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


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
