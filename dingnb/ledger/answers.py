"""Answers to cards: each press is recorded once, however often it is delivered."""

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from dingnb.ledger.cards import Counts, recipient_key
from dingnb.ledger.session import LedgerSession


class NewAnswer(NamedTuple):
    """
    An answer to record: the card, its campaign, the person, the action, and the form's fields as JSON.

    `press_id` identifies the deliveries of one press; empty if repeated deliveries cannot be recognised. Times are
    nanoseconds since the epoch. Whether an answer is late depends on the newest deadline, and is not recorded.
    """

    out_track_id: str
    campaign: int
    userid: str
    action: str
    value: str
    press_id: str
    pressed_ns: int
    received_ns: int


def add(db: LedgerSession, answer: NewAnswer) -> bool:
    """
    Record an answer, and return whether it is new.

    An answer is not new if its press is already recorded. A double click is two presses, and both are recorded, so that
    a second delivery of either press is recognised even after another answer. Without an id, a press is not new if it
    equals the person's previous answer on this card.
    """
    if not answer.press_id and _is_repeated(db, answer):
        return False
    added = db.execute(
        "INSERT INTO answers (out_track_id, campaign, userid, action, value, press_id, pressed_ns, received_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (out_track_id, userid, press_id) DO NOTHING",
        (*answer[:5], answer.press_id or None, answer.pressed_ns, answer.received_ns),
    )
    return bool(added.rowcount)


def _is_repeated(db: LedgerSession, answer: NewAnswer) -> bool:
    before = db.execute(
        "SELECT action, value FROM answers WHERE out_track_id = ? AND userid = ? AND pressed_ns <= ?"
        " ORDER BY pressed_ns DESC, id DESC LIMIT 1",
        (answer.out_track_id, answer.userid, answer.pressed_ns),
    ).fetchone()
    return bool(before == (answer.action, answer.value))


_LATE = "CASE WHEN pressed_ns > deadline_ns THEN 1 ELSE 0 END"
"""Whether an answer is late, by the current deadline of its campaign."""


def _by_precedence(counts: Counts) -> str:
    """Return the order in which each person's answer that counts comes before the person's other answers."""
    order = "ASC" if counts == "first" else "DESC"
    return f"ORDER BY late, pressed_ns {order}, answers.id {order}"


class AnswerColumns(NamedTuple):
    """
    Answers in columns: people, actions, times, and 1 for a late answer, otherwise 0.

    Each person's answer that counts comes before the person's other answers. The values of forms, as JSON, and the
    batches of the cards are empty unless requested.
    """

    userids: Sequence[str]
    actions: Sequence[str]
    pressed_ns: Sequence[int]
    late: Sequence[int]
    values: Sequence[str] = ()
    batches: Sequence[int] = ()


def columns_of_poll(
    db: LedgerSession, root: int, counts: Counts, *, with_values: bool, with_batches: bool
) -> AnswerColumns:
    """
    Return the answers to a poll. Values and batches take longer to read.

    Args:
        db: The ledger.
        root: The campaign that asked first.
        counts: Which answer of a person counts.
        with_values: Whether to read the values of forms.
        with_batches: Whether to read the batch of each card.
    """
    columns = {
        "userids": "userid",
        "actions": "action",
        "pressed_ns": "pressed_ns",
        "late": f"{_LATE} AS late",
        **({"values": "value"} if with_values else {}),
        **({"batches": "batch"} if with_batches else {}),
    }
    cards = " JOIN cards ON cards.out_track_id = answers.out_track_id" if with_batches else ""
    # By number, a file is read in the order of its pages, which takes half as long as in the order of an index.
    rows = db.execute(
        f"SELECT {', '.join(columns.values())} FROM answers JOIN polls ON polls.campaign = answers.campaign{cards}"  # noqa: S608 - our own names
        " WHERE answers.id IN (SELECT answers.id FROM answers JOIN polls ON polls.campaign = answers.campaign"
        f" WHERE root = ?) {_by_precedence(counts)}",
        (root,),
    ).fetchall()
    # Faster than `zip`, which would have an iterator for each row.
    return AnswerColumns(**{name: list(map(itemgetter(at), rows)) for at, name in enumerate(columns)})


def people_of_poll(db: LedgerSession, root: int, *, with_batches: bool = False) -> tuple[list[str], list[int]]:
    """
    Return who has answered a poll, in any order: the userids and, if asked for, the batches of their cards.

    Args:
        db: The ledger.
        root: The campaign that asked first.
        with_batches: Whether to return the batches; otherwise the second list is empty.
    """
    cards = " JOIN cards ON cards.out_track_id = answers.out_track_id" if with_batches else ""
    rows = db.execute(
        f"SELECT DISTINCT userid, {'batch' if with_batches else '0'} FROM answers"  # noqa: S608 - our own names
        f" JOIN polls ON polls.campaign = answers.campaign{cards} WHERE root = ?",
        (root,),
    ).fetchall()
    return [userid for userid, _ in rows], [batch for _, batch in rows] if with_batches else []


class CountingAnswer(NamedTuple):
    """A person's answer that counts: its action, and whether it is late."""

    action: str
    is_late: bool


def counting_answer(
    db: LedgerSession, root: int, userid: str, counts: Counts, *, key: str | None = None
) -> CountingAnswer | None:
    """
    Return a person's answer that counts; None if the person has not answered.

    An answer in time takes precedence over a late answer; of several, the first or the last counts.

    Args:
        db: The ledger.
        root: The campaign that asked first.
        userid: The person.
        counts: Which answer counts.
        key: The key of the cards to consider (`CardRow.recipient_key`), None for cards without keys: a person's cards
            may ask different things.
    """
    rows = db.execute(
        f"SELECT action, {_LATE} AS late, userids, keys FROM answers"  # noqa: S608 - our own conditions
        " JOIN polls ON polls.campaign = answers.campaign JOIN cards ON cards.out_track_id = answers.out_track_id"
        " JOIN batches ON batches.id = cards.batch"
        f" WHERE root = ? AND userid = ? {_by_precedence(counts)}",
        (root, userid),
    )
    for action, late, userids, keys in rows:
        if recipient_key(userids.split(","), keys, userid) == key:
            return CountingAnswer(action, bool(late))
    return None


def fingerprint(db: LedgerSession, root: int) -> tuple[object, ...]:
    """
    Return a value that changes with each new answer to a poll, and with its deadlines.

    The value has the number of answers, the number of the last answer, and the deadline of each campaign.
    """
    deadlines = db.execute("SELECT campaign, deadline_ns FROM polls WHERE root = ? ORDER BY campaign", (root,))
    row = db.execute(
        "SELECT count(*), coalesce(max(id), 0) FROM answers"
        " WHERE campaign IN (SELECT campaign FROM polls WHERE root = ?)",
        (root,),
    ).fetchone()
    return int(row[0]), int(row[1]), *map(tuple, deadlines.fetchall())
