"""The model of a running campaign: its progress, and the commands to pause, resume, stop and refresh."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dingnb.calls.background import Background
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.recipient_count import RecipientCount, Unit
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State, Status
from dingnb.clock import Clock, seconds
from dingnb.display import Sheet, drawing_in
from dingnb.errors import DingError
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.progress import StatePlace
from dingnb.ui.run.status_text import Speech
from dingnb.words import NOTHING, Text, count, say

LOOK_EVERY_NS = seconds(0.2)
"""Interval at which the form reads the progress."""

_REST_FACTOR = 10
"""Pause after a poll, as a multiple of the time it took: with many people, each takes a while."""

Wish = Literal["pause", "stop", ""]


@dataclass(frozen=True, slots=True)
class RunState:
    """
    The state of the form.

    Attributes:
        progress: The progress of sending.
        sheet: The campaign's sheet; None while it is running.
        counts: The statuses that occur, each with the number of people and their share; empty while it is running.
        why: Why sending stopped on its own; empty otherwise.
        command: A pending command.
        refreshing: The text shown during a refresh.
        notice: The outcome of the last refresh, as text.
        failure: The last error; None if there was none.
        announcement: The status for screen readers, at a calm rate.
    """

    progress: Progress
    sheet: Sheet | None = None
    counts: tuple[tuple[Status, int, float], ...] = ()
    why: Text = NOTHING
    wish: Wish = ""
    asking: str = ""
    said: str = ""
    failure: Failure | None = None
    spoken: str = ""


class RunModel(Model[RunState]):
    """
    Follows a running campaign, and pauses, resumes, stops or refreshes it.

    Args:
        run: The campaign.
        clock: The source of time.
        name: Its name in the code.

    Attributes:
        steps: The statements that do what was done here so far.
        is_steered: Whether it was paused or stopped here.
    """

    def __init__(self, run: Campaign, clock: Clock, name: str = "run") -> None:
        super().__init__(RunState(_first(run)), clock)
        self.run = run
        self.steps: list[str] = []
        self.is_steered = False
        self._name = name
        self._recipient_count = _recipient_count(run)
        self._speech = Speech(run.opening)
        self._following: Background | None = None
        self._is_following = False
        self._must_look = False
        self._has_missed = False
        self._seen: tuple[State, int, int] | None = None
        self._again_ns = 0
        # It is followed here also when it is resumed in a cell or in another form.
        run.follow(lambda _: self._follow())
        self._follow()

    @property
    def recipient_count(self) -> str:
        """The number of messages and of people if these differ; else empty."""
        recipient_count = self._recipient_count
        return "" if recipient_count is None or recipient_count.people is None else str(recipient_count.text)

    @property
    def is_running(self) -> bool:
        """Whether calls are being made."""
        return self.state.progress.state is State.RUNNING

    def say_again(self) -> None:
        """Render the state's texts again, in the language in use."""
        with self._lock:
            self._speech.say_again(self.state)
            self._show(**({} if self.state.sheet is None else {"sheet": self.run.sheet()}))

    def pause(self) -> None:
        """Pause sending."""
        self._steer("pause")

    def stop(self) -> None:
        """Stop sending."""
        self._steer("stop")

    def resume(self) -> None:
        """Continue a paused, stopped or interrupted campaign."""
        if not self.is_running and self.state.progress.state is not State.FINISHED:
            self._begin(self._resume, failure=None, said="")

    def refresh(self) -> None:
        """Refresh the delivery results from DingTalk."""
        if not self.is_running:
            self._begin(self._refresh, failure=None, said="", asking=say("run.asking"))

    def look_again(self) -> None:
        """Follow the campaign again if another notebook, tab or process has changed it."""
        if self._is_following or self._clock.monotonic_ns() < self._again_ns:
            return
        try:
            is_other = self.run.standing != self._seen
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self._miss(error)
        else:
            if is_other or self._has_missed:
                self._follow()

    def look_anew(self) -> None:
        """Read the results again, after a refresh or a recall."""
        if not self.is_running:
            # The outcome of the last refresh is outdated.
            self._show(said="")
            self._follow()

    def wait(self) -> None:
        """Wait until sending and all work in progress have ended."""
        super().wait()
        if self._following is not None:
            self._following.join()

    def _steer(self, wish: Wish) -> None:
        with self._lock:
            # A pending stop is not replaced by a pause.
            if not self.is_running or self.state.wish in {wish, "stop"}:
                return
            self._show(wish=wish, failure=None)
        try:
            self.run.pause() if wish == "pause" else self.run.stop()
        except DingError as error:
            self._show(wish="", failure=self._failure(error))
        else:
            self.steps.append(f"{self._name}.{wish}()")
            self.is_steered = True

    def _resume(self) -> None:
        self.run.resume(wait=False)
        self.steps.append(f"{self._name}.resume()")
        self._show(progress=self.run.progress, sheet=None, counts=(), wish="")
        self._follow()

    def _refresh(self) -> None:
        # Its progress counts calls; the form shows people.
        with drawing_in(StatePlace(lambda *_: None)):
            self.run.refresh()
        self.steps.append(f"{self._name}.refresh()")
        self._show(sheet=self.run.sheet(), counts=self._counts(), said=_told(self.run, self.state.progress.unit))

    def _counts(self) -> tuple[tuple[Status, int, float], ...]:
        summary = self.run.summary()
        columns = (summary["people"].tolist(), summary["share"].tolist())
        return tuple((Status(status), *counted) for status, *counted in zip(summary.index, *columns, strict=True))

    def _change(self, changed: dict[str, Any]) -> None:
        super()._change(changed)
        self.state = replace(self.state, spoken=self._speech.of(self.state, self._clock.monotonic_ns()))

    def _ended(self) -> None:
        self._show(asking="")

    def _follow(self) -> None:
        with self._lock:
            self._must_look = True
            if self._is_following:
                return
            self._is_following = True
            # Under the lock, so that `wait` waits for this thread.
            self._following = Background(self._clock, self._look, interrupt=lambda: None)

    def _look(self) -> None:
        never = self._clock.event()
        try:
            while self._goes_on():
                while not self._has_ended():
                    self._clock.wait(never, LOOK_EVERY_NS)
        except BaseException:
            self._is_following = False
            raise

    def _goes_on(self) -> bool:
        """Return whether following was requested again since the last round began."""
        with self._lock:
            self._is_following, self._must_look = self._must_look, False
            return self._is_following

    def _has_ended(self) -> bool:
        """Read the progress once, and return whether sending has ended."""
        began_ns = self._clock.monotonic_ns()
        try:
            # Read first, so that the next poll sees changes made after it.
            self._seen = self.run.standing
            progress = self.run.progress
            again = {"failure": None} if self._has_missed else {}
            if progress.state is State.RUNNING:
                self._show(progress=progress, sheet=None, counts=(), said="", **again)
            else:
                told = {"sheet": self.run.sheet(), "counts": self._counts(), "why": self.run.why}
                self._show(progress=progress, wish="", **told, **again)
            self._has_missed = False
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            # The ledger may be unavailable for a while; sending continues, and reports its own errors.
            self._miss(error)
        ended_ns = self._clock.monotonic_ns()
        self._again_ns = ended_ns + _REST_FACTOR * (ended_ns - began_ns)
        return not self.is_running

    def _miss(self, error: Exception) -> None:
        """Show that reading failed; the next success clears it."""
        self._has_missed = True
        failure = self._failure(error)
        # Once only: a screen reader would repeat it.
        if failure != self.state.failure:
            self._show(failure=failure)


def _recipient_count(run: Campaign) -> RecipientCount | None:
    try:
        return run.recipient_count
    except DingError:
        return None


def _told(run: Campaign, unit: Unit) -> str:
    """Return the outcome of the last refresh, as text."""
    look, untold = run.look, run.count_untold()
    if look is None or not look.batches:
        return "" if look is None else look.text.in_form()
    said = [] if look.asked else [say("run.told_lately")]
    if not untold:
        said.append(say("run.told_all"))
    else:
        key = "run.told_rest_later" if look.next_in_s is None else "run.told_rest"
        said.append(say(key, people=count(unit, untold), seconds=f"{look.next_in_s or 0:,}"))
    if look.unanswered:
        said.append(say("run.told_unusable"))
    return " ".join(said)


def _first(run: Campaign) -> Progress:
    try:
        return run.progress
    except DingError:
        # The first read shows it, or the error.
        return Progress(0, State.RUNNING, 0)
