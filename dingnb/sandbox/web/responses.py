"""
The formats of DingTalk's responses, in the old and the new API.

See docs/dingtalk.md, "Error bodies". Where DingTalk's own text for a code is unknown, the text here is an assumption on
which no client may depend.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

ERROR_TEXTS = {
    "-1": "系统繁忙",
    "404": "请求的URI地址不存在",
    "33011": "角色不存在",
    "33012": "无效的USERID",
    "34014": "消息体不完整或不是合法的JSON",
    "34016": "消息内容超过长度限制",
    "40000": "access_token is blank",
    "40004": "不合法的媒体文件类型",
    "40005": "不合法的文件格式",
    "40006": "不合法的文件大小",
    "40007": "不合法的媒体文件id",
    "40008": "不合法的消息类型",
    "40014": "不合法的access_token",
    "40032": "不合法的userid列表长度",
    "40033": "不合法的请求字符，不能包含\\uxxxx格式的字符",
    "40035": "不合法的参数",
    "40056": "不合法的agentid",
    "40066": "不合法的部门id列表",
    "40068": "不合法的偏移量",
    "40069": "不合法的分页大小",
    "40089": "不合法的corpid或corpsecret",
    "40096": "不合法的appKey或appSecret",
    "40104": "不合法的手机号",
    "400002": "参数错误",
    "400043": "offset和size参数必须同时存在",
    "41005": "缺少多媒体文件数据",
    "41011": "缺少agentid参数",
    "41029": "消息接收人数超过限制",
    "41045": "今天发送全员消息的次数已超过限制",
    "41052": "本次发送人数过多,不再返回发送结果",
    "42001": "access_token超时",
    "43001": "需要GET请求",
    "43002": "需要POST请求",
    "43004": "无效的HTTP HEADER Content-Type",
    "43008": "参数需要multipart类型",
    "44001": "多媒体文件为空",
    "45001": "多媒体文件大小超过限制",
    "47001": "解析JSON/XML内容错误",
    "50002": "请求的员工userid不在授权范围内",
    "50004": "请求的部门id不在授权范围内",
    "60003": "部门不存在",
    "60011": "应用尚未开通所需的权限",
    "60019": "从部门查询人员失败",
    "60020": "访问ip不在白名单之中",
    "60121": "找不到该用户",
    "71006": "回调地址已经存在",
    "71007": "回调地址不存在",
    "71008": "注册的回调tag不允许",
    "71009": "返回的数据不是加密的success字符串",
    "71010": "传递的json缺少字段或格式错误",
    "71011": "回调地址格式错误",
    "71012": "回调地址不可访问",
    "71013": "回调域名或ip不被允许",
    "300001": "session 不存在",
    "400105": "不支持的消息类型",
    "900004": "不合法的aes key",
    "460101": "message too long, exceed 20000 bytes",
    "70003": "agentid对应的应用不存在",
}


@dataclass(frozen=True, slots=True)
class Response:
    """
    The response to a call.

    Attributes:
        body: The body, sent as JSON.
        code: The code for the record of calls; ``"0"`` is success, and an empty text a call without an answer.
        status: The HTTP status.
        people: The number of people that the call addressed.
        throttled: Whether the call was refused by a call limit.
        page: Content sent unchanged instead of the body.
        media_type: The content type.
        headers: Further headers.
        ending: Whether the response is sent, or the connection is closed or reset instead.
    """

    body: dict[str, Any]
    code: str = "0"
    status: int = 200
    people: int = 0
    throttled: bool = False
    page: bytes | None = None
    media_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Literal["response", "close", "reset"] = "response"

    @property
    def content(self) -> bytes:
        """The bytes to send: the page, or the body as JSON."""
        if self.page is not None:
            return self.page
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


class RefusedError(Exception):
    """The call is refused; `response` is sent."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.code)
        self.response = response


def success(people: int = 0, **fields: object) -> Response:
    """Return a success response of the old API with `fields` in its body."""
    return Response({"errcode": 0, "errmsg": "ok", **fields}, people=people)


def service_error(code: str, detail: str = "") -> Response:
    """Return an error of the service itself, with the code in `errcode`."""
    text = ERROR_TEXTS[code] + (f": {detail}" if detail else "")
    return Response({"errcode": int(code), "errmsg": text}, code)


def gateway_error(code: str, text: str = "", *, throttled: bool = False) -> Response:
    """Return an error of the gateway, with 88 in `errcode` and the code as text in `sub_code`."""
    text = text or ERROR_TEXTS[code]
    body = {
        "errcode": 88,
        "sub_code": code,
        "sub_msg": text,
        "errmsg": f"ding talk error[subcode={code},submsg={text}]",
    }
    return Response(body, code, throttled=throttled)


def unwrap_gateway_error(response: Response) -> Response:
    """Return an error of the gateway with its code in `errcode`, as on older plain paths; other responses unchanged."""
    if "sub_msg" not in response.body:
        return response
    return replace(response, body={"errcode": int(response.code), "errmsg": response.body["sub_msg"]})


def invalid_argument_error(name: str) -> Response:
    """Return the gateway's error for an argument with a wrong type."""
    return Response({"errcode": 41, "errmsg": f"Invalid arguments:{name}"}, "41")


def not_served_text(what: str) -> str:
    """Return the text for a path or a field that DingTalk may serve and the sandbox does not."""
    return f"this sandbox does not serve {what}"


def unknown_method_error(api_name: str, path: str) -> Response:
    """Return the gateway's error for an API name that does not exist, or that the sandbox does not serve."""
    text = f"不合法ApiName，ApiName = {api_name}; {not_served_text(path)}"
    return Response({"errcode": 22, "sub_msg": text, "errmsg": f"Invalid method[submsg={text}]"}, "22")


def timeout_error() -> Response:
    """Return the gateway's error for a back end that timed out."""
    code = "isp.top-remote-connection-timeout"
    body = {"errcode": 15, "sub_code": code, "sub_msg": code, "errmsg": "Remote service error"}
    return Response(body, "15")


def new_api_error(status: int, code: str, message: str, *, throttled: bool = False) -> Response:
    """Return an error of the new API."""
    return Response({"code": code, "message": message}, code, status, throttled=throttled)


def ban_response(request_id: str) -> Response:
    """Return the response of both APIs to a banned address, which has no `errcode`."""
    # The HTTP status is an assumption: the documentation shows only the body.
    body = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": request_id}
    return Response(body, "1111", throttled=True)
