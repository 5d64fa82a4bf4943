"""The model of receiving the answers to the cards of a campaign, or of a test, over Stream, in this process."""

from collections.abc import Callable
from dataclasses import dataclass

from dingnb.calls.context import AnswerListener
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.plan_view import PlanView
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import NOTHING, Text


@dataclass(frozen=True, slots=True)
class ReceivingState:
    """
    The state of receiving.

    Attributes:
        is_listening: Whether this process receives answers, or tries to.
        is_connecting: Whether this process is starting to receive answers.
        can_stop: Whether answers are received because of a start here, before which nothing was received over Stream.
            Only then can the user stop receiving, since stopping ends the receipt of events as well.
        problem: Why this process, which receives answers, has no connection at present; otherwise empty.
        failure: Why receiving could not be started or stopped; otherwise None.
    """

    is_listening: bool = False
    is_connecting: bool = False
    can_stop: bool = False
    problem: Text = NOTHING
    failure: Failure | None = None


class ReceivingModel(Model[ReceivingState]):
    """
    Starts and stops receiving the answers to a campaign's cards.

    Args:
        view: The view of the campaign, or of the plan that is tested.
        add_code_line: Called with `code_line` once the user has started to receive.
        code_line: The statement that starts to receive.
    """

    def __init__(self, view: CampaignView | PlanView, add_code_line: Callable[[str], None], code_line: str) -> None:
        super().__init__(ReceivingState(), view.clock)
        self._context = view.context
        self._add_code_line = add_code_line
        self._code_line = code_line
        self._was_started_here = False

    def poll(self, *, over_http: bool) -> None:
        """
        Update the state if receiving was started or stopped elsewhere.

        Args:
            over_http: Whether the answers are sent over HTTP, to a receiver here or elsewhere, instead of over Stream.
        """
        self._show_listener(self._listener(over_http=over_http))

    def start(self, *, is_in_code: bool = True) -> None:
        """
        Start receiving answers over Stream, unless they are received already.

        Args:
            is_in_code: Whether the code shows the start, as part of what the user did.
        """
        listener = self._listener(over_http=False)
        if listener is not None and not listener.is_listening:
            self._start_work(lambda: self._start(listener, is_in_code=is_in_code), is_connecting=True, failure=None)

    def continue_from(self, earlier: "ReceivingModel") -> None:
        """Let the user stop here what an earlier model started."""
        self._was_started_here = earlier._was_started_here  # noqa: SLF001 - of this class

    def stop(self) -> None:
        """Stop receiving answers, and anything else over Stream."""
        listener = self._listener(over_http=False)
        if listener is not None and self.state.can_stop:
            self._start_work(lambda: self._stop(listener), failure=None)

    def _listener(self, *, over_http: bool) -> AnswerListener | None:
        listener = self._context.listener
        return listener and listener.for_transport(over_http=over_http)

    def _show_listener(self, listener: AnswerListener | None) -> None:
        """Show whether answers are received; if not, what another start receives later was not started here."""
        is_listening = listener is not None and listener.is_listening
        problem = listener.problem if listener is not None and is_listening else NOTHING
        if not is_listening:
            self._was_started_here = False
        current = {"is_listening": is_listening, "can_stop": self._was_started_here, "problem": problem}
        if any(getattr(self.state, name) != value for name, value in current.items()):
            self._show(**current)

    def _start(self, listener: AnswerListener, *, is_in_code: bool) -> None:
        is_first = not listener.is_receiving
        try:
            listener.start()
            self._was_started_here = is_first
            if is_in_code:
                self._add_code_line(self._code_line)
        finally:
            self._show_listener(listener)

    def _stop(self, listener: AnswerListener) -> None:
        listener.stop()
        self._show_listener(listener)

    def _on_idle(self) -> None:
        self._change({"is_connecting": False})
