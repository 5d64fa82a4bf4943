"""
Random walks over all actions of an analyst, verified after each step with the sandbox's record.

`Walk` is the analyst: every rule is an action of dingnb, valid or not, at any time, from any notebook, with faults and
interrupts. `tests.stateful.model` records what was requested, and the sandbox what was done. Each bug found by a walk
becomes a regular test next to the code concerned.
"""

import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.status import State
from dingnb.errors import CampaignStoppedError, IncompleteError, InputError
from dingnb.ledger import pruning
from dingnb.ledger.pruning import PruneCandidate
from dingnb.messages import Message
from tests.stateful.judge import Record, judge_counts, judge_figures, judge_row
from tests.stateful.model import SHARED, Asked, Person, may_have_of, same_name
from tests.stateful.world import MONDAY_NS, STRANGER, Outcome, SendCall, World
from tests.tiers import SOAK

FEW_WALKS = 8
WALKS = 5_000 if SOAK else 50
STEPS = 20 if SOAK else 10
ADVICE = re.compile(r"""run\.(resume|retry|resolve|wait|refresh|missed|unread|unanswered)\((?:"(leave)")?\)""")
DAY_S = 24 * 3_600
MIDNIGHT_S = 15 * 3_600
"""From nine in the morning to midnight."""

LAST_NIGHT_S = MIDNIGHT_S + 28 * DAY_S
"""To the end of the month."""

NAMES = st.sampled_from(["note", "note", "note", "pay", "NOTE", " note ", "ｎｏｔｅ"])
PLACES = st.sampled_from([("desk", 0), ("desk", 0), ("desk", 1), ("far", 0)])
WHICH = st.integers(0, 5)
NUMBERS = st.sampled_from([0, 0, 1])
INTERRUPTS = st.one_of(st.none(), st.none(), st.none(), st.integers(1, 600))
BREAKS_OFF = st.none() | st.integers(300, 900)
ROWS = st.sets(st.integers(0, 7), min_size=1, max_size=6)


@dataclass(frozen=True, slots=True)
class Request:
    """
    One plan, and how it is sent.

    Attributes:
        rows: The recipients, by number; 6 has left, 7 does not exist.
        text: The number of the text.
        spoiled: The rows that lack a value the text needs.
        is_keyed: Whether each person has two rows distinguished by a key.
        exclude: How people are excluded: not at all, by ids, or by a list.
        excluded: The excluded people.
        expect: The given count: none, the right one, a wrong one, or the one that an error advised.
        choices: The other options.
        obeys: Whether the advice of an error is followed.
        advised: The options given because an error advised it.
    """

    rows: frozenset[int]
    text: int
    spoiled: frozenset[int]
    is_keyed: bool
    exclude: str
    excluded: frozenset[int]
    expect: str | int
    choices: dict[str, Any]
    obeys: bool = False
    advised: frozenset[str] = frozenset()

    def broken_off(self) -> "Request":
        """Return the request for many people with personal texts, so that an interrupt leaves some unsent."""
        return replace(self, rows=self.rows | {0, 1, 2, 3, 4}, text=1, choices={**self.choices, "wait": True})


REQUESTS = st.builds(
    Request,
    rows=ROWS.map(frozenset),
    text=st.sampled_from([0, 0, 1, 1, 1, 2, 3]),
    spoiled=st.sets(st.integers(0, 7), max_size=2).map(frozenset) | st.just(frozenset()),
    is_keyed=st.sampled_from([False, False, False, False, True]),
    exclude=st.sampled_from(["", "", "", "ids", "list"]),
    excluded=st.sets(st.integers(0, 7), max_size=3).map(frozenset),
    expect=st.sampled_from(["", "", "right", "right", "right", "wrong"]),
    choices=st.fixed_dictionaries(
        {
            "changed": st.sampled_from(["error", "error", "skip", "resend"]),
            "absent": st.sampled_from(["error", "error", "send", "drop"]),
            "wait": st.sampled_from([True, False, False]),
            "check": st.booleans(),
            "store_content": st.sampled_from([True, True, False]),
            "pause_after": st.sampled_from([10, 1, None]),
            "beyond_quota": st.sampled_from([False, True]),
        }
    ),
    obeys=st.booleans(),
)

