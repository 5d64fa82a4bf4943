"""
Checks and renders the message for each row, and groups the recipients into batches. Sends nothing.

In a plan, a recipient is one message to one person; several rows may share a recipient. Recipients with byte-equal
bodies share calls, up to the number of people that the channel allows. Several rows of one person with different keys
and equal bodies become one message only where DingTalk would drop the second message.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, cast

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
from dingnb.tables.cells import cells_of, read_values, show
from dingnb.tables.factorize import (
    BoolArray,
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
from dingnb.tables.keys import read_keys
from dingnb.words import NOTHING, Text, listed_briefly

KEY_SEPARATOR = "\x1f"
"""Separator between the parts of a key that consists of several columns."""


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
        bodies: The bodies of the batches; equal bodies occur more than once if a person gets several messages.
        body_of_batch: The number of each batch's body.
        start_of_batch: The number of each batch's first recipient, followed by the number of recipients.
        keys: The distinct keys of each recipient, by number, in the order of the recipient's rows; several columns are
            joined by `KEY_SEPARATOR`. None if the plan has no key.
        excluded_row_count: The number of rows rejected because of an exclusion.
        exclusions: The excluded userids and the reasons, including userids that are in no row.
        numbers_to_look_up: The excluded phone numbers whose owners were not looked up, and the reasons. Rows with
            these numbers are excluded.
        notes: Notes about the recipients and their calls, shown first, such as suspicious addresses.
        lookups_text: The number of owners of phone numbers that were looked up, as text; may be empty.
        warnings: Warnings about rows that are sent, by position.
        name_check_calls: The number of calls that a check of the names takes, one for each person not read yet.
        agreeing_names: The number of rows whose name a check of the names confirmed; 0 without a check.
        rejected_names: The number of rows that a check of the names rejected; 0 without a check.
        attachments: The media that bodies refer to, by reference.
        paths: The path of each row's file, by position, if rows have paths of their own.
        mobile_column: The column of the phone numbers that address the rows; empty if userids do.
        own_bodies: The body of each recipient, by number, if recipients with different bodies share calls; `bodies`
            then has the bodies of the calls. None if recipients in a call have equal bodies.
        poll_campaign: `reminded_campaign` if that campaign has cards, so that answers to the reminder count in its
            poll; otherwise None.
        reminded_campaign: The number of the campaign that this plan reminds of; None if the plan is not a reminder.
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
    excluded_row_count: int = 0
    exclusions: Mapping[str, Text] = field(default_factory=dict, repr=False)
    numbers_to_look_up: Mapping[str, Text] = field(default_factory=dict, repr=False)
    notes: tuple[Text, ...] = ()
    lookups_text: Text = NOTHING
    warnings: Mapping[int, Text] = field(default_factory=dict, repr=False)
    name_check_calls: int = 0
    agreeing_names: int = 0
    rejected_names: int = 0
    attachments: Mapping[str, Content] = field(default_factory=dict, repr=False)
    paths: Mapping[int, str] = field(default_factory=dict, repr=False)
    mobile_column: str = ""
    own_bodies: list[bytes] | None = field(default=None, repr=False)
    poll_campaign: int | None = None
    reminded_campaign: int | None = None

    @property
    def distinct_body_count(self) -> int:
        """The number of distinct bodies of recipients."""
        return len(set(self.bodies if self.own_bodies is None else self.own_bodies))

    def body_of(self, recipient: int) -> bytes:
        """Return the body of a recipient, by number."""
        if self.own_bodies is not None:
            return self.own_bodies[recipient]
        return self.bodies[self.body_of_batch[bisect_right(self.start_of_batch, recipient) - 1]]


def make_sample(batches: Batches, number: int, userid: str) -> Batches:
    """
    Return batches that send the body of one recipient, by number, to another person.

    A sample of a reminder is no reminder itself, and answers to the sample count only in the sample's own campaign.
    """
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
        excluded_row_count=0,
        exclusions={},
        numbers_to_look_up={},
        notes=(),
        lookups_text=NOTHING,
        warnings={},
        attachments=_contents_in([body], batches.attachments),
        paths={},
        poll_campaign=None,
        reminded_campaign=None,
    )


def _contents_in(bodies: Sequence[bytes], contents: Mapping[str, Content]) -> Mapping[str, Content]:
    """Return the contents that bodies refer to."""
    if not contents:
        return {}
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
    excluded: Mapping[str, Text] = MappingProxyType({}),
    clock: Clock | None = None,
) -> Batches:
    """
    Render the message for each row with an address, and group the recipients into batches.

    Args:
        frame: The input.
        message: The message to send, bound to the columns of the frame by `Message.for_columns`.
        addresses: The addresses in the rows; further rejections are added to it.
        key: The column, or columns, that distinguish several rows of one person.
        limits: DingTalk's limits.
        shares_calls: Whether recipients with different bodies may share calls, as the channel allows.
        excluded: The excluded userids and the reasons. Their rows are rejected and not rendered.
        clock: The clock for the progress display; None is the system clock.

    Raises:
        ColumnError: A column that the message or the key uses is missing or duplicated.
    """
    rejections = addresses.rejections
    people = factorize_texts(addresses.userids)
    excluded_row_count = _reject_excluded(people, excluded, rejections, addresses.excluded)
    key_names = _key_names(key)
    keys = None
    if key_names:
        keys = read_key_columns(frame, key_names)
        _reject_blank_keys(key_names, keys, rejections)
    rows = _rows_to_render(addresses.userids, rejections)
    with RowProgress("progress.planning", len(rows), clock=clock) as progress:
        rendered = _render(frame, message, rows, rejections, progress, limits.media_id_bytes)
    is_rendered = rendered.body_of_row >= 0
    rows, body_of_row = rows[is_rendered], rendered.body_of_row[is_rendered]
    is_consistent = _reject_two_bodies(people, keys, rows, body_of_row, frame.index, rejections)
    rows, body_of_row = rows[is_consistent], body_of_row[is_consistent]
    channel = channel_for(message.msgtype)
    max_people = channel.max_people(limits, map(people.uniques.__getitem__, people.codes[rows]), rendered.bodies)
    separate_keys = None if keys is None or channel.same_text_codes else keys
    grouped = _group_recipients(people.codes, separate_keys, rows, body_of_row, len(rendered.bodies), max_people)
    recipient_of_row = np.full(len(frame), -1, dtype=np.int64)
    recipient_of_row[rows] = grouped.recipient_of_row
    sent_bodies = take(rendered.bodies, grouped.body_of_group)
    batches = Batches(
        frame=frame,
        message=message,
        channel=channel,
        userids=addresses.userids,
        rejections=rejections,
        corrections=addresses.corrections,
        advice=rendered.advice,
        recipient_of_row=recipient_of_row,
        recipients=take(people.uniques, grouped.person_of_recipient),
        bodies=sent_bodies,
        body_of_batch=grouped.group_of_batch,
        start_of_batch=grouped.start_of_batch,
        keys=None if keys is None else _keys_of_recipients(keys, rows, grouped.recipient_of_row),
        excluded_row_count=excluded_row_count,
        exclusions=excluded,
        attachments=_contents_in(sent_bodies, rendered.attachments),
        paths=rendered.paths,
        mobile_column=addresses.mobile_column,
    )
    return _share_calls(batches, limits, max_people) if shares_calls else batches


def count_batches_without(batches: Batches, columns: Collection[str], limits: Limits) -> int | None:
    """
    Return how many batches the rows that are sent would need if the message did not differ by some columns.

    Args:
        batches: The batches; recipients with different bodies share no calls.
        columns: The columns, whose values in the first row that is sent are used for all rows.
        limits: DingTalk's limits.

    Returns:
        The number of batches; None if the message could not be rendered for one of the rows.
    """
    rows = np.flatnonzero(batches.recipient_of_row >= 0)
    rejections: dict[int, Rejection] = {}
    with RowProgress("progress.planning", len(rows)) as progress:
        rendered = _render(
            batches.frame, batches.message, rows, rejections, progress, limits.media_id_bytes, constant_columns=columns
        )
    if rejections:
        return None
    channel = batches.channel
    has_separate_keys = batches.keys is not None and not channel.same_text_codes
    # With separate keys, each recipient gets a message of their own: the number of the recipient serves as the key.
    keys = [list(map(str, batches.recipient_of_row.tolist()))] if has_separate_keys else None
    people = factorize_texts(batches.userids).codes
    max_people = channel.max_people(limits, batches.recipients, rendered.bodies)
    grouped = _group_recipients(people, keys, rows, rendered.body_of_row, len(rendered.bodies), max_people)
    return len(grouped.group_of_batch)


def _group_recipients(
    people: IntArray,
    keys: list[list[str]] | None,
    rows: IntArray,
    body_of_row: IntArray,
    body_count: int,
    max_people: int,
) -> "RecipientGroups":
    """
    Return the recipients of rows, grouped by body.

    Args:
        people: The number of the person in each row of the input.
        keys: The key columns, if a person gets a message for each key; None if equal bodies share a message.
        rows: The positions of the rows to group.
        body_of_row: The number of the body of each of these rows.
        body_count: The number of bodies.
        max_people: The maximum number of people in a batch.
    """
    person_of_row = people[rows]
    if keys is None:
        return group_by_body(person_of_row, body_of_row, max_people)
    pairs = renumber(_pair_with_keys(people, keys)[rows])[0]
    separate_bodies = _separate_equal_bodies(person_of_row, pairs, body_of_row, body_count)
    grouped = group_by_body(pairs, separate_bodies, max_people)
    return grouped._replace(
        person_of_recipient=person_of_row[first_rows(grouped.recipient_of_row)],
        body_of_group=grouped.body_of_group % max(body_count, 1),
    )


def _share_calls(batches: Batches, limits: Limits, max_people: int) -> Batches:
    """Return the batches with fewer calls, each to recipients with different bodies."""
    bodies_of_recipients = [batches.body_of(number) for number in range(len(batches.recipients))]
    runs = batches.channel.split_into_calls(limits, bodies_of_recipients, batches.recipients, max_people)
    bodies = [
        batches.channel.shared_body(bodies_of_recipients[start:end], batches.recipients[start:end])
        for start, end in runs
    ]
    starts = [*(start for start, _ in runs), len(bodies_of_recipients)]
    note = Text("plan.shared", template=str(batches.message.arguments.get("template")))
    notes = (*batches.notes, note) if len(runs) < len(batches.body_of_batch) else batches.notes
    return replace(
        batches,
        bodies=bodies,
        body_of_batch=list(range(len(runs))),
        start_of_batch=starts,
        own_bodies=bodies_of_recipients,
        notes=notes,
    )


class _RenderedBodies(NamedTuple):
    """
    The bodies of rows.

    Attributes:
        bodies: The distinct bodies.
        body_of_row: The number of each row's body; -1 for a row without a body.
        advice: Advice about contents that DingTalk accepts but advises against.
        attachments: The media that the bodies refer to, by reference.
        paths: The path of each row's file, by position, if rows have paths of their own.
    """

    bodies: list[bytes]
    body_of_row: IntArray
    advice: tuple[Text, ...]
    attachments: Mapping[str, Content]
    paths: Mapping[int, str]


def _reject_excluded(
    people: Factorized[str],
    excluded: Mapping[str, Text],
    rejections: dict[int, Rejection],
    excluded_rows: Mapping[int, Rejection],
) -> int:
    """Reject the rows of excluded people, and the rows in `excluded_rows`; return the number of all these rows."""
    rejections |= excluded_rows
    if not excluded:
        return len(excluded_rows)
    is_excluded = np.fromiter(map(excluded.__contains__, people.uniques), bool, len(people.uniques))
    positions: list[int] = np.flatnonzero(is_excluded[people.codes]).tolist()
    for position in positions:
        userid = people.uniques[people.codes[position]]
        rejections[position] = Rejection.of_exclusion(position, "", userid, excluded[userid])
    return len(excluded_rows.keys() | positions)


def _rows_to_render(userids: Sequence[str], rejections: Mapping[int, Rejection]) -> IntArray:
    """Return the positions of the rows that have a userid and are not rejected."""
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
    constant_columns: Collection[str] = (),
) -> _RenderedBodies:
    """
    Render the message once for each combination of values in the columns it uses, or once for each row.

    Args:
        frame: The input.
        message: The message, bound to its columns.
        rows: The positions of the rows to render.
        rejections: The rejections of rows, by position, to which the rows that cannot be rendered are added.
        progress: Shows the progress, in rows.
        media_id_bytes: The number of bytes reserved in a body for a media id.
        constant_columns: Columns whose value in the first of `rows` is used for all rows.
    """
    used = {name: column_of(frame, name) for name in message.columns}
    used |= {name: used[name].iloc[np.full(len(frame), rows[0])] for name in constant_columns}
    combinations = find_combinations(list(used.values()), len(frame))
    if combinations is None:
        positions = rows.tolist()
        columns = {name: _take_rows(read_values(column), positions) for name, column in used.items()}
        combination_of_row: IntArray = np.arange(len(rows))
    else:
        combinations = combinations.select(rows)
        columns = dict(zip(used, combinations.columns, strict=True))
        combination_of_row = combinations.codes
    length = int(combination_of_row.max(initial=-1)) + 1

    def on_rows(done: int) -> None:
        progress.show(len(rows) * done // max(length, 1))

    result = message.render_rows(columns, length, on_rows, media_id_bytes)
    _reject_unrendered(result.failures, columns, used, rows, combination_of_row, rejections)
    bodies = factorize_values([body for body in result.bodies if body is not None])
    body_of_combination = np.full(length, -1, dtype=np.int64)
    body_of_combination[[body is not None for body in result.bodies]] = bodies.codes
    paths = {}
    if result.paths:
        combination_numbers = combination_of_row.tolist()
        paths = {row: result.paths[combination_numbers[at]] for at, row in enumerate(rows.tolist())}
    return _RenderedBodies(
        bodies.uniques, body_of_combination[combination_of_row], result.advice, result.attachments, paths
    )


def _reject_unrendered(
    failures: Sequence[RowFailure],
    columns: Mapping[str, Sequence[object]],
    series: Mapping[str, "pd.Series[Any]"],
    rows: IntArray,
    combination_of_row: IntArray,
    rejections: dict[int, Rejection],
) -> None:
    """Reject the rows with values for which the message could not be rendered."""
    if not failures:
        return
    failure_of = {failure.position: failure for failure in failures}
    cells = {name: cells_of(series[name]) for name in {failure.column for failure in failures} - {""}}
    for at in np.flatnonzero(np.isin(combination_of_row, list(failure_of))).tolist():
        failure, position = failure_of[int(combination_of_row[at])], int(rows[at])
        value = columns[failure.column][failure.position] if failure.column else ""
        # A cell may be missing because of its text, such as an error of Excel.
        shown = show(cells[failure.column][position]).strip() if value is MISSING else show(value)
        # A reason may quote the value.
        rejections[position] = Rejection(
            position, failure.column, shown, failure.reason.map_strings(show), failure.hint
        )


def _take_rows(values: list[object], rows: Sequence[int]) -> list[object]:
    return values if len(rows) == len(values) else [values[row] for row in rows]


def _key_names(key: str | Sequence[str] | None) -> list[str]:
    if key is None:
        return []
    return list(key) if isinstance(key, list | tuple) else [cast("str", key)]


def read_key_columns(frame: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    """
    Return the texts of each key column; empty where a cell is missing.

    Raises:
        ColumnError: A column is missing or duplicated.
    """
    return [read_keys(column_of(frame, name)) for name in names]


def _reject_blank_keys(
    names: Sequence[str], columns: Sequence[Sequence[str]], rejections: dict[int, Rejection]
) -> None:
    """Reject the rows without a value in a key column."""
    for name, texts in zip(names, columns, strict=True):
        for position, text in enumerate(texts):
            if not text and position not in rejections:
                reason, hint = Text("row.key_blank", column=name), Text("row.blank_todo")
                rejections[position] = Rejection(position, str(name), "", reason, hint)


def _reject_two_bodies(
    people: Factorized[str],
    keys: list[list[str]] | None,
    rows: IntArray,
    body_of_row: IntArray,
    labels: pd.Index,
    rejections: dict[int, Rejection],
) -> BoolArray:
    """
    Reject all rows of a person with different bodies and no distinguishing key, rather than choosing a body.

    Args:
        people: The person of each row of the input.
        keys: The key columns; None without a key.
        rows: The positions of the rendered rows.
        body_of_row: The number of the body of each of these rows.
        labels: The labels of the input's rows.
        rejections: The rejections of rows, by position, to which the new rejections are added.

    Returns:
        Whether each of `rows` is kept.
    """
    pairs = _pair_with_keys(people.codes, keys or [])[rows]
    last_body = np.empty(int(pairs.max(initial=-1)) + 1, dtype=np.int64)
    last_body[pairs] = body_of_row
    has_conflict = np.zeros(len(last_body), dtype=bool)
    has_conflict[pairs[last_body[pairs] != body_of_row]] = True
    is_conflicting = has_conflict[pairs]
    if is_conflicting.any():
        hint = Text("row.two_bodies_todo")
        positions_of_pair = defaultdict[int, list[int]](list)
        for at in np.flatnonzero(is_conflicting).tolist():
            positions_of_pair[int(pairs[at])].append(int(rows[at]))
        for positions in positions_of_pair.values():
            userid = people.uniques[people.codes[positions[0]]]
            named = listed_briefly([show(labels[position]) for position in positions], "row")
            if not labels[positions].is_unique:
                # A label occurs several times, for example after pd.concat.
                named = Text("rows.at_positions", positions=listed_briefly(list(map(str, positions)), "row"))
            elif labels.name is not None:
                named = Text("row.named", heading=show(labels.name), label=named)
            reason = Text("row.two_bodies", userid=userid, n=len(positions), rows=named)
            rejections.update({position: Rejection(position, "", userid, reason, hint) for position in positions})
    return ~is_conflicting


def _pair_with_keys(people: IntArray, keys: Sequence[Sequence[str]]) -> IntArray:
    """Return the number of each row's pair of person and key."""
    for texts in keys:
        people = factorize_pairs(people, factorize_texts(texts).codes)
    return people


