"""Rejected rows of different people with one userid, which is wrong in all of them but one."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.client import DingTalk, deliveries_of
from dingnb.sandbox import RunningSandbox

MESSAGE = dingnb.text("{{ name }}: {{ n }}")


@pytest.fixture
def run(sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]) -> Campaign:
    users = staff(sandbox, 3)["userid"].tolist()
    frame = pd.DataFrame(
        {
            "userid": [users[0], users[1], users[1], users[2], users[2]],
            "name": ["Ann", "Bo", "Cy", "Di", "Di"],
            "n": range(5),
        }
    )
    return ding.plan(frame, MESSAGE).send("note", check=False)


def test_people_of_different_names_with_one_userid_are_counted_and_named_singly(ding: DingTalk, run: Campaign) -> None:
    # Bo and Cy are two people, Di is one with two rows.
    assert run.results()["status"].eq("rejected").sum() == 4
    for shown in (repr(run), repr(ding.campaign("note"))):
        assert "3 (4 rows)" in shown
        assert "Bo (row 1), Cy (row 2)" in shown
    snapshot = view_of(run).results.snapshot()
    assert snapshot.summary.loc["rejected", "people"] == 3
    assert snapshot.funnel.missed == run.report().missed == 3
    summary = deliveries_of(ding, ["note"])[0]
    assert (summary.rejected, summary.rejected_rows) == (3, 4)
    assert run.summary().loc["rejected", "people"] == 3
    problems = view_of(run).results.sheet_of_form().tables[-1]
    assert problems.rows[0][-1].in_form() == "Bo (row 1), Cy (row 2), Di"


def test_two_people_of_one_name_are_both_listed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    (tmp_path / "0.pdf").write_bytes(b"%PDF-1.4")
    frame = staff(sandbox, 3).assign(name=["Ann", "Li", "Li"], file=["0.pdf", None, None])
    run = ding.plan(frame, dingnb.file("{{ file }}", folder=tmp_path)).send("payslip", check=False)
    results = view_of(run).results
    assert str(results.undelivered().without_file) == "Not sent because their file is missing: Li, Li."
    assert str(results.sheet_of_form().tables[-1].rows[0][-1]) == "Li, Li"
