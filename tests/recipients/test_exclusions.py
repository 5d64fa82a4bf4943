import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import AbsentRecipientsError, InputError, QuotaError
from dingnb.recipients.exclusions import read_excluded as read
from dingnb.sandbox import RunningSandbox
from dingnb.words import Text, as_text, say
from tests.table_rows import for_each

IDS = ["a1", "a2", "a3"]
LISTS = {"left": {"a1": as_text("why")}}


def read_excluded(exclude: object) -> dict[str, Text]:
    return read(exclude, LISTS.__getitem__).userids


@for_each(
    "exclude",
    [
        IDS,
        tuple(IDS),
        set(IDS),
        frozenset(IDS),
        pd.Series(IDS, index=[7, 7, 7]),
        pd.Series(IDS, dtype="category"),
        pd.Series([*IDS, None, pd.NA], dtype="string"),
        pd.Index(IDS),
        np.array(IDS),
        np.array(IDS, dtype=object),
        pd.array(IDS, dtype="string"),
        ["a1", " a2\u200b", "ａ３", None, "", float("nan"), "a1"],
        pd.DataFrame({"userid": IDS})["userid"],
        pd.DataFrame({"name": ["x", "y", "z"], "userid": IDS}),
        pd.DataFrame({"userid": IDS, "": 1}).set_axis(pd.Index(["userid", pd.NA], dtype=object), axis=1),
    ],
)
def test_ids_in_any_collection_are_excluded_once_and_cleaned(exclude: object) -> None:
    assert read_excluded(exclude) == dict.fromkeys(IDS, Text("row.excluded"))


@for_each(
    "exclude",
    [
        pd.DataFrame({"name": IDS}),
        pd.DataFrame(),
        pd.DataFrame([["a1", "a2"]], columns=["userid", "userid"]),
        pd.DataFrame(IDS, columns=pd.MultiIndex.from_tuples([("a", "userid")])),
    ],
)
def test_a_frame_without_one_column_of_userids_is_refused(exclude: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="DataFrame without a column userid"):
        read_excluded(exclude)


@pytest.mark.parametrize(
    "exclude",
    [[12, 0, None], pd.Series([12, 0, None]), pd.array([12, 0, None], dtype="Int64"), np.array([12, 0]), {12, 0.0}],
    ids=map(str, range(5)),
)
def test_numbers_are_read_as_those_of_recipients(exclude: object) -> None:
    assert set(read_excluded(exclude)) == {"12"}


@for_each(
    "exclude",
    [None, [], (), set(), pd.Series([], dtype=object), [None, " "]],
)
def test_none_excludes_nobody(exclude: object) -> None:
    assert read_excluded(exclude) == {}


@for_each(
    ("exclude", "value"),
    [
        (["a1", "a,b", True], "'a,b'"),
        (pd.Series([True, False]), "True is a boolean"),
        ([["a1"]], "a1"),
        (["@all"], "@all"),
        (["a1", "b\ud800"], r"'b\ud800'"),
        (pd.Series([1.5]), "1.5"),
        (pd.array([123_456_789], dtype="Float32"), "1.2345679e+08"),
        ([b"a1"], "bytes"),
    ],
)
def test_an_invalid_value_raises_with_its_position(exclude: object, value: str) -> None:
    with pytest.raises(InputError, match="position") as caught:
        read_excluded(exclude)
    assert value in str(caught.value)
    assert "would exclude nobody" in caught.value.hint
    str(caught.value).encode()


def test_invalid_values_are_counted_and_the_first_is_named() -> None:
    with pytest.raises(InputError, match=r"contains 2 cells .* at position 1: 'a,b' contains a separator"):
        read_excluded(["a1", "a,b", True])


@for_each(
    "exclude",
    [
        b"a1",
        5,
        {"a1": 1},
        np.zeros((1, 1)),
        np.array("a1"),
        iter(IDS),
        pd.MultiIndex.from_tuples([("a", "b")]),
    ],
)
def test_a_value_that_is_not_a_collection_of_ids_raises(exclude: object) -> None:
    with pytest.raises(InputError, match="exclude= cannot be") as caught:
        read_excluded(exclude)
    assert 'frame["userid"]' in caught.value.hint


def test_a_text_is_the_name_of_a_list() -> None:
    assert read_excluded("left") == LISTS["left"]


