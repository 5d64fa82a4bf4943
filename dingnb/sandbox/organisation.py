"""
The people, departments and roles of the sandbox: a reproducible organisation of any size, which tests may change.

A person's data are derived from the seed and the person's number, so the first people of a large organisation are also
the people of a small organisation; only the number of leaders depends on the size. People are generated on demand: ids
and phone numbers can be converted back into the person's number. The members of departments and roles are determined
when first requested, and again after a change.

All phone numbers are generated, but may belong to somebody: people 0 to 9,999 have numbers of the form
``1390000xxxx``, and larger organisations continue through ``13900xxxxxx``. `unknown_mobile` returns numbers that nobody
in any sandbox has, ``1380000xxxx``.
"""

import base64
import re
import struct
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from dingnb.sandbox.arguments import refuse_argument
from dingnb.words import Text

_SURNAMES = (
    *(("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao")),
    *(("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu")),
    *(("高", "gao"), ("林", "lin"), ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("梁", "liang")),
    *(("宋", "song"), ("郑", "zheng"), ("谢", "xie"), ("韩", "han"), ("唐", "tang"), ("冯", "feng"), ("于", "yu")),
    *(("董", "dong"), ("萧", "xiao"), ("程", "cheng"), ("曹", "cao"), ("欧阳", "ouyang"), ("司徒", "situ")),
)
_GIVEN_NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力宇欣怡子涵雨晨浩然思佳梓轩诗琪一诺"
_CITIES = ("北京", "上海", "杭州", "深圳", "广州", "成都", "武汉", "西安", "南京", "苏州")

_EIGHT_NUMBERS = struct.Struct("<8H")

# An id or phone number is (person's number * step + offset) modulo the count of such ids. As the step is coprime to the
# count, no two people have the same id, and the inverse of the step leads back to the person's number.
_NUMERIC_IDS = 10**15
_NUMERIC_ID_STEP = 618_033_988_749_897
_NUMERIC_ID_STEP_INVERSE = pow(_NUMERIC_ID_STEP, -1, _NUMERIC_IDS)
_NUMERIC_ID_FORMATS = ("{:015d}", "0{:015d}", "16{:015d}", "010{:015d}")
_LETTER_IDS = 26**5
_LETTER_ID_STEP = 4_370_387
_LETTER_ID_STEP_INVERSE = pow(_LETTER_ID_STEP, -1, _LETTER_IDS)
_MOBILES_PER_BLOCK = 10_000
_MOBILE_STEP = 7_919
_MOBILE_STEP_INVERSE = pow(_MOBILE_STEP, -1, _MOBILES_PER_BLOCK)

_MANAGER_ID = re.compile(r"manager(\d{4,7})", re.ASCII)
_NUMERIC_ID = re.compile(r"\d{0,3}(\d{15})", re.ASCII)
_LETTER_ID = re.compile(r"[a-z]{2,6}([a-z]{5})", re.ASCII)
_MOBILE = re.compile(r"13900(\d{6})", re.ASCII)

_MANAGER_ID_PERCENT = 6
_NUMERIC_ID_PERCENT = 78
"""Percentage of people with a numeric id, including people with the id of a manager; other ids consist of letters."""

_FORMER_STAFF_PER_MILLE = 22
_SHORT_NAME_PERCENT = 30
_TWO_DEPARTMENTS_PERCENT = 4
_CONTRACTOR_PER_MILLE = 30
_INTERN_PER_MILLE = 20
_NOT_ACTIVATED_PER_MILLE = 20
_POST_TENTHS = 4
_TITLED_PERCENT = 80
_EMAIL_PERCENT = 90


@dataclass(frozen=True, slots=True)
class Department:
    """
    One department.

    Attributes:
        number: The department's id; 1 for the root.
        name: The department's name; not unique.
        parent: The id of the department above; 0 for the root.
    """

    number: int
    name: str
    parent: int


ROOT_DEPARTMENT = 1

