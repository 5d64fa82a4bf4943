"""The model of the plan form: shows the problems of a plan, sends a test, and sends the plan."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.campaigns.plan_view import PlanView, problems_table
from dingnb.campaigns.planning.forecast import Forecast
from dingnb.campaigns.planning.send_warnings import SendWarnings
from dingnb.campaigns.sending.recording import AbsentChoice, Changed
from dingnb.campaigns.status import State, Status
from dingnb.campaigns.stored_campaigns import find_campaign
from dingnb.clock import seconds_to_ns
from dingnb.display import progress_shown_by
from dingnb.errors import DingError, IncompleteError, InputError, LiveSendError
from dingnb.tables.exports import write_excel
from dingnb.tables.row_labels import position_of
from dingnb.tables.row_search import find_rows
from dingnb.ui.kit.code import Expression, Names, app_assignment_comment, assignment_comment, call, uses_name
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.model import BUSY, Failure, Model, StateDisplay
from dingnb.ui.kit.typed_count import CountTexts, after_correction, find_miscount, read_count
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.plan.recipients_of_tests import RecipientsOfTests
from dingnb.ui.plan.row_lists import misnamed_rows
from dingnb.ui.plan.state import PlanState, ProblemGroup, Problems, SentTest, unfinished_names
from dingnb.ui.run.model import RunModel
from dingnb.ui.run.receiving_model import ReceivingModel
from dingnb.words import MAX_NAMES, NOTHING, Text, count, listed_briefly, say
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from dingnb.recipients.addresses import Rejection
    from dingnb.tables.factorize import IntArray

TEST_TIMEOUT_S = 15.0
"""Maximum time that a test waits for its delivery result, in seconds."""

_TEST_POLL_INTERVAL_NS = seconds_to_ns(1)
"""Minimum time between two reads of the answer to a test."""


class PlanModel(Model[PlanState]):
    """
    Shows a plan, tests it, and sends it.

    If rows of a person are distinguished by a key, numbers of people are numbers of messages.

    Args:
        plan: The plan.
        names: The names to use in the code.
        name: The initial campaign name, such as a name chosen before, since under another name everyone would get the
            message again; ignored if the campaign of this name has another channel. If empty, the initial name is that
            of a campaign that the plan continues (`_name_to_continue`), or else a suggestion (`_suggested_name`).
        is_copy: Whether the message is a copy, which is sent as another campaign.
        refresh_input: Called before sending; marks the plan as outdated if the list has changed or cannot be read.
        narrow: Called when sending starts; returns the plan without people whom it need not reach any more. No more
            people are sent to than the count that was typed.
        has_row_checks: Whether the form around the plan shows the warnings about rows, and checkboxes that reject them.

    Attributes:
        has_row_checks: As above.
        recipients_of_tests: The people whom a test can be sent to.
        receiving: The model of receiving the answer to the card of a test.
        run: The model of the campaign; None until the plan is sent.
        blocking_run: The model of the campaign that was opened while this name is entered: a campaign that blocks the
            name, or an unfinished campaign; None if none was opened.
        opened_runs: The models of all campaigns that were opened before sending.
        is_name_chosen: Whether the name is neither a suggestion nor the name of a campaign that the plan continues.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        names: Names | None = None,
        name: str = "",
        is_copy: bool = False,
        refresh_input: Callable[[], None] = lambda: None,
        narrow: Callable[[Plan], Plan] = lambda plan: plan,
        has_row_checks: bool = False,
    ) -> None:
        self._refresh_input, self._narrow, self.has_row_checks = refresh_input, narrow, has_row_checks
        self.plan = plan
        self.view = view = view_of_plan(plan)
        if name and not view.can_be_sent_as(name):
            # The type of the message has changed since.
            name = ""
        self.is_name_chosen = bool(name)
        self.recipients_of_tests = RecipientsOfTests(view.plan_people)
        self._names = names or Names()
        self._plan_name = self._names.plan or "plan"
        self.run: RunModel | None = None
        self.blocking_run: RunModel | None = None
        self.opened_runs: list[RunModel] = []
        self._blocking_state: State | None = None
        self._rejected: pd.DataFrame | None = None
        self._test_lines: list[str] = []
        self._stream_line = call(f"{self._names.app}.stream")
        # Answers are received before the test is sent.
        self.receiving = ReceivingModel(view, lambda line: self._test_lines.insert(0, line), self._stream_line)
        self._test_run: Campaign | None = None
        self._test_answers: object = None
        self._sent: tuple[str, dict[str, object]] | None = None
        first = view.first_row()
        self._last_change = view.last_change()
        send_warnings = view.send_warnings()
        state = PlanState(
            view.sheet_for(send_warnings),
            Problems(plan.rejected),
            **_warning_fields(plan, view, send_warnings),
            test_offers=tuple(self.recipients_of_tests.offered("")),
            row=first or 0,
            name=name
            or _name_to_continue(plan, send_warnings, is_copy=is_copy)
            or _suggested_name(plan, view, send_warnings, is_copy=is_copy),
        )
        super().__init__(state, view.clock)
        self._forecast_throttle, self._change_throttle = Throttle(view.clock), Throttle(view.clock)
        self._test_throttle = Throttle(view.clock, min_interval_ns=_TEST_POLL_INTERVAL_NS)
        self._forecast_failure: Failure | None = None
        self._search = LatestWorker[str](view.clock, self._find_problems, self.fail)
        self._forecasting = LatestWorker[str](view.clock, self._forecast, self._forecast_failed)
        self._test_preparation = LatestWorker[None](view.clock, self._prepare_test, self.fail)
        self._update_forecast()

    @property
    def code_lines(self) -> list[str]:
        """Python code that does what the form has done so far, one statement per item."""
        run, sent = self.run, self._sent
        if run is None or sent is None:
            return [*self._test_lines, *self.opened_lines]
        name, keywords = sent
        # So that the code can pause or stop it, `send` has to return at once.
        line = call(
            f"{self._names.run} = {self._plan_name}.send",
            literal(name),
            **keywords,
            **({"wait": False} if run.was_paused_or_stopped else {}),
        )
        # Found by its name, the campaign includes the people of its other lists.
        run_lines = run.code_lines_of_opened(self._names.app) if run.has_other_lists else run.all_code_lines
        return [*self._test_lines, *self.opened_lines, line, *run_lines]

    @property
    def opened_lines(self) -> list[str]:
        """Code that does what was done to the campaigns in `opened_runs`; empty if they were only looked at."""
        return [line for run in self.opened_runs for line in run.code_lines_of_opened(self._names.app)]

    @property
    def code(self) -> str:
        """`code_lines` as one text, with a comment for each object that has no name in the notebook."""
        lines = self.code_lines
        opening = app_assignment_comment() if uses_name(lines, "ding") else []
        if lines and not self._names.plan:
            opening.append(assignment_comment("plan", "plan"))
        return "\n".join([*opening, *lines])

    @property
    def is_sent_or_starting(self) -> bool:
        """Whether the plan was sent, or sending is starting."""
        return self.state.stage != "open"

    @property
    def can_send(self) -> bool:
        """Whether nothing but a missing name, choice, confirmation or count, or a lack of calls, prevents sending."""
        state = self.state
        is_refused = state.forecast is not None and bool(state.forecast.refusal)
        return state.stage == "open" and not state.is_outdated and bool(self.plan.people) and not is_refused

    @property
    def is_without_calls(self) -> bool:
        """Whether the month has no calls left to send with, and the user has not chosen to try nevertheless."""
        state = self.state
        return state.stage == "open" and state.stops_after == 0 and self.sent_now > 0 and not state.beyond_quota

    @cached_property
    def _all_misnamed_rows(self) -> list[int]:
        return misnamed_rows(self.view)

    @property
    def misnamed_rows(self) -> list[int]:
        """The positions of the rows to send now whose name is not their person's, or has a note such as 勿发."""
        forecast, rows = self.state.forecast, self._all_misnamed_rows
        if forecast is None or not rows:
            return rows
        left_out = forecast.rows_left_out(self.state.changed)
        return [row for row in rows if row not in left_out]

    @property
    def misnamed_text(self) -> Text:
        """The label of the choice to send to `misnamed_rows`: their number, and the first few."""
        rows = self.misnamed_rows
        first = listed_briefly(self.view.named_rows(rows[:MAX_NAMES]), "row", total=len(rows))
        return Text("plan_form.accepts_names", rows=count("row", len(rows)), first=first)

    @property
    def how_to_leave_names_out(self) -> Text:
        """How to send nothing to `misnamed_rows`."""
        return Text("plan_form.leave_names_out" if self.has_row_checks else "plan_form.leave_names_out_replan")

    @property
    def accepts_names(self) -> bool:
        """Whether the user has confirmed to send to all of `misnamed_rows`."""
        return bool(self.state.accepted_rows) and self.state.accepted_rows.issuperset(self.misnamed_rows)

    @property
    def asks_names(self) -> bool:
        """Whether the user is asked to confirm that `misnamed_rows` are sent to."""
        return bool(self.misnamed_rows) and self.sent_now > 0 and not self.can_open

    @property
    def asks_beyond_quota(self) -> bool:
        """Whether a live send needs permission to exceed the month's quota."""
        state = self.state
        is_short = bool(self.shortage) or state.is_refused_for_month
        can_be_sent = state.stage == "open" and self.sent_now > 0 and not self.can_open
        return self.plan.mode == "LIVE" and is_short and can_be_sent

    @property
    def lack_of_calls(self) -> Failure | None:
        """The failure to show if the month has no calls left to send with; None if it has some."""
        if not self.is_without_calls:
            return None
        todo = self.shortage if self.plan.mode == "LIVE" else Text("plan_form.no_calls_todo")
        return Failure(Text("plan_form.no_calls"), todo)

    @property
    def sent_now(self) -> int:
        """
        The number of people that sending now would reach, without `left_out`.

        Without a forecast, with a refusal, and while a choice is missing, everybody in the plan counts.
        """
        state, forecast = self.state, self.state.forecast
        if forecast is None or forecast.refusal or state.undecided:
            return self.plan.people - self.left_out
        return forecast.people_sent_to(state.changed, state.absent) - self.left_out

    @property
    def left_out(self) -> int:
        """The number of people who will be left out of the send; 0 under a name that may have sent to them."""
        forecast = self.state.forecast
        return self.state.left_out if forecast is None or forecast.is_new else 0

    @property
    def sent_range(self) -> tuple[int, int]:
        """
        How many people of the plan sending now reaches, at least and at most.

        The two numbers differ only until the user decides whether people with an earlier version get the new one.
        """
        state, forecast = self.state, self.state.forecast
        if forecast is not None and self.recalls_first:
            return forecast.people_after_recall, forecast.people_after_recall
        if forecast is None or not state.undecided:
            return self.sent_now - self.added, self.sent_now - self.added
        if state.undecided == "absent":
            reached = forecast.people_sent_to(state.changed, "drop")
            return reached, reached
        return forecast.people_sent_to("skip", "drop"), forecast.people_sent_to("resend", "drop")

    @property
    def added(self) -> int:
        """The number of people sent to who are not in the plan."""
        forecast = self.state.forecast
        return forecast.absent if forecast is not None and self.state.absent == "send" else 0

    @property
    def dropped(self) -> int:
        """The number of people that sending removes from the campaign."""
        forecast = self.state.forecast
        return forecast.absent if forecast is not None and self.state.absent == "drop" else 0

    @property
    def expected(self) -> int:
        """The count to confirm: the people whom sending now reaches; if it reaches nobody, the people of the plan."""
        return self.sent_now or self.plan.people

    @property
    def is_whole(self) -> bool:
        """Whether `expected` counts everybody in the plan, and the people who are added."""
        return self.expected == self.plan.people + self.added

    @property
    def uploads_now(self) -> int:
        """The maximum number of uploads that sending now takes: some files may be only for people sent to before."""
        return self.state.uploads if self.sent_range[1] else 0

    @property
    def calls_now(self) -> int:
        """The maximum number of calls that sending now takes, with uploads; people who are added cost further calls."""
        return min(self.plan.calls, self.sent_range[1]) + self.uploads_now

    @property
    def is_calls_now_exact(self) -> bool:
        """Whether sending now takes as many calls as `calls_now`, and not fewer."""
        least, most = self.sent_range
        return self.plan.calls == self.plan.people and least == most and not self.uploads_now

    @property
    def recall_calls(self) -> int:
        """The number of calls of recalling the earlier message first; 0 if it is impossible, or ruled out."""
        forecast = self.state.forecast
        is_offered = forecast is not None and forecast.replaceable == "all"
        is_open = self.recalls_first or self.state.undecided == "changed"
        return forecast.recall_calls if forecast is not None and is_offered and is_open else 0

    @property
    def is_partly_sent(self) -> bool:
        """Whether sending now would not reach everybody in the plan: some were sent to before, or will be left out."""
        return self.state.stage == "open" and (self.recalls_first or self.sent_range[0] < self.plan.people)

    @property
    def shortage(self) -> Text:
        """The warning that the month has too few calls left for what may be sent now; empty if it has enough."""
        state = self.state
        if not self.is_partly_sent:
            return state.shortage
        calls = min(self.plan.calls, self.sent_range[1]) + self.added
        recall_calls = self.recall_calls if self.recalls_first else 0
        needed = recall_calls + self.view.calls_for(calls) + self.uploads_now
        return state.send_warnings.shortage(needed, is_whole_plan=False)

    @property
    def expected_text(self) -> Text:
        """`expected` in words."""
        recipient_count = self.view.recipient_count
        unit, own = recipient_count.unit, self.expected - self.added
        people = recipient_count.text if self.is_whole else count(unit, own)
        return Text("plan_form.with_added", people=people, added=count(unit, self.added)) if self.added else people

    @property
    def can_open(self) -> bool:
        """
        Whether the campaign of this name can be opened: it blocks the name, or is to be recalled first.

        A campaign that is sending this plan blocks the name, too: the number of people left falls faster than it can be
        typed.
        """
        state, forecast = self.state, self.state.forecast
        is_blocked = forecast is not None and (bool(forecast.blocked) or forecast.state is State.RUNNING)
        return (is_blocked or self.recalls_first) and state.stage == "open" and not state.is_outdated

    @property
    def recalls_first(self) -> bool:
        """Whether the user has chosen to recall the earlier message first, and the recall is still possible."""
        forecast = self.state.forecast
        return self.state.recalls_first and forecast is not None and forecast.replaceable == "all"

    @property
    def offers_unfinished(self) -> bool:
        """Whether the user can open the `unfinished` campaigns: as long as no name, or a new name, is entered."""
        state = self.state
        is_undecided = not state.name.strip() or (state.forecast is not None and state.forecast.is_new)
        return bool(state.unfinished) and is_undecided and state.stage == "open" and not state.is_outdated

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language."""
        self._show(**self._sheet_fields())
        for part in (self.run, self.blocking_run):
            if part is not None:
                part.retranslate()

    def mark_outdated(self) -> None:
        """Mark the plan as outdated: it can no longer be sent, and is collapsed."""
        with self._lock:
            if not self.state.is_outdated:
                # Code that uses the plan shows the note, too.
                self.view.set_first_note(Text("plan_form.outdated_plan"))
                self._show(is_outdated=True)

    def mark_overtaken_by(self, newer: "PlanModel") -> None:
        """Mark the plan as overtaken once a newer plan was sent under the same name."""
        run, newer_run = self.run, newer.run
        is_same_name = run is not None and newer_run is not None and run.run.name == newer_run.run.name
        if is_same_name and not self.state.is_overtaken:
            self._show(is_overtaken=True)

    def page(self) -> pd.DataFrame:
        """Return the page of rejected rows, as `Plan.problems` does."""
        return self._problems().iloc[self.state.problems.page_positions]

    @cached_property
    def problem_groups(self) -> tuple[ProblemGroup, ...]:
        """The rejected rows by kind of problem, most frequent first."""
        groups: dict[tuple[str, str], list[Rejection]] = {}
        for position in self._problems()["position"].tolist():
            rejection = self.view.rejection(position)
            groups.setdefault((rejection.column, rejection.reason.key), []).append(rejection)
        problem_groups = (
            ProblemGroup(members[0].column, members[0].reason, members[0].hint, len(members))
            for members in groups.values()
        )
        return tuple(sorted(problem_groups, key=lambda group: -group.rows))

    def toggle_problems(self) -> None:
        """Show the rejected rows themselves, or only their groups."""
        with self._lock:
            self._show(problems=replace(self.state.problems, is_open=not self.state.problems.is_open))

    def turn_to(self, page: int) -> None:
        """Show another page of the rejected rows."""
        with self._lock:
            self._show(problems=self.state.problems.turned_to(page))

    def search(self, query: str) -> None:
        """Show the rejected rows that contain a text; empty shows all."""
        query = query.strip()
        with self._lock:
            if query == self.state.problems.query:
                return
            self._show(problems=replace(self.state.problems, query=query, page=0, positions=None))
        if query:
            self._search.submit(query)

    def export(self) -> None:
        """Write the rejected rows to a file in the working directory that only the user can read."""
        self._start_work(self._export, failure=None)

    def choose_test_recipient(self, typed: str) -> None:
        """Set whom a test is sent to: a person of the plan, by name or as offered, or any userid."""
        with self._lock:
            # An error about somebody else would seem to be about this person.
            is_about_row = self.state.refused_row is not None
            failure = self.state.test_failure if is_about_row else None
            self._show(test_recipient=typed, test_failure=failure, test_warning=NOTHING)
        self._test_preparation.submit(None)

    def choose_row(self, position: int) -> None:
        """Set the row used for a test, by its position or the nearest position."""
        self._show(row=min(max(position, 0), max(self.plan.rows - 1, 0)), refused_row=None, test_warning=NOTHING)
        self._test_preparation.submit(None)

    def choose_row_number(self, number: int) -> None:
        """Set the row used for a test by the number that the form shows, or refuse a number that no row has."""
        numbers = self.view.row_numbers.numbers
        position = position_of(numbers, number)
        with self._lock:
            if int(numbers[position]) == number:
                is_refused = self.state.refused_row is not None
                self._show(test_failure=None if is_refused else self.state.test_failure)
                self.choose_row(position)
            else:
                self._show(refused_row=number, test_failure=self._row_refusal(number), tested=None)

    def _row_refusal(self, number: int) -> Failure:
        numbers = self.view.row_numbers.numbers
        first, last = int(numbers[0]), int(numbers[-1])
        if first < number < last:
            next_row = position_of(numbers, number)
            before, after = int(numbers[next_row - 1]), int(numbers[next_row])
            todo = Text("plan_form.skipped_row_todo", before=f"{before:,}", after=f"{after:,}")
        else:
            todo = Text("plan_form.no_row_todo", first=f"{first:,}", last=f"{last:,}")
        return Failure(Text("plan_form.no_row", n=f"{number:,}"), todo)

    def test(self) -> None:
        """Send the message of the chosen row as a test."""
        if self.state.is_outdated:
            self._show(test_failure=Failure(Text("plan_form.outdated"), Text("plan_form.outdated_test_todo")))
            return
        if self.state.refused_row is not None:
            self._show(test_failure=self._row_refusal(self.state.refused_row))
            return
        if not self.state.test_recipient.strip():
            self._show(
                test_failure=Failure(Text("plan_form.no_test_recipient"), Text("plan_form.no_test_recipient_todo")),
                tested=None,
            )
            return
        self._start_work(
            self._test, test_failure=None, test_warning=NOTHING, tested=None, test_progress=say("plan_form.testing")
        )

    def set_name(self, name: str) -> None:
        """Set the campaign name, and look up what sending under it would do."""
        with self._lock:
            if name == self.state.name:
                return
            self.unfollow()
            self.blocking_run, self.is_name_chosen = None, True
            self._show(
                name=name,
                forecast=None,
                is_forecasting=False,
                changed="error",
                recalls_first=False,
                absent="error",
                failure=None,
                is_refused_for_month=False,
                beyond_quota=False,
            )
        self._update_forecast()

    def poll(self) -> None:
        """
        Show changes made elsewhere: the forecast, the calls left this month, and the answer to the card of a test.

        While the name is blocked, its campaign is being sent, or the forecast has failed, it is updated regularly.
        """
        self._poll_test()
        state, forecast = self.state, self.state.forecast
        if state.is_forecasting or state.stage != "open" or state.is_outdated:
            return
        may_change = forecast is not None and (bool(forecast.blocked) or forecast.state is State.RUNNING)
        # The ledger may have been unavailable for a while.
        may_change |= self._forecast_failure is not None
        if self._forecast_throttle.is_due and (may_change or self._has_changed_elsewhere()):
            self._forecast_throttle.hold()
            self._forecasting.submit(state.name)

    def _poll_test(self) -> None:
        """Show the answer to the card of the last test, if there is a new one."""
        run, tested = self._test_run, self.state.tested
        if run is None or tested is None or not self._test_throttle.is_due:
            return
        self.receiving.poll(over_http=False)
        results = view_of(run).results
        try:
            with self._test_throttle.timing():
                fingerprint = results.answers_fingerprint()
                if fingerprint == self._test_answers:
                    return
                answers = results.answers()
        except DingError:
            # The ledger may be unavailable for a while; the next poll reads it again.
            return
        self._test_answers = fingerprint
        answer = answers.frame["answer"].iloc[0]
        if pd.isna(answer):
            return
        label = answers.label_of_answer("answer", answer)
        received = (
            Text("plan_form.test_submitted") if answers.poll.fields else Text("plan_form.test_pressed", answer=label)
        )
        self._show(tested=replace(tested, answer=received))

    def _has_changed_elsewhere(self) -> bool:
        """Return whether campaigns changed or calls were made since the forecast; takes at most 10% of the time."""
        if not self._change_throttle.is_due:
            return False
        with self._change_throttle.timing():
            change = self.view.last_change()
        return change not in {None, self._last_change}

    def refresh_forecast(self) -> None:
        """Update the forecast, and the number of calls left, when the form is opened again."""
        if self.state.stage == "open" and not self.state.is_outdated:
            self._show(**self._sheet_fields())
            self._update_forecast()

    def choose_changed(self, changed: Changed | Literal["recall"]) -> None:
        """Choose what to do about people who got a different version under this name, such as to recall it first."""
        recalls_first = changed == "recall"
        self._show(changed="error" if changed == "recall" else changed, recalls_first=recalls_first, failure=None)

    def choose_absent(self, absent: AbsentChoice) -> None:
        """Choose what to do about people who are queued under this name and not in the plan."""
        self._show(absent=absent, failure=None)

    def choose_accepts_names(self, accepts_names: bool) -> None:  # noqa: FBT001 - the value of a checkbox
        """Choose whether to send to the rows whose name is not their person's."""
        self._show(accepted_rows=frozenset(self.misnamed_rows if accepts_names else ()), failure=None)

    def choose_beyond_quota(self, beyond_quota: bool) -> None:  # noqa: FBT001 - the value of a checkbox
        """Choose whether to send although the month has too few calls left."""
        self._show(beyond_quota=beyond_quota, failure=None)

    def open_campaign(self) -> None:
        """Open the campaign that blocks this name or is to be recalled first; ignored unless `can_open`."""
        with self._lock:
            if self.can_open and self.blocking_run is None and not self.is_busy:
                name = self.state.name.strip()
                self._start_work(lambda: self._open(name, name), failure=None)

    def open_unfinished(self, name: str) -> None:
        """Open one of the `unfinished` campaigns."""
        with self._lock:
            is_offered = self.offers_unfinished and name in self.state.unfinished
            if is_offered and self.blocking_run is None and not self.is_busy:
                entered = self.state.name.strip()
                self._start_work(lambda: self._open(name, entered), failure=None)

    def unfollow(self) -> None:
        """Stop following the campaign that was opened, if any."""
        if self.blocking_run is not None:
            self.blocking_run.unfollow()

    def leave_out(self, people: int) -> None:
        """Set the number of people who will be left out when the plan is sent."""
        if people != self.state.left_out:
            self._show(left_out=people)

    def set_count(self, typed: str) -> None:
        """Set the count as typed; once a refused count is corrected, ask the user to press the button."""
        with self._lock:
            was_refused = self.state.is_miscounted
            self._show(typed_count=typed, failure=None, is_miscounted=False)
            if was_refused:
                self._show(**after_correction(self._miscount()))

    @property
    def is_count_right(self) -> bool:
        """Whether the typed count is right, or none is needed."""
        return self._miscount() is None

    def validate(self) -> bool:
        """Show why nothing can be sent, or what is wrong with the typed count; return whether the plan can be sent."""
        with self._lock:
            if self.is_without_calls:
                # Another month may have begun.
                self._show(**self._sheet_fields())
            refusal, miscount = self._refusal(), self._miscount()
            failure = refusal or miscount
            self._show(failure=failure, is_miscounted=refusal is None and miscount is not None)
            return failure is None

    def send(self) -> None:
        """Send the plan if the typed count is right; ignored while a send is starting."""
        # Without this model's lock, which `ComposeModel` takes while it holds its own.
        if self.state.stage == "open" and not self.state.is_outdated:
            self._refresh_input()
        with self._lock:
            if self.state.stage != "open":
                return
            if self.is_busy:
                # A test, for example, waits for its result.
                self._show(failure=BUSY)
                return
            if not self.validate():
                return
            beyond_quota = self.state.beyond_quota and self.asks_beyond_quota
            confirmed = _Confirmation(
                self.state.changed,
                self.state.absent,
                beyond_quota,
                self.sent_now,
                self.added,
                self.dropped,
                is_whole=self.is_whole,
            )
            name = self.state.name.strip()
            self._start_work(lambda: self._send(name, confirmed), stage="starting", failure=None, is_miscounted=False)

    def wait(self) -> None:
        """Wait until work in progress has ended; the campaign may still be sent afterwards."""
        super().wait()
        self.receiving.wait()
        self._search.wait()
        self._forecasting.wait()
        self._test_preparation.wait()

    def _refusal(self) -> Failure | None:
        state = self.state
        if state.is_outdated:
            return Failure(Text("plan_form.outdated"), Text("plan_form.outdated_todo"))
        if not self.plan.people:
            return Failure(Text("plan_form.nobody"), Text("plan_form.nobody_todo"))
        if state.forecast is not None and state.forecast.refusal:
            return Failure(state.forecast.refusal, state.forecast.hint)
        if state.undecided:
            return Failure(Text(f"plan_form.undecided_{state.undecided}"), Text("plan_form.undecided_todo"))
        if not state.name.strip():
            return Failure(Text("plan_form.no_name"), Text("plan_form.no_name_todo"))
        return self._names_refusal() or self.lack_of_calls

    def _names_refusal(self) -> Failure | None:
        if not self.asks_names or self.accepts_names:
            return None
        rows = count("row", len(self.misnamed_rows))
        return Failure(Text("plan_form.names_unconfirmed", rows=rows), Text("plan_form.names_unconfirmed_todo"))

    def _miscount(self) -> Failure | None:
        unit, typed = self.view.recipient_count.unit, read_count(self.state.typed_count)
        if not self.sent_now:
            return None
        if typed is not None and self.expected < typed <= self.expected + self.left_out:
            # The number includes people who are left out: fewer are sent to than the user has agreed to.
            return None
        is_of_all = typed == self.plan.people + self.added
        texts = CountTexts(
            f"plan_form.type_count_{unit}",
            f"plan_form.no_count_{unit}",
            f"plan_form.count_of_all_{unit}" if is_of_all else f"plan_form.other_count_{unit}",
            "plan_form.nothing_sent",
        )
        return find_miscount(self.state.typed_count, self.expected, self.expected_text, texts)

    def _send(self, name: str, confirmed: "_Confirmation") -> None:
        # People not shown in the form are never removed.
        keywords: dict[str, Any] = {} if confirmed.changed == "error" else {"changed": confirmed.changed}
        if confirmed.added or confirmed.dropped:
            keywords["absent"] = confirmed.absent
        if confirmed.beyond_quota:
            keywords["beyond_quota"] = True
        try:
            # The form shows warnings and progress itself.
            with progress_shown_by(StateDisplay(lambda *_: None)):
                plan = self._narrow(self.plan)
                if not self._agrees(plan, name, confirmed):
                    return
                expect = plan.people + confirmed.added
                run = plan.send(name, expect=expect, wait=False, **keywords)
        except BaseException as error:
            is_short = isinstance(error, LiveSendError) and error.is_short_of_calls
            self._show(stage="open", is_refused_for_month=is_short)
            # The name may have been used elsewhere since.
            self._update_forecast()
            raise
        self._replace_plan(plan)
        # When the code runs again, the added people were sent to, and it has to expect only the people of the plan.
        expected = Expression(f"range({self.plan.people}, {expect + 1})") if confirmed.added else expect
        self._sent = (run.name, {"expect": expected, **keywords})
        self.run = RunModel(run, self.view.clock, self._names.run)
        self.run.watch(self._notify)
        if self.view.is_answered_over_stream:
            # Answers that nobody receives are lost.
            self.run.receiving.continue_from(self.receiving)
            self.run.receiving.start()
        self._show(stage="sent", typed_count="", **self._sheet_fields())

    def _agrees(self, plan: Plan, name: str, confirmed: "_Confirmation") -> bool:
        """Return whether sending a plan does what was confirmed; if not, show the new forecast."""
        is_narrowed = plan is not self.plan
        if confirmed.is_covered_by_count and not is_narrowed:
            return True
        forecast = plan.forecast(name)
        # People who are left out of the plan may be queued under this name.
        has_other_absent = is_narrowed and forecast.absent != confirmed.added + confirmed.dropped
        if confirmed.agrees_with(forecast) and not has_other_absent:
            return True
        self._replace_plan(plan)
        # A choice made for certain people would apply to other people.
        absent = "error" if confirmed.dropped or has_other_absent else confirmed.absent
        failure = Failure(Text("plan_form.forecast_changed"), Text("plan_form.forecast_changed_todo"))
        self._show(stage="open", absent=absent, forecast=forecast, failure=failure)
        return False

    def _replace_plan(self, plan: Plan) -> None:
        """Replace the plan with a plan without some of the rows; does nothing if it is the same plan."""
        if plan is self.plan:
            return
        with self._lock:
            view = view_of_plan(plan)
            first = view.first_row() or 0
            self._show(row=first, left_out=0, accepted_rows=frozenset(), problems=Problems(plan.rejected))
            self.plan, self.view, self._rejected = plan, view, None
            self.recipients_of_tests = RecipientsOfTests(view.plan_people)
            for name in ("_all_misnamed_rows", "problem_groups"):
                self.__dict__.pop(name, None)
            offers = tuple(self.recipients_of_tests.offered(self.state.test_recipient))
            self._show(test_offers=offers, **self._sheet_fields())

    def _open(self, name: str, entered: str) -> None:
        """
        Open a campaign.

        Args:
            name: The name of the campaign.
            entered: The name that is entered in the form; nothing is opened if it has changed meanwhile.
        """
        blocking = RunModel(find_campaign(self.view.context, name), self.view.clock, self._names.run)
        with self._lock:
            if self.state.name.strip() != entered:
                blocking.unfollow()
                return
            self.blocking_run, self._blocking_state = blocking, blocking.state.progress.state
            self.opened_runs.append(blocking)
        blocking.continue_receiving()
        blocking.watch(lambda: self._follow_blocking_run(blocking))
        # The campaign may have been continued in another form since.
        self._update_forecast()

    def _follow_blocking_run(self, blocking: RunModel) -> None:
        """Update the forecast when the state of the campaign that was opened changes."""
        with self._lock:
            state = blocking.state.progress.state
            if self.blocking_run is not blocking or self.run is not None:
                return
            has_changed, self._blocking_state = state is not self._blocking_state, state
        self._notify()
        if has_changed:
            self._forecasting.submit(self.state.name)

    def _prepare_test(self, _request: None, _is_superseded: Callable[[], bool]) -> None:
        """Find the people to offer, and warn that the person had the text today, or gets it from the plan as well."""
        state = self.state
        offers = tuple(self.recipients_of_tests.offered(state.test_recipient))
        warning = NOTHING
        # An unknown person is reported when the test is sent.
        with suppress(InputError):
            if state.test_recipient.strip() and state.refused_row is None:
                userid = self.recipients_of_tests.userid_of(state.test_recipient)
                warning = self.view.warning_before_test(userid, state.row)
        with self._lock:
            now = self.state
            if now.test_recipient == state.test_recipient:
                is_about_next_test = (now.row, now.test_progress) == (state.row, "")
                self._show(test_offers=offers, test_warning=warning if is_about_next_test else now.test_warning)

    def _test(self) -> None:
        row = self.state.row
        try:
            userid = self.recipients_of_tests.userid_of(self.state.test_recipient)
            with progress_shown_by(StateDisplay(lambda text, _: self._show(test_progress=text))):
                run = self._send_test(userid, row)
                was_sent_before = view_of(run).control.was_done_before
                if self.view.is_answered_over_stream:
                    # Answers that nobody receives are lost.
                    self.receiving.start()
                    self._test_run, self._test_answers = run, None
                run.wait(timeout_s=TEST_TIMEOUT_S, check=False)
        except DingError as error:
            self._show(test_failure=self._failure(error))
            return
        line = call(f"{self._plan_name}.test", literal(userid), **self._row_code(row))
        if line not in self._test_lines:
            self._test_lines.append(line)
        tested = _sent_test(self.view.plan_people.describe(userid), run, was_sent_before=was_sent_before)
        self._show(tested=tested, **self._sheet_fields())

    def _send_test(self, userid: str, row: int) -> Campaign:
        try:
            return self.plan.test(userid, **self.view.row_numbers.arguments_for(row))
        except IncompleteError as error:
            # A test that was sent shows its outcome like any other.
            if not isinstance(error.campaign, Campaign) or error.state != State.FINISHED:
                raise
            return error.campaign

    def _row_code(self, position: int) -> dict[str, object]:
        """Return the arguments that name a row in code: none for the default row of `test`."""
        return {} if position == self.view.first_row() else self.view.row_numbers.arguments_in_code(position)

    def _sheet_fields(self) -> dict[str, Any]:
        """Return the fields of the state with the current sheet of the plan and its warnings."""
        send_warnings = None if self.run is not None else self.view.send_warnings()
        return {"sheet": self.view.sheet_for(send_warnings), **_warning_fields(self.plan, self.view, send_warnings)}

    def _on_idle(self) -> None:
        self._change({"test_progress": ""})

    def _problems(self) -> pd.DataFrame:
        if self._rejected is None:
            self._rejected = self.plan.problems()
        return self._rejected

    def _find_problems(self, query: str, is_superseded: Callable[[], bool]) -> None:
        frame = self._problems()
        shown = frame.drop(columns="position").assign(label=list(map(str, frame.index)))
        found: list[IntArray] = []
        for part in find_rows(shown, query):
            if is_superseded() or self.state.problems.query != query:
                return
            found.append(part)
        positions = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        with self._lock:
            if self.state.problems.query == query:
                self._show(problems=replace(self.state.problems, positions=positions, page=0))

    def _export(self) -> None:
        table = problems_table(self.view, self._problems()["position"].tolist())
        path = write_excel(export_path(file_name(self.state.name, say("form.file_problems"))), table)
        notice, link = offer_download(path)
        with self._lock:
            problems = replace(self.state.problems, notice=notice, link=link, exported_name=path.name)
            self._show(problems=problems)

    def _update_forecast(self) -> None:
        if self.plan.people and self.state.name.strip():
            self._show(is_forecasting=True)
            self._forecasting.submit(self.state.name)

    def _forecast_failed(self, error: Exception) -> None:
        self._forecast_failure = self._failure(error)
        self._show(is_forecasting=False, failure=self._forecast_failure)

    def _forecast(self, name: str, is_superseded: Callable[[], bool]) -> None:
        with self._forecast_throttle.timing():
            change = self.view.last_change()
            sheet_fields = self._sheet_fields() if change not in {None, self._last_change} else {}
            forecast = self.plan.forecast(name) if name.strip() and self.plan.people else None
        with self._lock:
            if not is_superseded() and self.state.name == name:
                self._last_change = change
                failure = None if self.state.failure is self._forecast_failure else self.state.failure
                self._forecast_failure = None
                self._show(forecast=forecast, is_forecasting=False, failure=failure, **sheet_fields)


