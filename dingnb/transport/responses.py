"""Parses HTTP responses: results of DingTalk, errors of DingTalk, and anything else."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from dingnb.clock import BEIJING
from dingnb.errors import (
    ApiError,
    BadAnswerError,
    BannedError,
    Kind,
    bad_answer_todo,
    banned_todo,
    error_for,
    find_code,
)
from dingnb.errors.codes import IP_BAN_CODE
from dingnb.words import Text, sentences

_ERRCODE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WRAPPER_CODES = frozenset({"88", "15", "22", "41"})
"""Codes of the old API's gateway, whose answers have the actual code in another field or in the message."""

_SUBCODE_IN_TEXT = re.compile(r"subcode=([^,\]\s]+)")
_ENDS_AT = re.compile(r"(?:限制|处罚)将在\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*结束")
_MAX_BAN_MIN = 24 * 60
_MAX_PAUSE_S = 24 * 3_600.0
_MAX_MESSAGE_LENGTH = 1_000
_MAX_SAMPLE_LENGTH = 120
"""Maximum length of the part of a response that an error quotes."""

_MAX_PAGE_LENGTH = 20_000
_HTTP_ERROR = 400
_HTTP_SERVER_ERROR = 500
_STATUSES_WITHOUT_BAN = frozenset({401, 404, 407})
"""Statuses of pages that are caused by a wrong address or by a proxy that asks for a password, not by a ban."""

_HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|script|!--)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_UNSHOWN_IN_PAGE = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>?", re.IGNORECASE | re.DOTALL)
_TOKEN_IN_SAMPLE = re.compile(r"""((?:token|secret|ticket|aes_?key)["']?\s*[:=]\s*["']?)[^\s"',&<>}]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RawResponse:
    """
    An HTTP response that has not been parsed.

    Attributes:
        path: The called path.
        status: The HTTP status.
        text: The body; not in the repr, because the body may be a token.
        date: The ``Date`` header; empty if it is missing.
        hide: Removes all secrets from a text.
    """

    path: str
    status: int
    text: str = field(repr=False)
    date: str = ""
    hide: Callable[[str], str] = field(default=str, repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110

    @property
    def is_redirect(self) -> bool:
        """Whether the HTTP status is 3xx."""
        return 300 <= self.status < 400  # noqa: PLR2004 - RFC 9110


def parse_response(raw: RawResponse, *, new_api: bool) -> dict[str, Any]:
    """
    Return DingTalk's result as a dict: the old API's has ``errcode`` 0, the new API's may be empty.

    Raises:
        ApiError: DingTalk returned an error, in any of its documented forms (docs/dingtalk.md, "Error bodies").
        BannedError: DingTalk answered with a block page, as for banned addresses; a ban in JSON is an `ApiError`.
        BadAnswerError: The response is not from DingTalk: incomplete JSON, no ``errcode``, an HTTP error without
            ``code``, a redirect, a gateway's page.
    """
    if raw.is_redirect:
        raise _bad_answer_error(raw, "answer.redirect")
    if not raw.text.strip() and new_api and raw.is_success:
        return {}
    body = _object_in(raw)
    if body is None:
        raise _banned_error(raw) if _is_ban_page(raw) else _bad_answer_error(raw, "answer.not_json")
    if "errcode" in body:
        if not new_api or body["errcode"] not in (0, None, "", "0"):
            return _parse_old_answer(raw, body)
    elif str(body.get("status")) == IP_BAN_CODE:
        raise _ip_ban_error(raw, body)
    if raw.status >= _HTTP_ERROR and isinstance(body.get("code"), str) and body["code"]:
        raise _new_api_error(raw, body)
    if not new_api:
        raise _bad_answer_error(raw, "answer.no_errcode")
    if not raw.is_success:
        raise _bad_answer_error(raw, "answer.no_code")
    return body


def _object_in(raw: RawResponse) -> dict[str, Any] | None:
    """Return the JSON object in the body; None if the body is anything else."""
    try:
        body = json.loads(raw.text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _parse_old_answer(raw: RawResponse, body: dict[str, Any]) -> dict[str, Any]:
    errcode = body["errcode"]
    if isinstance(errcode, bool) or not isinstance(errcode, int | str) or not _ERRCODE.fullmatch(str(errcode)):
        raise _bad_answer_error(raw, "answer.no_errcode")
    if str(errcode) != "0":
        raise _old_api_error(raw, body, str(errcode))
    if not raw.is_success:
        raise _bad_answer_error(raw, "answer.gateway")
    return body


def _old_api_error(raw: RawResponse, body: Mapping[str, Any], errcode: str) -> ApiError:
    message, errmsg = _text_of(body, "sub_msg", "errmsg"), _text_of(body, "errmsg")
    # With other codes, errmsg may quote the caller's input, which must not be taken for a code.
    code = _wrapped_code(raw, body, errmsg, errcode) if errcode in _WRAPPER_CODES else errcode
    pause_s = _pause_s(raw, f"{message}\n{errmsg}")
    return error_for(code, _shown(raw, message), _shown(raw, _text_of(body, "request_id")), pause_s, path=raw.path)


def _wrapped_code(raw: RawResponse, body: Mapping[str, Any], errmsg: str, errcode: str) -> str:
    match = _SUBCODE_IN_TEXT.search(errmsg)
    sub_code = _text_of(body, "sub_code", "subcode", "subCode") or (match.group(1) if match else "")
    # An unlisted sub_code says less than the gateway's own code, unless that is the generic 88.
    is_more_specific = sub_code and (errcode == "88" or find_code(sub_code).kind is not Kind.UNLISTED)
    return _display_code(raw, sub_code) if is_more_specific else errcode


def _display_code(raw: RawResponse, code: str) -> str:
    """Return a code for display: unchanged if the table has the code, otherwise like any text of the server."""
    return code if find_code(code).kind is not Kind.UNLISTED else _shown(raw, code)


def _new_api_error(raw: RawResponse, body: Mapping[str, Any]) -> ApiError:
    message = _text_of(body, "message", "Message")
    request_id = _text_of(body, "requestid", "requestId", "RequestId")
    code = _display_code(raw, str(body["code"]))
    return error_for(code, _shown(raw, message), _shown(raw, request_id), _pause_s(raw, message), path=raw.path)


def _ip_ban_error(raw: RawResponse, body: Mapping[str, Any]) -> ApiError:
    wait_min = body.get("wait")
    has_wait = isinstance(wait_min, int) and not isinstance(wait_min, bool) and wait_min > 0
    pause_s = min(int(wait_min or 0), _MAX_BAN_MIN) * 60.0 if has_wait else None
    return error_for(IP_BAN_CODE, "", _shown(raw, _text_of(body, "uuid")), pause_s, path=raw.path)


def _pause_s(raw: RawResponse, message: str) -> float | None:
    """Return the seconds until the end of throttling given in a message, 1 to 86,400; None if no end is given."""
    match = _ENDS_AT.search(message)
    if not match:
        return None
    try:
        ends = datetime.strptime(match.group(1), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        now = parsedate_to_datetime(raw.date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    return min(max((ends - now).total_seconds(), 1.0), _MAX_PAUSE_S)


def _is_ban_page(raw: RawResponse) -> bool:
    """
    Return whether the response is the block page for a banned address.

    The page's status is not documented. Any HTML page is assumed to be a block page, except pages of a failed gateway
    (5xx), a wrong address or a proxy (docs/dingtalk.md, "Error bodies").
    """
    is_refusal = raw.status < _HTTP_SERVER_ERROR and raw.status not in _STATUSES_WITHOUT_BAN
    return is_refusal and _HTML_START.match(raw.text) is not None


def _banned_error(raw: RawResponse) -> BannedError:
    return BannedError(_what(raw, "answer.banned"), banned_todo(raw.path))


def _bad_answer_error(raw: RawResponse, key: str) -> BadAnswerError:
    return BadAnswerError(_what(raw, key), bad_answer_todo(raw.path))


def _what(raw: RawResponse, key: str) -> Text:
    """Return what happened, with the beginning of the response, or the title of a web page."""
    is_page = _HTML_START.match(raw.text) is not None
    text = _page_text(raw.text[:_MAX_PAGE_LENGTH]) if is_page else raw.text
    sample = _TOKEN_IN_SAMPLE.sub(r"\1***", _shown(raw, text, _MAX_SAMPLE_LENGTH))
    what = Text(key, path=raw.path, status=raw.status)
    return sentences(what, Text("answer.page" if is_page else "answer.sample", sample=sample)) if sample else what


def _page_text(page: str) -> str:
    """Return the title of a web page, or else the text that the page shows."""
    title = _TITLE.search(page)
    shown = title[1] if title is not None else _UNSHOWN_IN_PAGE.sub(" ", page)
    return html.unescape(" ".join(shown.split()))


def _shown(raw: RawResponse, text: str, max_length: int = _MAX_MESSAGE_LENGTH) -> str:
    """Return a server's text for display, without secrets."""
    return display_line(raw.hide(text), max_length)


def display_line(text: str, max_length: int) -> str:
    r"""
    Return a server's text for display: on one line, printable, shortened if too long.

    >>> display_line("not\n allowed\x1b[31m", 12)
    'not allowed�…'
    """
    # A long text is cut first, to save time, with room for runs of spaces.
    line = " ".join(text[: 16 * max_length].split())
    line = "".join(character if character.isprintable() else "�" for character in line)
    return line if len(line) <= max_length else f"{line[:max_length]}…"


def parse_whole_number(value: object) -> int | None:
    """
    Return an integer of 1 to 18 digits, given as a number or as text; None for anything else.

    >>> parse_whole_number(7200), parse_whole_number("7200"), parse_whole_number("²"), parse_whole_number(True)
    (7200, 7200, None, None)
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _text_of(body: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""
