"""Finds the rows of people who have answered the poll of a campaign, on a card of the campaign or of its reminders."""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from dingnb.campaigns.row_map import RowMap
from dingnb.ledger import LedgerSession, answers, cards
from dingnb.ledger.campaigns import pages
from dingnb.tables.factorize import BoolArray

Keys: TypeAlias = Mapping[tuple[int, str], str]
"""The first key of each recipient of a poll's campaigns, as JSON, by batch and userid."""

_NONE = -1


def find_answered(db: LedgerSession, root: int, row_map: RowMap, *, has_key: bool) -> BoolArray:
    """
    Return whether the person of each row has answered a poll.

    Args:
        db: The ledger.
        root: The campaign that asked first.
        row_map: The rows, and the places of their people.
        has_key: Whether a key distinguishes several rows of one person.
    """
    keys = read_keys(db, root) if has_key else None
    userids, batch_numbers = answers.people_of_poll(db, root, with_batches=has_key)
    answered = set(answer_identities(userids, batch_numbers, keys))
    has_answered = np.fromiter(
        (person in answered for person in row_identities(row_map, keys)), bool, len(row_map.userids)
    )
    return has_answered & (row_map.with_earlier_places().recipient_of_row >= 0)


def count_answered_recipients(db: LedgerSession, campaign: int, root: int, *, has_key: bool) -> int:
    """Return how many recipients of a campaign have answered its poll; with keys, messages count."""
    row_map = RowMap.of_ledger(db, campaign, with_rejected=False)
    return len(np.unique(row_map.recipient_of_row[find_answered(db, root, row_map, has_key=has_key)]))


def read_keys(db: LedgerSession, root: int) -> Keys:
    """Return the first keys of the recipients of a poll's campaigns."""
    first_key_of: dict[tuple[int, str], str] = {}
    for campaign in cards.campaigns_of(db, root):
        for numbers, sizes, userids, keys in pages.people_pages(db, campaign):
            people = iter(userids.split(","))
            joined = zip(numbers.split(","), sizes.split(","), json.loads(keys), strict=True)
            for batch, size, batch_keys in joined:
                for place in range(int(size)):
                    first_key_of[int(batch), next(people)] = json.dumps((batch_keys[place] if batch_keys else [])[:1])
    return first_key_of


def answer_identities(userids: Sequence[str], batch_numbers: Sequence[int], keys: Keys | None) -> Iterable[Hashable]:
    """
    Return what identifies the recipient of each answered card: the userid; with keys, also the first key of the card.

    Args:
        userids: The userid of each answer.
        batch_numbers: The batch of each card; not needed without keys.
        keys: The keys of the poll's recipients; None without keys.
    """
    if keys is None:
        return userids
    return [(userid, keys.get((batch, userid), "")) for userid, batch in zip(userids, batch_numbers, strict=True)]


def row_identities(row_map: RowMap, keys: Keys | None) -> Iterable[Hashable]:
    """Return what identifies the recipient of each row, as `answer_identities` does."""
    if keys is None:
        return row_map.userids
    batch_of = np.append(row_map.batch_of, _NONE)[row_map.recipient_of_row].tolist()
    return answer_identities(row_map.userids, batch_of, keys)
