"""
The control API: what a test asks the sandbox, and what DingTalk never tells.

It lies outside DingTalk's paths, takes and gives JSON, needs no token and never shows one. A `POST`, with a body or
without, needs ``Content-Type: application/json``, which no web page can send here.

::

    GET  /_sandbox/users?limit=      [{userid, name, mobile, department, active}], in the order of their numbers
    GET  /_sandbox/messages?limit=   [{userid, body, task_id, time, time_ms, read, recalled}], the newest last:
                                     every message that reached a person by now; `recalled` ones were taken back
    GET  /_sandbox/calls?limit=      [{method, path, time, time_ms, code, people, fault}], the newest last: every call
                                     of DingTalk's APIs; `code` is "0" or the error's true code, `fault` what struck
                                     it: then `code` is that of what was worked on, whether or not it was told
    GET  /_sandbox/stats             {sandbox: "dingnb", version, id, app_key, agent_id, users, calls, ...}
    POST /_sandbox/reset             forgets tokens, tasks, calls, limits, faults, callbacks and sessions, and ends the
                                     connections of Stream; people and time stay, and it has another id
    POST /_sandbox/tokens/revoke     makes every token unknown; the next token call issues a new one
    GET  /_sandbox/clock             {now, now_ns, stopped}
    POST /_sandbox/clock             {"now_ns": n} or {"now": "2026-11-02T09:00:00+08:00"} or {"advance_s": s} sets or
                                     moves the time, and the `Date` header with it; {"at_least_ns": n} never
                                     sets it back; add "stopped": true, and the time stands still from there

    GET    /_sandbox/faults          [{fault, path, nth, ..., seen, struck}]: the rules by which calls go wrong, each
                                     with how many calls matched and how many it struck
    POST   /_sandbox/faults          {"fault": "drop_after", "path": "/asyncsend_v2", "nth": 3} adds a rule, and gives
                                     all; `dingnb.sandbox.faults.faults` has the table. {"clear": true} removes all
    DELETE /_sandbox/faults          removes all

    POST /_sandbox/events            lets something happen, or a list of things: each goes to every channel that is for
                                     it; gives {"events": [{type, event_id, channels, kept, data}]}; what is `kept`
                                     waits for a client of Stream. Whatever is left out is filled in:
                                     {"type": "user_leave_org", "data": {"userId": ["manager0001"]}}, perhaps with
                                     event_id, time, corp_id and spelling ("legacy", "console" or "stream": how it
                                     is spelled over HTTP);
                                     {"robot_message": {"text": "hi", "from": "manager0001", "group": "Team"}};
                                     {"card_callback": {"params": {}, "action_ids": ["1"], "from": "manager0001"}}
    GET  /_sandbox/replies?limit=    [{conversation_id, userid, body, time, time_ms}], the newest last: what robots
                                     answered by a `sessionWebhook`, and to whom
    GET  /_sandbox/callbacks         {callback, console, arrived, on_their_way, failed}: the URL and the tags that were
                                     registered, those of the developer console, and what became of the events
    POST /_sandbox/console_callback  {"url", "token", "aes_key"} sets the callback of the developer console, perhaps
                                     with "call_back_tag": [...]; its owner is the app key. {"url": null} removes it
    GET  /_sandbox/stream?limit=     {connections, waiting, unacknowledged, acknowledged, given_up, dropped, unreadable,
                                     acknowledgements}: the connections of Stream, what waits for one, what is on its
                                     way, counts, and what the clients answered, the newest last
    POST /_sandbox/stream/disconnect {"how": "frame"} ends all connections as DingTalk does, with a frame first;
                                     "close" closes them, "reset" does so with a TCP reset; "connections": [id, ...]
                                     names some

`limit=n` gives the first n users, or the newest n of the rest; without it, or empty, there is
no limit; 0 gives none. What cannot be understood is answered with status 400 and ``{"error": ...}``.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dingnb.clock import seconds
from dingnb.errors import InputError
from dingnb.sandbox.apis.callbacks import read_console
from dingnb.sandbox.events.callback_post import addresses
from dingnb.sandbox.events.emitting import emit
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.answers import Answer, RefusedError
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.trusted_hosts import CONTROL_TYPE
from dingnb.words import say

PREFIX = "/_sandbox/"

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MOST_DIGITS = 12
_WAYS = ("frame", "close", "reset")
# The years 1970 to 9999, with a day to spare for every time zone.
_LAST_NS = 253_402_214_400 * 1_000_000_000


class _BadRequestError(Exception):
    """What was asked cannot be understood."""


def answer(state: SandboxState, request: Request) -> Answer:
    """Return the control API's answer to a request."""
    verbs = _ROUTES.get(request.path.removeprefix(PREFIX))
    if verbs is None:
        return error(404, f"There is no {request.path}.")
    handle = verbs.get(request.method)
    if handle is None:
        return error(405, f"{request.path} takes {' and '.join(sorted(verbs))}.")
    if request.method == "POST" and request.media_type != CONTROL_TYPE:
        return error(415, say("sandbox.not_json", path=request.path, given=request.media_type or "-"))
    try:
        return _given(handle(state, request))
    except _BadRequestError as bad:
        return error(400, str(bad))


def _given(found: Any) -> Answer:  # noqa: ANN401 - any JSON
    return Answer(found)


def error(status: int, text: str) -> Answer:
    """Return an error as the control API gives it."""
    return Answer({"error": text}, str(status), status)


