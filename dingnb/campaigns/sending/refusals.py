"""Why a plan may not be sent under a name now, in words that are true whatever has left before."""

import os

from dingnb.calls.context import SendContext
from dingnb.calls.days import day_in_words
from dingnb.calls.repeats import is_due
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.control import is_sent
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.sender import sendings_here
from dingnb.campaigns.status import State, Status
from dingnb.errors import CampaignStoppedError
from dingnb.ledger import LedgerSession, batches, campaigns, steering
from dingnb.ledger.campaigns import CampaignRow
from dingnb.words import NOTHING, Text, count, sentences

_BY_PERSON = frozenset({State.PAUSED, State.STOPPED})


def nothing_sent(db: LedgerSession, campaign: int) -> Text:
    """Return that nothing was sent; where calls of the campaign have left before, that no further one did."""
    calls = batches.count_attempts(db, campaign)
    return Text("send.no_further_call", calls=count("call", calls)) if calls else Text("send.nothing_sent")


def being_sent(db: LedgerSession, context: SendContext, row: CampaignRow) -> Text:
    """Return by whom a campaign is being sent now and how far it is, as a few words; empty where nobody sends it."""
    for sending in sendings_here(context.ledger.folder, row.id):
        return _being_sent("record.sender_here", os.getpid(), sending.progress())
    if not is_sent(context.ledger, row):
        return NOTHING
    progress = steering.get_progress(db, row.id)
    _, process = campaigns.sender(db, row.realm)
    return _being_sent("record.sender", process, Progress.of_json(progress, context.now_ns()) if progress else None)


def _being_sent(key: str, process: int, progress: Progress | None) -> Text:
    who = Text(key, process=process)
    return who if progress is None else Text("record.sender_progress", who=who, progress=progress.counted)


def stopped_by_person(db: LedgerSession, context: SendContext, row: CampaignRow) -> tuple[Text, Text]:
    """
    Return that a person stopped or paused a campaign which has something left to send, and what to do; else nothing.

    Only `resume` continues such a campaign: the person who stopped it had a reason.
    """
    # While what was under way is drained, its state is not written yet.
    state = State(row.state) if row.state in _BY_PERSON else State(steering.last_command(db, row.id) or row.state)
    if not row.by_person or state not in _BY_PERSON or not _is_open(db, context, row.id):
        return NOTHING, NOTHING
    by = batches.count_by_status(db, row.id)
    left = sum(by.get(status, (0, 0))[1] for status in (Status.QUEUED, Status.SENDING, Status.UNKNOWN))
    people = count(unit_of(has_key=bool(row.key_columns)), left)
    what = Text(f"record.{state}_by_person", name=row.name, day=day_in_words(row.updated_ns), people=people)
    return sentences(what, nothing_sent(db, row.id)), Text("record.stopped_todo", name=row.name)


def refuse_stopped(db: LedgerSession, context: SendContext, row: CampaignRow) -> None:
    """
    Refuse to continue what a person stopped or paused.

    Raises:
        CampaignStoppedError: It was.
    """
    what, todo = stopped_by_person(db, context, row)
    if what:
        raise CampaignStoppedError(what, todo)


def _is_open(db: LedgerSession, context: SendContext, campaign: int) -> bool:
    return batches.is_open(db, campaign) or any(is_due(db, context, job.id) for job in batches.lost(db, campaign))
