"""
Reads phone numbers in the formats that people use. DingTalk can look up only mobile numbers.

Unambiguous formats are normalised. Land lines, extensions and several numbers are reported as different problems,
because each requires a different correction.
"""

import re
from typing import NamedTuple

_MARKS = re.compile(r"[\s\-.()\[\]‐‑‒–—―−·‧・]+")
_BETWEEN_NUMBERS = re.compile(r"[/\\;,，；、|\n\r&+和或]+")
_BETWEEN_OR_BEFORE_PLUS = re.compile(r"[/\\;,，；、|\n\r&和或]+|(?=\+)")
"""Separators of numbers, if a ``+`` belongs to the number after the ``+``."""

_EXTENSION = re.compile(r"(?:extension|ext|x|分机号?|轉接?|转接?|#|\*)[\s.:：]*[0-9]{1,6}\)?", re.IGNORECASE)
_SHORT_EXTENSION = re.compile(r"-\s*[0-9]{1,5}")
_CHINA_PREFIX = r"(?:\+?(?:00)?86)?"
_MAINLAND = re.compile(_CHINA_PREFIX + r"0?(1[3-9][0-9]{9})")
_EACH_MAINLAND = re.compile(f"{_CHINA_PREFIX}(1[3-9][0-9]{{9}})")
_SEVERAL_MAINLAND = re.compile(f"(?:{_CHINA_PREFIX}1[3-9][0-9]{{9}}){{2,}}")
# Assumption: a number abroad is looked up with + and its country code (docs/dingtalk.md, "Contacts").
_ABROAD = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_LAND_LINES = re.compile(
    r"(?:\+?(?:00)?86)?0(?:10|[2-9][0-9]{1,2})[2-9][0-9]{6,7}"  # 010-62345678, 0755-82345678
    r"|(?:\+|00)86(?:10|[2-9][0-9]{1,2})[2-9][0-9]{6,7}"  # +86 10 62345678
    r"|(?:\+?(?:00)?86)?[48]00[0-9]{7}"  # 400-123-4567
    r"|9[56][0-9]{3,4}|1[012][0-9]{3}"  # 95588, 10086
)
_MIN_DIGITS = 7


class MobileNumber(NamedTuple):
    """
    The mobile number in a text.

    Attributes:
        text: The number: 11 digits for mainland China, otherwise ``+``, country code and number.
        problem: The key of the problem's text in `dingnb.words`; empty if the text is a number.
    """

    text: str = ""
    problem: str = ""


def parse_mobile_number(text: str) -> MobileNumber:
    """
    Return the only mobile number in a text.

    >>> parse_mobile_number("(+86) 139-0000-0001").text, parse_mobile_number("00852 9123 4567").text
    ('13900000001', '+85291234567')
    >>> parse_mobile_number("010-62345678").problem, parse_mobile_number("13900000001/13900000002").problem
    ('row.land_line', 'row.two_numbers')
    """
    digits = _MARKS.sub("", text)
    mainland = _MAINLAND.fullmatch(digits)
    if mainland:
        return MobileNumber(mainland.group(1))
    if _has_several(text, digits):
        return MobileNumber(problem="row.two_numbers")
    if _LAND_LINES.fullmatch(digits):
        return MobileNumber(problem="row.land_line")
    abroad = _ABROAD.fullmatch(digits)
    if abroad and not abroad.group(1).startswith("86"):
        return MobileNumber(f"+{abroad.group(1)}")
    return MobileNumber(problem=_find_problem(text))


def parse_mobile_numbers(text: str) -> tuple[str, ...]:
    """
    Return all mobile numbers in a text; for an ambiguous text, all numbers that it may contain.

    >>> parse_mobile_numbers("13900000001 / +852 9123-4567"), parse_mobile_numbers("010-62345678")
    (('13900000001', '+85291234567'), ())
    """
    texts = (text, *_BETWEEN_NUMBERS.split(text), *_BETWEEN_OR_BEFORE_PLUS.split(text))
    parts = (parse_mobile_number(part.strip()).text for part in texts)
    joined = _SEVERAL_MAINLAND.fullmatch(_MARKS.sub("", text))
    run_together = _EACH_MAINLAND.findall(joined.group()) if joined else ()
    return tuple(dict.fromkeys(filter(None, (*parts, *run_together))))


def looks_like_mobile(text: str) -> bool:
    """
    Return whether a text is more likely a mobile number than an id.

    A number abroad needs a +, because an employee number may be padded with zeros.

    >>> looks_like_mobile("86-13900000001"), looks_like_mobile("+85291234567"), looks_like_mobile("0012345678")
    (True, True, False)
    """
    digits = _MARKS.sub("", text)
    return bool(_MAINLAND.fullmatch(digits) or (digits.startswith("+") and _ABROAD.fullmatch(digits)))


def _has_several(text: str, digits: str) -> bool:
    if _SEVERAL_MAINLAND.fullmatch(digits):
        return True
    parts = [_MARKS.sub("", part) for part in _BETWEEN_NUMBERS.split(text)]
    numbers = [part for part in parts if part.isdecimal() and len(part) >= _MIN_DIGITS]
    return len(numbers) > 1


def _find_problem(text: str) -> str:
    """Return the problem of a text that is not a number: a number or land line with an extension, or no number."""
    for extension in (_EXTENSION, _SHORT_EXTENSION):
        for match in extension.finditer(text):
            if match.end() < len(text):
                continue
            before = _MARKS.sub("", text[: match.start()])
            if _LAND_LINES.fullmatch(before):
                return "row.land_line"
            if _MAINLAND.fullmatch(before) or _ABROAD.fullmatch(before):
                return "row.extension"
    return "row.not_a_mobile"
