"""Answers to cards as columns: one row for each recipient, in the order of the input."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.results.answer_polling import wait_for_answers
from dingnb.campaigns.results.answers import Answers
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import ColumnError, InputError, NobodyError
from dingnb.ledger import cards
from dingnb.ledger.cards import NewCard, Poll, PollField
from dingnb.limits import STANDARD
from dingnb.messages.cards import CardSettings
from dingnb.sandbox import RunningSandbox
from dingnb.sandbox.events.event_requests import emit
from dingnb.words import say, set_language
from tests.card_presses import YES_NO, press, record_cards

PEOPLE = ["manager01", "manager02", "manager0001", "manager0002"]
FIELDS = (
    PollField("meal", "餐食", "SELECT", (("a", "素"), ("b", "荤"))),
    PollField("days", "日期", "MULTI_SELECT", (("1", "一"), ("2", "二"))),
    PollField("n", "人数", "NUMBER"),
    PollField("on", "开关", "SWITCH"),
    PollField("due", "日期", "DATE"),
    PollField("at", "时间", "DATETIME"),
    PollField("note", "备注", "TEXT"),
)
ZONE = "Asia/Shanghai"


@pytest.fixture
def people() -> pd.DataFrame:
    userids = [PEOPLE[0], "", *PEOPLE[1:]]
    return pd.DataFrame({"userid": userids, "name": list("甲乙丙丁戊")}, index=[5, 4, 3, 2, 1])


@pytest.fixture
def run(ding: DingTalk, people: pd.DataFrame) -> Campaign:
    return ding.plan(people, dingnb.text("Hello {{ name }}")).send("team-day", wait=True)


def answer(run: Campaign, *presses: tuple[str, str, int]) -> None:
    """Press buttons on the cards of a campaign: the person, the key, and the minute."""
    cards_of = {userid.userid: f"dn-{batch}" for userid, batch in _batches(run)}
    take(run, [press(cards_of[who], who, key, at_ms=ms(run, minute)) for who, key, minute in presses])


def _batches(run: Campaign) -> Iterator[tuple[Any, int]]:
    with run._context.ledger.connection() as db:
        found = db.execute("SELECT id, userids FROM batches WHERE campaign = ?", (run._number,)).fetchall()
    for batch, joined in found:
        for userid in joined.split(","):
            yield pd.Series({"userid": userid}), batch


def cards_of(run: Campaign) -> dict[str, str]:
    """Return the newest card of each person."""
    with run._context.ledger.connection() as db:
        found = db.execute(
            "SELECT userids, out_track_id FROM cards JOIN batches ON batches.id = cards.batch"
            " WHERE cards.campaign = ? ORDER BY created_ns, batch",
            (run._number,),
        ).fetchall()
    return {userid: card for joined, card in found for userid in joined.split(",")}


def take(run: Campaign, presses: list[Any]) -> None:
    context = run._context
    assert context.listener is not None
    context.listener.log.answers.record(presses)  # type: ignore[attr-defined]


def ms(run: Campaign, minute: int) -> int:
    return run._context.now_ns() // 1_000_000 + (minute - 60) * 60_000


def test_answers_have_the_rows_and_the_index_of_the_input(run: Campaign, people: pd.DataFrame) -> None:
    record_cards(run)
    answer(run, ("manager02", "yes", 0), ("manager01", "no", 1), ("manager01", "yes", 2))
    found = run.answers()
    assert found.index.tolist() == people.index.tolist()
    assert found["userid"].fillna("").tolist() == people["userid"].tolist()
    assert found["answer"].fillna("").tolist() == ["yes", "", "yes", "", ""]
    assert found["late"].tolist() == [False, pd.NA, False, pd.NA, pd.NA]
    assert found["answered_at"].isna().tolist() == [False, True, False, True, True]
    assert found["answered_at"].iloc[0].value == ms(run, 2) * 1_000_000
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        "userid": "str",
        "answer": "str",
        "answered_at": f"datetime64[ms, {ZONE}]",
        "late": "boolean",
    }


def test_columns_and_dtypes_are_the_same_without_any_answer(run: Campaign) -> None:
    record_cards(run, Poll({}, FIELDS))
    found = run.answers()
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {
        "userid": "str",
        "answer": "str",
        "meal": "str",
        "days": "object",
        "n": "Float64",
        "on": "boolean",
        "due": "datetime64[ms]",
        "at": f"datetime64[ms, {ZONE}]",
        "note": "str",
        "answered_at": f"datetime64[ms, {ZONE}]",
        "late": "boolean",
    }
    assert found.drop(columns="userid").isna().all(axis=None)


def test_a_form_has_a_column_for_each_field(run: Campaign) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    forms: list[dict[str, Any]] = [
        {
            "meal": {"index": 0, "value": "a"},
            "days": ["2", "1"],
            "n": "3.5",
            "on": "true",
            "due": "2026-12-01",
            "at": 1_764_032_400_000,
            "note": "=1",
        },
        {"meal": "", "days": [], "n": "many", "on": "perhaps", "due": "soon", "at": "2026-12-01 09:30", "note": 7},
        {"n": float("1e400"), "due": 7, "at": "99999999999999999999", "on": 0},
    ]
    take(run, [press(card[who], who, form=form) for who, form in zip(PEOPLE, forms, strict=False)])
    found = run.answers().set_index("userid")
    first, second, third = (found.loc[who] for who in PEOPLE[:3])
    assert first[["meal", "days", "n", "on", "note"]].tolist() == ["a", ["2", "1"], 3.5, True, "=1"]
    assert first["due"] == pd.Timestamp("2026-12-01")
    assert first["at"] == pd.Timestamp("2025-11-25 09:00", tz=ZONE)
    assert second["days"] == []
    assert second["at"] == pd.Timestamp("2026-12-01 09:30", tz=ZONE)
    assert second["note"] == "7"
    assert second[["meal", "n", "on", "due"]].isna().all()
    assert third[["n", "due", "at"]].isna().all()
    assert third["on"] == False  # noqa: E712 - not None
    tally = run.tally()
    people = {
        (question, value): n for question, value, n in tally[["question", "answer", "people"]].itertuples(index=False)
    }
    assert people["meal", "a"] == people["days", "1"] == people["days", "2"] == people["on", "true"] == 1
    assert people["meal", "b"] == 0
    assert people["answer", "submit"] == 3


def test_the_first_or_the_last_answer_counts_and_a_late_one_only_alone(run: Campaign) -> None:
    deadline_ns = ms(run, 30) * 1_000_000
    presses = [
        ("manager01", "no", 2),
        ("manager01", "yes", 10),
        ("manager01", "no", 31),
        ("manager02", "no", 40),
        ("manager02", "yes", 45),
    ]
    record_cards(run, Poll(YES_NO.buttons, counts="last", deadline_ns=deadline_ns))
    answer(run, *presses)
    found = run.answers().set_index("userid")[["answer", "late"]]
    assert found.loc["manager01"].tolist() == ["yes", False]
    assert found.loc["manager02"].tolist() == ["yes", True]
    with run._context.ledger.transaction() as db:
        cards.record_poll(db, run._number, Poll(YES_NO.buttons, counts="first", deadline_ns=deadline_ns))
    found = run.answers().set_index("userid")[["answer", "late"]]
    assert found.loc["manager01"].tolist() == ["no", False]
    assert found.loc["manager02"].tolist() == ["no", True]


def test_the_campaign_and_its_report_say_how_many_answers_are_late(run: Campaign) -> None:
    record_cards(run, Poll(YES_NO.buttons, deadline_ns=ms(run, 30) * 1_000_000))
    answer(run, ("manager01", "yes", 10))
    assert "deadline" not in repr(run)
    answer(run, ("manager02", "no", 40))
    for shown in (repr(run), run._repr_html_(), run.report().to_html()):
        assert "Answered after the deadline: 1." in shown


def test_only_the_documented_ways_to_write_a_number_or_a_date_are_read(run: Campaign) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    numbers = {"3": 3.0, " -2.50 ": -2.5, "１２": 12.0, "1e3": 1000.0, "1_000": None, "nan": None, "infinity": None}
    dates = {
        "2026-12-01": "2026-12-01",
        "2026-12-01 09:30": "2026-12-01 09:30",
        "2026-12-01T09:30:15.5": "2026-12-01 09:30:15.5",
        "2026-12-01T01:30:00Z": "2026-12-01 09:30",
        "2026-12-01T01:30+00:00": "2026-12-01 09:30",
        "1796088600000": "2026-12-01 09:30",
        **dict.fromkeys(("now", "today", "10:30", "May", "Friday", "12", "12/01/2026", "2026-02-30", "2026"), None),
    }
    for field, written in (("n", numbers), ("at", dates)):
        for text, meant in written.items():
            take(run, [press(card["manager01"], "manager01", form={field: text}, press_id=f"{field} {text}")])
            found = run.answers()[field].iloc[0]
            wanted = meant if field == "n" or meant is None else pd.Timestamp(meant, tz=ZONE)
            assert pd.isna(found) if wanted is None else found == wanted, text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1986-05-04 02:30", None),
        ("1986-09-14 01:30", "1986-09-14 01:30+09:00"),
        ("9999-12-31T23:59Z", None),
        (10**15, None),
    ],
    ids=["skipped hour", "repeated hour", "year 10000", "year 33658"],
)
def test_an_impossible_time_is_missing_and_does_not_hide_the_answers_of_others(
    run: Campaign, written: object, meant: str | None
) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    forms = {"manager01": written, "manager02": "2026-12-01 09:30"}
    take(run, [press(card[who], who, form={"at": value}) for who, value in forms.items()])
    found = run.answers().set_index("userid")["at"]
    assert found["manager02"] == pd.Timestamp("2026-12-01 09:30", tz=ZONE)
    assert pd.isna(found["manager01"]) if meant is None else found["manager01"] == pd.Timestamp(meant)


def test_lateness_follows_the_newest_deadline(run: Campaign) -> None:
    def deadline(minute: int | None) -> None:
        deadline_ns = None if minute is None else ms(run, minute) * 1_000_000
        with run._context.ledger.transaction() as db:
            cards.record_poll(db, run._number, Poll(YES_NO.buttons, deadline_ns=deadline_ns, answer_variable="tips"))

    card = record_cards(run)["manager01"]
    deadline(30)
    before = view_of(run).results.answers_fingerprint()
    answer(run, ("manager01", "no", 2), ("manager01", "yes", 31))
    seen = []
    for minute in (30, 40, 1, None):
        deadline(minute)
        found = run.answers().set_index("userid").loc["manager01", ["answer", "late"]].tolist()
        again = press(card, "manager01", "yes", at_ms=ms(run, 31))
        context = run._context
        [response] = context.listener.log.answers.record([again])  # type: ignore[union-attr]
        seen.append((*found, response["cardData"]["cardParamMap"]["tips"]))
        assert view_of(run).results.answers_fingerprint() != before
        before = view_of(run).results.answers_fingerprint()
    assert seen == [
        ("no", False, "Answered: 不来"),
        ("yes", False, "Answered: 来"),
        ("yes", True, "Answered late: 来"),
        ("yes", False, "Answered: 来"),
    ]


def test_a_tally_counts_each_answer_in_the_order_of_the_card(run: Campaign) -> None:
    record_cards(run)
    answer(run, ("manager01", "no", 0), ("manager02", "no", 1), ("manager0001", "yes", 2))
    tally = run.tally()
    assert tally["question"].tolist() == ["answer"] * 3
    assert tally["answer"].fillna("").tolist() == ["yes", "no", ""]
    assert tally["label"].tolist() == ["来", "不来", "No answer"]
    assert tally["people"].tolist() == [1, 2, 1]
    assert tally["share"].tolist()[:2] == [1 / 3, 2 / 3]
    assert pd.isna(tally["share"].iloc[2])
    assert [str(dtype) for dtype in tally.dtypes] == ["str", "str", "str", "int64", "float64"]


def test_a_person_whose_stored_answer_repeats_an_option_is_counted_once(run: Campaign) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    take(run, [press(card["manager01"], "manager01", form={"days": ["1"]})])
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE answers SET value = ?", (json.dumps({"days": ["1", "1", "1"]}),))
    tally = run.tally().set_index(["question", "answer"])
    assert tally.loc[("days", "1"), ["people", "share"]].tolist() == [1, 1.0]


def test_an_own_template_has_its_parameters_in_a_column_and_as_json_in_a_file(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll())
    take(run, [press(card["manager01"], "manager01", form={"a": "好"}), press(card["manager02"], "manager02", "ok")])
    found = run.answers().set_index("userid")
    assert found.loc["manager01", ["answer", "values"]].tolist() == ["submit", {"a": "好"}]
    assert found.loc["manager02", "answer"] == "ok"
    exported = pd.read_csv(run.export(tmp_path / "answers.csv")).set_index("userid")["values"]
    assert exported.loc["manager01"] == '{"a": "好"}'
    assert pd.isna(exported.loc["manager02"])
    assert run.tally()["answer"].fillna("").tolist() == ["ok", "submit", ""]


def test_a_field_with_the_name_of_another_column_is_kept_apart(run: Campaign) -> None:
    fields = tuple(PollField(name, name, "TEXT") for name in ("answer", "late", "status", "late_"))
    card = record_cards(run, Poll({}, fields))
    take(run, [press(card["manager01"], "manager01", form={"answer": "a", "late": "b", "status": "c", "late_": "d"})])
    found = run.answers().set_index("userid").loc["manager01"]
    assert found[["answer", "answer_", "late_", "status", "late__"]].tolist() == ["submit", "a", "b", "c", "d"]
    whole = run.results(answers=True)
    assert whole.columns.is_unique
    assert whole["status_"].iloc[0] == "c"


def test_fields_whose_names_differ_by_the_character_that_is_added_are_kept_apart(run: Campaign) -> None:
    fields = tuple(PollField(name, name, "TEXT") for name in ("status_", "status", "status__"))
    card = record_cards(run, Poll({}, fields))
    take(run, [press(card["manager01"], "manager01", form={"status_": "a", "status": "b", "status__": "c"})])
    whole = run.results(answers=True)
    assert whole.columns.is_unique
    assert whole[["status_", "status___", "status__"]].iloc[0].tolist() == ["a", "b", "c"]


def test_results_can_have_answers_beside_them_and_exports_do(run: Campaign, tmp_path: Path) -> None:
    record_cards(run)
    answer(run, ("manager01", "yes", 0))
    whole = run.results(keep="name", answers=True)
    assert_frame_equal(whole[["name", *run.results().columns]], run.results(keep="name"))
    assert whole["answer"].fillna("").tolist() == ["yes", "", "", "", ""]
    with pytest.raises(ColumnError):
        run.results(keep="status", answers=True)
    table = dingnb.read_recipients(run.export(tmp_path / "answers.csv"))
    assert table["answer"].iloc[0] == "yes"


def test_an_export_holds_only_the_rows_with_the_chosen_answers(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    take(run, [press(card["manager01"], "manager01", form={"meal": "a"})])
    take(run, [press(card["manager02"], "manager02", form={"meal": "b"})])

    def exported(answers: Mapping[str, str | None]) -> list[str]:
        return pd.read_csv(run.export(tmp_path / "some.csv", answers=answers))["userid"].astype(str).tolist()

    assert exported({"answer": "submit"}) == ["manager01", "manager02"]
    assert exported({"answer": "submit", "meal": "b"}) == ["manager02"]
    assert set(exported({"answer": None})).isdisjoint({"manager01", "manager02"})
    assert exported({"answer": None})
    assert exported({"days": "1"}) == []
    assert exported({"n": "7"}) == []
    # The text of an option, or a misspelt key, would find nobody.
    for question, answer, choices in (
        ("meal", "荤", r"'a' \(素\), 'b' \(荤\)"),
        ("answer", "yes", r"'submit' \(Submitted form\)"),
        ("on", "yes", r"'true' \(Yes\), 'false' \(No\)"),
    ):
        with pytest.raises(InputError, match=f"'{question}' has no answer '{answer}'") as caught:
            exported({question: answer})
        assert re.search(choices, caught.value.hint)
    with pytest.raises(InputError, match=r"no question 'drink'"):
        run.export(tmp_path / "none.csv", answers={"drink": "a"})
    with pytest.raises(InputError, match="an answer for each question, not 'yes'"):
        run.export(tmp_path / "none.csv", answers="yes")  # type: ignore[arg-type]


def test_numbers_and_dates_are_chosen_by_their_values(run: Campaign, tmp_path: Path) -> None:
    fields = (PollField("guests", "", "NUMBER"), PollField("day", "", "DATE"), PollField("note", "", "TEXT"))
    card = record_cards(run, Poll({}, fields))
    take(run, [press(card["manager01"], "manager01", form={"guests": 2, "day": "2026-12-01", "note": "2"})])
    take(run, [press(card["manager02"], "manager02", form={"guests": "2.5", "note": "2.0"})])

    def exported(question: str, answer: str) -> list[str]:
        path = run.export(tmp_path / "some.csv", answers={question: answer})
        return pd.read_csv(path)["userid"].astype(str).tolist()

    for answer in ("2", "2.0", " 2"):
        assert exported("guests", answer) == ["manager01"]
    assert exported("guests", "2.50") == ["manager02"]
    assert exported("guests", "two") == []
    assert exported("day", "2026-12-01") == ["manager01"]
    assert exported("day", "tomorrow") == []
    assert exported("note", "2.0") == ["manager02"]


def test_an_export_with_chosen_answers_needs_cards(run: Campaign, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cards"):
        run.export(tmp_path / "none.csv", answers={"answer": "yes"})


def test_columns_of_the_input_and_of_answers_with_the_same_name_are_both_kept(ding: DingTalk, tmp_path: Path) -> None:
    people = pd.DataFrame({"userid": PEOPLE, "answer": list("abcd"), "late": 0, "meal": list("efgh"), "input_meal": 1})
    run = ding.plan(people, dingnb.text("{{ answer }}{{ late }}{{ meal }}")).send("team-day")
    card = record_cards(run, Poll({}, FIELDS))
    take(run, [press(card["manager01"], "manager01", form={"meal": "a"})])
    names = ["answer", "late", "meal", "input_meal"]
    found = run.results(keep=names, answers=True)
    assert found.columns[:4].tolist() == ["input_answer", "input_late", "input_input_meal", "input_meal"]
    assert found[["input_answer", "input_input_meal", "answer", "meal"]].iloc[0].tolist() == ["a", "e", "submit", "a"]
    assert found.columns.is_unique
    exported = pd.read_csv(run.export(tmp_path / "answers.csv", keep=names))
    assert exported["input_answer"].tolist() == list("abcd")
    assert exported["answer"].iloc[0] == "submit"


def test_an_export_lists_the_choices_of_a_person_as_text(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    take(run, [press(card["manager01"], "manager01", form={"days": ["2", "1"]})])
    for name in ("answers.csv", "answers.xlsx"):
        assert dingnb.read_recipients(run.export(tmp_path / name))["days"].iloc[0] == "2, 1"


def test_options_of_each_person_are_checked_and_those_that_were_chosen_are_counted(
    ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(ding.sandbox, 3).assign(slots=["9:00\n10:00", "10:00\n11:00", "late=After 18:00\n10:00"])
    fields = dingnb.fields
    survey = dingnb.survey(
        "T",
        "?",
        fields=[fields.choice("slot", "Slot", "{{ slots }}"), fields.multiple("others", "Others", "{{ slots }}")],
    )
    run = ding.plan(people, survey).send("slots")
    card_of = cards_of(run)
    first, second, third = people["userid"]
    forms = [
        (first, {"slot": "11:00"}),
        (first, {"others": ["9:00", "11:00"]}),
        (second, {"slot": "10:00", "others": ["11:00", "10:00"]}),
        (third, {"slot": "After 18:00"}),
        (third, {"slot": "late", "others": ["10:00"]}),
    ]
    take(run, [press(card_of[who], who, form=form) for who, form in forms])
    found = run.answers()
    assert found["slot"].fillna("").tolist() == ["", "10:00", "late"]
    tally = run.tally()
    counted = tally[tally["question"] != "answer"][["question", "answer", "people", "share"]]
    assert counted.to_numpy().tolist() == [
        ["slot", "10:00", 1, 0.5],
        ["slot", "late", 1, 0.5],
        ["others", "10:00", 2, 1.0],
        ["others", "11:00", 1, 0.5],
    ]
    assert "late" in repr(run)


def test_a_report_has_the_answers_and_promises_no_delivery_results(ding: DingTalk) -> None:
    poll = dingnb.card("T", "?", buttons={"yes": "<b>Yes</b>", "no": "No"})
    run = ding.plan(pd.DataFrame({"userid": PEOPLE}), poll).send("team-day")
    page = run.report().to_html()
    assert "&lt;b&gt;Yes&lt;/b&gt;" in page
    assert "24 hours" not in page
    assert (
        "<h2>Answers</h2>" not in ding.plan(pd.DataFrame({"userid": PEOPLE}), dingnb.text("T")).send("t").report().page
    )


def test_people_whose_cards_were_accepted_never_look_as_if_they_had_missed_them(
    ding: DingTalk, staff: Callable[..., pd.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    people = staff(ding.sandbox, 2)
    poll = dingnb.card("T", "?", buttons={"yes": "Yes"})
    run = ding.plan(people, poll).send("team-day")
    with run._context.ledger.connection() as db:
        found = [card for (card,) in db.execute("SELECT out_track_id FROM cards")]
    take(run, [press(card, people["userid"][0], "yes") for card in found])
    capsys.readouterr()
    run.wait()
    assert capsys.readouterr().out.strip() == "Accepted: 2 people; DingTalk does not report whether a card arrived"
    snapshot = view_of(run).results.snapshot()
    funnel = snapshot.funnel
    assert [(str(step), n) for step, n in funnel.steps] == [("accepted", 2), ("read", 1)]
    assert funnel.missed == 0
    assert run.summary().loc["accepted", "todo"].startswith("DingTalk does not report whether cards arrive.")
    form = run.form()
    form.wait()
    overview = "".join(part.value for part in (form.overview.funnel, form.overview.reads))
    page = run.report().to_html()
    for shown in (overview, page, repr(form)):
        assert "Answered" in shown
        assert "Delivered" not in shown
    assert "not known yet" not in page
    links = dingnb.card("T", "?", buttons={"map": ("Map", "https://example.com")})
    figure = ding.plan(people, links).send("links").plot()
    [axes] = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()][1] == "Accepted (delivery is not reported)"


def test_waiting_ends_when_all_who_have_the_card_have_answered(ding: DingTalk, clock: VirtualClock) -> None:
    poll = dingnb.card("T", "?", buttons={"yes": "Yes"})
    run = ding.plan(pd.DataFrame({"userid": [*PEOPLE[:2], "nobody-there"]}), poll).send("team-day")
    with run._context.ledger.connection() as db:
        found = db.execute(
            "SELECT out_track_id, userids FROM cards JOIN batches ON batches.id = cards.batch WHERE cards.campaign = ?",
            (run._number,),
        ).fetchall()
    card_of = {userid: card for card, userid in found}
    take(run, [press(card_of[who], who, "yes") for who in PEOPLE[:2]])
    before_ns = clock.monotonic_ns()
    run.wait("answered", timeout_s=60)
    assert clock.monotonic_ns() == before_ns


def test_people_whose_rows_a_later_list_rejects_are_counted_if_they_have_the_card(
    ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    poll = dingnb.card("T", "?", buttons={"yes": "Yes"})
    first, second, third, fourth = staff(ding.sandbox, 4)["userid"]
    asked = [first, second, "nobody-there"]
    card_of = cards_of(ding.plan(pd.DataFrame({"userid": asked}), poll).send("team-day"))
    run = ding.plan(pd.DataFrame({"userid": [*asked, third, fourth]}), poll, exclude=[*asked, fourth]).send("team-day")
    take(run, [press(card_of[first], first, "yes")])
    assert run.answers()["answer"].fillna("").tolist() == ["yes", "", "", "", ""]
    assert run.tally()["people"].tolist() == [1, 2]
    assert set(run.unanswered()["userid"]) == {second, third}
    assert re.search(r"Answered +1 of 3 people", repr(run))


def test_those_who_have_not_answered_are_the_ones_who_may_have_the_card(ding: DingTalk) -> None:
    assert ding.sandbox is not None
    first, second = (user["userid"] for user in ding.sandbox.state.users(2))
    frame = pd.DataFrame({"userid": [first, second, "nobody-there"], "name": ["Ann", "Bob", "Eve"]})
    run = ding.plan(frame, dingnb.text("Hello")).send("team-day", check=False).wait(check=False)
    record_cards(run)
    answer(run, (second, "yes", 0))
    assert run.unanswered()["userid"].tolist() == [first]
    assert run.tally()["people"].tolist() == [1, 0, 1]
    assert run.unanswered().columns.tolist() == run.results().columns.tolist()
    named = run.unanswered(keep=["name"])
    assert named.columns.tolist() == ["name", *run.results().columns]
    assert ding.plan(named, dingnb.text("{{ name }}")).people == len(named)


def test_answers_of_a_person_with_several_rows_belong_to_the_row_of_their_card(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["manager01", "manager02", "manager01"], "trip": ["b", "a", "a"]})
    run = ding.plan(frame, dingnb.text("{{ trip }} {{ userid }}"), key="trip").send("trips")
    with run._context.ledger.connection() as db:
        found = db.execute("SELECT id, userids, keys FROM batches ORDER BY id").fetchall()
    record_cards(run)
    card = next(f"dn-{batch}" for batch, userids, keys in found if userids == "manager01" and '"b"' in keys)
    take(run, [press(card, "manager01", "yes")])
    assert run.answers()["answer"].fillna("").tolist() == ["yes", "", ""]
    assert ding.campaign("trips").answers()["answer"].notna().sum() == 1
    assert re.search(r"Answered +1 of 3 messages", repr(run))


def test_an_acknowledgement_shows_the_answer_that_counts_for_the_key_of_the_card(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["manager01"] * 2, "trip": ["a", "b"]})
    run = ding.plan(frame, dingnb.text("{{ trip }} {{ userid }}"), key="trip").send("trips")
    context = run._context
    record_cards(run, Poll(YES_NO.buttons, counts="first", answer_variable="tips"))
    with context.ledger.transaction() as db:
        batch_of = {keys: batch for batch, keys in db.execute("SELECT id, keys FROM batches").fetchall()}
        first, other = batch_of['[["a"]]'], batch_of['[["b"]]']
        cards.add(db, run._number, [NewCard("dn-retry", first)], context.now_ns())
    presses = [
        press(card, "manager01", action, at_ms=ms(run, minute))
        for minute, (card, action) in enumerate([(f"dn-{first}", "no"), (f"dn-{other}", "yes"), ("dn-retry", "yes")])
    ]
    assert context.listener is not None
    responses = context.listener.log.answers.record(presses)  # type: ignore[attr-defined]
    shown = [response["cardData"]["cardParamMap"]["tips"] for response in responses]
    assert shown == ["Answered: 不来", "Answered: 来", "Answered: 不来"]
    assert run.answers()["answer"].tolist() == ["no", "yes"]


def test_a_reminder_goes_to_those_without_an_answer_and_its_answers_count(run: Campaign) -> None:
    record_cards(run)
    answer(run, ("manager01", "yes", 0))
    plan = run.remind(dingnb.text("{{ name }}, please answer"))
    assert poll_campaign_of(plan) == run._number
    assert set(plan._batches.recipients) == set(PEOPLE[1:])
    reminder = plan.send("team-day-2")
    record_cards(reminder, poll_campaign=run._number)
    answer(reminder, ("manager02", "no", 5))
    answer(run, ("manager02", "yes", 4))
    assert run.answers().set_index("userid")["answer"].loc[["manager01", "manager02"]].tolist() == ["yes", "no"]
    assert reminder.answers().set_index("userid")["answer"].loc["manager02"] == "no"
    assert set(run.unanswered()["userid"]) == set(PEOPLE[2:])
    answer(run, *((who, "yes", 6) for who in PEOPLE[2:]))
    with pytest.raises(NobodyError, match="has answered"):
        run.remind(dingnb.text("{{ name }}, please answer"))


def poll_campaign_of(plan: Any) -> int | None:
    found: int | None = plan._batches.poll_campaign
    return found


def test_a_campaign_without_cards_has_no_answers(run: Campaign) -> None:
    for ask in (run.answers, run.unanswered, run.tally, run.close, lambda: run.wait("answered", timeout_s=0)):
        with pytest.raises(InputError, match="no cards"):
            ask()
    with pytest.raises(InputError, match="no cards"):
        run.results(answers=True)


def test_a_campaign_found_by_name_has_the_same_answers(run: Campaign, ding: DingTalk) -> None:
    record_cards(run)
    answer(run, ("manager01", "yes", 0), ("manager0001", "no", 3))
    ours = run.answers().dropna(subset="userid").set_index("userid")
    found = ding.campaign("team-day").answers().dropna(subset="userid").set_index("userid")
    assert_frame_equal(found.sort_index(), ours.sort_index())


def test_a_plan_says_that_something_must_listen_and_what_a_large_poll_takes(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    poll = dingnb.card("T", "?", buttons={"yes": "Y"})
    frame = pd.DataFrame({"userid": PEOPLE})
    late = dingnb.card("T", "?", buttons={"yes": "Y"}, deadline="2020-01-01 08:00")
    for most, is_said in ((4, False), (3, True)):
        ding = connect_to(sandbox, limits=replace(STANDARD, stream_pushes_per_month=most))
        shown = repr(ding.plan(frame, poll))
        assert "only while something listens" in shown
        assert "deadline" not in shown
        assert "The deadline has passed" in repr(ding.plan(frame, late))
        assert ("If all 4 cards are answered, that exceeds the 3 Stream pushes" in shown) == is_said
        assert "listens" not in repr(ding.plan(frame, dingnb.text("Hello")))
    over_http = connect_to(
        sandbox, limits=replace(STANDARD, stream_pushes_per_month=1), cards=CardSettings(callback="HTTP", route_key="a")
    )
    shown = repr(over_http.plan(frame, poll))
    assert "pushes over Stream" not in shown
    assert "ding.stream()" not in shown
    assert "only while ding.receive() runs" in shown


def test_with_a_key_the_quota_is_compared_with_the_number_of_cards(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding = connect_to(sandbox, limits=replace(STANDARD, stream_pushes_per_month=3))
    frame = pd.DataFrame({"userid": PEOPLE[:2] * 2, "trip": list("aabb")})
    plan = ding.plan(frame, dingnb.card("T", "?", buttons={"yes": "Y"}), key="trip")
    assert "If all 4 cards are answered, that exceeds the 3 Stream pushes" in repr(plan)


def test_answers_over_http_are_not_received_over_stream(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding = connect_to(sandbox, cards=CardSettings(callback="HTTP", route_key="a"))
    poll = dingnb.card("T", "?", buttons={"yes": "Y"})
    run = ding.plan(pd.DataFrame({"userid": PEOPLE}), poll).send("team-day")
    assert "they come over HTTP" in repr(run)
    run.wait("answered", timeout_s=1)
    assert not view_of(run).context.listener.is_listening  # type: ignore[union-attr]
    with ding.receive():
        assert "they come over HTTP" not in repr(run)


def test_how_answers_are_reported_is_remembered_with_the_campaign(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Callable[..., pd.DataFrame]
) -> None:
    poll, people = dingnb.card("T", "?", buttons={"yes": "Y"}), staff(sandbox, 2)
    over_http, over_stream = (
        connect_to(sandbox, cards=CardSettings(callback="HTTP", route_key="a")),
        connect_to(sandbox),
    )
    over_http.plan(people, poll).send("http")
    over_stream.plan(people, poll).send("stream")
    # A plan that sends nothing does not change it.
    for run in (over_stream.campaign("http"), over_stream.plan(people, poll).send("http")):
        assert "they come over HTTP" in repr(run)
        run.wait("answered", timeout_s=1)
        assert not over_stream._streams.is_running
        form = run.form()
        form.wait()
        assert form.answers.listen.layout.display == "none"
    found = over_http.campaign("stream")
    assert "they come over HTTP" not in repr(found)
    found.wait("answered", timeout_s=1)
    assert over_http._streams.receives_cards
    # Of those to whom it is sent now, answers come over Stream.
    assert "they come over HTTP" not in repr(over_stream.plan(staff(sandbox, 3), poll).send("http"))


def test_the_display_shows_the_answers_and_that_nothing_listens(run: Campaign) -> None:
    record_cards(run)
    answer(run, ("manager01", "yes", 0))
    shown = repr(run)
    assert re.search(r"Answered +1 of 4 people", shown)
    assert "This notebook is not receiving answers" in shown
    set_language("zh")
    assert re.search(r"已回答 +1（共 4 人）", repr(run))
    with run._context.ledger.transaction() as db:
        cards.close_poll(db, run._number, run._context.now_ns())
    assert "未接收回答" not in repr(run)
    assert "已关闭，不再接受回答" in repr(run)


def test_waiting_ends_when_enough_people_have_answered(run: Campaign, clock: VirtualClock) -> None:
    record_cards(run)
    answer(run, ("manager01", "yes", 0), ("manager02", "no", 1))
    before_ns = clock.monotonic_ns()
    assert run.wait("answered", share=0.5) is run
    assert clock.monotonic_ns() == before_ns
    run.wait("answered", timeout_s=3)
    assert clock.monotonic_ns() - before_ns >= 3 * 10**9
    view = view_of(run)
    assert view.context.listener is not None
    assert view.context.listener.is_listening
    with run._context.ledger.transaction() as db:
        cards.close_poll(db, run._number, run._context.now_ns())
    run.wait("answered")


def test_waiting_ends_if_the_last_answer_arrives_as_the_wait_starts(run: Campaign, clock: VirtualClock) -> None:
    card = record_cards(run)
    results = view_of(run).results
    presses = [press(card["manager01"], "manager01", "yes")]

    def read_answers() -> Answers:
        found = results.answers()
        while presses:
            take(run, [presses.pop()])
        return found

    before_ns = clock.monotonic_ns()
    wait_for_answers(run._context, read_answers, results.answers_fingerprint, 0.25, before_ns + 600 * 10**9)
    assert clock.monotonic_ns() - before_ns < 2 * 10**9


def test_waiting_receives_answers_over_stream(run: Campaign, ding: DingTalk, clock: VirtualClock) -> None:
    card = record_cards(run)
    sandbox = ding.sandbox
    assert sandbox is not None
    ding.stream().wait_until_connected()
    pressed = {"from": "manager01", "out_track_id": card["manager01"], "action_ids": ["yes"]}
    with sandbox.state.lock:
        emit(sandbox.state, {"card_callback": pressed}, clock.now_ns())
    run.wait("answered", share=0.25, timeout_s=600)
    assert run.answers()["answer"].notna().sum() == 1


def test_a_figure_has_a_bar_for_each_answer(run: Campaign) -> None:
    fields = (PollField("meal", "Which meal?", "SELECT", (("a", "$素$\n" + "长" * 200), ("b", "荤"))),)
    card = record_cards(run, Poll(YES_NO.buttons, fields))
    take(run, [press(card["manager01"], "manager01", form={"meal": "a"}), press(card["manager02"], "manager02", "no")])
    figure = run.plot()
    first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Answers", "Which meal?"]
    assert [bar.get_width() for bar in first.patches] == [0, 1, 1, 2]
    assert [bar.get_width() for bar in second.patches] == [1, 0]
    assert [text.get_text() for text in first.texts] == ["0 · 0%", "1 · 50%", "1 · 50%", "2"]
    assert figure._repr_png_()[0].startswith(b"\x89PNG")
    assert math.isclose(figure.get_size_inches()[0], 11)


def test_many_answers_of_one_person_are_one(run: Campaign) -> None:
    record_cards(run)
    keys = np.array(["yes", "no"])[np.arange(200) % 2]
    answer(run, *(("manager01", str(key), n % 60) for n, key in enumerate(keys)))
    assert run.tally()["people"].sum() == 4


def test_an_option_named_like_a_missing_value_is_not_the_answer_of_those_who_have_not_answered(run: Campaign) -> None:
    options = (("None", "无"), ("nan", "其他"))
    fields = (PollField("days", "日期", "MULTI_SELECT", options), PollField("meal", "餐食", "SELECT", options))
    card = record_cards(run, Poll({}, fields))
    form = {"days": ["None"], "meal": {"index": 1, "value": "nan"}}
    take(run, [press(card[PEOPLE[0]], PEOPLE[0], form=form)])
    answers = view_of(run).results.answers()
    has_answered = [True, False, False, False, False]
    assert answers.has("days", "None").tolist() == has_answered
    assert answers.has("meal", "nan").tolist() == has_answered


def test_a_file_for_people_has_the_labels_of_questions_and_answers(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll({}, FIELDS))
    form = {"meal": "a", "days": ["2", "1"], "n": "3", "on": "true", "due": "2026-11-05", "note": "=1+1"}
    take(run, [press(card["manager01"], "manager01", form=form)])
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    titles = ["Answer", "餐食", "日期", "人数", "开关", "日期 2", "时间", "备注", "Answered"]
    start = table.columns.get_loc("Answer")
    assert table.columns[start : start + len(titles)].tolist() == titles
    first = table.iloc[0]
    assert first[titles[1:6]].tolist() == ["素", "二, 一", 3, "Yes", datetime(2026, 11, 5)]  # noqa: DTZ001 - as Excel has it
    assert first["备注"] == "=1+1"
    # Without a deadline, nobody is late.
    assert "Late" not in table.columns
    # The second row is rejected: its person has no card.
    assert table["Answer"].fillna("").tolist() == ["Submitted form", "", *["No answer"] * 3]
    dingnb.set_language("zh")
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    assert table["回答"].dropna().tolist() == ["已提交", *["未回答"] * 3]
    assert table["日期"].iloc[0] == "二、一"


def test_a_file_for_people_says_who_was_late_if_there_is_a_deadline(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll({"yes": "来"}, deadline_ns=2**62))
    take(run, [press(card["manager01"], "manager01", "yes")])
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    assert table["Late"].dropna().tolist() == ["No"]


def test_a_button_is_called_by_its_label_in_a_file_for_people(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run)
    take(run, [press(card["manager01"], "manager01", "yes")])
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    assert table["Answer"].iloc[0] == dict(YES_NO.buttons)["yes"]


@pytest.mark.parametrize(
    ("language", "status", "suffix"), [("en", "Status", " (answer)"), ("zh", "状态", "（回答）")], ids=["en", "zh"]
)
def test_the_heading_of_a_question_says_so_if_the_list_or_another_column_has_it(
    language: Literal["en", "zh"], status: str, suffix: str, ding: DingTalk, tmp_path: Path
) -> None:
    listed = pd.DataFrame({"userid": PEOPLE, "时段": "9点", "晚餐": "list"})
    run = ding.plan(listed, dingnb.text("{{ 时段 }}")).send("slots")
    dingnb.set_language(language)
    labels = {"slot": "时段", "state": status, "first": "午餐", "again": "午餐", "dinner": "晚餐", "supper": "晚餐"}
    answered_at = say("answers_form.answered_at")
    labels["when"] = answered_at
    fields = tuple(PollField(name, label, "TEXT") for name, label in labels.items())
    card = record_cards(run, Poll({}, fields))
    take(run, [press(card["manager01"], "manager01", form={name: f"typed {name}" for name in labels})])
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    # pandas would number a heading that occurs twice.
    assert not [heading for heading in table.columns if re.search(r"\.\d$", heading)]
    first = table.iloc[0]
    shown = {name: heading for name in labels for heading in table.columns if first[heading] == f"typed {name}"}
    assert shown == {
        "slot": f"时段{suffix}",
        "state": f"{status}{suffix}",
        "first": "午餐",
        "again": "午餐 2",
        "dinner": f"晚餐{suffix}",
        "supper": f"晚餐{suffix} 2",
        "when": f"{answered_at}{suffix}",
    }
    assert (first["时段"], first["晚餐"]) == ("9点", "list")
    assert first[status] != "typed state"


def test_a_file_for_people_has_times_to_the_second(run: Campaign, tmp_path: Path) -> None:
    card = record_cards(run, Poll({}, (PollField("at", "At", "DATETIME"),)))
    at_ms = ms(run, 1) // 1000 * 1000 + 17
    take(run, [press(card["manager01"], "manager01", form={"at": 1_764_032_400_017}, at_ms=at_ms)])
    table = pd.read_excel(run.export(tmp_path / "answers.xlsx", readable=True), dtype=object)
    assert {table[heading].iloc[0].microsecond for heading in ("At", "Answered")} == {0}
    assert run.answers()["answered_at"].iloc[0].microsecond == 17_000
