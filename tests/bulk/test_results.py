import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.bulk.status import STATUSES
from dingnb.client import DingTalk
from dingnb.errors import ColumnError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

STR = pd.Series(["a"], dtype="str").dtype
DTYPES = {
    **dict.fromkeys(["userid", "reason", "hint", "code", "evidence"], STR),
    "status": pd.CategoricalDtype([str(one) for one in STATUSES], ordered=True),
    "task_id": pd.Int64Dtype(),
    "attempts": np.dtype("int64"),
    "sent_at": pd.DatetimeTZDtype("ms", "Asia/Shanghai"),
    "updated_at": pd.DatetimeTZDtype("ms", "Asia/Shanghai"),
    "read": pd.BooleanDtype(),
}
ORDER = [
    *("userid", "status", "reason", "hint", "code", "task_id"),
    *("attempts", "evidence", "sent_at", "updated_at", "read"),
]


def test_results_have_the_rows_order_and_index_of_the_input_and_the_promised_dtypes(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = pd.concat([staff(sandbox, 20), pd.DataFrame({"userid": [None, "nobody-here"], "n": [1, 2]})]).iloc[::-1]
    frame["note"] = "@"
    run = ding.plan(frame, dingnb.text("hi")).send(wait=False)
    for results in (run.results(), run.wait().results()):
        pd.testing.assert_index_equal(results.index, frame.index)
        assert list(results) == ORDER
        assert results.dtypes.to_dict() == DTYPES
    assert results["userid"].tolist()[2:] == frame["userid"].tolist()[2:]
    assert results["status"].tolist()[:2] == ["invalid", "rejected"]
    assert results["sent_at"].notna().sum() == 21
    kept = run.results(keep=["note", "n"])
    assert list(kept) == ["note", "n", *ORDER]
    assert kept["n"].tolist() == frame["n"].tolist()
    pd.testing.assert_frame_equal(kept[ORDER], results)


@pytest.mark.parametrize(
    ("keep", "words"),
    [("no", "not there: no"), (["n", "no"], "not there: no"), ([["n"]], "not there"), ("userid", "has itself: userid")],
    ids=map(str, range(4)),
)
def test_columns_that_cannot_be_kept_are_told(
    keep: object, words: str, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    with pytest.raises(ColumnError, match=words):
        run.results(keep=keep)


def test_a_label_of_any_kind_can_be_kept(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2).set_axis(["userid", 0], axis=1)
    assert ding.plan(frame, dingnb.text("hi")).send().results(keep=0)[0].tolist() == [0, 1]


def test_dropped_people_carry_their_code_and_what_to_do(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    agrees: Callable[[str, pd.DataFrame], None],
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, messages_per_person_per_day=1))
    ding = connect_to(sandbox)
    frame = staff(sandbox, 5)
    first = ding.plan(frame, dingnb.text("one")).send().wait().results()
    agrees(sandbox.base_url, first)
    same = ding.plan(frame, dingnb.text("one")).send("again").wait().results()
    other = ding.plan(frame, dingnb.text("two")).send().wait().results()
    assert set(same["status"]) == set(other["status"]) == {"filtered"}
    assert set(same["code"]) <= {"143105", "143106"}
    assert set(other["code"]) == {"143105"}
    assert other["hint"].notna().all()
    assert len(sandbox.state.messages()) == 5


def test_the_same_text_twice_is_filtered(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    plan = ding.plan(staff(sandbox, 5), dingnb.text("one"))
    assert plan.send().wait().results()["status"].isin(["delivered", "read"]).all()
    again = plan.send("again").wait().results()
    assert (again["status"] == "filtered").all()
    assert (again["code"] == "143106").all()
    assert (again["evidence"] == "result").all()
    assert again["reason"].str.contains("had the same text from campaign sandbox-").all()
