"""Reports: their content, escaping, and reproducible bytes."""

import json
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.report import report as report_module
from dingnb.campaigns.report.report import Report, ReportContent, make_report
from dingnb.campaigns.report.style import BADGES, DARK, LIGHT, style_sheet
from dingnb.campaigns.results.results_frame import COLUMNS
from dingnb.campaigns.status import STATUSES, has_reached
from dingnb.client import DingTalk
from dingnb.errors import FileError
from dingnb.ledger import Ledger
from dingnb.sandbox import RunningSandbox
from dingnb.tables.timestamps import timestamps
from dingnb.words import set_language

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
NOON_NS = 1_793_678_400_000_000_000
BODY = json.dumps({"msgtype": "text", "text": {"content": "net 12,345 <b>"}}).encode()
EVIL = "<img src=x onerror=alert(1)>\u202e\x1b[31m\"'&"


def summary(todo: str = "", **people: int) -> pd.DataFrame:
    total = sum(people.values())
    counts = [people.get(status, 0) for status in STATUSES]
    index = pd.CategoricalIndex(list(STATUSES), categories=list(STATUSES), name="status")
    shares = [n / total if total else 0.0 for n in counts]
    return pd.DataFrame({"people": counts, "share": shares, "todo": [todo] * len(counts)}, index=index)


def missed(*rows: dict[str, Any], **keep: list[Any]) -> pd.DataFrame:
    columns = {
        name: pd.array([row.get(name) for row in rows], dtype=dtype)
        for name, dtype in COLUMNS.items()
        if not name.endswith("_at") and name != "attempts"
    }
    columns["attempts"] = [1] * len(rows)
    reached = [has_reached(row["status"], row.get("code", "")) for row in rows]
    columns["reached"] = pd.array(reached, dtype="boolean")
    for name in ("sent_at", "updated_at", "retry_at"):
        columns[name] = timestamps([row.get(name) for row in rows])
    return pd.DataFrame({**keep, **columns})


DROPPED = {
    "userid": "007",
    "status": "filtered",
    "reason": "had 500",
    "hint": "try tomorrow",
    "code": "143105",
    "retry_at": NOON_NS,
}
GONE = {"userid": "008", "status": "invalid", "reason": "has left"}


def report_of(**given: Any) -> Report:
    usual: dict[str, Any] = {
        "title": "Payslip",
        "mode": "LIVE",
        "facts": [("App", "ding…0042")],
        "summary": summary(read=5, delivered=3, filtered=1, invalid=1),
        "missed": missed(DROPPED, GONE),
        "as_of": NOON,
    }
    content = usual | given
    return make_report(ReportContent(missed_people=content["missed"]["userid"], **content))


