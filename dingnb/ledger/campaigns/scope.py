"""The campaigns in which people are counted: one, or all of an app, which takes no more queries."""

from typing import NamedTuple

from dingnb.ledger.realm import Realm


class Scope(NamedTuple):
    """
    Campaigns as a condition on the column `campaign` of a query.

    Attributes:
        condition: The condition, with a placeholder.
        value: The value for the placeholder.
    """

    condition: str
    value: int | str


def one(campaign: int) -> Scope:
    """Return one campaign."""
    return Scope("campaign = ?", campaign)


def all_of(realm: Realm) -> Scope:
    """Return all campaigns of a realm."""
    return Scope("campaign IN (SELECT id FROM campaigns WHERE realm = ?)", realm.id)
