"""The words of errors: what happened, and what to do."""

WORDS: dict[str, tuple[str, str]] = {
    "error.api": ("{path} answered with code {code}: {meaning}", "{path} 返回错误码 {code}：{meaning}"),
    "error.api_message": ("DingTalk says: {message}", "钉钉说明：{message}"),
    "error.api_request": ("(request id {request_id})", "（request id {request_id}）"),
}
