"""Running the cell again: settled people are kept, new ones are sent to, and changes need a decision."""

import dataclasses
import io
import json
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending import exit_status
from dingnb.campaigns.sending.comparison import identities_of
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.unknown_outcomes import resolve
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import (
    AbsentRecipientsError,
    CampaignStoppedError,
    ChangedBodyError,
    DingError,
    IncompleteError,
    InputError,
)
from dingnb.ledger import LEDGER_FILE, SqliteLedger
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.campaigns.batches import BatchRow
from dingnb.ledger.session import digest_of
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Agrees = Callable[[str, pd.DataFrame], None]
PERSONAL = dingnb.text("number {{ n }}")


class Loses(BaseAdapter):
    """A route that loses some calls, by default those that send, before or after DingTalk has carried them out."""

    def __init__(
        self, ding: DingTalk, which: Callable[[int], bool], *, arrives: bool = True, path: str = "asyncsend_v2"
    ) -> None:
        super().__init__()
        ding._transport.reroute(self._around)
        self._which = which
        self._arrives = arrives
        self._path = path
        self.calls = 0

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self._path not in str(request.url):
            return self._inner.send(request, *args, **kwargs)
        self.calls += 1
        lost = self._which(self.calls)
        if lost and not self._arrives:
            raise requests.ConnectionError
        response = self._inner.send(request, *args, **kwargs)
        if lost:
            response.close()
            raise requests.ReadTimeout
        return response

    def close(self) -> None:
        self._inner.close()


def texts_of(sandbox: RunningSandbox) -> Counter[tuple[str, str]]:
    return Counter((message["userid"], message["body"]["text"]["content"]) for message in sandbox.state.messages())


def settle(clock: VirtualClock) -> None:
    clock.advance(seconds_to_ns(2))


