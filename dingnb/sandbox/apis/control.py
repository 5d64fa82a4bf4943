"""
The control API, with which tests inspect and control the sandbox.

The control API is outside DingTalk's paths, accepts and returns JSON, needs no token and never returns a token. A
`POST`, with or without a body, needs ``Content-Type: application/json``, which a web page of another site cannot send.

::

    GET  /_sandbox/users?limit=      [{userid, name, mobile, department, active}], in the order of their numbers
    POST /_sandbox/users             {"userid": "manager0001", "name": ..., "mobile": ..., "city": ..., "active": false,
                                     "department_ids": [50, 20], "role_ids": [1021], "title": ..., "job_number": ...,
                                     "email": ..., "manager": userid, "hired_ms": n, "activated": false, "is_leader":
                                     true} changes or adds a person; a list of such objects changes several. People
                                     who are not `active` have left
    GET  /_sandbox/departments       [{dept_id, name, parent_id, people}]: all departments, with the number of people
                                     directly in each
    POST /_sandbox/departments       {"dept_id": 50, "name": ..., "parent_id": 20} changes or adds a department;
                                     {"dept_id": 50, "removed": true} removes it: its people keep the id
    GET  /_sandbox/endpoints         [{api, method, path}]: all that the sandbox serves
    GET  /_sandbox/messages?limit=   [{userid, body, task_id, time, time_ms, read, recalled}], newest last: all
                                     delivered messages, including recalled messages. A message that refers to uploaded
                                     files has `media` as well: [{media_id, kind, name, size, sha256}]
    GET  /_sandbox/cards?limit=      [{out_track_id, template_id, callback_type, time, time_ms, public, private,
                                     updates, deliveries: [{userid, carrier_id, time, time_ms, opened, received,
                                     shown}]}], newest last: all cards. `received` is what the card showed to the
                                     person when it was delivered, `shown` what the card shows now; `&out_track_id=`
                                     selects a card, `&userid=` the cards of a person
    GET  /_sandbox/cards/templates   [{template_id, private, variables, actions, published, foreign}]: all templates
    POST /_sandbox/cards/templates   {"template_id": "my.schema", "private": ["hours"], "variables": [...], "actions":
                                     {"ok": "OK"}, "published": false, "foreign": true} adds or replaces a template,
                                     with its private variables, all its variables (by default any) and its own
                                     buttons; all fields but the id are optional. {"template_id": ..., "removed": true}
                                     removes the template
    GET  /_sandbox/cards/presses?limit= [{number, press_id, out_track_id, userid, action_ids, params, status, channel,
                                     pushes, time, time_ms, answered_ms, answer}], newest last: all presses. `status` is
                                     "planned", "not offered" (by the card, when it was due), "lost" (not reported),
                                     "pressed", "answered", "late", "unreadable" or "unanswered" (for good); `press_id`
                                     is the message id over Stream
    POST /_sandbox/cards/press       {"share": 0.8, "answers": {"yes": 2, "no": 1}, "over_s": 60, "seed": 1, "twice":
                                     0.1} lets this share of all who received a card press their newest card within a
                                     minute, many soon and some late, one in ten twice; returns {"planned": n}.
                                     "userids": [...] names the people instead; "out_track_id" or "out_track_ids"
                                     select cards. Without "answers", each person presses one of the card's buttons or
                                     fills in the card's form; "form": {name: value} sets fields. "after_s" starts
                                     later, "format" is the format of the callback: "content" or "value". "action_ids"
                                     and "params" give a press as it is reported; with "force": true the press is
                                     reported even if the card does not offer it, the person never received the card,
                                     or the card does not exist
    GET  /_sandbox/media             [{media_id, kind, name, size, sha256, time, time_ms, expired}]: all uploads
    GET  /_sandbox/media?media_id=   the file itself; beyond 2 GB in all, the oldest files were deleted
    POST /_sandbox/media/expire      {"media_ids": [id, ...]} lets media ids expire now; {} lets all media ids expire
    GET  /_sandbox/calls?limit=      [{method, path, time, time_ms, code, people, fault}], newest last: all calls of
                                     DingTalk's APIs; `code` is "0" or an error code, `fault` the injected faults. If
                                     the call was executed, `code` is its result, even if the result was not sent
    GET  /_sandbox/stats             {sandbox: "dingnb", version, id, app_key, agent_id, users, calls, ...}
    POST /_sandbox/reset             deletes tokens, tasks, cards, media, calls, usage counts, faults, callbacks and
                                     sessions, ends the connections of Stream, undoes changes of people and
                                     departments, and assigns a new id; the time is unchanged
    POST /_sandbox/tokens/revoke     revokes all tokens; the next token call issues a new one
    GET  /_sandbox/clock             {now, now_ns, stopped}
    POST /_sandbox/clock             {"now_ns": n} or {"now": "2026-11-02T09:00:00+08:00"} or {"advance_s": s} sets or
                                     moves the time, including the `Date` header; {"at_least_ns": n} never sets the
                                     time back; "stopped": true, in addition, stops the time

    GET    /_sandbox/faults          [{fault, path, nth, ..., matched, injected}]: the fault rules, each with the number
                                     of matching calls and of injections
    POST   /_sandbox/faults          {"fault": "drop_after", "path": "/asyncsend_v2", "nth": 3} adds a rule and
                                     returns all rules; see `dingnb.sandbox.faults`. {"clear": true} removes all
    DELETE /_sandbox/faults          removes all fault rules

    POST /_sandbox/events            emits an event, or a list of events, to all subscribed channels; returns
                                     {"events": [{type, event_id, channels, waiting, data}]}, where `waiting` is true
                                     if the event waits for a client of Stream. Missing fields are filled in:
                                     {"type": "user_leave_org", "data": {"userId": ["manager0001"]}}, optionally with
                                     event_id, time, corp_id and format (over HTTP: "legacy", "console" or "stream");
                                     {"robot_message": {"text": "hi", "from": "manager0001", "group": "Team"}};
                                     {"card_callback": {"params": {}, "action_ids": ["1"], "from": "manager0001"}}
    GET  /_sandbox/replies?limit=    [{conversation_id, userid, body, time, time_ms}], newest last: replies of robots
                                     through a `sessionWebhook`, and their recipients; `media` as for messages
    GET  /_sandbox/callbacks         {callback, console, arrived, on_their_way, failed}: URL and tags of the registered
                                     callback and of the developer console's callback, and the state of deliveries
    GET  /_sandbox/phone?userid=     a web page: what this person has received, as on a phone, newest last. Opening the
                                     page marks messages as read; cards and forms can be pressed. `&lang=` is "zh" or
                                     "en", by default the browser's language
    GET  /_sandbox/phone/link?userid= {url}: the address of the page for a frame in a notebook, with a secret
    GET  /_sandbox/phone/messages?userid= {state, now, messages}: what the page shows; with `&known=`, a `state`,
                                     {"state"} alone if nothing has changed
    POST /_sandbox/phone/read        {"userid": ..., "ids": [id, ...]} marks messages as read
    POST /_sandbox/phone/press       {"userid": ..., "out_track_id": ..., "action_id": "yes"} presses a button, with
                                     "form": {name: value} instead submits the form; returns {"number"} of the press
    POST /_sandbox/console_callback  {"url", "token", "aes_key"} sets the callback of the developer console, optionally
                                     with "call_back_tag": [...]; the owner is the app key. {"url": null} removes it
    GET  /_sandbox/stream?limit=     {connections, waiting, unacknowledged, acknowledged, given_up, dropped, unreadable,
                                     acknowledgements}: the connections of Stream, waiting and unacknowledged pushes,
                                     counts, and the clients' acknowledgements, newest last
    POST /_sandbox/stream/disconnect {"how": "frame"} ends all connections as DingTalk does, after a frame; "close"
                                     closes and "reset" resets the connections; "connections": [id, ...] selects some

`limit=n` returns the first n users, or the newest n items of any other list; without a value there is no limit. Invalid
requests are answered with status 400 and ``{"error": ...}``.
"""

