"""The phone next to the studio."""

from pathlib import Path

import ipywidgets as widgets
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display.phone import PhoneFrame
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.kit.form import DEBOUNCE_NS
from tests.ui.steps import is_shown, people, press_send, type_into, upload, words
from tests.ui.test_compose import visible
from tests.ui.test_studio import press, wait, write


def test_a_sandbox_without_phones_is_said_so_and_no_page_of_the_notebook_is_loaded(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ding, "phone", lambda userid: PhoneFrame(userid, ""))
    form = ding.studio(people(office, 3))
    press(form, form.phone.toggle)
    assert "There is no phone to show" in words(form)
    assert "<iframe" not in form.phone.frame.value


def test_showing_the_form_again_reads_no_results_and_makes_no_requests(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.plan(people(office, 2), dingnb.text("Hello")).send("old")
    form = ding.studio()
    form.model.view_campaign("old")
    read: list[str] = []
    results, phone = Campaign.results, ding.phone

    def counted_results(run: Campaign, *args: object, **keywords: object) -> object:
        read.append("results")
        return results(run, *args, **keywords)

    def counted_phone(userid: str) -> PhoneFrame:
        read.append("phone")
        return phone(userid)

    monkeypatch.setattr(Campaign, "results", counted_results)
    monkeypatch.setattr(ding, "phone", counted_phone)
    press(form, form.phone.toggle)
    assert "<iframe" in form.phone.frame.value
    assert read == ["phone"]
    for _ in range(3):
        form.render()
    form.model.phone.choose(form.phone.person.value)
    form.model.wait()
    assert read == ["phone"]


def test_the_phone_is_that_of_the_person_whose_details_are_open(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 3)
    ding.plan(frame, dingnb.text("Hello")).send("details")
    form = ding.studio(frame)
    form.model.view_campaign("details")
    wait(form)
    assert form.results is not None
    form.results.wait()

    def open_details(at: int) -> None:
        assert form.results is not None
        form.results.model.choose(at)
        form.results.wait()
        wait(form)

    open_details(1)
    press(form, form.phone.toggle)
    assert form.phone.person.value == frame["userid"][1]
    open_details(2)
    assert form.phone.person.value == frame["userid"][2]
    # What is chosen in the list of phones stays while the results are read again.
    type_into(form.phone.person, frame["userid"][0])
    wait(form)
    form.results.model.reload()
    form.results.wait()
    wait(form)
    assert form.phone.person.value == frame["userid"][0]


def test_a_list_of_names_alone_is_not_said_to_have_phone_numbers(ding: DingTalk) -> None:
    form = ding.studio(pd.DataFrame({"name": ["Ann", "Bob"]}))
    press(form, form.phone.toggle)
    assert "these numbers" not in words(form.phone.frame)
    assert "Choose recipients or open a campaign to see their phones here" in words(form.phone.frame)


def test_people_are_labelled_by_the_names_in_their_list_before_and_after_sending(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 3).assign(姓名=["张三", "李四", None])
    labels = [f"张三 · {frame['userid'][0]}", f"李四 · {frame['userid'][1]}", frame["userid"][2]]
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert [label for label, _ in form.phone.person.options] == labels
    ding.plan(frame, dingnb.text("Hi {{ 姓名 | default('all') }}")).send("names")
    form.model.view_campaign("names")
    wait(form)
    assert [label for label, _ in form.phone.person.options] == labels


def test_a_sandbox_that_cannot_be_reached_is_reported_in_place_of_the_phone(
    office: RunningSandbox, ding: DingTalk
) -> None:
    # As if the sandbox ran in another process, which tells the address of the page.
    ding.sandbox = None
    form = ding.studio(people(office, 3))
    office.stop()
    press(form, form.phone.toggle)
    assert "cannot be reached" in form.phone.frame.value
    assert "<iframe" not in form.phone.frame.value
    assert form.model.state.failure is None
    assert is_shown(form.phone.person)


def test_the_phone_is_closed_by_its_only_button_and_leaves_the_width_of_the_page_at_home(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = ding.studio(people(office, 2))
    press(form, form.phone.toggle)
    buttons = [widget for widget in visible(form.box) if isinstance(widget, widgets.Button)]
    assert [one.description for one in buttons].count("Hide phone") == 1
    assert "<iframe" in form.phone.frame.value
    form.model.go_home()
    assert "<iframe" not in form.phone.frame.value
    form.model.go("recipients")
    assert "<iframe" in form.phone.frame.value
    clock.advance(DEBOUNCE_NS)
    press(form, form.phone.toggle)
    assert not is_shown(form.phone.box)
    assert form.phone.toggle.description == "Show phone"


def test_the_phone_has_the_colours_of_the_app(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = people(office, 2)
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert "theme=" not in form.phone.frame.value
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("QUERY_STRING", "theme=dark")
    form.render()
    assert "&amp;theme=dark" in form.phone.frame.value


def test_other_recipients_have_other_phones(office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 5).tail(2), dingnb.text("Hello")).send("old")
    form = ding.studio(people(office, 2))
    press(form, form.phone.toggle)
    before = form.phone.person.options
    form.model.view_campaign("old")
    form.model.wait()
    userids = [userid for _, userid in form.phone.person.options]
    assert userids == people(office, 5)["userid"].tolist()[3:]
    assert before != form.phone.person.options
    assert f"userid={userids[0]}" in form.phone.frame.value


def test_the_phones_of_a_list_of_numbers_are_shown_once_it_was_checked(office: RunningSandbox, ding: DingTalk) -> None:
    found = [user for user in office.state.users() if user["active"]][:3]
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in found], "name": ["Ann", "Bob", "Cid"]})
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert "Check the recipients to see their phones here" in words(form)
    press(form, form.next)
    write(form, "Hi", "Hi {{ name }}")
    press(form, form.next)
    expected = tuple(
        (f"{name} · {user['userid']}", user["userid"]) for name, user in zip(frame["name"], found, strict=True)
    )
    assert form.phone.person.options == expected
    assert f"userid={found[0]['userid']}" in form.phone.frame.value
    press(form, form.steps["message"])
    write(form, "Hi", "Hello {{ name }}")
    assert form.model.plan_model is None
    assert form.phone.person.options == expected
    assert is_shown(form.phone.frame)
    form.model.compose.replace_frame(frame.iloc[1:], lambda _name, _app: [])
    wait(form)
    assert "Check the recipients to see their phones here" in words(form)


