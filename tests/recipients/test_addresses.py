import copy
import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.planning.batches import build_batches
from dingnb.errors import ColumnError, InputError, NobodyError
from dingnb.limits import STANDARD
from dingnb.recipients.addresses import address_kinds, check_recipients, column_of, read_addresses
from dingnb.words import Language, in_language
from tests.table_rows import for_each


@for_each("junk", [None, [], {}, "userid", np.zeros((2, 2))])
def test_a_value_that_is_not_a_frame_raises(junk: object) -> None:
    with pytest.raises(InputError, match=r"Expected a DataFrame, not \w+[^\0]*dingnb\.read_recipients"):
        check_recipients(junk)


def test_a_series_is_refused_with_how_to_make_it_a_frame() -> None:
    totals = pd.DataFrame({"userid": ["a", "a", "b"], "net": [1, 2, 3]}).groupby("userid")["net"].sum()
    with pytest.raises(InputError, match="not Series") as caught:
        check_recipients(totals)
    assert 'series.to_frame("userid")' in caught.value.hint
    assert "series.reset_index() if they are its index" in caught.value.hint
    assert read_addresses(totals.reset_index(), ("userid",), {}).userids == ["a", "b"]


def test_a_frame_without_rows_raises() -> None:
    with pytest.raises(NobodyError, match="no rows"):
        check_recipients(pd.DataFrame({"userid": []}))


@for_each("to", ["phone", [], None, 5, ["userid", "mail"], [["userid"]], {"userid"}, True])
def test_an_unknown_kind_of_address_raises(to: object) -> None:
    with pytest.raises(InputError, match="kind of address"):
        address_kinds(to)


@pytest.mark.parametrize("columns", [{"user": "a"}, "userid", 5, ["userid"], {1: "a"}], ids=map(str, range(5)))
def test_invalid_columns_raise(columns: object) -> None:
    with pytest.raises(InputError, match="columns="):
        read_addresses(pd.DataFrame({"userid": ["a"]}), ("userid",), columns)


@for_each(
    ("frame", "columns", "words"),
    [
        (pd.DataFrame({"name": ["a"]}), {}, "No userid column found"),
        (pd.DataFrame([["a", "b"]], columns=["userid", "userid"]), {}, "occurs 2 times"),
        (pd.DataFrame([["a", "b"]], columns=["UserID", "user_id"]), {}, "Several columns"),
        (pd.DataFrame({"userid": ["a"]}), {"userid": "id"}, "no column 'id'"),
        (pd.DataFrame({"userid": ["a"]}), {"userid": "x" * 100_000}, "no column 'x{99}…'"),
        (pd.DataFrame({"userid": ["a"]}), {"userid": ["userid"]}, "no column"),
        (pd.DataFrame(index=[1, 2]), {}, "No userid column found"),
        (pd.DataFrame([["a"]], columns=pd.MultiIndex.from_tuples([("x", "userid")])), {}, "No userid column found"),
    ],
)
def test_a_missing_column_raises(frame: pd.DataFrame, columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ColumnError, match=words) as caught:
        read_addresses(frame, ("userid",), columns)
    assert caught.value.hint


def test_a_list_with_names_only_is_to_be_matched_first() -> None:
    with pytest.raises(ColumnError) as caught:
        read_addresses(pd.DataFrame({"姓名": ["a"], "n": [1]}), ("userid",), {})
    assert 'ding.match(frame, by="name")' in caught.value.hint
    with pytest.raises(ColumnError) as caught:
        read_addresses(pd.DataFrame({"n": [1]}), ("userid",), {})
    assert "match" not in caught.value.hint


@pytest.mark.parametrize("label", [0, 1.5, ("x", "userid"), "工号"])
def test_a_column_may_have_any_label(label: object) -> None:
    frame = pd.DataFrame([["a"], ["b"]])
    frame.columns = pd.Index([label], tupleize_cols=isinstance(label, tuple))
    assert column_of(frame, label).tolist() == ["a", "b"]
    assert read_addresses(frame, ("userid",), {"userid": label}).userids == ["a", "b"]


