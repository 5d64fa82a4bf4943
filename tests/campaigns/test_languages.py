"""The ledger stores no sentences: campaigns sent in one language are displayed in the other."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import IncompleteError
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox
from dingnb.words import Text, set_language

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[A-Za-z]{3,} [a-z]{2,}")
LEFT_IN_MAY = "离职 in May"


def halted(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> DingTalk:
    """Send to people with various outcomes, and pause sending."""
    sandbox = open_sandbox(failed_share=0.4)
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2", nth=[8, 9, 10])
    ding = connect_to(sandbox)
    people = staff(sandbox, 20)
    ding.exclusions.add("left", people["userid"][:1].tolist(), reason=LEFT_IN_MAY)
    frame = pd.concat([people, pd.DataFrame({"userid": ["n/a", "unknown-person"], "n": [1, 2]})], ignore_index=True)
    plan = ding.plan(frame, dingnb.text("Your number is {{ n }}."), exclude="left")
    plan.send("payslip", pause_after=3, check=False).refresh()
    return ding


def words_of(results: pd.DataFrame) -> list[str]:
    """Return the reasons and hints, without what a person wrote."""
    texts = [text for name in ("reason", "hint") for text in results[name].dropna().unique()]
    return [text.replace(LEFT_IN_MAY, "") for text in texts]


def test_what_was_sent_in_english_is_shown_in_chinese_and_back(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> None:
    ding = halted(open_sandbox, connect_to, staff)
    run = ding.campaign("payslip")
    english = words_of(run.results())
    assert {"queued", "failed", "unknown"} <= set(run.results()["status"])
    assert english
    assert not [text for text in english if CHINESE.search(text)]
    set_language("zh")
    chinese = words_of(run.results())
    assert len(chinese) == len(english)
    assert not [text for text in chinese if not CHINESE.search(text) or ENGLISH.search(text.replace("run.", ""))]
    [reason] = ding.campaigns()["reason"]
    assert "连续失败 3 次" in reason
    assert reason in run.reason in repr(run)
    set_language("en")
    assert words_of(ding.campaign("payslip").results()) == english


def test_errors_and_displays_use_the_current_language(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> None:
    ding = halted(open_sandbox, connect_to, staff)
    plan = ding.plan(pd.DataFrame({"userid": ["", "manager01"]}), dingnb.text("Hello"), exclude="left")
    with pytest.raises(IncompleteError) as caught:
        ding.campaign("payslip").wait()
    error = caught.value
    english = (str(error), plan.problems()["reason"].tolist(), repr(plan))
    set_language("zh")
    chinese = (str(error), plan.problems()["reason"].tolist(), repr(plan))
    assert all(CHINESE.search(str(text)) for text in chinese)
    assert not any(CHINESE.search(str(text)) for text in english)


def test_the_ledger_stores_keys_and_fields_of_texts(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
) -> None:
    halted(open_sandbox, connect_to, staff)
    with closing(sqlite3.connect(SqliteLedger().path)) as db:
        rows = [
            text
            for table in ("campaigns", "batches", "outcomes")
            for row in db.execute(f"SELECT reason, hint FROM {table} WHERE reason <> ''")  # noqa: S608 - our own words
            for text in row
            if text
        ]
    assert {Text.from_json(row).key for row in rows} >= {"campaign.paused_after", "result.failed", "result.failed_todo"}
    assert all(row == Text.from_json(row).to_json() != str(Text.from_json(row)) for row in rows)
