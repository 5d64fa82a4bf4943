"""
Interactive cards: creation, delivery, updates, and registration of callback URLs (docs/dingtalk.md, "Cards").

The codes are documented. Two assumptions: which code is returned if several apply, and ``param.invalid`` for errors
without a documented code. A target that cannot be reached is not an error, but a failed result in the list of
deliveries.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from dingnb.sandbox.cards import Card, CardChange, CardDelivery, are_variables_valid, select_text_variables
from dingnb.sandbox.events.callbacks import is_url, loopback_addresses
from dingnb.sandbox.organisation import find_generated_userid
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import RefusedError, Response, new_api_error, not_served_text

PERMISSION: Final = "Card.Instance.Write"

_MAX_REQUEST_BYTES = 100 * 1_024
_MAX_ID_CHARACTERS = 100
_MAX_KEY_BYTES = 100
_SPACES = re.compile(r"dtv1\.card//(.+)", re.DOTALL)
_ROBOT_SPACE = "IM_ROBOT"
"""The type of the space of a person's chat with the robot."""

_MODELS: Mapping[str, tuple[str, str]] = {
    _ROBOT_SPACE: ("imRobotOpenSpaceModel", "imRobotOpenDeliverModel"),
    "IM_GROUP": ("imGroupOpenSpaceModel", "imGroupOpenDeliverModel"),
    "IM_SINGLE": ("imSingleOpenSpaceModel", "imSingleOpenDeliverModel"),
    "ONE_BOX": ("topOpenSpaceModel", "topOpenDeliverModel"),
}
"""The models of each type of space: what the card needs, and what the delivery needs."""

_FORWARDABLE = ("imRobotOpenSpaceModel", "imGroupOpenSpaceModel")
_USERID, _UNIONID = 1, 2
_ILLEGAL_SPACE = "spaceId is illegal"


class _Space(NamedTuple):
    """A target of a delivery."""

    type: str
    id: str


class _NewCard(NamedTuple):
    """The fields of a card to create."""

    out_track_id: str
    template_id: str
    callback_type: str
    route_key: str
    userid_type: int
    space_types: tuple[str, ...]
    public: dict[str, str]
    private: dict[str, dict[str, str]]


def _create(state: SandboxState, fields: dict[str, Any], now_ns: int) -> Response:
    new_card = _new_card(state, fields)
    _find_or_create(state, new_card, now_ns)
    return Response({"success": True, "result": new_card.out_track_id})


def _create_and_deliver(state: SandboxState, fields: dict[str, Any], now_ns: int) -> Response:
    new_card = _new_card(state, fields)
    targets = _targets(state, fields)
    _check_models(fields, targets, new_card.space_types, state.settings.app_key, "param.openDeliverModel")
    card = _find_or_create(state, new_card, now_ns)
    results = _deliver_to(state, card, targets, new_card.userid_type, now_ns)
    body = {"success": True, "result": {"outTrackId": card.out_track_id, "deliverResults": results}}
    return Response(body, people=len(targets))


def _deliver(state: SandboxState, fields: dict[str, Any], now_ns: int) -> Response:
    card = _find_card(state, fields)
    targets = _targets(state, fields)
    _check_models(fields, targets, card.space_types, state.settings.app_key, "param.spaceDeliverModel")
    results = _deliver_to(state, card, targets, _userid_type(fields), now_ns)
    return Response({"success": True, "result": results}, people=len(targets))


def _update(state: SandboxState, fields: dict[str, Any], _now_ns: int) -> Response:
    card = _find_card(state, fields)
    options = _object(fields, "cardUpdateOptions")
    by_key = [options.get(name, False) for name in ("updateCardDataByKey", "updatePrivateDataByKey")]
    if not all(isinstance(flag, bool) for flag in by_key):
        _refuse("param.invalid")
    public = _variables(state, fields["cardData"]) if fields.get("cardData") is not None else None
    private = _private_variables(state, fields, _userid_type(fields))
    if not public and not private:
        _refuse("param.cardDataAndPrivateDataBothEmpty")
    _refuse_unsafe_words(state, public or {}, private)
    # Assumption: what a call does not mention stays unchanged under all options.
    state.cards.update(card.out_track_id, CardChange(public, private, *by_key))
    return Response({"success": True, "result": True})