class Parsed(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "col", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(filter(None, self.texts))


def text_of(report: Report) -> str:
    parsed = Parsed(report.to_html())
    assert not parsed.open
    return parsed.text


def test_a_report_shows_the_funnel_next_steps_and_missed_people() -> None:
    report = report_of(
        summary=summary("ask again", read=5, delivered=3, filtered=1, invalid=1), missed=missed(DROPPED, GONE, GONE)
    )
    text = text_of(report)
    for expected in (
        "LIVE Payslip Last update: 2026-11-03 12:00, Beijing time",
        "10 People 8 Delivered · 80% 5 Read · 50% 2 Missed · 20%",
        "Everyone in the list 10 100% Accepted or delivered 8 80% Delivered 8 80% Read 5 50%",
        "Read 5 50% They received it and opened it. Nothing to do.",
        "Unread 3 30% They received it, but have not opened it yet.",
        "Filtered 1 10% DingTalk dropped it: a limit was reached, or the person had the same text that day.",
        "App ding…0042",
        "1 Filtered had 500 (143105) try tomorrow 1 Invalid has left",
        "userid status reason code retry from 007 Filtered had 500 143105 2026-11-03 12:00 008 Invalid has left",
        "It does not contain the texts of the messages.",
    ):
        assert expected in text
    assert "Queued" not in text


def test_a_report_shows_the_analysts_columns_and_the_index_name() -> None:
    frame = missed(DROPPED, GONE, 姓名=["王伟", "李娜"], net=[1500.0, None])
    frame.index = pd.Index(["i-1", "i-2"], name="invoice")
    text = text_of(report_of(missed=frame))
    assert "invoice 姓名 net userid status" in text
    assert "i-1 王伟 1500 007 Filtered" in text
    assert "i-2 李娜 008 Invalid" in text


def test_a_report_shows_numbers_without_the_noise_of_floats() -> None:
    assert " 0.8 007 Filtered" in text_of(report_of(missed=missed(DROPPED, net=[0.1 + 0.7])))


def test_an_index_of_several_levels_is_shown_by_its_named_levels() -> None:
    frame = missed(DROPPED, GONE)
    frame.index = pd.MultiIndex.from_arrays([["north", "south"], [1, 2]], names=["region", None])
    text = text_of(report_of(missed=frame))
    assert "region userid status" in text
    assert "north 007 Filtered" in text


def test_a_report_does_not_count_possible_repeats_as_missed() -> None:
    repeat = {**DROPPED, "code": "143106"}
    given = summary(delivered=7, filtered=3)
    text = text_of(report_of(summary=given, missed=missed(DROPPED, repeat, repeat), filtered_undetermined=2))
    assert "1 Missed · 10% " in text
    assert " People it did not reach, or may not have reached userid status" in text
    text = text_of(report_of(summary=given, missed=missed(repeat, repeat, repeat), filtered_undetermined=3))
    assert "3 Not known yet · 30%" in text
    assert " missed · " not in text


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"read": 2, "delivered": 1}, "Everyone received it."),
        ({"read": 2, "accepted": 1}, "No one has been missed so far"),
        ({}, "This campaign has no people."),
    ],
)
def test_a_report_without_missed_people_claims_no_more_than_is_known(counts: dict[str, int], expected: str) -> None:
    text = text_of(report_of(summary=summary(**counts), missed=missed()))
    assert expected in text
    assert "What went wrong" not in text
    assert ("Everyone received it." in text) == (expected == "Everyone received it.")


def test_unknown_outcomes_are_not_counted_as_missed() -> None:
    text = text_of(report_of(summary=summary(delivered=7, accepted=2, unknown=1), missed=missed()))
    assert "3 Not known yet · 30%" in text
    assert " missed ·" not in text


@pytest.mark.parametrize(
    ("counts", "share"),
    [
        ({"read": 1, "delivered": 2_999}, "Read 1 <0.1%"),
        ({"read": 2_999, "delivered": 1}, "Read 2,999 >99.9%"),
        ({"read": 1, "delivered": 2}, "Read 1 33.3%"),
    ],
)
def test_a_share_is_not_rounded_to_all_or_none(counts: dict[str, int], share: str) -> None:
    assert share in text_of(report_of(summary=summary(**counts)))


def test_a_sandbox_report_differs_from_a_live_one() -> None:
    sandbox, live = report_of(mode="SANDBOX"), report_of()
    assert "nobody received anything" in text_of(sandbox)
    assert '<span class="badge SANDBOX">SANDBOX</span>' in sandbox.to_html()
    assert "SANDBOX" not in text_of(live)
    assert "[SANDBOX]" in repr(sandbox)
    set_language("zh")
    assert '<span class="badge SANDBOX">沙箱</span>' in report_of(mode="SANDBOX").to_html()


def test_texts_are_left_out_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "net 12,345" not in report_of().to_html()
    monkeypatch.setattr(report_module, "MAX_TEXTS", 1)
    report = report_of(bodies=[(1_100, BODY), (1, BODY)])
    text = text_of(report)
    assert "Text → 1,100 people" in text
    assert text.count("net 12,345 <b>") == 2  # in the list, and opened
    assert "Not shown: 1 distinct body." in text
    assert "contains the texts they were sent" in text
    assert "with the texts" in repr(report)


