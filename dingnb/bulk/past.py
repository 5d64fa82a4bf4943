"""Campaigns of the past, from the ledger."""

import numpy as np
import pandas as pd

from dingnb.bulk.campaign import Campaign, stored_state
from dingnb.bulk.line import Line
from dingnb.bulk.results import ZONE
from dingnb.bulk.roster import Roster
from dingnb.errors import InputError
from dingnb.language import say
from dingnb.ledger import Ledger, Realm, batches, campaigns

_NS_PER_MS = 1_000_000
_NAMES_SHOWN = 10
_COUNTED = ("accepted", "failed", "unknown", "queued")


def campaigns_frame(ledger: Ledger, realm: Realm) -> pd.DataFrame:
    """Return one row for each campaign of a realm, the newest first, as `DingTalk.campaigns` describes it."""
    with ledger.connection() as db:
        rows = campaigns.every(db, realm)
        counts = [batches.count_by_status(db, row.id) for row in rows]
        calls = [batches.count_attempts(db, row.id) for row in rows]
    people = [{status: n for status, (_, n) in by.items()} for by in counts]
    return pd.DataFrame(
        {
            "name": pd.array([row.name for row in rows], dtype="str"),
            "state": pd.array([str(stored_state(ledger, row)) for row in rows], dtype="str"),
            "msgtype": pd.array([row.msgtype for row in rows], dtype="str"),
            "people": np.array([sum(by.values()) for by in people], dtype="int64"),
            **{name: np.array([by.get(name, 0) for by in people], dtype="int64") for name in _COUNTED},
            "calls": np.array(calls, dtype="int64"),
            "reason": pd.array([row.reason or np.nan for row in rows], dtype="str"),
            "created_at": _moments([row.created_ns for row in rows]),
            "updated_at": _moments([row.updated_ns for row in rows]),
        }
    )


def find_campaign(line: Line, name: str) -> Campaign:
    """
    Return a campaign of the line's app by its name.

    Raises:
        InputError: There is none of this name.
    """
    with line.ledger.connection() as db:
        row = campaigns.find(db, line.realm, name)
        if row is None:
            names = ", ".join(one.name for one in campaigns.every(db, line.realm)[:_NAMES_SHOWN])
            todo = say("campaign.none_todo", names=names) if names else say("campaign.none_at_all")
            raise InputError(say("campaign.none", name=name), todo)
        roster = Roster.of_ledger(db, row.id)
    return Campaign(line, row.id, row.name, roster)


def _moments(times_ns: list[int]) -> pd.DatetimeIndex:
    stamps = np.array([one // _NS_PER_MS for one in times_ns], dtype="int64").view("M8[ms]")
    return pd.DatetimeIndex(stamps, tz="UTC").tz_convert(ZONE)
