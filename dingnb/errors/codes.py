"""
DingTalk's error codes: what each means, what to do, and what kind of failure it is.

The codes are the rows of codes.tsv, which is read when the first code is looked up. The file has one row for each code,
numeric codes first, in columns separated by tabs. Where `todo_en`, `todo_zh` or `pause_s` is empty, the kind's value
applies. The sources are listed in docs/dingtalk.md, "Error codes". A code missing from the table has the kind
`UNLISTED`: the call is not repeated, and may have taken effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from types import MappingProxyType

from dingnb.words import pick

IP_BAN_CODE = "1111"
"""Code for a network address that DingTalk has banned."""

_FILE = "codes.tsv"
_COLUMNS = ["code", "kind", "meaning_en", "meaning_zh", "todo_en", "todo_zh", "pause_s"]


class Repeat(StrEnum):
    """When the same call may be made again."""

    NEVER = "never"
    RENEWED = "once, with a new token"
    SOON = "after a pause"
    NEXT_MINUTE = "in the next minute"
    NEXT_DAY = "tomorrow"
    NEXT_MONTH = "next month"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """
    The facts shared by the codes of one kind.

    Attributes:
        repeat: When the same call may be made again.
        pause_s: The minimum wait before a repeat, in seconds; 0 unless waiting some seconds helps (`repeat`).
        todo_en: What to do about the failure, in English.
        todo_zh: The same in Chinese.
        may_have_taken_effect: Whether DingTalk may have done the work in spite of the error.
    """

    repeat: Repeat
    pause_s: int
    todo_en: str
    todo_zh: str
    may_have_taken_effect: bool = False


class Kind(Enum):
    """A kind of failure; its value is a `KindFacts`."""

    ARGUMENT = KindFacts(
        Repeat.NEVER,
        0,
        "Correct the request; repeating it unchanged gives the same error.",
        "请修正请求；原样重发只会得到同样的结果。",
    )
    CREDENTIALS = KindFacts(
        Repeat.NEVER,
        0,
        "Check the app key, app secret and agent id against the app's page in the DingTalk developer console.",
        "请对照钉钉开发者后台的应用页面，检查 AppKey、AppSecret 和 AgentId。",
    )
    TOKEN = KindFacts(
        Repeat.RENEWED,
        0,
        "dingnb renews the token once by itself; if the error persists, check the app's credentials.",
        "dingnb 会自动更新一次 token；如仍出现此错误，请检查应用凭证。",
    )
    ACCESS = KindFacts(
        Repeat.NEVER,
        0,
        "Ask an administrator of the organisation to allow this for the app.",
        "请联系企业管理员为该应用开通此权限。",
    )
    THROTTLED = KindFacts(
        Repeat.SOON,
        1,
        "The calls came too fast; wait a moment, then continue.",
        "调用过快；请稍后再继续。",
    )
    THROTTLED_MINUTE = KindFacts(
        Repeat.NEXT_MINUTE,
        60,
        "The limit for this minute is used up; continue in the next one.",
        "本分钟的额度已用完；请在下一分钟继续。",
    )
    DAY_USED_UP = KindFacts(
        Repeat.NEXT_DAY,
        0,
        "The limit for today is used up; continue tomorrow.",
        "今日额度已用完；请明天再继续。",
    )
    MONTH_USED_UP = KindFacts(
        Repeat.NEXT_MONTH,
        0,
        "The organisation's quota for this month is used up; buy more, or wait until next month.",
        "企业本月的调用额度已用完；请购买额度，或等待下月。",
    )
    BUSY = KindFacts(
        Repeat.SOON,
        5,
        "DingTalk failed, but may have carried out the call; check before you repeat it.",
        "钉钉出错，但操作可能已生效；重发前请先核实。",
        may_have_taken_effect=True,
    )
    PERSON = KindFacts(
        Repeat.NEVER,
        0,
        "Leave this person out, or correct the id or number.",
        "请去掉此人，或更正其 userid 或手机号。",
    )
    CONTENT = KindFacts(
        Repeat.NEVER,
        0,
        "Change the content of the message.",
        "请修改消息内容。",
    )
    UNLISTED = KindFacts(
        Repeat.NEVER,
        0,
        "dingnb does not know this code; look it up in DingTalk's error code table before you repeat the call.",
        "dingnb 未收录此错误码；重发前请查阅钉钉的错误码表。",
        may_have_taken_effect=True,
    )


@dataclass(frozen=True, slots=True)
class Code:
    """
    One error code.

    Attributes:
        code: The code as DingTalk writes it: ``"40014"``, ``"InvalidAuthentication"``.
        kind: The code's `Kind`.
        meaning_en: What the code means, in English.
        meaning_zh: The same in Chinese.
        todo_en: What to do, if different from the kind's advice; else empty.
        todo_zh: The same in Chinese.
        own_pause_s: Seconds to wait before a repeat, if different from the kind's pause; else None.
    """

    code: str
    kind: Kind
    meaning_en: str
    meaning_zh: str
    todo_en: str = ""
    todo_zh: str = ""
    own_pause_s: int | None = None

    @property
    def pause_s(self) -> int:
        """Seconds to wait before a repeat, at least; 0 unless waiting some seconds helps (`repeat`)."""
        return self.kind.value.pause_s if self.own_pause_s is None else self.own_pause_s

    @property
    def meaning(self) -> str:
        """What the code means, in the current language."""
        return pick(self.meaning_en, self.meaning_zh)

    @property
    def todo(self) -> str:
        """What to do about the failure, in the current language."""
        return pick(self.todo_en or self.kind.value.todo_en, self.todo_zh or self.kind.value.todo_zh)

    @property
    def repeat(self) -> Repeat:
        """When the same call may be made again."""
        return self.kind.value.repeat

    @property
    def may_have_taken_effect(self) -> bool:
        """Whether DingTalk may have done the work in spite of the error."""
        return self.kind.value.may_have_taken_effect


@cache
def code_table() -> Mapping[str, Code]:
    """Return all known codes, by the code as a string."""
    from importlib.resources import files  # noqa: PLC0415 - only when a code is looked up

    return MappingProxyType(read_codes(files(__package__).joinpath(_FILE).read_text(encoding="utf-8")))


def find_code(code: str) -> Code:
    """
    Return the entry of `code`; a code missing from the table is returned as `Kind.UNLISTED`.

    >>> find_code("40014").kind.name
    'TOKEN'
    >>> find_code("987654").kind.name
    'UNLISTED'
    """
    listed = code_table().get(code)
    if listed is not None:
        return listed
    return Code(code, Kind.UNLISTED, "This code is not in dingnb's table.", "dingnb 的错误码表中没有此错误码。")


def read_codes(text: str) -> dict[str, Code]:
    """
    Return the codes in the text of a table.

    Raises:
        ValueError: The columns are wrong, or a line is not a code or repeats a code; the message names the line.
    """
    from csv import reader  # noqa: PLC0415 - only when a code is looked up

    # Each line separately: an unclosed quote must not swallow the lines below.
    rows = [next(reader([line], "excel-tab"), []) for line in text.splitlines()]
    if rows[:1] != [_COLUMNS]:
        raise _line_error(1, f"the columns must be {', '.join(_COLUMNS)}")
    codes: dict[str, Code] = {}
    for line_number, row in enumerate(rows[1:], start=2):
        code = _parse_row(line_number, row)
        if code.code in codes:
            raise _line_error(line_number, f"{code.code} has a row already")
        codes[code.code] = code
    return codes


def _parse_row(line_number: int, row: list[str]) -> Code:
    if len(row) != len(_COLUMNS):
        raise _line_error(line_number, f"{len(row)} fields instead of {len(_COLUMNS)}")
    code, kind, meaning_en, meaning_zh, todo_en, todo_zh, pause_s = row
    if not (code and meaning_en and meaning_zh):
        raise _line_error(line_number, "code, meaning_en or meaning_zh is missing")
    if kind not in Kind.__members__:
        raise _line_error(line_number, f"{kind!r} is not a kind")
    if not (pause_s == "" or pause_s.isdecimal()):
        raise _line_error(line_number, f"{pause_s!r} is not a number of seconds")
    own_pause_s = int(pause_s) if pause_s else None
    return Code(code, Kind[kind], meaning_en, meaning_zh, todo_en, todo_zh, own_pause_s)


def _line_error(line_number: int, problem: str) -> ValueError:
    return ValueError(f"{_FILE}, line {line_number}: {problem}.")
