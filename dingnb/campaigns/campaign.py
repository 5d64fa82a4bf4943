"""A campaign: a named, recorded sending of a plan."""

import math
import os
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.calls.throttle import throttled
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.recipient_count import check_expect_type, check_expected_people, is_expected, text_key
from dingnb.campaigns.report.report import Report, write_report
from dingnb.campaigns.results.answer_polling import wait_for_answers
from dingnb.campaigns.results.campaign_results import CampaignResults, Keep
from dingnb.campaigns.results.delivery_statistics import Until
from dingnb.campaigns.results.poller import ResultsPoller
from dingnb.campaigns.results.results_frame import check_keep, is_unread, kept_columns
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending import retry
from dingnb.campaigns.sending.closing import check_no_sender, check_open, describe_open_cards, prepare_disabling
from dingnb.campaigns.sending.control import SendingControl, has_open_batches
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.recall import RecallEffect, describe_recalled, find_recall_effect, prepare_recall
from dingnb.campaigns.sending.recall_progress import check_not_recalled_now, end_recall, start_recall, stop_recall
from dingnb.campaigns.sending.sender import PAUSE_AFTER
from dingnb.campaigns.sending.unknown_outcomes import Decision, check_decision, resolve
from dingnb.campaigns.status import FINAL, State, Status
from dingnb.channels import Channel
from dingnb.clock import seconds_to_ns
from dingnb.display import ProgressBar, forms
from dingnb.display.shell import is_notebook
from dingnb.errors import DingError, IncompleteError, InputError, LedgerError
from dingnb.errors.arguments import check_flag, explains_arguments, is_number, short_repr
from dingnb.ledger.campaigns import campaigns
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.messages.message import deserialize
from dingnb.recipients.exclusions import Exclusions, exclusion_list_name, read_userids
from dingnb.tables.exports import write_table
from dingnb.words import NOTHING, Text, as_text, count, dotted, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from dingnb.campaigns.plan import Plan
    from dingnb.ui.results.form import ResultsForm


_MAX_TIMEOUT_S = 1e9


