"""Personal texts in one call: only in private variables of an own template that two people have proved."""

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.stored_campaigns import stored_results
from dingnb.channels import CARDS
from dingnb.client import DingTalk
from dingnb.errors import ChangedBodyError
from dingnb.ledger import Ledger, answers
from dingnb.ledger.answers import NewAnswer
from dingnb.limits import STANDARD
from dingnb.messages import Message, decode
from dingnb.messages.cards import max_value_bytes, title_bytes
from dingnb.sandbox import RunningSandbox
from tests.campaign_rows import open_cards

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

MOST = 30
LIMITS = dataclasses.replace(STANDARD, people_per_card=MOST)
PAY = dingnb.card(
    "Pay", template="mine.schema", data={"month": "May"}, private={"net": "net {{ n }}", "note": "{{ note }}"}
)


@pytest.fixture
def sandbox(open_sandbox: Callable[..., RunningSandbox]) -> RunningSandbox:
    return open_sandbox(card_templates="mine.schema/net/note,1366a1eb-bc54-4859-ac88-517c56a9acb1.schema")


@pytest.fixture
def ding(sandbox: RunningSandbox, connect_to: Connect) -> DingTalk:
    return connect_to(sandbox, limits=LIMITS)


@pytest.fixture
def people(sandbox: RunningSandbox, staff: Staff) -> pd.DataFrame:
    return staff(sandbox, 100).assign(note=lambda frame: "«" + frame["n"].astype(str) + "»")


def prove(ding: DingTalk, people: pd.DataFrame, by: int = 2, message: Message = PAY) -> None:
    """Let people press test cards."""
    context, plan = ding._send_context(), ding.plan(people, message)
    for userid in people["userid"][:by]:
        number = view_of(plan.test(userid)).number
        with context.ledger.transaction() as db:
            [card] = open_cards(db, number)
            answers.add(db, NewAnswer(card, number, userid, "ok", "{}", "", 1, 1))
    # Test cards are not of interest below.
    ding.sandbox.state.cards._cards.clear()


def seen(sandbox: RunningSandbox) -> dict[str, list[dict[str, str]]]:
    """Return what each person sees, on each card."""
    found: dict[str, list[dict[str, str]]] = {}
    for card in sandbox.state.cards.list_newest():
        for delivery in card.deliveries:
            found.setdefault(delivery.userid, []).append(
                dict(sandbox.state.cards.visible_variables(card, delivery.userid))
            )
    return found


def judge(sandbox: RunningSandbox, people: pd.DataFrame) -> None:
    """Assert that each person sees one card, with their own values, and that nothing personal is public."""
    expected = {
        userid: [{"month": "May", "net": f"net {n}", "note": note}]
        for userid, n, note in zip(people["userid"], people["n"], people["note"], strict=True)
    }
    assert seen(sandbox) == expected
    for card in sandbox.state.cards.list_newest():
        assert card.public == {"month": "May"}
        assert card.private.keys() == {delivery.userid for delivery in card.deliveries}
        assert all(own.keys() == {"net", "note"} for own in card.private.values())


def test_personal_texts_share_calls_once_two_people_have_pressed_a_test_card(
    sandbox: RunningSandbox, ding: DingTalk, people: pd.DataFrame
) -> None:
    assert ding.plan(people, PAY).calls == 100
    prove(ding, people, by=1)
    assert ding.plan(people, PAY).calls == 100
    prove(ding, people.iloc[1:], by=1)
    plan = ding.plan(people, PAY)
    assert (plan.calls, plan.texts, plan.people) == (math.ceil(100 / MOST), 100, 100)
    assert "share calls" in repr(plan)
    assert "4 calls to send" in repr(plan)
    results = plan.send("pay").results()
    assert set(results["status"]) == {"accepted"}
    assert len(sandbox.state.cards.list_newest()) == 4
    judge(sandbox, people)


def test_presses_on_cards_without_the_same_private_variables_prove_nothing(
    ding: DingTalk, people: pd.DataFrame
) -> None:
    public = dingnb.card("Pay", template="mine.schema", data={"month": "May", "net": "{{ n }}", "note": "{{ note }}"})
    other = dingnb.card("Pay", template="mine.schema", data={"note": "{{ note }}"}, private={"net": "{{ n }}"})
    for message in (public, other):
        prove(ding, people, message=message)
        assert ding.plan(people, PAY).calls == 100
    prove(ding, people)
    assert ding.plan(people, PAY).calls == 4
    # Those who saw both privately saw one of them privately.
    assert ding.plan(people.assign(note="-"), other).calls == 4


