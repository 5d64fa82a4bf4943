import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

import dingnb
from dingnb.client import DingTalk
from dingnb.display import Sheet
from dingnb.errors import ColumnError, InputError, LiveSendError, NobodyError, TemplateError
from dingnb.sandbox import RunningSandbox
from tests.live_mode import make_live
from tests.table_rows import for_each

STR = pd.Series(["a"], dtype="str").dtype
HI = dingnb.text("hi {{ n }}")

FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "duplicate index": lambda frame: frame.set_axis([7] * len(frame)),
    "MultiIndex": lambda frame: frame.set_axis(pd.MultiIndex.from_product([[1], range(len(frame))], names=["a", "b"])),
    "dates as index": lambda frame: frame.set_axis(pd.date_range("2026-01-01", periods=len(frame), tz="UTC")),
    "a slice": lambda frame: frame[1::2],
    "a view of a row order": lambda frame: frame.iloc[::-1],
    "categories": lambda frame: frame.astype({"userid": "category", "n": "category"}),
    "string dtype": lambda frame: frame.astype({"userid": "string"}),
    "Int64 with NA": lambda frame: frame.assign(n=pd.array([None, *range(1, len(frame))], dtype="Int64")),
    "objects": lambda frame: frame.astype(object),
    "numpy scalars": lambda frame: frame.assign(n=pd.Series([np.int8(number) for number in frame["n"]], dtype=object)),
    "labels that are no str": lambda frame: frame.assign(x=1).rename(columns={"x": 5}),
    "another column twice": lambda frame: frame.assign(y=1, z=2).set_axis(["userid", "n", "z", "z"], axis=1),
    "all rejected": lambda frame: frame.assign(userid="@all"),
    "mixed": lambda frame: frame.assign(userid=[*frame["userid"][:-6], None, "@all", "a,b", True, 1.5, "\ud800"]),
}


