"""
Checks and renders the message for each row, and groups the recipients into batches. Sends nothing.

People with byte-equal bodies share calls, up to the number that the channel allows. If a person has several rows with
different keys and equal bodies, they share a message only where DingTalk would drop the second one.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from dingnb.channels import Channel, channel_for
from dingnb.clock import Clock
from dingnb.display import RowProgress
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.media.references import references_in
from dingnb.messages import MISSING, Message, RowFailure
from dingnb.recipients.addresses import Addresses, Correction, Rejection, column_of
from dingnb.tables.cells import read_keys, read_values, renamed_columns_of, show
from dingnb.tables.factorize import (
    Factorized,
    IntArray,
    factorize_pairs,
    factorize_texts,
    factorize_values,
    find_combinations,
    first_rows,
    renumber,
    take,
)
from dingnb.words import NOTHING, Text

Person = TypeVar("Person")

KEY_SEPARATOR = "\x1f"
"""Separator between the parts of a key that consists of several columns."""

NO_EXCLUSIONS: Mapping[str, Text] = MappingProxyType({})
"""An empty mapping of exclusions."""

NO_MEDIA: Mapping[str, Content] = MappingProxyType({})
"""An empty mapping of media."""

NO_PATHS: Mapping[int, str] = MappingProxyType({})
"""An empty mapping of paths."""

NO_WARNINGS: Mapping[int, Text] = MappingProxyType({})
"""An empty mapping of warnings."""


@dataclass(frozen=True, eq=False)
class Batches:
    """
    The outcome of planning: the body and the batch of each recipient.

    Recipients are numbered in the order of their batches, so that a batch is a run of numbers.

    Attributes:
        frame: The input, unchanged.
        message: The message to send.
        channel: The channel.
        userids: The userid of each row; empty if it has none.
        rejections: The rejections of rows, by position.
        corrections: The corrected cells.
        advice: Advice about contents that DingTalk accepts but advises against.
        recipient_of_row: The number of each row's recipient; -1 if the row is rejected.
        recipients: The userid of each recipient, by number.
        bodies: The distinct bodies.
        body_of_batch: The number of each batch's body.
        start_of_batch: The number of each batch's first recipient, followed by the number of recipients.
        keys: The distinct keys of each recipient, by number, in the order of its rows; several columns are joined by
            `KEY_SEPARATOR`. None if the plan has no key.
        excluded_rows: The number of rows rejected because of an exclusion.
        exclusions: The excluded userids and the reasons, including userids that are in no row.
        unresolved_numbers: The excluded phone numbers without a known owner, and the reasons; their rows are excluded.
        notes: Notes about the recipients, shown first, such as suspicious addresses.
        lookups_text: The number of owners of phone numbers that were looked up, as text; may be empty.
        warnings: Warnings about rows that are sent, by position.
        attachments: The media that bodies refer to, by reference.
        paths: The path of each row's file, by position, if rows have paths of their own.
        mobile_column: The column of the phone numbers that address the rows; empty if userids do.
        own_bodies: The body of each recipient, by number, if recipients with different bodies share calls; `bodies`
            then has those of the calls.
        reminds_of: The number of the campaign of which this is a reminder, if that has cards; otherwise None.
    """

    frame: pd.DataFrame
    message: Message
    channel: Channel
    userids: list[str]
    rejections: dict[int, Rejection]
    corrections: list[Correction]
    advice: tuple[Text, ...]
    recipient_of_row: IntArray
    recipients: list[str]
    bodies: list[bytes]
    body_of_batch: list[int]
    start_of_batch: list[int] = field(repr=False)
    keys: list[tuple[str, ...]] | None = field(default=None, repr=False)
    excluded_rows: int = 0
    exclusions: Mapping[str, Text] = field(default_factory=lambda: NO_EXCLUSIONS, repr=False)
    unresolved_numbers: Mapping[str, Text] = field(default_factory=lambda: NO_EXCLUSIONS, repr=False)
    notes: tuple[Text, ...] = ()
    lookups_text: Text = NOTHING
    warnings: Mapping[int, Text] = field(default_factory=lambda: NO_WARNINGS, repr=False)
    attachments: Mapping[str, Content] = field(default_factory=lambda: NO_MEDIA, repr=False)
    paths: Mapping[int, str] = field(default_factory=lambda: NO_PATHS, repr=False)
    mobile_column: str = ""
    own_bodies: list[bytes] | None = field(default=None, repr=False)
    reminds_of: int | None = None

    @property
    def text_count(self) -> int:
        """The number of different texts."""
        return len(set(self.bodies if self.own_bodies is None else self.own_bodies))

    def body_of(self, recipient: int) -> bytes:
        """Return the body of a recipient, by number."""
        if self.own_bodies is not None:
            return self.own_bodies[recipient]
        return self.bodies[self.body_of_batch[bisect_right(self.start_of_batch, recipient) - 1]]


def make_sample(batches: Batches, number: int, userid: str) -> Batches:
    """Return batches that send the body of one recipient, by number, to another person."""
    frame = pd.DataFrame({"userid": pd.array([userid], dtype="str")})
    body = batches.body_of(number)
    return replace(
        batches,
        frame=frame,
        userids=[userid],
        rejections={},
        corrections=[],
        recipient_of_row=np.zeros(1, dtype=np.int64),
        recipients=[userid],
        bodies=[body],
        body_of_batch=[0],
        start_of_batch=[0, 1],
        own_bodies=None,
        keys=None,
        excluded_rows=0,
        exclusions=NO_EXCLUSIONS,
        unresolved_numbers=NO_EXCLUSIONS,
        notes=(),
        lookups_text=NOTHING,
        warnings=NO_WARNINGS,
        attachments=_contents_in([body], batches.attachments),
        paths=NO_PATHS,
    )


def _contents_in(bodies: Sequence[bytes], contents: Mapping[str, Content]) -> Mapping[str, Content]:
    """Return the contents that bodies refer to."""
    if not contents:
        return NO_MEDIA
    return {
        reference: contents[reference] for body in bodies for reference in references_in(body) if reference in contents
    }


def build_batches(
    frame: pd.DataFrame,
    message: Message,
    addresses: Addresses,
    *,
    key: str | Sequence[str] | None,
    limits: Limits,
    shares_calls: bool = False,
    excluded: Mapping[str, Text] = NO_EXCLUSIONS,
    clock: Clock | None = None,
) -> Batches:
    """
    Render the message for each row with an address, and group the recipients into batches.

    Args:
        frame: The input.
        message: The message to send.
        addresses: The addresses in the rows; further rejections are added to it.
        key: The column, or columns, that distinguish several rows of one person.
        limits: DingTalk's limits.
        shares_calls: Whether recipients with different bodies may share calls, as the channel allows.
        excluded: The excluded userids and the reasons. Their rows are rejected and not rendered.
        clock: The clock for the progress display; None is the system clock.

    Raises:
        ColumnError: A column is missing or duplicated.
        TemplateError: The message uses a missing column.
    """
    # Only existence matters here: duplicate columns are reported when they are read.
    message = message.for_columns(frame.columns.unique().tolist(), renamed_columns_of(frame))
    rejections = addresses.rejections
    people = factorize_texts(addresses.userids)
    excluded_rows = _reject_excluded(people, excluded, rejections, addresses.excluded)
    keys = _read_keys(frame, key, rejections)
    rows = _rows_to_render(addresses.userids, rejections)
    with RowProgress("progress.planning", len(rows), clock=clock) as progress:
        rendered = _render(frame, message, rows, rejections, progress, limits.media_id_bytes)
    is_rendered = rendered.numbers >= 0
    rows, bodies = rows[is_rendered], rendered.numbers[is_rendered]
    is_consistent = _reject_two_bodies(people, keys, rows, bodies, rejections)
    rows, bodies = rows[is_consistent], bodies[is_consistent]
    channel = channel_for(message.msgtype)
    max_recipients = channel.max_people(limits, map(people.distinct.__getitem__, people.numbers[rows]))
    separate_keys = None if keys is None or channel.same_text_codes else keys
    grouped = _group_recipients(people.numbers, separate_keys, rows, bodies, len(rendered.bodies), max_recipients)
    recipient_of_row = np.full(len(frame), -1, dtype=np.int64)
    recipient_of_row[rows] = grouped.recipients
    sent_bodies = take(rendered.bodies, grouped.bodies % max(len(rendered.bodies), 1))
    batches = Batches(
        frame=frame,
        message=message,
        channel=channel,
        userids=addresses.userids,
        rejections=rejections,
        corrections=addresses.corrections,
        advice=rendered.advice,
        recipient_of_row=recipient_of_row,
        recipients=take(people.distinct, grouped.persons),
        bodies=sent_bodies,
        body_of_batch=grouped.body_of_batch,
        start_of_batch=grouped.start_of_batch,
        keys=None if keys is None else _keys_of_recipients(keys, rows, grouped.recipients),
        excluded_rows=excluded_rows,
        exclusions=excluded,
        attachments=_contents_in(sent_bodies, rendered.attachments),
        paths=rendered.paths,
        mobile_column=addresses.mobile_column,
    )
    return _share_calls(batches, limits, max_recipients) if shares_calls else batches


def _group_recipients(
    people: IntArray,
    keys: list[list[str]] | None,
    rows: IntArray,
    bodies: IntArray,
    body_count: int,
    max_recipients: int,
) -> "RecipientGroups":
    """
    Return the recipients of rows, grouped by body.

    Args:
        people: The number of each person, for all rows.
        keys: The key columns, if a person gets a message for each key; None if equal bodies share one.
        rows: The rows to group.
        bodies: The number of each grouped row's body.
        body_count: The number of bodies. With keys, the number of a group's body is the remainder of its
            `RecipientGroups.bodies` after division by this.
        max_recipients: The maximum number of recipients in a batch.
    """
    persons = people[rows]
    if keys is None:
        return group_by_body(persons, bodies, max_recipients)
    messages = renumber(_with_keys(people, keys)[rows])[0]
    separate_bodies = _separate_equal_bodies(persons, messages, bodies, body_count)
    grouped = group_by_body(messages, separate_bodies, max_recipients)
    return grouped._replace(persons=persons[first_rows(grouped.recipients)])


def split_recipients(
    batches: Batches, key_columns: Sequence[str], parts: Mapping[int, Sequence[Collection[str]]]
) -> Batches:
    """
    Return batches in which recipients have a message of their own for each part of their keys.

    Args:
        batches: The batches of a plan with a key.
        key_columns: The key columns.
        parts: The keys of each part, by the number of the recipient. The first part keeps the number.
    """
    columns = _read_keys(batches.frame, key_columns, dict(batches.rejections)) or []
    key_of_row = list(map(KEY_SEPARATOR.join, zip(*columns, strict=True)))
    recipients, keys, own_bodies = list(batches.recipients), list(batches.keys or ()), list(batches.own_bodies or ())
    bodies, body_of_batch, start_of_batch = list(batches.bodies), list(batches.body_of_batch), [*batches.start_of_batch]
    recipient_of_row = batches.recipient_of_row.copy()
    number_of: dict[tuple[int, str], int] = {}
    for number, (first, *others) in parts.items():
        keys[number] = tuple(first)
        for part in others:
            number_of |= dict.fromkeys(((number, key) for key in part), len(recipients))
            recipients.append(batches.recipients[number])
            keys.append(tuple(part))
            own_bodies.append(batches.body_of(number))
            body_of_batch.append(len(bodies))
            bodies.append(batches.body_of(number))
            start_of_batch.append(len(recipients))
    for row in np.flatnonzero(np.isin(recipient_of_row, list(parts))).tolist():
        number = int(recipient_of_row[row])
        recipient_of_row[row] = number_of.get((number, key_of_row[row]), number)
    return replace(
        batches,
        recipient_of_row=recipient_of_row,
        recipients=recipients,
        keys=keys,
        bodies=bodies,
        body_of_batch=body_of_batch,
        start_of_batch=start_of_batch,
        own_bodies=None if batches.own_bodies is None else own_bodies,
    )


def _share_calls(batches: Batches, limits: Limits, max_recipients: int) -> Batches:
    """Return the batches with fewer calls, each to recipients with different bodies."""
    bodies_of_recipients = [batches.body_of(number) for number in range(len(batches.recipients))]
    runs = batches.channel.split_into_calls(limits, bodies_of_recipients, batches.recipients, max_recipients)
    bodies = [
        batches.channel.shared_body(bodies_of_recipients[start:end], batches.recipients[start:end])
        for start, end in runs
    ]
    starts = [*(start for start, _ in runs), len(bodies_of_recipients)]
    note = Text("plan.shared", template=str(batches.message.arguments.get("template")))
    advice = (*batches.advice, note) if len(runs) < len(batches.body_of_batch) else batches.advice
    return replace(
        batches,
        bodies=bodies,
        body_of_batch=list(range(len(runs))),
        start_of_batch=starts,
        own_bodies=bodies_of_recipients,
        advice=advice,
    )


class _RenderedBodies(NamedTuple):
    """
    The bodies of rows.

    Attributes:
        bodies: The distinct bodies.
        numbers: The number of each row's body; -1 if it has none.
        advice: Advice about contents that DingTalk accepts but advises against.
        attachments: The media that the bodies refer to, by reference.
        paths: The path of each row's file, by position, if rows have paths of their own.
    """

    bodies: list[bytes]
    numbers: IntArray
    advice: tuple[Text, ...]
    attachments: Mapping[str, Content]
    paths: Mapping[int, str]


def _reject_excluded(
    people: Factorized[str],
    excluded: Mapping[str, Text],
    rejections: dict[int, Rejection],
    excluded_by_number: Mapping[int, Rejection],
) -> int:
    rejections |= excluded_by_number
    if not excluded:
        return len(excluded_by_number)
    is_excluded = np.fromiter(map(excluded.__contains__, people.distinct), bool, len(people.distinct))
    positions: list[int] = np.flatnonzero(is_excluded[people.numbers]).tolist()
    for position in positions:
        userid = people.distinct[people.numbers[position]]
        rejections[position] = Rejection.of_exclusion(position, "", userid, excluded[userid])
    return len(excluded_by_number.keys() | positions)


def _rows_to_render(userids: Sequence[str], rejections: dict[int, Rejection]) -> IntArray:
    is_rendered = np.fromiter(map(bool, userids), bool, len(userids))
    is_rendered[list(rejections)] = False
    return np.flatnonzero(is_rendered)


def _render(
    frame: pd.DataFrame,
    message: Message,
    rows: IntArray,
    rejections: dict[int, Rejection],
    progress: RowProgress,
    media_id_bytes: int,
) -> _RenderedBodies:
    """Render the message once for each combination of values in the columns it uses, or once for each row."""
    used = {name: column_of(frame, name) for name in message.columns}
    combinations = find_combinations(list(used.values()), len(frame))
    if combinations is None:
        positions = rows.tolist()
        columns = {name: _take_rows(read_values(column), positions) for name, column in used.items()}
        combination_of_row: IntArray = np.arange(len(rows))
    else:
        combinations = combinations.select(rows)
        columns = dict(zip(used, combinations.columns, strict=True))
        combination_of_row = combinations.numbers
    length = int(combination_of_row.max(initial=-1)) + 1

    def on_rows(done: int) -> None:
        progress.show(len(rows) * done // max(length, 1))

    result = message.render_rows(columns, length, on_rows, media_id_bytes)
    _reject_unrendered(result.failures, columns, rows, combination_of_row, rejections)
    bodies = factorize_values([body for body in result.bodies if body is not None])
    numbers = np.full(length, -1, dtype=np.int64)
    numbers[[body is not None for body in result.bodies]] = bodies.numbers
    paths = {}
    if result.paths:
        combination_numbers = combination_of_row.tolist()
        paths = {row: result.paths[combination_numbers[at]] for at, row in enumerate(rows.tolist())}
    return _RenderedBodies(bodies.distinct, numbers[combination_of_row], result.advice, result.attachments, paths)


def _reject_unrendered(
    failures: Sequence[RowFailure],
    columns: Mapping[str, Sequence[object]],
    rows: IntArray,
    combination_of_row: IntArray,
    rejections: dict[int, Rejection],
) -> None:
    if not failures:
        return
    failure_of = {failure.position: failure for failure in failures}
    for at in np.flatnonzero(np.isin(combination_of_row, list(failure_of))).tolist():
        failure, position = failure_of[int(combination_of_row[at])], int(rows[at])
        value = columns[failure.column][failure.position] if failure.column else ""
        shown = "" if value is MISSING else show(value)
        # A reason may quote the value.
        rejections[position] = Rejection(
            position, failure.column, shown, failure.reason.map_strings(show), failure.hint
        )


def _take_rows(values: list[object], rows: Sequence[int]) -> list[object]:
    return values if len(rows) == len(values) else [values[row] for row in rows]


def _read_keys(
    frame: pd.DataFrame, key: str | Sequence[str] | None, rejections: dict[int, Rejection]
) -> list[list[str]] | None:
    """Return the texts of each key column, and reject rows with a blank key."""
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
    rows: IntArray,
    bodies: IntArray,
    rejections: dict[int, Rejection],
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """
    Reject all rows of a person with different bodies and no distinguishing key, rather than choosing one of them.

    Returns:
        Whether each row is kept.
    """
    persons = _with_keys(people.numbers, keys or [])[rows]
    last_body = np.empty(int(persons.max(initial=-1)) + 1, dtype=np.int64)
    last_body[persons] = bodies
    has_conflict = np.zeros(len(last_body), dtype=bool)
    has_conflict[persons[last_body[persons] != bodies]] = True
    is_conflicting = has_conflict[persons]
    if is_conflicting.any():
        hint = Text("row.two_bodies_todo")
        counts = np.bincount(persons)
        for at in np.flatnonzero(is_conflicting).tolist():
            position = int(rows[at])
            userid = people.distinct[people.numbers[position]]
            reason = Text("row.two_bodies", userid=userid, n=int(counts[persons[at]]))
            rejections[position] = Rejection(position, "", userid, reason, hint)
    return ~is_conflicting


def _with_keys(people: IntArray, keys: Sequence[Sequence[str]]) -> IntArray:
    """Return the number of each row's pair of person and keys."""
    for texts in keys:
        people = factorize_pairs(people, factorize_texts(texts).numbers)
    return people


