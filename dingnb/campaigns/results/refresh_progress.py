"""The progress of a refresh of results, which other processes can see."""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

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

_AUTOMATIC = "automatic"
"""Name of the automatic refresh that makes the calls, in the published progress."""

_KEPT = (_QUERIED, _ALL_QUERIED, _AUTOMATIC)
"""Names of what a refresh on demand keeps of the published progress."""


class RefreshProgress(NamedTuple):
    """
    The progress of a refresh.

    Attributes:
        made: The number of calls made so far.
        calls: The maximum number of calls.
        at_ns: The time of this record.
        process: The process that refreshes.
        is_over: Whether the refresh has requested everything that was worth a call.
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


class OngoingRefreshes(NamedTuple):
    """
    The refreshes of a campaign that are being made, perhaps by other processes.

    Attributes:
        on_demand: The progress of the refresh on demand; None if there is none.
        is_automatic: Whether an automatic refresh of some form makes calls.
    """

    on_demand: RefreshProgress | None
    is_automatic: bool


def ongoing_refreshes(db: LedgerSession, campaign: int, now_ns: int) -> OngoingRefreshes:
    """Return the refreshes of a campaign that are being made."""
    fields = _published_fields(db, campaign)
    progress, holder = _decode(fields), _decode_claim(fields)
    if progress is not None and (
        progress.is_over or progress.process.has_ended(progress.at_ns, now_ns, _MAX_SILENCE_NS)
    ):
        progress = None
    return OngoingRefreshes(progress, holder is not None and not holder.has_ended(now_ns))


def was_refreshed_since(db: LedgerSession, campaign: int, since_ns: int) -> bool:
    """Return whether the last action on a campaign was a refresh that was completed after a time."""
    progress = _decode(_published_fields(db, campaign))
    return progress is not None and progress.is_over and progress.at_ns >= since_ns


def last_query_ns(db: LedgerSession, campaign: int) -> int:
    """Return when DingTalk last answered a query for results; 0 if not known, as after further sending or a recall."""
    return _published_ns(db, campaign, _QUERIED)


def all_queried_ns(db: LedgerSession, campaign: int) -> int:
    """Return the time since which DingTalk has answered queries for all open results; 0 if that is not known."""
    return _published_ns(db, campaign, _ALL_QUERIED)


def _published_ns(db: LedgerSession, campaign: int, name: str) -> int:
    return _query_times(db, campaign).get(name, 0)


def _query_times(db: LedgerSession, campaign: int) -> dict[str, int]:
    """Return the published times of queries, by name."""
    fields = _published_fields(db, campaign)
    return {name: int(fields[name]) for name in (_QUERIED, _ALL_QUERIED) if name in fields}


def _published_fields(db: LedgerSession, campaign: int) -> dict[str, Any]:
    published = campaigns.get_progress(db, campaign)
    return json.loads(published) if published else {}


def _required_fields(now_ns: int) -> dict[str, Any]:
    """Return the fields that `Progress` requires: what is published here may be read when sending starts."""
    return {"at_ns": now_ns, "state": State.FINISHED, "people": 0}


def record_query(context: SendContext, campaign: int, open_queried_ns: int) -> None:
    """
    Publish that DingTalk has answered a query for results, unless something else is being published.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        open_queried_ns: The time since which all open results were queried.
    """
    now_ns = context.now_ns()
    with suppress(LedgerError), context.ledger.transaction() as db:
        row = campaigns.get(db, campaign)
        if row is None or has_sender(context.ledger, context.clock, row, db):
            return
        is_refreshed = ongoing_refreshes(db, campaign, now_ns).on_demand is not None
        if ongoing_recall(db, campaign, now_ns) is None and not is_refreshed:
            fields = _published_fields(db, campaign) or _required_fields(now_ns)
            queried = {_QUERIED: now_ns, _ALL_QUERIED: open_queried_ns}
            campaigns.set_progress(db, campaign, json.dumps({**fields, **queried}))


class _AutomaticRefresh(NamedTuple):
    """The automatic refresh that makes the calls: its token, its process, its last sign of life, and its calls."""

    token: str
    process: Process
    at_ns: int
    calls: int

    def has_ended(self, now_ns: int) -> bool:
        """Return whether the automatic refresh gives no sign of life any more."""
        return self.process.has_ended(self.at_ns, now_ns, _MAX_SILENCE_NS)


class AutoRefreshClaim:
    """
    Lets only one automatic refresh of a campaign make the calls, although several forms and processes may run one.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._token = secrets.token_hex(8)

    def take(self, calls: int) -> int | None:
        """
        Take the claim, or renew it, unless another automatic refresh has it.

        Args:
            calls: The number of calls that the automatic refresh has made.

        Returns:
            The number of calls of the other automatic refresh; None if the caller may make calls.
        """
        # If the ledger cannot be used, the calls report it.
        with suppress(LedgerError), self._context.ledger.transaction() as db:
            now_ns, fields = self._context.now_ns(), _published_fields(db, self._campaign)
            holder = self._holder(fields)
            if holder is not None and not holder.has_ended(now_ns):
                return holder.calls
            if not _is_sent_or_recalled(db, self._context, self._campaign):
                claim = _AutomaticRefresh(self._token, this_process(), now_ns, calls)
                base = fields or _required_fields(now_ns)
                campaigns.set_progress(db, self._campaign, json.dumps({**base, _AUTOMATIC: claim}))
        return None

    def release(self) -> None:
        """Let another automatic refresh make the calls."""
        with suppress(LedgerError), self._context.ledger.transaction() as db:
            fields = _published_fields(db, self._campaign)
            is_own = _AUTOMATIC in fields and self._holder(fields) is None
            if is_own and not _is_sent_or_recalled(db, self._context, self._campaign):
                del fields[_AUTOMATIC]
                campaigns.set_progress(db, self._campaign, json.dumps(fields))

    def _holder(self, fields: Mapping[str, Any]) -> _AutomaticRefresh | None:
        """Return the other automatic refresh that has the claim; None if there is none."""
        holder = _decode_claim(fields)
        return None if holder is None or holder.token == self._token else holder