def _keys_of_recipients(columns: list[list[str]], rows: IntArray, recipients: IntArray) -> list[tuple[str, ...]]:
    """Return the distinct keys of each recipient, by number, in the order of the recipient's rows."""
    texts = list(map(KEY_SEPARATOR.join, zip(*columns, strict=True)))
    keys = factorize_texts(take(texts, rows))
    first_of_pairs = first_rows(factorize_pairs(recipients, keys.codes))
    order = first_of_pairs[np.argsort(recipients[first_of_pairs], kind="stable")]
    in_order = take(keys.uniques, keys.codes[order])
    ends = np.cumsum(np.bincount(recipients[order])).tolist()
    return [tuple(in_order[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _separate_equal_bodies(
    person_of_row: IntArray, pair_of_row: IntArray, body_of_row: IntArray, body_count: int
) -> IntArray:
    """
    Return a number for each row's body, different for equal bodies in several messages to one person.

    Such messages cannot share a call, which names each person once. The number modulo `body_count` is the body's.

    Args:
        person_of_row: The number of each row's person.
        pair_of_row: The number of each row's pair of person and key; each pair stands for a message.
        body_of_row: The number of each row's body.
        body_count: The number of bodies.
    """
    rows = pd.DataFrame({"person": person_of_row, "pair": pair_of_row, "body": body_of_row})
    first_of_pairs = rows.drop_duplicates("pair")
    earlier = np.zeros(len(first_of_pairs), dtype=np.int64)
    earlier[first_of_pairs["pair"].to_numpy()] = first_of_pairs.groupby(["person", "body"]).cumcount()
    return body_of_row + earlier[pair_of_row] * body_count


class RecipientGroups(NamedTuple):
    """
    Recipients in the order of their batches, in groups with equal bodies.

    Attributes:
        recipient_of_row: The number of each row's recipient.
        person_of_recipient: The number of each recipient's person.
        body_of_group: The number of each group's body.
        group_of_batch: The number of each batch's group.
        start_of_batch: The number of each batch's first recipient, followed by the number of recipients.
    """

    recipient_of_row: IntArray
    person_of_recipient: IntArray
    body_of_group: IntArray
    group_of_batch: list[int]
    start_of_batch: list[int]


def group_by_body(person_of_row: IntArray, body_of_row: IntArray, max_people: int) -> RecipientGroups:
    """
    Return the recipients of rows, grouped by body; rows with the same person and body share a recipient.

    Groups, and the recipients in a group, are in the order of their first rows.

    Args:
        person_of_row: The number of each row's person.
        body_of_row: The number of each row's body.
        max_people: The maximum number of people in a batch.

    >>> grouped = group_by_body(np.array([0, 1, 0, 2]), np.array([4, 4, 3, 4]), max_people=2)
    >>> grouped.recipient_of_row, grouped.person_of_recipient, grouped.body_of_group
    (array([0, 1, 3, 2]), array([0, 1, 2, 0]), array([4, 3]))
    >>> grouped.group_of_batch, grouped.start_of_batch
    ([0, 0, 1], [0, 2, 3, 4])
    """
    # A recipient is a pair of a body and a person, as one number: the body's number, times the number of people, plus
    # the person's number.
    people_count = int(person_of_row.max(initial=0)) + 1
    pair_of_row, pairs = renumber(body_of_row * people_count + person_of_row)
    group_of_pair, body_of_group = renumber(pairs // people_count)
    order = np.argsort(group_of_pair, kind="stable")
    recipient_of_pair = np.empty_like(order)
    recipient_of_pair[order] = np.arange(len(order))
    group_sizes = np.bincount(group_of_pair) if len(group_of_pair) else np.zeros(0, dtype=np.int64)
    batch_counts = -(-group_sizes // max_people)
    group_of_batch = np.repeat(np.arange(len(batch_counts)), batch_counts)
    number_in_group = np.arange(len(group_of_batch)) - np.repeat(np.cumsum(batch_counts) - batch_counts, batch_counts)
    starts = np.repeat(np.cumsum(group_sizes) - group_sizes, batch_counts) + number_in_group * max_people
    return RecipientGroups(
        recipient_of_row=recipient_of_pair[pair_of_row],
        person_of_recipient=(pairs % people_count)[order],
        body_of_group=body_of_group,
        group_of_batch=group_of_batch.tolist(),
        start_of_batch=[*starts.tolist(), len(order)],
    )