def _keys_of_recipients(columns: list[list[str]], rows: IntArray, recipients: IntArray) -> list[tuple[str, ...]]:
    texts = list(map(KEY_SEPARATOR.join, zip(*columns, strict=True)))
    keys = factorize_texts(take(texts, rows))
    first_of_pairs = first_rows(factorize_pairs(recipients, keys.numbers))
    order = first_of_pairs[np.argsort(recipients[first_of_pairs], kind="stable")]
    in_order = take(keys.distinct, keys.numbers[order])
    ends = np.cumsum(np.bincount(recipients[order])).tolist()
    return [tuple(in_order[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _separate_equal_bodies(persons: IntArray, messages: IntArray, bodies: IntArray, length: int) -> IntArray:
    """
    Return the number of each row's body, different for equal bodies in several messages to one person.

    Such messages cannot share a call, which names each person once.

    The number of the body is the remainder after division by `length`, the number of bodies.
    """
    rows = pd.DataFrame({"person": persons, "message": messages, "body": bodies})
    first_of_messages = rows.drop_duplicates("message")
    earlier = np.zeros(len(first_of_messages), dtype=np.int64)
    earlier[first_of_messages["message"].to_numpy()] = first_of_messages.groupby(["person", "body"]).cumcount()
    return bodies + earlier[messages] * length


def split_into_calls(
    people: Iterable[Person], max_people: int, userid_of: Callable[[Person], str]
) -> list[list[Person]]:
    """
    Split people with equal bodies into calls; a person with several messages is in several calls.

    >>> split_into_calls(["ann", "bo", "ann", "cy"], 2, str)
    [['ann', 'bo'], ['cy'], ['ann']]
    """
    rounds: list[list[Person]] = []
    messages_of = Counter[str]()
    for person in people:
        userid = userid_of(person)
        if messages_of[userid] == len(rounds):
            rounds.append([])
        rounds[messages_of[userid]].append(person)
        messages_of[userid] += 1
    return [
        distinct[start : start + max_people] for distinct in rounds for start in range(0, len(distinct), max_people)
    ]


class RecipientGroups(NamedTuple):
    """
    Recipients in the order of their batches.

    Attributes:
        recipients: The number of each row's recipient.
        persons: The number of each recipient's person.
        bodies: The number of each group's body.
        body_of_batch: The number of each batch's group.
        start_of_batch: The number of each batch's first recipient, followed by the number of recipients.
    """

    recipients: IntArray
    persons: IntArray
    bodies: IntArray
    body_of_batch: list[int]
    start_of_batch: list[int]


def group_by_body(persons: IntArray, bodies: IntArray, max_recipients: int) -> RecipientGroups:
    """
    Return the recipients of rows, grouped by body; rows with the same person and body share a recipient.

    Groups, and the recipients in a group, are in the order of their first rows.

    Args:
        persons: The number of each row's person.
        bodies: The number of each row's body.
        max_recipients: The maximum number of recipients in a batch.

    >>> grouped = group_by_body(np.array([0, 1, 0, 2]), np.array([4, 4, 3, 4]), max_recipients=2)
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
    calls = -(-sizes // max_recipients)
    group_of_batch = np.repeat(np.arange(len(calls)), calls)
    number_in_group = np.arange(len(group_of_batch)) - np.repeat(np.cumsum(calls) - calls, calls)
    starts = np.repeat(np.cumsum(sizes) - sizes, calls) + number_in_group * max_recipients
    return RecipientGroups(
        number_of_pair[pair_of_row],
        (pairs % width)[order],
        order_of_bodies,
        group_of_batch.tolist(),
        [*starts.tolist(), len(order)],
    )