@dataclass(frozen=True, slots=True)
class _Confirmation:
    """The choices and the forecast numbers that the user confirmed by pressing the button."""

    changed: Changed
    absent: AbsentChoice
    beyond_quota: bool
    sent_now: int
    added: int
    dropped: int
    is_whole: bool

    @property
    def is_covered_by_count(self) -> bool:
        """Whether the count passed to `send` confirms everything: the whole plan is sent, and nobody is removed."""
        return self.sent_now > 0 and self.is_whole and not self.dropped

    def agrees_with(self, forecast: Forecast) -> bool:
        """Return whether a new forecast sends to no more people than confirmed, and removes as many."""
        if self.dropped and forecast.absent != self.dropped:
            return False
        return forecast.people_sent_to(self.changed, self.absent) <= self.sent_now


def _warning_fields(plan: Plan, view: PlanView, send_warnings: SendWarnings | None) -> dict[str, Any]:
    """Return the fields of the state that come from the warnings; without warnings, they are empty, `uploads` stays."""
    if send_warnings is None:
        return {"send_warnings": SendWarnings(), "shortage": NOTHING, "stops_after": None}
    uploads, left = send_warnings.uploads, send_warnings.calls_left
    shortage = send_warnings.shortage(view.calls_needed + uploads)
    stops_after = None
    if shortage and left < plan.calls + uploads:
        # Files are uploaded along the way, so they take their share of the calls.
        stops_after = view.people_within(left * plan.calls // (plan.calls + uploads))
    return {"send_warnings": send_warnings, "uploads": uploads, "shortage": shortage, "stops_after": stops_after}


def _suggested_name(plan: Plan, view: PlanView, send_warnings: SendWarnings, *, is_copy: bool) -> str:
    """
    Return a suggested name; empty where the user has to enter one.

    The user enters one on LIVE, and also in the sandbox if another campaign to half of the plan's people or more, or
    with the same texts, is unfinished.
    """
    if not plan.people or plan.mode != "SANDBOX":
        return ""
    suggested, unfinished = view.suggested_name(is_copy=is_copy), unfinished_names(send_warnings)
    return suggested if suggested in unfinished or not unfinished else ""


def _name_to_continue(plan: Plan, send_warnings: SendWarnings, *, is_copy: bool) -> str:
    """
    Return the name of the campaign that a plan continues; empty if there is none.

    - First, a campaign with the same texts, some of whose queued people are in the plan. It was interrupted, or is
      being sent, perhaps by a process that has just ended. A campaign that a person has halted is not continued.
    - Then, unless the message is a copy, a finished campaign that sent the texts today to half of the plan's people or
      more: under another name DingTalk would not deliver the texts.
    """
    for unfinished in send_warnings.unfinished:
        forecast = plan.forecast(unfinished.campaign)
        if forecast.state in {State.INTERRUPTED, State.RUNNING} and forecast.queued and not forecast.changed:
            return forecast.name
    names = () if is_copy else dict.fromkeys(sent.campaign for sent in send_warnings.campaigns_today)
    for name in names:
        forecast = plan.forecast(name)
        is_other = forecast.refusal or forecast.changed or forecast.absent
        if forecast.state is State.FINISHED and not is_other and 2 * forecast.settled >= plan.people:
            return forecast.name
    return ""


def _sent_test(person: str, run: Campaign, *, was_sent_before: bool) -> SentTest:
    """Return a test and its outcome; `run` is the test's campaign."""
    row = view_of(run).results.frame(render=None).iloc[0]
    reason, hint = (text if isinstance(text, Text) else NOTHING for text in (row["reason"], row["hint"]))
    return SentTest(row["userid"], person, Status(row["status"]), reason, hint, was_sent_before)
