"""Past campaigns in the ledger."""

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.results.display import campaign_sheet
from dingnb.campaigns.results.frames import Render, results_frame
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.control import is_sent, people_by_status, stored_state, why_halted
from dingnb.campaigns.status import State
from dingnb.clock import seconds
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.ledger import Ledger, LedgerSession, Realm, batches, campaigns
from dingnb.ledger.campaigns import CampaignRow
from dingnb.limits import STANDARD
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text

_NAMES_SHOWN = 10
_COUNTED = ("accepted", "failed", "unknown", "queued", "cancelled")


def campaigns_frame(ledger: Ledger, realm: Realm) -> pd.DataFrame:
    """Return one row for each campaign of a realm, newest first, as documented in `DingTalk.campaigns`."""
    with ledger.connection() as db:
        rows = campaigns.every(db, realm)
        states = [stored_state(ledger, row, db) for row in rows]
        people = [people_by_status(db, row.id, state) for row, state in zip(rows, states, strict=True)]
        calls = [batches.count_attempts(db, row.id) for row in rows]
    return pd.DataFrame(
        {
            "name": pd.array([row.name for row in rows], dtype="str"),
            "state": pd.array([str(state) for state in states], dtype="str"),
            "msgtype": pd.array([row.msgtype for row in rows], dtype="str"),
            "people": np.array([sum(by.values()) for by in people], dtype="int64"),
            **{name: np.array([by.get(name, 0) for by in people], dtype="int64") for name in _COUNTED},
            "calls": np.array(calls, dtype="int64"),
            "reason": pd.array([str(row.reason) or np.nan for row in rows], dtype="str"),
            "created_at": timestamps([row.created_ns for row in rows]),
            "updated_at": timestamps([row.updated_ns for row in rows]),
        }
    )


def being_sent(ledger: Ledger) -> list[CampaignRow]:
    """Return the campaigns of all apps that are being sent by any process. Needs no connection to an app."""
    if not ledger.path.exists():
        return []
    with ledger.connection() as db:
        rows = [row for row in campaigns.every(db) if row.state == State.RUNNING]
    return [row for row in rows if is_sent(ledger, row)]


def stored_sheet(ledger: Ledger, row: CampaignRow, now_ns: int) -> Sheet:
    """Return the display of a campaign of any app, from the ledger. Needs no connection to the app."""
    frame = stored_results(ledger, row, now_ns, render=None)
    with ledger.connection() as db:
        calls = batches.count_attempts(db, row.id)
    state = stored_state(ledger, row)
    return campaign_sheet(row, state, frame, frame, calls=calls, opening=NOTHING, reason=why_halted(row, state))


def stored_results(
    ledger: Ledger,
    row: CampaignRow,
    now_ns: int,
    *,
    with_bodies: bool = False,
    with_columns: bool = False,
    render: Render | None = str,
) -> pd.DataFrame:
    """
    Return the results of a campaign of any app, from the ledger.

    Args:
        ledger: The ledger.
        row: The campaign.
        now_ns: The current time, to decide whether DingTalk's results are still available.
        with_bodies: Whether to add `body`: `msg` as sent (str; NA if only its hash is kept).
        with_columns: Whether to add the stored columns of the input in front.
        render: As for `results_frame`.

    Returns:
        The same as `Campaign.results` of a campaign found by name.
    """
    is_sending = is_sent(ledger, row)
    closed_ns = now_ns - seconds(STANDARD.result_window_s)
    with ledger.connection() as db:
        row_map = RowMap.of_ledger(db, row.id, with_fields=with_columns)
        frame = results_frame(db, row.id, row_map, closed_ns=closed_ns, is_sending=is_sending, render=render)
        if with_bodies:
            texts = batches.texts_of(db, row.id)
            bodies = [texts.get(batch) for batch in row_map.batch_of.tolist()]
            frame["body"] = pd.array(bodies, dtype="str")
    own = row_map.frame.drop(columns=[name for name in row_map.frame.columns if name in frame.columns])
    return pd.concat([own, frame], axis=1) if len(own.columns) else frame


def find_campaign(context: SendContext, name: str) -> Campaign:
    """
    Return a campaign of the app by name.

    Raises:
        InputError: There is no campaign of this name.
    """
    with context.ledger.connection() as db:
        row = campaigns.find(db, context.realm, str(name).strip())
        if row is None:
            raise _not_found(db, context.realm, str(name).strip())
        row_map = RowMap.of_ledger(db, row.id, with_fields=True)
    return Campaign(context, row.id, row.name, row_map)


def _not_found(db: LedgerSession, realm: Realm, name: str) -> InputError:
    """Return the error for a name without a campaign of this app; it mentions a campaign of another app."""
    others = [one.realm for one in campaigns.every(db) if campaigns.fold(one.name) == campaigns.fold(name)]
    if others:
        owner = Text("campaign.owner_sandbox" if others[0].mode == "SANDBOX" else "campaign.owner", app=others[0].app)
        return InputError(Text("campaign.not_ours", name=name, owner=owner), Text("campaign.not_ours_todo", name=name))
    names = ", ".join(one.name for one in campaigns.every(db, realm)[:_NAMES_SHOWN])
    todo = Text("campaign.none_todo", names=names) if names else Text("campaign.none_at_all")
    return InputError(Text("campaign.none", name=name), todo)