def _limit(request: Request) -> int | None:
    text = request.query.get("limit", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        message = f"limit={text!r} is not a whole number of 0 or more."
        raise _BadRequestError(message)
    return int(text)


def _users(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.users(_limit(request))


def _messages(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.messages(_limit(request))


def _calls(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.recorded_calls(_limit(request))


def _stats(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return {"sandbox": "dingnb", "version": _version(), **state.stats()}


@cache
def _version() -> str:
    try:
        return version("dingnb")
    except PackageNotFoundError:
        return "not installed"


def _reset(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    state.reset()
    return {"reset": True}


def _revoke(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    state.tokens.revoke()
    return {"revoked": True}


def _faults(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.faults.rules()


def _clear_faults(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    state.faults.clear()
    return []


def _add_fault(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    wanted = _wanted(request)
    if wanted == {"clear": True}:
        return _clear_faults(state, request)
    try:
        state.faults.add(wanted.pop("fault", None), **wanted)
    except InputError as error:
        message = f"{error.what} {error.hint}"
        raise _BadRequestError(message) from None
    return state.faults.rules()


def _clock(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    now_ns = state.time.now_ns()
    return {"now": state.time.iso(now_ns), "now_ns": now_ns, "stopped": state.time.stopped}


def _set_clock(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    wanted = _wanted(request)
    stopped = wanted.pop("stopped", False)
    if not isinstance(stopped, bool) or len(wanted) != 1:
        message = 'Give one of "now_ns", "at_least_ns", "now" and "advance_s", and at most "stopped": true or false.'
        raise _BadRequestError(message)
    [(name, value)] = wanted.items()
    now_ns = _wanted_ns(name, value, state.time.now_ns())
    if not 0 <= now_ns <= _LAST_NS:
        message = f"{name}: {value!r} is outside the years 1970 to 9999."
        raise _BadRequestError(message)
    state.set_time(now_ns, stopped=stopped)
    return _clock(state, request)


def _json(request: Request) -> Any:  # noqa: ANN401 - any JSON
    try:
        return request.json()
    except ValueError as error:
        message = f"The body is not JSON: {error}."
        raise _BadRequestError(message) from None


def _wanted(request: Request) -> dict[str, Any]:
    wanted = _json(request)
    if not isinstance(wanted, dict):
        message = "The body has to be a JSON object."
        raise _BadRequestError(message)
    return wanted


def _wanted_ns(name: str, value: object, now_ns: int) -> int:
    if name in {"now_ns", "at_least_ns"} and isinstance(value, int) and not isinstance(value, bool):
        return value if name == "now_ns" else max(value, now_ns)
    if name == "now" and isinstance(value, str):
        return _iso_ns(value)
    if name == "advance_s" and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return now_ns + seconds(value)
        except (OverflowError, ValueError):
            message = f"advance_s: {value!r} is not a number of seconds."
            raise _BadRequestError(message) from None
    message = (
        f"{name}: {value!r} is none of now_ns and at_least_ns (whole numbers), now (ISO 8601) and advance_s (a number)."
    )
    raise _BadRequestError(message)


def _iso_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"now: {text!r} is not an ISO 8601 time with a zone, such as 2026-11-02T09:00:00+08:00."
        raise _BadRequestError(message)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def _replies(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.replies(_limit(request))


def _emit(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    try:
        return {"events": emit(state, _json(request), request.now_ns)}
    except InputError as error:
        message = f"{error.what} {error.hint}"
        raise _BadRequestError(message) from None


def _callbacks(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.callbacks.shown()


def _set_console_callback(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    wanted = _wanted(request)
    subscription = None
    if wanted.get("url", "") is not None:
        try:
            subscription = read_console(wanted, state.settings.app_key)
        except RefusedError as refused:
            raise _BadRequestError(refused.answer.body["errmsg"]) from None
        if not addresses(subscription.url):
            message = f"{subscription.url} leads away from this computer."
            raise _BadRequestError(message)
    state.subscribe("console", subscription)
    return state.callbacks.shown()


def _stream(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.stream.shown(state.time.iso, _limit(request))


def _disconnect(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    wanted = _wanted(request)
    how, ids = wanted.get("how", "frame"), wanted.get("connections")
    if how not in _WAYS or not (ids is None or (isinstance(ids, list) and all(isinstance(one, str) for one in ids))):
        message = f'Give "how": one of {", ".join(_WAYS)}, and perhaps "connections": a list of ids.'
        raise _BadRequestError(message)
    return {"disconnected": state.stream.disconnect(how, ids, request.now_ns)}


_Handler = Callable[[SandboxState, Request], Any]

_ROUTES: dict[str, dict[str, _Handler]] = {
    "users": {"GET": _users},
    "messages": {"GET": _messages},
    "calls": {"GET": _calls},
    "stats": {"GET": _stats},
    "reset": {"POST": _reset},
    "tokens/revoke": {"POST": _revoke},
    "faults": {"GET": _faults, "POST": _add_fault, "DELETE": _clear_faults},
    "events": {"POST": _emit},
    "callbacks": {"GET": _callbacks},
    "console_callback": {"POST": _set_console_callback},
    "replies": {"GET": _replies},
    "stream": {"GET": _stream},
    "stream/disconnect": {"POST": _disconnect},
    "clock": {"GET": _clock, "POST": _set_clock},
}