def test_userids_are_read_as_for_sending(office: RunningSandbox, ding: DingTalk) -> None:
    first, second = people(office, 2)["userid"]
    frame = pd.DataFrame({"userid": [f" {first} ", "-", None, second], "name": ["Ann", "Bob", "Cid", None]})
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert form.phone.person.options == ((f"Ann · {first}", first), (second, second))
    form.model.compose.replace_frame(pd.DataFrame({"userid": [1001.0, None]}), lambda _name, _app: [])
    wait(form)
    assert form.phone.person.options == (("1001", "1001"),)


def test_the_people_whose_phones_can_be_shown_are_named_as_in_the_results_without_rows_of_nobody(
    office: RunningSandbox, ding: DingTalk
) -> None:
    users = [user for user in office.state.users() if user["active"]][:4]
    ding.people(everybody=True)
    (first, second, third, fourth), names = (user["userid"] for user in users), [user["name"] for user in users]
    rows = (f"{first},,1", f"{second},{names[1]},2", "合计,,3", f"{third},Somebody else,4", f"{fourth},{names[3]},")
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", "\n".join(["userid,姓名,bonus", *rows]).encode())
    wait(form)
    sent_to = [
        (first, first),
        (f"{names[1]} · {second}", second),
        (f"{names[2]} (“Somebody else” in the list) · {third}", third),
    ]
    press(form, form.phone.toggle)
    assert list(form.phone.person.options) == [*sent_to, (f"{names[3]} · {fourth}", fourth)]
    press(form, form.next)
    write(form, "Title", "Hello {{ bonus }}")
    press(form, form.next)
    press(form, form.next)
    type_into(form.compose.plan_form.sending.accepts_names, value=True)
    press_send(form.compose.plan_form)
    form.compose.run.wait()
    wait(form)
    again = ding.studio()
    press(again, again.home.campaigns[form.compose.run.name].view)
    press(again, again.phone.toggle)
    assert list(again.phone.person.options) == sent_to


def test_anyone_in_a_long_list_is_found_and_the_number_of_those_listed_is_said(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 60).assign(name=[f"Person {n:02}" for n in range(60)])
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert len(form.phone.person.options) == 50
    assert "50 of 60 people are listed" in form.phone.listed.value
    type_into(form.phone.search, "person 5")
    wait(form)
    assert [label[:9] for label, _ in form.phone.person.options] == [f"Person {n}" for n in range(50, 60)]
    assert form.phone.person.value == frame["userid"][50]
    assert f"userid={frame['userid'][50]}" in form.phone.frame.value
    assert "10 of 60 people found" in form.phone.listed.value
    type_into(form.phone.search, "nobody")
    wait(form)
    assert "Nobody matches “nobody”." in form.phone.listed.value
    assert form.phone.person.value == frame["userid"][50]
    type_into(form.phone.search, "")
    wait(form)
    assert form.phone.person.value == frame["userid"][50]
    assert [label[:9] for label, _ in form.phone.person.options][:2] == ["Person 50", "Person 00"]
    assert "51 of 60 people are listed" in form.phone.listed.value


def test_a_short_list_has_no_search(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.studio(people(office, 50))
    press(form, form.phone.toggle)
    assert not is_shown(form.phone.search)
    assert not is_shown(form.phone.listed)


def test_the_phone_that_a_test_was_sent_to_is_shown(office: RunningSandbox, ding: DingTalk) -> None:
    frame, outsider = people(office, 4).head(3), people(office, 4)["userid"][3]
    form = ding.studio(frame)
    press(form, form.phone.toggle)
    assert form.phone.person.value == frame["userid"][0]
    press(form, form.next)
    write(form, "Hi", "Hello")
    press(form, form.next)
    for userid in (frame["userid"][2], outsider):
        type_into(form.compose.plan_form.test.recipient, userid)
        press(form, form.compose.plan_form.test.send_test)
        form.compose.plan_form.model.wait()
        wait(form)
        assert form.phone.person.value == userid
        assert f"userid={userid}" in form.phone.frame.value
    form.model.phone.choose(frame["userid"][1])
    wait(form)
    form.render()
    assert form.phone.person.value == frame["userid"][1]


def test_the_phone_of_a_campaign_is_that_of_the_first_person_with_the_message(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    known = people(office, 2)["userid"]
    run = ding.plan(pd.DataFrame({"userid": ["nobody_here", *known]}), dingnb.text("Hello")).send("old")
    clock.advance(seconds_to_ns(3_600))
    run.refresh()
    form = ding.studio()
    form.model.view_campaign("old")
    wait(form)
    press(form, form.phone.toggle)
    assert len(form.phone.person.options) == 3
    assert form.phone.person.value == known[0]
