"""A campaign opened by name shows the rows that its newest list rejected, as the session that sent it does."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import openpyxl
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.results.display import is_problems_table
from dingnb.client import DingTalk, deliveries_of
from dingnb.sandbox import RunningSandbox

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

NOTE = dingnb.text("Hi {{ name }}, number {{ n }}")
KEEP = ["name", "n"]


@pytest.fixture
def people(sandbox: RunningSandbox, staff: Staff) -> pd.DataFrame:
    """Return people with names, labelled by lines as those of an uploaded file are."""
    frame = staff(sandbox, 6)
    return frame.assign(name=[f"王{n}" for n in range(6)]).set_axis(pd.RangeIndex(3, 9, name="line"))


def with_faults(people: pd.DataFrame) -> pd.DataFrame:
    """Return people and rows that are rejected: without an address, with a faulty one, without a value, or twice."""
    twice = people.iloc[:1].assign(n=99).set_axis([12])
    faulty = pd.DataFrame(
        {"userid": [None, "a,b", "who"], "n": [97, 98, None], "name": ["李四", "赵六", "周七"]}, index=[2, 10, 11]
    )
    return pd.concat([faulty[:1], people, faulty[1:], twice]).rename_axis("line")


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return results without what differs in a campaign opened by name: the types of kept columns."""
    return frame.astype({"status": str, "n": float}).rename_axis(None)


def snapshot(run: Campaign) -> Snapshot:
    return view_of(run).results.snapshot(KEEP)


def test_another_session_shows_the_rejected_rows_with_reasons_and_columns(
    sandbox: RunningSandbox, connect_to: Connect, people: pd.DataFrame
) -> None:
    sent = connect_to(sandbox).plan(with_faults(people), NOTE, exclude=people["userid"].tail(1)).send("note").wait()
    found = connect_to(sandbox).campaign("note")
    results = found.results(keep=KEEP)
    pd.testing.assert_frame_equal(comparable(results), comparable(sent.results(keep=KEEP)))
    rejected = results[results["status"] == "rejected"]
    assert rejected["name"].to_dict() == {2: "李四", 3: "王0", 8: "王5", 10: "赵六", 11: "周七", 12: "王0"}
    pd.testing.assert_frame_equal(found.summary(), sent.summary())
    assert found.summary()["people"].to_dict() == {"rejected": 5, "delivered": 4}
    assert len(found.missed()) == 6
    assert repr(found) == repr(sent)
    assert "row 2" in repr(found)
    assert [snapshot(run).funnel for run in (found,)] == [snapshot(sent).funnel]
    page = found.report(keep="name").page
    assert re.search(r"appears in 2 rows \(line \w+, \w+\) with different messages", page)
    assert "李四" in page
    reminder = found.remind(dingnb.text("{{ name }}, please read it"))
    assert sorted(reminder.to_frame()["userid"]) == sorted(results["userid"][results["status"] == "delivered"])


def test_the_next_list_replaces_the_rejected_rows(ding: DingTalk, people: pd.DataFrame) -> None:
    faulty = with_faults(people)
    ding.plan(faulty, NOTE).send("note")
    # The same people: only the rejected rows differ.
    ding.plan(faulty.drop(index=[2, 10]), NOTE).send("note")
    results = ding.campaign("note").results(keep="name")
    rejected = results[results["status"] == "rejected"]
    assert rejected["name"].to_dict() == {3: "王0", 11: "周七", 12: "王0"}
    # Everybody.
    run = ding.plan(people, NOTE).send("note")
    found = ding.campaign("note")
    assert found.results()["status"].value_counts()["rejected"] == 0
    assert len(found.results()) == len(run.results()) == 6


def test_people_who_have_the_message_keep_their_one_row_when_a_later_list_rejects_theirs(
    ding: DingTalk, people: pd.DataFrame
) -> None:
    ding.plan(people.head(4), NOTE).send("note").wait()
    later = people.astype({"name": object})
    later.iloc[[1, 4], 2] = None
    sent = ding.plan(later, NOTE, exclude=people["userid"].head(1)).send("note").wait()
    found = ding.campaign("note")
    assert found.results()["status"].tolist() == ["delivered"] * 4 + ["rejected", "delivered"]
    assert found.results()["userid"].is_unique
    for run in (sent, found):
        assert run.summary()["people"].to_dict() == {"rejected": 1, "delivered": 5}
        assert len(run.missed()) == 1


