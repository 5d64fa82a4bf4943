"""The display, the summary, the form, the report and the chart of a campaign count the same people."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.report.funnel import funnel_of
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from dingnb.words import set_language
from tests.ui.results_steps import opened, tiles
from tests.ui.steps import words

EXPECTED = {"rejected": 4, "delivered": 2, "invalid": 1}
"""People by status: of the rejected ones one has two rows, one is excluded, one has no userid, one has no value."""


@pytest.fixture
def run(sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]) -> Campaign:
    people = staff(sandbox, 5).astype({"n": "Int64"})
    excluded = people["userid"].iloc[4]
    people.loc[3, "n"] = pd.NA
    others = pd.DataFrame(
        {"userid": [people["userid"][0], people["userid"][1], "stranger", None], "n": [people["n"][0], 99, 5, 6]}
    )
    frame = pd.concat([people, others], ignore_index=True)
    plan = ding.plan(frame, dingnb.text("number {{ n }}"), exclude=[excluded])
    return plan.send("note").wait()


def shown_by_display(run: Campaign) -> dict[str, int]:
    found = re.findall(r"^ *(\w+) +(\d+)(?: \(\d+ rows\))? +\d+\.\d%", repr(run), re.MULTILINE)
    return {name: int(n) for name, n in found}


def test_the_line_at_the_end_of_sending_counts_who_is_not_sent_to(
    ding: DingTalk, run: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    frame = run.results(keep="n")[["userid", "n"]]
    plan = ding.plan(frame, dingnb.text("now number {{ n }}"))
    plan.send("other")
    assert "Sent: 4 of 4 people accepted by DingTalk · 3 left out\n" in capsys.readouterr().out
    plan.send("other")
    assert "left out" not in capsys.readouterr().out
    set_language("zh")
    ding.plan(frame, dingnb.text("then {{ n }}"), key="n").send("keyed")
    assert " · 2 条不发送\n" in capsys.readouterr().out


def test_all_places_count_the_same_people(ding: DingTalk, run: Campaign) -> None:
    assert run.results()["status"].value_counts().loc[lambda counts: counts > 0].to_dict() == {
        "rejected": 5,
        "delivered": 3,
        "invalid": 1,
    }
    for campaign in (run, ding.campaign("note")):
        summary = campaign.summary()
        assert summary["people"].to_dict() == EXPECTED
        assert summary["share"].to_list() == pytest.approx([4 / 7, 2 / 7, 1 / 7])
        assert shown_by_display(campaign) == EXPECTED
        snapshot = view_of(campaign).results.snapshot()
        assert snapshot.summary["people"].to_dict() == EXPECTED
        assert (snapshot.funnel.people, snapshot.funnel.delivered, snapshot.funnel.missed) == (7, 2, 5)
        report = campaign.report()
        assert (report.people, report.missed) == (7, 5)
        assert "<b>5</b><span>Missed · 71.4%</span>" in report.page
        numbers = [text.get_text() for text in campaign.plot().axes[0].texts]
        assert numbers[0] == "7 · 100%"
        assert "2 · 28.6%" in numbers
    assert {name: int(tile.split()[0]) for name, tile in tiles(opened(run)).items()} == {
        "In the list": 7,
        "Unread": 2,
        "Invalid": 1,
        "Rejected": 4,
    }
    form = run.form()
    form.wait()
    assert "1 person did not get it · 4 left out" in words(form)
    # A check counts people likewise; nobody is excluded from this one.
    form = ding.plan(run.results(keep="n")[["userid", "n"]], dingnb.text("number {{ n }}")).form()
    form.model.wait()
    assert "Rejected3from 4 rows" in words(form)


def test_people_without_dingtalk_are_not_among_the_accepted_where_no_delivery_is_reported() -> None:
    counts = {"accepted": 42, "invalid": 1}
    assert funnel_of(counts, undelivered=1, has_delivery=False).accepted == 42
    assert funnel_of(counts, undelivered=1).accepted == 43
