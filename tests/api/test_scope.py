import pytest

from dingnb.api.contacts import read_scope
from dingnb.errors import BadAnswerError


def test_a_scope_names_departments_and_people() -> None:
    scope = read_scope({"auth_org_scopes": {"authed_dept": [20, "30"], "authed_user": ["manager01", ""]}})
    assert scope.department_ids == {20, 30}
    assert scope.userids == {"manager01"}
    assert not scope.is_everybody


@pytest.mark.parametrize(
    "answer", [{}, {"auth_org_scopes": None}, {"auth_org_scopes": {"authed_dept": 1, "authed_user": []}}]
)
def test_an_answer_without_a_scope_is_a_bad_answer(answer: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError, match="auth_org_scopes"):
        read_scope(answer)
