"""The internals of a plan that forms need and that are not part of `Plan`'s public interface."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign_names import numbered_names, suggest_name, suggest_name_of_reminder
from dingnb.campaigns.plan_people import DirectoryPerson, PlanPeople
from dingnb.campaigns.planning.batches import Batches, make_sample
from dingnb.campaigns.planning.display import named_row, names_of, plan_sheet
from dingnb.campaigns.planning.send_warnings import SendWarnings, find_send_warnings, is_overdue
from dingnb.campaigns.readable_table import TitledColumn, label_column, readable_table
from dingnb.campaigns.recipient_count import RecipientCount, count_of_batches, counted_rows
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.comparison import digest_of_message, find_kind_mismatch
from dingnb.clock import Clock
from dingnb.display import Sheet
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.campaigns.campaigns import CampaignRow, LastChange
from dingnb.ledger.contacts import directory
from dingnb.ledger.sending import calls
from dingnb.media.references import size_with_media_ids
from dingnb.recipients.addresses import Rejection, usual_column
from dingnb.recipients.column_titles import column_titles, with_column_titles
from dingnb.recipients.department_tree import DepartmentTree
from dingnb.recipients.row_checks import other_names
from dingnb.tables.factorize import BoolArray
from dingnb.tables.row_labels import RowNumbers
from dingnb.words import NOTHING, Text, capitalize, in_form


class PlanView:
    """
    The internals of a plan that forms need.

    Args:
        context: The context of sending.
        batches: The batches.
        key_columns: The columns that distinguish several rows of one person.
        excluded_by: The name of the exclusion list; empty for ids or a DataFrame, None if nobody is excluded.

    Attributes:
        context: The context of sending.
        excluded_by: The name of the exclusion list; empty for ids or a DataFrame, None if nobody is excluded.
    """

    def __init__(
        self, context: SendContext, batches: Batches, key_columns: tuple[str, ...], excluded_by: str | None
    ) -> None:
        self.context = context
        self._batches = batches
        self._key_columns = key_columns
        self.excluded_by = excluded_by
        self._first_note = NOTHING

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self.context.clock

    @cached_property
    def recipient_count(self) -> RecipientCount:
        """The number of recipients as the display counts them: people, or with ``key=`` messages and people."""
        return count_of_batches(self._batches)

    @cached_property
    def rejected_people(self) -> int:
        """The number of people, or messages, whose rows are rejected, as the results count them."""
        batches = self._batches
        if not batches.rejections:
            return 0
        no_places = np.zeros(0, dtype=np.int64)
        persons = RowMap.of_plan(batches, no_places, no_places).person_of_row
        rejected = pd.Series([persons[position] or None for position in batches.rejections], dtype="str")
        return int(counted_rows(rejected, self.recipient_count.unit).sum())

    @property
    def has_excluded_rows(self) -> bool:
        """Whether rows are rejected because their people are excluded."""
        return self._batches.excluded_row_count > 0

    @property
    def has_faulty_rows(self) -> bool:
        """Whether rows are rejected for other reasons than an exclusion."""
        return len(self._batches.rejections) > self._batches.excluded_row_count

    @cached_property
    def people_with_several_messages(self) -> int:
        """The number of people who get more than one message."""
        return sum(messages > 1 for messages in Counter(self._batches.recipients).values())

    @property
    def largest_body_bytes(self) -> int:
        """The size of the largest `msg` in bytes, with the size reserved for media ids; 0 without recipients."""
        reserved = self.context.limits.media_id_bytes
        return max((size_with_media_ids(body, reserved) for body in self._batches.bodies), default=0)

    @property
    def calls_needed(self) -> int:
        """The number of calls for sending and reading the results once, without uploads."""
        return self.calls_for(len(self._batches.body_of_batch))

    def calls_for(self, batches: int) -> int:
        """Return the number of calls for sending a number of batches and reading their results once."""
        return self._batches.channel.calls_per_batch * batches

    @property
    def is_answered_over_stream(self) -> bool:
        """Whether the plan's messages can be answered, and the answers come over Stream."""
        can_be_answered = self._batches.channel.can_be_answered(self._batches.message)
        return can_be_answered and self.context.card_settings.callback != "HTTP"

    def people_within(self, call_count: int) -> int:
        """Return how many people the first `call_count` calls for sending reach; with ``key=``, how many messages."""
        return self._batches.start_of_batch[min(call_count, len(self._batches.body_of_batch))]

    @property
    def min_seconds(self) -> float:
        """The minimum time that sending takes at the current pace, in seconds."""
        limits = self.context.limits
        people = len(self._batches.recipients) + self.context.pace.count_people()
        by_people = max(people - 1, 0) // limits.people_per_minute * 60
        return max(max(len(self._batches.body_of_batch) - 1, 0) / limits.calls_per_second, by_people)

    def rejection(self, position: int) -> Rejection:
        """Return why a row is rejected, by its position from 0."""
        return self._batches.rejections[position]

    @property
    def frame(self) -> pd.DataFrame:
        """The input."""
        return self._batches.frame

    @property
    def row_numbers(self) -> RowNumbers:
        """The row numbers shown in forms: the labels if they are increasing integers, otherwise the positions."""
        return RowNumbers.of(self._batches.frame)

    def first_row(self) -> int | None:
        """Return the position of the first row that is not rejected; None if all are."""
        rows = np.flatnonzero(self._batches.recipient_of_row >= 0)
        return int(rows[0]) if len(rows) else None

    def sends_to(self, position: int) -> bool:
        """Return whether the plan sends to the row at a position, from 0; False if there is no such row."""
        recipients = self._batches.recipient_of_row
        return position < len(recipients) and bool(recipients[position] >= 0)

    def count_recipients(self, is_counted: BoolArray) -> int:
        """Return to how many people the rows with `is_counted` are sent; with a key, how many messages."""
        recipients = self._batches.recipient_of_row[is_counted]
        return len(np.unique(recipients[recipients >= 0]))

    def rows_warned_of(self, key: str) -> list[int]:
        """Return the positions of the rows with a warning that has a text with this key."""
        return [position for position, warning in self._batches.warnings.items() if warning.mentions(key)]

    def warning(self, position: int) -> Text:
        """Return the warning about a row that is sent, by its position."""
        return self._batches.warnings[position]

    @cached_property
    def merged_rows(self) -> list[list[int]]:
        """The positions of rows that share a message with others, one list for each message."""
        rows_of: dict[int, list[int]] = {}
        for position, recipient in enumerate(self._batches.recipient_of_row.tolist()):
            if recipient >= 0:
                rows_of.setdefault(recipient, []).append(position)
        return [positions for positions in rows_of.values() if len(positions) > 1]

    def userid(self, position: int) -> str:
        """Return the userid of a row, by its position; empty if it has none."""
        return self._batches.userids[position]

    def named_rows(self, positions: list[int]) -> list[str]:
        """Return the labels of rows, each with the name of its person."""
        labels = self._batches.frame.index.take(positions).tolist()
        return list(map(named_row, labels, names_of(self._batches, positions)))

    def people(self, max_people: int | None = None) -> list[tuple[str, str]]:
        """
        Return the people to whom the plan sends, in the order of their first rows, each with a name and a userid.

        Args:
            max_people: The maximum number of people; None for all.
        """
        first_row_of: dict[str, int] = {}
        for row in np.flatnonzero(self._batches.recipient_of_row >= 0).tolist():
            if len(first_row_of) == max_people:
                break
            first_row_of.setdefault(self._batches.userids[row], row)
        names = names_of(self._batches, list(first_row_of.values()))
        return list(zip(names, first_row_of, strict=True))

    def directory_people(self, text: str) -> list[DirectoryPerson]:
        """
        Return the people with a name or userid in the directory as it was read last; nobody if the ledger fails.

        Makes no calls.
        """
        realm = self.context.realm
        with suppress(LedgerError), self.context.ledger.connection() as db:
            people = directory.find_people_by_name_or_userid(db, realm, text, self.context.now_ns())
            tree = DepartmentTree(directory.departments(db, realm) if people else ())
            return [
                DirectoryPerson(
                    person.name, person.userid, next((tree[at].name for at in person.departments if at in tree), "")
                )
                for person in people
            ]
        return []

    def other_names(self, people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """
        Return the names in the directory, as it was read last, of people whom the list names differently.

        Makes no calls.

        Args:
            people: The name of each person in the list and the userid, as `people` returns them.
        """
        return other_names(self.context.ledger, self.context.realm, people, self.context.now_ns())

    @cached_property
    def unchecked_names(self) -> int:
        """
        The number of people whose names were not compared, since the directory was not read for them.

        Makes no calls; 0 if the ledger fails.
        """
        named = [userid for name, userid in self.people() if name]
        with suppress(LedgerError), self.context.ledger.connection() as db:
            return len(named) - len(directory.find_names(db, self.context.realm, named, self.context.now_ns()))
        return 0

    @property
    def name_check_calls(self) -> int:
        """The number of calls for a check of all names, including names in rows rejected for another reason."""
        return self._batches.name_check_calls

    @property
    def names_compared(self) -> tuple[int, int]:
        """The numbers of rows whose name a check confirmed, and of rows that it rejected; 0 without a check."""
        return self._batches.agreeing_names, self._batches.rejected_names

    @cached_property
    def plan_people(self) -> PlanPeople:
        """The people of the plan and of the directory, who can be sent a test."""
        return PlanPeople(self.people, self.directory_people, self.other_names)

    def suggested_name(self, *, is_copy: bool = False) -> str:
        """
        Return a suggested campaign name: the first words of the message, and the date in Beijing.

        An example is ``we-move-2026-11-03``. The suggestion stays the same for the same message all day. For a
        reminder, it is the original campaign's name with a suffix. If a campaign with another message or key has the
        name, or for a reminder any campaign, a number is added, unless the ledger cannot be read.

        Args:
            is_copy: Whether the message is sent as another campaign even if one with the same message has the name.
        """
        name = suggest_name(self._batches.message, self.context.now_ns())
        digest, reminded_number = digest_of_message(self._batches.message), self._batches.reminded_campaign
        with suppress(LedgerError), self.context.ledger.connection() as db:
            reminded = None if reminded_number is None else campaigns.get(db, reminded_number)
            name = name if reminded is None else suggest_name_of_reminder(reminded.name)
            is_new = is_copy or reminded is not None
            for candidate in numbered_names(name):
                row = campaigns.find(db, self.context.realm, candidate)
                if row is None or (not is_new and row.message_digest == digest and self._is_same_kind(db, row)):
                    return candidate
        return name

    def can_be_sent_as(self, name: str) -> bool:
        """
        Return whether no campaign of another channel has the name.

        A campaign with another key may have the name: the forecast says what to correct. True if the ledger cannot be
        read: sending checks the name again.
        """
        with suppress(LedgerError), self.context.ledger.connection() as db:
            row = campaigns.find(db, self.context.realm, name)
            return row is None or row.channel == self._batches.channel.name
        return True

    def _is_same_kind(self, db: LedgerSession, campaign: CampaignRow) -> bool:
        reason, _ = find_kind_mismatch(db, self.context, campaign, self._batches, self._key_columns)
        return not reason

    def set_first_note(self, note: Text) -> None:
        """Set the first note of the plan's display, for example that its form shows something else now."""
        self._first_note = note

    def sheet(self) -> Sheet:
        """Return the display of the plan, with current warnings from the ledger."""
        return self.sheet_for(self.send_warnings())

    def send_warnings(self) -> SendWarnings:
        """Return warnings from the ledger: the calls left this month, and people who got the same text today."""
        return find_send_warnings(self.context, self._batches)

    def last_change(self) -> tuple[LastChange, int, bool] | None:
        """
        Return values that differ once the warnings of the plan may have changed.

        Returns:
            The last change of the app's campaigns, the number of calls counted this month, and whether the deadline for
            answers has passed; None if the ledger cannot be read.
        """
        context, is_late = self.context, is_overdue(self.context, self._batches)
        with suppress(LedgerError), context.ledger.connection() as db:
            used = calls.count_used(db, context.realm, context.now_ns())
            return campaigns.last_change(db, context.realm), used, is_late
        return None

    def test_warning(self, sample: Batches, who: str) -> Text:
        """
        Return the warning about the text of a test; empty if there is none.

        The warning says that the person was sent the text today, recalled or not, so that the test may not arrive, or
        that the plan sends the text to the person as well.

        Args:
            sample: The batches of the test.
            who: The person, as the warning names them.
        """
        if not sample.channel.same_text_codes:
            return NOTHING
        warnings = find_send_warnings(self.context, sample)
        if warnings.people_sent_today:
            return Text("test.had_text", userid=who, campaigns=warnings.senders_today)
        if warnings.people_recalled_today:
            return Text("test.recalled", userid=who, campaigns=warnings.recalled_senders)
        [userid], [body] = sample.recipients, sample.bodies
        numbers = (number for number, recipient in enumerate(self._batches.recipients) if recipient == userid)
        is_same = any(self._batches.body_of(number) == body for number in numbers)
        return Text("test.same_text", userid=who) if is_same else NOTHING

    def warning_before_test(self, userid: str, position: int) -> Text:
        """
        Return the warning about a test that was not sent yet; empty if there is none.

        Args:
            userid: Who gets the test.
            position: The position of the row whose message is sent.
        """
        if not self.sends_to(position):
            return NOTHING
        sample = make_sample(self._batches, int(self._batches.recipient_of_row[position]), userid)
        return self.test_warning(sample, self.plan_people.describe(userid))

    def sheet_for(self, send_warnings: SendWarnings | None) -> Sheet:
        """
        Return the display of the plan with the given warnings.

        Args:
            send_warnings: The ledger's warnings; None once the plan's own campaign exists, which would cause them.
        """
        uploads = send_warnings.uploads if send_warnings is not None else 0
        # A call waits for its uploads, so their times add up.
        seconds = self.min_seconds + uploads / self.context.limits.calls_per_second
        sheet = plan_sheet(
            self._batches, send_warnings, self.context.realm, seconds=seconds, excluded_by=self.excluded_by
        )
        return replace(sheet, notes=(self._first_note, *sheet.notes)) if self._first_note else sheet


def problems_table(view: PlanView, positions: list[int]) -> pd.DataFrame:
    """
    Return rejected rows for people: as they are in the list, with what is wrong and what to do.

    Args:
        view: The plan's internals.
        positions: The positions of the rows.
    """
    titles, rejections = column_titles(view.frame), [view.rejection(position) for position in positions]
    rows, name = view.frame.iloc[positions], usual_column(view.frame, "name")

    def texts(title: str, text_of: Callable[[Rejection], Text]) -> TitledColumn:
        shown = [in_form(with_column_titles(titles, text_of(rejection))) for rejection in rejections]
        return TitledColumn(capitalize(Text(title)), shown)

    columns = [titles.get(rejection.column, rejection.column) for rejection in rejections]
    added = [
        TitledColumn(capitalize(Text("plan.column")), columns),
        TitledColumn(capitalize(Text("plan.value")), [rejection.value for rejection in rejections]),
        texts("plan.reason", lambda rejection: rejection.reason),
        texts("report.what_to_do", lambda rejection: rejection.hint),
    ]
    first = [] if name is None else [name]
    return readable_table(rows, titles, label_column(rows.index), added, first)
