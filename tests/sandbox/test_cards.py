"""The card API over real HTTP: what is accepted, refused and delivered, and what each person sees."""

from typing import Any

import pytest
import requests

from tests.sandbox.card_client import (
    BUTTONS,
    CARD,
    CREATE_AND_DELIVER,
    DELIVER,
    HEADER,
    REGISTER,
    ask,
    buttons,
    cards,
    fields,
    seen,
    send_card,
    space_id,
    update,
)
from tests.sandbox.conftest import Client, Starter
from tests.table_rows import for_each

OWN = "mine.schema"
PUBLIC = {"cardParamMap": {"title": "月度确认"}}


@pytest.fixture
def fast(start_sandbox: Starter) -> Client:
    """A sandbox without a limit of calls per second."""
    return start_sandbox(limits_calls_per_second=1_000)


def code(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["requestid"]
    assert body["message"]
    return answer.status_code, body["code"]


def params(**variables: object) -> dict[str, Any]:
    return {"cardParamMap": variables}


def test_a_card_reaches_each_person_named(client: Client) -> None:
    one, other = client.people(2)
    [gone] = client.people(1, active=False)
    result = send_card(client, one, "ghost", other, gone)
    assert result["outTrackId"] == "dn-1"
    shown = [(item["spaceType"], item["spaceId"], item["success"]) for item in result["deliverResults"]]
    assert shown == [("IM_ROBOT", userid, userid in {one, other}) for userid in (one, "ghost", other, gone)]
    lost = [item for item in result["deliverResults"] if not item["success"]]
    assert {item["errorMsg"] for item in lost} == {"spaceId is illegal"}
    assert not any("carrierId" in item for item in lost)
    [card] = cards(client)
    assert [item["userid"] for item in card["deliveries"]] == [one, other]
    carriers = {item["carrierId"] for item in result["deliverResults"] if item["success"]}
    assert carriers == {item["carrier_id"] for item in card["deliveries"]}
    assert len(carriers) == 2
    assert seen(client, one, name="received")["markdown"] == "周五来吗？"
    stats = client.get("/_sandbox/stats").json()
    assert (stats["cards"], stats["card_deliveries"], stats["calls_counted"]) == (1, 2, 1)
    [call] = client.get("/_sandbox/calls", params={"limit": 1}).json()
    assert (call["method"], call["path"], call["code"], call["people"]) == ("POST", CREATE_AND_DELIVER, "0", 4)


def test_a_person_named_twice_gets_a_card_once(client: Client) -> None:
    [userid] = client.people(1)
    assert len(send_card(client, userid, userid)["deliverResults"]) == 1
    assert len(cards(client)[0]["deliveries"]) == 1
    assert client.get("/_sandbox/calls", params={"limit": 1}).json()[0]["people"] == 1


def test_create_and_deliver_are_also_two_calls(client: Client) -> None:
    [userid] = client.people(1)
    made = ask(client, CARD, fields(client, openSpaceId=None, imRobotOpenDeliverModel=None)).json()
    assert made == {"success": True, "result": "dn-1"}
    assert cards(client)[0]["deliveries"] == []
    delivery = {
        "outTrackId": "dn-1",
        "openSpaceId": space_id(userid),
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"},
    }
    results = [ask(client, DELIVER, delivery).json()["result"] for _ in range(2)]
    assert [item["success"] for [item] in results] == [True, True]
    # A delivery has no key: twice is two messages.
    assert len(cards(client)[0]["deliveries"]) == 2


def test_authentication_comes_before_routing_and_permission_before_content(start_sandbox: Starter) -> None:
    client = start_sandbox(missing_permissions="Card.Instance.Write")
    for path, method in (
        (CARD, "POST"),
        (CARD, "PUT"),
        (CARD, "GET"),
        (CREATE_AND_DELIVER, "POST"),
        ("/v1.0/card/none", "POST"),
    ):
        answer = client.http.request(method, client.url(path), json={}, timeout=10)
        assert code(answer) == (400, "AuthenticationFailed.MissingParameter")
        answer = client.http.request(method, client.url(path), json={}, headers={HEADER: "made-up"}, timeout=10)
        assert code(answer) == (400, "InvalidAuthentication")
    assert code(ask(client, "/v1.0/card/none", {})) == (404, "InvalidAction.NotFound")
    assert code(ask(client, CARD, {}, "GET")) == (405, "MethodNotAllowed")
    for path, method in (
        (CARD, "POST"),
        (CARD, "PUT"),
        (DELIVER, "POST"),
        (CREATE_AND_DELIVER, "POST"),
        (REGISTER, "POST"),
    ):
        answer = ask(client, path, {}, method)
        assert code(answer) == (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied")
        assert "Card.Instance.Write" in answer.json()["message"]


@for_each(
    ("wrong", "expected"),
    [
        ({"outTrackId": None}, "param.outTrackIdEmpty"),
        ({"outTrackId": ""}, "param.outTrackIdEmpty"),
        ({"outTrackId": "x" * 101}, "param.invalid"),
        ({"outTrackId": 5}, "param.invalid"),
        ({"cardTemplateId": None}, "param.cardTemplateIdEmpty"),
        ({"cardTemplateId": "unknown.schema"}, "param.templateNotExist"),
        ({"cardData": None}, "param.cardPublicDataEmpty"),
        ({"cardData": {}}, "param.cardPublicDataEmpty"),
        ({"cardData": "title"}, "param.invalid"),
        ({"cardData": {"cardParamMap": ["title"]}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"title": 1}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"title": True}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"title": {"zh": "a"}}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"title": "a" * 1_025}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"title": "中" * 342}}}, "param.invalid"),
        ({"cardData": {"cardParamMap": {"k" * 101: "a"}}}, "param.invalid"),
        ({"privateData": {"": PUBLIC}}, "param.userIdEmpty"),
        ({"privateData": {"u" * 101: PUBLIC}}, "param.invalid"),
        ({"privateData": {"one": {"cardParamMap": {"a": "x" * 600, "b": "x" * 600}}}}, "param.invalid"),
        ({"privateData": {"one": {"cardParamMap": {"a": 5}}}}, "param.invalid"),
        ({"privateData": ["one"]}, "param.invalid"),
        ({"callbackType": "stream"}, "param.invalid"),
        ({"callbackType": "HTTP"}, "param.empty"),
        ({"userIdType": 3}, "param.invalid"),
        ({"userIdType": True}, "param.invalid"),
        ({"userIdType": [1]}, "param.invalid"),
        ({"userId": "ghost"}, "param.userIdNotExist"),
        ({"openSpaceId": None}, "param.openSpaceIdEmpty"),
        ({"openSpaceId": ["a"]}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card://IM_ROBOT.one"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT.one;"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_NOBODY.one"}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT." + "a" * 981}, "param.openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_GROUP.cid1"}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenSpaceModel": None}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenSpaceModel": {}}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenSpaceModel": "yes"}, "param.openSpaceModelInvalid"),
        ({"imRobotOpenDeliverModel": None}, "param.openDeliverModelEmpty"),
        ({"imRobotOpenDeliverModel": {"robotCode": "dingsandboxappkey"}}, "param.openDeliverModelError"),
        ({"imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": "x"}}, "param.openDeliverModelError"),
        ({"cardData": {"cardParamMap": {f"v{n}": "x" * 1_000 for n in range(110)}}}, "param.invalid"),
    ],
)
def test_a_wrong_card_is_refused_by_name(fast: Client, wrong: dict[str, object], expected: str) -> None:
    assert code(ask(fast, CREATE_AND_DELIVER, fields(fast, "one", **wrong))) == (400, expected)
    assert cards(fast) == []


