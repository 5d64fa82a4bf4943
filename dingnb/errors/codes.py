"""
DingTalk's error codes, as a table: what each means, what to do, and what kind of failure it is.

The sources are listed in docs/dingtalk.md, "Error codes". A code that the table lacks is of the kind
`UNLISTED`: it is not repeated, and the call may have taken effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from dingnb.errors.kinds import Kind, Repeat
from dingnb.language import pick


@dataclass(frozen=True, slots=True)
class Code:
    """
    One error code.

    Attributes:
        code: As DingTalk writes it: ``"40014"``, ``"InvalidAuthentication"``.
        kind: What it shares with others: `Kind`.
        meaning_en: What it says, in our own English words.
        meaning_zh: The same in Chinese.
        todo_en: What to do, where it differs from the kind's; else empty.
        todo_zh: The same in Chinese.
        own_pause_s: Seconds to wait before a repeat, where it differs from the kind's; else 0.
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
        """Seconds to wait before a repeat, at least; 0 where waiting does not help."""
        return self.own_pause_s or self.kind.value.pause_s

    @property
    def meaning(self) -> str:
        """What the code says, in the language in use."""
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
    from dingnb.errors import api_codes, oapi_codes, oapi_codes_more  # noqa: PLC0415 - the tables use Code

    return MappingProxyType({row.code: row for row in (*oapi_codes.CODES, *oapi_codes_more.CODES, *api_codes.CODES)})


def find_code(code: str) -> Code:
    """
    Return what is known of `code`; a code that the table lacks comes back as `Kind.UNLISTED`.

    >>> find_code("40014").kind.name
    'TOKEN'
    >>> find_code("987654").kind.name
    'UNLISTED'
    """
    known = code_table().get(code)
    if known is not None:
        return known
    return Code(code, Kind.UNLISTED, "a code that dingnb does not know.", "dingnb 不认识的错误码。")