def test_what_a_plan_shows_of_a_person_is_only_theirs(ding: DingTalk, people: pd.DataFrame) -> None:
    prove(ding, people)
    plan = ding.plan(people, PAY)
    for position in (0, 37, 99):
        own = {"net": f"net {position}", "note": f"«{position}»"}
        for body in (plan.preview(position=position).body, plan.to_frame()["body"][position].encode()):
            content = decode(body)["card"]
            assert {variable["name"]: variable["value"] for variable in content["private"]} == own
            assert "people" not in content
    assert plan.bodies()["people"].tolist() == [30, 30, 30, 10]


def test_what_the_ledger_shows_of_a_person_is_only_theirs(ding: DingTalk, people: pd.DataFrame) -> None:
    prove(ding, people)
    run = ding.plan(people, PAY).send("pay")
    trace = view_of(run).results.trace(position=41)
    assert trace.content is not None
    assert "net 41" in trace.content.decode()
    assert "net 42" not in trace.content.decode()
    report = run.report(texts=True)
    assert "people" not in [*decode(trace.content)["card"]]
    assert report.to_html().count("net 41") == 1
    context = ding._send_context()
    with context.ledger.connection() as db:
        row = db.execute("SELECT id FROM campaigns WHERE name = 'pay'").fetchone()
    assert row is not None
    exported = stored_results(context.ledger, context.clock, view_of(run).control.row(), with_bodies=True)
    for userid, body in zip(exported["userid"], exported["body"], strict=True):
        n = people.set_index("userid")["n"][userid]
        assert [variable["value"] for variable in json.loads(body)["card"]["private"]] == [f"net {n}", f"«{n}»"]


@pytest.mark.parametrize(
    "message",
    [
        dingnb.card("Pay", "net {{ n }}", buttons={"ok": "OK"}),
        dingnb.card("Pay", template="mine.schema", data={"net": "net {{ n }}"}),
        dingnb.card("Pay {{ n }}", template="mine.schema", data={"a": "b"}, private={"net": "{{ n }}"}),
        dingnb.card("Pay", template="mine.schema", data={"net": "{{ n }}"}, private={"note": "{{ n }}"}),
    ],
)
def test_what_is_not_private_never_shares_a_call(ding: DingTalk, people: pd.DataFrame, message: Message) -> None:
    prove(ding, people, message=message)
    assert ding.plan(people, message).calls == 100


def test_one_person_a_call_stays_the_default(
    sandbox: RunningSandbox, connect_to: Connect, people: pd.DataFrame
) -> None:
    ding = connect_to(sandbox)
    prove(ding, people)
    assert ding.plan(people, PAY).calls == 100


def test_sending_again_sends_nothing_and_a_changed_value_is_one_person_s(
    sandbox: RunningSandbox, ding: DingTalk, people: pd.DataFrame
) -> None:
    prove(ding, people)
    ding.plan(people, PAY).send("pay")
    again = ding.plan(people.iloc[::-1], PAY).send("pay")
    assert again.results()["attempts"].tolist() == [1] * 100
    judge(sandbox, people)
    changed = people.assign(note=people["note"].where(people["n"] != 50, "other"))
    with pytest.raises(ChangedBodyError, match="1 person") as caught:
        ding.plan(changed, PAY).send("pay")
    assert people["userid"][50] in str(caught.value)
    judge(sandbox, people)


@pytest.mark.parametrize("keeps", [True, False])
def test_the_same_text_is_found_however_people_share_calls(
    sandbox: RunningSandbox, connect_to: Connect, people: pd.DataFrame, ledger: Ledger, *, keeps: bool
) -> None:
    ding, alone = connect_to(sandbox, limits=LIMITS, ledger=ledger), connect_to(sandbox, ledger=ledger)
    prove(ding, people)
    ding.plan(people, PAY).send("pay", store_content=keeps)
    for plan in (
        ding.plan(people, PAY),
        ding.plan(people.iloc[1:], PAY),
        ding.plan(people.iloc[::-1], PAY),
        alone.plan(people.iloc[1:], PAY),
    ):
        assert f"{plan.people} people were already sent exactly this text" in repr(plan)
    changed = people.assign(note=people["note"].where(people["n"] > 2, "other"))
    assert "97 people were already sent exactly this text" in repr(ding.plan(changed, PAY))


@pytest.mark.parametrize("keeps", [True, False])
def test_people_who_are_added_share_calls_among_themselves(
    sandbox: RunningSandbox, ding: DingTalk, people: pd.DataFrame, *, keeps: bool
) -> None:
    prove(ding, people)
    ding.plan(people.head(60), PAY).send("pay", store_content=keeps)
    run = ding.plan(people, PAY).send("pay", store_content=keeps)
    assert set(run.results()["status"]) == {"accepted"}
    assert len(sandbox.state.cards.list_newest()) == 2 + 2
    judge(sandbox, people)


