"""Reads what came back: DingTalk's answer, DingTalk's error, or neither."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from dingnb.errors import ApiError, BadAnswerError, error_for, find_code
from dingnb.errors.kinds import Kind
from dingnb.language import say

_SUBCODE_IN_TEXT = re.compile(r"subcode=([^,\]\s]+)")
_ENDS_AT = re.compile(r"(?:限制|处罚)将在\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*结束")
_BEIJING = timezone(timedelta(hours=8))
_IP_BAN = 1111
_HTTP_ERROR = 400
_HTTP_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back over HTTP, with everything secret already taken out of `text`."""

    path: str
    status: int
    text: str
    date: str = ""


def read_answer(raw: RawAnswer, *, new_generation: bool) -> dict[str, Any]:
    """
    Return DingTalk's answer as a dict; on the old API with ``errcode`` 0.

    Raises:
        ApiError: DingTalk answered with an error, in whichever of its documented shapes
            (docs/dingtalk.md, "Error bodies").
        BadAnswerError: It was no answer of DingTalk's: a web page, half a JSON, no ``errcode``.
    """
    if not raw.text.strip() and new_generation and raw.status < _HTTP_ERROR:
        return {}
    try:
        body = json.loads(raw.text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _bad(raw, "answer.not_json")
    if body.get("status") == _IP_BAN and "errcode" not in body:
        raise _ip_ban(raw, body)
    if "errcode" in body and not new_generation:
        return _old_answer(raw, body)
    if raw.status >= _HTTP_ERROR and isinstance(body.get("code"), str):
        raise _new_error(raw, body)
    if not new_generation:
        raise _bad(raw, "answer.no_errcode")
    if raw.status >= _HTTP_ERROR:
        raise _bad(raw, "answer.no_code")
    return body


def _old_answer(raw: RawAnswer, body: dict[str, Any]) -> dict[str, Any]:
    errcode = body["errcode"]
    if isinstance(errcode, bool) or not isinstance(errcode, int | str) or not re.fullmatch(r"-?\d+", str(errcode)):
        raise _bad(raw, "answer.no_errcode")
    if int(errcode) != 0:
        raise _old_error(raw, body, str(errcode))
    if raw.status >= _HTTP_ERROR:
        raise _bad(raw, "answer.gateway")
    return body


def _old_error(raw: RawAnswer, body: Mapping[str, Any], errcode: str) -> ApiError:
    message = _text_of(body, "sub_msg", "errmsg")
    inside = _SUBCODE_IN_TEXT.search(_text_of(body, "errmsg"))
    sub_code = _text_of(body, "sub_code", "subcode") or (inside.group(1) if inside else "")
    # A sub_code that nobody knows says less than the gateway's own code, unless that is the bare wrapper 88.
    trusted = sub_code and (errcode == "88" or find_code(sub_code).kind is not Kind.UNLISTED)
    code = sub_code if trusted else errcode
    return error_for(code, message, _text_of(body, "request_id"), _pause_s(raw, message), path=raw.path)


def _new_error(raw: RawAnswer, body: Mapping[str, Any]) -> ApiError:
    message = _text_of(body, "message", "Message")
    request_id = _text_of(body, "requestid", "requestId", "RequestId")
    return error_for(str(body["code"]), message, request_id, _pause_s(raw, message), path=raw.path)


def _ip_ban(raw: RawAnswer, body: Mapping[str, Any]) -> ApiError:
    wait = body.get("wait")
    minutes = wait if isinstance(wait, int) and not isinstance(wait, bool) and wait > 0 else 5
    return error_for(str(_IP_BAN), "", _text_of(body, "uuid"), minutes * 60, path=raw.path)


def _pause_s(raw: RawAnswer, message: str) -> float | None:
    """Return the seconds until the time that a throttle's text names, at least 1; None where it names none."""
    found = _ENDS_AT.search(message)
    if not found:
        return None
    ends = datetime.strptime(found.group(1), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_BEIJING)
    try:
        now = parsedate_to_datetime(raw.date)
    except ValueError:
        return None
    if now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    return max((ends - now).total_seconds(), 1.0)


def _bad(raw: RawAnswer, key: str) -> BadAnswerError:
    sample = " ".join(raw.text.split())[:120]
    what = say(key, path=raw.path, status=raw.status)
    return BadAnswerError(f"{what} {say('answer.sample', sample=sample)}" if sample else what, say("answer.bad_todo"))


def _text_of(body: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""