def test_running_the_same_cell_again_sends_nothing_and_says_so(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = ding.plan(staff(sandbox, 30), PERSONAL)
    before = plan.send("payslip").wait().results()
    capsys.readouterr()
    run = plan.send("payslip")
    assert capsys.readouterr().out.strip() == "Nothing sent: finished on 2 November 2026, 30 people."
    assert "Nothing sent: finished on 2 November 2026" in repr(run).splitlines()[-1] + repr(run)
    pd.testing.assert_frame_equal(run.results(), before)
    assert sandbox.state.stats()["tasks"] == 30
    dingnb.set_language("zh")
    plan.send("payslip")
    assert "没有发送：已于 2026年11月2日完成" in capsys.readouterr().out


def test_where_the_display_counts_people_of_an_earlier_plan_the_opening_names_the_plan(
    ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(ding.sandbox, 3)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    run = ding.plan(frame, PERSONAL, exclude=frame["userid"][:1]).send("payslip")
    assert "Nothing sent: finished on 2 November 2026; 2 people in this plan." in capsys.readouterr().out
    assert re.search(r"People +3\n", repr(run))


def test_another_connection_and_another_frame_object_are_the_same_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    for _ in range(2):
        run = connect_to(sandbox).plan(staff(sandbox, 30), PERSONAL).send("payslip").wait()
        assert run.results()["status"].isin(["delivered", "read"]).all()
    assert sandbox.state.stats()["tasks"] == 30


def test_new_rows_are_sent_and_the_others_keep_their_results(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, agrees: Agrees, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 40)
    first = ding.plan(frame[:30], PERSONAL).send("payslip").wait().results()
    capsys.readouterr()
    run = ding.plan(frame[::-1], PERSONAL).send("payslip").wait()
    assert "40 people, 10 not settled yet" in capsys.readouterr().out
    results = run.results()
    agrees(sandbox.base_url, results)
    assert list(results.index) == list(frame.index[::-1])
    assert results.loc[first.index, "task_id"].tolist() == first["task_id"].tolist()
    assert sandbox.state.stats()["tasks"] == 40


def test_equal_texts_of_new_people_share_calls(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 250)
    ding.plan(frame[:100], dingnb.text("hi")).send("all")
    run = ding.plan(frame, dingnb.text("hi")).send("all").wait()
    assert sandbox.state.stats()["tasks"] == 3
    assert set(texts_of(sandbox).values()) == {1}
    assert len(run.results()) == len(texts_of(sandbox)) == 250


def test_the_error_for_changed_texts_names_the_people(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 30)
    ding.plan(frame, PERSONAL).send("payslip")
    changed = frame.assign(n=[*range(1_000, 1_007), *range(7, 30)])
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(changed, PERSONAL).send("payslip")
    assert "a different text from the one in this plan was sent to 7 people" in caught.value.what
    assert all(userid in caught.value.what for userid in frame["userid"][:5])
    assert "and 2 more" in caught.value.what
    named = changed.assign(name="Ann").set_index(pd.Index(range(2, 32), name="Excel row"))
    with pytest.raises(ChangedBodyError, match=r"to 7 people: Excel rows 2 · Ann, 3 · Ann, .* and 2 more\."):
        ding.plan(named, PERSONAL).send("payslip")
    with pytest.raises(ChangedBodyError, match=r"to 1 person: Excel row 2 · Ann\."):
        ding.plan(named.iloc[[0, *range(7, 30)]], PERSONAL).send("payslip")
    assert sandbox.state.stats()["tasks"] == 30


def test_the_error_for_changed_texts_does_not_advise_what_sends_everybody_the_message_again(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 30)
    ding.plan(frame, PERSONAL).send("payslip")
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(frame.assign(n=[1_000, *range(1, 30)]), PERSONAL).send("payslip")
    assert caught.value.hint == (
        'Pass changed="resend" to send the new text to 1 person as well, or changed="skip" to leave them with what '
        "they have. Either way, nobody else gets the message again. Or recall the earlier message from them first, so "
        'that they have only the new one: run = ding.campaign("payslip"), then run.recall([...]) with their userids, '
        "and send this plan again. Do not use another name for that: 29 people with an unchanged text would get it "
        "again."
    )
    dingnb.set_language("zh")
    assert caught.value.hint.startswith('changed="resend" 会向 1 人另发新正文；changed="skip" 则不再发给他们。')
    assert caught.value.hint.endswith("请勿为此换用其他名称：内容未变的 29 人会再次收到。")


def test_the_error_for_changed_texts_names_another_name_if_nobody_would_get_a_text_twice(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, PERSONAL).send("payslip")
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(frame, dingnb.text("The office is closed, {{ n }}.")).send("payslip")
    assert caught.value.hint.endswith("If this is another campaign, give it another name.")


def test_the_error_for_changed_texts_names_the_recall_that_lets_the_new_text_replace_the_earlier_one(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 30)
    run = ding.plan(frame, dingnb.text("Closed on Monday.")).send("note").wait()
    right = ding.plan(frame, dingnb.text("Closed on Tuesday."))
    with pytest.raises(ChangedBodyError, match=r"then run\.recall\(\), and send this plan again"):
        right.send("note")
    # One person has the right text already, and shares the call with those who have not.
    mixed = ding.plan(frame.assign(day=["Monday", *["Tuesday"] * 29]), dingnb.text("Closed on {{ day }}."))
    with pytest.raises(ChangedBodyError) as caught:
        mixed.send("note")
    assert "recall" not in caught.value.hint
    assert right.forecast("note").replaceable == "all"
    run.recall(expect=30)
    right.send("note").wait()
    held = [sent["body"]["text"]["content"] for sent in sandbox.state.messages() if not sent["recalled"]]
    assert held == ["Closed on Tuesday."] * 30
    later = ding.plan(frame, dingnb.text("Closed on Wednesday."))
    clock.advance(seconds_to_ns(24 * 3_600 + 1))
    with pytest.raises(ChangedBodyError) as caught:
        later.send("note")
    assert "recall" not in caught.value.hint


def test_the_error_for_changed_texts_says_from_how_many_people_the_earlier_one_may_not_be_recallable(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 5)
    ding.plan(frame[:2], dingnb.text("Closed on Monday.")).send("note").wait()
    clock.advance(seconds_to_ns(24 * 3_600 + 1))
    ding.plan(frame, dingnb.text("Closed on Monday.")).send("note").wait()
    with pytest.raises(ChangedBodyError, match="in this plan was sent to 5 people") as caught:
        ding.plan(frame, dingnb.text("Closed on Tuesday.")).send("note")
    rest = "then run.recall(), and send this plan again. From 2 people, it may not be recallable: what was sent more"
    assert rest in caught.value.hint
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(frame[2:], dingnb.text("Closed on Tuesday.")).send("note")
    assert "then run.recall()" in caught.value.hint
    assert "may not be recallable" not in caught.value.hint


def test_the_error_for_changed_texts_names_no_recall_that_takes_the_right_text_from_somebody(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 30)
    message = dingnb.text("Closed on {{ day }}.")
    ding.plan(frame.assign(day=["Monday"] * 15 + ["Sunday"] * 15), message).send("note").wait()
    # In the first call, one person keeps the text. In the second, nobody does.
    mixed = ding.plan(frame.assign(day=["Monday", *["Tuesday"] * 29]), message)
    with pytest.raises(ChangedBodyError) as caught:
        mixed.send("note")
    assert "recall" not in caught.value.hint
    assert mixed.forecast("note").replaceable == ""
    separate = ding.plan(frame.assign(day=["Monday"] * 15 + ["Tuesday"] * 15), message)
    with pytest.raises(ChangedBodyError, match=r"then run\.recall\(\[\.\.\.\]\) with their userids"):
        separate.send("note")


def test_the_error_for_a_changed_text_names_no_recall_that_takes_another_text_of_the_same_person(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3).loc[[0, 1, 1, 2]].assign(line=[1, 1, 2, 1])
    ding.plan(frame.assign(n=[0, 1, 2, 3]), PERSONAL, key="line").send("invoices").wait()
    # The second person keeps the text of the first line.
    changed = ding.plan(frame.assign(n=[0, 1, 20, 3]), PERSONAL, key="line")
    with pytest.raises(ChangedBodyError) as caught:
        changed.send("invoices")
    assert "recall" not in caught.value.hint
    assert changed.forecast("invoices").replaceable == ""


def test_the_error_for_people_missing_from_the_plan_does_not_advise_what_sends_texts_again(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_month=3))
    ding, frame = connect_to(sandbox), staff(sandbox, 10)
    ding.plan(frame, PERSONAL).send("payslip", check=False)
    with pytest.raises(AbsentRecipientsError) as caught:
        ding.plan(frame[:9], PERSONAL).send("payslip")
    assert caught.value.hint.startswith('Pass absent="send"')
    assert "with an unchanged text would get it again." in caught.value.hint
    with pytest.raises(AbsentRecipientsError) as caught:
        ding.plan(frame[9:].assign(userid="manager01"), PERSONAL).send("payslip")
    assert caught.value.hint.endswith("If this is another campaign, give it another name.")


def test_the_rows_of_a_person_with_several_are_sent_later_without_sending_anything_twice(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    people = staff(sandbox, 10)
    frame = pd.concat([people, people[:1].assign(n=99)], ignore_index=True)
    rejected = ding.plan(frame, PERSONAL).send("payslip").wait().missed()
    assert rejected["hint"].str.startswith("Keep one row, or name the column").all()
    assert rejected["hint"].str.endswith("send these rows alone, with key=... and another name.").all()
    clock.advance(seconds_to_ns(24 * 3_600))
    with pytest.raises(InputError, match="was sent with no key") as caught:
        ding.plan(frame, PERSONAL, key="n").send("payslip")
    start = "Keep one row of each person, and make the plan without key=... Or send only to those who are not in"
    assert caught.value.hint.startswith(start)
    code = caught.value.hint.partition("as well: ")[2]
    eval(code, {"ding": ding, "frame": frame, "message": PERSONAL}).wait()  # noqa: S307 - the code that the error shows
    received = Counter(received["userid"] for received in sandbox.state.messages())
    assert received == {userid: 2 if at == 0 else 1 for at, userid in enumerate(people["userid"])}
    assert ding.campaign("payslip-2").progress.people == 2


def test_a_plan_without_the_key_of_its_campaign_can_be_made_with_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, PERSONAL, key="n").send("payslip")
    with pytest.raises(InputError) as caught:
        ding.plan(frame, PERSONAL).send("payslip")
    assert caught.value.hint.startswith('Make the plan with key=["n"], as before. Or send only to those who')
    assert caught.value.hint.endswith('.send("payslip-2")')


def test_the_campaign_that_is_advised_for_the_other_people_excludes_whom_the_plan_excludes(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 4)
    excluded = frame["userid"].tolist()[2:3]
    ding.plan(frame[:2], PERSONAL).send("payslip")
    with pytest.raises(InputError, match="was sent with no key") as caught:
        ding.plan(frame, PERSONAL, key="n", exclude=excluded).send("payslip")
    names = {"ding": ding, "frame": frame, "message": PERSONAL, "excluded": excluded}
    eval(caught.value.hint.partition("as well: ")[2], names).wait()  # noqa: S307 - the code that the error shows
    received = [received["userid"] for received in sandbox.state.messages()]
    assert sorted(received) == sorted({*frame["userid"]} - {*excluded})


def test_the_campaign_that_is_advised_for_the_other_people_has_an_unused_name(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 4)
    for name in ("payslip", "payslip-2"):
        ding.plan(frame[:2].assign(n=name), PERSONAL, key="n").send(name)
    with pytest.raises(InputError) as caught:
        ding.plan(frame, PERSONAL).send("payslip")
    assert caught.value.hint.endswith('.send("payslip-3")')


@pytest.mark.parametrize("days", [0, 1])
def test_a_correction_that_is_taken_back_needs_a_decision(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, days: int
) -> None:
    frame = staff(sandbox, 3)
    first = ding.plan(frame, PERSONAL)
    wrong = ding.plan(frame.assign(n=[999, 1, 2]), PERSONAL)
    first.send("payslip").wait()
    wrong.send("payslip", changed="resend").wait()
    clock.advance(seconds_to_ns(days * 24 * 3_600))
    assert first.forecast("payslip").changed == 1
    with pytest.raises(ChangedBodyError, match=f"sent to 1 person: row 0 · {frame['userid'][0]}") as caught:
        first.send("payslip")
    assert "Before the different text, 1 person was sent the text of this plan" in caught.value.hint
    # People who keep the wrong text are not shown with the first one.
    kept = first.send("payslip", changed="skip").results()
    assert kept["task_id"][0] == wrong.send("payslip").results()["task_id"][0]
    assert len(sandbox.state.messages()) == 4
    run = first.send("payslip", changed="resend").wait()
    assert run.results()["status"][0] == ("delivered" if days else "filtered")
    texts = [
        sent["body"]["text"]["content"] for sent in sandbox.state.messages() if sent["userid"] == frame["userid"][0]
    ]
    assert texts == ["number 0", "number 999", *["number 0"] * days]
    # Running the cell again sends nothing.
    assert first.send("payslip").results()["task_id"].tolist() == run.results()["task_id"].tolist()
    assert len(sandbox.state.messages()) == 4 + days


def test_changed_texts_are_skipped_or_sent_as_well(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 30)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    changed = ding.plan(frame.assign(n=[1_000, *range(1, 30)]), PERSONAL)
    run = changed.send("payslip", changed="skip")
    assert "although the plan has a different one: 1 person" in repr(run)
    skipped = run.results()
    assert skipped["status"].isin(["delivered", "read"]).all()
    assert sandbox.state.stats()["tasks"] == 30
    run = changed.send("payslip", changed="resend").wait()
    settle(clock)
    assert sandbox.state.stats()["tasks"] == 31
    assert texts_of(sandbox)[frame["userid"][0], "number 1000"] == 1
    assert run.results()["task_id"][0] != skipped["task_id"][0]
    assert changed.send("payslip").results()["task_id"].tolist() == run.results()["task_id"].tolist()
    assert sandbox.state.stats()["tasks"] == 31
    assert len(ding.campaign("payslip").results()) == 30


def test_a_third_text_needs_a_decision_even_if_the_second_was_never_sent(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    used_up = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=1))
    second = used_up.plan(frame.assign(n=[10, 11, 12]), PERSONAL).send("payslip", changed="resend", check=False)
    assert second.results()["status"].eq("queued").all()
    third = ding.plan(frame.assign(n=[20, 21, 22]), PERSONAL)
    with pytest.raises(ChangedBodyError):
        third.send("payslip")
    assert third.send("payslip", changed="skip").results()["status"].isin(["delivered", "read"]).all()
    assert sandbox.state.stats()["tasks"] == 3


