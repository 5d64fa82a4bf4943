"""The old API's ``/call_back/*``: register, update, get, delete, and what never arrived."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dingnb.sandbox.events.callback_post import Outcome, Post, Subscription, addresses, is_url
from dingnb.sandbox.events.event_data import is_tag
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.answers import Answer, RefusedError, accepted, direct
from dingnb.sandbox.web.request import Request

PREFIX = "/call_back/"

_REGISTER = PREFIX + "register_call_back"
_UPDATE = PREFIX + "update_call_back"
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)
_SHORTEST_TOKEN, _LONGEST_TOKEN = 6, 63
_SHORTEST_TOKEN_OF_THE_CONSOLE = 3
_REFUSALS: Mapping[Outcome, str] = {"unreachable": "71012", "other reply": "71009"}


def knows(path: str) -> bool:
    """Return whether there is such a call."""
    return path in _CALLS


def verb(path: str) -> str:
    """Return how a call has to be made."""
    return _CALLS[path][0]


def answer(state: SandboxState, request: Request) -> Answer:
    """Answer a call whose token is good."""
    try:
        return _CALLS[request.path][1](state, request)
    except RefusedError as refused:
        return refused.answer


def check_of(state: SandboxState, request: Request) -> Callable[[], Outcome] | None:
    """
    Return what has to be asked of a callback's URL before a call is answered; None where nothing has.

    It takes its time and holds no lock.
    """
    if request.path not in {_REGISTER, _UPDATE} or request.method != "POST":
        return None
    if state.tokens.state(request.old_token(), request.now_ns) != "alive":
        return None
    try:
        subscription = _wanted(state, request)
    except RefusedError:
        return None
    post = Post(subscription, '{"EventType":"check_url"}', request.now_ns // 1_000_000, state.callbacks.nonce())
    return lambda: state.poster.post(post)


def read_console(fields: Mapping[str, Any], owner: str) -> Subscription:
    """
    Return what somebody enters in the developer console: it takes shorter tokens, and all types of events.

    Raises:
        RefusedError: DingTalk takes no such setting.
    """
    return _read({"call_back_tag": [], **fields}, owner, _SHORTEST_TOKEN_OF_THE_CONSOLE)


def _read(fields: Mapping[str, Any], owner: str, shortest_token: int) -> Subscription:
    """
    Return what the fields of a registration say.

    Raises:
        RefusedError: DingTalk takes no such registration.
    """
    tags, token, aes_key, url = (fields.get(name) for name in ("call_back_tag", "token", "aes_key", "url"))
    if not (isinstance(tags, list) and isinstance(token, str) and isinstance(aes_key, str) and isinstance(url, str)):
        raise RefusedError(direct("71010"))
    # Which of its codes refuses a token is an assumption.
    if not (shortest_token <= len(token) <= _LONGEST_TOKEN and token.isprintable()):
        raise RefusedError(direct("71010", "token"))
    if not _AES_KEY.fullmatch(aes_key):
        raise RefusedError(direct("900004"))
    if not all(isinstance(tag, str) and is_tag(tag) for tag in tags):
        raise RefusedError(direct("71008"))
    if not is_url(url):
        raise RefusedError(direct("71011"))
    return Subscription(url, token, aes_key, owner, tuple(tags))


def _wanted(state: SandboxState, request: Request) -> Subscription:
    registered = state.callbacks.registration
    if request.path == _REGISTER and registered is not None:
        raise RefusedError(direct("71006"))
    if request.path == _UPDATE and registered is None:
        raise RefusedError(direct("71007"))
    try:
        fields = request.json()
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise RefusedError(direct("71010"))
    subscription = _read(fields, state.settings.corp_id, _SHORTEST_TOKEN)
    if not subscription.tags:
        raise RefusedError(direct("71010", "call_back_tag"))
    if not addresses(subscription.url):
        # Nothing here ever leaves this computer.
        raise RefusedError(direct(state.settings.foreign_callback_code))
    return subscription


def _subscribe(state: SandboxState, request: Request) -> Answer:
    subscription = _wanted(state, request)
    if request.found != "success":
        raise RefusedError(direct(_REFUSALS[request.found or "unreachable"]))
    state.subscribe("callback", subscription)
    return accepted()


def _registered(state: SandboxState) -> Subscription:
    found = state.callbacks.registration
    if found is None:
        raise RefusedError(direct("71007"))
    return found


def _get(state: SandboxState, _request: Request) -> Answer:
    found = _registered(state)
    return accepted(call_back_tag=list(found.tags), token=found.token, aes_key=found.aes_key, url=found.url)


def _delete(state: SandboxState, _request: Request) -> Answer:
    _registered(state)
    state.subscribe("callback", None)
    return accepted()


def _fetch_failed(state: SandboxState, request: Request) -> Answer:
    given, has_more = state.callbacks.fetch(request.now_ns)
    return accepted(has_more=has_more, failed_list=[one.shown() for one in given])


_CALLS: Mapping[str, tuple[str, Callable[[SandboxState, Request], Answer]]] = {
    _REGISTER: ("POST", _subscribe),
    _UPDATE: ("POST", _subscribe),
    PREFIX + "get_call_back": ("GET", _get),
    PREFIX + "delete_call_back": ("GET", _delete),
    PREFIX + "get_call_back_failed_result": ("GET", _fetch_failed),
}