def test_a_body_that_is_no_object_is_refused(client: Client) -> None:
    assert code(ask(client, CREATE_AND_DELIVER, [])) == (400, "param.invalid")
    assert code(ask(client, CREATE_AND_DELIVER, {})) == (400, "param.empty")
    broken = client.post(
        CREATE_AND_DELIVER, data=b"{", headers={HEADER: client.token, "content-type": "application/json"}
    )
    assert code(broken) == (400, "param.invalid")


def test_what_is_not_served_is_said_in_words(client: Client) -> None:
    dynamic = {"dynamicDataSourceConfigs": [{"dynamicDataSourceId": "salary"}]}
    answer = ask(client, CREATE_AND_DELIVER, fields(client, "one", openDynamicDataConfig=dynamic))
    assert code(answer) == (400, "param.invalid")
    assert answer.json()["message"] == "this sandbox does not serve openDynamicDataConfig"
    answer = ask(client, "/v1.0/card/streaming", {"outTrackId": "dn-1"}, "PUT")
    assert code(answer) == (404, "InvalidAction.NotFound")
    assert "this sandbox does not serve /v1.0/card/streaming" in answer.json()["message"]


def test_as_many_people_as_fit_in_1000_characters_share_a_card(client: Client) -> None:
    people = client.people(40)
    count = next(n for n in range(40, 0, -1) if len(space_id(*people[:n])) <= 1_000)
    assert count >= 30
    result = send_card(client, *people[:count])
    assert all(item["success"] for item in result["deliverResults"])
    assert len(cards(client)[0]["deliveries"]) == count


