"""A campaign: a named, recorded sending of a plan."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.planning.batches import NO_MEDIA
from dingnb.campaigns.planning.expected import check_count, check_expected
from dingnb.campaigns.recipient_count import words_for
from dingnb.campaigns.report.report import Report, save_report
from dingnb.campaigns.results.arrival import Until, seldom
from dingnb.campaigns.results.campaign_results import CampaignResults, Keep, is_unread
from dingnb.campaigns.results.completeness import find_incompleteness
from dingnb.campaigns.results.frames import check_keep, check_not_taken, kept_columns
from dingnb.campaigns.results.watching import Watch
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending import retry
from dingnb.campaigns.sending.control import SendingControl
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.recall import Recalling, find_recall
from dingnb.campaigns.sending.resolve import How, check_how, resolve
from dingnb.campaigns.sending.sender import PAUSE_AFTER
from dingnb.campaigns.status import FINAL, State, Status
from dingnb.clock import seconds
from dingnb.display import ProgressBar, forms
from dingnb.display.cell_output import is_notebook
from dingnb.errors import DingError, IncompleteError, InputError, LedgerError
from dingnb.errors.arguments import check_flag, is_number, shown
from dingnb.ledger import campaigns
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.messages.serialization import deserialize
from dingnb.recipients.exclusion_lists import Exclusions
from dingnb.recipients.exclusions import read_excluded, read_userids
from dingnb.tables.exports import write_table
from dingnb.words import NOTHING, Text, as_text, dotted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from dingnb.campaigns.plan import Plan
    from dingnb.ui.results.form import ResultsForm


_LONGEST_S = 1e9


class Campaign:
    """
    A named, recorded sending of a plan. Made by `Plan.send`, or found again by `DingTalk.campaign`.

    Its display shows the state, how many people have which status, the next step, and what went wrong.

    Args:
        context: The app, the ledger and the time.
        number: The campaign's number in the ledger.
        name: Its name.
        row_map: The rows of its results.
        opening: The first line of its display, such as that nothing was sent.
        pause_after: The number of failures in a row after which it pauses; None is never.
        waits: Whether `resume` waits by default.
        starts: Whether it starts to send now.
        contents: The media that this process holds, by reference.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with a default
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
        contents: Mapping[str, Content] = NO_MEDIA,
    ) -> None:
        self._context = context
        self._number = number
        self._control = SendingControl(
            context,
            number,
            name,
            opening=opening,
            pause_after=pause_after,
            waits=waits,
            starts=starts,
            find_incompleteness=self._find_incompleteness,
            contents=contents,
        )
        self._results = CampaignResults(context, number, row_map, self._control)
        self._watch = Watch(context, number)

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self._control.name

    @property
    def state(self) -> State:
        """
        How the campaign stands.

        ``running``; ``paused`` or ``stopped``: by `pause` or `stop`, and then only `resume` continues it, or after
        failures and by what DingTalk refused, and then running the cell again does as well; ``interrupted``: the cell
        was interrupted or its process died, running the cell again or `resume` continues it; ``finished``: every batch
        is accepted, failed, or unknown with no permitted repeat.
        """
        return self._control.state

    @property
    def reason(self) -> str:
        """Why it is paused, stopped or interrupted, and what to do; empty if requested here or running."""
        return str(self._control.why)

    @property
    def progress(self) -> Progress:
        """
        The progress of sending at this moment, in whichever process it runs.

        Another process publishes its progress several times a second. If none is sending, the ledger is counted.
        """
        return self._control.progress

    @property
    def message(self) -> Message | None:
        """
        The message with its templates, as the campaign's newest plan has it, to look at or to send to others.

        None where the texts are not kept: ``send(store_content=False)``, or ``dingnb ledger prune --texts-only``.

        Raises:
            MessageError: It breaks a rule that came later.
        """
        with self._context.ledger.connection() as db:
            packed = campaigns.message_of(db, self._number)
        return deserialize(packed) if packed else None

    def pause(self) -> None:
        """
        Let no further call leave for now; what is under way is drained. Returns at once.

        Only `resume` continues it, as for `stop`.

        Raises:
            LedgerError: As for `stop`.
        """
        self._control.end_anywhere(State.PAUSED)

    def stop(self) -> None:
        """
        Let no further call leave; what is under way is drained. Returns at once.

        Only `resume` continues it: running the cell that sent it again does not, and says so. It stops what any
        notebook or process sends, or waits to send: ``ding.campaign(name).stop()`` elsewhere does so within half a
        second. A campaign that is finished stays so.

        Raises:
            LedgerError: Sending ended here; other processes could not be reached.
        """
        self._control.end_anywhere(State.STOPPED)

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
        waits = self._control.waits if wait is None else wait
        self._control.resume(wait=waits)
        if waits:
            self._require_complete(check=check)
        return self

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
            until: ``"sent"``: until sending has ended, finished or not and in any process;
                ``"delivered"``: until `share` of the people whose calls were accepted have it; ``"read"``: until
                `share` of those of whom it can be told have read it. Whom an earlier call reached (evidence
                ``duplicate``) is not counted then: of them no read state can be had.
            share: From 0 to 1.
            timeout_s: Return after so many seconds; what is known is kept, and sending goes on.
            check: Whether to raise where the campaign has ended incomplete, as for `Plan.send`, or its results could
                not be read.

        Returns:
            The campaign itself.

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
        control = self._control
        # Also where sending has come to its end: an error of its own has to show once.
        if until == "sent" or not control.was_joined:
            control.join(until_ns)
        elif control.is_sent_elsewhere:
            control.watch_others(until_ns)
        unread = self._watch_results(until, share, until_ns) if until != "sent" else None
        if self.state is not State.RUNNING:
            self._require_complete(check=check, unread=unread)
        return self

    def _watch_results(self, until: Until, share: float, until_ns: int | None) -> DingError | None:
        """Wait for results, and return why they could not be read."""
        clock, arrived = self._context.clock, self._results.arrival
        watched = FINAL if until == "read" else FINAL | {Status.DELIVERED}
        stop = clock.event()
        work = Background(
            clock,
            lambda: self._watch.run(watched, lambda: arrived().share(until) >= share, stop, until_ns),
            lambda: self._watch.interrupt(stop),
        )
        arrival, bar = seldom(arrived), ProgressBar(clock)

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
            bar.end(*arrived().shown)
        return unread

    def _require_complete(self, *, check: bool, unread: DingError | None = None) -> None:
        found = self._find_incompleteness(unread)
        if found is None:
            return
        if check:
            raise found from unread
        ProgressBar(self._context.clock).end(found.reason)

    def _find_incompleteness(self, unread: DingError | None = None) -> IncompleteError | None:
        return find_incompleteness(self, self._control, self._context, self._number, unread)

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

    def results(self, *, keep: Keep = ()) -> "pd.DataFrame":
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
        return self._results.frame(keep)

    def missed(self) -> "pd.DataFrame":
        """
        Return the rows of everybody whom this campaign did not reach, and why.

        As `results`, of the statuses ``rejected``, ``queued``, ``invalid``, ``filtered``, ``failed``, ``cancelled`` and
        ``recalled``; and `retry_at` (datetime64[ms, Asia/Shanghai]): from when on `retry` can send to them, which may
        be past; NaT where something has to be corrected first, as `hint` says, and where no retry is ever made: who was
        ``filtered`` because of the same text on that day (``143106``, ``143206``, or no code; `reached` is NA) has it
        from elsewhere, or may have it. Those of unknown outcome are in `resolve()`.
        """
        return self._results.missed()

    def unread(self) -> "pd.DataFrame":
        """Return the rows, as `results`, of everybody who has the message and had not read it at the last refresh."""
        return self._results.unread()

    def summary(self) -> "pd.DataFrame":
        """
        Return how many people have which status, and the next step.

        Returns:
            One row for each status that somebody has, in the order of the statuses: the index `status` (str),
            `people` (int64; of ``rejected`` it is rows), `share` (float64, from 0 to 1), `todo` (str; empty is NA).
        """
        return self._results.summary()

    def export(self, path: str | os.PathLike[str], *, keep: Keep = ()) -> Path:
        """
        Write the results to an Excel workbook or a CSV file that only you can read, and return its path.

        Ids are text, and nothing becomes a formula: in CSV (UTF-8, as Excel reads it) such a text gets an apostrophe in
        front. The file is written whole or not at all.

        Args:
            path: The file: ``.xlsx``, or ``.csv``, which a name without a suffix gets.
            keep: Columns of the input to carry along, in front.

        Raises:
            ColumnError: As for `results`.
            FileError: The name ends otherwise, the file is open in another program, or it cannot be written.
        """
        return write_table(path, self.results(keep=keep))

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
        made = self._results.report(texts=texts, keep=keep)
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
        return self._results.plot()

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
            Without `how`, the rows of `results` with unknown outcome; else the campaign itself.

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
        statuses = self._results.of_people(frame)["status"]
        unknown, queued = (int((statuses == status).sum()) for status in (Status.UNKNOWN, Status.QUEUED))
        if how == "resend" and unknown:
            unknown = self._results.count_lost()
            if not unknown:
                raise InputError(Text("resolve.apart"), Text("resolve.apart_todo"))
        resolve(
            self._context, self._number, how, unknown=unknown, queued=queued, expect=expect, unit=self._control.unit
        )
        # What was said of it before may advise to decide, which is done.
        self._control.opening = NOTHING
        if how == "resend":
            self.resume(wait=wait)
        return self

    def retry(self, *, expect: int | range | None = None, wait: bool = True, check: bool = True) -> "Campaign":
        """
        Send the same texts again to those who missed them and can receive them now.

        Those are the people whose delivery failed, and those dropped by a limit that has been reset. Nobody who has
        the message, or may have it, is sent to, so it is safe to run again; this includes everybody whom DingTalk
        dropped because of an equal text from any source, on later days too. People whom the campaign's newest plan
        leaves out, and recalled texts, are not sent. `missed()` says what to do about all others.

        Args:
            expect: The number of people to send to now, or a range; with any other count nothing is sent. LIVE
                needs it. If nobody can be sent to now, the call says so for any `expect`.
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
        missed, unknown, pending = self.missed(), self._results.unknown(), self._results.count_pending()
        retried = retry.retry(self._context, self._number, expect, self._control.unit)
        opening = retry.opening(retried, missed, unknown, pending, self._control.unit)
        self._control.reset(opening, starts=bool(retried.people))
        if not retried.people:
            # Nothing was left to do, so that nothing is incomplete by it.
            return self.wait("sent", check=False)
        return self.resume(wait=wait, check=check)

    def recall(self, who: object = None, *, expect: int | range | None = None) -> "Campaign":
        """
        Recall the message from everybody, or from some people, within 24 hours of sending.

        DingTalk recalls whole calls: everybody else in a person's call, up to 99 people, loses the message as well.
        Without `expect` nothing is recalled; the error says how many people would lose it. Calls that were recalled
        before are not recalled again.

        Args:
            who: The userids: a list, a Series, or an Index, such as ``run.unread()["userid"]``. None is everybody.
            expect: The number of people who lose it, or a range: with those in the same calls, and those recalled
                before.

        Returns:
            The campaign itself; ``results()`` says ``recalled``, and `read` who had read it before.

        Raises:
            InputError: `expect` is missing, or differs; no call was accepted; all were sent too long ago; `who` cannot
                be read, names nobody, or names people who were not sent to; the campaign is running.
            DingError: DingTalk refused, or cannot be reached. Calls recalled so far stay recalled; run it again.
        """
        if self.state is State.RUNNING:
            raise InputError(Text("recall.running"), Text("recall.running_todo"))
        asked = None if who is None else read_userids(who, "who")
        found = find_recall(self._context, self._number, asked, self._results.row_map.userids)
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
                bar.end(Text("recall.unfinished", progress=told), share)
        if recalling.done < len(found.left):
            if recalling.failure is not None:
                raise recalling.failure
            return self
        self._control.opening = Text("recall.done" if found.left else "recall.all_done_before", who=found.text)
        bar.end(self._control.opening, recalling.shown[1])
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
        row, context = self._control.row(), self._context
        check_reminder(context, self._results.row_map, row, message)
        excluded = read_excluded(
            exclude, Exclusions(context.ledger, context.realm, context.now_ns).reasons, by_mobile=True
        )
        if refresh:
            self.refresh()
        frame = self.results()
        unread = is_unread(frame)
        rows = self._results.row_map.frame[unread]
        key = row.key_columns
        return reminder(context, rows, frame[unread], message, key=key, excluded=excluded, exclude=exclude)

    def form(self, *, keep: Keep | None = None) -> "ResultsForm":
        """
        Return a form that shows progress and results, and acts on them.

        It filters, searches and pages people, shows the details of one, refreshes, retries, reminds, recalls and
        exports; what reaches people needs their count typed first. Its ``code`` is the equivalent Python. It opens
        past campaigns as well: ``ding.campaign(name).form()``.

        Args:
            keep: Columns of the input to show and search beside the ids, as for `results`; by default a column that
                named like a name, if there is one.

        Raises:
            ColumnError: As for `results`.
        """
        named = self._results.usual_column("name")
        kept = kept_columns(keep if keep is not None else [] if named is None else [named])
        check_keep(self._results.row_map, kept)
        return cast("ResultsForm", forms.open_form("results.form.open_results", self, tuple(kept)))

    def __repr__(self) -> str:
        return self._results.sheet().to_text()

    def _repr_html_(self) -> str:
        return self._results.sheet().to_html()

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any] | None:
        """Show its form in a notebook while it goes on or can be resumed, and the sheet once it is over."""
        if self.state is State.FINISHED or not self._context.clock.is_real or not is_notebook():
            return None
        return self.form()._repr_mimebundle_()


def view_of(campaign: Campaign) -> CampaignView:
    """Return the part of a campaign that forms read."""
    own = campaign
    return CampaignView(own._context, own._number, own._control, own._results, own._watch)  # noqa: SLF001 - of this module


def _is_until(value: object) -> bool:
    return isinstance(value, str) and value in get_args(Until)


def _is_number(value: object, most: float) -> bool:
    return is_number(value) and bool(0 <= value <= most)  # type: ignore[operator]  # a number, then


def _is_timeout(value: object) -> bool:
    # An endless wait may be written as one.
    return value is None or (isinstance(value, float) and value == math.inf) or _is_number(value, _LONGEST_S)
