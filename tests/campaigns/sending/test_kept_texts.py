"""Who keeps the text they were sent, although a later list has another one for them, is recorded."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.ledger import Ledger, LedgerSession, SqliteLedger
from dingnb.ledger.migrations import MIGRATIONS, VERSION
from dingnb.ledger.sqlite.ledger_file import OPENED_LEDGERS
from dingnb.sandbox import RunningSandbox
from dingnb.words import set_language
from tests.ui.results_steps import choose_action, opened
from tests.ui.steps import words

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

PERSONAL = dingnb.text("number {{ n }}")
KEPT = "Earlier version: the message has been changed since, and the new one was not sent to this person."


def told(run: Campaign) -> list[bool]:
    """Return for each row of results whether it says that the person keeps an earlier text."""
    return run.results()["hint"].fillna("").str.contains(KEPT, regex=False).tolist()


def test_results_and_exports_of_a_campaign_found_by_name_say_who_keeps_an_earlier_text(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, ledger: Ledger, tmp_path: Path
) -> None:
    frame = staff(sandbox, 4)
    first = connect_to(sandbox, ledger=ledger).plan(frame[:3], PERSONAL).send("payslip")
    corrected = frame.assign(n=[0, 1001, 2, 3])
    run = connect_to(sandbox, ledger=ledger).plan(corrected, PERSONAL).send("payslip", changed="skip").wait()
    assert told(run) == [False, True, False, False]
    found = connect_to(sandbox, ledger=ledger).campaign("payslip")
    assert told(found) == [False, True, False, False]
    assert "Changed message  1 person with an earlier version" in repr(found)
    # The value that was sent is beside it.
    assert found.results(keep="n")["n"].tolist() == [0, 1, 2, 3]
    assert told(first) == [False, True, False]
    found.export(tmp_path / "plain.xlsx", keep="n")
    found.export(tmp_path / "readable.xlsx", readable=True)
    for name in ("plain.xlsx", "readable.xlsx"):
        rows = dingnb.read_recipients(tmp_path / name).to_numpy(dtype=object).tolist()
        assert [KEPT in map(str, row) for row in rows] == [False, True, False, False]


def test_a_later_list_decides_anew_about_the_people_in_it(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, ledger: Ledger, clock: VirtualClock
) -> None:
    ding, frame = connect_to(sandbox, ledger=ledger), staff(sandbox, 4)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    ding.plan(frame.assign(n=[1000, 1001, 1002, 1003]), PERSONAL).send("payslip", changed="skip")
    assert told(ding.campaign("payslip")) == [True] * 4
    # The first text again for the first person, the changed one for the second, and the others are not in the list.
    ding.plan(frame[:2].assign(n=[0, 1001]), PERSONAL).send("payslip", changed="resend").wait()
    assert told(ding.campaign("payslip")) == [False, False, True, True]
    clock.advance(seconds_to_ns(86_400))
    ding.plan(frame, PERSONAL).send("payslip", changed="resend").wait()
    assert told(ding.campaign("payslip")) == [False] * 4
    assert "earlier version" not in repr(ding.campaign("payslip"))


def test_a_retry_says_who_is_sent_the_earlier_text_because_a_corrected_list_lacks_them(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Connect,
    staff: Staff,
    ledger: Ledger,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = open_sandbox(failed_share=1)
    ding, frame = connect_to(sandbox, ledger=ledger), staff(sandbox, 5)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    corrected = dingnb.text("correct number {{ n }}")
    ding.plan(frame[:2], corrected).send("payslip", changed="resend").wait()
    # Found again by its name, as on another day.
    run = ding.campaign("payslip")
    note = "The earlier text goes to 3 people of these: the changed one was not sent to them."
    form = opened(run)
    choose_action(form, "retry")
    assert note in words(form.actions.box)
    with pytest.raises(InputError, match=r"would send again to 5 people \(the earlier text: 3 people\)"):
        run.retry(expect=4)
    capsys.readouterr()
    run.retry(expect=5)
    assert f"Sending again to 5 people. {note}" in capsys.readouterr().out
    # They still keep it after that.
    run.wait()
    set_language("zh")
    capsys.readouterr()
    run.retry(expect=5)
    assert "其中 3 人未发过变更后的内容：补发的是之前的内容。" in capsys.readouterr().out


def test_who_is_sent_the_earlier_text_again_still_keeps_it(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, ledger: Ledger
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding, frame = connect_to(sandbox, ledger=ledger), staff(sandbox, 20)
    # Accepted, and not known to have failed, when the list is corrected.
    ding.plan(frame, PERSONAL).send("payslip")
    run = ding.plan(frame.assign(n=range(1000, 1020)), PERSONAL).send("payslip", changed="skip").wait()
    assert 0 < sum(told(run)) < 20
    while not run.missed().empty:
        run.retry().wait()
    assert told(run) == told(ding.campaign("payslip")) == [True] * 20
    texts = {message["body"]["text"]["content"] for message in sandbox.state.messages()}
    assert texts == {f"number {n}" for n in range(20)}


def test_who_is_queued_to_be_sent_the_earlier_text_again_still_keeps_it_when_another_list_is_sent(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, ledger: Ledger
) -> None:
    sandbox = open_sandbox(failed_share=1)
    ding, frame = connect_to(sandbox, ledger=ledger), staff(sandbox, 4)
    shared = dingnb.text("{{ t }}")
    ding.plan(frame[:3].assign(t="a"), shared).send("payslip")
    run = ding.plan(frame[:3].assign(t="b"), shared).send("payslip", changed="skip").wait()
    # The month's calls are used up before the retry is sent.
    sandbox.state.faults.add("month", path="/asyncsend_v2")
    run.retry(check=False)
    sandbox.state.faults.clear()
    assert run.results()["status"].eq("queued").all()
    # Two of them are not in this list. The third one gets a text of the new list, and so does the fourth.
    ding.plan(frame[2:].assign(t="c"), shared).send("payslip", absent="send", check=False)
    results = ding.campaign("payslip").results().set_index("userid")
    keeps = results["hint"].fillna("").str.contains(KEPT, regex=False)
    assert keeps[frame["userid"]].tolist() == [True, True, False, False]


def test_a_ledger_of_an_earlier_version_records_it(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Path
) -> None:
    ledger, frame = SqliteLedger(tmp_path / "older"), staff(sandbox, 2)
    connect_to(sandbox, ledger=ledger).plan(frame, PERSONAL).send("payslip")

    def version(db: LedgerSession) -> int:
        number: int = db.execute("PRAGMA user_version").fetchone()[0]
        return number

    with ledger.connection() as db:
        at = next(at for at, script in enumerate(MIGRATIONS) if "CREATE TABLE kept_texts" in script)
        assert version(db) == VERSION
        db.execute("DROP TABLE kept_texts")
        # Of later versions.
        db.execute("ALTER TABLE cards DROP COLUMN template")
        db.execute("ALTER TABLE steering DROP COLUMN recall")
        db.execute(f"PRAGMA user_version = {at + 1}")
    OPENED_LEDGERS.forget(ledger.path)
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path / "older"))
    ding.plan(frame.assign(n=[0, 1001]), PERSONAL).send("payslip", changed="skip")
    assert told(ding.campaign("payslip")) == [False, True]
    with ledger.connection() as db:
        assert version(db) == VERSION
