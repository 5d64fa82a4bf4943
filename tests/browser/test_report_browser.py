"""A report in a real browser: no script runs, nothing is fetched, and it fits a phone."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page

import dingnb
from dingnb.campaigns.report.report import ReportContent, make_report
from dingnb.campaigns.results.results_frame import COLUMNS
from dingnb.campaigns.status import STATUSES
from dingnb.tables.timestamps import timestamps

EVIL = ["<img src=http://127.0.0.1:9/x onerror=alert(1)>", "\u202eevil", "x" * 10_000, "王" * 10_000]


def hostile(path: Path) -> Path:
    n = len(EVIL)
    columns = {name: pd.array([None] * n, dtype=dtype) for name, dtype in COLUMNS.items() if dtype in {"str", "Int64"}}
    columns |= {
        "status": ["filtered"] * n,
        "reason": EVIL,
        "hint": EVIL,
        "userid": EVIL,
        "retry_at": timestamps([0] * n),
    }
    columns["reached"] = pd.array([False] * n, dtype="boolean")
    missed = pd.DataFrame({f"<b>{EVIL[2]}": EVIL, **columns})
    summary = pd.DataFrame(
        {"people": [9 if status == "read" else 4 if status == "filtered" else 0 for status in STATUSES]},
        index=list(STATUSES),
    )
    summary = summary.assign(share=summary["people"] / 13, todo=EVIL[2])
    facts = [(EVIL[2], EVIL[0])]
    content = ReportContent(
        title=EVIL[0] + EVIL[2],
        mode="LIVE",
        facts=facts,
        summary=summary,
        missed=missed,
        missed_people=missed["userid"],
    )
    return make_report(content).save(path)


@pytest.mark.parametrize("width", [1200, 480, 320])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_hostile_names_runs_nothing_fetches_nothing_and_fits(
    page: Page, tmp_path: Path, width: int, language: dingnb.words.Language
) -> None:
    dingnb.set_language(language)
    path = hostile(tmp_path / "report.html")
    page_log: list[str] = []
    page.on("console", lambda message: page_log.append(message.text))
    page.on("dialog", lambda dialog: page_log.append(dialog.message))
    page.on("request", lambda request: page_log.append(request.url))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page_log == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img, script, b b").count() == 0
    assert page.locator("table.people td", has_text=re.compile("onerror")).first.is_visible()


def test_a_printed_page_is_light(page: Page, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(hostile(tmp_path / "report.html").as_uri())
    ground = "getComputedStyle(document.querySelector('section')).backgroundColor"
    assert page.evaluate(ground) == "rgb(24, 29, 36)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