DEPARTMENTS = {
    department.number: department
    for department in (
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
"""The departments of an organisation of up to `SMALL_ORGANISATION_SIZE` people; a larger one has more below these."""

SMALL_ORGANISATION_SIZE = 1_200
"""The number of people who are in `DEPARTMENTS` alone, and who have all activated DingTalk."""

_WORKPLACES = tuple(number for number in DEPARTMENTS if number not in {ROOT_DEPARTMENT, 10})
_PEOPLE_PER_DEPARTMENT = 25
_MAX_DEPARTMENTS = 1_000
_DEPARTMENT_NAMES = (
    *(
        "华东区",
        "华南区",
        "华北区",
        "西南区",
        "西北区",
        "东北区",
        "北京分公司",
        "上海分公司",
        "杭州分公司",
        "深圳分公司",
    ),
    *(
        "财务部",
        "人事部",
        "行政部",
        "法务部",
        "市场部",
        "销售部",
        "技术部",
        "产品部",
        "运营部",
        "采购部",
        "质量部",
        "物流部",
    ),
    *("一组", "二组", "三组", "项目组", "售后组", "客服组", "培训组", "仓储组"),
)


@dataclass(frozen=True, slots=True)
class Role:
    """One role, in a group of roles."""

    number: int
    name: str
    group: int


ROLE_GROUPS = {901: "默认", 902: "岗位", 903: "用工性质"}
ROLES = {
    role.number: role
    for role in (
        Role(1001, "主管理员", 901),
        Role(1002, "子管理员", 901),
        Role(1003, "主管", 901),
        Role(1011, "会计", 902),
        Role(1012, "工程师", 902),
        Role(1013, "店长", 902),
        Role(1014, "主管", 902),
        Role(1021, "外包", 903),
        Role(1022, "实习", 903),
    )
}
_ADMINISTRATORS = (1001, 1002, 1002)
"""The roles of the first people."""

_LEADER, _POSTS, _CONTRACTOR, _INTERN = 1003, (1011, 1012, 1013, 1014), 1021, 1022
_TITLES = ("工程师", "高级工程师", "产品经理", "会计", "销售经理", "客户经理", "采购专员", "人事专员", "主管", "总监")
_DAY_MS = 24 * 3_600 * 1_000
_FIRST_HIRE_MS = 1_262_275_200_000
"""The first day of 2010 in Beijing."""

_HIRE_DATE_SPAN_DAYS = 5_800
_REPORTS_PER_MANAGER = 8


@dataclass(frozen=True, slots=True)
class Person:
    """
    One member of staff.

    Attributes:
        userid: DingTalk's id of the person within the organisation.
        name: A Chinese name; not unique.
        mobile: A phone number of 11 digits; unique.
        department_id: The person's main department.
        city: The person's place of work.
        is_employed: Whether the person is still employed. DingTalk returns nothing for former staff.
        number: The person's number, starting at 0.
    """

    userid: str
    name: str
    mobile: str
    department_id: int
    city: str
    is_employed: bool
    number: int


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """
    Further data of a person.

    Attributes:
        department_ids: The person's departments, the main department first.
        role_ids: Keys of `ROLES`.
        title: The person's position; may be empty.
        job_number: A number within the organisation; unique.
        email: An address; may be empty.
        manager: The userid of the person's manager; empty at the top.
        hired_ms: The date of hire, in milliseconds since the epoch.
        is_activated: Whether the person has activated DingTalk.
        is_leader: Whether the person leads the main department.
        unionid: The person's id for all apps of the app's developer.
    """

    department_ids: tuple[int, ...]
    role_ids: tuple[int, ...]
    title: str
    job_number: str
    email: str
    manager: str
    hired_ms: int
    is_activated: bool
    is_leader: bool
    unionid: str


class Memberships(NamedTuple):
    """The departments and the roles of a person, and whether the person has activated DingTalk."""

    department_ids: tuple[int, ...]
    role_ids: tuple[int, ...]
    is_activated: bool


_PERSON_FIELDS = {"name": str, "mobile": str, "city": str, "active": bool}
_DETAIL_FIELDS = {
    "department_ids": tuple,
    "role_ids": tuple,
    "title": str,
    "job_number": str,
    "email": str,
    "manager": str,
    "hired_ms": int,
    "activated": bool,
    "is_leader": bool,
}

_ATTRIBUTES = {"active": "is_employed", "activated": "is_activated"}
"""The attributes of fields whose attribute has another name."""

PROFILE_FIELDS = (
    *("userid", "unionid", "name", "avatar", "state_code", "manager_userid", "mobile", "hide_mobile", "telephone"),
    *("job_number", "title", "email", "work_place", "remark", "exclusive_account", "org_email", "dept_id_list"),
    *("dept_order_list", "extension", "hired_date", "active", "real_authed", "senior", "admin", "boss"),
    *("leader_in_dept", "role_list", "union_emp_ext"),
)
"""The fields of a person in responses of DingTalk's APIs."""

CHANGEABLE_FIELDS = {**_PERSON_FIELDS, **_DETAIL_FIELDS}
"""The fields of a person that tests may change, and their types; ``tuple`` is a list or a tuple of numbers."""


def check_person_change(userid: object, fields: Mapping[str, Any]) -> None:
    """
    Check a change of a person before it is recorded: a journal with an invalid change could not be restored.

    Raises:
        InputError: The userid is not a text or is empty, a field is not in `CHANGEABLE_FIELDS`, a value has another
            type, or there are no departments in `department_ids`.
    """
    if not isinstance(userid, str) or not userid:
        refuse_argument("request", "userid", userid, Text("expected.userid"))
    for name, value in fields.items():
        kind = CHANGEABLE_FIELDS.get(name)
        is_numbers = isinstance(value, list | tuple) and all(type(item) is int for item in value)
        if kind is None or not (is_numbers if kind is tuple else type(value) is kind):
            refuse_argument("request", name, value, Text("expected.change", fields=", ".join(CHANGEABLE_FIELDS)))
    if "department_ids" in fields and not fields["department_ids"]:
        refuse_argument("request", "department_ids", fields["department_ids"], Text("expected.department"))


def union_id(userid: str) -> str:
    """
    Return the generated union id of a person.

    >>> union_id("manager0001")
    'bWFuYWdlcjAwMDEiEiE'
    """
    return base64.urlsafe_b64encode(userid.encode(errors="replace")).decode().rstrip("=") + "iEiE"


def find_generated_userid(unionid: str) -> str:
    """
    Return the userid from which `union_id` generated a union id; empty if `union_id` did not generate it.

    >>> find_generated_userid("bWFuYWdlcjAwMDEiEiE"), find_generated_userid("?")
    ('manager0001', '')
    """
    letters = unionid.removesuffix("iEiE")
    try:
        found = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)).decode()
    except ValueError:
        return ""
    return found if union_id(found) == unionid else ""


