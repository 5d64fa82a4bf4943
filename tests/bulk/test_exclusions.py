from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.bulk.exclusions import read_excluded as read
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.language import say
from dingnb.sandbox import RunningSandbox

IDS = ["a1", "a2", "a3"]
LISTS = {"left": {"a1": "why"}}


def read_excluded(exclude: object) -> dict[str, str]:
    return read(exclude, LISTS.__getitem__)


@pytest.mark.parametrize(
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
    ],
    ids=map(str, range(13)),
)
def test_ids_of_any_collection_are_excluded_once_and_cleaned(exclude: object) -> None:
    assert read_excluded(exclude) == dict.fromkeys(IDS, say("row.excluded"))


@pytest.mark.parametrize(
    "exclude",
    [[12, 0, None], pd.Series([12, 0, None]), pd.array([12, 0, None], dtype="Int64"), np.array([12, 0]), {12, 0.0}],
    ids=map(str, range(5)),
)
def test_numbers_are_read_as_those_of_recipients(exclude: object) -> None:
    assert set(read_excluded(exclude)) == {"12", "0"}


@pytest.mark.parametrize(
    "exclude",
    [None, [], (), set(), pd.Series([], dtype=object), [None, " "]],
    ids=map(str, range(6)),
)
def test_nobody_is_nobody(exclude: object) -> None:
    assert read_excluded(exclude) == {}


@pytest.mark.parametrize(
    ("exclude", "value"),
    [
        (["a1", "a,b", True], "'a,b'"),
        (pd.Series([True, False]), "'True'"),
        ([["a1"]], "a1"),
        (["@all"], "@all"),
        (["a1", "b\ud800"], r"'b\ud800'"),
        (pd.Series([1.5]), "1.5"),
        (pd.array([123_456_789], dtype="Float32"), "1.2345679e+08"),
        ([b"a1"], "bytes"),
    ],
    ids=map(str, range(8)),
)
def test_a_value_that_cannot_be_read_is_told_with_its_position(exclude: object, value: str) -> None:
    with pytest.raises(InputError, match="position") as caught:
        read_excluded(exclude)
    assert value in str(caught.value)
    assert "would not be excluded" in caught.value.hint
    str(caught.value).encode()


def test_the_values_that_cannot_be_read_are_counted_and_the_first_is_named() -> None:
    with pytest.raises(InputError, match=r"holds 2 cells .* at position 1: 'a,b' holds a comma"):
        read_excluded(["a1", "a,b", True])


@pytest.mark.parametrize(
    "exclude",
    [
        pd.DataFrame({"userid": IDS}),
        b"a1",
        5,
        {"a1": 1},
        np.zeros((1, 1)),
        np.array("a1"),
        iter(IDS),
        pd.MultiIndex.from_tuples([("a", "b")]),
    ],
    ids=map(str, range(8)),
)
def test_what_holds_no_ids_is_told(exclude: object) -> None:
    with pytest.raises(InputError, match="exclude= was given") as caught:
        read_excluded(exclude)
    assert 'frame["userid"]' in caught.value.hint


def test_a_text_is_the_name_of_a_list() -> None:
    assert read_excluded("left") == LISTS["left"]


def test_whom_a_plan_excludes_is_rejected_and_counted_out(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi {{ n }}"), exclude=frame["userid"][1:3])
    assert plan.people == 3
    problems = plan.problems()
    assert problems["position"].tolist() == [1, 2]
    assert problems["reason"].tolist() == [say("row.excluded")] * 2
    assert problems["value"].tolist() == frame["userid"][1:3].tolist()


def test_somebody_found_by_phone_is_excluded_as_well(sandbox: RunningSandbox, ding: DingTalk) -> None:
    people = [one for one in sandbox.state.users() if one["active"] and one["mobile"]][:2]
    frame = pd.DataFrame({"mobile": [one["mobile"] for one in people]})
    plan = ding.plan(frame, dingnb.text("hi"), to="mobile", exclude=[people[0]["userid"]])
    assert plan.problems()["position"].tolist() == [0]
    assert plan.people == 1
