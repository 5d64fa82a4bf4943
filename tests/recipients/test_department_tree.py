import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import InputError
from dingnb.ledger.contacts.directory import OUTSIDE, DepartmentRow
from dingnb.recipients.department_tree import DepartmentTree
from tests.table_rows import for_each


def row(number: int, name: str, parent: int, place: int = 0) -> DepartmentRow:
    return DepartmentRow(number, name, parent, place, 1)


TREE = DepartmentTree(
    [
        row(1, "总部", 0),
        row(2, "华东区", 1, 1),
        row(3, "财务部", 1, 0),
        row(4, "财务部", 2, 1),
        row(5, "HR", 2, 0),
        row(6, "A/B", 5),
        row(70, "8", 3),
        row(OUTSIDE, "", 0),
    ]
)


def test_departments_come_before_those_below_them_in_their_order() -> None:
    assert [department.id for department in TREE] == [1, 3, 70, 2, 5, 6, 4]
    assert (TREE.path(6), TREE.depth(6), len(TREE)) == ("总部/华东区/HR/A/B", 3, 7)
    assert TREE.subtree(2) == [2, 5, 6, 4]
    assert 4 in TREE
    assert 99 not in TREE


@for_each(
    ("wanted", "found"),
    [
        (3, 3),
        ("3", 3),
        ("总部", 1),
        ("华东区", 2),
        (" 总部/财务部 ", 3),
        ("总部／华东区／财务部", 4),
        ("华东区/财务部", 4),
        ("hr", 5),
        ("ＨＲ", 5),
        ("A/B", 6),
        ("HR/A/B", 6),
        ("8", 70),
        ("總部/財務部", 3),
        ("总部 / 财务部", 3),
        ("總部 ／ 華東區 ／ 財務部", 4),
        ("华 东 区", 2),
    ],
)
def test_a_department_is_found_by_id_name_path_and_end_of_path(wanted: int | str, found: int) -> None:
    assert TREE.find(wanted) == found


def test_a_name_of_several_departments_is_an_error_that_lists_the_paths() -> None:
    with pytest.raises(InputError) as caught:
        TREE.find("财务部")
    assert "总部/财务部 (3), 总部/华东区/财务部 (4)" in caught.value.what


@for_each("wanted", [99, "99", "财务", "部", "区/财务部", "总部/HR"])
def test_a_department_that_is_not_there_is_an_error(wanted: int | str) -> None:
    with pytest.raises(InputError, match="There is no department"):
        TREE.find(wanted)


@for_each("wanted", ["华东大区", "華東大區", "总部 / 华东大区"])
def test_similar_names_are_suggested_and_never_taken(wanted: str) -> None:
    with pytest.raises(InputError) as caught:
        TREE.find(wanted)
    assert "总部/华东区" in caught.value.hint


def test_blanks_and_traditional_characters_count_only_where_they_tell_departments_apart() -> None:
    tree = DepartmentTree([row(1, "财务部", 0), row(2, "財務部", 0), row(3, "IT 部", 0), row(4, "IT部", 0)])
    assert [tree.find(name) for name in ("财务部", "財務部", "it 部", "IT部")] == [1, 2, 3, 4]
    for wanted in ("财 务部", "I T 部"):
        with pytest.raises(InputError, match="2 departments are named"):
            tree.find(wanted)
    for wanted in (" ", "·", "/"):
        with pytest.raises(InputError, match="There is no department"):
            tree.find(wanted)


def test_errors_show_long_names_shortened() -> None:
    for wanted in ("部" * 500, "财" * 500, "9" * 5_000):
        with pytest.raises(InputError) as caught:
            TREE.find(wanted)
        assert len(caught.value.what) < 100


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=20))
def test_orphans_and_cycles_are_left_out_and_the_rest_is_a_tree(pairs: list[tuple[int, int]]) -> None:
    rows = {number: row(number, f"d{number}", parent) for number, parent in pairs}
    tree = DepartmentTree(rows.values())
    seen: set[int] = set()
    for department in tree:
        assert department.parent == 0 or department.parent in seen
        assert tree.path(department.id).endswith(f"d{department.id}")
        seen.add(department.id)
    for number in rows.keys() - seen:
        above, at = set(), number
        while at in rows and at not in above:
            above.add(at)
            at = rows[at].parent
        assert at != 0
    assert sorted(number for top in tree if not top.parent for number in tree.subtree(top.id)) == sorted(seen)
