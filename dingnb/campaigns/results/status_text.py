"""Statuses, reasons and hints of results, which many rows share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dingnb.campaigns.status import Status, may_have_same_text
from dingnb.words import NOTHING, Text

_EVIDENCE = {"result": "result", "elsewhere": "result", "duplicate": "duplicate"}
_TASK_EVIDENCE = frozenset({"", "result", "elsewhere"})


class StatusText(NamedTuple):
    """
    The columns of results with few distinct values.

    Attributes:
        status: The status.
        reason: The reason; may be empty.
        hint: What to do about it.
        code: DingTalk's code.
        evidence: The evidence for a single person; empty if the text applies to a whole batch.
        was_read: 1 if the message was read, 0 if not, None if unknown.
    """

    status: str
    reason: Text = NOTHING
    hint: Text = NOTHING
    code: str = ""
    evidence: str = ""
    was_read: int | None = None

    @property
    def public_evidence(self) -> str:
        """The evidence if it comes from DingTalk, otherwise empty."""
        return _EVIDENCE.get(self.evidence, "")

    @property
    def has_task(self) -> bool:
        """Whether the batch's task delivered the message; an earlier call has no task to request or recall."""
        return self.evidence in _TASK_EVIDENCE


@dataclass(frozen=True, slots=True)
class AsOf:
    """
    The time and the campaign that texts refer to.

    Attributes:
        closed_ns: Results of messages sent at this time or before have expired.
        halt: Why the campaign has halted: reason, hint and code; empty if it has not.
        is_sending: Whether the campaign is being sent; otherwise calls that are `sending` are lost.
    """

    closed_ns: int
    halt: tuple[Text, Text, str]
    is_sending: bool


def text_of_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return the text for the people of a batch with these facts."""
    text = StatusText(*facts)
    if _is_lost(text, as_of):
        return text._replace(status=Status.UNKNOWN, reason=Text("result.died"), hint=Text("result.unknown_todo"))
    # What keeps its own people waiting, such as a missing file, says more than why the campaign stands still.
    if text.status == Status.QUEUED and as_of.halt[0] and not text.reason:
        return StatusText(text.status, *as_of.halt)
    return text


def text_of_closed_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return the text for the people of a batch whose results have expired."""
    text = StatusText(*facts)
    if _is_lost(text, as_of):
        return text_of_batch(facts, as_of)
    return text._replace(reason=Text("result.window_over"), hint=Text("result.window_over_todo"))


def text_of_person(facts: Sequence[Any]) -> StatusText:
    """Return the text for single recipients with these facts."""
    text = StatusText(*facts)
    # Older versions of dingnb recorded that they could be retried the next day.
    if may_have_same_text(text.status, text.code):
        return text._replace(hint=Text("result.same_text_todo" if text.code else "result.filtered_todo"))
    return text


def text_of_lost_place() -> StatusText:
    """Return the text for people whose batch no longer exists because it was rebuilt."""
    return StatusText(Status.CANCELLED, Text("result.cut_again"), Text("result.cut_again_todo"))


def _is_lost(text: StatusText, as_of: AsOf) -> bool:
    return text.status == Status.SENDING and not as_of.is_sending
