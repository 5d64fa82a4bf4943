"""
DingTalk's error codes, as a table: what each means, what to do, and what kind of failure it is.

The sources are listed in docs/dingtalk.md, "Error codes". A code that the table lacks is of the kind
`UNLISTED`: it is not repeated, and the call may have taken effect.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dingnb.errors import api_codes, callback_codes, oapi_codes, oapi_codes_more
from dingnb.errors.code import Code
from dingnb.errors.kinds import Kind

_TABLE: Final[Mapping[str, Code]] = MappingProxyType(
    {row.code: row for row in (*oapi_codes.CODES, *oapi_codes_more.CODES, *callback_codes.CODES, *api_codes.CODES)}
)


def code_table() -> Mapping[str, Code]:
    """Return every known code by its spelling."""
    return _TABLE


def find_code(code: str) -> Code:
    """
    Return what is known of `code`; a code that the table lacks comes back as `Kind.UNLISTED`.

    >>> find_code("40014").kind.name
    'TOKEN'
    >>> find_code("987654").kind.name
    'UNLISTED'
    """
    known = _TABLE.get(code)
    if known is not None:
        return known
    return Code(code, Kind.UNLISTED, "a code that dingnb does not know.", "dingnb 不认识的错误码。")
