"""The model of the answers to a campaign's cards: reloaded as they arrive, filtered, paged."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.results.answers import Answers
from dingnb.clock import seconds_to_ns
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.rows import FoundRows
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel

POLL_INTERVAL_NS = seconds_to_ns(1)
"""Minimum time between two reads of the answers."""

AnswerFilter = tuple[str, str | None]
"""A question, and one of its answers; None for rows without an answer."""


@dataclass(frozen=True, slots=True)
class ShownAnswers(FoundRows):
    """
    The rows that the table shows.

    Attributes:
        chosen: Only rows with this answer; None for any.
    """

    rows_a_page: ClassVar[int] = 15

    chosen: AnswerFilter | None = None


@dataclass(frozen=True, slots=True)
class AnswersState:
    """
    The state of the answers.

    Attributes:
        answers: The answers; None until they are read, and if the campaign has no cards.
        shown: The rows that are shown.
        failure: The last error; None if there was none.
    """

    answers: Answers | None = None
    shown: ShownAnswers = field(default_factory=ShownAnswers)
    failure: Failure | None = None


class AnswersModel(Model[AnswersState]):
    """
    The answers to the cards of a campaign.

    Args:
        results: The model of its results.
        run: The model of the campaign.

    Attributes:
        receiving: The model of receiving answers.
    """

    def __init__(self, results: ResultsModel, run: RunModel) -> None:
        super().__init__(AnswersState(), results.view.clock)
        self._results = results
        self.receiving = run.receiving
        self._snapshot: object = None
        self._changes_seen: object = None
        self._throttle = Throttle(self._clock, min_interval_ns=POLL_INTERVAL_NS)
        self._has_cards: bool | None = None
        self._reader = LatestWorker[object](self._clock, lambda _, __: self._read(), self.fail)
        results.watch(lambda: self._follow(results.state.snapshot))
        self._follow(results.state.snapshot)

    @property
    def view(self) -> CampaignView:
        """The view of the campaign."""
        return self._results.view

    @property
    def is_open(self) -> bool:
        """Whether further answers may arrive."""
        answers = self.state.answers
        return answers is not None and not answers.is_closed

    @property
    def is_over_http(self) -> bool:
        """Whether answers arrive over HTTP, which the form cannot start to receive."""
        answers = self.state.answers
        return answers is not None and answers.poll.is_over_http

    def poll(self) -> None:
        """Reload the answers if there are new ones; errors are shown."""
        if not self._has_cards or not self._throttle.is_due:
            return
        try:
            self.receiving.poll(over_http=self.is_over_http)
            if self.view.results.answer_changes() != self._changes_seen:
                self._throttle.hold()
                self._reader.submit(None)
                # The available actions depend on the answers.
                self._results.reload()
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self.fail(error)

    def reload(self) -> None:
        """Reload the answers."""
        if self._has_cards is not False:
            self._reader.submit(None)

    def filter_by(self, chosen: AnswerFilter | None) -> None:
        """Show only the rows with an answer; None shows all."""
        with self._lock:
            answers = self.state.answers
            if answers is None or chosen == self.state.shown.chosen:
                return
            shown = replace(self.state.shown, chosen=chosen, positions=_find(answers, chosen), page=0)
            self._show(shown=shown)

    def turn_to(self, page: int) -> None:
        """Show a page, from 0."""
        with self._lock:
            self._show(shown=self.state.shown.turned_to(page))

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self.receiving.wait()
        self._reader.wait()

    def _follow(self, snapshot: object) -> None:
        """Reload the answers after the results were reloaded, which may have other rows."""
        if snapshot is not None and snapshot is not self._snapshot:
            self._snapshot = snapshot
            self.reload()

    def _read(self) -> None:
        if self._has_cards is None:
            self._has_cards = self.view.results.has_cards
        if not self._has_cards:
            return
        with self._throttle.timing():
            # Read first, so that the next poll notices later answers.
            changes = self.view.results.answer_changes()
            answers = self.view.results.answers()
        self.receiving.poll(over_http=answers.poll.is_over_http)
        with self._lock:
            self._changes_seen = changes
            shown = self.state.shown
            shown = replace(shown, total=len(answers.frame), positions=_find(answers, shown.chosen))
            self._show(
                answers=answers,
                shown=shown.turned_to(shown.page),
                failure=None,
            )


def _find(answers: Answers, chosen: AnswerFilter | None) -> "np.ndarray[tuple[int], np.dtype[np.int64]] | None":
    return None if chosen is None else np.flatnonzero(answers.has(*chosen))
