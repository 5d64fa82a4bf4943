"""Groups recipients by body, and cuts the groups into batches: arrays in, arrays out."""

from typing import NamedTuple

import numpy as np

from dingnb.bulk.numbering import Numbers, number_anew


class Grouped(NamedTuple):
    """
    Recipients in the order of their batches.

    Attributes:
        recipients: For each row the number of its recipient.
        persons: For each recipient the number of the person.
        bodies: For each group the number of its body.
        body_of_batch: For each batch the number of its group.
        start_of_batch: For each batch the number of its first recipient, and behind the last one the end.
    """

    recipients: Numbers
    persons: Numbers
    bodies: Numbers
    body_of_batch: list[int]
    start_of_batch: list[int]


def group(persons: Numbers, bodies: Numbers, most: int) -> Grouped:
    """
    Return the recipients of rows, grouped by body; rows of one person and one body share a recipient.

    Groups stand in the order of their first rows, and so do the recipients of a group.

    Args:
        persons: For each row the number of the person.
        bodies: For each row the number of the body.
        most: How many recipients a batch may have.

    >>> grouped = group(np.array([0, 1, 0, 2]), np.array([4, 4, 3, 4]), most=2)
    >>> grouped.recipients, grouped.persons, grouped.bodies
    (array([0, 1, 3, 2]), array([0, 1, 2, 0]), array([4, 3]))
    >>> grouped.body_of_batch, grouped.start_of_batch
    ([0, 0, 1], [0, 2, 3, 4])
    """
    width = int(persons.max(initial=0)) + 1
    pair_of_row, pairs = number_anew(bodies * width + persons)
    groups, order_of_bodies = number_anew(pairs // width)
    order = np.argsort(groups, kind="stable")
    number_of_pair = np.empty_like(order)
    number_of_pair[order] = np.arange(len(order))
    sizes = np.bincount(groups) if len(groups) else np.zeros(0, dtype=np.int64)
    calls = -(-sizes // most)
    group_of_batch = np.repeat(np.arange(len(calls)), calls)
    within = np.arange(len(group_of_batch)) - np.repeat(np.cumsum(calls) - calls, calls)
    starts = np.repeat(np.cumsum(sizes) - sizes, calls) + within * most
    return Grouped(
        number_of_pair[pair_of_row],
        (pairs % width)[order],
        order_of_bodies,
        group_of_batch.tolist(),
        [*starts.tolist(), len(order)],
    )
