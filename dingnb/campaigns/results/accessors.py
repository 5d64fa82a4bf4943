"""What a campaign tells of its people, at any time, from the ledger: frames, files, a page, a picture."""

import os
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.days import moment_in_words
from dingnb.campaigns.recipient_count import Reach, reach_of_roster
from dingnb.campaigns.report.funnel import count_repeats
from dingnb.campaigns.report.plotting import draw
from dingnb.campaigns.report.report import Report, make_report, save_report
from dingnb.campaigns.results.frames import check_not_taken, kept_columns, results_frame
from dingnb.campaigns.results.summary import summarise
from dingnb.campaigns.row_map import Roster
from dingnb.campaigns.sending.control import Steering
from dingnb.campaigns.sending.retry import MISSED, retry_times
from dingnb.campaigns.status import Status
from dingnb.clock import seconds
from dingnb.errors.arguments import check_flag
from dingnb.ledger import batches, campaigns, moves, traces
from dingnb.ledger.traces import Trace
from dingnb.messages import Message
from dingnb.messages.serialization import unpack
from dingnb.tables.exports import write_csv, write_excel
from dingnb.tables.headers import canonical_name
from dingnb.tables.row_labels import FIRST, find_row
from dingnb.words import count, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Keep = Hashable | Sequence[Hashable]


