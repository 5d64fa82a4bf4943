"""The old API, `oapi.dingtalk.com`: gateway and tokens (docs/dingtalk.md, "Hosts and generations")."""

from collections.abc import Callable

from dingnb.sandbox.apis import callbacks, contacts, media, robot, top, work_notifications
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Arguments, Request, read_arguments
from dingnb.sandbox.web.responses import (
    RefusedError,
    Response,
    gateway_error,
    not_served_text,
    service_error,
    success,
    unknown_method_error,
    unwrap_gateway_error,
)

_TOPAPI = "/topapi/"
_SCOPES = "/auth/scopes"
_QUOTA_FREE_PREFIXES = ("v2/user/", "user/", "v2/department/", "role/")


def respond(state: SandboxState, request: Request) -> Response:
    """Return the old API's response to a request."""
    is_gateway = request.path.startswith(_TOPAPI)
    try:
        response = _gateway(state, request) if is_gateway else _plain_path(state, request)
    except RefusedError as refused:
        response = refused.response
    if is_gateway:
        response.body["request_id"] = state.request_id(request.path, request.body)
    return response


def _plain_path(state: SandboxState, request: Request) -> Response:
    if request.path not in _PATHS:
        return service_error("404", not_served_text(request.path))
    methods, handle = _PATHS[request.path]
    if request.method not in methods:
        return service_error("43002" if "POST" in methods else "43001")
    return handle(state, request)


def endpoints() -> list[tuple[str, str]]:
    """Return the method and the path of each call."""
    plain_paths = [(method, path) for path, (methods, _) in _PATHS.items() for method in methods]
    return plain_paths + [("POST", _TOPAPI + name) for name in _METHODS]


def api_name_of(path: str) -> str:
    """Return the gateway's API name for a path."""
    return "dingtalk.oapi." + path.removeprefix(_TOPAPI).removeprefix("/").replace("/", ".")


def is_wrapped(path: str) -> bool:
    """Return whether the gateway wraps errors in 88 on a path."""
    return path.startswith(_TOPAPI) or path == _SCOPES


def calls_per_second_error(state: SandboxState, api_name: str) -> Response:
    """Return the error for too many calls in a second."""
    # The code is documented; its text is an assumption.
    text = f"应用调用该接口的qps超过限制,限制:{state.settings.limits.calls_per_second}次每秒,apiPath({api_name})"
    return gateway_error("90018", text, throttled=True)


def monthly_quota_error(state: SandboxState, now_ns: int) -> Response:
    """Return the error for a used-up monthly quota."""
    used, quota = state.call_usage.used_in_month(now_ns) + 1, state.settings.limits.calls_per_month
    text = f"您的企业本月api调用量已超过限制,调用量:{used}次,额度:{quota}次,请登录开发者后台-资源管理-查看用量明细"
    if state.settings.monthly_quota_error == "wrapped":
        return gateway_error("90020", text, throttled=True)
    return Response({"errcode": 90020, "errmsg": text}, "90020", throttled=True)


def _get_token(state: SandboxState, request: Request) -> Response:
    query = request.query
    if "corpid" in query and "appkey" not in query:
        return service_error("40089")
    if not (query.get("appkey") and query.get("appsecret")):
        return Response({"errcode": 40035, "errmsg": "缺少参数 corpid or appkey"}, "40035")
    if not state.tokens.accepts_credentials(query["appkey"], query["appsecret"]):
        return service_error("40096")
    token = state.tokens.issue(request.now_ns)
    return success(access_token=token, expires_in=state.settings.limits.token_life_s)


def _scopes(state: SandboxState, request: Request) -> Response:
    # Assumption: errors on this plain path have the gateway's format.
    _admit(state, request.old_api_token(), _SCOPES, api_name_of(_SCOPES), request.now_ns)
    # The root includes all departments and people.
    visible = {"authed_dept": sorted(state.settings.scope_departments), "authed_user": []}
    return success(auth_org_scopes=visible, auth_user_field=contacts.visible_fields(state), condition_field=[])


def _callbacks(state: SandboxState, request: Request) -> Response:
    _admit_directly(state, request.old_api_token(), request)
    return callbacks.respond(state, request)


def _upload(state: SandboxState, request: Request) -> Response:
    # Assumption: errors on this plain path are not wrapped in 88, as on `/call_back/*`.
    _admit_directly(state, request.old_api_token() or media.read_form_token(request), request)
    return media.upload(state, request)


def _gateway(state: SandboxState, request: Request) -> Response:
    method = request.path.removeprefix(_TOPAPI)
    api_name = api_name_of(request.path)
    handle = _METHODS.get(method)
    if handle is None:
        return unknown_method_error(api_name, request.path)
    if request.method != "POST":
        return service_error("43002")
    _admit(state, request.old_api_token(), method, api_name, request.now_ns)
    contacts.refuse_without_permission(state, method)
    return handle(state, read_arguments(request), request.now_ns)


def _top(state: SandboxState, request: Request) -> Response:
    def call(name: str, token: str, arguments: Arguments) -> Response:
        method = _METHODS_BY_NAME.get(name, "")
        handle = _METHODS.get(method) or top.TOP_ONLY_METHODS.get(name)
        if handle is None:
            return unknown_method_error(name, f"{name} at {top.PATH}")
        try:
            _admit(state, token, method, name, request.now_ns)
            contacts.refuse_without_permission(state, method)
            return handle(state, arguments, request.now_ns)
        except RefusedError as refused:
            return refused.response

    return top.respond(state, request, call)


def _admit(state: SandboxState, token: str, method: str, api_name: str, now_ns: int) -> None:
    """Count a call, or refuse it if the token is invalid or a limit is used up."""
    if not token:
        raise RefusedError(gateway_error("40000"))
    status = state.tokens.state(token, now_ns)
    if status != "valid":
        raise RefusedError(gateway_error(state.settings.expired_token_code if status == "expired" else "40014"))
    if not state.call_usage.admit_in_second(api_name, now_ns):
        raise RefusedError(calls_per_second_error(state, api_name))
    if not method.startswith(_QUOTA_FREE_PREFIXES) and not state.call_usage.admit_in_month(now_ns):
        raise RefusedError(monthly_quota_error(state, now_ns))


def _admit_directly(state: SandboxState, token: str, request: Request) -> None:
    """Admit a call as `_admit` does; errors are not in the gateway's format."""
    try:
        _admit(state, token, request.path, api_name_of(request.path), request.now_ns)
    except RefusedError as refused:
        raise RefusedError(unwrap_gateway_error(refused.response)) from None


_METHODS: dict[str, contacts.Handler] = {
    "message/corpconversation/asyncsend_v2": work_notifications.send,
    "message/corpconversation/getsendprogress": work_notifications.progress,
    "message/corpconversation/getsendresult": work_notifications.result,
    "message/corpconversation/recall": work_notifications.recall,
    **contacts.METHODS,
}

_METHODS_BY_NAME = {api_name_of(_TOPAPI + method): method for method in _METHODS}
"""The calls by their names at the TOP gateway."""

_PATHS: dict[str, tuple[tuple[str, ...], Callable[[SandboxState, Request], Response]]] = {
    "/gettoken": (("GET",), _get_token),
    _SCOPES: (("GET",), _scopes),
    media.PATH: (("POST",), _upload),
    robot.PATH: (("POST",), robot.send_by_session),
    top.PATH: (("GET", "POST"), _top),
    **{path: ((method,), _callbacks) for path, method in callbacks.methods().items()},
}
