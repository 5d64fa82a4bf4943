"""The calls made for one person, and the person's messages."""

from dataclasses import dataclass
from typing import NamedTuple

from dingnb.ledger.session import LedgerSession


class TracedCall(NamedTuple):
    """
    A call made for a person.

    `ended_ns` and `outcome` (``accepted``, ``refused`` or ``unknown``) are None while the call has no recorded end.
    `code` is DingTalk's code, and `people` the number of people in the call.
    """

    started_ns: int
    ended_ns: int | None
    outcome: str | None
    code: str
    people: int


class EarlierMessage(NamedTuple):
    """
    An earlier message to a person, which was delivered, may have been delivered, or was recalled.

    Attributes:
        sent_ns: When the last call with the message started.
        recalled_ns: When the message was recalled from the person; 0 if it was not.
        status: The person's own status for this message, or else the batch's.
        content: The body, `msg` as sent; None if only its hash is kept.
    """

    sent_ns: int
    recalled_ns: int
    status: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Trace:
    """
    The calls and the text of one person's message.

    Attributes:
        calls: The calls made for this person with this text, oldest first.
        content: The body, `msg` as sent; None if only its hash is kept, or nothing is recorded.
        recalled_ns: When the task was recalled; 0 if it was not.
        earlier: The person's earlier messages in the campaign that were recalled or have another text, oldest first,
            without messages that did not arrive.
    """

    calls: tuple[TracedCall, ...] = ()
    content: bytes | None = None
    recalled_ns: int = 0
    earlier: tuple[EarlierMessage, ...] = ()


def trace_person(db: LedgerSession, batch: int, place: int) -> Trace:
    """Return the calls and the text of the person at a place of a batch, including older batches with the same text."""
    row = db.execute("SELECT content, recalled_ns, userids FROM batches WHERE id = ?", (batch,)).fetchone()
    if row is None:
        return Trace()
    content, recalled_ns, joined = row
    userid = joined.split(",")[place]
    rows = db.execute(
        "WITH RECURSIVE same (batch, place) AS (SELECT CAST(? AS BIGINT), CAST(? AS BIGINT)"
        " UNION SELECT moves.batch, moves.place FROM moves"
        " JOIN same ON to_batch = same.batch AND to_place = same.place WHERE same_text = 1)"
        " SELECT started_ns, ended_ns, CASE outcome WHEN 'failed' THEN 'refused' ELSE outcome END, code, people,"
        " userids FROM attempts WHERE batch IN (SELECT batch FROM same) ORDER BY id",
        (batch, place),
    )
    # A repeat may be for fewer people than the batch.
    calls = [TracedCall(*call) for *call, who in rows if who is None or userid in who.split(",")]
    earlier = db.execute(
        "WITH RECURSIVE earlier (batch, place, same) AS"
        " (SELECT batch, place, same_text FROM moves WHERE to_batch = ? AND to_place = ?"
        " UNION SELECT moves.batch, moves.place, CASE WHEN same = 1 THEN same_text ELSE same END FROM moves"
        " JOIN earlier ON to_batch = earlier.batch AND to_place = earlier.place)"
        " SELECT sent_ns, CASE WHEN outcomes.status = 'recalled' THEN outcomes.updated_ns ELSE 0 END,"
        " coalesce(outcomes.status, batches.status), content FROM earlier JOIN batches ON id = earlier.batch"
        " LEFT JOIN outcomes ON outcomes.batch = earlier.batch AND outcomes.place = earlier.place"
        " WHERE outcomes.status = 'recalled' OR same = 0 AND coalesce(outcomes.status, batches.status)"
        " IN ('sending', 'accepted', 'delivered', 'read', 'unknown') ORDER BY sent_ns, id",
        (batch, place),
    )
    return Trace(tuple(calls), content, recalled_ns, tuple(EarlierMessage(*message) for message in earlier))