class Telling(Steering):
    """
    The results of a campaign, as a part of it.

    Args:
        context: What to send with.
        number: The campaign's number in the ledger.
        name: Its name.
        roster: The rows of its results.
        opening: What is said first, such as that nothing was sent.
        pause_after: After so many failures in a row it pauses; None is never.
        waits: Whether `resume` waits by default.
        starts: Whether it starts to send now.
    """

    def __init__(
        self,
        context: SendContext,
        number: int,
        name: str,
        roster: Roster,
        *,
        opening: str,
        pause_after: int | None,
        waits: bool,
        starts: bool,
    ) -> None:
        super().__init__(context, number, name, opening=opening, pause_after=pause_after, waits=waits, starts=starts)
        self._roster = roster

    @property
    def message(self) -> Message | None:
        """
        The message with its templates, as the campaign's newest plan has it, to look at or to send to others.

        None where the texts are not kept: ``send(store_content=False)``, ``dingnb ledger prune --texts-only``, or a
        dingnb that did not keep templates yet.

        Raises:
            MessageError: It breaks a rule that came later.
        """
        with self._context.ledger.connection() as db:
            packed = campaigns.message_of(db, self._number)
        return unpack(packed) if packed else None

    def results(self, *, keep: Keep = ()) -> pd.DataFrame:
        """
        Return what happened to each person, from the ledger, at any time.

        Args:
            keep: The column, or columns, of the input to carry along, in front; a label that is a tuple goes in a list.

        Returns:
            The rows of the input, in its order and with its index (a campaign found by its name has a row for
            each recipient, in the order in which they were recorded): `userid` (str), `status` (unordered
            categorical), `reached` (boolean: whether the person has the message, by the status; see below), `reason`
            (str), `hint` (str), `code` (str: DingTalk's), `task_id` (Int64), `attempts` (int64: calls that left),
            `evidence` (str: ``result`` where DingTalk's result says so, ``duplicate`` where it says that an earlier
            call did it), `sent_at` and `updated_at` (datetime64[ms, Asia/Shanghai]), `read` (boolean; it stays where
            the message was taken back). Empty is NA. Who was sent to once more has what the last call came to.

            `reached` is True of ``delivered`` and ``read``. It is NA where that is not known, or not yet: of
            ``sending``, ``accepted`` and ``unknown``, and of ``filtered`` where DingTalk dropped a repeat, or does not
            say why, since the person may have the same text from elsewhere. Of all others it is False.

        Raises:
            ColumnError: `keep` names a column that is not there, or one that the results have themselves.
        """
        closed_ns = self._context.now_ns() - seconds(self._context.limits.result_window_s)
        is_sending = self._is_running or self._is_sent_elsewhere()
        roster = self._roster_now()
        with self._context.ledger.connection() as db:
            return results_frame(
                db, self._number, roster, keep=kept_columns(keep), closed_ns=closed_ns, is_sending=is_sending
            )

    @property
    def reach(self) -> Reach:
        """How many it has, as its display counts: people; with ``key=`` messages, and to how many people."""
        return reach_of_roster(self._roster, has_key=bool(self._row().key_columns))

    @property
    def missed(self) -> pd.DataFrame:
        """
        The rows of everybody whom this campaign did not reach, and why.

        As `results`, of the statuses ``rejected``, ``queued``, ``invalid``, ``filtered``, ``failed``, ``cancelled`` and
        ``recalled``; and `retry_at` (datetime64[ms, Asia/Shanghai]): from when on `retry` can send to them, which may
        be past; NaT where something has to be corrected first, as `hint` says, and where no retry is ever made: who was
        ``filtered`` because of the same text on that day (``143106``, ``143206``, or no code; `reached` is NA) has it
        from elsewhere, or may have it. Who may have it from this campaign is in `unknown`.
        """
        return self._missed(())

    @property
    def unknown(self) -> pd.DataFrame:
        """
        The rows of everybody of whom nobody knows whether the message reached them, as `results`.

        That is the status ``unknown``; and ``accepted``, once DingTalk tells no results any more.
        """
        frame = self.results()
        is_over = (frame["status"] == Status.ACCEPTED) & frame["reason"].notna()
        return frame[(frame["status"] == Status.UNKNOWN) | is_over]

    @property
    def unread(self) -> pd.DataFrame:
        """The rows of everybody who has the message, and had not read it when DingTalk was last asked, as `results`."""
        frame = self.results()
        return frame[is_unread(frame)]

    def summary(self) -> pd.DataFrame:
        """
        Return how many people have which status, and the next step.

        Returns:
            One row for each status that somebody has, in the order of the statuses: the index `status` (str),
            `people` (int64; of ``rejected`` it is rows), `share` (float64, from 0 to 1), `todo` (str; empty is NA).
        """
        frame = self.results()
        return summarise(frame, self._of_people(frame))

    def trace(self, label: Hashable = FIRST, *, position: int | None = None) -> Trace:
        """
        Return the calls that went to the person of a row of `results`, and the text; nothing where none did.

        Args:
            label: The row's label in `results`; by default the first row.
            position: Its position instead, from 0; negative ones count from the end.

        Raises:
            InputError: There is no such row, or several rows have the label.
        """
        at = 0 if label is FIRST and position is None else position
        number = int(self._roster.recipient_of_row[find_row(self._roster.frame, label, at)])
        if number < 0:
            return Trace()
        roster = self._roster_now()
        with self._context.ledger.connection() as db:
            return traces.of_person(db, int(roster.batch_of[number]), int(roster.place_of[number]))

    def usual_column(self, kind: str) -> Hashable | None:
        """Return the column of the input that has a usual name for a kind, such as ``name``; None where none has."""
        found = [label for label in self._roster.frame.columns if canonical_name(label) == kind]
        return found[0] if found else None

    def to_excel(self, path: str | os.PathLike[str], *, keep: Keep = ()) -> Path:
        """
        Write the results to an Excel workbook that only you can read, and return its path.

        Ids are text, numbers and dates stay so, and nothing becomes a formula. It is written whole or not at all.

        Args:
            path: Where to; a name without a suffix gets ``.xlsx``.
            keep: Columns of the input to carry along, in front.

        Raises:
            ColumnError: As for `results`.
            FileError: The name ends otherwise, the file is open in another program, or it cannot be written.
        """
        return write_excel(path, self.results(keep=keep))

    def to_csv(self, path: str | os.PathLike[str], *, keep: Keep = ()) -> Path:
        """
        Write the results to a CSV file (UTF-8, as Excel knows it) that only you can read, and return its path.

        Text that a program could take for a formula gets an apostrophe in front. It is written whole or not at all.

        Args:
            path: Where to; a name without a suffix gets ``.csv``.
            keep: Columns of the input to carry along, in front.

        Raises:
            ColumnError: As for `results`.
            FileError: The name ends otherwise, the file is open in another program, or it cannot be written.
        """
        return write_csv(path, self.results(keep=keep))

    def report(self, path: str | os.PathLike[str] | None = None, *, texts: bool = False, keep: Keep = ()) -> Report:
        """
        Return a page to pass on: counts and next steps, what went wrong, and whom it missed.

        It is static: one file without a script, and without anything from a network.

        Args:
            path: Where to write it, as `Report.save`; else nothing is written yet.
            texts: Whether the texts of the messages stand in it.
            keep: Columns of the input to show beside the ids of those who missed it, such as their names.

        Raises:
            ColumnError: As for `results`; `retry_at` is taken as well.
            FileError: As for `Report.save`.
        """
        check_flag("texts", texts)
        check_not_taken(kept_columns(keep), ["retry_at"])
        row, frame = self._row(), self.results()
        people = self._of_people(frame)
        with self._context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
            bodies = batches.bodies(db, self._number) if texts else []
        facts = [
            (say("plan.app"), row.realm.app),
            (say("plan.message"), row.msgtype),
            (say("campaign.state"), say(f"campaign.{self.state}")),
            (say("campaign.begun"), moment_in_words(row.created_ns)),
            (say("campaign.calls"), count("call", calls)),
            *([] if self._roster.is_whole else [(say("report.left_out"), say("report.left_out_unkept"))]),
        ]
        made = make_report(
            title=say("campaign.title", name=row.name),
            mode=row.realm.mode,
            facts=facts,
            summary=summarise(frame, people),
            repeats=count_repeats(people),
            missed=self._missed(keep),
            bodies=bodies,
            as_of=None if frame["updated_at"].isna().all() else frame["updated_at"].max(),
        )
        if path is not None:
            save_report(made, path, "report")
        return made

    def plot(self) -> "Figure":
        """
        Return a picture: how far the campaign came, and how many had read it when.

        It needs matplotlib: ``pip install "dingnb[lab]"``. The time of a read is when dingnb learnt of it by asking.

        Raises:
            MissingPackageError: matplotlib is not installed.
        """
        frame = self.results()
        # As in the report: who was left out of the sending is of the list, too.
        everybody = pd.concat([self._of_people(frame), frame[frame["status"] == Status.REJECTED]])
        return draw(everybody, title=say("campaign.title", name=self._name))

    def _missed(self, keep: Keep) -> pd.DataFrame:
        frame, roster = self.results(keep=keep), self._roster_now()
        positions = np.flatnonzero(frame["status"].isin(list(MISSED))).tolist()
        times = retry_times(self._context, self._number, roster, positions)
        return frame.iloc[positions].assign(retry_at=times)

    def _roster_now(self) -> Roster:
        """Return the roster with everybody where they stand now: who was sent to once more is in another batch."""
        with self._context.ledger.connection() as db:
            return self._roster.followed(moves.followed(db, self._number))

    def _of_people(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row of a results frame for each recipient."""
        numbers = self._roster.recipient_of_row
        sent = np.flatnonzero(numbers >= 0)
        first = np.unique(numbers[sent], return_index=True)[1]
        return frame.iloc[sent[np.sort(first)]]


def is_unread(frame: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return of each row of a results frame whether it has the message, and has not read it as far as is known."""
    return (frame["status"] == Status.DELIVERED).to_numpy() & frame["read"].eq(other=False).fillna(
        value=False
    ).to_numpy(bool)