@pytest.mark.parametrize("shape", FRAMES)
def test_any_frame_is_planned_unchanged_with_its_rows_order_and_index(
    shape: str, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = FRAMES[shape](staff(sandbox, 12))
    before = copy.deepcopy(frame)
    plan = ding.plan(frame, HI)
    shown, problems = plan.to_frame(), plan.problems()

    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_index_equal(shown.index, frame.index)
    assert shown.dtypes.to_dict() == {
        **dict.fromkeys(["userid", "status", "reason", "body", "warning"], STR),
        "batch": pd.Int64Dtype(),
    }
    assert problems.dtypes.to_dict() == {
        "position": np.dtype("int64"),
        **dict.fromkeys(["name", "column", "value", "reason", "hint"], STR),
    }
    assert problems.index.tolist() == frame.index[problems["position"]].tolist()
    assert list(shown["status"] == "rejected") == [at in set(problems["position"]) for at in range(len(frame))]
    assert shown["reason"].notna().tolist() == (shown["status"] == "rejected").tolist()
    assert problems["reason"].str.len().gt(0).all()
    assert problems["hint"].str.len().gt(0).all()
    assert plan.people == (shown["status"] == "queued").sum()
    for position, body in enumerate(shown["body"].fillna("")):
        assert not body or f"hi {frame['n'].iloc[position]}" in body
    if plan.people:
        run = plan.send()
        pd.testing.assert_index_equal(run.results().index, frame.index)
    else:
        with pytest.raises(NobodyError, match="rejected: 12 rows"):
            plan.send()
        assert sandbox.state.messages() == []


def test_a_column_of_the_message_that_is_missing_or_duplicated_raises(ding: DingTalk) -> None:
    frame = pd.DataFrame([["u1", 1, 2]], columns=["userid", "n", "n"])
    with pytest.raises(TemplateError, match="'m', which does not exist"):
        ding.plan(frame, dingnb.text("{{ m }}"))
    with pytest.raises(TemplateError, match="'n', which appears 2 times"):
        ding.plan(frame, HI)


def test_a_column_of_the_message_that_is_in_the_index_is_pointed_out(ding: DingTalk) -> None:
    people = pd.DataFrame({"userid": ["a"], "mobile": ["13900000001"], "name": ["Ann"]}).set_index("name")
    with pytest.raises(TemplateError, match=r"uses the column 'name'[\s\S]*in the index .*frame\.reset_index\(\)"):
        ding.plan(people, dingnb.text("Dear {{ name }}"))


def test_later_changes_of_the_callers_objects_do_not_affect_a_plan(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3)
    plan = ding.plan(frame, HI)
    userids = frame["userid"].tolist()
    frame.loc[:, "userid"] = "x"
    frame["n"] = 9
    assert plan.to_frame()["userid"].tolist() == userids
    assert plan.preview().message["text"]["content"] == "hi 0"


def _change_value(frame: pd.DataFrame) -> None:
    frame["n"] = [0, 5, 6]


def _change_addresses(frame: pd.DataFrame) -> None:
    frame["userid"] = "x"


def _remove_value(frame: pd.DataFrame) -> None:
    frame["n"] = [None, 1, 2]


def _put_arrays(frame: pd.DataFrame) -> None:
    frame["n"] = [np.array([n, n]) for n in range(3)]


def _add_row(frame: pd.DataFrame) -> None:
    frame.loc[3] = ["manager01", 3]


@for_each(
    ("change", "expected"),
    [
        (_change_value, r"made, in rows 1 · \S+, 2 · \S+: n\."),
        (_change_addresses, r"made, in rows 0 · .*: userid\."),
        (_remove_value, r"made, in row 0 · \S+: n\."),
        (_put_arrays, r"made, in rows 0 · .*: n\."),
        (_add_row, r"made: it had 3 rows then, and has 4 rows now\."),
    ],
)
def test_a_dataframe_that_was_changed_after_the_plan_was_made_is_neither_sent_nor_tested(
    change: Callable[[pd.DataFrame], None],
    expected: str,
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Callable[..., pd.DataFrame],
) -> None:
    frame = staff(sandbox, 3)
    plan, of_copy = ding.plan(frame, HI), ding.plan(frame.copy(), HI)
    change(frame)
    refusal = rf"{expected}[\s\S]*Nothing was sent\.[\s\S]*Make the plan again"
    with pytest.raises(InputError, match=refusal):
        plan.send("May")
    with pytest.raises(InputError, match=refusal):
        plan.test("manager01")
    assert not sandbox.state.messages()
    assert of_copy.forecast("May").is_new


def test_a_changed_dataframe_keeps_an_interrupted_campaign_from_sending_the_old_values(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3)
    plan = ding.plan(frame, HI)
    run = plan.send("May")
    frame["n"] += 1
    again = plan.send("May")
    assert "The DataFrame has changed since the plan was made" in repr(again), "nothing is left to send"
    assert again.results()["userid"].tolist() == run.results()["userid"].tolist()

    other = staff(sandbox, 6)
    changed = ding.plan(other, dingnb.text("ho {{ n }}"))
    sandbox.state.faults.add("month", path="asyncsend_v2", nth=list(range(2, 30)))
    changed.send("June", check=False)
    sandbox.state.faults.clear()
    other["n"] += 1
    with pytest.raises(InputError, match=r"No further call was made; \d+ calls? of this campaign had been made before"):
        changed.send("June")
    corrected = ding.plan(other, dingnb.text("ho {{ n }}")).send("June", changed="resend")
    assert corrected.results(keep="n")["n"].tolist() == [1, 2, 3, 4, 5, 6]


def test_changes_that_a_plan_does_not_use_leave_it_as_it_is(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3)
    plan = ding.plan(frame, HI)
    frame["status"] = "queued"
    frame[:], frame.index = frame[::-1].to_numpy(), frame.index[::-1]
    frame["userid"] = frame["userid"].astype("category")
    frame["n"] = frame["n"].astype(float)
    plan.send("May")
    frame.index = pd.Index(["a", "b", "c"])
    frame.columns = frame.columns.str.upper()
    assert "has changed" not in repr(plan.send("May"))


def _reverse(frame: pd.DataFrame) -> None:
    """Reverse the rows, but not their labels, as sorting and numbering them again does."""
    frame[:] = frame[::-1].to_numpy()


def _reverse_with_equal_labels(frame: pd.DataFrame) -> None:
    frame.index = pd.Index([0, 0, 1])
    _reverse(frame)


def _index_by_columns(frame: pd.DataFrame) -> None:
    frame.index = pd.MultiIndex.from_frame(frame)


def _turn_into_text(frame: pd.DataFrame) -> None:
    frame["n"] = frame["n"].astype(str)


@for_each("change", [_reverse, _reverse_with_equal_labels, _index_by_columns, _turn_into_text])
def test_a_dataframe_with_the_same_rows_in_another_order_index_or_dtype_is_not_changed(
    change: Callable[[pd.DataFrame], None], sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3)
    plan = ding.plan(frame, HI)
    change(frame)
    assert plan.send(change.__name__).results(keep="n")["n"].tolist() == [0, 1, 2]


def test_lists_of_the_same_rows_in_another_order_are_not_changed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3)
    frame["n"] = [["a"], [], ["b", "c"]]
    plan = ding.plan(frame, dingnb.text("hi {{ n | join }}"))
    _reverse(frame)
    assert plan.send("May").results()["status"].eq("accepted").all()


