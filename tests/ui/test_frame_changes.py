"""A frame changed by the notebook while a form shows it: each check uses and reports the current data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.source import Source, are_equal
from tests.table_rows import for_each
from tests.ui.steps import Notebook, check, is_shown, people, press_send, read, sends, type_into, words, write

PERSONAL = dingnb.text("number {{ n }}")
OPEN = "form = ding.compose(staff, dingnb.text('number {{ n }}'))"


@pytest.fixture
def notebook(office: RunningSandbox, ding: DingTalk) -> Notebook:
    staff = people(office, 30).assign(name=[f"name {n}" for n in range(30)])
    notebook = Notebook(ding=ding, dingnb=dingnb, pd=pd, staff=staff)
    notebook.run(OPEN)
    return notebook


def press(form: ComposeForm) -> None:
    form.recipients.check.click()
    form.model.wait()


def test_a_check_uses_the_current_frame_of_that_name(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    form.model.show_row(29)
    notebook.run("staff = staff.iloc[:28]")
    assert "number 29" in read(form.preview.phone.value).text
    assert form.recipients.status.value.count("staff") == 0
    assert check(form).model.plan.people == 28
    said = "staff has changed since the form was opened: 30 rows then, 28 now. The form shows the current data."
    assert said in words(form)
    assert said in repr(form)
    assert "staff · 28 rows" in words(form)
    assert (form.preview.slider.max, form.preview.number.max) == (27, 27)
    assert form.model.state.position == form.preview.number.value == form.preview.slider.value == 27
    assert "number 27" in read(form.preview.phone.value).text
    pd.testing.assert_frame_equal(form.frame, notebook["staff"])
    # A change is reported once.
    check(form)
    assert "has changed" not in words(form)
    notebook.run("staff['n'] = 7")
    check(form)
    assert "staff has changed since the last check. The form shows the current data." in words(form)
    assert "number 7" in read(form.preview.phone.value).text


def test_a_frame_that_has_changed_since_the_check_is_not_sent(notebook: Notebook, office: RunningSandbox) -> None:
    form: ComposeForm = notebook["form"]
    plan = check(form)
    notebook.run("staff = staff.head(5)")
    press_send(plan)
    assert sends(office) == 0
    assert plan.model.run is None
    assert "staff has changed since the last check: 30 rows then, 5 now." in words(form)
    assert "staff · 5 rows" in words(form)
    assert plan.model.state.is_outdated
    press_send(plan)
    assert sends(office) == 0
    plan = check(form)
    # A name that is gone leaves the form with the rows that it has checked.
    notebook.run("del staff")
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    assert plan.model.run.run.results()["userid"].nunique() == 5


def test_an_outdated_plan_says_so_in_the_next_cell(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    check(form)
    first = form.plan
    said = "! Outdated: in the form, the message or the recipients have changed since this check."
    assert "Outdated" not in repr(first)
    write(form, content="other {{ n }}")
    assert form.plan is first
    assert said in repr(first)
    assert said.removeprefix("! ") in first._repr_html_()
    check(form)
    assert "Outdated" not in repr(form.plan)
    # A list that has changed is found when the button is pressed.
    notebook.run("staff = staff.head(5)")
    press_send(form.plan_form)
    dingnb.set_language("zh")
    assert "! 已过期：检查之后，表单中的消息或收件人有改动。" in repr(form.plan)
    dingnb.set_language("en")


def test_an_unnamed_frame_is_the_one_the_form_was_opened_with(office: RunningSandbox, ding: DingTalk) -> None:
    frames = [people(office, 5)]
    form = ding.compose(frames[0], PERSONAL)
    frames[0]["n"] = 8
    assert "number 0" in read(form.preview.phone.value).text
    plan = check(form)
    assert plan.model.plan.preview(0).message["text"] == {"content": "number 8"}
    assert "The DataFrame has changed since the form was opened." in words(form)
    frames[0] = frames[0].iloc[:1]
    check(form)
    assert "has changed" not in words(form)


def test_a_name_that_no_longer_refers_to_a_frame_is_reported_and_the_form_continues(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    for gone, said in (("staff = 5", "staff is no longer a DataFrame."), ("del staff", "staff no longer exists.")):
        notebook.run(gone)
        assert check(form).model.plan.people == 30
        assert f"{said} The form keeps using the 30 rows it has." in words(form)
    notebook.run("staff = form.frame.head(3)")
    assert check(form).model.plan.people == 3
    assert "staff has changed since the last check: 30 rows then, 3 now." in words(form)


def test_chosen_columns_stay_chosen_by_label(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    type_into(form.recipients.key, 1)
    assert form.model.state.recipient_choice.key == 1
    notebook.run("staff = staff.assign(a=1, n=5)[['name', 'a', 'n', 'userid']]")
    plan = check(form).model.plan
    assert plan.people == 30
    assert [form.recipients.userid.label, form.recipients.key.label] == ["userid", "n"]
    assert [name for name, _ in form.recipients.key.options] == ["—", "name", "a", "n", "userid"]
    assert 'key="n"' in form.code


def test_an_outdated_check_no_longer_shows_how_many_people_it_had(notebook: Notebook) -> None:
    plan_form = check(notebook["form"])
    assert read(plan_form.head.value).text.endswith("30 people")
    notebook.run("staff = staff.head(0)")
    press(notebook["form"])
    assert plan_form.model.state.is_outdated
    assert is_shown(plan_form.head)
    assert "people" not in read(plan_form.head.value).text


@pytest.mark.parametrize(
    ("change", "reason", "advice"),
    [
        ("full.set_index('userid')", "userid is in the index", "frame = frame.reset_index()"),
        (
            "full.pivot_table(index='userid', columns='name', values=['n'])",
            "several levels",
            "frame = frame.reset_index(); frame.columns = ['_'.join(filter(None, map(str, c))) for c in frame.columns]",
        ),
    ],
    ids=["index", "levels"],
)
def test_a_form_says_how_userids_that_are_in_no_column_become_one(
    notebook: Notebook, change: str, reason: str, advice: str
) -> None:
    notebook.run("full = staff.copy()")
    notebook.run(f"staff = {change}")
    notebook.run(OPEN)
    form: ComposeForm = notebook["form"]
    press(form)
    failure = form.model.state.failure
    assert failure is not None
    assert reason in failure.what.in_form()
    assert failure.hint.in_form().endswith(advice)
    notebook.run(f"frame = staff; {advice}; staff = frame")
    notebook.run("staff = staff.assign(n=1)")
    assert check(form).model.plan.people == 30


@pytest.mark.parametrize(
    "change", ["staff = staff.drop(columns='userid')", "staff = pd.concat([staff, staff[['userid']]], axis=1)"]
)
def test_a_missing_chosen_column_is_reported_and_nothing_is_checked(notebook: Notebook, change: str) -> None:
    form: ComposeForm = notebook["form"]
    before = check(form)
    notebook.run(change)
    press(form)
    failure = form.model.state.failure
    assert failure is not None
    assert failure.what.in_form() == "A chosen column no longer exists, or exists twice: userid."
    assert failure.what.in_form() in words(form)
    assert form.plan_form is before
    assert before.model.state.is_outdated
    assert form.recipients.userid.label == "—"
    notebook.run("staff = staff.T.drop_duplicates().T.assign(who=people)", people=people_of(form))
    press(form)
    type_into(form.recipients.userid, form.model.frame.columns.get_loc("who"))
    assert check(form).model.plan.people == 30


def people_of(form: ComposeForm) -> list[Any]:
    return [str(userid) for userid in form.plan.to_frame()["userid"]]


def test_columns_are_those_of_the_current_frame(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    chip = form.tools.chips["n"]
    notebook.run("staff = staff.rename(columns={'name': 'Nickname'}).assign(**{f'c{at}': at for at in range(13)})")
    check(form)
    assert list(form.tools.chips) == ["userid", "n", "Nickname", *(f"c{at}" for at in range(11))]
    assert form.tools.chips["n"] is chip
    assert is_shown(form.tools.more_columns)
    assert [name for name, _ in form.tools.more_columns.options[1:]] == ["c11", "c12"]
    form.tools.chips["Nickname"].click()
    type_into(form.tools.more_columns, "c12")
    assert "number 0name 012" in read(form.preview.phone.value).text
    assert form.value == dingnb.text("number {{ n }}{{ Nickname }}{{ c12 }}")


def test_a_missing_column_of_the_text_is_reported_and_nothing_is_checked(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    notebook.run("staff = staff.drop(columns='n')")
    press(form)
    failure = form.model.state.failure
    assert failure is not None
    assert "'n'" in failure.what.in_form()
    assert form.model.plan_models == []
    assert "staff has changed" in words(form)
    notebook.run("staff['n'] = 1")
    assert check(form).model.plan.people == 30
    write(form, content="no number")
    assert check(form).model.plan.people == 30


def test_blanks_are_counted_again_and_a_search_restarts(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    type_into(form.preview.search, "name 2")
    form.model.wait()
    assert "“name 2” found in 11 rows" in words(form)
    notebook.run("staff = staff.assign(n=[None, None, *range(28)])")
    check(form)
    assert "“n” is blank in 2 of 30 rows" in words(form)
    assert (form.preview.search.value, form.model.state.search.query) == ("", "")
    type_into(form.preview.search, "name 29")
    form.model.wait()
    assert form.model.state.position == 29


def test_a_frame_that_lost_all_rows_has_no_recipients(notebook: Notebook, office: RunningSandbox) -> None:
    form: ComposeForm = notebook["form"]
    notebook.run("staff = staff.iloc[:0]")
    press(form)
    assert "30 rows then, 0 now" in words(form)
    assert "The DataFrame has no rows." in words(form)
    assert not is_shown(form.preview.slider)
    assert sends(office) == 0
    notebook.run("staff = form.frame.reindex([0]).assign(userid=people, n=1)", people=[people(office, 1)["userid"][0]])
    assert check(form).model.plan.people == 1
    assert not is_shown(form.preview.slider)


def test_an_equal_frame_is_not_reported_as_changed(notebook: Notebook) -> None:
    form: ComposeForm = notebook["form"]
    shown = form.model.state.snapshot
    notebook.run("staff = pd.DataFrame({name: staff[name].copy() for name in staff})")
    check(form)
    assert form.model.state.frame_change is None
    assert form.model.state.snapshot is shown


@pytest.fixture
def two_names(office: RunningSandbox, ding: DingTalk) -> Notebook:
    """Yield a notebook whose frame has two names."""
    notebook = Notebook(ding=ding, dingnb=dingnb, pd=pd, everybody=people(office, 30))
    notebook.run("team = everybody")
    notebook.run("form = ding.compose(team, dingnb.text('number {{ n }}'))")
    return notebook


@pytest.mark.parametrize("changed", ["team", "everybody"])
def test_with_two_names_of_different_data_nothing_is_checked_until_one_is_gone(
    two_names: Notebook, changed: str
) -> None:
    form: ComposeForm = two_names["form"]
    two_names.run(f"{changed} = {changed}.head(10)")
    press(form)
    failure = form.model.state.failure
    assert failure is not None
    assert "everybody, team" in failure.what.in_form()
    assert form.model.plan_models == []
    left = "everybody" if changed == "team" else "team"
    two_names.run(f"del {left}")
    assert check(form).model.plan.people == 10
    assert f"{changed} has changed since the last check: 30 rows then, 10 now." in words(form)
    assert f"plan = ding.plan({changed}, " in form.code
    two_names.run(f"del {changed}")
    assert check(form).model.plan.people == 10
    assert f"{changed} no longer exists. The form keeps using the 10 rows it has." in words(form)


@pytest.mark.parametrize("checks_again", [False, True])
def test_with_two_names_of_different_data_a_checked_plan_is_not_sent(
    two_names: Notebook, office: RunningSandbox, *, checks_again: bool
) -> None:
    form: ComposeForm = two_names["form"]
    plan = check(form)
    two_names.run("team = team.head(5)")
    if checks_again:
        press(form)
        assert plan.model.state.is_outdated
    for _ in range(2):
        press_send(plan)
        failure = form.model.state.failure
        assert failure is not None
        assert "everybody, team" in failure.what.in_form()
        assert f"{failure.what.in_form()}No call was made." in words(form)
        assert plan.model.run is None
        assert plan.model.state.is_outdated
    assert sends(office) == 0
    two_names.run("everybody = team")
    plan = check(form)
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    assert plan.model.run.run.results()["userid"].nunique() == 5


def test_a_plan_whose_column_is_gone_is_not_sent(notebook: Notebook, office: RunningSandbox) -> None:
    form: ComposeForm = notebook["form"]
    plan = check(form)
    notebook.run("staff = staff.drop(columns='userid')")
    press_send(plan)
    assert "A chosen column no longer exists, or exists twice: userid." in words(form)
    assert plan.model.state.is_outdated
    assert plan.model.run is None
    assert sends(office) == 0


def test_with_two_names_deleting_one_leaves_the_other(two_names: Notebook) -> None:
    form: ComposeForm = two_names["form"]
    two_names.run("del everybody")
    assert check(form).model.plan.people == 30
    assert "plan = ding.plan(team, " in form.code
    assert form.model.state.frame_change is None


def test_with_two_names_that_differ_nothing_is_checked_until_the_form_is_reopened(two_names: Notebook) -> None:
    form: ComposeForm = two_names["form"]
    two_names.run("team = team.head(10); everybody = everybody.tail(20)")
    press(form)
    failure = form.model.state.failure
    assert failure is not None
    assert failure.what.in_form() == (
        "The DataFrame had several names, everybody, team, which now refer to different data, "
        "so it is unclear which one to use."
    )
    assert failure.what.in_form() in words(form)
    assert form.model.plan_models == []
    two_names.run("everybody = team")
    assert check(form).model.plan.people == 10
    two_names.run("form = ding.compose(team, form.value)")
    assert check(two_names["form"]).model.plan.people == 10


FRAME = pd.DataFrame({"n": [1.0, np.nan], "s": ["a", None], "o": [[1], "x"]}, index=["i", "k"])
CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a value": lambda frame: frame.assign(n=[1.0, 2.0]),
    "a blank": lambda frame: frame.assign(s=[None, None]),
    "a list": lambda frame: frame.assign(o=[[2], "x"]),
    "order of columns": lambda frame: frame[["s", "n", "o"]],
    "order of rows": lambda frame: frame.iloc[::-1],
    "a label": lambda frame: frame.rename(columns={"s": "t"}),
    "the index": lambda frame: frame.set_axis(["i", "l"]),
    "the index's name": lambda frame: frame.rename_axis("who"),
    "a type": lambda frame: frame.astype({"s": "category"}),
    "fewer": lambda frame: frame.iloc[:1],
    "more columns": lambda frame: frame.assign(more=1),
}


@for_each("change", CHANGES)
def test_any_difference_is_detected(change: str) -> None:
    assert not are_equal(CHANGES[change](FRAME), FRAME)


def test_equal_frames_are_the_same() -> None:
    assert are_equal(FRAME, FRAME.copy())
    assert are_equal(FRAME.copy(deep=False), FRAME)
    empty = pd.DataFrame()
    assert are_equal(empty, pd.DataFrame())


def test_a_name_assigned_later_is_used(namespace: dict[str, Any]) -> None:
    frame = FRAME.copy()
    source = Source(frame)
    assert (source.find_name(), source.name) == ("", "")
    namespace["people"] = source.frame
    assert source.find_name() == "people"
    namespace["people"] = frame.iloc[:1]
    now = source.current_frame()
    assert now is not None
    assert len(now) == 1
