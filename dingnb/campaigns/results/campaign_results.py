"""The recorded results of one campaign: DataFrames, files, a report and a chart, and whether they are complete."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_moment
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.readable_table import TitledColumn, label_column, readable_table
from dingnb.campaigns.recipient_count import RecipientCount, Unit, count_of_row_map, counted_rows, text_key, unit_of
from dingnb.campaigns.report.report import Report, ReportContent, make_report
from dingnb.campaigns.results.answers import (
    Answers,
    append_answers,
    get_poll,
    read_answers,
    readable_answers,
)
from dingnb.campaigns.results.delivery_statistics import (
    DeliveryCounts,
    Funnel,
    ReadTimeline,
    count_elsewhere,
    count_filtered_undetermined,
    count_undelivered,
    funnel_of,
    reads_over_time,
    reports_delivery,
)
from dingnb.campaigns.results.display import (
    NO_NAMES,
    answers_table,
    are_left_unknown,
    campaign_sheet,
    listening_note,
    summarize,
    with_answers,
)
from dingnb.campaigns.results.result_texts import result_columns, status_name, type_name
from dingnb.campaigns.results.results_frame import (
    COLUMNS,
    Render,
    are_missed,
    check_free_names,
    have_elsewhere,
    have_expired,
    have_unknown_task,
    is_read_unknown,
    is_unread,
    kept_columns,
    kept_count,
    render_texts,
    results_frame,
)
from dingnb.campaigns.row_map import NOBODY, RowMap
from dingnb.campaigns.sending.control import (
    SendingControl,
    code_to_find,
    recall_note,
    unit_of_row,
    why_not_resume,
)
from dingnb.campaigns.sending.media_uploads import BAD_MEDIA_ID
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.recall_progress import interrupted_recall
from dingnb.campaigns.sending.retry import NO_RESULTS, counts_pending, forecast_retry, retry_times
from dingnb.campaigns.status import HALTED, NOT_DELIVERED, STATUSES, State, Status
from dingnb.display import Sheet
from dingnb.errors import DingError, IncompleteError, InputError, LedgerError
from dingnb.errors.arguments import check_flag
from dingnb.ledger import LedgerSession, cards, media
from dingnb.ledger import answers as ledger_answers
from dingnb.ledger.campaigns import actions, batches, campaigns, moves, rejected_rows, stored_bodies, unknown_outcomes
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.contacts import directory
from dingnb.ledger.sending.traces import Trace, trace_person
from dingnb.media import Content
from dingnb.recipients.column_titles import with_column_titles
from dingnb.recipients.row_checks import other_names
from dingnb.tables.cells import cells_with_dates
from dingnb.tables.factorize import BoolArray, IntArray
from dingnb.tables.row_labels import FIRST, find_row, index_heading, row_name
from dingnb.tables.row_search import RowFinder
from dingnb.words import NOTHING, Text, capitalize, count, in_form, listed, listed_briefly, say, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dingnb.campaigns.campaign import Campaign

Keep = Hashable | Sequence[Hashable]
"""The columns of the input to add in front of results: a label, or several."""

_SEARCHED_COLUMNS = ("userid", "status", "reason", "hint", "code", "task_id")

_EARLIER_KEYS = {
    moves.EarlierText(is_only=False, is_certain=True): "has_both",
    moves.EarlierText(is_only=False, is_certain=False): "may_have_both",
    moves.EarlierText(is_only=True, is_certain=True): "has_earlier",
    moves.EarlierText(is_only=True, is_certain=False): "may_have_earlier",
}
"""The ends of the keys of texts, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """
    The people to whom DingTalk did not deliver the message of a campaign.

    Attributes:
        missed: The number of people who were sent the message and did not get it, without `people_elsewhere`.
        elsewhere: How many other people have or were sent the same text already, and from where, as text; empty if
            nobody.
        rejected: The number of people, or messages, whose rows were not sent.
        has_faulty_rows: Whether some of these rows were rejected for an error, not because the person was excluded or
            the row is about nobody.
        without_file: The people whose rows were not sent because their file is missing, as text; empty if nobody.
        kept: How many people have or may have an earlier message instead of the message of the last list that includes
            them, as text; empty if nobody.
        people_elsewhere: The number of people of `elsewhere`.
        read_unknown: The number of people who have the message, and for whom DingTalk does not report reads.
        earlier: How many people have or may have an earlier, different message, beside the newest one or because that
            one did not arrive or was recalled, as text; empty if nobody.
        have_two_versions: Whether some of them have or may have both.
    """

    missed: int = 0
    elsewhere: Text = NOTHING
    rejected: int = 0
    has_faulty_rows: bool = False
    without_file: Text = NOTHING
    kept: Text = NOTHING
    people_elsewhere: int = 0
    read_unknown: int = 0
    earlier: Text = NOTHING
    have_two_versions: bool = False


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    The results of a campaign at one time.

    Attributes:
        frame: One row for each row of the input, as `Campaign.results` returns it.
        kept_count: The number of kept columns of the input, which come first; several may have the same label.
        people: One row of the frame for each recipient.
        summary: The number of people by status, as `Campaign.summary` returns it.
        excluded: The positions of the rows that the analyst excluded; they are among the rejected rows.
        has_rejected_rows: Whether rejected rows are included, which earlier versions did not store in the ledger.
        merges_rows: Whether several rows of one recipient may be one row, as in the ledger.
        labels: The labels of rejected rows in the input, by their labels in the frame: integers, and all others as
            text. Empty if the frame has the input's index.
        names: The name of each row in the list; empty if it is missing or too long.
        other_names: The names in the directory, as it was read last, of people who have another name in the list, by
            name in the list and userid.
        two_versions: For rows whose person has or may have an earlier message beside the newest one, what is known of
            that, by position.
    """

    frame: pd.DataFrame
    kept_count: int
    people: pd.DataFrame
    summary: pd.DataFrame
    excluded: frozenset[int]
    has_rejected_rows: bool
    merges_rows: bool
    labels: Mapping[Hashable, int | str]
    names: Sequence[str]
    other_names: Mapping[tuple[str, str], str]
    two_versions: Mapping[int, Text]

    @cached_property
    def funnel(self) -> Funnel:
        """The delivery funnel."""
        counts = {str(status): int(n) for status, n in self.summary["people"].items()}
        people = self.people
        undetermined, elsewhere, undelivered = (
            count_filtered_undetermined(people),
            count_elsewhere(people),
            count_undelivered(people),
        )
        return funnel_of(counts, undetermined, elsewhere, undelivered, has_delivery=reports_delivery(people))

    @property
    def read_unknown(self) -> int:
        """The number of people who have the message, and for whom DingTalk does not report reads."""
        return int(is_read_unknown(self.people).sum())

    def name_of(self, status: str) -> str:
        """Return the name of a status; not “unread” or “filtered” if a more precise name is true of all its people."""
        people = int(self.summary["people"].get(status, 0))
        if status == Status.FILTERED and people and self.funnel.were_all_filtered_sent_before:
            return status_name(status, read=None, evidence="elsewhere")
        return status_name(status, None if people and self.read_unknown == people else False)

    @cached_property
    def reads(self) -> ReadTimeline:
        """The number of readers over time."""
        return reads_over_time(self.people)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of rows by status, for statuses with rows, in the order of the statuses."""
        numbers = np.bincount(self._codes + 1, minlength=len(STATUSES) + 1)[1:].tolist()
        return {str(status): n for status, n in zip(STATUSES, numbers, strict=True) if n}

    def find(self, status: str, text: str) -> "IntArray | None":
        """
        Return the positions of the rows with a status that contain a text.

        Args:
            status: The status; empty for any.
            text: The text, searched in kept columns, names in the list and in the directory, row labels, ids, statuses
                (such as ``delivered``), reasons, hints, codes and `two_versions`; empty for all rows.

        Returns:
            The positions in order; None for all rows.
        """
        if not status and not text:
            return None
        matches = self._codes == STATUSES.index(status) if status else np.ones(len(self.frame), dtype=bool)
        return np.flatnonzero(matches & self.finder.find(text) if text else matches)

    @cached_property
    def finder(self) -> RowFinder:
        """Finds the rows that contain a text."""
        kept = [self.frame.iloc[:, number] for number in range(self.kept_count)]
        if any(self.names):
            kept.append(pd.Series(self.names, dtype="str"))
        if self.other_names:
            kept.append(self.frame["userid"].map({userid: name for (_, userid), name in self.other_names.items()}))
        if self.two_versions:
            known = {position: str(text) for position, text in self.two_versions.items()}
            kept.append(pd.Series([known.get(position, "") for position in range(len(self.frame))], dtype="str"))
        labels = [] if isinstance(self.frame.index, pd.RangeIndex) else [self.frame.index.to_series()]
        return RowFinder([*kept, *labels, *(self.frame[name] for name in _SEARCHED_COLUMNS)])

    @cached_property
    def _codes(self) -> IntArray:
        return cast("IntArray", self.frame["status"].cat.codes.to_numpy(dtype=np.int64))