def test_values_exchanged_between_rows_are_a_change_of_these_rows_and_their_column(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 4)
    plan = ding.plan(frame, HI)
    frame["n"] = [0, 2, 1, 3]
    with pytest.raises(InputError, match=r"made, in rows 1 · \S+, 2 · \S+: n\."):
        plan.send("May")


def test_only_the_changed_row_of_a_dataframe_in_another_order_is_named(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 4)
    plan = ding.plan(frame, HI)
    _reverse(frame)
    frame.loc[0, "n"] = 99
    with pytest.raises(InputError, match=r"made, in row 3 · \S+: n\."):
        plan.send("May")


def test_corrected_cells_are_listed(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["123.0", "ok", " ab"]}, index=["x", "y", "z"])
    plan = ding.plan(frame, dingnb.text("hi"))
    corrections = plan.corrections()
    assert corrections.index.tolist() == ["x", "z"]
    assert corrections["became"].tolist() == ["123", "ab"]
    assert "'123.0' was read as '123'" in repr(plan)
    none = ding.plan(pd.DataFrame({"userid": ["ok"]}), dingnb.text("hi")).corrections()
    assert none.dtypes.to_dict() == corrections.dtypes.to_dict()


@pytest.mark.parametrize("position", [3, -4, 1.5, "a", True])
def test_previewing_a_missing_position_raises(position: Any, ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["a", "b", "c"]}), dingnb.text("hi"))
    with pytest.raises(InputError, match="positions go from 0 to 2"):
        plan.preview(position=position)


@pytest.mark.parametrize(
    ("index", "label", "userid"),
    [
        (pd.Index([5, 9, 6]), 6, "c"),
        (pd.Index([5, 9, 6]), np.int64(9), "b"),
        (pd.Index([5, 9, 6], dtype="Int64"), 9.0, "b"),
        (pd.Index(["0", "1", "2"]), np.str_("2"), "c"),
        (pd.Index([1, True, "1"], dtype=object), True, "b"),
        (pd.Index([True, 1, "1"], dtype=object), np.int64(1), "b"),
        (pd.Index([True, 1, "1"], dtype=object), np.bool_(True), "a"),  # noqa: FBT003 - a label
        (pd.Index(["", np.nan, " "]), np.nan, "b"),
        (pd.Index(["", None, " "], dtype=object), pd.NA, "b"),
        (pd.Index(["", np.nan, " "]), "", "a"),
        (pd.MultiIndex.from_tuples([(1, "x"), (1, "y"), (2, "x")]), (np.int64(1), "y"), "b"),
        (pd.date_range("2026-01-01", periods=3), "2026-01-02", "b"),
        (pd.date_range("2026-01-01", periods=3), np.datetime64("2026-01-03"), "c"),
        (pd.date_range("2026-01-01", periods=3, tz="Asia/Shanghai"), "2026-01-02 00:00:00+08:00", "b"),
    ],
    ids=str,
)
def test_a_preview_finds_a_label(index: pd.Index, label: Any, userid: str, ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["a", "b", "c"]}, index=index), dingnb.text("hi"))
    assert plan.preview(label).userid == plan.preview(label=label).userid == userid
    for missing in (99, (1, 2), (1,), [1], "no", (1, 2, 3), 7, object(), plan):
        with pytest.raises(InputError, match="No row has the label") as caught:
            plan.preview(missing)  # type: ignore[arg-type]
        assert "position=0 to position=2" in caught.value.hint