def test_na_as_a_label_is_harmless() -> None:
    frame = pd.DataFrame([["a", "b"]], columns=pd.Index([pd.NA, "userid"], dtype=object))
    assert read_addresses(frame, ("userid",), {}).userids == ["b"]


@for_each(
    ("column", "userids"),
    [
        (pd.array([7, None], dtype="Int64"), ["7", ""]),
        (pd.array(["7", None], dtype="string"), ["7", ""]),
        (pd.Categorical(["7", None]), ["7", ""]),
        (pd.Series([np.int8(7), None], dtype=object), ["7", ""]),
        (pd.Series([7, None], dtype="float64"), ["7", ""]),
        (pd.Series([7, None], dtype="float32"), ["7", ""]),
        (pd.array([7, None], dtype="Float32"), ["7", ""]),
    ],
)
def test_a_column_of_any_dtype_is_read(column: Any, userids: list[str]) -> None:
    addresses = read_addresses(pd.DataFrame({"userid": column}), ("userid",), {})
    assert addresses.userids == userids
    assert list(addresses.rejections) == [1]


@pytest.mark.parametrize("dtype", ["float32", "Float32"])
def test_a_narrow_float_with_lost_digits_is_rejected(dtype: str) -> None:
    addresses = read_addresses(pd.DataFrame({"userid": pd.array([123_456_789, 5], dtype=dtype)}), ("userid",), {})
    assert addresses.userids == ["", "5"]
    assert "lost digits" in str(addresses.rejections[0].reason)


def test_the_first_kind_that_is_not_blank_decides() -> None:
    frame = pd.DataFrame({"userid": ["a", None, "@all", ""], "mobile": ["1", "13900000001", "13900000002", " "]})
    addresses = read_addresses(frame, ("userid", "mobile"), {})
    assert addresses.userids == ["a", "", "", ""]
    assert addresses.mobiles == {1: "13900000001"}
    assert {position: rejection.column for position, rejection in addresses.rejections.items()} == {
        2: "userid",
        3: "userid",
    }


CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.text("abc,@ \u200b１.0", max_size=5),
    st.integers(-5, 10**20),
    st.floats(),
    st.booleans(),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.datetimes(),
    st.floats(width=32).map(np.float32),
    st.sampled_from([pd.NA, pd.NaT, np.nan, "@all", "123.0", "\ud800", np.datetime64("2026", "ns"), pd.Series([1])]),
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12))
def test_every_row_with_junk_is_sent_with_its_text_or_rejected_with_a_reason(rows: list[tuple[object, object]]) -> None:
    frame = pd.DataFrame(
        {name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(("userid", "x"))}
    )
    before = copy.deepcopy(rows)
    planned = build_batches(
        frame, dingnb.text("of {{ x }}"), read_addresses(frame, ("userid",), {}), key=None, limits=STANDARD
    )
    for position, number in enumerate(planned.recipient_of_row.tolist()):
        assert (number < 0) == (position in planned.rejections)
        if number >= 0:
            assert planned.recipients[number] == planned.userids[position]
        else:
            rejection = planned.rejections[position]
            assert rejection.reason
            assert rejection.hint
            str(rejection.reason).encode()
            rejection.value.encode()
    assert repr(rows) == repr(before)
    assert repr(frame["userid"].tolist()) == repr([row[0] for row in before])


def test_a_placeholder_leaves_the_row_to_the_next_kind_of_address_and_is_counted() -> None:
    frame = pd.DataFrame(
        {
            "userid": ["无", "u1", "-", None, "合计"],
            "mobile": ["13900000001", "N/A", "N/A", "13900000004", "13900000005"],
        }
    )
    addresses = read_addresses(frame, ("userid", "mobile"), {})
    assert addresses.userids == ["", "u1", "", "", ""]
    assert addresses.mobiles == {0: "13900000001", 3: "13900000004"}
    assert set(addresses.rejections) == {2, 4}
    assert addresses.rejections[2].value == "-"
    assert str(addresses.rejections[2].reason) == "This row has no userid / mobile."
    assert "a total or a note" in str(addresses.rejections[4].reason)
    assert list(map(str, addresses.notes())) == [
        "Column 'userid': 2 cells treated as empty, such as '无'.",
        "Column 'mobile': 1 cell treated as empty, such as 'N/A'.",
    ]


