"""The session of a tab of the app: a reload leads back to what it has shown."""

import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.drafts import Drafts, StoredDraft
from dingnb.client import DingTalk, calls_this_month
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.kit.form import POLL_INTERVAL_NS
from dingnb.ui.results.auto_refresh_model import MAX_HOURS
from dingnb.ui.results.form import ResultsForm
from dingnb.ui.results.reminder_model import SavedReminder
from dingnb.ui.run.refresh_limits import MIN_CALL_LIMIT
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.model import StudioModel
from dingnb.ui.studio.session import Session, session_of_page
from dingnb.words import Language
from tests.media.samples import PNG
from tests.ui.steps import is_shown, people, press_send, type_into, upload
from tests.ui.test_studio import press, sent, shown, step_of, wait, words_of, write

TAB = "0f8fad5b-d9cb-469f-a165-70867728950e"
LIST = b"userid,name,city\nmanager01,Li,X\nuser02,Wang,Y\n"


class Tab:
    """A tab of the app, which can be reloaded: each time in a new process."""

    def __init__(self, folder: Path, ding: DingTalk) -> None:
        self._folder, self._ding = folder, ding
        self.reload()

    def reload(self) -> None:
        model, self.session = StudioModel(self._ding), Session(self._folder)
        self.session.restore(model)
        self.form = StudioForm(model)
        self.session.follow(model)
        wait(self.form)

    def leave(self) -> None:
        wait(self.form)
        self.session.wait()


@pytest.fixture
def tab(tmp_path: Path, ding: DingTalk) -> Tab:
    return Tab(tmp_path / "tab", ding)


@pytest.mark.long
def test_a_reload_comes_back_to_the_step_with_its_list_and_message(tab: Tab, tmp_path: Path) -> None:
    assert tab.form.model.state.is_home
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", LIST)
    wait(tab.form)
    tab.leave()
    tab.reload()
    assert (step_of(tab.form), tab.form.model.state.is_home) == ("recipients", False)
    assert "staff.csv" in words_of(tab.form.upload.notice)
    type_into(tab.form.compose.recipients.key, 2)
    press(tab.form, tab.form.next)
    write(tab.form, "Hello {{ name }}", "Are you in {{ city }}?")
    before = tab.form.frame
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "message"
    assert tab.form.frame.equals(before)
    assert tab.form.frame.index.equals(before.index)
    assert tab.form.compose.field("text").input.value == "Are you in {{ city }}?"
    assert tab.form.compose.recipients.key.value == 2
    assert 'staff = dingnb.read_recipients("staff.csv")' in tab.form.code
    press(tab.form, tab.form.next)
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "check"
    assert tab.form.model.plan_model is not None
    assert len(tab.form.ding.drafts) == 1
    tab.leave()
    folder = tmp_path / "tab"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *sorted(folder.iterdir()))] == [0o700] + [0o600] * 3


def test_a_reload_comes_back_to_the_campaign_that_was_sent_or_opened(tab: Tab) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    name = tab.form.run.name
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "results"
    assert tab.form.results is not None
    assert tab.form.results.run.name == name
    press(tab.form, tab.form.to_home)
    tab.leave()
    tab.reload()
    assert tab.form.model.state.is_home


def test_the_message_of_a_campaign_whose_name_was_typed_with_blanks_is_its_own_also_after_a_reload(tab: Tab) -> None:
    press(tab.form, tab.form.home.sample)
    title = tab.form.compose.field("title").input.value
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    type_into(tab.form.compose.plan_form.sending.name, "Welcome ")
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    assert tab.form.run.name == "Welcome"
    tab.form.model.view_campaign("Welcome")
    assert not tab.form.model.missing_for("message")
    tab.leave()
    tab.reload()
    assert tab.form.model.compose.campaign_name == "Welcome"
    assert not tab.form.model.missing_for("message")
    assert tab.form.compose.field("title").input.value == title


def test_the_send_step_of_a_paused_campaign_can_be_opened_after_a_reload_too(tab: Tab) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    plan_model = tab.form.model.plan_model
    assert plan_model is not None

    def pause() -> None:
        if plan_model.run is not None:
            plan_model.run.pause()

    plan_model.watch(pause)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    name, calls = tab.form.run.name, calls_this_month(tab.form.ding)
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "results"
    assert "dn-later" not in tab.form.steps["send"]._dom_classes
    press(tab.form, tab.form.steps["send"])
    assert step_of(tab.form) == "send"
    tab.form.compose.plan_form.model.wait()
    assert f"Campaign {name} was paused" in shown(tab.form)
    assert calls_this_month(tab.form.ding) == calls


