"""The home page of the studio: which campaigns it lists, and how they are opened."""

import dataclasses
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.calls.context import OPERATOR_VARIABLE
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.draft_files import ChosenFile
from dingnb.campaigns.drafts import Drafts, StoredDraft, save_with_files
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.sending.recall_progress import end_recall, start_recall
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError, LedgerError
from dingnb.ledger.sqlite.session import SqliteSession
from dingnb.limits import STANDARD
from dingnb.media import Content
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.home_model import CAMPAIGNS_PER_PAGE, POLL_INTERVAL_NS, HomeModel
from dingnb.ui.studio.model import StudioModel
from dingnb.words import Language, set_language
from tests.ui.results_steps import choose_action, settle
from tests.ui.steps import is_shown, people, press_send, read, type_into, upload, watch_focus, words
from tests.ui.test_studio import press, shown, step_of, wait, words_of, write

Connect = Callable[..., DingTalk]


def resume_buttons(form: StudioForm) -> dict[str, str]:
    """Return the label of the button in the notice of each unfinished campaign, in their order on the page."""
    boxes = {unfinished.box: name for name, unfinished in form.home.unfinished.items()}
    shown_boxes = form.home._unfinished.children
    assert is_shown(form.home._unfinished)
    return {boxes[box]: box.children[-1].description for box in shown_boxes}


def test_tests_are_listed_only_on_demand(office: RunningSandbox, ding: DingTalk) -> None:
    plan = ding.plan(people(office, 3), dingnb.text("number {{ n }}"))
    tests = [plan.test("manager01", label).name for label in range(3)]
    form = ding.studio()
    assert not form.home.campaigns
    assert form.home.tests.description == "Show tests (3)"
    plan.send("real")
    press(form, form.home.new)
    press(form, form.to_home)
    assert list(form.home.campaigns) == ["real"]
    press(form, form.home.tests)
    assert set(form.home.campaigns) == {"real", *tests}
    assert form.home.tests.description == "Hide tests (3)"
    press(form, form.home.campaigns[tests[0]].view)
    assert form.results is not None
    assert form.results.run.name == tests[0]
    press(form, form.to_home)
    press(form, form.home.tests)
    assert list(form.home.campaigns) == ["real"]


def test_without_tests_there_is_no_button_for_them(office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 3), dingnb.text("hi")).send("real")
    assert not is_shown(ding.studio().home.tests)


def test_the_empty_page_explains_the_steps_until_there_is_a_campaign(office: RunningSandbox, ding: DingTalk) -> None:
    intro = ding.studio().home.intro
    assert [step in intro.value for step in ("Recipients", "Message", "Check", "Results")] == [True] * 4
    ding.plan(people(office, 3), dingnb.text("hi")).send("real")
    assert not ding.studio().home.intro.value


