"""
Formats numbers, dates and times as Excel does, with the number format of the cell.

Formats that depend on the system, such as ids 14 and 22, are shown as in the Chinese editions of Excel and WPS: an
assumption, since the file does not contain the system's language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from dingnb.tables.cell_values import SIGNIFICANT_DIGITS

GENERAL: Final = "General"

CHINESE_FORMATS: Final[Mapping[int, str]] = {
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}
"""Built-in formats of the Chinese editions by id; files contain only the id."""

CHINESE_BUILT_IN: Final[Mapping[int, str]] = {
    5: "¥#,##0;¥-#,##0",
    6: "¥#,##0;[Red]¥-#,##0",
    7: "¥#,##0.00;¥-#,##0.00",
    8: "¥#,##0.00;[Red]¥-#,##0.00",
    37: "#,##0;-#,##0",
    38: "#,##0;[Red]-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    42: '_ ¥* #,##0_ ;_ ¥* -#,##0_ ;_ ¥* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    44: '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ',
    47: "mm:ss.0",
}
"""Chinese versions of built-in formats that depend on the system, by id."""

_SYSTEM_DATE_FORMATS = {
    "mm-dd-yy": "yyyy/m/d",
    "m/d/yy h:mm": "yyyy/m/d h:mm",
    "m/d/yyyy": "yyyy/m/d",
    "m/d/yy": "yyyy/m/d",
}
"""Chinese versions of formats that denote the system's date format."""

_LONG_DATE, _LONG_TIME = 'yyyy"年"m"月"d"日"', "h:mm:ss"
_SYSTEM_LOCALES = {"F800": _LONG_DATE, "X-SYSDATE": _LONG_DATE, "F400": _LONG_TIME, "X-SYSTIME": _LONG_TIME}
"""Chinese formats by the locales that denote the system's long date and time; newer editions of Excel write names."""

_CHINESE_LOCALE = re.compile(r"[0-9A-F]*(?:804|404|C04|004)|ZH(?:-[A-Z]+)*")
"""Codes and names of Chinese locales: ``804``, ``30804``, ``zh-CN``."""

_MAX_CHARACTERS = 255
"""Maximum length of a format in Excel."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r"|[\\!](?P<escaped>.)"
    r"|_(?P<space>.)"
    r"|\*(?P<fill>.)"
    r"|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<general>General|G/通用格式)"
    r"|(?P<am_pm>AM/PM|A/P|上午/下午)"
    r"|(?P<exponent>E[+-])(?=[0#?])"
    r"|(?P<date>y+|m+|d+|h+|s+|e+|a{3,4}|b+|g+)"
    r"|(?P<fraction>\.0+)(?=[^0-9#?;]*(?:;|$))"
    r"|(?P<digit>[0#?])"
    r"|(?P<mark>[.,%/@])"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+))")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_DAY_S = 86_400
_WEEKDAYS = "一二三四五六日"
_MONTHS = ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_CHINESE_MONTHS = tuple(
    f"{numeral}月" for numeral in ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
)

Temporal = datetime | date | time | timedelta
"""A date, a time of day or a duration."""


@dataclass(frozen=True, slots=True)
class _Part:
    """
    A part of a section.

    Attributes:
        kind: A group of `_TOKEN` that needs no conversion; ``literal`` for text, ``elapsed`` for ``[h]`` and the like.
        text: The text of the part, such as ``mm``.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class _Section:
    """One of up to four sections of a number format."""

    parts: tuple[_Part, ...]
    condition: tuple[str, Decimal] | None
    is_chinese: bool

    @cached_property
    def kinds(self) -> frozenset[str]:
        return frozenset(part.kind for part in self.parts)

    @cached_property
    def is_date(self) -> bool:
        return not self.kinds.isdisjoint({"date", "elapsed", "am_pm"})

    @cached_property
    def shows_time(self) -> bool:
        codes = {part.text[0] for part in self.parts if part.kind == "date"}
        return not self.kinds.isdisjoint({"elapsed", "am_pm", "fraction"}) or not codes.isdisjoint("hs")

    @cached_property
    def shows_month(self) -> bool:
        return any(
            part.text[0] in "yebg" or (part.text[0] == "m" and not _is_minute(self.parts, at))
            for at, part in enumerate(self.parts)
            if part.kind == "date"
        )

    @cached_property
    def is_for_text(self) -> bool:
        return any(part.kind == "mark" and part.text == "@" for part in self.parts)

    @cached_property
    def second_decimals(self) -> int:
        return max((len(part.text) - 1 for part in self.parts if part.kind == "fraction"), default=0)

    @cached_property
    def layout(self) -> "_Layout":
        return _layout_of(self.parts)