def test_a_row_of_totals_without_an_address_is_about_nobody() -> None:
    frame = pd.DataFrame(
        {
            "部门": ["研发部", "研发部小计", "总计", None, "合计", "销售部", None],
            "userid": ["u1", None, "-", "", None, None, None],
            "姓名": ["张三", None, "无", "合计", "李四", "合计", None],
            "实发": [1, 1, 1, 1, 1, 1, 1],
        }
    )
    rejections = read_addresses(frame, ("userid",), {}).rejections
    about_nobody = {row: rejection.value for row, rejection in rejections.items() if rejection.is_about_nobody}
    # The fifth row is a person in a department of that name, and the sixth starts with a department.
    assert about_nobody == {1: "研发部小计", 2: "总计", 3: "合计"}
    assert set(rejections) == {1, 2, 3, 4, 5, 6}
    assert (rejections[3].column, str(rejections[3].reason)) == ("姓名", "'合计' is a total or a note, not an address.")
    assert str(rejections[4].reason) == "This row has no userid."
    # Any other text may be the name of a person.
    renamed = frame.rename(columns={"姓名": "谁"})
    assert not read_addresses(renamed, ("userid",), {}).rejections[4].is_about_nobody
    assert not read_addresses(renamed, ("userid",), {"name": "谁"}).rejections[4].is_about_nobody


def test_a_row_that_says_who_made_the_list_is_about_nobody() -> None:
    frame = pd.DataFrame(
        {
            "姓名": ["张三", "合计", "制表：李四", "审核人: 王五", "李四"],
            "手机号": ["13900000001", None, None, None, None],
            "备注": [None, None, "日期：2026-11-30", None, "时间：待定"],
        }
    )
    rejections = read_addresses(frame, ("mobile",), {}).rejections
    assert [rejections[row].is_about_nobody for row in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_person_with_a_remark_in_place_of_a_number_is_somebody() -> None:
    frame = pd.DataFrame({"姓名": ["张三", "李四", "合计"], "手机号": ["手机：13900000001", "见备注", "合计"]})
    rejections = read_addresses(frame, ("mobile",), {}).rejections
    assert [rejection.is_about_nobody for rejection in rejections.values()] == [False, False, True]


def test_a_plan_reports_the_number_of_placeholders() -> None:
    with dingnb.connect("sandbox") as ding:
        frame = pd.DataFrame({"userid": ["manager01", "无", "暂无"]})
        plan = ding.plan(frame, dingnb.text("x"))
        assert plan.people == 1
        assert "Column 'userid': 2 cells treated as empty, such as '无'." in str(plan)


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        (pd.DataFrame({"n": [1]}, index=pd.Index(["u1"], name="userid")), "frame.reset_index()"),
        (pd.DataFrame({"n": [1]}, index=pd.Index(["u1"], name="员工UserID")), "frame.reset_index()"),
        (
            pd.DataFrame([["u1"]], columns=pd.MultiIndex.from_tuples([("a", "userid")])),
            "frame.columns = ['_'.join(filter(None, map(str, c))) for c in frame.columns]",
        ),
        (pd.DataFrame({"手机号": ["13900000001"]}), 'to="mobile"'),
        (pd.DataFrame({"人员": ["u1"]}), 'columns={"userid": "..."}.'),
    ],
    ids=["index", "index in Chinese", "levels", "mobile", "other name"],
)
def test_the_error_for_a_frame_without_userids_has_a_hint(frame: pd.DataFrame, hint: str) -> None:
    with pytest.raises(ColumnError) as raised:
        read_addresses(frame, ("userid",), {})
    assert hint in raised.value.hint


