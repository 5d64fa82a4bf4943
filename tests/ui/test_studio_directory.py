"""Recipients from the directory: departments, roles and single people, and the code that chooses the same."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import ipywidgets as widgets
import pandas as pd
import pytest
import requests
from pandas.testing import assert_frame_equal
from requests.adapters import BaseAdapter

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import SystemClock, VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.transport import Hosts
from dingnb.ui.studio.directory_model import DEPARTMENTS_PER_PAGE
from dingnb.ui.studio.directory_selection import NO_ROLE, DepartmentMark, DirectorySnapshot, Selection
from dingnb.ui.studio.form import StudioForm
from dingnb.words import count, set_language
from tests.ui.languages import chinese, english
from tests.ui.steps import (
    HOSTILE,
    assert_harmless,
    is_off,
    is_shown,
    press_send,
    read,
    sent_counts,
    type_into,
    upload,
    walk,
    watch_focus,
    words,
)
from tests.ui.test_studio import words_of

Connect = Callable[..., DingTalk]
Opener = Callable[..., RunningSandbox]


def opened(ding: DingTalk) -> StudioForm:
    form = ding.studio()
    form.model.go("recipients")
    press(form, form.directory.toggle)
    return form


def press(form: StudioForm, button: widgets.Button) -> None:
    button.click()
    form.model.wait()


def directory_of(form: StudioForm) -> DirectorySnapshot:
    found = form.model.directory.state.snapshot
    assert found is not None
    return found


def number(form: StudioForm, name: str) -> int:
    return directory_of(form).tree.find(name)


def tick(form: StudioForm, name: str, *, is_on: bool = True) -> None:
    """Open the departments above one, and tick it."""
    at = number(form, name)
    path = directory_of(form).tree.path(at).split("/")
    for upper in ["/".join(path[:depth]) for depth in range(1, len(path))]:
        above = number(form, upper)
        if above not in form.model.directory.state.expanded:
            press(form, form.directory.panel.departments[above].expand)
    type_into(form.directory.panel.departments[at].check, is_on)


def find(form: StudioForm, query: str) -> list[str]:
    """Search for people, and return the userids on the page."""
    type_into(form.directory.panel.people_search, query)
    return list(form.directory.panel.people)


def run_code(form: StudioForm, ding: DingTalk) -> pd.DataFrame:
    """Run the code that the form shows, up to the message, and return the recipients."""
    press(form, form.next)
    for path in ("title", "text"):
        type_into(form.compose.field(path).input, "Hi {{ name }}")
    form.model.wait()
    code = form.code.partition("message = ")[0]
    names = {"ding": ding, "dingnb": dingnb}
    exec("\n".join(line for line in code.splitlines() if "connect" not in line and not line.startswith("#")), names)  # noqa: S102 - as a notebook does
    frame = names["staff"]
    assert isinstance(frame, pd.DataFrame)
    return frame


@pytest.fixture
def form(ding: DingTalk) -> StudioForm:
    return opened(ding)


def test_a_department_becomes_the_recipients_and_gets_the_message(
    form: StudioForm, ding: DingTalk, office: RunningSandbox, clock: VirtualClock
) -> None:
    assert form.directory.panel.use.description == "Use the chosen people"
    assert not is_shown(form.directory.panel.clear)
    assert is_off(form.directory.panel.use)
    tick(form, "财务部")
    finance = ding.people(department="财务部")
    assert form.directory.panel.use.description == f"Use these {len(finance)} people"
    press(form, form.directory.panel.use)
    assert_frame_equal(form.frame.reset_index(drop=True), finance)
    assert form.frame.index.tolist() == list(range(1, len(finance) + 1))
    assert not is_shown(form.directory.panel.box)
    assert f"Recipients: {len(finance)} people from the directory." in words(form)
    assert_frame_equal(run_code(form, ding), form.frame.reset_index(drop=True))
    assert 'staff = ding.people(department="示例集团/财务部")' in form.code
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    form.run.wait()
    assert sent_counts(office, clock) == dict.fromkeys(finance["userid"], 1)


def test_a_message_names_the_columns_of_the_directory_as_they_are_shown(ding: DingTalk) -> None:
    set_language("zh")
    form = opened(ding)
    tick(form, "财务部")
    press(form, form.directory.panel.use)
    press(form, form.next)
    name = form.compose.tools.chips["name"]
    name.click()
    form.model.wait()
    assert name.description in form.compose.field("text").input.value == "{{ 姓名 }}"
    assert "{{ 姓名 }}" in form.compose.field("text").input.placeholder
    type_into(form.compose.field("title").input, "入职日期")
    type_into(form.compose.field("text").input, '{{ 姓名 }}：{{ 职位 | default("员工") }}，{{ manager | default("") }}')
    press(form, form.next)
    assert form.compose.plan_form.model.plan.people == len(form.frame)


def test_what_is_chosen_in_many_ways_is_counted_and_the_code_chooses_the_same(form: StudioForm, ding: DingTalk) -> None:
    tick(form, "研发中心")
    tick(form, "财务部")
    tick(form, "平台研发部", is_on=False)
    assert "平台研发部" in form.directory.panel.departments[number(form, "平台研发部")].check.description
    assert form.directory.panel.departments[number(form, "平台研发部")].check.description.endswith("left out")
    type_into(form.directory.panel.active, "yes")
    gone = list(form.directory.panel.people)[:2]
    for userid in gone:
        type_into(form.directory.panel.people[userid].check, value=False)
    added = find(form, "销售部")[0]
    type_into(form.directory.panel.people[added].check, value=True)
    expected = form.model.directory.state.chosen_count
    assert "added one by one: 1 · left out one by one: 2" in words(form)
    press(form, form.directory.panel.use)
    assert form.model.directory.state.failure is None
    frame = form.frame
    assert len(frame) == expected
    assert added in set(frame["userid"])
    assert not set(gone) & set(frame["userid"])
    left_out = set(ding.people(department="平台研发部")["userid"])
    everyone = ding.people(department=["研发中心", "财务部"], active=True)
    assert set(frame["userid"]) == {*everyone["userid"]} - left_out - {*gone} | {added}
    assert_frame_equal(run_code(form, ding), frame.reset_index(drop=True))


def test_a_department_of_which_only_a_part_is_chosen_says_so(form: StudioForm) -> None:
    def partly() -> set[str]:
        rows = form.directory.panel.departments
        marked = {at for at, row in rows.items() if "dn-partly" in row.box._dom_classes}
        # Not by the mark alone.
        assert marked == {at for at, row in rows.items() if row.check.description.endswith("partly chosen")}
        return {directory_of(form).tree[at].name for at in marked}

    tick(form, "应用研发部")
    assert partly() == {"示例集团", "研发中心"}
    assert not form.directory.panel.departments[number(form, "研发中心")].check.value
    tick(form, "研发中心")
    assert partly() == {"示例集团"}
    tick(form, "平台研发部", is_on=False)
    assert partly() == {"示例集团", "研发中心"}
    assert form.directory.panel.departments[number(form, "研发中心")].check.value
    tick(form, "示例集团")
    assert partly() == set()
    first = form.directory.panel.people[next(iter(form.directory.panel.people))]
    type_into(first.check, value=False)
    assert {"示例集团"} < partly()
    type_into(first.check, value=True)
    assert partly() == set()
    seen: list[tuple[str, int]] = []
    model = form.model.directory
    unwatch = model.watch(lambda: seen.append((model.state.query, model.state.chosen_count)))
    press(form, form.directory.panel.clear)
    unwatch()
    assert set(seen) == {("", 0)}
    added = form.directory.panel.people[find(form, "市场部")[0]]
    type_into(added.check, value=True)
    assert {"示例集团", "市场部"} <= partly()
    type_into(form.directory.panel.below, value=False)
    # Without the departments below, only its own people count.
    assert "示例集团" not in partly()


def test_people_are_a_table_sorted_by_department_and_name(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    namesakes = directory_of(form).userids[:2]
    for userid, activated in zip(namesakes, (True, False), strict=True):
        office.state.change_person(userid, {"name": "张伟", "activated": activated})
    press(form, form.directory.panel.refresh)
    frame = ding.people(everybody=True).set_index("userid")
    assert {*namesakes} <= {*find(form, "张伟")}
    for userid, status in zip(namesakes, ("Activated", "Not activated"), strict=True):
        row = form.directory.panel.people[userid]
        assert row.check.description == f"张伟 · {userid}"
        cells = read(row.cells.value).text
        assert frame["departments"][userid][0].rpartition("/")[2] in cells
        assert frame["title"][userid] in cells
        assert cells.endswith(f"Status{status}")
    assert read(form.directory.panel._people_header.value).text == "NameDepartmentTitleJob number, phoneStatus"
    tick(form, "市场部")
    tick(form, "财务部")
    find(form, "")
    places = {directory_of(form).tree.path(department.id): at for at, department in enumerate(directory_of(form).tree)}
    shown: list[tuple[int, bytes]] = []
    for _ in range(form.model.directory.state.people.pages):
        shown += [
            (min(places[path] for path in frame["departments"][person]), str(frame["name"][person]).encode("gb18030"))
            for person in form.directory.panel.people
        ]
        press(form, form.directory.panel.people_pager.later)
    assert shown == sorted(shown)
    assert len(shown) == form.model.directory.state.chosen_count


def test_an_empty_table_says_what_to_do(form: StudioForm) -> None:
    assert "Tick departments, choose a role, or find single people." in words(form)
    assert not is_shown(form.directory.panel._people_list)
    find(form, "nobody")
    assert "contains “nobody”" in words(form)


def test_a_role_and_single_people_alone_are_enough(form: StudioForm, ding: DingTalk) -> None:
    role = next(known_role for known_role in directory_of(form).roles if known_role.name == "用工性质/外包")
    type_into(form.directory.panel.role, role.id)
    form.model.wait()
    assert form.model.directory.state.chosen_count == len(ding.people(role="外包"))
    press(form, form.directory.panel.use)
    assert 'ding.people(role="用工性质/外包")' in "\n".join(form.model.compose.source.frame_code("staff", "ding"))  # type: ignore[misc]
    press(form, form.directory.toggle)
    press(form, form.directory.panel.clear)
    assert is_off(form.directory.panel.use)
    chosen = find(form, "000")[:3]
    for userid in chosen:
        type_into(form.directory.panel.people[userid].check, value=True)
    press(form, form.directory.panel.use)
    assert set(form.frame["userid"]) == {*chosen}
    assert_frame_equal(run_code(form, ding), form.frame.reset_index(drop=True))


def test_a_chosen_role_that_was_deleted_is_no_longer_chosen_once_the_directory_is_read_again(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = next(known_role for known_role in directory_of(form).roles if known_role.name == "用工性质/外包")
    type_into(form.directory.panel.role, deleted.id)
    form.model.wait()
    roles = ding.roles

    def others(**options: bool) -> pd.DataFrame:
        found = roles(**options)
        return found[found["role_id"] != deleted.id]

    monkeypatch.setattr(ding, "roles", others)
    press(form, form.directory.panel.refresh)
    assert "Unexpected error" not in words(form)
    assert "用工性质/外包" not in words(form)
    assert form.directory.panel.role.value == NO_ROLE
    assert form.model.directory.state.chosen_count == 0
    assert "no longer available" not in words(form)


def test_departments_that_a_deleted_role_no_longer_narrows_are_pointed_out(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (option.id for option in directory_of(form).roles if option.name.startswith("用工性质/"))
    tick(form, "研发中心")
    whole = form.model.directory.state.chosen_count
    type_into(form.directory.panel.role, first)
    form.model.wait()
    assert form.model.directory.state.chosen_count < whole
    roles = ding.roles
    monkeypatch.setattr(ding, "roles", lambda **options: roles(**options).query(f"role_id != {first}"))
    press(form, form.directory.panel.refresh)
    assert form.model.directory.state.chosen_count == whole
    said = "The chosen role is no longer available: all people of the chosen departments are chosen now."
    assert said in words(form)
    type_into(form.directory.panel.role, second)
    form.model.wait()
    assert said not in words(form)
    type_into(form.directory.panel.role, NO_ROLE)
    assert form.model.directory.state.chosen_count == whole
    assert said not in words(form)


def test_a_new_choice_of_departments_is_not_said_to_have_lost_a_role(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = next(option.id for option in directory_of(form).roles if option.name == "用工性质/外包")
    tick(form, "研发中心")
    type_into(form.directory.panel.role, role)
    form.model.wait()
    roles = ding.roles
    monkeypatch.setattr(ding, "roles", lambda **options: roles(**options).query(f"role_id != {role}"))
    press(form, form.directory.panel.refresh)
    assert "no longer available" in words(form)
    press(form, form.directory.panel.clear)
    tick(form, "研发中心")
    assert "no longer available" not in words(form)


def test_a_role_beside_departments_is_said_to_narrow_them(form: StudioForm) -> None:
    said = "people of the chosen departments who have the role"
    tick(form, "研发中心")
    assert said not in words(form)
    role = next(known_role for known_role in directory_of(form).roles if known_role.name == "用工性质/外包")
    type_into(form.directory.panel.role, role.id)
    form.model.wait()
    assert said in words(form)


def test_a_department_ticked_while_the_directory_is_refreshed_stays_chosen(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = next(option for option in directory_of(form).roles if option.name == "用工性质/外包")
    type_into(form.directory.panel.role, role.id)
    form.model.wait()
    department = number(form, "研发中心")
    read_people = type(ding).people

    def tick_and_read_people(ding: DingTalk, **filters: object) -> pd.DataFrame:
        if "role" in filters:
            form.model.directory.choose_department(department, is_on=True)
        return read_people(ding, **filters)  # type: ignore[arg-type] # as they were passed

    monkeypatch.setattr(type(ding), "people", tick_and_read_people)
    press(form, form.directory.panel.refresh)
    assert department in form.model.directory.state.selection.departments


def test_a_role_chosen_while_the_directory_is_refreshed_still_narrows_the_departments(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (option.id for option in directory_of(form).roles if option.name.startswith("用工性质/"))
    tick(form, "研发中心")
    model = form.model.directory
    for role in (second, first):
        type_into(form.directory.panel.role, role)
        form.model.wait()
    read_people = type(ding).people

    def choose_and_read_people(ding: DingTalk, **filters: object) -> pd.DataFrame:
        if filters.get("role") == first:
            model.choose_role(second)
        return read_people(ding, **filters)  # type: ignore[arg-type] # as they were passed

    monkeypatch.setattr(type(ding), "people", choose_and_read_people)
    press(form, form.directory.panel.refresh)
    assert model.state.selection.role == second
    in_department = set(ding.people(department="研发中心")["userid"])
    assert model.state.chosen_count == len(in_department & set(ding.people(role=second)["userid"]))


def test_sub_departments_can_be_left_out_altogether(form: StudioForm, ding: DingTalk) -> None:
    tick(form, "研发中心")
    type_into(form.directory.panel.below, value=False)
    assert form.model.directory.state.chosen_count == len(ding.people(department="研发中心", below=False))
    tick(form, "应用研发部")
    press(form, form.directory.panel.use)
    assert_frame_equal(run_code(form, ding), form.frame.reset_index(drop=True))
    assert "below=False" in form.code


def test_departments_left_out_stay_so_when_sub_departments_are_switched_off_and_on(
    form: StudioForm, ding: DingTalk
) -> None:
    below = form.directory.panel.below
    tick(form, "研发中心")
    tick(form, "平台研发部", is_on=False)
    chosen = form.model.directory.state.chosen_count
    type_into(below, value=False)
    assert form.model.directory.state.chosen_count == len(ding.people(department="研发中心", below=False))
    tick(form, "应用研发部")
    both = form.model.directory.state.chosen_count
    type_into(below, value=True)
    assert form.model.directory.state.chosen_count == chosen
    row = form.directory.panel.departments[number(form, "平台研发部")]
    assert row.check.description.endswith("left out")
    type_into(below, value=False)
    # What was ticked meanwhile is as it was, too.
    assert form.model.directory.state.chosen_count == both
    type_into(below, value=True)
    press(form, form.directory.panel.use)
    assert len(form.frame) == chosen
    assert_frame_equal(run_code(form, ding), form.frame.reset_index(drop=True))
    assert 'staff = ding.people(department="示例集团/研发中心")' in form.code


def test_departments_of_the_same_path_are_kept_apart(form: StudioForm, ding: DingTalk, office: RunningSandbox) -> None:
    above = number(form, "财务部")
    people = {9_001: directory_of(form).userids[:2], 9_002: directory_of(form).userids[2:5]}
    for department, userids in people.items():
        office.state.change_department(department, "同名部", above)
        for userid in userids:
            office.state.change_person(userid, {"department_ids": [department]})
    press(form, form.directory.panel.refresh)
    press(form, form.directory.panel.departments[above].expand)
    rows = form.directory.panel.departments
    assert [rows[department].check.description for department in people] == [
        "同名部 (9001) · 2 people",
        "同名部 (9002) · 3 people",
    ]
    type_into(rows[9_001].check, value=True)
    assert {at for at, row in rows.items() if row.check.value} == {9_001}
    assert form.model.directory.state.chosen_count == 2
    press(form, form.directory.panel.use)
    assert set(form.frame["userid"]) == {*people[9_001]}
    assert_frame_equal(run_code(form, ding), form.frame.reset_index(drop=True))
    assert "ding.people(department=9001)" in form.code


def test_nothing_is_chosen_before_something_is_ticked(form: StudioForm) -> None:
    type_into(form.directory.panel.active, "yes")
    assert form.model.directory.state.chosen_count == 0
    press(form, form.directory.panel.use)
    assert "No one is chosen." in words(form)
    assert not len(form.frame)


def test_departments_and_people_are_searched_and_pages_are_short(open_sandbox: Opener, connect_to: Connect) -> None:
    form = opened(connect_to(open_sandbox(users=1_500)))
    assert len(directory_of(form).tree) == 60
    directory = form.model.directory
    for number in [
        department.id for department in directory_of(form).tree if department.id not in directory.state.expanded
    ]:
        directory.toggle_below(number)
    assert len(directory.departments()) == 60
    assert len(form.directory.panel.departments) == DEPARTMENTS_PER_PAGE
    number_of_widgets = sum(1 for _ in walk(form.directory.box))
    first = list(form.directory.panel.departments)
    press(form, form.directory.panel.pager.later)
    assert len(form.directory.panel.departments) == DEPARTMENTS_PER_PAGE
    assert not set(first) & set(form.directory.panel.departments)
    assert sum(1 for _ in walk(form.directory.box)) == number_of_widgets
    press(form, form.directory.panel.pager.earlier)
    type_into(form.directory.panel.departments[first[0]].check, value=True)
    assert len(form.directory.panel.people) == 10
    press(form, form.directory.panel.people_pager.later)
    assert len(form.directory.panel.people) == 10
    type_into(form.directory.panel.search, "研发中心/")
    assert form.directory.panel.departments
    assert all("研发中心/" in row.check.description for row in form.directory.panel.departments.values())
    type_into(form.directory.panel.search, "no such")
    assert "No department's name or path contains “no such”." in words(form)
    assert find(form, "no such") == []
    assert "No one's name, userid, job number or department contains “no such”." in words(form)


def test_the_directory_is_read_once_and_again_on_demand(
    form: StudioForm, office: RunningSandbox, clock: VirtualClock
) -> None:
    assert "read less than a minute ago" in words(form)
    assert "does not count towards the monthly quota" in words(form)
    # Which may be a database that a team shares.
    assert "It is kept in the ledger for a day." in words(form)
    before = len(office.state.calls)
    clock.advance(seconds_to_ns(3_600))
    press(form, form.directory.toggle)
    assert not form.directory.panel.departments
    assert not form.directory.panel.people
    press(form, form.directory.toggle)
    assert "read 60 min ago" in words(form)
    assert len(office.state.calls) == before
    tick(form, "财务部")
    person = form.model.directory.state.people.page_positions[0]
    userid = directory_of(form).userids[person]
    office.state.change_person(userid, {"name": "改名"})
    press(form, form.directory.panel.refresh)
    assert len(office.state.calls) > before
    assert "改名" in form.directory.panel.people[userid].check.description
    assert form.model.directory.state.chosen_count > 0


def test_a_list_that_changed_meanwhile_is_said(form: StudioForm, office: RunningSandbox, clock: VirtualClock) -> None:
    tick(form, "财务部")
    shown = form.model.directory.state.chosen_count
    left = directory_of(form).userids[form.model.directory.state.people.page_positions[0]]
    office.state.change_person(left, {"department_ids": [50] if number(form, "财务部") != 50 else [10]})
    clock.advance(seconds_to_ns(25 * 3_600))
    press(form, form.directory.panel.use)
    assert len(form.frame) == shown - 1
    assert f"The directory has changed: {shown - 1} people now, {shown} when it was shown." in words(form)


def test_a_department_is_no_longer_left_out_once_it_is_not_below_a_chosen_one(
    form: StudioForm, office: RunningSandbox
) -> None:
    tick(form, "研发中心")
    tick(form, "平台研发部", is_on=False)
    moved = form.directory.panel.departments[number(form, "平台研发部")]
    assert "left out" in moved.check.description
    office.state.change_department(number(form, "平台研发部"), parent=number(form, "财务部"))
    press(form, form.directory.panel.refresh)
    press(form, form.directory.panel.departments[number(form, "财务部")].expand)
    moved = form.directory.panel.departments[number(form, "平台研发部")]
    assert "left out" not in moved.check.description


def test_the_recipients_stay_those_of_the_directory_when_it_is_read_again(form: StudioForm, ding: DingTalk) -> None:
    tick(form, "财务部")
    press(form, form.directory.panel.use)
    directory = form.model.directory
    people, saved = directory.state.used_count, directory.saved_state()
    assert people == len(form.frame)
    press(form, form.directory.toggle)
    press(form, form.directory.panel.refresh)
    assert directory.state.used_count == people
    other = ding.studio()
    other.model.directory.restore_state(saved)
    press(other, other.directory.toggle)
    other.model.directory.wait()
    assert other.model.directory.state.used_count == people
    assert not other.model.directory.state.has_changed_since_use
    other.model.directory.clear()
    assert other.model.directory.state.has_changed_since_use


def test_recipients_in_use_are_named_once_the_directory_is_cleared(
    form: StudioForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(form, "财务部")
    panel = form.directory.panel
    press(form, panel.use)
    people = count("person", len(form.frame))
    press(form, form.directory.toggle)
    # Nothing is missing as long as those chosen are those in use.
    press(form, form.next)
    assert form.model.state.step == "message"

    press(form, form.steps["recipients"])
    focused = watch_focus(monkeypatch)
    press(form, panel.clear)
    assert focused == [panel.use]
    assert f"The recipients are still the {people} chosen before" in words(form)
    press(form, form.next)
    assert form.model.state.step == "recipients"
    assert "No one is chosen in the directory any more" in words(form)
    tick(form, "财务部")
    assert f"Recipients: {people} from the directory." in words(form)
    press(form, panel.clear)
    press(form, form.directory.toggle)
    press(form, form.next)
    assert form.model.state.step == "message"


@pytest.mark.parametrize(
    ("settings", "expected", "has_tree"),
    [
        ({"hidden_fields": "mobile"}, "it probably lacks the permission fieldMobile", True),
        ({"missing_permissions": "qyapi_get_department_list"}, "qyapi_get_department_list", False),
        ({"missing_permissions": "qyapi_get_department_member"}, "qyapi_get_department_member", False),
    ],
)
def test_missing_permissions_are_named(
    open_sandbox: Opener, connect_to: Connect, settings: dict[str, str], expected: str, *, has_tree: bool
) -> None:
    form = opened(connect_to(open_sandbox(**settings)))
    assert expected in words(form)
    assert bool(form.directory.panel.departments) == has_tree
    assert "Read the directory" in words(form) or has_tree


class _Pressing(BaseAdapter):
    """A route on which somebody presses a button while a call is under way."""

    def __init__(self, ding: DingTalk, path: str, press: Callable[[], object]) -> None:
        super().__init__()
        self._path, self._press = path, press
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)  # type: ignore[arg-type]
        if self._path in (request.path_url or ""):
            self._press()
        return response

    def close(self) -> None:
        self._inner.close()


def test_reading_can_be_stopped_and_goes_on(bare_environment: None) -> None:
    del bare_environment
    with start(SandboxSettings(users=10_000)) as sandbox:
        settings = sandbox.settings
        app = App(settings.app_key, Secret(settings.app_secret), settings.agent_id)
        hosts = Hosts(sandbox.base_url, sandbox.base_url)
        # Progress is shown, and with it a press noticed, on a real clock alone.
        with DingTalk(app, hosts, origin=Origin("arguments"), clock=SystemClock(), sandbox=sandbox) as ding:
            form = ding.studio()
            form.model.go("recipients")
            _Pressing(ding, "/topapi/v2/department/listsub", form.directory.panel.cancel.click)
            press(form, form.directory.toggle)
            assert "Reading was stopped." in words(form)
            assert "reading again continues from there" in words(form)
            assert form.model.directory.state.snapshot is None
            assert is_shown(form.directory.panel.refresh)
            assert len(sandbox.state.calls) < len(sandbox.state.organisation.departments)


def test_hostile_names_are_letters(open_sandbox: Opener, connect_to: Connect) -> None:
    sandbox = open_sandbox(users=60)
    staff = [person.userid for person in sandbox.state.organisation.staff()]
    for userid, text in zip(staff, HOSTILE, strict=False):
        if text.isprintable():
            sandbox.state.change_person(userid, {"name": text[:60]})
    form = opened(connect_to(sandbox))
    tick(form, "示例集团")
    assert_harmless(form)
    assert not any(person.check.description_allow_html for person in form.directory.panel.people.values())


def test_a_file_replaces_the_directory_and_the_other_way_round(form: StudioForm) -> None:
    tick(form, "财务部")
    press(form, form.directory.panel.use)
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    form.model.wait()
    assert len(form.frame) == 1
    assert "from the directory." not in words(form)
    press(form, form.directory.toggle)
    press(form, form.directory.panel.use)
    assert len(form.frame) > 1
    assert "staff.csv" not in words(form)


def test_a_file_closes_the_directory_unless_somebody_is_chosen_there(form: StudioForm) -> None:
    assert form.model.directory.state.is_open
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    form.model.wait()
    assert not form.model.directory.state.is_open
    press(form, form.directory.toggle)
    tick(form, "财务部")
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager02,Li\n")
    form.model.wait()
    assert form.model.directory.state.is_open


def test_the_directory_is_shown_in_place_of_the_list_and_its_columns(form: StudioForm) -> None:
    press(form, form.directory.toggle)
    upload(form.upload.file, "staff.csv", "工号,姓名\nA1,李\n".encode())
    form.model.wait()
    below = (form.columns_heading, form.compose.recipients.choices, form.names.box)
    assert set(below) <= set(form.panel.children)
    press(form, form.directory.toggle)
    assert not set(below) & set(form.panel.children)
    said = "Until you use people of the directory, the recipients are still: staff.csv · 1 row."
    assert words_of(form.list_preview) == said
    # What is missing is in the list, which is shown again.
    press(form, form.next)
    assert form.model.refusal is not None
    assert set(below) <= set(form.panel.children)
    press(form, form.directory.toggle)
    tick(form, "财务部")
    press(form, form.directory.panel.use)
    assert form.columns_heading in form.panel.children
    press(form, form.directory.toggle)
    assert form.list_preview.value == ""


def test_people_of_the_directory_do_not_move_to_another_app(form: StudioForm, live: DingTalk) -> None:
    tick(form, "财务部")
    press(form, form.directory.panel.use)
    press(form, form.directory.toggle)
    tick(form, "研发中心")
    press(form, form.next)
    other = StudioForm(form.model.with_app(live))
    assert not len(other.frame)
    assert other.model.state.step == "recipients"
    assert "People from the other app's directory were not carried over" in words(other)
    assert "Upload them again" not in words(other)
    type_into(form.compose.msgtype, "file")
    upload(form.files.file, "a.pdf", b"%PDF-1.7 ")
    form.model.files.wait()
    other = StudioForm(form.model.with_app(live))
    assert other.model.files.state.files == ()
    assert "The uploaded files belonged to people of the other app" in words(other)
    form.model.start_new()
    other = StudioForm(form.model.with_app(live))
    assert "were not carried over" not in words(other)


def test_people_of_the_sandbox_for_practice_do_not_move_to_another_app(ding: DingTalk, live: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.sample)
    assert len(form.frame) == 12
    form.model.open("recipients")
    press(form, form.directory.toggle)
    assert "the recipients are still: 12 rows" in words_of(form.list_preview)
    other = StudioForm(form.model.with_app(live))
    assert not len(other.frame)
    assert "People from the other app's directory were not carried over" in words(other)


def test_a_saved_page_has_no_one_in_it_once_the_directory_is_closed(form: StudioForm) -> None:
    tick(form, "财务部")
    rows = form.directory.panel.people.values()
    names = [*(row.check.description for row in rows), *(row.cells.value for row in rows)]
    someone = next(iter(rows)).check.description.split(" · ")[0]
    type_into(form.directory.panel.search, "财务部")
    find(form, someone)
    press(form, form.directory.toggle)
    saved = str([widget.get_state() for widget in walk(form.directory.box)])
    assert not [name for name in [*names, someone, "财务部"] if name in saved]
    press(form, form.directory.toggle)
    assert (form.directory.panel.search.value, form.directory.panel.people_search.value) == ("财务部", someone)
    assert someone in words(form)


def test_once_people_are_used_the_directory_opens_with_them_and_without_what_was_searched_for(form: StudioForm) -> None:
    tick(form, "财务部")
    row = next(iter(form.directory.panel.people.values()))
    someone = row.check.description.split(" · ")[0]
    type_into(form.directory.panel.search, "财务部")
    find(form, someone)
    # Until then it stays, since several of those found may be ticked.
    assert form.directory.panel.people_search.value == someone
    press(form, form.directory.panel.use)
    press(form, form.directory.toggle)
    panel = form.directory.panel
    assert (panel.search.value, panel.people_search.value) == ("", "")
    assert len(panel.departments) > 1
    assert len(panel.people) > 1
    assert form.model.directory.state.used_count == form.model.directory.state.chosen_count


def test_the_directory_is_in_both_languages(form: StudioForm, in_chinese: None) -> None:
    del in_chinese
    tick(form, "财务部")
    form.render()
    assert english("directory_form.")(form) == []
    dingnb.set_language("en")
    form.render()
    said = " ".join(chinese(form))
    assert "通讯录" not in said
    assert "已选" not in said


def test_departments_found_by_their_own_name_come_first_the_uppermost_before_those_below() -> None:
    tree = {1: ("A", None), 2: ("B", 1), 3: ("Sales", 2), 4: ("C", 3), 5: ("Sales", 1), 6: ("Sales 2", 2)}
    departments = pd.DataFrame(
        {
            "dept_id": list(tree),
            "name": [name for name, _ in tree.values()],
            "parent_id": pd.array([above for _, above in tree.values()], dtype="Int64"),
        }
    )
    roles = pd.DataFrame({"role_id": [], "name": [], "group": []})
    directory = DirectorySnapshot(pd.DataFrame({"userid": []}), departments, {}, roles)
    assert directory.find_departments("sales") == [5, 3, 6, 4]


def test_departments_are_found_with_their_whole_paths(form: StudioForm, office: RunningSandbox) -> None:
    upper = number(form, "财务部")
    for dept_id in range(9_001, 9_006):
        office.state.change_department(dept_id, "a department with a long name", upper)
        upper = dept_id
    for dept_id, name in ((9_006, "first"), (9_007, "second")):
        office.state.change_department(dept_id, name, upper)
    press(form, form.directory.panel.refresh)
    type_into(form.directory.panel.search, "long name/")
    rows = form.directory.panel.departments
    tree = directory_of(form).tree
    for dept_id in (9_006, 9_007):
        assert rows[dept_id].check.description == f"{tree.path(dept_id)} · 0 people"


def test_code_names_by_its_id_what_its_path_does_not_tell_apart() -> None:
    departments = pd.DataFrame(
        {
            "dept_id": [1, 2, 3, 4],
            "name": ["A", "B", "B", "7"],
            "parent_id": pd.array([pd.NA, 1, 1, pd.NA], dtype="Int64"),
        }
    )
    people = pd.DataFrame({"userid": []})
    roles = pd.DataFrame({"role_id": [11, 12, 13], "name": ["x", "y", "y"], "group": ["g", "g", "g"]})
    directory = DirectorySnapshot(people, departments, {}, roles)
    assert [directory.department_key(department) for department in (1, 2, 3, 4)] == ["A", 2, 3, "7"]
    assert [directory.role_key(role) for role in (11, 12, 13)] == ["g/x", 12, 13]


def test_marks_of_departments(form: StudioForm) -> None:
    directory = directory_of(form)
    top, middle, inner = (number(form, name) for name in ("示例集团", "研发中心", "平台研发部"))
    choice = directory.with_department(Selection(), middle, is_on=True)
    assert [directory.mark(choice, department) for department in (top, middle, inner)] == [
        DepartmentMark.UNCHOSEN,
        DepartmentMark.CHOSEN,
        DepartmentMark.INCLUDED,
    ]
    whole = directory.with_department(choice, top, is_on=True)
    assert whole.departments == {top}
    without = directory.with_department(whole, middle, is_on=False)
    assert [directory.mark(without, department) for department in (top, middle, inner)] == [
        DepartmentMark.CHOSEN,
        DepartmentMark.LEFT_OUT,
        DepartmentMark.BELOW_LEFT_OUT,
    ]
    assert directory.with_department(without, inner, is_on=True) == without
    assert directory.with_department(without, middle, is_on=True) == whole
    assert directory.with_department(without, top, is_on=False) == Selection()
    flat = replace(without, below=False)
    assert [directory.mark(flat, department) for department in (top, middle, inner)] == [
        DepartmentMark.CHOSEN,
        DepartmentMark.UNCHOSEN,
        DepartmentMark.UNCHOSEN,
    ]
    both = directory.with_department(flat, inner, is_on=True)
    assert directory.mark(both, inner) is DepartmentMark.CHOSEN
    assert directory.mark(replace(both, below=True), inner) is DepartmentMark.BELOW_LEFT_OUT
    assert directory.mark(replace(both, below=True), middle) is DepartmentMark.LEFT_OUT
    # Ticking a department brings it back, and without the one above it, nothing is left out.
    again = directory.with_department(flat, middle, is_on=True)
    assert directory.mark(replace(again, below=True), middle) is DepartmentMark.INCLUDED
    assert directory.with_department(flat, top, is_on=False) == Selection(below=False)
    sizes = [directory.count_people(department, below=True) for department in (top, middle, inner)]
    assert all(larger >= smaller for larger, smaller in pairwise(sizes))