class UnknownFormatError(Exception):
    """The number format is invalid or not supported."""


def format_number(value: float, number_format: str) -> str:
    """
    Return a number as shown by Excel; empty if the format hides the number.

    >>> format_number(0.125, "0.0%"), format_number(1234.5, '"¥"#,##0.00'), format_number(-5, "0;[Red](0)")
    ('12.5%', '¥1,234.50', '(5)')

    Raises:
        UnknownFormatError: The format is for dates, fractions or Chinese numerals, or is invalid.
    """
    amount = _exact(value)
    sections = _parse_sections(number_format)
    section, has_own_sign = _section_for(amount, sections)
    if section.is_date:
        raise UnknownFormatError
    if not section.parts and len(sections) > 1:
        return ""
    try:
        shown = _format_with(abs(amount), section)
    except ArithmeticError:
        raise UnknownFormatError from None
    return f"-{shown}" if amount < 0 and not has_own_sign else shown


def format_temporal(value: Temporal, number_format: str) -> str:
    """
    Return a date, a time of day or a duration as shown by Excel.

    >>> format_temporal(datetime(2026, 11, 5), "yyyy/m/d"), format_temporal(timedelta(hours=26, minutes=5), "[h]:mm")
    ('2026/11/5', '26:05')

    Raises:
        UnknownFormatError: The format is not a date format, has a part that the value lacks, or is invalid.
    """
    section = _parse_sections(_SYSTEM_DATE_FORMATS.get(number_format.partition(";")[0], number_format))[0]
    if not section.is_date:
        raise UnknownFormatError
    is_negative = isinstance(value, timedelta) and value < timedelta()
    parts = _TemporalParts.of(abs(value) if isinstance(value, timedelta) else value)
    shown = (parts.rounded(section.second_decimals) if section.shows_time else parts).format(section)
    return f"-{shown}" if is_negative else shown


def is_date_format(number_format: str) -> bool:
    """Return whether a format is for dates or times."""
    try:
        return _parse_sections(number_format)[0].is_date
    except UnknownFormatError:
        return False


def shows_month(number_format: str) -> bool:
    """
    Return whether a format shows a month or a year, as formats for dates do, unlike formats for times and durations.

    >>> shows_month("yyyy-mm-dd"), shows_month('m"月"'), shows_month("mm:ss"), shows_month('d"天"h"时"m"分"')
    (True, True, False, False)
    """
    try:
        return _parse_sections(number_format)[0].shows_month
    except UnknownFormatError:
        return False


def format_text(value: str, number_format: str) -> str:
    """
    Return a text as shown by Excel; empty if the format hides the text.

    >>> format_text("王", '@"先生"'), format_text("王", "0.00"), format_text("王", ";;;")
    ('王先生', '王', '')
    """
    try:
        sections = _parse_sections(number_format)
    except UnknownFormatError:
        return value
    section = sections[3] if len(sections) > 3 else sections[-1]  # noqa: PLR2004 - the fourth section is for text
    if len(sections) <= 3 and not section.is_for_text:  # noqa: PLR2004
        return value
    shown = (
        value if part.kind == "general" or (part.kind == "mark" and part.text == "@") else part.text
        for part in section.parts
    )
    return "".join(shown).strip(" ")


def plain_number(value: float) -> str:
    """
    Return a number with the digits that Excel stores, without a format.

    >>> plain_number(0.1 + 0.2), plain_number(3.0), plain_number(12)
    ('0.3', '3', '12')
    """
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = f"{value:.{SIGNIFICANT_DIGITS}g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _exact(value: float) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{SIGNIFICANT_DIGITS}g}")


