"""
The TOP gateway, ``/router/rest``: an older way to call the old API, with arguments in the query or a form.

The gateway has an envelope of its own: ``{"<method>_response": {...}}`` or ``{"error_response": {...}}``. DingTalk no
longer documents the responses: everything except the envelope is an assumption, based on clients that still use the
gateway.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from dingnb.sandbox.apis import work_notifications
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Arguments, Request
from dingnb.sandbox.web.responses import Response

PATH = "/router/rest"

_Handler = Callable[[SandboxState, Arguments, int], Response]

_GATEWAY_ARGUMENTS = (
    "method",
    "session",
    "timestamp",
    "format",
    "v",
    "simplify",
    "partner_id",
    "app_key",
    "sign",
    "sign_method",
)
"""Arguments of the gateway itself."""

_GATEWAY_ERRORS = (15, 22, 41, 88)
"""Codes that a call reports as the gateway's own error; an error with any other code is within the call's response."""

_ITEM_TYPES = {"forbidden_list": "send_forbidden_model", "invalid_dept_id_list": "number"}
"""The types of items in DingTalk's SDK, by the name of the list."""


def _async_send(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer the predecessor of ``asyncsend_v2``, which takes the message in two arguments."""
    kind = arguments.text("msgtype")
    message = {"msgtype": kind, kind: arguments.message("msgcontent")}
    return work_notifications.send(state, arguments.with_value("msg", message), now_ns)


TOP_ONLY_METHODS: Final[Mapping[str, _Handler]] = {
    "dingtalk.corp.message.corpconversation.asyncsend": _async_send,
    "dingtalk.corp.message.corpconversation.getsendprogress": work_notifications.progress,
    "dingtalk.corp.message.corpconversation.getsendresult": work_notifications.result,
}
"""Methods that only this gateway has. The content of their responses is in `result`."""


def respond(state: SandboxState, request: Request, call: Callable[[str, str, Arguments], Response]) -> Response:
    """
    Return the gateway's response.

    Args:
        state: The sandbox.
        request: The request.
        call: Checks the token and the limits and makes a call of the old API, given by name, token and arguments.
    """
    parameters = {**request.query, **(request.form() if request.is_form else {})}
    method = parameters.get("method", "")
    request_id = state.request_id(request.path, f"{sorted(parameters.items())}".encode(errors="replace"))
    if not method:
        return envelop_error(Response({"errcode": 21, "errmsg": "Missing Method"}, "21"), request_id)
    if parameters.get("format", "json") != "json":
        body = {"errcode": 41, "errmsg": "Invalid arguments:format", "sub_msg": "this sandbox answers in json only"}
        return envelop_error(Response(body, "41"), request_id)
    arguments = Arguments(
        {name: text for name, text in parameters.items() if name not in _GATEWAY_ARGUMENTS}, from_form=True
    )
    response = call(method, parameters.get("session", ""), arguments)
    if response.body.get("errcode") in _GATEWAY_ERRORS:
        return envelop_error(response, request_id)
    simplified = parameters.get("simplify") == "true"
    body = _wrap_result(response) if method in TOP_ONLY_METHODS else response.body
    is_typed = not simplified and state.settings.top_lists == "typed"
    content = {**(_with_typed_lists(body) if is_typed else body), "request_id": request_id}
    return replace(response, body=content if simplified else {f"{method.replace('.', '_')}_response": content})


def envelop_error(response: Response, request_id: str) -> Response:
    """Return an error of the old API in the envelope of this gateway."""
    body = dict(response.body)
    error = {"code": body.pop("errcode"), "msg": body.pop("errmsg"), **body, "request_id": request_id}
    return replace(response, body={"error_response": error})


def _wrap_result(response: Response) -> dict[str, Any]:
    body = {name: value for name, value in response.body.items() if name not in {"errcode", "errmsg"}}
    code = response.body.get("errcode", 0)
    result = {"ding_open_errcode": code, "error_msg": response.body.get("errmsg", ""), "success": code == 0, **body}
    return {"result": result}


def _with_typed_lists(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the content of a response with each list in an object that names the type of its items.

    A list of objects of an unknown type stays as it is. An empty list of an unknown type counts as a list of texts.
    """
    if not isinstance(value, dict):
        return value
    return {
        name: _typed_list(name, item) if isinstance(item, list) else _with_typed_lists(item)
        for name, item in value.items()
    }


def _typed_list(name: str, items: list[Any]) -> dict[str, list[Any]] | list[Any]:
    if name in _ITEM_TYPES:
        return {_ITEM_TYPES[name]: items}
    if any(isinstance(item, dict) for item in items):
        return items
    return {"number" if items and isinstance(items[0], int) else "string": items}
