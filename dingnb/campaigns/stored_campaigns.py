"""Campaigns in the ledger: lists of them, and the display and results of each."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.recipient_count import counted_rows
from dingnb.campaigns.results.answered_rows import count_answered_recipients
from dingnb.campaigns.results.answers import Answers, append_answers, read_answers
from dingnb.campaigns.results.display import campaign_sheet, closed_note, with_answers
from dingnb.campaigns.results.results_frame import Render, results_frame, with_free_names
from dingnb.campaigns.row_map import NOBODY, RowMap, persons_of_rows
from dingnb.campaigns.sending.control import (
    has_sender,
    must_wait,
    recall_note,
    recorded_halt_reason,
    settle_counts,
    stored_state,
    stored_states,
    unit_of_row,
    why_not_resume,
)
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.quota import is_quota_refused
from dingnb.campaigns.sending.recall_progress import interrupted_recall
from dingnb.campaigns.status import NOT_DELIVERED, State, Status
from dingnb.campaigns.stored_rows import read_rejected_rows
from dingnb.channels import channel_named
from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import InputError
from dingnb.errors.arguments import shorten_name
from dingnb.ledger import Ledger, LedgerSession, Realm, cards
from dingnb.ledger.campaigns import actions, batches, campaigns, outcomes, rejected_rows, stored_bodies
from dingnb.ledger.campaigns.campaigns import CampaignRow, Scope, campaign_scope, realm_scope
from dingnb.ledger.names import fold_name
from dingnb.ledger.sending import calls
from dingnb.ledger.sending.calls import month_start_ns
from dingnb.limits import STANDARD, Limits
from dingnb.recipients.addresses import is_about_nobody, is_exclusion
from dingnb.tables.cells import is_missing, show
from dingnb.tables.headers import canonical_name
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, dotted, listed_briefly, sentences

_COUNTED_STATUSES = ("accepted", "failed", "unknown", "queued", "cancelled")
"""The batch statuses that are counted: of an accepted call, delivery may fail later."""


def campaigns_frame(ledger: Ledger, clock: Clock, realm: Realm, now_ns: int) -> pd.DataFrame:
    """Return one row for each campaign of a realm, newest first, as documented in `DingTalk.campaigns`."""
    with ledger.connection() as db:
        rows = campaigns.find_all(db, realm)
        states, counts = stored_states(ledger, clock, rows, db), _read_counts(db, realm_scope(realm))
        unreached = outcomes.count_unreached(db, realm_scope(realm))
        people = [
            settle_counts(counts[row.id].batches, unreached.get(row.id, {}), counts[row.id].resolved, state)
            for row, state in zip(rows, states, strict=True)
        ]
        attempts = batches.count_attempts_since(db, realm, month_start_ns(now_ns))
        rates = [
            _rate(_published_progress(db, row, now_ns)) if state is State.RUNNING else 0.0
            for row, state in zip(rows, states, strict=True)
        ]
        operators = actions.last_operators(db, realm)
        results = [_count_people(counts[row.id]) for row in rows]
    return pd.DataFrame(
        {
            "name": pd.array([row.name for row in rows], dtype="str"),
            "state": pd.array([str(state) for state in states], dtype="str"),
            "msgtype": pd.array([row.msgtype for row in rows], dtype="str"),
            "people": np.array([people_by.total() for people_by in people], dtype="int64"),
            **{name: np.array([people_by[name] for people_by in people], dtype="int64") for name in _COUNTED_STATUSES},
            **{
                name: pd.array([figures[at] for figures in results], dtype="Int64")
                for at, name in enumerate(("delivered", "read", "missed", "elsewhere"))
            },
            "recalled": np.array([counts[row.id].by_status[Status.RECALLED] for row in rows], dtype="int64"),
            "calls": np.array([attempts.get(row.id, (0, 0))[0] for row in rows], dtype="int64"),
            "month_calls": np.array([attempts.get(row.id, (0, 0))[1] for row in rows], dtype="int64"),
            "calls_per_second": np.array(rates, dtype="float64"),
            "reason": pd.array([str(row.reason) or np.nan for row in rows], dtype="str"),
            "created_at": timestamps([row.created_ns for row in rows]),
            "updated_at": timestamps([row.updated_ns for row in rows]),
            "created_by": pd.array([operators.get((row.id, actions.CREATED), np.nan) for row in rows], dtype="str"),
            "sent_by": pd.array([operators.get((row.id, actions.SENT), np.nan) for row in rows], dtype="str"),
        }
    )


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """
    What became of the messages of a campaign, sent earlier or being sent, as the list of campaigns shows it.

    `DeliveryCounts` measures how complete the results of accepted calls are. This class counts everybody who received
    the message: also people whose message was recalled, who answered, or whom the analyst recorded as having it.

    Attributes:
        delivered: The number of people who received the message, recalled or not; None if no outcome is known.
        read: The number of people who received and have read the message; None if no outcome is known.
        missed: The number of people who did not get the message.
        have_elsewhere: The number of people who have the same text from another campaign or a test.
        sent_elsewhere: The number of people to whom another campaign or a test sent the same text, which may not have
            arrived.
        recalled: The number of people whose message was recalled.
        has_delivery: Whether DingTalk reports deliveries.
        rejected: The number of people, or messages, in the rejected rows of the newest list; 0 if the rows were not
            stored.
        rejected_rows: The number of rejected rows of the newest list; 0 if the rows were not stored.
        excluded_rows: The number of rejected rows that the analyst excluded.
        answered: The number of people, or messages, of this campaign with an answer, also on cards of its reminders or
            of the campaign that it reminds of; None if the messages are not cards with questions.
        people: The number of people, without cancelled people, if `unit_of_row` counts messages; otherwise None.
        reminds_of: The name of the campaign that this one reminds of; empty if this campaign is not a reminder.
        is_closed: Whether the campaign's cards are closed, so that sending cannot be resumed.
        expects_answers: As `PollRow.expects_answers_over_stream`; False for messages without questions.
        is_recalled: Whether the campaign, or the campaign that it reminds of, counts as recalled.
        must_wait: Whether sending cannot be resumed yet: not before the recall is finished, or before next month.
        is_quota_refused: Whether the campaign halted because DingTalk said that this month's quota is used up, which it
            still is.
    """

    delivered: int | None = None
    read: int | None = None
    missed: int = 0
    have_elsewhere: int = 0
    sent_elsewhere: int = 0
    recalled: int = 0
    has_delivery: bool = True
    rejected: int = 0
    rejected_rows: int = 0
    excluded_rows: int = 0
    answered: int | None = None
    people: int | None = None
    reminds_of: str = ""
    is_closed: bool = False
    expects_answers: bool = False
    is_recalled: bool = False
    must_wait: bool = False
    is_quota_refused: bool = False


def count_deliveries(
    ledger: Ledger, clock: Clock, realm: Realm, names: Sequence[str], calls_per_month: int
) -> list[DeliverySummary]:
    """
    Return for each campaign what became of its messages; an empty summary for a name without a campaign.

    Whether a campaign can be resumed this month depends on `calls_per_month`, the limit that applies.
    """
    with ledger.connection() as db:
        rows = [campaigns.find(db, realm, name) for name in names]
        reminded = actions.reminded_campaigns(db, [row.id for row in rows if row is not None])
        now_ns = clock.now_ns()
        return [
            DeliverySummary()
            if row is None
            else _count_deliveries(db, row, reminded.get(row.id, ""), now_ns, calls_per_month)
            for row in rows
        ]


class _Counts(NamedTuple):
    """
    The numbers of people of a campaign.

    Attributes:
        batches: The numbers of batches and of their people, by the status of the batches.
        resolved: The number of people with a known outcome in batches with unknown outcome, by status.
        by_status: The number of people with an outcome of their own, by status.
        by_evidence: The number of people with an outcome in accepted batches, by evidence.
        delivered_before: The number of people who received the message before it was recalled.
        read_before: The number of these people who had read the message.
    """

    batches: Mapping[str, tuple[int, int]]
    resolved: Mapping[str, int]
    by_status: Counter[str]
    by_evidence: Counter[str]
    delivered_before: int
    read_before: int

    @property
    def reached(self) -> tuple[int, int] | None:
        """How many received the message, recalled or not, and how many of these have read it; None if unknown."""
        if not self.delivered_before and self.by_status.total() == self.by_status[Status.RECALLED]:
            return None
        read = self.by_status[Status.READ] + self.read_before
        return self.by_status[Status.DELIVERED] + self.by_status[Status.READ] + self.delivered_before, read

    @property
    def missed(self) -> int:
        """How many are known not to have got the message."""
        _, refused = self.batches.get(Status.FAILED, (0, 0))
        return refused + sum(self.by_status[status] for status in NOT_DELIVERED) - self.elsewhere

    @property
    def elsewhere(self) -> int:
        """How many were sent the text by another campaign or a test."""
        return self.by_evidence["elsewhere"] + self.by_evidence["sent_elsewhere"]


def _read_counts(db: LedgerSession, scope: Scope) -> defaultdict[int, _Counts]:
    """Return the numbers of people of each campaign; zeros for a campaign without batches."""
    by_batch, by_outcome = batches.counts_by_status(db, scope), outcomes.count_by_status(db, scope)
    resolved, recalled = outcomes.count_resolved(db, scope), outcomes.count_recalled(db, scope)
    counts = defaultdict[int, _Counts](lambda: _Counts({}, {}, Counter(), Counter(), 0, 0))
    for campaign, of_batches in by_batch.items():
        by_status, by_evidence = Counter(resolved.get(campaign, {})), Counter[str]()
        for (status, evidence), n in by_outcome.get(campaign, {}).items():
            by_status[status] += n
            by_evidence[evidence] += n
        recalled_counts = recalled.get(campaign, (0, 0))
        counts[campaign] = _Counts(of_batches, resolved.get(campaign, {}), by_status, by_evidence, *recalled_counts)
    return counts


def _count_people(counts: _Counts) -> tuple[int | None, int | None, int | None, int | None]:
    """Return how many people received, read and missed the message, and have it from elsewhere; None if unknown."""
    if counts.reached is None:
        # Refused calls need no results.
        return None, None, counts.missed or None, None
    return *counts.reached, counts.missed, counts.elsewhere


def _count_deliveries(
    db: LedgerSession, row: CampaignRow, reminds_of: str, now_ns: int, calls_per_month: int
) -> DeliverySummary:
    """Return what became of the messages of one campaign; arguments as for `count_deliveries`."""
    counts = _read_counts(db, campaign_scope(row.id))[row.id]
    delivered, read = counts.reached or (None, None)
    rejected, excluded_rows = _people_of_rejected_rows(db, row.id)
    poll = cards.poll_of(db, row.id)
    people = None
    if row.key_columns:
        uncancelled = (batch for batch in batches.of_campaign(db, row.id) if batch.status != Status.CANCELLED)
        people = len({userid for batch in uncancelled for userid in batch.userids.split(",")})
    return DeliverySummary(
        delivered=delivered,
        read=read,
        missed=counts.missed,
        have_elsewhere=counts.by_evidence["elsewhere"],
        sent_elsewhere=counts.by_evidence["sent_elsewhere"],
        recalled=counts.by_status[Status.RECALLED],
        has_delivery=bool(channel_named(row.channel).results_api),
        rejected=int(counted_rows(rejected, unit_of_row(row)).sum()),
        rejected_rows=len(rejected),
        excluded_rows=excluded_rows,
        answered=None
        if poll is None
        else count_answered_recipients(db, row.id, poll.root, has_key=bool(row.key_columns)),
        people=people,
        reminds_of=reminds_of,
        is_closed=poll is not None and poll.closed_ns is not None,
        expects_answers=poll is not None and poll.expects_answers_over_stream(now_ns),
        is_recalled=batches.is_recalled(db, row.id),
        must_wait=must_wait(db, row, now_ns, calls_per_month),
        is_quota_refused=is_quota_refused(db, row, now_ns, calls_per_month),
    )


def _people_of_rejected_rows(db: LedgerSession, campaign: int) -> "tuple[pd.Series[str], int]":
    """
    Return the person of each rejected row, and how many rows the analyst excluded.

    A person is as `persons_of_rows` returns, or `NOBODY`; NA if the row has no userid.
    """
    stored = rejected_rows.of_campaign(db, campaign)
    excluding = {hint for hint in {row.hint for row in stored} if is_exclusion(Text.from_json(hint))}
    excluded_rows = sum(row.hint in excluding for row in stored)
    about_nobody = {reason for reason in {row.reason for row in stored} if is_about_nobody(Text.from_json(reason))}
    userids_or_nobody = pd.Series(
        [NOBODY if row.reason in about_nobody else row.userid or None for row in stored], dtype="str"
    )
    if not userids_or_nobody[userids_or_nobody != NOBODY].dropna().duplicated().any():
        # Names distinguish only rows that share a userid.
        return userids_or_nobody, excluded_rows
    rows = read_rejected_rows(db, campaign)
    column = next((name for name in rows.columns if canonical_name(name) == "name"), None)
    cells = [None] * len(rows.userids) if column is None else rows.columns[column].tolist()
    persons = persons_of_rows(rows.userids, ["" if is_missing(cell) else show(cell).strip() for cell in cells])
    people = pd.Series([person or None for person in persons], dtype="str")
    return people.mask(userids_or_nobody == NOBODY, NOBODY), excluded_rows


def _published_progress(db: LedgerSession, row: CampaignRow, now_ns: int) -> Progress | None:
    """Return the progress that the sender of a campaign published last; None if there is none."""
    published = campaigns.get_progress(db, row.id)
    return Progress.of_json(published, now_ns) if published else None


def _rate(progress: Progress | None) -> float:
    """Return the current number of calls a second; 0 during a wait, or if it is unknown."""
    return 0.0 if progress is None or progress.waiting_s else progress.calls_per_second


def _filter_running(ledger: Ledger, clock: Clock, rows: Sequence[CampaignRow], db: LedgerSession) -> list[CampaignRow]:
    """Return the campaigns among `rows` that a process is sending."""
    states = stored_states(ledger, clock, rows, db)
    return [row for row, state in zip(rows, states, strict=True) if state is State.RUNNING]


def running_campaigns(ledger: Ledger, clock: Clock) -> list[tuple[CampaignRow, str]]:
    """
    Return the campaigns of all apps that are being sent, each with the person who started sending it last.

    Needs no connection to an app, and creates no ledger.
    """
    if not ledger.exists():
        return []
    with ledger.connection() as db:
        rows = _filter_running(ledger, clock, campaigns.find_all(db), db)
        return [(row, actions.last_sender(db, row.id)) for row in rows]


def running_table(ledger: Ledger, clock: Clock, realm: Realm, limits: Limits, now_ns: int) -> tuple[Table, ...]:
    """Return the table of a realm's running campaigns, with the limits they share; no table if there are none."""
    cells = []
    rate = 0.0
    with ledger.connection() as db:
        rows = _filter_running(ledger, clock, campaigns.find_all(db, realm), db)
        attempts = batches.count_attempts_since(db, realm, month_start_ns(now_ns)) if rows else {}
        for row in rows:
            progress = _published_progress(db, row, now_ns)
            rate += _rate(progress)
            cells.append(
                (
                    row.name,
                    actions.last_sender(db, row.id),
                    NOTHING if progress is None else progress.counts_text,
                    NOTHING if progress is None else dotted(progress.timing_texts),
                    f"{attempts.get(row.id, (0, 0))[1]:,}",
                )
            )
        used = calls.count_used(db, realm, now_ns)
    if not cells:
        return ()
    caption = Text(
        "running.caption", rate=rate, most_rate=limits.calls_per_second, used=used, most=limits.calls_per_month
    )
    header = tuple(Text(f"running.{name}") for name in ("campaign", "who", "progress", "pace", "month"))
    return (Table(caption, header, cells),)


