"""A plan: what the analyst looks at before anything is sent, and what then sends it."""

import hashlib
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from dingnb.bulk.campaign import Campaign
from dingnb.bulk.cutting import Cut
from dingnb.bulk.recipients import Rejection
from dingnb.bulk.sending import Line
from dingnb.display import Sheet, Table
from dingnb.errors import InputError, LiveSendError, NobodyError
from dingnb.language import count, say
from dingnb.messages import Message, Preview

_ROWS_SHOWN = 10


class Plan:
    """
    Recipients and a message, checked and cut into batches. Immutable; it sends nothing but by `send`.

    Made by `DingTalk.plan`. Its display shows people, distinct bodies, calls, time and rejected rows.
    """

    def __init__(self, line: Line, cut: Cut) -> None:
        self._line = line
        self._cut = cut

    @property
    def message(self) -> Message:
        """What is sent."""
        return self._cut.message

    @property
    def people(self) -> int:
        """How many people the plan sends to; a person in several rows with one body counts once."""
        return len(self._cut.recipients)

    @property
    def calls(self) -> int:
        """How many calls sending needs: one a batch. Reading all results once needs as many again."""
        return len(self._cut.body_of_batch)

    @property
    def seconds(self) -> float:
        """How long sending takes at the present limits, at least, in seconds."""
        limits = self._line.limits
        by_people = max(self.people - 1, 0) // limits.people_per_minute * 60
        return max(max(self.calls - 1, 0) / limits.calls_per_second, by_people)

    def problems(self) -> pd.DataFrame:
        """
        Return the rows that are rejected, and why.

        Returns:
            One row for each rejected row of the input, in its order and with its index: `position` (int64,
            from 0), `column` (str, empty where it is the row as a whole), `value` (str, what stands there),
            `reason` (str), `hint` (str, what to do).
        """
        rejections = [self._cut.rejections[position] for position in sorted(self._cut.rejections)]
        positions = [one.position for one in rejections]
        frame = pd.DataFrame(
            {
                "position": pd.array(positions, dtype="int64"),
                **{name: _texts(rejections, name) for name in ("column", "value", "reason", "hint")},
            }
        )
        frame.index = self._cut.frame.index.take(np.array(positions, dtype="int64"))
        return frame

    def mended(self) -> pd.DataFrame:
        """
        Return the cells that were mended without a guess, such as ``123.0`` for ``123``.

        Returns:
            One row for each: the row's index, `position` (int64, from 0), `column`, `value` (what stood
            there), `became` (what it is taken for), all str.
        """
        mendings = sorted(self._cut.mendings, key=lambda one: one.position)
        positions = [one.position for one in mendings]
        frame = pd.DataFrame(
            {
                "position": pd.array(positions, dtype="int64"),
                **{
                    name: pd.array([str(getattr(one, name)) for one in mendings], dtype="str")
                    for name in ("column", "value", "became")
                },
            }
        )
        frame.index = self._cut.frame.index.take(np.array(positions, dtype="int64"))
        return frame

    def to_frame(self) -> pd.DataFrame:
        """
        Return what would be sent to each row.

        Returns:
            The rows of the input, in its order and with its index: `userid` (str), `status` (str: ``queued`` or
            ``rejected``), `reason` (str), `body` (str: `msg` as it is sent), `batch` (Int64, from 0). Empty is NA.
        """
        cut = self._cut
        starts = np.array(cut.start_of_batch[:-1], dtype="int64")
        numbers = cut.recipient_of_row
        batches = np.searchsorted(starts, numbers, side="right") - 1
        sendable = numbers >= 0
        texts = [body.decode() for body in cut.bodies]
        bodies = [
            texts[cut.body_of_batch[batch]] if sent else np.nan
            for batch, sent in zip(batches.tolist(), sendable.tolist(), strict=True)
        ]
        reasons = [cut.rejections[row].reason if row in cut.rejections else np.nan for row in range(len(numbers))]
        return pd.DataFrame(
            {
                "userid": pd.array([userid or np.nan for userid in cut.userids], dtype="str"),
                "status": pd.array(np.where(sendable, "queued", "rejected").tolist(), dtype="str"),
                "reason": pd.array(reasons, dtype="str"),
                "body": pd.array(bodies, dtype="str"),
                "batch": pd.array(
                    [b if s else None for b, s in zip(batches.tolist(), sendable, strict=True)], dtype="Int64"
                ),
            },
            index=cut.frame.index,
        )

    def preview(self, row: int = 0, *, label: Hashable = None) -> Preview:
        """
        Return the message for one row, to look at.

        Args:
            row: The position of the row, from 0; negative ones count from the end.
            label: A label of the input's index, instead of a position; the first row of several that have it.

        Raises:
            InputError: There is no such row, or it is rejected; the error says why.
        """
        position = self._position(row, label)
        rejection = self._cut.rejections.get(position)
        if rejection is not None:
            raise InputError(say("frame.rejected_row", row=position, reason=rejection.reason), rejection.hint)
        number = int(self._cut.recipient_of_row[position])
        batch = bisect_right(self._cut.start_of_batch, number) - 1
        return Preview(self._cut.recipients[number], self._cut.batch(batch).body)

    def send(self, name: str | None = None, *, expect: int | range | None = None, wait: bool = True) -> Campaign:
        """
        Send the message to everybody in the plan.

        Args:
            name: The campaign's name; on the sandbox a hash of the content where it is left out.
            expect: How many people you expect: a number, or a range. Any other number sends nothing.
            wait: Whether to return only when every batch is settled: accepted, failed or unknown. Interrupting
                the cell stops it: what is under way is drained, and what is true is kept.

        Returns:
            The campaign; ``results()`` says what happened to each person.

        Raises:
            LiveSendError: This is no sandbox. A live send needs a ledger, so that nobody is told twice.
            NobodyError: Nobody is left to send to.
            InputError: `expect` differs from the number of people, or `name` is no name.
            DingError: Not one call could be made; nothing was sent.
        """
        if self._line.mode != "SANDBOX":
            raise LiveSendError(say("send.live"), say("send.live_todo"))
        if not self.people:
            rows = count("row", len(self._cut.frame))
            raise NobodyError(say("frame.nobody", rows=rows), say("frame.nobody_todo"))
        _check_name(name)
        if expect is not None and self.people not in _numbers(expect):
            raise InputError(
                say("send.expect", expect=expect, people=count("person", self.people)),
                say("send.expect_todo", n=self.people),
            )
        campaign = Campaign(name or self._content_name(), self._line, self._cut)
        if wait:
            campaign.join()
        return campaign

    def sheet(self) -> Sheet:
        """Return what the plan shows."""
        cut = self._cut
        sent = len(cut.frame) - len(cut.rejections)
        facts = [
            (say("plan.app"), self._line.app),
            (say("plan.message"), cut.message.msgtype),
            (
                say("plan.people"),
                say("plan.people_value", people=count("person", self.people), rows=count("row", sent)),
            ),
            (say("plan.rejected"), count("row", len(cut.rejections))),
            (say("plan.bodies"), count("body", len(cut.bodies))),
            (say("plan.calls"), say("plan.calls_value", send=count("call", self.calls), n=count("call", self.calls))),
            (say("plan.time"), _duration(self.seconds)),
        ]
        notes = list(cut.advice)
        if cut.mendings:
            first = cut.mendings[0]
            example = say("row.mended", value=first.value, became=first.became)
            notes.append(say("plan.mended", n=len(cut.mendings), example=example))
        if not self.people:
            notes.append(say("frame.nobody", rows=count("row", len(cut.frame))))
        title = say("plan.title", people=count("person", self.people))
        return Sheet(title, self._line.mode, tuple(facts), tuple(notes), self._tables())

    def _tables(self) -> tuple[Table, ...]:
        rejected = [self._cut.rejections[position] for position in sorted(self._cut.rejections)]
        if not rejected:
            return ()
        labels = self._cut.frame.index
        rows = [
            (str(labels[one.position]), one.column, one.value, f"{one.reason} {one.hint}")
            for one in rejected[:_ROWS_SHOWN]
        ]
        header = tuple(say(f"plan.{name}") for name in ("row", "column", "value", "reason"))
        more = say("plan.more", n=len(rejected) - len(rows)) if len(rejected) > len(rows) else ""
        caption = say("plan.rejected_rows", rows=count("row", len(rejected)))
        return (Table(caption, header, rows, more),)

    def _position(self, row: object, label: Hashable) -> int:
        frame = self._cut.frame
        if label is not None:
            try:
                found = frame.index.get_indexer_for(cast("pd.Index[Any]", [label]))
            except (AssertionError, LookupError, TypeError, ValueError):
                found = np.array([-1])
            if found[0] < 0:
                raise InputError(say("frame.bad_label", label=label), say("frame.bad_row_todo"))
            return int(found[0])
        if not isinstance(row, int | np.integer) or not -len(frame) <= row < len(frame):
            raise InputError(say("frame.bad_position", row=row, last=len(frame) - 1), say("frame.bad_row_todo"))
        return int(row) % len(frame)

    def _content_name(self) -> str:
        digest = hashlib.sha256()
        for number in range(self.calls):
            batch = self._cut.batch(number)
            digest.update(batch.body + b"\0" + ",".join(batch.userids).encode() + b"\0")
        return f"sandbox-{digest.hexdigest()[:10]}"

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _texts(rejections: Sequence[Rejection], name: str) -> object:
    return pd.array([str(getattr(one, name)) for one in rejections], dtype="str")


def _check_name(name: object) -> None:
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise InputError(say("send.bad_name", name=name), say("send.bad_name_todo"))


def _numbers(expect: object) -> range:
    if isinstance(expect, range):
        return expect
    if isinstance(expect, int | np.integer) and not isinstance(expect, bool):
        return range(int(expect), int(expect) + 1)
    raise InputError(say("send.bad_expect", expect=expect), say("send.bad_expect_todo"))


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return say("plan.minutes", minutes=minutes, seconds=rest) if minutes else say("plan.seconds", seconds=max(rest, 1))
