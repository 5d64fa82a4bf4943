"""What is said of many rows alike: their batch's facts, seen from the moment at which somebody asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dingnb.campaigns.status import Status, may_have_same_text
from dingnb.words import NOTHING, Text

_EVIDENCE = {"result": "result", "elsewhere": "result", "duplicate": "duplicate"}
_OF_THE_TASK = frozenset({"", "result", "elsewhere"})


class StatusText(NamedTuple):
    """
    The columns of results that hold few distinct values.

    Attributes:
        status: The status.
        reason: Why it is so; empty where there is nothing to say.
        hint: What to do about it.
        code: DingTalk's code.
        evidence: How it is known of a single person; empty where it is said of a batch.
        was_read: 1 where it was read, 0 where not; None where that is not known.
    """

    status: str
    reason: Text = NOTHING
    hint: Text = NOTHING
    code: str = ""
    evidence: str = ""
    was_read: int | None = None

    @property
    def told_by(self) -> str:
        """The evidence, as far as it comes from DingTalk."""
        return _EVIDENCE.get(self.evidence, "")

    @property
    def has_task(self) -> bool:
        """Whether the batch's task is theirs: what an earlier call did has none that could be asked or recalled."""
        return self.evidence in _OF_THE_TASK


@dataclass(frozen=True, slots=True)
class AsOf:
    """
    When, and of which campaign, something is said.

    Attributes:
        closed_ns: DingTalk has no result any more of what was sent at this time or before.
        halt: Why the campaign stands still: reason, hint and code; empty where it does not.
        is_sending: Whether somebody sends the campaign now; else what is `sending` is lost.
    """

    closed_ns: int
    halt: tuple[Text, Text, str]
    is_sending: bool


def text_of_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return what is said of the people of a batch that has these facts."""
    said = StatusText(*facts)
    if _is_lost(said, as_of):
        return said._replace(status=Status.UNKNOWN, reason=Text("result.died"), hint=Text("result.unknown_todo"))
    # What keeps its own people waiting, such as a missing file, says more than why the campaign stands still.
    if said.status == Status.QUEUED and as_of.halt[0] and not said.reason:
        return StatusText(said.status, *as_of.halt)
    return said


def text_of_closed_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return the same where DingTalk has no result of the batch any more."""
    said = StatusText(*facts)
    if _is_lost(said, as_of):
        return text_of_batch(facts, as_of)
    return said._replace(reason=Text("result.window_over"), hint=Text("result.window_over_todo"))


def text_of_person(facts: Sequence[Any]) -> StatusText:
    """Return what is said of single recipients that have these facts."""
    said = StatusText(*facts)
    # An older dingnb wrote down that they could be sent to again tomorrow.
    if may_have_same_text(said.status, said.code):
        return said._replace(hint=Text("result.same_text_todo" if said.code else "result.filtered_todo"))
    return said


def text_of_lost_place() -> StatusText:
    """Return what is said of people whose batch is not there any more: they were cut again."""
    return StatusText(Status.CANCELLED, Text("result.cut_again"), Text("result.cut_again_todo"))


def _is_lost(said: StatusText, as_of: AsOf) -> bool:
    return said.status == Status.SENDING and not as_of.is_sending