def department_count(users: int) -> int:
    """
    Return the number of departments of an organisation with `users` people.

    >>> department_count(300), department_count(10_000), department_count(100_000)
    (10, 400, 1000)
    """
    if users <= SMALL_ORGANISATION_SIZE:
        return len(DEPARTMENTS)
    return max(len(DEPARTMENTS), min(users // _PEOPLE_PER_DEPARTMENT, _MAX_DEPARTMENTS))


@cache
def generate_departments(count: int) -> Mapping[int, Department]:
    """Return the first `count` departments, by number; `DEPARTMENTS` come first, and are never left out."""
    departments = dict(DEPARTMENTS)
    numbers = list(departments)
    taken = {(department.parent, department.name) for department in departments.values()}
    for position in range(len(numbers), count):
        random_parent, random_name, *_ = _random_numbers(f"department {position}")
        parent = numbers[random_parent % position]
        name = _DEPARTMENT_NAMES[random_name % len(_DEPARTMENT_NAMES)]
        if (parent, name) in taken:
            name += str(position)
        taken.add((parent, name))
        number = 500_000_000 + 7_919 * position
        departments[number] = Department(number, name, parent)
        numbers.append(number)
    return departments


@cache
def _department_numbers() -> tuple[int, ...]:
    return tuple(generate_departments(_MAX_DEPARTMENTS))


def unknown_mobile(number: int) -> str:
    """
    Return a well-formed phone number that nobody in any sandbox has.

    >>> unknown_mobile(7)
    '13800000007'
    """
    return f"1380000{number % _MOBILES_PER_BLOCK:04d}"


def make_people(users: int, seed: int) -> tuple[Person, ...]:
    """
    Return the first `users` people of the organisation generated from `seed`, including former staff.

    >>> make_people(2, 11) == make_people(3, 11)[:2]
    True
    """
    organisation = Organisation(users, seed)
    return tuple(organisation.person(number) for number in range(users))


class Organisation:
    """
    The people of one sandbox, generated on demand.

    Args:
        users: Number of people, including former staff.
        seed: The seed from which people are generated.

    Attributes:
        departments: The departments by number. Tests may create departments without a parent, and cycles.
    """

    def __init__(self, users: int, seed: int) -> None:
        self._users = users
        self._seed = seed
        self._offset = int.from_bytes(blake2b(f"offset {seed}".encode(), digest_size=6).digest())
        self.restore()

    def restore(self) -> None:
        """Undo all changes."""
        self.departments = dict(generate_departments(department_count(self._users)))
        self._changes: dict[int, dict[str, Any]] = {}
        self._added: list[str] = []
        self._numbers: dict[str, int] = {}
        self._mobiles: dict[str, int] = {}
        self._clear_caches()

    def _clear_caches(self) -> None:
        """Clear the values derived from people and departments."""
        self._cache: dict[str, Person] = {}
        self._members: Members | None = None

    def __len__(self) -> int:
        return self._users + len(self._added)

    def change_person(self, userid: str, fields: Mapping[str, Any]) -> None:
        """Change a person, employed or not, or add a person, with fields that `check_person_change` accepts."""
        number = self._number_of(userid)
        if number is None:
            number = self._numbers[userid] = len(self)
            self._added.append(userid)
        changes = {name: tuple(value) if CHANGEABLE_FIELDS[name] is tuple else value for name, value in fields.items()}
        self._changes.setdefault(number, {}).update(changes)
        if "mobile" in fields:
            self._mobiles[fields["mobile"]] = number
        self._clear_caches()

    def change_department(self, number: int, name: str | None, parent: int | None) -> None:
        """Change a department; None keeps the name or parent. A new one is below the root, with its number as name."""
        before = self.departments.get(number, Department(number, str(number), ROOT_DEPARTMENT))
        self.departments[number] = Department(
            number, before.name if name is None else name, before.parent if parent is None else parent
        )
        self._clear_caches()

    def remove_department(self, number: int) -> None:
        """Remove a department; its people and sub-departments keep the number of the removed department."""
        self.departments.pop(number, None)
        self._clear_caches()

    def person(self, number: int) -> Person:
        """Return the person with a number, starting at 0; beyond the last, somebody who is not in the organisation."""
        person = self._added_person(number) if self._users <= number < len(self) else self._generate_person(number)
        changes = self._changes.get(number)
        if not changes:
            return person
        fields = {_ATTRIBUTES.get(name, name): changes[name] for name in _PERSON_FIELDS if name in changes}
        departments = changes.get("department_ids")
        return replace(person, **fields, **({"department_id": departments[0]} if departments else {}))

    def details(self, person: Person) -> PersonDetails:
        """Return further data of a person."""
        number = person.number
        *_, title, email, hired = self._detail_numbers(number)
        memberships = self.memberships(person)
        details = PersonDetails(
            department_ids=memberships.department_ids,
            role_ids=memberships.role_ids,
            title=_TITLES[title % len(_TITLES)] if title % 100 < _TITLED_PERCENT else "",
            job_number=f"{number + 1:06d}",
            email=f"{person.userid}@example.com" if email % 100 < _EMAIL_PERCENT else "",
            manager=self._manager(number),
            hired_ms=_FIRST_HIRE_MS + hired % _HIRE_DATE_SPAN_DAYS * _DAY_MS,
            is_activated=memberships.is_activated,
            is_leader=self._is_leader(number),
            unionid=union_id(person.userid),
        )
        changes = self._changes.get(number, {})
        fields = {_ATTRIBUTES.get(name, name): changes[name] for name in _DETAIL_FIELDS if name in changes}
        return replace(details, **fields)

    def memberships(self, person: Person) -> Memberships:
        """Return the departments and roles of a person, and whether the person has activated DingTalk."""
        number = person.number
        second, workplace, contract, post, activation, *_ = self._detail_numbers(number)
        departments: tuple[int, ...] = (person.department_id,)
        roles: tuple[int, ...] = ()
        if number < self._users:
            if second % 100 < _TWO_DEPARTMENTS_PERCENT:
                departments = tuple(dict.fromkeys((person.department_id, self._workplace(number, workplace))))
            roles = (
                *(_ADMINISTRATORS[number : number + 1]),
                *((_LEADER,) if self._is_leader(number) else ()),
                *((_POSTS[post % len(_POSTS)],) if post % 10 < _POST_TENTHS else ()),
                *((_CONTRACTOR,) if contract % 1_000 < _CONTRACTOR_PER_MILLE else ()),
                *((_INTERN,) if contract % 1_000 >= 1_000 - _INTERN_PER_MILLE else ()),
            )
        is_always_activated = number < SMALL_ORGANISATION_SIZE or number >= self._users
        is_activated = is_always_activated or activation % 1_000 >= _NOT_ACTIVATED_PER_MILLE
        changes = self._changes.get(number)
        if not changes:
            return Memberships(departments, roles, is_activated)
        return Memberships(
            changes.get("department_ids", departments),
            changes.get("role_ids", roles),
            changes.get("activated", is_activated),
        )

    def by_userid(self, userid: str) -> Person | None:
        """Return the current member of staff with a userid; None if no current member has this userid."""
        person = self._cache.get(userid)
        if person is None:
            number = self._number_of(userid)
            person = None if number is None else self._find_staff(number)
        if person is not None:
            self._cache[userid] = person
        return person

    def by_mobile(self, mobile: str) -> Person | None:
        """Return the current member of staff with a phone number; None if no current member has this number."""
        number = self._mobiles.get(mobile)
        if number is not None:
            person = self._find_staff(number)
            if person is not None and person.mobile == mobile:
                return person
        match = _MOBILE.fullmatch(mobile)
        if match is None:
            return None
        block, position = divmod(int(match[1]), _MOBILES_PER_BLOCK)
        position = (position - self._offset) * _MOBILE_STEP_INVERSE % _MOBILES_PER_BLOCK
        number = block * _MOBILES_PER_BLOCK + position
        person = self._find_staff(number) if number < self._users else None
        return person if person is not None and person.mobile == mobile else None

    def staff(self) -> Iterator[Person]:
        """Yield all current staff in the order of their numbers."""
        return (person for person in map(self.person, range(len(self))) if person.is_employed)

    @property
    def members(self) -> "Members":
        """The members of departments and roles."""
        if self._members is None:
            self._members = Members.from_organisation(self)
        return self._members

    def staff_in(self, department_ids: Collection[int]) -> Iterator[Person]:
        """Yield the current staff of departments, including sub-departments, in the order of their numbers."""
        departments = self.with_sub_departments(department_ids)
        numbers = {number for department in departments for number in self.members.in_department(department)}
        return map(self.person, sorted(numbers))

    def with_sub_departments(self, department_ids: Collection[int]) -> set[int]:
        """Return the departments with these numbers and all departments below; unknown numbers are ignored."""
        found: set[int] = set()
        pending = [department_id for department_id in department_ids if department_id in self.departments]
        while pending:
            number = pending.pop()
            if number not in found:
                found.add(number)
                pending += self.members.sub_departments(number)
        return found

    def with_ancestors(self, number: int) -> list[int]:
        """Return the number of a department, then the numbers above, up to the root; empty for an unknown number."""
        found: list[int] = []
        while number in self.departments and number not in found:
            found.append(number)
            number = self.departments[number].parent
        return found

    def _generate_person(self, number: int) -> Person:
        random_numbers = _random_numbers(f"{self._seed} {number}")
        id_form, surname, first, second, shortness, workplace, city, leaving = random_numbers
        family, pinyin = _SURNAMES[surname % len(_SURNAMES)]
        given = _GIVEN_NAMES[first % len(_GIVEN_NAMES)]
        if shortness % 100 >= _SHORT_NAME_PERCENT:
            given += _GIVEN_NAMES[second % len(_GIVEN_NAMES)]
        return Person(
            userid=self._userid(number, id_form, pinyin),
            name=family + given,
            mobile=self._mobile(number),
            department_id=self._workplace(number, workplace),
            city=_CITIES[city % len(_CITIES)],
            is_employed=leaving % 1_000 >= _FORMER_STAFF_PER_MILLE,
            number=number,
        )

    def _added_person(self, number: int) -> Person:
        userid = self._added[number - self._users]
        return Person(userid, userid, "", ROOT_DEPARTMENT, _CITIES[0], is_employed=True, number=number)

    def _workplace(self, number: int, random_number: int) -> int:
        """Return the department that a random number selects for a person."""
        if number < SMALL_ORGANISATION_SIZE:
            return _WORKPLACES[random_number % len(_WORKPLACES)]
        return _department_numbers()[random_number % department_count(number + 1)]

    def _detail_numbers(self, number: int) -> tuple[int, ...]:
        return _random_numbers(f"details {self._seed} {number}")

    def _is_leader(self, number: int) -> bool:
        return (number + 1) * _REPORTS_PER_MANAGER < self._users

    def _manager(self, number: int) -> str:
        while 0 < number < self._users:
            number = (number - 1) // _REPORTS_PER_MANAGER
            person = self.person(number)
            if person.is_employed:
                return person.userid
        return ""

    def _find_staff(self, number: int) -> Person | None:
        if not 0 <= number < len(self):
            return None
        person = self.person(number)
        return person if person.is_employed else None

    def _number_of(self, userid: str) -> int | None:
        """Return the number of the person with a userid, employed or not."""
        if userid in self._numbers:
            return self._numbers[userid]
        number = -1
        if match := _MANAGER_ID.fullmatch(userid):
            number = int(match[1])
        elif match := _NUMERIC_ID.fullmatch(userid):
            number = (int(match[1]) - self._offset) * _NUMERIC_ID_STEP_INVERSE % _NUMERIC_IDS
        elif match := _LETTER_ID.fullmatch(userid):
            number = (_from_letters(match[1]) - self._offset) * _LETTER_ID_STEP_INVERSE % _LETTER_IDS
        return number if 0 <= number < self._users and self._generate_person(number).userid == userid else None

    def _userid(self, number: int, random_number: int, pinyin: str) -> str:
        format_number, percentile = divmod(random_number, 100)
        if percentile < _MANAGER_ID_PERCENT:
            return f"manager{number:04d}"
        if percentile < _NUMERIC_ID_PERCENT:
            id_format = _NUMERIC_ID_FORMATS[format_number % len(_NUMERIC_ID_FORMATS)]
            return id_format.format((number * _NUMERIC_ID_STEP + self._offset) % _NUMERIC_IDS)
        return pinyin + _to_letters((number * _LETTER_ID_STEP + self._offset) % _LETTER_IDS)

    def _mobile(self, number: int) -> str:
        block, position = divmod(number, _MOBILES_PER_BLOCK)
        position = (position * _MOBILE_STEP + self._offset) % _MOBILES_PER_BLOCK
        return f"13900{block * _MOBILES_PER_BLOCK + position:06d}"


class Members:
    """
    The current staff in each department and role, by number.

    Args:
        in_departments: The numbers of people by department, ascending.
        in_roles: The numbers of people by role, ascending.
        sub_departments: The departments directly below each department.
        staff_count: The number of current staff.
        activated_count: The number of current staff who have activated DingTalk.
    """

    def __init__(
        self,
        in_departments: Mapping[int, Sequence[int]],
        in_roles: Mapping[int, Sequence[int]],
        sub_departments: Mapping[int, Sequence[int]],
        *,
        staff_count: int,
        activated_count: int,
    ) -> None:
        self._in_departments = in_departments
        self._in_roles = in_roles
        self._sub_departments = sub_departments
        self.staff_count = staff_count
        self.activated_count = activated_count

    @classmethod
    def from_organisation(cls, organisation: Organisation) -> "Members":
        """Determine the members of an organisation's departments and roles."""
        in_departments: dict[int, array[int]] = {}
        in_roles: dict[int, array[int]] = {}
        staff = activated = 0
        for person in organisation.staff():
            department_ids, role_ids, is_activated = organisation.memberships(person)
            staff += 1
            activated += is_activated
            for department_id in department_ids:
                in_departments.setdefault(department_id, array("l")).append(person.number)
            for role_id in role_ids:
                in_roles.setdefault(role_id, array("l")).append(person.number)
        below: dict[int, list[int]] = {}
        for department in organisation.departments.values():
            below.setdefault(department.parent, []).append(department.number)
        return cls(in_departments, in_roles, below, staff_count=staff, activated_count=activated)

    def in_department(self, number: int) -> Sequence[int]:
        """Return the people directly in a department."""
        return self._in_departments.get(number, ())

    def in_role(self, number: int) -> Sequence[int]:
        """Return the people who have a role."""
        return self._in_roles.get(number, ())

    def sub_departments(self, number: int) -> Sequence[int]:
        """Return the departments directly below a department."""
        return self._sub_departments.get(number, ())


def _random_numbers(source: str) -> tuple[int, ...]:
    """Return eight reproducible numbers from 0 to 65,535."""
    return _EIGHT_NUMBERS.unpack(blake2b(source.encode(), digest_size=16).digest())


def _to_letters(number: int) -> str:
    """Return a number as five letters, in base 26."""
    text = ""
    for _ in range(5):
        number, letter = divmod(number, 26)
        text = chr(ord("a") + letter) + text
    return text


def _from_letters(letters: str) -> int:
    """Return the number that `_to_letters` converts to these letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a")
    return number