def test_a_long_list_is_truncated_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "MAX_MISSED", 2)
    monkeypatch.setattr(report_module, "MAX_REASONS", 2)
    rows = [{**GONE, "userid": f"u{n}", "reason": f"cause {n}"} for n in range(5)]
    text = text_of(report_of(missed=missed(*rows)))
    assert "u1" in text
    assert "u2" not in text
    assert "Not on this page: 3 people; an export of the results contains everyone." in text
    assert "3 more reasons are not shown." in text
    report = report_of(missed=missed(*rows[:2]))
    assert "more" not in text_of(report)


def test_a_person_with_a_row_on_the_page_is_not_counted_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "MAX_MISSED", 2)
    rows = [{**GONE, "userid": userid} for userid in ("u0", "u1", "u1", "u2")]
    assert "Not on this page: 1 person;" in text_of(report_of(missed=missed(*rows)))


def test_messages_sent_before_are_counted_as_messages() -> None:
    sent_before = {"by pay-1": 2, "by pay-2": 1}
    text = text_of(report_of(summary=summary(read=5, filtered=3), sent_before=sent_before, unit="message"))
    assert "2 messages: by pay-1 1 message: by pay-2" in text


def test_a_row_without_a_reason_is_counted_by_its_status() -> None:
    assert "1 Recalled Recalled after it was sent." in text_of(report_of(missed=missed({"status": "recalled"})))


@given(text=st.one_of(st.text(max_size=60), st.just(EVIL)))
def test_no_content_becomes_markup(text: str) -> None:
    dingnb.set_language("en")
    row = dict.fromkeys(("userid", "reason", "hint", "code"), text) | {"status": "failed"}
    usual = report_of(missed=missed({**row, **dict.fromkeys(("userid", "reason", "hint", "code"), "x")}, name=["x"]))
    frame = missed(row, name=[text]).rename(columns={"name": f"n{text}"})
    page = report_of(title=text, facts=[(text, text)], missed=frame, summary=summary(text, failed=1)).to_html()
    plain = Parsed(page)
    assert {tag for tag, _ in plain.tags} <= {tag for tag, _ in Parsed(usual.to_html()).tags} | {"b"}
    assert not {name for _, given in plain.tags for name in given if name.startswith("on") or name in {"src", "href"}}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b\x00]", page)


