"""The new API, `api.dingtalk.com`: tokens, the search for people and departments, cards, and Stream's tickets."""

import re
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from dingnb.sandbox.apis import cards, contacts
from dingnb.sandbox.events.stream_frames import Topic
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import RefusedError, Response, new_api_error, not_served_text

PREFIXES = ("/v1.0/", "/v2.0/")
"""The beginnings of the new API's paths."""

_TOKEN_PATH = "/v1.0/oauth2/accessToken"  # noqa: S105 - a path
_CORP_TOKEN_PATH = "/v1.0/oauth2/{corpId}/token"  # noqa: S105 - likewise
_CORP_TOKEN = re.compile(r"/v1\.0/oauth2/[^/]+/token")
_SEARCH_PATH = "/v1.0/contact/users/search"
_DEPARTMENTS_PATH = "/v1.0/contact/departments/search"
_OPEN_PATH = "/v1.0/gateway/connections/open"
_AUTH_HEADER = "x-acs-dingtalk-access-token"
_MAX_PAGE_SIZE = 100
_SUBSCRIPTION_TYPES = ("EVENT", "CALLBACK", "SYSTEM")

_Handler = Callable[[SandboxState, Request], Response]


def respond(state: SandboxState, request: Request) -> Response:
    """Return the new API's response to a request."""
    try:
        response = _respond(state, request)
    except RefusedError as refused:
        response = refused.response
    if response.code != "0":
        response.body["requestid"] = str(UUID(bytes=state.request_digest(request.path, request.body))).upper()
    return response


