"""
Names of people and departments as keys that are equal for different spellings of one name.

Width, blanks, case and the dots within names are ignored, and traditional characters equal their simplified forms. A
text beside a name that distinguishes people, as in ``张伟（财务）`` or ``张伟2``, is separated from the name.
"""

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from unicodedata import normalize

from dingnb.tables.cell_values import BLANK_CHARACTERS
from dingnb.words import Text

_TRADITIONAL = "traditional.txt"
"""
The file with the traditional characters of each simplified character. A library such as OpenCC has a megabyte of
phrases, which names do not need, and would convert characters that distinguish people.
"""

_DOTS = "·•・‧∙⋅᛫."
_IGNORED = re.compile(f"[{re.escape(BLANK_CHARACTERS.replace(chr(10), '') + _DOTS)}]+")
"""Characters that are ignored; ``\x1f``, which separates a name from its qualifier in a key, is a blank as well."""

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003ffff"
_PLAIN = re.compile(f"[{_HAN}]+")  # 张伟
_PLAIN_LINES = re.compile(f"[{_HAN}\\n]*")  # several of these, one a line
_REGULAR = re.compile(rf"(?:[{_HAN}]+|[a-z]+)(?:\x1f#\d+)?")  # 张伟, zhangwei; with a number, as a key
_BEFORE_NUMBER = re.compile(rf"(?<=[{_HAN}a-z])(?=\d+$)", re.MULTILINE)  # before the 2 of 张伟2
_IRREGULAR_LINE = re.compile(rf"^.*[^{_HAN}a-z0-9#\x1f\n].*$", re.MULTILINE)  # a key such as jean-paul
_SEPARATOR = "\x1f"
_OPENING, _CLOSING = r"(\[{<【〔〈《「『", r")\]}>】〕〉》」』"
# As in 张伟(财务).
_BRACKETS_AFTER = re.compile(rf"(?P<base>[^{_OPENING}{_CLOSING}]+)[{_OPENING}](?P<qualifier>.*?)[{_CLOSING}]*")
_BRACKETS_BEFORE = re.compile(rf"[{_OPENING}](?P<qualifier>[^{_CLOSING}]+)[{_CLOSING}](?P<base>.+)")  # (财务)张伟
_NUMBERED = re.compile(r"(?P<base>.*?[^\d_#/-])[_#/-]*(?P<qualifier>\d+)(?:号)?")  # 张伟2, 张伟_02, 张伟2号
_LETTERED = re.compile(rf"(?P<base>[{_HAN}]{{2,}})[_#/-]*(?P<qualifier>[a-z])")  # 张伟a, 张伟-b
_JOINED = re.compile(r"(?P<left>[^-–—_/|:@]+)[-–—_/|:@]+(?P<right>[^-–—_/|:@]+)")  # 张伟-财务, 财务/张伟
_NUMBER = re.compile(r"[#no第]*(\d+)号?")  # 2, #2, no2, 第2号
_PATH_SEPARATORS = re.compile(r"[/\\>→»›\-–—_]+")  # 总部/财务部, 总部→财务部
_DEPARTMENT_SEPARATORS = re.compile(r"[,、;\n|]")  # 财务部、人事部
_SUFFIXES = ("中心", "团队", "部", "组", "处", "科", "室", "department", "dept", "team")
_LEAVING = "离职|已离|辞职|辞退|退休|离退|去世|已故"
_NO_SENDING = "(?:不[要用必再需]?|无[需须]|[勿别]|停止?)再?(?:发|推送|通知)|(?:donot|don['’]t)(?:send|message|contact)"
_LEFT = re.compile(f"(?!.*返聘).*(?:(?<![未没非])(?:{_LEAVING})|(?<![a-z])(?:resigned|retired|former)(?![a-z]))")
"""Notes beside names that say that the person has left; people who were employed again (返聘) have not."""

_EXCLUDED = re.compile(_NO_SENDING)
"""Notes beside names that say that the person must not get messages."""