@pytest.mark.parametrize("opened", ["copy", "draft", "continued"])
def test_the_list_of_the_message_before_is_offered_after_a_reload_too(
    tab: Tab, tmp_path: Path, ding: DingTalk, office: RunningSandbox, opened: str
) -> None:
    ding.plan(people(office, 2), dingnb.text("other text")).send("other")
    ding.drafts.save("Precious", "text", {"content": "other text"})
    aside = tmp_path / "tab" / "list_set_aside.pickle"
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", "工号,name,city\nmanager01,Li,X\nuser02,Wang,Y\n".encode())
    wait(tab.form)
    type_into(tab.form.compose.recipients.userid, 0)
    before = tab.form.frame
    press(tab.form, tab.form.to_home)
    if opened == "continued":
        press(tab.form, tab.form.home.campaigns["other"].view)
        press(tab.form, tab.form.steps["message"])
    else:
        home = tab.form.home
        press(tab.form, home.campaigns["other"].copy if opened == "copy" else home.drafts["Precious"].open)
    assert is_shown(tab.form.use_list)
    for _ in range(2):
        tab.leave()
        assert stat.S_IMODE(aside.stat().st_mode) == 0o600
        tab.reload()
        assert step_of(tab.form) == "recipients"
        assert len(tab.form.frame) == 0
        assert tab.form.use_list.description == "Use the previous list: staff.csv · 2 rows"
        assert is_shown(tab.form.use_list)
    press(tab.form, tab.form.use_list)
    assert tab.form.frame.equals(before)
    assert tab.form.compose.recipients.userid.value == 0
    assert 'staff = dingnb.read_recipients("staff.csv")' in tab.form.code
    press(tab.form, tab.form.next)
    assert tab.form.compose.field("content").input.value == "other text"
    # It is no longer set aside.
    tab.leave()
    assert not aside.exists()
    tab.reload()
    assert not is_shown(tab.form.use_list)
    assert tab.form.frame.equals(before)


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_copied_message_is_sent_as_a_campaign_of_its_own(
    tab: Tab, ding: DingTalk, office: RunningSandbox, *, is_reloaded: bool
) -> None:
    message = dingnb.markdown(title="Team day", text="Number {{ n }}")
    ding.plan(people(office, 3), message).send("team-day-2026-11-02")
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", people(office, 6).tail(2).to_csv(index=False).encode())
    wait(tab.form)
    press(tab.form, tab.form.to_home)
    press(tab.form, tab.form.home.campaigns["team-day-2026-11-02"].copy)
    press(tab.form, tab.form.use_list)
    suggested = []
    for title in ("Team day", "Party", "Team day"):
        press(tab.form, tab.form.steps["message"])
        write(tab.form, title, "Number {{ n }}")
        if is_reloaded:
            tab.leave()
            tab.reload()
        press(tab.form, tab.form.steps["check"])
        suggested.append(tab.form.compose.plan_form.sending.name.value)
    assert suggested == ["team-day-2026-11-02-2", "party-2026-11-02", "team-day-2026-11-02-2"]
    # A name that somebody has chosen stays.
    type_into(tab.form.compose.plan_form.sending.name, "chosen")
    press(tab.form, tab.form.steps["message"])
    write(tab.form, "Party", "Number {{ n }}")
    if is_reloaded:
        tab.leave()
        tab.reload()
    press(tab.form, tab.form.steps["check"])
    assert tab.form.compose.plan_form.sending.name.value == "chosen"


def test_a_reload_after_sending_to_numbers_shows_the_phones_of_their_owners(tab: Tab, office: RunningSandbox) -> None:
    found = [user for user in office.state.users() if user["active"]][:2]
    numbers = "".join(f"{user['mobile']},{user['name']},1\n" for user in found)
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", f"mobile,name,n\n{numbers}".encode())
    wait(tab.form)
    sent(tab.form)
    tab.leave()
    tab.reload()
    press(tab.form, tab.form.phone.toggle)
    assert [userid for _, userid in tab.form.phone.person.options] == [user["userid"] for user in found]


