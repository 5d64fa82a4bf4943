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
class StatusText:
    """
    Decides when progress is announced; changes of state are announced at once.

    Attributes:
        opening: The first announcement, such as that nothing was sent.
    """

    opening: Text = NOTHING
    _text: str = ""
    _last: tuple[object, ...] = ()
    _at_ns: int = 0
    _step: int = 0
    _waits: set[str] = field(default_factory=set)

    def of(self, state: "RunState", now_ns: int) -> str:
        """Return the current announcement; unchanged while there is nothing new."""
        progress = state.progress
        step = int(_STEPS * progress.share)
        current = (progress.state, state.command, bool(state.refreshing), state.notice)
        is_news = step > self._step or (progress.waiting_for and progress.waiting_for not in self._waits)
        if current == self._last and not (is_news and now_ns - self._at_ns >= LEAST_APART_NS):
            return self._text
        if current[:2] != self._last[:2]:
            self._waits.clear()
        self._last, self._at_ns, self._step = current, now_ns, step
        self._waits |= {progress.waiting_for} - {""}
        opening, self.opening = self.opening.in_form(), NOTHING
        self._text = " ".join(filter(None, [opening, _words(state)]))
        return self._text

    def retranslate(self, state: "RunState") -> None:
        """Render the announcement again, in the language in use."""
        self._text = _words(state)


def _words(state: "RunState") -> str:
    progress = state.progress
    if state.refreshing:
        return say("run.refreshing")
    if state.notice:
        return state.notice
    if state.command:
        return say("run.pausing" if state.command == "pause" else "run.stopping")
    if progress.state is State.RUNNING and progress.waiting_for:
        return progress.text
    return _counted(progress)


def _counted(progress: Progress) -> str:
    text = str(progress.counted)
    is_halted = progress.state in {State.PAUSED, State.STOPPED, State.INTERRUPTED}
    return say("run.halted", progress=text, todo=say("run.paused_todo")) if is_halted else text
