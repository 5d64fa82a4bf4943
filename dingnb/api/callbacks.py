"""
Registration of the organisation's HTTP callback for events (docs/dingtalk.md, "Callbacks").

These calls belong to the old API. Their bodies and answers contain the token and the AES key, which are never shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from dingnb.auth import Caller, Secret
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.auth.secret import MASK
from dingnb.errors import BadAnswerError, InputError, bad_answer_todo
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Call
from dingnb.words import Text

REGISTER = "/call_back/register_call_back"
UPDATE = "/call_back/update_call_back"
GET = "/call_back/get_call_back"
DELETE = "/call_back/delete_call_back"
FAILED_EVENTS = "/call_back/get_call_back_failed_result"

ALREADY_REGISTERED = frozenset({"71006", "400041"})
"""Error codes for a callback that is registered already."""

NOT_REGISTERED = frozenset({"71007", "400040"})
"""Error codes for a callback that is not registered."""


@dataclass(frozen=True, slots=True)
class RegisteredCallback:
    """
    A registered callback.

    Attributes:
        url: The URL to which DingTalk posts events.
        tags: The registered event types.
        keys: The keys for signature and encryption; None if the answer lacks a key or contains a malformed key.
        has_masked_keys: Whether a tape has masked the keys.
    """

    url: str
    tags: tuple[str, ...]
    keys: CallbackKeys | None
    has_masked_keys: bool


def register(caller: Caller, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> None:
    """
    Register a callback. DingTalk checks the URL before it answers.

    Raises:
        ArgumentError: A callback is already registered (71006, 400041), or the URL failed the check.
    """
    caller.call(Call(REGISTER, {"call_back_tag": list(tags), "url": url}), keys)


def update(caller: Caller, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> None:
    """
    Replace the registered callback. DingTalk checks the URL before it answers.

    Raises:
        ArgumentError: No callback is registered (71007, 400040), or the URL failed the check.
    """
    caller.call(Call(UPDATE, {"call_back_tag": list(tags), "url": url}), keys)


def get(caller: Caller) -> RegisteredCallback:
    """
    Return the registered callback.

    Raises:
        ArgumentError: No callback is registered (71007, 400040).
        BadAnswerError: The answer does not contain the callback.
    """
    # The inner frames reference the answer with the keys.
    with cleared_frames():
        callback = _registered_in(caller.call(Call(GET, method="GET")))
    if callback is None:
        raise BadAnswerError(Text("registration.not_in_answer", path=GET), bad_answer_todo(GET))
    return callback


def delete(caller: Caller) -> None:
    """
    Delete the registered callback, so that DingTalk sends no more events over HTTP.

    Raises:
        ArgumentError: No callback is registered (71007, 400040).
    """
    caller.call(Call(DELETE, method="GET"))


class FailedEvents(NamedTuple):
    """Events whose delivery failed, and whether there are more."""

    events: list[Mapping[str, Any]]
    has_more: bool


def fetch_failed(caller: Caller) -> FailedEvents:
    """
    Return up to 200 events whose delivery failed. DingTalk deletes the returned events.

    Raises:
        BadAnswerError: The answer contains no list.
    """
    answer = caller.call(Call(FAILED_EVENTS, method="GET"))
    items = answer.get("failed_list")
    if items is None:
        items = []
    if not isinstance(items, list):
        raise BadAnswerError(Text("registration.no_failed_list", path=FAILED_EVENTS), bad_answer_todo(FAILED_EVENTS))
    events = [item if isinstance(item, Mapping) else {"value": item} for item in items]
    return FailedEvents(events, answer.get("has_more") in (True, "true"))


def _registered_in(answer: Mapping[str, Any]) -> RegisteredCallback | None:
    url, tags = answer.get("url"), answer.get("call_back_tag")
    if not isinstance(url, str) or not url or not isinstance(tags, list):
        return None
    has_masked_keys = MASK in (answer.get("token"), answer.get("aes_key"))
    return RegisteredCallback(url, tuple(str(tag) for tag in tags), _keys_in(answer), has_masked_keys)


def _keys_in(answer: Mapping[str, Any]) -> CallbackKeys | None:
    token, aes_key = answer.get("token"), answer.get("aes_key")
    if not isinstance(token, str) or not isinstance(aes_key, str):
        return None
    try:
        return CallbackKeys(Secret(token), Secret(aes_key))
    except InputError:
        return None