def test_queued_people_are_put_together_anew(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, people: pd.DataFrame
) -> None:
    prove(ding, people)
    plan = ding.plan(people, PAY)
    sandbox.state.faults.add("month", path="createAndDeliver", nth=list(range(2, 9)))
    run = plan.send("pay", check=False)
    queued = int((run.results()["status"] == "queued").sum())
    assert 0 < queued < 100
    sandbox.state.faults.clear()
    narrow = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_card=7))
    rest = narrow.plan(people.iloc[5:], PAY).send("pay", absent="send")
    assert set(rest.results()["status"]) == {"accepted"}
    judge(sandbox, people)


def test_a_person_with_several_rows_gets_a_card_for_each(
    sandbox: RunningSandbox, ding: DingTalk, people: pd.DataFrame
) -> None:
    prove(ding, people)
    few = people.head(4)
    twice = pd.concat([few, few.assign(n=few["n"] + 500)]).sort_values("userid", kind="stable")
    run = ding.plan(twice, PAY, key="n").send("pay")
    assert set(run.results()["status"]) == {"accepted"}
    found = seen(sandbox)
    for userid, rows in twice.groupby("userid"):
        assert sorted(values["net"] for values in found[str(userid)]) == sorted(f"net {n}" for n in rows["n"])


def test_a_retry_has_only_the_own_values(sandbox: RunningSandbox, ding: DingTalk, people: pd.DataFrame) -> None:
    prove(ding, people)
    run = ding.plan(people.head(20), PAY).send("pay")
    context = ding._send_context()
    # As if DingTalk had not delivered it to two people.
    with context.ledger.transaction() as db:
        db.execute(
            "INSERT INTO outcomes (batch, place, status, evidence, reason, hint, updated_ns)"
            " SELECT batches.id, one.value, 'failed', 'result', '', '', 1 FROM batches JOIN campaigns"
            " ON campaigns.id = campaign AND name = 'pay' JOIN json_each('[3, 7]') AS one"
        )
    before = {card.out_track_id for card in sandbox.state.cards.list_newest()}
    run.retry()
    new = [card for card in sandbox.state.cards.list_newest() if card.out_track_id not in before]
    assert [card.private for card in new] == [
        {people["userid"][n]: {"net": f"net {n}", "note": f"«{n}»"}} for n in (3, 7)
    ]


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
BODIES = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y"]), st.lists(VALUES, min_size=2, max_size=2)),
    min_size=1,
    max_size=12,
)


def body_of(public: str, values: list[str]) -> bytes:
    content: dict[str, Any] = {
        "title": "T",
        "template": "a.schema",
        "data": [{"name": "p", "value": public}],
        "private": [{"name": f"v{at}", "value": value} for at, value in enumerate(values)],
    }
    return json.dumps({"msgtype": "card", "card": content}, ensure_ascii=False, separators=(",", ":")).encode()


def test_cards_share_a_call_as_long_as_their_bodies_fit_into_a_request() -> None:
    body = body_of("p", ["x" * 600])
    fitting = (max_value_bytes(LIMITS) - title_bytes("T")) // len(body)
    userids = [f"user{number}" for number in range(2 * fitting + 1)]
    runs = CARDS.split_into_calls(LIMITS, [body] * len(userids), userids, len(userids))
    assert runs == [(0, fitting), (fitting, 2 * fitting), (2 * fitting, 2 * fitting + 1)]
    # With as many people as `openSpaceId` may name, the rest of the request fits as well.
    assert LIMITS.card_request_bytes - fitting * len(body) > 2 * LIMITS.card_target_characters


@given(BODIES, st.integers(1, 5))
def test_a_shared_body_holds_each_person_s_own_body_and_no_other(
    drawn: list[tuple[str, str, list[str]]], most: int
) -> None:
    userids = [userid for userid, _, _ in drawn]
    bodies = [body_of(public, values) for _, public, values in drawn]
    runs = CARDS.split_into_calls(LIMITS, bodies, userids, most)
    assert [number for start, end in runs for number in range(start, end)] == list(range(len(bodies)))
    for start, end in runs:
        assert 0 < end - start <= most
        assert len(set(userids[start:end])) == end - start
        assert len({public for _, public, _ in drawn[start:end]}) == 1
        shared = CARDS.shared_body(bodies[start:end], userids[start:end])
        for userid, body in zip(userids[start:end], bodies[start:end], strict=True):
            assert CARDS.body_for(shared, userid) == body
        assert CARDS.bodies_in(shared) == (bodies[start:end] if end - start > 1 else [])
