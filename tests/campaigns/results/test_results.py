import contextlib
import dataclasses
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.results.campaign_results import CampaignResults
from dingnb.campaigns.status import STATUSES
from dingnb.client import DingTalk
from dingnb.errors import ColumnError, InputError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.campaigns import pages, recipient_fields
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.campaigns.sending.test_run_again import Loses
from tests.table_rows import for_each

STR = pd.Series(["a"], dtype="str").dtype
DTYPES = {
    **dict.fromkeys(["userid", "reason", "hint", "code", "evidence", "channel"], STR),
    "status": pd.CategoricalDtype([str(status) for status in STATUSES], ordered=False),
    "reached": pd.BooleanDtype(),
    "task_id": pd.Int64Dtype(),
    "attempts": np.dtype("int64"),
    "sent_at": pd.DatetimeTZDtype("ms", "Asia/Shanghai"),
    "updated_at": pd.DatetimeTZDtype("ms", "Asia/Shanghai"),
    "read": pd.BooleanDtype(),
}
ORDER = [
    *("userid", "status", "reached", "reason", "hint", "code", "task_id"),
    *("attempts", "evidence", "sent_at", "updated_at", "read", "channel"),
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


def test_statuses_are_unordered(sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]) -> None:
    frame = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": [None, "nobody-here"]})])
    run = ding.plan(frame, dingnb.text("hi")).send(wait=False)
    # A single read, because sending continues meanwhile.
    going = run.results()
    assert going["reached"].isna().tolist()[3:] == [False, going["status"].iloc[4] in {"sending", "accepted"}]
    results = run.wait().results()
    with pytest.raises(TypeError, match="Unordered"):
        results["status"] >= "delivered"  # noqa: B015 - it raises
    assert results["reached"].tolist() == [True, True, True, False, False]
    assert results["reached"].sum() == 3


