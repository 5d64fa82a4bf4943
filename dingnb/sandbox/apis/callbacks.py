"""The old API's ``/call_back/*``: register, update, get, delete, and list failed callbacks."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dingnb.clock import NS_PER_MS
from dingnb.sandbox.events.callbacks import CallbackPush, PushOutcome, Subscription, is_url, loopback_addresses
from dingnb.sandbox.events.events import is_event_type
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import RefusedError, Response, service_error, success

PREFIX = "/call_back/"

_REGISTER = PREFIX + "register_call_back"
_UPDATE = PREFIX + "update_call_back"
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)
_MIN_TOKEN_LENGTH, _MAX_TOKEN_LENGTH = 6, 63
_MIN_CONSOLE_TOKEN_LENGTH = 3
_REFUSALS: Mapping[PushOutcome, str] = {"unreachable": "71012", "other reply": "71009"}


def methods() -> dict[str, str]:
    """Return the HTTP method of each call by its path."""
    return {path: method for path, (method, _) in _CALLS.items()}


def respond(state: SandboxState, request: Request) -> Response:
    """
    Answer a call with a valid token.

    Raises:
        RefusedError: The call is refused.
    """
    return _CALLS[request.path][1](state, request)


def url_check_for(state: SandboxState, request: Request) -> Callable[[], None] | None:
    """
    Return a function that checks the URL to register; None if there is no URL to check.

    There is none if the request registers no URL, or has an invalid token or field. Call the function before `respond`,
    and without the state's lock: it blocks until the URL answers or the deadline has passed.
    """
    if request.path not in {_REGISTER, _UPDATE} or request.method != "POST":
        return None
    if state.tokens.state(request.old_api_token(), request.now_ns) != "valid":
        return None
    try:
        subscription = _read_registration(state, request)
    except RefusedError:
        return None
    push = CallbackPush(subscription, '{"EventType":"check_url"}', request.now_ns // NS_PER_MS, state.callbacks.nonce())

    def check_url() -> None:
        outcome = state.callback_sender.push(push)
        with state.lock:
            state.callbacks.record_url_check(subscription, outcome)

    return check_url


def read_console_subscription(fields: Mapping[str, Any], owner: str) -> Subscription:
    """
    Return the subscription entered in the developer console, which accepts shorter tokens and all event types.

    Raises:
        RefusedError: A field is invalid.
    """
    return _read_subscription({"call_back_tag": [], **fields}, owner, _MIN_CONSOLE_TOKEN_LENGTH)


def _read_subscription(fields: Mapping[str, Any], owner: str, min_token_length: int) -> Subscription:
    """
    Return the subscription with the fields of a registration.

    Raises:
        RefusedError: A field is invalid.
    """
    tags, token, aes_key, url = (fields.get(name) for name in ("call_back_tag", "token", "aes_key", "url"))
    if not (isinstance(tags, list) and isinstance(token, str) and isinstance(aes_key, str) and isinstance(url, str)):
        raise RefusedError(service_error("71010"))
    # The code for an invalid token is an assumption.
    if not (min_token_length <= len(token) <= _MAX_TOKEN_LENGTH and token.isprintable()):
        raise RefusedError(service_error("71010", "token"))
    if not _AES_KEY.fullmatch(aes_key):
        raise RefusedError(service_error("900004"))
    if not all(isinstance(tag, str) and is_event_type(tag) for tag in tags):
        raise RefusedError(service_error("71008"))
    if not is_url(url):
        raise RefusedError(service_error("71011"))
    return Subscription(url, token, aes_key, owner, tuple(tags))


def _read_registration(state: SandboxState, request: Request) -> Subscription:
    registered = state.callbacks.registration
    if request.path == _REGISTER and registered is not None:
        raise RefusedError(service_error("71006"))
    if request.path == _UPDATE and registered is None:
        raise RefusedError(service_error("71007"))
    fields = request.json_object()
    if fields is None:
        raise RefusedError(service_error("71010"))
    subscription = _read_subscription(fields, state.settings.corp_id, _MIN_TOKEN_LENGTH)
    if not subscription.tags:
        raise RefusedError(service_error("71010", "call_back_tag"))
    if not loopback_addresses(subscription.url):
        # The sandbox sends nothing to other computers.
        raise RefusedError(service_error(state.settings.foreign_callback_code))
    return subscription


def _subscribe(state: SandboxState, request: Request) -> Response:
    subscription = _read_registration(state, request)
    outcome = state.callbacks.last_url_check(subscription)
    if outcome != "success":
        raise RefusedError(service_error(_REFUSALS[outcome or "unreachable"]))
    state.subscribe("callback", subscription)
    return success()


def _find_registration(state: SandboxState) -> Subscription:
    found = state.callbacks.registration
    if found is None:
        raise RefusedError(service_error("71007"))
    return found


def _get(state: SandboxState, _request: Request) -> Response:
    found = _find_registration(state)
    return success(call_back_tag=list(found.tags), token=found.token, aes_key=found.aes_key, url=found.url)


def _delete(state: SandboxState, _request: Request) -> Response:
    _find_registration(state)
    state.subscribe("callback", None)
    return success()


def _fetch_failed(state: SandboxState, request: Request) -> Response:
    fetched, has_more = state.callbacks.fetch(request.now_ns)
    return success(has_more=has_more, failed_list=[failure.to_json() for failure in fetched])


_CALLS: Mapping[str, tuple[str, Callable[[SandboxState, Request], Response]]] = {
    _REGISTER: ("POST", _subscribe),
    _UPDATE: ("POST", _subscribe),
    PREFIX + "get_call_back": ("GET", _get),
    PREFIX + "delete_call_back": ("GET", _delete),
    PREFIX + "get_call_back_failed_result": ("GET", _fetch_failed),
}