def test_with_a_key_every_rejected_row_is_shown(ding: DingTalk, people: pd.DataFrame) -> None:
    orders = people.assign(order="A1")
    more = orders.head(2).assign(order=["A2", None])
    sent = ding.plan(pd.concat([orders, more], ignore_index=True), NOTE, key="order").send("note").wait()
    found = ding.campaign("note")
    pd.testing.assert_frame_equal(found.summary(), sent.summary())
    rejected = found.results(keep="order").tail(1).iloc[0]
    assert (rejected["userid"], rejected["status"]) == (people["userid"].iloc[1], "rejected")
    assert pd.isna(rejected["order"])


@pytest.mark.parametrize("labels", [[8, 9, 10], ["八", "九", "十"]])
def test_without_stored_texts_rows_and_reasons_stay_but_no_values(
    labels: list[Any], ding: DingTalk, people: pd.DataFrame
) -> None:
    faulty = pd.DataFrame({"mobile": ["1390000", None, "13900000000"], "name": ["李四", "赵六", "周七"]}, index=labels)
    frame = pd.concat([people.head(2).drop(columns="n"), faulty])
    plan = ding.plan(frame, dingnb.text("Hi {{ name }}"), to=["userid", "mobile"])
    for _ in range(2):
        # Running the cell again does not store them either.
        plan.send("note", store_content=False).wait()
        found = ding.campaign("note")
        results = found.results()
        assert results["status"].tolist() == ["delivered"] * 2 + ["rejected"] * 3
        assert results["reason"].tail(3).tolist() == [
            "'…' isn't a valid mobile number.",
            "This row has no userid / mobile.",
            "No DingTalk user has the number '…'.",
        ]
        assert view_of(found).results.row_map.column("name") is None
        assert list(snapshot_labels(found)) == ([8, 9, 10] if labels[0] == 8 else [2, 3, 4])


def test_an_export_of_another_session_names_the_rejected_rows(
    ding: DingTalk, people: pd.DataFrame, tmp_path: Path
) -> None:
    frame = pd.concat([people.head(2), people.head(1).assign(userid=None)]).set_axis([2, 3, 40])
    ding.plan(frame, NOTE).send("note").wait()
    found = ding.campaign("note")
    for filters, rows in (({}, [2, 3, 40]), ({"status": "rejected"}, [40])):
        path = found.export(tmp_path / "people.xlsx", keep="name", **filters)
        written = openpyxl.load_workbook(path).active
        assert [cell.value for cell in written["A"]] == ["row", *rows]
        assert [cell.value for cell in written[1]][1:3] == ["name", "userid"]
    path = found.export(tmp_path / "people.xlsx", status="delivered")
    assert openpyxl.load_workbook(path).active["A1"].value == "userid"


def snapshot_labels(run: Campaign) -> list[int | str]:
    return list(view_of(run).results.snapshot().labels.values())


def test_a_person_with_several_rejected_rows_is_one_person_in_displays(
    sandbox: RunningSandbox, connect_to: Connect, people: pd.DataFrame
) -> None:
    frame = pd.concat([people.head(2), people.head(1).assign(n=99)], ignore_index=True)
    frame = pd.concat([frame, pd.DataFrame({"userid": [None, None], "n": [1, 2], "name": ["李四", "周七"]})])
    ding = connect_to(sandbox)
    sent = ding.plan(frame, NOTE).send("note").wait()
    for run in (sent, connect_to(sandbox).campaign("note")):
        assert run.summary()["people"].to_dict() == {"rejected": 3, "delivered": 1}
        assert len(run.missed()) == 4
        assert snapshot(run).funnel.people == 4
        report = run.report()
        assert (report.people, report.missed) == (4, 3)
        reasons = dict(re.findall(r'class="n strong">(\d)</td>.*?<td data-of="Reason">(.*?)</td>', report.page))
        assert reasons["1"].endswith("appears in 2 rows (0, 2) with different messages.")
        assert reasons["2"] == "This row has no userid."
        rejected = [line.split() for line in repr(run).splitlines() if line.split()[:1] == ["rejected"]]
        assert rejected[0][1:5] == ["3", "(4", "rows)", "75.0%"]
    [deliveries] = deliveries_of(ding, ["note"])
    assert (deliveries.rejected, deliveries.rejected_rows) == (3, 4)
    assert repr(ding.campaign("note")) == repr(sent)


def test_with_a_key_each_rejected_row_is_a_message(ding: DingTalk, people: pd.DataFrame) -> None:
    orders = pd.concat([people.head(2).assign(order="A1"), *[people.head(1).assign(order=None)] * 2])
    run = ding.plan(orders, NOTE, key="order").send("note").wait()
    assert run.summary()["people"].to_dict() == {"rejected": 2, "delivered": 2}
    assert deliveries_of(ding, ["note"])[0].rejected == 2