STAFF = pd.DataFrame({"userid": ["u1", "u2"], "quarter": ["Q1", "Q2"], "net": [1, 2]})
PIVOT = STAFF.pivot_table(index="userid", columns="quarter", values=["net"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        (PIVOT, ["userid", "net_Q1", "net_Q2"]),
        (PIVOT.reset_index(), ["userid", "net_Q1", "net_Q2"]),
        (pd.concat({"info": STAFF[["userid"]], "pay": STAFF[["net"]]}, axis=1), ["info_userid", "pay_net"]),
        (
            pd.concat({"员工": STAFF[["userid"]].set_axis(["员工UserID"], axis=1), "pay": STAFF[["net"]]}, axis=1),
            ["员工_员工UserID", "pay_net"],
        ),
    ],
    ids=["in the index", "in a column", "on the second level", "in Chinese"],
)
def test_who_does_what_the_hint_for_several_levels_says_has_a_list(
    frame: pd.DataFrame, columns: list[str], language: Language
) -> None:
    dingnb.set_language(language)
    with pytest.raises(ColumnError) as raised:
        read_addresses(frame, ("userid",), {})
    found = re.fullmatch(
        r".*[:：] ?(frame.*\])[.。](?: Then pass columns=(.*)\.|然后传入 columns=(.*)。)?", raised.value.hint
    )
    assert found is not None
    code, *argument = found.groups()
    names = {"frame": frame.copy()}
    exec(code, names)  # noqa: S102 - our own hint
    assert names["frame"].columns.tolist() == columns
    [named] = filter(None, argument) if any(argument) else ["{}"]
    read = read_addresses(names["frame"], ("userid",), eval(named))  # noqa: S307 - our own hint
    assert not read.rejections


@pytest.mark.parametrize("columns", [pd.MultiIndex.from_tuples([("a", "userid"), ("a", "net")]), [0, 1]], ids=str)
def test_the_error_for_columns_without_text_names_lists_the_columns(columns: Any) -> None:
    with pytest.raises(InputError) as raised:
        dingnb.text("{{ net }}").for_columns(list(pd.DataFrame([["u1", 5]], columns=columns).columns))
    assert "Only columns whose names are text" in raised.value.hint
    assert "There are: ." not in str(raised.value)


def test_problems_show_the_name_beside_the_number() -> None:
    frame = pd.DataFrame({"手机号": ["139", "13900000001"], "姓名": ["甲", None]}, index=["x", "y"])
    with dingnb.connect("sandbox") as ding:
        problems = ding.plan(frame, dingnb.text("x"), to="mobile").problems()
        assert list(problems.columns) == ["position", "name", "column", "value", "reason", "hint"]
        assert problems.loc["x", ["name", "value"]].tolist() == ["甲", "139"]
        nameless = ding.plan(frame[["手机号"]], dingnb.text("x"), to="mobile").problems()
        assert nameless["name"].tolist() == [""] * len(nameless)


def test_a_blank_row_names_the_columns_as_the_list_does() -> None:
    addresses = read_addresses(pd.DataFrame({"手机号": ["13900000001", ""]}), ("mobile",), {"mobile": "手机号"})
    reason = addresses.rejections[1].reason
    assert str(reason) == "This row has no 手机号."
    with in_language("zh"):
        assert str(reason) == "此行的“手机号”为空。"


@for_each("form", ["+86{}", "86{}", "0086{}", "+86-{}", "(86){}", "0{}"])
def test_userids_that_look_like_phone_numbers_with_a_prefix_are_questioned(form: str) -> None:
    frame = pd.DataFrame({"userid": [form.format(13900000000 + n) for n in range(3)]})
    assert "look like phone numbers (3 of 3)" in str(read_addresses(frame, ("userid",), {}).userid_warning)


def test_userids_that_look_like_phone_numbers_abroad_are_questioned() -> None:
    frame = pd.DataFrame({"userid": ["+85291234567", "+6591234567", "manager01"]})
    assert "look like phone numbers (2 of 3)" in str(read_addresses(frame, ("userid",), {}).userid_warning)


def test_employee_numbers_padded_with_zeros_are_not_questioned() -> None:
    frame = pd.DataFrame({"userid": ["0012345678", "0012345679", "0023456789"]})
    assert not read_addresses(frame, ("userid",), {}).userid_warning


def test_a_long_cell_beside_a_total_is_read_in_time_proportional_to_its_length() -> None:
    frame = pd.DataFrame({"userid": [None], "姓名": ["合计"], "应发": [f"1{' ' * 100_000}x"]})
    begun = time.process_time()
    addresses = read_addresses(frame, ("userid",), {})
    assert time.process_time() - begun < 10
    assert not addresses.rejections[0].is_about_nobody