def test_a_reload_receives_the_answers_to_open_cards_again(tab: Tab, ding: DingTalk, office: RunningSandbox) -> None:
    card = dingnb.card(title="Team day", text="Coming?", buttons={"yes": "Yes"})
    run = ding.plan(people(office, 3), card).send("poll")
    tab.form.model.home.refresh()
    press(tab.form, tab.form.home.campaigns["poll"].view)
    listener = view_of(run).context.listener
    assert listener is not None
    for _ in range(2):
        tab.form.model.run.receiving.wait()
        assert listener.is_listening
        listener.stop()
        assert not listener.is_listening
        tab.leave()
        tab.reload()
    tab.form.model.run.receiving.wait()
    run.close()
    listener.stop()
    tab.leave()
    tab.reload()
    tab.form.model.run.receiving.wait()
    assert not listener.is_listening


@pytest.mark.refreshes
def test_only_the_page_that_is_shown_refreshes_automatically(
    tab: Tab, ding: DingTalk, office: RunningSandbox, clock: VirtualClock
) -> None:
    ding.plan(people(office, 3), dingnb.text("x")).send("moved")
    tab.form.model.home.refresh()
    press(tab.form, tab.form.home.campaigns["moved"].view)
    assert tab.form.results is not None
    left = tab.form.results.auto_refresh
    # Time stands still, so that it does not end by itself.
    with clock.participating():
        left.switch(is_on=True)
        tab.session.wait()
        tab.reload()
        assert tab.form.results is not None
        assert tab.form.results is not left
        assert tab.form.results.auto_refresh.usage is not None
        calls = left.state.calls
    left.wait()
    assert left.state.calls == calls
    tab.form.results.auto_refresh.wait()
    assert tab.form.results.auto_refresh.state.calls > 0
    tab.leave()
    tab.reload()
    assert tab.form.results is not None
    assert tab.form.results.auto_refresh.usage is None


