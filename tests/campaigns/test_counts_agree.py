"""The display, the summary, the form, the report and the chart of a campaign count the same people."""

import re
from collections.abc import Callable
from typing import Literal

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.results.delivery_statistics import funnel_of
from dingnb.client import DingTalk, deliveries_of
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.results.overview import delivery_steps
from dingnb.words import capitalize, say, set_language
from tests.card_presses import press
from tests.ui.results_steps import opened, tiles
from tests.ui.steps import read, words

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
    assert "Sent: 4 of 4 people accepted by DingTalk · 3 not sent\n" in capsys.readouterr().out
    plan.send("other")
    assert "not sent" not in capsys.readouterr().out
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
        "Total": 7,
        "Unread": 2,
        "Invalid": 1,
        "Not sent": 4,
    }
    form = run.form()
    form.wait()
    assert "1 person did not get it · 4 not sent" in words(form)
    # A check counts people likewise; nobody is excluded from this one.
    form = ding.plan(run.results(keep="n")[["userid", "n"]], dingnb.text("number {{ n }}")).form()
    form.model.wait()
    assert "Not sent3from 4 rows" in words(form)


def test_people_without_dingtalk_are_not_among_the_accepted_where_no_delivery_is_reported() -> None:
    counts = {"accepted": 42, "invalid": 1}
    assert funnel_of(counts, undelivered=1, has_delivery=False).accepted == 42
    assert funnel_of(counts, undelivered=1).accepted == 43


POLL = dingnb.card("Lunch", "{{ n }}, are you coming?", buttons={"yes": "Yes", "no": "No"})


def cards_of(run: Campaign) -> dict[str, str]:
    """Return the newest card of each person in a campaign."""
    context = view_of(run).context
    with context.ledger.connection() as db:
        found = db.execute(
            "SELECT userids, out_track_id FROM cards JOIN batches ON batches.id = cards.batch"
            " JOIN campaigns ON campaigns.id = cards.campaign WHERE name = ? ORDER BY cards.created_ns, batch",
            (run.name,),
        ).fetchall()
    return {userid: card for joined, card in found for userid in joined.split(",")}


def answer(run: Campaign, cards: dict[str, str], *userids: str) -> None:
    listener = view_of(run).context.listener
    assert listener is not None
    listener.log.answers.record([press(cards[userid], userid, "yes") for userid in userids])  # type: ignore[attr-defined]


