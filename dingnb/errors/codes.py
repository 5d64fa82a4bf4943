"""
DingTalk's error codes: what each means, what to do, and what kind of failure it is.

They are the rows of codes.tsv, which is read when the first code is looked up: one row a code, numbers before words,
columns separated by tabs. Where `todo_en`, `todo_zh` or `pause_s` is empty, the kind's applies. The sources are listed
in docs/dingtalk.md, "Error codes". A code missing from the table has the kind `UNLISTED`: its call is not
repeated, and may have taken effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from dingnb.errors.kinds import Kind, Repeat
from dingnb.words import pick

_FILE = "codes.tsv"
_COLUMNS = ["code", "kind", "meaning_en", "meaning_zh", "todo_en", "todo_zh", "pause_s"]


@dataclass(frozen=True, slots=True)
class Code:
    """
    One error code.

    Attributes:
        code: As DingTalk writes it: ``"40014"``, ``"InvalidAuthentication"``.
        kind: Its `Kind`.
        meaning_en: What it means, in English.
        meaning_zh: The same in Chinese.
        todo_en: What to do, if it differs from the kind's; else empty.
        todo_zh: The same in Chinese.
        own_pause_s: Seconds to wait before a repeat, if it differs from the kind's; else 0.
    """

    code: str
    kind: Kind
    meaning_en: str
    meaning_zh: str
    todo_en: str = ""
    todo_zh: str = ""
    own_pause_s: int = 0

    @property
    def pause_s(self) -> int:
        """Seconds to wait before a repeat, at least; 0 if waiting does not help."""
        return self.own_pause_s or self.kind.value.pause_s

    @property
    def meaning(self) -> str:
        """What the code means, in the language in use."""
        return pick(self.meaning_en, self.meaning_zh)

    @property
    def todo(self) -> str:
        """What to do about it, in the language in use."""
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
    """Return every known code by its spelling."""
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
    known = code_table().get(code)
    if known is not None:
        return known
    return Code(code, Kind.UNLISTED, "This code is not in dingnb's table.", "dingnb 的错误码表中没有此错误码。")


def read_codes(text: str) -> dict[str, Code]:
    """
    Return the codes in the text of a table.

    Raises:
        ValueError: A line is not a code; the message names it.
    """
    from csv import reader  # noqa: PLC0415 - only when a code is looked up

    # Each line separately: an unclosed quote must not swallow the lines below.
    rows = [next(reader([line], "excel-tab"), []) for line in text.splitlines()]
    if rows[:1] != [_COLUMNS]:
        raise _wrong_line(1, f"the columns must be {', '.join(_COLUMNS)}")
    codes: dict[str, Code] = {}
    for number, row in enumerate(rows[1:], start=2):
        code = _code(number, row)
        if code.code in codes:
            raise _wrong_line(number, f"{code.code} has a row already")
        codes[code.code] = code
    return codes


def _code(number: int, row: list[str]) -> Code:
    if len(row) != len(_COLUMNS):
        raise _wrong_line(number, f"{len(row)} fields instead of {len(_COLUMNS)}")
    code, kind, meaning_en, meaning_zh, todo_en, todo_zh, pause_s = row
    if not (code and meaning_en and meaning_zh):
        raise _wrong_line(number, "code, meaning_en or meaning_zh is missing")
    if kind not in Kind.__members__:
        raise _wrong_line(number, f"{kind!r} is not a kind")
    if not (pause_s == "" or pause_s.isdecimal()):
        raise _wrong_line(number, f"{pause_s!r} is not a number of seconds")
    return Code(code, Kind[kind], meaning_en, meaning_zh, todo_en, todo_zh, int(pause_s or 0))


def _wrong_line(number: int, problem: str) -> ValueError:
    return ValueError(f"{_FILE}, line {number}: {problem}.")
