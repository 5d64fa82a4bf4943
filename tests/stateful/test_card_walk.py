"""Random walks as those of `tests.stateful.test_walk`, with cards that people answer, reminders and closing."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

import dingnb
from dingnb.clock import NS_PER_S
from dingnb.errors import InputError
from dingnb.messages import Message
from tests.card_presses import press
from tests.stateful.judge import Record, judge_card_row
from tests.stateful.model import Asked, Person
from tests.stateful.test_walk import BEGINNING, FAULTS, INTERRUPTS, NUMBERS, WHICH, Walk, run_walks
from tests.stateful.world import MONDAY_NS
from tests.tiers import SOAK

BUTTONS = {"yes": "来", "no": "不来"}
DISABLED = '"msgButtons":[]'
FEW_WALKS = 3
WALKS = 1_000 if SOAK else 20
Key = tuple[str, str]

_PATHS = ["createAndDeliver", "createAndDeliver", "createAndDeliver", "instances", "accessToken"]
FAULTY = st.builds(
    lambda fault, path, nth: {**fault, "path": path, "nth": nth},
    st.sampled_from([*FAULTS, {"fault": "undelivered"}]),
    st.sampled_from(_PATHS),
    st.sampled_from([[1], [2], [1, 2], [1, 2, 3, 4]]),
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press on a card that counts: its poll, card, person, button and time."""

    poll: Key
    card: str
    userid: str
    button: str
    at_ns: int