import mimetypes
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, get_args

from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.sandbox.apis import new_api_routes, old_api_routes, phone
from dingnb.sandbox.apis.callbacks import read_console_subscription
from dingnb.sandbox.arguments import refuse_argument
from dingnb.sandbox.events.callbacks import loopback_addresses
from dingnb.sandbox.events.event_requests import emit
from dingnb.sandbox.events.gateway import DisconnectMode
from dingnb.sandbox.events.press_requests import plan_presses
from dingnb.sandbox.organisation import check_person_change
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import RefusedError, Response
from dingnb.sandbox.web.trusted_hosts import CONTROL_CONTENT_TYPE
from dingnb.words import Text, join_sentences, say

PREFIX = "/_sandbox/"

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MAX_DIGITS = 12
_DISCONNECT_MODES = get_args(DisconnectMode)
_LAST_YEAR = 2261
_END_NS = int(datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * NS_PER_S
"""The end of the last year in which databases, whose integers have 64 bits, can store times in nanoseconds."""


def respond(state: SandboxState, request: Request) -> Response:
    """Return the control API's response to a request."""
    handlers = _ROUTES.get(request.path.removeprefix(PREFIX))
    if handlers is None:
        return error(404, say("sandbox.no_path", path=request.path))
    handle = handlers.get(request.method)
    if handle is None:
        return error(405, say("sandbox.methods", path=request.path, methods=", ".join(sorted(handlers))))
    if request.method == "POST" and request.media_type != CONTROL_CONTENT_TYPE:
        return error(415, say("sandbox.not_json", path=request.path, given=request.media_type or "-"))
    try:
        return _to_response(handle(state, request))
    except InputError as refused:
        return error(400, join_sentences([refused.what, refused.hint]))


def _to_response(found: Any) -> Response:  # noqa: ANN401 - any JSON
    return found if isinstance(found, Response) else Response(found)


def endpoints() -> list[tuple[str, str]]:
    """Return the method and the path of each call."""
    return [(method, PREFIX + name) for name, handlers in _ROUTES.items() for method in handlers]


def error(status: int, text: str) -> Response:
    """Return an error of the control API."""
    return Response({"error": text}, str(status), status)


def _limit(request: Request) -> int | None:
    text = request.query.get("limit", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        refuse_argument("request", "limit", text, Text("expected.not_negative"))
    return int(text)


def _users(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.users(_limit(request))


def _change_users(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    content = _read_json(request)
    changes = [_read_change(change) for change in (content if isinstance(content, list) else [content])]
    for userid, fields in changes:
        state.change_person(userid, fields)
    return {"changed": len(changes)}


def _read_change(change: object) -> tuple[str, dict[str, Any]]:
    """Return the userid and the fields of a change of a person."""
    fields = dict(change) if isinstance(change, dict) else {}
    userid = fields.pop("userid", None)
    check_person_change(userid, fields)
    return userid, fields


def _departments(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.departments()


def _change_department(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_object(request)
    number, name, parent = fields.get("dept_id"), fields.get("name"), fields.get("parent_id")
    is_removed = fields.get("removed", False)
    is_valid = (name is None or isinstance(name, str)) and (parent is None or type(parent) is int)
    is_valid = is_valid and isinstance(is_removed, bool)
    if type(number) is not int or not is_valid or not set(fields) <= {"dept_id", "name", "parent_id", "removed"}:
        refuse_argument("request", "body", fields, Text("expected.department_change"))
    if is_removed:
        state.remove_department(number)
    else:
        state.change_department(number, name, parent)
    return state.departments()


def _messages(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.messages(_limit(request))


def _cards(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.shown_cards(_limit(request), request.query.get("out_track_id", ""), request.query.get("userid", ""))


def _templates(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return [template.to_json() for template in state.cards.templates()]


def _change_template(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_object(request)
    template_id, is_removed = fields.pop("template_id", None), fields.pop("removed", False)
    kinds = {"private": list, "variables": list, "actions": dict, "published": bool, "foreign": bool}
    is_valid = isinstance(template_id, str) and template_id and isinstance(is_removed, bool)
    is_valid = is_valid and all(name in kinds and isinstance(value, kinds[name]) for name, value in fields.items())
    if not is_valid or not all(isinstance(text, str) for text in _texts_of(fields)):
        refuse_argument("request", "body", {"template_id": template_id, **fields}, Text("expected.template"))
    state.cards.set_template(template_id, None if is_removed else fields)
    return _templates(state, request)


def _presses(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.shown_presses(_limit(request))


def _press(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return {"planned": len(plan_presses(state, _read_object(request), request.now_ns))}


def _texts_of(fields: dict[str, Any]) -> list[Any]:
    """Return what must be text in the fields of a template."""
    labels = fields.get("actions", {})
    return [*fields.get("private", ()), *fields.get("variables", ()), *labels, *labels.values()]


def _endpoints(_state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    apis = {
        "old": old_api_routes.endpoints(),
        "new": new_api_routes.endpoints(),
        "stream": [("GET", "/connect")],
        "control": endpoints(),
    }
    return [{"api": api, "method": method, "path": path} for api, calls in apis.items() for method, path in calls]


def _media(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    media_id = request.query.get("media_id", "")
    if not media_id:
        return state.uploads()
    medium = state.media.find(media_id)
    content = None if medium is None else state.media.content(medium)
    if medium is None or content is None:
        return error(404, say("sandbox.no_file", media_id=short_repr(media_id)))
    mime = mimetypes.guess_type(medium.name)[0] or "application/octet-stream"
    # In a browser, scripts in an uploaded file must not run.
    return Response({}, page=content, media_type=mime, headers={"content-security-policy": "sandbox"})


def _expire_media(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    all_ids = [medium.media_id for medium in state.media.all()]
    media_ids = _read_object(request).get("media_ids", all_ids)
    if not isinstance(media_ids, list) or not set(map(str, media_ids)) <= set(all_ids):
        refuse_argument("request", "media_ids", media_ids, Text("expected.media_ids"))
    state.media.expire(media_ids)
    return {"expired": len(media_ids)}


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
    fields = _read_object(request)
    if fields == {"clear": True}:
        return _clear_faults(state, request)
    state.faults.add(fields.pop("fault", None), **fields)
    return state.faults.rules()


def _clock(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    now_ns = state.time.now_ns()
    return {"now": state.time.to_iso(now_ns), "now_ns": now_ns, "stopped": state.time.is_stopped}


def _set_clock(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_object(request)
    stopped = fields.pop("stopped", False)
    if not isinstance(stopped, bool) or len(fields) != 1:
        refuse_argument("request", "body", {**fields, "stopped": stopped}, Text("expected.clock"))
    [(name, value)] = fields.items()
    now_ns = _read_time(name, value, state.time.now_ns())
    if not 0 <= now_ns < _END_NS:
        refuse_argument("request", name, value, Text("expected.years", last=_LAST_YEAR))
    state.set_time(now_ns, stopped=stopped)
    return _clock(state, request)


def _read_json(request: Request) -> Any:  # noqa: ANN401 - any JSON
    try:
        return request.json()
    except ValueError as error:
        raise InputError(Text("sandbox.invalid_json", error=error)) from None


def _read_object(request: Request) -> dict[str, Any]:
    fields = _read_json(request)
    if not isinstance(fields, dict):
        refuse_argument("request", "body", fields, Text("expected.object"))
    return fields


def _read_time(name: str, value: object, now_ns: int) -> int:
    if name == "now" and isinstance(value, str):
        return _parse_iso(value)
    if name in {"now_ns", "at_least_ns"} and isinstance(value, int) and not isinstance(value, bool):
        return value if name == "now_ns" else max(value, now_ns)
    if name != "advance_s" or not isinstance(value, int | float) or isinstance(value, bool):
        refuse_argument("request", name, value, Text("expected.clock"))
    try:
        advance_ns = seconds_to_ns(value)
    except (OverflowError, ValueError):
        advance_ns = None
    if advance_ns is None:
        refuse_argument("request", name, value, Text("expected.duration"))
    return now_ns + advance_ns


def _parse_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        refuse_argument("request", "now", text, Text("expected.iso_time"))
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def _replies(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.replies(_limit(request))


def _emit(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return {"events": emit(state, _read_json(request), request.now_ns)}


def _callbacks(state: SandboxState, _request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.callbacks.to_json()


def _set_console_callback(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_object(request)
    subscription = None
    if fields.get("url", "") is not None:
        try:
            subscription = read_console_subscription(fields, state.settings.app_key)
        except RefusedError as refused:
            raise InputError(Text("sandbox.refused_callback", message=refused.response.body["errmsg"])) from None
        if not loopback_addresses(subscription.url):
            refuse_argument("request", "url", subscription.url, Text("expected.local_url"))
    state.subscribe("console", subscription)
    return state.callbacks.to_json()


def _stream(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    return state.stream.to_json(state.time.to_iso, _limit(request))


def _disconnect(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_object(request)
    mode, ids = fields.get("how", "frame"), fields.get("connections")
    if mode not in _DISCONNECT_MODES or not (
        ids is None or (isinstance(ids, list) and all(isinstance(connection_id, str) for connection_id in ids))
    ):
        refuse_argument("request", "body", fields, Text("expected.disconnect", modes=", ".join(_DISCONNECT_MODES)))
    return {"disconnected": state.stream.disconnect(mode, ids, request.now_ns)}


_Handler = Callable[[SandboxState, Request], Any]

_ROUTES: dict[str, dict[str, _Handler]] = {
    "users": {"GET": _users, "POST": _change_users},
    "departments": {"GET": _departments, "POST": _change_department},
    "messages": {"GET": _messages},
    "cards": {"GET": _cards},
    "cards/templates": {"GET": _templates, "POST": _change_template},
    "cards/presses": {"GET": _presses},
    "cards/press": {"POST": _press},
    "endpoints": {"GET": _endpoints},
    "media": {"GET": _media},
    "media/expire": {"POST": _expire_media},
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
    **phone.ROUTES,
}