@lru_cache(maxsize=1_024)
def _parse_sections(number_format: str) -> tuple[_Section, ...]:
    """Return the sections of a number format."""
    if len(number_format) > _MAX_CHARACTERS:
        raise UnknownFormatError
    parts_of_sections: list[list[_Part]] = [[]]
    conditions: list[tuple[str, Decimal] | None] = [None]
    chinese = [False]
    for match in _TOKEN.finditer(number_format):
        kind, text = str(match.lastgroup), match[match.lastgroup or 0]
        if kind == "other" and text == ";":
            parts_of_sections.append([])
            conditions.append(None)
            chinese.append(False)
        elif kind == "bracket":
            condition = _CONDITION.fullmatch(text)
            if condition is not None:
                conditions[-1] = condition[1], Decimal(condition[2])
            elif _ELAPSED.fullmatch(text):
                parts_of_sections[-1].append(_Part("elapsed", text.lower()))
            elif text.startswith("$"):
                symbol, _, locale = text[1:].partition("-")
                parts_of_sections[-1] += [_Part("literal", symbol)] if symbol else []
                chinese[-1] |= _CHINESE_LOCALE.fullmatch(locale.upper()) is not None
                if locale.upper() in _SYSTEM_LOCALES:
                    return _parse_sections(_SYSTEM_LOCALES[locale.upper()])
            elif text.startswith(("<", ">", "=")) or text.upper().startswith(("DBNUM", "NATNUM")):
                raise UnknownFormatError
        else:
            part = _part(kind, text)
            parts_of_sections[-1] += [part] if part is not None else []
    return tuple(
        _Section(tuple(parts), condition, is_chinese)
        for parts, condition, is_chinese in zip(parts_of_sections, conditions, chinese, strict=True)
    )


def _part(kind: str, text: str) -> _Part | None:
    if kind in {"quoted", "escaped", "other"}:
        return _Part("literal", text)
    if kind == "space":
        return _Part("literal", " ")
    if kind == "date":
        return _Part("date", text.lower())
    return None if kind == "fill" else _Part(kind, text)


def _section_for(amount: Decimal, sections: Sequence[_Section]) -> tuple[_Section, bool]:
    """Return the section for a number, and whether the section applies only to negative numbers."""
    # The fourth section is for text, and so is the last of several with a placeholder for text.
    numeric = sections[:-1] if 1 < len(sections) <= 3 and sections[-1].is_for_text else sections[:3]  # noqa: PLR2004
    if any(section.condition for section in numeric):
        has_positive_section = False
        for section in numeric:
            operator, limit = section.condition or ("", Decimal())
            if not operator:
                return section, has_positive_section
            if _is_met(amount, operator, limit):
                return section, operator in {"<", "<="} and limit <= 0
            has_positive_section |= operator in {">", ">="} and limit <= 0
        raise UnknownFormatError
    if amount < 0 and len(numeric) > 1:
        return numeric[1], True
    if amount == 0 and len(numeric) > 2:  # noqa: PLR2004 - the third section is for zero
        return numeric[2], False
    return numeric[0], False


def _is_met(amount: Decimal, operator: str, limit: Decimal) -> bool:
    return {
        "<": amount < limit,
        "<=": amount <= limit,
        ">": amount > limit,
        ">=": amount >= limit,
        "=": amount == limit,
        "<>": amount != limit,
    }[operator]


class _Layout(NamedTuple):
    """
    The layout of a number section.

    Attributes:
        whole: The parts before the decimal point.
        decimals: The parts from the decimal point on.
        last: The position in `whole` of the last digit; -1 without a digit.
        places: The number of decimal places.
        shift: The power of ten by which numbers are multiplied before they are shown, as for percentages.
    """

    whole: list[_Part]
    decimals: list[_Part]
    last: int
    places: int
    shift: int


def _layout_of(parts: Sequence[_Part]) -> _Layout:
    whole, decimals = _split(parts)
    percents = sum(part.text == "%" for part in parts if part.kind == "mark")
    last = max((at for at, part in enumerate(whole) if part.kind == "digit"), default=-1)
    scaling = 0
    for part in reversed([*whole, *decimals]):
        if part.kind == "digit":
            break
        # Each comma after the last digit divides by a thousand.
        scaling += part.kind == "mark" and part.text == ","
    return _Layout(whole, decimals, last, sum(part.kind == "digit" for part in decimals), 2 * percents - 3 * scaling)


def _format_with(amount: Decimal, section: _Section) -> str:
    parts, kinds = section.parts, section.kinds
    if "general" in kinds or not parts or section.is_for_text:
        shown = plain_number(float(amount)) if amount % 1 else str(int(amount))
        texts = [shown if part.kind == "general" or part.text == "@" else part.text for part in parts]
        return "".join(texts).strip() if parts else shown
    if kinds.isdisjoint({"digit", "fraction"}):
        return "".join(part.text for part in parts).strip()
    if any(part.text == "/" for part in parts if part.kind == "mark"):
        raise UnknownFormatError
    if "exponent" in kinds:
        return _format_scientific(amount, parts)
    layout = section.layout
    with localcontext(prec=60):
        digits, fraction = _rounded_digits(amount.scaleb(layout.shift), layout.places)
    return (_format_whole(digits, layout.whole, layout.last) + _format_decimals(fraction, layout.decimals)).strip()


