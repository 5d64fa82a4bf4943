"""The audit trail of campaigns: who did what, and when."""

from collections.abc import Sequence
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_values

CREATED = "created"
CHANGED = "changed"
SENT = "sent"
PAUSED = "paused"
STOPPED = "stopped"
RESUMED = "resumed"
RETRIED = "retried"
RESOLVED = "resolved"
RECALLED = "recalled"
REMINDED = "reminded"
CLOSED = "closed"
TEXTS_REMOVED = "texts_removed"

_SELECT = "SELECT actions.campaign, action, done_by, done_ns, people, detail, reminder FROM actions"


class Action(NamedTuple):
    """
    What a person did with a campaign.

    Attributes:
        campaign: The campaign's number.
        action: One of the constants above. `SENT` is the start of sending: calls until the next `SENT` are this
            person's.
        done_by: The user and the host, such as ``ann@laptop``.
        done_ns: The time.
        people: The number of people concerned, or of their messages; None for actions without a count.
        detail: How unknown outcomes were resolved, or the name of the reminder; otherwise empty.
        reminder: The number of the reminder; None for other actions.
    """

    campaign: int
    action: str
    done_by: str
    done_ns: int
    people: int | None = None
    detail: str = ""
    reminder: int | None = None


def add(db: LedgerSession, action: Action) -> int:
    """Record an action, and return its number."""
    (number,) = db.execute(
        "INSERT INTO actions (campaign, action, done_by, done_ns, people, detail, reminder)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        action,
    ).fetchone()
    return int(number)


def add_people(db: LedgerSession, number: int, people: int) -> None:
    """Add to the number of people of an action, which are counted while the action goes on."""
    db.execute("UPDATE actions SET people = people + ? WHERE id = ?", (people, number))


def of_campaign(db: LedgerSession, campaign: int) -> list[Action]:
    """Return the actions of a campaign, oldest first."""
    return list(map(Action._make, db.execute(f"{_SELECT} WHERE campaign = ? ORDER BY id", (campaign,))))


def reminders_of(db: LedgerSession, campaign: int) -> list[Action]:
    """Return the reminders of a campaign, oldest first, without deleted reminders."""
    rows = db.execute(
        f"{_SELECT} JOIN campaigns ON campaigns.id = reminder WHERE actions.campaign = ? ORDER BY actions.id",
        (campaign,),
    )
    return list(map(Action._make, rows))


def reminded_campaigns(db: LedgerSession, reminders: Sequence[int]) -> dict[int, str]:
    """Return the name of the campaign that each reminder reminds of, by the number of the reminder."""
    names: dict[int, str] = {}
    for part, placeholders in split_values(reminders):
        names |= db.execute(
            "SELECT reminder, campaigns.name FROM actions JOIN campaigns ON campaigns.id = actions.campaign"  # noqa: S608 - our own question marks
            f" WHERE reminder IN ({placeholders}) ORDER BY actions.id",
            part,
        ).fetchall()
    return names


def is_reminder_of(db: LedgerSession, reminded: int | None, campaign: int) -> bool:
    """
    Return whether a reminder reminds of a campaign: directly, or as the reminder of a reminder.

    Args:
        db: The ledger.
        reminded: The number of the campaign that the reminder directly reminds of; None if it is not a reminder at all.
        campaign: The number of the campaign in question.
    """
    if reminded is None:
        return False
    cursor = db.execute(
        "WITH RECURSIVE reminded (id) AS (SELECT CAST(? AS BIGINT) UNION"
        " SELECT campaign FROM actions JOIN reminded ON reminder = reminded.id)"
        " SELECT 1 FROM reminded WHERE id = ?",
        (reminded, campaign),
    )
    return cursor.fetchone() is not None


def last_sender(db: LedgerSession, campaign: int) -> str:
    """Return who last started sending a campaign; empty if it was never sent."""
    row = db.execute(
        "SELECT done_by FROM actions WHERE campaign = ? AND action = ? ORDER BY id DESC LIMIT 1", (campaign, SENT)
    ).fetchone()
    return "" if row is None else str(row[0])


def last_operators(db: LedgerSession, realm: Realm) -> dict[tuple[int, str], str]:
    """Return who did each action last, by campaign and action."""
    rows = db.execute(
        "SELECT campaign, action, done_by FROM actions WHERE id IN (SELECT max(actions.id) FROM actions"
        " JOIN campaigns ON campaigns.id = campaign WHERE realm = ? GROUP BY campaign, action)",
        (realm.id,),
    )
    return {(campaign, action): done_by for campaign, action, done_by in rows}
