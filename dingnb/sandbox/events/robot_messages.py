"""Messages to the robot and card callbacks (docs/dingtalk.md, "Robot messages")."""

import base64
import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from dingnb.errors import InputError
from dingnb.sandbox.events.event_data import Source, conversation_id
from dingnb.sandbox.organisation import union_id
from dingnb.sandbox.sessions import Session

_SENDER = ("from", "sender", "userid")


def robot_message(wanted: object, source: Source, base_url: str, life_ms: int) -> tuple[dict[str, Any], Session]:
    """
    Return a complete message to the robot, generated from a test's input, and the session for replies.

    Args:
        wanted: A text, or an object with ``text``, ``from`` (a userid), ``group`` (the title of a group conversation)
            and ``at`` (mentioned userids). All other fields are copied into the message.
        source: The source of generated values.
        base_url: The URL for replies.
        life_ms: The lifetime of the session.

    Raises:
        InputError: `wanted` is neither a text nor an object.
    """
    rest: dict[str, Any] = {"text": wanted} if isinstance(wanted, str) else _fields("robot_message", wanted)
    userid = _userid(rest, source)
    group = rest.pop("group", None)
    if isinstance(rest.get("text", ""), str):
        rest["text"] = {"content": rest.get("text", "你好")}
    if rest.get("msgtype", "text") != "text":
        rest.pop("text")
    who = source.organisation.by_userid(userid)
    robot = _encrypted_id(source.app_key)
    place = f"{source.corp_id} {userid} {group}"
    session = Session(
        id=source.digest.hex(),
        conversation_id=conversation_id(blake2b(place.encode(errors="replace"), digest_size=16).digest()),
        userid=userid,
        expires_ms=source.at_ms + life_ms,
    )
    return {
        "conversationId": session.conversation_id,
        "conversationType": "1" if group is None else "2",
        **_group(group, robot, rest.pop("at", [])),
        "chatbotCorpId": source.corp_id,
        "chatbotUserId": robot,
        "msgId": "msg" + base64.b64encode(source.digest).decode(),
        "senderId": _encrypted_id(userid),
        "senderNick": userid if who is None else who.name,
        "senderStaffId": userid,
        "senderCorpId": source.corp_id,
        "senderUnionId": union_id(userid),
        "isAdmin": False,
        "sessionWebhook": f"{base_url}/robot/sendBySession?session={session.id}",
        "sessionWebhookExpiredTime": session.expires_ms,
        "createAt": source.at_ms,
        "robotCode": source.app_key,
        "senderPlatform": "Win",
        "msgtype": "text",
        **rest,
    }, session


def card_callback(wanted: object, source: Source) -> dict[str, Any]:
    """
    Return the callback for a press on a card's button.

    Args:
        wanted: An object with ``from`` (a userid), ``out_track_id`` (the card), ``action_ids`` (a list) and ``params``
            (an object). All other fields are copied into the data.
        source: The source of generated values.

    Raises:
        InputError: `wanted` is not an object.
    """
    rest = _fields("card_callback", wanted)
    userid = _userid(rest, source)
    pressed = {"actionIds": rest.pop("action_ids", ["1"]), "params": rest.pop("params", {})}
    return {
        "corpId": source.corp_id,
        "userId": userid,
        "outTrackId": rest.pop("out_track_id", source.digest.hex()),
        "type": "actionCallback",
        "spaceType": "IM",
        "spaceId": conversation_id(source.digest),
        "content": json.dumps({"cardPrivateData": pressed}, ensure_ascii=False),
        "extension": "{}",
        **rest,
    }


def _fields(name: str, wanted: object) -> dict[str, Any]:
    if not isinstance(wanted, dict):
        what, hint = f"{name} is {wanted!r}.", "Give an object."
        raise InputError(what, hint)
    return dict(wanted)


def _userid(rest: dict[str, Any], source: Source) -> str:
    found = [rest.pop(name) for name in _SENDER if name in rest]
    userid = found[0] if found else source.person.userid
    if not isinstance(userid, str):
        what, hint = f"from is {userid!r}.", "Give a userid."
        raise InputError(what, hint)
    return userid


def _group(title: object, robot: str, at: object) -> Mapping[str, Any]:
    if title is None:
        return {}
    people = [one for one in at if isinstance(one, str)] if isinstance(at, list) else []
    named = [{"dingtalkId": _encrypted_id(one), "staffId": one} for one in people]
    return {"conversationTitle": title, "isInAtList": True, "atUsers": [{"dingtalkId": robot}, *named]}


def _encrypted_id(of: str) -> str:
    """Return the encrypted form of an id."""
    return "$:LWCP_v1:$" + base64.b64encode(blake2b(of.encode(errors="replace"), digest_size=24).digest()).decode()