def _split(parts: Sequence[_Part]) -> tuple[list[_Part], list[_Part]]:
    """Return the parts before the decimal point, and the parts from the decimal point on."""
    flat: list[_Part] = []
    for part in parts:
        if part.kind == "fraction":
            flat += [_Part("mark", "."), *(_Part("digit", "0") for _ in part.text[1:])]
        else:
            flat.append(part)
    at = next((at for at, part in enumerate(flat) if part.kind == "mark" and part.text == "."), len(flat))
    return flat[:at], flat[at:]


def _format_whole(digits: str, parts: Sequence[_Part], last: int) -> str:
    places = [at for at, part in enumerate(parts) if part.kind == "digit"]
    if not places:
        return "".join(part.text for part in parts if part.text != ",") + digits
    first_place = places[0]
    is_grouped = any(part.kind == "mark" and part.text == "," for part in parts[first_place:last])
    shown: list[str] = []
    left, taken = digits, 0

    def take(character: str) -> None:
        nonlocal taken
        if is_grouped and taken and taken % 3 == 0 and character != " ":
            shown.append(",")
        shown.append(character)
        taken += 1

    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        if part.kind == "digit":
            character, left = (left[-1], left[:-1]) if left else ({"0": "0", "?": " "}.get(part.text, ""), "")
            if character:
                take(character)
            while at == first_place and left:
                take(left[-1])
                left = left[:-1]
        elif not (part.kind == "mark" and part.text == ","):
            shown.append(part.text)
    return "".join(reversed(shown))


def _format_decimals(fraction: str, parts: Sequence[_Part]) -> str:
    shown: list[str] = []
    at = 0
    for part in parts:
        if part.kind == "digit":
            rest = fraction[at:]
            if part.text == "0" or rest.strip("0"):
                shown.append(rest[:1] or "0")
            elif part.text == "?":
                shown.append(" ")
            at += 1
        elif not (part.kind == "mark" and part.text == ","):
            shown.append(part.text)
    return "".join(shown)


def _format_scientific(amount: Decimal, parts: Sequence[_Part]) -> str:
    at = next(at for at, part in enumerate(parts) if part.kind == "exponent")
    mantissa, exponent = _layout_of(parts[:at]), parts[at + 1 :]
    if sum(part.kind == "digit" for part in mantissa.whole) != 1 or mantissa.shift:
        raise UnknownFormatError
    if any(part.kind not in {"digit", "literal"} for part in exponent):
        raise UnknownFormatError
    with localcontext(prec=60):
        power = amount.adjusted() if amount else 0
        digits, fraction = _rounded_digits(amount.scaleb(-power), mantissa.places)
        if len(digits) > 1:
            # 9.99 was rounded to 10.
            power += 1
            digits, fraction = _rounded_digits(amount.scaleb(-power), mantissa.places)
    sign = "-" if power < 0 else "+" if parts[at].text.endswith("+") else ""
    last = max(at for at, part in enumerate(exponent) if part.kind == "digit")
    shown = _format_whole(digits, mantissa.whole, mantissa.last) + _format_decimals(fraction, mantissa.decimals)
    return f"{shown}E{sign}{_format_whole(str(abs(power)).lstrip('0'), exponent, last)}".strip()


def _rounded_digits(amount: Decimal, places: int) -> tuple[str, str]:
    """Return the digits before and after the decimal point, without leading zeros."""
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits, _, fraction = f"{rounded:f}".partition(".")
    return digits.lstrip("0"), fraction


