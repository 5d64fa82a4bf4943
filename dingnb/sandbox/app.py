"""The sandbox as an ASGI application: reads a request, lets the right room answer, records the call."""

import json
from email.utils import formatdate
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dingnb.clock import NS_PER_S, Clock, SystemClock
from dingnb.sandbox import api, control, oapi
from dingnb.sandbox.answers import Answer, banned
from dingnb.sandbox.request import Request
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import Call, SandboxState

_NEW_API = ("/v1.0/", "/v2.0/")


def create_app(settings: SandboxSettings | None = None, clock: Clock | None = None) -> ASGIApp:
    """
    Return a sandbox as an ASGI application, for a server of the caller's.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        clock: Where its time comes from; the default is the computer.
    """
    return app_of(SandboxState(settings or SandboxSettings(), clock or SystemClock()))


def app_of(state: SandboxState) -> ASGIApp:
    """Return the ASGI application of a sandbox's state."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        http = HttpRequest(scope, receive)
        try:
            body = await http.body()
        except ClientDisconnect:
            return
        response = _respond(state, http, body)
        await response(scope, receive, send)

    return app


def _respond(state: SandboxState, http: HttpRequest, body: bytes) -> Response:
    with state.lock:
        now_ns = state.time.now_ns()
        request = Request(
            method=http.method,
            path=http.scope["path"],
            query=dict(parse_qsl(http.scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in http.scope["headers"]},
            body=body,
            address=http.client.host if http.client else "",
            now_ns=now_ns,
        )
        state.tasks.settle(now_ns)
        if request.path.startswith(control.PREFIX):
            answer = control.answer(state, request)
        else:
            answer = _answer(state, request)
            state.record(
                Call(now_ns, request.method, request.path, answer.code, answer.people), throttled=answer.throttled
            )
        date = formatdate(state.time.now_ns() // NS_PER_S, usegmt=True)
        content = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    headers = {"date": date, "content-type": "application/json;charset=utf-8"}
    return Response(content, answer.status, headers)


def _answer(state: SandboxState, request: Request) -> Answer:
    if state.call_limits.ban(request.address, request.now_ns):
        return banned(state.request_id(request.path, request.body))
    if request.path.startswith(_NEW_API):
        return api.answer(state, request)
    return oapi.answer(state, request)
