"""Texts that change and return under one name: counts, and decisions that are required."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.client import DingTalk
from dingnb.errors import ChangedBodyError
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
TEXT = dingnb.text("{{ text }}")


def delivered_to(results: pd.DataFrame) -> set[str]:
    return set(results.loc[results["status"].isin(["delivered", "read"]), "userid"])


def everybody(frame: pd.DataFrame) -> set[str]:
    return set(frame["userid"])


def test_a_returning_first_text_needs_a_decision_for_people_with_the_second(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 20)
    first, second = frame.assign(text="first"), frame.assign(text="second")
    missed_first = set(ding.plan(first, TEXT).send("note").wait().missed()["userid"])
    missed_second = set(ding.plan(second, TEXT).send("note", changed="resend").wait().missed()["userid"])
    asked, missed_both = everybody(frame) - missed_second, missed_first & missed_second
    assert len(asked) > 2
    assert len(missed_both) > 2
    with pytest.raises(ChangedBodyError, match=f"{len(asked)} people"):
        ding.plan(first, TEXT).send("note")
    run = ding.plan(first, TEXT).send("note", changed="skip").wait()
    assert (
        delivered_to(run.results())
        == {message["userid"] for message in sandbox.state.messages()}
        == everybody(frame) - missed_both
    )
    assert view_of(run).results.delivery_counts().delivered == 20 - len(missed_both)
    # People who missed both are recorded with the first text, and can get it.
    assert set(run.missed().loc[run.missed()["retry_at"].notna(), "userid"]) == missed_both
    while not run.missed().empty:
        run.retry().wait()
    assert len(sandbox.state.messages()) == 40 - len(missed_first) - len(missed_second) + len(missed_both)
    assert delivered_to(ding.campaign("note").results()) == everybody(frame)
    counts = view_of(run).results.delivery_counts()
    assert ding.campaigns().iloc[0]["people"] == counts.people == counts.delivered == 20


def test_a_text_shared_by_two_keys_of_which_one_changes_counts_for_both(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    person = staff(sandbox, 1)["userid"][0]
    frame = pd.DataFrame({"userid": [person] * 2, "invoice": ["1", "2"], "text": ["same", "same"]})
    ding.plan(frame, TEXT, key="invoice").send("note")
    assert ding.campaigns().iloc[0]["people"] == 1
    other = frame.assign(text=["changed", "same"])
    ding.plan(other, TEXT, key="invoice").send("note", changed="resend")
    assert ding.campaigns().iloc[0]["people"] == 2
    # The last message for the first key has another text.
    with pytest.raises(ChangedBodyError, match="1 person"):
        ding.plan(frame, TEXT, key="invoice").send("note")
    ding.plan(frame, TEXT, key="invoice").send("note", changed="skip")
    assert ding.campaigns().iloc[0]["people"] == 2
    assert sandbox.state.stats()["tasks"] == 2


def test_two_texts_of_two_keys_that_become_one_count_once(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    person = staff(sandbox, 1)["userid"][0]
    frame = pd.DataFrame({"userid": [person] * 2, "invoice": ["1", "2"], "text": ["one", "two"]})
    ding.plan(frame, TEXT, key="invoice").send("note")
    ding.plan(frame.assign(text="both"), TEXT, key="invoice").send("note", changed="resend")
    assert ding.campaigns().iloc[0]["people"] == 1
    assert len(ding.campaign("note").results()) == 1


def test_the_label_of_a_key_may_be_any_text(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    label = "账单\ud83d\0"
    frame = pd.concat([staff(sandbox, 2)] * 2, ignore_index=True).assign(**{label: ["1", "1", "2", "2"]})
    for _ in range(2):
        run = ding.plan(frame, dingnb.text("bill"), key=label).send("bills")
        assert len(run.results()) == 4
