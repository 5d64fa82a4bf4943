"""A campaign that is sent, without a browser: how far it has come, and what may be done about it."""

from dataclasses import dataclass
from typing import Literal

from dingnb.bulk.background import Background
from dingnb.bulk.campaign import Campaign
from dingnb.bulk.progress import Progress
from dingnb.bulk.status import State, Status
from dingnb.clock import Clock, seconds
from dingnb.display import Sheet, drawing_in
from dingnb.errors import DingError
from dingnb.language import say
from dingnb.ui.model import Failure, Model
from dingnb.ui.place import StatePlace

LOOK_EVERY_NS = seconds(0.2)
"""So often the form looks how far the sending is."""

Wish = Literal["pause", "stop", ""]


@dataclass(frozen=True, slots=True)
class RunState:
    """
    What the form shows.

    Attributes:
        progress: How far sending has come.
        sheet: What came of it, once it does not go on; None while it does.
        counts: Then, how many people have which status, and the share of all: only those that somebody has.
        reason: Why it does not go on, where nobody wished that.
        wish: What was asked of it, until it has come about.
        asking: What is said while DingTalk is asked for results.
        said: What came of the last asking.
        failure: Why something did not work.
    """

    progress: Progress
    sheet: Sheet | None = None
    counts: tuple[tuple[Status, int, float], ...] = ()
    reason: str = ""
    wish: Wish = ""
    asking: str = ""
    said: str = ""
    failure: Failure | None = None


class RunModel(Model[RunState]):
    """
    Follows a campaign while it is sent, and steers it.

    Args:
        run: The campaign.
        clock: The source of time.
    """

    def __init__(self, run: Campaign, clock: Clock) -> None:
        super().__init__(RunState(run.progress), clock)
        self.run = run
        self.steps: list[str] = []
        self._following: Background | None = None
        self._follow()

    @property
    def is_running(self) -> bool:
        """Whether calls leave, or are under way."""
        return self.state.progress.state is State.RUNNING

    def say_again(self) -> None:
        """Put the state into words once more, in the language in use."""
        with self._lock:
            if self.state.sheet is not None:
                self._show(sheet=self.run.sheet())

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

    def wait(self) -> None:
        """Wait until sending does not go on, and what is under way has come to its end."""
        super().wait()
        if self._following is not None:
            self._following.join()

    def _steer(self, wish: Wish) -> None:
        with self._lock:
            if not self.is_running or self.state.wish == wish:
                return
            self.steps.append(f"run.{wish}()")
            self._show(wish=wish, failure=None)
        try:
            self.run.pause() if wish == "pause" else self.run.stop()
        except DingError as error:
            self._show(wish="", failure=self._failure(error))

    def _resume(self) -> None:
        self.steps.append("run.resume()")
        self.run.resume(wait=False)
        self._show(progress=self.run.progress, sheet=None, wish="")
        self._follow()

    def _refresh(self) -> None:
        with drawing_in(StatePlace(lambda told, _: self._show(asking=told))):
            self.run.refresh()
        self.steps.append("run.refresh()")
        self._show(sheet=self.run.sheet(), counts=self._counts(), said=self.state.asking)

    def _counts(self) -> tuple[tuple[Status, int, float], ...]:
        summary = self.run.summary()
        columns = (summary["people"].tolist(), summary["share"].tolist())
        return tuple((Status(status), *counted) for status, *counted in zip(summary.index, *columns, strict=True))

    def _ended(self) -> None:
        self._show(asking="")

    def _follow(self) -> None:
        self._following = Background(self._clock, self._look, interrupt=lambda: None)

    def _look(self) -> None:
        never = self._clock.event()
        try:
            while True:
                progress = self.run.progress
                if progress.state is not State.RUNNING:
                    self._show(
                        progress=progress,
                        sheet=self.run.sheet(),
                        counts=self._counts(),
                        reason=self.run.reason,
                        wish="",
                    )
                    return
                self._show(progress=progress)
                self._clock.wait(never, LOOK_EVERY_NS)
        except DingError as error:
            # The ledger may be out of reach for a while: sending goes on, and says so itself where it cannot.
            self._show(failure=self._failure(error))