def test_a_text_changed_before_sending_replaces_the_first(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_month=10))
    ding = connect_to(sandbox, latency_s=0.3)
    frame = staff(sandbox, 30)
    first = ding.plan(frame, PERSONAL).send("payslip", check=False)
    queued = (first.results()["status"] == "queued").to_numpy()
    assert first.state == "stopped"
    assert 15 <= queued.sum() <= 20
    sandbox.state.reset()
    ding = connect_to(sandbox, latency_s=0.3)
    ding._context = dataclasses.replace(ding._context, realm=first._context.realm)
    changed = frame.assign(n=frame["n"].where(~queued, frame["n"] + 1_000))
    run = ding.plan(changed, PERSONAL).send("payslip", check=False)
    assert run.results().loc[queued, "status"].isin(["accepted", "queued"]).all()
    settle(clock)
    assert all(int(text.split()[1]) >= 1_000 for _, text in texts_of(sandbox))


def test_dropped_people_are_not_sent_to_and_stay_in_the_results(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_month=1))
    ding = connect_to(sandbox)
    frame = staff(sandbox, 250)
    first = ding.plan(frame, dingnb.text("hi")).send("all", check=False)
    assert first.results()["status"].value_counts()["queued"] == 150
    sandbox.state.settings = sandbox.settings
    sandbox.state.call_usage._limits = STANDARD
    dropped = frame.index[200:220]
    fewer = ding.plan(frame.drop(dropped), dingnb.text("hi"))
    with pytest.raises(AbsentRecipientsError, match="to 20 people missing from this plan") as caught:
        fewer.send("all")
    assert "2 calls of this campaign had been made before" in caught.value.what
    assert "Nothing was sent" not in str(caught.value)
    run = fewer.send("all", absent="drop").wait()
    assert "other lists" not in repr(run)
    settle(clock)
    assert sorted(run.results()["userid"]) == sorted(userid for userid, _ in texts_of(sandbox))
    everybody = ding.campaign("all").results()
    assert len(everybody) == 250
    cancelled = everybody[everybody["status"] == "cancelled"]
    assert sorted(cancelled["userid"]) == sorted(frame["userid"][dropped])
    assert cancelled["reason"].eq("A later plan removed this person from the campaign.").all()
    assert first.results().loc[dropped, "status"].eq("cancelled").all()
    assert first.results().drop(dropped)["status"].isin(["delivered", "read"]).all()
    again = ding.plan(frame, dingnb.text("hi")).send("all").wait()
    settle(clock)
    assert again.results()["status"].isin(["delivered", "read"]).all()
    assert set(texts_of(sandbox).values()) == {1}
    assert len(ding.campaign("all").results()) == len(texts_of(sandbox)) == 250


def test_batches_too_large_for_new_limits_are_rebuilt(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, agrees: Agrees, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 250)
    used_up = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=1))
    used_up.plan(frame, dingnb.text("hi")).send("all", check=False)
    fewer = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_minute=60))
    run = fewer.plan(frame, dingnb.text("hi")).send("all").wait()
    sends = [call["people"] for call in sandbox.state.recorded_calls() if call["path"].endswith("asyncsend_v2")]
    assert sends == [100, 50, 60, 40]
    agrees(sandbox.base_url, run.results())
    assert "150 not settled yet" in capsys.readouterr().out


def test_a_name_that_was_used_for_another_plan_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 40)
    ding.plan(frame[:20], PERSONAL).send("payslip")
    with pytest.raises(InputError, match="payslip was already used for a different message to 20 people"):
        ding.plan(frame[20:], dingnb.text("party")).send("payslip")
    with pytest.raises(InputError, match="no key, but this plan has key"):
        ding.plan(frame[:20], PERSONAL, key="n").send("payslip")
    assert ding.plan(frame[20:], PERSONAL).send("payslip").results()["status"].eq("accepted").all()
    assert sandbox.state.stats()["tasks"] == 40


def test_a_key_distinguishes_the_messages_of_one_person(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people = staff(sandbox, 10)
    frame = pd.concat([people, people.assign(n=people["n"] + 100)], ignore_index=True)
    run = ding.plan(frame, PERSONAL, key="n").send("invoices").wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert len(texts_of(sandbox)) == 20
    more = pd.concat([frame, people.assign(n=people["n"] + 200)], ignore_index=True)
    ding.plan(more, PERSONAL, key="n").send("invoices").wait()
    assert len(texts_of(sandbox)) == 30
    assert sandbox.state.stats()["tasks"] == 30
    with pytest.raises(ChangedBodyError):
        ding.plan(frame, dingnb.text("invoice {{ n }}"), key="n").send("invoices")


def test_the_error_of_expect_counts_people_already_sent_to(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 40)
    ding.plan(frame[:34], PERSONAL).send("payslip", expect=34)
    with pytest.raises(InputError, match="40 people, 34 already sent, 6 new") as caught:
        ding.plan(frame, PERSONAL).send("payslip", expect=34)
    assert caught.value.hint == "If that is right, pass expect=40."
    assert ding.plan(frame, PERSONAL).send("payslip", expect=range(30, 41)).state == "finished"


def test_the_error_of_expect_does_not_count_people_whose_text_was_replaced_before_it_was_sent(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 20)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=list(range(9, 99)))
    ding.plan(frame, PERSONAL).send("payslip", check=False)
    corrected = frame.assign(n=frame["n"].where(frame["n"] < 10, 100))
    assert ding.plan(corrected, PERSONAL).send("payslip", check=False).progress.accepted == 8
    with pytest.raises(InputError, match="20 people, 8 already sent, 12 new"):
        ding.plan(corrected, PERSONAL).send("payslip", expect=8)


def test_the_error_of_expect_counts_each_message_of_a_person(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 5)
    ding.plan(people, PERSONAL, key="n").send("invoices")
    more = pd.concat([people, people.assign(n=people["n"] + 100)], ignore_index=True)
    with pytest.raises(InputError, match="10 messages to 5 people, 5 already sent, 5 new"):
        ding.plan(more, PERSONAL, key="n").send("invoices", expect=5)