def test_the_characters_of_the_people_of_a_card_are_a_limit(start_sandbox: Starter) -> None:
    one, two = start_sandbox().people(2)
    client = start_sandbox(limits_card_target_characters=len(space_id(one)))
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, one, two))) == (400, "param.openSpaceIdInvalid")
    assert len(send_card(client, one)["deliverResults"]) == 1


def test_the_number_of_people_per_call_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(card_people_per_call=2)
    one, two, three = client.people(3)
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, one, two, three))) == (400, "param.openSpaceIdInvalid")
    assert len(send_card(client, one, two)["deliverResults"]) == 2


def test_spaces_may_be_lower_case_and_union_ids_name_people(client: Client) -> None:
    [userid] = client.people(1)
    unionid = client.call("/topapi/v2/user/get", userid=userid)["result"]["unionid"]
    space = space_id(unionid, kind="im_robot")
    result = send_card(client, openSpaceId=space, userIdType=2, privateData={unionid: params(title="x")})
    assert [item["success"] for item in result["deliverResults"]] == [True]
    [card] = cards(client)
    assert [item["userid"] for item in card["deliveries"]] == [userid]
    assert list(card["private"]) == [userid]
    assert [item["success"] for item in send_card(client, unionid, outTrackId="dn-2")["deliverResults"]] == [False]


def test_a_group_is_unknown_here(client: Client) -> None:
    group = {
        "imGroupOpenSpaceModel": {"supportForward": True},
        "imGroupOpenDeliverModel": {"robotCode": client.settings.app_key},
    }
    [result] = send_card(client, openSpaceId="dtv1.card//IM_GROUP.cid1", **group)["deliverResults"]
    assert (result["success"], result["errorMsg"]) == (False, "spaceId is illegal")


def test_a_second_card_with_the_same_id_is_refused_and_changes_nothing(client: Client) -> None:
    one, other = client.people(2)
    send_card(client, one)
    for path in (CREATE_AND_DELIVER, CARD):
        answer = ask(client, path, fields(client, other, cardData=params(title="another")))
        assert code(answer) == (400, "param.cardAlreadyExist")
    [card] = cards(client)
    assert card["public"]["title"] == "团建"
    assert [item["userid"] for item in card["deliveries"]] == [one]


def test_a_repeat_may_deliver_the_first_card_again(start_sandbox: Starter) -> None:
    client = start_sandbox(repeated_card="delivered")
    [userid] = client.people(1)
    for title in ("first", "second"):
        send_card(client, userid, cardData=params(title=title))
    [card] = cards(client)
    assert [item["received"]["title"] for item in card["deliveries"]] == ["first", "first"]