def _register(state: SandboxState, fields: dict[str, Any], _now_ns: int) -> Response:
    key, url, secret = (fields.get(name) for name in ("callbackRouteKey", "callbackUrl", "apiSecret"))
    is_forced = fields.get("forceUpdate", False)
    if not key:
        _refuse("param.callbackRouteKeyEmpty")
    if not url:
        _refuse("param.callbackUrlEmpty")
    if not (isinstance(key, str) and isinstance(is_forced, bool) and isinstance(secret, str | None)):
        _refuse("param.invalid")
    route = state.cards.route(key)
    if route is not None and not is_forced and state.settings.repeated_card_route == "error":
        _refuse("param.callbackRouteKeyExist", 500)
    if route is None or is_forced:
        # The sandbox sends nothing to other computers.
        if not (isinstance(url, str) and is_url(url) and loopback_addresses(url)):
            _refuse("system.updateCallbackFailed")
        route = state.cards.set_route(key, url, secret or "")
    return Response({"success": True, "result": {"callbackUrl": route.url, "apiSecret": route.secret}})


def _refuse(code: str, status: int = 400) -> NoReturn:
    # The message repeats the code, as observed on the real server.
    raise RefusedError(new_api_error(status, code, code))


def _call(
    handle: Callable[[SandboxState, dict[str, Any], int], Response],
) -> Callable[[SandboxState, Request], Response]:
    return lambda state, request: handle(state, _read_fields(request), request.now_ns)


def _read_fields(request: Request) -> dict[str, Any]:
    if len(request.body) > _MAX_REQUEST_BYTES:
        _refuse("param.invalid")
    fields = request.json_object()
    if fields is None:
        _refuse("param.invalid")
    if not fields:
        _refuse("param.empty")
    return fields