def stored_sheet(ledger: Ledger, clock: Clock, row: CampaignRow) -> Sheet:
    """Return the display of a campaign of any app, from the ledger. Needs no connection to the app."""
    # A snapshot: another process may be sending the campaign.
    with ledger.connection() as db, db.snapshot():
        row = campaigns.get(db, row.id) or row
        row_map = RowMap.of_ledger(db, row.id)
        state = stored_state(ledger, clock, row, db)
        frame = _stored_frame(ledger, clock, db, row, row_map, render=None)
        attempts, history = batches.count_attempts(db, row.id), actions.of_campaign(db, row.id)
        recalled, is_closed = recall_note(db, row.id), cards.is_closed(db, row.id)
        not_resumed, reason = why_not_resume(db, row.id), recorded_halt_reason(db, row, state)
        if state is not State.RUNNING:
            recall = interrupted_recall(db, row.id, channel_named(row.channel), STANDARD, clock.now_ns())
            reason = sentences(reason, recall.reason, recall.hint)
        answers = _stored_answers(db, row, row_map)
    sheet = campaign_sheet(
        row,
        state,
        frame,
        frame[row_map.recipient_of_row >= 0],
        calls=attempts,
        opening=NOTHING,
        reason=reason,
        history=history,
        excluded=row_map.excluded,
        labels=row_map.labels,
        row_names=row_map.names_of_doubtful_rows,
        person_of_row=row_map.person_of_row,
        expired_ns=_expired_ns(clock, row),
        recall_note=recalled,
        is_closed=is_closed,
        why_not_resume=not_resumed,
    )
    if answers is None:
        return sheet
    return with_answers(sheet, answers, closed_note(answers))


