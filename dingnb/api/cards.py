"""
Interactive cards (互动卡片): create and deliver, update, and the address for answers (docs/dingtalk.md, "Cards").

A successful call does not mean that people have the card: the answer has a result for each person.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dingnb.auth import Caller, Secret
from dingnb.errors import BadAnswerError, InputError, bad_answer_todo
from dingnb.transport import Call, display_line
from dingnb.words import Text

SEND = "/v1.0/card/instances/createAndDeliver"
UPDATE = "/v1.0/card/instances"
REGISTER = "/v1.0/card/callbacks/register"

SPACE_PREFIX = "dtv1.card//"
"""Start of an ``openSpaceId``, before its entries, which are separated by ``;``."""

PERSON_PREFIX = "IM_ROBOT."
"""Start of an entry of an ``openSpaceId``, before the userid."""

_MAX_MESSAGE_LENGTH = 300
"""Maximum length of a reason as displayed."""


@dataclass(frozen=True, slots=True)
class CardRequest:
    """
    A card to create and deliver.

    Attributes:
        out_track_id: dingnb's id for the card, at most 100 characters; DingTalk creates only one card for each id.
        template_id: The template's id.
        userids: The people who get the card in their chat with the app's robot.
        robot_code: The robot's code.
        title: The text shown in the list of chats and in the notification.
        card_data: The variables that everybody sees.
        private_data: The variables that single people see instead, by userid.
        callback: How DingTalk reports answers.
        route_key: The key of the registered address, for ``HTTP``.
    """

    out_track_id: str
    template_id: str
    userids: Sequence[str]
    robot_code: str
    title: str
    card_data: Mapping[str, str]
    private_data: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    callback: Literal["STREAM", "HTTP"] = "STREAM"
    route_key: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """
    The result for one person.

    Attributes:
        userid: The person, as spelled in the request.
        is_delivered: Whether DingTalk delivered the card.
        carrier_id: The id of the delivered message; empty if the card was not delivered, or if the answer has no id.
        message: DingTalk's reason, if the card was not delivered.
    """

    userid: str
    is_delivered: bool
    carrier_id: str = ""
    message: str = ""


def open_space_id(userids: Sequence[str]) -> str:
    """
    Return the ``openSpaceId`` of the robot's chats with these people.

    >>> open_space_id(["ann", "bob"])
    'dtv1.card//IM_ROBOT.ann;IM_ROBOT.bob'

    Raises:
        InputError: A userid contains the separator.
    """
    for userid in userids:
        if ";" in userid:
            raise InputError(Text("card.bad_userid", userid=userid), Text("card.bad_userid_todo"))
    return SPACE_PREFIX + ";".join(f"{PERSON_PREFIX}{userid}" for userid in userids)


def create_and_deliver(caller: Caller, card: CardRequest) -> tuple[DeliveryResult, ...]:
    """
    Create a card, deliver it to people, and return the results in the answer.

    Raises:
        InputError: A userid contains the separator of `open_space_id`.
        ApiError: DingTalk refused the call, with the code ``param.cardAlreadyExist`` if a card with this id exists.
        BadAnswerError: The answer has no results, so the deliveries are unknown.
        DingError: Any other error of a call.
    """
    title = {"ZH_CN": card.title, "EN_US": card.title}
    body: dict[str, Any] = {
        "cardTemplateId": card.template_id,
        "outTrackId": card.out_track_id,
        "userIdType": 1,
        "callbackType": card.callback,
        "cardData": {"cardParamMap": dict(card.card_data)},
        "openSpaceId": open_space_id(card.userids),
        "imRobotOpenSpaceModel": {
            "supportForward": False,
            "lastMessageI18n": title,
            "notification": {"alertContent": card.title, "notificationOff": False},
        },
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": card.robot_code},
    }
    if card.private_data:
        body["privateData"] = _private_data(card.private_data)
    if card.route_key:
        body["callbackRouteKey"] = card.route_key
    return read_results(caller.call(Call(SEND, _encode(body))), card.userids)


def read_results(answer: Mapping[str, Any], userids: Sequence[str]) -> tuple[DeliveryResult, ...]:
    """
    Return the results in an answer, in the order of `userids`; entries for other people are ignored.

    A person without an entry has no result. If one person has several, a success takes precedence.

    Raises:
        BadAnswerError: The answer has no list of results.
    """
    result = answer.get("result")
    entries = result.get("deliverResults") if isinstance(result, Mapping) else None
    if not isinstance(entries, list):
        raise BadAnswerError(Text("api.no_deliver_results", path=SEND), bad_answer_todo(SEND))
    requested, results = set(userids), dict[str, DeliveryResult]()
    for entry in entries:
        userid = entry.get("spaceId") if isinstance(entry, Mapping) else None
        # Only the value `true` is a success, and the errorMsg of a success is meaningless.
        is_delivered = isinstance(entry, Mapping) and entry.get("success") is True
        if not isinstance(userid, str) or userid not in requested or (userid in results and not is_delivered):
            continue
        carrier_id, message = (entry.get(name) for name in ("carrierId", "errorMsg"))
        results[userid] = DeliveryResult(
            userid,
            is_delivered,
            carrier_id if is_delivered and isinstance(carrier_id, str) else "",
            "" if is_delivered or not isinstance(message, str) else display_line(message, _MAX_MESSAGE_LENGTH),
        )
    return tuple(results[userid] for userid in userids if userid in results)


def update(
    caller: Caller,
    out_track_id: str,
    *,
    card_data: Mapping[str, str] | None = None,
    private_data: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """
    Change variables of a card; its other variables keep their values.

    Args:
        caller: The caller for the app.
        out_track_id: dingnb's id for the card.
        card_data: Variables that everybody sees.
        private_data: Variables that single people see, by userid.

    Raises:
        DingError: DingTalk refused the call or could not be reached.
    """
    body: dict[str, Any] = {
        "outTrackId": out_track_id,
        "userIdType": 1,
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
    }
    if card_data:
        body["cardData"] = {"cardParamMap": dict(card_data)}
    if private_data:
        body["privateData"] = _private_data(private_data)
    caller.call(Call(UPDATE, _encode(body), method="PUT"))


@dataclass(frozen=True, slots=True)
class CallbackRoute:
    """A registered address for answers, and the secret with which DingTalk signs them."""

    url: str
    secret: Secret


def register_callbacks(
    caller: Caller, route_key: str, url: str, *, secret: Secret | None = None, force: bool = False
) -> CallbackRoute:
    """
    Register an address to which DingTalk posts answers, and return the route that is registered afterwards.

    Args:
        caller: The caller for the app.
        route_key: The key by which cards refer to the address.
        url: The address.
        secret: The secret for signatures; by default, DingTalk generates one.
        force: Whether to replace an address registered earlier with this key; if False, the earlier address is kept.

    Raises:
        BadAnswerError: The answer does not contain the registered route.
        DingError: DingTalk refused the call or could not be reached.
    """
    body: dict[str, Any] = {"callbackRouteKey": route_key, "callbackUrl": url, "forceUpdate": force}
    if secret is not None:
        body["apiSecret"] = secret.reveal()
    result = caller.call(Call(REGISTER, _encode(body))).get("result")
    fields = {name: result.get(name) for name in ("callbackUrl", "apiSecret")} if isinstance(result, Mapping) else {}
    registered, signing_secret = fields.get("callbackUrl"), fields.get("apiSecret")
    if not (isinstance(registered, str) and registered and isinstance(signing_secret, str) and signing_secret):
        raise BadAnswerError(Text("api.no_route", path=REGISTER), bad_answer_todo(REGISTER))
    return CallbackRoute(registered, Secret(signing_secret))


def _private_data(variables_by_userid: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {userid: {"cardParamMap": dict(variables)} for userid, variables in variables_by_userid.items()}


def _encode(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
