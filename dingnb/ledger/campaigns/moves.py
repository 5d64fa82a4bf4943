"""
Moves: people of a batch who are in a newer batch of the same campaign too.

Totals include each person in the newer batch only. A row of the results follows a person to the newer batch only on the
conditions of `current_places`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from dingnb.ledger.campaigns.campaigns import Scope
from dingnb.ledger.session import LedgerSession

BatchPlace: TypeAlias = tuple[int, int]
"""A batch, and a recipient's place in it."""

_OF_CAMPAIGN = (
    "SELECT batch, place, to_batch, to_place, same_text FROM moves JOIN batches ON batches.id = batch"
    " WHERE campaign = ?"
)


class Move(NamedTuple):
    """
    A person of a batch who is in a newer batch too.

    Attributes:
        batch: The older batch.
        place: The person's place in the older batch.
        to_batch: The newer batch.
        to_place: The person's place in the newer batch.
        same_text: Whether the person has the same body in both batches.
    """

    batch: int
    place: int
    to_batch: int
    to_place: int
    same_text: bool


def write(db: LedgerSession, moves: Iterable[Move]) -> None:
    """Write moves; a person who was moved before is moved to the newest batch."""
    db.executemany(
        "INSERT INTO moves VALUES (?, ?, ?, ?, ?) ON CONFLICT (batch, place) DO UPDATE"
        " SET to_batch = excluded.to_batch, to_place = excluded.to_place, same_text = excluded.same_text",
        ((*move[:4], int(move.same_text)) for move in moves),
    )


def current_places(db: LedgerSession, campaign: int) -> Mapping[BatchPlace, BatchPlace]:
    """
    Return the place whose outcome the results show instead of an earlier place, by the earlier place.

    That is the last place to which moves lead of which each sends the same text again, or replaces a text that the
    person does not have: a text that was replaced before it was sent, did not arrive, or was recalled.
    """
    rows = db.execute(
        "SELECT moves.batch, moves.place, to_batch, to_place FROM moves JOIN batches ON batches.id = moves.batch"
        " LEFT JOIN outcomes ON outcomes.batch = moves.batch AND outcomes.place = moves.place WHERE campaign = ?"
        " AND (same_text = 1 OR batches.status IN ('cancelled', 'failed')"
        " OR outcomes.status IN ('failed', 'filtered', 'invalid', 'recalled'))",
        (campaign,),
    )
    steps = {(batch, place): (to_batch, to_place) for batch, place, to_batch, to_place in rows}
    ends: dict[BatchPlace, BatchPlace] = {}
    for start in steps:
        end = start
        while end in steps:
            end = steps[end]
        ends[start] = end
    return ends


def of_campaign(db: LedgerSession, campaign: int) -> list[Move]:
    """Return the moves of a campaign."""
    rows = db.execute(_OF_CAMPAIGN, (campaign,))
    return [Move(batch, place, to_batch, to_place, bool(same)) for batch, place, to_batch, to_place, same in rows]


_DELIVERED = frozenset({"delivered", "read"})
_MAYBE_DELIVERED = _DELIVERED | {"sending", "accepted", "unknown"}
_NOT_DELIVERED = frozenset({"failed", "invalid", "recalled"})


class EarlierText(NamedTuple):
    """
    That a person has or may have an earlier text, which was not recalled.

    Attributes:
        is_only: Whether the newest text did not arrive, or was recalled.
        is_certain: Whether the earlier text, and unless `is_only` the newest text, are known to have been delivered.
    """

    is_only: bool
    is_certain: bool


def places_with_earlier_text(db: LedgerSession, campaign: int) -> dict[BatchPlace, EarlierText]:
    """
    Return the last place of each person who has or may have an earlier text, after a move to another text.

    The last place is the one to which all moves of the person lead, and its text is the person's newest text. A text
    that returns after another text counts as another one. People to whom the newest text is still to be sent, or is not
    sent again because they had it before, are left out.
    """
    rows = db.execute(
        "SELECT moves.batch, moves.place, to_batch, to_place, same_text,"
        " coalesce(earlier.status, older.status), coalesce(later.status, newer.status) FROM moves"
        " JOIN batches AS older ON older.id = moves.batch JOIN batches AS newer ON newer.id = to_batch"
        " LEFT JOIN outcomes AS earlier ON earlier.batch = moves.batch AND earlier.place = moves.place"
        " LEFT JOIN outcomes AS later ON later.batch = to_batch AND later.place = to_place"
        " WHERE older.campaign = ?",
        (campaign,),
    )
    steps = {(batch, place): ((to_batch, to_place), *step) for batch, place, to_batch, to_place, *step in rows}
    found: dict[BatchPlace, EarlierText] = {}
    for start, (_, _, status, _) in steps.items():
        if status not in _MAYBE_DELIVERED:
            continue
        place, newest_status, differs = start, "", False
        while place in steps:
            place, same_text, _, newest_status = steps[place]
            differs = differs or not same_text
        is_only = newest_status in _NOT_DELIVERED
        if differs and (is_only or newest_status in _MAYBE_DELIVERED):
            is_certain = status in _DELIVERED and (is_only or newest_status in _DELIVERED)
            before = found.get(place)
            found[place] = EarlierText(is_only, is_certain or (before is not None and before.is_certain))
    return found


def later_places(db: LedgerSession, start: BatchPlace) -> list[BatchPlace]:
    """Return the places to which the person at a place was moved, oldest first."""
    places: list[BatchPlace] = []
    place: BatchPlace | None = start
    while place is not None:
        row = db.execute("SELECT to_batch, to_place FROM moves WHERE batch = ? AND place = ?", place).fetchone()
        place = None if row is None else (row[0], row[1])
        if place is not None:
            places.append(place)
    return places


def moved_places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """Return the places of a campaign from which people were moved."""
    return {(batch, place) for batch, place, *_ in db.execute(_OF_CAMPAIGN, (campaign,))}


def delete(db: LedgerSession, places: Iterable[BatchPlace]) -> None:
    """Delete moves, so that totals include their places again."""
    db.executemany("DELETE FROM moves WHERE batch = ? AND place = ?", places)


def count_by_status(db: LedgerSession, scope: Scope) -> dict[tuple[int, str], int]:
    """Return the number of moved people by campaign and by the status of the batch from which they were moved."""
    rows = db.execute(
        "SELECT campaign, status, count(*) FROM moves JOIN batches ON batches.id = batch"  # noqa: S608 - our own condition
        f" WHERE {scope.condition} GROUP BY campaign, status",
        (scope.value,),
    )
    return {(campaign, status): n for campaign, status, n in rows}