_OFFICE = re.compile(rf"(?:离退休|退休|离职)[{_HAN}]*(?:办|处|科|室|组|中心|(?<!干)部|管理员|专员)(?![{_HAN}])")
"""Departments and titles that are no such note, as in ``李婷（离退休办）``."""

_NOTE_WORD = re.compile(f"{_LEAVING}|resigned|retired|{_NO_SENDING}")
"""What a folded name contains if it has a note outside of brackets."""

_WITHOUT_BRACKETS = f"(?:{_LEAVING}|resigned|retired|{_NO_SENDING})(?:[了送年月日\\d]|消息|通知|人员)*"
_NOTE = re.compile(rf"(?:[已经现均请暂先于自年月日\d]|please)*{_WITHOUT_BRACKETS}")
_NOTE_AT_END = re.compile(
    rf"(?P<base>[{_HAN}]{{2,}}?)(?P<qualifier>(?:\d[年月日\d]*)?(?:已经?|请)?{_WITHOUT_BRACKETS})"
)  # 张伟勿发
_NOTE_AT_START = re.compile(rf"(?P<qualifier>请?(?!别)(?:{_NO_SENDING})送?)(?P<base>[{_HAN}]{{2,}})")  # 勿发张伟
_BETWEEN_PARTS = re.compile(rf"[{re.escape(BLANK_CHARACTERS)}\-–—_/|:@,、;。]+")

_MIN_STEM = 2
_CACHED_DEPARTMENTS = 16_384


class PersonName(NamedTuple):
    """
    A name in the form used for comparisons.

    Attributes:
        base: The name itself.
        qualifier: The text beside the name: ``#2`` for a number, ``#a`` for a letter, otherwise unchanged; may be
            empty.
    """

    base: str
    qualifier: str = ""

    @classmethod
    def of(cls, key: str) -> "PersonName":
        """Return the name of a key."""
        return cls(*split_key(key))

    @property
    def key(self) -> str:
        """The name and its qualifier as one text."""
        return f"{self.base}{_SEPARATOR}{self.qualifier}" if self.qualifier else self.base

    @property
    def is_numbered(self) -> bool:
        """Whether a number or a letter distinguishes people of this name."""
        return self.qualifier.startswith("#")

    @property
    def has_left(self) -> bool:
        """Whether the text beside the name says that the person has left."""
        return _LEFT.match(_OFFICE.sub("", self.qualifier)) is not None

    @property
    def has_note(self) -> bool:
        """Whether the text beside the name says that the person has left or must not get messages."""
        return bool(self.qualifier) and (self.has_left or _EXCLUDED.search(self.qualifier) is not None)


def fold_names(names: Sequence[str]) -> list[str]:
    """
    Return names without blanks and dots, in one width and case, and in simplified characters.

    >>> fold_names(["張　偉", "ＬＩ Wei", "阿布·都拉"])
    ['张伟', 'liwei', '阿布都拉']
    """
    joined = "\n".join(names)
    if joined.count("\n") == max(len(names) - 1, 0):
        if _PLAIN_LINES.fullmatch(joined) and not _simplification()[1].search(joined):
            return list(names)
        folded = _simplify(_compact(joined)).split("\n")
        if len(folded) == len(names):
            return folded
    return [_simplify(_compact(name.replace("\n", ""))) for name in names]


def fold_one_name(name: str) -> str:
    """Return a name as `fold_names` does."""
    return fold_names([name])[0] if name else ""


def name_keys(names: Sequence[str], is_department: Callable[[str], bool]) -> list[str]:
    """
    Return the key of each name: equal names with the same qualifier have the same key.

    Args:
        names: The names as written.
        is_department: As for `read_name`.

    >>> name_keys(["張 伟", "张伟(2)"], lambda _: False) == [PersonName("张伟").key, PersonName("张伟", "#2").key]
    True
    """
    folded = fold_names(names)
    joined = "\n".join(folded)
    has_notes = _NOTE_WORD.search(joined) is not None
    if not has_notes and _PLAIN_LINES.fullmatch(joined):
        return folded
    keys = _BEFORE_NUMBER.sub(f"{_SEPARATOR}#", joined).split("\n")
    for position, key in enumerate(keys):
        if key and (not _REGULAR.fullmatch(key) or (has_notes and _NOTE_WORD.search(key))):
            keys[position] = read_name(names[position], is_department).key
    return keys


