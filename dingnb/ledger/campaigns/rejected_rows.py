"""Rejected rows: the rows of a campaign's newest list that are not sent to."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dingnb.ledger.campaigns.recipient_fields import encode_values
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text

_HIDDEN = "…"

_SAFE = frozenset({"column", "columns", "kind", "kinds", "noun", "others", "path", "where"})
"""Fields of reasons and hints that never have the value of a cell."""


class RejectedRow(NamedTuple):
    """
    A rejected row.

    Attributes:
        position: The row's position in the list, from 0.
        label: The row's label, as JSON; empty if labels are not kept.
        userid: The person's userid; empty if the row has none.
        reason: Why the row is rejected, as JSON (`Text.to_json`).
        hint: How to fix the row, as JSON (`Text.to_json`).
        fields: The values of the kept columns, by column, as JSON; empty without such columns.
    """

    position: int
    label: str
    userid: str
    reason: str
    hint: str
    fields: str


def encode_fields(columns: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the values of each row by column, as JSON, from columns with a value for each."""
    encoded = zip(encode_values(list(columns)), map(encode_values, columns.values()), strict=True)
    cells = ([f"{name}:{cell}" for cell in values] for name, values in encoded)
    return list(map("{{{}}}".format, map(",".join, zip(*cells, strict=True))))


def replace(db: LedgerSession, campaign: int, rows: Sequence[RejectedRow]) -> None:
    """Replace the rejected rows of a campaign by the rejected rows of its newest list."""
    db.execute("DELETE FROM rejected_rows WHERE campaign = ?", (campaign,))
    db.insert("rejected_rows", ("campaign", *RejectedRow._fields), ((campaign, *row) for row in rows))
    db.execute("UPDATE campaigns SET rejected = ? WHERE id = ?", (len(rows), campaign))


def of_campaign(db: LedgerSession, campaign: int) -> list[RejectedRow]:
    """Return the rejected rows of a campaign, in the order of the list."""
    rows = db.execute(
        "SELECT position, label, userid, reason, hint, fields FROM rejected_rows WHERE campaign = ? ORDER BY position",
        (campaign,),
    )
    return list(map(RejectedRow._make, rows))


def userids(db: LedgerSession, campaign: int) -> list[str | None]:
    """Return the userid of each rejected row of a campaign; None for a row without a userid."""
    rows = db.execute("SELECT userid FROM rejected_rows WHERE campaign = ?", (campaign,))
    return [userid or None for (userid,) in rows]


def count(db: LedgerSession, campaign: int) -> int | None:
    """
    Return the number of rejected rows of a campaign.

    None if the campaign was recorded by a version that did not keep rejected rows, or is no longer in the ledger.
    """
    row = db.execute("SELECT rejected FROM campaigns WHERE id = ?", (campaign,)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def without_values(text: Text) -> Text:
    """
    Return a reason or hint without the values of cells that it may quote.

    >>> str(without_values(Text("row.not_a_mobile", value="1390")))
    "'…' isn't a valid mobile number."
    """
    if text.key == "unknown":
        return Text("verbatim", text=_HIDDEN)
    return Text(text.key, **{name: field if name in _SAFE else _hidden(field) for name, field in text.fields})


def _hidden(field: object) -> object:
    if isinstance(field, Text):
        return without_values(field)
    if isinstance(field, tuple):
        return tuple(map(_hidden, field))
    return _HIDDEN if isinstance(field, str) else field


def delete_texts(db: LedgerSession, campaign: int) -> None:
    """Delete the values in the rejected rows of a campaign, also in reasons and hints, and labels but whole numbers."""
    hidden = dict[str, str]()
    rows = []
    for position, label, _, *texts, _ in of_campaign(db, campaign):
        hidden |= {text: without_values(Text.from_json(text)).to_json() for text in texts if text not in hidden}
        reason, hint = map(hidden.__getitem__, texts)
        rows.append((label if label.lstrip("-").isdigit() else "", reason, hint, campaign, position))
    db.executemany(
        "UPDATE rejected_rows SET fields = '', label = ?, reason = ?, hint = ? WHERE campaign = ? AND position = ?",
        rows,
    )
