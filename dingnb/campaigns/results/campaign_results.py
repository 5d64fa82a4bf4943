"""The recorded results of one campaign: DataFrames, files, a report and a chart."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import format_moment
from dingnb.campaigns.recipient_count import RecipientCount, count_of_row_map
from dingnb.campaigns.report.funnel import count_repeats
from dingnb.campaigns.report.plotting import draw
from dingnb.campaigns.report.report import Report, make_report
from dingnb.campaigns.results.delivery_counts import DeliveryCounts
from dingnb.campaigns.results.display import campaign_sheet, summarise
from dingnb.campaigns.results.frames import Render, check_not_taken, kept_columns, results_frame
from dingnb.campaigns.results.snapshot import Snapshot
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.control import SendingControl
from dingnb.campaigns.sending.retry import MISSED, retry_times
from dingnb.campaigns.status import Status
from dingnb.clock import seconds
from dingnb.display import Sheet
from dingnb.errors.arguments import check_flag
from dingnb.ledger import attempts, batches, media, moves
from dingnb.ledger.attempts import Trace
from dingnb.media import Content
from dingnb.tables.headers import canonical_name
from dingnb.tables.row_labels import FIRST, find_row
from dingnb.words import NOTHING, count, in_form, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Keep = Hashable | Sequence[Hashable]


class CampaignResults:
    """
    Reads the results of one campaign from the ledger.

    Args:
        context: The context of sending.
        number: The campaign's number in the ledger.
        row_map: The rows of the results.
        control: The control of its sending.

    Attributes:
        row_map: As above, from when the campaign was recorded or found.
    """

    def __init__(self, context: SendContext, number: int, row_map: RowMap, control: SendingControl) -> None:
        self._context = context
        self._number = number
        self._control = control
        self.row_map = row_map

    def frame(self, keep: Keep = (), *, render: Render | None = str) -> pd.DataFrame:
        """Return the frame of `Campaign.results`; `render` renders reasons and hints, None keeps them as `Text`."""
        closed_ns = self._context.now_ns() - seconds(self._context.limits.result_window_s)
        is_sending = self._control.is_running or self._control.is_sent_by_others()
        row_map = self._current_row_map()
        with self._context.ledger.connection() as db:
            return results_frame(
                db,
                self._number,
                row_map,
                keep=kept_columns(keep),
                closed_ns=closed_ns,
                is_sending=is_sending,
                render=render,
            )

    @property
    def recipient_count(self) -> RecipientCount:
        """The number of recipients as the display counts them: people, or with ``key=`` messages and people."""
        return count_of_row_map(self.row_map, has_key=bool(self._control.row().key_columns))

    @property
    def attachments(self) -> Mapping[str, Content]:
        """The pictures and files that its texts refer to, by reference."""
        with self._context.ledger.connection() as db:
            return media.of_campaign(db, self._number) | dict(self._control.contents)

    def trace(self, label: Hashable = FIRST, *, position: int | None = None) -> Trace:
        """
        Return the calls made for the person in a row of `results`, and the text; nothing if there were none.

        Args:
            label: The row's label in `results`; by default the first row.
            position: Its position instead, from 0; negative positions count from the end.

        Raises:
            InputError: There is no such row, or the label is not unique.
        """
        at = 0 if label is FIRST and position is None else position
        number = int(self.row_map.recipient_of_row[find_row(self.row_map.frame, label, at)])
        if number < 0:
            return Trace()
        row_map = self._current_row_map()
        with self._context.ledger.connection() as db:
            return attempts.of_person(db, int(row_map.batch_of[number]), int(row_map.place_of[number]))

    def usual_column(self, kind: str) -> Hashable | None:
        """Return the column of the input with a usual name for a kind, such as ``name``; None if there is none."""
        found = [label for label in self.row_map.frame.columns if canonical_name(label) == kind]
        return found[0] if found else None

    def report(self, *, texts: bool, keep: Keep) -> Report:
        """Return the page of `Campaign.report`."""
        check_flag("texts", texts)
        check_not_taken(kept_columns(keep), ["retry_at"])
        row, frame = self._control.row(), self.frame()
        people = self.of_people(frame)
        with self._context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
            bodies = batches.bodies(db, self._number) if texts else []
        facts = [
            (say("plan.app"), row.realm.app),
            (say("plan.message"), row.msgtype),
            (say("campaign.state"), say(f"campaign.{self._control.state}")),
            (say("campaign.begun"), str(format_moment(row.created_ns))),
            (say("campaign.calls"), str(count("call", calls))),
            *([] if self.row_map.has_rejected_rows else [(say("report.left_out"), say("report.left_out_unkept"))]),
        ]
        return make_report(
            title=say("campaign.title", name=row.name),
            mode=row.realm.mode,
            facts=facts,
            summary=summarise(frame, people),
            repeats=count_repeats(people),
            missed=self.missed(keep),
            bodies=bodies,
            attachments=self.attachments if bodies else {},
            as_of=None if frame["updated_at"].isna().all() else frame["updated_at"].max(),
        )

    def plot(self) -> "Figure":
        """Return the chart of `Campaign.plot`."""
        frame = self.frame()
        # As in the report, rejected rows are included.
        everybody = pd.concat([self.of_people(frame), frame[frame["status"] == Status.REJECTED]])
        return draw(everybody, title=say("campaign.title", name=self._control.name))

    def missed(self, keep: Keep = ()) -> pd.DataFrame:
        """Return the frame of `Campaign.missed`."""
        frame, row_map = self.frame(keep), self._current_row_map()
        positions = np.flatnonzero(frame["status"].isin(list(MISSED))).tolist()
        times = retry_times(self._context, self._number, row_map, positions)
        return frame.iloc[positions].assign(retry_at=times)

    def _current_row_map(self) -> RowMap:
        """Return the row map with current places: people who were sent to again are in another batch."""
        with self._context.ledger.connection() as db:
            return self.row_map.with_moves(moves.current_places(db, self._number))

    def unknown(self) -> pd.DataFrame:
        """Return the rows with unknown outcome: `unknown`, and `accepted` after results have expired."""
        frame = self.frame()
        is_over = (frame["status"] == Status.ACCEPTED) & frame["reason"].notna()
        return frame[(frame["status"] == Status.UNKNOWN) | is_over]

    def unread(self) -> pd.DataFrame:
        """Return the frame of `Campaign.unread`."""
        frame = self.frame()
        return frame[is_unread(frame)]

    def summary(self) -> pd.DataFrame:
        """Return the frame of `Campaign.summary`."""
        frame = self.frame()
        return summarise(frame, self.of_people(frame))

    def snapshot(self, keep: Keep = ()) -> Snapshot:
        """
        Return the current results and counts, with texts for forms.

        Raises:
            ColumnError: As for `Campaign.results`.
        """
        kept = kept_columns(keep)
        frame = self.frame(kept, render=in_form)
        people = self.of_people(frame)
        return Snapshot(frame, tuple(kept), people, summarise(frame, people), self.row_map.has_rejected_rows)

    def sheet(self) -> Sheet:
        """Return the display of the campaign."""
        control = self._control
        row, frame = control.row(), self.frame(render=None)
        with self._context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
        # An opening that nothing was sent stays true; one that sending continues does not.
        opening = control.opening if not control.is_started or control.is_running else NOTHING
        return campaign_sheet(
            row, control.state, frame, self.of_people(frame), calls=calls, opening=opening, reason=control.why
        )

    def delivery_counts(self) -> DeliveryCounts:
        """Return the counts of deliveries and reads."""
        unit = self._control.unit
        with self._context.ledger.connection() as db:
            return DeliveryCounts.of(db, self._number, unit)

    def count_pending(self) -> int:
        """Return the number of people whose calls were accepted and whose results are still to come."""
        frame = self.of_people(self.frame())
        return int(((frame["status"] == Status.ACCEPTED) & frame["reason"].isna()).sum())

    def count_lost(self) -> int:
        """Return the number of people with unknown outcome who can be sent to again."""
        row_map = self.row_map
        with self._context.ledger.connection() as db:
            lost = batches.lost_places(db, self._number)
        return sum(one in lost for one in zip(row_map.batch_of.tolist(), row_map.place_of.tolist(), strict=True))

    def of_people(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row of a results frame for each recipient."""
        numbers = self.row_map.recipient_of_row
        sent = np.flatnonzero(numbers >= 0)
        first = np.unique(numbers[sent], return_index=True)[1]
        return frame.iloc[sent[np.sort(first)]]


def is_unread(frame: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return whether each row of a results frame has the message and is not known to have read it."""
    return (frame["status"] == Status.DELIVERED).to_numpy() & frame["read"].eq(other=False).fillna(
        value=False
    ).to_numpy(bool)
