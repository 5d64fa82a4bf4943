"""A plan: checked recipients and a message, to inspect and then send."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast, get_args

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.campaign import view_of as view_of_campaign
from dingnb.campaigns.campaign_names import name_of_test, read_campaign_name
from dingnb.campaigns.plan_view import PlanView
from dingnb.campaigns.planning.attachments import attachments_frame
from dingnb.campaigns.planning.batches import Batches, build_batches, make_sample
from dingnb.campaigns.planning.display import bodies_frame, corrections_frame, plan_frame, problems_frame
from dingnb.campaigns.planning.forecast import Forecast, forecast
from dingnb.campaigns.planning.input_changes import PlanInput
from dingnb.campaigns.recipient_count import check_expected_people
from dingnb.campaigns.sending.comparison import describe_calls_made
from dingnb.campaigns.sending.recording import AbsentChoice, Changed, SendChoices, digest_of_plan, record_plan
from dingnb.campaigns.sending.sender import PAUSE_AFTER
from dingnb.campaigns.sending.start import count_sent_before, start_campaign, warn_of_other_campaigns
from dingnb.campaigns.status import State
from dingnb.display import forms
from dingnb.errors import DingError, InputError, LiveSendError, NobodyError
from dingnb.errors.arguments import check_flag, explains_arguments, short_repr
from dingnb.ledger.campaigns import campaigns
from dingnb.messages import Message, Preview
from dingnb.recipients.addresses import Addresses
from dingnb.recipients.lookups import Lookups
from dingnb.tables.factorize import BoolArray
from dingnb.tables.ids import read_userid
from dingnb.tables.row_labels import FIRST, find_row, row_name
from dingnb.words import NOTHING, Text, count, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from dingnb.ui.plan.form import PlanForm


class Plan:
    """
    Recipients and a message, checked and grouped into batches. Immutable; only `send` and `test` send anything.

    Created by `DingTalk.plan`. Its display shows the people, distinct bodies, calls, time and rejected rows.

    Args:
        context: The context of sending.
        batches: The batches.
        key_columns: The columns that distinguish several rows of one person.
        excluded_by: The name of the exclusion list; empty for ids or a DataFrame, None if nobody is excluded.
        source: The analyst's DataFrame, as it is now; None for a reminder, which has the rows of a campaign.
    """

    def __init__(
        self,
        context: SendContext,
        batches: Batches,
        key_columns: tuple[str, ...],
        excluded_by: str | None = None,
        source: PlanInput | None = None,
    ) -> None:
        self._context = context
        self._batches = batches
        self._key_columns = key_columns
        self._source = source
        self._view = PlanView(context, batches, key_columns, excluded_by)

    @property
    def message(self) -> Message:
        """The message."""
        return self._batches.message

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``, the mode of the app."""
        return self._context.realm.mode

    @property
    def rows(self) -> int:
        """The number of rows of the input."""
        return len(self._batches.frame)

    @property
    def rejected(self) -> int:
        """The number of rejected rows; `problems` says why."""
        return len(self._batches.rejections)

    @property
    def people(self) -> int:
        """
        The number of people to send to, which `expect` is compared with.

        A person with several rows and the same body counts once; with ``key=``, once for each message.
        """
        return len(self._batches.recipients)

    @property
    def calls(self) -> int:
        """
        The number of calls for sending, one for each batch.

        Reading all results of work notifications once needs as many calls again; results of cards need none.
        """
        return len(self._batches.body_of_batch)

    @property
    def texts(self) -> int:
        """The number of different texts."""
        return self._batches.distinct_body_count

    @property
    def seconds(self) -> float:
        """
        The minimum time for sending at the current pace, in seconds.

        People sent to in the last minute count towards the limit for each minute.
        """
        return self._view.min_seconds

    def problems(self) -> pd.DataFrame:
        """
        Return the rejected rows, with the reasons.

        Returns:
            One row for each rejected row of the input, in its order and with its index: `position` (int64, from 0),
            `name` (str; empty without a name column), `column` (str; empty if the whole row is at fault), `value` (str:
            the cell), `reason` (str), `hint` (str: how to fix it).
        """
        return problems_frame(self._batches)

    def corrections(self) -> pd.DataFrame:
        """
        Return the cells that were corrected unambiguously, such as ``123.0`` to ``123``.

        Returns:
            One row for each cell, with the index of its row: `position` (int64, from 0), `column`, `value` (the
            original) and `became` (the corrected value), all str.
        """
        return corrections_frame(self._batches)

    def attachments(self) -> pd.DataFrame:
        """
        Return the file that each row is sent: pictures, files and voice that the message contains as values or paths.

        Returns:
            One row for each row of the input that is sent a file, in its order and with its index: `position` (int64,
            from 0), `userid` (str), `file` (str, the name that recipients see), `path` (str, NA for content that
            is not a file on this computer, such as a figure), `bytes` (int64), `type` (str, such as
            ``application/pdf``), `hash` (str, SHA-256). Empty if the message has a media id or no media.
        """
        return attachments_frame(self._batches)

    def to_frame(self) -> pd.DataFrame:
        """
        Return what would be sent for each row.

        Returns:
            One row for each row of the input, in its order and with its index: `userid` (str), `status` (str:
            ``queued`` or ``rejected``), `reason` (str), `body` (str: `msg` as sent), `batch` (Int64, from 0), `warning`
            (str: a name that differs from the directory's, a userid that is not in it, or a person who has never
            activated DingTalk, if the directory is known). Missing values are NA.
        """
        return plan_frame(self._batches)

    @explains_arguments
    def preview(self, label: Hashable = FIRST, *, position: int | None = None) -> Preview:
        """
        Return a preview of the message for one row.

        Args:
            label: The row's label in the input's index, as shown in all tables; by default the first row that is not
                rejected. A tuple in a MultiIndex; a timestamp may be given as text.
            position: The row's position instead, from 0; negative positions count from the end.

        Raises:
            InputError: There is no such row, the label is not unique, or the row is rejected; the error says why.
            NobodyError: No label was given, and all rows are rejected.
        """
        recipient = self._recipient_of(label, position)
        batches = self._batches
        return Preview(batches.recipients[recipient], batches.body_of(recipient), batches.attachments)

    def bodies(self) -> pd.DataFrame:
        """
        Return the distinct bodies, each with its number of recipients.

        Returns:
            One row for each body, in sending order: `people` (int64), `calls` (int64), `bytes` (int64: the size of
            `msg`), `body` (str: `msg` as sent).
        """
        return bodies_frame(self._batches)

    @explains_arguments
    def test(self, userid: str, label: Hashable = FIRST, *, position: int | None = None) -> Campaign:
        """
        Send the message of one row to one person, to check it on a phone: one call, and one for each upload.

        The person sees the message exactly as it will be sent: nothing in the message says that it is a test.
        The test is a separate campaign, named after its content, so the same sample is not sent to the same person
        twice. If the plan sends exactly the same text to that person on the same day, DingTalk drops the second
        message, and the campaign's display says so.

        Args:
            userid: The recipient, such as yourself: a userid, or the name of one person in the plan or in the directory
                as the app read it last, which makes no call.
            label: The label of the row whose message is sent, as for `preview`.
            position: The row's position instead of the label, as for `preview`.

        Returns:
            The campaign; ``wait()`` fetches its result.

        Raises:
            InputError: As for `preview`; `userid` is invalid, or a name that nobody or more than one person has; the
                person of this name in the plan has another name in the directory; or the DataFrame was changed, as for
                `send`.
            IncompleteError: The message's file could not be uploaded, or the outcome is unknown.
            DingError: The call could not be made; nothing was sent.
        """
        cell = read_userid(self._to_userid(userid))
        if not cell.text:
            raise InputError(cell.problem or Text("send.no_tester"), Text("send.no_tester_todo"))
        self._check_unchanged(None)
        sample = make_sample(self._batches, self._recipient_of(label, position), cell.text)
        digest = digest_of_plan(sample)
        choices = SendChoices(is_test=True)
        name = name_of_test(digest)
        run = self._send(name, sample, digest, (), choices=choices, note=self._view.test_warning(sample, cell.text))
        view_of_campaign(run).add_note(Text("test.is_run", name=literal(name)))
        return run

    @explains_arguments
    def send(  # noqa: PLR0913 - keywords, each with a default
        self,
        name: str | None = None,
        *,
        expect: int | range | None = None,
        changed: Changed = "error",
        absent: AbsentChoice = "error",
        beyond_quota: bool = False,
        wait: bool = True,
        check: bool = True,
        store_content: bool = True,
        pause_after: int | None = PAUSE_AFTER,
    ) -> Campaign:
        """
        Send the message to everybody in the plan, once. Running the cell again only continues what is unfinished.

        Before the first call under a new name, it prints how many people were already sent exactly this text, and which
        campaigns to many of them are unfinished.

        Args:
            name: The campaign's name; required for a live send, and by default a hash of the content on the sandbox. At
                most 100 characters, and not the name of a test, such as ``test-f12de9ccfd``. Case, character width and
                extra blanks are ignored; the campaign keeps its original spelling. Each person in a campaign gets the
                message once; people new in the plan are added.
            expect: The number of people you expect in the plan, whether sent already or not, including those added by
                ``absent="send"``: a number or a range. With any other number nothing is sent. Required for a live send.
            changed: What to do if people have another text in the plan than they were last sent in this campaign:
                ``"error"`` sends nothing and names them, ``"skip"`` skips them, ``"resend"`` sends them the new text as
                well.
            absent: What to do if people still to be sent to under this name are neither in the plan nor in `exclude`:
                ``"error"`` sends nothing and names them, ``"send"`` sends to them as well, ``"drop"`` removes everybody
                who is not in the plan from the campaign, and from later retries.
            beyond_quota: A live send is refused if it needs more calls than are left this month, for sending and
                reading the results once. True sends until DingTalk refuses; this also applies when the campaign is
                resumed.
            wait: Whether to return only when every batch is settled: accepted, failed, or unknown with no permitted
                repeat left. If the cell is interrupted, calls under way are drained and recorded, and KeyboardInterrupt
                is raised. Without waiting, control it with ``pause()``, ``resume()`` and ``stop()``.
            check: Whether to raise IncompleteError if the campaign ends incomplete; False returns the campaign.
            store_content: Whether the ledger keeps the texts of a finished campaign, and for each row the columns used
                by the texts, names and keys; False keeps only hashes of the texts.
            pause_after: The number of consecutive failures after which the campaign pauses; None for never.

        Returns:
            The campaign; ``results()`` returns the result of each person.

        Raises:
            LiveSendError: A live send without a name or `expect`, or with too few calls left this month.
            NobodyError: All rows are rejected.
            AbsentRecipientsError: People still to be sent to under this name are not in the plan.
            CampaignRunningError: Another plan is being sent under this name; the error describes the sender and
                progress.
            CampaignStoppedError: A person stopped or paused the campaign; only ``resume()`` continues it.
            ChangedBodyError: People have another text in the plan than they were sent.
            IncompleteError: The campaign ended paused, stopped, out of quota, with files that could not be uploaded, or
                with unknown outcomes. A finished campaign with recipients refused by DingTalk is complete.
            KeyboardInterrupt: The cell was interrupted.
            InputError: `expect` differs from the number of people, `name` is invalid or was used for another plan, the
                campaign is being recalled, further cards would be sent although its cards are closed, or the DataFrame
                was changed in place after the plan was made: in a column that the plan uses, or in its number of rows.
            LedgerError: The ledger cannot be written or was lost while sending; the error gives the number of calls
                made and the safe next step.
            QuotaError: The calls of the month are used up, and nothing was sent; with ``check=False`` the campaign is
                returned.
            DingError: No call could be made; nothing was sent.
        """
        if not self.people:
            raise self._nobody_error()
        flags = {"beyond_quota": beyond_quota, "wait": wait, "check": check, "store_content": store_content}
        _check_options(changed, absent, pause_after, flags)
        name = None if name is None else read_campaign_name(name)
        if name is None and self._context.realm.mode == "LIVE":
            raise LiveSendError(Text("send.live_name"), Text("send.live_name_todo"))
        digest = self._digest
        name = name or f"sandbox-{digest[:10]}"
        note = self._check_unchanged(name)
        return self._send(
            name,
            self._with_owners(name, self._batches),
            digest,
            self._key_columns,
            choices=SendChoices(changed, absent, store_content, beyond_quota),
            pause_after=pause_after,
            wait=wait,
            check=check,
            check_people=lambda added: self._check_expected(name, expect, added),
            note=note,
        )

    def _send(  # noqa: PLR0913 - the options of a send
        self,
        name: str,
        batches: Batches,
        digest: str,
        key_columns: tuple[str, ...],
        *,
        choices: SendChoices = SendChoices(),  # noqa: B008 - immutable
        pause_after: int | None = PAUSE_AFTER,
        wait: bool = True,
        check: bool = True,
        check_people: Callable[[int], None] = lambda _: None,
        note: Text = NOTHING,
    ) -> Campaign:
        recorded_plan = record_plan(
            self._context,
            batches,
            name,
            plan_digest=digest,
            key_columns=key_columns,
            choices=choices,
            check_people=check_people,
        )
        if recorded_plan.existing_campaign is None and not choices.is_test:
            warn_of_other_campaigns(self._context, batches, recorded_plan.campaign)
        return start_campaign(
            self._context, recorded_plan, name, pause_after=pause_after, wait=wait, check=check, note=note
        )

    def _check_unchanged(self, name: str | None) -> Text:
        """
        Check that the analyst has not changed the DataFrame since the plan was made: its new values would not be sent.

        Args:
            name: The campaign's name; None for a test.

        Returns:
            What has changed, if the campaign has finished with this plan; empty if nothing has changed.

        Raises:
            InputError: The DataFrame has changed, and the campaign has not finished with this plan.
        """
        changes = NOTHING if self._source is None else self._source.describe_changes(self._batches)
        if not changes:
            return NOTHING
        calls_so_far = Text("send.nothing_sent")
        if name is not None:
            with self._context.ledger.connection() as db:
                existing_campaign = campaigns.find(db, self._context.realm, name)
                if existing_campaign is not None:
                    if (existing_campaign.plan_digest, existing_campaign.state) == (self._digest, State.FINISHED):
                        return sentences(changes, Text("plan.input_changed_todo"))
                    calls_so_far = describe_calls_made(db, existing_campaign.id)
        raise InputError(sentences(changes, calls_so_far), Text("plan.input_changed_todo"))

    def _to_userid(self, person: object) -> object:
        """Return the userid of a person who is given by name or userid; return anything but text unchanged."""
        return self._view.plan_people.userid_of(person) if isinstance(person, str) and person.strip() else person

    def _with_owners(self, name: str, batches: Batches) -> Batches:
        """
        Return the batches, for an existing campaign with the owners of excluded numbers among the exclusions.

        Rows with excluded numbers are excluded without look-ups. An existing campaign, however, may include the owners
        without a row in this plan. So they are looked up, to keep them out of this send and later retries.
        """
        context = self._context
        if not batches.numbers_to_look_up:
            return batches
        with context.ledger.connection() as db:
            if campaigns.find(db, context.realm, name) is None:
                return batches
        owners = Lookups.of(context).look_up_owners(batches.numbers_to_look_up)
        excluded_owners = {
            owners[number]: reason for number, reason in batches.numbers_to_look_up.items() if number in owners
        }
        return replace(batches, exclusions={**excluded_owners, **batches.exclusions}, numbers_to_look_up={})

    def _check_expected(self, name: str, expect: int | range | None, added: int) -> None:
        """
        Check `expect`; the error also says how many people were sent to already.

        Args:
            name: The campaign's name.
            expect: The number that the analyst expects.
            added: The number of people to send to in addition to those in the plan.
        """
        people, who = self.people + added, self._view.recipient_count.text
        if added:
            who = Text("send.expect_added", people=who, added=count(self._view.recipient_count.unit, added))
        try:
            check_expected_people(self._context.realm.mode, expect, people, who)
        except DingError:
            sent = count_sent_before(self._context, self._batches, name)
            if not sent:
                raise
            new = self.people - sent
            who = Text("send.expect_parts", people=who, sent=f"{sent:,}", new=f"{new:,}")
            check_expected_people(self._context.realm.mode, expect, people, who)

    def forecast(self, name: str) -> Forecast:
        """
        Return what ``send(name)`` would do. Sends and writes nothing, and makes no calls.

        The forecast only considers the ledger: whether DingTalk and the monthly quota allow the send is known only by
        sending.

        Args:
            name: The name, as for `send`.

        Returns:
            The state of the campaign of that name, if any, and the numbers of people in this plan who would be sent to,
            who would not, and who got another text. `refusal` is the reason if `send` would raise InputError for any
            `changed` and `absent`; `text` is a summary.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        return forecast(self._context, self._batches, self._key_columns, name, lambda: self._digest)

    def form(self) -> "PlanForm":
        """
        Return a form that shows the plan and its problems, sends tests, and sends the plan.

        Sending starts once the number of people is typed. The form then shows the progress of sending, and pauses,
        stops and resumes it. Its ``run`` is the campaign, its ``code`` the equivalent Python.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> plan = ding.plan(pd.DataFrame({"userid": ["manager01"]}), dingnb.text("Hello"))
            >>> print(repr(plan.form()).splitlines()[0])
            Plan for 1 person [SANDBOX]
        """
        return cast("PlanForm", forms.open_form("results.form.open_plan", self))

    @cached_property
    def _digest(self) -> str:
        return digest_of_plan(self._batches)

    def _recipient_of(self, label: Hashable, position: int | None) -> int:
        """Return the number of a row's recipient, or raise an error that says why the row has none."""
        row = (
            self._view.first_row()
            if label is FIRST and position is None
            else find_row(self._batches.frame, label, position)
        )
        if row is None:
            raise self._nobody_error()
        rejection = self._batches.rejections.get(row)
        if rejection is not None:
            key = "frame.rejected_row" if position is None else "frame.rejected_at"
            index = self._batches.frame.index
            row_label, name = index[row : row + 1].tolist()[0], row_name(index, index[row])
            raise InputError(
                Text(key, label=row_label, position=row, row=name, reason=rejection.reason), rejection.hint
            )
        return int(self._batches.recipient_of_row[row])

    def _nobody_error(self) -> NobodyError:
        rows = count("row", len(self._batches.frame))
        return NobodyError(Text("frame.nobody", rows=rows), Text("frame.nobody_todo"))

    def __repr__(self) -> str:
        return self._view.sheet().to_text()

    def _repr_html_(self) -> str:
        return self._view.sheet().to_html()

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return self._view.sheet().to_mimebundle()


