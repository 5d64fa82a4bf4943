"""What a campaign tells of its people: frames, at any time, from the ledger."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from dingnb.bulk.line import Line
from dingnb.bulk.results import results_frame
from dingnb.bulk.retrying import MISSED, retry_times
from dingnb.bulk.roster import Roster
from dingnb.bulk.status import Status
from dingnb.bulk.steering import Steering
from dingnb.bulk.summary import summarise
from dingnb.clock import seconds
from dingnb.ledger import moves

Keep = Hashable | Sequence[Hashable]


class Telling(Steering):
    """
    The results of a campaign, as a part of it.

    Args:
        line: What to send with.
        number: The campaign's number in the ledger.
        name: Its name.
        roster: The rows of its results.
        opening: What is said first, such as that nothing was sent.
        pause_after: After so many failures in a row it pauses; None is never.
    """

    def __init__(
        self, line: Line, number: int, name: str, roster: Roster, *, opening: str, pause_after: int | None
    ) -> None:
        super().__init__(line, number, name, opening=opening, pause_after=pause_after)
        self._roster = roster

    def results(self, *, keep: Keep = ()) -> pd.DataFrame:
        """
        Return what happened to each person, from the ledger, at any time.

        Args:
            keep: The column, or columns, of the input to carry along, in front.

        Returns:
            The rows of the input, in its order and with its index (a campaign found by its name has a row for
            each recipient, in the order in which they were recorded): `userid` (str), `status` (ordered
            categorical), `reason` (str), `hint` (str), `code` (str: DingTalk's), `task_id` (Int64), `attempts`
            (int64: calls that left), `evidence` (str: ``result`` where DingTalk's result says so, ``duplicate``
            where it says that an earlier call did it), `sent_at` and `updated_at` (datetime64[ms, Asia/Shanghai]),
            `read` (boolean; it stays where the message was taken back). Empty is NA. Who was sent to once more has
            what the last call came to.

        Raises:
            ColumnError: `keep` names a column that is not there, or one that the results have themselves.
        """
        kept = list(keep) if isinstance(keep, list | tuple | pd.Index) else [keep]
        closed_ns = self._line.now_ns() - seconds(self._line.limits.result_window_s)
        is_sending = self._is_running or self._is_sent_elsewhere()
        roster = self._roster_now()
        with self._line.ledger.connection() as db:
            return results_frame(db, self._number, roster, keep=kept, closed_ns=closed_ns, is_sending=is_sending)

    @property
    def missed(self) -> pd.DataFrame:
        """
        The rows of everybody who does not have the message, and why.

        As `results`, of the statuses ``rejected``, ``queued``, ``invalid``, ``filtered``, ``failed``, ``cancelled`` and
        ``recalled``; and `retry_at` (datetime64[ms, Asia/Shanghai]): from when on `retry` can send to them, which may
        be past; NaT where something has to be mended first, as `hint` says. Who may have it is in `unknown`.
        """
        frame, roster = self.results(), self._roster_now()
        positions = np.flatnonzero(frame["status"].isin(list(MISSED))).tolist()
        times = retry_times(self._line, self._number, roster, positions)
        return frame.iloc[positions].assign(retry_at=times)

    @property
    def unknown(self) -> pd.DataFrame:
        """The rows of everybody of whom nobody knows whether the message reached them, as `results`."""
        frame = self.results()
        return frame[frame["status"] == Status.UNKNOWN]

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

    def _roster_now(self) -> Roster:
        """Return the roster with everybody where they stand now: who was sent to once more is in another batch."""
        with self._line.ledger.connection() as db:
            return self._roster.followed(moves.same_text(db, self._number))

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