@pytest.mark.parametrize(("language", "named"), [("en", "李四 (row 2)"), ("zh", "李四（第 2 行）")])
def test_forms_name_the_people_of_rejected_rows_without_a_userid(
    sandbox: RunningSandbox, connect_to: Connect, people: pd.DataFrame, language: str, named: str
) -> None:
    sent = connect_to(sandbox).plan(with_faults(people), NOTE).send("note").wait()
    dingnb.set_language(language)
    for run in (sent, connect_to(sandbox).campaign("note")):
        results = view_of(run).results
        assert named in results.sheet_of_form().to_text()
        assert "李四" not in results.sheet().to_text()


def test_results_of_a_campaign_found_by_name_join_to_the_list(ding: DingTalk, people: pd.DataFrame) -> None:
    shuffled = with_faults(people).sample(frac=1, random_state=1)
    sent = ding.plan(shuffled, NOTE).send("note").wait()
    found = ding.campaign("note").results(keep="name")
    assert found.index.name == "line"
    joined = shuffled.join(found[["name", "status"]].rename(columns={"name": "sent_name"}))
    assert joined["status"].tolist() == sent.results()["status"].tolist()
    assert joined["sent_name"].tolist() == joined["name"].tolist()
    # A corrected text, or a part of the list, comes with the same labels.
    ding.plan(shuffled, dingnb.text("Dear {{ name }}")).send("note", changed="resend").wait()
    ding.plan(people.tail(2), dingnb.text("Dear {{ name }}")).send("note").wait()
    found = ding.campaign("note").results()["userid"].rename("found")
    joined = people.join(found).dropna(subset="found")
    assert len(joined) == 5
    assert joined["found"].tolist() == joined["userid"].tolist()


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2026-11-01", periods=6, name="day"),
        pd.date_range("2026-11-01 08:30", periods=6, freq="h", tz="Asia/Shanghai"),
        pd.Index([date(2026, 11, day) for day in range(1, 7)]),
        pd.period_range("2026-01", periods=6, freq="M"),
        pd.to_timedelta(range(6), unit="h"),
        pd.Index([0.5, 1, 2, 3, 4, 5]),
        pd.Index([True, False, "x", "y", "z", Decimal("1.5")]),
        pd.MultiIndex.from_product([["北京", "上海"], pd.date_range("2026-11-01", periods=3)], names=["city", None]),
        pd.MultiIndex.from_product([[1, 2], ["a", "b", "c"]], names=["n", "name"]),
        pd.interval_range(0, 6, name="band"),
        pd.interval_range(pd.Timestamp("2026-11-01"), periods=6, closed="left"),
        pd.Index(pd.cut([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], range(7))),
        pd.MultiIndex.from_arrays([pd.interval_range(0, 6), ["a", "b", "c", None, "e", "f"]]),
        pd.Index([UUID(int=number) for number in range(6)]),
        pd.Index([bytes([number]) for number in range(6)]),
        pd.Index([("a", number) for number in range(6)], tupleize_cols=False),
        pd.Index(["a", None, "c", "d", "e", "f"]),
        pd.Index([1, 2, 3, 4, 5, None]),
        pd.DatetimeIndex(["2026-11-01", None, *pd.date_range("2026-11-02", periods=4)]),
    ],
    ids=[
        *(
            "midnights",
            "times",
            "dates",
            "periods",
            "durations",
            "floats",
            "mixed",
            "levels",
            "levels named as columns",
        ),
        *("intervals", "intervals of time", "categories", "levels of intervals", "uuids", "bytes", "tuples"),
        *("missing text", "missing number", "missing date"),
    ],
)
def test_results_found_by_name_join_to_a_list_with_any_labels(
    index: pd.Index, ding: DingTalk, people: pd.DataFrame, tmp_path: Path
) -> None:
    listed = with_faults(people).iloc[:6].set_axis(index)
    sent = ding.plan(listed, NOTE).send("note").wait().results()
    run = ding.campaign("note")
    joined = listed.join(run.results()["status"].rename("found"))
    assert joined["found"].tolist() == sent["status"].tolist()
    assert set(joined["found"]) == {"delivered", "rejected"}
    for readable in (False, True):
        run.export(tmp_path / "note.xlsx", readable=readable)
    assert run.missed().index.isin(index).all()


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(6),
        pd.Index([11, 12, 13, 14, 15, 16]),
        pd.Index([1, 2.5, False, "x", "y", np.int64(7)], dtype=object),
        pd.MultiIndex.from_product([["a", "b"], [1, 2, 3]]),
    ],
    ids=["numbered", "integers", "mixed", "levels"],
)
@pytest.mark.parametrize("changed", ["skip", "resend"])
def test_the_labels_of_the_last_list_count(ding: DingTalk, people: pd.DataFrame, changed: Any, index: pd.Index) -> None:
    ding.plan(people.head(4), NOTE).send("note").wait()
    renumbered = people[::-1].set_axis(index).assign(n=[5, 4, 3, 99, 1, None])
    ding.plan(renumbered, NOTE).send("note", changed=changed).wait()
    found = ding.campaign("note").results()["userid"].rename("found")
    joined = renumbered.join(found)
    assert joined["found"].tolist() == joined["userid"].tolist()
    # Other values are those of the text that people have.
    kept = ding.campaign("note").results(keep="n").set_index("userid")["n"]
    assert kept[people["userid"].iloc[2]] == (2 if changed == "skip" else 99)