@pytest.mark.parametrize(
    ("fault", "made", "reached"),
    [("undelivered", 1, 0), ("504", 1, 1), ("drop_before", 0, 0), ("drop_after", 1, 1), ("busy", 0, 0)],
)
def test_a_call_of_unknown_outcome_stops_anywhere(client: Client, fault: str, made: int, reached: int) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/faults", json={"fault": fault, "path": "/createAndDeliver", "nth": 1})
    if fault.startswith("drop"):
        with pytest.raises(requests.ConnectionError):
            ask(client, CREATE_AND_DELIVER, fields(client, userid))
    else:
        answer = ask(client, CREATE_AND_DELIVER, fields(client, userid))
        assert answer.status_code == (500 if fault == "busy" else 504)
        assert fault != "busy" or answer.json()["code"] == "system.busy"
    found = cards(client)
    assert (len(found), sum(len(card["deliveries"]) for card in found)) == (made, reached)
    assert len(cards(client, userid=userid)) == reached
    again = ask(client, CREATE_AND_DELIVER, fields(client, userid))
    assert again.status_code == (400 if made else 200)
    delivery = {
        "outTrackId": "dn-1",
        "openSpaceId": space_id(userid),
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"},
    }
    assert ask(client, DELIVER, delivery).json()["success"] is True


def test_an_undelivered_card_leaves_other_calls_alone(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/faults", json={"fault": "undelivered"})
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, outTrackId=""))) == (
        400,
        "param.outTrackIdEmpty",
    )
    assert ask(client, CARD, fields(client)).json()["success"] is True


@for_each(
    ("wrong", "expected"),
    [
        ({"outTrackId": ""}, "param.outTrackIdEmpty"),
        ({"outTrackId": "none"}, "param.cardNotExist"),
        ({"openSpaceId": ""}, "param.openSpaceIdEmpty"),
        ({"imRobotOpenDeliverModel": None}, "param.spaceDeliverModelEmpty"),
        ({"imRobotOpenDeliverModel": {"spaceType": "x"}}, "param.spaceDeliverModelError"),
        ({"openSpaceId": "dtv1.card//IM_GROUP.cid1"}, "param.openSpaceModelInvalid"),
    ],
)
def test_a_wrong_delivery_is_refused_by_name(client: Client, wrong: dict[str, object], expected: str) -> None:
    ask(client, CARD, fields(client))
    delivery = {
        "outTrackId": "dn-1",
        "openSpaceId": space_id("one"),
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT"},
    }
    assert code(ask(client, DELIVER, {**delivery, **wrong})) == (400, expected)


@for_each(
    ("wrong", "expected"),
    [
        ({"outTrackId": None, "cardData": PUBLIC}, "param.outTrackIdEmpty"),
        ({"outTrackId": "none", "cardData": PUBLIC}, "param.cardNotExist"),
        ({}, "param.cardDataAndPrivateDataBothEmpty"),
        ({"cardData": {"cardParamMap": {}}}, "param.cardDataAndPrivateDataBothEmpty"),
        ({"cardData": {"cardParamMap": {"a": 1}}}, "param.invalid"),
        ({"cardData": PUBLIC, "cardUpdateOptions": {"updateCardDataByKey": "true"}}, "param.invalid"),
        ({"cardData": PUBLIC, "cardUpdateOptions": []}, "param.invalid"),
    ],
)
def test_a_wrong_update_is_refused_by_name(fast: Client, wrong: dict[str, object], expected: str) -> None:
    ask(fast, CARD, fields(fast))
    given = {name: value for name, value in {"outTrackId": "dn-1", **wrong}.items() if value is not None}
    assert code(ask(fast, CARD, given, "PUT")) == (400, expected)
    assert cards(fast)[0]["updates"] == 0


def test_an_update_overwrites_unless_it_goes_by_key(client: Client) -> None:
    one, other = client.people(2)
    client.post("/_sandbox/cards/templates", json={"template_id": OWN, "private": ["hours", "note"]})
    private = {one: params(hours="168", note="a"), other: params(hours="80")}
    send_card(client, one, other, cardTemplateId=OWN, cardData=params(title="t", text="x"), privateData=private)
    by_key = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}

    update(client, cardData=params(text="y"), privateData={one: params(note="b")}, cardUpdateOptions=by_key)
    assert seen(client, one) == {"title": "t", "text": "y", "hours": "168", "note": "b"}
    assert seen(client, other) == {"title": "t", "text": "y", "hours": "80"}

    update(client, cardData=params(text="z"), privateData={one: params(note="c")})
    assert seen(client, one) == {"text": "z", "note": "c"}
    assert seen(client, other) == {"text": "z", "hours": "80"}
    assert seen(client, one, name="received") == {"title": "t", "text": "x", "hours": "168", "note": "a"}


