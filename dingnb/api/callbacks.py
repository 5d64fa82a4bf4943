"""
Where DingTalk sends events over HTTP: the organisation's one registered callback (docs/dingtalk.md, "Callbacks").

These calls are of the old API. Token and AES key are in bodies and answers, and in nothing that is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dingnb.auth import Caller, Secret
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.auth.secret import MASK
from dingnb.errors import BadAnswerError, InputError, bad_answer_todo
from dingnb.errors.frames import cleared_frames
from dingnb.transport import Call
from dingnb.words import Text

REGISTER = "/call_back/register_call_back"
UPDATE = "/call_back/update_call_back"
GET = "/call_back/get_call_back"
DELETE = "/call_back/delete_call_back"
FAILED = "/call_back/get_call_back_failed_result"

REGISTERED_ALREADY = frozenset({"71006", "400041"})
NOT_REGISTERED = frozenset({"71007", "400040"})


@dataclass(frozen=True, slots=True)
class Registered:
    """
    A registered callback.

    Attributes:
        url: Where DingTalk posts events.
        tags: Which types of events.
        keys: What they are signed and encrypted with; None where it is not told, or is of another form than ours.
        are_masked: Whether a tape hides them.
    """

    url: str
    tags: tuple[str, ...]
    keys: CallbackKeys | None
    are_masked: bool


def register(caller: Caller, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> None:
    """
    Register a callback; DingTalk checks the address before it answers.

    Raises:
        ArgumentError: One is registered already (71006, 400041), or the address did not pass the check.
    """
    caller.call(Call(REGISTER, {"call_back_tag": list(tags), "url": url}), keys)


def update(caller: Caller, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> None:
    """
    Put another callback in the place of the registered one; DingTalk checks the address before it answers.

    Raises:
        ArgumentError: None is registered (71007, 400040), or the address did not pass the check.
    """
    caller.call(Call(UPDATE, {"call_back_tag": list(tags), "url": url}), keys)


def registered(caller: Caller) -> Registered:
    """
    Return the registered callback.

    Raises:
        ArgumentError: None is registered (71007, 400040).
        BadAnswerError: The answer does not tell.
    """
    # The frames inside hold the answer with the keys.
    with cleared_frames():
        found = _registered_in(caller.call(Call(GET, method="GET")))
    if found is None:
        raise BadAnswerError(Text("registration.not_in_answer", path=GET), bad_answer_todo(GET))
    return found


def delete(caller: Caller) -> None:
    """
    Have DingTalk send no more events over HTTP.

    Raises:
        ArgumentError: None is registered (71007, 400040).
    """
    caller.call(Call(DELETE, method="GET"))


def missed(caller: Caller) -> tuple[list[Mapping[str, Any]], bool]:
    """
    Return up to 200 events that reached nobody, and whether there are more. DingTalk forgets them with its answer.

    Raises:
        BadAnswerError: The answer holds no list.
    """
    answer = caller.call(Call(FAILED, method="GET"))
    items = answer.get("failed_list")
    if items is None:
        items = []
    if not isinstance(items, list):
        raise BadAnswerError(Text("registration.no_failed_list", path=FAILED), bad_answer_todo(FAILED))
    told = [item if isinstance(item, Mapping) else {"value": item} for item in items]
    return told, answer.get("has_more") in (True, "true")


def _registered_in(answer: Mapping[str, Any]) -> Registered | None:
    url, tags = answer.get("url"), answer.get("call_back_tag")
    if not isinstance(url, str) or not url or not isinstance(tags, list):
        return None
    are_masked = MASK in (answer.get("token"), answer.get("aes_key"))
    return Registered(url, tuple(str(tag) for tag in tags), _keys_in(answer), are_masked)


def _keys_in(answer: Mapping[str, Any]) -> CallbackKeys | None:
    token, aes_key = answer.get("token"), answer.get("aes_key")
    if not isinstance(token, str) or not isinstance(aes_key, str):
        return None
    try:
        return CallbackKeys(Secret(token), Secret(aes_key))
    except InputError:
        return None