def test_rows_of_a_status_or_with_a_text_are_exported(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    frame = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": ["nobody-here"], "n": [7]})])
    frame["姓名"] = ["赵刚", "刘艳", "郑英", "无名"]
    run = ding.plan(frame, dingnb.text("hi")).send().wait()
    for wanted, userids in (
        ({"status": "invalid"}, ["nobody-here"]),
        ({"status": "invalid", "text": "nobody"}, ["nobody-here"]),
        ({"status": "delivered", "keep": "n"}, frame["userid"].tolist()[:3]),
        ({"text": "刘艳"}, frame["userid"].tolist()[1:2]),
        ({"text": "刘艳", "readable": True}, frame["userid"].tolist()[1:2]),
    ):
        written = dingnb.read_recipients(run.export(tmp_path / "some.csv", **wanted))
        assert written["userid"].tolist() == userids
    with pytest.raises(InputError, match="'Delivered' is not a status"):
        run.export(tmp_path / "some.csv", status="Delivered")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_written_by_code_has_the_hints_of_code_which_name_no_buttons(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    tmp_path: Path,
    language: Any,
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    run = connect_to(sandbox).plan(staff(sandbox, 2), dingnb.text("hi")).send(check=False).wait(check=False)
    dingnb.set_language(language)
    assert "run.retry()" in run.results()["hint"].iloc[0]
    expected = run.results()["hint"].tolist()
    title = {"en": "What to do", "zh": "处理建议"}[language]
    assert dingnb.read_recipients(run.export(tmp_path / "failed.csv"))["hint"].tolist() == expected
    assert dingnb.read_recipients(run.export(tmp_path / "failed.csv", readable=True))[title].tolist() == expected


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        ("no", "do not exist: no"),
        (["n", "no"], "do not exist: no"),
        ([["n"]], "do not exist"),
        ("userid", "already has: userid"),
        ("reached", "already has: reached"),
    ],
    ids=map(str, range(5)),
)
def test_columns_that_cannot_be_kept_raise(
    keep: object, words: str, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    with pytest.raises(ColumnError, match=words):
        run.results(keep=keep)


@pytest.mark.parametrize("label", [0, True, pd.Timestamp("2026-11-02")], ids=str)
def test_a_label_of_any_kind_can_be_kept(
    label: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = staff(sandbox, 2).set_axis(["userid", label], axis=1)
    assert ding.plan(frame, dingnb.text("hi")).send().results(keep=label)[label].tolist() == [0, 1]


@pytest.mark.parametrize(
    "keep",
    [["n", "n"], ("n",), pd.Index(["n"]), pd.Series(["n"]), np.array(["n", "n"])],
    ids=["list", "tuple", "index", "series", "array"],
)
def test_columns_to_keep_may_be_in_any_list_and_appear_once(
    keep: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    assert list(run.results(keep=keep)) == ["n", *ORDER]


def test_a_campaign_opened_by_name_says_how_to_get_columns_that_the_ledger_does_not_keep(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send("note")
    with pytest.raises(ColumnError) as sent:
        run.results(keep="gone")
    assert sent.value.hint.endswith("Columns: userid, n.")
    with pytest.raises(ColumnError) as found:
        ding.campaign("note").results(keep="n")
    assert "Columns: userid. The ledger keeps no others" in found.value.hint
    assert "run the cell that sent it again" in found.value.hint


def test_dropped_people_have_a_code_and_a_hint(
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
    assert (again["evidence"] == "elsewhere").all()
    assert again["reached"].all()
    assert again["reason"].str.contains("Already got the same text from campaign sandbox-").all()


def test_people_who_had_the_text_before_are_counted_beside_the_unread(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Callable[..., pd.DataFrame],
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = staff(sandbox, 5)
    ding.plan(frame[:2], dingnb.text("one")).send("first").wait()
    run = ding.plan(frame, dingnb.text("one")).send("again").wait()
    said = "Not among the unread: 2 people who had this text before, from the campaign or test in run.results()."
    capsys.readouterr()
    assert run.unread()["userid"].tolist() == frame["userid"][2:].tolist()
    assert said in capsys.readouterr().out
    reminder = run.remind(dingnb.text("please read it"))
    assert reminder.people == 3
    assert said in repr(reminder)


def test_a_repeat_is_attributed_to_the_campaign_that_may_have_reached_the_person(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    plan = connect_to(sandbox).plan(staff(sandbox, 40), dingnb.text("one"))
    first = plan.send("first").wait(check=False).results()
    plan.send("second", check=False)
    third = plan.send("third", check=False).wait(check=False).results()
    repeats = third[(first["status"] == "failed") & (third["code"] == "143106")]
    assert len(repeats)
    assert repeats["reason"].str.contains("campaign second").all()
    assert repeats["evidence"].eq("elsewhere").all()


@pytest.mark.long
@for_each(
    ("kinds", "reason", "evidence"),
    [
        (("recalled", "unknown"), "campaign unknown sent on the same day; whether that one arrived", "result"),
        (("dropped", "unknown"), "campaign unknown sent on the same day; whether that one arrived", "result"),
        (("unknown", "accepted"), "campaign accepted sent on the same day; whether", "elsewhere"),
        (("recalled", "accepted"), "campaign accepted sent on the same day; whether", "elsewhere"),
        (("dropped", "recalled"), "campaign recalled sent on the same day and then recalled", "result"),
    ],
)
def test_a_repeat_is_attributed_to_the_same_campaign_whatever_their_order(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    tmp_path: Path,
    kinds: tuple[str, str],
    reason: str,
    evidence: str,
) -> None:
    found = []
    for order in (kinds, kinds[::-1]):
        sandbox = open_sandbox()
        folder = tmp_path / " ".join(order)
        frame, text = staff(sandbox, 1), dingnb.text("one")
        elsewhere = connect_to(sandbox, ledger=SqliteLedger(folder / "elsewhere"))
        elsewhere.plan(frame, text).send("elsewhere").wait()
        ding = connect_to(sandbox, ledger=SqliteLedger(folder / "here"))
        losing: set[str] = set()
        Loses(ding, lambda _: bool(losing))  # noqa: B023 - used at once
        for kind in order:
            losing.update({kind} & {"unknown"})
            run = ding.plan(frame, text).send(kind, check=False)
            losing.clear()
            if kind == "recalled":
                run.recall(expect=1)
            if kind == "dropped":
                run.wait(check=False)
        last = ding.plan(frame, text).send("last", check=False).wait(check=False).results()
        found.append((last["reason"][0], last["evidence"][0]))
    assert found[0] == found[1]
    assert reason in found[0][0]
    assert found[0][1] == evidence


WRITER = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for statement, values in json.loads(sys.argv[2]):
    assert db.execute(statement, values).rowcount == 1
db.commit()
"""


def test_results_written_by_another_process_are_shown_at_once(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.text("number {{ n }}")).send()
    assert run.results()["status"].tolist() == ["accepted"] * 3
    reason = 'a\nb, "c" \x1f\\ 名'
    statements = [
        ("UPDATE batches SET status = 'failed', reason = ?, hint = '', code = '88' WHERE id = 2", [reason]),
        (
            "INSERT INTO outcomes VALUES (3, 0, 'read', '', 'result', '', ?, 1793581200123456789, 1)",
            ["null"],
        ),
    ]
    command = (sys.executable, "-c", WRITER, str(SqliteLedger().path), json.dumps(statements))
    subprocess.run(command, check=True)  # noqa: S603 - our own words
    results = run.results()
    assert results["status"].tolist() == ["accepted", "failed", "read"]
    assert results["reason"].tolist()[1] == reason
    assert results["hint"].tolist()[2] == "null"
    assert results["code"].isna().tolist() == [True, False, True]
    assert results["read"].isna().tolist() == [True, True, False]
    assert results["updated_at"][2] == pd.Timestamp("2026-11-02 09:00:00.123", tz="Asia/Shanghai")


@pytest.mark.parametrize("page", [1, 3, 1_000])
def test_results_of_campaigns_with_interleaved_batches_are_complete(
    page: int,
    monkeypatch: pytest.MonkeyPatch,
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Callable[..., pd.DataFrame],
) -> None:
    monkeypatch.setattr(recipient_fields, "_PAGE", page)
    monkeypatch.setattr(pages, "_PAGE", page)
    frame = staff(sandbox, 12)
    for n in (4, 8, 12):
        campaign = ding.plan(frame.iloc[:n], dingnb.text("number {{ n }}")).send("one").wait()
        ding.plan(frame.iloc[:n], dingnb.text("other {{ n }}")).send("other").wait()
    with contextlib.closing(sqlite3.connect(SqliteLedger().path)) as db:
        recorded = pd.read_sql(
            "SELECT userid, status, CAST(receipt AS INTEGER) AS task_id FROM recipients WHERE campaign = 'one'", db
        )
    assert recorded["userid"].tolist() == frame["userid"].tolist()
    for results in (campaign.results(), ding.campaign("one").results()):
        assert results["status"].isin(["delivered", "read"]).all()
        for name in recorded:
            assert results[name].tolist() == recorded[name].tolist()


def test_a_person_with_several_keys_has_a_row_for_each_when_found_by_name(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    frame = pd.concat([staff(sandbox, 2), staff(sandbox, 2)], ignore_index=True).assign(invoice=[1, 2, 3, 4])
    first = ding.plan(frame, dingnb.text("invoice {{ invoice }}"), key="invoice").send("invoices")
    ding.plan(frame.iloc[:3], dingnb.text("mended {{ invoice }}"), key="invoice").send("invoices", changed="resend")
    found = ding.campaign("invoices").results()
    assert found["userid"].tolist() == frame["userid"].tolist()
    assert found["task_id"].nunique() == 4
    assert (found["task_id"] != first.results()["task_id"]).tolist() == [True, True, True, False]


def test_results_that_arrive_during_an_export_change_no_exported_row(
    ding: DingTalk, sandbox: RunningSandbox, staff: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ding.plan(staff(sandbox, 4), dingnb.text("hi")).send("note")
    read_results = CampaignResults.frame

    def read_before_results_arrive(self: CampaignResults, *args: Any, **options: Any) -> pd.DataFrame:
        frame = read_results(self, *args, **options)
        monkeypatch.setattr(CampaignResults, "frame", read_results)
        run.wait()
        return frame

    monkeypatch.setattr(CampaignResults, "frame", read_before_results_arrive)
    exported = view_of(run).results.export_frame(status="accepted")
    assert exported["status"].tolist() == ["accepted"] * 4
    assert run.results()["status"].eq("delivered").any()


def test_a_share_is_shown_neither_as_none_nor_as_all_unless_it_is(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> None:
    sandbox = open_sandbox(users=1_300, read_share=0)
    frame = pd.concat([staff(sandbox, 1_200), pd.DataFrame({"userid": ["ghost"]})], ignore_index=True)
    shown = repr(connect_to(sandbox).plan(frame, dingnb.text("hi")).send("note").wait(check=False))
    assert re.search(r"delivered +1,200 +>99\.9%", shown)
    assert re.search(r"invalid +1 +<0\.1%", shown)