FAULTS: list[dict[str, Any]] = [
    {"fault": "drop_after"},
    {"fault": "drop_before"},
    {"fault": "reset_after"},
    {"fault": "busy"},
    {"fault": "busy", "executes": True},
    {"fault": "isp"},
    {"fault": "isp", "executes": False},
    {"fault": "504"},
    {"fault": "html"},
    {"fault": "html", "executes": True},
    {"fault": "truncated"},
    {"fault": "token"},
    {"fault": "throttled"},
    {"fault": "month"},
    {"fault": "ban", "for_s": 200},
]


_PATHS = ["asyncsend_v2", "asyncsend_v2", "asyncsend_v2", "getsendresult", "accessToken", "recall"]
FAULTY = st.builds(
    lambda fault, path, nth: {**fault, "path": path, "nth": nth},
    st.sampled_from(FAULTS),
    st.sampled_from(_PATHS),
    st.sampled_from([[1], [2], [1, 2], [1, 2, 3, 4]]),
)


class Made(NamedTuple):
    """A plan: where it was made, for which campaign, whom it excludes, and what each of its people should get."""

    place: tuple[str, int]
    key: tuple[str, str]
    plan: Plan
    excluded: frozenset[str]
    wanted: dict[Person, str]


BEGINNING: dict[str, st.SearchStrategy[Any]] = {
    "starts_s": st.sampled_from([0, 0, MIDNIGHT_S - 1_200, LAST_NIGHT_S - 1_200]),
    "calls_per_month": st.sampled_from([None, None, None, 12, 30]),
    "failed_share": st.sampled_from([0, 0, 0.2]),
    "fault": st.none() | FAULTY,
    "place": PLACES,
    "request": REQUESTS,
    "interrupt": BREAKS_OFF,
}
"""What a walk begins with: the time, the sandbox, and the first send."""