def test_only_variables_that_the_template_declares_private_are(client: Client) -> None:
    one, other = client.people(2)
    client.post("/_sandbox/cards/templates", json={"template_id": OWN, "private": ["hours"]})
    private = {one: params(hours="168", title="only for one")}
    send_card(client, one, other, cardTemplateId=OWN, cardData=params(title="t", hours="?"), privateData=private)
    assert seen(client, one) == {"title": "t", "hours": "168"}
    assert seen(client, other) == {"title": "t", "hours": "?"}
    send_card(client, one, outTrackId="dn-2", privateData={one: params(title="only for one")})
    assert seen(client, one, "dn-2")["title"] == "团建"


def test_a_template_shows_only_its_variables(client: Client) -> None:
    [userid] = client.people(1)
    send_card(client, userid, cardData=params(title="t", heading="lost", tips="note"))
    assert seen(client, userid) == {"title": "t", "tips": "note"}


def test_templates_are_settings(start_sandbox: Starter) -> None:
    client = start_sandbox(
        card_templates=f"{OWN}/hours/note,plain.schema",
        unpublished_card_templates="draft.schema",
        foreign_card_templates="theirs.schema",
    )
    [userid] = client.people(1)
    listed = {item["template_id"]: item for item in client.get("/_sandbox/cards/templates").json()}
    assert listed[OWN]["private"] == ["hours", "note"]
    assert [name for name, item in listed.items() if item["foreign"]] == ["theirs.schema"]
    assert [name for name, item in listed.items() if not item["published"]] == ["draft.schema"]
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid))) == (400, "param.templateNotExist")
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, cardTemplateId="draft.schema"))) == (
        400,
        "param.templateUnpublished",
    )
    result = send_card(client, userid, cardTemplateId="theirs.schema")
    assert result["deliverResults"][0]["success"] is True
    assert seen(client, userid) == {}


def test_a_template_can_be_changed_and_removed(client: Client) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    client.post("/_sandbox/cards/templates", json={"template_id": BUTTONS, "foreign": True})
    assert seen(client, userid) == {}
    client.post("/_sandbox/cards/templates", json={"template_id": BUTTONS, "published": False})
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, outTrackId="2"))) == (
        400,
        "param.templateUnpublished",
    )
    client.post("/_sandbox/cards/templates", json={"template_id": BUTTONS, "removed": True})
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, outTrackId="2"))) == (
        400,
        "param.templateNotExist",
    )
    for wrong in (
        {},
        {"template_id": OWN, "private": "hours"},
        {"template_id": OWN, "actions": {"a": 1}},
        {"template_id": OWN, "x": 1},
    ):
        assert client.post("/_sandbox/cards/templates", json=wrong).status_code == 400


def test_what_is_too_large_or_no_text_may_be_accepted(start_sandbox: Starter) -> None:
    client = start_sandbox(card_value_bytes=0, non_text_card_values="lost")
    [userid] = client.people(1)
    private = {userid: params(note="y" * 5_000)}
    send_card(client, userid, cardData=params(title="t", markdown="x" * 5_000, tips=7), privateData=private)
    assert seen(client, userid) == {"title": "t", "markdown": "x" * 5_000}
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, cardData=params(title="x" * 103_000)))) == (
        400,
        "param.invalid",
    )


def test_the_content_audit_refuses_words(start_sandbox: Starter) -> None:
    client = start_sandbox(card_unsafe_words="违禁,forbidden")
    [userid] = client.people(1)
    answer = ask(client, CREATE_AND_DELIVER, fields(client, userid, cardData=params(title="a forbidden word")))
    assert code(answer) == (400, "param.contentUnsafe")
    private = {userid: params(title="违禁词")}
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, privateData=private))) == (
        400,
        "param.contentUnsafe",
    )
    send_card(client, userid)
    answer = ask(client, CARD, {"outTrackId": "dn-1", "cardData": params(title="违禁")}, "PUT")
    assert code(answer) == (400, "param.contentUnsafe")


