"""The trace of one person in a campaign: every call that went to that person, and the text that it carried."""

from dataclasses import dataclass
from typing import NamedTuple

from dingnb.ledger.session import LedgerSession


class TracedCall(NamedTuple):
    """
    A call that went to a person.

    `ended_ns` and `outcome` (``accepted``, ``refused``, ``unknown``) are None where its end is not known; `code` is
    DingTalk's, `people` how many the call was for.
    """

    started_ns: int
    ended_ns: int | None
    outcome: str | None
    code: str
    people: int


@dataclass(frozen=True, slots=True)
class Trace:
    """
    What the ledger holds of one person's message.

    Attributes:
        calls: The calls that went to this person with this text, the oldest first.
        content: The body, `msg` as it was sent; None where only its hash is kept, or nothing is written.
        recalled_ns: When the task was taken back; 0 where it was not.
    """

    calls: tuple[TracedCall, ...] = ()
    content: bytes | None = None
    recalled_ns: int = 0


def of_person(db: LedgerSession, batch: int, place: int) -> Trace:
    """Return the trace of the person at a place of a batch, older batches of the same text included."""
    row = db.execute("SELECT content, recalled_ns, userids FROM batches WHERE id = ?", (batch,)).fetchone()
    if row is None:
        return Trace()
    content, recalled_ns, joined = row
    userid = joined.split(",")[place]
    found = db.execute(
        "WITH RECURSIVE same (batch, place) AS (SELECT CAST(? AS BIGINT), CAST(? AS BIGINT)"
        " UNION SELECT moves.batch, moves.place FROM moves"
        " JOIN same ON to_batch = same.batch AND to_place = same.place WHERE same_text = 1)"
        " SELECT started_ns, ended_ns, CASE outcome WHEN 'failed' THEN 'refused' ELSE outcome END, code, people,"
        " userids FROM attempts WHERE batch IN (SELECT batch FROM same) ORDER BY id",
        (batch, place),
    )
    # A repeat may be for fewer people than the batch.
    calls = [TracedCall(*call) for *call, who in found if who is None or userid in who.split(",")]
    return Trace(tuple(calls), content, recalled_ns)
