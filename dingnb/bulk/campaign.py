"""A campaign: a named, recorded sending of a plan."""

import math
from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from dingnb.bulk.background import Background
from dingnb.bulk.campaign_sheet import campaign_sheet
from dingnb.bulk.line import Line
from dingnb.bulk.resolving import How, resolve
from dingnb.bulk.results import results_frame
from dingnb.bulk.roster import Roster
from dingnb.bulk.sending import PAUSE_AFTER
from dingnb.bulk.status import FINAL, State, Status
from dingnb.bulk.steering import Steering
from dingnb.bulk.watching import Watch
from dingnb.clock import seconds
from dingnb.display import ProgressLine, Sheet
from dingnb.errors import InputError
from dingnb.language import count, say
from dingnb.ledger import batches


class Campaign(Steering):
    """
    A named, recorded sending of a plan. Made by `Plan.send`, or found again by `DingTalk.campaign`.

    Its display shows the state and how many people have which status.

    Args:
        line: What to send with.
        number: The campaign's number in the ledger.
        name: Its name.
        roster: The rows of its results.
        opening: What is said first, such as that nothing was sent.
        pause_after: After so many failures in a row it pauses; None is never.
    """

    def __init__(
        self,
        line: Line,
        number: int,
        name: str,
        roster: Roster,
        *,
        opening: str = "",
        pause_after: int | None = PAUSE_AFTER,
    ) -> None:
        super().__init__(line, number, name, opening=opening, pause_after=pause_after)
        self._roster = roster
        self._watch = Watch(line, number)

    def wait(
        self, until: Literal["known", "read"] = "known", *, share: float = 1.0, timeout_s: float | None = None
    ) -> "Campaign":
        """
        Wait until DingTalk's result of every accepted call is known, or until enough people have read it.

        A person in no list of DingTalk's is not final yet, and is asked for again, less and less often.
        Results answer for 24 hours. Each look at a batch is one call of the month's quota.

        Args:
            until: ``"known"``, or ``"read"``: until `share` of those reached have read it. Whom an earlier call
                reached (evidence ``duplicate``) is not counted: of them no read state can be had.
            share: For ``"read"``: from 0 to 1.
            timeout_s: Return after so many seconds; what is known is kept, and sending goes on.

        Returns:
            The campaign itself.

        Raises:
            InputError: `until`, `share` or `timeout_s` cannot be used.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        if until not in ("known", "read") or not _is_number(share, 1) or not _is_number(timeout_s or 0, math.inf):
            raise InputError(
                say("campaign.bad_wait", until=until, share=share, timeout_s=timeout_s), say("campaign.bad_wait_todo")
            )
        clock = self._line.clock
        until_ns = None if timeout_s is None or math.isinf(timeout_s) else clock.monotonic_ns() + seconds(timeout_s)
        # Also where sending has come to its end: an error of its own has to show once.
        if not self._was_joined:
            self._join(until_ns)
        enough = (lambda: self._share_read() >= share) if until == "read" else (lambda: False)
        watched = FINAL if until == "read" else FINAL | {Status.DELIVERED}
        stop = clock.event()
        work = Background(
            clock, lambda: self._watch.run(watched, enough, stop, until_ns), lambda: self._watch.interrupt(stop)
        )
        line = ProgressLine()
        work.join(lambda: line.show(self._known()), until_ns)
        self._watch.interrupt(stop)
        work.join()
        line.end(self._known())
        return self

    def refresh(self) -> "Campaign":
        """
        Ask DingTalk once for the delivery and read state of everybody who is not final yet, and say what came of it.

        A batch costs one call of the month's quota. Not asked is a batch that was sent or looked at a few seconds
        ago, and one that cannot be ready since others of its age are not.

        Returns:
            The campaign itself.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or did not answer at all; nothing has changed.
        """
        clock, watch = self._line.clock, self._watch
        stop = clock.event()
        Background(clock, lambda: watch.look_once(FINAL, stop), lambda: watch.interrupt(stop)).join()
        if watch.look is not None:
            ProgressLine().end(watch.look.text)
        return self

    def results(self, *, keep: Hashable | Sequence[Hashable] = ()) -> pd.DataFrame:
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
            `read` (boolean). Empty is NA.

        Raises:
            ColumnError: `keep` names a column that is not there, or one that the results have themselves.
        """
        kept = list(keep) if isinstance(keep, list | tuple | pd.Index) else [keep]
        closed_ns = self._line.now_ns() - seconds(self._line.limits.result_window_s)
        is_sending = self._is_running or self._is_sent_elsewhere()
        with self._line.ledger.connection() as db:
            return results_frame(db, self._number, self._roster, keep=kept, closed_ns=closed_ns, is_sending=is_sending)

    def resolve(self, how: How | None = None, *, expect: int | range | None = None) -> "pd.DataFrame | Campaign":
        """
        Decide about people of whom nobody knows whether the message reached them.

        Args:
            how: ``"resend"`` sends to them again, at the risk that some get it twice, and goes on with whom nothing
                was sent to yet; ``"leave"`` lets them stay ``unknown``; ``"delivered"`` notes that they have it,
                because you know. Without it, nothing is done.
            expect: How many people that is; needed where ``"resend"`` is LIVE.

        Returns:
            Without `how` the rows of `results` that are meant; else the campaign itself.

        Raises:
            InputError: `how` is none of these, `expect` differs, nobody is unknown, the campaign is running, or nobody
                can be sent to again under this name: DingTalk accepted the last call to their batch.
            LiveSendError: A live ``"resend"`` without `expect`.
        """
        if self.state is State.RUNNING:
            raise InputError(say("resolve.running"), say("resolve.running_todo"))
        frame = self.results()
        if how is None:
            return frame[frame["status"] == Status.UNKNOWN]
        statuses = self._of_people(frame)["status"]
        unknown, queued = (int((statuses == status).sum()) for status in (Status.UNKNOWN, Status.QUEUED))
        if how == "resend" and unknown:
            unknown = self._count_lost()
            if not unknown:
                raise InputError(say("resolve.apart"), say("resolve.apart_todo"))
        resolve(self._line, self._number, how, unknown=unknown, queued=queued, expect=expect)
        if how == "resend":
            self.resume()
        return self

    def sheet(self) -> Sheet:
        """Return what the campaign shows."""
        row = self._row()
        frame = self.results()
        with self._line.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
        # That nothing was sent stays true; that it goes on does not.
        opening = self._opening if self._background is None or self._is_running else ""
        return campaign_sheet(row, self.state, frame, self._of_people(frame), calls=calls, opening=opening)

    def _known(self) -> str:
        with self._line.ledger.connection() as db:
            known, people = batches.count_known(db, self._number)
        return say("progress.known", n=known, people=count("person", people))

    def _of_people(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row of a results frame for each recipient."""
        numbers = self._roster.recipient_of_row
        sent = np.flatnonzero(numbers >= 0)
        first = np.unique(numbers[sent], return_index=True)[1]
        return frame.iloc[sent[np.sort(first)]]

    def _count_lost(self) -> int:
        """Return how many people can be sent to again."""
        roster = self._roster
        with self._line.ledger.connection() as db:
            lost = batches.lost_places(db, self._number)
        return sum(one in lost for one in zip(roster.batch_of.tolist(), roster.place_of.tolist(), strict=True))

    def _share_read(self) -> float:
        frame = self._of_people(self.results())
        reached = frame["status"].isin([Status.ACCEPTED, Status.DELIVERED, Status.READ]) & (
            frame["evidence"] != "duplicate"
        )
        return float((frame["status"] == Status.READ).sum() / reached.sum()) if reached.any() else 1.0

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and 0 <= value <= most
