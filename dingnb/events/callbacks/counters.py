"""Counts the posts that a receiver accepts and refuses; the client never sees the reasons."""

import threading
from collections import Counter
from enum import StrEnum
from typing import Literal

from dingnb.errors import code_meaning
from dingnb.words import Text

AcceptedKind = Literal["event", "repeated", "check", "ignored"]
"""A genuine post: a new event, a repeated event, an address check, or a press on a card that cannot be an answer."""


class RefusalReason(StrEnum):
    """Why a post is refused, besides DingTalk's codes 900001 to 900010; the suffix of a key ``receiver.refused_``."""

    PATH = "path"
    METHOD = "method"
    SIZE = "size"
    SLOW = "slow"
    DISCONNECTED = "disconnected"
    STOPPED = "stopped"
    MALFORMED = "malformed"
    CONNECTIONS = "connections"
    QUERY = "query"
    BODY = "body"
    CONTENT = "content"
    TIMESTAMP = "timestamp"
    TIME = "time"
    SIGNATURE = "signature"
    CARD_SIGNATURE = "card_signature"
    REPEAT = "repeat"
    LEDGER = "ledger"
    INTERNAL = "internal"


class RefusedPostError(Exception):
    """
    A refused post.

    Attributes:
        reason: Why: a `RefusalReason`, or DingTalk's code.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class PostCounter:
    """
    Counts posts by kind and by reason of refusal. Thread-safe.

    Attributes:
        last_reason: The reason of the last refusal; empty before the first refusal.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: Counter[AcceptedKind] = Counter()
        self._refused: Counter[str] = Counter()
        self.last_reason = ""

    def accept(self, kind: AcceptedKind) -> None:
        """Count a genuine post."""
        with self._lock:
            self._accepted[kind] += 1

    def refuse(self, reason: str) -> int:
        """Count a refused post; return the number refused for this reason."""
        with self._lock:
            self._refused[reason] += 1
            self.last_reason = reason
            return self._refused[reason]

    @property
    def has_accepted(self) -> bool:
        """Whether a post was accepted."""
        with self._lock:
            return self._accepted.total() > 0

    def count_accepted(self, kind: AcceptedKind) -> int:
        """Return the number of genuine posts of a kind."""
        return self._accepted[kind]

    def count_refused(self, *reasons: str) -> int:
        """Return the number of posts refused for these reasons; without reasons, the number of all refused posts."""
        with self._lock:
            return sum(n for reason, n in self._refused.items() if not reasons or reason in reasons)

    def rows(self) -> list[tuple[Text, str, str]]:
        """Return each reason as text, its code and the number of posts refused for the reason, most frequent first."""
        with self._lock:
            counted = self._refused.most_common()
        return [(reason_text(reason), reason_code(reason), f"{n:,}") for reason, n in counted]


def reason_code(reason: str) -> str:
    """
    Return DingTalk's code for a reason; empty for a reason without a code.

    >>> reason_code("900005"), reason_code("path")
    ('900005', '')
    """
    return reason if reason.isdecimal() else ""


def reason_text(reason: str) -> Text:
    """Return a reason as text."""
    return code_meaning(reason) if reason_code(reason) else Text(f"receiver.refused_{reason}")