def test_excluded_people_are_rejected_and_not_counted(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi {{ n }}"), exclude=frame["userid"][1:3])
    assert plan.people == 3
    problems = plan.problems()
    assert problems["position"].tolist() == [1, 2]
    assert problems["reason"].tolist() == [say("row.excluded")] * 2
    assert problems["value"].tolist() == frame["userid"][1:3].tolist()


def test_a_person_found_by_phone_is_excluded_as_well(sandbox: RunningSandbox, ding: DingTalk) -> None:
    people = [user for user in sandbox.state.users() if user["active"] and user["mobile"]][:2]
    frame = pd.DataFrame({"mobile": [person["mobile"] for person in people]})
    plan = ding.plan(frame, dingnb.text("hi"), to="mobile", exclude=[people[0]["userid"]])
    assert plan.problems()["position"].tolist() == [0]
    assert plan.people == 1


def people(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    found = [user for user in sandbox.state.users() if user["active"] and user["mobile"]][:n]
    return pd.DataFrame(
        {"userid": [person["userid"] for person in found], "mobile": [person["mobile"] for person in found]}
    )


def lookups(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("getbymobile") for call in sandbox.state.recorded_calls())


SPELLINGS: list[Callable[[str], object]] = [
    str,
    int,
    float,
    lambda number: f"+86 {number[:3]}-{number[3:7]}-{number[7:]}",
    lambda number: f"0086{number}",
    lambda number: f"({number[:3]}) {number[3:]}\u200b",
    lambda number: "".join(chr(ord(character) + 0xFEE0) for character in number),
    lambda number: f"'{number}",
]


@pytest.mark.parametrize("spelled", SPELLINGS, ids=map(str, range(len(SPELLINGS))))
@pytest.mark.parametrize("way", ["given", "list"])
def test_a_phone_number_in_any_spelling_excludes_its_row_without_a_look_up(
    way: str, spelled: Callable[[str], object], sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(sandbox, 4)
    frame.loc[3, "mobile"] = "+86 " + frame.loc[3, "mobile"]
    entries = [spelled(mobile.removeprefix("+86 ")) for mobile in frame["mobile"][2:]]
    exclude: object = entries
    if way == "list":
        ding.exclusions.add("left", entries, reason="left in May")
        exclude = "left"
    plan = ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile", exclude=exclude)
    assert plan.to_frame()["status"].tolist() == ["queued", "queued", "rejected", "rejected"]
    problems = plan.problems()
    assert problems["value"].tolist() == frame["mobile"][2:].tolist()
    assert problems["column"].tolist() == ["mobile"] * 2
    assert problems["reason"].str.contains("excluded" if way == "given" else "left in May").all()
    assert lookups(sandbox) == 2
    assert "Of these, excluded" in repr(plan)
    assert "2 rows" in repr(plan)
    assert "No match in this plan" not in repr(plan)


def test_a_phone_number_excludes_rows_with_a_userid(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = people(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[frame["mobile"][1]])
    assert plan.to_frame()["status"].tolist() == ["queued", "rejected", "queued", "queued", "queued"]
    assert lookups(sandbox) == 0


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("13800000001 / 13800000002", "13800000002"),
        ("13800000001 / +852 9123 4567", "+85291234567"),
        ("+1 212 555 0123 / +44 7911 123456", "+447911123456"),
        ("１３８０００００００１／１３８０００００００２", "13800000002"),
    ],
)
def test_one_of_several_phone_numbers_in_a_cell_excludes_the_row(
    cell: str, number: str, sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(sandbox, 3)
    frame.loc[2, "mobile"] = cell
    plan = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[number])
    assert plan.problems()["position"].tolist() == [2]


@pytest.mark.parametrize("cell", [None, "13800000001", "ask"])
def test_the_owner_of_an_excluded_number_is_excluded_whatever_the_row_contains(
    cell: str | None, sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(sandbox, 4)
    number = frame["mobile"][1]
    frame.loc[1, "mobile"] = cell
    plan = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[number])
    assert plan.to_frame()["status"].tolist() == ["queued", "rejected", "queued", "queued"]
    assert lookups(sandbox) == 1
    assert "No match in this plan" not in repr(plan)
    # Known owners cost no further call, and an excluded userid still excludes the row of a number.
    ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[number])
    assert lookups(sandbox) == 1


def test_a_person_excluded_by_number_gets_no_message_for_a_row_with_another_number(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(sandbox, 3)
    frame.loc[3] = frame.loc[1]
    frame.loc[3, "mobile"] = "13800000001"
    plan = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[frame["mobile"][1]])
    assert plan.to_frame()["status"].tolist() == ["queued", "rejected", "queued", "rejected"]
    assert lookups(sandbox) == 1


def test_an_entry_that_is_both_userid_and_number_excludes_both(sandbox: RunningSandbox, ding: DingTalk) -> None:
    number = people(sandbox, 1)["mobile"][0]
    frame = pd.DataFrame({"userid": [number, None, "manager01"], "mobile": [None, number, None]})
    plan = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=[number])
    assert plan.to_frame()["status"].tolist() == ["rejected", "rejected", "queued"]


