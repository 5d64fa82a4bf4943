"""Several messages in one studio: each has its own draft and its own campaign."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dingnb.campaigns.drafts import Drafts
from dingnb.campaigns.plan import Plan
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.draft_format import list_written_for
from dingnb.ui.studio.form import StudioForm
from tests.media.samples import PNG
from tests.ui.steps import people, press_send, read, type_into, upload
from tests.ui.steps import write as write_in
from tests.ui.test_studio import press, sent, shown, step_of, wait, write

Action = Callable[[StudioForm], None]


@pytest.fixture
def form(office: RunningSandbox, ding: DingTalk) -> StudioForm:
    return ding.studio(people(office, 12))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> threading.Event:
    """Return an event for which the start of a campaign waits."""
    send, may_start = Plan.send, clock.event()

    def send_later(plan: Plan, *args: Any, **keywords: Any) -> Any:
        clock.wait(may_start)
        return send(plan, *args, **keywords)

    monkeypatch.setattr(Plan, "send", send_later)
    return may_start


def texts(ding: DingTalk) -> dict[str, str]:
    return {name: ding.drafts.load(name).texts["text"] for name in ding.drafts.names()}


def begin_anew(form: StudioForm) -> None:
    press(form, form.home.new)


def copy(form: StudioForm) -> None:
    press(form, form.home.campaigns["first"].copy)


def open_draft(form: StudioForm) -> None:
    press(form, form.home.drafts["Old"].open)


def use_sample(form: StudioForm) -> None:
    press(form, form.home.sample)


def press_start(form: StudioForm) -> None:
    """Write a message, check it and press the send button, without waiting until it has started."""
    press(form, form.steps["message"])
    write(form, "Sent", "the text that is sent")
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    type_into(plan.sending.count, str(plan.model.plan.people))
    plan.sending.send.click()
    assert plan.model.state.stage == "starting"


def let_start(form: StudioForm, start: threading.Event) -> None:
    (plan_model,) = [kept for kept in form.model.compose.plan_models if kept.state.stage == "starting"]
    start.set()
    plan_model.wait()
    assert plan_model.run is not None
    plan_model.run.wait()
    wait(form)


def test_a_message_of_another_channel_does_not_keep_the_name_of_the_campaign_just_sent(form: StudioForm) -> None:
    name = sent(form).run.name
    press(form, form.steps["message"])
    type_into(form.compose.msgtype, "card")
    type_into(form.compose.field("buttons[0].label").input, "Yes")
    type_into(form.compose.field("buttons[1].label").input, "No")
    press(form, form.steps["check"])
    sending = form.compose.plan_form.sending
    assert sending.name.value == f"{name}-2"
    assert not sending.send.disabled


@pytest.mark.parametrize("begin", [begin_anew, copy, open_draft, use_sample])
@pytest.mark.parametrize("mode", ["SANDBOX", "LIVE"])
def test_another_campaign_does_not_begin_under_the_name_of_the_last_one(
    begin: Action, mode: str, office: RunningSandbox, request: pytest.FixtureRequest
) -> None:
    ding: DingTalk = request.getfixturevalue("ding")
    form = ding.studio(people(office, 12))
    press(form, form.next)
    write(form, "First", "The first text {{ n }}")
    press(form, form.next)
    type_into(form.compose.plan_form.sending.name, "first")
    press(form, form.next)
    form.compose.plan_form.model.wait()
    press_send(form.compose.plan_form)
    first = form.model.run
    assert first is not None
    first.wait()
    assert (first.run.name, step_of(form)) == ("first", "results")
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "Old text"})
    press(form, form.to_home)
    begin(form)
    # Its results are not those of the message that is written now.
    assert form.model.run is None
    press(form, form.steps["results"])
    assert step_of(form) != "results"
    assert "Nothing has been sent yet." in shown(form)
    if begin is begin_anew:
        write(form, "Second", "The second text")
    if mode == "LIVE":
        request.getfixturevalue("live")
    press(form, form.steps["check"])
    plan = form.compose.plan_form
    plan.model.wait()
    assert plan.model is not form.model.compose.plan_models[0]
    assert (plan.sending.name.value == "") == (mode == "LIVE")
    assert plan.sending.name.value != "first"
    # From then on it is the name of this one.
    type_into(plan.sending.name, "second")
    press(form, form.steps["message"])
    write(form, "Second", "The second text, corrected")
    press(form, form.next)
    assert form.compose.plan_form.sending.name.value == "second"


def test_a_copy_of_the_message_just_sent_is_checked_and_sent_as_another_campaign(form: StudioForm) -> None:
    name = sent(form).run.name
    press(form, form.to_home)
    press(form, form.home.campaigns[name].copy)
    assert form.model.plan_model is None
    press(form, form.steps["check"])
    assert form.model.plan_model is not None
    assert form.model.plan_model.run is None


@pytest.mark.parametrize("begin", [begin_anew, copy, open_draft, use_sample])
def test_undo_does_not_lead_back_to_a_campaign_that_was_sent(begin: Action, form: StudioForm, ding: DingTalk) -> None:
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "Old text"})
    press(form, form.next)
    write(form, "First", "The first text {{ n }}")
    press(form, form.next)
    type_into(form.compose.plan_form.sending.name, "first")
    press(form, form.next)
    press_send(form.compose.plan_form)
    assert form.model.run is not None
    form.model.run.wait()
    press(form, form.to_home)
    begin(form)
    before = form.model.compose.state.text
    assert not form.model.compose.state.can_undo
    press(form, form.compose.undo)
    assert form.model.compose.state.text == before
    assert form.model.run is None


def test_undo_in_a_new_campaign_does_not_bring_the_message_before_it(form: StudioForm) -> None:
    press(form, form.next)
    write(form, "Mine", "my text")
    for begin in (begin_anew, use_sample):
        press(form, form.to_home)
        begin(form)
        assert not form.model.compose.state.can_undo
        write(form, "New", "new text")
        assert form.model.compose.state.can_undo


def test_undoing_past_the_opening_of_a_draft_leaves_that_draft_alone(form: StudioForm, ding: DingTalk) -> None:
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "old text"})
    press(form, form.next)
    write(form, "New", "new text")
    (mine,) = set(ding.drafts.names()) - {"Old"}
    press(form, form.to_home)
    press(form, form.home.drafts["Old"].open)
    assert form.model.saved_draft.name == "Old"
    press(form, form.compose.undo)
    assert form.compose.field("text").input.value == "new text"
    assert texts(ding) == {"Old": "old text", mine: "new text"}
    assert form.model.saved_draft.name == mine
    write(form, "New", "newer text")
    assert texts(ding) == {"Old": "old text", mine: "newer text"}
    press(form, form.compose.undo)
    press(form, form.compose.redo)
    assert texts(ding) == {"Old": "old text", mine: "newer text"}


def test_the_draft_of_a_correction_is_opened_with_its_campaign(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    name = sent(form).run.name
    press(form, form.steps["message"])
    write(form, "Corrected", "You are number {{ n }}, corrected.")
    [draft] = ding.drafts.names()

    # As another process opens it, with its list.
    later = ding.studio(people(office, 12))
    later.model.go_home()
    press(later, later.home.drafts[draft].open)
    assert step_of(later) == "message"
    press(later, later.steps["results"])
    assert later.model.run is not None
    assert later.model.run.run.name == name
    press(later, later.steps["check"])
    plan = later.compose.plan_form
    plan.model.wait()
    assert plan.sending.name.value == name
    assert plan.model.state.undecided


def test_a_draft_stores_the_list_that_was_shown_when_it_was_written(
    ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, may_save = Drafts.save, clock.event()

    def save_later(drafts: Drafts, *args: Any, **keywords: Any) -> Any:
        clock.wait(may_save)
        return save(drafts, *args, **keywords)

    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", b"userid,name\na1,Ann\na2,Bob\n")
    form.model.wait()
    press(form, form.next)
    monkeypatch.setattr(Drafts, "save", save_later)
    for typed in ("for two", "for two people"):
        type_into(form.compose.field("text").input, typed)
    # Another campaign begins before this is saved.
    form.model.start_new()
    assert not len(form.model.compose.frame)
    may_save.set()
    wait(form)
    (name,) = ding.drafts.names()
    written_for = list_written_for(ding.drafts.load(name).texts)
    assert written_for is not None
    assert written_for.rows == 2


def test_the_draft_of_a_copy_stays_a_copy_after_a_restart(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    name = sent(form).run.name
    press(form, form.to_home)
    press(form, form.home.campaigns[name].copy)
    draft = form.model.saved_draft.name
    form.close()
    again = ding.studio(people(office, 12))
    again.model.open_draft(draft)
    wait(again)
    assert f"Its message was copied from “{name}”." in shown(again)
    press(again, again.steps["check"])
    assert again.model.plan_model is not None
    assert again.model.plan_model.state.name == f"{name}-2"
    assert again.model.plan_model.sent_now == 12


def test_the_draft_of_a_copy_is_not_for_the_list_of_the_message_before(form: StudioForm, ding: DingTalk) -> None:
    name = sent(form).run.name
    upload(form.upload.file, "staff.csv", b"userid,name\na1,Ann\na2,Bob\n")
    wait(form)
    form.model.copy_message(name)
    wait(form)
    assert form.model.saved_draft.name
    assert list_written_for(ding.drafts.load(form.model.saved_draft.name).texts) is None


def test_a_draft_is_called_in_notes_as_in_the_list_of_drafts(form: StudioForm, ding: DingTalk) -> None:
    name = "2026-11-02 08:00"
    ding.drafts.save(name, "markdown", {"title": "Bonus", "text": "old text"})
    form.model.open_draft(name)
    wait(form)
    assert "“Bonus” is open; changes are saved in it." in read(form.notice.value).text
    ding.drafts.save(name, "markdown", {"title": "Bonus", "text": "from another tab"})
    write(form, "Bonus", "from here")
    assert "“Bonus” was changed elsewhere; the message here is saved as another draft." in read(form.notice.value).text
    assert sorted(texts(ding).values()) == ["from another tab", "from here"]


def test_undo_and_redo_change_the_draft_that_they_lead_to(form: StudioForm, ding: DingTalk) -> None:
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "old text"})
    press(form, form.next)
    write(form, "New", "new text")
    (mine,) = set(ding.drafts.names()) - {"Old"}
    form.model.open_draft("Old")
    write(form, "Old", "old text, changed")
    for _ in range(2):
        press(form, form.compose.undo)
    assert texts(ding) == {"Old": "old text", mine: "new text"}
    for _ in range(2):
        press(form, form.compose.redo)
    assert texts(ding) == {"Old": "old text, changed", mine: "new text"}
    assert form.model.saved_draft.name == "Old"


def test_undoing_leads_through_a_draft_that_was_opened_twice_without_losing_a_text(
    form: StudioForm, ding: DingTalk
) -> None:
    press(form, form.next)
    write(form, "Mine", "first text")
    (mine,) = ding.drafts.names()
    ding.drafts.save("Other", "markdown", {"title": "Other", "text": "other text"})
    form.model.open_draft("Other")
    form.model.open_draft(mine)
    wait(form)
    write(form, "Mine", "second text")
    assert texts(ding) == {mine: "second text", "Other": "other text"}
    for _ in range(3):
        press(form, form.compose.undo)
    assert form.compose.field("text").input.value == "first text"
    # The draft is that of the text that was opened; this one is saved as another.
    write(form, "Mine", "third text")
    assert sorted(texts(ding).values()) == ["first text", "other text", "third text"]
    assert texts(ding)[mine] == "first text"
    assert "elsewhere" not in shown(form)


def test_a_draft_that_another_tab_has_changed_is_not_overwritten_by_undoing_its_opening(
    form: StudioForm, ding: DingTalk
) -> None:
    press(form, form.next)
    write(form, "Mine", "first text")
    (mine,) = ding.drafts.names()
    ding.drafts.save(mine, "markdown", {"title": "Mine", "text": "from another tab"})
    form.model.open_draft(mine)
    wait(form)
    press(form, form.compose.undo)
    assert texts(ding)[mine] == "from another tab"
    assert sorted(texts(ding).values()) == ["first text", "from another tab"]


def test_a_start_deletes_the_draft_that_was_sent_and_no_other(
    form: StudioForm, ding: DingTalk, start: threading.Event
) -> None:
    ding.drafts.save("Other", "markdown", {"title": "Other", "text": "other text"})
    press_start(form)
    press(form, form.to_home)
    press(form, form.home.drafts["Other"].open)
    let_start(form, start)
    assert texts(ding) == {"Other": "other text"}
    assert form.model.saved_draft.name == "Other"


def test_a_start_deletes_its_draft_although_another_campaign_has_begun(
    form: StudioForm, ding: DingTalk, start: threading.Event
) -> None:
    press_start(form)
    press(form, form.to_home)
    press(form, form.home.new)
    let_start(form, start)
    assert texts(ding) == {}
    assert form.model.run is None


def test_a_text_written_during_the_start_keeps_its_draft(
    form: StudioForm, ding: DingTalk, start: threading.Event
) -> None:
    press_start(form)
    press(form, form.steps["message"])
    write(form, "Sent", "written meanwhile")
    let_start(form, start)
    assert list(texts(ding).values()) == ["written meanwhile"]


def test_a_check_that_ends_after_another_campaign_has_begun_is_not_of_that_one(
    form: StudioForm, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    make_plan, may_end = DingTalk.plan, clock.event()

    def plan_later(*args: Any, **keywords: Any) -> Plan:
        clock.wait(may_end)
        return make_plan(*args, **keywords)

    monkeypatch.setattr(DingTalk, "plan", plan_later)
    press(form, form.next)
    write(form, "First", "The first text")
    form.next.click()
    form.home.new.click()
    may_end.set()
    wait(form)
    (first,) = form.model.compose.plan_models
    assert form.model.plan_model is None
    write(form, "Second", "The second text")
    first.set_name("first")
    press(form, form.steps["check"])
    assert form.compose.plan_form.sending.name.value not in {"", "first"}


def test_the_notice_that_nothing_is_saved_goes_once_something_is(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(form, form.next)

    def fail(*_: object, **__: object) -> None:
        what, hint = "The ledger is gone.", "Connect it."
        raise LedgerError(what, hint)

    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.save", fail)
        write(form, "Mine", "unsaved")
        assert "The ledger is gone." in shown(form)
        # Another message does not make this one forgotten.
        press(form, form.to_home)
        press(form, form.home.new)
        assert "The ledger is gone." in shown(form)
    write(form, "Other", "another text")
    assert "The ledger is gone." not in shown(form)
    assert "Message saved as a draft at" in shown(form)
    assert sorted(texts(ding).values()) == ["another text", "unsaved"]


def test_a_message_that_could_not_be_saved_is_saved_once_that_is_possible(
    form: StudioForm, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(form, form.next)
    notebook_form = ding.compose(form.frame)

    def fail(*_: object, **__: object) -> None:
        what, hint = "The ledger is gone.", "Connect it."
        raise LedgerError(what, hint)

    with clock.participating(), monkeypatch.context() as patch:
        for shown_form in (form, notebook_form):
            shown_form.box.set_state({"_view_count": 1})
        patch.setattr("dingnb.campaigns.drafts.Drafts.save", fail)
        write(form, "Mine", "unsaved")
        write_in(notebook_form, title="Also mine", text="unsaved, too")
        clock.advance(seconds_to_ns(3))
        assert not ding.drafts.names()
        assert "The ledger is gone." in shown(form)
        patch.undo()
        clock.advance(seconds_to_ns(3))
        assert sorted(texts(ding).values()) == ["unsaved", "unsaved, too"]
        assert "The ledger is gone." not in shown(form)
        for shown_form in (form, notebook_form):
            shown_form.box.set_state({"_view_count": 0})


def test_a_draft_goes_along_with_its_message_to_another_app_and_back(
    form: StudioForm,
    ding: DingTalk,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
) -> None:
    another = connect_to(open_sandbox(app_key="dinganother"))
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "old text"})
    press(form, form.next)
    write(form, "Mine", "my text")
    other = StudioForm(form.model.with_app(another))
    wait(other)
    assert (texts(ding), list(texts(another).values())) == ({"Old": "old text"}, ["my text"])
    assert "The message and its draft are with this app now." in shown(other)
    write(other, "Mine", "my text, corrected")
    assert list(texts(another).values()) == ["my text, corrected"]
    back = StudioForm(other.model.with_app(ding))
    wait(back)
    assert (sorted(texts(ding).values()), texts(another)) == (["my text, corrected", "old text"], {})
    # One that another tab has changed meanwhile stays.
    (name,) = set(texts(ding)) - {"Old"}
    ding.drafts.save(name, "markdown", {"title": "Mine", "text": "from another tab"})
    wait(StudioForm(back.model.with_app(another)))
    assert texts(ding)[name] == "from another tab"
    assert list(texts(another).values()) == ["my text, corrected"]


def test_a_draft_stays_with_its_app_while_its_message_is_tried_in_a_sandbox(
    form: StudioForm,
    live: DingTalk,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
) -> None:
    practice = connect_to(open_sandbox(app_key="dinganother"))
    press(form, form.next)
    write(form, "Mine", "my text")
    other = StudioForm(form.model.with_app(practice))
    wait(other)
    assert [list(texts(app).values()) for app in (live, practice)] == [["my text"], ["my text"]]
    assert "its draft stays with your app" in shown(other)
    write(other, "Mine", "my text, corrected")
    assert [list(texts(app).values()) for app in (live, practice)] == [["my text"], ["my text, corrected"]]
    back = StudioForm(other.model.with_app(live))
    wait(back)
    # The draft that stayed goes on, with the correction.
    assert [list(texts(app).values()) for app in (live, practice)] == [["my text, corrected"], []]
    again = StudioForm(back.model.with_app(practice))
    wait(again)
    wait(StudioForm(again.model.with_app(live)))
    assert [list(texts(app).values()) for app in (live, practice)] == [["my text, corrected"], []]


def test_chosen_files_go_along_with_their_draft(
    form: StudioForm,
    live: DingTalk,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    home: Path,
) -> None:
    def archives() -> list[Path]:
        return list((home / "draft_files").glob("*.zip"))

    def choose(studio: StudioForm, picture: bytes) -> None:
        studio.model.compose.choose_file("media_id", "chart.png", picture)
        wait(studio)

    def chosen(studio: StudioForm) -> bytes:
        medium = studio.model.compose.state.text.medium("media_id")
        assert medium is not None
        return medium.content.read()

    practice = connect_to(open_sandbox(app_key="dinganother"))
    press(form, form.next)
    type_into(form.compose.msgtype, "image")
    choose(form, PNG)
    # A copy in the sandbox, of the same files.
    other = StudioForm(form.model.with_app(practice))
    wait(other)
    assert len(archives()) == 1
    choose(other, PNG + b"\0")
    assert len(archives()) == 2
    [name] = practice.drafts.names()
    practice.drafts.drop(name)
    assert len(archives()) == 1
    # After a restart of the app.
    later = live.studio()
    [name] = live.drafts.names()
    assert later.home.drafts[name].open.description == "Picture"
    press(later, later.home.drafts[name].open)
    assert chosen(later) == PNG
    assert "Choose them again" not in shown(later)
    assert live.drafts.names() == [name]
    # In two tabs: each saves its own.
    choose(form, PNG + b"\1")
    choose(later, PNG + b"\2")
    for at, picture in enumerate((PNG + b"\2", PNG + b"\1")):
        tab = live.studio()
        press(tab, tab.home.drafts[live.drafts.names()[at]].open)
        assert chosen(tab) == picture