def calls_per_second_error() -> Response:
    """Return the error for too many calls in a second."""
    text = "您的企业应用调用钉钉开放平台当前接口的所有请求都被暂时禁用了"
    return new_api_error(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", text, throttled=True)


def monthly_quota_error() -> Response:
    """Return the error for a used-up monthly quota."""
    # The code is documented; its text is an assumption.
    text = "您的企业本月api调用量已超过限制"
    return new_api_error(403, "Forbidden.AccessDenied.ApiCountLimitForOrg", text, throttled=True)


def endpoints() -> list[tuple[str, str]]:
    """Return the method and the path of each call."""
    without_token = [("POST", path) for path in (*_TOKENLESS_CALLS, _CORP_TOKEN_PATH)]
    return without_token + [(method, path) for path, (_, calls) in _TOKEN_CALLS.items() for method in calls]


def _respond(state: SandboxState, request: Request) -> Response:
    tokenless = _issue_corp_token if _CORP_TOKEN.fullmatch(request.path) else _TOKENLESS_CALLS.get(request.path)
    permission = ""
    calls: Mapping[str, _Handler] = {} if tokenless is None else {"POST": tokenless}
    if not calls:
        # The token is checked before the path: without one, DingTalk does not reveal which paths exist.
        _check_token(state, request)
        permission, calls = _TOKEN_CALLS.get(request.path, ("", {}))
    if not calls:
        # The status is documented; this code and the next one are assumptions.
        text = f"请求的URI地址不存在: {not_served_text(request.path)}"
        return new_api_error(404, "InvalidAction.NotFound", text)
    handle = calls.get(request.method)
    if handle is None:
        return new_api_error(405, "MethodNotAllowed", f"需要{'或'.join(calls)}请求")
    if permission:
        _admit(state, request, permission)
    return handle(state, request)


def _check_token(state: SandboxState, request: Request) -> None:
    token = request.headers.get(_AUTH_HEADER, "")
    if not token:
        text = f"缺少参数：{_AUTH_HEADER}"
        raise RefusedError(new_api_error(400, "AuthenticationFailed.MissingParameter", text))
    if state.tokens.state(token, request.now_ns) != "valid":
        raise RefusedError(new_api_error(400, "InvalidAuthentication", "不合法的access_token"))


def _admit(state: SandboxState, request: Request, permission: str) -> None:
    """Count a call, or refuse it if a limit is used up; then refuse it if the app lacks the permission."""
    # Calls of one path that differ by their method are different APIs.
    api_name = request.path if request.method == "POST" else f"{request.method} {request.path}"
    if not state.call_usage.admit_in_second(api_name, request.now_ns):
        raise RefusedError(calls_per_second_error())
    if not state.call_usage.admit_in_month(request.now_ns):
        raise RefusedError(monthly_quota_error())
    if permission in state.settings.missing_permissions:
        # The code is documented; the text is an assumption.
        text = f"应用尚未开通所需的权限：[{permission}]"
        raise RefusedError(new_api_error(403, "Forbidden.AccessDenied.AccessTokenPermissionDenied", text))


def _issue_token(state: SandboxState, request: Request) -> Response:
    fields = request.json_object() or {}
    # Assumption: missing fields are refused like wrong fields.
    if not state.tokens.accepts_credentials(fields.get("appKey"), fields.get("appSecret")):
        return new_api_error(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
    token = state.tokens.issue(request.now_ns)
    return Response({"accessToken": token, "expireIn": state.settings.limits.token_life_s})


def _issue_corp_token(state: SandboxState, request: Request) -> Response:
    fields = request.json_object() or {}
    if fields.get("grant_type") != "client_credentials":
        return new_api_error(400, "unsupported.grant.type", "不支持的grant_type")
    if not state.tokens.accepts_credentials(fields.get("client_id"), fields.get("client_secret")):
        return new_api_error(400, "invalid.client", "无效的client_id或者client_secret")
    if request.path != _CORP_TOKEN_PATH.format(corpId=state.settings.corp_id):
        # As observed on the real server.
        return new_api_error(500, "unknownError", "未知错误")
    # Assumption: the token is the same as for the other calls.
    token = state.tokens.issue(request.now_ns)
    return Response({"access_token": token, "expires_in": state.settings.limits.token_life_s})


def _open_connection(state: SandboxState, request: Request) -> Response:
    fields = request.json_object() or {}
    if not state.tokens.accepts_credentials(fields.get("clientId"), fields.get("clientSecret")):
        return new_api_error(401, "authFailed", "鉴权失败")
    if not state.call_usage.admit_in_second(request.path, request.now_ns):
        return calls_per_second_error()
    topics = _topics(fields.get("subscriptions"))
    if topics is None:
        # The status is documented; the code is an assumption.
        return new_api_error(400, "invalidParameter.subscriptions", "订阅参数错误")
    scheme, _, address = state.base_url.partition("://")
    endpoint = f"{scheme.replace('http', 'ws')}://{address}/connect"
    return Response({"endpoint": endpoint, "ticket": state.stream.issue_ticket(topics, request.now_ns)})


def _topics(subscriptions: object) -> list[Topic] | None:
    """Return the topics to which a client subscribes; None if topics are missing or invalid."""
    if not (isinstance(subscriptions, list) and subscriptions):
        return None
    topics = []
    for subscription in subscriptions:
        fields = subscription if isinstance(subscription, dict) else {}
        kind, topic = fields.get("type"), fields.get("topic")
        if (
            kind not in _SUBSCRIPTION_TYPES
            or not (isinstance(topic, str) and topic)
            or (kind == "EVENT" and topic != "*")
        ):
            return None
        topics.append((kind, topic))
    return topics


def _search_people(state: SandboxState, request: Request) -> Response:
    return _search(state, request, contacts.search)


def _search_departments(state: SandboxState, request: Request) -> Response:
    return _search(state, request, contacts.search_departments)


def _search(state: SandboxState, request: Request, find: Callable[..., Sequence[str | int]]) -> Response:
    fields = request.json_object() or {}
    word, offset, size = fields.get("queryWord"), fields.get("offset", 0), fields.get("size", 10)
    if not (isinstance(word, str) and word and isinstance(offset, int) and isinstance(size, int)) or (
        offset < 0 or not 0 < size <= _MAX_PAGE_SIZE
    ):
        # The status is documented; the code is an assumption.
        return new_api_error(400, "invalidParameter", "参数错误")
    found = find(state, word, is_whole=fields.get("fullMatchField") == 1)
    page = found[offset : offset + size]
    has_more = offset + len(page) < len(found)
    return Response({"hasMore": has_more, "totalCount": len(found), "list": page})


_TOKENLESS_CALLS: Mapping[str, _Handler] = {_TOKEN_PATH: _issue_token, _OPEN_PATH: _open_connection}
"""Calls without a token."""

_TOKEN_CALLS: Mapping[str, tuple[str, Mapping[str, _Handler]]] = {
    _SEARCH_PATH: (contacts.PERMISSIONS["contact/users/search"], {"POST": _search_people}),
    _DEPARTMENTS_PATH: (contacts.PERMISSIONS["contact/departments/search"], {"POST": _search_departments}),
    **{path: (cards.PERMISSION, calls) for path, calls in cards.CALLS.items()},
}
"""Calls with a token: the permission that a path needs, and its calls by method."""
