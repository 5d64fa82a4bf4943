"""What a look at results has come to, and what a wait for them waits for, as texts."""

from dataclasses import dataclass

from dingnb.calls.pace import Reason
from dingnb.calls.retry_text import retry_text
from dingnb.clock import NS_PER_S
from dingnb.words import Text, count, sentences


@dataclass(frozen=True, slots=True)
class Look:
    """
    What one look at the results of a campaign has come to.

    Attributes:
        batches: In how many batches somebody's state could still change.
        asked: How many of them were asked.
        ready: Of how many of them DingTalk has told results, now or before.
        not_yet: Of how many it has none yet.
        unanswered: For how many the call had no answer that could be used.
        next_in_s: In how many seconds it pays to look again; None where nothing is to come.
        is_sent: Whether anything was accepted at all, of which there could be results.
    """

    batches: int
    asked: int = 0
    ready: int = 0
    not_yet: int = 0
    unanswered: int = 0
    next_in_s: int | None = None
    is_sent: bool = True

    @property
    def text(self) -> Text:
        """What that is, as a sentence."""
        if not self.is_sent:
            return Text("look.nobody")
        if not self.batches:
            return Text("look.none")
        batches = count("batch", self.batches)
        if not self.not_yet:
            parts = [Text("look.all" if self.asked else "look.all_lately", batches=batches)]
        else:
            key = "look.some" if self.asked else "look.some_lately"
            parts = [
                Text(key, batches=batches, ready=self.ready, not_yet=self.not_yet, seconds=f"{self.next_in_s or 0:,}")
            ]
        if self.unanswered:
            parts.append(Text("look.unanswered", batches=count("batch", self.unanswered)))
        return sentences(*parts)


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    What a wait for results waits for at a moment.

    Attributes:
        batches: How many batches are waited for.
        next_ns: When the next look comes, by the monotonic time; None while one is under way.
        reason: Why it waits although it would call; None where it would not.
        gives_up_ns: When it gives up where no call succeeds, by the monotonic time.
    """

    batches: int
    next_ns: int | None = None
    reason: Reason | None = None
    gives_up_ns: int = 0

    def text(self, now_ns: int) -> Text:
        """Return that as a text, at a monotonic time."""
        batches = count("batch", self.batches)
        if self.next_ns is None:
            return Text("waiting.asks", batches=batches)
        left_ns = max(self.next_ns - now_ns, 0)
        if self.reason is not None:
            gives_up_s = -(-max(self.gives_up_ns - now_ns, 0) // NS_PER_S)
            return Text("waiting.failing", what=retry_text(self.reason, left_ns, gives_up_s))
        return Text("waiting.next", batches=batches, seconds=f"{-(-left_ns // NS_PER_S):,}")
