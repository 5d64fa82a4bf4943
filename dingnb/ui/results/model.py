"""The model of a campaign's results: reloaded while it is sent, filtered, paged, with the details of one person."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign_view import AvailableActions, CampaignView, SelectedRecall
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.campaign_results import CampaignResults, Snapshot
from dingnb.campaigns.status import MAY_HAVE_MESSAGE, UNCERTAIN
from dingnb.clock import seconds_to_ns
from dingnb.ledger.sending.traces import Trace
from dingnb.media import Content
from dingnb.tables.cells import is_missing
from dingnb.ui.kit.lists import FoundRows
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.run.model import Reader, RunModel

if TYPE_CHECKING:
    from dingnb.campaigns.campaign import Campaign
    from dingnb.tables.factorize import IntArray

AnswerFilter: TypeAlias = tuple[str, str | None]
"""A question, and one of its answers; None for rows without an answer."""

_WITH_MESSAGE = MAY_HAVE_MESSAGE - UNCERTAIN
"""Statuses of people who have the message or, if it is only accepted, are expected to."""

POLL_INTERVAL_NS = seconds_to_ns(2)
"""Minimum time between reloads while the campaign is running, or while answers arrive."""


@dataclass(frozen=True, slots=True)
class ShownRows(FoundRows):
    """
    The rows that the table shows.

    Attributes:
        status: Only rows with this status; empty for any.
        answer: Only rows with this answer; None for any.
    """

    rows_per_page: ClassVar[int] = 15

    status: str = ""
    answer: AnswerFilter | None = None


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """
    The details of one person.

    Attributes:
        position: The position of the row.
        label: The row's label.
        facts: The row's values.
        trace: The calls to the person, and the message.
        attachments: The pictures and files of the message, by reference.
    """

    position: int
    label: Hashable
    facts: dict[Any, Any]
    trace: Trace
    attachments: Mapping[str, Content] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ResultsState:
    """
    The state of the results.

    Attributes:
        snapshot: The results; None until they are read.
        answers: The answers, with the rows of `snapshot`; None until they are read, and if the campaign has no cards.
        answers_fingerprint: A value that changes with each further answer in the ledger.
        available: The available actions; None until they are known, and while the campaign is running.
        shown: The rows that are shown.
        chosen: The position of the row whose details are shown or being loaded; None if there is none.
        details: The details of the chosen row; None until they are loaded.
        resets: Increases each time the search is cleared other than by typing.
        failure: The last error; None if there was none, or the results were reloaded since.
    """

    snapshot: Snapshot | None = None
    answers: Answers | None = None
    answers_fingerprint: object = None
    available: AvailableActions | None = None
    shown: ShownRows = field(default_factory=ShownRows)
    chosen: int | None = None
    details: PersonDetails | None = None
    resets: int = 0
    failure: Failure | None = None


class ResultsModel(Model[ResultsState]):
    """
    The results: everyone's status, and the details of one person.

    Args:
        run_model: The model of the campaign.
        keep: Input columns to show next to the ids.
    """

    def __init__(self, run_model: RunModel, keep: tuple[Hashable, ...]) -> None:
        clock = run_model.view.clock
        super().__init__(ResultsState(), clock)
        self._keep = keep
        self._shown_results: CampaignResults | None = None
        self._run_model = run_model
        self._last_progress: object = None
        self._drops_empty_filter = False
        self._recall_read: tuple[object, object, object] = (None, None, None)
        self._recall_of_found = SelectedRecall()
        self._throttle = Throttle(clock, min_interval_ns=POLL_INTERVAL_NS)
        self._reader = LatestWorker[object](clock, lambda _, __: self._reload_while_running(), self.fail)
        self._finder = LatestWorker[ShownRows](clock, self._find, self.fail)
        self._details_loader = LatestWorker[int](clock, self._load_details, self.fail)
        self._stop_following = run_model.watch(self._follow)
        self._stop_reading = run_model.read_with(Reader(lambda: self._read(has_ended=True), self._notify))
        self._follow()

    @property
    def run(self) -> "Campaign":
        """The campaign, with everybody in it."""
        return self._run_model.run

    @property
    def view(self) -> CampaignView:
        """The view of the campaign."""
        return self._run_model.view

    @property
    def keep(self) -> tuple[Hashable, ...]:
        """The input columns to show next to the ids, without columns that the ledger has not stored."""
        columns = self.view.results.row_map.frame.columns
        return tuple(label for label in self._keep if label in columns)

    @property
    def is_running(self) -> bool:
        """Whether the campaign is running."""
        return self._run_model.is_running

    def unfollow(self) -> None:
        """Stop following the campaign."""
        self._stop_following()
        self._stop_reading()

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language."""
        self._run_model.retranslate()
        self.reload()

    def reload(self) -> None:
        """Reload the results and, unless the campaign is running, the progress and the summary above them."""
        if self.is_running:
            self._reader.submit(None)
        else:
            self._run_model.read_again()

    def reload_if_due(self) -> None:
        """Reload the results, unless they were read just now, or a reload has been requested."""
        if self._throttle.is_due:
            self._throttle.hold()
            self.reload()

    def reload_all(self) -> None:
        """Reload and remove the outcome of the last refresh, as `RunModel.reload_now` does."""
        self._run_model.reload_now()

    def reload_after_action(self) -> None:
        """Reload after an action, as `reload_all` does; once no row has the filtered status, drop that filter."""
        with self._lock:
            self._drops_empty_filter = bool(self.state.shown.status)
        self.reload_all()

    def filter_by(self, status: str) -> None:
        """Show only the rows with a status; empty shows all."""
        self._set_filter(status=status)

    def search(self, query: str) -> None:
        """Show only the rows that contain a text; empty shows all."""
        self._set_filter(query=query.strip())

    def filter_by_answer(self, answer: AnswerFilter | None) -> None:
        """Show only the rows with an answer; None shows all."""
        self._set_filter(answer=answer)

    def clear(self) -> None:
        """Show all rows."""
        with self._lock:
            self._change({"resets": self.state.resets + 1})
        self._set_filter(status="", query="", answer=None)

    def turn_to(self, page: int) -> None:
        """Show a page, from 0."""
        with self._lock:
            shown = self.state.shown
            turned = shown.turned_to(page)
            if turned.page != shown.page:
                self._show(shown=turned, chosen=None, details=None)

    def choose(self, position: int | None) -> None:
        """Show the details of a row, by its position; None closes them."""
        with self._lock:
            if position == self.state.chosen:
                return
            self._show(chosen=position, details=None)
        if position is not None:
            self._details_loader.submit(position)

    def step(self, by: int) -> None:
        """Move the choice by a number of rows, across pages; without a choice, choose the first row of the page."""
        with self._lock:
            shown, chosen = self.state.shown, self.state.chosen
            on_page = shown.page_positions
            at = shown.first + on_page.index(chosen) + by if chosen in on_page else shown.first
            if not 0 <= at < shown.found:
                return
            self._change({"shown": shown.turned_to(at // shown.rows_per_page)})
            self.choose(shown.position(at))

    @property
    def recall_of_found(self) -> SelectedRecall:
        """The recall from the people in the found rows, on all pages; from nobody if all rows are shown."""
        # Read once: the positions belong to the snapshot.
        state = self.state
        read = (state.snapshot, state.available, state.shown.positions)
        if any(part is not before for part, before in zip(read, self._recall_read, strict=True)):
            # Among many people the selection takes a while, and each change of the state shows it.
            self._recall_read = read
            self._recall_of_found = _select_recall(state, state.shown.positions)
        return self._recall_of_found

    @property
    def recall_of_person(self) -> SelectedRecall:
        """The recall from the person whose details are shown; from nobody if no recall is possible."""
        state = self.state
        return _select_recall(state, None if state.details is None else [state.details.position])

    @property
    def person_has_message(self) -> bool:
        """Whether the person whose details are shown has the message or is expected to; maybe it cannot be recalled."""
        state = self.state
        return bool(_with_message(state.snapshot, None if state.details is None else [state.details.position]))

    def common_status(self, userids: Sequence[str]) -> str:
        """Return the status of messages that exactly these people have; empty if there is none."""
        snapshot = self.state.snapshot
        if snapshot is None:
            return ""
        people_by_status = snapshot.frame["userid"].groupby(snapshot.frame["status"], observed=True).agg(set)
        people = set(userids)
        return next((str(status) for status in _WITH_MESSAGE if people_by_status.get(status) == people), "")

    def wait(self) -> None:
        """Wait until work in progress has ended, except for sending."""
        super().wait()
        if not self.is_running:
            self._run_model.wait_until_read()
        for worker in (self._reader, self._finder, self._details_loader):
            worker.wait()

    def _follow(self) -> None:
        """Follow the campaign: while it is running, reload the results, but not too often."""
        state, available = self._run_model.state, self.state.available
        if self.is_running:
            if available is not None:
                # Once sending has ended, other actions are available.
                self._show(available=None)
            progress = (state.progress.accepted, state.progress.failed, state.progress.unknown)
            if progress != self._last_progress and self._throttle.is_due:
                self._last_progress = progress
                self.reload()
        elif available is not None and state.calls_left != available.calls_left:
            # Other campaigns make calls, too.
            self._show(available=replace(available, calls_left=state.calls_left))

    def _reload_while_running(self) -> None:
        with self._run_model.results_lock:
            if not self.is_running:
                # They are read together with the progress.
                return
            with self.view.context.ledger.snapshot():
                change = self._read(has_ended=False)
            change()
        self._notify()

    def _read(self, *, has_ended: bool) -> Callable[[], None]:
        """Read the results, with the available actions if sending has ended; return a change of the state."""
        with self._throttle.timing():
            results = self.view.results
            has_cards = results.has_cards
            # Read first, so that the next poll notices later answers.
            answers_fingerprint = results.answers_fingerprint() if has_cards else None
            answers = results.answers() if has_cards else None
            snapshot = results.snapshot(list(self.keep))
            # Now, rather than at the first keystroke of a search.
            _compute_cached_properties(snapshot, answers)
            available = self.view.available_actions(snapshot.people) if has_ended else None
        read = {"snapshot": snapshot, "answers": answers, "answers_fingerprint": answers_fingerprint}
        return lambda: self._take(results, {**read, "available": available})

    def _take(self, results: CampaignResults, read: dict[str, Any]) -> None:
        """Change the state to results that were read, with the present filters and choice."""
        snapshot, answers = read["snapshot"], read["answers"]
        with self._lock:
            # The user may have changed them while the results were read.
            shown, chosen = self.state.shown, self.state.chosen
            if self._drops_empty_filter and shown.status not in snapshot.counts:
                self._drops_empty_filter = False
                shown, chosen = replace(shown, status=""), None
            shown = _apply_filters(snapshot, answers, shown).turned_to(shown.page)
            # The rows of other lists are in another order.
            has_same_rows, self._shown_results = results is self._shown_results, results
            still_exists = has_same_rows and chosen is not None and chosen < len(snapshot.frame)
            closed = {} if still_exists else {"chosen": None, "details": None}
            self._change({**read, "shown": shown, "failure": None, **closed})
        if still_exists and chosen is not None:
            self._details_loader.submit(chosen)

    def _set_filter(self, **filters: Any) -> None:  # noqa: ANN401 - fields of the filters
        with self._lock:
            shown = self.state.shown
            wanted = replace(shown, **filters)
            if _filters(wanted) == _filters(shown):
                return
            self._drops_empty_filter = False
            # The previous rows stay until the filtered rows are found.
            self._change({"shown": wanted})
        self._finder.submit(wanted)

    def _find(self, wanted: ShownRows, is_superseded: Callable[[], bool]) -> None:
        # Read once: the snapshot and the answers have the same rows.
        state = self.state
        if state.snapshot is None:
            return
        found = _apply_filters(state.snapshot, state.answers, wanted)
        with self._lock:
            shown = self.state.shown
            if is_superseded() or _filters(wanted) != _filters(shown):
                return
            if self.state.snapshot is not state.snapshot:
                # `_take` has found the rows of the newer snapshot.
                found = shown
            self._show(shown=replace(found, page=0), chosen=None, details=None)

    def _load_details(self, position: int, is_superseded: Callable[[], bool]) -> None:
        with self._lock:
            state, results = self.state, self._shown_results
        if state.snapshot is None or results is None or is_superseded():
            return
        # Of the rows that are shown: the campaign may have further lists by now.
        details = _details_of(state.snapshot, position, results)
        with self._lock:
            if self.state.chosen == position:
                self._show(details=details)


def _with_message(snapshot: Snapshot | None, positions: "IntArray | list[int] | None") -> tuple[str, ...]:
    if snapshot is None or positions is None:
        return ()
    rows = snapshot.frame.iloc[positions]
    return tuple(rows.loc[rows["status"].isin(_WITH_MESSAGE), "userid"].drop_duplicates())


def _select_recall(state: ResultsState, positions: "IntArray | list[int] | None") -> SelectedRecall:
    if state.available is None:
        return SelectedRecall()
    return state.available.recall.select(_with_message(state.snapshot, positions))


def _compute_cached_properties(snapshot: Snapshot, answers: Answers | None) -> None:
    for part in ("finder", "funnel", "reads", "counts"):
        getattr(snapshot, part)
    if answers is not None:
        _ = answers.rows_by_answer


def _filters(shown: ShownRows) -> tuple[str, str, AnswerFilter | None]:
    return shown.status, shown.query, shown.answer


def _apply_filters(snapshot: Snapshot, answers: Answers | None, shown: ShownRows) -> ShownRows:
    positions = snapshot.find(shown.status, shown.query)
    if shown.answer is not None and answers is not None:
        has_answer = answers.has(*shown.answer)
        found: IntArray = np.flatnonzero(has_answer)
        positions = found if positions is None else positions[has_answer[positions]]
    return replace(shown, total=len(snapshot.frame), positions=positions)


def _details_of(snapshot: Snapshot, position: int, results: CampaignResults) -> PersonDetails:
    row = snapshot.frame.iloc[[position]]
    # By position: a kept column may have any name.
    facts = {name: row.iloc[0, at] for at, name in enumerate(row.columns)}
    facts = {name: None if is_missing(value) else value for name, value in facts.items()}
    trace = results.trace(position=position)
    attachments = results.attachments if trace.content is not None else {}
    return PersonDetails(position, row.index[0], facts, trace, attachments)
