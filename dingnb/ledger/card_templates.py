"""Templates of cards: which campaign uses which, which of them people have pressed, and DingTalk's ids of messages."""

from collections.abc import Mapping
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


def note_campaign(db: LedgerSession, campaign: int, template: str) -> None:
    """Record the template that the cards of a campaign's newest plan use."""
    db.execute(
        "INSERT INTO campaign_templates VALUES (?, ?)"
        " ON CONFLICT (campaign) DO UPDATE SET template = excluded.template",
        (campaign, template),
    )


_PRESSED = (
    "(SELECT DISTINCT campaigns.realm, template, userid FROM answers"
    " JOIN campaign_templates ON campaign_templates.campaign = answers.campaign"
    " JOIN campaigns ON campaigns.id = answers.campaign WHERE campaigns.realm = ? AND template = ?) AS pressed"
)


def proved_by(db: LedgerSession, realm: Realm, template: str) -> frozenset[str]:
    """Return the userids of the people who have pressed a card from a template, which proves that it is shown."""
    found = db.execute(
        f"SELECT userid FROM proved_templates WHERE realm = ? AND template = ? UNION SELECT userid FROM {_PRESSED}",  # noqa: S608 - our own text
        (realm.id, template, realm.id, template),
    )
    return frozenset(userid for (userid,) in found)


def keep_proofs(db: LedgerSession, realm: Realm, template: str, now_ns: int) -> None:
    """Record who has pressed a card from a template, so that the proof outlives the campaign with the card."""
    db.execute(
        f"INSERT INTO proved_templates SELECT realm, template, userid, CAST(? AS BIGINT) FROM {_PRESSED} WHERE true"  # noqa: S608 - as above
        " ON CONFLICT (realm, template, userid) DO NOTHING",
        (now_ns, realm.id, template),
    )


class RecordedCard(NamedTuple):
    """A card of a batch, and when its first attempt started; an attempt that did not leave is not recorded."""

    out_track_id: str
    created_ns: int


def newest_card(db: LedgerSession, batch: int) -> RecordedCard | None:
    """Return the newest card of a batch; None if it has none."""
    row = db.execute(
        "SELECT out_track_id, created_ns FROM cards WHERE batch = ? ORDER BY created_ns DESC, out_track_id LIMIT 1",
        (batch,),
    ).fetchone()
    return None if row is None else RecordedCard(*row)


def note_messages(db: LedgerSession, out_track_id: str, message_ids: Mapping[str, str]) -> None:
    """Record DingTalk's ids of the messages with a card (``carrierId``), by userid."""
    db.executemany(
        "INSERT INTO card_messages VALUES (?, ?, ?)"
        " ON CONFLICT (out_track_id, userid) DO UPDATE SET carrier_id = excluded.carrier_id",
        ((out_track_id, userid, one) for userid, one in message_ids.items()),
    )


def message_ids(db: LedgerSession, out_track_id: str) -> dict[str, str]:
    """Return DingTalk's ids of the messages with a card, by userid."""
    found = db.execute("SELECT userid, carrier_id FROM card_messages WHERE out_track_id = ?", (out_track_id,))
    return dict(found.fetchall())
