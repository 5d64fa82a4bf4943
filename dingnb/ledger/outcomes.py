"""What became of single recipients, where that is more than their batch says."""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple


class Outcome(NamedTuple):
    """
    What is known of one recipient.

    Attributes:
        batch: The batch.
        place: The recipient's place in it, from 0.
        status: The recipient's status.
        code: DingTalk's code.
        evidence: ``result``, ``duplicate``, ``resolved``, or ``left_out``: not in the newest plan any more.
        reason: Why, where the code does not say it.
        hint: What to do about it.
        updated_ns: Since when this is so.
    """

    batch: int
    place: int
    status: str
    code: str
    evidence: str
    reason: str
    hint: str
    updated_ns: int


def write(db: sqlite3.Connection, outcomes: Iterable[Outcome]) -> None:
    """Write outcomes; where a recipient's status and code are the same as before, the older time stays."""
    db.executemany(
        "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status,"
        " code = excluded.code, evidence = excluded.evidence, reason = excluded.reason, hint = excluded.hint,"
        " updated_ns = excluded.updated_ns WHERE (status, code, evidence, reason)"
        " <> (excluded.status, excluded.code, excluded.evidence, excluded.reason)",
        outcomes,
    )


def of_campaign(db: sqlite3.Connection, campaign: int) -> list[Outcome]:
    """Return all outcomes of a campaign, in the order of batches and places."""
    found = db.execute(
        "SELECT outcomes.batch, place, outcomes.status, outcomes.code, evidence, outcomes.reason, outcomes.hint,"
        " outcomes.updated_ns FROM batches JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ?"
        " ORDER BY outcomes.batch, place",
        (campaign,),
    )
    return [Outcome(*row) for row in found]


def of_batch(db: sqlite3.Connection, batch: int) -> list[Outcome]:
    """Return the outcomes of one batch."""
    found = db.execute(
        "SELECT batch, place, status, code, evidence, reason, hint, updated_ns FROM outcomes WHERE batch = ?", (batch,)
    )
    return [Outcome(*row) for row in found]


def take_back(db: sqlite3.Connection, places: Iterable[tuple[int, int]]) -> None:
    """Forget that these recipients, by batch and place, were left out."""
    db.executemany("DELETE FROM outcomes WHERE batch = ? AND place = ? AND evidence = 'left_out'", places)
