"""The ledger commands: listing, exporting and pruning without a connection."""

import csv
import re
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pandas as pd
import psutil
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.draft_files import ChosenFile
from dingnb.campaigns.drafts import save_with_files
from dingnb.campaigns.sending.recall_progress import start_recall
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.ledger import SqliteLedger, events, open_ledger
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.events import NewEvent
from dingnb.ledger.migrations import table_names
from dingnb.ledger.pruning import DAY_NS
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.media import Content
from dingnb.sandbox import RunningSandbox
from tests import attempt_steps
from tests.card_presses import press
from tests.postgres import as_member

Run = Callable[..., tuple[int, str, str]]
Send = Callable[..., DingTalk]


@pytest.fixture
def clock() -> VirtualClock:
    # The command uses the computer's clock, so ages are relative to it.
    return VirtualClock(time.time_ns() - 40 * DAY_NS)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["ledger", *map(str, words)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return ran


@pytest.fixture
def send(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> Callable[..., dingnb.DingTalk]:
    """Send a text to a number of people under a name, some days ago."""

    def sent(name: str, people: int = 3, *, days_ago: int = 40, text: str = "hi", **options: Any) -> DingTalk:
        clock.advance(time.time_ns() - days_ago * DAY_NS - clock.now_ns())
        ding = connect_to(sandbox)
        userids = [user["userid"] for user in sandbox.state.users() if user["active"]][:people]
        frame = pd.DataFrame({"userid": userids, "n": range(people)})
        ding.plan(frame, dingnb.text(f"{text} {{{{ n }}}}")).send(name, **options).wait()
        return ding

    return sent


def names_in(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        found = [name for (name,) in db.execute("SELECT name FROM campaigns ORDER BY id")]
    db.close()
    return found


def test_a_missing_ledger_is_listed_without_campaigns_and_not_created(run: Run, home: Path) -> None:
    status, out, err = run("list")
    assert (status, err) == (0, "")
    assert f"The ledger {home / 'ledger.sqlite3'} has no campaigns." in out
    assert run("prune", "--older-than", "1", "--yes")[0] == 0
    assert run("show", "payslip")[0] == 1
    assert run("export", "payslip", home / "x.csv")[0] == 1
    assert list(home.iterdir()) == []


def test_a_ledger_whose_campaigns_were_pruned_is_not_called_empty(run: Run, send: Send, home: Path) -> None:
    send("old").drafts.save("later", "text", {"content": "Hi"})
    run("prune", "--older-than", 3, "--yes")
    assert run("list") == (
        0,
        f'The ledger {home / "ledger.sqlite3"} has no campaigns. plan.send("name") starts one.\n',
        "",
    )


def test_the_list_shows_all_campaigns_newest_first(
    run: Run, send: Send, home: Path, find_secrets: Callable[[str], list[str]]
) -> None:
    send("payslip", 3, days_ago=9)
    ding = send("食堂", 2, days_ago=3)
    with ding._ledger.transaction() as db:
        db.execute("UPDATE campaigns SET name = '食堂\x1b' WHERE name = '食堂'")
    status, out, err = run("list")
    assert (status, err) == (0, "")
    assert str(home / "ledger.sqlite3") in out
    newest, older = out.splitlines()[-2:]
    assert newest.split()[:6] == ["2", r"食堂\x1b", "SANDBOX", "ding…pkey", "finished", "2"]
    assert older.split()[1:11] == ["payslip", "SANDBOX", "ding…pkey", "finished", "3", "3", "0", "0", "0", "3"]
    assert "\x1b" not in out
    assert not find_secrets(out)
    dingnb.set_language("zh")
    assert "已完成" in run("list")[1]


def test_a_campaign_is_shown_as_the_notebook_shows_it(run: Run, send: Send) -> None:
    ding = send("payslip", days_ago=0)
    status, shown, err = run("show", "payslip")
    assert (status, err) == (0, "")
    assert shown.startswith(f"{ding.campaign('payslip')!r}\n")


def test_the_history_of_a_campaign_names_who_did_what(run: Run, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_OPERATOR", "ann@laptop")
    send("payslip")
    monkeypatch.setenv("DINGNB_OPERATOR", " 李雷 ")
    assert run("prune", "--older-than", "1", "--texts-only", "--yes")[0] == 0
    history = run("show", "payslip")[1].partition("History")[2]
    assert [re.split(r"  +", line.strip())[1:] for line in history.splitlines()[2:5]] == [
        ["ann@laptop", "created", "3"],
        ["ann@laptop", "started sending"],
        ["李雷", "removed the texts"],
    ]
    dingnb.set_language("zh")
    assert "删除正文" in run("show", "payslip")[1]


def test_a_campaign_whose_process_died_is_shown_as_interrupted_with_advice(
    run: Run, send: Send, clock: VirtualClock
) -> None:
    ding = send("payslip")
    with ding._ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'running'")
        db.execute("UPDATE batches SET status = 'queued' WHERE id = 1")
        db.execute("DELETE FROM outcomes")
        userid, content = db.execute("SELECT userids, content FROM batches WHERE id = 1").fetchone()
        attempt_steps.begin(db, ding._realm, PendingBatch(1, (userid,), content, "queued"), "/topapi", clock.now_ns())
    out = run("show", "payslip")[1]
    assert "interrupted" in out
    assert "run.resume()" in out
    assert re.search(r"unknown +1 +33\.3%", out)
    assert "interrupted" in run("list")[1]


def test_an_interrupted_recall_is_shown_with_advice(run: Run, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    ding = send("payslip", days_ago=0)
    campaign = ding.campaign("payslip")
    start_recall(view_of(campaign).context, view_of(campaign).number, 3)
    assert "recall" not in run("show", "payslip")[1]
    monkeypatch.setattr(psutil, "pid_exists", lambda _: False)
    shown = run("show", "payslip")[1]
    assert "The recall is incomplete: 0 of 3 calls done. To recall the rest, repeat run.recall(...)" in shown
    assert shown.startswith(f"{campaign!r}\n")
    campaign.recall(expect=3)
    assert "The recall is incomplete" not in run("show", "payslip")[1]


@pytest.mark.parametrize("words", [["show"], ["export"], ["prune", "--name"]], ids=str)
def test_an_unknown_name_is_reported(words: list[str], run: Run, send: Send, tmp_path: Path) -> None:
    send("payslip")
    file = [tmp_path / "x.csv"] if words == ["export"] else []
    status, out, err = run(*words, "paislip", *file)
    assert (status, out) == (1, "")
    assert "no campaign 'paislip'" in err
    status, _, err = run(*words, "payslip", *file, "--mode", "live")
    assert status == 1
    assert "that matches --app, --mode or --number as given" in err


def test_a_name_used_by_several_apps_is_reported_and_can_be_narrowed_down(
    run: Run,
    send: Send,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    tmp_path: Path,
) -> None:
    send("payslip", 3)
    other = open_sandbox(app_key="dingotherapp0042")
    frame = pd.DataFrame({"userid": [user["userid"] for user in other.state.users(2)]})
    connect_to(other).plan(frame, dingnb.text("hi")).send("payslip")
    status, out, err = run("show", "payslip")
    assert (status, err) == (0, "")
    assert out.count("Campaign payslip [SANDBOX]") == 2
    assert re.findall(r"People +(.*)", out) == ["2", "3"]
    assert "matches 2 campaigns: no. 2 (SANDBOX, app ding…0042, started 2" in out
    file = tmp_path / "out.csv"
    status, _, err = run("export", "payslip", file)
    assert status == 1
    assert "Specify one with an option: --number, --app." in err
    assert not file.exists()
    for words, rows in (
        (["--number", "1"], 3),
        (["--app", "0042"], 2),
        (["--app", "ding…0042"], 2),
        (["--app", "dingotherapp0042"], 2),
    ):
        assert run("export", "payslip", file, *words)[0] == 0
        assert len(pd.read_csv(file)) == rows
    assert run("prune", "--name", "payslip", "--yes")[0] == 1
    assert run("prune", "--name", "payslip", "--yes", "--number", "1")[0] == 0
    assert "0042" in run("list")[1].splitlines()[-1]


def test_a_name_used_in_many_sandboxes_is_listed_briefly_with_the_options_that_distinguish_them(
    run: Run,
    send: Send,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    tmp_path: Path,
) -> None:
    send("payslip", 1)
    for _ in range(6):
        other = open_sandbox()
        frame = pd.DataFrame({"userid": [user["userid"] for user in other.state.users(1)]})
        connect_to(other).plan(frame, dingnb.text("hi")).send("payslip")
    for words in (["show", "payslip"], ["export", "payslip", tmp_path / "out.csv"]):
        _, out, err = run(*words)
        lines = (err or out).splitlines()
        assert lines[0].endswith(" and 2 more.")
        assert lines[0].count("no. ") == 5
        assert lines[1] == "Specify one with an option: --number."


def test_an_export_is_private_and_has_a_row_for_each_recipient(run: Run, send: Send, tmp_path: Path) -> None:
    ding = send("payslip", 4, text="=HYPERLINK('x')")
    file = tmp_path / "out.csv"
    file.write_text("older, for everybody to read")
    file.chmod(0o644)
    status, out, _ = run("export", "payslip", file)
    assert status == 0
    assert "4 rows" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = pd.read_csv(file, dtype=str)
    assert list(written) == [
        *["userid", "status", "reached", "reason", "code", "task_id", "attempts", "evidence", "sent_at", "updated_at"],
        *["read", "channel"],
    ]
    results = ding.campaign("payslip").results()
    assert written["userid"].tolist() == results["userid"].tolist()
    assert written["status"].tolist() == results["status"].astype(str).tolist()
    assert written["task_id"].tolist() == results["task_id"].astype(str).tolist()
    assert written["sent_at"][0] == results["sent_at"][0].isoformat(sep=" ", timespec="milliseconds")
    assert "HYPERLINK" not in file.read_text(encoding="utf-8")
    assert run("export", "payslip", file, "--bodies")[0] == 0
    assert pd.read_csv(file)["body"].str.contains("HYPERLINK").all()


def test_rejected_rows_are_shown_and_exported(
    run: Run, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock, tmp_path: Path
) -> None:
    clock.advance(time.time_ns() - clock.now_ns())
    ding = connect_to(sandbox)
    frame = pd.DataFrame(
        {"userid": [None, "manager01", "a,b", "manager02"], "name": ["李四", "王五", "赵六", "周七"]},
        index=[2, 3, 4, 5],
    )
    plan = ding.plan(frame, dingnb.text("Hi {{ name }}"), exclude=["manager02"])
    sent = plan.send("payslip")
    assert run("show", "payslip")[1].startswith(f"{sent!r}\n")
    assert "row 2" in repr(sent)
    file = tmp_path / "out.csv"
    for words in ([], ["--bodies"]):
        status, out, _ = run("export", "payslip", file, "--columns", *words)
        assert (status, "Wrote 4 rows" in out, "no longer stored" in out) == (0, True, False)
        written = pd.read_csv(file)
        # In the order of the list.
        assert written["status"].tolist() == ["rejected", "accepted", "rejected", "rejected"]
        assert written["name"].tolist() == ["李四", "王五", "赵六", "周七"]
        assert written["userid"].fillna("").tolist() == ["", "manager01", "", "manager02"]
        assert written["reason"].notna().tolist() == [True, False, True, True]
    assert written["body"].notna().tolist() == [False, True, False, False]


def test_answers_to_cards_are_shown_and_exported(
    run: Run, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    ding = connect_to(sandbox)
    frame = pd.DataFrame({"userid": ["manager01", "manager02"]})
    poll = dingnb.survey("T", "?", fields=[dingnb.fields.multiple("days", "Days", ["Mon", "Tue"])])
    campaign = ding.plan(frame, poll).send("poll")
    with ding._ledger.connection() as db:
        cards = [card for (card,) in db.execute("SELECT out_track_id FROM cards JOIN batches ON batches.id = batch")]
    forms = [press(card, who, form={"days": ["Mon", "Tue"]}) for card in cards for who in frame["userid"]]
    ding._log.answers.record(forms)
    assert re.search(r"Answered +2 of 2 people", run("show", "poll")[1])
    file = tmp_path / "out.csv"
    assert run("export", "poll", file)[0] == 0
    assert pd.read_csv(file)["days"].tolist() == ["Mon, Tue"] * 2
    campaign.close()
    assert "no longer accepted" in run("show", "poll")[1]


def test_columns_whose_names_are_taken_are_exported_under_other_names(
    run: Run, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    ding = connect_to(sandbox)
    frame = pd.DataFrame({"userid": ["manager01"], "answer": ["x"], "status": ["y"], "餐": ["z"]})
    poll = dingnb.survey("T", "{{ answer }}{{ status }}{{ 餐 }}", fields=[dingnb.fields.text("餐", "餐")])
    ding.plan(frame, poll).send("poll")
    file = tmp_path / "out.csv"
    assert run("export", "poll", file, "--columns", "--bodies")[0] == 0
    found = pd.read_csv(file)
    assert found[["input_answer", "input_status", "input_餐"]].iloc[0].tolist() == ["x", "y", "z"]
    assert found["answer"].isna().all()
    assert found["userid"].tolist() == ["manager01"]


def test_pruning_says_what_becomes_of_answers(
    run: Run, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding = connect_to(sandbox)
    frame = pd.DataFrame({"userid": ["manager01", "manager02"]})
    poll = dingnb.survey("T", "?", fields=[dingnb.fields.text("why", "Why")])
    ding.plan(frame, poll).send("poll")
    with ding._ledger.connection() as db:
        cards = [card for (card,) in db.execute("SELECT out_track_id FROM cards")]
    forms = [press(card, who, form={"why": "private"}) for card in cards for who in frame["userid"]]
    ding._log.answers.record(forms)
    texts_only = ("prune", "--older-than", 1, "--texts-only")
    kept = "The answers to their cards are kept, including what people wrote in forms: 2 answers."
    assert kept in " ".join(run(*texts_only)[1].split())
    assert kept in " ".join(run(*texts_only, "--yes")[1].split())
    assert ding.campaign("poll").answers()["why"].tolist() == ["private"] * 2
    prune = ("prune", "--older-than", 1)
    assert "would be removed too: 2 answers" in run(*prune)[1]
    assert "were removed too: 2 answers" in run(*prune, "--yes")[1]
    with ding._ledger.connection() as db:
        assert db.execute("SELECT count(*) FROM answers").fetchone()[0] == 0


def test_formulas_are_exported_as_text_to_both_file_formats(run: Run, send: Send, tmp_path: Path) -> None:
    ding = send("payslip", 5)
    dangerous = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "-1"]
    with ding._ledger.transaction() as db:
        for batch, text in enumerate(dangerous, 1):
            db.execute("UPDATE batches SET userids = ? WHERE id = ?", (text, batch))
        db.execute("UPDATE outcomes SET reason = '#N/A', code = '-1' WHERE batch = 1")
        db.execute("UPDATE outcomes SET reason = char(9) || 'tab' || char(1) WHERE batch = 2")
    assert run("export", "payslip", tmp_path / "out.csv")[0] == 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["userid"] for row in rows] == ["'=1+1", "'+1+1", "'-2+3", "'@SUM(A1)", "-1"]
    assert rows[0]["code"] == "-1"
    assert rows[1]["reason"] == "'\ttab\x01"
    assert run("export", "payslip", tmp_path / "out.xlsx", "--bodies")[0] == 0
    assert stat.S_IMODE((tmp_path / "out.xlsx").stat().st_mode) == 0o600
    header, *cells = openpyxl.load_workbook(tmp_path / "out.xlsx")["dingnb"].iter_rows()
    assert [cell.value for cell in header][-1] == "body"
    assert [row[0].value for row in cells] == dangerous
    assert {cell.data_type for row in cells for cell in (*row[:2], *row[3:6]) if cell.value is not None} == {"s"}
    assert (cells[0][3].value, cells[0][3].data_type) == ("#N/A", "s")
    assert cells[1][3].value == "\ttab\\x01"
    assert cells[0][5].value == str(ding.campaign("payslip").results()["task_id"][0])
    assert cells[0][8].is_date


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_file_that_cannot_be_written_is_reported(suffix: str, run: Run, send: Send, tmp_path: Path) -> None:
    send("payslip")
    status, out, err = run("export", "payslip", tmp_path / "no" / f"x{suffix}")
    assert (status, out) == (1, "")
    assert "cannot be written" in err


def test_without_yes_prune_only_lists_what_it_would_remove(run: Run, send: Send, home: Path) -> None:
    send("old")
    send("newer", days_ago=10)
    send("lately", days_ago=1)
    status, out, err = run("prune", "--older-than", 30)
    assert (status, err) == (0, "")
    going, staying = out.split("Kept")
    assert "Nothing has been removed yet" in going
    assert "--yes" in going
    assert "is sent to everyone again" in going
    assert " old " in going
    assert "changed in the last 30 days" in staying
    assert "from the last 2 days" in staying
    assert names_in(home) == ["old", "newer", "lately"]


def test_pruning_counts_people_who_were_sent_to_again_once_like_the_list(
    run: Run, open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    userids = [user["userid"] for user in sandbox.state.users() if user["active"]][:3]
    plan = connect_to(sandbox).plan(pd.DataFrame({"userid": userids}), dingnb.text("hi"))
    again = plan.send("again").wait().retry(wait=False).wait()
    assert again.results()["attempts"].tolist() == [1, 1, 1]
    assert again.results()["status"].eq("failed").all()
    listed = run("list")[1].splitlines()[-1].split()
    assert listed[1:6] == ["again", "SANDBOX", "ding…pkey", "finished", "3"]
    pruned = run("prune", "--older-than", 30)[1]
    assert "removed, with the record of who was sent what: 3 people" in pruned
    assert re.search(r"again +SANDBOX +ding…pkey +3 ", pruned)


def test_with_a_key_messages_are_counted(
    run: Run, send: Send, connect_to: Callable[..., DingTalk], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    send("payslip", 3)
    frame = pd.DataFrame({"userid": [sandbox.state.users()[0]["userid"]] * 4, "month": range(4)})
    connect_to(sandbox).plan(frame, dingnb.text("month {{ month }}"), key="month").send("months").wait()
    assert re.search(r"months .*finished +4 messages +4 ", run("list")[1])
    assert re.search(r"who +action +messages\n.*created +4\n", run("show", "months")[1])
    assert "Wrote 4 rows to" in run("export", "months", tmp_path / "months.csv")[1]
    pruned = run("prune", "--older-than", 30, "--texts-only", "--yes")[1]
    assert "The texts of these were removed: 4 messages, 3 people." in pruned
    assert re.search(r"months +SANDBOX +ding…pkey +4 messages ", pruned)
    exported = run("export", "months", tmp_path / "again.csv", "--bodies")[1]
    assert "no longer stored for 4 messages" in exported


def test_pruned_campaigns_are_gone_from_the_file_but_their_calls_stay_counted(
    run: Run, send: Send, home: Path, sandbox: RunningSandbox
) -> None:
    send("old", 30, text="a text of old " * 20)
    userid = next(user["userid"] for user in sandbox.state.users() if user["active"])
    send("newer", 1, days_ago=10)
    before = (home / "ledger.sqlite3").stat().st_size
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        calls = db.execute("SELECT realm, month, api, n FROM calls").fetchall()
    db.close()
    assert run("prune", "--older-than", 30, "--yes")[0] == 0
    assert names_in(home) == ["newer"]
    with closing(sqlite3.connect(home / "ledger.sqlite3")) as db, db:
        assert db.execute("SELECT realm, month, api, n FROM calls").fetchall() == calls
        for table, rows in (("batches", 1), ("attempts", 1), ("outcomes", 1)):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)  # noqa: S608 - our own names
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert (home / "ledger.sqlite3").stat().st_size < before
    kept = b"".join(file.read_bytes() for file in home.iterdir())
    assert b"a text of old" not in kept
    assert userid.encode() in kept
    assert "Nothing to prune" in run("prune", "--older-than", 30, "--yes")[1]


def test_pruning_again_removes_from_the_file_what_another_process_still_read(
    run: Run, send: Send, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.cli.ledger_prune.open_ledger", lambda: open_ledger().with_timeout(0.1))
    send("one", text="my salary")
    with open_ledger().connection() as reader:
        with reader.snapshot():
            assert len(campaigns.find_all(reader)) == 1
            assert "Another process" in run("prune", "--older-than", 30, "--yes")[2]
        assert run("prune", "--older-than", 30, "--yes")[0] == 0
        assert b"my salary" not in b"".join(file.read_bytes() for file in home.iterdir())


def test_one_campaign_can_be_pruned_by_name(run: Run, send: Send, home: Path) -> None:
    send("one")
    send("other")
    assert run("prune", "--name", "one", "--yes", "--older-than", 50)[0] == 0
    assert names_in(home) == ["one", "other"]
    assert run("prune", "--name", "one", "--yes")[0] == 0
    assert names_in(home) == ["other"]


def test_recent_campaigns_are_never_pruned(run: Run, send: Send, home: Path) -> None:
    send("lately", days_ago=1)
    assert run("prune", "--older-than", 0, "--yes")[0] == 0
    assert run("prune", "--name", "lately", "--yes")[0] == 0
    assert names_in(home) == ["lately"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE campaigns SET state = 'running'",
        "UPDATE campaigns SET state = 'paused'",
        "UPDATE campaigns SET state = 'stopped'",
        "UPDATE campaigns SET state = 'interrupted'",
        "UPDATE batches SET status = 'queued' WHERE id = 1",
        "UPDATE batches SET status = 'sending' WHERE id = 1",
        "UPDATE batches SET sent_ns = :now WHERE id = 1",
        "UPDATE batches SET updated_ns = :now WHERE id = 1",
        "UPDATE campaigns SET updated_ns = :now",
        "UPDATE attempts SET started_ns = :now WHERE batch = 2",
        "UPDATE attempts SET ended_ns = :now WHERE batch = 2",
    ],
)
def test_campaigns_that_are_still_needed_are_never_pruned(change: str, run: Run, send: Send, home: Path) -> None:
    ding = send("payslip")
    with ding._ledger.transaction() as db:
        db.execute(change, {"now": time.time_ns() - 3_600 * NS_PER_S} if ":now" in change else {})
    for words in (["--name", "payslip"], ["--older-than", "0"], ["--older-than", "0", "--texts-only"]):
        status, out, _ = run("prune", "--yes", *words)
        assert status == 0
        assert "Nothing to prune" in out
    assert names_in(home) == ["payslip"]
    assert run("export", "payslip", home / "x.csv", "--bodies")[0] == 0
    assert pd.read_csv(home / "x.csv")["body"].notna().all()


def test_pruning_only_texts_keeps_the_record_of_recipients(
    run: Run, send: Send, home: Path, sandbox: RunningSandbox
) -> None:
    ding = send("payslip", 3, text="a text of old")
    with ding._ledger.transaction() as db:
        db.execute("UPDATE batches SET status = 'unknown' WHERE id = 3")
    assert run("prune", "--older-than", 30, "--texts-only", "--yes")[0] == 0
    out = run("export", "payslip", home / "x.csv", "--bodies")[1]
    assert "The text is no longer stored for 2 people" in out
    # The person with unknown outcome may have to be sent to again.
    assert pd.read_csv(home / "x.csv")["body"].notna().tolist() == [False, False, True]
    calls = sandbox.state.stats()["tasks"]
    send("payslip", 3, days_ago=20, text="a text of old")
    assert sandbox.state.stats()["tasks"] == calls
    send("payslip", 4, days_ago=10, text="a text of old")
    assert sandbox.state.stats()["tasks"] == calls + 1
    assert "The texts of these were removed" in run("prune", "--name", "payslip", "--texts-only", "--yes")[1]
    assert "must be kept" in run("prune", "--name", "payslip", "--texts-only", "--yes")[1]


@pytest.fixture
def shared(database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Use a ledger of each kind, and return a function that returns everything that a user of it can read."""
    if database == "postgres":
        monkeypatch.setenv("DINGNB_LEDGER", as_member(request.getfixturevalue("new_database")()))

    def dump() -> str:
        ledger = open_ledger()
        files = [path.read_bytes() for path in ledger.draft_files.glob("*")]
        with ledger.transaction() as db:
            return repr([*(list(db.rows(table, db.columns(table))) for table in table_names()), *files])

    return dump


def readable(
    sandbox: RunningSandbox, send: Send, folder: Path, *, days_ago: int = 40, **options: Any
) -> tuple[DingTalk, list[str]]:
    """
    Send texts and files, choose a file for a draft, look people up.

    Returns:
        The app, and the words by which all of that is recognised in a ledger.
    """
    office = [user for user in sandbox.state.users() if user["active"]][:3]
    ding = send("食堂", 2, text="secret text", days_ago=days_ago, **options)
    path = folder / "secret file.pdf"
    path.write_bytes(b"%PDF-1.7 secret")
    frame = pd.DataFrame(
        {
            "mobile": [*(person["mobile"] for person in office), "secret number"],
            "name": ["secret name"] * 4,
            "note": ["secret note"] * 4,
            "path": [str(path)] * 4,
        },
        index=["a", "b", "c", "secret row"],
    )
    ding.plan(frame, dingnb.text("{{ note }}, {{ name }}"), to="mobile").send("by number", **options).wait()
    ding.plan(frame, dingnb.file("{{ path }}"), to="mobile").send("files", **options).wait()
    assert len(ding.people(everybody=True)) > 3
    with ding._ledger.transaction() as db:
        event = NewEvent("e1", "bot_reply", "stream", ding._now_ns(), '{"text": "secret answer"}')
        events.add(db, ding._realm, event)
    chosen = ChosenFile("file.media_id", Content.from_bytes(b"%PDF-1.7 secrecy", "file", "secrecy.pdf"))
    save_with_files(ding.drafts, "note", "file", {}, [chosen], version=0)
    words = ["secret", "secrecy", *(str(person[key]) for person in office for key in ("mobile", "name"))]
    return ding, words


def test_pruning_only_texts_leaves_nothing_that_a_member_could_read(
    run: Run, send: Send, shared: Callable[[], str], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    ding, words = readable(sandbox, send, tmp_path)
    before = ding.campaigns()
    assert all(word in shared() for word in words)
    status, out, err = run("prune", "--older-than", 1, "--texts-only")
    assert (status, err) == (0, "")
    assert "Also, outside campaigns: 1 event, including answers; " in out
    assert "3 phone numbers; 1 upload with file names; the chosen files of 1 draft. Nothing" in out
    assert all(word in shared() for word in words)
    # Another app's.
    assert run("prune", "--older-than", 1, "--texts-only", "--mode", "LIVE", "--yes")[0] == 0
    assert all(word in shared() for word in words)
    assert "Also removed" in run("prune", "--older-than", 1, "--texts-only", "--yes")[1]
    assert [word for word in words if word in shared()] == []
    columns = ["name", "people", "accepted", "calls"]
    assert ding.campaigns()[columns].equals(before[columns])
    # It has to be chosen again.
    assert "note" in ding.drafts
    rejected = ding.campaign("by number").missed()
    assert rejected["reason"].tolist() == ["'…' isn't a valid mobile number."]


def test_pruning_by_mode_says_what_it_keeps_of_apps_without_campaigns(
    run: Run, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], shared: Callable[[], str]
) -> None:
    name = sandbox.state.users()[0]["name"]
    connect_to(sandbox).people(everybody=True)
    texts_only = ("prune", "--older-than", 1, "--texts-only", "--yes")
    status, out, _ = run(*texts_only, "--mode", "SANDBOX")
    assert status == 0
    assert "none of the selected campaigns has texts that can be removed" in out
    assert re.search(r"Kept, because --app and --mode find an app only by its campaigns.* [1-9]\d* people, ", out)
    assert name in shared()
    assert "Kept, because" not in run(*texts_only)[1]
    assert name not in shared()


def test_contents_that_are_not_to_be_stored_leave_only_what_belongs_to_no_campaign(
    send: Send, shared: Callable[[], str], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    readable(sandbox, send, tmp_path, store_content=False)
    assert re.findall("secret [a-z]*", shared()) == ["secret answer"]


def test_nothing_is_older_than_the_epoch(run: Run, send: Send) -> None:
    send("payslip")
    for words in ([], ["--texts-only", "--yes"]):
        status, out, _ = run("prune", "--older-than", 36_500, *words)
        assert status == 0
        assert "Nothing to prune" in out


def test_recent_events_and_uploads_are_kept(
    run: Run, send: Send, shared: Callable[[], str], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    readable(sandbox, send, tmp_path, days_ago=1)
    assert run("prune", "--older-than", 0, "--texts-only", "--yes")[0] == 0
    kept = shared()
    assert "secret answer" in kept
    assert "secret file" in kept
    assert sandbox.state.users()[0]["mobile"] not in kept


def test_a_pruned_campaign_raises_an_error_in_its_open_object(run: Run, send: Send) -> None:
    ding = send("payslip")
    held = ding.campaign("payslip")
    assert run("prune", "--name", "payslip", "--yes")[0] == 0
    with pytest.raises(dingnb.DingError, match="no longer in the ledger"):
        held.results()
    send("another")
    with pytest.raises(dingnb.DingError, match="no longer in the ledger"):
        repr(held)


@pytest.mark.parametrize("words", [[], ["--older-than", "-1"], ["--older-than", "x"], ["--older-than", "٣"]], ids=str)
def test_prune_without_a_selection_is_wrong_usage(words: list[str], run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run("prune", *words)
    assert caught.value.code == 2


def test_a_ledger_of_a_newer_dingnb_is_reported(run: Run, send: Send, home: Path) -> None:
    send("payslip")
    db = sqlite3.connect(home / "ledger.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    for words in (["list"], ["show", "payslip"], ["prune", "--older-than", "3", "--yes"]):
        status, out, err = run(*words)
        assert (status, out) == (1, "")
        assert "newer dingnb" in err


def test_a_ledger_locked_by_another_program_is_reported(
    run: Run, send: Send, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("payslip")
    # It would wait for ten seconds of real time.
    monkeypatch.setattr(SqliteLedger.__init__, "__kwdefaults__", {"busy_timeout_s": 0.05, "is_persistent": True})
    db = sqlite3.connect(home / "ledger.sqlite3", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    status, out, err = run("prune", "--older-than", "3", "--yes")
    assert (status, out) == (1, "")
    assert "Another process is using the ledger" in err
    assert run("list")[0] == 0
    db.execute("ROLLBACK")
    db.close()


def test_a_home_on_a_network_drive_is_reported(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests have no network drive: the system's list of drives is replaced instead.
    drive = SimpleNamespace(mountpoint=str(home.parent), fstype="nfs4", opts="rw")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [drive])
    status, out, err = run("list")
    assert (status, out) == (1, "")
    assert "network drive (nfs4)" in err
    assert "DINGNB_HOME" in err