def read_name(written: str, is_department: Callable[[str], bool] = lambda _: False) -> PersonName:
    """
    Return a name and the text beside it.

    Args:
        written: The name.
        is_department: Whether a text names a department, which may be joined to a name, as with a dash or a slash.

    >>> read_name("张伟（财务）"), read_name("张伟02")
    (PersonName(base='张伟', qualifier='财务'), PersonName(base='张伟', qualifier='#02'))
    >>> read_name("張 偉 勿发"), read_name("张伟已离职")
    (PersonName(base='张伟', qualifier='勿发'), PersonName(base='张伟', qualifier='已离职'))
    >>> read_name("张伟-财务", {"财务"}.__contains__), read_name("Jean-Paul")
    (PersonName(base='张伟', qualifier='财务'), PersonName(base='jean-paul', qualifier=''))
    """
    folded = fold_one_name(written)
    has_note = _NOTE_WORD.search(folded) is not None
    if not has_note and _PLAIN.fullmatch(folded):
        return PersonName(folded)
    for pattern in (_BRACKETS_AFTER, _BRACKETS_BEFORE):
        if match := pattern.fullmatch(folded):
            return PersonName(match["base"], _qualifier(match["qualifier"]))
    if joined := _JOINED.fullmatch(folded):
        for base, qualifier in ((joined["left"], joined["right"]), (joined["right"], joined["left"])):
            if is_department(qualifier):
                return PersonName(base, qualifier)
    if has_note and (name := _split_note(written, folded)):
        return name
    if match := _NUMBERED.fullmatch(folded) or _LETTERED.fullmatch(folded):
        return PersonName(match["base"], _qualifier(match["qualifier"], is_numbering=True))
    return PersonName(folded)


def _split_note(written: str, folded: str) -> PersonName | None:
    """
    Return a name and the note beside it that is not in brackets; None if there is none.

    A note in front that says that the person has left must be separated from the name: 退休干部 is no note beside 干部.
    """
    parts = list(filter(None, map(fold_one_name, _BETWEEN_PARTS.split(normalize("NFKC", written)))))
    for size in range(1, len(parts)):
        for base, note in ((parts[:-size], parts[-size:]), (parts[size:], parts[:size])):
            if _NOTE.fullmatch("".join(note)):
                return PersonName("".join(base), "".join(note))
    match = _NOTE_AT_END.fullmatch(folded) or _NOTE_AT_START.fullmatch(folded)
    return PersonName(match["base"], match["qualifier"]) if match else None


def is_plain(folded: str) -> bool:
    """Return whether a folded name has Chinese characters only, so that nothing is written beside the name."""
    return _PLAIN.fullmatch(folded) is not None


def split_key(key: str) -> tuple[str, str]:
    """Return a name and its qualifier."""
    base, _, qualifier = key.partition(_SEPARATOR)
    return base, qualifier


def irregular_keys(keys: Collection[str]) -> list[str]:
    """Return the keys of names that have more than Chinese characters, Latin letters and a number."""
    return _IRREGULAR_LINE.findall("\n".join(keys))


def are_compatible(one: PersonName, other: PersonName) -> bool:
    """
    Return whether two names may belong to one person: the texts beside the names do not contradict each other.

    >>> are_compatible(PersonName("张伟"), PersonName("张伟", "#2"))
    True
    >>> are_compatible(PersonName("张伟", "#1"), PersonName("张伟", "#2"))
    False
    """
    if one.base != other.base:
        return False
    return (
        not one.qualifier
        or not other.qualifier
        or one.qualifier == other.qualifier
        or one.is_numbered != other.is_numbered
    )


