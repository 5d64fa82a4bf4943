"""The checkboxes of the compose form and the studio that reject rows with another name, or not in the directory."""

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox
from tests.ui.steps import check, is_shown, press_send, read, sent_counts, type_into, upload, words, write
from tests.ui.test_studio import press, wait
from tests.ui.test_studio import write as write_in_studio


@pytest.fixture
def staff(ding: DingTalk, office: RunningSandbox) -> pd.DataFrame:
    """Return a list whose third row has the phone number of the second one's person."""
    del office
    everybody = ding.people(everybody=True)
    known = everybody[everybody["mobile"].notna()].drop_duplicates("name").head(5)
    frame = known[["name", "mobile"]].reset_index(drop=True)
    frame.loc[2, "mobile"] = frame.loc[1, "mobile"]
    return frame.drop(index=1)


def test_rows_whose_name_differs_can_be_rejected_by_a_tick(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = ding.compose(staff)
    tick = form.recipients.row_warnings.checkboxes["name"]
    assert not is_shown(tick)
    write(form, title="T", text="Hi")
    plan = check(form)
    # At once, not at the second check.
    assert "The names in 1 row differ from those in the directory" in words(form)
    notice = form.recipients.row_warnings.notices["name"]
    assert "check=" not in read(notice.value).text
    assert "The names in" not in read(plan.warnings.value).text
    # The warning lists its rows, and the tick stands below it.
    assert f"2 · {staff['name'][2]}" in notice.value.partition("<summary>Show 1 row</summary>")[2]
    shown = list(filter(is_shown, form.recipients.row_warnings.box.children))
    assert shown == [notice, tick]
    assert is_shown(tick)
    assert (tick.value, tick.description) == (False, "Leave out rows whose name differs")
    assert 'check="name"' not in form.code
    type_into(tick, value=True)
    form.model.wait()
    assert form.plan_form.model.plan.rejected == 1
    assert form.plan_form.model.plan.problems().index.tolist() == [2]
    assert "The names in" not in words(form)
    assert is_shown(tick)
    assert 'check="name"' in form.code
    type_into(tick, value=False)
    form.model.wait()
    assert form.plan_form.model.plan.rejected == 0
    assert is_shown(tick)
    assert 'check="name"' not in form.code


class Label:
    """A label of a row that counts how often labels are shown."""

    shown = 0

    def __init__(self, number: int) -> None:
        self._number = number

    def __str__(self) -> str:
        Label.shown += 1
        return f"row {self._number}"


def test_only_the_rows_that_a_plan_lists_are_named(ding: DingTalk, staff: pd.DataFrame) -> None:
    different = staff.loc[[2]]
    index = pd.Index([Label(number) for number in range(4_000)], dtype=object)
    frame = pd.concat([different] * 4_000).set_index(index)
    form = ding.plan(frame, dingnb.text("Hi"), to="mobile").form()
    sending = form.sending
    type_into(sending.name, "payslip")
    form.model.wait()
    name = staff["name"][2]
    first = ", ".join(f"row {number} · {name}" for number in range(5))
    assert sending.accepts_names.description.endswith(f"get the message: {first} and 3,995 more")
    assert "3,999 rows" in read(form.notes.value).text
    Label.shown = 0
    form.render()
    assert 0 < Label.shown < 1_000


def test_a_send_to_rows_whose_name_differs_has_to_be_confirmed(
    ding: DingTalk, office: RunningSandbox, staff: pd.DataFrame, clock: VirtualClock
) -> None:
    plan = ding.plan(staff, dingnb.text("Payslip of {{ name }}"), to="mobile")
    form = plan.form()
    sending = form.sending
    type_into(sending.name, "payslip")
    form.model.wait()
    label = (
        f"I have checked 1 row with a warning about the name, and they should get the message: 2 · {staff['name'][2]}"
    )
    assert "To leave these rows out instead" in words(form)
    assert is_shown(sending.accepts_names)
    assert (sending.accepts_names.value, sending.accepts_names.description) == (False, label)
    press_send(form)
    assert form.model.run is None
    assert "In 1 row, the name is not that of the person who would get the message, or has a note" in words(form)
    assert office.state.messages() == []
    type_into(sending.accepts_names, value=True)
    assert "In 1 row, the name" not in words(form)
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    assert sum(sent_counts(office, clock).values()) == 4
    # With nobody left to send to, there is nothing to confirm.
    again = plan.form()
    type_into(again.sending.name, "payslip")
    again.model.wait()
    assert not is_shown(again.sending.accepts_names)
    rejected = ding.plan(staff, dingnb.text("Hi"), to="mobile", check="name").form()
    assert not is_shown(rejected.sending.accepts_names)


def test_only_rows_that_are_sent_to_now_have_to_be_confirmed(
    ding: DingTalk, office: RunningSandbox, staff: pd.DataFrame
) -> None:
    del office
    message = dingnb.text("Payslip of {{ name }}")
    ding.plan(staff.head(2), message, to="mobile").send("payslip")
    # The row with another name is among them.
    form = ding.plan(staff, message, to="mobile").form()
    sending = form.sending
    type_into(sending.name, "payslip")
    form.model.wait()
    assert form.model.sent_now == 2
    assert not is_shown(sending.accepts_names)
    # Under another name, all of them would be sent to.
    type_into(sending.name, "another")
    form.model.wait()
    assert is_shown(sending.accepts_names)
    type_into(sending.accepts_names, value=True)
    type_into(sending.name, "payslip")
    form.model.wait()
    press_send(form, str(form.model.expected))
    assert form.model.run is not None
    form.model.run.wait()


def test_a_confirmation_of_other_names_does_not_cover_further_rows(
    ding: DingTalk, office: RunningSandbox, staff: pd.DataFrame
) -> None:
    del office
    message = dingnb.text("Payslip of {{ name }}")
    staff.loc[3, "name"] = "Somebody else"
    ding.plan(staff.head(2), message, to="mobile").send("payslip")
    form = ding.plan(staff, message, to="mobile").form()
    sending = form.sending
    type_into(sending.name, "payslip")
    form.model.wait()
    assert "I have checked 1 row" in sending.accepts_names.description
    type_into(sending.accepts_names, value=True)
    type_into(sending.name, "another")
    form.model.wait()
    assert "I have checked 2 rows" in sending.accepts_names.description
    assert not sending.accepts_names.value
    press_send(form)
    assert form.model.run is None
    assert 'plan again with check=["name", "note"], which rejects them' in words(form)


def test_the_advice_about_other_names_names_the_tick_only_where_there_is_one(
    ding: DingTalk, office: RunningSandbox, staff: pd.DataFrame
) -> None:
    del office
    form = ding.compose(staff)
    write(form, title="T", text="Hi")
    plan_form = check(form)
    type_into(plan_form.sending.name, "note")
    plan_form.model.wait()
    press_send(plan_form)
    assert plan_form.model.run is None
    assert "use the checkboxes where the recipients are checked" in words(plan_form)
    assert "check=" not in words(plan_form)


def test_rows_whose_name_has_a_note_against_sending_are_confirmed_or_rejected_without_a_call(
    ding: DingTalk, office: RunningSandbox
) -> None:
    users = [user for user in office.state.users() if user["active"]][:3]
    frame = pd.DataFrame(users)[["userid", "name"]]
    frame.loc[1, "name"] += " 勿发"
    form = ding.compose(frame)
    view = form.recipients.row_warnings
    tick, notice = view.checkboxes["note"], view.notices["note"]
    write(form, title="T", text="Hi")
    made = len(office.state.calls)
    plan_form = check(form)
    shown = read(notice.value).text
    assert "The names in 1 row have a note that the person has left or should get no messages." in shown
    assert "check=" not in shown
    assert f"1 · {frame['name'][1]}" in notice.value.partition("<summary>Show 1 row</summary>")[2]
    assert (tick.value, tick.description) == (False, "Leave out rows whose name has such a note")
    type_into(plan_form.sending.name, "note")
    plan_form.model.wait()
    press_send(plan_form)
    assert plan_form.model.run is None
    assert "or has a note that the person has left or should get no messages. No call was made." in words(plan_form)
    assert plan_form.sending.accepts_names.description.endswith(f"get the message: 1 · {frame['name'][1]}")
    type_into(tick, value=True)
    form.model.wait()
    assert len(office.state.calls) == made
    assert form.plan.problems().index.tolist() == [1]
    assert 'check="note"' in form.code
    assert not is_shown(form.plan_form.sending.accepts_names)


def test_names_that_were_not_compared_are_counted_and_a_tick_compares_them(
    ding: DingTalk, office: RunningSandbox
) -> None:
    users = [user for user in office.state.users() if user["active"]][:4]
    frame = pd.DataFrame(users)[["userid", "name"]]
    frame.loc[3, "name"] = "Somebody else"
    form = ding.compose(pd.concat([frame, frame.head(1)], ignore_index=True))
    view = form.recipients.row_warnings
    tick, notice = view.checkboxes["name"], view.notices["name"]
    write(form, title="T", text="Hi")
    made = len(office.state.calls)
    check(form)
    assert len(office.state.calls) == made
    shown = read(notice.value).text
    assert "The names of 4 people have not been compared with DingTalk's directory" in shown
    assert "tick “Leave out rows whose name differs” below. The list is then checked again, with 4 calls more" in shown
    assert "That includes" not in shown
    assert (is_shown(notice), is_shown(tick), tick.value) == (True, True, False)
    type_into(tick, value=True)
    form.model.wait()
    assert form.plan.problems().index.tolist() == [3]
    compared = "the names agree in 4 rows and differ in 1 row, which won't be sent"
    assert compared in read(notice.value).text
    assert is_shown(tick)
    type_into(tick, value=False)
    form.model.wait()
    # They are known now.
    assert "The names in 1 row differ from those in the directory" in read(notice.value).text


def test_the_calls_of_a_name_check_are_those_announced_and_agreeing_names_are_said(
    ding: DingTalk, office: RunningSandbox
) -> None:
    users = [user for user in office.state.users() if user["active"]][:4]
    frame = pd.DataFrame(users)[["userid", "name"]].assign(pay=range(4))
    # Two texts for one person: the check rejects both rows, and compares their names nevertheless.
    form = ding.compose(pd.concat([frame, frame.head(1).assign(pay=9)], ignore_index=True))
    notice, tick = (getattr(form.recipients.row_warnings, kind)["name"] for kind in ("notices", "checkboxes"))
    write(form, title="T", text="Hi {{ pay }}")
    check(form)
    assert form.plan.people == 3
    shown = read(notice.value).text
    assert "The names of 3 people have not been compared" in shown
    assert "again, with 4 calls more" in shown
    assert "That includes 1 call for people whose rows won't be sent or have no name." in shown
    type_into(tick, value=True)
    form.model.wait()
    assert [call.path for call in office.state.calls].count("/topapi/v2/user/get") == 4
    assert "The names in 5 rows were compared with DingTalk's directory: they agree." in read(notice.value).text


def test_a_list_without_names_has_nothing_to_compare(ding: DingTalk, office: RunningSandbox) -> None:
    users = [user for user in office.state.users() if user["active"]][:4]
    form = ding.compose(pd.DataFrame(users)[["userid"]])
    write(form, title="T", text="Hi")
    check(form)
    view = form.recipients.row_warnings
    assert not any(map(is_shown, view.box.children))


def test_the_tick_belongs_to_one_list(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = ding.studio(staff)
    press(form, form.next)
    write_in_studio(form, "T", "Hi")
    press(form, form.next)
    tick = form.compose.recipients.row_warnings.checkboxes["name"]
    type_into(tick, value=True)
    wait(form)
    assert form.model.plan_model is not None
    assert form.model.plan_model.plan.rejected == 1
    press(form, form.steps["recipients"])
    rest = staff.drop(index=2).to_csv(index=False).encode()
    upload(form.upload.file, "rest.csv", rest)
    wait(form)
    press(form, form.steps["check"])
    assert not is_shown(tick)
    assert 'check="name"' not in form.code


def test_rows_whose_userid_is_not_in_the_directory_can_be_rejected_by_a_tick(
    ding: DingTalk, office: RunningSandbox, in_chinese: None
) -> None:
    del in_chinese
    known = ding.people(everybody=True)[["userid", "name"]].head(3)
    wrong = pd.DataFrame({"userid": ["nosuchid999"], "name": ["无此人"]})
    form = ding.compose(pd.concat([known, wrong], ignore_index=True))
    made = len(office.state.calls)
    view = form.recipients.row_warnings
    tick, notice = view.checkboxes["directory"], view.notices["directory"]
    write(form, title="T", text="Hi")
    check(form)
    assert "1 人（1 行）不在通讯录" in words(form)
    assert "nosuchid999 无此人" in read(notice.value).text
    assert "check=" not in read(notice.value).text
    assert "3 · 无此人" in notice.value.partition("<summary>查看这 1 行</summary>")[2]
    assert (is_shown(tick), tick.description) == (True, "不发送 userid 不在通讯录中的行")
    type_into(tick, value=True)
    form.model.wait()
    assert (form.plan.people, form.plan.problems().index.tolist()) == (3, [3])
    assert 'check="directory"' in form.code
    assert is_shown(tick)
    assert not is_shown(notice)
    assert len(office.state.calls) == made
    # A plan's own form lists the rows, too.
    alone = ding.plan(form.frame, form.value).form()
    assert "3 · 无此人" in alone.warnings.value.partition("<summary>查看这 1 行</summary>")[2]
    type_into(view.checkboxes["name"], value=True)
    form.model.wait()
    assert 'check=["name", "directory"]' in form.code
    type_into(tick, value=False)
    form.model.wait()
    assert 'check="name"' in form.code
    type_into(view.checkboxes["name"], value=False)
    form.model.wait()
    assert is_shown(tick)
    # Once nobody is concerned any more, the tick is gone.
    ding.exclusions.add("left", ["nosuchid999"])
    form.model.choose_recipients(exclude="left")
    check(form)
    assert (form.plan.people, form.plan.rejected) == (3, 1)
    assert not is_shown(tick)


def test_rows_that_share_a_message_are_named(ding: DingTalk, office: RunningSandbox) -> None:
    del office
    known = ding.people(everybody=True)[["userid", "name"]].head(3)
    form = ding.compose(known.iloc[[0, 1, 2, 1, 0, 1]].reset_index(drop=True))
    write(form, title="T", text="Hi")
    notes = check(form).notes.value
    assert "Merged with another row that has the same message for the same person: 3 rows" in notes
    folded = read(notes.partition("<details>")[2].partition("</details>")[0]).text
    first, second = known["name"].iloc[:2]
    assert f"{known['userid'].iloc[0]}0 · {first}, 4 · {first}" in folded
    assert f"{known['userid'].iloc[1]}1 · {second}, 3 · {second}, 5 · {second}" in folded
    assert known["userid"].iloc[2] not in folded
    single = ding.compose(known)
    write(single, title="T", text="Hi")
    assert "Merged" not in check(single).notes.value
