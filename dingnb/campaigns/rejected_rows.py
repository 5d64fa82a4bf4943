"""
Stores the rejected rows of a campaign's newest plan in the ledger, and reads them for its results in any session.

Columns of the input are stored as for recipients; see `dingnb.campaigns.input_columns`.
"""

import json
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dingnb.campaigns.input_columns import decode_column, encode_columns, encode_label
from dingnb.campaigns.planning.batches import Batches
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import rejected_rows
from dingnb.ledger.campaigns.rejected_rows import RejectedRow
from dingnb.recipients.column_titles import headings_of_renamed, with_column_titles
from dingnb.tables.cells import read_values
from dingnb.words import Text

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """
    The stored rejected rows of a campaign, in the order of the list.

    Attributes:
        positions: The position of each row in the list, from 0.
        labels: The index label of each row; None if it is not stored.
        userids: The userid of each row; empty if it has none.
        reasons: Why each row was rejected.
        hints: What to do about each row; may be empty.
        columns: The stored columns, with a value for each row; None if missing.
    """

    positions: list[int] = field(default_factory=list)
    labels: list[Hashable] = field(default_factory=list)
    userids: list[str] = field(default_factory=list)
    reasons: list[Text] = field(default_factory=list)
    hints: list[Text] = field(default_factory=list)
    columns: "Mapping[str, np.ndarray[tuple[int], np.dtype[Any]]]" = field(default_factory=dict)


def write_rejected_rows(
    db: LedgerSession,
    campaign: int,
    batches: Batches,
    key_columns: Sequence[str],
    *,
    except_rows: Collection[int] = (),
    with_texts: bool,
) -> None:
    """
    Store the rejected rows of a campaign's newest plan in place of the previous plan's.

    Reasons and hints name columns by their headings in the file.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        except_rows: The positions of rows whose people an earlier plan included: the campaign shows these people
            anyway, with what became of their message.
        with_texts: Whether columns of the input, values quoted by reasons and hints, and labels that are not integers
            are stored.
    """
    rows = [row for row in sorted(batches.rejections) if row not in except_rows]
    has_columns = with_texts and bool(rows)
    columns = encode_columns(batches, key_columns, lambda column: read_values(column.iloc[rows])) if has_columns else {}
    fields = rejected_rows.encode_fields(columns) if columns else [""] * len(rows)
    labels = batches.frame.index[rows].tolist()
    headings = headings_of_renamed(batches.frame)
    encoded: dict[Text, str] = {}
    rejected = []
    for row, label, own_fields in zip(rows, labels, fields, strict=True):
        rejection = batches.rejections[row]
        for text in (rejection.reason, rejection.hint):
            if text not in encoded:
                # The headings are stored nowhere else.
                titled = with_column_titles(headings, text)
                encoded[text] = (titled if with_texts else rejected_rows.without_values(titled)).to_json()
        encoded_label = encode_label(label)
        own_label = json.dumps(encoded_label) if with_texts or type(encoded_label) is int else ""
        texts = (encoded[rejection.reason], encoded[rejection.hint])
        rejected.append(RejectedRow(int(row), own_label, batches.userids[row], *texts, own_fields))
    rejected_rows.replace(db, campaign, rejected)


def read_rejected_rows(db: LedgerSession, campaign: int) -> RejectedRows:
    """Return the stored rejected rows of a campaign."""
    rows = rejected_rows.of_campaign(db, campaign)
    fields: list[dict[str, Any]] = json.loads(f"[{','.join(row.fields or '{}' for row in rows)}]")
    names = dict.fromkeys(name for own_fields in fields for name in own_fields)
    texts = {encoded: Text.from_json(encoded) for row in rows for encoded in (row.reason, row.hint)}
    return RejectedRows(
        [row.position for row in rows],
        decode_column(json.loads(row.label) if row.label else None for row in rows).tolist(),
        [row.userid for row in rows],
        [texts[row.reason] for row in rows],
        [texts[row.hint] for row in rows],
        {name: decode_column(own_fields.get(name) for own_fields in fields) for name in names},
    )