def spelling_rules(ours: str, theirs: str) -> list[Text]:
    """
    Return the rules by which two spellings are equal; empty for identical spellings.

    >>> [str(rule) for rule in spelling_rules("張 偉", "张伟")]
    ['traditional and simplified characters are equal', 'width, blanks, case and dots are ignored']
    """
    if ours == theirs:
        return []
    compact_ours, compact_theirs = _compact(ours), _compact(theirs)
    rules = [Text("match.rule_traditional")] if _differ_with_traditional(compact_ours, compact_theirs) else []
    if (compact_ours, compact_theirs) != (ours, theirs) and _simplify(ours) != _simplify(theirs):
        rules.append(Text("match.rule_spelling"))
    return rules


@lru_cache(maxsize=_CACHED_DEPARTMENTS)
def fold_department(text: str) -> str:
    """
    Return the key of a department's name or path.

    >>> fold_department("總部 ／ 財務部门"), fold_department("总部-财务部")
    ('总部/财务部', '总部/财务部')
    """
    key = _PATH_SEPARATORS.sub("/", _simplify(_compact(text.replace("\n", "")))).strip("/")
    return key[:-1] if key.endswith("部门") and len(key) > len("部门") else key


def split_departments(cell: str) -> list[str]:
    """
    Return the departments in a cell.

    >>> split_departments("财务部、人事部")
    ['财务部', '人事部']
    """
    return [part for part in map(str.strip, _DEPARTMENT_SEPARATORS.split(normalize("NFKC", cell))) if part]


def stem_of(key: str) -> str:
    """
    Return the key of a department without a suffix such as ``部``; unchanged without such a suffix.

    >>> stem_of("总部/财务部"), stem_of("财务"), stem_of("一部")
    ('总部/财务', '财务', '一部')
    """
    for suffix in _SUFFIXES:
        if key.endswith(suffix) and len(key.rpartition("/")[2]) - len(suffix) >= _MIN_STEM:
            return key[: -len(suffix)]
    return key


def path_ends(key: str) -> list[str]:
    """
    Return the ends of a path, the whole path first.

    >>> path_ends("总部/财务部")
    ['总部/财务部', '财务部']
    """
    parts = key.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def is_one_apart(one: str, other: str) -> bool:
    """
    Return whether two names differ by one character: replaced, added, left out, or swapped with its neighbour.

    >>> is_one_apart("张小伟", "张晓伟"), is_one_apart("张小伟", "张伟"), is_one_apart("张伟", "李娜")
    (True, True, False)
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    if len(rest) == len(others):
        return rest[1:] == others[1:] or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
    return rest[1:] == others if len(rest) > len(others) else rest == others[1:]


def _qualifier(text: str, *, is_numbering: bool = False) -> str:
    """Return the qualifier for a text beside a name; `is_numbering`: it is a number or letter that numbers people."""
    number = _NUMBER.fullmatch(text)
    if number:
        return f"#{number[1]}"
    return f"#{text}" if is_numbering or (len(text) == 1 and text.isascii()) else text


def _compact(text: str) -> str:
    """Return a text without blanks and dots, in one width and case; line breaks stay."""
    wide = text if text.isascii() else normalize("NFKC", text)
    compacted = _IGNORED.sub("", wide).casefold()
    # Without the ignored characters, the remaining characters may combine.
    return compacted if compacted.isascii() else _IGNORED.sub("", normalize("NFKC", compacted))


def _simplify(text: str) -> str:
    table, traditional = _simplification()
    return text.translate(table) if traditional.search(text) else text


def _differ_with_traditional(one: str, other: str) -> bool:
    """Return whether two texts differ, and one of them has traditional characters."""
    return one != other and (one, other) != (_simplify(one), _simplify(other))


@cache
def _simplification() -> tuple[dict[int, str], re.Pattern[str]]:
    """Return the simplified form of each traditional character, and a pattern that finds traditional characters."""
    text = files(__package__).joinpath(_TRADITIONAL).read_text(encoding="utf-8")
    groups = [line for line in text.splitlines() if not line.startswith("#")]
    table = {ord(character): group[0] for group in groups for character in group[1:]}
    return table, re.compile(f"[{''.join(map(chr, table))}]")