class CampaignResults:
    """
    Reads the results of one campaign from the ledger.

    Args:
        context: The context of sending.
        number: The campaign's number in the ledger.
        row_map: The rows of the results.
        control: The control of the campaign's sending.

    Attributes:
        row_map: The rows as they were when the campaign was recorded or found.
    """

    def __init__(self, context: SendContext, number: int, row_map: RowMap, control: SendingControl) -> None:
        self._context = context
        self._number = number
        self._control = control
        self.row_map = row_map
        self._names_read_ns = 0
        self._names_in_directory: dict[tuple[str, str], str] = {}

    def frame(self, keep: Keep = (), *, render: Render | None = str) -> pd.DataFrame:
        """Return the frame of `Campaign.results`; `render` renders reasons and hints, None keeps them as `Text`."""
        expired_ns = self._expired_ns()
        with self._context.ledger.connection() as db:
            is_sending = self._control.is_running or self._control.has_other_sender(db)
            return results_frame(
                db,
                self._number,
                self._current_row_map(db),
                keep=kept_columns(keep),
                expired_ns=expired_ns,
                is_sending=is_sending,
                render=render,
            )

    def of_all_lists(self) -> "CampaignResults":
        """
        Return the results of everybody in the campaign, with the rejected rows of its newest list.

        Returns this object itself if it has all of these rows already.
        """
        with self._context.ledger.connection() as db:
            if self._has_all_rows(db):
                return self
            row_map = RowMap.of_ledger(db, self._number, with_fields=True)
        return CampaignResults(self._context, self._number, row_map, self._control)

    @property
    def names_of_all_lists(self) -> Mapping[str, str]:
        """The names of everybody in the campaign by userid, as far as they are known."""
        return {**self.of_all_lists().row_map.names, **self.row_map.names}

    def _has_all_rows(self, db: LedgerSession) -> bool:
        """Return whether the rows are everybody in the campaign, and the rejected rows of its newest list."""
        row_map = self._current_row_map(db).with_earlier_places()
        unsent = (at for at in row_map.rejections if row_map.recipient_of_row[at] < 0)
        newest = Counter(userid or "" for userid in rejected_rows.userids(db, self._number))
        if row_map.has_rejected_rows and Counter(map(row_map.userids.__getitem__, unsent)) != newest:
            return False
        if self._control.row(db).first_batch is not None:
            return True
        cancelled = {row.id for row in batches.of_campaign(db, self._number) if row.status == Status.CANCELLED}
        everybody = RowMap.of_ledger(db, self._number, with_rejected=False).places()
        shown_places = set(row_map.places())
        return all(place in shown_places or place[0] in cancelled for place in everybody)

    @property
    def has_cards(self) -> bool:
        """Whether the campaign's messages are cards that can be answered."""
        with self._context.ledger.connection() as db:
            return cards.poll_of(db, self._number) is not None

    @property
    def are_cards_closed(self) -> bool:
        """Whether the campaign's cards are closed, so that no further answers are accepted."""
        with self._context.ledger.connection() as db:
            return cards.is_closed(db, self._number)

    def require_cards(self) -> None:
        """
        Check that the campaign has cards that can be answered.

        Raises:
            InputError: The campaign has no such cards.
        """
        with self._context.ledger.connection() as db:
            get_poll(db, self._number)

    def answers(self) -> Answers:
        """
        Return the answers to the campaign's cards.

        Raises:
            InputError: The campaign has no cards that can be answered.
        """
        with self._context.ledger.connection() as db:
            has_key = bool(self._control.row(db).key_columns)
            return read_answers(db, self._number, self._current_row_map(db), has_key=has_key)

    def answers_fingerprint(self) -> Hashable:
        """Return a value that changes with each new answer, with the deadline, and when the cards are closed."""
        with self._context.ledger.connection() as db:
            poll = cards.poll_of(db, self._number)
            return None if poll is None else (poll.closed_ns, *ledger_answers.fingerprint(db, poll.root))

    def with_answers(self, keep: Keep = ()) -> pd.DataFrame:
        """
        Return the frame of `Campaign.results` with the columns of answers.

        Raises:
            ColumnError: As for `Campaign.results`.
            InputError: The campaign has no cards that can be answered.
        """
        return append_answers(self.frame(keep), self.answers())

    def export_frame(
        self,
        keep: Keep = (),
        status: str = "",
        text: str = "",
        answers: Mapping[str, str | None] | None = None,
        *,
        readable: bool = False,
        render: Render = str,
    ) -> pd.DataFrame:
        """
        Return what `Campaign.export` writes: the frame of `Campaign.results`, and answers if there are cards.

        Args:
            keep: As for `Campaign.export`, like the following arguments.
            status: The status of the rows.
            text: A text in the rows, as code or as forms show them, so that the code of a form finds the same rows.
            answers: The answers of the rows.
            readable: Whether the file is for people.
            render: Renders reasons and hints: `in_form` names buttons and fields instead of code.

        Raises:
            InputError: As for `Campaign.export`.
        """
        if status and status not in STATUSES:
            raise InputError(Text("export.bad_status", status=status), Text("export.bad_status_todo"))
        # Read once, since results may arrive at any time.
        texts = self.frame(keep, render=None)
        frame = render_texts(texts, self._with_titles(render) if readable else render)
        is_kept = np.ones(len(frame), bool)
        if status or text:
            is_kept[:] = False
            for shown in (frame, render_texts(texts, self._with_titles(in_form))):
                is_kept[self._snapshot_of(shown).find(status, text)] = True
        recorded_answers = self.answers() if answers or self.has_cards else None
        if recorded_answers is not None:
            for question, answer in (answers or {}).items():
                is_kept &= recorded_answers.has(question, answer)
        if readable:
            frame = self._readable(frame, kept_columns(keep), recorded_answers)
        else:
            frame = self._plain(frame, recorded_answers, is_kept)
        return frame if is_kept.all() else frame[is_kept]

    def export_note(self) -> Text:
        """Return which columns of the list a readable export lacks; empty if it has all of them."""
        if not self.row_map.has_all_lists:
            return NOTHING
        has_columns = len(self.row_map.frame.columns) > 1
        return Text("results_form.export_stored" if has_columns else "results_form.export_unstored")

    def _readable(self, frame: pd.DataFrame, kept: Sequence[Hashable], answers: Answers | None) -> pd.DataFrame:
        """Return results, and answers, as forms show them, beside all columns of the list."""
        row_map = self.row_map
        numbers = None
        if row_map.has_input_index:
            numbers = label_column(row_map.frame.index)
        elif row_map.labels:
            numbers = TitledColumn(capitalize(Text("plan.row")), self._row_numbers())
        results = frame.iloc[:, kept_count(frame) :]
        added = result_columns(results, [] if answers is None else readable_answers(answers))
        names_in_directory = self._other_names()
        if names_in_directory:
            names = [names_in_directory.get(person, "") for person in row_map.named_userids]
            added = [TitledColumn(capitalize(Text("directory.other_name")), names), *added]
        # The ledger has the userids of everybody, also of people whom the list identified by mobile number.
        input_frame = row_map.frame.drop(columns="userid") if row_map.has_all_lists else row_map.frame
        if row_map.has_all_lists or row_map.column("userid") is None:
            added.append(TitledColumn(say("results_form.fact_userid"), results["userid"].astype(object).tolist()))
        return readable_table(input_frame, row_map.column_titles(), numbers, added, first=kept)

    def _plain(self, frame: pd.DataFrame, answers: Answers | None, is_kept: BoolArray) -> pd.DataFrame:
        """Return results, and answers, with the columns of their frames, for code."""
        if answers is not None:
            frame = append_answers(frame, answers, for_export=True)
        has_rejected_rows = bool((frame["status"][is_kept] == Status.REJECTED).any())
        index = self.row_map.frame.index
        if self.row_map.has_all_lists and has_rejected_rows and not isinstance(index, pd.MultiIndex):
            heading = str(index_heading(index))
            # Integers beside missing numbers would become floats.
            labels = pd.Index(self._row_numbers(), dtype=object, name=heading, tupleize_cols=False)
            frame = frame.set_axis(labels)
        return frame

    def _row_numbers(self) -> list[Hashable]:
        """Return the row numbers in the list; None if unknown."""
        row_map = self.row_map
        labels: list[Hashable] = row_map.frame.index.tolist()
        return labels if row_map.has_input_index else [row_map.labels.get(label) for label in labels]

    def unanswered(self, keep: Keep = ()) -> pd.DataFrame:
        """Return the frame of `Campaign.unanswered`."""
        return self.frame(keep)[self.answers().is_unanswered]

    @property
    def recipient_count(self) -> RecipientCount:
        """The number of recipients as the display counts them: people, or with ``key=`` messages and people."""
        return count_of_row_map(self.row_map, has_key=bool(self._control.row().key_columns))

    @property
    def attachments(self) -> Mapping[str, Content]:
        """The pictures and files that the campaign's texts refer to, by reference."""
        with self._context.ledger.connection() as db:
            return media.of_campaign(db, self._number) | dict(self._control.contents)

    def trace(self, label: Hashable = FIRST, *, position: int | None = None) -> Trace:
        """
        Return the calls made for the person in a row of `results`, and the text; nothing if there were none.

        Args:
            label: The row's label in `results`; by default the first row.
            position: The row's position instead, from 0; negative positions count from the end.

        Raises:
            InputError: There is no such row, or the label is not unique.
        """
        if label is FIRST and position is None:
            position = 0
        position = find_row(self.row_map.frame, label, position)
        with self._context.ledger.connection() as db:
            row_map = self._current_row_map(db).with_earlier_places()
            number = int(row_map.recipient_of_row[position])
            if number < 0:
                return Trace()
            trace = trace_person(db, int(row_map.batch_of[number]), int(row_map.place_of[number]))
        if trace.content is None:
            return trace
        channel, userid = self._control.channel, row_map.userids[position]
        earlier = tuple(
            message if message.content is None else message._replace(content=channel.body_for(message.content, userid))
            for message in trace.earlier
        )
        return replace(trace, content=channel.body_for(trace.content, userid), earlier=earlier)

    def identifying_columns(self) -> list[Hashable]:
        """Return the columns of the input that name a message in a form: a name, and what distinguishes messages."""
        name = self.row_map.column("name")
        free = [key for key in self._control.row().key_columns if key in self.row_map.frame.columns and key != name]
        return [*([] if name is None else [name]), *(key for key in free if key not in COLUMNS)]

    def report(self, *, texts: bool, keep: Keep) -> Report:
        """Return the page of `Campaign.report`."""
        check_flag("texts", texts)
        check_free_names(kept_columns(keep), ["retry_at"])
        # Read once, since results may arrive at any time.
        row, frame = self._control.row(), self.frame(keep)
        people = self.rows_of_people(frame)
        with self._context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
            bodies = stored_bodies.distinct_bodies(db, self._number) if texts else []
        facts = [
            (say("plan.app"), row.realm.app),
            (say("plan.message"), type_name(row.msgtype)),
            (say("campaign.state"), say(f"campaign.{self._control.state}")),
            (say("campaign.begun"), str(format_moment(row.created_ns))),
            (say("campaign.calls"), str(count("call", calls))),
            *([] if self.row_map.has_rejected_rows else [(say("report.left_out"), say("report.left_out_unkept"))]),
        ]
        missed = self._missed_in(frame)
        missed_people = self._person_of_row()[are_missed(frame).to_numpy()]
        is_somebody = missed_people.ne(NOBODY).fillna(value=True).to_numpy(dtype=bool)
        content = ReportContent(
            title=say("campaign.title", name=row.name),
            mode=row.realm.mode,
            facts=facts,
            summary=self._summarize(frame, people),
            filtered_undetermined=count_filtered_undetermined(people),
            sent_before=Counter(people["reason"][have_elsewhere(people)].tolist()),
            undelivered=count_undelivered(people),
            read_unknown=int(is_read_unknown(people).sum()),
            has_delivery=reports_delivery(people),
            recall_note=self.recall_note(),
            is_closed=self.are_cards_closed,
            missed=missed[is_somebody],
            missed_people=missed_people[is_somebody],
            rows_of_nobody=int((~is_somebody).sum()),
            bodies=list(self._split_shared(bodies)),
            attachments=self.attachments if bodies else {},
            as_of=None if frame["updated_at"].isna().all() else frame["updated_at"].max(),
            answers=answers_table(self.answers()) if self.has_cards else None,
            unit=unit_of_row(row),
        )
        return make_report(content)

    def _split_shared(self, bodies: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        """Yield bodies, each with its number of people; a call with a body for each person yields each of them."""
        for people, body in bodies:
            bodies_of_people = self._control.channel.bodies_in(body)
            yield from ((1, own_body) for own_body in bodies_of_people)
            if not bodies_of_people:
                yield people, body

    def plot(self) -> "Figure":
        """Return the chart of `Campaign.plot`."""
        from dingnb.campaigns.report.chart import AnswersChart, Chart  # noqa: PLC0415 - it imports matplotlib

        title = say("campaign.title", name=self._control.name)
        if self.has_cards:
            answers = self.answers()
            labels = {column: answers.label_of(column) for column in answers.fields}
            return AnswersChart(answers.tally, labels, title=title)
        frame = self.frame()
        # As in the report, rejected rows are included.
        unit, is_rejected = unit_of_row(self._control.row()), (frame["status"] == Status.REJECTED).to_numpy()
        counted = counted_rows(self._person_of_row()[is_rejected], unit)
        everybody = pd.concat([self.rows_of_people(frame), frame[is_rejected][counted]])
        return Chart(everybody, title=title, has_delivery=reports_delivery(everybody), unit=unit)

    def missed(self, keep: Keep = ()) -> tuple[pd.DataFrame, Text]:
        """
        Return the frame of `Campaign.missed`, and a note.

        The note says how many of the listed people are still queued, or that queued people are not sent to because the
        cards are closed; and how many people are not listed: people with unknown outcome, people whose delivery
        DingTalk has not reported yet, and people whose delivery DingTalk no longer reports.
        """
        check_free_names(kept_columns(keep), ["retry_at"])
        frame = self.frame(keep)
        people = self.rows_of_people(frame)
        notes = self._describe_undetermined(people, "missed()")
        if self.are_cards_closed and (people["status"] == Status.QUEUED).any():
            notes[0] = Text("answer.closed_unsent")
        return self._missed_in(frame), sentences(*notes)

    def _describe_undetermined(self, people: pd.DataFrame, method: str) -> list[Text]:
        """Return notes on people who are queued, and on people whose outcome is not known yet or no longer reported."""
        statuses, has_expired = people["status"], have_expired(people)
        is_unreported = (statuses == Status.ACCEPTED) & ~has_expired
        numbers = {
            "queued": int((statuses == Status.QUEUED).sum()),
            "unreported": int(is_unreported.sum()) if self._control.channel.results_api else 0,
            "expired": int(has_expired.sum()),
            "unknown": int((statuses == Status.UNKNOWN).sum()),
        }
        unit = self._control.unit
        return [
            Text(text_key(unit, f"missed.{kind}"), people=count(unit, n), call=method)
            for kind, n in numbers.items()
            if n
        ]

    def _missed_in(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a frame of results that `Campaign.missed` lists, with the column `retry_at`."""
        with self._context.ledger.connection() as db:
            # A retry sends to people whose row the newest plan rejects as well.
            row_map = self._current_row_map(db).with_earlier_places()
        positions = np.flatnonzero(are_missed(frame)).tolist()
        times = retry_times(self._context, self._number, row_map, positions)
        return frame.iloc[positions].assign(retry_at=times)

    def _person_of_row(self) -> "pd.Series[str]":
        """Return the person of each row; NA if the row has no userid."""
        return pd.Series([person or None for person in self.row_map.person_of_row], dtype="str")

    def _current_row_map(self, db: LedgerSession) -> RowMap:
        """Return the row map with current places: people who were sent to again are in another batch."""
        return self.row_map.with_moves(moves.current_places(db, self._number))

    def unknown(self, *, render: Render | None = str) -> pd.DataFrame:
        """Return the rows with unknown outcome: ``unknown``, and ``accepted`` if the results have expired."""
        frame = self.frame(render=render)
        return frame[(frame["status"] == Status.UNKNOWN) | have_expired(frame)]

    def unread(self, keep: Keep = ()) -> tuple[pd.DataFrame, Text]:
        """Return the frame of `Campaign.unread`, and a note on what is not known."""
        frame = self.frame(keep)
        unread = frame[is_unread(frame)]
        if not self._control.channel.results_api:
            return unread, sentences(Text("unread.cards"), Text("unread.cards_todo") if self.has_cards else NOTHING)
        notes = self._describe_undetermined(self.rows_of_people(frame), "unread()")
        return unread, sentences(*notes, self.unread_note(frame, unread))

    def unread_note(self, frame: pd.DataFrame, unread: pd.DataFrame) -> Text:
        """
        Return a note on how many other people may not have read the text, and how many unread rows may have been read.

        Empty if there are no such people or rows.
        """
        had_before = frame["userid"][have_elsewhere(frame)].nunique()
        stale = int((unread["sent_at"] <= pd.Timestamp(self._expired_ns(), tz="UTC")).sum())
        return sentences(
            Text("unread.had_before", people=count("person", had_before)) if had_before else NOTHING,
            Text("remind.stale", rows=count("row", stale)) if stale else NOTHING,
        )

    @staticmethod
    def unchecked_note(
        frame: pd.DataFrame, is_reminded: BoolArray, left_out: Sequence[int], unread_tasks: Mapping[str, Text]
    ) -> Text:
        """
        Return a note on people whose results could not be read before a reminder; empty if there are none.

        Args:
            frame: The results.
            is_reminded: Whether each row is reminded.
            left_out: The positions of rows that are not reminded in any case.
            unread_tasks: Why the results of tasks could not be read, by receipt, beside tasks that DingTalk does not
                know according to the ledger.
        """
        why_of = dict.fromkeys(frame.loc[have_unknown_task(frame), "task_id"].tolist(), Text("refresh.why_unknown"))
        why_of |= {int(receipt): why for receipt, why in unread_tasks.items()}
        notes = []
        is_accepted = (frame["status"] == Status.ACCEPTED).to_numpy(copy=True)
        is_accepted[left_out] = False
        for key, is_counted in (("accepted", is_accepted), ("reads", is_reminded)):
            rows = frame[is_counted & frame["task_id"].isin(list(why_of)).to_numpy()]
            if rows.empty:
                continue
            fields = {
                "people": count("person", rows["userid"].nunique()),
                "why": listed(list(dict.fromkeys(why_of[task] for task in rows["task_id"].unique().tolist()))),
            }
            if key == "reads":
                fields["time"] = format_moment(rows["updated_at"].min().value)
            notes.append(Text(f"remind.unchecked_{key}", **fields))
        return sentences(*notes)

    def summary(self) -> pd.DataFrame:
        """Return the frame of `Campaign.summary`."""
        frame = self.frame()
        return self._summarize(frame, self.rows_of_people(frame))

    def _summarize(self, frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
        is_decided = bool(people["status"].eq(Status.UNKNOWN).any()) and are_left_unknown(
            self.rows_of_people(self.frame(render=None))
        )
        return summarize(
            frame,
            people,
            unit=unit_of_row(self._control.row()),
            excluded_row_count=len(self._find_excluded(frame)),
            person_of_row=self.row_map.person_of_row,
            expired_ns=self._expired_ns(),
            needs_texts=self._needs_texts(),
            recall_note=self.recall_note(),
            is_decided=is_decided,
            is_closed=self.are_cards_closed,
        )

    def recall_note(self) -> Text:
        """Return the campaign's `control.recall_note`."""
        with self._context.ledger.connection() as db:
            return recall_note(db, self._number)

    def _needs_texts(self) -> bool:
        """Return whether retries are impossible only because the texts were not kept."""
        with self._context.ledger.connection() as db:
            return forecast_retry(db, self._context, self._number).needs_texts

    def _find_excluded(self, frame: pd.DataFrame) -> list[int]:
        """Return the positions of the rows that the analyst excluded before anything was sent to them."""
        excluded = self.row_map.excluded
        is_rejected = (frame["status"].iloc[excluded] == Status.REJECTED).tolist()
        return [position for position, is_row_rejected in zip(excluded, is_rejected, strict=True) if is_row_rejected]

    def snapshot(self, keep: Keep = ()) -> Snapshot:
        """
        Return the current results and counts, with texts for forms and the headings of the list.

        Args:
            keep: The columns of the input to add.

        Raises:
            ColumnError: As for `Campaign.results`.
        """
        return self._snapshot_of(self.frame(keep, render=self._with_titles(in_form)))

    def _snapshot_of(self, frame: pd.DataFrame) -> Snapshot:
        # Without copying the cells; columns are replaced in the copy only.
        frame, kept = frame.copy(deep=False), kept_count(frame)
        for at in range(kept):
            column = frame.iloc[:, at]
            if column.dtype.kind == "M" or column.dtype == object:
                frame.isetitem(at, pd.array(cells_with_dates(column), dtype=object))
        people = self.rows_of_people(frame)
        row_map = self.row_map
        return Snapshot(
            frame,
            kept,
            people,
            self._summarize(frame, people),
            excluded=frozenset(self._find_excluded(frame)),
            has_rejected_rows=row_map.has_rejected_rows,
            merges_rows=row_map.merges_rows,
            labels=row_map.labels,
            names=[name for name, _ in row_map.named_userids],
            other_names=self._other_names(),
            two_versions=self._two_versions(),
        )

    def _two_versions(self) -> dict[int, Text]:
        """Return `Snapshot.two_versions`."""
        with self._context.ledger.connection() as db:
            found = moves.places_with_earlier_text(db, self._number)
            row_map = self._current_row_map(db).with_earlier_places() if found else self.row_map
        return {
            position: Text(f"results_form.{key}")
            for earlier, key in _EARLIER_KEYS.items()
            if not earlier.is_only and (places := {place for place, of_place in found.items() if of_place == earlier})
            for position in np.flatnonzero(row_map.is_at(places)).tolist()
        }

    def _other_names(self) -> dict[tuple[str, str], str]:
        """Return the directory's names of people who have another name in the list, by the list's name and userid."""
        context = self._context
        read_ns = 0
        with suppress(LedgerError), context.ledger.connection() as db:
            read_ns = directory.last_read_ns(db, context.realm)
        if read_ns != self._names_read_ns:
            # Finding the names of many people takes a while, and the result changes only with the directory.
            named = self.row_map.named_userids
            self._names_read_ns = read_ns
            self._names_in_directory = other_names(context.ledger, context.realm, named, context.now_ns())
        return self._names_in_directory

    def _with_titles(self, render: Render) -> Render:
        """Return a renderer that calls columns as the list does."""
        titles = self.row_map.column_titles()
        return lambda text: render(with_column_titles(titles, text))

    def sheet_of_form(self) -> Sheet:
        """Return the display of the campaign for forms: with the names of people and the headings of the list."""
        both_names = {
            userid: say("directory.named_in_list", name=name, listed=name_in_list)
            for (name_in_list, userid), name in self._other_names().items()
        }
        sheet = self._sheet(self.row_map.names | both_names, self.row_map.names_without_userid)
        titles = self.row_map.column_titles()
        tables = (
            replace(table, rows=[tuple(with_column_titles(titles, cell) for cell in row) for row in table.rows])
            for table in sheet.tables
        )
        return replace(sheet, tables=tuple(tables))

    def sheet(self) -> Sheet:
        """Return the display of the campaign."""
        return self._sheet(NO_NAMES, {})

    def _sheet(self, names: Mapping[str, str], row_names: dict[Hashable, str]) -> Sheet:
        control, context = self._control, self._context
        row, frame = control.row(), self.frame(render=None)
        with context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
            history = actions.of_campaign(db, self._number)
            not_resumed = why_not_resume(db, self._number)
            recall = interrupted_recall(db, self._number, control.channel, context.limits, context.now_ns())
        if not context.ledger.is_shared and len({action.done_by for action in history}) == 1:
            # If only one person uses the ledger, the history says nothing new.
            history = []
        state, progress, people = control.state, control.progress, self.rows_of_people(frame)
        opening = sentences(control.note, self.opening, self._other_people(row, progress, people))
        reason = (
            progress.wait_text if state is State.RUNNING else sentences(control.halt_reason, recall.reason, recall.hint)
        )
        sheet = campaign_sheet(
            row,
            state,
            frame,
            people,
            calls=calls,
            opening=opening,
            reason=reason,
            history=history,
            excluded=self._find_excluded(frame),
            labels=self.row_map.labels,
            names=names,
            row_names=row_names | self.row_map.names_of_doubtful_rows,
            person_of_row=self.row_map.person_of_row,
            expired_ns=self._expired_ns(),
            needs_texts=self._needs_texts(),
            recall_note=self.recall_note(),
            is_closed=self.are_cards_closed,
            why_not_resume=not_resumed,
        )
        kept = _describe_kept(people, self._control.unit)
        if kept:
            sheet = replace(sheet, facts=(*sheet.facts, (Text("campaign.kept"), kept)))
        earlier = self._describe_earlier(self._count_earlier())
        if earlier:
            sheet = replace(sheet, facts=(*sheet.facts, (Text("campaign.earlier"), earlier)))
        if not self.has_cards:
            return sheet
        answers = self.answers()
        return with_answers(sheet, answers, listening_note(answers, self._context.listener))

    def _other_people(self, row: CampaignRow, progress: Progress, people: pd.DataFrame) -> Text:
        """Return as text how many people of other plans the progress counts but the display omits; empty if none."""
        shown_people = int((people["status"] != Status.CANCELLED).sum())
        if progress.people <= shown_people:
            return NOTHING
        others = count(unit_of_row(row), progress.people - shown_people)
        name = literal(row.name)
        return Text("campaign.other_people", people=others, name=name)

    def delivery_counts(self) -> DeliveryCounts:
        """Return the counts of deliveries and reads."""
        has_delivery = bool(self._control.channel.results_api)
        with self._context.ledger.connection() as db:
            unit = unit_of_row(self._control.row(db))
            return DeliveryCounts.of_ledger(db, self._number, unit, has_delivery=has_delivery)

    def count_pending(self) -> int:
        """Return the number of people whose calls were accepted and whose results are still to come; of cards, 0."""
        if not self._control.channel.results_api:
            return 0
        frame = self.rows_of_people(self.frame())
        return int(((frame["status"] == Status.ACCEPTED) & frame["reason"].isna()).sum())

    def count_uncheckable(self) -> int:
        """Return the number of people whose calls were accepted and whose delivery DingTalk no longer reports."""
        return int(have_expired(self.rows_of_people(self.frame())).sum())

    @property
    def opening(self) -> Text:
        """What the display says about the last action, as far as it is still true; may be empty."""
        control = self._control
        opening = control.opening
        # An opening that nothing was sent stays true; an opening that sending continues does not.
        if control.is_started and not control.is_running:
            return NOTHING
        if opening.mentions(NO_RESULTS) and not counts_pending(opening, self.count_pending(), control.unit):
            return NOTHING
        return opening

    def undelivered(self) -> Undelivered:
        """Return how many people this campaign did not deliver the message to, and how many of them have it anyway."""
        frame, unit = self.frame(render=None), self._control.unit
        people, earlier = self.rows_of_people(frame), self._count_earlier()
        not_delivered = people[people["status"].isin(list(NOT_DELIVERED))]
        elsewhere = not_delivered[have_elsewhere(not_delivered)]
        is_rejected = (frame["status"] == Status.REJECTED).to_numpy()
        rejected = int(counted_rows(self._person_of_row()[is_rejected], unit).sum())
        rejections = self.row_map.rejections
        # A row of somebody whom an earlier list included has the status of the message.
        faulty = [
            at
            for at, rejection in rejections.items()
            if is_rejected[at] and not (rejection.is_exclusion or rejection.is_about_nobody)
        ]
        return Undelivered(
            len(not_delivered) - len(elsewhere),
            _describe_elsewhere(elsewhere, unit),
            rejected,
            has_faulty_rows=bool(faulty),
            without_file=self._describe_without_file([at for at in faulty if rejections[at].lacks_file]),
            kept=_describe_kept(people, unit),
            people_elsewhere=len(elsewhere),
            read_unknown=int(is_read_unknown(people).sum()),
            earlier=self._describe_earlier(earlier),
            have_two_versions=any(not kind.is_only for kind in earlier),
        )

    def _count_earlier(self) -> Counter[moves.EarlierText]:
        """Return how many people have or may have an earlier message, beside their newest one or alone."""
        with self._context.ledger.connection() as db:
            found = moves.places_with_earlier_text(db, self._number)
            if not found:
                return Counter()
            places = set(self._current_row_map(db).with_earlier_places().places())
        return Counter(earlier for place, earlier in found.items() if place in places)

    def _describe_earlier(self, counts: Counter[moves.EarlierText]) -> Text:
        """Return the counts of `_count_earlier` as text; empty if nobody."""
        unit = self._control.unit
        texts = [
            Text(f"campaign.{key}", people=count(unit, counts[earlier]))
            for earlier, key in _EARLIER_KEYS.items()
            if counts[earlier]
        ]
        return listed(texts) if texts else NOTHING

    def _describe_without_file(self, positions: Sequence[int]) -> Text:
        """Return whose rows were not sent because their file is missing; empty if there are no such rows."""
        if not positions:
            return NOTHING
        named, index = self.row_map.named_userids, self.row_map.frame.index
        # A person may have several rows, and several people one name.
        people = dict.fromkeys(named[at] if any(named[at]) else (row_name(index, index[at]), "") for at in positions)
        who = [name or userid for name, userid in people]
        return Text("run.without_file", who=listed_briefly(who, "person"))

    def count_resendable(self) -> int:
        """Return the number of people with unknown outcome who can be sent to again; 0 once the cards are closed."""
        with self._context.ledger.connection() as db:
            if cards.is_closed(db, self._number):
                return 0
            # Sending again includes people whose row the newest plan rejects.
            row_map = self._current_row_map(db).with_earlier_places()
            resendable = unknown_outcomes.resendable_places(db, self._number)
        return len(resendable.intersection(row_map.places()))

    def places_of_plan(self) -> "frozenset[moves.BatchPlace] | None":
        """Return the current places of the people in the rows of one plan; None if all lists are shown."""
        if self.row_map.has_all_lists:
            return None
        with self._context.ledger.connection() as db:
            return frozenset(self._current_row_map(db).with_earlier_places().places())

    def count_unknown_of_other_plans(self) -> int:
        """Return the number of people with unknown outcome who are not in the newest plan; 0 if all lists are shown."""
        places = self.places_of_plan()
        if places is None:
            return 0
        with self._context.ledger.connection() as db:
            unknown = unknown_outcomes.places(db, self._number) - moves.moved_places(db, self._number)
        return len(unknown - places)

    def rows_of_removed_people(self) -> list[int]:
        """Return the positions of the rows of people whom a later plan excludes or has removed from the campaign."""
        with self._context.ledger.connection() as db:
            row_map = self._current_row_map(db).with_earlier_places()
            removed = batches.absent_places(db, self._number)
        places = row_map.places()
        numbers = row_map.recipient_of_row.tolist()
        return [at for at, number in enumerate(numbers) if number >= 0 and places[number] in removed]

    def count_queued(self) -> int:
        """Return the number of people of all lists who were not sent to yet."""
        with self._context.ledger.connection() as db:
            return batches.count_queued(db, self._number, with_repeats=False)

    def rows_of_people(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return one row of a results frame for each recipient, including recipients of an earlier plan."""
        row_map = self.row_map.with_earlier_places()
        numbers = row_map.recipient_of_row
        is_unsent = np.zeros(len(frame), dtype=bool)
        is_unsent[list(row_map.earlier_places)] = (
            frame["status"].iloc[list(row_map.earlier_places)] == Status.REJECTED
        ).to_numpy()
        positions = np.flatnonzero((numbers >= 0) & ~is_unsent)
        first = np.unique(numbers[positions], return_index=True)[1]
        return frame.iloc[positions[np.sort(first)]]

    def find_incompleteness(
        self, campaign: "Campaign", results_error: DingError | None = None
    ) -> IncompleteError | None:
        """
        Return why a campaign that is not being sent is incomplete; None if the campaign is complete.

        A campaign is incomplete if it was paused, stopped or interrupted, or the quota was used up, before everything
        was sent; if outcomes are still unknown; or if the results could not be read.

        Args:
            campaign: The campaign, for the error.
            results_error: Why the results could not be read; None if they were read, or not requested.
        """
        control, state = self._control, self._control.state
        run_code = code_to_find(control.name)
        with self._context.ledger.connection() as db:
            row = campaigns.get(db, self._number)
            undecided = unknown_outcomes.count_undecided(db, self._number)
            has_lost_media = unknown_outcomes.has_code(db, self._number, BAD_MEDIA_ID)
            not_resumed = why_not_resume(db, self._number)
        if state in HALTED:
            is_by_person = row is not None and row.by_person
            reason = control.halt_reason or Text(f"incomplete.{state}")
            if row is not None and row.hint.key == "campaign.stopped_todo":
                # The recorded hint says the same as the advice of this error, but not how to find the campaign.
                reason = row.reason
            key = "resume_by_person" if is_by_person else "resume"
            # The reason says what to do first: restore a file, or pass a figure again.
            todo = Text(f"incomplete.{'media' if reason.mentions('campaign.media_missing') else key}", found=run_code)
            todo = not_resumed or todo
        elif state is State.FINISHED and undecided:
            unit = unit_of(has_key=row is not None and bool(row.key_columns))
            why = Text("incomplete.media_gone") if has_lost_media else NOTHING
            # With an idempotency key, a repeat is always possible, but only some answers show the first call's outcome.
            key = "unknown_keyed" if control.channel.has_idempotency_keys else "unknown"
            reason = sentences(Text(text_key(unit, f"incomplete.{key}"), people=count(unit, undecided)), why)
            todo = Text("incomplete.resolve", found=run_code)
        elif results_error is not None:
            reason = Text("incomplete.unread", reason=results_error.text)
            todo = sentences(results_error.advice, Text("incomplete.read", found=run_code))
        else:
            return None
        what = Text("incomplete.what", name=control.name, progress=control.progress.counts_text)
        return IncompleteError(
            sentences(what, reason),
            todo,
            campaign=campaign,
            state=state,
            counts=self._count_by_status(state),
            reason=reason,
        )

    def _count_by_status(self, state: State) -> dict[str, int]:
        """Return the number of people, or messages, of the campaign by status."""
        expired_ns = self._expired_ns()
        with self._context.ledger.connection() as db:
            row_map = RowMap.of_ledger(db, self._number, with_rejected=False)
            frame = results_frame(db, self._number, row_map, expired_ns=expired_ns, is_sending=state is State.RUNNING)
        counts = frame["status"].value_counts()
        return {str(status): int(people) for status, people in counts.items() if people}

    def _expired_ns(self) -> int:
        """Return the time of sending up to which the results of messages have expired."""
        return self._context.now_ns() - self._control.channel.results_window_ns(self._context.limits)


def _describe_kept(people: pd.DataFrame, unit: Unit) -> Text:
    """Return how many of some people keep an earlier message; empty if nobody does. Their hints must be `Text`."""
    kept = sum(hint.mentions("result.kept_text") for hint in people["hint"].dropna())
    return Text("campaign.kept_earlier", people=count(unit, kept)) if kept else NOTHING


def _describe_elsewhere(elsewhere: pd.DataFrame, unit: Unit) -> Text:
    """
    Return how many people have or were sent the text elsewhere, by their rows; empty without rows.

    The reasons of the rows must be `Text`.
    """
    if elsewhere.empty:
        return NOTHING
    names = {str(dict(reason.fields)["campaign"]) for reason in elsewhere["reason"]}
    source = Text("elsewhere.campaigns")
    if all(map(is_test, names)):
        source = Text("elsewhere.test")
    elif len(names) == 1:
        source = Text("elsewhere.campaign", campaign=names.pop())
    key = "elsewhere.had" if elsewhere["reached"].notna().all() else "elsewhere.sent"
    return Text(key, people=count(unit, len(elsewhere)), source=source)
