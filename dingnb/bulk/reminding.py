"""A plan for those who have a campaign's message and have not read it."""

from dataclasses import replace

import pandas as pd

from dingnb.bulk.cutting import cut
from dingnb.bulk.exclusion_lists import Exclusions
from dingnb.bulk.exclusions import list_named, read_excluded
from dingnb.bulk.line import Line
from dingnb.bulk.plan import Plan
from dingnb.bulk.recipients import Addresses
from dingnb.clock import seconds
from dingnb.errors import NobodyError
from dingnb.language import count, say
from dingnb.messages import Message


def reminder(
    line: Line, frame: pd.DataFrame, unread: pd.DataFrame, message: Message, *, key: tuple[str, ...], exclude: object
) -> Plan:
    """
    Return a plan that sends a message to those who have not read another one.

    Args:
        line: What to send with.
        frame: The rows of the campaign's input that are unread.
        unread: Their results.
        message: What to send; its columns are those of the frame.
        key: What tells several rows of one person apart.
        exclude: Whom to leave out, as for `DingTalk.plan`.

    Raises:
        InputError: `message` names a column that is not there; `exclude` cannot be used.
        NobodyError: Nobody is unread.
    """
    if unread.empty:
        raise NobodyError(say("remind.nobody"), say("remind.nobody_todo"))
    lists = Exclusions(line.ledger, line.realm, line.now_ns)
    excluded = read_excluded(exclude, lists.reasons)
    there = tuple(column for column in key if column in frame.columns)
    userids = unread["userid"].tolist()
    made = cut(frame, message, Addresses(userids), key=list(there) or None, limits=line.limits, excluded=excluded)
    closed = pd.Timestamp(line.now_ns() - seconds(line.limits.result_window_s), tz="UTC")
    stale = int((unread["sent_at"] <= closed).sum())
    if stale:
        made = replace(made, advice=(*made.advice, say("remind.stale", rows=count("row", stale))))
    return Plan(line, made, there, list_named(exclude))
