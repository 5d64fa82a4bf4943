"""
Random walks over everything that an analyst can do, judged after each step by the sandbox's own record.

`Walk` is the analyst: every rule is a verb of dingnb, right or wrong, at any moment, from any notebook, with faults and
interrupts. `tests.stateful.model` holds what was asked for, and the sandbox what was done. What a walk finds becomes a
plain test beside the code that it is about.
"""

import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
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
from dingnb.bulk.campaign import Campaign
from dingnb.bulk.status import State
from dingnb.errors import (
    DingError,
    IncompleteError,
    InputError,
)
from dingnb.ledger import pruning
from tests.stateful.model import Asked, Person, same_name, unsure
from tests.stateful.world import MONDAY_NS, STRANGER, Shown, World, content_of

SOAK = bool(os.environ.get("DINGNB_SOAK"))
WALKS = 5_000 if SOAK else 100
STEPS = 16 if SOAK else 10
DAY_S = 24 * 3_600
MIDNIGHT_S = 15 * 3_600
"""From nine in the morning to midnight."""
SHARED = "all alike"
"""A text that campaigns of every name and every ledger send."""

NAMES = st.sampled_from(["note", "note", "note", "pay", "NOTE", " note ", "ｎｏｔｅ"])
PLACES = st.sampled_from([("desk", 0), ("desk", 0), ("desk", 1), ("far", 0)])
WHICH = st.integers(0, 5)
NUMBERS = st.sampled_from([0, 0, 1])
INTERRUPTS = st.one_of(st.none(), st.none(), st.none(), st.integers(1, 600))
ROWS = st.sets(st.integers(0, 7), min_size=1, max_size=6)
REACHED = frozenset({"delivered", "read"})
MAY_HAVE_IT = frozenset({"sending", "accepted", "delivered", "read", "unknown"})


@dataclass(frozen=True, slots=True)
class Wish:
    """
    One plan, and how it is sent.

    Attributes:
        rows: Whom it is for, by number; 6 has left, 7 is nobody.
        text: Which text.
        spoiled: Whose row lacks what the text needs.
        is_keyed: Whether each person has two rows that a key tells apart.
        exclude: How people are left out: not at all, by ids, or by a list.
        excluded: Who.
        expect: Which count is given: none, the right one, or a wrong one.
    """

    rows: frozenset[int]
    text: int
    spoiled: frozenset[int]
    is_keyed: bool
    exclude: str
    excluded: frozenset[int]
    expect: str
    choices: dict[str, Any]


