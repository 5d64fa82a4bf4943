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

FINAL = frozenset({Status.READ, Status.INVALID, Status.FILTERED, Status.FAILED, Status.RECALLED})
"""Statuses that no later answer of DingTalk's changes."""


class State(StrEnum):
    """The state of a campaign."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"
