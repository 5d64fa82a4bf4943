from hypothesis import given
from hypothesis import strategies as st

from dingnb.sandbox.organisation import DEPARTMENTS, Organisation, make_people, unknown_mobile
from tests.table_rows import for_each


def test_a_small_organisation_is_the_start_of_a_large_one() -> None:
    assert make_people(50, 11) == make_people(1_200, 11)[:50]


def test_another_seed_gives_other_people() -> None:
    ours = {person.userid for person in make_people(500, 11)}
    assert ours.isdisjoint(person.userid for person in make_people(500, 12) if not person.userid.startswith("manager"))


def test_userids_and_phone_numbers_are_unique() -> None:
    people = make_people(30_000, 11)
    assert len({person.userid for person in people}) == 30_000
    assert len({person.mobile for person in people}) == 30_000


def test_phone_numbers_are_demo_numbers() -> None:
    people = make_people(10_000, 11)
    assert all(person.mobile.startswith("1390000") and len(person.mobile) == 11 for person in people)
    assert all(Organisation(10_000, 11).by_mobile(unknown_mobile(number)) is None for number in range(10_000))


def test_userids_are_as_varied_as_in_a_real_organisation() -> None:
    userids = [person.userid for person in make_people(1_200, 11)]
    numeric = [userid for userid in userids if userid.isdigit()]
    assert {len(userid) for userid in numeric} == {15, 16, 17, 18}
    assert any(userid.startswith("0") for userid in numeric)
    assert any(userid.startswith("manager") for userid in userids)
    assert any(userid.isalpha() and userid.islower() for userid in userids)


def test_about_two_percent_have_left() -> None:
    left = sum(not person.is_employed for person in make_people(10_000, 11))
    assert 150 <= left <= 300


def test_everybody_belongs_to_a_department_under_the_root() -> None:
    for person in make_people(200, 11):
        assert DEPARTMENTS[person.department_id].parent


@given(index=st.integers(0, 999_999), seed=st.integers())
def test_ids_and_numbers_identify_the_person_unless_they_left(index: int, seed: int) -> None:
    organisation = Organisation(1_000_000, seed)
    person = organisation.person(index)
    found = person if person.is_employed else None
    assert organisation.by_userid(person.userid) == found
    assert organisation.by_userid(person.userid) == found
    assert organisation.by_mobile(person.mobile) == found


@given(index=st.integers(10, 999_999))
def test_people_beyond_the_size_are_unknown(index: int) -> None:
    person = Organisation(1_000_000, 11).person(index)
    assert Organisation(10, 11).by_userid(person.userid) is None
    assert Organisation(10, 11).by_mobile(person.mobile) is None


@for_each("userid", ["", "ghost", "manager", "manager9999", "0" * 18, "manager00000", "١" * 15])
def test_other_people_are_unknown(userid: str) -> None:
    assert Organisation(1_200, 11).by_userid(userid) is None


def test_a_similar_userid_is_unknown() -> None:
    organisation = Organisation(1_200, 11)
    for person in make_people(200, 11):
        for near in (person.userid + " ", person.userid.upper() + "X", "0" + person.userid, person.userid[1:]):
            assert organisation.by_userid(near) is None


def test_a_large_organisation_has_a_deep_tree_of_departments_that_a_small_one_begins() -> None:
    large, small = Organisation(10_000, 11), Organisation(1_200, 11)
    assert len(large.departments) == 400
    assert small.departments == DEPARTMENTS
    assert list(large.departments.items())[: len(DEPARTMENTS)] == list(DEPARTMENTS.items())
    assert all(large.with_ancestors(department)[-1] == 1 for department in large.departments)
    assert max(len(large.with_ancestors(department)) for department in large.departments) > 8
    siblings = [(department.parent, department.name) for department in large.departments.values()]
    assert len(siblings) == len(set(siblings))


def test_some_people_are_in_two_departments_some_share_a_name_and_some_have_not_activated() -> None:
    organisation = Organisation(10_000, 11)
    staff = list(organisation.staff())
    memberships = [organisation.memberships(person) for person in staff]
    assert {len(membership.department_ids) for membership in memberships} == {1, 2}
    assert 100 < sum(len(membership.department_ids) == 2 for membership in memberships) < 1_000
    assert len({person.name for person in staff}) < len(staff)
    assert all(membership.is_activated for membership in memberships[:1_000])
    assert 50 < sum(not membership.is_activated for membership in memberships) < 500
    in_departments = [set(organisation.members.in_department(department)) for department in organisation.departments]
    assert set().union(*in_departments) == {person.number for person in staff}


def test_managers_lead_up_to_one_person() -> None:
    organisation = Organisation(500, 11)
    for person in organisation.staff():
        seen = [person.userid]
        while manager := organisation.details(organisation.by_userid(seen[-1])).manager:
            assert manager not in seen
            seen.append(manager)
        assert seen[-1] == next(organisation.staff()).userid


def test_people_can_be_changed_added_and_leave_and_numbers_can_change_owner() -> None:
    organisation = Organisation(50, 11)
    one, other = list(organisation.staff())[:2]
    organisation.change_person(one.userid, {"mobile": other.mobile, "name": "张三"})
    organisation.change_person(other.userid, {"mobile": one.mobile, "active": False})
    organisation.change_person("new01", {"name": "新人", "mobile": "13800000099", "department_ids": [50, 20]})
    assert organisation.by_mobile(other.mobile) == organisation.by_userid(one.userid)
    assert organisation.by_userid(one.userid).name == "张三"
    assert organisation.by_mobile(one.mobile) is None
    assert organisation.by_userid(other.userid) is None
    assert organisation.memberships(organisation.by_userid("new01")).department_ids == (50, 20)
    assert len(organisation) == 51
    organisation.restore()
    assert (organisation.by_userid(other.userid), len(organisation)) == (other, 50)
