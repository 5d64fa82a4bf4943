"""Templates of cards: which campaign uses which, and which of them people have pressed."""

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
