"""A campaign that is sent, without a browser: how far it has come, and what may be done about it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dingnb.calls.background import Background
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.campaign_view import CampaignView
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
"""So often the form looks how far the sending is."""

_REST_FACTOR = 10
"""So many times as long as a look took nobody looks by themselves: of many people it takes a while."""

Wish = Literal["pause", "stop", ""]


@dataclass(frozen=True, slots=True)
class RunState:
    """
    What the form shows.

    Attributes:
        progress: How far sending has come.
        sheet: What came of it, once it does not go on; None while it does.
        counts: Then, how many people have which status, and the share of all: only those that somebody has.
        why: Why it does not go on, where nobody wished that.
        wish: What was asked of it, until it has come about.
        asking: What is said while DingTalk is asked for results.
        said: What came of the last asking.
        failure: Why something did not work.
        spoken: What a screen reader is told of all this, at a calm rhythm.
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
    Follows a campaign while it is sent, and steers it.

    Args:
        run: The campaign.
        clock: The source of time.
        name: How the code calls it.

    Attributes:
        steps: The Python that does what was done with it so far, a statement each.
        is_steered: Whether somebody paused or stopped it.
    """

    def __init__(self, run: Campaign, clock: Clock, name: str = "run") -> None:
        super().__init__(RunState(_first(run)), clock)
        self.run = run
        self.view = view_of(run)
        self.steps: list[str] = []
        self.is_steered = False
        self._name = name
        self._recipient_count = _recipient_count(self.view)
        self._speech = Speech(self.view.control.opening)
        self._following: Background | None = None
        self._is_following = False
        self._must_look = False
        self._has_missed = False
        self._seen: tuple[State, int, int] | None = None
        self._again_ns = 0
        # Whoever resumes it, in a cell or in another form: it is followed here as well.
        self.view.control.follow(lambda _: self._follow())
        self._follow()

    @property
    def recipient_count(self) -> str:
        """How many messages it has and to how many people, where these differ; else nothing."""
        recipient_count = self._recipient_count
        return "" if recipient_count is None or recipient_count.people is None else str(recipient_count.text)

    @property
    def is_running(self) -> bool:
        """Whether calls leave, or are under way."""
        return self.state.progress.state is State.RUNNING

    def say_again(self) -> None:
        """Put the state into words once more, in the language in use."""
        with self._lock:
            self._speech.say_again(self.state)
            self._show(**({} if self.state.sheet is None else {"sheet": self.view.results.sheet()}))

    def pause(self) -> None:
        """Let no further call leave for now."""
        self._steer("pause")

    def stop(self) -> None:
        """Let no further call leave."""
        self._steer("stop")

    def resume(self) -> None:
        """Go on with what was paused, stopped or interrupted."""
        if not self.is_running and self.state.progress.state is not State.FINISHED:
            self._begin(self._resume, failure=None, said="")

    def refresh(self) -> None:
        """Ask DingTalk what became of everybody who was sent to."""
        if not self.is_running:
            self._begin(self._refresh, failure=None, said="", asking=say("run.asking"))

    def look_again(self) -> None:
        """Follow it once more if somebody else has changed something: another notebook, tab or process."""
        if self._is_following or self._clock.monotonic_ns() < self._again_ns:
            return
        try:
            is_other = self.view.control.standing != self._seen
        except Exception as error:  # noqa: BLE001 - nobody sees what a thread raises: the form shows it
            self._miss(error)
        else:
            if is_other or self._has_missed:
                self._follow()

    def look_anew(self) -> None:
        """Read once more what became of everybody: something was asked of DingTalk, or taken back."""
        if not self.is_running:
            # What the last asking came to is not the last word any more.
            self._show(said="")
            self._follow()

    def wait(self) -> None:
        """Wait until sending does not go on, and what is under way has come to its end."""
        super().wait()
        if self._following is not None:
            self._following.join()

    def _steer(self, wish: Wish) -> None:
        with self._lock:
            # What is to be stopped is not paused instead.
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
        # It counts calls, and people are told about here.
        with drawing_in(StatePlace(lambda *_: None)):
            self.run.refresh()
        self.steps.append(f"{self._name}.refresh()")
        self._show(
            sheet=self.view.results.sheet(), counts=self._counts(), said=_told(self.view, self.state.progress.unit)
        )

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
            # Under the lock: who finds that somebody follows already, waits for this one.
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
        """Return whether somebody wanted to know since the last look began: it may have seen what was before."""
        with self._lock:
            self._is_following, self._must_look = self._must_look, False
            return self._is_following

    def _has_ended(self) -> bool:
        """Look once how far sending is, and return whether it does not go on."""
        began_ns = self._clock.monotonic_ns()
        try:
            # First: what changes after it is seen by the next look.
            self._seen = self.view.control.standing
            progress = self.run.progress
            again = {"failure": None} if self._has_missed else {}
            if progress.state is State.RUNNING:
                self._show(progress=progress, sheet=None, counts=(), said="", **again)
            else:
                told = {"sheet": self.view.results.sheet(), "counts": self._counts(), "why": self.view.control.why}
                self._show(progress=progress, wish="", **told, **again)
            self._has_missed = False
        except Exception as error:  # noqa: BLE001 - nobody sees what a thread raises: the form shows it
            # The ledger may be out of reach for a while; sending goes on, and says so itself where it cannot.
            self._miss(error)
        ended_ns = self._clock.monotonic_ns()
        self._again_ns = ended_ns + _REST_FACTOR * (ended_ns - began_ns)
        return not self.is_running

    def _miss(self, error: Exception) -> None:
        """Show that a look failed; the next one that does not takes it back."""
        self._has_missed = True
        failure = self._failure(error)
        # Told once: it would be read out again and again.
        if failure != self.state.failure:
            self._show(failure=failure)


def _recipient_count(view: CampaignView) -> RecipientCount | None:
    try:
        return view.results.recipient_count
    except DingError:
        return None


def _told(view: CampaignView, unit: Unit) -> str:
    """Return what asking DingTalk came to, counted in people, or in messages where a person has several."""
    look, untold = view.look, view.results.count_pending()
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
        # The first look tells it, or why nobody knows.
        return Progress(0, State.RUNNING, 0)