def test_a_page_has_no_resources_and_no_scripts() -> None:
    page = report_of(bodies=[(1, BODY)]).to_html()
    tags = Parsed(page).tags
    policy = next(
        attributes["content"] for tag, attributes in tags if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not {"script", "link", "iframe", "img", "object", "form"} & {tag for tag, _ in tags}
    assert not re.search(r"https?:|//|@import|url\(", page)
    assert ("html", {"lang": "en"}) in tags
    assert "<title>Payslip</title>" in page


def test_a_page_is_in_the_language_at_its_creation() -> None:
    dingnb.set_language("zh")
    report = report_of(summary=summary(delivered=1), missed=missed())
    dingnb.set_language("en")
    assert '<html lang="zh-CN">' in report.to_html()
    assert "所有人均已收到。" in text_of(report)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (report_of(bodies=[(1, BODY)]).save(tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert "As of" not in text_of(report_of(as_of=None))


def test_a_report_is_saved_privately_and_atomically(tmp_path: Path) -> None:
    report = report_of()
    path = report.save(tmp_path / "payslip")
    assert path == tmp_path / "payslip.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == report.to_html()
    (tmp_path / "~$payslip.html").touch()
    with pytest.raises(FileError, match="is open in Excel"):
        report_of(title="new").save(path)
    assert path.read_text(encoding="utf-8") == report.to_html()
    with pytest.raises(FileError, match=r"ends in \.pdf"):
        report.save(tmp_path / "x.pdf")


def test_a_report_says_what_it_is_without_showing_the_page() -> None:
    report = report_of(title="Payslip <i>")
    lines = repr(report).splitlines()
    assert re.fullmatch(r"Report: Payslip <i> \[LIVE\]: 10 people, 2 missed, \d+ KB, without the texts", lines[0])
    assert lines[1:] == ['  report.save("payslip.html") writes a file that any browser can open.']
    set_language("zh")
    assert "]：10 人" in repr(report)
    set_language("en")
    card = report._repr_html_()
    assert "Payslip &lt;i&gt;" in card
    assert "10 people, 2 missed" in card
    assert len(card) < 3_000
    assert "had 500" not in card


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: str) -> float:
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_has_enough_contrast(colours: dict[str, str]) -> None:
    assert LIGHT.keys() == DARK.keys()
    pairs = [(colours[ink], colours["card"]) for ink in ("ink", "faint", "good", "waiting", "bad", "unsure", "gone")]
    pairs += [(colours[ink], colours["page"]) for ink in ("ink", "faint")]
    pairs += [(colours["link"], colours["card"]), (colours["note-ink"], colours["note"]), *BADGES.values()]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


def test_each_colour_in_the_style_sheet_is_valid() -> None:
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", style_sheet()))
    assert used == {f"--{name}" for name in LIGHT}


@pytest.fixture
def many() -> Callable[[int], pd.DataFrame]:
    return lambda n: missed(*[{**DROPPED, "userid": f"u{at}"} for at in range(n)])


def test_long_names_without_blanks_are_truncated(many: Callable[[int], pd.DataFrame]) -> None:
    frame = many(1)
    frame.insert(0, "n" * 10_000, ["x" * 10_000])
    page = report_of(title="t" * 10_000, missed=frame).to_html()
    assert max(map(len, re.findall(r"[ntx]+…?", page))) <= 300


def test_with_a_key_a_report_counts_messages(open_sandbox: Callable[..., Any], connect_to: Callable[..., Any]) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    frame = pd.DataFrame({"userid": [sandbox.state.users()[0]["userid"]] * 3, "month": range(3)})
    plan = connect_to(sandbox).plan(frame, dingnb.text("month {{ month }}"), key="month")
    report = plan.send("months").wait().report(texts=True)
    assert "3 messages, 3 missed" in repr(report)
    for text in (
        "<span>Messages<",
        "All messages",
        "Messages by status",
        "Messages that did not arrive",
        "→ 1 message<",
    ):
        assert text in report.page
    for text in ("1 person", "3 people", "People", ">People<"):
        assert text not in report.page


@pytest.mark.parametrize("opened", range(2, 9, 2))
def test_a_report_is_complete_if_results_arrive_while_it_is_made(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch, opened: int
) -> None:
    people = pd.DataFrame({"userid": ["nobody-there", "nobody-either"]})
    run = ding.plan(people, dingnb.text("Hello")).send("hello")
    ledger_class, left = type(run._context.ledger), [opened]
    open_connection = ledger_class.connection

    def connection(ledger: Ledger) -> Any:
        left[0] -= 1
        if left[0] == 0:
            run.refresh()
        return open_connection(ledger)

    monkeypatch.setattr(ledger_class, "connection", connection)
    report = run.report()
    assert left[0] <= 0
    assert report.missed == sum(userid in report.page for userid in people["userid"])


def test_a_person_who_was_sent_to_again_is_counted_once_beside_the_text(
    open_sandbox: Callable[..., Any], connect_to: Callable[..., Any], staff: Callable[..., pd.DataFrame]
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = connect_to(sandbox).plan(staff(sandbox, 8), dingnb.text("same for all")).send("note").wait(check=False)
    assert run.results()["status"].eq("failed").any()
    run.retry(check=False).wait(check=False)
    page = run.report(texts=True).to_html()
    assert "→ 8 people" in page


def test_a_report_does_not_say_of_recalled_messages_that_they_did_not_arrive(
    ding: DingTalk, sandbox: RunningSandbox, staff: Callable[..., pd.DataFrame]
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.text("number {{ n }}")).send("note").wait()
    assert "0 missed" in repr(run.report())
    run.recall(expect=3)
    report = run.report()
    assert "3 missed or recalled" in repr(report)
    assert "<b>3</b><span>Missed or recalled · 100%</span>" in report.page
    assert "<h2>People it did not reach, or from whom it was recalled</h2>" in report.page
    set_language("zh")
    assert "<h2>未送达或已撤回的人员</h2>" in run.report().page
