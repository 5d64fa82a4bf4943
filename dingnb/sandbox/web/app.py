"""
The sandbox as an ASGI application: reads requests, routes them to an API, and records the calls.

Faults are injected here because every call passes through this module.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from email.utils import formatdate
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dingnb.asgi_server import server_url
from dingnb.clock import NS_PER_S, Clock, SystemClock
from dingnb.sandbox.apis import callbacks, control, new_api_routes, old_api_routes, phone
from dingnb.sandbox.faults import NO_FAULT, Injection
from dingnb.sandbox.records import Call
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web import stream_socket
from dingnb.sandbox.web.connection import Connection, connection_of, end_connection
from dingnb.sandbox.web.fault_responses import respond_with_fault
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import Response, ban_response
from dingnb.sandbox.web.trusted_hosts import reason_to_refuse


def create_app(
    settings: SandboxSettings | None = None, clock: Clock | None = None, hosts: Collection[str] = ()
) -> ASGIApp:
    """
    Return a sandbox as an ASGI application, to run on the caller's own server.

    Args:
        settings: The sandbox's settings; by default `SandboxSettings()`.
        clock: The source of the sandbox's time; by default the computer's.
        hosts: Accepted host names and addresses, besides ``localhost`` and the address on which the server listens.
            Requests with another `Host` header are refused.
    """
    return build_app(SandboxState(settings or SandboxSettings(), clock or SystemClock()), hosts)


def build_app(state: SandboxState, hosts: Collection[str]) -> ASGIApp:
    """Return the ASGI application for a sandbox's state; `hosts` as in `create_app`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return
        reason = reason_to_refuse(scope, hosts, checks_origin=not phone.may_be_framed(state, scope))
        if scope["type"] == "websocket":
            await stream_socket.connect(state, scope, receive, send, is_foreign=bool(reason))
        elif reason:
            await _refuse(state, reason, scope, receive, send)
        else:
            await _respond(state, scope, receive, send)

    return app


async def _refuse(state: SandboxState, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request that may come from a foreign web page, without recording it."""
    with suppress(ClientDisconnect):
        await HttpRequest(scope, receive).body()
        await _to_http_response(state, control.error(403, reason))(scope, receive, send)


async def _respond(state: SandboxState, scope: Scope, receive: Receive, send: Send) -> None:
    http = HttpRequest(scope, receive)
    connection = connection_of(scope, Connection)
    is_control = scope["path"].startswith(control.PREFIX)
    if connection is not None:
        connection.record_request(is_control=is_control, changes=is_control and scope["method"] != "GET")
    try:
        body = await http.body()
    except ClientDisconnect:
        return
    if not is_control and _is_port_closed(state, connection):
        await end_connection(connection, receive, reset=False)
        return
    outcome = await _process(state, http, body, is_control=is_control)
    if outcome.injection.delay_ns:
        await state.time.wait_async(outcome.injection.delay_ns)
    if outcome.injection.refuse_ns and state.faults.port is not None:
        state.faults.port.close(outcome.injection.refuse_ns)
    if outcome.injection.refuse_ns or is_control:
        # Idle connections end in the next iteration of the event loop: before the caller receives the response.
        await asyncio.sleep(0)
    if outcome.response.ending != "response":
        await end_connection(connection, receive, reset=outcome.response.ending == "reset")
    else:
        response = _to_http_response(state, outcome.response)
        if connection is not None and connection.is_last_response:
            response.headers["connection"] = "close"
        await response(scope, receive, send)


class _Outcome(NamedTuple):
    """The response to a request, and the faults to inject into it."""

    response: Response
    injection: Injection


def _is_port_closed(state: SandboxState, connection: Connection | None) -> bool:
    """Return whether the port is closed, so that calls over connections that are still open must be refused."""
    port = state.faults.port
    return port is not None and port.is_closed and connection is not None and not connection.is_last_response


async def _process(state: SandboxState, http: HttpRequest, body: bytes, *, is_control: bool) -> _Outcome:
    with state.lock:
        request = _read_request(state, http, body)
        injection = NO_FAULT if is_control else state.faults.inject(request.path, request.now_ns)
        check_url = None if is_control or not _executes(injection) else callbacks.url_check_for(state, request)
    if check_url is not None:
        await asyncio.to_thread(check_url)
        request = replace(request, now_ns=state.time.now_ns())
    with state.lock:
        state.tasks.finish_due(request.now_ns)
        response = control.respond(state, request) if is_control else _respond_to_call(state, request, injection)
        state.commit(request.now_ns)
    return _Outcome(response, injection)


def _read_request(state: SandboxState, http: HttpRequest, body: bytes) -> Request:
    if not state.base_url and http.scope.get("server"):
        # The sandbox's own server sets the URL when it starts; another server does not.
        state.base_url = server_url(*http.scope["server"])
    return Request(
        method=http.method,
        path=http.scope["path"],
        query=dict(parse_qsl(http.scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in http.scope["headers"]},
        body=body,
        address=http.client.host if http.client else "",
        now_ns=state.time.now_ns(),
    )


def _executes(injection: Injection) -> bool:
    """Return whether a call with these faults is executed."""
    return injection.rule is None or injection.rule.executes


def _respond_to_call(state: SandboxState, request: Request, injection: Injection) -> Response:
    rule = injection.rule
    if rule is None:
        sent = recorded = _execute(state, request)
    else:
        real = _execute(state, request) if rule.executes else None
        sent = respond_with_fault(state, request, rule.fault, injection.until_ns, real)
        recorded = sent if real is None else real
    call = Call(request.now_ns, request.method, request.path, recorded.code, recorded.people, injection.names)
    state.record_call(call, throttled=recorded.throttled)
    return sent


def _to_http_response(state: SandboxState, response: Response) -> HttpResponse:
    date = formatdate(state.time.now_ns() // NS_PER_S, usegmt=True)
    headers = {"date": date, "content-type": response.media_type, **response.headers}
    return HttpResponse(response.content, response.status, headers)


def _execute(state: SandboxState, request: Request) -> Response:
    if not state.call_usage.admit_address(request.address, request.now_ns):
        return ban_response(state.request_id(request.path, request.body))
    if request.path.startswith(new_api_routes.PREFIXES):
        return new_api_routes.respond(state, request)
    return old_api_routes.respond(state, request)