def view_of(plan: Plan) -> PlanView:
    """Return the internals of a plan that forms need."""
    return plan._view  # noqa: SLF001 - the class is in this module


def plan_without(plan: Plan, is_left_out: BoolArray) -> Plan:
    """
    Return the plan of a reminder without some of its rows; the plan itself if it sends to none of these rows.

    Args:
        plan: The plan.
        is_left_out: Whether each row is left out. Rejected rows stay.
    """
    batches, context = plan._batches, plan._context  # noqa: SLF001 - the class is in this module
    is_kept = ~is_left_out | (batches.recipient_of_row < 0)
    if is_kept.all():
        return plan
    positions: list[int] = np.flatnonzero(is_kept).tolist()
    rejections = {
        position: replace(batches.rejections[earlier], position=position)
        for position, earlier in enumerate(positions)
        if earlier in batches.rejections
    }
    remaining_batches = build_batches(
        batches.frame.iloc[positions],
        batches.message,
        Addresses([batches.userids[position] for position in positions], rejections=rejections),
        key=list(plan._key_columns) or None,  # noqa: SLF001 - likewise
        limits=context.limits,
        shares_calls=batches.channel.may_share(context, batches.message),
        excluded=batches.exclusions,
        clock=context.clock,
    )
    remaining_batches = replace(
        remaining_batches,
        notes=batches.notes,
        excluded_row_count=batches.excluded_row_count,
        numbers_to_look_up=batches.numbers_to_look_up,
        poll_campaign=batches.poll_campaign,
        reminded_campaign=batches.reminded_campaign,
    )
    return Plan(context, remaining_batches, plan._key_columns, plan._view.excluded_by)  # noqa: SLF001 - likewise


def _check_options(changed: object, absent: object, pause_after: object, flags: Mapping[str, object]) -> None:
    for name, value in flags.items():
        check_flag(name, value)
    if not isinstance(changed, str) or changed not in get_args(Changed):
        raise InputError(Text("send.bad_changed", changed=short_repr(changed)), Text("send.bad_changed_todo"))
    if not isinstance(absent, str) or absent not in get_args(AbsentChoice):
        raise InputError(Text("send.bad_absent", absent=short_repr(absent)), Text("send.bad_absent_todo"))
    is_whole = isinstance(pause_after, int | np.integer) and not isinstance(pause_after, bool)
    if pause_after is not None and not (is_whole and pause_after > 0):  # type: ignore[operator]  # `is_whole` implies a number
        raise InputError(Text("send.bad_pause", value=short_repr(pause_after)), Text("send.bad_pause_todo"))
