import pandas as pd

import dingnb
from dingnb.recipients.evidence import read_texts
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.row_checks import NameCheck, check_names
from tests.table_rows import for_each

PEOPLE = pd.DataFrame(
    {
        "userid": ["a", "b", "c", "d", "e"],
        "name": ["张伟", "李娜", None, "王静2", "王静"],
        "mobile": ["13900000001", "13900000002", "13900000003", None, None],
        "departments": [("总部/财务部",), ("总部/人事部",), (), (), ()],
    }
)

INDEX = PeopleIndex(PEOPLE)


def check_one(name: object, userid: object, mobile: object = None) -> NameCheck:
    kind, value = ("userid", userid) if userid else ("mobile", mobile)
    people = INDEX.ids(kind).people(str(value))
    [found] = check_names(read_texts(pd.Series([name], dtype=object)), INDEX, [(people[0] if people else -1, kind)])
    return found


@for_each(
    ("name", "userid", "mobile", "check"),
    [
        ("张伟", "a", None, "equal"),
        ("張 偉", "a", None, "equal"),
        ("张伟（财务）", "a", None, "equal"),
        ("张伟2", "a", None, "equal"),
        ("王静", "d", None, "equal"),
        ("王静3", "d", None, "differs"),
        ("王静2", "e", None, "differs"),
        ("王静", "e", None, "equal"),
        ("张伟 13900000001", "a", None, "equal"),
        ("张伟 13900000002", "a", None, "differs"),
        ("李娜", "a", None, "differs"),
        ("张玮", "a", None, "differs"),
        ("张伟（退休返聘）", "a", None, "equal"),
        # Notes are checked without the directory.
        ("张伟 勿发", "a", None, "equal"),
        ("王静2（离职）", "d", None, "equal"),
        ("李娜（离职）", "a", None, "differs"),
        ("李娜", None, "13900000002", "equal"),
        ("李娜", "", "13900000001", "differs"),
        ("张伟", "a", "13900000002", "equal"),
        ("张伟", "c", None, "unknown"),
        ("张伟", "gone", None, "unknown"),
        ("张伟", "gone", "13900000001", "unknown"),
        ("无", "a", None, "unknown"),
        (None, "a", None, "unknown"),
        ("张伟", None, None, "unknown"),
    ],
)
def test_a_name_is_compared_with_that_of_the_owner(name: object, userid: object, mobile: object, check: str) -> None:
    found = check_one(name, userid, mobile)
    assert found.result == check
    assert found.reason


def test_the_reason_says_who_the_owner_is_and_by_which_rule_names_are_equal() -> None:
    assert "traditional" in str(check_one("張偉", "a").reason)
    found = check_one("张玮", "a")
    assert INDEX.userids[found.person] == "a"
    assert str(found.reason) == (
        "The list says '张玮', but this userid belongs to a 张伟 (总部/财务部, …0001). "
        "The names are similar: it may be a typo."
    )
    dingnb.set_language("zh")
    assert "名单中的姓名为“张玮”" in str(found.reason)