def test_a_preview_accepts_the_labels_shown_by_the_plan(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["u0", "@all", "u2", " ", "u4"]}).iloc[::-1]
    plan = ding.plan(frame, dingnb.text("hi"))
    for label in plan.problems().index:
        assert f"\n    {label} " in repr(plan)
        with pytest.raises(InputError, match=rf"Not sent \(row {label}\)"):
            plan.preview(label)
    for label, userid in plan.to_frame()["userid"].dropna().items():
        if label not in plan.problems().index:
            assert plan.preview(label).userid == userid == f"u{label}"
    with pytest.raises(InputError, match=r"The row at position 1 \(label 3\) won't be sent"):
        plan.preview(position=1)


def test_the_default_preview_is_the_first_row_that_is_not_rejected(ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["@all", "b", "c"]}, index=[7, 8, 9]), dingnb.text("hi"))
    assert plan.preview().userid == "b"
    assert plan.preview(position=-1).message == {"msgtype": "text", "text": {"content": "hi"}}
    with pytest.raises(InputError, match="everyone"):
        plan.preview(7)
    with pytest.raises(InputError, match="Both a label"):
        plan.preview(8, position=1)
    nobody = ding.plan(pd.DataFrame({"userid": ["@all"]}), dingnb.text("hi"))
    with pytest.raises(NobodyError):
        nobody.preview()
    with pytest.raises(NobodyError):
        nobody.test("manager01")
    with pytest.raises(InputError, match="no rows"):
        ding.plan(pd.DataFrame({"userid": []}), dingnb.text("hi")).preview(position=0)


