import pytest

from dingnb.api.contacts import read_people_count, read_scope
from dingnb.errors import BadAnswerError
from tests.table_rows import for_each


def test_a_scope_names_departments_and_people() -> None:
    scope = read_scope({"auth_org_scopes": {"authed_dept": [20, "30"], "authed_user": ["manager01", ""]}})
    assert scope.department_ids == {20, 30}
    assert scope.userids == {"manager01"}
    assert not scope.is_whole_organisation


@pytest.mark.parametrize(
    "answer", [{}, {"auth_org_scopes": None}, {"auth_org_scopes": {"authed_dept": 1, "authed_user": []}}]
)
def test_an_answer_without_a_scope_is_a_bad_answer(answer: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError, match="auth_org_scopes"):
        read_scope(answer)


@for_each("number", ["9" * 5_000, 1.0, "x", "²", True, None, 0, [1]])
def test_a_department_of_a_scope_that_is_not_a_number_is_a_bad_answer(number: object) -> None:
    with pytest.raises(BadAnswerError, match="/auth/scopes"):
        read_scope({"auth_org_scopes": {"authed_dept": [1, number], "authed_user": []}})


@for_each("userid", [["a"], {"a": 1}, True, 1.5])
def test_a_userid_of_a_scope_that_is_not_one_is_a_bad_answer(userid: object) -> None:
    with pytest.raises(BadAnswerError, match="/auth/scopes"):
        read_scope({"auth_org_scopes": {"authed_dept": [1], "authed_user": ["a", userid]}})


def test_a_number_of_people_may_be_written_as_text() -> None:
    assert [read_people_count({"result": {"count": count}}) for count in (0, 12, "1200")] == [0, 12, 1200]


@for_each("count", ["9" * 5_000, "²", "x", True, None, 1.5])
def test_an_answer_without_a_number_of_people_is_a_bad_answer(count: object) -> None:
    with pytest.raises(BadAnswerError, match="count"):
        read_people_count({"result": {"count": count}})