class CardWalk(Walk):
    """An analyst who sends cards."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[Pressed] = []
        self.poll_of: dict[Key, Key] = {}
        self.closed: dict[Key, int] = {}
        self.perhaps_closed: set[Key] = set()
        self.counts: Any = None
        self.deadline_ns: int | None = None

    @initialize(
        **BEGINNING | {"failed_share": st.just(0), "fault": st.none() | FAULTY},
        counts=st.sampled_from([None, "first"]),
        deadline_s=st.sampled_from([None, 60, 600]),
    )
    def begin(self, *, counts: Any, deadline_s: int | None, **choices: Any) -> None:
        self.counts = counts
        if deadline_s is not None:
            self.deadline_ns = MONDAY_NS + (choices["starts_s"] + deadline_s) * NS_PER_S
        super().begin(**choices)

    def count_messages(self, wanted: dict[Person, str]) -> int:
        return len(wanted)

    def message(self, text: str) -> Message:
        deadline = None
        if self.deadline_ns is not None:
            deadline = datetime.fromtimestamp(self.deadline_ns / NS_PER_S, timezone(timedelta(hours=8)))
        return dingnb.card("T", text, buttons=BUTTONS, counts=self.counts, deadline=deadline)

    @rule(fault=FAULTY)
    def break_something(self, fault: dict[str, Any]) -> None:
        Walk.break_something(self, fault)

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS)
    def recall(self, which: int, number: int) -> None:
        run, key = self.find(which, number, is_fresh=True)
        shown = self.do(key, lambda: run.recall(expect=range(100)))
        assert isinstance(shown.error, InputError)

    @precondition(lambda self: self.world.cards())
    @rule(which=st.integers(0, 30), button=st.sampled_from(["yes", "yes", "no", "maybe"]))
    def press(self, which: int, button: str) -> None:
        state = self.world.sandbox.state
        with state.lock:
            found = [
                (card.out_track_id, delivery) for card in state.cards.list_newest() for delivery in card.deliveries
            ]
        card, delivery = found[which % len(found)]
        text = delivery.variables["markdown"]
        keys = [key for key, asked in self.asked.items() if text in asked.texts]
        for home in ("desk", "far"):
            self.world.kernel(home, 0)._log.answers.record([press(card, delivery.userid, button)])
        if button not in BUTTONS:
            return
        for key in keys:
            poll = self.poll_of.get(key, key)
            self.touched.update(self.asked)
            if len(keys) == 1 and poll not in self.closed:
                self.pressed.append(Pressed(poll, card, delivery.userid, button, self.world.clock.now_ns()))

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, interrupt=INTERRUPTS)
    def close(self, which: int, number: int, interrupt: int | None) -> None:
        run, key = self.find(which, number, is_fresh=True)
        shown = self.do(key, run.close, interrupt)
        poll = self.poll_of.get(key, key)
        if isinstance(shown.error, InputError):
            return
        if isinstance(shown.error, KeyboardInterrupt):
            self.perhaps_closed.add(poll)
            return
        self.closed.setdefault(poll, len(self.world.calls))
        if shown.error is None:
            texts = {text for each in self.group(poll) for text in self.asked[each].texts}
            state = self.world.sandbox.state
            for card in state.cards.list_newest():
                if card.public["markdown"] in texts - {"all alike"} and card.deliveries:
                    assert DISABLED in card.public["sys_full_json_obj"], f"a card was not disabled: {card}"

    def group(self, poll: Key) -> list[Key]:
        return [key for key in self.asked if self.poll_of.get(key, key) == poll]

    @precondition(lambda self: self.asked)
    @rule(which=WHICH, number=NUMBERS, refresh=st.booleans(), interrupt=INTERRUPTS)
    def remind(self, which: int, number: int, interrupt: int | None, *, refresh: bool) -> None:
        key = list(self.asked)[which % len(self.asked)]
        if key[1].count("again") == 2:
            return
        reminded = (key[0], f"again-{key[1]}")
        before = reminded in self.asked
        Walk.remind(self, which, number, interrupt, refresh=refresh)
        if reminded in self.asked and not before:
            self.poll_of[reminded] = self.poll_of.get(key, key)

    @invariant()
    def nothing_is_sent_once_closed(self) -> None:
        for poll, calls in self.closed.items():
            texts = {text for key in self.group(poll) for text in self.asked[key].texts} - {"all alike"}
            sent = [call for call in self.world.calls[calls:] if call.content in texts and call.outcome != "unsent"]
            assert not sent, f"sent after {poll} was closed: {sent}"

    def answers_expected(self, key: Key) -> dict[str, str]:
        poll = self.poll_of.get(key, key)
        of_person: dict[str, list[Pressed]] = {}
        for pressed in self.pressed:
            if pressed.poll == poll:
                of_person.setdefault(pressed.userid, []).append(pressed)
        expected = {}
        for userid, presses in of_person.items():
            in_time = [p for p in presses if self.deadline_ns is None or p.at_ns <= self.deadline_ns]
            counting = in_time or presses
            expected[userid] = (counting[0] if self.counts == "first" else counting[-1]).button
        return expected

    def judge_rows(self, key: Key, record: Record, rows: pd.DataFrame) -> None:
        asked = self.asked[key]
        run = self.by_name(key)
        assert run is not None
        answers = run.answers()
        assert answers["userid"].tolist() == rows["userid"].tolist()
        has_answered = answers["answer"].notna().tolist()
        for row, answered in zip(rows.astype({"status": str}).itertuples(), has_answered, strict=True):
            judge_card_row(record, asked, row, has_answered=answered)
        poll = self.poll_of.get(key, key)
        is_alike = any("all alike" in self.asked[each].texts for each in self.group(poll))
        # A reminder has the key of what it reminds of.
        is_keyed = any(self.asked[each].is_keyed for each in self.group(poll))
        if not is_alike and poll not in self.perhaps_closed and not is_keyed:
            expected = self.answers_expected(key)
            for row, answer in zip(rows.itertuples(), answers["answer"], strict=True):
                found, pressed = None if pd.isna(answer) else answer, expected.get(row.userid)
                is_right = found == pressed or (found is None and row.status == "rejected")
                assert is_right, f"{key}: {found}, and pressed {pressed}: {row}"
        unanswered = run.unanswered()
        expected_rows = rows[answers["answer"].isna() & rows["reached"].fillna(value=True).astype(bool)]
        assert unanswered["userid"].tolist() == expected_rows["userid"].tolist()
        tally = run.tally()
        counted = {a: n for a, n in zip(tally["answer"], tally["people"], strict=True) if isinstance(a, str)}
        if not is_keyed:
            people = answers[rows["status"] != "rejected"].drop_duplicates("userid")["answer"].value_counts().to_dict()
            assert {a: n for a, n in counted.items() if n} == people, f"{tally} {answers}"
        run.missed()
        run.unread()
        repr(run)

    def holders(self) -> set[tuple[str, str]]:
        return set(self.world.delivered())

    def finish(self, key: Key, asked: Asked) -> None:
        poll = self.poll_of.get(key, key)
        if poll in self.closed or poll in self.perhaps_closed:
            return
        super().finish(key, asked)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("walks", [FEW_WALKS, WALKS])
def test_no_walk_with_cards_sends_twice_skips_anybody_or_reports_a_wrong_status(walks: int) -> None:
    run_walks(CardWalk, walks)
