"""A campaign: a named, recorded sending of a plan."""

import math
from typing import TYPE_CHECKING, Any, cast, get_args

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.expected import check_count, check_expected
from dingnb.campaigns.recipient_count import words_for
from dingnb.campaigns.results.accessors import Keep, Telling, is_unread
from dingnb.campaigns.results.arrival import Arrival, Until, seldom
from dingnb.campaigns.results.auto_refresh import Asking
from dingnb.campaigns.results.available_actions import Choices, find_choices
from dingnb.campaigns.results.campaign_sheet import campaign_sheet
from dingnb.campaigns.results.completeness import find_incompleteness
from dingnb.campaigns.results.frames import check_keep, kept_columns
from dingnb.campaigns.results.look import Look
from dingnb.campaigns.results.snapshot import Snapshot
from dingnb.campaigns.results.summary import summarise
from dingnb.campaigns.results.watching import Watch
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending import retry
from dingnb.campaigns.sending.recall import Recalling, find_recall
from dingnb.campaigns.sending.resolve import How, check_how, resolve
from dingnb.campaigns.sending.sender import PAUSE_AFTER
from dingnb.campaigns.status import FINAL, State, Status
from dingnb.clock import Clock, seconds
from dingnb.display import ProgressBar, Sheet, forms
from dingnb.display.cell_output import is_notebook
from dingnb.errors import DingError, IncompleteError, InputError, LedgerError
from dingnb.errors.arguments import check_flag, is_number, shown
from dingnb.ledger import batches
from dingnb.messages import Message
from dingnb.recipients.exclusion_lists import Exclusions
from dingnb.recipients.exclusions import read_excluded, read_userids
from dingnb.words import NOTHING, Text, as_text, dotted, in_form

if TYPE_CHECKING:
    import pandas as pd

    from dingnb.campaigns.plan import Plan
    from dingnb.ui.results.form import ResultsForm


_LONGEST_S = 1e9