def counts_of_answered(ding: DingTalk, run: Campaign) -> dict[str, int]:
    """Return how many have answered, in each place that says so."""
    form, report = opened(run), run.report().page
    texts = {
        "banner": (words(form.answers.head), r"(?:Answered: |已回答：)(\d+)"),
        "display": (repr(run), r"(?:Answered|已回答) +(\d+)"),
        "funnel": (
            read(form.overview.funnel.value.partition(say("report.step_read_only"))[2]).text,
            r"\s*(\d+)",
        ),
        "tiles": (tiles(form).get(capitalize(say("status.read")), "0"), r"(\d+)"),
        "tile of the report": (report, rf"<b>(\d+)</b><span>{capitalize(say('report.answered'))}"),
    }
    found = {place: re.search(pattern, text) for place, (text, pattern) in texts.items()}
    return {place: -1 if number is None else int(number[1]) for place, number in found.items()} | {
        "results": int((run.results()["status"] == "read").sum()),
        "tally": int(run.tally().dropna(subset="answer")["people"].sum()),
        "summary": int(run.summary()["people"].get("read", 0)),
        "home": deliveries_of(ding, [run.name])[0].answered or 0,
        "answers": int(run.answers()["answer"].notna().sum()),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_answer_on_a_reminder_is_counted_everywhere(
    language: Literal["en", "zh"], sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 6)
    first, second, third, fourth, *_ = people["userid"]
    run = ding.plan(people, POLL).send("lunch")
    answer(run, cards_of(run), first, second)
    reminder = run.remind(run.message).send("again")
    assert len(reminder.results()) == 4
    answer(run, cards_of(reminder), third)
    answer(run, cards_of(run), fourth)
    set_language(language)
    home = words(ding.studio().home.box)
    for name, expected, share in (("lunch", 4, "66.7%"), ("again", 2, "50.0%")):
        found = counts_of_answered(ding, ding.campaign(name))
        assert found == dict.fromkeys(found, expected)
        assert f"{say('studio.answered', n=expected)} {share}" in home
    results = run.results().set_index("userid")
    assert results.loc[third, ["status", "evidence", "reached", "read"]].tolist() == ["read", "answer", True, True]


def test_an_answer_on_a_card_before_it_was_sent_again_is_counted_everywhere(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 3)
    first, second, _ = people["userid"]
    run = ding.plan(people, POLL).send("lunch")
    answer(run, cards_of(run), first)
    other = dingnb.card("Lunch", "{{ n }}, are you coming?", buttons={"yes": "Yes", "no": "No", "later": "Later"})
    run = ding.plan(people, other).send("lunch", changed="resend")
    answer(run, cards_of(run), second)
    for campaign in (run, ding.campaign("lunch")):
        found = counts_of_answered(ding, campaign)
        assert found == dict.fromkeys(found, 2)


def test_a_home_page_counts_the_answers_of_messages_with_a_key(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 2)
    first = people["userid"].iloc[0]
    frame = pd.concat([people.assign(month="May"), people.assign(month="June")], ignore_index=True)
    poll = dingnb.card("Lunch", "{{ n }}, {{ month }}?", buttons={"yes": "Yes", "no": "No"})
    run = ding.plan(frame, poll, key="month").send("lunch")
    answer(run, cards_of(run), first)
    # The newest card of this person is that of June.
    reminder = run.remind(run.message).send("again")
    answer(run, {first: cards_of(reminder)[first]}, first)
    found = counts_of_answered(ding, run)
    assert found == dict.fromkeys(found, 2)
    found = counts_of_answered(ding, reminder)
    assert found == dict.fromkeys(found, 1)


def test_an_answer_on_a_reminder_settles_a_card_of_unknown_outcome(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    sandbox.state.faults.add("drop_after", path="/card/instances/createAndDeliver", nth=1)
    run = ding.plan(staff(sandbox, 2), POLL).send("lunch", check=False)
    results = run.results().set_index("userid")["status"]
    assert sorted(results) == ["accepted", "unknown"]
    reminder = run.remind(run.message).send("again")
    answer(run, cards_of(reminder), results.index[results == "unknown"][0])
    found = counts_of_answered(ding, run)
    assert found == dict.fromkeys(found, 1)
    assert sorted(run.results()["status"]) == ["accepted", "read"]
    with pytest.raises(InputError, match="No outcome is unknown"):
        run.resolve("resend")


def test_a_person_twice_in_the_list_is_counted_once_everywhere(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 3)
    first, second, _ = people["userid"]
    frame = pd.concat([people, people.iloc[:1]], ignore_index=True)
    run = ding.plan(frame, POLL).send("lunch", check=False)
    answer(run, cards_of(run), first, second)
    found = counts_of_answered(ding, run)
    of_rows = {place: found.pop(place) for place in ("results", "answers")}
    assert found == dict.fromkeys(found, 2)
    # Of rows, of which this person has two.
    assert of_rows == dict.fromkeys(of_rows, 3)
    assert "Answered: 2 of 3 in the list" in words(opened(run).answers.head)


def test_answers_on_the_card_and_on_its_reminder_count_once_everywhere(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 4)
    first, second, *_ = people["userid"]
    run = ding.plan(people, POLL).send("lunch")
    reminder = run.remind(run.message).send("again")
    answer(reminder, cards_of(reminder), first)
    answer(run, cards_of(run), first, second)
    listener = view_of(run).context.listener
    assert listener is not None
    listener.log.answers.record([press(cards_of(reminder)[second], second, "no")])  # type: ignore[attr-defined]
    for name in ("lunch", "again"):
        found = counts_of_answered(ding, ding.campaign(name))
        assert found == dict.fromkeys(found, 2), name
        assert ding.campaign(name).tally()["people"].tolist() == [1, 1, 2]
    # Reminded once more, those who have answered are left out.
    assert ding.campaign("lunch").remind(run.message).people == 2


def test_answers_stay_counted_everywhere_once_the_cards_are_closed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 3)
    first, second, third = people["userid"]
    run = ding.plan(people, POLL).send("lunch")
    answer(run, cards_of(run), first)
    reminder = run.remind(run.message).send("again")
    answer(reminder, cards_of(reminder), second)
    run.close()
    answer(run, cards_of(run), third)
    for name, expected in (("lunch", 2), ("again", 1)):
        found = counts_of_answered(ding, ding.campaign(name))
        assert found == dict.fromkeys(found, expected), name


def test_reads_before_a_recall_are_counted_alike_everywhere(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    clock: VirtualClock,
) -> None:
    sandbox = open_sandbox(read_share=0.5, read_within_s=600)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 20), dingnb.text("hi")).send("note").wait()
    clock.advance(seconds_to_ns(3_600))
    had_read = int(run.refresh().results()["read"].sum())
    assert 0 < had_read < 20
    run.recall(expect=20)
    form = opened(run)
    steps = dict(delivery_steps(view_of(run).results.snapshot()))
    assert steps == {"Delivered, incl. recalled": 20, "Read, incl. recalled": had_read, "Recalled": 20}
    assert tiles(form) == {"Total": "20", "Recalled": "20 · 100%"}
    assert f"Before the recall: 20 delivered, {had_read} of them read." in words(form.overview.reads)
    assert run.summary()["people"].to_dict() == {"recalled": 20}
    summary = deliveries_of(ding, ["note"])[0]
    assert (summary.delivered, summary.read, summary.recalled) == (20, had_read, 20)
    listed = ding.campaigns().set_index("name").loc["note"]
    assert (listed["delivered"], listed["read"]) == (20, had_read)


