"""
Contacts (通讯录): look-up of people by phone number, and the app's scope (docs/dingtalk.md, "Contacts").

Of these calls only ``/auth/scopes`` counts towards the monthly quota.
"""

from dataclasses import dataclass
from typing import Any

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.transport import Call
from dingnb.words import Text

BY_MOBILE = "/topapi/v2/user/getbymobile"
NO_SUCH_PERSON = "60121"
"""Error code for a phone number that belongs to no active member of the organisation."""

COUNT = "/topapi/user/count"
SCOPES = "/auth/scopes"
ROOT_DEPARTMENT = 1


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The part of the organisation that an app may access (通讯录权限范围).

    Attributes:
        department_ids: Departments, each including its sub-departments.
        userids: People outside these departments.
    """

    department_ids: frozenset[int]
    userids: frozenset[str]

    @property
    def is_everybody(self) -> bool:
        """Whether the app may access the whole organisation."""
        return ROOT_DEPARTMENT in self.department_ids


def userid_by_mobile(caller: Caller, mobile: str) -> str:
    """
    Return the userid of the active member with a phone number (docs/dingtalk.md, "Contacts").

    Raises:
        PersonError: Nobody has this number (60121), or it is not a valid phone number (40104).
    """
    answer = caller.call(Call(BY_MOBILE, {"mobile": mobile}))
    result = answer.get("result")
    userid = result.get("userid") if isinstance(result, dict) else None
    if not isinstance(userid, str) or not userid:
        raise BadAnswerError(Text("api.no_userid", path=BY_MOBILE), bad_answer_todo(BY_MOBILE))
    return userid


def scope(caller: Caller) -> Scope:
    """Return the app's scope. This call counts towards the monthly quota."""
    return read_scope(caller.call(Call(SCOPES, method="GET")))


def read_scope(answer: dict[str, Any]) -> Scope:
    """
    Return the scope in an answer of ``/auth/scopes``.

    >>> read_scope({"auth_org_scopes": {"authed_user": ["manager01"], "authed_dept": [1]}}).is_everybody
    True
    """
    scopes = answer.get("auth_org_scopes")
    departments = scopes.get("authed_dept") if isinstance(scopes, dict) else None
    people = scopes.get("authed_user") if isinstance(scopes, dict) else None
    if not isinstance(departments, list) or not isinstance(people, list):
        raise BadAnswerError(Text("api.no_scopes", path=SCOPES), bad_answer_todo(SCOPES))
    return Scope(
        frozenset(int(one) for one in departments if str(one).isdecimal()),
        frozenset(str(one) for one in people if one),
    )


def people_count(caller: Caller) -> int:
    """Return the number of people in the organisation, including those who have not activated DingTalk."""
    result = caller.call(Call(COUNT, {"only_active": False})).get("result")
    count = result.get("count") if isinstance(result, dict) else None
    if isinstance(count, bool) or not str(count).isdecimal():
        raise BadAnswerError(Text("api.no_count", path=COUNT), bad_answer_todo(COUNT))
    return int(str(count))
