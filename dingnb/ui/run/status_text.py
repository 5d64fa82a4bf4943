"""The status of a running campaign for screen readers: each change of state at once, progress now and then."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.clock import seconds
from dingnb.words import NOTHING, Text, say

if TYPE_CHECKING:
    from dingnb.ui.run.model import RunState

LEAST_APART_NS = seconds(5)
"""Minimum time between announcements of progress."""

_STEPS = 10


@dataclass(slots=True)
class Speech:
    """
    Decides when progress is announced; changes of state are announced at once.

    Attributes:
        opening: The first announcement, such as that nothing was sent.
    """

    opening: Text = NOTHING
    _said: str = ""
    _told: tuple[object, ...] = ()
    _at_ns: int = 0
    _step: int = 0
    _waits: set[str] = field(default_factory=set)

    def of(self, state: "RunState", now_ns: int) -> str:
        """Return the current announcement; unchanged while there is nothing new."""
        progress = state.progress
        step = int(_STEPS * progress.share)
        told = (progress.state, state.wish, bool(state.asking), state.said)
        is_news = step > self._step or (progress.waiting_for and progress.waiting_for not in self._waits)
        if told == self._told and not (is_news and now_ns - self._at_ns >= LEAST_APART_NS):
            return self._said
        if told[:2] != self._told[:2]:
            self._waits.clear()
        self._told, self._at_ns, self._step = told, now_ns, step
        self._waits |= {progress.waiting_for} - {""}
        opening, self.opening = self.opening.in_form(), NOTHING
        self._said = " ".join(filter(None, [opening, _words(state)]))
        return self._said

    def say_again(self, state: "RunState") -> None:
        """Render the announcement again, in the language in use."""
        self._said = _words(state)


def _words(state: "RunState") -> str:
    progress = state.progress
    if state.asking:
        return say("run.asking")
    if state.said:
        return state.said
    if state.wish:
        return say("run.pausing" if state.wish == "pause" else "run.stopping")
    if progress.state is State.RUNNING and progress.waiting_for:
        return progress.text
    return _counted(progress)


def _counted(progress: Progress) -> str:
    told = str(progress.counted)
    is_halted = progress.state in {State.PAUSED, State.STOPPED, State.INTERRUPTED}
    return say("run.spoken_halted", told=told, todo=say("run.paused_todo")) if is_halted else told