@dataclass(frozen=True, slots=True)
class _TemporalParts:
    """The day and time that a date format can show."""

    day: date | None
    seconds: int
    millis: int

    @classmethod
    def of(cls, value: Temporal) -> "_TemporalParts":
        if isinstance(value, timedelta):
            day, span = None, value
        elif isinstance(value, time):
            day, span = None, _since_midnight(value)
        elif isinstance(value, datetime):
            day, span = value.date(), _since_midnight(value.time())
        else:
            day, span = value, timedelta()
        # Excel stores times as fractions of a day, which are inexact.
        millis = round(span / timedelta(milliseconds=1))
        return cls(day, millis // 1_000, millis % 1_000)

    def format(self, section: _Section) -> str:
        am_pm = next((part.text for part in section.parts if part.kind == "am_pm"), "")
        shown = []
        for at, part in enumerate(section.parts):
            if part.kind == "date":
                is_minute = part.text[0] == "m" and _is_minute(section.parts, at)
                code = "M" * len(part.text) if is_minute else part.text
                shown.append(self._code(code, is_12_hour=bool(am_pm), is_chinese=section.is_chinese))
            elif part.kind == "elapsed":
                unit = {"h": 3_600, "m": 60, "s": 1}[part.text[0]]
                days = 0 if self.day is None else (self.day - date(1899, 12, 30)).days
                shown.append(str((days * _DAY_S + self.seconds) // unit).zfill(len(part.text)))
            elif part.kind == "am_pm":
                shown.append(self._am_pm(part.text, is_chinese=section.is_chinese))
            elif part.kind == "fraction":
                shown.append(f".{self.millis:03}"[: len(part.text)])
            else:
                shown.append("" if part.text == "@" else part.text)
        return "".join(shown).strip()

    def rounded(self, second_decimals: int) -> "_TemporalParts":
        """Return the time rounded to the precision that is shown; the rounded time may be on the next day."""
        unit_ms = 10 ** max(3 - second_decimals, 0)
        millis = (self.seconds * 1_000 + self.millis + unit_ms // 2) // unit_ms * unit_ms
        seconds, day = millis // 1_000, self.day
        if day is not None and seconds >= _DAY_S:
            if day == date.max:
                return self
            seconds, day = seconds - _DAY_S, day + timedelta(days=1)
        return _TemporalParts(day, seconds, millis % 1_000)

    def _am_pm(self, mark: str, *, is_chinese: bool) -> str:
        is_afternoon = self.seconds % _DAY_S >= _DAY_S // 2
        if mark == "上午/下午" or is_chinese:
            return "下午" if is_afternoon else "上午"
        return mark.split("/")[is_afternoon]

    def _code(self, code: str, *, is_12_hour: bool, is_chinese: bool) -> str:
        hours, minutes, seconds = self.seconds // 3_600, self.seconds // 60 % 60, self.seconds % 60
        if code[0] == "h":
            hour = (hours % 12 or 12) if is_12_hour else hours % 24
            return f"{hour:0{min(len(code), 2)}}"
        if code[0] in "Ms":
            return f"{minutes if code[0] == 'M' else seconds:0{min(len(code), 2)}}"
        day = self.day
        if day is None or code[0] in "bg":
            raise UnknownFormatError
        return _date_code(day, code, is_chinese=is_chinese)


def _since_midnight(value: time) -> timedelta:
    return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)


def _date_code(day: date, code: str, *, is_chinese: bool) -> str:
    letter, length = code[0], len(code)
    if letter in "ye":
        return f"{day.year % 100:02}" if letter == "y" and length <= 2 else f"{day.year:04}"  # noqa: PLR2004 - yy
    if letter == "a":
        weekday = _WEEKDAYS[day.weekday()]
        return f"星期{weekday}" if length == 4 else weekday  # noqa: PLR2004 - aaaa
    number, names = (day.month, _MONTHS) if letter == "m" else (day.day, _DAYS)
    if length <= 2:  # noqa: PLR2004 - mm
        return f"{number:0{length}}"
    if is_chinese and letter == "m":
        return f"{day.month}月" if length == 3 else _CHINESE_MONTHS[day.month - 1]  # noqa: PLR2004 - mmm
    if is_chinese:
        return f"{'周' if length == 3 else '星期'}{_WEEKDAYS[day.weekday()]}"  # noqa: PLR2004 - ddd
    name = names[day.month - 1] if letter == "m" else names[day.weekday()]
    return name[:3] if length == 3 else name[:1] if code == "mmmmm" else name  # noqa: PLR2004 - mmm, mmmm, mmmmm


def _is_minute(parts: Sequence[_Part], at: int) -> bool:
    """Return whether an ``m`` denotes minutes, because it follows hours or precedes seconds."""
    units = {"date", "elapsed"}
    before = next((part.text[0] for part in reversed(parts[:at]) if part.kind in units), "")
    after = next((part.text[0] for part in parts[at + 1 :] if part.kind in units), "")
    return before == "h" or after == "s"
