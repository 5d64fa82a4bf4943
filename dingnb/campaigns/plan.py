"""A plan: what the analyst looks at before anything is sent, and what then sends it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast, get_args

import numpy as np
import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.planning.attachments import attachments_frame
from dingnb.campaigns.planning.batches import NOBODY, Batches, sample_for
from dingnb.campaigns.planning.display import bodies_frame, corrections_frame, plan_frame, problems_frame
from dingnb.campaigns.planning.expected import check_expected
from dingnb.campaigns.planning.forecast import Forecast, forecast
from dingnb.campaigns.planning.plan_view import PlanView
from dingnb.campaigns.sending.recording import AbsentChoice, Changed, SendChoices, digest_of_plan, record
from dingnb.campaigns.sending.sender import PAUSE_AFTER
from dingnb.campaigns.sending.start import already_sent, start_campaign
from dingnb.display import forms
from dingnb.errors import DingError, InputError, LiveSendError, NobodyError
from dingnb.errors.arguments import check_flag, read_name, shown
from dingnb.ledger import campaigns
from dingnb.messages import Message, Preview
from dingnb.recipients.lookups import Lookups
from dingnb.tables.cells import read_userid
from dingnb.tables.row_labels import FIRST, find_row
from dingnb.words import Text, count

if TYPE_CHECKING:
    from dingnb.ui.plan.form import PlanForm


class Plan:
    """
    Recipients and a message, checked and cut into batches. Immutable; it sends nothing but by `send` and `test`.

    Made by `DingTalk.plan`. Its display shows people, distinct bodies, calls, time and rejected rows.

    Args:
        context: What to send with.
        planned: The batches.
        key_columns: What tells several rows of one person apart.
        excluded_by: The name of the list of whom is left out; empty for ids, None where nobody is to be left out.
    """

    def __init__(
        self, context: SendContext, planned: Batches, key_columns: tuple[str, ...], excluded_by: str | None = None
    ) -> None:
        self._context = context
        self._planned = planned
        self._key_columns = key_columns
        self._view = PlanView(context, planned, excluded_by)

    @property
    def message(self) -> Message:
        """What is sent."""
        return self._planned.message

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``, as its app."""
        return self._context.realm.mode

    @property
    def rows(self) -> int:
        """How many rows the input has."""
        return len(self._planned.frame)

    @property
    def rejected(self) -> int:
        """How many rows of the input are rejected; `problems` says why."""
        return len(self._planned.rejections)

    @property
    def people(self) -> int:
        """
        How many people the plan sends to, which is what `expect` compares with.

        A person in several rows with one body counts once; with ``key=``, once for each message.
        """
        return len(self._planned.recipients)

    @property
    def calls(self) -> int:
        """How many calls sending needs: one a batch. Reading all results once needs as many again."""
        return len(self._planned.body_of_batch)

    @property
    def texts(self) -> int:
        """How many different texts it has."""
        return len(self._planned.bodies)

    @property
    def seconds(self) -> float:
        """How long sending takes at the present pace, at least, in seconds: people of the last minute count in it."""
        return self._view.seconds

    def problems(self) -> pd.DataFrame:
        """
        Return the rows that are rejected, and why.

        Returns:
            One row for each rejected row of the input, in its order and with its index: `position` (int64, from 0),
            `name` (str, the person's; empty where no column is called so), `column` (str, empty where it is the row
            as a whole), `value` (str, what stands there), `reason` (str), `hint` (str, what to do).
        """
        return problems_frame(self._planned)

    def corrections(self) -> pd.DataFrame:
        """
        Return the cells that were mended without a guess, such as ``123.0`` for ``123``.

        Returns:
            One row for each: the row's index, `position` (int64, from 0), `column`, `value` (what stood
            there), `became` (what it is taken for), all str.
        """
        return corrections_frame(self._planned)

    def attachments(self) -> pd.DataFrame:
        """
        Return the file that each row is sent: pictures, files and voice that the message holds as values or paths.

        Returns:
            One row for each row of the input that is sent a file, in its order and with its index: `position` (int64,
            from 0), `userid` (str), `file` (str, the name that recipients see), `path` (str, NA where it is no file of
            this computer, such as a figure), `bytes` (int64), `type` (str, such as ``application/pdf``), `hash` (str,
            SHA-256). Empty where the message has a media id or none.
        """
        return attachments_frame(self._planned)

    def to_frame(self) -> pd.DataFrame:
        """
        Return what would be sent to each row.

        Returns:
            The rows of the input, in its order and with its index: `userid` (str), `status` (str: ``queued`` or
            ``rejected``), `reason` (str), `body` (str: `msg` as it is sent), `batch` (Int64, from 0). Empty is NA.
        """
        return plan_frame(self._planned)

    def preview(self, label: Hashable = FIRST, *, position: int | None = None) -> Preview:
        """
        Return the message for one row, to look at.

        Args:
            label: The row's label, as the input's index and every table here show it; by default the first row that is
                sent to. A tuple in a MultiIndex; text names a time as well.
            position: The row's position instead, from 0; negative ones count from the end.

        Raises:
            InputError: There is no such row, several rows have the label, or the row is rejected; the error says why.
            NobodyError: Without a label: no row is sent to.
        """
        number = self._number_of(label, position)
        planned = self._planned
        return Preview(planned.recipients[number], planned.body_of(number), planned.attachments)

    def bodies(self) -> pd.DataFrame:
        """
        Return the distinct bodies: what is sent, and to how many.

        Returns:
            One row for each, in the order in which they are sent: `people` (int64), `calls` (int64), `bytes`
            (int64: the length of `msg`), `body` (str: `msg` as it is sent).
        """
        return bodies_frame(self._planned)

    def test(self, userid: str, label: Hashable = FIRST, *, position: int | None = None) -> Campaign:
        """
        Send the message of one row to one person, to look at on a phone.

        It is a campaign of its own, named after its content: the same sample is not sent to the same person twice.
        Where that person is in the plan with the very same text, DingTalk drops the second one on the same day.

        Args:
            userid: To whom, such as yourself.
            label: The label of the row whose message is sent, as for `preview`; by default the first that is sent to.
            position: The row's position instead.

        Returns:
            The campaign, with one row of results once ``wait()`` has asked for it.

        Raises:
            InputError: As for `preview`, or `userid` cannot be one.
            DingError: The call could not be made; nothing was sent.
        """
        cell = read_userid(userid)
        if not cell.text:
            raise InputError(cell.problem or Text("send.no_tester"), cell.hint or Text("send.no_tester_todo"))
        sample = sample_for(self._planned, self._number_of(label, position), cell.text)
        digest = digest_of_plan(sample)
        return self._send(f"test-{digest[:10]}", sample, digest, ())

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
        Send the message to everybody in the plan, once. Running it again continues what is unfinished, and no more.

        Args:
            name: The campaign's name, which a live send needs; on the sandbox a hash of the content where it is
                left out. Blanks at its ends do not count, nor do case, width and runs of blanks: the campaign keeps
                the spelling that it was begun with. A person in a campaign gets the message once;
                people who are new in the plan are sent to.
            expect: How many people you expect in the plan, sent already or not, and those whom ``absent="send"`` adds:
                a number, or a range. Any other number sends nothing. A live send needs it.
            changed: What to do where somebody has another text in the plan than was sent in this campaign:
                ``"error"`` sends nothing and names them, ``"skip"`` leaves them with what they have, ``"resend"``
                sends them the new one as well.
            absent: What to do where people who are still to be sent to under this name are not in the plan, whom
                `exclude` does not name: ``"error"`` sends nothing and names them, ``"send"`` sends to them as well,
                ``"drop"`` takes everybody who is not in the plan out of the campaign, also out of later retries.
            beyond_quota: A live send is refused that needs more calls than the month has left, to send and to read the
                results once. True sends all the same, until DingTalk refuses; this holds when the campaign goes on
                later, too.
            wait: Whether to return only when every batch is settled: accepted, failed, or unknown with no
                permitted repeat left. Interrupting the cell ends it: what is under way is drained, what is true is
                kept, and KeyboardInterrupt goes on. Without it, ``pause()``, ``resume()`` and ``stop()`` control it.
            check: Whether to raise IncompleteError where it ends incomplete; False returns the campaign all the same.
            store_content: Whether the ledger keeps the texts when the campaign is finished, and for each recipient the
                columns that they use, names and keys; else the texts' hashes alone.
            pause_after: After so many failures in a row the campaign pauses, and says why; None is never.

        Returns:
            The campaign; ``results()`` says what happened to each person.

        Raises:
            LiveSendError: A live send without a name or `expect`, or that needs more calls than the month has left.
            NobodyError: Nobody is left to send to.
            AbsentRecipientsError: People who are still to be sent to under this name are not in the plan.
            CampaignRunningError: Another plan is being sent under this name; the error says by whom and how far it is.
            CampaignStoppedError: A person stopped or paused the campaign: only ``resume()`` continues it.
            ChangedBodyError: People have another text than they were sent.
            IncompleteError: It ended paused, stopped, out of quota, or with people of whom it stays unknown whether the
                message reached them. A campaign that is finished, in which DingTalk refused some, is complete.
            KeyboardInterrupt: The cell was interrupted.
            InputError: `expect` differs from the number of people, or `name` is no name, or was used for another plan.
            LedgerError: The ledger cannot be written, or was lost on the way; the message says how many calls of the
                campaign had left, and what is safe to do.
            DingError: Not one call could be made; nothing was sent.
        """
        if not self.people:
            raise self._nobody()
        flags = {"beyond_quota": beyond_quota, "wait": wait, "check": check, "store_content": store_content}
        _check(changed, absent, pause_after, flags)
        name = None if name is None else read_name(name, "send.bad_name")
        if name is None and self._context.realm.mode == "LIVE":
            raise LiveSendError(Text("send.live_name"), Text("send.live_name_todo"))
        digest = self._digest
        name = name or f"sandbox-{digest[:10]}"
        return self._send(
            name,
            self._with_owners(name, self._planned),
            digest,
            self._key_columns,
            choices=SendChoices(changed, absent, store_content, beyond_quota),
            pause_after=pause_after,
            wait=wait,
            check=check,
            check_people=lambda added: self._check_expected(name, expect, added),
        )

    def _send(  # noqa: PLR0913 - what a plan is sent with
        self,
        name: str,
        planned: Batches,
        digest: str,
        key_columns: tuple[str, ...],
        *,
        choices: SendChoices = SendChoices(),  # noqa: B008 - it never changes
        pause_after: int | None = PAUSE_AFTER,
        wait: bool = True,
        check: bool = True,
        check_people: Callable[[int], None] = lambda _: None,
    ) -> Campaign:
        recorded = record(
            self._context,
            planned,
            name,
            plan=digest,
            key_columns=key_columns,
            choices=choices,
            check_people=check_people,
        )
        return start_campaign(self._context, recorded, name, pause_after=pause_after, wait=wait, check=check)

    def _with_owners(self, name: str, planned: Batches) -> Batches:
        """
        Return the plan with the owners of all excluded numbers left out.

        Their rows are left out without a call. In a campaign that is there already they may stand without a row: they
        have to be known, so that neither this send nor a later retry goes to them.
        """
        context = self._context
        if not planned.unasked:
            return planned
        with context.ledger.connection() as db:
            if campaigns.find(db, context.realm, name) is None:
                return planned
        owners = Lookups.of(context).owners(planned.unasked)
        found = {owners[number]: reason for number, reason in planned.unasked.items() if number in owners}
        return replace(planned, exclusions={**found, **planned.exclusions}, unasked=NOBODY)

    def _check_expected(self, name: str, expect: int | range | None, added: int) -> None:
        """
        Check `expect`; where it is wrong, the error says how many were sent to already.

        Args:
            name: The campaign's name.
            expect: What the analyst expects.
            added: How many people are sent to besides those of the plan.
        """
        people, who = self.people + added, self._view.recipient_count.text
        if added:
            who = Text("send.expect_added", people=who, added=count(self._view.recipient_count.unit, added))
        try:
            check_expected(self._context.realm.mode, expect, people, who)
        except DingError:
            told = already_sent(self._context, self._planned, name)
            if not told:
                raise
            new = self.people - told
            who = Text("send.expect_parts", people=who, sent=f"{told:,}", new=f"{new:,}")
            check_expected(self._context.realm.mode, expect, people, who)

    def forecast(self, name: str) -> Forecast:
        """
        Return what ``send(name)`` would do. Nothing is sent or written, and no call is made.

        It reads the ledger as it is now; whether DingTalk and the month's calls allow it is known only by sending.

        Args:
            name: The name, as for `send`.

        Returns:
            The state of the campaign of that name, if there is one, and the numbers of people of this plan who would
            be sent to, who would not, and who had another text. Its `refusal` is the reason if `send` would raise
            InputError for any `changed`; its `text` says all this in a sentence or two.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        return forecast(self._context, self._planned, self._key_columns, name, lambda: self._digest)

    def form(self) -> "PlanForm":
        """
        Return a form that shows the plan, its problems row by row, sends a test, and sends it once its count is typed.

        Then it shows how far the sending is, and pauses, stops and resumes it. Its ``run`` is the campaign, and its
        ``code`` the Python that does the same.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> plan = ding.plan(pd.DataFrame({"userid": ["manager01"]}), dingnb.text("Hello"))
            >>> print(repr(plan.form()).splitlines()[0])
            Plan for 1 person [SANDBOX]
        """
        return cast("PlanForm", forms.open_form("plan.form.open_plan", self))

    @cached_property
    def _digest(self) -> str:
        return digest_of_plan(self._planned)

    def _number_of(self, label: Hashable, position: int | None) -> int:
        """Return the number of a row's recipient."""
        at = (
            self._view.first_row()
            if label is FIRST and position is None
            else find_row(self._planned.frame, label, position)
        )
        if at is None:
            raise self._nobody()
        rejection = self._planned.rejections.get(at)
        if rejection is not None:
            key = "frame.rejected_row" if position is None else "frame.rejected_at"
            called = self._planned.frame.index[at : at + 1].tolist()[0]
            raise InputError(Text(key, label=called, position=at, reason=rejection.reason), rejection.hint)
        return int(self._planned.recipient_of_row[at])

    def _nobody(self) -> NobodyError:
        rows = count("row", len(self._planned.frame))
        return NobodyError(Text("frame.nobody", rows=rows), Text("frame.nobody_todo"))

    def __repr__(self) -> str:
        return self._view.sheet().to_text()

    def _repr_html_(self) -> str:
        return self._view.sheet().to_html()


def view_of(plan: Plan) -> PlanView:
    """Return the part of a plan that forms read."""
    return plan._view  # noqa: SLF001 - of this module


def _check(changed: object, absent: object, pause_after: object, flags: Mapping[str, object]) -> None:
    for name, value in flags.items():
        check_flag(name, value)
    if not isinstance(changed, str) or changed not in get_args(Changed):
        raise InputError(Text("send.bad_changed", changed=shown(changed)), Text("send.bad_changed_todo"))
    if not isinstance(absent, str) or absent not in get_args(AbsentChoice):
        raise InputError(Text("send.bad_absent", absent=shown(absent)), Text("send.bad_absent_todo"))
    is_whole = isinstance(pause_after, int | np.integer) and not isinstance(pause_after, bool)
    if pause_after is not None and not (is_whole and pause_after > 0):  # type: ignore[operator]  # a number, then
        raise InputError(Text("send.bad_pause", value=shown(pause_after)), Text("send.bad_pause_todo"))