def test_the_plan_says_which_entries_match_nobody(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = people(sandbox, 3)
    missing = [f"1380000000{n}" for n in range(7)]
    exclude = [frame["mobile"][0], frame["userid"][1], *missing]
    display = repr(ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"], exclude=exclude))
    assert (
        "No match in this plan for 7 of 9 entries in exclude=: 13800000000, 13800000001, 13800000002, "
        "13800000003, 13800000004 and 2 more. Check what was given:" in display
    )
    ding.exclusions.add("left", ["a1", frame["userid"][0]])
    display = repr(ding.plan(frame, dingnb.text("hi"), exclude="left"))
    # Those who left are in no list, which is no mistake.
    assert "a1" not in display
    assert "No match" not in display
    ding.exclusions.add("moved", ["a1", "a2"])
    nobody = ding.plan(frame, dingnb.text("hi"), exclude="moved")
    assert "Nobody on exclusion list 'moved' is in this plan." in repr(nobody)
    ding.exclusions.add("left", ["13800000001"])
    display = repr(ding.plan(frame, dingnb.text("hi"), exclude="left"))
    assert "Exclusion list 'left' has 1 entry like phone numbers, which exclude nobody here" in display
    everybody = ding.plan(frame, dingnb.text("hi"), exclude=frame["userid"][:2])
    assert "No match in this plan" not in repr(everybody)
    nobody = ding.plan(frame, dingnb.text("hi"), exclude=frame["userid"][frame["userid"].isin(["a1"])])
    assert "exclude= is empty: nobody is excluded." in repr(nobody)


def test_names_of_people_in_the_plan_are_refused_instead_of_userids(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = people(sandbox, 3).assign(姓名=["张伟", "李娜", "王芳"])
    note = dingnb.text("hi")
    with pytest.raises(InputError, match="exclude= has names of people in this plan: 张伟, 李娜") as caught:
        ding.plan(frame, note, exclude=["张伟", frame["userid"][2], "李娜", "somebody"])
    assert "ding.match(...)" in caught.value.hint
    ding.exclusions.add("left", pd.Series(["李娜"]))
    with pytest.raises(InputError, match="Exclusion list 'left' has names of people in this plan: 李娜") as caught:
        ding.plan(frame.rename(columns={"姓名": "who"}), note, columns={"name": "who"}, exclude="left")
    assert 'ding.exclusions.remove("left", names)' in caught.value.hint
    # People elsewhere may be on the list, and a name may be somebody's userid.
    assert ding.plan(frame[::2], note, exclude="left").people == 2
    named = pd.DataFrame({"userid": ["李娜", "a1"], "name": ["李娜", "王芳"]})
    assert ding.plan(named, note, exclude="left").people == 1
    run = ding.plan(frame, note).send("note").wait()
    with pytest.raises(InputError, match="names of people in this plan: 李娜"):
        run.remind(dingnb.text("Please read it."), exclude=["李娜"])


def test_names_are_refused_in_another_spelling_but_userids_that_resemble_names_are_not(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a1", "a2", "a3"], "name": ["张 伟", "陳靜", "Zhang Wei"]})
    with pytest.raises(InputError, match="exclude= has names of people in this plan: 张伟, 陈静"):
        ding.plan(frame, dingnb.text("hi"), exclude=["张伟", "陈静"])
    assert ding.plan(frame, dingnb.text("hi"), exclude=["zhangwei", "zhang.wei"]).people == 3


def test_phone_numbers_of_people_in_a_plan_by_userid_are_refused(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame, note = people(sandbox, 4), dingnb.text("hi")
    frame["mobile"] = "+86 " + frame["mobile"]
    number = frame["mobile"][1].removeprefix("+86 ")
    with pytest.raises(InputError, match=r"exclude= has phone numbers of people in this plan \(row 1\)\.") as caught:
        ding.plan(frame, note, exclude=[int(number), frame["userid"][0]])
    assert number not in str(caught.value)
    ding.exclusions.add("left", [number])
    with pytest.raises(InputError, match=r"Exclusion list 'left' has phone numbers of people in this plan"):
        ding.plan(frame, note, exclude="left")
    assert ding.plan(frame, note, exclude="left", to=["userid", "mobile"]).people == 3
    assert ding.plan(frame, note, exclude=[number, frame["userid"][1]]).people == 3
    assert ding.plan(frame.drop(1), note, exclude="left").people == 3


def test_numbers_that_lack_the_leading_zeros_of_userids_in_the_plan_are_refused(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    userids = ["00123", "0456", "123456", *people(sandbox, 1)["userid"]]
    frame, note = pd.DataFrame({"userid": userids}), dingnb.text("hi")
    left = pd.read_csv(io.StringIO("userid\n00123\n123456\n789\n"))["userid"]
    with pytest.raises(InputError, match=r"lack the leading zeros of userids in this plan: 123 \(00123\)\.") as caught:
        ding.plan(frame, note, exclude=left)
    assert "dtype=str" in caught.value.hint
    ding.exclusions.add("left", left)
    with pytest.raises(InputError, match=r"Exclusion list 'left' has numbers .* 123 \(00123\)\.") as caught:
        ding.plan(frame, note, exclude="left")
    assert 'ding.exclusions.remove("left", numbers)' in caught.value.hint
    run = ding.plan(frame, note).send("note")
    ding.exclusions.remove("left", [123])
    ding.exclusions.add("left", ["00123"])
    plan = ding.plan(frame, note, exclude="left")
    assert plan.problems()["value"].tolist() == ["00123", "123456"]
    # Both may be people: the number has a row of its own.
    assert ding.plan(pd.DataFrame({"userid": ["123", "0123"]}), note, exclude=[123]).people == 1
    unpadded = userids[3].lstrip("0")
    assert unpadded != userids[3]
    with pytest.raises(InputError, match="lack the leading zeros"):
        run.wait(check=False).remind(note, exclude=[int(unpadded)])


@for_each("exclude", [["left", "moved "], pd.Series(["Left"]), {"a1", "moved"}, ["离职"]])
def test_names_of_lists_among_ids_are_refused(sandbox: RunningSandbox, ding: DingTalk, exclude: object) -> None:
    frame, note = people(sandbox, 4), dingnb.text("hi")
    for number, name in enumerate(("left", "moved", "离职")):
        ding.exclusions.add(name, [frame["userid"][number]])
    with pytest.raises(InputError, match="Nobody on these was excluded") as caught:
        ding.plan(frame, note, exclude=exclude)
    assert 'lists["list"].isin(["' in caught.value.hint
    lists = ding.exclusions.to_frame()
    assert ding.plan(frame, note, exclude=lists[lists["list"].isin(["left", "moved"])]).people == 2


def test_a_phone_number_in_a_plan_by_userid_is_reported_as_unmatched(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = people(sandbox, 3)
    plan = ding.plan(frame[["userid"]], dingnb.text("hi"), exclude=[frame["mobile"][0]])
    assert plan.people == 3
    assert "No match in this plan for 1 of 1 entry in exclude=" in repr(plan)
    assert "Apparently phone numbers: 1 entry. They are only recognised" in repr(plan)
    assert 'recognised when people are addressed by phone: to="mobile"' in repr(plan)
    with pytest.raises(InputError, match="cannot be read"):
        ding.plan(frame, dingnb.text("hi"), exclude=["+86 139 0000 0001"])


def test_a_userid_whose_row_is_excluded_by_number_is_not_reported_as_elsewhere(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(sandbox, 2)
    exclude = [frame["userid"][0], frame["mobile"][0]]
    display = repr(ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile", exclude=exclude))
    assert "No match in this plan for 1 of 2 entries in exclude=" in display
    assert "Rows excluded by phone number are not looked up" in display
    exclude = ["19900000000", frame["mobile"][0]]
    display = repr(ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile", exclude=exclude))
    assert "No match in this plan for 1 of 2 entries in exclude=: 19900000000" in display
    assert "not looked up" not in display


def test_a_number_on_a_list_is_removed_in_any_spelling(ding: DingTalk) -> None:
    assert ding.exclusions.add("left", ["+86 139-0000-0001", "manager01"]) == 2
    assert ding.exclusions.to_frame("left")["userid"].tolist() == ["13900000001", "manager01"]
    assert ding.exclusions.remove("left", ["(139) 0000 0001"]) == 1
    assert ding.exclusions.to_frame("left")["userid"].tolist() == ["manager01"]


DAY_NS = 25 * 3_600 * NS_PER_S


def recipients_of(sandbox: RunningSandbox) -> set[str]:
    return {message["userid"] for message in sandbox.state.messages()}


def test_no_retry_goes_to_the_owner_of_a_number_that_a_later_plan_excludes(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    frame, ding = people(sandbox, 20), connect_to(sandbox)
    run = ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile").send("note").wait()
    missing = run.missed()["userid"].iloc[0]
    # The owner of the number is no longer known, so only its own row is excluded.
    clock.advance(DAY_NS)
    number = frame.set_index("userid")["mobile"][missing]
    run = ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile", exclude=[number]).send("note")
    for _ in range(12):
        run.retry().wait()
    assert recipients_of(sandbox) == set(frame["userid"]) - {missing}


def test_people_still_to_be_sent_to_are_excluded_by_phone_number_too(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    frame, ding = people(sandbox, 6), connect_to(sandbox)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=1)
    with pytest.raises(QuotaError):
        ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile").send("note")
    clock.advance(DAY_NS)
    plan = ding.plan(frame[["mobile"]][3:], dingnb.text("hi"), to="mobile", exclude=[frame["mobile"][0]])
    with pytest.raises(AbsentRecipientsError, match="2 people"):
        plan.send("note")
    plan.send("note", absent="send").wait()
    assert recipients_of(sandbox) == set(frame["userid"][1:])


def test_a_reminder_excludes_people_by_phone_number(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    frame = people(sandbox, 4)
    ding = connect_to(sandbox)
    run = ding.plan(frame[["mobile"]], dingnb.text("hi"), to="mobile").send("note").wait()
    unread = len(run.unread())
    number = frame.set_index("userid")["mobile"][run.unread()["userid"].iloc[0]]
    for found in (run, connect_to(sandbox).campaign("note")):
        reminder = found.remind(dingnb.text("please read"), exclude=[f"+86 {number}"], refresh=False)
        assert reminder.people == unread - 1
    assert "No match in this plan for 1 of 1 entry in exclude=" in repr(
        run.remind(dingnb.text("please"), exclude=["13800000009"], refresh=False)
    )


@pytest.mark.parametrize(
    ("frame", "columns", "way"),
    [
        (pd.DataFrame({"mobile": ["13900000001", "13900000002", "x1"]}), {"userid": "mobile"}, 'to="mobile".'),
        (
            pd.DataFrame({"contact": [13900000001.0, 13900000002.0]}),
            {"userid": "contact"},
            'to="mobile", columns={"mobile": "contact"}.',
        ),
        (pd.DataFrame({"userid": ["13900000001"]}), {}, 'to="mobile", columns={"mobile": "userid"}.'),
    ],
)
def test_userids_that_look_like_phone_numbers_are_questioned_with_a_hint(
    frame: pd.DataFrame, columns: dict[str, str], way: str, ding: DingTalk
) -> None:
    plan = ding.plan(frame, dingnb.text("hi"), columns=columns)
    assert f"! Most userids in column {str(frame.columns[0])!r} look like phone numbers" in repr(plan)
    assert f"address people by phone, {way}" in repr(plan)


def test_userids_of_digits_are_not_questioned(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["13900000001", "16143106385738161", "manager01"]})
    assert "look like phone numbers" not in repr(ding.plan(frame, dingnb.text("hi")))


def test_a_matched_frame_with_open_rows_is_refused_since_these_would_exclude_nobody() -> None:
    matched = pd.DataFrame({"userid": ["a1", None], "match": ["name only", "several"], "reason": ["", "2 people"]})
    with pytest.raises(InputError, match="left 1 row of exclude="):
        read_excluded(matched)
    assert list(read_excluded(matched.iloc[:1])) == ["a1"]