def test_labels_of_retried_people_are_those_of_the_last_list(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    ding, frame = connect_to(sandbox), staff(sandbox, 3).assign(name="王")
    ding.plan(frame, NOTE).send("note").wait(check=False).retry().wait(check=False)
    renumbered = frame[::-1].reset_index(drop=True)
    for listed in (renumbered.head(2), renumbered):
        ding.plan(listed, NOTE).send("note").wait(check=False)
    joined = renumbered.join(ding.campaign("note").results()["userid"].rename("found"))
    assert joined["found"].tolist() == joined["userid"].tolist()


def test_results_count_from_0_if_people_of_several_lists_have_equal_labels(
    ding: DingTalk, people: pd.DataFrame
) -> None:
    ding.plan(people.head(3), NOTE).send("note").wait()
    ding.plan(people.iloc[[4]].set_axis([3]), NOTE).send("note").wait()
    found = ding.campaign("note").results()
    assert found.index.equals(pd.RangeIndex(4))


@pytest.mark.parametrize("name", ["userid", "n", "status", "reason"])
def test_the_index_may_have_the_name_of_a_column(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Path, name: str
) -> None:
    frame = staff(sandbox, 3).set_axis(pd.Index([7, 3, 9], name=name))
    frame.loc[3, "userid"] = None
    sent = connect_to(sandbox).plan(frame, dingnb.text("Hi {{ n }}")).send("note").wait()
    for run in (sent, connect_to(sandbox).campaign("note")):
        results = run.results(keep="n")
        assert results.sort_index()["status"].tolist() == ["rejected", "delivered", "delivered"]
        assert "This row has no userid." in run.report().page
        assert len(run.remind(dingnb.text("{{ n }} again")).to_frame()) == 2
        run.export(tmp_path / "note.xlsx", readable=True)


def test_different_reasons_of_unmatched_rows_are_shown_each_as_long_as_they_are_few(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox)
    for unmatched, shown in ((2, ["李短号", "李陌生"]), (6, ["李短号"])):
        rows = [
            ("李短号", "1380013"),
            ("李陌生", "13900009999"),
            *((f"李{n}", f"138{n}") for n in range(unmatched - 2)),
        ]
        matched = ding.match(pd.DataFrame(rows, columns=["name", "mobile"]), by=["name", "mobile"])
        frame = pd.concat([staff(sandbox, 1), matched], ignore_index=True)
        ding.plan(frame, dingnb.text(f"Hello {unmatched}")).send(f"matched-{unmatched}", check=False)
        [table] = [
            table
            for table in view_of(connect_to(sandbox).campaign(f"matched-{unmatched}")).results.sheet_of_form().tables
            if is_problems_table(table)
        ]
        reasons = [str(reason) for _, _, reason, *_ in table.rows]
        assert [name for name in ("李短号", "李陌生", "李0") if any(name in reason for reason in reasons)] == shown
        assert len(reasons) == len(shown)
        assert reasons[0].startswith("for example:") == (len(shown) < unmatched)


@pytest.mark.parametrize("labels", [["0011", "0012", "0013", "0014"], [0, 1, 2, 3]], ids=["job numbers", "numbers"])
def test_exports_name_rejected_rows_of_lists_with_equal_labels_by_theirs(
    labels: list[Any], ding: DingTalk, people: pd.DataFrame, tmp_path: Path
) -> None:
    listed = people.head(4).set_axis(pd.Index(labels, dtype=object)).astype({"userid": object})
    listed.iloc[3, listed.columns.get_loc("userid")] = None
    ding.plan(listed.iloc[[2]].set_axis(labels[:1]), NOTE).send("note").wait()
    ding.plan(listed.iloc[[0, 1, 3]], NOTE).send("note").wait()
    for readable in (False, True):
        path = ding.campaign("note").export(tmp_path / f"{readable}.csv", readable=readable)
        exported = pd.read_csv(path, dtype=str)
        assert exported.iloc[:, 0].dropna().tolist() == [str(labels[3])]