WISHES = st.builds(
    Wish,
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


class Walk(RuleBasedStateMachine):
    """An analyst with two notebooks on one ledger, and one on another."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dingnb-walk-"))
        self.world: World
        self.asked: dict[tuple[str, str], Asked] = {}
        self.runs: dict[tuple[str, str], Campaign] = {}
        self.last: dict[tuple[str, str], tuple[str, Wish]] = {}
        self.forgotten: list[Asked] = []

    @initialize(
        starts_s=st.sampled_from([0, 0, MIDNIGHT_S - 1_200]),
        failed_share=st.sampled_from([0, 0, 0.2]),
        fault=st.none() | FAULTY,
        place=PLACES,
        wish=WISHES,
    )
    def begin(
        self, starts_s: int, failed_share: float, fault: dict[str, Any] | None, place: tuple[str, int], wish: Wish
    ) -> None:
        self.world = World(self.folder, MONDAY_NS + starts_s * 10**9, failed_share)
        if fault is not None:
            self.world.sandbox.state.faults.add(fault["fault"], **{k: v for k, v in fault.items() if k != "fault"})
        self.send(place, "note", wish, None)

    def teardown(self) -> None:
        try:
            # Hypothesis comes here from a failed step as well.
            if hasattr(self, "world") and sys.exc_info()[0] is None:
                self.end_well()
        finally:
            if hasattr(self, "world"):
                self.let_go()
            shutil.rmtree(self.folder)

    # What the analyst does.

    @rule(place=PLACES, name=NAMES, wish=WISHES, interrupt=INTERRUPTS)
    def send(self, place: tuple[str, int], name: str, wish: Wish, interrupt: int | None) -> None:
        ding = self.world.kernel(*place)
        key = (place[0], same_name(name))
        frame, wanted, excluded = self.make(key, wish)
        options: dict[str, Any] = {"key": "k"} if wish.is_keyed else {}
        if wish.exclude:
            options["exclude"] = sorted(excluded)
        if wish.exclude == "list":
            ding.exclusions.add("away", sorted(excluded) or [STRANGER])
            excluded = excluded | set(ding.exclusions.reasons("away"))
            options["exclude"] = "away"
        wanted = {person: content for person, content in wanted.items() if person[0] not in excluded}
        plan = ding.plan(frame, dingnb.text(self.text_of(key, wish)), **options)
        assert plan.people == len(wanted)
        expect = {"": None, "right": len(wanted), "wrong": len(wanted) + 1}[wish.expect]
        before = self.results(key)
        queued = self.waiting(before)
        choices = known(plan.send, wish.choices)
        shown = self.do(key, lambda: plan.send(name, expect=expect, **choices), interrupt)
        error = shown.error
        if isinstance(error, InputError):
            self.assert_unchanged(key, before, shown)
            return
        if wish.expect == "wrong" and error is None:
            message = "a wrong count was taken"
            raise AssertionError(message)
        asked = self.asked.setdefault(key, Asked(place[0], name.strip(), is_keyed=wish.is_keyed))
        if self.by_name(key) is None:
            assert not shown.sends, "something was sent of which nothing is recorded"
            del self.asked[key]
            return
        out = queued - {userid for userid, _ in wanted}
        by_word = {one for one in out if one in excluded or wish.choices["absent"] == "drop"}
        is_sure = not isinstance(error, KeyboardInterrupt)
        left = out - excluded
        assert not (is_sure and left and wish.choices["absent"] == "error"), f"{left} were left out in silence"
        gone = {person for person in asked.members if person[0] in by_word}
        asked.record(wanted, changed=wish.choices["changed"], world=self.world, gone=gone, is_sure=is_sure)
        self.last[key] = name, wish
        if isinstance(shown.value, Campaign):
            self.runs[key] = shown.value
        elif isinstance(error, IncompleteError):
            assert isinstance(error.campaign, Campaign)
            self.runs[key] = error.campaign

    @precondition(lambda self: self.last)
    @rule(which=WHICH, number=NUMBERS, interrupt=INTERRUPTS)
    def send_the_same_again(self, which: int, number: int, interrupt: int | None) -> None:
        """Run all cells again."""
        key = list(self.last)[which % len(self.last)]
        self.send((key[0], number), *self.last[key], interrupt)

    @precondition(lambda self: self.last)
    @rule(which=WHICH, number=NUMBERS, wish=WISHES, interrupt=INTERRUPTS)
    def send_another_list(self, which: int, number: int, wish: Wish, interrupt: int | None) -> None:
        key = list(self.last)[which % len(self.last)]
        name, last = self.last[key]
        self.send((key[0], number), name, replace(wish, is_keyed=last.is_keyed), interrupt)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, verb=st.sampled_from(["pause", "stop"]), is_fresh=st.booleans())
    def halt(self, which: int, number: int, verb: str, *, is_fresh: bool) -> None:
        run, key = self.find(which, number, is_fresh=is_fresh)
        self.do(key, getattr(run, verb))

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
        choices = known(run.resume, {"wait": True if wait is None else wait, "check": check})
        self.do(key, lambda: run.resume(**choices), interrupt)

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
        told = known(run.wait, choices)
        self.do(key, lambda: run.wait(**told), interrupt)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, verb=st.sampled_from(["refresh", "join"]), interrupt=INTERRUPTS)
    def look(self, which: int, number: int, verb: str, interrupt: int | None) -> None:
        run, key = self.find(which, number, is_fresh=False)
        self.do(key, getattr(run, verb), interrupt)

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
        told = {"": None, "right": range(100), "wrong": 99}[expect]
        self.do(key, lambda: run.retry(expect=told, wait=wait), interrupt)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, refresh=st.booleans(), interrupt=INTERRUPTS)
    def remind(self, which: int, number: int, interrupt: int | None, *, refresh: bool) -> None:
        run, key = self.find(which, number, is_fresh=True)
        text = f"{key[0]}/{key[1]} again"
        shown = self.do(key, lambda: run.remind(dingnb.text(text), refresh=refresh), interrupt)
        plan = shown.value
        if plan is None:
            return
        reminded = (key[0], f"again-{key[1]}")
        who = {(userid, ""): text for userid in plan.to_frame()["userid"].dropna()}
        asked = self.asked.get(reminded)
        choices = known(plan.send, {"check": False, "absent": "send"})
        shown = self.do(reminded, lambda: plan.send(reminded[1], **choices))
        if shown.error is None:
            asked = asked or self.asked.setdefault(reminded, Asked(*reminded))
            asked.record(who, changed="error", world=self.world, gone=(), is_sure=True)

    @precondition(lambda self: self.asked)
    @rule(
        which=WHICH,
        number=NUMBERS,
        who=st.none() | ROWS,
        expect=st.sampled_from([None, range(100), range(100), 77]),
        interrupt=INTERRUPTS,
    )
    def recall(
        self, which: int, number: int, who: set[int] | None, expect: int | range | None, interrupt: int | None
    ) -> None:
        run, key = self.find(which, number, is_fresh=False)
        meant = None if who is None else [self.userid(one) for one in sorted(who)]
        shown = self.do(key, lambda: run.recall(meant, expect=expect), interrupt)
        if shown.error is None or not isinstance(shown.error, InputError):
            self.asked[key].was_recalled = True

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
            exclusions.remove("away", [self.userid(one) for one in sorted(who)])

    @rule(by_s=st.sampled_from([0.2, 0.5, 1, 3, 20, 70, 400, MIDNIGHT_S, DAY_S + 3_600]))
    def pass_time(self, by_s: float) -> None:
        self.world.pass_time(by_s)

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
                self.world.run(run.join)
                del self.runs[key]
        self.world.restart(*place)

    @precondition(lambda self: any(run.state is State.FINISHED for run in self.runs.values()))
    @rule(is_texts_only=st.booleans())
    def prune(self, *, is_texts_only: bool) -> None:
        """Forget what is over and two days old."""
        if any(run.state is State.RUNNING for run in self.runs.values()):
            return
        self.world.pass_time(3 * DAY_S)
        ledger = self.world.ledger("desk")
        with ledger.writing() as db:
            going = [one.row for one in pruning.survey(db, self.world.clock.now_ns()) if not one.obstacle]
            (pruning.forget_texts if is_texts_only else pruning.forget)(db, [one.id for one in going])
        if not is_texts_only:
            for one in going:
                key = ("desk", same_name(one.name))
                self.runs.pop(key, None)
                # Under its name nothing is known any more: the analyst may send it all once more.
                self.last.pop(key, None)
                self.forgotten.append(self.asked.pop(key))

    # What has to be true after each step.

    @invariant()
    def nobody_gets_a_message_twice(self) -> None:
        allowed: Counter[tuple[str, str]] = Counter()
        for asked in (*self.asked.values(), *self.forgotten):
            allowed.update(asked.granted)
        for one, times in self.world.delivered().items():
            assert times <= allowed[one], f"{one} was delivered {times} times, and asked for {allowed[one]} times"

    @invariant()
    def everybody_is_in_the_results_as_the_sandbox_has_it(self) -> None:
        for key in self.asked:
            self.judge(key)

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
        tasks, delivered = self.world.tasks(), self.world.delivered()
        unsure_of = unsure(self.world.calls)
        for row in rows.itertuples():
            self.judge_row(asked, row, tasks, delivered, unsure_of)
        self.judge_counts(key, run, rows)

    def judge_row(self, asked: Asked, row: Any, tasks: dict[int, Any], delivered: Any, unsure_of: Any) -> None:
        userid, status = row.userid, str(row.status)
        told = f"{asked.home}/{asked.name}: {row}"
        contents = asked.texts_of(userid)
        task = None if pd.isna(row.task_id) else tasks[row.task_id]
        if task is not None:
            assert userid in {*task.waiting, *task.delivered, *task.failed, *task.invalid} | {
                one.userid for one in task.dropped
            }, told
            assert content_of(task) in contents, told
        has_it = [one for one in contents if delivered[userid, one]]
        own = [one for one in has_it if one != SHARED]
        was_unsure = any((userid, one) in unsure_of for one in contents)
        if status in REACHED:
            if row.evidence == "result":
                assert task is not None, told
                assert userid in task.delivered, told
                assert status != "read" or self.world.has_read(task, userid), told
            elif row.evidence == "duplicate":
                assert has_it, told
            else:
                assert userid in asked.noted, told
        elif status == "accepted":
            assert task is not None, told
        elif status == "invalid":
            assert userid in {STRANGER, *self.world.absent}, told
        elif status == "unknown":
            assert was_unsure, f"{told}: no call to them had an unsure answer"
        elif status == "recalled":
            assert task is not None, told
            assert task.recalled_ns is not None, told
        elif status == "filtered":
            assert any(one.userid == userid for one in task.dropped), told
        elif status in {"queued", "failed", "cancelled"}:
            # Another text may be on its way to who has one already, or a copy at the analyst's own risk.
            is_second = len(contents) > 1 or userid in asked.resent or asked.is_keyed
            assert is_second or not own or (status == "cancelled" and was_unsure), f"{told}: and yet it has arrived"
        else:
            assert status == "rejected", told

    def judge_counts(self, key: tuple[str, str], run: Campaign, rows: pd.DataFrame) -> None:
        """Look whether everything that counts the same people has the same figures."""
        statuses = rows["status"].astype(str).value_counts().to_dict()
        assert run.summary()["people"].to_dict() == statuses
        listed = self.world.kernel(key[0], 0).campaigns().set_index("name").loc[run.name]
        assert listed["state"] == run.state
        by = {name: int(listed[name]) for name in ("accepted", "failed", "unknown", "queued", "cancelled")}
        assert sum(by.values()) == listed["people"] == len(rows), f"{by}, and {listed['people']} of {len(rows)} people"
        assert by["queued"] == statuses.get("queued", 0)
        assert by["cancelled"] == statuses.get("cancelled", 0)
        progress = run.progress
        shown = (progress.accepted, progress.failed, progress.unknown, progress.cancelled)
        assert shown == (by["accepted"], by["failed"], by["unknown"], by["cancelled"])
        numbers = [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", progress.counted)]
        given = [progress.accepted, progress.people, *filter(None, shown[1:])]
        assert numbers == given, progress.counted

    # How it is done.

    def do(self, key: tuple[str, str], verb: Callable[[], Any], interrupt: int | None = None) -> Shown:
        """Do something, and look whether what it says is true."""
        shown = self.world.run(verb, interrupt)
        error = shown.error
        if shown.was_interrupted:
            assert isinstance(error, KeyboardInterrupt), f"an interrupt was swallowed: {error!r} {shown.value!r}"
        if "Nothing was sent" in shown.text:
            assert not self.has_left(key, shown), f"something was sent: {shown.text}"
        if "Nothing sent" in shown.text:
            assert not [one for one in shown.sends if one.outcome != "unsent"], f"something was sent: {shown.text}"
        if isinstance(error, IncompleteError):
            run = error.campaign
            assert isinstance(run, Campaign)
            everybody = self.world.kernel(key[0], 0).campaign(run.name).results()
            assert error.counts == everybody["status"].astype(str).value_counts().to_dict(), str(error)
            assert error.state == run.state
        return shown

    def has_left(self, key: tuple[str, str], shown: Shown) -> bool:
        asked = self.asked.get(key)
        texts = (asked.texts if asked else set()) - {SHARED}
        return any(one.outcome != "unsent" and one.content in texts for one in (*self.world.calls, *shown.sends))

    def assert_unchanged(self, key: tuple[str, str], before: pd.DataFrame, shown: Shown) -> None:
        assert not shown.sends, f"refused, and yet sent: {shown.error}"
        after = self.results(key)
        if not before["status"].eq("sending").any():
            assert before["userid"].tolist() == after["userid"].tolist(), f"refused, and yet changed: {shown.error}"

    def make(self, key: tuple[str, str], wish: Wish) -> tuple[pd.DataFrame, dict[Person, str], set[str]]:
        """Return a frame, which text each of its people gets, and who is to be left out."""
        rows, wanted = [], {}
        text = self.text_of(key, wish)
        for one in sorted(wish.rows):
            for k in ("a", "b") if wish.is_keyed else ("",):
                n = None if one in wish.spoiled else f"{one}{k}"
                rows.append({"userid": self.userid(one), "n": n, "k": k or "-"})
                if n is not None or "{{" not in text:
                    wanted[self.userid(one), k if wish.is_keyed else ""] = text.replace("{{ n }}", str(n))
        return pd.DataFrame(rows), wanted, {self.userid(one) for one in wish.excluded} if wish.exclude else set()

    def text_of(self, key: tuple[str, str], wish: Wish) -> str:
        own = f"{key[0]}/{key[1]}"
        if wish.is_keyed:
            return f"{own} number {{{{ n }}}}"
        return (f"{own} hello", f"{own} number {{{{ n }}}}", f"{own} changed", SHARED)[wish.text]

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
        """Return a campaign that is there: the object that sent it last, or a fresh one of some notebook."""
        key = list(self.asked)[which % len(self.asked)]
        run = None if is_fresh else self.runs.get(key)
        return run or self.world.kernel(key[0], number).campaign(self.asked[key].name), key

    def let_go(self) -> None:
        for run in self.runs.values():
            run.stop()
            self.world.run(run.join)
        self.world.close()

    def end_well(self) -> None:
        """Let all faults end, go on until everything is finished, and see that nobody is lost."""
        self.world.sandbox.state.faults.clear()
        for key, asked in self.asked.items():
            self.finish(key, asked)
        self.nobody_gets_a_message_twice()
        self.everybody_is_in_the_results_as_the_sandbox_has_it()

    def finish(self, key: tuple[str, str], asked: Asked) -> None:
        run = self.by_name(key)
        if run is None:
            assert not asked.members
            return
        for _ in range(8):
            shown = self.world.run(lambda: run.resume(**known(run.resume, {"wait": True, "check": False})))
            assert shown.error is None, shown.error
            # Other objects of it may still wait for their turn, to find nothing left.
            self.world.pass_time(5)
            if run.state is State.FINISHED:
                break
        assert run.state is State.FINISHED, f"{key} does not come to its end: {run.state} {run.reason}"
        shown = self.world.run(lambda: run.wait(**known(run.wait, {"check": False, "timeout_s": 900})))
        assert shown.error is None, shown.error
        rows = run.results()
        delivered = self.world.delivered()
        for person in asked.members - asked.gone:
            userid = person[0]
            mine = rows[rows["userid"] == userid]
            statuses = set(mine["status"].astype(str))
            # Asked for too late: nobody will ever know.
            is_over = statuses == {"accepted"} and mine["reason"].notna().all()
            told = f"{key}: {person} has {statuses}"
            assert not statuses & {"queued", "sending"}, told
            if userid in self.world.people and not asked.was_recalled:
                is_settled = is_over or userid in asked.noted or statuses & {"unknown", "filtered", "failed"}
                has_it = any(delivered[userid, content] for content in asked.wished(person))
                assert is_settled or has_it, f"{told}; it was never delivered"


def known(function: Callable[..., Any], choices: dict[str, Any]) -> dict[str, Any]:
    """Return those of the choices that a function has."""
    import inspect

    return {name: value for name, value in choices.items() if name in inspect.signature(function).parameters}


def test_no_walk_sends_twice_forgets_anybody_or_says_what_is_not_true() -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
