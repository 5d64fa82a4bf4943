import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dingnb.recipients.person_names import (
    PersonName,
    fold_department,
    fold_names,
    fold_one_name,
    is_one_apart,
    name_keys,
    read_name,
    spelling_rules,
    split_departments,
    stem_of,
)
from tests.table_rows import for_each

DEPARTMENTS = {"财务", "财务部"}
TEXTS = st.text(st.sampled_from("张張偉伟ａA1２ \u3000\u200b·\n()（）-－#\x1f"), max_size=6) | st.text(max_size=6)


def read(name: str) -> PersonName:
    return read_name(name, DEPARTMENTS.__contains__)


@for_each(
    ("one", "other"),
    [
        ("张伟", "張偉"),
        ("歐陽娜娜", "欧阳娜娜"),
        ("张伟", " 张\u3000伟\u200b"),
        ("张伟", "\u2068张伟\u2069"),
        ("Li Wei", "ＬＩ　ＷＥＩ"),
        ("阿布都拉·买买提", "阿布都拉•买买提"),
        ("⼤山", "大山"),
        ("Ｗ１", "w1"),
        ("蕭峯", "萧峰"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert fold_one_name(one) == fold_one_name(other)


@for_each(
    ("one", "other"),
    [
        ("李乾", "李干"),
        ("於伟", "于伟"),
        ("张昇", "张升"),
        ("王喆", "王哲"),
        ("张玮", "张伟"),
        ("𬭎", "宏"),
        ("刘翀", "刘冲"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold_one_name(one) != fold_one_name(other)


@for_each(
    ("written", "base", "mark"),
    [
        ("张伟（财务）", "张伟", "财务"),
        ("张伟[实习]", "张伟", "实习"),
        ("（财务）张伟", "张伟", "财务"),
        ("张伟【财务部", "张伟", "财务部"),
        ("张伟-财务", "张伟", "财务"),
        ("财务部-张伟", "张伟", "财务部"),
        ("张伟-人事", "张伟-人事", ""),
        ("张伟2", "张伟", "#2"),
        ("张伟②", "张伟", "#2"),
        ("张伟（2）", "张伟", "#2"),
        ("张伟-2", "张伟", "#2"),
        ("张伟 02", "张伟", "#02"),
        ("张伟A", "张伟", "#a"),
        ("Li Wei 2", "liwei", "#2"),
        ("阿Q", "阿q", ""),
        ("Jean-Paul", "jean-paul", ""),
        ("张伟 勿发", "张伟", "勿发"),
        ("張偉 離職", "张伟", "离职"),
        ("离职-张伟", "张伟", "离职"),
        ("张伟，2025年离职", "张伟", "2025年离职"),
        ("张伟已离职", "张伟", "已离职"),
        ("欧阳小均离职", "欧阳小均", "离职"),
        ("勿发张伟", "张伟", "勿发"),
        ("张伟2 不要发", "张伟2", "不要发"),
        ("Zhang Wei resigned", "zhangwei", "resigned"),
        ("Zhang Wei - do not send", "zhangwei", "donotsend"),
        ("John Former", "johnformer", ""),
        ("王退休", "王退休", ""),
        ("退休干部", "退休干部", ""),
        ("离职管理员", "离职管理员", ""),
        ("张伟退休返聘", "张伟退休返聘", ""),
        ("经理 别发财", "经理别发财", ""),
        ("13900000001", "13900000001", ""),
        ("()", "()", ""),
        ("", "", ""),
    ],
)
def test_what_is_beside_a_name_is_kept_apart(written: str, base: str, mark: str) -> None:
    assert read(written) == PersonName(base, mark)


@for_each(
    ("beside", "is_note"),
    [
        *((note, True) for note in ("勿发", "请勿推送", "不要发消息", "停发", "do not send", "离职", "退休", "已故")),
        *((note, True) for note in ("离退休干部", "离职，财务部", "离职人员")),
        *(
            (other, False)
            for other in ("离退休办", "退休干部处", "离职管理员", "未离职", "退休返聘", "performer", "补发")
        ),
    ],
)
def test_a_note_says_that_somebody_has_left_or_gets_no_messages(beside: str, is_note: bool) -> None:  # noqa: FBT001
    assert read(f"张伟（{beside}）").has_note == is_note


@given(st.lists(TEXTS, max_size=5))
@example(["", "\n"])
@example(["张\n伟"])
def test_names_are_folded_one_by_one(names: list[str]) -> None:
    folded = fold_names(names)
    assert folded == [fold_names([name])[0] for name in names]
    assert fold_names(folded) == folded
    assert not [name for name in folded if set(name) & set(" \u3000\n\x1f")]


@given(st.lists(TEXTS, max_size=5))
def test_the_keys_of_names_are_those_of_each_name(names: list[str]) -> None:
    keys = name_keys(names, DEPARTMENTS.__contains__)
    assert keys == [read_name(name, DEPARTMENTS.__contains__).key for name in names]
    assert [PersonName.of(key).key for key in keys] == keys


@for_each(
    ("one", "other"),
    [
        ("财务部", "財務部"),
        ("财务部", "财务部门"),
        ("总部/财务部", "总部 ／ 财务部"),
        ("总部/财务部", "总部-财务部"),
        ("总部/财务部", "总部>财务部/"),
        ("总部/财务部", "\\总部\\财务部"),
    ],
)
def test_spellings_of_one_department_are_equal(one: str, other: str) -> None:
    assert fold_department(one) == fold_department(other)


def test_a_department_has_a_stem_where_two_characters_are_left() -> None:
    assert [stem_of(department) for department in ("财务部", "总部/财务中心", "一部", "部", "财务")] == [
        *("财务", "总部/财务", "一部", "部", "财务"),
    ]


def test_several_departments_in_a_cell_are_told_apart() -> None:
    assert split_departments("财务部，人事部；销售部、 研发部 ") == ["财务部", "人事部", "销售部", "研发部"]


@for_each(
    ("ours", "theirs", "rules"),
    [
        ("张伟", "张伟", []),
        ("張偉", "张伟", ["match.rule_traditional"]),
        ("张 伟", "张伟", ["match.rule_spelling"]),
        ("張 偉", "张伟", ["match.rule_traditional", "match.rule_spelling"]),
        ("張 偉", "张 伟", ["match.rule_traditional"]),
    ],
)
def test_the_rules_that_make_two_spellings_equal_are_named(ours: str, theirs: str, rules: list[str]) -> None:
    assert [rule.key for rule in spelling_rules(ours, theirs)] == rules


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_near_names_differ_by_one_change(one: str, other: str) -> None:
    replaced = {one[:at] + letter + one[at + 1 :] for at in range(len(one)) for letter in "abc"}
    added = {one[:at] + letter + one[at:] for at in range(len(one) + 1) for letter in "abc"}
    left_out = {one[:at] + one[at + 1 :] for at in range(len(one))}
    swapped = {one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(len(one) - 1)}
    assert is_one_apart(one, other) == (other in (replaced | added | left_out | swapped) - {one})


@pytest.mark.parametrize("size", [0, 1])
def test_few_names_are_folded_as_well(size: int) -> None:
    assert fold_names(["张伟"] * size) == ["张伟"] * size
