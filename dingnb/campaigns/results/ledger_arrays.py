"""What the ledger holds of the batches and people of a campaign, as arrays."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dingnb.ledger import LedgerSession, columns
from dingnb.tables.factorize import Numbers
from dingnb.words import Text


@dataclass(frozen=True, slots=True)
class Reports:
    """
    What is written of batches, or of people.

    Attributes:
        numbers: By name, a number of each.
        facts: For each the number of its facts.
        distinct: The facts by number: the distinct ones, which are few.
    """

    numbers: dict[str, Numbers]
    facts: Numbers
    distinct: list[tuple[Any, ...]]


def read_batches(db: LedgerSession, campaign: int) -> Reports:
    """Return what is written of the batches of a campaign, by their numbers: `columns.BATCH_NUMBERS` and facts."""
    found = _read(columns.BATCH_NUMBERS, columns.of_batches(db, campaign))
    order = np.argsort(found.numbers["id"], kind="stable")
    return Reports({name: values[order] for name, values in found.numbers.items()}, found.facts[order], found.distinct)


def read_outcomes(db: LedgerSession, campaign: int) -> Reports:
    """Return what is written of the people of a campaign: `columns.OUTCOME_NUMBERS` and facts, in no order."""
    return _read(columns.OUTCOME_NUMBERS, columns.of_outcomes(db, campaign))


def _read(names: Sequence[str], pages: Iterable[Sequence[str]]) -> Reports:
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    # One without pages has columns all the same.
    parts = [[np.empty(0, dtype=np.int64)] for _ in (*names, "facts")]
    for *numbers, facts in pages:
        for part, joined in zip(parts, numbers, strict=False):
            part.append(np.fromstring(joined, np.int64, sep=","))
        lines = facts.split(columns.FACTS_SEPARATOR)
        parts[-1].append(np.fromiter(map(number_of.__getitem__, lines), np.int64, len(lines)))
    *arrays, facts_of = map(np.concatenate, parts)
    return Reports(dict(zip(names, arrays, strict=True)), facts_of, list(map(_facts, number_of)))


def _facts(line: str) -> tuple[Any, ...]:
    status, reason, hint, *rest = json.loads(line)
    return (status, Text.from_json(reason), Text.from_json(hint), *rest)