def stored_results(
    ledger: Ledger,
    clock: Clock,
    row: CampaignRow,
    *,
    with_bodies: bool = False,
    with_columns: bool = False,
    for_export: bool = False,
) -> pd.DataFrame:
    """
    Return the results of a campaign of any app, from the ledger.

    Args:
        ledger: The ledger.
        clock: The source of time, which determines whether DingTalk's results have expired.
        row: The campaign.
        with_bodies: Whether to add `body`: `msg` as sent (str; NA for rejected rows, and if only its hash is kept).
        with_columns: Whether to add the stored columns of the input in front; a column whose name is taken becomes
            ``input_NAME``.
        for_export: Whether to add the answers to cards, as `Campaign.export` does.

    Returns:
        The rows and columns of `Campaign.results` of a campaign found by name, with the requested columns added.
    """
    with ledger.connection() as db, db.snapshot():
        row_map = RowMap.of_ledger(db, row.id, with_fields=with_columns)
        frame = _stored_frame(ledger, clock, db, row, row_map, render=str)
        if with_bodies:
            kept = stored_bodies.of_campaign(db, row.id)
            channel = channel_named(row.channel)
            body_of = [kept.get(batch) for batch in row_map.batch_of.tolist()]
            bodies = [
                None if number < 0 or (body := body_of[number]) is None else channel.body_for(body, userid).decode()
                for number, userid in zip(row_map.recipient_of_row.tolist(), row_map.userids, strict=True)
            ]
            frame["body"] = pd.array(bodies, dtype="str")
        answers = _stored_answers(db, row, row_map) if for_export else None
    if answers is not None:
        frame = append_answers(frame, answers, for_export=True)
    columns = with_free_names(row_map.frame.drop(columns="userid"), frame.columns)
    return pd.concat([columns, frame], axis=1) if len(columns.columns) else frame