def test_a_label_of_several_rows_is_chosen_by_position(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c", "d", "e"]}, index=[5, 5, 6, 5, 5])
    plan = ding.plan(frame, dingnb.text("hi"))
    with pytest.raises(InputError, match=r"4 rows have the label 5, at positions 0, 1, 3 …\.\n.*position=0"):
        plan.preview(5)
    assert plan.preview(6).userid == "c"
    assert plan.preview(position=3).userid == "d"


def test_the_error_for_a_missing_label_lists_existing_ones(ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": list("abcdefgh")}, index=list("stuvwxyz")), dingnb.text("hi"))
    with pytest.raises(InputError, match="No row has the label 0") as caught:
        plan.preview(0)
    assert "'s', 't', 'u', …, 'z'" in caught.value.hint
    with pytest.raises(InputError) as caught:
        plan.preview("x" * 10_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("expect", [3, np.int64(3), range(3, 4), range(1, 9)], ids=map(str, range(4)))
def test_a_matching_expect_sends(
    expect: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    assert ding.plan(staff(sandbox, 3), HI).send(expect=expect).state == "finished"


@pytest.mark.parametrize("expect", [2, 4, range(3), True, 3.0, "3", [3]], ids=map(str, range(7)))
def test_a_different_expect_sends_nothing(
    expect: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(InputError, match="expect="):
        ding.plan(staff(sandbox, 3), HI).send(expect=expect)
    assert sandbox.state.stats()["tasks"] == 0


@pytest.mark.parametrize("name", ["", "  ", 5, ["a"]], ids=map(str, range(4)))
def test_an_invalid_name_sends_nothing(
    name: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(InputError, match="not a valid campaign name"):
        ding.plan(staff(sandbox, 3), HI).send(name)
    assert sandbox.state.stats()["tasks"] == 0


@pytest.mark.parametrize("name", ["test-2026113009", " Test-2026113009"], ids=["date", "case"])
def test_only_tests_have_the_names_of_tests(
    name: str, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    plan = ding.plan(staff(sandbox, 3), HI)
    with pytest.raises(InputError, match="is a name for tests"):
        plan.send(name)
    assert "is a name for tests" in str(plan.forecast(name).refusal)
    assert sandbox.state.stats()["tasks"] == 0
    assert plan.test("manager01").name.startswith("test-")


@pytest.mark.parametrize("userid", [None, "a,b", True, b"manager01", ["manager01"], 1e20, "x" * 100])
def test_a_test_to_no_userid_says_what_to_pass_rather_than_to_remove_a_row(
    userid: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    plan = ding.plan(staff(sandbox, 3), HI)
    with pytest.raises(InputError, match=r'such as plan.test\("manager01"\). No test was sent.$'):
        plan.test(userid)


def test_a_live_send_needs_a_name_and_the_count(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    make_live(ding)
    plan = ding.plan(staff(sandbox, 3), HI)
    assert "[LIVE]" in repr(plan)
    with pytest.raises(LiveSendError, match="needs a name"):
        plan.send(expect=3)
    with pytest.raises(LiveSendError, match="3 people"):
        plan.send("name")
    with pytest.raises(InputError, match="expect=4"):
        plan.send("name", expect=4)
    assert sandbox.state.stats()["tasks"] == 0
    assert plan.send("name", expect=3).state == "finished"
    assert sandbox.state.stats()["tasks"] == 3


def test_a_plan_shows_what_it_will_do_in_both_languages_and_nothing_secret(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = pd.concat([staff(sandbox, 200), pd.DataFrame({"userid": ["<b>&\x1b[31m", "@all"], "n": [1, 2]})])
    frame = frame.set_axis([f"<i>{at}" for at in range(len(frame))])
    for language, words in (("en", ("SANDBOX", "200 people", "2 rows")), ("zh", ("沙箱", "200 人", "2 行"))):
        dingnb.set_language(language)
        plan = ding.plan(frame, dingnb.text("hi"))
        text, html = repr(plan), plan._repr_html_()
        assert all(word in text and word in html for word in words)
        assert (text, html) == (repr(plan), plan._repr_html_())
        assert "\x1b" not in text + html
        assert "<i>" not in html
        assert "<b>" not in html
        for secret in (sandbox.settings.app_secret, sandbox.settings.app_key, ding.token().reveal()):
            assert secret not in text + html


def test_a_rejected_row_is_shown_with_its_name(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 3).assign(姓名=["王芳", "李一", None])
    frame.loc[1:, "userid"] = None
    shown = repr(ding.plan(frame, dingnb.text("hi")))
    assert "1 · 李一" in shown
    assert "王芳" not in shown
    assert "2 ·" not in shown


def test_a_plan_and_a_campaign_read_the_ledger_once_to_be_shown(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = ding.plan(staff(sandbox, 3), HI)
    for shown in (plan, plan.send("note")):
        bundle = {"text/plain": repr(shown), "text/html": shown._repr_html_()}
        sheets: list[Sheet] = []
        with monkeypatch.context() as patched:
            for name in ("to_text", "to_html"):
                patched.setattr(Sheet, name, record_sheet(getattr(Sheet, name), sheets))
            assert DisplayFormatter().format(shown)[0] == bundle
        assert len(sheets) == 2
        assert sheets[0] is sheets[1]


def record_sheet(render: Callable[[Sheet], str], sheets: list[Sheet]) -> Callable[[Sheet], str]:
    """Return a function that renders a sheet and appends it to a list."""

    def record(sheet: Sheet) -> str:
        sheets.append(sheet)
        return render(sheet)

    return record


def test_a_plan_says_that_everybody_gets_the_same_text(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "b"], "n": [1, 2]})
    shown = {
        "en": ["the same for everybody, in 1 batch", "2 distinct bodies in 2 batches", "1 body in 1 batch"],
        "zh": ["所有人相同，共 1 批", "2 份不同内容，共 2 批", "1 份，共 1 批"],
    }
    for language, (same, personal, one) in shown.items():
        dingnb.set_language("zh" if language == "zh" else "en")
        assert same in str(ding.plan(frame, dingnb.text("hi")))
        assert personal in str(ding.plan(frame, HI))
        assert one in str(ding.plan(frame.head(1), HI))


UTC_TIMES = pd.to_datetime(["2026-11-30 16:30", "2026-11-30 08:00", None], utc=True)


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(UTC_TIMES),
        pd.Series([*UTC_TIMES[:2].to_pydatetime(), None], dtype="object"),
        pd.Series([*(time.isoformat() for time in UTC_TIMES[:2]), "2026-11-30 08:00:00+00:00"], dtype="str"),
    ],
    ids=["datetime64", "datetime", "text"],
)
def test_times_in_another_zone_that_are_sent_without_it_are_a_note_of_the_plan(
    ding: DingTalk, times: "pd.Series[Any]"
) -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c"], "t": times, "day": "2026-11-30"})
    plan = ding.plan(frame, dingnb.text("{{ t | date }} {{ day | date }}"), exclude=["c"])
    assert plan.preview().message["text"]["content"] == "2026-11-30 2026-11-30"
    found = re.search(
        r"Column 't', 2 rows: .* such as 2026-11-30.16:30:00\+00:00\. .*: (frame.*)\.$", str(plan), re.MULTILINE
    )
    assert found is not None
    assert str(plan).count("in their own time zone") == 1
    exec(found.group(1), {"frame": frame, "pandas": pd})  # noqa: S102 - our own advice
    plan = ding.plan(frame, dingnb.text("{{ t | date }}"), exclude=["c"])
    assert [plan.preview(row).message["text"]["content"] for row in (0, 1)] == ["2026-12-01", "2026-11-30"]
    assert "time zone" not in str(plan)


def test_a_calculation_with_written_numbers_only_is_a_note_of_the_plan() -> None:
    with dingnb.connect("sandbox") as ding:
        frame = pd.DataFrame({"userid": ["manager01"], "net": [5]})
        source = (
            "{{ 2026/11/1 }} {{ 2026 / 11 / 1 }} {{ (1 + 2) * 3 }} {{ 1 - (2 - 3) }} {{ net * 2 }} {{ 3 }} 2026/11/1"
        )
        plan = ding.plan(frame, dingnb.text(source))
        for calculation in ("2026/11/1", "(1+2)*3", "1-(2-3)"):
            note = (
                f"{{{{ {calculation} }}}} in the message is calculated, and its result is sent. To send {calculation}"
            )
            assert str(plan).count(note) == 1
        assert str(plan).count("is calculated, and its result is sent") == 3
        dingnb.set_language("zh")
        assert "{{ 2026/11/1 }} 会被计算" in str(plan)


@for_each(
    "template",
    [
        "{% set x = t %}{{ x | date }}",
        "{% set x = row['t'] %}{% set y = x %}{{ y | date }}",
        "{% for x in [t] %}{{ x | date }}{% endfor %}",
        "{% with x = t %}{{ x | date }}{% endwith %}",
    ],
)
def test_times_in_another_zone_are_a_note_under_another_name_too(template: str) -> None:
    with dingnb.connect("sandbox") as ding:
        plan = ding.plan(pd.DataFrame({"userid": ["manager01"], "t": UTC_TIMES[:1]}), dingnb.text(template))
        assert "in their own time zone" in str(plan)


@for_each(
    ("template", "times"),
    [
        ("{% set x = 1 %}{{ x }} {{ t }}", ["2026-11-30 16:30+00:00"]),
        ("{{ t }}", ["2026-11-30 16:30+00:00"]),
        ("{{ t | date('%H:%M %Z') }}", ["2026-11-30 16:30+00:00"]),
        ("{{ t | date }}", ["2026-11-30 16:30+08:00"]),
        ("{{ t | date }}", ["2026-11-30 16:30"]),
        ("{{ t | date }}", pd.to_datetime(["1988-07-01 08:00"]).tz_localize("Asia/Shanghai")),
        ("{{ t | date }}", pd.to_datetime(["2026-11-30"], utc=True)),
    ],
)
def test_times_whose_zone_is_sent_or_is_beijing_s_are_no_note(template: str, times: Any) -> None:
    with dingnb.connect("sandbox") as ding:
        plan = ding.plan(pd.DataFrame({"userid": ["manager01"], "t": times}), dingnb.text(template))
        assert "time zone" not in str(plan)


def test_no_conversion_is_advised_that_would_change_times_without_a_zone(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "b"], "t": ["2026-11-30 16:30+00:00", "2026-11-30 16:30"]})
    shown = str(ding.plan(frame, dingnb.text("{{ t | date }}")))
    assert "Column 't', 1 row: " in shown
    assert "to_datetime" not in shown


def test_columns_can_be_named_as_in_the_file(ding: DingTalk, sandbox: RunningSandbox, tmp_path: Path) -> None:
    people = sandbox.state.users(2)
    lines = [f"{person['userid']},{person['name']},{person['mobile']}" for person in people]
    (tmp_path / "list.csv").write_text("\n".join(["工号,姓名,手机号", *lines]), encoding="utf-8")
    frame = dingnb.read_recipients(tmp_path / "list.csv", quiet=True)
    assert frame.columns.tolist() == ["job_number", "name", "mobile"]

    plan = ding.plan(frame, dingnb.text("Hi {{ 姓名 }}"), columns={"userid": "工号"}, key="手机号")
    run = plan.send("May")
    names = [person["name"] for person in people]
    assert run.results(keep=["姓名"])["姓名"].tolist() == run.results(keep="name")["name"].tolist() == names
    assert ding.plan(frame, dingnb.text("Hi"), key="mobile", columns={"userid": "job_number"}).people == len(people)
    matched = ding.match(
        frame, {"name": "姓名", "mobile": "手机号"}, pd.DataFrame(people)[["userid", "name", "mobile"]]
    )
    assert matched["userid"].tolist() == frame["job_number"].tolist()

    with pytest.raises(ColumnError, match=r"keep= names .*姓名\.\nDid you mean name\? Existing columns: userid, name"):
        ding.campaign("May").results(keep="姓名")
    with pytest.raises(ColumnError, match=r"do not exist: 100, 101, 102, 103, 104 and 295 more\."):
        run.results(keep=[*range(100, 400)])
    frame.attrs.clear()  # as after a merge
    with pytest.raises(TemplateError, match=r"'姓名', which does not exist\.\nDid you mean name\?"):
        ding.plan(frame, dingnb.text("Hi {{ 姓名 }}"), columns={"userid": "job_number"})
    with pytest.raises(ColumnError, match=r"no column '工号'\.\nDid you mean job_number\?"):
        ding.plan(frame, dingnb.text("Hi {{ name }}"), columns={"userid": "工号"})


@for_each(
    ("frame", "columns", "advice"),
    [
        (pd.DataFrame({"n": [1]}, index=pd.Index(["a"], name="owner")), None, "in the index (owner), make it a column"),
        (pd.DataFrame({"n": [1]}, index=pd.Index(["a"], name="owner")), {"userid": "owner"}, "frame.reset_index()"),
        (
            pd.DataFrame([["a", 1]], columns=[["owner", "n"], ["", "sum"]]),
            {"userid": "owner"},
            "Join them: frame.columns",
        ),
        (pd.DataFrame({"0": ["a"]}), {"userid": 0}, 'The column is named "0": pass that.'),
        (pd.DataFrame({0: ["a"]}), {"userid": "0"}, "The column is named 0: pass that."),
        (pd.DataFrame({"userid": ["a"], "n": [1]}).iloc[0], None, "frame.iloc[[0]]"),
        (pd.Series(["a"], name="userid"), None, 'series.to_frame("userid")'),
    ],
)
def test_the_advice_about_a_missing_column_leads_to_a_plan(
    frame: Any, columns: Any, advice: str, ding: DingTalk
) -> None:
    with pytest.raises(InputError) as raised:
        ding.plan(frame, dingnb.text("Hi"), columns=columns)
    assert advice in raised.value.hint
