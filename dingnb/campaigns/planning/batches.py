"""
A plan: recipients and a message, checked and cut into batches. It sends nothing.

People with byte-equal bodies share calls, at most 100 a call: with more, DingTalk gives no result for
each person (docs/dingtalk.md, "Work notifications: limits").
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from dingnb.clock import Clock
from dingnb.display import RowProgress
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.media.references import references_in
from dingnb.messages import MISSING, Message, RowFailure
from dingnb.recipients.addresses import Addresses, Correction, Rejection, column_of
from dingnb.tables.cells import read_keys, read_values, renamed_in, show
from dingnb.tables.factorize import (
    Factorized,
    Numbers,
    factorize_pairs,
    factorize_texts,
    factorize_values,
    find_combinations,
    first_rows,
    renumber,
    take,
)
from dingnb.words import NOTHING, Text

KEY_SEPARATOR = "\x1f"
"""What stands between the parts of a key that is made of several columns."""

NOBODY: Mapping[str, Text] = MappingProxyType({})
"""Nobody is excluded."""

NO_MEDIA: Mapping[str, Content] = MappingProxyType({})
NO_PATHS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Batches:
    """
    What a plan comes to: who gets which body, in which batch.

    Recipients are numbered in the order of their batches, so that a batch is a run of numbers.

    Attributes:
        frame: The input, unchanged.
        message: What is sent.
        userids: The userid of each row; empty where there is none.
        rejections: The rows that are not sent to, by position.
        mendings: The cells that were mended.
        advice: What DingTalk advises against.
        recipient_of_row: For each row the number of its recipient, -1 where it is rejected.
        recipients: The userid of each recipient, by number.
        bodies: The distinct bodies.
        body_of_batch: For each batch the number of its body.
        start_of_batch: For each batch the number of its first recipient, and behind the last one the end.
        keys: For each recipient, by number, the keys of its rows in the order of the rows, each once, several
            columns joined by `KEY_SEPARATOR`; None where the plan has no key.
        excluded: How many of the rejected rows name somebody who is excluded.
        exclusions: The userids that are left out, each with the reason, whether a row names them or not.
        unasked: The excluded phone numbers whose owners are not known, each with the reason: their rows are left out.
        notes: What has to be said of the recipients, such as what is questionable; to be read first.
        looked_up: Where the owners of phone numbers come from, in words; empty where that need not be said.
        attachments: The media that bodies refer to, by reference.
        paths: The path of each row's file, by position, where the path is each row's own.
    """

    frame: pd.DataFrame
    message: Message
    userids: list[str]
    rejections: dict[int, Rejection]
    mendings: list[Correction]
    advice: tuple[Text, ...]
    recipient_of_row: Numbers
    recipients: list[str]
    bodies: list[bytes]
    body_of_batch: list[int]
    start_of_batch: list[int] = field(repr=False)
    keys: list[tuple[str, ...]] | None = field(default=None, repr=False)
    excluded: int = 0
    exclusions: Mapping[str, Text] = field(default_factory=lambda: NOBODY, repr=False)
    unasked: Mapping[str, Text] = field(default_factory=lambda: NOBODY, repr=False)
    notes: tuple[Text, ...] = ()
    looked_up: Text = NOTHING
    attachments: Mapping[str, Content] = field(default_factory=lambda: NO_MEDIA, repr=False)
    paths: Mapping[int, str] = field(default_factory=lambda: NO_PATHS, repr=False)

    def body_of(self, recipient: int) -> bytes:
        """Return what a recipient gets, by number."""
        return self.bodies[self.body_of_batch[bisect_right(self.start_of_batch, recipient) - 1]]


def sample_for(planned: Batches, number: int, userid: str) -> Batches:
    """Return a plan that sends the body of one recipient, by number, to another person."""
    frame = pd.DataFrame({"userid": pd.array([userid], dtype="str")})
    body = planned.body_of(number)
    return replace(
        planned,
        frame=frame,
        userids=[userid],
        rejections={},
        mendings=[],
        recipient_of_row=np.zeros(1, dtype=np.int64),
        recipients=[userid],
        bodies=[body],
        body_of_batch=[0],
        start_of_batch=[0, 1],
        keys=None,
        excluded=0,
        exclusions=NOBODY,
        unasked=NOBODY,
        notes=(),
        looked_up=NOTHING,
        attachments=_referred([body], planned.attachments),
        paths=NO_PATHS,
    )


def _referred(bodies: Sequence[bytes], contents: Mapping[str, Content]) -> Mapping[str, Content]:
    """Return the contents that bodies refer to."""
    if not contents:
        return NO_MEDIA
    return {one: contents[one] for body in bodies for one in references_in(body) if one in contents}


def most_people(limits: Limits) -> int:
    """Return how many people a batch may have: one of more than a minute allows could never leave."""
    return min(limits.recipients_per_call, limits.people_per_minute)


def build_batches(
    frame: pd.DataFrame,
    message: Message,
    addresses: Addresses,
    *,
    key: str | Sequence[str] | None,
    limits: Limits,
    excluded: Mapping[str, Text] = NOBODY,
    clock: Clock | None = None,
) -> Batches:
    """
    Render the message for every row that names somebody, and cut the recipients into batches.

    Args:
        frame: The input.
        message: What is sent.
        addresses: Whom the rows name; its rejections are completed.
        key: The column, or columns, that tell several rows of one person apart.
        limits: How many recipients a call may have.
        excluded: The userids that are left out, each with the reason. Their rows are rejected, and not rendered.
        clock: By which progress is shown where it takes long; None is the computer's own.

    Raises:
        ColumnError: A column is missing, or there twice.
        TemplateError: The message names a column that is not there.
    """
    # A column that is there twice is told where it is read.
    message = message.for_columns(frame.columns.unique().tolist(), renamed_in(frame))
    rejections = addresses.rejections
    people = factorize_texts(addresses.userids)
    left_out = _reject_excluded(people, excluded, rejections, addresses.excluded)
    keys = _read_keys(frame, key, rejections)
    rows = _kept_rows(addresses.userids, rejections)
    with RowProgress("progress.planning", len(rows), clock=clock) as progress:
        drawn = _render(frame, message, rows, rejections, progress)
    rows, bodies = rows[drawn.numbers >= 0], drawn.numbers[drawn.numbers >= 0]
    whole = _reject_two_bodies(people, keys, rows, bodies, rejections)
    rows, bodies = rows[whole], bodies[whole]
    grouped = group(people.numbers[rows], bodies, most_people(limits))
    recipient_of_row = np.full(len(frame), -1, dtype=np.int64)
    recipient_of_row[rows] = grouped.recipients
    sent = take(drawn.bodies, grouped.bodies)
    return Batches(
        frame=frame,
        message=message,
        userids=addresses.userids,
        rejections=rejections,
        mendings=addresses.mendings,
        advice=drawn.advice,
        recipient_of_row=recipient_of_row,
        recipients=take(people.distinct, grouped.persons),
        bodies=sent,
        body_of_batch=grouped.body_of_batch,
        start_of_batch=grouped.start_of_batch,
        keys=None if keys is None else _keys_of_recipients(keys, rows, grouped.recipients),
        excluded=left_out,
        exclusions=excluded,
        attachments=_referred(sent, drawn.attachments),
        paths=drawn.paths,
    )


class _Drawn(NamedTuple):
    """The distinct bodies, for each row the number of its body (-1 where it has none), advice, and files."""

    bodies: list[bytes]
    numbers: Numbers
    advice: tuple[Text, ...]
    attachments: Mapping[str, Content]
    paths: Mapping[int, str]


def _reject_excluded(
    people: Factorized[str],
    excluded: Mapping[str, Text],
    rejections: dict[int, Rejection],
    by_number: Mapping[int, Rejection],
) -> int:
    rejections |= by_number
    if not excluded:
        return len(by_number)
    hint = Text("row.excluded_todo")
    is_excluded = np.fromiter(map(excluded.__contains__, people.distinct), bool, len(people.distinct))
    positions: list[int] = np.flatnonzero(is_excluded[people.numbers]).tolist()
    for position in positions:
        userid = people.distinct[people.numbers[position]]
        rejections[position] = Rejection(position, "", userid, excluded[userid], hint)
    return len(by_number.keys() | positions)


def _kept_rows(userids: Sequence[str], rejections: dict[int, Rejection]) -> Numbers:
    kept = np.fromiter(map(bool, userids), bool, len(userids))
    kept[list(rejections)] = False
    return np.flatnonzero(kept)


def _render(
    frame: pd.DataFrame, message: Message, rows: Numbers, rejections: dict[int, Rejection], progress: RowProgress
) -> _Drawn:
    """Render once for each combination of values in the columns that the message uses, or once a row."""
    used = {name: column_of(frame, name) for name in message.columns}
    found = find_combinations(list(used.values()), len(frame))
    if found is None:
        every = rows.tolist()
        columns = {name: _at(read_values(column), every) for name, column in used.items()}
        combination_of_row: Numbers = np.arange(len(rows))
    else:
        found = found.of(rows)
        columns = dict(zip(used, found.columns, strict=True))
        combination_of_row = found.numbers
    length = int(combination_of_row.max(initial=-1)) + 1
    rendered = message.render_rows(columns, length, lambda done: progress.show(len(rows) * done // max(length, 1)))
    _reject_unrendered(rendered.failures, columns, rows, combination_of_row, rejections)
    bodies = factorize_values([body for body in rendered.bodies if body is not None])
    numbers = np.full(length, -1, dtype=np.int64)
    numbers[[body is not None for body in rendered.bodies]] = bodies.numbers
    paths = {}
    if rendered.paths:
        own = combination_of_row.tolist()
        paths = {row: rendered.paths[own[at]] for at, row in enumerate(rows.tolist())}
    return _Drawn(bodies.distinct, numbers[combination_of_row], rendered.advice, rendered.attachments, paths)


def _reject_unrendered(
    failures: Sequence[RowFailure],
    columns: Mapping[str, Sequence[object]],
    rows: Numbers,
    combination_of_row: Numbers,
    rejections: dict[int, Rejection],
) -> None:
    if not failures:
        return
    failure_of = {one.position: one for one in failures}
    for at in np.flatnonzero(np.isin(combination_of_row, list(failure_of))).tolist():
        failure, position = failure_of[int(combination_of_row[at])], int(rows[at])
        value = columns[failure.column][failure.position] if failure.column else ""
        shown = "" if value is MISSING else show(value)
        # A reason may quote the value.
        rejections[position] = Rejection(position, failure.column, shown, failure.reason.mapped(show), failure.hint)


def _at(values: list[object], rows: Sequence[int]) -> list[object]:
    return values if len(rows) == len(values) else [values[row] for row in rows]


def _read_keys(
    frame: pd.DataFrame, key: str | Sequence[str] | None, rejections: dict[int, Rejection]
) -> list[list[str]] | None:
    """Return the texts of each key column, and reject the rows that lack one."""
    names = list(key) if isinstance(key, list | tuple) else [key]
    if key is None or not names:
        return None
    columns = []
    for name in names:
        texts = read_keys(column_of(frame, name))
        for position, text in enumerate(texts):
            if not text and position not in rejections:
                reason, hint = Text("row.key_blank", column=name), Text("row.blank_todo")
                rejections[position] = Rejection(position, str(name), "", reason, hint)
        columns.append(texts)
    return columns


def _reject_two_bodies(
    people: Factorized[str],
    keys: list[list[str]] | None,
    rows: Numbers,
    bodies: Numbers,
    rejections: dict[int, Rejection],
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """
    Reject all rows of a person whose bodies differ and whom no key tells apart; nobody gets one by chance.

    Returns:
        Of each row whether it stays.
    """
    told = people.numbers
    for texts in keys or []:
        told = factorize_pairs(told, factorize_texts(texts).numbers)
    told = told[rows]
    some_body = np.empty(int(told.max(initial=-1)) + 1, dtype=np.int64)
    some_body[told] = bodies
    is_torn = np.zeros(len(some_body), dtype=bool)
    is_torn[told[some_body[told] != bodies]] = True
    torn = is_torn[told]
    if torn.any():
        hint = Text("row.two_bodies_todo")
        counts = np.bincount(told)
        for at in np.flatnonzero(torn).tolist():
            position = int(rows[at])
            userid = people.distinct[people.numbers[position]]
            reason = Text("row.two_bodies", userid=userid, n=int(counts[told[at]]))
            rejections[position] = Rejection(position, "", userid, reason, hint)
    return ~torn


def _keys_of_recipients(columns: list[list[str]], rows: Numbers, recipients: Numbers) -> list[tuple[str, ...]]:
    texts = list(map(KEY_SEPARATOR.join, zip(*columns, strict=True)))
    keys = factorize_texts(take(texts, rows))
    once = first_rows(factorize_pairs(recipients, keys.numbers))
    order = once[np.argsort(recipients[once], kind="stable")]
    in_order = take(keys.distinct, keys.numbers[order])
    ends = np.cumsum(np.bincount(recipients[order])).tolist()
    return [tuple(in_order[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


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
    pair_of_row, pairs = renumber(bodies * width + persons)
    groups, order_of_bodies = renumber(pairs // width)
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