def _stored_frame(
    ledger: Ledger, clock: Clock, db: LedgerSession, row: CampaignRow, row_map: RowMap, *, render: Render | None
) -> pd.DataFrame:
    """Return the results of the rows of a campaign of any app, from the ledger."""
    is_sending = has_sender(ledger, clock, row, db)
    return results_frame(db, row.id, row_map, expired_ns=_expired_ns(clock, row), is_sending=is_sending, render=render)


def _expired_ns(clock: Clock, row: CampaignRow) -> int:
    """Return the time of sending up to which the results of a campaign's messages have expired."""
    return clock.now_ns() - channel_named(row.channel).results_window_ns(STANDARD)


def _stored_answers(db: LedgerSession, row: CampaignRow, row_map: RowMap) -> Answers | None:
    """Return the answers to a campaign; None if it has no cards."""
    if cards.poll_of(db, row.id) is None:
        return None
    return read_answers(db, row.id, row_map, has_key=bool(row.key_columns))


def find_campaign(context: SendContext, name: str) -> Campaign:
    """
    Return a campaign of the app by name.

    Raises:
        InputError: There is no campaign of this name.
    """
    with context.ledger.connection() as db:
        row = campaigns.find(db, context.realm, name)
        if row is None:
            raise _not_found_error(db, context.realm, name)
        row_map = RowMap.of_ledger(db, row.id, with_fields=True)
    return Campaign(context, row.id, row.name, channel_named(row.channel), row_map)


def _not_found_error(db: LedgerSession, realm: Realm, name: str) -> InputError:
    """Return the error for a name without a campaign of this app; the error names another app that has it."""
    folded = fold_name(name)
    other = next((row.realm for row in campaigns.find_all(db) if fold_name(row.name) == folded), None)
    if other is not None:
        owner = Text("campaign.owner_sandbox" if other.mode == "SANDBOX" else "campaign.owner", app=other.app)
        todo = Text("campaign.not_ours_todo", name=shlex.quote(name))
        return InputError(Text("campaign.not_ours", name=name, owner=owner), todo)
    # Tests come last: nobody looks for their names.
    names = sorted((row.name for row in campaigns.find_all(db, realm)), key=is_test)
    todo = (
        Text("campaign.none_todo", names=listed_briefly(names, "campaign")) if names else Text("campaign.none_at_all")
    )
    return InputError(Text("campaign.none", name=shorten_name(name)), todo)
