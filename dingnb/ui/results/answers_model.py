"""The model of receiving answers to a campaign's cards: the results are reloaded as they arrive."""

from dataclasses import dataclass

from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.results.answers import Answers
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel


@dataclass(frozen=True, slots=True)
class AnswersState:
    """
    The state of receiving answers.

    Attributes:
        failure: The last error; None if there was none.
        is_overdue: Whether the deadline has passed, so that further answers are late.
    """

    failure: Failure | None = None
    is_overdue: bool = False


class AnswersModel(Model[AnswersState]):
    """
    Receives the answers to the cards of a campaign.

    Args:
        results: The model of the campaign's results.
        run: The model of the campaign.

    Attributes:
        receiving: The model of receiving answers.
    """

    def __init__(self, results: ResultsModel, run: RunModel) -> None:
        super().__init__(AnswersState(), results.view.clock)
        self._results = results
        self.receiving = run.receiving
        self._shown: Answers | None = None
        results.watch(self._follow)
        self._follow()

    @property
    def view(self) -> CampaignView:
        """The view of the campaign."""
        return self._results.view

    @property
    def answers(self) -> Answers | None:
        """The answers; None until they are read, and if the campaign has no cards."""
        return self._results.state.answers

    @property
    def is_open(self) -> bool:
        """Whether further answers may arrive."""
        return self.answers is not None and not self.answers.is_closed

    @property
    def is_over_http(self) -> bool:
        """Whether answers arrive over HTTP, which the form cannot start to receive."""
        return self.answers is not None and self.answers.poll.is_over_http

    def poll(self) -> None:
        """Reload the results if there are new answers; errors are shown."""
        if self.answers is None:
            return
        try:
            self.receiving.poll(over_http=self.is_over_http)
            if self.view.results.answers_fingerprint() != self._results.state.answers_fingerprint:
                # The available actions depend on the answers, too.
                self._results.reload_if_due()
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self.fail(error)
            return
        if self.state.failure is not None or self.state.is_overdue != self._is_overdue():
            self._show(failure=None, is_overdue=self._is_overdue())

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self.receiving.wait()

    def _follow(self) -> None:
        """Update whether answers are received and late, each time that the answers were read."""
        answers = self.answers
        if answers is not None and answers is not self._shown:
            self._shown = answers
            self.receiving.poll(over_http=answers.poll.is_over_http)
            self._show(is_overdue=self._is_overdue())

    def _is_overdue(self) -> bool:
        deadline_ns = None if self.answers is None else self.answers.poll.deadline_ns
        # By DingTalk's time, like the answers.
        return deadline_ns is not None and self.view.context.now_ns() > deadline_ns