class Campaign:
    """
    A named, recorded sending of a plan. Created by `Plan.send`, or found by `DingTalk.campaign`.

    Its display shows the state, the number of people by status, the next step and any problems. Its methods raise
    LedgerError if the ledger cannot be read or written.

    Args:
        context: The context of sending.
        number: The campaign's number in the ledger.
        name: The campaign's name.
        channel: The channel that sends the campaign.
        row_map: The rows of the results.
        opening: What the display says about the last action, for example that nothing was sent; may be empty.
        pause_after: The number of consecutive failures after which the campaign pauses; None for never.
        waits: Whether `resume` waits by default.
        starts: Whether sending starts now.
        contents: The media that this process holds, by reference.
        note: The first sentence of the display; may be empty.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with a default
        self,
        context: SendContext,
        number: int,
        name: str,
        channel: Channel,
        row_map: RowMap,
        *,
        opening: Text = NOTHING,
        pause_after: int | None = PAUSE_AFTER,
        waits: bool = True,
        starts: bool = False,
        contents: Mapping[str, Content] = MappingProxyType({}),
        note: Text = NOTHING,
    ) -> None:
        self._context = context
        self._number = number
        self._control = SendingControl(
            context,
            number,
            name,
            channel,
            opening=opening,
            pause_after=pause_after,
            waits=waits,
            starts=starts,
            find_incompleteness=self._find_incompleteness,
            count_left_out=lambda: self._results.undelivered().rejected,
            contents=contents,
            note=note,
        )
        self._results = CampaignResults(context, number, row_map, self._control)
        self._poller = ResultsPoller(context, number, channel, names=lambda: self._results.names_of_all_lists)

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self._control.name

    @property
    def state(self) -> State:
        """
        The state of the campaign.

        One of ``running``; ``paused`` or ``stopped`` (after `pause` or `stop`, only `resume` continues it; after
        failures, running the cell again does so too); ``interrupted`` (the cell was interrupted or its process died;
        `resume` or running the cell again continues it); ``finished`` (every batch is accepted, failed, or unknown with
        no permitted repeat left).
        """
        return self._control.state

    @property
    def reason(self) -> str:
        """
        Why the campaign is paused, stopped or interrupted, and what to do.

        Empty if the campaign is running or finished, or was paused or stopped while no other process was sending it.
        """
        return str(self._control.halt_reason)

    @property
    def progress(self) -> Progress:
        """
        The current progress of sending, in any process.

        Another process publishes its progress several times a second. If no process is sending, the progress is
        computed from the ledger.
        """
        return self._control.progress

    @property
    def message(self) -> Message | None:
        """
        The message of the campaign's newest plan, with its templates, to inspect or to send to others.

        None if the texts are not kept: once a campaign sent with ``send(store_content=False)`` has finished, or after
        ``dingnb ledger prune --texts-only``.

        Raises:
            MessageError: The stored message violates a rule that was introduced after it was sent.
        """
        with self._context.ledger.connection() as db:
            serialized = campaigns.get_message(db, self._number)
        return deserialize(serialized) if serialized else None

    def pause(self) -> None:
        """
        Pause sending: calls under way are drained, and no further ones are made. Returns at once.

        Only `resume` continues the campaign. If everything has been sent, or the campaign is being recalled, `pause`
        does the same as `stop`.

        Raises:
            LedgerError: As for `stop`.
        """
        self._halt(State.PAUSED)

    def stop(self) -> None:
        """
        Stop sending: calls under way are drained, and no further ones are made. Returns at once.

        Only `resume` continues the campaign; running its cell again raises an error. Sending stops in other notebooks
        and processes too: ``ding.campaign(name).stop()`` takes effect there within half a second. A finished campaign
        stays finished, and a line says so.

        If the campaign is being recalled, the recall stops instead, in any process, after the calls under way, and the
        call of `recall` raises IncompleteError; call `recall` again to recall the rest. Likewise, if the campaign's
        cards are being closed, closing stops, and the call of `close` raises IncompleteError; call `close` again to
        disable the other cards.

        Raises:
            LedgerError: Sending ended in this process; other processes could not be reached.
        """
        self._halt(State.STOPPED)

    def _halt(self, state: State) -> None:
        """Pause or stop sending and the closing of cards; if the campaign is being recalled, only stop the recall."""
        recall = None if self._control.state is State.RUNNING else stop_recall(self._context, self._number)
        if recall is not None:
            todo = Text("recall.interrupted_some_todo" if recall.who else "recall.interrupted_todo")
            ProgressBar(self._context.clock).end(sentences(Text("recall.stopping", progress=recall.text), todo))
            return
        self._control.end_anywhere(state)
        open_cards = describe_open_cards(self._context, self._number)
        if open_cards:
            ProgressBar(self._context.clock).end(open_cards)
        elif self._control.state is State.FINISHED:
            if self._results.has_cards:
                todo = Text("answer.is_closed" if self._results.are_cards_closed else "control.all_sent_card")
            else:
                todo = describe_recalled(self._context, self._number) or Text("control.all_sent_recall")
            ProgressBar(self._context.clock).end(sentences(Text("control.all_sent"), todo))

    @explains_arguments
    def resume(self, *, wait: bool | None = None, check: bool = True) -> "Campaign":
        """
        Continue a paused, stopped or interrupted campaign; settled batches are not sent again.

        Of a finished campaign only calls with unknown outcome are repeated, if nobody can get the message twice.

        Args:
            wait: Whether to return only when every batch is settled. None means as for `Plan.send`, or True for a
                campaign found by name.
            check: Whether to raise if the campaign ends incomplete, as for `Plan.send`.

        Returns:
            The campaign itself.

        Raises:
            IncompleteError: The campaign ended before everything was sent, or with unknown outcomes.
            InputError: The campaign is being recalled, or its cards are closed.
            KeyboardInterrupt: The cell was interrupted; calls under way were drained.
            DingError: No call could be made.
        """
        if wait is not None:
            check_flag("wait", wait)
        check_flag("check", check)
        waits = self._control.waits if wait is None else wait
        is_finished = self.state is State.FINISHED
        if not is_finished:
            self._check_may_send()
        listener = self._context.listener
        if self._results.has_cards and listener is not None:
            # A stream that was started before there were cards does not receive presses.
            listener.include_cards()
        if is_finished and not has_open_batches(self._context, self._number, self._control.channel):
            day, people = format_day(self._control.row().updated_ns), self._results.recipient_count.text
            finished = Text("campaign.nothing_sent", day=day, people=people)
            self._control.opening = sentences(finished, describe_recalled(self._context, self._number))
            ProgressBar(self._context.clock).end(self._control.opening)
        else:
            self._control.resume(wait=waits, check=check)
        if waits:
            self._require_complete(check=check)
        return self

    @explains_arguments
    def wait(
        self,
        until: Until | Literal["answered"] = "delivered",
        *,
        share: float = 1.0,
        timeout_s: float | None = None,
        check: bool = True,
    ) -> "Campaign":
        """
        Wait until enough people have received, read or answered the message, or until no more results are expected.

        With ``"delivered"``, no more results are expected once the results of all accepted calls are known. People
        missing from a result are requested again, at growing intervals. Results are available for 24 hours. Each
        request for the result of a call uses one call of the monthly quota: one for each person if every text is
        personal. Cards have no results, so with ``"delivered"`` or ``"read"`` the wait ends when sending has ended.

        Args:
            until: ``"sent"``: until sending has ended, in any process; ``"delivered"``: until `share` of the people
                whose calls were accepted have the message; ``"read"``: until `share` of these people have read the
                message, not counting people reached by an earlier call (evidence ``duplicate``), who have no read
                state; ``"answered"``: until `share` of the recipients have answered, or everybody who may have the card
                has answered, or the cards are closed. Meanwhile, answers are received over Stream, unless this notebook
                receives them already.
            share: A share from 0 to 1.
            timeout_s: Maximum time to wait, in seconds; results so far are kept, and sending continues.
            check: Whether to raise if the campaign has ended incomplete, as for `Plan.send`, or its results could not
                be read.

        Returns:
            The campaign itself.

        Raises:
            IncompleteError: The campaign ended before everything was sent, or with unknown outcomes, or its results
                could not be read. Results so far are kept.
            KeyboardInterrupt: The cell was interrupted; results so far are kept. The error says how to continue.
            InputError: `until`, `share` or `timeout_s` is invalid, or `until` is ``"answered"`` and the campaign has no
                cards.
            LedgerError: The ledger cannot be read or written.
        """
        check_flag("check", check)
        if not _is_until(until) or not _is_within(share, 1) or not _is_timeout(timeout_s):
            values = {"until": short_repr(until), "share": short_repr(share), "timeout_s": short_repr(timeout_s)}
            raise InputError(Text("campaign.bad_wait", **values), Text("campaign.bad_wait_todo"))
        if until == "answered":
            self._results.require_cards()
        clock = self._context.clock
        until_ns = (
            None if timeout_s is None or math.isinf(timeout_s) else clock.monotonic_ns() + seconds_to_ns(timeout_s)
        )
        try:
            results_error = self._wait(until, share, until_ns, check=check)
        except KeyboardInterrupt:
            arguments = [] if until == "delivered" else [f'"{until}"']
            arguments += [] if share == 1 else [f"share={float(share)}"]
            raise self._control.interruption(", ".join(arguments)) from None
        if self.state is not State.RUNNING:
            self._control.mark_awaited()
            self._require_complete(check=check, results_error=results_error)
        return self

    def _wait(
        self, until: Until | Literal["answered"], share: float, until_ns: int | None, *, check: bool
    ) -> DingError | None:
        """Wait as `wait` does, until a monotonic time; return the error if the results could not be read."""
        control = self._control
        # Join even if sending has ended, so that its error is raised.
        if until == "sent" or not control.was_joined:
            control.join(until_ns, check=check)
        elif control.is_sending_elsewhere:
            control.watch_others(until_ns)
        if until == "answered":
            results = self._results
            # People without a card cannot answer.
            share = min(share, results.answers().possible_share)
            wait_for_answers(self._context, results.answers, results.answers_fingerprint, share, until_ns)
        elif until != "sent":
            return self._watch_results(until, share, until_ns)
        return None

    def _watch_results(
        self, until: Literal["delivered", "read"], share: float, until_ns: int | None
    ) -> DingError | None:
        """Wait for delivery results as `_wait` does; return the error if they could not be read."""
        clock, count_delivery = self._context.clock, self._results.delivery_counts
        final_statuses = FINAL if until == "read" else FINAL | {Status.DELIVERED}
        stop = clock.event()
        background = Background(
            clock,
            lambda: self._poller.run(final_statuses, lambda: count_delivery().share(until) >= share, stop, until_ns),
            lambda: self._poller.interrupt(stop),
        )
        recent_counts, bar, calls_before = throttled(count_delivery, clock), ProgressBar(clock), self._poller.calls

        def show() -> None:
            text, known_share = recent_counts().text_and_share
            # The wait is in parentheses.
            bar.show(sentences(text, self._poller.wait_text), known_share)

        results_error = None
        try:
            background.join(show, until_ns)
            self._poller.interrupt(stop)
            background.join()
        except LedgerError:
            raise
        except DingError as error:
            results_error = error
        finally:
            counts = count_delivery()
            has_timed_out = until_ns is not None and clock.monotonic_ns() >= until_ns
            ending: list[Text] = []
            if until == "read" or has_timed_out:
                ending = [*counts.shortfall(until, share), count("call", self._poller.calls - calls_before)]
            text, known_share = counts.text_and_share
            bar.end(dotted([as_text(text), *ending]), known_share)
        return results_error

    def _require_complete(self, *, check: bool, results_error: DingError | None = None) -> None:
        incompleteness = self._find_incompleteness(results_error)
        if incompleteness is None:
            return
        if check:
            raise incompleteness from results_error
        ProgressBar(self._context.clock).end(incompleteness.reason)

    def _find_incompleteness(self, results_error: DingError | None = None) -> IncompleteError | None:
        return self._results.find_incompleteness(self, results_error)

    def refresh(self) -> "Campaign":
        """
        Request the delivery and read state of everybody whose status is not final, once, and show the outcome.

        Each batch uses one call of the monthly quota. Just after a send, `refresh` waits for up to 2 seconds. Batches
        requested a few seconds ago are skipped. If two batches are not ready, all other batches that are unlikely to be
        ready are skipped as well. For cards nothing is requested, because DingTalk does not report whether they
        arrived.

        Returns:
            The campaign itself.

        Raises:
            ArgumentError: DingTalk does not know some of the batches. All other results were read, unless it knew
                neither the first three nor the newest: then no others were requested.
            BadAnswerError: Results were for other people than the batch's; all other results were read.
            DingError: DingTalk refused a request, or answered none; results read before that are recorded.
        """
        view_of(self).refresh()
        if self._poller.unread is not None:
            raise self._poller.unread
        return self

    @explains_arguments
    def results(self, *, keep: Keep = (), answers: bool = False) -> "pd.DataFrame":
        """
        Return the recorded result of each person. Makes no calls.

        Args:
            keep: The column, or columns, of the input to add in front; a label that is a tuple has to be in a list.
            answers: Whether to add the columns of `answers`. A column in `keep` that has the same name as an added
                column becomes ``input_NAME``; a field with the name of a results column, such as ``code``, becomes
                ``code_``.

        Returns:
            One row for each row of the input, in its order and with its index. A campaign found by name has one row for
            each recipient and each rejected row, with the input's index as well, sorted by the index if its labels are
            integers; but if people of several lists have equal labels, or its texts are not kept, the index counts from
            0: then join by userid. Columns: `userid` (str), `status` (unordered categorical), `reached` (boolean:
            whether the person has the message, see below), `reason` (str), `hint` (str), `code` (str: DingTalk's),
            `task_id` (Int64), `attempts` (int64: the number of calls made), `evidence` (str: ``result`` if reported by
            DingTalk's result, ``duplicate`` if DingTalk dropped the repeat of a call because of the same text: with the
            status ``delivered``, an earlier call delivered it; ``elsewhere`` if the result says that the text was sent
            before, and the ledger knows by which other campaign or test; ``answer`` if the person answered a card),
            `sent_at` and `updated_at` (datetime64[ms, Asia/Shanghai]), `read` (boolean; kept after a recall), `channel`
            (str: ``work notification`` or ``card``). Missing values are NA. After a retry the row has the outcome of
            the last call.

            `reached` is True for ``delivered`` and ``read``, and for ``filtered`` if another campaign or a test has
            delivered the same text. It is NA while unknown: for ``sending``, ``accepted`` and ``unknown``, and for
            ``filtered`` if DingTalk dropped a repeat or gave no reason, because the person may have the same text from
            elsewhere. For all other statuses it is False.

        Raises:
            ColumnError: A column in `keep` is missing, or has the name of a results column.
            InputError: `answers` is True, and the campaign has no cards.
        """
        check_flag("answers", answers)
        return self._results.with_answers(keep) if answers else self._results.frame(keep)

    def answers(self) -> "pd.DataFrame":
        """
        Return the answer of each person to the campaign's cards. Makes no calls.

        If a person has answered several times, on any card, including cards of reminders, the first or the last answer
        counts, as the message says; a late answer counts only if there is no other answer.

        Returns:
            One row for each row of the input, in its order and with its index (a campaign found by name has the
            rows of its `results`): `userid` (str), `answer` (str: the key of the button, or ``submit`` for a form), a
            column for each field of the form, `answered_at` (datetime64[ms, Asia/Shanghai]: when the person answered)
            and `late` (boolean: whether the person answered after the deadline). Fields are str, for numbers Float64,
            for switches boolean, for dates datetime64[ms], for several choices lists of str (object). Missing values
            are NA, as are invalid numbers and dates. Cards from a template of your own have a column `values` (object:
            a dict of the values that the card posts).

        Raises:
            InputError: The campaign has no cards.
        """
        return self._results.answers().frame

    @explains_arguments
    def unanswered(self, *, keep: Keep = ()) -> "pd.DataFrame":
        """
        Return the rows of `results` of everybody who has the card, or may have it, and has not answered.

        Args:
            keep: The columns of the input to add in front, such as the names, as for `results`.

        Raises:
            ColumnError: As for `results`.
            InputError: The campaign has no cards.
        """
        return self._results.unanswered(keep)

    def tally(self) -> "pd.DataFrame":
        """
        Return the number of people by answer.

        Returns:
            One row for each possible answer, in the order of the card, with a row for people without an answer after
            the buttons or the form: `question` (str: ``answer`` for buttons, else the column of a field with choices),
            `answer` (str: the key or value; NA without an answer), `label` (str), `people` (int64; a person with
            several rows counts once for each key; without an answer, only people of `unanswered`), and `share`
            (float64: of the people who answered the question, 0 if nobody did; NA without an answer).

        Raises:
            InputError: The campaign has no cards.
        """
        return self._results.answers().tally

    def close(self) -> "Campaign":
        """
        Close the campaign's cards: further answers do not count, and the cards are disabled for everybody.

        The cards of the campaign's reminders are closed as well, and, if the campaign is a reminder, the cards of the
        original campaign. Disabling takes one call for each card, of the monthly quota. Calling `close` again disables
        the remaining cards. Once the cards are closed, no further cards are sent in this campaign.

        Returns:
            The campaign itself.

        Raises:
            InputError: The campaign has no cards that can be answered, or is being sent, or one of its reminders is.
            IncompleteError: Closing was stopped by `stop`. Further answers do not count nevertheless.
            DingError: DingTalk refused a call or cannot be reached. Further answers do not count nevertheless.
        """
        if self.state is State.RUNNING:
            raise InputError(Text("answer.closing_running"), Text("answer.closing_running_todo"))
        poll = self._results.answers().poll
        context = self._context
        check_no_sender(context, self._number)
        calls = prepare_disabling(context, self._number)
        bar = ProgressBar(context.clock)
        try:
            calls.run(bar)
        finally:
            if not calls.is_done:
                bar.end(*calls.text_and_share)
        if calls.failure is not None:
            raise calls.failure
        if not calls.is_done:
            stopped = Text("answer.closing_stopped", progress=calls.text_and_share[0])
            raise IncompleteError(stopped, Text("answer.closing_stopped_todo"), campaign=self, state=self.state)
        # A sender may have started before the cards were closed.
        check_no_sender(context, self._number)
        key = "closed" if calls.total else "closed_before" if poll.closed_data else "closed_only"
        bar.end(Text(f"answer.{key}", cards=count("card", calls.total)))
        return self

    def _check_may_send(self) -> None:
        """Check that the message is not being recalled, and that answers to further cards would count."""
        with self._context.ledger.connection() as db:
            check_not_recalled_now(db, self._control.row(db), self._context.now_ns())
            check_open(db, self._number)

    @explains_arguments
    def missed(self, *, keep: Keep = ()) -> "pd.DataFrame":
        """
        Return the rows of everybody whom this campaign did not reach, with the reasons.

        The rows of `results` with the status ``rejected``, ``queued``, ``invalid``, ``filtered``, ``failed``,
        ``cancelled`` or ``recalled``, with another column `retry_at` (datetime64[ms, Asia/Shanghai]): the earliest time
        at which `retry` can send to them, which may be in the past. `retry_at` is NaT if something has to be corrected
        first (see `hint`), unless a message of an earlier list, which `retry` sends again, failed to reach the person
        of a rejected row; once the cards are closed; and for people who are never retried: people ``filtered`` because
        of the same text on that day (``143106``, ``143206``, or no code; `reached` is NA) may have the text from
        elsewhere. People who have the text from another campaign or a test in the ledger, or were sent it there, are
        not among the rows: their `evidence` in `results` is ``elsewhere``.

        People with unknown outcome are not among the rows, because they may have the message; `resolve()` lists them.
        A line says how many people have an unknown outcome; for how many people DingTalk has not reported the delivery
        yet (run `wait()` or `refresh()` first), or no longer reports it, 24 hours after sending; and how many people
        are ``queued``: they get the message when the campaign continues, or never if its cards are closed.

        Args:
            keep: The columns of the input to add in front, such as the names, as for `results`.

        Raises:
            ColumnError: A column in `keep` is missing, or has the name of a results column or of `retry_at`.
        """
        frame, note = self._results.missed(keep)
        if note:
            ProgressBar(self._context.clock).end(note)
        return frame

    @explains_arguments
    def unread(self, *, keep: Keep = ()) -> "pd.DataFrame":
        """
        Return the rows of `results` of everybody who had received but not read the message at the last refresh.

        As for `missed`, a line says how many people are still queued, and for how many the delivery is not known. The
        line also says how many people had the text before, so that their reads are not known here, and how many
        messages may have been read more than 24 hours after they were sent, when DingTalk no longer reports reads.
        DingTalk never reports reads of cards, and the line says so: see `unanswered`.

        Args:
            keep: The columns of the input to add in front, such as the names, as for `results`.

        Raises:
            ColumnError: A column in `keep` is missing, or has the name of a results column.
        """
        frame, note = self._results.unread(keep)
        if note:
            ProgressBar(self._context.clock).end(note)
        return frame

    def summary(self) -> "pd.DataFrame":
        """
        Return the number of people by status, and the next steps.

        Returns:
            One row for each status with people, in the order of the statuses: the index `status` (str), `people`
            (int64: the number of people or, with ``key=``, of messages; a person with several rejected rows counts
            once), `share` (float64: of these people, from 0 to 1), `todo` (str; NA if empty).
        """
        return self._results.summary()

    @explains_arguments
    def export(
        self,
        path: str | os.PathLike[str],
        *,
        status: str = "",
        text: str = "",
        answers: Mapping[str, str | None] | None = None,
        keep: Keep = (),
        readable: bool = False,
    ) -> Path:
        """
        Write the results, and answers if there are cards, to an Excel workbook or CSV file, and return its path.

        The file has the columns and values of `results` and `answers`, for code that reads the file again, or with
        ``readable=True`` the headings and statuses of forms; the forms' own exports differ only in hints, which name
        buttons in place of calls. Only you can open the file.

        Ids are text, and no text becomes a formula: in CSV (UTF-8 with a byte order mark), a text that looks like one
        is prefixed with an apostrophe. The file is written atomically.

        Args:
            path: The file, ``.xlsx`` or ``.csv``; ``.csv`` is added to a name without a suffix.
            status: Only rows with this status; empty for any.
            text: Only rows with this text in the kept columns, names, row labels, ids, statuses, reasons, hints or
                codes; empty for any.
            answers: Only rows with all these answers, for campaigns with cards: a key or value for each question of
                `tally`, such as ``{"answer": "yes"}``; None for the people of `unanswered`.
            keep: Columns of the input to add in front; one with the name of a column of answers becomes
                ``input_NAME``.
            readable: Whether the file is for people: headings, statuses and other values in the current language; first
                the number of each row and all columns of the list (the columns in `keep` before the others), under
                the headings of the list's file; then the status, the reason and what to do; technical columns last. For
                a campaign found by name, the file has the columns that are kept in the ledger, as for `remind`, and the
                numbers of the rows, unless people of several lists have equal labels.

        Raises:
            ColumnError: As for `results`.
            FileError: The suffix is not supported, the file is open in another program, or it cannot be written.
            InputError: `status` or `text` is not text; there is no such status, question or answer; or `answers` is
                passed and the campaign has no cards.
        """
        if answers is not None and not isinstance(answers, Mapping):
            raise InputError(Text("answer.not_a_choice", value=short_repr(answers)), Text("answer.not_a_choice_todo"))
        for name, value in (("status", status), ("text", text)):
            if not isinstance(value, str):
                what = Text("argument.kind", name=name, value=short_repr(value))
                raise InputError(what, Text("argument.not_text_todo", name=name))
        check_flag("readable", readable)
        if answers:
            recorded_answers = self._results.answers()
            for question, answer in answers.items():
                recorded_answers.check_answer(question, answer)
        return write_table(path, self._results.export_frame(keep, status, text, answers, readable=readable))

    @explains_arguments
    def report(self, path: str | os.PathLike[str] | None = None, *, texts: bool = False, keep: Keep = ()) -> Report:
        """
        Return a report to share: counts, next steps, problems, and the people whom the campaign did not reach.

        The report is a single static HTML file without scripts or network resources.

        Args:
            path: The file to write the report to, as for `Report.save`; by default, none.
            texts: Whether the report includes the texts of the messages.
            keep: Columns of the input, such as names, to show beside the ids of people whom the campaign did not reach.

        Raises:
            ColumnError: As for `results`; `retry_at` is not allowed either.
            FileError: As for `Report.save`.
        """
        report = self._results.report(texts=texts, keep=keep)
        return report if path is None else write_report(report, path)

    def plot(self) -> "Figure":
        """
        Return a figure of the delivery funnel and of the share of readers over time.

        For cards that can be answered, the figure has a bar for each answer instead. The time of a read is the time of
        the refresh that reported it. Requires matplotlib: ``pip install "dingnb[lab]"``.

        Raises:
            MissingPackageError: matplotlib is not installed.
        """
        return self._results.plot()

    @explains_arguments
    def resolve(
        self, how: Decision | None = None, *, expect: int | range | None = None, wait: bool = True
    ) -> "pd.DataFrame | Campaign":
        """
        Decide about people with unknown outcome, who may or may not have the message.

        If nobody else is left to send to, a paused, stopped or interrupted campaign is then finished.

        Args:
            how: ``"resend"`` sends to them again, at the risk that some get the message twice, and then to queued
                people; ``"leave"`` leaves them ``unknown``; ``"delivered"`` records that they have the message, if you
                know that they do. Without `how`, nothing is done.
            expect: The number of people with unknown outcome, for ``"resend"`` with the queued people; required by
                ``"resend"`` on LIVE.
            wait: Whether ``"resend"`` returns only when every batch is settled, as with `Plan.send`.

        Returns:
            Without `how`, the rows of `results` with unknown outcome; otherwise the campaign itself.

        Raises:
            InputError: `how` is invalid, `expect` differs, there are no unknown outcomes, or some belong to other
                lists, which ``ding.campaign(name)`` shows; the campaign is running; or, for ``"resend"``, it is being
                recalled, its cards are closed, or nobody can be sent to again under this name, because DingTalk
                accepted the last call of their batch.
            LiveSendError: A live ``"resend"`` without `expect`.
            IncompleteError: After ``"resend"``, the campaign ended before everything was sent, or with unknown
                outcomes.
            KeyboardInterrupt: The cell was interrupted; calls under way were drained.
            DingError: No call could be made.
        """
        check_flag("wait", wait)
        if how is not None:
            check_decision(how)
        if self.state is State.RUNNING:
            raise InputError(Text("resolve.running"), Text("resolve.running_todo"))
        if how == "resend":
            self._check_may_send()
        frame = self.results()
        if how is None:
            return frame[frame["status"] == Status.UNKNOWN]
        others = self._results.count_unknown_of_other_plans()
        if others:
            people = count(self._control.unit, others)
            name = literal(self.name)
            raise InputError(Text("resolve.other_lists", people=people), Text("resolve.other_lists_todo", name=name))
        statuses = self._results.rows_of_people(frame)["status"]
        unknown, queued = int((statuses == Status.UNKNOWN).sum()), self._results.count_queued()
        if how == "resend" and unknown:
            unknown = self._results.count_resendable()
            if not unknown:
                raise InputError(Text("resolve.apart"), Text("resolve.apart_todo"))
        resolve(
            self._context, self._number, how, unknown=unknown, queued=queued, expect=expect, unit=self._control.unit
        )
        # The opening may suggest the decision that was just made.
        self._control.opening = NOTHING
        if how == "resend":
            self.resume(wait=wait)
        return self

    @explains_arguments
    def retry(self, *, expect: int | range | None = None, wait: bool = True, check: bool = True) -> "Campaign":
        """
        Send the same texts again to people who have missed them and can receive them now.

        These are people whose delivery failed, or who were dropped by a limit that has been reset since. People who
        have or may have the message are skipped, so `retry` is safe to run again. People who were dropped because of
        the same text from any source are skipped as well, also on later days, as are people whom the campaign's newest
        plan excludes, or rejects because the name or number in the row is another person's or the name has a note such
        as 勿发, and people with the status ``recalled``. `missed()` says what to do about all others. People of the
        campaign's other lists are sent to as well, and a line says who they are.

        Args:
            expect: The number of people to send to now, or a range; with any other number nothing is sent. Required on
                LIVE. Ignored if there is nobody to send to now.
            wait: Whether to return only when every batch is settled, as with `Plan.send`.
            check: Whether to raise if the campaign ends incomplete, as for `Plan.send`.

        Returns:
            The campaign itself.

        Raises:
            IncompleteError: The campaign ended before everything was sent, or with unknown outcomes.
            InputError: The campaign is not finished or is being recalled, its cards are closed, or `expect` differs.
            LiveSendError: A live retry without `expect`.
            DingError: No call could be made; nothing was sent again.
        """
        check_flag("wait", wait)
        check_flag("check", check)
        check_expect_type(expect)
        if self.state is State.RUNNING:
            raise InputError(Text("retry.running"), Text("retry.running_todo"))
        self._check_may_send()
        (missed, _), unknown = self._results.missed(), self._results.unknown(render=None)
        pending = self._results.count_pending()
        places = self._results.places_of_plan()
        counts = retry.retry(
            self._context, self._number, self._control.channel, expect, self._control.unit, places_of_plan=places
        )
        opening = retry.describe_retry(counts, missed, unknown, pending, self._control.unit)
        self._control.reset(opening, counts.people)
        if not counts.people:
            # There was nothing to do, so nothing can be incomplete.
            return self.wait("sent", check=False)
        return self.resume(wait=wait, check=check)

    @explains_arguments
    def recall(self, who: object = None, *, expect: int | range | None = None) -> "Campaign":
        """
        Recall the message from everybody, or from certain people, within 24 hours of sending.

        DingTalk recalls whole calls: everybody else in the same call, up to 99 people, loses the message as well.
        Without `expect` nothing is recalled, and the error gives the number of people affected. No call is recalled
        twice.

        Args:
            who: Userids: a list, a Series or an Index, such as ``run.unread()["userid"]``. None recalls from
                everybody in the campaign, also of earlier lists.
            expect: The number of people who lose the message, or a range, including other people in the same calls.
                People whom the message is known not to have reached do not count. If some calls were recalled before,
                the number from before that recall is accepted as well, so that an interrupted cell can be run again.
                Once everything was recalled, `expect` is ignored.

        Returns:
            The campaign itself; in its results, the status is ``recalled``, and `read` says whether it had been read.

        Raises:
            InputError: `expect` is missing or differs; no call was accepted; all calls were sent too long ago; `who` is
                invalid or empty, or includes people who were not sent to; the campaign is running, or its messages are
                cards, which cannot be recalled.
            IncompleteError: The recall was stopped in a form, or by `stop`.
            DingError: DingTalk refused a call or cannot be reached. Calls recalled so far stay recalled; call `recall`
                again to recall the rest.
        """
        if self.state is State.RUNNING:
            raise InputError(Text("recall.running"), Text("recall.running_todo"))
        channel = self._control.channel
        channel.check_recall()
        check_expect_type(expect)
        userids = None if who is None else read_userids(who, "who")
        recall = find_recall_effect(self._context, self._number, channel, userids, self._results.row_map)
        if recall.remaining:
            _check_expected_in_recall(self._context.realm.mode, expect, recall)
        calls = prepare_recall(
            self._context, self._number, channel, recall.remaining, is_from_everybody=userids is None
        )
        bar = ProgressBar(self._context.clock)
        start_recall(self._context, self._number, calls.total, userids)
        try:
            calls.run(bar)
        finally:
            with suppress(LedgerError):
                end_recall(self._context, self._number, is_complete=calls.is_done)
            if not calls.is_done:
                text, share = calls.text_and_share
                bar.end(Text("recall.unfinished", progress=text), share)
        if calls.failure is not None:
            raise calls.failure
        if not calls.is_done:
            stopped = Text("recall.stopped", progress=calls.text_and_share[0])
            raise IncompleteError(stopped, Text("recall.interrupted_todo"), campaign=self, state=self.state)
        self._control.opening = Text("recall.done" if recall.remaining else "recall.all_done_before", who=recall.text)
        bar.end(self._control.opening, calls.text_and_share[1])
        return self

    @explains_arguments
    def remind(self, message: Message, *, exclude: object = None, refresh: bool = True) -> "Plan":
        """
        Return a plan that sends another message to people who have received this one but not read it.

        If this campaign has cards, the plan is for the people of `unanswered`. Their answers to a card of the reminder
        count in this campaign, so the reminder's card may only have the same buttons or fields, or some of them.

        The people in the plan do not change: people who read or answer after the plan was made are reminded as well, so
        make the plan just before you send it. Forms leave out those who are known, when sending
        starts, to have read or answered, without querying it again.
        A note of the plan says how many people's results could not be read, and whether they are reminded.

        The plan is sent under a name of its own. Its message can use the columns of this campaign's input; for a
        campaign found by name, these are the columns kept in the ledger: `userid`, the columns used by the campaign's
        templates, name columns and the key columns, or only `userid` with ``send(store_content=False)``. The message
        and `exclude` are checked before any call is made.

        Args:
            message: The message to send.
            exclude: The people to exclude, as for `DingTalk.plan`. The owners of phone numbers are looked up where the
                input does not show them, unless they are cached.
            refresh: Whether to refresh the results first, as `refresh` does; not done for cards.

        Raises:
            NobodyError: There are no unread messages, everybody has answered, or DingTalk reports no reads of the
                campaign's messages, and they cannot be answered.
            InputError: `message` is not a message, uses a missing column, or asks other questions than the campaign; or
                `exclude` is invalid.
            DingError: DingTalk refused the request or did not answer.
        """
        # Plans and campaigns depend on each other.
        from dingnb.campaigns.sending.reminder import check_reminder, plan_reminder  # noqa: PLC0415

        if not isinstance(message, Message):
            raise InputError(
                Text("client.no_message", call="remind", kind=type(message).__name__), Text("client.no_message_todo")
            )
        check_flag("refresh", refresh)
        row, context, has_cards = self._control.row(), self._context, self._results.has_cards
        message = check_reminder(context, self._results.row_map, row, message, has_cards=has_cards)
        exclusions = Exclusions(context.ledger, context.realm, context.now_ns)
        excluded = exclusions.read(exclude, by_mobile=True)
        if refresh and not has_cards:
            # A note of the plan says whose results cannot be read.
            view_of(self).refresh()
        frame = self.results()
        pending = self._results.answers().is_unanswered if has_cards else is_unread(frame)
        left_out = [*self._results.row_map.excluded, *self._results.rows_of_removed_people()]
        pending[left_out] = False
        note = NOTHING
        if not has_cards:
            unchecked = self._results.unchecked_note(frame, pending, left_out, self._poller.unread_tasks)
            note = sentences(self._results.unread_note(frame, frame[pending]), unchecked)
        rows = self._results.row_map.frame[pending]
        return plan_reminder(
            context,
            rows,
            frame[pending],
            message,
            campaign=row,
            key=row.key_columns,
            excluded=excluded,
            excluded_by=exclusion_list_name(exclude),
            note=note,
            has_cards=has_cards,
        )

    @explains_arguments
    def form(self, *, keep: Keep | None = None) -> "ResultsForm":
        """
        Return a form that shows progress and results, and acts on them.

        The form filters and searches people, shows the details of one person, refreshes, retries, reminds, recalls and
        exports; actions that reach people require the number of people to be typed. Its ``code`` is the equivalent
        Python. Past campaigns have the form, too: ``ding.campaign(name).form()``.

        Args:
            keep: Columns of the input to show and search beside the ids, as for `results`; by default a name column, if
                any, and the key columns.

        Raises:
            ColumnError: As for `results`.
        """
        shown = kept_columns(self._results.identifying_columns() if keep is None else keep)
        check_keep(self._results.row_map, shown)
        return cast("ResultsForm", forms.open_form("results.form.open_results", self, tuple(shown)))

    def __repr__(self) -> str:
        return self._results.sheet().to_text()

    def _repr_html_(self) -> str:
        return self._results.sheet().to_html()

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any]:
        """Show the form in a notebook while the campaign runs or can be resumed, and its sheet once it is finished."""
        if self.state is State.FINISHED or not self._context.clock.is_real or not is_notebook():
            return self._results.sheet().to_mimebundle()
        return self.form()._repr_mimebundle_()


def view_of(campaign: Campaign) -> CampaignView:
    """Return the internals of a campaign that forms need."""
    return CampaignView(
        campaign._context,  # noqa: SLF001 - the class is in this module
        campaign._number,  # noqa: SLF001
        campaign._control,  # noqa: SLF001
        campaign._results,  # noqa: SLF001
        campaign._poller,  # noqa: SLF001
    )


def with_all_lists(campaign: Campaign) -> Campaign:
    """
    Return the campaign with everybody who was ever in it, as if it were found by name now, under the same control.

    A campaign that shows everybody already is returned itself, since its rows have all columns of the list.
    """
    results = campaign._results.of_all_lists()  # noqa: SLF001 - the class is in this module
    if results is campaign._results:  # noqa: SLF001 - likewise
        return campaign
    whole_campaign = copy(campaign)
    whole_campaign._results = results  # noqa: SLF001 - likewise
    return whole_campaign


def _check_expected_in_recall(mode: str, expect: int | range | None, recall: RecallEffect) -> None:
    """
    Check how many people an analyst expects to lose the message.

    Raises:
        InputError: `expect` is missing or differs.
    """
    # After an interrupted recall, "nothing was recalled" would not be true.
    nothing = Text("recall.nothing_more_yet" if recall.recalled else "recall.nothing_yet")
    people = sentences(recall.text, nothing)
    if expect is None:
        others = Text("recall.other_lists_todo") if recall.people_of_other_plans else NOTHING
        raise InputError(
            Text(text_key(recall.unit, "recall.expect"), people=people),
            sentences(Text("send.expect_todo", n=recall.people), others),
        )
    if not is_expected(expect, recall.people_at_first):
        mismatch_key = text_key(recall.unit, "recall.other_expect")
        check_expected_people(mode, expect, recall.people, people, mismatch_key)


def _is_until(value: object) -> bool:
    return isinstance(value, str) and value in {*get_args(Until), "answered"}


def _is_within(value: object, maximum: float) -> bool:
    """Return whether a value is a number from 0 to a maximum."""
    return is_number(value) and bool(0 <= value <= maximum)  # type: ignore[operator]  # `is_number` has checked it


def _is_timeout(value: object) -> bool:
    # Infinity is accepted as "no timeout".
    return value is None or (isinstance(value, float) and value == math.inf) or _is_within(value, _MAX_TIMEOUT_S)