def test_a_call_without_an_answer_is_repeated_and_delivered_once(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    Loses(ding, lambda call: call in {2, 5})
    began_ns = clock.monotonic_ns()
    run = ding.plan(staff(sandbox, 20), PERSONAL).send("payslip").wait()
    results = run.results()
    assert seconds_to_ns(60) <= clock.monotonic_ns() - began_ns < seconds_to_ns(70)
    assert results["status"].isin(["delivered", "read"]).all()
    assert set(texts_of(sandbox).values()) == {1}
    again = results[results["evidence"] == "duplicate"]
    assert len(again) == 2
    assert again["task_id"].isna().all()
    assert again["read"].isna().all()
    assert (again["attempts"] == 2).all()
    assert (again["code"] == "143106").all()
    assert run.state == "finished"


def test_a_call_lost_before_arrival_is_repeated(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, agrees: Agrees
) -> None:
    Loses(ding, lambda call: call <= 3, arrives=False)
    results = ding.plan(staff(sandbox, 20), PERSONAL).send("payslip").wait().results()
    agrees(sandbox.base_url, results)
    assert (results["evidence"] == "result").all()


def test_outcomes_unknown_after_all_repeats_are_shown_and_can_be_resolved(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 5)
    lost = Loses(ding, lambda call: call % 5 == 0 or call > 5)
    with pytest.raises(IncompleteError, match="unknown whether the message reached 1 person") as caught:
        ding.plan(frame, PERSONAL).send("payslip")
    assert 'run = ding.campaign("payslip")' in caught.value.hint
    assert caught.value.counts == {"accepted": 4, "unknown": 1}
    run = caught.value.campaign
    assert isinstance(run, Campaign)
    assert run.state == "finished"
    assert lost.calls == 4 + 3
    unknown = run.resolve()
    assert isinstance(unknown, pd.DataFrame)
    assert len(unknown) == 1
    assert (unknown["attempts"] == 3).all()
    assert "run.resolve()" in repr(run)
    assert run.resolve("leave") is run
    assert run.results()["status"].value_counts()["unknown"] == 1
    assert run.results().loc[unknown.index, "reason"].tolist() == ["Left unknown, as you decided."]
    assert run.summary().loc["unknown", "todo"] == "They may have received it; you left them unknown."
    assert "run.resolve()" not in repr(run)
    run.retry()
    assert "Not sent again: 1 row, which you left unknown." in capsys.readouterr().out
    run.resolve("delivered")
    assert run.results().loc[unknown.index, "status"].tolist() == ["delivered"]
    assert run.results().loc[unknown.index, "evidence"].isna().all()
    (userid,) = unknown["userid"]
    with pytest.raises(InputError, match=f"No recorded call to {userid} can be recalled") as raised:
        run.recall([userid])
    assert "send a correction under another name" in raised.value.hint
    with pytest.raises(InputError, match="No accepted call of this campaign was sent to nobody"):
        run.recall([userid, "nobody"])
    counts = ding.campaigns().loc[0, ["people", "accepted", "failed", "unknown", "queued"]]
    assert counts.tolist() == [len(frame), len(frame), 0, 0, 0]
    assert run.progress.unknown == 0
    settle(clock)
    assert ding.plan(frame, PERSONAL).send("payslip").results()["status"].value_counts()["delivered"] == 1
    assert lost.calls == 7


@pytest.mark.parametrize("how", ["leave", "delivered"])
def test_a_decision_about_everybody_left_finishes_a_paused_campaign(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, how: Literal["leave", "delivered"]
) -> None:
    lost = Loses(ding, lambda _: True)
    plan = ding.plan(staff(sandbox, 2), PERSONAL)
    run = plan.send("payslip", pause_after=2, check=False, store_content=False)
    assert run.state == "paused"
    run.resolve(how)
    assert (run.state, run.reason) == ("finished", "")
    assert run.wait("sent").message is None
    calls = lost.calls
    plan.send("payslip")
    assert lost.calls == calls


def test_a_decision_leaves_a_campaign_paused_that_has_others_to_send_to(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    Loses(ding, lambda _: True)
    run = ding.plan(staff(sandbox, 60), PERSONAL).send("payslip", pause_after=2, check=False)
    assert run.results()["status"].eq("queued").any()
    run.resolve("leave")
    assert run.state == "paused"


def test_people_about_whom_somebody_decided_count_as_settled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    Loses(ding, lambda _: True)
    plan = ding.plan(staff(sandbox, 60), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False, pause_after=None)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    statuses = run.results()["status"].value_counts()
    assert statuses["unknown"] > 0
    run.resolve("delivered", expect=range(1_000))
    with pytest.raises(CampaignStoppedError, match=f"not settled yet: {statuses['queued']} people"):
        plan.send("payslip")


def test_people_unknown_for_good_do_not_count_as_not_settled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Loses(ding, lambda call: call in {5, 6, 7})
    frame = staff(sandbox, 7)
    assert ding.plan(frame[:5], PERSONAL).send("payslip", check=False).results()["status"].eq("unknown").sum() == 1
    ding.plan(frame, PERSONAL).send("payslip", check=False)
    assert "payslip continues: 7 people, 2 not settled yet" in capsys.readouterr().out
    assert lost.calls == 7 + 2


def test_unknown_people_can_be_sent_to_again(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    lost = Loses(ding, lambda call: call in {5, 6, 7}, arrives=False)
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip", check=False)
    with pytest.raises(InputError, match="expect=2"):
        run.resolve("resend", expect=2)
    run.resolve("resend", expect=1)
    assert lost.calls == 8
    assert run.wait().results()["status"].isin(["delivered", "read"]).all()
    assert set(texts_of(sandbox).values()) == {1}


def test_resending_works_without_waiting(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    lost = Loses(ding, lambda call: call in {5, 6, 7}, arrives=False)
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip", check=False)
    with clock.participating():
        run.resolve("resend", expect=1, wait=False)
        assert lost.calls == 7
        run.wait("sent", check=False)
    assert lost.calls == 8


def test_people_queued_again_count_as_possibly_reached(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 10)
    lost = Loses(ding, lambda call: call <= 3)
    run = ding.plan(frame, dingnb.text("hi")).send("all", check=False)
    # As if the process had died before the first call.
    resolve(run._context, run._number, "resend", unknown=10, queued=0, expect=10)
    with pytest.raises(ChangedBodyError):
        ding.plan(frame, dingnb.text("ho")).send("all")
    with pytest.raises(AbsentRecipientsError):
        ding.plan(frame[:9], dingnb.text("hi")).send("all")
    results = ding.plan(frame[:9], dingnb.text("hi")).send("all", absent="drop").wait().results()
    settle(clock)
    assert lost.calls == 4
    assert results["status"].eq("delivered").all()
    assert results["evidence"].eq("duplicate").all()
    assert results["attempts"].eq(4).all()
    assert ding.campaign("all").results()["status"].value_counts()["unknown"] == 1
    assert len(texts_of(sandbox)) == 10


def test_a_refused_resend_stays_unknown(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, home: Path, clock: VirtualClock
) -> None:
    lost = Loses(ding, lambda call: call <= 3)
    run = ding.plan(staff(sandbox, 1), PERSONAL).send("payslip", check=False)
    with SqliteLedger(home).transaction() as db:
        db.execute("UPDATE batches SET content = CAST(replace(CAST(content AS TEXT), 'text', 'tixt') AS BLOB)")
    with pytest.raises(IncompleteError, match="unknown"):
        run.resolve("resend")
    settle(clock)
    assert lost.calls == 4
    assert len(texts_of(sandbox)) == 1
    assert run.results()["status"].tolist() == ["unknown"]
    assert run.state == "finished"


def lost_and_interrupted(ding: DingTalk, frame: pd.DataFrame, clock: VirtualClock) -> Campaign:
    """Return a campaign with one lost call, interrupted before the repeat."""
    Loses(ding, lambda call: call == 1, arrives=False)
    with clock.participating():
        run = ding.plan(frame, dingnb.text("hi")).send("all", wait=False)
        clock.advance(seconds_to_ns(5))
        view_of(run).control.interrupt()
    run.wait("sent", check=False)
    return run


def test_a_repeat_goes_only_to_people_still_in_the_plan(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 100)
    run = lost_and_interrupted(ding, frame, clock)
    assert run.state == "interrupted"
    with pytest.raises(AbsentRecipientsError, match="10 people"):
        ding.plan(frame[:90], dingnb.text("hi")).send("all")
    left = ding.plan(frame[:90], dingnb.text("hi")).send("all", absent="drop").wait()
    assert left.results()["status"].isin(["delivered", "read"]).all()
    assert sorted(userid for userid, _ in texts_of(sandbox)) == sorted(frame["userid"][:90])
    rest = run.results()[90:]
    assert set(rest["status"].astype(str)) == {"unknown"}
    assert rest["reason"].str.contains("A later plan removed this person from the campaign").all()


def test_people_returning_after_the_repeat_need_a_decision(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 100)
    lost_and_interrupted(ding, frame, clock)
    ding.plan(frame[:90], dingnb.text("hi")).send("all", absent="drop").wait()
    with pytest.raises(IncompleteError, match="unknown whether the message reached 10 people"):
        ding.plan(frame, dingnb.text("hi")).send("all")
    run = ding.campaign("all")
    unknown = run.results()["status"] == "unknown"
    assert unknown.sum() == 10
    with pytest.raises(InputError, match="not sent to again under this name"):
        run.resolve("resend", expect=10)
    ding.plan(run.results().loc[unknown, ["userid"]], dingnb.text("hi")).send("all-2")
    settle(clock)
    assert len(texts_of(sandbox)) == 100


def test_near_beijing_midnight_nothing_is_repeated(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    # From 9 in the morning to 23:50.
    clock.advance(seconds_to_ns(14 * 3_600 + 50 * 60))
    lost = Loses(ding, lambda call: call == 1)
    results = ding.plan(staff(sandbox, 3), PERSONAL).send("payslip", check=False).results()
    assert lost.calls == 3
    assert results["status"].astype(str).tolist().count("unknown") == 1


def test_the_files_are_private_and_contain_no_secrets(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, home: Path
) -> None:
    plan = ding.plan(staff(sandbox, 3), PERSONAL)
    plan.send("payslip").wait()
    token = ding.token().reveal()
    files = [path for path in home.iterdir() if path.is_file()]
    assert LEDGER_FILE in {path.name for path in files}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_bytes().decode("latin-1")
        assert token not in content
        assert sandbox.settings.app_secret not in content
        assert sandbox.settings.app_key not in content
    assert os.fspath(home) == os.environ["DINGNB_HOME"]


def test_texts_can_be_left_out_of_the_ledger(sandbox: RunningSandbox, ding: DingTalk, staff: Staff, home: Path) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, PERSONAL).send("payslip", store_content=False).wait()
    with SqliteLedger(home).connection() as db:
        rows = db.execute("SELECT content, hash FROM batches").fetchall()
    assert [content for content, _ in rows] == [None] * 3
    assert rows[0][1] == digest_of(
        json.dumps({"msgtype": "text", "text": {"content": "number 0"}}).replace(": ", ":").replace(", ", ",").encode()
    )
    assert ding.plan(frame, PERSONAL).send("payslip").results()["status"].isin(["delivered", "read"]).all()
    assert "In this plan, 3 people were already sent exactly this text today" in repr(ding.plan(frame, PERSONAL))
    with pytest.raises(ChangedBodyError):
        ding.plan(frame.assign(n=5), PERSONAL).send("payslip")
    more = pd.concat([frame, staff(sandbox, 4)[3:]])
    assert ding.plan(more, PERSONAL).send("payslip").wait().results()["status"].isin(["delivered", "read"]).all()
    assert sandbox.state.stats()["tasks"] == 4


def test_a_duplicate_is_found_if_one_of_two_campaigns_keeps_no_texts(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    ding.plan(frame, dingnb.text("hi")).send("first").wait()
    Loses(ding, lambda call: call == 1, arrives=False)
    results = ding.plan(frame, dingnb.text("hi")).send("second", store_content=False).wait().results()
    assert results["status"].eq("delivered").all()
    assert results["reason"].str.contains("from campaign first").all()


def test_campaigns_are_listed_and_found_by_name(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    assert ding.campaigns().empty
    with pytest.raises(InputError, match="no campaign 'a'"):
        ding.campaign("a")
    run = ding.plan(staff(sandbox, 30), PERSONAL).send("a").wait()
    ding.plan(staff(sandbox, 3), dingnb.text("b")).send("b")
    listed = ding.campaigns()
    assert sorted(listed["name"]) == ["a", "b"]
    row = listed.set_index("name").loc["a"]
    assert (row["state"], row["people"], row["accepted"], row["calls"]) == ("finished", 30, 30, 30)
    found = ding.campaign("a")
    pd.testing.assert_frame_equal(found.results(), run.results())
    assert repr(found) == repr(run)


def test_people_of_earlier_lists_whom_the_progress_counts_are_named(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame, note = staff(sandbox, 6), dingnb.text("hi")
    assert "other lists" not in repr(ding.plan(frame[:3], note).send("all"))
    run = ding.plan(frame[2:], note).send("all")
    assert run.progress.people == 6
    assert 'counted in its progress: 2 people of other lists. ding.campaign("all") has all.' in repr(run)
    assert "other lists" not in repr(ding.campaign("all"))


def test_messages_of_earlier_keys_that_the_progress_counts_are_named(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 6)
    assert "other lists" not in repr(ding.plan(frame, PERSONAL, key="n").send("all"))
    # The key is corrected in one row.
    run = ding.plan(frame.assign(n=[100, *range(1, 6)]), PERSONAL, key="n").send("all").wait()
    assert (run.progress.people, len(run.results())) == (7, 6)
    assert 'counted in its progress: 1 message of other lists. ding.campaign("all") has all.' in repr(run)
    assert "other lists" not in repr(ding.campaign("all"))
    assert len(ding.campaign("all").results()) == 7


def test_the_note_about_other_lists_agrees_with_the_progress_when_keys_are_combined(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    person = staff(sandbox, 1)["userid"][0]
    frame = pd.DataFrame({"userid": [person] * 2, "invoice": ["1", "2"], "n": [1, 2]})
    ding.plan(frame, PERSONAL, key="invoice").send("invoices")
    run = ding.plan(frame.assign(n=3), PERSONAL, key="invoice").send("invoices", changed="resend")
    assert run.progress.people == 1
    assert "other lists" not in repr(run)


def test_the_error_for_changed_texts_says_who_may_not_have_got_the_first(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    sandbox.state.faults.add("drop_before", path="asyncsend_v2", nth=list(range(1, 60)))
    ding.plan(people, PERSONAL).send("hi", check=False)
    sandbox.state.faults.clear()
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(people, dingnb.text("other {{ n }}")).send("hi")
    assert "Of these, it is unknown whether 2 people got it." in caught.value.what
    assert "run.resolve()" in caught.value.hint


def test_the_error_for_changed_texts_does_not_offer_to_resolve_those_whose_message_was_filtered(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    plan = ding.plan(people, PERSONAL)
    plan.test(people["userid"][0])
    run = plan.send("hi").wait(check=False)
    assert run.resolve().empty
    with pytest.raises(ChangedBodyError) as caught:
        ding.plan(people, dingnb.text("other {{ n }}")).send("hi")
    assert "Of these, DingTalk dropped the message to 1 person as a duplicate" in caught.value.what
    assert "unknown" not in caught.value.what
    assert "resolve" not in caught.value.hint


def test_a_new_key_is_sent_although_its_text_is_that_of_an_earlier_key(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    message = dingnb.text("{{ n }}, your order has shipped.")
    people = staff(sandbox, 2)
    ding.plan(people.assign(order="A1"), message, key="order").send("orders").wait()
    clock.advance(seconds_to_ns(24 * 3_600))
    run = ding.plan(people.assign(order="B2"), message, key="order").send("orders").wait()
    assert Counter(received["userid"] for received in sandbox.state.messages()) == dict.fromkeys(people["userid"], 2)
    assert (run.results()["sent_at"] > pd.Timestamp("2026-11-03", tz="Asia/Shanghai")).all()
    # Running the cell again sends nothing.
    ding.plan(people.assign(order="B2"), message, key="order").send("orders").wait()
    assert len(sandbox.state.messages()) == 4


def test_keys_that_pandas_turns_into_floats_are_not_sent_again(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    message = dingnb.text("Your invoice {{ invoice }} is due.")
    people = staff(sandbox, 2)
    ding.plan(people.assign(invoice=[1001, 1002]), message, key="invoice").send("invoices").wait()
    clock.advance(seconds_to_ns(24 * 3_600))
    again = people.assign(invoice=[1001, 1002])
    again = pd.concat([again, people[:1]], ignore_index=True)
    assert again["invoice"].dtype == float
    run = ding.plan(again, message, key="invoice").send("invoices").wait()
    assert len(sandbox.state.messages()) == 2
    assert run.results()["status"].tolist() == ["delivered", "delivered", "rejected"]


@pytest.mark.parametrize("changed", ["error", "skip", "resend"])
def test_a_new_key_in_a_list_that_grows_is_sent_and_has_its_own_status(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, changed: Any
) -> None:
    message = dingnb.text("{{ n }}, your order has shipped.")
    people = staff(sandbox, 2)
    ding.plan(people.assign(order="A1"), message, key="order").send("orders").wait()
    clock.advance(seconds_to_ns(24 * 3_600))
    grown = pd.concat([people.assign(order="A1"), people.assign(order="B2")], ignore_index=True)
    for _ in range(2):
        plan = ding.plan(grown, message, key="order")
        if plan.forecast("orders").new:
            assert plan.forecast("orders").people_sent_to(changed) == 2
        sent_at = plan.send("orders", changed=changed).wait().results()["sent_at"]
        assert sent_at.dt.day.tolist() == [2, 2, 3, 3]
        assert Counter(received["userid"] for received in sandbox.state.messages()) == dict.fromkeys(
            people["userid"], 2
        )
    assert len(ding.campaign("orders").results()) == 4


def test_a_new_key_shares_the_equal_text_that_is_still_queued(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    message = dingnb.text("{{ n }}, your order has shipped.")
    people = staff(sandbox, 6)
    limited = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=3))
    limited.plan(people.assign(order="A1"), message, key="order").send("orders", check=False)
    grown = pd.concat([people.assign(order="A1"), people.assign(order="B2")], ignore_index=True)
    run = ding.plan(grown, message, key="order").send("orders", absent="error").wait()
    for _ in range(2):
        # Those who had the first message get one of their own for the new key, which DingTalk drops on the same day.
        statuses = run.results()["status"].tolist()
        assert statuses == ["delivered"] * 6 + ["filtered"] * 3 + ["delivered"] * 3
        assert Counter(received["userid"] for received in sandbox.state.messages()) == dict.fromkeys(
            people["userid"], 1
        )
        clock.advance(seconds_to_ns(24 * 3_600))
        run = ding.plan(grown, message, key="order").send("orders").wait()


def test_one_key_of_two_that_shared_a_text_keeps_it_when_the_other_gets_another(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    message = dingnb.text("{{ n }}: {{ what }}")
    people = staff(sandbox, 2)
    both = pd.concat([people.assign(order="A1", what="shipped"), people.assign(order="B2", what="shipped")])
    ding.plan(both, message, key="order").send("orders").wait()
    late = both.assign(what=["shipped"] * 2 + ["late"] * 2)
    run = ding.plan(late, message, key="order").send("orders", changed="resend").wait()
    assert len(sandbox.state.messages()) == 4
    assert run.results()["status"].eq("delivered").all()
    assert run.results()["task_id"].nunique() == 4


def test_people_who_have_the_message_keep_their_status_when_a_later_list_rejects_their_row(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    people = staff(sandbox, 5).assign(name=list("abcde"))
    message = dingnb.text("Hi {{ name }}")
    ding.plan(people.head(4), message).send("hi").wait()
    people.loc[1, "name"] = people.loc[4, "name"] = None
    run = ding.plan(people, message, exclude=people["userid"].head(1)).send("hi").wait()
    results = run.results()
    assert results["status"].tolist() == ["delivered"] * 4 + ["rejected"]
    assert results["reached"].tolist() == [True] * 4 + [False]
    assert results["task_id"].notna().tolist() == [True] * 4 + [False]
    assert results["reason"].isna().tolist() == [True] * 4 + [False]
    assert results["hint"].iloc[0] == "The latest list leaves this row out: This person is excluded."
    assert "'name' is empty" in results["hint"].iloc[1]
    assert run.missed()["userid"].tolist() == people["userid"].tolist()[4:]
    assert run.summary()["people"].to_dict() == {"rejected": 1, "delivered": 4}
    assert "of other lists" not in repr(run)
    assert view_of(run).results.trace(0).content
    # A person who has been excluded is not reminded either.
    assert run.remind(dingnb.text("A reminder")).people == 3
    clock.advance(seconds_to_ns(24 * 3_600))
    run.retry()
    assert len(sandbox.state.messages()) == 4


def test_a_person_of_unknown_outcome_stays_unknown_when_a_later_list_excludes_them(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    sandbox.state.faults.add("drop_before", path="asyncsend_v2", nth=list(range(1, 30)))
    ding.plan(people, PERSONAL).send("hi", check=False).wait("sent", check=False)
    sandbox.state.faults.clear()
    run = ding.plan(people, PERSONAL, exclude=people["userid"].head(1)).send("hi", check=False)
    assert run.results()["status"].tolist()[0] == ding.campaign("hi").results()["status"].tolist()[0] == "unknown"


def test_a_test_sends_one_sample_to_one_person(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame[1:], PERSONAL)
    me = frame["userid"][0]
    test = plan.test(me, 3)
    assert f'run = ding.campaign("{test.name}")' in repr(test)
    first = test.wait().results()
    assert first["userid"].tolist() == [me]
    assert list(texts_of(sandbox)) == [(me, "number 3")]
    plan.test(f" {me} ", position=2)
    assert sandbox.state.stats()["tasks"] == 1
    plan.test(me)
    assert sandbox.state.stats()["tasks"] == 2
    plan.test(me, label=1)
    assert sandbox.state.stats()["tasks"] == 2
    with pytest.raises(InputError, match="comma"):
        plan.test("a,b")
    with pytest.raises(InputError, match="needs a userid"):
        plan.test("")
    with pytest.raises(InputError):
        plan.test(me, 99)


def test_the_bodies_of_a_plan(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 250).assign(city=["北京"] * 150 + ["上海"] * 100)
    bodies = ding.plan(frame, dingnb.text("{{ city }}")).bodies()
    assert bodies["people"].tolist() == [150, 100]
    assert bodies["calls"].tolist() == [2, 1]
    assert bodies["bytes"].tolist() == [len(body.encode()) for body in bodies["body"]]
    assert "北京" in bodies["body"][0]


def test_a_campaign_can_be_paused_and_resumed(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, agrees: Agrees
) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox, latency_s=0.2)
    run = ding.plan(staff(sandbox, 200), PERSONAL).send("payslip", wait=False)
    clock.advance(seconds_to_ns(2))
    assert run.state == "running"
    run.pause()
    run.wait("sent", check=False)
    assert run.state == "paused"
    sent = run.results()["status"].value_counts()
    assert 0 < sent["accepted"] < 100
    assert sent["accepted"] + sent["queued"] == 200
    assert run.resume(wait=True).state == "finished"
    agrees(sandbox.base_url, run.wait().results())


def test_a_paused_campaign_can_be_resumed_while_draining(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, agrees: Agrees
) -> None:
    with clock.participating():
        run = connect_to(sandbox, latency_s=3).plan(staff(sandbox, 100), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        run.pause()
        assert run.state == "running"
        run.resume(wait=False)
    run.wait("sent", check=False)
    assert run.state == "finished"
    agrees(sandbox.base_url, run.wait().results())


def test_a_call_that_waits_for_its_start_is_not_counted_as_left(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 5)
    ding.plan(frame[:4], dingnb.text("number {{ n }}")).send("note")
    plan = ding.plan(frame, dingnb.text("number {{ n }}"))
    with clock.participating():
        run = plan.send("note", wait=False)
        while run.results()["status"].iloc[-1] != "sending":
            clock.advance(1_000)
        run.pause()
        expected = "4 calls of this campaign had been made before, and 1 call may have been"
        with pytest.raises(CampaignStoppedError, match=expected):
            plan.send("note")
        run.wait("sent", check=False)
    with pytest.raises(CampaignStoppedError, match=r"4 calls of this campaign had been made before[.]"):
        plan.send("note")
    assert sandbox.state.stats()["tasks"] == 4


def test_a_first_call_that_waits_for_its_start_may_have_been_made(
    ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    ding.plan(staff(ding.sandbox, 1), dingnb.text("hi")).send("first")
    plan = ding.plan(staff(ding.sandbox, 1), dingnb.text("hello"))
    with clock.participating():
        run = plan.send("note", wait=False)
        while run.results()["status"].iloc[0] != "sending":
            clock.advance(1_000)
        run.pause()
        with pytest.raises(CampaignStoppedError, match=r"; 1 call of this campaign may have been made before\."):
            plan.send("note")
        run.wait("sent", check=False)


def test_an_interrupt_before_the_wait_stops_sending_too(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupts(io.StringIO):
        def flush(self) -> None:
            raise KeyboardInterrupt

    ding = connect_to(sandbox, latency_s=0.2)
    frame = staff(sandbox, 200)
    ding.plan(frame[:5], PERSONAL).send("payslip")
    plan = ding.plan(frame, PERSONAL)
    with clock.participating(), monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Interrupts())
        with pytest.raises(KeyboardInterrupt) as raised:
            plan.send("payslip")
    assert str(raised.value).startswith("Campaign payslip is not complete. Interrupted: ")
    assert 'To continue: run = ding.campaign("payslip"), then run.resume().' in str(raised.value)
    clock.advance(seconds_to_ns(60))
    run = ding.campaign("payslip")
    assert run.state == "interrupted"
    assert run.progress.accepted < 100
    run.resume()
    assert set(texts_of(sandbox).values()) == {1}
    assert run.results()["status"].eq("accepted").all()


def test_an_interrupt_of_the_wait_for_results_says_how_to_find_the_campaign(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupts(io.StringIO):
        def flush(self) -> None:
            raise KeyboardInterrupt

    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip")
    waits: list[tuple[dict[str, Any], str]] = [
        ({}, "run.wait()"),
        ({"until": "read"}, 'run.wait("read")'),
        ({"until": "read", "share": 0.8}, 'run.wait("read", share=0.8)'),
        ({"until": "read", "share": np.float64(0.8)}, 'run.wait("read", share=0.8)'),
    ]
    for arguments, code in waits:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", Interrupts())
            with pytest.raises(KeyboardInterrupt) as raised:
                run.wait(**arguments)
        assert str(raised.value).endswith(f'run = ding.campaign("payslip"), then {code}.')
    assert ding.campaign("payslip").wait().state == "finished"


def test_an_interrupt_before_the_thread_of_sending_leaves_nothing_running(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is exit_status.register.__code__:
            raise KeyboardInterrupt

    plan = ding.plan(staff(sandbox, 5), PERSONAL)
    sys.setprofile(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            plan.send("payslip")
    finally:
        sys.setprofile(None)
    run = ding.campaign("payslip")
    assert run.state == "interrupted"
    assert run.resume(wait=True).wait().state == "finished"
    assert set(texts_of(sandbox).values()) == {1}


def test_consecutive_failures_pause_the_campaign_with_the_reason(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    Loses(ding, lambda _: True, arrives=False)
    run = ding.plan(staff(sandbox, 100), PERSONAL).send("payslip", pause_after=5, check=False)
    assert run.state == "paused"
    counts = run.results()["status"].value_counts()
    assert 5 <= counts["unknown"] <= 25
    assert counts["unknown"] + counts["queued"] == 100
    assert "5 calls failed in a row" in repr(run)
    assert ding.campaigns()["reason"][0].startswith("Paused after 5 calls")


def test_progress_is_a_stream_of_records(sandbox: RunningSandbox, connect_to: Connect, staff: Staff) -> None:
    limits = dataclasses.replace(STANDARD, people_per_minute=20)
    ding = connect_to(sandbox, latency_s=0.1, limits=limits)
    run = ding.plan(staff(sandbox, 50), PERSONAL).send("payslip", wait=False)
    records = []
    end = view_of(run).control.follow(records.append)
    run.wait("sent", check=False)
    end()
    assert records[-1].state == "finished"
    assert (records[-1].accepted, records[-1].people) == (50, 50)
    assert [record.accepted for record in records] == sorted(record.accepted for record in records)
    waits = [record for record in records if record.waiting_for == "people"]
    assert any("20 people a minute" in wait.text for wait in waits)
    assert all(0 < wait.waiting_s <= 61 for wait in waits)
    assert max(record.calls_per_second for record in records) <= 20
    assert run.progress.accepted == 50


def test_an_error_in_a_follower_does_not_interrupt_sending(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Progress) -> None:
        message = "no such widget"
        raise RuntimeError(message)

    run = connect_to(sandbox, latency_s=0.1).plan(staff(sandbox, 50), PERSONAL).send("payslip", wait=False)
    records: list[Progress] = []
    view_of(run).control.follow(fail)
    view_of(run).control.follow(records.append)
    run.wait("sent", check=False)
    assert run.state == "finished"
    assert run.results()["status"].eq("accepted").all()
    assert records[-1].accepted == 50
    assert capsys.readouterr().err.count("no such widget") == 1


def test_a_used_up_quota_ends_a_campaign_cleanly(sandbox: RunningSandbox, connect_to: Connect, staff: Staff) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=12))
    plan = ding.plan(staff(sandbox, 30), PERSONAL)
    assert "0 calls" in repr(plan)
    assert "60 calls, but at most 12 are left" in repr(plan)
    run = plan.send("payslip", check=False)
    assert run.state == "stopped"
    assert sandbox.state.stats()["tasks"] == 12
    assert "12 calls" in repr(run)
    assert run.results()["status"].value_counts()["queued"] == 18
    more = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=100))
    assert more.plan(staff(sandbox, 30), PERSONAL).send("payslip").state == "finished"
    assert sandbox.state.stats()["tasks"] == 30


def test_the_ledger_and_the_sandbox_count_the_same_calls(sandbox: RunningSandbox, ding: DingTalk, home: Path) -> None:
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in sandbox.state.users() if user["active"]][:10]})
    ding.plan(frame, dingnb.text("hi"), to="mobile").send("a").wait()
    people = ding.people(everybody=True)
    ding.plan(people[:3], dingnb.text("hi"), check="login")
    ding.call(
        "/topapi/message/corpconversation/getsendprogress",
        {"agent_id": 1_000_001, "task_id": int(ding.campaign("a").results()["task_id"][0])},
    )
    with SqliteLedger(home).connection() as db:
        counted = db.execute("SELECT sum(n) FROM calls").fetchone()[0]
        assert [row.name for row in campaigns.find_all(db)] == ["a"]
    assert counted == sandbox.state.stats()["calls_counted"]


def test_a_token_request_without_an_answer_is_repeated(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    sandbox.state.faults.add("drop_after", path="/v1.0/oauth2/accessToken", nth=[1, 2])
    assert ding.plan(staff(sandbox, 3), PERSONAL).send("payslip").state == "finished"
    assert sandbox.state.stats()["tasks"] == 3


def test_a_batch_that_can_never_be_sent_raises(open_sandbox: Open, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox()
    used_up = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=1))
    used_up.plan(staff(sandbox, 250), dingnb.text("hi")).send("all", check=False)
    fewer = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_minute=60))
    run = fewer.campaign("all").resume(check=False)
    assert run.state == "stopped"
    assert "60 people a minute are allowed" in repr(run)
    assert sandbox.state.stats()["tasks"] == 1


@pytest.mark.parametrize("months", [["10 ", "11\u3000"], ["１０", "１１"]])
@pytest.mark.parametrize("is_other_way_round", [False, True])
def test_keys_that_differ_in_width_or_blanks_around_them_are_the_same(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, months: list[str], *, is_other_way_round: bool
) -> None:
    people = staff(sandbox, 2)
    first, second = (people.merge(pd.DataFrame({"month": values}), how="cross") for values in (["10", "11"], months))
    if is_other_way_round:
        first, second = second, first
    note = dingnb.text("payslip {{ n }} of {{ month }}")
    ding.plan(first, note, key="month").send("payslip").wait()
    with pytest.raises(ChangedBodyError):
        ding.plan(second, note, key="month").send("payslip")
    ding.plan(second, note, key="month").send("payslip", changed="skip").wait()
    assert sandbox.state.stats()["tasks"] == 4


def test_keys_of_an_earlier_version_are_compared_in_their_normal_form() -> None:
    row = BatchRow(1, "a,b", json.dumps([["１０ \x1fx "], ["11"]]), "accepted", b"", is_repeat=False)
    assert list(identities_of(row)) == [(0, (("a", "10\x1fx"),)), (1, (("b", "11"),))]


@pytest.fixture
def lost(sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock) -> pd.DataFrame:
    """Return three people, of whom the first two are unknown for good in the campaign "note": they have the message."""
    people = staff(sandbox, 3)
    clock.advance(seconds_to_ns(14 * 3_600 + 55 * 60))
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=[1])
    ding.plan(people[:2], dingnb.text("same")).send("note", check=False)
    sandbox.state.faults.clear()
    clock.advance(seconds_to_ns(3_600))
    return people


def test_a_decision_is_refused_while_others_of_the_campaign_are_not_shown(
    sandbox: RunningSandbox, ding: DingTalk, lost: pd.DataFrame
) -> None:
    run = ding.plan(lost.iloc[[0, 2]], dingnb.text("same")).send("note", check=False)
    assert len(run.resolve()) == 1  # type: ignore[arg-type]
    for how in ("resend", "leave", "delivered"):
        with pytest.raises(InputError, match="also unknown for 1 person of other lists") as caught:
            run.resolve(how, expect=1)  # type: ignore[arg-type]
        assert 'run = ding.campaign("note"), then run.resolve()' in caught.value.hint
    ding.campaign("note").resolve("delivered", expect=2)
    assert run.wait().results()["status"].tolist() == ["delivered", "delivered"]
    assert len(sandbox.state.messages()) == 3


def test_people_whom_a_later_list_excludes_are_not_sent_to_again_by_a_decision(
    sandbox: RunningSandbox, ding: DingTalk, lost: pd.DataFrame
) -> None:
    excluded = lost["userid"][0]
    run = ding.plan(lost, dingnb.text("same"), exclude=[excluded]).send("note", check=False)
    run = ding.campaign("note")
    run.resolve("resend", expect=1)
    run.wait(check=False)
    assert Counter(message["userid"] for message in sandbox.state.messages())[excluded] == 1
    results = run.wait(check=False).results().set_index("userid")
    assert results["status"].tolist() == ["unknown", "delivered", "delivered"]
    assert (run.progress.accepted, run.progress.unknown) == (2, 1)


@pytest.mark.parametrize("left", ["dropped", "excluded", "decided"])
def test_who_is_left_out_after_an_interrupted_resend_is_not_sent_to(
    sandbox: RunningSandbox, ding: DingTalk, lost: pd.DataFrame, left: str
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=[1])
    run = ding.campaign("note")
    with pytest.raises(DingError):
        run.resolve("resend")
    sandbox.state.faults.clear()
    assert run.results()["status"].tolist() == ["unknown"] * 2
    assert run.results()["reached"].isna().all()
    assert run.missed().empty
    assert "run.resume() sends it again" in run.results()["hint"][0]
    if left == "decided":
        run.resolve("leave", expect=2)
    exclude = lost["userid"][:2].tolist() if left == "excluded" else None
    rows = lost if left == "excluded" else lost[2:]
    ding.plan(rows, dingnb.text("same"), exclude=exclude).send("note", absent="drop", check=False)
    run.wait(check=False)
    assert Counter(message["userid"] for message in sandbox.state.messages()) == dict.fromkeys(lost["userid"], 1)
    assert ding.campaign("note").results()["status"].tolist() == ["unknown", "unknown", "delivered"]
    progress = ding.campaign("note").progress
    assert (progress.accepted, progress.unknown) == (1, 2)
    assert run.state == "finished"


@pytest.mark.parametrize("left", ["dropped", "excluded"])
def test_who_is_left_out_before_a_newer_text_left_keeps_the_earlier_one(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, left: str
) -> None:
    people = staff(sandbox, 3)
    ding.plan(people[:2], dingnb.text("old")).send("note").wait()
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=[1])
    ding.plan(people, dingnb.text("new")).send("note", changed="resend", check=False)
    sandbox.state.faults.clear()
    exclude = people["userid"][:2].tolist() if left == "excluded" else None
    rows = people if left == "excluded" else people[2:]
    run = ding.plan(rows, dingnb.text("new"), exclude=exclude).send("note", absent="drop").wait()
    stored = ding.campaign("note")
    assert stored.results()["status"].tolist() == ["delivered"] * 3
    assert stored.missed().empty
    assert run.results()["status"].eq("delivered").all()
    texts = [message["body"]["text"]["content"] for message in sandbox.state.messages()]
    assert texts == ["old", "old", "new"]
    with pytest.raises(ChangedBodyError):
        ding.plan(people, dingnb.text("new")).send("note")


@pytest.mark.parametrize("by", ["userid", "mobile"])
def test_who_is_excluded_later_keeps_the_status_and_is_not_reminded_by_name(
    sandbox: RunningSandbox, ding: DingTalk, by: str
) -> None:
    users = sandbox.state.users(3)
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in users], "name": list("abc")})
    note = dingnb.text("Hello {{ name }}")
    ding.plan(frame, note, to="mobile").send("hello").wait()
    run = ding.plan(frame, note, to="mobile", exclude=[users[0][by]]).send("hello")
    assert run.results()["status"].tolist() == ["delivered"] * 3
    assert run.results()["userid"].tolist() == [user["userid"] for user in users]
    assert run.missed().empty
    for shown in (run, ding.campaign("hello")):
        assert shown.remind(note).to_frame()["userid"].tolist() == [user["userid"] for user in users[1:]]


def test_people_whose_row_the_newest_plan_rejects_are_counted_before_they_are_sent_to_again(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people, note = staff(sandbox, 3).astype({"n": object}), dingnb.text("{{ n }}")
    sandbox.state.faults.add("drop_before", path="asyncsend_v2", nth=list(range(1, 60)))
    ding.plan(people, note).send("hi", check=False)
    sandbox.state.faults.clear()
    people.loc[0, "n"] = None
    run = ding.plan(people, note).send("hi", check=False)
    assert run.results()["status"].tolist() == ["unknown"] * 3
    with pytest.raises(InputError, match="3 people"):
        run.resolve("resend", expect=2)
    run.resolve("resend", expect=3)
    assert sandbox.state.stats()["tasks"] == 3


def test_people_with_unknown_outcome_who_are_dropped_leave_the_campaign_complete(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding, frame = connect_to(sandbox), staff(sandbox, 6)
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", times=100)
    with pytest.raises(IncompleteError):
        ding.plan(frame[:5], PERSONAL).send("note")
    sandbox.state.faults.clear()
    # No further repeat is safe.
    clock.advance(seconds_to_ns(100_000))
    ding.plan(frame[5:], PERSONAL).send("note", absent="drop")
    assert ding.campaign("note").wait().results()["status"].tolist() == ["unknown"] * 5 + ["delivered"]