class Walk(RuleBasedStateMachine):
    """An analyst with two notebooks on one ledger and one on another."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dingnb-walk-"))
        self.world: World
        self.asked: dict[tuple[str, str], Asked] = {}
        self.runs: dict[tuple[str, str], Campaign] = {}
        self.last: dict[tuple[str, str], tuple[str, Request]] = {}
        self.forgotten: list[Asked] = []
        self.touched: set[tuple[str, str]] = set()
        self.kept_plans: list[tuple[str, Request, Made]] = []
        self.calls_per_month: int | None = None

    @initialize(**BEGINNING)
    def begin(
        self,
        starts_s: int,
        calls_per_month: int | None,
        failed_share: float,
        fault: dict[str, Any] | None,
        place: tuple[str, int],
        request: Request,
        interrupt: int | None,
    ) -> None:
        self.calls_per_month = calls_per_month
        self.world = World(self.folder, MONDAY_NS + starts_s * 10**9, failed_share, calls_per_month)
        if fault is not None:
            self.world.sandbox.state.faults.add(fault["fault"], **{k: v for k, v in fault.items() if k != "fault"})
        # Half of all walks start with an interrupted send, since many paths begin there.
        self.send(place, "note", request if interrupt is None else request.broken_off(), interrupt)

    def teardown(self) -> None:
        try:
            # Hypothesis calls this after a failed step as well.
            if hasattr(self, "world") and sys.exc_info()[0] is None:
                self.end_well()
        finally:
            if hasattr(self, "world"):
                self.let_go()
            shutil.rmtree(self.folder)

    # Actions of the analyst.

    @rule(place=PLACES, name=NAMES, request=REQUESTS, interrupt=INTERRUPTS)
    def send(self, place: tuple[str, int], name: str, request: Request, interrupt: int | None) -> None:
        ding = self.world.kernel(*place)
        key = (place[0], same_name(name))
        frame, wanted, excluded = self.make(key, request)
        options: dict[str, Any] = {"key": "k"} if request.is_keyed else {}
        if request.exclude:
            options["exclude"] = sorted(excluded)
        if request.exclude == "list":
            ding.exclusions.add("away", sorted(excluded) or [STRANGER])
            excluded = excluded | set(ding.exclusions.reasons("away"))
            options["exclude"] = "away"
        wanted = {person: content for person, content in wanted.items() if person[0] not in excluded}
        plan = ding.plan(frame, self.message(self.text_of(key, request)), **options)
        people = self.count_messages(wanted)
        assert plan.people == people
        made = Made(place, key, plan, frozenset(excluded), wanted)
        self.kept_plans = [*self.kept_plans[-4:], (name, request, made)]
        self.submit(name, request, made, interrupt)

    def submit(self, name: str, request: Request, made: Made, interrupt: int | None) -> None:
        """Send a plan that was made now or before."""
        place, key, plan, excluded, wanted = made
        people = plan.people
        expect = {"": None, "right": people, "wrong": people + 50}.get(request.expect, request.expect)
        before = self.results(key)
        queued = self.waiting(before)
        recipients = {userid for userid, _ in wanted} | excluded
        had, first = self.world.delivered(), len(self.world.calls)
        may_have = may_have_of(self.world, place[0])
        shown = self.do(key, lambda: plan.send(name, expect=expect, **request.choices), interrupt, recipients)
        error = shown.error
        if isinstance(error, InputError):
            self.assert_unchanged(key, before, shown)
            if request.obeys:
                self.obey_error(name, request, made, shown)
            return
        if request.expect == "wrong" and error is None:
            message = "a wrong count was taken"
            raise AssertionError(message)
        asked = self.asked.setdefault(key, Asked(place[0], name.strip(), had, first, is_keyed=request.is_keyed))
        if self.by_name(key) is None:
            assert not shown.sends, "something was sent of which nothing is recorded"
            del self.asked[key]
            return
        out = queued - {userid for userid, _ in wanted}
        by_word = {userid for userid in out if userid in excluded or request.choices["absent"] == "drop"}
        is_sure = not isinstance(error, KeyboardInterrupt)
        left = out - excluded
        assert not (is_sure and left and request.choices["absent"] == "error"), f"{left} were dropped silently"
        gone = {person for person in asked.members if person[0] in by_word}
        changed = request.choices["changed"]
        asked.record(wanted, changed=changed, world=self.world, had=may_have, gone=gone, is_sure=is_sure)
        self.last[key] = name, replace(request, advised=frozenset())
        if isinstance(shown.value, Campaign):
            self.runs[key] = shown.value
        elif isinstance(error, IncompleteError):
            assert isinstance(error.campaign, Campaign)
            self.runs[key] = error.campaign

    @precondition(lambda self: self.kept_plans)
    @rule(which=WHICH, choices=REQUESTS, interrupt=INTERRUPTS)
    def send_an_earlier_plan(self, which: int, choices: Request, interrupt: int | None) -> None:
        """Send a plan after others of its name, perhaps with other choices; exclusions may have changed since."""
        name, request, made = self.kept_plans[which % len(self.kept_plans)]
        request = replace(request, choices=choices.choices, expect=choices.expect, obeys=choices.obeys)
        self.submit(name, request, made, interrupt)

    def obey_error(self, name: str, request: Request, made: Made, shown: Outcome) -> None:
        """Do what the error of a send advises: another one does not advise the same again."""
        choices = re.findall(r'(changed|absent)="(\w+)"', shown.text)
        people = re.search(r"pass expect=(\d+)", shown.text)
        if choices:
            option, value = choices[len(self.world.calls) % len(choices)]
            again = replace(request, choices={**request.choices, option: value}, advised=request.advised | {option})
        elif people:
            option = "expect"
            again = replace(request, expect=int(people[1]), advised=request.advised | {option})
        elif isinstance(shown.error, CampaignStoppedError) and "run.resume()" in shown.text:
            run = self.by_name(made.key)
            assert run is not None
            resumed = self.do(made.key, lambda: run.resume(check=False))
            assert not isinstance(resumed.error, InputError), f"{resumed.error}, although it was advised: {shown.error}"
            return
        else:
            return
        assert option not in request.advised, f"{option}= is advised again: {shown.error}"
        self.submit(name, again, made, None)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, advice=WHICH)
    def obey(self, which: int, number: int, advice: int) -> None:
        """Do what the display of a campaign advises."""
        run, key = self.find(which, number, is_fresh=True)
        texts = [repr(run), *run.summary()["todo"].dropna(), *run.results()["hint"].dropna()]
        advised = list(dict.fromkeys(found for text in texts for found in ADVICE.findall(text)))
        if not advised or run.state is State.RUNNING:
            return
        name, argument = advised[advice % len(advised)]
        if name == "retry" and run.state is not State.FINISHED:
            return
        shown = self.do(key, lambda: getattr(run, name)(*filter(None, [argument])))
        assert not isinstance(shown.error, InputError), f"{shown.error}, although {name} was advised: {texts}"

    @precondition(lambda self: self.last)
    @rule(which=WHICH, number=NUMBERS, interrupt=INTERRUPTS)
    def send_the_same_again(self, which: int, number: int, interrupt: int | None) -> None:
        """Run all cells again."""
        key = list(self.last)[which % len(self.last)]
        self.send((key[0], number), *self.last[key], interrupt)

    @precondition(lambda self: self.last)
    @rule(which=WHICH, number=NUMBERS, request=REQUESTS, interrupt=INTERRUPTS)
    def send_another_list(self, which: int, number: int, request: Request, interrupt: int | None) -> None:
        key = list(self.last)[which % len(self.last)]
        name, last = self.last[key]
        self.send((key[0], number), name, replace(request, is_keyed=last.is_keyed), interrupt)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, method=st.sampled_from(["pause", "stop"]), is_fresh=st.booleans())
    def halt(self, which: int, number: int, method: str, *, is_fresh: bool) -> None:
        run, key = self.find(which, number, is_fresh=is_fresh)
        self.do(key, getattr(run, method))

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        wait=st.sampled_from([None, True, False]),
        interrupt=INTERRUPTS,
        check=st.booleans(),
    )
    def resume(self, which: int, number: int, interrupt: int | None, *, wait: bool | None, check: bool) -> None:
        run, key = self.find(which, number, is_fresh=wait is None)
        self.do(key, lambda: run.resume(wait=wait, check=check), interrupt)

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        until=st.sampled_from(["delivered", "delivered", "read"]),
        share=st.sampled_from([1.0, 0.5]),
        timeout_s=st.sampled_from([0, 30, 900]),
        check=st.booleans(),
        interrupt=INTERRUPTS,
        is_fresh=st.booleans(),
    )
    def wait(self, which: int, number: int, interrupt: int | None, *, is_fresh: bool, **choices: Any) -> None:
        run, key = self.find(which, number, is_fresh=is_fresh)
        self.do(key, lambda: run.wait(**choices), interrupt)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, method=st.sampled_from(["refresh", "wait"]), interrupt=INTERRUPTS)
    def look(self, which: int, number: int, method: str, interrupt: int | None) -> None:
        run, key = self.find(which, number, is_fresh=False)
        self.do(key, run.refresh if method == "refresh" else lambda: run.wait("sent", check=False), interrupt)

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        expect=st.sampled_from(["", "right", "wrong"]),
        interrupt=INTERRUPTS,
        wait=st.booleans(),
    )
    def retry(self, which: int, number: int, expect: str, interrupt: int | None, *, wait: bool) -> None:
        run, key = self.find(which, number, is_fresh=False)
        expect_count = {"": None, "right": range(100), "wrong": 99}[expect]
        everybody, now = self.by_name(key), pd.Timestamp(self.world.clock.now_ns(), unit="ns", tz="UTC")
        missed = pd.DataFrame({"userid": [], "retry_at": []}) if everybody is None else everybody.missed()
        due = set(missed.loc[missed["retry_at"].notna() & (missed["retry_at"] <= now), "userid"])
        shown = self.do(key, lambda: run.retry(expect=expect_count, wait=wait), interrupt)
        if shown.error is None and wait and run.state is State.FINISHED:
            sent = {userid for call in shown.sends if call.home == key[0] for userid in call.userids}
            assert due <= sent, f"{due - sent} were due, and not sent to again: {shown.text}"

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, refresh=st.booleans(), interrupt=INTERRUPTS)
    def remind(self, which: int, number: int, interrupt: int | None, *, refresh: bool) -> None:
        run, key = self.find(which, number, is_fresh=True)
        text = f"{key[0]}/{key[1]} again"
        shown = self.do(key, lambda: run.remind(self.reminder(text), refresh=refresh), interrupt)
        plan = shown.value
        if plan is None:
            return
        reminded = (key[0], f"again-{key[1]}")
        userids = plan.to_frame()["userid"].dropna()
        who = {(userid, f"{n}"): text for userid, n in zip(userids, userids.groupby(userids).cumcount(), strict=True)}
        asked, had, first = self.asked.get(reminded), self.world.delivered(), len(self.world.calls)
        may_have = may_have_of(self.world, key[0])
        shown = self.do(reminded, lambda: plan.send(reminded[1], absent="send", check=False))
        if shown.error is None:
            asked = asked or self.asked.setdefault(reminded, Asked(*reminded, had, first))
            asked.record(who, changed="error", world=self.world, had=may_have, gone=(), is_sure=True)

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        who=st.none() | ROWS,
        expect=st.sampled_from([None, range(100), range(100), 77]),
        interrupt=INTERRUPTS,
        is_fresh=st.booleans(),
    )
    def recall(
        self,
        which: int,
        number: int,
        who: set[int] | None,
        expect: int | range | None,
        interrupt: int | None,
        *,
        is_fresh: bool,
    ) -> None:
        run, key = self.find(which, number, is_fresh=is_fresh)
        recipients = None if who is None else [self.userid(person) for person in sorted(who)]
        before = self.holders()
        shown = self.do(key, lambda: run.recall(recipients, expect=expect), interrupt)
        advised = re.search(r"pass expect=(\d+)", shown.text)
        if isinstance(shown.error, InputError) and advised:
            expect = int(advised[1])
            shown = self.do(key, lambda: run.recall(recipients, expect=expect))
            assert not isinstance(shown.error, InputError), f"{shown.error}, although expect={expect} was advised"
            if shown.error is None:
                lost = {userid for userid, _ in before - self.holders()}
                assert len(lost) <= expect, f"{lost} lost it, and not {expect} people"
        if shown.error is None or not isinstance(shown.error, InputError):
            self.asked[key].was_recalled = True
        if shown.error is not None and not isinstance(shown.error, InputError):
            self.asked[key].may_be_recalled = True

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        how=st.sampled_from([None, "resend", "leave", "delivered"]),
        expect=st.sampled_from([None, range(100), 55]),
        interrupt=INTERRUPTS,
    )
    def resolve(self, which: int, number: int, how: Any, expect: int | range | None, interrupt: int | None) -> None:
        run, key = self.find(which, number, is_fresh=False)
        before = self.results(key)
        lost = set(before.loc[before["status"].isin(["unknown", "sending"]), "userid"])
        shown = self.do(key, lambda: run.resolve(how, expect=expect), interrupt)
        if isinstance(shown.error, InputError) or how is None:
            return
        asked = self.asked[key]
        if how == "resend":
            asked.resent |= lost
            for userid in lost:
                for content in asked.texts_of(userid):
                    asked.granted[userid, content] += 1
        elif how == "delivered":
            asked.noted |= lost

    @rule(who=ROWS)
    def take_in_again(self, who: set[int]) -> None:
        exclusions = self.world.kernel("desk", 0).exclusions
        if "away" in exclusions.names():
            exclusions.remove("away", [self.userid(person) for person in sorted(who)])

    @rule(by_s=st.sampled_from([0.2, 0.5, 1, 3, 20, 70, 400, MIDNIGHT_S, DAY_S + 3_600]))
    def pass_time(self, by_s: float) -> None:
        self.world.pass_time(by_s)
        self.touched.update(self.asked)

    @rule(fault=FAULTY)
    def break_something(self, fault: dict[str, Any]) -> None:
        self.world.sandbox.state.faults.add(fault["fault"], **{k: v for k, v in fault.items() if k != "fault"})

    @precondition(lambda self: not self.world.is_cut_off)
    @rule(for_s=st.sampled_from([2, 60, 900]))
    def cut_the_network(self, for_s: int) -> None:
        self.world.sandbox.state.faults.add("refuse", for_s=for_s)

    @rule(place=PLACES)
    def restart(self, place: tuple[str, int]) -> None:
        for key, run in list(self.runs.items()):
            if key[0] == place[0]:
                run.stop()
                self.world.run(lambda run=run: run.wait("sent", check=False))
                del self.runs[key]
        self.kept_plans = [kept for kept in self.kept_plans if kept[2].place != place]
        self.world.restart(*place)

    @precondition(lambda self: any(run.state is State.FINISHED for run in self.runs.values()))
    @rule(is_texts_only=st.booleans())
    def prune(self, *, is_texts_only: bool) -> None:
        """Prune finished campaigns older than two days."""
        if any(run.state is State.RUNNING for run in self.runs.values()):
            return
        self.world.pass_time(3 * DAY_S)
        ledger = self.world.ledger("desk")
        names: dict[int, str] = {}

        def choose(candidates: list[PruneCandidate]) -> dict[int, str]:
            rows = [candidate.row for candidate in candidates if not candidate.reason_to_keep]
            names.update({row.id: row.name for row in rows})
            return names

        pruning.prune(ledger, self.world.clock.now_ns(), choose, texts_only=is_texts_only, done_by="desk")
        if not is_texts_only:
            for name in names.values():
                key = ("desk", same_name(name))
                self.runs.pop(key, None)
                # Its name has no record any more: everything may be sent again.
                self.last.pop(key, None)
                self.kept_plans = [kept for kept in self.kept_plans if kept[2].key != key]
                self.forgotten.append(self.asked.pop(key))

    # Invariants after each step.

    @invariant()
    def nobody_gets_a_message_twice(self) -> None:
        allowed: Counter[tuple[str, str]] = Counter()
        for asked in (*self.asked.values(), *self.forgotten):
            allowed.update(asked.granted)
        for recipient, times in self.world.delivered().items():
            assert times <= allowed[recipient], (
                f"{recipient} was delivered {times} times, and asked for {allowed[recipient]} times"
            )

    @invariant()
    def everybody_is_in_the_results_as_the_sandbox_has_it(self) -> None:
        for key in self.touched & self.asked.keys():
            self.judge(key)
        self.touched.clear()

    def judge(self, key: tuple[str, str]) -> None:
        asked, run = self.asked[key], self.by_name(key)
        if run is None:
            assert not asked.members, f"{key} has nobody any more"
            return
        rows = run.results()
        missing = {userid for userid, _ in asked.members} - set(rows["userid"])
        assert not missing, f"of {key}, {missing} are in no result"
        if run.state is State.RUNNING:
            return
        self.judge_rows(key, Record.of(self.world), rows)
        judge_counts(run, self.world.kernel(key[0], 0).campaigns().set_index("name").loc[run.name], rows)

    def judge_rows(self, key: tuple[str, str], record: Record, rows: pd.DataFrame) -> None:
        for row in rows.astype({"status": str}).itertuples():
            judge_row(record, self.asked[key], row)

    # Implementation.

    def holders(self) -> set[tuple[str, str]]:
        """Return who has which text, or will have it, and has not lost it by a recall."""
        return {
            (userid, self.world.content_of(task))
            for task in self.world.tasks().values()
            if task.recalled_ns is None
            for userid in (*task.delivered_userids, *task.pending_userids)
        }

    def do(
        self,
        key: tuple[str, str],
        action: Callable[[], Any],
        interrupt: int | None = None,
        wanted: Collection[str] | None = None,
    ) -> Outcome:
        """Run an action, and verify its output; `wanted` are the people of a plan."""
        self.touched.add(key)
        before, calls = self.results(key), self.calls_of(key)
        absent = None if wanted is None or before["status"].isin(["unknown", "sending"]).any() else 0
        if absent is not None and wanted is not None:
            absent = len(self.waiting(before) - set(wanted))
        shown = self.world.run(action, interrupt)
        error = shown.error
        if shown.was_interrupted:
            assert isinstance(error, KeyboardInterrupt), f"an interrupt was swallowed: {error!r} {shown.value!r}"
        if re.search("Nothing was sent(?! again)", shown.text):
            assert not self.has_left(key, shown), f"something was sent: {shown.text}"
        if "Nothing sent" in shown.text or "Nothing was sent again" in shown.text:
            assert not [send for send in shown.sends if send.outcome != "unsent"], f"something was sent: {shown.text}"
        judge_figures(shown, before, calls, absent)
        if isinstance(error, IncompleteError):
            run = error.campaign
            assert isinstance(run, Campaign)
            everybody = self.world.kernel(key[0], 0).campaign(run.name).results()
            statuses = everybody["status"].astype(str)
            counts = statuses[statuses != "rejected"].value_counts().to_dict()
            assert error.counts == counts, f"{error.counts}, and not {counts}: {error}"
            assert error.state == run.state
        return shown

    def calls_of(self, key: tuple[str, str]) -> range | None:
        """Return the number of calls sent by a campaign; None if others have the same text."""
        asked = self.asked.get(key)
        texts = asked.texts if asked else set()
        if SHARED in texts:
            return None
        made = Counter(call.outcome for call in self.calls_since(asked) if call.content in texts)
        most = made.total() - made["unsent"]
        # A call repeated at once with a new token counts once.
        return range(most - made["token"], most + 1)

    def has_left(self, key: tuple[str, str], shown: Outcome) -> bool:
        asked = self.asked.get(key)
        texts = (asked.texts if asked else set()) - {SHARED}
        return any(
            call.outcome != "unsent" and call.content in texts for call in (*self.calls_since(asked), *shown.sends)
        )

    def calls_since(self, asked: Asked | None) -> list[SendCall]:
        """Return the calls since a campaign began; one of the same name may have been pruned before."""
        return self.world.calls[asked.first_call if asked else 0 :]

    def assert_unchanged(self, key: tuple[str, str], before: pd.DataFrame, shown: Outcome) -> None:
        assert not shown.sends, f"refused, and yet sent: {shown.error}"
        after = self.results(key)
        if not before["status"].eq("sending").any():
            assert before["userid"].tolist() == after["userid"].tolist(), f"refused, and yet changed: {shown.error}"

    def make(self, key: tuple[str, str], request: Request) -> tuple[pd.DataFrame, dict[Person, str], set[str]]:
        """Return a frame, the text for each of its people, and the excluded people."""
        rows, wanted = [], {}
        text = self.text_of(key, request)
        for row in sorted(request.rows):
            for k in ("a", "b") if request.is_keyed else ("",):
                n = None if row in request.spoiled else f"{row}{k}"
                rows.append({"userid": self.userid(row), "n": n, "k": k or "-"})
                if n is not None or "{{" not in text:
                    wanted[self.userid(row), k if request.is_keyed else ""] = text.replace("{{ n }}", str(n))
                rows[-1].update(self.columns_for(wanted.get((self.userid(row), k if request.is_keyed else ""))))
        return (
            pd.DataFrame(rows),
            wanted,
            {self.userid(person) for person in request.excluded} if request.exclude else set(),
        )

    def count_messages(self, wanted: dict[Person, str]) -> int:
        # Equal texts of a person share a message.
        return len({(userid, content) for (userid, _), content in wanted.items()})

    def message(self, text: str) -> Message:
        return dingnb.text(text)

    def reminder(self, text: str) -> Message:
        return self.message(text)

    def columns_for(self, _text: str | None) -> dict[str, Any]:
        """Return what else the row of a person with this text has; None if a value is missing."""
        return {}

    def text_of(self, key: tuple[str, str], request: Request) -> str:
        own = f"{key[0]}/{key[1]}"
        if request.is_keyed:
            return (f"{own} hello", f"{own} number {{{{ n }}}}", f"{own} {{{{ n }}}}", SHARED)[request.text]
        return (f"{own} hello", f"{own} number {{{{ n }}}}", f"{own} changed", SHARED)[request.text]

    def userid(self, number: int) -> str:
        return [*self.world.people, *self.world.absent, STRANGER][number]

    def by_name(self, key: tuple[str, str]) -> Campaign | None:
        asked = self.asked.get(key)
        if asked is None:
            return None
        try:
            return self.world.kernel(key[0], 0).campaign(asked.name)
        except InputError:
            return None

    def results(self, key: tuple[str, str]) -> pd.DataFrame:
        run = self.by_name(key)
        return pd.DataFrame({"userid": [], "status": []}) if run is None else run.results()

    def waiting(self, rows: pd.DataFrame) -> set[str]:
        return set(rows.loc[rows["status"] == "queued", "userid"])

    def find(self, which: int, number: int, *, is_fresh: bool) -> tuple[Campaign, tuple[str, str]]:
        """Return an existing campaign: the object that sent it last, or a new one of some notebook."""
        key = list(self.asked)[which % len(self.asked)]
        run = None if is_fresh else self.runs.get(key)
        return run or self.world.kernel(key[0], number).campaign(self.asked[key].name), key

    def let_go(self) -> None:
        # Another object than the last one may be sending.
        found = (self.by_name(key) for key in self.asked)
        for run in [*self.runs.values(), *(run for run in found if run is not None)]:
            run.stop()
            self.world.run(lambda run=run: run.wait("sent", check=False))
        self.world.close()

    def end_well(self) -> None:
        """End all faults, continue until everything is finished, and assert that nobody is skipped."""
        self.world.sandbox.state.faults.clear()
        for key, asked in self.asked.items():
            self.finish(key, asked)
        self.touched.update(self.asked)
        self.nobody_gets_a_message_twice()
        self.everybody_is_in_the_results_as_the_sandbox_has_it()

    def finish(self, key: tuple[str, str], asked: Asked) -> None:
        run = self.by_name(key)
        if run is None:
            assert not asked.members
            return
        for _ in range(8):
            shown = self.world.run(lambda: run.resume(wait=True, check=False))
            assert shown.error is None, shown.error
            # Other objects may still be waiting for their turn, and find nothing left. A quota may be used up.
            self.world.pass_time(5 if self.calls_per_month is None else 31 * DAY_S)
            if run.state is State.FINISHED:
                break
        assert run.state is State.FINISHED, f"{key} does not come to its end: {run.state} {run.reason}"
        shown = self.world.run(lambda: run.wait(timeout_s=900, check=False))
        assert shown.error is None, shown.error
        rows = run.results()
        holders = self.holders()
        for person in asked.members - asked.gone:
            userid = person[0]
            mine = rows[rows["userid"] == userid]
            statuses = set(mine["status"].astype(str))
            # Queried too late: the outcome stays unknown.
            is_over = statuses == {"accepted"} and mine["reason"].notna().all()
            shown = f"{key}: {person} has {statuses}"
            assert not statuses & {"queued", "sending"}, shown
            if userid in self.world.people and not asked.may_be_recalled:
                is_out = person in asked.perhaps_gone and statuses == {"cancelled"}
                is_settled = is_over or is_out or userid in asked.noted or statuses & {"unknown", "filtered", "failed"}
                has_it = any((userid, content) in holders for content in asked.wanted(person)) or (
                    asked.was_recalled and "recalled" in statuses
                )
                assert is_settled or has_it, f"{shown}; it was never delivered"


def run_walks(machine: type[Walk], walks: int) -> None:
    """Take random walks; in `make soak`, with a seed that is printed."""
    number = int(os.environ.get("DINGNB_SEED") or random.SystemRandom().randrange(2**32)) if SOAK else 0
    if SOAK:
        sys.stderr.write(f"Walks of DINGNB_SEED={number}\n")
    run_state_machine_as_test(
        seed(number)(machine) if SOAK else machine,
        settings=settings(
            max_examples=walks,
            stateful_step_count=STEPS,
            derandomize=not SOAK,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize("walks", [FEW_WALKS, WALKS])
def test_no_walk_sends_twice_skips_anybody_or_reports_a_wrong_status(walks: int) -> None:
    run_walks(Walk, walks)
