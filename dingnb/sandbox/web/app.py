"""
The sandbox as an ASGI application: reads a request, lets the right room answer, records the call.

Faults strike here, the one place through which each call goes.
"""

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dingnb.clock import NS_PER_S, Clock, SystemClock
from dingnb.sandbox.apis import callbacks, control, new_api, oapi
from dingnb.sandbox.calls import Call
from dingnb.sandbox.faults.answers import NEW_API, faulty
from dingnb.sandbox.faults.faults import NOTHING, Strike
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web import stream_socket
from dingnb.sandbox.web.answers import Answer, banned
from dingnb.sandbox.web.connection import Connection, connection_of, end
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.trusted_hosts import reason_to_refuse


def create_app(
    settings: SandboxSettings | None = None, clock: Clock | None = None, hosts: Collection[str] = ()
) -> ASGIApp:
    """
    Return a sandbox as an ASGI application, for a server of the caller's.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        clock: Where its time comes from; the default is the computer.
        hosts: Names and addresses under which it answers, besides ``localhost`` and the address that the server
            listens on. Requests that name another one in `Host` are refused.
    """
    return app_of(SandboxState(settings or SandboxSettings(), clock or SystemClock()), hosts)


def app_of(state: SandboxState, hosts: Collection[str]) -> ASGIApp:
    """Return the ASGI application of a sandbox's state; `hosts` as for `create_app`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return
        reason = reason_to_refuse(scope, hosts)
        if scope["type"] == "websocket":
            await stream_socket.connect(state, scope, receive, send, is_foreign=bool(reason))
        elif reason:
            await _refuse(state, reason, scope, receive, send)
        else:
            await _respond(state, scope, receive, send)

    return app


async def _refuse(state: SandboxState, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request that may come from a foreign web page; it leaves no trace."""
    with suppress(ClientDisconnect):
        await HttpRequest(scope, receive).body()
        await _response(state, control.error(403, reason))(scope, receive, send)


async def _respond(state: SandboxState, scope: Scope, receive: Receive, send: Send) -> None:
    http = HttpRequest(scope, receive)
    connection = connection_of(scope, Connection)
    is_control = _is_control(scope, connection)
    try:
        body = await http.body()
    except ClientDisconnect:
        return
    if not is_control and _is_shut_out(state, connection):
        await end(connection, receive, reset=False)
        return
    outcome = await _outcome(state, http, body, is_control=is_control)
    if outcome.strike.delay_ns:
        await state.time.hold(outcome.strike.delay_ns)
    if outcome.strike.shut_ns and state.faults.door is not None:
        state.faults.door.shut(outcome.strike.shut_ns)
    if outcome.strike.shut_ns or is_control:
        # Idle connections that are to end do so in the loop's next round, and so before the caller knows.
        await asyncio.sleep(0)
    if outcome.answer.ending != "answer":
        await end(connection, receive, reset=outcome.answer.ending == "reset")
    else:
        response = _response(state, outcome.answer)
        if connection is not None and connection.is_last_answer:
            response.headers["connection"] = "close"
        await response(scope, receive, send)


class _Outcome(NamedTuple):
    """What becomes of a request."""

    answer: Answer
    strike: Strike


def _is_control(scope: Scope, connection: Connection | None) -> bool:
    """Return whether a request is one of the control API, and note it with its connection."""
    is_control: bool = scope["path"].startswith(control.PREFIX)
    if connection is not None:
        connection.comes(is_control=is_control, changes=is_control and scope["method"] != "GET")
    return is_control


def _is_shut_out(state: SandboxState, connection: Connection | None) -> bool:
    """Tell whether a call comes through a connection that is open in spite of the closed port."""
    door = state.faults.door
    return door is not None and door.is_shut and connection is not None and not connection.is_last_answer


async def _outcome(state: SandboxState, http: HttpRequest, body: bytes, *, is_control: bool) -> _Outcome:
    with state.lock:
        request = _request(state, http, body)
        strike = NOTHING if is_control else state.faults.strike(request.path, request.now_ns)
        check = None if is_control or not _executes(strike) else callbacks.check_of(state, request)
    if check is not None:
        found = await asyncio.to_thread(check)
        request = replace(request, found=found, now_ns=state.time.now_ns())
    with state.lock:
        state.tasks.settle(request.now_ns)
        answer = control.answer(state, request) if is_control else _call(state, request, strike)
        state.commit(request.now_ns)
    return _Outcome(answer, strike)


def _request(state: SandboxState, http: HttpRequest, body: bytes) -> Request:
    if not state.base_url and http.scope.get("server"):
        # Under another server than the sandbox's own.
        state.base_url = "http://{}:{}".format(*http.scope["server"])
    return Request(
        method=http.method,
        path=http.scope["path"],
        query=dict(parse_qsl(http.scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in http.scope["headers"]},
        body=body,
        address=http.client.host if http.client else "",
        now_ns=state.time.now_ns(),
    )


def _executes(strike: Strike) -> bool:
    """Tell whether a call is worked on."""
    return strike.rule is None or strike.rule.executes


def _call(state: SandboxState, request: Request, strike: Strike) -> Answer:
    rule = strike.rule
    true = _answer(state, request) if _executes(strike) else None
    given = true if true is not None and rule is None else faulty(state, request, strike, true)
    known = given if true is None else true
    call = Call(request.now_ns, request.method, request.path, known.code, known.people, strike.names)
    state.record(call, throttled=known.throttled)
    return given


def _response(state: SandboxState, answer: Answer) -> Response:
    content = answer.page
    if content is None:
        content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    date = formatdate(state.time.now_ns() // NS_PER_S, usegmt=True)
    return Response(content, answer.status, {"date": date, "content-type": answer.media_type})


def _answer(state: SandboxState, request: Request) -> Answer:
    if state.call_limits.ban(request.address, request.now_ns):
        return banned(state.request_id(request.path, request.body))
    if request.path.startswith(NEW_API):
        return new_api.answer(state, request)
    return oapi.answer(state, request)
