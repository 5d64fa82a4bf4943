"""The bodies of a campaign's batches, their hashes, and their deletion."""

from collections.abc import Iterable, Sequence

from dingnb.ledger import media
from dingnb.ledger.campaigns import recipient_fields, rejected_rows
from dingnb.ledger.session import LedgerSession, digest_of, split_digests, split_values


def of_campaign(db: LedgerSession, campaign: int) -> dict[int, bytes]:
    """Return the bodies of a campaign, by batch, if they are kept."""
    cursor = db.execute("SELECT id, content FROM batches WHERE campaign = ? AND content IS NOT NULL", (campaign,))
    return dict(cursor.fetchall())


def of_batches(db: LedgerSession, batches: Sequence[int]) -> dict[int, bytes]:
    """Return the bodies of batches, by batch, if they are kept."""
    bodies: dict[int, bytes] = {}
    for part, placeholders in split_values(batches):
        cursor = db.execute(
            f"SELECT id, content FROM batches WHERE id IN ({placeholders}) AND content IS NOT NULL",  # noqa: S608 - question marks only
            part,
        )
        bodies.update(cursor.fetchall())
    return bodies


def batches_without_body(db: LedgerSession, campaign: int) -> list[int]:
    """Return the batches of a campaign that were not recalled and of whose body only the hash is kept."""
    rows = db.execute("SELECT id FROM batches WHERE campaign = ? AND content IS NULL AND recalled_ns = 0", (campaign,))
    return [batch for (batch,) in rows]


def distinct_bodies(db: LedgerSession, campaign: int) -> list[tuple[int, bytes]]:
    """
    Return the number of people and the body of each distinct stored body, in the order of recording.

    People to whom the same body was sent again count once.
    """
    cursor = db.execute(
        "SELECT CAST(sum(size - (SELECT count(*) FROM moves WHERE batch = batches.id AND same_text = 1)) AS BIGINT),"
        " content FROM batches WHERE campaign = ? AND content IS NOT NULL GROUP BY content ORDER BY min(id)",
        (campaign,),
    )
    return cursor.fetchall()


def of_batch(db: LedgerSession, batch: int) -> tuple[bytes | None, bytes]:
    """Return the body of a batch, None if it is not kept, and its hash."""
    body, digest = db.execute("SELECT content, hash FROM batches WHERE id = ?", (batch,)).fetchone()
    return body, digest or digest_of(body)


def write_digests(db: LedgerSession, batches: Iterable[tuple[int, Sequence[bytes]]]) -> None:
    """Record the hash of each person's body, by place, for batches whose people have different bodies."""
    db.executemany("INSERT INTO own_digests VALUES (?, ?)", ((batch, b"".join(digests)) for batch, digests in batches))


def digests_of(db: LedgerSession, campaign: int) -> dict[int, list[bytes]]:
    """Return the hash of each person's body, by batch; none for batches whose people have the same body."""
    rows = db.execute(
        "SELECT batch, digests FROM own_digests JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return {batch: split_digests(joined) for batch, joined in rows}


def delete_texts(db: LedgerSession, campaign: int) -> None:
    """
    Delete the texts of a campaign: its bodies and templates, and the stored columns of its recipients.

    Hashes of the bodies are kept, and the bodies of batches that may have to be sent again. Values in the reasons of
    rejected rows are deleted too.
    """
    db.execute("DELETE FROM templates WHERE campaign = ?", (campaign,))
    recipient_fields.delete(db, campaign)
    rejected_rows.delete_texts(db, campaign)
    db.execute(
        "UPDATE batches SET hash = sha256(content), content = NULL WHERE campaign = ? AND content IS NOT NULL"
        " AND status NOT IN ('queued', 'sending', 'unknown')",
        (campaign,),
    )
    media.delete_unneeded(db, campaign)
