"""The progress of a refresh of results, which other processes can see."""

import json
from contextlib import suppress
from typing import NamedTuple

from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.control import has_sender
from dingnb.campaigns.sending.recall_progress import ongoing_recall
from dingnb.campaigns.status import State
from dingnb.clock import seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending.processes import Process, this_process
from dingnb.words import Text, count

MIN_INTERVAL_NS = seconds_to_ns(0.5)
"""Minimum time between two records of the progress."""

_MAX_SILENCE_NS = seconds_to_ns(600)
"""Time without progress after which a refresh of a process that may be alive counts as ended."""

_QUERIED = "queried_ns"
"""Name of the time of the last query in the published progress."""

_ALL_QUERIED = "all_queried_ns"
"""Name of the time since which all results have been queried, in the published progress."""


class RefreshProgress(NamedTuple):
    """
    The progress of a refresh.

    Attributes:
        made: The number of calls made so far.
        calls: The maximum number of calls.
        at_ns: The time of this record.
        process: The process that refreshes.
        is_over: Whether it has requested everything that was worth a call.
    """

    made: int
    calls: int
    at_ns: int
    process: Process
    is_over: bool = False

    @property
    def text(self) -> Text:
        """The progress as text."""
        return progress_text(self.made, self.calls)


def progress_text(made: int, calls: int) -> Text:
    """Return how many calls of a refresh were made, and how many there are at most."""
    return Text("refresh.progress", made=f"{made:,}", calls=count("call", calls))


def ongoing_refresh(db: LedgerSession, campaign: int, now_ns: int) -> RefreshProgress | None:
    """Return the progress of the refresh on demand that some process makes; None if nothing is being refreshed."""
    progress = _decode(campaigns.get_progress(db, campaign))
    if progress is None or progress.is_over or progress.process.has_ended(progress.at_ns, now_ns, _MAX_SILENCE_NS):
        return None
    return progress


def was_refreshed_since(db: LedgerSession, campaign: int, since_ns: int) -> bool:
    """Return whether the last action on a campaign was a refresh that was completed after a time."""
    progress = _decode(campaigns.get_progress(db, campaign))
    return progress is not None and progress.is_over and progress.at_ns >= since_ns


def last_query_ns(db: LedgerSession, campaign: int) -> int:
    """Return when DingTalk last answered a query for results, unless it was sent to since; 0 if that is not known."""
    return _published_ns(db, campaign, _QUERIED)


def all_queried_ns(db: LedgerSession, campaign: int) -> int:
    """Return the time since which DingTalk has answered queries for all open results; 0 if that is not known."""
    return _published_ns(db, campaign, _ALL_QUERIED)


def _published_ns(db: LedgerSession, campaign: int, name: str) -> int:
    return _query_times(db, campaign).get(name, 0)


def _query_times(db: LedgerSession, campaign: int) -> dict[str, int]:
    """Return the published times of queries, by name."""
    published = campaigns.get_progress(db, campaign)
    fields = json.loads(published) if published else {}
    return {name: int(fields[name]) for name in (_QUERIED, _ALL_QUERIED) if name in fields}


def record_query(context: SendContext, campaign: int, all_queried_ns: int) -> None:
    """
    Publish that DingTalk has answered a query for results, unless something else is being published.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        all_queried_ns: The time since which all open results were queried.
    """
    now_ns = context.now_ns()
    with suppress(LedgerError), context.ledger.transaction() as db:
        row = campaigns.get(db, campaign)
        if row is None or has_sender(context.ledger, context.clock, row, db):
            return
        if ongoing_recall(db, campaign, now_ns) is None and ongoing_refresh(db, campaign, now_ns) is None:
            published = campaigns.get_progress(db, campaign)
            # With the fields that `Progress` requires, as below.
            fields = json.loads(published) if published else {"at_ns": now_ns, "state": State.FINISHED, "people": 0}
            queried = {_QUERIED: now_ns, _ALL_QUERIED: all_queried_ns}
            campaigns.set_progress(db, campaign, json.dumps({**fields, **queried}))


class RefreshRecorder:
    """
    Publishes the progress of a refresh, unless the campaign is being sent or recalled, which publishes its own.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        calls: The maximum number of calls.
    """

    def __init__(self, context: SendContext, campaign: int, calls: int) -> None:
        self._context = context
        self._campaign = campaign
        self._calls = calls
        self._published = ""
        self._next_ns = 0
        self._query_times: dict[str, int] = {}

    def start(self) -> None:
        """Publish that it has started."""
        context = self._context
        with suppress(LedgerError), context.ledger.transaction() as db:
            row = campaigns.get(db, self._campaign)
            if row is None or has_sender(context.ledger, context.clock, row, db):
                return
            if ongoing_recall(db, self._campaign, context.now_ns()) is None:
                self._query_times = _query_times(db, self._campaign)
                self._publish(db, self._progress(0))

    def record(self, db: LedgerSession, made: int) -> None:
        """Publish the number of calls made so far, unless that was done a moment ago."""
        if self._published and self._context.now_ns() >= self._next_ns:
            with suppress(LedgerError), self._context.ledger.transaction(db):
                self._replace(db, self._progress(made))

    def end(self, made: int, *, is_complete: bool) -> None:
        """Publish that it has ended; `is_complete` says whether it has requested everything worth a call."""
        if self._published:
            with suppress(LedgerError), self._context.ledger.transaction() as db:
                self._replace(db, self._progress(made, is_over=True) if is_complete else None)

    def _progress(self, made: int, *, is_over: bool = False) -> RefreshProgress:
        return RefreshProgress(made, self._calls, self._context.now_ns(), this_process(), is_over)

    def _replace(self, db: LedgerSession, progress: RefreshProgress | None) -> None:
        """Publish the progress, unless something else was published since; None if nothing is refreshed any more."""
        if campaigns.get_progress(db, self._campaign) != self._published:
            self._published = ""
            return
        self._publish(db, progress)

    def _publish(self, db: LedgerSession, progress: RefreshProgress | None) -> None:
        now_ns = self._context.now_ns()
        # With the fields that `Progress` requires: it may be read when sending starts.
        fields = {"at_ns": now_ns, "state": State.FINISHED, "people": 0, "refresh": progress}
        encoded = json.dumps({**fields, **self._query_times})
        self._published = "" if progress is None else encoded
        self._next_ns = now_ns + MIN_INTERVAL_NS
        campaigns.set_progress(db, self._campaign, encoded)


def _decode(published: str) -> RefreshProgress | None:
    encoded = json.loads(published).get("refresh") if published else None
    if encoded is None:
        return None
    made, calls, at_ns, process, is_over = encoded
    return RefreshProgress(made, calls, at_ns, Process(*process), is_over)
