"""
The people of the sandbox: a reproducible organisation of any size.

Everything about a person is derived from the seed and the person's number, so the first people of a large organisation
are those of a small one. Nobody is stored until requested: ids and phone numbers can be converted back into the number
from which they were generated.

All phone numbers are fictitious: persons 0 to 9,999 have numbers of the form ``1390000xxxx``, and larger organisations
continue through ``13900xxxxxx``. `unknown_mobile` returns numbers that nobody has, ``1380000xxxx``.
"""

import re
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

_SURNAMES = (
    *(("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao")),
    *(("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu")),
    *(("高", "gao"), ("林", "lin"), ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("梁", "liang")),
    *(("宋", "song"), ("郑", "zheng"), ("谢", "xie"), ("韩", "han"), ("唐", "tang"), ("冯", "feng"), ("于", "yu")),
    *(("董", "dong"), ("萧", "xiao"), ("程", "cheng"), ("曹", "cao"), ("欧阳", "ouyang"), ("司徒", "situ")),
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力宇欣怡子涵雨晨浩然思佳梓轩诗琪一诺"
_CITIES = ("北京", "上海", "杭州", "深圳", "广州", "成都", "武汉", "西安", "南京", "苏州")

_RANDOM_FIELDS = struct.Struct("<8H").unpack
_CORES = 10**15
_CORE_STEP = 618_033_988_749_897
_CORE_BACK = pow(_CORE_STEP, -1, _CORES)
_CORE_FORMS = ("{:015d}", "0{:015d}", "16{:015d}", "010{:015d}")
_LETTERS = 26**5
_LETTER_STEP = 4_370_387
_LETTER_BACK = pow(_LETTER_STEP, -1, _LETTERS)
_BLOCK = 10_000
_BLOCK_STEP = 7_919
_BLOCK_BACK = pow(_BLOCK_STEP, -1, _BLOCK)

_MANAGER = re.compile(r"manager(\d{4,7})", re.ASCII)
_NUMERIC = re.compile(r"\d{0,3}(\d{15})", re.ASCII)
_LETTERED = re.compile(r"[a-z]{2,6}([a-z]{5})", re.ASCII)
_MOBILE = re.compile(r"13900(\d{6})", re.ASCII)

_MANAGER_PERCENT = 6
_NUMERIC_PERCENT = 78
_LEFT_PER_MILLE = 22
_SHORT_NAME_PERCENT = 30


@dataclass(frozen=True, slots=True)
class Department:
    """One department; the root has number 1 and no parent."""

    number: int
    name: str
    parent: int


ROOT_DEPARTMENT = 1

DEPARTMENTS = {
    one.number: one
    for one in (
        Department(ROOT_DEPARTMENT, "示例集团", 0),
        Department(10, "研发中心", 1),
        Department(11, "平台研发部", 10),
        Department(12, "应用研发部", 10),
        Department(20, "市场部", 1),
        Department(30, "销售部", 1),
        Department(40, "客户服务部", 1),
        Department(50, "财务部", 1),
        Department(60, "人力资源部", 1),
        Department(70, "供应链部", 1),
    )
}
_WORKPLACES = tuple(number for number in DEPARTMENTS if number not in {ROOT_DEPARTMENT, 10})


@dataclass(frozen=True, slots=True)
class Person:
    """
    One member of staff.

    Attributes:
        userid: DingTalk's id of the person within the organisation.
        name: A Chinese name; not unique.
        mobile: A phone number of 11 digits; unique.
        department_id: A key of `DEPARTMENTS`.
        city: The person's place of work.
        active: Whether the person is still employed. DingTalk returns nothing for former staff.
    """

    userid: str
    name: str
    mobile: str
    department_id: int
    city: str
    active: bool

    @property
    def department(self) -> str:
        """Name of the person's department."""
        return DEPARTMENTS[self.department_id].name


def unknown_mobile(number: int) -> str:
    """
    Return a well-formed phone number that nobody in any sandbox has.

    >>> unknown_mobile(7)
    '13800000007'
    """
    return f"1380000{number % _BLOCK:04d}"


def make_people(users: int, seed: int) -> tuple[Person, ...]:
    """
    Return the first `users` people of the organisation generated from `seed`, including former staff.

    >>> make_people(2, 11) == make_people(3, 11)[:2]
    True
    """
    organisation = Organisation(users, seed)
    return tuple(organisation.person(index) for index in range(users))


class Organisation:
    """
    The people of one sandbox, generated on demand.

    Args:
        users: Number of people, including former staff.
        seed: The seed from which they are generated.
    """

    def __init__(self, users: int, seed: int) -> None:
        self._users = users
        self._seed = seed
        self._offset = int.from_bytes(blake2b(f"offset {seed}".encode(), digest_size=6).digest())
        self._cache: dict[str, Person] = {}

    def __len__(self) -> int:
        return self._users

    def person(self, index: int) -> Person:
        """Return the person with a number, starting at 0."""
        digest = blake2b(f"{self._seed} {index}".encode(), digest_size=16).digest()
        form, surname, first, second, shortness, workplace, city, leaving = _RANDOM_FIELDS(digest)
        family, pinyin = _SURNAMES[surname % len(_SURNAMES)]
        given = _GIVEN[first % len(_GIVEN)]
        if shortness % 100 >= _SHORT_NAME_PERCENT:
            given += _GIVEN[second % len(_GIVEN)]
        return Person(
            userid=self._userid(index, form, pinyin),
            name=family + given,
            mobile=self._mobile(index),
            department_id=_WORKPLACES[workplace % len(_WORKPLACES)],
            city=_CITIES[city % len(_CITIES)],
            active=leaving % 1_000 >= _LEFT_PER_MILLE,
        )

    def by_userid(self, userid: str) -> Person | None:
        """Return the current member of staff with a userid; None if there is none."""
        person = self._cache.get(userid) or self._match(userid)
        if person is not None:
            self._cache[userid] = person
        return person

    def by_mobile(self, mobile: str) -> Person | None:
        """Return the current member of staff with a phone number; None if there is none."""
        match = _MOBILE.fullmatch(mobile)
        if match is None:
            return None
        block, place = divmod(int(match[1]), _BLOCK)
        index = block * _BLOCK + (place - self._offset) * _BLOCK_BACK % _BLOCK
        return self._active(index)

    def staff(self) -> Iterator[Person]:
        """Yield all current staff in the order of their numbers."""
        return (one for one in map(self.person, range(self._users)) if one.active)

    @cached_property
    def staff_count(self) -> int:
        """Number of current staff."""
        return sum(1 for _ in self.staff())

    def staff_in(self, department_ids: Collection[int]) -> Iterator[Person]:
        """Yield the current staff of departments, including sub-departments."""
        wanted = {number for number in DEPARTMENTS if not _with_ancestors(number).isdisjoint(department_ids)}
        return (one for one in self.staff() if one.department_id in wanted)

    def _active(self, index: int) -> Person | None:
        if not 0 <= index < self._users:
            return None
        person = self.person(index)
        return person if person.active else None

    def _match(self, userid: str) -> Person | None:
        index = -1
        if match := _MANAGER.fullmatch(userid):
            index = int(match[1])
        elif match := _NUMERIC.fullmatch(userid):
            index = (int(match[1]) - self._offset) * _CORE_BACK % _CORES
        elif match := _LETTERED.fullmatch(userid):
            index = (_number(match[1]) - self._offset) * _LETTER_BACK % _LETTERS
        person = self._active(index)
        return person if person is not None and person.userid == userid else None

    def _userid(self, index: int, form: int, pinyin: str) -> str:
        width, kind = divmod(form, 100)
        if kind < _MANAGER_PERCENT:
            return f"manager{index:04d}"
        if kind < _NUMERIC_PERCENT:
            return _CORE_FORMS[width % len(_CORE_FORMS)].format((index * _CORE_STEP + self._offset) % _CORES)
        return pinyin + _letters((index * _LETTER_STEP + self._offset) % _LETTERS)

    def _mobile(self, index: int) -> str:
        block, place = divmod(index, _BLOCK)
        return f"13900{block * _BLOCK + (place * _BLOCK_STEP + self._offset) % _BLOCK:06d}"


def _with_ancestors(number: int) -> set[int]:
    found = set()
    while number:
        found.add(number)
        number = DEPARTMENTS[number].parent
    return found


def _letters(number: int) -> str:
    text = ""
    for _ in range(5):
        number, letter = divmod(number, 26)
        text = chr(ord("a") + letter) + text
    return text


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a")
    return number
