"""Displays of plans and campaigns: singular and plural, and next steps."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AbsentRecipientsError, ChangedBodyError, InputError, LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.words import Text, in_language

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


def test_a_plan_uses_singular_and_plural(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 2)
    ding.plan(frame[:1], PERSONAL).send("payslip")
    frame = pd.DataFrame({"userid": [*frame["userid"], 7.0], "n": [0, 1, 2]})
    plan = repr(ding.plan(frame, PERSONAL))
    assert "In this plan, 1 person was already sent exactly this text today (campaign payslip)" in plan
    assert "1 cell corrected" in plan
    with pytest.raises(ChangedBodyError, match="a different text from the one in this plan was sent to 1 person"):
        ding.plan(frame, dingnb.text("hi {{ n }}")).send("payslip")


def test_a_plan_says_which_rows_were_merged_and_which_name_nobody(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    ids = staff(sandbox, 3)["userid"].tolist()
    plan = ding.plan(pd.DataFrame({"userid": [*ids, ids[0], ids[0], "合计", "a b"]}), dingnb.text("hi"))
    shown = " ".join(repr(plan).split())
    assert "3 people in 5 rows" in shown
    assert "Merged 2 rows: the same message to the same person as in another row" in shown
    assert "Rejected 2 rows" in shown
    assert "Of these, not people 1 row: totals, notes or repeated headers" in shown
    assert "2 rows: the same message to the same person" in plan._repr_html_()
    with in_language("zh"):
        assert "2 行：与同一人的另一行内容相同，合并为一条发送" in repr(plan)
    other = repr(ding.plan(pd.DataFrame({"userid": [*ids, "a b"]}), dingnb.text("hi")))
    assert "Merged" not in other
    assert "Of these" not in other


def test_sending_under_another_name_says_who_already_got_the_text(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = staff(sandbox, 4)
    plan = ding.plan(frame, PERSONAL)
    plan.test("manager01")
    plan.send("payslip").wait()
    assert "already sent exactly this text" not in capsys.readouterr().out
    # The plan was made before the first send.
    plan.send("payslip-b").wait()
    today, sent = capsys.readouterr().out.splitlines()[:2]
    assert today.startswith("In this plan, 4 people were already sent exactly this text today (campaign payslip).")
    assert sent.startswith("Sent: 4 of 4 people")
    clock.advance(seconds_to_ns(24 * 3_600))
    plan.send("payslip-c", wait=False).wait()
    printed = capsys.readouterr().out
    assert printed.startswith(
        "In this plan, 4 people were already sent exactly this text in the last 7 days (campaign "
    )
    assert "under another name they get it again" in printed.splitlines()[0]
    assert printed.count("already sent exactly this text") == 1
    plan.send("payslip-c").wait()
    assert "already sent exactly this text" not in capsys.readouterr().out


def test_a_plan_reports_people_with_the_same_text_on_earlier_days(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame, said = (
        staff(sandbox, 4),
        "3 people were already sent exactly this text in the last 7 days (campaign payslip on 2 November 2026)",
    )
    run = ding.plan(frame[:3], PERSONAL).send("payslip").wait()
    assert "in the last 7 days" not in repr(ding.plan(frame, PERSONAL))
    clock.advance(seconds_to_ns(24 * 3_600))
    assert said in repr(ding.plan(frame, PERSONAL))
    for other in (ding.plan(frame, dingnb.text("no. {{ n }}")), ding.plan(frame.assign(n=frame["n"] + 9), PERSONAL)):
        assert "in the last 7 days" not in repr(other)
    clock.advance(seconds_to_ns(8 * 24 * 3_600))
    assert "in the last 7 days" not in repr(ding.plan(frame, PERSONAL))
    assert len(run.results()) == 3


def test_a_plan_of_cards_also_reports_people_who_were_sent_them_today(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame, card = staff(sandbox, 3), dingnb.card("Team day", "Coming?", buttons={"yes": "来", "no": "不来"})
    plan = ding.plan(frame, card)
    plan.test(frame["userid"][0])
    assert "already sent" not in repr(plan)
    ding.plan(frame[:2], card).send("team-day")
    capsys.readouterr()
    said = (
        "In this plan, 2 people were already sent exactly this text in the last 7 days (campaign team-day on "
        "2 November 2026). Under the same name nobody gets it twice; under another name they get it again."
    )
    assert said in repr(plan)
    plan.send("team-day-b", wait=False).wait("sent")
    assert said in capsys.readouterr().out
    clock.advance(seconds_to_ns(24 * 3_600))
    assert "In this plan, 3 people were already sent exactly this text in the last 7 days" in repr(plan)


def test_a_reminder_with_the_same_card_is_no_repeat_but_another_one_is(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    card = dingnb.card("Team day", "Coming?", buttons={"yes": "来", "no": "不来"})
    run = ding.plan(staff(sandbox, 3), card).send("team-day")
    for _ in range(2):
        assert "already sent" not in repr(run.remind(card))
        clock.advance(seconds_to_ns(24 * 3_600))
    run.remind(card).send("reminder")
    said = "In this plan, 3 people were already sent exactly this text in the last 7 days (campaign reminder on "
    assert said in repr(run.remind(card))


def test_a_plan_does_not_count_people_whose_text_was_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, PERSONAL).send("payslip").wait().recall(expect=3)
    clock.advance(seconds_to_ns(24 * 3_600))
    assert "in the last 7 days" not in repr(ding.plan(frame, PERSONAL))


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_a_stopped_campaign_shows_how_to_resume(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, how: str
) -> None:
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        getattr(run, how)()
        run.wait("sent", check=False)
    assert "run.resume() continues it. Running the cell again does not" in repr(run)
    assert "run.resume()" not in repr(run.resume(wait=True))


def test_an_automatic_pause_shows_its_hint_once(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2")
    run = ding.plan(staff(sandbox, 30), PERSONAL).send("payslip", pause_after=10, check=False)
    assert run.state == "paused"
    assert repr(run).count("run.resume()") == 1


def test_accepted_is_not_shown_as_delivered(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip")
    assert "Accepted is not delivered: run.wait() or run.refresh()" in repr(run)
    assert "Accepted is not delivered" not in repr(run.wait())


def test_the_opening_of_a_resumed_campaign_disappears_at_the_end(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 5)
    ding.plan(frame[:3], PERSONAL).send("payslip")
    run = ding.plan(frame, PERSONAL).send("payslip")
    assert "Campaign payslip continues: 5 people, 2 not settled yet" in capsys.readouterr().out
    assert "goes on" not in repr(run)
    # This one has finished without being waited for.
    run = ding.plan(frame.assign(n=9), PERSONAL).send("payslip", changed="resend", wait=False)
    while run.state == "running":
        pass
    assert "goes on" not in repr(run)
    run.wait("sent", check=False)
    assert "5 people, 5 not settled yet" in capsys.readouterr().out


def test_the_error_for_an_unreachable_address_mentions_no_other_calls(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff
) -> None:
    sandbox.state.faults.add("refuse", path="/asyncsend_v2", nth=3, for_s=60)
    ding = connect_to(sandbox, outage_patience_s=0)
    run = ding.plan(staff(sandbox, 20), PERSONAL).send("payslip", check=False)
    assert run.progress.accepted
    assert "the call was not sent" in repr(run)
    assert "nothing was sent" not in repr(run)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_place_of_the_folder_raises(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(LedgerError, match="there is a file where the folder should be"),
        SqliteLedger(tmp_path / place).transaction(),
    ):
        pass


def test_no_display_of_results_shows_a_secret(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Staff,
    find_secrets: Callable[[str], list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    frame = pd.concat([staff(sandbox, 20), pd.DataFrame({"userid": ["nobody", None]})], ignore_index=True)
    run = connect_to(sandbox).plan(frame, dingnb.text("hi")).send("note").wait().refresh().retry().wait()
    report = run.report(tmp_path / "note.html", texts=True)
    assert "report.save" not in repr(report)
    assert f"Written to {report.path}, which" in repr(report)
    assert report.path == tmp_path / "note.html"
    shown = [repr(run), run._repr_html_(), repr(report), report._repr_html_(), report.to_html()]
    shown += [
        frame.to_csv()
        for frame in (run.results(), run.missed(), run.unread(), view_of(run).results.unknown(), run.summary())
    ]
    shown.append(run.export(tmp_path / "note.csv").read_text(encoding="utf-8-sig"))
    with pytest.raises(InputError) as refused:
        run.recall()
    shown.append(str(refused.value))
    run.recall(expect=20)
    sandbox.stop()
    shown += [repr(run), run.state, capsys.readouterr().out]
    assert len("".join(shown)) > 10_000
    assert find_secrets("\n".join(shown)) == []


def test_rows_with_the_same_problem_quote_one_as_an_example(sandbox: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(sandbox)
    known = sandbox.state.users()[0]["userid"]
    frame = pd.DataFrame({"userid": [known, "a,1", "a,2", "13800"]})
    [_, wrong] = view_of(ding.plan(frame, dingnb.text("Hello")).send("hello")).results.sheet().tables
    quoted = [str(row[2]) for row in wrong.rows if row[0] == Text("status.rejected")]
    assert quoted == ["for example: 'a,1' contains a separator, such as a comma; it looks like several people."]
    [_, wrong] = view_of(ding.plan(frame[:2], dingnb.text("Hello")).send("one")).results.sheet().tables
    assert str(wrong.rows[0][2]) == "'a,1' contains a separator, such as a comma; it looks like several people."


def test_a_person_with_several_rows_with_the_same_problem_is_named_once(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    ok, twice, thrice = staff(sandbox, 3)["userid"]
    frame = pd.DataFrame({"userid": [ok, twice, twice, thrice, thrice, thrice], "n": range(6)})
    [_, wrong] = view_of(ding.plan(frame, PERSONAL).send("hello")).results.sheet().tables
    assert tuple(map(str, wrong.rows[0][4:])) == ("5", f"{twice}, {thrice}")


def test_a_person_with_several_keyed_messages_counts_as_one_person(
    ding: DingTalk, connect_to: Connect, sandbox: RunningSandbox, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    frame = pd.concat([frame.assign(k="a"), frame.assign(k="b")], ignore_index=True)
    message = dingnb.text("{{ k }} {{ n }}")
    used_up = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=2))
    used_up.plan(frame, message, key="k").send("note", check=False)
    first, *others = dict.fromkeys(frame["userid"])
    rest = frame[~frame["userid"].isin(others[1:])]
    with pytest.raises(AbsentRecipientsError, match=f"still has to send to 1 person .*: {others[1]}\\."):
        ding.plan(rest, message, key="k").send("note")
    ding.plan(frame, message, key="k").send("note")
    with pytest.raises(ChangedBodyError, match=f"in this plan was sent to 1 person: rows 0 · {first}, 3 · {first}\\."):
        ding.plan(frame[frame["userid"] == first], dingnb.text("new {{ k }}"), key="k").send("note")
    with pytest.raises(InputError, match="a different message to 3 people"):
        ding.plan(staff(sandbox, 4)[3:].assign(k="a"), dingnb.text("new {{ k }}"), key="k").send("note")