@pytest.mark.long
@pytest.mark.parametrize("kind", ["text", "card"])
@pytest.mark.parametrize("state", ["written", "prepared", "sent"])
def test_a_reload_keeps_a_reminder_that_was_not_sent(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    tmp_path: Path,
    kind: str,
    state: str,
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    card = dingnb.card(title="Team day", text="Coming?", buttons={"yes": "Yes"})
    run = ding.plan(people(office, 3), card if kind == "card" else dingnb.text("number {{ n }}")).send("unread")
    run.refresh()
    tab = Tab(tmp_path / "tab", ding)
    press(tab.form, tab.form.home.campaigns["unread"].view)

    def results() -> ResultsForm:
        assert tab.form.results is not None
        # What starts once the results are read is waited for as well.
        for _ in range(2):
            tab.form.results.wait()
        return tab.form.results

    results().actions.buttons["remind"].click()
    type_into(results().actions.reminder, "Please read it.")
    if state != "written":
        results().actions.act.click()
        form = results().actions.reminder_form
        assert form is not None
        type_into(form.sending.name, "chosen")
        if state == "sent":
            press_send(form)
            assert form.model.run is not None
            form.model.run.wait()
            results()
    tab.leave()
    calls = len(office.state.recorded_calls())
    tab.reload()
    restored = results()
    form = restored.actions.reminder_form
    # Preparing it again needs no call.
    assert len(office.state.recorded_calls()) == calls
    assert restored.actions_model.state.action == ("" if state == "sent" else "remind")
    assert is_shown(restored.actions.reminder_fields) == (state != "sent" and kind == "text")
    if state != "sent":
        assert restored.actions.reminder.value == "Please read it."
    assert (form is not None) == (state == "prepared")
    if form is not None:
        assert form.sending.name.value == "chosen"
        assert not form.sending.count.value
        press_send(form)
        assert form.model.run is not None
        form.model.run.wait()
        assert len(ding.campaign("chosen").results()) == 3
    if kind == "card":
        run.close()


def test_a_reminder_that_was_not_sent_is_there_when_other_results_were_looked_at_meanwhile(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    for name in ("first", "second"):
        ding.plan(people(office, 3), dingnb.text(f"{name} {{{{ n }}}}")).send(name).refresh()
    tab = Tab(tmp_path / "tab", ding)

    def view(name: str) -> ResultsForm:
        tab.form.model.view_campaign(name)
        assert tab.form.results is not None
        for _ in range(2):
            tab.form.results.wait()
        assert tab.form.results.run.name == name
        return tab.form.results

    for name in ("first", "second"):
        form = view(name)
        form.actions.buttons["remind"].click()
        type_into(form.actions.reminder, f"Please read the {name} one.")
        form.wait()
    for _ in range(2):
        for name in ("first", "second"):
            assert view(name).actions.reminder.value == f"Please read the {name} one."
        tab.leave()
        tab.reload()
    view("first").actions.cancel.click()
    view("second")
    form = view("first")
    assert (form.actions_model.state.action, form.actions.reminder.value) == ("", "")


@pytest.mark.long
def test_a_reload_goes_on_preparing_a_reminder_with_its_progress(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    tmp_path: Path,
) -> None:
    office = open_sandbox(read_share=0.0)
    connect_to(office).plan(people(office, 60), dingnb.text("number {{ n }}")).send("unread").refresh()
    clock.advance(seconds_to_ns(600))
    tab = Tab(tmp_path / "tab", connect_to(office, latency_s=1))
    press(tab.form, tab.form.home.campaigns["unread"].view)
    asked = len(office.state.recorded_calls())
    with clock.participating():
        left = tab.form.results
        assert left is not None
        left.wait()
        left.actions.buttons["remind"].click()
        type_into(left.actions.reminder, "Please read it.")
        left.actions.act.click()
        clock.advance(seconds_to_ns(4))
        tab.session.wait()
        for _ in range(2):
            tab.reload()
            restored = tab.form.results
            assert restored is not None
            clock.advance(seconds_to_ns(1))
            assert restored.actions.reminder.value == "Please read it."
            assert re.search(r"Refreshing delivery status: \d+ of 60 calls\.", words_of(restored.actions.notice))
            # Once, beside what waits for it.
            assert "Refreshing" not in words_of(restored.run_form.notice)
        left.wait()
    for _ in range(2):
        restored.wait()
    form = restored.actions.reminder_form
    assert form is not None
    assert form.model.plan.people == 60
    assert sum("/getsendresult" in call["path"] for call in office.state.recorded_calls()[asked:]) == 60


def test_a_reminder_whose_preparation_was_cut_short_is_prepared_again_after_a_reload(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    tmp_path: Path,
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("unread").refresh()
    tab = Tab(tmp_path / "tab", ding)
    press(tab.form, tab.form.home.campaigns["unread"].view)
    asked = len(office.state.recorded_calls())
    clock.advance(seconds_to_ns(600))
    # As its process leaves it if it is killed before the first call.
    tab.form.model.note_reminder("unread", SavedReminder("Please read it.", started_ns=clock.now_ns()))
    tab.leave()
    tab.reload()
    assert tab.form.results is not None
    for _ in range(2):
        tab.form.results.wait()
    assert tab.form.results.actions.reminder_form is not None
    assert sum("/getsendresult" in call["path"] for call in office.state.recorded_calls()[asked:]) == 3


@pytest.mark.refreshes
def test_a_reload_does_not_renew_the_limits_of_the_automatic_refresh(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    tmp_path: Path,
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    ding.plan(people(office, 12), dingnb.text("number {{ n }}")).send("unread")
    tab = Tab(tmp_path / "tab", ding)
    press(tab.form, tab.form.home.campaigns["unread"].view)
    asked_before = len(office.state.recorded_calls())

    def calls() -> int:
        return sum("/getsendresult" in call["path"] for call in office.state.recorded_calls()[asked_before:])

    with clock.participating():
        started_ns = clock.monotonic_ns()
        tab.form.results.auto_refresh.switch(is_on=True)
        # At first it asks often, until everybody has the message.
        while tab.form.results.auto_refresh.state.usage.next_ns - clock.now_ns() < seconds_to_ns(60):
            clock.advance(seconds_to_ns(1))
        for _ in range(5):
            # A reload is no reason for a round of its own.
            tab.leave()
            made = calls()
            tab.reload()
            tab.form.results.model.wait()
            clock.advance(seconds_to_ns(1))
            usage = tab.form.results.auto_refresh.usage
            assert (usage.calls, usage.max_calls, calls()) == (made, MIN_CALL_LIMIT, made)
    tab.form.results.auto_refresh.wait()
    assert calls() == MIN_CALL_LIMIT
    assert seconds_to_ns(600) < clock.monotonic_ns() - started_ns <= seconds_to_ns(MAX_HOURS * 3_600 + 60)
    assert f"{calls()} calls" in words_of(tab.form.results.overview.refresh_status)


def test_a_draft_that_the_page_before_deletes_during_a_reload_is_that_of_its_campaign(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(tab.form, tab.form.home.sample)
    write(tab.form, "Team day", "Are you coming?")
    press(tab.form, tab.form.next)
    type_into(tab.form.compose.plan_form.sending.name, "team day")
    plan = tab.form.compose.plan_form.model.plan
    tab.leave()
    plan.send("team day")
    load, restore = Drafts.load, Session.restore

    def delete_and_load(drafts: Drafts, name: str) -> StoredDraft:
        drafts.drop(name)
        return load(drafts, name)

    def restore_late(session: Session, studio: StudioModel) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Drafts, "load", delete_and_load)
            restore(session, studio)

    monkeypatch.setattr(Session, "restore", restore_late)
    tab.reload()
    assert not tab.form.ding.drafts
    assert tab.form.model.state.failure is None
    assert step_of(tab.form) == "check"
    assert tab.form.compose.field("text").input.value == "Are you coming?"


@pytest.mark.long
@pytest.mark.refreshes
def test_a_page_that_was_left_while_sending_does_not_refresh(tab: Tab, clock: VirtualClock) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    with clock.participating():
        press_send(tab.form.compose.plan_form)
        left = tab.form
        tab.session.wait()
        tab.reload()
    assert left.model.run is not None
    left.model.run.wait()
    wait(left)
    wait(tab.form)
    assert tab.form.results is not None
    tab.form.results.auto_refresh.wait()
    assert tab.form.results.auto_refresh.state.calls > 0
    if left.results is not None:
        left.results.auto_refresh.wait()
        assert left.results.auto_refresh.state.calls == 0


def test_a_reload_keeps_the_selection_in_the_directory(tab: Tab, ding: DingTalk) -> None:
    finance = ding.people(department="财务部")
    for is_open in (True, False):
        press(tab.form, tab.form.home.new)
        model = tab.form.model.directory
        model.toggle()
        wait(tab.form)
        assert model.state.snapshot is not None
        model.choose_department(model.state.snapshot.tree.find("财务部"), is_on=True)
        model.choose_person(finance["userid"].iloc[0], is_on=False)
        if not is_open:
            model.toggle()
        for _ in range(2):
            tab.leave()
            tab.reload()
        model = tab.form.model.directory
        assert model.state.is_open == is_open
        if not is_open:
            model.toggle()
            wait(tab.form)
        assert model.state.chosen_count == len(finance) - 1
        model.use()
        wait(tab.form)
        assert tab.form.frame["userid"].tolist() == finance["userid"].iloc[1:].tolist()
        press(tab.form, tab.form.to_home)
        tab.form.model.directory.clear()


def test_a_reload_of_the_send_step_says_that_people_are_checked_again(tab: Tab) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    assert step_of(tab.form) == "send"
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "send"
    assert "The recipients were checked again after the reload, which sends nothing." in shown(tab.form)
    press(tab.form, tab.form.back)
    assert step_of(tab.form) == "check"
    assert "checked again" not in shown(tab.form)


def test_a_reload_of_the_send_step_stays_at_a_check_that_fails(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    tab.leave()

    error = LedgerError("The ledger is gone.", "")

    def unreachable(*_: object, **__: object) -> NoReturn:
        raise error

    with monkeypatch.context() as for_now:
        for_now.setattr(DingTalk, "plan", unreachable)
        tab.reload()
        assert step_of(tab.form) == "check"
        assert "The recipients are checked again after a reload." in shown(tab.form)
    tab.form.compose.recipients.check.click()
    wait(tab.form)
    assert step_of(tab.form) == "check"


def test_after_a_reload_each_step_says_what_it_lacks(tab: Tab, ding: DingTalk) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    other = StudioForm(StudioModel(ding))
    press(other, next(iter(other.home.campaigns.values())).view)
    tips = [button.tooltip for button in other.steps.values()]
    assert tips == ["", *["Choose the recipients first."] * 3, "Current step"]
    press(other, other.steps["check"])
    assert step_of(other) == "recipients"
    assert "Choose its list of recipients" in words_of(other.notice)
    press(other, other.steps["check"])
    assert "Choose the recipients first." in words_of(other.notice)


@pytest.mark.long
def test_a_reload_before_a_second_send_does_not_lead_to_the_first_campaign(tab: Tab) -> None:
    press(tab.form, tab.form.home.sample)
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    press(tab.form, tab.form.steps["message"])
    write(tab.form, "Corrected", "Another text")
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    assert step_of(tab.form) == "send"
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "send"
    assert tab.form.model.run is not None
    assert tab.form.model.plan_model is not None
    assert tab.form.model.plan_model.run is None
    assert tab.form.compose.field("title").input.value == "Corrected"


def test_a_reload_after_sending_keeps_the_message_and_its_campaign(tab: Tab, ding: DingTalk) -> None:
    press(tab.form, tab.form.home.sample)
    write(tab.form, "Team day", "Hi {{ name }}, we meet on Friday.")
    press(tab.form, tab.form.next)
    press(tab.form, tab.form.next)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    name = tab.form.run.name
    wait(tab.form)
    tab.leave()
    for _ in range(2):
        tab.reload()
        press(tab.form, tab.form.steps["message"])
        assert tab.form.compose.field("text").input.value == "Hi {{ name }}, we meet on Friday."
        assert not tab.form.model.compose.state.can_undo
        tab.leave()
    # It is the message of the campaign, not a draft, until it is changed.
    assert ding.drafts.names() == []
    press(tab.form, tab.form.steps["check"])
    press(tab.form, tab.form.steps["results"])
    assert step_of(tab.form) == "results"
    assert tab.form.results is not None
    assert tab.form.results.run.name == name
    press(tab.form, tab.form.steps["send"])
    plan = tab.form.compose.plan_form
    plan.model.wait()
    assert plan.sending.name.value == name
    assert plan.model.sent_now == 0
    assert "Everyone in this plan has already been sent the message" in words_of(plan.sending.notice)
    press(tab.form, tab.form.steps["message"])
    write(tab.form, "Team day", "Hi {{ name }}, we meet on Monday.")
    tab.leave()
    tab.reload()
    assert tab.form.compose.field("text").input.value == "Hi {{ name }}, we meet on Monday."
    press(tab.form, tab.form.steps["check"])
    assert tab.form.compose.plan_form.sending.name.value == name


def open_type(tab: Tab, msgtype: str) -> None:
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", LIST)
    wait(tab.form)
    press(tab.form, tab.form.next)
    type_into(tab.form.compose.msgtype, msgtype)


def test_a_reload_keeps_a_chosen_picture(tab: Tab, tmp_path: Path) -> None:
    open_type(tab, "image")
    tab.form.model.compose.choose_file("media_id", "chart.png", PNG)
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "message"
    medium = tab.form.model.compose.state.text.medium("media_id")
    assert medium is not None
    assert (medium.content.name, medium.content.read()) == ("chart.png", PNG)
    assert "Choose them again" not in shown(tab.form)
    assert not tab.form.compose.model.state.can_undo
    assert len(tab.form.ding.drafts) == 1
    press(tab.form, tab.form.next)
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "check"
    assert tab.form.model.plan_model is not None
    tab.leave()
    [kept] = (tmp_path / "tab" / "files").glob("*.zip")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    tab.form.model.compose.remove_media("media_id")
    tab.leave()
    assert not kept.exists()


def test_a_reload_keeps_a_picture_beside_the_draft_of_its_message(tab: Tab) -> None:
    open_type(tab, "link")
    for field, text in (("title", "Team day"), ("text", "Hi {{ name }}"), ("url", "https://example.com")):
        tab.form.model.compose.write(field, text)
    tab.form.model.compose.choose_file("picture", "chart.png", PNG)
    tab.leave()
    [draft] = tab.form.ding.drafts
    version = tab.form.ding.drafts.load(draft).version
    tab.reload()
    text = tab.form.model.compose.state.text
    assert text.at("text") == "Hi {{ name }}"
    assert text.medium("picture") is not None
    tab.leave()
    assert [tab.form.ding.drafts.load(name).version for name in tab.form.ding.drafts] == [version]


def test_a_reload_keeps_the_picture_of_a_message_that_was_sent(tab: Tab) -> None:
    open_type(tab, "image")
    tab.form.model.compose.choose_file("media_id", "chart.png", PNG)
    press(tab.form, tab.form.next)
    press_send(tab.form.compose.plan_form)
    assert tab.form.model.run is not None
    tab.form.model.run.wait()
    tab.leave()
    tab.reload()
    press(tab.form, tab.form.steps["message"])
    assert tab.form.model.compose.state.text.medium("media_id") is not None
    tab.leave()
    # It is a message that was sent, not a draft.
    assert not len(tab.form.ding.drafts)


@pytest.mark.parametrize("is_attached", [False, True])
def test_a_reload_keeps_files_uploaded_for_each_person(tab: Tab, is_attached: bool) -> None:  # noqa: FBT001 - of pytest
    open_type(tab, "file")
    tab.form.model.files.load([("Li.pdf", b"%PDF-1.4 Li"), ("Wang.pdf", b"%PDF-1.4 Wang"), ("Zhao.pdf", b"%PDF-1.4")])
    wait(tab.form)
    if is_attached:
        press(tab.form, tab.form.files.use)
    before, folder = tab.form.model.files.state, tab.form.model.compose.state.text.folder("media_id")
    tab.leave()
    if folder is not None:
        shutil.rmtree(folder.path)
    tab.reload()
    after = tab.form.model.files.state
    assert [file.read() for file in after.files] == [file.read() for file in before.files]
    assert (after.matches, after.pattern, after.unmatched) == (before.matches, "{{ name }}", ("Zhao.pdf",))
    assert after.used_count == (2 if is_attached else 0)
    assert "Choose them again" not in shown(tab.form)
    press(tab.form, tab.form.next if is_attached else tab.form.files.use)
    if is_attached:
        assert tab.form.model.plan_model is not None
        assert tab.form.model.plan_model.plan.attachments()["file"].tolist() == ["Li.pdf", "Wang.pdf"]


def test_a_reload_says_that_large_files_are_not_kept_and_keeps_the_type_of_the_message(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.campaigns.draft_files.MAX_BYTES", len(PNG) - 1)
    open_type(tab, "image")
    tab.leave()
    tab.reload()
    assert tab.form.compose.msgtype.value == "image"
    assert "not kept" not in shown(tab.form)
    tab.form.model.compose.choose_file("media_id", "chart.png", PNG)
    wait(tab.form)
    too_large = "Chosen files of more than 0 MB in total are not kept with the draft."
    assert too_large in shown(tab.form)
    press(tab.form, tab.form.next)
    assert step_of(tab.form) == "check"
    tab.leave()
    tab.reload()
    assert step_of(tab.form) == "message"
    assert tab.form.compose.msgtype.value == "image"
    assert too_large not in shown(tab.form)
    lost = "The files chosen for this message are not on this computer: they have more than 20 MB in total"
    assert lost in shown(tab.form)
    type_into(tab.form.compose.msgtype, "card")
    assert lost not in shown(tab.form)
    type_into(tab.form.compose.msgtype, "file")
    type_into(tab.form.compose.msgtype, "image")
    assert lost in shown(tab.form)
    tab.form.model.compose.choose_file("media_id", "chart.png", PNG)
    wait(tab.form)
    assert lost not in shown(tab.form)


def test_each_tab_has_a_session_of_its_own(tab: Tab, tmp_path: Path, ding: DingTalk) -> None:
    other = Tab(tmp_path / "other", ding)
    press(tab.form, tab.form.home.new)
    tab.leave()
    other.leave()
    for session in (tab, other):
        session.reload()
    assert [session.form.model.state.is_home for session in (tab, other)] == [False, True]


def test_userids_found_before_a_reload_do_not_follow_to_another_app(
    tab: Tab, ding: DingTalk, open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    names = ding.people(everybody=True)["name"].drop_duplicates(keep=False).head(2)
    upload(tab.form.upload.file, "staff.csv", f"name,city\n{names.iloc[0]},X\n{names.iloc[1]},Y\n".encode())
    wait(tab.form)
    before = tab.form.frame
    type_into(tab.form.names.panel.accept, value=True)
    wait(tab.form)
    press(tab.form, tab.form.names.panel.use)
    matched, code = tab.form.frame, tab.form.model.compose.source.frame_code
    assert matched["userid"].notna().all()
    tab.leave()
    tab.reload()
    assert tab.form.frame.equals(matched)
    other = StudioForm(tab.form.model.with_app(connect_to(open_sandbox(app_key="dinganother"))))
    assert other.frame.equals(before)
    assert is_shown(other.names.panel.box)
    for form, expected in (
        (tab.form, code),
        (other, lambda name, _: [f'{name} = dingnb.read_recipients("staff.csv")']),
    ):
        frame_code = form.model.compose.source.frame_code
        assert expected is not None
        assert frame_code is not None
        assert [*frame_code("staff", "ding")] == [*expected("staff", "ding")]
    # The list that was matched can be matched again.
    type_into(tab.form.names.panel.accept, value=True)
    wait(tab.form)
    press(tab.form, tab.form.names.panel.use)
    assert tab.form.frame.equals(matched)
    # A list that has userids of its own is no matched one.
    upload(tab.form.upload.file, "staff.csv", LIST)
    tab.leave()
    tab.reload()
    assert tab.form.model.names.unmatched_list is None


def test_a_reload_keeps_the_choices_for_names(tab: Tab, ding: DingTalk) -> None:
    names = ding.people(everybody=True)["name"].drop_duplicates(keep=False).head(3)
    content = f"name\n{names.iloc[0]}\n{names.iloc[1]}\n{names.iloc[2]}\n".encode()
    for accepts_first in (False, True):
        press(tab.form, tab.form.home.new)
        upload(tab.form.upload.file, f"{accepts_first}.csv", content)
        wait(tab.form)
        panel = tab.form.names.panel
        press(tab.form, panel.find)
        press(tab.form, next(iter(panel.queue.leave_out.values())))
        if accepts_first:
            type_into(panel.accept, value=True)
            wait(tab.form)
        tab.leave()
        for _ in range(2):
            tab.reload()
            tab.leave()
        assert "Your choices for 1 row are kept. Find people again to apply them." in shown(tab.form)
        panel = tab.form.names.panel
        press(tab.form, panel.find)
        if not accepts_first:
            type_into(panel.accept, value=True)
            wait(tab.form)
        assert panel.accept.value
        press(tab.form, panel.use)
        assert tab.form.frame["name"].tolist() == names.iloc[1:].tolist()
        tab.leave()
        tab.reload()
        assert "List in use: 2 rows matched." in shown(tab.form)
        press(tab.form, tab.form.to_home)


def test_a_session_of_another_app_is_not_shown(
    tab: Tab, tmp_path: Path, open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    press(tab.form, tab.form.home.new)
    tab.leave()
    other = Tab(tmp_path / "tab", connect_to(open_sandbox(app_key="dinganother")))
    assert other.form.model.state.is_home


def test_a_draft_deleted_in_another_window_is_left_out(tab: Tab, ding: DingTalk) -> None:
    press(tab.form, tab.form.home.sample)
    write(tab.form, "Mine", "text")
    tab.leave()
    (name,) = ding.drafts.names()
    ding.drafts.drop(name)
    tab.reload()
    assert step_of(tab.form) == "message"
    assert tab.form.compose.field("text").input.value == ""
    assert "The draft that was open here was deleted or sent, maybe in another window." in shown(tab.form)
    assert ding.drafts.names() == []


def test_a_page_shows_a_message_whose_draft_was_deleted_elsewhere_after_a_reload_too(
    tab: Tab, ding: DingTalk, clock: VirtualClock
) -> None:
    with clock.participating():
        tab.form.box.set_state({"_view_count": 1})
        press(tab.form, tab.form.home.sample)
        write(tab.form, "Mine", "text")
        (name,) = ding.drafts.names()
        ding.drafts.drop(name)
        clock.advance(2 * POLL_INTERVAL_NS)
        wait(tab.form)
        assert "“Mine” was deleted or sent, maybe in another window" in shown(tab.form)
        tab.form.box.set_state({"_view_count": 0})
    tab.leave()
    tab.reload()
    assert tab.form.compose.field("text").input.value == "text"
    assert ding.drafts.names() == []
    write(tab.form, "Mine", "text, continued")
    (name,) = ding.drafts.names()
    tab.leave()
    tab.reload()
    assert tab.form.model.saved_draft.name == name
    assert tab.form.compose.field("text").input.value == "text, continued"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_stored_by_another_version_is_restored_as_far_as_possible(
    tab: Tab, tmp_path: Path, ding: DingTalk, language: Language, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    ding.drafts.save("Precious", "text", {"content": "other text"})
    folder = tmp_path / "tab"
    press(tab.form, tab.form.home.new)
    upload(tab.form.upload.file, "staff.csv", LIST)
    wait(tab.form)
    press(tab.form, tab.form.to_home)
    press(tab.form, tab.form.home.drafts["Precious"].open)
    upload(tab.form.upload.file, "other.csv", LIST)
    wait(tab.form)
    press(tab.form, tab.form.next)
    tab.leave()
    # That version had a class that this one does not have, and other fields.
    (folder / "list_set_aside.pickle").write_bytes(b"cdingnb.ui.studio.session\nEarlierList\n.")
    state = json.loads((folder / "tab.json").read_text())
    del state["texts"], state["paused_refreshes"]
    (folder / "tab.json").write_text(json.dumps({**state, "earlier": 1}))
    dingnb.set_language(language)
    tab.reload()
    assert step_of(tab.form) == "message"
    assert len(tab.form.frame) == 2
    assert tab.form.compose.field("content").input.value == "other text"
    said = {
        "en": "Not everything on this page could be restored, perhaps because dingnb was updated: the previous list.",
        "zh": "此页面有内容未能恢复或未能完整恢复，可能因为更新了 dingnb：之前的名单。",
    }
    assert said[language] in shown(tab.form)


def test_the_session_is_named_by_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session_of_page() is None
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("QUERY_STRING", f"token=abc&session={TAB}")
    assert session_of_page() is not None
    assert [path.name for path in (tmp_path / "sessions").iterdir()] == [TAB]