class Campaign(Telling):
    """
    A named, recorded sending of a plan. Made by `Plan.send`, or found again by `DingTalk.campaign`.

    Its display shows the state, how many people have which status, the next step, and what went wrong.

    Args:
        context: What to send with.
        number: The campaign's number in the ledger.
        name: Its name.
        row_map: The rows of its results.
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
        row_map: RowMap,
        *,
        opening: Text = NOTHING,
        pause_after: int | None = PAUSE_AFTER,
        waits: bool = True,
        starts: bool = False,
    ) -> None:
        super().__init__(
            context, number, name, row_map, opening=opening, pause_after=pause_after, waits=waits, starts=starts
        )
        self._watch = Watch(context, number)
        self._share_reached: bool | None = None

    def resume(self, *, wait: bool | None = None, check: bool = True) -> "Campaign":
        """
        Continue what was paused, stopped or interrupted; what is settled is not sent again.

        Args:
            wait: Whether to return only when every batch is settled. None does as `Plan.send` was told to; for a
                campaign found by its name that is to wait.
            check: Whether to raise where it ends incomplete, as for `Plan.send`.

        Returns:
            The campaign itself.

        Raises:
            IncompleteError: It ended before everybody was sent to, or of some people it stays unknown.
            KeyboardInterrupt: The cell was interrupted; what was under way is drained.
            DingError: Not one call could be made.
        """
        if wait is not None:
            check_flag("wait", wait)
        check_flag("check", check)
        waits = self._waits if wait is None else wait
        self._resume(wait=waits)
        if waits:
            self._require_complete(check=check)
        return self

    def join(self, *, check: bool = False) -> None:
        """
        Wait until sending has ended, finished or not and in whichever process, and show its progress meanwhile.

        Interrupting the cell ends the sending where it was started here, and else no more than the waiting.

        Args:
            check: Whether to raise where it ends incomplete, as `wait` does.

        Raises:
            IncompleteError: With `check`, it ended before everybody was sent to, or of some people it stays unknown.
            KeyboardInterrupt: The cell was interrupted; what was under way is drained.
            DingError: Not one call could be made; nothing was sent.
        """
        check_flag("check", check)
        self._join(None)
        if check:
            self._require_complete(check=check)

    @property
    def share_reached(self) -> bool | None:
        """Whether the last `wait` ended since its share was reached; None before the first one."""
        return self._share_reached

    def wait(
        self,
        until: Until = "delivered",
        *,
        share: float = 1.0,
        timeout_s: float | None = None,
        check: bool = True,
    ) -> "Campaign":
        """
        Wait until enough people have the message, or have read it; at most until nothing more can be learnt.

        That is with ``"delivered"`` when DingTalk's result of every accepted call is known. A person in no list of
        DingTalk's is not final yet, and is asked for again, less and less often. Results answer for 24 hours. Each
        look at a call's result is one call of the month's quota: where every text is personal, a call for each person.

        Args:
            until: ``"delivered"``: until `share` of the people whose calls were accepted have it; ``"read"``: until
                `share` of those of whom it can be told have read it. Whom an earlier call reached (evidence
                ``duplicate``) is not counted then: of them no read state can be had.
            share: From 0 to 1.
            timeout_s: Return after so many seconds; what is known is kept, and sending goes on.
            check: Whether to raise where the campaign has ended incomplete, as for `Plan.send`, or its results could
                not be read.

        Returns:
            The campaign itself; `share_reached` says whether the share was reached.

        Raises:
            IncompleteError: The campaign ended before everybody was sent to, of some people it stays unknown whether
                the message reached them, or the results could not be read. What could be read is known.
            KeyboardInterrupt: The cell was interrupted; what is known is kept.
            InputError: `until`, `share` or `timeout_s` cannot be used.
            LedgerError: The ledger cannot be read or written.
        """
        check_flag("check", check)
        if not _is_until(until) or not _is_number(share, 1) or not _is_timeout(timeout_s):
            given = {"until": shown(until), "share": shown(share), "timeout_s": shown(timeout_s)}
            raise InputError(Text("campaign.bad_wait", **given), Text("campaign.bad_wait_todo"))
        clock = self._context.clock
        until_ns = None if timeout_s is None or math.isinf(timeout_s) else clock.monotonic_ns() + seconds(timeout_s)
        # Also where sending has come to its end: an error of its own has to show once.
        if not self._was_joined:
            self._join(until_ns)
        elif self.is_sent_elsewhere:
            self._look_on(until_ns)
        watched = FINAL if until == "read" else FINAL | {Status.DELIVERED}
        stop = clock.event()
        work = Background(
            clock,
            lambda: self._watch.run(watched, lambda: self._arrival().share(until) >= share, stop, until_ns),
            lambda: self._watch.interrupt(stop),
        )
        arrival, bar = seldom(self._arrival), ProgressBar(clock)

        def show() -> None:
            text, so_far = arrival().shown
            bar.show(dotted([as_text(text), self._watch.waiting_text]), so_far)

        unread = None
        try:
            work.join(show, until_ns)
            self._watch.interrupt(stop)
            work.join()
        except LedgerError:
            raise
        except DingError as error:
            unread = error
        finally:
            bar.end(*self._arrival().shown)
        self._share_reached = self._arrival().share(until) >= share
        if self.state is not State.RUNNING:
            self._require_complete(check=check, unread=unread)
        return self

    def _require_complete(self, *, check: bool, unread: DingError | None = None) -> None:
        found = self._find_incompleteness(unread)
        if found is None:
            return
        if check:
            raise found from unread
        ProgressBar(self._context.clock).end(found.reason)

    def _find_incompleteness(self, unread: DingError | None = None) -> IncompleteError | None:
        return find_incompleteness(self, self._context, self._number, unread)

    def refresh(self) -> "Campaign":
        """
        Ask DingTalk once for the delivery and read state of everybody who is not final yet, and say what came of it.

        A batch costs one call of the month's quota. What was sent just now is waited for, 2 seconds at most. Not asked
        is a batch that was looked at a few seconds ago, and one that cannot be ready since others of its age are not.

        Returns:
            The campaign itself.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or did not answer at all; nothing has changed.
        """
        clock, watch = self._context.clock, self._watch
        stop = clock.event()
        bar = ProgressBar(clock)

        def show() -> None:
            if watch.waiting is not None:
                bar.show(watch.waiting_text, 0.0)

        Background(clock, lambda: watch.look_once(FINAL, stop), lambda: watch.interrupt(stop)).join(show)
        if watch.look is not None:
            bar.end(watch.look.text)
        return self

    @property
    def look(self) -> Look | None:
        """What the last `refresh` has come to; None before it, and where it failed."""
        return self._watch.look

    def resolve(
        self, how: How | None = None, *, expect: int | range | None = None, wait: bool = True
    ) -> "pd.DataFrame | Campaign":
        """
        Decide about people of whom nobody knows whether the message reached them.

        Args:
            how: ``"resend"`` sends to them again, at the risk that some get it twice, and goes on with whom nothing
                was sent to yet; ``"leave"`` lets them stay ``unknown``; ``"delivered"`` notes that they have it,
                because you know. Without it, nothing is done.
            expect: How many people that is; needed where ``"resend"`` is LIVE.
            wait: Whether ``"resend"`` returns only when every batch is settled, as with `Plan.send`.

        Returns:
            Without `how` the rows of `results` that are meant; else the campaign itself.

        Raises:
            InputError: `how` is none of these, `expect` differs, nobody is unknown, the campaign is running, or nobody
                can be sent to again under this name: DingTalk accepted the last call to their batch.
            LiveSendError: A live ``"resend"`` without `expect`.
        """
        check_flag("wait", wait)
        if how is not None:
            check_how(how)
        if self.state is State.RUNNING:
            raise InputError(Text("resolve.running"), Text("resolve.running_todo"))
        frame = self.results()
        if how is None:
            return frame[frame["status"] == Status.UNKNOWN]
        statuses = self._of_people(frame)["status"]
        unknown, queued = (int((statuses == status).sum()) for status in (Status.UNKNOWN, Status.QUEUED))
        if how == "resend" and unknown:
            unknown = self._count_lost()
            if not unknown:
                raise InputError(Text("resolve.apart"), Text("resolve.apart_todo"))
        resolve(self._context, self._number, how, unknown=unknown, queued=queued, expect=expect, unit=self.unit)
        # What was said of it before may advise to decide, which is done.
        self._opening = NOTHING
        if how == "resend":
            self.resume(wait=wait)
        return self

    def retry(self, *, expect: int | range | None = None, wait: bool = True, check: bool = True) -> "Campaign":
        """
        Send once more to those who missed it and can get it now, and say who cannot, and from when on they can.

        These are the people whom DingTalk's result calls failed, and those whom a limit dropped that has begun anew.
        Who has the message, or may have it, is never sent to: run as often as you like. That holds on later days too
        for those whom DingTalk dropped because they had the same text, from any source. The texts are the same.
        Nothing is sent to somebody whom the campaign's newest plan leaves out, and no text that `recall` took back.
        `missed` tells of everybody else what to do.

        Args:
            expect: How many people are sent to now: a number, or a range; with another count nothing is sent. LIVE
                needs it. Where nobody can be sent to now, that is said, whatever `expect` is.
            wait: Whether to return only when every batch is settled, as with `Plan.send`.
            check: Whether to raise where it ends incomplete, as for `Plan.send`.

        Returns:
            The campaign itself.

        Raises:
            IncompleteError: It ended before everybody was sent to, or of some people it stays unknown.
            InputError: The campaign is not finished, or `expect` differs.
            LiveSendError: A live retry without `expect`.
            DingError: Not one call could be made; nothing was sent again.
        """
        for name, value in (("wait", wait), ("check", check)):
            check_flag(name, value)
        check_count(expect)
        if self.state is State.RUNNING:
            raise InputError(Text("retry.running"), Text("retry.running_todo"))
        missed, unknown = self.missed, self.unknown
        untold = self.count_untold()
        retried = retry.retry(self._context, self._number, expect, self.unit)
        self._sending = self._background = None
        self._opening = retry.opening(retried, missed, unknown, untold, self.unit)
        self._starts = bool(retried.people)
        if not retried.people:
            # Nothing was left to do, so that nothing is incomplete by it.
            self.join(check=False)
            return self
        return self.resume(wait=wait, check=check)

    def recall(self, who: object = None, *, expect: int | range | None = None) -> "Campaign":
        """
        Take the message back from everybody, or from some, within 24 hours of sending.

        DingTalk takes back whole calls: with somebody whose text was shared, up to 99 others lose it as well. Without
        `expect` nothing is done, and the error says who is meant. What was taken back already is not asked for again.

        Args:
            who: The userids of those who are meant: a list, a Series, an Index such as ``run.unread["userid"]``. None
                is everybody.
            expect: How many people lose it, taken in along and taken back before included: a number, or a range.

        Returns:
            The campaign itself; ``results()`` says ``recalled``, and `read` who had read it before.

        Raises:
            InputError: `expect` is missing, or differs; no call was accepted; all were sent too long ago; `who` cannot
                be read, names nobody, or names people who were not sent to; the campaign is running.
            DingError: DingTalk refused, or is out of reach. What was taken back stays so; run it again to go on.
        """
        if self.state is State.RUNNING:
            raise InputError(Text("recall.running"), Text("recall.running_todo"))
        asked = None if who is None else read_userids(who, "who")
        found = find_recall(self._context, self._number, asked, self._row_map.userids)
        if expect is None:
            raise InputError(
                Text(words_for(found.unit, "recall.expect"), who=found.text), Text("send.expect_todo", n=found.people)
            )
        differs = words_for(found.unit, "recall.other_expect")
        check_expected(self._context.realm.mode, expect, found.people, found.text, differs)
        stop = self._context.clock.event()
        recalling = Recalling(self._context, self._number, found.left, stop)
        bar = ProgressBar(self._context.clock)
        try:
            Background(self._context.clock, recalling.run, recalling.interrupt).join(lambda: bar.show(*recalling.shown))
        finally:
            if recalling.done < len(found.left):
                told, share = recalling.shown
                bar.end(Text("recall.unfinished", told=told), share)
        if recalling.done < len(found.left):
            if recalling.failure is not None:
                raise recalling.failure
            return self
        self._opening = Text("recall.done" if found.left else "recall.all_done_before", who=found.text)
        bar.end(self._opening, recalling.shown[1])
        return self

    def remind(self, message: Message, *, exclude: object = None, refresh: bool = True) -> "Plan":
        """
        Return a plan that sends another message to those who have this one and have not read it.

        Nothing is sent until the plan is, under a name of its own. It knows the columns of this campaign's input. A
        campaign found by its name has those that the ledger keeps: `userid`, the columns that the campaign's templates
        used, those that are called like a name, and the key's; with ``send(store_content=False)`` `userid` alone.
        The message and `exclude` are checked before DingTalk is asked anything.

        Args:
            message: What to send.
            exclude: Whom to leave out, as for `DingTalk.plan`. Phone numbers that are not in a column of the
                input, nor known from the last 24 hours, are looked up.
            refresh: Whether to ask DingTalk first who has read it meanwhile, as `refresh` does.

        Raises:
            NobodyError: Nobody is unread.
            InputError: `message` is none, or names a column that is not there; `exclude` cannot be used.
            DingError: DingTalk refused to answer, or did not answer at all.
        """
        # A plan sends campaigns, and this campaign plans.
        from dingnb.campaigns.sending.reminder import check_reminder, reminder  # noqa: PLC0415

        if not isinstance(message, Message):
            raise InputError(
                Text("client.no_message", call="remind", kind=type(message).__name__), Text("client.no_message_todo")
            )
        check_flag("refresh", refresh)
        row, context = self._row(), self._context
        check_reminder(context, self._row_map, row, message)
        excluded = read_excluded(
            exclude, Exclusions(context.ledger, context.realm, context.now_ns).reasons, by_mobile=True
        )
        if refresh:
            self.refresh()
        frame = self.results()
        unread = is_unread(frame)
        rows = self._row_map.frame[unread]
        key = row.key_columns
        return reminder(context, rows, frame[unread], message, key=key, excluded=excluded, exclude=exclude)

    def form(self, *, keep: Keep | None = None) -> "ResultsForm":
        """
        Return a form that shows how far it is sent and what became of everybody, and acts on it.

        It filters, searches and pages people, tells the whole story of one, asks DingTalk again, sends once more,
        reminds, takes back and exports; whatever reaches people only after their count is typed. Its ``code`` is the
        Python that does the same. It is for any campaign, also one of the past: ``ding.campaign(name).form()``.

        Args:
            keep: Columns of the input to show and search beside the ids, as for `results`; by default a column that
                is called like a name, if there is one.

        Raises:
            ColumnError: As for `results`.
        """
        named = self.usual_column("name")
        kept = kept_columns(keep if keep is not None else [] if named is None else [named])
        check_keep(self._row_map, kept)
        return cast("ResultsForm", forms.open_form("results.form.open_results", self, tuple(kept)))

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self._context.clock

    def snapshot(self, *, keep: Keep = ()) -> Snapshot:
        """
        Return what a form shows of it: results, and counts of them.

        Raises:
            ColumnError: As for `results`.
        """
        kept = kept_columns(keep)
        frame = self._results(kept, render=in_form)
        people = self._of_people(frame)
        return Snapshot(frame, tuple(kept), people, summarise(frame, people), self._row_map.is_whole)

    def choices(self, people: "pd.DataFrame") -> Choices:
        """
        Return what may be done about it now, and whom that would reach.

        Args:
            people: The `people` of a snapshot.
        """
        lost, unit = self._count_lost(), self.unit
        return find_choices(self._context, self._number, self.state, people, self._row_map, lost=lost, unit=unit)

    def asking(self) -> Asking:
        """Return what keeps asking DingTalk for results, once it runs."""
        return Asking(self._context, self._number)

    def sheet(self) -> Sheet:
        """Return what the campaign shows."""
        row = self._row()
        frame = self._results((), render=None)
        with self._context.ledger.connection() as db:
            calls = batches.count_attempts(db, self._number)
        # That nothing was sent stays true; that it goes on does not.
        opening = self._opening if self._background is None or self._is_running else NOTHING
        return campaign_sheet(
            row, self.state, frame, self._of_people(frame), calls=calls, opening=opening, reason=self.why
        )

    def _arrival(self) -> Arrival:
        unit = self.unit
        with self._context.ledger.connection() as db:
            return Arrival.of(db, self._number, unit)

    def count_untold(self) -> int:
        """Return of how many people DingTalk has yet to tell what became of them."""
        frame = self._of_people(self.results())
        return int(((frame["status"] == Status.ACCEPTED) & frame["reason"].isna()).sum())

    def _count_lost(self) -> int:
        """Return how many people can be sent to again."""
        row_map = self._row_map
        with self._context.ledger.connection() as db:
            lost = batches.lost_places(db, self._number)
        return sum(one in lost for one in zip(row_map.batch_of.tolist(), row_map.place_of.tolist(), strict=True))

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any] | None:
        """Show its form in a notebook while it goes on or can be resumed, and the sheet once it is over."""
        if self.state is State.FINISHED or not self.clock.is_real or not is_notebook():
            return None
        return self.form()._repr_mimebundle_()


def _is_until(value: object) -> bool:
    return isinstance(value, str) and value in get_args(Until)


def _is_number(value: object, most: float) -> bool:
    return is_number(value) and bool(0 <= value <= most)  # type: ignore[operator]  # a number, then


def _is_timeout(value: object) -> bool:
    # An endless wait may be written as one.
    return value is None or (isinstance(value, float) and value == math.inf) or _is_number(value, _LONGEST_S)
