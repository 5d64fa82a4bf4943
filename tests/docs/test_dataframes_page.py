"""The page of DataFrames has the columns and dtypes of all of them, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from tests.docs.pages import CHINESE, DOCS

PAGES = [folder / "reference" / "dataframes.md" for folder in (DOCS, CHINESE)]
SECTION = re.compile(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+?) \|", re.MULTILINE)


def written(page: Path) -> dict[str, list[tuple[str, str]]]:
    return {name: ROW.findall(text) for name, text in SECTION.findall(page.read_text(encoding="utf-8"))}


@pytest.fixture
def frames(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], tmp_path: Path
) -> dict[str, pd.DataFrame]:
    ding = connect_to(open_sandbox(failed_share=0.2))
    people = ding.people(everybody=True)
    staff = people[["userid", "name", "department"]].head(40)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 a")
    plan = ding.plan(staff, dingnb.text("Hi {{ name }}"))
    files = ding.plan(staff, dingnb.file(tmp_path / "a.pdf"))
    run = plan.send("hello").wait()
    poll = ding.plan(staff, dingnb.card("Team day", "Are you coming?", buttons={"yes": "Yes", "no": "No"})).send("day")
    ding.exclusions.add("left", [str(staff["userid"][0])])
    ding.drafts.save("hello", "text", {"content": "Hi"})
    matched = ding.match(staff.drop(columns="userid"), by=["name", "department"], people=people)
    return {
        "ding.people()": people,
        "ding.departments()": ding.departments(),
        "ding.roles()": ding.roles(),
        "ding.match()": matched.drop(columns=["name", "department"]),
        "ding.campaigns()": ding.campaigns(),
        "plan.problems()": plan.problems(),
        "plan.corrections()": plan.corrections(),
        "plan.attachments()": files.attachments(),
        "plan.to_frame()": plan.to_frame(),
        "plan.bodies()": plan.bodies(),
        "run.results()": run.results(),
        "run.missed()": run.missed(),
        "run.unread()": run.unread(),
        "run.answers()": poll.answers(),
        "run.unanswered()": poll.unanswered(),
        "run.tally()": poll.tally(),
        "run.summary()": run.summary(),
        "ding.events.to_frame()": ding.events.to_frame(),
        "ding.exclusions.to_frame()": ding.exclusions.to_frame(),
        "ding.drafts.to_frame()": ding.drafts.to_frame(),
    }


def test_the_pages_have_the_columns_of_each_frame(frames: dict[str, pd.DataFrame]) -> None:
    for page in PAGES:
        listed = written(page)
        assert list(listed) == list(frames)
        for name, frame in frames.items():
            assert listed[name] == [(column, str(dtype)) for column, dtype in frame.dtypes.items()], (page, name)
