"""The hash of each person's body, of batches whose people have different bodies."""

from collections.abc import Iterable, Sequence

from dingnb.ledger.session import LedgerSession

_DIGEST_BYTES = 32


def write(db: LedgerSession, batches: Iterable[tuple[int, Sequence[bytes]]]) -> None:
    """Record batches, each with the hash of each person's body, by place."""
    db.executemany("INSERT INTO own_digests VALUES (?, ?)", ((batch, b"".join(digests)) for batch, digests in batches))


def of_campaign(db: LedgerSession, campaign: int) -> dict[int, list[bytes]]:
    """Return the hashes of a campaign, by batch; none for batches whose people have the same body."""
    found = db.execute(
        "SELECT batch, digests FROM own_digests JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return {
        batch: [digests[at : at + _DIGEST_BYTES] for at in range(0, len(digests), _DIGEST_BYTES)]
        for batch, digests in found
    }