def test_card_calls_count_towards_the_limits_each_for_itself(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_second=2, limits_calls_per_month=5)
    calls = [(CARD, "POST"), (CARD, "PUT"), (CARD, "POST"), (CARD, "PUT"), (CARD, "POST"), (CREATE_AND_DELIVER, "POST")]
    found = [code(ask(client, path, {"outTrackId": "none"}, method)) for path, method in calls]
    assert found == [
        *[(400, "param.cardTemplateIdEmpty"), (400, "param.cardNotExist")] * 2,
        (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        (400, "param.cardTemplateIdEmpty"),
    ]
    client.pass_time(1)
    assert code(ask(client, CARD, {"outTrackId": "none"}))[0] == 403
    assert client.get("/_sandbox/stats").json()["calls_counted"] == 5


def test_a_route_is_registered_once_unless_forced(client: Client) -> None:
    def register(url: str, **changed: object) -> requests.Response:
        return ask(client, REGISTER, {"callbackRouteKey": "key", "callbackUrl": url, **changed})

    here = "http://127.0.0.1:9/a"
    first = register(here).json()
    assert first["result"]["callbackUrl"] == here
    assert len(first["result"]["apiSecret"]) == 32
    assert register("http://127.0.0.1:9/b", apiSecret="mine").json() == first
    forced = register("http://127.0.0.1:9/b", apiSecret="mine", forceUpdate=True).json()
    assert forced["result"] == {"callbackUrl": "http://127.0.0.1:9/b", "apiSecret": "mine"}
    assert code(register("", callbackRouteKey="")) == (400, "param.callbackRouteKeyEmpty")
    assert code(register("")) == (400, "param.callbackUrlEmpty")
    for url in ("http://example.com/a", "ftp://127.0.0.1/", "nonsense"):
        assert code(register(url, forceUpdate=True)) == (400, "system.updateCallbackFailed")
    assert code(register(here, forceUpdate="yes")) == (400, "param.invalid")


def test_a_repeated_registration_may_be_an_error(start_sandbox: Starter) -> None:
    client = start_sandbox(repeated_card_route="error")
    given = {"callbackRouteKey": "key", "callbackUrl": "http://127.0.0.1:9/a"}
    assert ask(client, REGISTER, given).status_code == 200
    assert code(ask(client, REGISTER, given)) == (500, "param.callbackRouteKeyExist")
    assert ask(client, REGISTER, {**given, "forceUpdate": True}).status_code == 200


def test_cards_are_selected_by_number_person_and_id(client: Client) -> None:
    one, other = client.people(2)
    for number, people in enumerate([(one,), (one, other), (other,)]):
        send_card(
            client, *people, outTrackId=f"dn-{number}", cardData=params(title=f"{number}", sys_full_json_obj=buttons())
        )
    assert [card["out_track_id"] for card in cards(client, limit=2)] == ["dn-1", "dn-2"]
    mine = cards(client, userid=one)
    assert [card["out_track_id"] for card in mine] == ["dn-0", "dn-1"]
    assert {item["userid"] for card in mine for item in card["deliveries"]} == {one}
    assert cards(client, out_track_id="none") == []


def test_a_reset_removes_cards_and_their_ids_do_not_repeat(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/cards/templates", json={"template_id": OWN})

    def ids() -> list[str]:
        carrier = send_card(client, userid)["deliverResults"][0]["carrierId"]
        secret = ask(client, REGISTER, {"callbackRouteKey": "key", "callbackUrl": "http://127.0.0.1:9/a"}).json()
        refused = ask(client, CARD, {"outTrackId": "none"}, "PUT").json()
        return [carrier, secret["result"]["apiSecret"], refused["requestid"]]

    first = ids()
    client.post("/_sandbox/reset")
    assert cards(client) == []
    client.token = client.http.get(
        client.url("/gettoken"),
        params={"appkey": client.settings.app_key, "appsecret": client.settings.app_secret},
        timeout=10,
    ).json()["access_token"]
    second = ids()
    assert [a == b for a, b in zip(first, second, strict=True)] == [False] * 3
    assert code(ask(client, CREATE_AND_DELIVER, fields(client, userid, cardTemplateId=OWN, outTrackId="2"))) == (
        400,
        "param.templateNotExist",
    )
