"""
A plan: recipients and a message, checked and cut into batches. It sends nothing.

People with byte-equal bodies share calls, at most 100 a call: with more, DingTalk gives no result for
each person (docs/dingtalk.md, "Work notifications: limits").
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dingnb.bulk.cells import is_missing, read_values, show
from dingnb.bulk.recipients import Addresses, Mending, Rejection, column_of
from dingnb.language import say
from dingnb.limits import Limits
from dingnb.messages import MISSING, Message


@dataclass(frozen=True, slots=True)
class Batch:
    """
    The recipients of one call.

    Attributes:
        number: The batch, counted from 0.
        body: The exact bytes of `msg`.
        userids: At most 100 people.
        first: The number of the first of them among all recipients of the plan.
    """

    number: int
    body: bytes
    userids: tuple[str, ...]
    first: int


@dataclass(frozen=True, eq=False)
class Cut:
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
    """

    frame: pd.DataFrame
    message: Message
    userids: list[str]
    rejections: dict[int, Rejection]
    mendings: list[Mending]
    advice: tuple[str, ...]
    recipient_of_row: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    recipients: list[str]
    bodies: list[bytes]
    body_of_batch: list[int]
    start_of_batch: list[int] = field(repr=False)
    keys: list[tuple[str, ...]] | None = None

    def batch(self, number: int) -> Batch:
        """Return one batch."""
        start, end = self.start_of_batch[number : number + 2]
        body = self.bodies[self.body_of_batch[number]]
        return Batch(number, body, tuple(self.recipients[start:end]), start)


def sample_for(cut: Cut, number: int, userid: str) -> Cut:
    """Return a plan that sends the body of one recipient, by number, to another person."""
    batch = bisect_right(cut.start_of_batch, number) - 1
    frame = pd.DataFrame({"userid": pd.array([userid], dtype="str")})
    return replace(
        cut,
        frame=frame,
        userids=[userid],
        rejections={},
        mendings=[],
        recipient_of_row=np.zeros(1, dtype=np.int64),
        recipients=[userid],
        bodies=[cut.bodies[cut.body_of_batch[batch]]],
        body_of_batch=[0],
        start_of_batch=[0, 1],
        keys=None,
    )


def most_people(limits: Limits) -> int:
    """Return how many people a batch may have: one of more than a minute allows could never leave."""
    return min(limits.recipients_per_call, limits.people_per_minute)


def cut(
    frame: pd.DataFrame, message: Message, addresses: Addresses, *, key: str | Sequence[str] | None, limits: Limits
) -> Cut:
    """
    Render the message for every row that names somebody, and cut the recipients into batches.

    Args:
        frame: The input.
        message: What is sent.
        addresses: Whom the rows name; its rejections are completed.
        key: The column, or columns, that tell several rows of one person apart.
        limits: How many recipients a call may have.

    Raises:
        ColumnError: A column is missing, or there twice.
        TemplateError: The message names a column that is not there.
    """
    message.check_columns(list(frame.columns))
    rejections = addresses.rejections
    keys = _keys(frame, key, rejections)
    kept = [position for position, userid in enumerate(addresses.userids) if userid and position not in rejections]
    bodies_of_rows, advice = _render(frame, message, kept, rejections)
    body_numbers: dict[bytes, int] = {}
    body_of_row = {
        position: body_numbers.setdefault(body, len(body_numbers))
        for position, body in zip(kept, bodies_of_rows, strict=True)
        if body is not None
    }
    _reject_two_bodies(addresses.userids, keys, body_of_row, rejections)
    most = most_people(limits)
    groups: dict[int, dict[str, list[int]]] = {}
    for position, number in body_of_row.items():
        groups.setdefault(number, {}).setdefault(addresses.userids[position], []).append(position)
    all_bodies = list(body_numbers)
    recipient_of_row = np.full(len(frame), -1, dtype=np.int64)
    recipients: list[str] = []
    body_of_batch: list[int] = []
    start_of_batch: list[int] = []
    for number, group in enumerate(groups.values()):
        first = len(recipients)
        for offset, positions in enumerate(group.values()):
            for position in positions:
                recipient_of_row[position] = first + offset
        recipients.extend(group)
        starts = range(first, len(recipients), most)
        start_of_batch.extend(starts)
        body_of_batch.extend([number] * len(starts))
    return Cut(
        frame=frame,
        message=message,
        userids=addresses.userids,
        rejections=rejections,
        mendings=addresses.mendings,
        advice=advice,
        recipient_of_row=recipient_of_row,
        recipients=recipients,
        bodies=[all_bodies[number] for number in groups],
        body_of_batch=body_of_batch,
        start_of_batch=[*start_of_batch, len(recipients)],
    )


def _render(
    frame: pd.DataFrame, message: Message, kept: Sequence[int], rejections: dict[int, Rejection]
) -> tuple[list[bytes | None], tuple[str, ...]]:
    columns: dict[str, Sequence[object]] = {}
    for name in message.columns:
        values = read_values(column_of(frame, name))
        columns[name] = values if len(kept) == len(values) else [values[position] for position in kept]
    rendered = message.render_rows(columns, len(kept))
    for failure in rendered.failures:
        position = kept[failure.position]
        value = columns[failure.column][failure.position] if failure.column else ""
        shown = "" if value is MISSING else show(value)
        # A reason may quote the value.
        rejections[position] = Rejection(position, failure.column, shown, show(failure.reason), failure.hint)
    return rendered.bodies, rendered.advice


def _keys(
    frame: pd.DataFrame, key: str | Sequence[str] | None, rejections: dict[int, Rejection]
) -> list[tuple[str, ...]] | None:
    if key is None:
        return None
    names = list(key) if isinstance(key, list | tuple) else [key]
    if not names:
        return None
    columns = []
    for name in names:
        values = column_of(frame, name).astype(object).tolist()
        for position, value in enumerate(values):
            if is_missing(value) and position not in rejections:
                reason, hint = say("row.key_blank", column=name), say("row.blank_todo")
                rejections[position] = Rejection(position, str(name), "", reason, hint)
        columns.append([show(value) for value in values])
    return list(zip(*columns, strict=True))


def _reject_two_bodies(
    userids: Sequence[str],
    keys: Sequence[tuple[str, ...]] | None,
    body_of_row: dict[int, int],
    rejections: dict[int, Rejection],
) -> None:
    """Reject all rows of a person whose bodies differ and whom no key tells apart; nobody gets one by chance."""
    bodies_of: dict[object, int] = {}
    torn: dict[object, int] = {}
    for position, number in body_of_row.items():
        person = userids[position] if keys is None else (userids[position], keys[position])
        if bodies_of.setdefault(person, number) != number:
            torn[person] = 0
    if not torn:
        return
    rows = {
        position: person
        for position in body_of_row
        if (person := userids[position] if keys is None else (userids[position], keys[position])) in torn
    }
    for person in rows.values():
        torn[person] += 1
    for position, person in rows.items():
        userid = userids[position]
        reason = say("row.two_bodies", userid=userid, n=torn[person])
        rejections[position] = Rejection(position, "", userid, reason, say("row.two_bodies_todo"))
        del body_of_row[position]