def _object(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object in a request; empty if the object is missing."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        _refuse("param.invalid")
    return value


def _short_text(fields: Mapping[str, Any], name: str) -> str:
    """Return a text in a request, which is at most as long as an id; empty if the text is missing."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_ID_CHARACTERS:
        _refuse("param.invalid")
    return value


def _out_track_id(fields: Mapping[str, Any]) -> str:
    found = _short_text(fields, "outTrackId")
    if not found:
        _refuse("param.outTrackIdEmpty")
    return found


def _userid_type(fields: Mapping[str, Any]) -> int:
    found = fields.get("userIdType", _USERID)
    if type(found) is not int or found not in {_USERID, _UNIONID}:
        _refuse("param.invalid")
    return found


def _find_card(state: SandboxState, fields: Mapping[str, Any]) -> Card:
    card = state.cards.find(_out_track_id(fields))
    if card is None:
        _refuse("param.cardNotExist")
    return card


def _new_card(state: SandboxState, fields: Mapping[str, Any]) -> _NewCard:
    out_track_id, template_id = _out_track_id(fields), _short_text(fields, "cardTemplateId")
    if not template_id:
        _refuse("param.cardTemplateIdEmpty")
    template = state.cards.template(template_id)
    if template is None:
        _refuse("param.templateNotExist")
    if not template.is_published:
        _refuse("param.templateUnpublished")
    if fields.get("openDynamicDataConfig"):
        raise RefusedError(new_api_error(400, "param.invalid", not_served_text("openDynamicDataConfig")))
    if not _object(fields, "cardData").get("cardParamMap"):
        _refuse("param.cardPublicDataEmpty")
    public = _variables(state, fields["cardData"])
    callback_type, route_key = _short_text(fields, "callbackType"), _short_text(fields, "callbackRouteKey")
    if callback_type not in {"", "STREAM", "HTTP"}:
        _refuse("param.invalid")
    # Assumption: whether the route is registered matters only once somebody presses.
    if callback_type == "HTTP" and not route_key:
        _refuse("param.empty")
    userid_type = _userid_type(fields)
    creator = _short_text(fields, "userId")
    if creator and state.organisation.by_userid(_userid(creator, userid_type)) is None:
        _refuse("param.userIdNotExist")
    private = _private_variables(state, fields, userid_type)
    _refuse_unsafe_words(state, public, private)
    space_types = _space_types(fields)
    return _NewCard(out_track_id, template_id, callback_type, route_key, userid_type, space_types, public, private)


def _find_or_create(state: SandboxState, new_card: _NewCard, now_ns: int) -> Card:
    """
    Return the card with this id, or create one.

    If the card exists, the call is refused or its data have no effect, according to the settings.
    """
    found = state.cards.find(new_card.out_track_id)
    if found is not None:
        if state.settings.repeated_card == "refused":
            _refuse("param.cardAlreadyExist")
        return found
    fields = new_card._asdict()
    return state.cards.create(fields.pop("out_track_id"), **fields, now_ns=now_ns)


def _variables(state: SandboxState, card_data: object, max_bytes: int | None = None) -> dict[str, str]:
    """Return the variables in an object with ``cardParamMap``; `max_bytes` is as for `are_variables_valid`."""
    variables = card_data.get("cardParamMap", {}) if isinstance(card_data, dict) else None
    if not are_variables_valid(variables, state.settings, max_bytes):
        _refuse("param.invalid")
    return select_text_variables(variables)


def _private_variables(state: SandboxState, fields: Mapping[str, Any], userid_type: int) -> dict[str, dict[str, str]]:
    """Return the private variables, by userid. Variables of unknown people have no effect, which is an assumption."""
    found = {}
    for userid, card_data in _object(fields, "privateData").items():
        if not userid:
            _refuse("param.userIdEmpty")
        if len(userid.encode(errors="replace")) > _MAX_KEY_BYTES:
            _refuse("param.invalid")
        found[_userid(userid, userid_type)] = _variables(state, card_data, state.settings.card_value_bytes or None)
    return found


def _userid(person_id: str, userid_type: int) -> str:
    return person_id if userid_type == _USERID else find_generated_userid(person_id)


def _refuse_unsafe_words(
    state: SandboxState, public: Mapping[str, str], private: Mapping[str, Mapping[str, str]]
) -> None:
    for variables in (public, *private.values()):
        if any(word in text for word in state.settings.card_unsafe_words for text in variables.values()):
            _refuse("param.contentUnsafe")


def _space_types(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types of space for which a request has a model."""
    found = []
    for space_type, (name, _) in _MODELS.items():
        model = fields.get(name)
        if model is None:
            continue
        if not isinstance(model, dict) or (name in _FORWARDABLE and not isinstance(model.get("supportForward"), bool)):
            _refuse("param.openSpaceModelInvalid")
        found.append(space_type)
    return tuple(found)


def _targets(state: SandboxState, fields: Mapping[str, Any]) -> list[_Space]:
    """Return the spaces to which a request delivers a card."""
    text = fields.get("openSpaceId")
    if not text:
        _refuse("param.openSpaceIdEmpty")
    max_characters = state.settings.limits.card_target_characters
    match = _SPACES.fullmatch(text) if isinstance(text, str) and len(text) <= max_characters else None
    if match is None:
        _refuse("param.openSpaceIdInvalid")
    targets = []
    for space in match[1].split(";"):
        space_type, _, space_id = space.partition(".")
        if space_type.upper() not in _MODELS or not space_id:
            _refuse("param.openSpaceIdInvalid")
        targets.append(_Space(space_type.upper(), space_id))
    max_targets = state.settings.card_people_per_call
    if max_targets and len(targets) > max_targets:
        _refuse("param.openSpaceIdInvalid")
    return list(dict.fromkeys(targets))


def _check_models(
    fields: Mapping[str, Any], targets: Iterable[_Space], space_types: Collection[str], app_key: str, code: str
) -> None:
    """
    Check the models of the spaces to which a card is delivered.

    `code` is the code for a wrong model of the delivery, without ``Empty`` or ``Error`` at its end.
    """
    for target_type in dict.fromkeys(target.type for target in targets):
        if target_type not in space_types:
            _refuse("param.openSpaceModelInvalid")
        model = fields.get(_MODELS[target_type][1])
        if not model:
            _refuse(f"{code}Empty")
        is_valid = isinstance(model, dict) and model.get("robotCode", app_key) == app_key
        if not is_valid or (target_type == _ROBOT_SPACE and model.get("spaceType") != _ROBOT_SPACE):
            _refuse(f"{code}Error")


def _deliver_to(
    state: SandboxState, card: Card, targets: Iterable[_Space], userid_type: int, now_ns: int
) -> list[dict[str, Any]]:
    userid_by_target = {target: _userid_in(state, target, userid_type) for target in targets}
    userids = [userid for userid in userid_by_target.values() if userid]
    deliveries = {delivery.userid: delivery for delivery in state.cards.deliver(card.out_track_id, userids, now_ns)}
    return [_result(target, deliveries.get(userid)) for target, userid in userid_by_target.items()]


def _userid_in(state: SandboxState, space: _Space, userid_type: int) -> str:
    """Return the userid of the person in a space; empty for other spaces and unknown people."""
    userid = _userid(space.id, userid_type)
    return userid if space.type == _ROBOT_SPACE and state.organisation.by_userid(userid) is not None else ""


def _result(space: _Space, delivery: CardDelivery | None) -> dict[str, Any]:
    result = {"spaceType": space.type, "spaceId": space.id, "success": delivery is not None}
    if delivery is None:
        return {**result, "errorMsg": _ILLEGAL_SPACE}
    return {**result, "carrierId": delivery.carrier_id, "errorMsg": ""}


CALLS: Mapping[str, Mapping[str, Callable[[SandboxState, Request], Response]]] = {
    "/v1.0/card/instances": {"POST": _call(_create), "PUT": _call(_update)},
    "/v1.0/card/instances/deliver": {"POST": _call(_deliver)},
    "/v1.0/card/instances/createAndDeliver": {"POST": _call(_create_and_deliver)},
    "/v1.0/card/callbacks/register": {"POST": _call(_register)},
}
"""The calls by path and method."""
