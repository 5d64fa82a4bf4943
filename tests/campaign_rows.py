"""Campaigns recorded in a ledger without a plan."""

from dingnb.ledger import LedgerSession, Realm
from dingnb.ledger.campaigns import campaigns


def add_campaign(
    db: LedgerSession, realm: Realm, name: str = "a", *, now_ns: int, channel: str = "work notification"
) -> int:
    """Record a campaign that has no batches yet, and return its number."""
    return campaigns.add(
        db,
        realm,
        name,
        channel=channel,
        message_digest="m",
        msgtype="card" if channel == "card" else "text",
        key_columns=(),
        store_content=True,
        now_ns=now_ns,
    )


def open_cards(db: LedgerSession, campaign: int) -> list[str]:
    """Return the cards of a campaign that are not disabled yet, in the order of their batches."""
    found = db.execute(
        "SELECT out_track_id FROM cards WHERE campaign = ? AND closed_ns IS NULL ORDER BY batch, created_ns",
        (campaign,),
    )
    return [out_track_id for (out_track_id,) in found]
