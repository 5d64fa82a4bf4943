"""Counts what comes to a receiver; it never says more than that to anybody, and nothing of it to the caller."""

import threading
from collections import Counter
from enum import StrEnum
from typing import Literal

from dingnb.errors import code_meaning
from dingnb.words import Text

Good = Literal["event", "repeated", "check"]
"""What is genuine: a new event, one that came before, a check of the address."""


class Reason(StrEnum):
    """Why a post is not taken, beside DingTalk's codes 900001 to 900010: the end of a key ``receiver.refused_...``."""

    PATH = "path"
    METHOD = "method"
    SIZE = "size"
    SLOW = "slow"
    LEFT = "left"
    STOPPED = "stopped"
    MALFORMED = "malformed"
    CROWD = "crowd"
    QUERY = "query"
    BODY = "body"
    CONTENT = "content"
    STAMP = "stamp"
    TIME = "time"
    SIGN = "sign"
    REPEAT = "repeat"
    LEDGER = "ledger"
    BROKEN = "broken"


class RefusedError(Exception):
    """
    A refused post.

    Attributes:
        reason: Why: a `Reason`, or DingTalk's code.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Tally:
    """Counts by kind and by reason, from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._good: Counter[Good] = Counter()
        self._refused: Counter[str] = Counter()
        self.last = ""

    def take(self, kind: Good) -> None:
        """Count a genuine post."""
        with self._lock:
            self._good[kind] += 1

    def refuse(self, reason: str) -> int:
        """Count a post that is not taken; return how many there are for this reason."""
        with self._lock:
            self._refused[reason] += 1
            self.last = reason
            return self._refused[reason]

    @property
    def has_good(self) -> bool:
        """Whether a genuine post came."""
        with self._lock:
            return self._good.total() > 0

    def good(self, kind: Good) -> int:
        """Return how many genuine posts of a kind came."""
        return self._good[kind]

    def refused(self, *reasons: str) -> int:
        """Return how many posts were not taken, for some reasons or for any."""
        with self._lock:
            return sum(n for reason, n in self._refused.items() if not reasons or reason in reasons)

    def rows(self) -> list[tuple[Text, str, str]]:
        """Return each reason in words, DingTalk's code of it, and how often; the most frequent first."""
        with self._lock:
            counted = self._refused.most_common()
        return [(words_of(reason), code_of(reason), f"{n:,}") for reason, n in counted]


def code_of(reason: str) -> str:
    """
    Return DingTalk's code of a reason; empty if it has none.

    >>> code_of("900005"), code_of("path")
    ('900005', '')
    """
    return reason if reason.isdecimal() else ""


def words_of(reason: str) -> Text:
    """Return a reason in words."""
    return code_meaning(reason) if code_of(reason) else Text(f"receiver.refused_{reason}")