def test_a_campaign_opened_before_a_correction_was_sent_shows_who_has_it_since(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 3)
    run = ding.plan(people, dingnb.text("wrong {{ n }}")).send("note").wait()
    run.recall(expect=3)
    assert len(run.missed()) == 3
    ding.plan(people.head(2), dingnb.text("right {{ n }}")).send("note").wait()
    for campaign in (run, ding.campaign("note")):
        assert campaign.results()["status"].tolist() == ["delivered", "delivered", "recalled"]
        # Its hint advises to send them the corrected text.
        assert campaign.missed()["userid"].tolist() == [people["userid"][2]]
        assert campaign.summary()["people"].to_dict() == {"delivered": 2, "recalled": 1}


def test_the_frame_of_campaigns_says_from_how_many_a_message_was_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    people = staff(sandbox, 3)
    run = ding.plan(people, dingnb.text("wrong {{ n }}")).send("note").wait()
    columns = ["delivered", "missed", "recalled"]
    assert ding.campaigns()[columns].to_dict("records") == [{"delivered": 3, "missed": 0, "recalled": 0}]
    run.recall(expect=3)
    assert ding.campaigns()[columns].to_dict("records") == [{"delivered": 3, "missed": 0, "recalled": 3}]
    ding.plan(people.head(2), dingnb.text("right {{ n }}")).send("note").wait()
    assert ding.campaigns()["recalled"].tolist() == [1]


def test_a_person_whom_a_card_did_not_reach_is_not_counted_as_accepted_anywhere(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    people = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": ["nobody-here"], "n": [9]})])
    run = ding.plan(people, dingnb.card("Come?", "x", buttons={"a": "A"})).send("ask")
    assert capsys.readouterr().out.endswith("Sent: 3 of 4 people accepted by DingTalk · 1 person failed\n")
    assert run.summary()["people"].to_dict() == {"accepted": 3, "invalid": 1}
    run.wait("read", timeout_s=1)
    assert "Accepted: 3 people; DingTalk does not report whether a card arrived · 1 person failed · " in (
        capsys.readouterr().out
    )
    assert (run.progress.accepted, run.progress.failed) == (3, 1)
    [listed] = ding.campaigns()[["people", "accepted", "failed", "missed"]].to_dict("records")
    assert listed == {"people": 4, "accepted": 3, "failed": 1, "missed": 1}
    again = ding.plan(pd.concat([people, staff(sandbox, 4).tail(1)]), dingnb.card("Come?", "x", buttons={"a": "A"}))
    again.send("ask")
    assert capsys.readouterr().out.endswith("Sent: 4 of 5 people accepted by DingTalk · 1 person failed\n")