def _is_sent_or_recalled(db: LedgerSession, context: SendContext, campaign: int) -> bool:
    """Return whether sending or a recall publishes its progress, or the campaign is gone."""
    row = campaigns.get(db, campaign)
    return (
        row is None
        or has_sender(context.ledger, context.clock, row, db)
        or ongoing_recall(db, campaign, context.now_ns()) is not None
    )


class RefreshRecorder:
    """
    Publishes the progress of a refresh, unless sending or a recall of the campaign publishes its own progress.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        calls: The maximum number of calls.
    """

    def __init__(self, context: SendContext, campaign: int, calls: int) -> None:
        self._context = context
        self._campaign = campaign
        self._calls = calls
        self._published: RefreshProgress | None = None
        self._next_ns = 0

    def start(self) -> None:
        """Publish that the refresh has started."""
        with suppress(LedgerError), self._context.ledger.transaction() as db:
            if not _is_sent_or_recalled(db, self._context, self._campaign):
                self._publish(db, self._progress(0))

    def record(self, db: LedgerSession, made: int) -> None:
        """Publish the number of calls made so far, unless that was done a moment ago."""
        if self._published is not None and self._context.now_ns() >= self._next_ns:
            with suppress(LedgerError), self._context.ledger.transaction(db):
                self._replace(db, self._progress(made))

    def end(self, made: int, *, is_complete: bool) -> None:
        """Publish that the refresh has ended; `is_complete` says whether it requested everything worth a call."""
        if self._published is not None:
            with suppress(LedgerError), self._context.ledger.transaction() as db:
                self._replace(db, self._progress(made, is_over=True) if is_complete else None)

    def _progress(self, made: int, *, is_over: bool = False) -> RefreshProgress:
        return RefreshProgress(made, self._calls, self._context.now_ns(), this_process(), is_over)

    def _replace(self, db: LedgerSession, progress: RefreshProgress | None) -> None:
        """Publish the progress, unless something else was published since; None if nothing is refreshed any more."""
        if _decode(_published_fields(db, self._campaign)) != self._published:
            self._published = None
            return
        self._publish(db, progress)

    def _publish(self, db: LedgerSession, progress: RefreshProgress | None) -> None:
        now_ns, before = self._context.now_ns(), _published_fields(db, self._campaign)
        # Read each time: an automatic refresh may begin or end meanwhile.
        kept = {name: before[name] for name in _KEPT if name in before}
        self._published, self._next_ns = progress, now_ns + MIN_INTERVAL_NS
        fields = {**_required_fields(now_ns), "refresh": progress, **kept}
        campaigns.set_progress(db, self._campaign, json.dumps(fields))


def _decode(fields: Mapping[str, Any]) -> RefreshProgress | None:
    """Return the refresh on demand, from the published fields; None if there is none."""
    encoded = fields.get("refresh")
    if encoded is None:
        return None
    made, calls, at_ns, process, is_over = encoded
    return RefreshProgress(made, calls, at_ns, Process(*process), is_over)


def _decode_claim(fields: Mapping[str, Any]) -> _AutomaticRefresh | None:
    """Return the automatic refresh that makes the calls, from the published fields; None if there is none."""
    if _AUTOMATIC not in fields:
        return None
    token, process, at_ns, calls = fields[_AUTOMATIC]
    return _AutomaticRefresh(token, Process(*process), at_ns, calls)
