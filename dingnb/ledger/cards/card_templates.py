"""Templates of cards: which campaign uses which template, and who has pressed a card from a template."""

import json
from collections.abc import Iterable

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


def record_template(db: LedgerSession, campaign: int, template: str, private: Iterable[str] = ()) -> None:
    """
    Record the template that the cards of a campaign's newest plan use.

    Args:
        db: The ledger.
        campaign: The campaign.
        template: The template's id.
        private: The names of the private variables. If the campaign already has cards, names that were not recorded
            for the existing cards are left out.
    """
    names = set(private)
    before = db.execute(
        "SELECT private FROM campaign_templates WHERE campaign = ?"
        " AND EXISTS (SELECT 1 FROM cards WHERE cards.campaign = campaign_templates.campaign)",
        (campaign,),
    ).fetchone()
    if before is not None:
        names &= set(json.loads(before[0]))
    db.execute(
        "INSERT INTO campaign_templates VALUES (?, ?, ?)"
        " ON CONFLICT (campaign) DO UPDATE SET template = excluded.template, private = excluded.private",
        (campaign, template, json.dumps(sorted(names))),
    )


_PRESSED = (
    "(SELECT DISTINCT campaigns.realm, template, userid, private FROM answers"
    " JOIN campaign_templates ON campaign_templates.campaign = answers.campaign"
    " JOIN campaigns ON campaigns.id = answers.campaign WHERE campaigns.realm = ? AND template = ?) AS pressed"
)


def pressed_by(db: LedgerSession, realm: Realm, template: str, private: Iterable[str] = ()) -> frozenset[str]:
    """
    Return the userids of the people who have pressed a card from a template, which proves that it is shown.

    Args:
        db: The ledger.
        realm: The app.
        template: The template's id.
        private: The names of private variables that the card must have had.
    """
    rows = db.execute(
        "SELECT userid, private FROM proved_templates WHERE realm = ? AND template = ?"  # noqa: S608 - our own text
        f" UNION SELECT userid, private FROM {_PRESSED}",
        (realm.id, template, realm.id, template),
    )
    names = set(private)
    return frozenset(userid for userid, private_names in rows if names <= set(json.loads(private_names)))


def record_proofs(db: LedgerSession, realm: Realm, template: str, now_ns: int) -> None:
    """Record who has pressed a card from a template, so that the proof outlives the campaign with the card."""
    db.execute(
        "INSERT INTO proved_templates (realm, template, userid, private, proved_ns)"  # noqa: S608 - as above
        f" SELECT realm, template, userid, private, CAST(? AS BIGINT) FROM {_PRESSED} WHERE true"
        " ON CONFLICT (realm, template, userid, private) DO NOTHING",
        (now_ns, realm.id, template),
    )