def test_an_unfinished_campaign_is_opened_from_its_notice(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    for name in ("first", "second"):
        with clock.participating():
            run = ding.plan(people(office, 60), dingnb.text(f"{name} {{{{ n }}}}")).send(name, wait=False)
            run.stop()
            run.wait("sent", check=False)
    form = ding.studio()
    assert resume_buttons(form) == {"second": "Resume “second” …", "first": "Resume “first” …"}
    # People stopped them, so that is not what most do next.
    assert [unfinished.open.button_style for unfinished in form.home.unfinished.values()] == ["", ""]
    assert form.home.new.button_style == "primary"
    press(form, form.home.unfinished["first"].open)
    assert step_of(form) == "results"
    assert form.results is not None
    assert form.results.run.name == "first"


def test_nothing_recommends_to_resume_what_was_recalled(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    with clock.participating():
        run = ding.plan(people(office, 60), dingnb.text("wrong {{ n }}")).send("wrong", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        run.pause()
        run.wait("sent", check=False)
    accepted = run.progress.accepted
    assert 0 < accepted < 60
    form = ding.studio()
    assert form.home.unfinished["wrong"].open.description == "Resume “wrong” …"
    assert form.home.unfinished["wrong"].open.button_style == "primary"
    run.recall(expect=accepted)
    press(form, form.home.new)
    press(form, form.to_home)
    assert f"{accepted} of 60 people accepted by DingTalk · {accepted} recalled" in words(form)
    assert form.home.unfinished["wrong"].open.description == "View “wrong”"
    assert form.home.unfinished["wrong"].open.button_style == ""
    assert form.home.new.button_style == "primary"
    assert f"Paused {accepted} recalled" in words_of(form.home.campaigns["wrong"].cells)
    press(form, form.home.unfinished["wrong"].open)
    assert form.results is not None
    settle(form.results)
    assert form.results.run_form.main_button.description == "Resume"
    assert form.results.run_form.main_button.button_style == ""
    assert "The message was recalled. Nothing is being sent. Resume would still send to the rest." in words(form)
    assert "Resume continues from here" not in words(form)


def test_nothing_recommends_to_resume_what_has_closed_cards(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    with clock.participating():
        run = ding.plan(people(office, 60), question).send("team-day", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        run.pause()
        run.wait("sent", check=False)
    form = ding.studio()
    assert form.home.unfinished["team-day"].open.description == "Resume “team-day” …"
    run.close()
    press(form, form.home.new)
    press(form, form.to_home)
    assert f"paused · {run.progress.accepted} of 60 people accepted by DingTalk · cards closed" in words(form)
    assert form.home.unfinished["team-day"].open.description == "View “team-day”"
    assert form.home.unfinished["team-day"].open.button_style == ""
    assert form.home.new.button_style == "primary"


def test_home_warns_of_expected_answers_that_are_not_received_here(
    office: RunningSandbox, ding: DingTalk, connect_to: Connect
) -> None:
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding.plan(people(office, 3), question).send("team-day").wait(check=False)
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("payslip").wait(check=False)
    # As after a restart of the app: the process that received the answers has ended.
    warning = (
        "Answers to team-day are not being received here."
        "Open a campaign to receive its answers, unless another window does."
    )
    with connect_to(office) as restarted:
        form = restarted.studio()
        assert warning in words(form)
        press(form, form.home.campaigns["team-day"].view)
        press(form, form.to_home)
        assert "not being received" not in words(form)
    with connect_to(office) as restarted:
        restarted.campaign("team-day").close()
        assert "not being received" not in words(restarted.studio())


def test_home_recommends_to_resume_only_what_its_own_form_does(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(4, 100)))
    run = ding.plan(people(office, 8), dingnb.text("number {{ n }}")).send("parking", check=False)
    office.state.faults.clear()
    context = view_of(run).context

    def assert_recommended(*, is_to_resume: bool) -> None:
        form = ding.studio()
        opening = form.home.unfinished["parking"].open
        assert opening.description == ("Resume “parking” …" if is_to_resume else "View “parking”")
        assert opening.button_style == ("primary" if is_to_resume else "")
        press(form, opening)
        assert form.results is not None
        settle(form.results)
        assert form.results.run_form.main_button.button_style == ("primary" if is_to_resume else "")

    # The month's calls are used up, as DingTalk says.
    assert_recommended(is_to_resume=False)
    said = "DingTalk refuses calls: the organisation has used up this month's quota."
    assert said in words(ding.studio().home.notice)
    assert is_shown(ding.studio().home.notice)
    with context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'paused', reason = '', hint = ''")
    assert said not in words(ding.studio().home.notice)
    assert_recommended(is_to_resume=True)
    start_recall(context, run._number, 3)
    assert_recommended(is_to_resume=False)
    end_recall(context, run._number, is_complete=False)
    assert_recommended(is_to_resume=False)
    end_recall(context, run._number, is_complete=True)
    assert_recommended(is_to_resume=True)


def test_a_recall_from_a_few_people_does_not_make_a_campaign_a_recalled_one(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding, frame = connect_to(office, latency_s=0.2), people(office, 60)
    with clock.participating():
        run = ding.plan(frame, dingnb.text("number {{ n }}")).send("parking", wait=False)
        clock.wait(clock.event(), seconds_to_ns(2))
        run.pause()
        run.wait("sent", check=False)
    accepted = run.results().query("status == 'accepted'")["userid"]
    assert len(accepted) > 4
    run.recall(accepted[:2], expect=2)
    form = ding.studio()
    resume = form.home.unfinished["parking"]
    assert (resume.open.description, resume.open.button_style) == ("Resume “parking” …", "primary")
    assert "2 recalled" in words(resume.box)
    press(form, resume.open)
    assert form.results is not None
    settle(form.results)
    assert form.results.run_form.main_button.button_style == "primary"
    assert "Resume continues from here" in words(form)
    assert "The message was recalled" not in words(form)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("is_resumed", [False, True])
def test_resuming_a_campaign_that_was_cut_short_is_the_primary_action(
    office: RunningSandbox, ding: DingTalk, language: str, *, is_resumed: bool
) -> None:
    dingnb.set_language(language)
    frame = people(office, 8)
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=3)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(6, 100)))
    run = ding.plan(frame, dingnb.text("number {{ n }}")).send("parking", check=False)
    office.state.faults.clear()
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'running', reason = '', hint = ''")
    form = ding.studio()
    resume = form.home.unfinished["parking"].open
    assert resume.description == {"en": "Resume “parking” …", "zh": "继续“parking”……"}[language]
    assert resume.button_style == "primary"
    assert form.home.new.button_style == ""
    assert {"en": "1 person with unknown outcome", "zh": "1 人结果未知"}[language] in words(
        form.home.unfinished["parking"].box
    )
    sent = len(office.state.messages())
    press(form, resume)
    # Nothing is sent before the counts were shown.
    assert len(office.state.messages()) == sent
    assert form.results is not None
    assert form.results.run_form.main_button.description == {"en": "Resume", "zh": "继续"}[language]
    assert form.results.run_form.main_button.button_style == "primary"
    if is_resumed:
        form.results.run_form.main_button.click()
        form.results.run_model.wait()
        assert run.state == "finished"
    press(form, form.to_home)
    assert list(form.home.unfinished) == ([] if is_resumed else ["parking"])
    assert form.home.new.button_style == ("primary" if is_resumed else "")


def test_who_sends_a_campaign_is_listed_from_the_start(
    office: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OPERATOR_VARIABLE, "ann@laptop")
    ding = connect_to(office)
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("long")
    campaigns = ding.campaigns
    # As between the record of the campaign and its first call.
    monkeypatch.setattr(ding, "campaigns", lambda: campaigns().assign(state="running", sent_by=float("nan")))
    form = ding.studio()
    assert "Sent byann@laptop" in words_of(form.home.campaigns["long"].cells)
    assert "by ann@laptop" not in words(form.home.unfinished["long"].box)
    monkeypatch.setenv(OPERATOR_VARIABLE, "bob@desk")
    other = connect_to(office)
    monkeypatch.setattr(other, "campaigns", ding.campaigns)
    form = other.studio()
    assert "Sent byann@laptop" in words_of(form.home.campaigns["long"].cells)
    assert "by ann@laptop" in words(form.home.unfinished["long"].box)


def test_a_campaign_that_was_cut_short_comes_before_those_that_people_stopped(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {"first": "interrupted", "second": "stopped", "third": "stopped", "fourth": "stopped", "fifth": "running"}
    for name in states:
        ding.plan(people(office, 2), dingnb.text(name)).send(name)
    campaigns = ding.campaigns
    monkeypatch.setattr(
        ding, "campaigns", lambda: campaigns().assign(state=lambda frame: frame["name"].map(states).astype("str"))
    )
    form = ding.studio()
    home = form.home
    assert list(resume_buttons(form).items()) == [
        ("first", "Resume “first” …"),
        ("fifth", "View “fifth”"),
        ("fourth", "Resume “fourth” …"),
    ]
    assert [unfinished.open.button_style for unfinished in home.unfinished.values()] == ["primary", "", ""]
    assert home.new.button_style == ""
    # Those that are not finished say how far they are.
    assert all("2 accepted" in words_of(home.campaigns[name].cells) for name in states)


@pytest.mark.parametrize(
    ("language", "labels", "found", "finished"),
    [
        ("en", ["Find a campaign", "State"], "2 of 13 campaigns", "Finished"),
        ("zh", ["查找任务", "状态"], "13 个任务中找到 2 个", "已完成"),
    ],
)
def test_campaigns_that_do_not_fit_on_a_page_can_be_found_by_name_and_state(
    office: RunningSandbox,
    ding: DingTalk,
    clock: VirtualClock,
    language: Language,
    labels: list[str],
    found: str,
    finished: str,
) -> None:
    frame = people(office, 2)
    names = [f"Bonus {n}" for n in range(13)]
    for n, name in enumerate(names[:10]):
        ding.plan(frame, dingnb.text(f"number {n}")).send(name)
    set_language(language)
    home = ding.studio().home
    assert not is_shown(home._filter)
    for n, name in enumerate(names[10:]):
        run = ding.plan(frame, dingnb.text(f"and {n}")).send(name)
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'paused' WHERE name IN ('Bonus 1', 'Bonus 5')")
    form = ding.studio()
    home = form.home
    assert is_shown(home._filter)
    assert [home.search.description, home.listed_state.description] == labels
    assert finished in [label for label, _ in home.listed_state.options]
    type_into(home.search, " bonus 1")
    assert sorted(home.campaigns) == ["Bonus 1", "Bonus 10", "Bonus 11", "Bonus 12"]
    assert not is_shown(home.pager.box)
    type_into(home.search, "")
    press(form, home.pager.later)
    type_into(home.listed_state, "paused")
    assert sorted(home.campaigns) == ["Bonus 1", "Bonus 5"]
    assert found in words_of(home.found)
    # The list is read again, and a campaign that has been finished meanwhile goes.
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'finished' WHERE name = 'Bonus 5'")
    clock.advance(POLL_INTERVAL_NS)
    form.model.home.poll()
    wait(form)
    assert list(home.campaigns) == ["Bonus 1"]
    assert home.listed_state.value == "paused"
    # It stays while something else is opened, and while fewer are found.
    press(form, home.campaigns["Bonus 1"].view)
    press(form, form.to_home)
    assert list(home.campaigns) == ["Bonus 1"]
    type_into(home.search, "<b>")
    assert not home.campaigns
    assert is_shown(home.search)
    type_into(home.search, "")
    type_into(home.listed_state, "")
    assert len(home.campaigns) == 10


def test_searching_and_paging_do_not_read_all_campaigns_again(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        ding.plan(people(office, 2), dingnb.text(f"number {n} {{{{ n }}}}")).send(f"Bonus {n}")
    ding.campaign("Bonus 0").wait()
    home = ding.studio().home

    def fail(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(DingTalk, "campaigns", fail)
    assert "Bonus 0" not in home.campaigns
    type_into(home.search, "Bonus 0")
    assert list(home.campaigns) == ["Bonus 0"]
    assert "Delivered2 100%" in words_of(home.campaigns["Bonus 0"].cells)
    type_into(home.search, "")
    type_into(home.listed_state, "paused")
    assert not home.campaigns
    type_into(home.listed_state, "")
    press(home._form, home.pager.later)
    assert list(home.campaigns) == ["Bonus 1", "Bonus 0"]
    assert words_of(home.pager.total) == "of 2 · 12 campaigns"
    home.pager.number.set_state({"value": 1})
    assert len(home.campaigns) == 10
    home.pager.number.set_state({"value": 2})
    assert "Delivered2 100%" in words_of(home.campaigns["Bonus 0"].cells)


def test_opening_the_home_page_takes_no_more_statements_with_more_campaigns(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed, execute = list[str](), SqliteSession.execute

    def count(self: SqliteSession, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        executed.append(sql)
        return execute(self, sql, values)

    monkeypatch.setattr(SqliteSession, "execute", count)

    def opened() -> int:
        executed.clear()
        assert HomeModel(ding).state.campaigns
        return len(executed)

    for n in range(CAMPAIGNS_PER_PAGE):
        ding.plan(people(office, 2), dingnb.text(f"number {n} {{{{ n }}}}")).send(f"Bonus {n}")
    with_one_page = opened()
    for n in range(8):
        ding.plan(people(office, 2), dingnb.text(f"others {n} {{{{ n }}}}")).send(f"Others {n}")
    assert opened() == with_one_page


def test_reading_the_lists_while_a_campaign_is_sent_takes_a_fraction_of_the_time(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.plan(people(office, 2), dingnb.text("number {{ n }}")).send("payslip")
    campaigns, reads = ding.campaigns, list[int]()

    def read_slowly() -> pd.DataFrame:
        reads.append(clock.now_ns())
        clock.advance(seconds_to_ns(0.2))
        return campaigns().assign(state="running")

    monkeypatch.setattr(ding, "campaigns", read_slowly)
    home = ding.studio().model.home
    reads.clear()
    for _ in range(6):
        clock.advance(seconds_to_ns(1))
        home.poll()
        home.wait()
    assert len(reads) == 3


def test_all_drafts_are_listed_on_pages(ding: DingTalk) -> None:
    names = [f"draft {n}" for n in range(25)]
    for name in names:
        ding.drafts.save(name, "text", {"content": name})
    form = ding.studio()
    assert list(form.home.drafts) == names[:4:-1]
    assert "Page 1 of 2 · 25 drafts" in words_of(form.home.drafts_pager.position)
    press(form, form.home.drafts_pager.later)
    assert list(form.home.drafts) == names[4::-1]
    for name in names[:5]:
        press(form, form.home.drafts[name].delete)
    # The page has disappeared, and so has its pager.
    assert list(form.home.drafts) == names[:4:-1]
    assert not is_shown(form.home.drafts_pager.box)


def test_a_draft_of_a_file_is_known_by_the_name_of_the_file(ding: DingTalk) -> None:
    for number, name in enumerate(("notice.pdf", "rules.pdf")):
        chosen = ChosenFile("file.media_id", Content.from_bytes(b"%PDF-1.7", "file", name))
        save_with_files(ding.drafts, f"draft {number}", "file", {"media_id": ""}, [chosen], version=0)
    drafts = ding.studio().home.drafts
    assert [row.open.description for row in drafts.values()] == ["File", "File"]
    assert "rules.pdf · draft 1" in words_of(drafts["draft 1"].headline)
    assert "notice.pdf · draft 0" in words_of(drafts["draft 0"].headline)
    for archive in ding._context.ledger.draft_files.glob("*.zip"):
        archive.write_bytes(b"damaged")
    assert "draft 1" in words_of(ding.studio().home.drafts["draft 1"].headline)


def test_what_another_tab_saves_while_a_draft_is_deleted_can_be_restored(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.drafts.save("mine", "text", {"content": "hi"})
    form, load, later = ding.studio(), Drafts.load, ["newer", "newest"]

    def load_and_save(drafts: Drafts, name: str) -> StoredDraft:
        draft = load(drafts, name)
        if later:
            drafts.save(name, "text", {"content": later.pop(0)})
        return draft

    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.load", load_and_save)
        press(form, form.home.drafts["mine"].delete)
    assert ding.drafts.names() == []
    press(form, form.home.restore_draft)
    assert ding.drafts.load("mine").texts == {"content": "newest"}


def test_a_deleted_draft_can_be_restored_if_the_lists_could_not_be_read_after_it(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.drafts.save("mine", "text", {"content": "hi"})
    form = ding.studio()

    def fail(_: object) -> None:
        what, hint = "The ledger is gone.", "Connect it."
        raise LedgerError(what, hint)

    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.names", fail)
        press(form, form.home.drafts["mine"].delete)
    assert "The ledger is gone." in shown(form)
    assert ding.drafts.names() == []
    press(form, form.home.restore_draft)
    assert ding.drafts.names() == ["mine"]


def test_a_poll_clears_an_error_of_reading_but_not_that_of_an_action(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.plan(people(office, 2), dingnb.text("hi")).send("real")
    form = ding.studio()
    home = form.model.home

    def fail(_: object) -> None:
        what, hint = "The ledger is gone.", "Connect it."
        raise LedgerError(what, hint)

    def poll() -> None:
        clock.advance(POLL_INTERVAL_NS)
        home.poll()
        wait(form)

    home.fail(InputError("The draft was not deleted.", "Try again."))
    poll()
    assert "The draft was not deleted." in shown(form)
    press(form, form.home.tests)
    assert "The draft was not deleted." not in shown(form)
    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.names", fail)
        poll()
        assert "The ledger is gone." in shown(form)
    poll()
    assert "The ledger is gone." not in shown(form)


def test_the_home_page_follows_a_recall_elsewhere(office: RunningSandbox, ding: DingTalk, clock: VirtualClock) -> None:
    run = ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("payslip").wait()
    form = ding.studio()
    wait(form)
    run.recall(people(office, 2)["userid"], expect=2)
    ding.plan(people(office, 3), dingnb.text("other {{ n }}")).send("other")
    form.model.home.poll()
    form.model.home.wait()
    assert list(form.home.campaigns) == ["payslip"]
    clock.advance(POLL_INTERVAL_NS)
    form.model.home.poll()
    form.model.home.wait()
    assert "2 recalled" in words_of(form.home.campaigns["payslip"].cells)
    assert "other" in form.home.campaigns


def test_a_recall_that_is_being_made_or_is_incomplete_is_said_first(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, outage_patience_s=60)
    run = ding.plan(people(office, 5), dingnb.text("number {{ n }}")).send("payslip").wait()
    ding.plan(people(office, 2), dingnb.text("other {{ n }}")).send("other")
    assert not ding.studio().home.unfinished
    start_recall(view_of(run).context, run._number, 5)
    form = ding.studio()
    assert "Being recalled: payslip" in words_of(form.home.unfinished["payslip"].notice)
    assert "Being recalled" in words_of(form.home.campaigns["payslip"].cells)
    end_recall(view_of(run).context, run._number, is_complete=True)
    office.state.faults.add("refuse", path="/recall", nth=3, for_s=600)
    with pytest.raises(dingnb.DingError):
        run.recall(expect=5)
    form = ding.studio()
    assert resume_buttons(form) == {"payslip": "View “payslip”"}
    said = words_of(form.home.unfinished["payslip"].notice)
    assert "Recall incomplete: payslip" in said
    assert "Some people may still have the message." in said
    assert "dn-badge-warn" in form.home.campaigns["payslip"].cells.value
    assert "Recall incomplete 3 recalled" in words_of(form.home.campaigns["payslip"].cells)
    set_language("zh")
    assert "撤回未完成" in words_of(ding.studio().home.campaigns["payslip"].cells)
    set_language("en")
    # DingTalk recalls nothing after a day, so nothing can be done.
    clock.advance(seconds_to_ns(25 * 3_600))
    form = ding.studio()
    assert not form.home.unfinished
    assert "Recall incomplete" in words_of(form.home.campaigns["payslip"].cells)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_campaign_lists_how_many_did_not_get_it(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, language: str
) -> None:
    office = open_sandbox(failed_share=0.4)
    ding, frame = connect_to(office), people(office, 30)
    runs = [ding.plan(frame, dingnb.text("number {{ n }}")).send(name).wait() for name in ("payslip", "again")]
    dingnb.set_language(language)
    form = ding.studio()
    for run in runs:
        # Those whom DingTalk has not sent the same text again have it.
        n = len(run.missed())
        assert 0 < n < 30
        cells = form.home.campaigns[run.name].cells
        said = {"en": f"Finished {n} missed it", "zh": f"已完成 {n} 未收到"}[language]
        assert said in words_of(cells)
        assert "dn-badge-warn" in cells.value
    well = ding.plan(frame.iloc[:1], dingnb.text("all well")).send("well")
    form.model.home.refresh()
    form.render()
    # Nobody knows yet whether it arrived.
    assert "dn-badge-" not in form.home.campaigns["well"].cells.value
    assert {"en": "no results yet", "zh": "暂无结果"}[language] in words_of(form.home.campaigns["well"].cells)
    well.refresh()
    form.model.home.refresh()
    form.render()
    assert "dn-badge-good" in form.home.campaigns["well"].cells.value
    assert {"en": "no results yet", "zh": "暂无结果"}[language] not in words_of(form.home.campaigns["well"].cells)


def test_the_first_page_warns_when_the_month_has_no_calls_left(office: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=2))
    form = ding.studio()
    assert not is_shown(form.home.notice)
    ding.plan(people(office, 2), dingnb.text("number {{ n }}")).send("payslip")
    form.model.home.refresh()
    form.render()
    assert is_shown(form.home.notice)
    assert "No calls are left this month" in words_of(form.home.notice)


def test_the_first_page_resumes_once_a_higher_limit_is_set(office: RunningSandbox, connect_to: Connect) -> None:
    few = connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=2))
    few.plan(people(office, 4), dingnb.text("number {{ n }}")).send("payslip", check=False)

    def offered(ding: DingTalk) -> list[bool]:
        form = ding.studio()
        wait(form)
        return [campaign.should_resume for campaign in form.model.home.state.unfinished]

    assert (offered(few), offered(connect_to(office))) == ([False], [True])


def test_the_phones_of_an_opened_campaign_have_names(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 3).assign(name=["Ann", "Bob", "Cid"])
    ding.plan(frame, dingnb.text("Hi {{ name }}")).send("real")
    form = ding.studio()
    press(form, form.home.campaigns["real"].view)
    press(form, form.phone.toggle)
    assert [label for label, _ in form.phone.person.options] == [
        f"{name} · {userid}" for name, userid in zip(frame["name"], frame["userid"], strict=True)
    ]
    ding.plan(people(office, 2), dingnb.text("Hi")).send("nameless")
    clock.advance(DEBOUNCE_NS)
    press(form, form.to_home)
    press(form, form.home.campaigns["nameless"].view)
    assert form.phone.person.options == tuple((userid, userid) for userid in people(office, 2)["userid"])


def test_a_step_that_waits_for_the_check_says_so(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_plan, may_end = DingTalk.plan, clock.event()

    def plan_later(*args: Any, **keywords: Any) -> Plan:
        clock.wait(may_end)
        return make_plan(*args, **keywords)

    monkeypatch.setattr(DingTalk, "plan", plan_later)
    form = ding.studio(people(office, 3))
    press(form, form.next)
    write(form, "T", "Hi")
    form.next.click()
    form.next.click()
    assert step_of(form) == "check"
    assert "The check is still running." in shown(form)
    may_end.set()
    wait(form)
    assert "The check is still running." not in shown(form)


def test_the_studio_opens_without_showing_the_connected_login_before(monkeypatch: pytest.MonkeyPatch) -> None:
    page = dingnb.studio()
    seen: list[tuple[bool, str]] = []
    open_model = StudioModel.__init__

    def look(*args: Any, **keywords: Any) -> None:
        seen.append((is_shown(page.login.box), read(page.opening.value).text))
        open_model(*args, **keywords)

    monkeypatch.setattr(StudioModel, "__init__", look)
    page.login.model.use_sandbox()
    page.login.model.wait()
    assert seen == [(False, "Opening the studio …")]
    assert page.opening.value == ""
    assert not is_shown(page.login.box)


def test_the_settings_can_be_opened_while_the_studio_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    page = dingnb.studio()
    has_begun, may_end = threading.Event(), threading.Event()
    in_time: list[bool] = []
    open_model = StudioModel.__init__

    def open_late(*args: Any, **keywords: Any) -> None:
        has_begun.set()
        in_time.append(may_end.wait(10))
        open_model(*args, **keywords)

    monkeypatch.setattr(StudioModel, "__init__", open_late)
    page.login.model.use_sandbox()
    assert has_begun.wait(60)
    page.to_settings.click()
    assert is_shown(page.settings.box)
    may_end.set()
    page.login.model.wait()
    assert in_time == [True]
    assert is_shown(page.settings.box)
    page.to_settings.click()
    assert is_shown(page.studio.box)


def test_the_title_of_the_steps_is_the_campaign(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.studio(people(office, 3))
    assert read(form.head.value).text.startswith("New campaign")
    press(form, form.next)
    write(form, "Rent", "Hi")
    press(form, form.next)
    assert read(form.head.value).text.startswith("Campaign rent-2026-11-02")
    type_into(form.compose.plan_form.sending.name, "other")
    assert read(form.head.value).text.startswith("Campaign other")


def test_a_paused_campaign_has_one_primary_button(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    form = connect_to(office, latency_s=0.3).studio(people(office, 60))
    press(form, form.next)
    write(form, "Number {{ n }}", "Number {{ n }}")
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    plan.model.wait()
    with clock.participating():
        press_send(plan)
        assert form.next.button_style == "primary"
        run = plan.model.run
        assert run is not None
        run.run.pause()
        run.run.wait("sent", check=False)
    run.reload()
    run.wait()
    wait(form)
    form.render()
    assert run.state.is_halted
    assert form.next.button_style == ""


@pytest.mark.usefixtures("in_chinese")
def test_a_renamed_column_is_shown_with_its_name_in_the_file(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", "userid,姓名,奖金\nmanager01,李,5\n".encode())
    wait(form)
    listed = read(form.list_preview.value).text
    assert "姓名（name）" not in words_of(form.list_preview) + words_of(form.upload.notice)
    assert listed.count("姓名") == 1
    shown, _, folded = form.upload.notice.value.partition("<summary>文件信息</summary>")
    assert "staff.csv：1 行，3 列" in read(shown).text
    assert "userid、姓名、奖金" in read(folded).text
    assert "代码中的列名姓名 → name" in read(folded).text
    # What a file has to contain is said until there is one.
    assert not is_shown(form.upload.hint)
    titles = ["userid", "姓名", "奖金"]
    assert [title for title, _ in form.compose.recipients.key.options][1:] == titles
    press(form, form.names.toggle)
    assert [title for title, _ in form.names.panel.columns["name"].options][1:] == titles
    press(form, form.names.toggle)
    press(form, form.next)
    chips = [chip.description for chip in form.compose.tools.chips.values()]
    assert chips == titles
    assert [title for title, _ in form.files.column.options][1:] == titles
    type_into(form.compose.msgtype, "file")
    paths = form.compose.field("media_id").media
    assert paths is not None
    assert [title for title, _ in paths.column.options][1:] == titles
    assert [title.partition(" | ")[0] for title, _ in form.compose.tools.formats.options][1:] == ["奖金"] * 2


@pytest.mark.parametrize(
    ("language", "not_sent", "listed"),
    [("en", "2 not sent (3 rows)", "of 4 in the list"), ("zh", "2 不发送（3 行）", "名单共 4")],
)
def test_a_person_with_several_rejected_rows_counts_once(
    office: RunningSandbox, ding: DingTalk, language: str, not_sent: str, listed: str
) -> None:
    staff = people(office, 3)
    frame = pd.concat([staff, staff.head(1).assign(n=9), staff.head(1).assign(userid=None)], ignore_index=True)
    ding.plan(frame, dingnb.text("number {{ n }}")).send("note")
    dingnb.set_language(language)
    cells = words_of(ding.studio().home.campaigns["note"].cells)
    assert not_sent in cells
    assert listed in cells


@pytest.mark.parametrize(
    ("language", "all_excluded", "some_excluded"),
    [
        ("en", "1 not sent excluded by you", "2 not sent excluded by you: 1 row"),
        ("zh", "1 不发送 您已排除", "2 不发送 其中您排除：1 行"),
    ],
)
def test_people_excluded_on_purpose_are_no_problem(
    office: RunningSandbox, ding: DingTalk, language: str, all_excluded: str, some_excluded: str
) -> None:
    staff = people(office, 3)
    left = [str(staff["userid"].iloc[0])]
    ding.plan(staff, dingnb.text("number {{ n }}"), exclude=left).send("note")
    frame = pd.concat([staff, staff.tail(1).assign(userid="other", n=None)], ignore_index=True)
    ding.plan(frame, dingnb.text("once more {{ n }}"), exclude=left).send("mixed")
    dingnb.set_language(language)
    campaigns = ding.studio().home.campaigns
    assert all_excluded in words_of(campaigns["note"].cells)
    assert some_excluded in words_of(campaigns["mixed"].cells)
    assert ["dn-problems" in campaigns[name].cells.value for name in ("note", "mixed")] == [False, True]


def test_a_reminder_and_its_campaign_lead_to_each_other(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("payslip").wait()
    run.remind(dingnb.text("please read {{ n }}")).send("payslip-reminder")
    form = ding.studio()
    wait(form)
    listed = form.home.campaigns
    assert not is_shown(listed["payslip"].reminded)
    assert is_shown(listed["payslip-reminder"].reminded)
    assert listed["payslip-reminder"].reminded.description == "Reminder of payslip"
    press(form, listed["payslip-reminder"].reminded)
    assert form.model.page == "results/payslip"
    assert not is_shown(form.to_reminded)
    assert form.results is not None
    form.results.wait()
    [reminded] = form.results.actions.reminded.children
    sent, link = reminded.children
    assert "as campaign payslip-reminder" in words_of(sent)
    # Beside the reminder, the rows say whose they are.
    assert "Results by rowCampaign payslip" in words_of(form.results.people.heading)
    focused = watch_focus(monkeypatch)
    press(form, link)
    assert form.model.page == "results/payslip-reminder"
    # What was pressed is gone.
    assert focused[-1] is form.steps["results"]
    assert is_shown(form.to_reminded)
    assert form.to_reminded.description == "Reminder of payslip"
    form.results.wait()
    assert "payslip" not in form.results.people.heading.value
    focused.clear()
    press(form, form.to_reminded)
    assert form.model.page == "results/payslip"
    assert focused[-1] is form.steps["results"]
    press(form, form.to_home)
    assert not is_shown(form.to_reminded)


def test_the_code_has_a_reminder_once_it_is_prepared(office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("payslip").wait().refresh()
    form = ding.studio()
    wait(form)
    press(form, form.home.campaigns["payslip"].view)
    assert form.results is not None
    form.results.wait()
    assert "payslip" not in form.code
    results = form.results
    choose_action(results, "remind")
    results.actions.reminder.set_state({"value": "please read it"})
    results.actions.act.click()
    results.wait()
    found, prepared = form.code.splitlines()[-2:]
    assert found == 'run = ding.campaign("payslip")'
    assert prepared.startswith('reminder = run.remind(dingnb.text(content="please read it")')
    results.actions.reminder.set_state({"value": "please read it now"})
    assert "remind" not in form.code
