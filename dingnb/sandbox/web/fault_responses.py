"""
The responses to calls with injected faults, which replace the real responses (docs/dingtalk.md, "Error bodies").

Faults in calls of the new API have the new API's error format. The code for a busy server is documented only for cards,
and assumed elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Literal
from uuid import UUID

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.sandbox.apis import new_api_routes, old_api_routes, top
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import (
    ERROR_TEXTS,
    Response,
    ban_response,
    gateway_error,
    new_api_error,
    timeout_error,
    unwrap_gateway_error,
)

_CARD_PREFIX = "/v1.0/card/"

_PAGES = {
    "502": "Bad Gateway",
    "504": "Gateway Time-out",
    "html": "Sign in to this network",
    "ban_page": "Access denied",
}
_STATUSES = {"html": 200, "ban_page": 403}
"""HTTP statuses of pages; the status for a ban is an assumption."""

_STRANGER_COUNT = 2
"""The number of people added to a result."""

_ENDINGS: dict[str, Literal["close", "reset"]] = {
    "drop_before": "close",
    "drop_after": "close",
    "reset_before": "reset",
    "reset_after": "reset",
}
"""How connections end without a response."""


def respond_with_fault(
    state: SandboxState, request: Request, fault: str, until_ns: int, real: Response | None
) -> Response:
    """
    Return the response to a call with an injected fault.

    Args:
        state: The sandbox's state.
        request: The call.
        fault: The fault, which replaces the real response.
        until_ns: The time at which the fault ends; 0 if it affects this call alone.
        real: The real response; None if the call was not executed.
    """
    if fault in _ENDINGS:
        return Response({}, "", ending=_ENDINGS[fault])
    if fault in _PAGES:
        return _page_response(fault)
    if fault == "truncated":
        whole = Response({}) if real is None else real
        return replace(whole, page=whole.content[: len(whole.content) // 2])
    if real is not None and fault in _ALTERATIONS:
        return _ALTERATIONS[fault](state, real)
    if fault == "ban":
        return ban_response(state.request_id(request.path, request.body))
    return _error_response(state, request, fault, until_ns)


def _error_response(state: SandboxState, request: Request, fault: str, until_ns: int) -> Response:
    """Return the error of a fault in the format of the called API."""
    if request.path.startswith(new_api_routes.PREFIXES):
        response = _new_api_response(request, fault, until_ns)
        response.body["requestid"] = str(UUID(bytes=state.request_digest(request.path, request.body))).upper()
        return response
    response = _old_api_response(state, request, fault, until_ns)
    request_id = state.request_id(request.path, request.body)
    if request.path == top.PATH:
        return top.envelop_error(response, request_id)
    response.body["request_id"] = request_id
    return response


def _stall_task(state: SandboxState, real: Response) -> Response:
    task_id = real.body.get("task_id")
    if task_id is not None:
        state.tasks.stall(task_id)
    return real


def _undo_deliveries(state: SandboxState, real: Response) -> Response:
    result = real.body.get("result")
    if not isinstance(result, dict) or "deliverResults" not in result:
        return real
    state.cards.undo_deliveries(result["outTrackId"], sum(delivery["success"] for delivery in result["deliverResults"]))
    return _page_response("504")


def _add_strangers(state: SandboxState, real: Response) -> Response:
    lists = real.body.get("send_result")
    if lists is None:
        return real
    named = {person for name, people in lists.items() if name.endswith("_user_id_list") for person in people}
    named |= {dropped["userid"] for dropped in lists["forbidden_list"]}
    others = islice(
        (person.userid for person in state.organisation.staff() if person.userid not in named), _STRANGER_COUNT
    )
    unread = [*others, *lists["unread_user_id_list"]]
    return replace(real, body={**real.body, "send_result": {**lists, "unread_user_id_list": unread}})


_ALTERATIONS = {"unfinished": _stall_task, "undelivered": _undo_deliveries, "strangers": _add_strangers}
"""The faults that change the effect or the content of the real response."""


def _page_response(fault: str) -> Response:
    status, title = _STATUSES.get(fault) or int(fault), _PAGES[fault]
    heading = title if fault == "html" else f"{status} {title}"
    page = (
        f"<html>\r\n<head><title>{heading}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Response({}, fault, status, page=page.encode(), media_type="text/html;charset=utf-8")


def _old_api_response(state: SandboxState, request: Request, fault: str, until_ns: int) -> Response:
    if fault == "busy":
        return Response({"errcode": -1, "errmsg": ERROR_TEXTS["-1"]}, "-1")
    if fault == "isp":
        return timeout_error()
    if fault == "month":
        return old_api_routes.monthly_quota_error(state, request.now_ns)
    if fault == "token":
        response = gateway_error("40014")
    elif fault == "ip_not_allowed":
        text = f"{ERROR_TEXTS['60020']},request ip={request.address} appKey({state.settings.app_key})"
        response = gateway_error("60020", text)
    elif fault == "throttled":
        response = old_api_routes.calls_per_second_error(state, old_api_routes.api_name_of(request.path))
    elif fault == "throttled_everybody":
        response = gateway_error(
            "90002",
            _throttling_text(old_api_routes.api_name_of(request.path), request.now_ns, until_ns),
            throttled=True,
        )
    else:
        raise _no_error_for(fault)
    return (
        response
        if old_api_routes.is_wrapped(request.path) or request.path == top.PATH
        else unwrap_gateway_error(response)
    )


_NEW_API_ERRORS: Mapping[str, Callable[[], Response]] = {
    "token": lambda: new_api_error(400, "InvalidAuthentication", ERROR_TEXTS["40014"]),
    "throttled": new_api_routes.calls_per_second_error,
    "month": new_api_routes.monthly_quota_error,
    "ip_not_allowed": lambda: new_api_error(403, "Forbidden.AccessDenied.IpNotInWhiteList", ERROR_TEXTS["60020"]),
}
"""The faults with the same error for all calls of the new API."""


def _new_api_response(request: Request, fault: str, until_ns: int) -> Response:
    if fault == "busy":
        return new_api_error(
            500, "system.busy" if request.path.startswith(_CARD_PREFIX) else "system.error", ERROR_TEXTS["-1"]
        )
    if fault == "isp":
        return _page_response("504")
    if fault == "throttled_everybody":
        text = _throttling_text(request.path, request.now_ns, until_ns)
        return new_api_error(403, "Forbidden.AccessDenied.QpsLimitForApi", text, throttled=True)
    if fault not in _NEW_API_ERRORS:
        raise _no_error_for(fault)
    return _NEW_API_ERRORS[fault]()


def _no_error_for(fault: str) -> ValueError:
    return ValueError(f"The fault {fault!r} is not an error of an API.")


def _throttling_text(api_name: str, now_ns: int, until_ns: int) -> str:
    now, until = (
        datetime.fromtimestamp(at_ns // NS_PER_S, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
        for at_ns in (now_ns, until_ns)
    )
    return (
        "当前所有钉钉应用调用该接口次数过多，超出了该接口承受的最大qps，请求被暂时限制了，建议错开整点时刻调用该接口, "
        f"apiPath({api_name}), 从 {now} 到 {now} 请求总次数超过 1200 次, 限制将在 {until} 结束."
    )
