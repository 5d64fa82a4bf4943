"""The card API: what is sent, and what an answer says about each person."""

from typing import Any

import pytest

from dingnb.api import cards
from dingnb.api.cards import CardRequest, DeliveryResult, open_space_id, read_results
from dingnb.auth import Secret
from dingnb.client import DingTalk
from dingnb.errors import ApiError, BadAnswerError, InputError
from dingnb.messages.cards import MARKDOWN_AND_BUTTONS
from dingnb.sandbox import RunningSandbox
from tests.table_rows import for_each


def request(sandbox: RunningSandbox, *userids: str, **changed: Any) -> CardRequest:
    fields: dict[str, Any] = {
        "out_track_id": "dn-1",
        "template_id": MARKDOWN_AND_BUTTONS.id,
        "userids": userids,
        "robot_code": sandbox.settings.app_key,
        "title": "团建",
        "card_data": {"title": "团建", "markdown": "来吗？"},
        **changed,
    }
    return CardRequest(**fields)


def people(sandbox: RunningSandbox, n: int) -> list[str]:
    return [user["userid"] for user in sandbox.state.users()][:n]


def test_a_card_is_delivered_to_each_person(sandbox: RunningSandbox, ding: DingTalk) -> None:
    ann, bob = people(sandbox, 2)
    found = cards.create_and_deliver(ding._caller, request(sandbox, ann, "nobody", bob))
    assert [(result.userid, result.is_delivered, result.message) for result in found] == [
        (ann, True, ""),
        ("nobody", False, "spaceId is illegal"),
        (bob, True, ""),
    ]
    assert all(result.carrier_id for result in found if result.is_delivered)
    [card] = sandbox.state.cards.list_newest()
    assert (card.callback_type, card.userid_type, card.space_types) == ("STREAM", 1, ("IM_ROBOT",))
    assert dict(sandbox.state.cards.visible_variables(card, ann)) == {"title": "团建", "markdown": "来吗？"}


def test_a_second_card_with_the_same_id_is_refused(sandbox: RunningSandbox, ding: DingTalk) -> None:
    [ann] = people(sandbox, 1)
    cards.create_and_deliver(ding._caller, request(sandbox, ann))
    with pytest.raises(ApiError, match="outTrackId was created before") as caught:
        cards.create_and_deliver(ding._caller, request(sandbox, ann))
    assert caught.value.code == "param.cardAlreadyExist"
    assert len(sandbox.state.cards.list_newest()[0].deliveries) == 1


def test_an_update_keeps_the_variables_that_it_does_not_name(sandbox: RunningSandbox, ding: DingTalk) -> None:
    [ann] = people(sandbox, 1)
    cards.create_and_deliver(ding._caller, request(sandbox, ann))
    cards.update(ding._caller, "dn-1", card_data={"tips": "closed"}, private_data={ann: {"hours": "8"}})
    [card] = sandbox.state.cards.list_newest()
    assert card.public == {"title": "团建", "markdown": "来吗？", "tips": "closed"}
    assert card.private == {ann: {"hours": "8"}}
    with pytest.raises(ApiError) as caught:
        cards.update(ding._caller, "dn-2", card_data={"tips": "closed"})
    assert caught.value.code == "param.cardNotExist"


def test_an_address_for_answers_is_registered_once(ding: DingTalk) -> None:
    made = cards.register_callbacks(ding._caller, "dingnb", "http://127.0.0.1:9/a", secret=Secret("s"))
    assert (made.url, made.secret.reveal()) == ("http://127.0.0.1:9/a", "s")
    assert "'s'" not in repr(made)
    kept = cards.register_callbacks(ding._caller, "dingnb", "http://127.0.0.1:9/b")
    assert kept.url == "http://127.0.0.1:9/a"
    assert cards.register_callbacks(ding._caller, "dingnb", "http://127.0.0.1:9/b", force=True).url.endswith("/b")


@for_each(
    ("results", "expected"),
    [
        ([], []),
        ([{"spaceId": "a", "success": True, "errorMsg": "odd"}], [DeliveryResult("a", is_delivered=True)]),
        ([{"spaceId": "a", "success": "true"}], [DeliveryResult("a", is_delivered=False)]),
        ([{"spaceId": "a", "errorMsg": "no\u202e\nway"}], [DeliveryResult("a", is_delivered=False, message="no� way")]),
        ([{"spaceId": "a", "success": False, "errorMsg": 5}], [DeliveryResult("a", is_delivered=False)]),
        (
            [{"spaceId": "a", "success": False}, {"spaceId": "a", "success": True, "carrierId": "c"}],
            [DeliveryResult("a", is_delivered=True, carrier_id="c")],
        ),
        (
            [{"spaceId": "a", "success": True, "carrierId": "c"}, {"spaceId": "a", "success": False}],
            [DeliveryResult("a", is_delivered=True, carrier_id="c")],
        ),
        ([{"spaceId": "c", "success": True}, None, {}, {"spaceId": ["a"], "success": True}], []),
        ([{"spaceId": "b", "success": True, "carrierId": 5}], [DeliveryResult("b", is_delivered=True)]),
    ],
)
def test_only_a_plain_true_is_a_success(results: list[Any], expected: list[DeliveryResult]) -> None:
    assert list(read_results({"result": {"deliverResults": results}}, ["a", "b"])) == expected


@for_each("answer", [{}, {"success": True}, {"result": None}, {"result": {}}, {"result": {"deliverResults": "ok"}}])
def test_an_answer_without_results_leaves_the_outcome_open(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError) as caught:
        read_results(answer, ["a"])
    assert caught.value.may_have_taken_effect


def test_people_are_named_by_their_chat_with_the_robot() -> None:
    assert open_space_id(["a", "b"]) == "dtv1.card//IM_ROBOT.a;IM_ROBOT.b"
    with pytest.raises(InputError, match="separates the people"):
        open_space_id(["a", "b;IM_GROUP.c"])
