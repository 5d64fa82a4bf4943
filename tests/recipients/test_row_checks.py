"""What matching and the directory say about the rows of a plan, and what is made of it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.api import contacts
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AccessError, ColumnError, DingError, InputError
from dingnb.recipients.directory import last_weekdays
from dingnb.sandbox import RunningSandbox
from dingnb.words import in_language
from tests.live_mode import make_live
from tests.table_rows import for_each

HI = dingnb.text("hi")
MATCH = ["name", "department"]

Opener = Callable[..., RunningSandbox]
Connector = Callable[..., DingTalk]


def calls(sandbox: RunningSandbox, path: str) -> int:
    return sum(call.path == path for call in sandbox.state.calls)


def everybody(sandbox: RunningSandbox) -> pd.DataFrame:
    people = list(sandbox.state.organisation.staff())
    return pd.DataFrame({"userid": [person.userid for person in people], "name": [person.name for person in people]})


def notes(plan: Plan) -> str:
    return repr(plan)


@pytest.fixture
def matched(sandbox: RunningSandbox, ding: DingTalk) -> pd.DataFrame:
    """Rows of which matching found the first person, and left the others open."""
    people = ding.people(everybody=True)
    sandbox.state.change_person("twin01", {"name": "孪生", "mobile": "13900099001", "department_ids": [50]})
    sandbox.state.change_person("twin02", {"name": "孪生", "mobile": "13900099002", "department_ids": [50]})
    ding.people(everybody=True, refresh=True)
    frame = pd.DataFrame(
        {
            "name": [people["name"][0], "孪生", "无此人"],
            "department": [people["departments"][0][0], "财务部", "财务部"],
            "mobile": [people["mobile"][0], "13900099001", people["mobile"][1]],
        },
        index=["a", "b", "c"],
    )
    return ding.match(frame, MATCH)


def test_a_list_is_matched_with_the_directory_that_is_read_once_and_whose_age_is_shown(
    sandbox: RunningSandbox, connect_to: Connector, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    people = connect_to(sandbox).people(everybody=True)
    made = len(sandbox.state.calls)
    clock.advance(seconds_to_ns(7_200))
    capsys.readouterr()
    rows = people[["name", "department"]]
    found = connect_to(sandbox).match(rows, MATCH)
    assert len(sandbox.state.calls) == made
    assert "cached from 2.0 h ago" in capsys.readouterr().out
    given = found["userid"].notna()
    assert (found["userid"] == people["userid"])[given].all()
    assert given.mean() > 0.9


def test_a_wrong_argument_of_match_and_choose_reads_nothing(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame({"name": ["张伟"], "twice": [1]})
    wrong: list[Callable[[], object]] = [
        lambda: ding.match(frame, "salary"),
        lambda: ding.match(frame, ["name", "department"]),
        lambda: ding.match(frame, {"name": "there is none"}),
        lambda: ding.match(frame, "name", accept="several"),
        lambda: ding.match("张伟", "name"),  # type: ignore[arg-type]
        lambda: ding.choose(frame, {0: "a"}),
    ]
    for act in wrong:
        with pytest.raises(InputError):
            act()
    assert not sandbox.state.calls


def test_choices_are_remembered_for_their_list(
    sandbox: RunningSandbox, connect_to: Connector, matched: pd.DataFrame
) -> None:
    chosen = connect_to(sandbox).choose(matched, {"b": "twin02"}, name="payroll")
    assert chosen["match"].tolist() == ["name and department", "chosen", "none"]
    for name, userid in (("payroll", "twin02"), ("bonus", "")):
        again = connect_to(sandbox).choose(matched, name=name)
        assert again["userid"].fillna("")["b"] == userid
    plan = connect_to(sandbox).plan(chosen, HI)
    assert plan.people == 2


@for_each("to", ["userid", "mobile", ["userid", "mobile"], ["mobile", "userid"]])
def test_rows_that_matching_left_open_are_never_sent(
    sandbox: RunningSandbox, ding: DingTalk, matched: pd.DataFrame, to: Any
) -> None:
    plan = ding.plan(matched, HI, to=to)
    assert plan.people == 1
    problems = plan.problems()
    assert problems.index.tolist() == ["b", "c"]
    several = "Not matched: several candidates. 2 people in the department have this name."
    assert problems["reason"]["b"].startswith(several)
    assert "twin01" in problems["reason"]["b"]
    assert problems["reason"]["c"] == "Not matched. No one in the directory is named '无此人'."
    assert problems["hint"].str.contains("ding.choose").all()
    assert calls(sandbox, contacts.BY_MOBILE) <= 1
    dingnb.set_language("zh")
    assert plan.problems()["reason"]["c"].startswith("未匹配：")


def test_what_went_wrong_has_a_line_for_each_reason_of_matching(ding: DingTalk, matched: pd.DataFrame) -> None:
    # Two who are not found, one of several, and one person twice.
    names = ding.people(everybody=True)["name"].value_counts()
    twice = next(name for name, n in names.items() if n == 1 and name != matched["name"].iloc[0])
    rows = [*matched["name"], "也无此人", twice, twice]
    frame = pd.DataFrame({"name": rows, "department": [*matched["department"], "财务部", None, None]})
    plan = ding.plan(ding.match(frame, MATCH[:2], accept="name"), HI)
    campaign = plan.send("matched", expect=plan.people)
    for run in (campaign, ding.campaign("matched")):
        [table] = [table for table in view_of(run).results.sheet().tables if str(table.caption) == "What went wrong"]
        lines = [(str(reason), rows) for status, _, reason, _, rows, _ in table.rows if str(status) == "rejected"]
        assert [rows for _, rows in lines] == ["2", "1", "1", "1"]
        assert sorted(reason.partition(".")[0] for reason, _ in lines) == [
            "Not matched",
            "Not matched",
            "Not matched: several candidates",
            "Not matched: several times in the list",
        ]


def test_open_rows_stay_open_without_their_userids(
    sandbox: RunningSandbox, ding: DingTalk, matched: pd.DataFrame
) -> None:
    owner = next(iter(sandbox.state.organisation.staff())).mobile
    frame = matched.drop(columns="userid").assign(mobile=owner)
    plan = ding.plan(frame, HI, to="mobile")
    assert plan.problems().index.tolist() == ["b", "c"]
    assert plan.problems()["reason"]["c"] == "Not matched. No one in the directory is named '无此人'."


def test_an_unconfirmed_name_is_sent_to_once_it_is_accepted(ding: DingTalk, matched: pd.DataFrame) -> None:
    rows = matched[["name"]].iloc[:1]
    assert ding.match(rows, "name")["match"].tolist() == ["name only"]
    assert ding.plan(pd.concat([matched.iloc[:1], ding.match(rows, "name")]), HI).rejected == 1
    assert ding.plan(ding.match(rows, "name", accept="name"), HI).rejected == 0


def test_a_number_that_belongs_to_somebody_else_than_the_matched_person_is_not_sent_to(
    ding: DingTalk, matched: pd.DataFrame
) -> None:
    rows = matched.iloc[:1].assign(mobile="13900099001")
    plan = ding.plan(rows, HI, to="mobile")
    assert plan.people == 0
    assert plan.problems()["reason"].tolist() == [
        f"The number '13900099001' belongs to twin01, but the row was matched to {matched['userid'].iloc[0]}."
    ]


def test_columns_that_only_have_the_names_of_a_match_do_not_count(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = everybody(sandbox).iloc[:2].assign(match=["a game", 7], reason=None)
    assert ding.plan(frame, HI).people == 2


def test_any_label_may_stand_beside_the_columns_of_a_match(ding: DingTalk, matched: pd.DataFrame) -> None:
    for labels in ([pd.NA, 7], [None, ("userid", "x")], [float("nan"), pd.Timestamp("2026-11-27")]):
        frame = matched.assign(one=1, other=2)
        frame.columns = pd.Index([*matched.columns, *labels], dtype=object)
        assert ding.plan(frame, HI).people == 1


def test_names_are_compared_with_the_cached_directory_without_calls(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = everybody(sandbox).iloc[:50].assign(name=lambda them: them["name"].mask(them.index == 7, "别人"))
    assert "directory" not in notes(ding.plan(frame, HI))
    ding.people(everybody=True)
    made = len(sandbox.state.calls)
    clock.advance(seconds_to_ns(3 * 3_600))
    plan = ding.plan(frame, HI)
    assert len(sandbox.state.calls) == made
    assert plan.people == 50
    assert "The names in 1 row differ from those in the directory as it was read 3.0 h ago." in notes(plan)
    assert "For example row 7: The list says '别人', but this userid belongs to" in notes(plan)
    assert "For example line 7: The list says" in notes(ding.plan(frame.rename_axis("line"), HI))
    with in_language("zh"):
        assert "名单中的姓名为“别人”，而该 userid 属于" in notes(plan)
    warnings = plan.to_frame()["warning"]
    assert warnings.notna().tolist() == [label == 7 for label in frame.index]
    dingnb.set_language("zh")
    assert "1 行的姓名与通讯录（3.0 小时前读取）不一致" in notes(plan)
    assert plan.to_frame()["warning"][7].startswith("名单中的姓名为“别人”")
    dingnb.set_language("en")
    clock.advance(seconds_to_ns(22 * 3_600))
    assert "differ" not in notes(ding.plan(frame, HI))


def test_a_note_against_sending_beside_a_name_is_seen_without_a_call(sandbox: RunningSandbox, ding: DingTalk) -> None:
    people = everybody(sandbox).iloc[:2]
    frame = people.assign(name=[f"{people['name'][0]} 勿发", people["name"][1]])
    said = "'勿发' next to the name says that the person has left or should get no messages."
    for _ in ("not cached", "cached"):
        made = len(sandbox.state.calls)
        plan = ding.plan(frame, HI)
        assert plan.people == 2
        assert "The names in 1 row have a note that the person has left or should get no messages." in notes(plan)
        assert f"For example row 0: {said}" in notes(plan)
        assert "differ" not in notes(plan)
        assert plan.to_frame()["warning"].fillna("").tolist() == [said, ""]
        with in_language("zh"):
            assert "姓名旁注有“勿发”，表示此人已离职或不应接收消息" in notes(plan)
        [problem] = ding.plan(frame, HI, check="note").problems().to_dict("records")
        assert (problem["column"], problem["value"], problem["reason"]) == ("name", frame["name"][0], said)
        assert len(sandbox.state.calls) == made
        ding.people(everybody=True)
    # The name itself is the person's.
    assert ding.plan(frame, HI, check="name").people == 2
    matched = ding.match(frame, ["userid", "name"])
    assert matched["match"].tolist() == ["conflict", "userid"]
    assert ding.plan(matched, HI).problems().index.tolist() == [0]
    chosen = ding.plan(ding.choose(matched, {0: people["userid"][0]}), HI, check=["name", "note"])
    assert chosen.people == 2
    assert "note" not in notes(chosen)


def test_a_note_that_the_directory_itself_has_is_none(sandbox: RunningSandbox, ding: DingTalk) -> None:
    userid = everybody(sandbox)["userid"][0]
    sandbox.state.change_person(userid, {"name": "王芳（离职）"})
    frame = pd.DataFrame({"userid": [userid], "姓名": ["王芳（离职）"]})
    assert "'离职' next to the name" in notes(ding.plan(frame, HI))
    ding.people(everybody=True)
    assert ding.plan(frame, HI, check="note").people == 1


def test_notes_need_a_column_of_names(sandbox: RunningSandbox, ding: DingTalk) -> None:
    with pytest.raises(ColumnError):
        ding.plan(everybody(sandbox)[["userid"]], HI, check="note")
    frame = everybody(sandbox).iloc[:1].rename(columns={"name": "payee"}).assign(payee="张伟（不发）")
    assert "have a note" not in notes(ding.plan(frame, HI))
    assert ding.plan(frame, HI, columns={"name": "payee"}, check="note").rejected == 1


def test_the_owner_of_a_number_that_changed_hands_is_noticed(ding: DingTalk) -> None:
    people = ding.people(everybody=True)
    frame = people[["name", "mobile"]].iloc[:2].assign(mobile=people["mobile"].iloc[[0, 2]].tolist())
    plan = ding.plan(frame, HI, to="mobile")
    assert "but this mobile number belongs to" in notes(plan)
    checked = ding.plan(frame, HI, to="mobile", check="name")
    assert (checked.people, checked.problems().index.tolist()) == (1, [1])
    assert checked.problems()["column"].tolist() == ["name"]


def test_a_checked_plan_rejects_other_names_and_reads_those_who_are_not_cached(
    sandbox: RunningSandbox, ding: DingTalk, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = everybody(sandbox).iloc[:4]
    frame = frame.assign(name=[frame["name"][0], "别人", f" {frame['name'][2]} ", None])
    frame.loc[9] = ["nobody01", "某人"]
    plan = ding.plan(frame, HI, check="name")
    assert plan.problems().index.tolist() == [1, 9]
    assert plan.problems()["reason"][1].startswith("The list says '别人', but this userid belongs to")
    assert plan.problems()["reason"][9].startswith("No DingTalk user has the userid 'nobody01'")
    assert plan.problems()[["column", "value"]].to_numpy().tolist() == [["name", "别人"], ["userid", "nobody01"]]
    assert "The names in 1 row could not be compared" in notes(plan)
    assert calls(sandbox, contacts.PERSON) == 5
    assert "4 of 5 people found · read now with 5 calls, not counted in the monthly quota" in capsys.readouterr().out
    assert sandbox.state.stats()["calls_counted"] == 0
    ding.plan(frame.iloc[:4], HI, check="name")
    assert calls(sandbox, contacts.PERSON) == 5
    ding.plan(frame.iloc[:4], HI, check="name", refresh=True)
    assert calls(sandbox, contacts.PERSON) == 9


def test_people_of_a_directory_that_was_just_read_again_are_not_read_one_by_one(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = everybody(sandbox).iloc[:4]
    frame.loc[9] = ["nobody01", "某人"]
    changed = frame["userid"][1]
    ding.plan(frame, HI, check=["name", "directory"])
    sandbox.state.change_person(changed, {"name": "改名"})
    made, read = calls(sandbox, contacts.PERSON), calls(sandbox, contacts.PEOPLE)
    plan = ding.plan(frame, HI, check=["name", "directory"], refresh=True)
    assert plan.problems().index.tolist() == [1, 9]
    assert calls(sandbox, contacts.PEOPLE) > read
    assert calls(sandbox, contacts.PERSON) - made == 1


def test_a_person_who_was_found_to_have_left_is_not_stored_any_more(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connector
) -> None:
    people = ding.people(everybody=True)
    role = ding.people(role="外包")
    gone = role["userid"][0]
    frame = people[["userid", "name"]].set_index("userid", drop=False)
    sandbox.state.change_person(gone, {"active": False})
    assert ding.plan(frame, HI, check="name").rejected == 0
    assert ding.plan(frame, HI, check="name", refresh=True).problems().index.tolist() == [gone]
    again = connect_to(sandbox)
    made = calls(sandbox, contacts.PERSON)
    assert again.plan(frame, HI, check="name").problems().index.tolist() == [gone]
    assert 0 < calls(sandbox, contacts.PERSON) - made <= 2
    assert again.people(everybody=True)["userid"].tolist() == [userid for userid in people["userid"] if userid != gone]
    assert gone not in set(again.people(role="外包")["userid"])


def test_a_person_whom_the_app_may_not_see_is_not_rejected(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(scope_departments="50")
    organisation = sandbox.state.organisation
    inside = {organisation.person(number).userid for number in organisation.members.in_department(50)}
    frame = everybody(sandbox)
    seen, unseen = frame[frame["userid"].isin(inside)].iloc[:1], frame[~frame["userid"].isin(inside)].iloc[:2]
    plan = connect_to(sandbox).plan(pd.concat([seen, unseen]), HI, check="name")
    assert plan.rejected == 0
    assert "The names in 2 rows could not be compared" in notes(plan)


def test_rows_outside_the_directory_do_not_count_as_compared(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(scope_departments="50")
    ding = connect_to(sandbox)
    inside = ding.people(everybody=True)[["userid", "name"]].iloc[:2]
    frame = everybody(sandbox)
    outside = frame[~frame["userid"].isin(set(ding.people(everybody=True)["userid"]))].iloc[:1]
    plan = ding.plan(pd.concat([inside, outside]), HI, check=["name", "directory"])
    assert plan.problems()["reason"].str.contains("not in the directory as").tolist() == [True]
    assert view_of_plan(plan).names_compared == (2, 0)


def test_a_number_whose_owner_has_left_is_to_be_corrected_itself(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame([user for user in sandbox.state.users() if user["active"]][:2])[["userid", "name", "mobile"]]
    rows = frame[["name", "mobile"]]
    assert ding.plan(rows, HI, to="mobile").rejected == 0
    sandbox.state.change_person(frame["userid"][0], {"active": False})
    [problem] = ding.plan(rows, HI, to="mobile", check="name").problems().to_dict("records")
    assert (problem["column"], problem["value"]) == ("mobile", frame["mobile"][0])
    assert problem["hint"].startswith("Correct the number;")


def test_what_was_read_of_people_is_kept_where_a_reading_ends_in_an_error(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = everybody(sandbox).iloc[:60]
    sandbox.state.faults.add("month", path=contacts.PERSON, nth=41)
    with pytest.raises(DingError):
        ding.plan(frame, HI, check="name")
    made = calls(sandbox, contacts.PERSON)
    assert ding.plan(frame, HI, check="name").rejected == 0
    assert calls(sandbox, contacts.PERSON) - made < 60 - 30


def test_a_check_of_names_needs_names(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = everybody(sandbox).iloc[:2]
    with pytest.raises(ColumnError, match="No name column found"):
        ding.plan(frame[["userid"]], HI, check="name")
    payee = frame.rename(columns={"name": "收款人"}).assign(收款人=["别人", frame["name"][1]])
    assert ding.plan(payee, HI, check="name", columns={"name": "收款人"}).rejected == 1
    for check in ("names", True, ["name", None], {"name": True}):
        with pytest.raises(InputError, match='check="name"'):
            ding.plan(frame, HI, check=check)  # type: ignore[arg-type]


def test_people_who_have_never_activated_dingtalk_are_marked_where_they_are_known(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    frame = everybody(sandbox).iloc[:30]
    for userid in frame["userid"].iloc[[3, 4]]:
        sandbox.state.change_person(userid, {"activated": False})
    assert ding.plan(frame, HI).to_frame()["warning"].isna().all()
    ding.people(everybody=True)
    rows = pd.concat([frame, frame.iloc[[3]]])[["userid"]]
    plan = ding.plan(rows, HI, exclude=[frame["userid"][0]])
    said = "Never activated DingTalk, so cannot read the message (directory read less than a minute ago): "
    assert f"{said}2 of 29 people (" in notes(plan)
    warnings = plan.to_frame()["warning"].reset_index(drop=True)
    assert warnings.dropna().index.tolist() == [3, 4, 30]
    assert warnings[3] == "This person has never activated DingTalk and cannot read the message."
    assert plan.people == 29
    without = ding.plan(rows, HI, exclude=ding.people(everybody=True, active=False))
    assert without.people == 28
    assert "activated" not in notes(without)


def test_userids_that_are_not_in_the_directory_are_named_once_all_of_it_was_read(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = everybody(sandbox).iloc[:5]
    wrong = pd.DataFrame({"userid": ["nosuchid999", "gone01", "nosuchid999"], "name": ["张三", None, "张三"]})
    rows = pd.concat([frame, wrong], ignore_index=True)
    assert "not in the directory" not in notes(ding.plan(rows, HI))
    ding.people(department="财务部")
    assert "not in the directory" not in notes(ding.plan(rows, HI))
    ding.people(everybody=True)
    clock.advance(seconds_to_ns(120))
    made = len(sandbox.state.calls)
    plan = ding.plan(rows, HI)
    assert len(sandbox.state.calls) == made
    assert (
        "Not in the directory as the app read it 2 min ago: 2 people in 3 rows (nosuchid999 张三, gone01)."
    ) in notes(plan)
    assert plan.people == 7
    warnings = plan.to_frame()["warning"]
    assert warnings.dropna().index.tolist() == [5, 6, 7]
    assert warnings[6] == "This userid is not in the directory as the app read it 2 min ago."
    checked = ding.plan(rows, HI, check="directory")
    assert len(sandbox.state.calls) == made
    assert checked.problems()[["column", "value"]].to_numpy().tolist() == [
        ["userid", userid] for userid in wrong["userid"]
    ]
    assert "not in the directory as" in checked.problems()["reason"][5]
    assert "not in the directory as" not in notes(ding.plan(rows[:5], HI, check="directory"))
    # Of userids that DingTalk says do not exist, that is the reason.
    asked = ding.plan(rows, HI, check="name")
    assert asked.problems()["reason"].str.startswith("No DingTalk user has the userid").all()
    # The directory is valid for a day.
    clock.advance(seconds_to_ns(24 * 3_600))
    assert "not in the directory as" not in notes(ding.plan(rows, HI))
    assert len(ding.plan(rows, HI, check="directory").problems()) == 3


@pytest.mark.parametrize("label", [0, ""])
def test_a_column_whose_label_is_false_is_named_for_a_userid_that_is_not_in_the_directory(
    ding: DingTalk, label: object
) -> None:
    rows = pd.DataFrame({label: ["nobody-there", "manager01"]})
    problems = ding.plan(rows, dingnb.text("Hello"), columns={"userid": label}, check="directory").problems()
    assert problems["column"].iloc[0] == str(label)


def test_a_missing_label_is_no_column(ding: DingTalk) -> None:
    rows = ding.people(everybody=True).head(2)
    with pytest.raises(ColumnError, match="There is no column"):
        ding.plan(rows, HI, columns={"userid": pd.NA})


def test_owners_of_phone_numbers_are_known_without_the_directory(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(scope_departments="50")
    ding = connect_to(sandbox)
    inside = set(ding.people(everybody=True)["userid"])
    outside = next(person for person in sandbox.state.organisation.staff() if person.userid not in inside)
    frame = pd.DataFrame({"userid": [outside.userid], "mobile": [outside.mobile]})
    assert "1 person in 1 row " in notes(ding.plan(frame, HI))
    assert "not in the directory as" not in notes(ding.plan(frame, HI, to="mobile"))


def test_people_who_have_not_logged_in_lately_are_marked_if_asked(
    open_sandbox: Opener, connect_to: Connector, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(hidden_fields="active")
    frame = everybody(sandbox).iloc[:40]
    for userid in frame["userid"].iloc[[5, 6]]:
        sandbox.state.change_person(userid, {"activated": False})
    ding = connect_to(sandbox)
    assert not calls(sandbox, contacts.INACTIVE)
    plan = ding.plan(frame, HI, check="login", exclude=[frame["userid"][6]])
    marked = plan.to_frame()["warning"].dropna()
    assert marked.index.tolist() == [5]
    assert marked[5].startswith("This person did not log in to DingTalk on any weekday from 20")
    assert "1 of 39 people did not log in to DingTalk on any weekday from" in notes(plan)
    made = calls(sandbox, contacts.INACTIVE)
    assert made >= 5
    assert sandbox.state.stats()["calls_counted"] == made
    assert f"Logins read with {made} calls, which count towards the monthly quota" in capsys.readouterr().out
    ding.plan(frame, HI, check=["login", "name"])
    assert calls(sandbox, contacts.INACTIVE) == made
    dingnb.set_language("zh")
    assert "期间的周一至周五均未登录钉钉" in notes(plan)
    clock.advance(seconds_to_ns(7 * 24 * 3_600))
    ding.plan(frame, HI, check="login")
    assert calls(sandbox, contacts.INACTIVE) >= 2 * made - 2


def test_unknown_logins_of_an_app_without_departments_are_noted(open_sandbox: Opener, connect_to: Connector) -> None:
    class SeesOnePerson(BaseAdapter):
        def __init__(self, inner: BaseAdapter) -> None:
            super().__init__()
            self._inner = inner

        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            response = self._inner.send(request, *args, **kwargs)
            if "/auth/scopes" in (request.url or ""):
                answer = response.json()
                answer["auth_org_scopes"] = {"authed_dept": [], "authed_user": [userid]}
                response._content = json.dumps(answer).encode()
            return response

        def close(self) -> None:
            self._inner.close()

    sandbox = open_sandbox(scope_departments="50")
    organisation = sandbox.state.organisation
    userid = min(organisation.person(number).userid for number in organisation.members.in_department(50))
    ding = connect_to(sandbox)
    ding._transport.reroute(SeesOnePerson)
    for _ in range(2):
        plan = ding.plan(pd.DataFrame({"userid": [userid]}), HI, check="login")
        assert "It is unknown who has logged in" in notes(plan)
    assert not calls(sandbox, contacts.INACTIVE)


def test_the_permission_for_logins_is_named_where_it_is_missing(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(missing_permissions="qyapi_liveness_base")
    with pytest.raises(AccessError) as caught:
        connect_to(sandbox).plan(everybody(sandbox), HI, check="login")
    assert "qyapi_liveness_base" in caught.value.hint


@for_each(
    ("now", "days"),
    [
        ("2026-11-27 09:00", "26 25 24 23 20"),
        ("2026-11-27 08:59", "25 24 23 20 19"),
        ("2026-11-28 12:00", "27 26 25 24 23"),
        ("2026-11-30 08:00", "27 26 25 24 23"),
        ("2026-12-01 10:00", "30 27 26 25 24"),
        ("2026-10-08 10:00", "07 06 05 02 01"),  # National Day; no calendar of holidays is consulted
    ],
)
def test_the_last_weekdays_are_those_whose_logins_are_known(now: str, days: str) -> None:
    assert [f"{day:%d}" for day in last_weekdays(datetime.fromisoformat(now))] == days.split()


def test_a_plan_of_people_of_the_directory_leaves_out_those_of_a_role(ding: DingTalk) -> None:
    finance, external = ding.people(department=["财务部", "研发中心"]), ding.people(role="外包")
    both = set(finance["userid"]) & set(external["userid"])
    plan = ding.plan(finance, HI, exclude=external)
    assert both
    assert plan.people == len(finance) - len(both)
    assert set(plan.problems()["value"]) == both


def test_rows_of_another_apps_directory_are_noted_and_those_of_another_mode_refused(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    one, other = (connect_to(open_sandbox(seed=seed)) for seed in (11, 12))
    people = one.people(everybody=True)
    matched = one.match(people[["name", "department"]], MATCH)
    for frame in (people, matched, one.choose(matched), matched.head(5), matched.assign(salary=1)):
        assert "another app" not in notes(one.plan(frame, HI))
        assert "The rows come from ding.match() or ding.people() of another app, " in notes(other.plan(frame, HI))
    # Addressed otherwise, or without a trace of where they come from, nothing can be said.
    mobiles = other.people(everybody=True)["mobile"]
    for frame, options in (
        (people.assign(mobile=mobiles), {"to": "mobile"}),
        (people.assign(id=people["userid"]), {"columns": {"userid": "id"}}),
        (pd.DataFrame(people.to_dict("list")), {}),
        (other.match(people[["name", "department"]], MATCH), {}),
    ):
        assert "another app" not in notes(other.plan(frame, HI, **options))
    make_live(other)
    with pytest.raises(
        InputError, match=r"The rows come from ding\.match\(\) or ding\.people\(\) of another connection: SANDBOX"
    ) as refused:
        other.plan(matched, HI)
    assert 'frame.attrs["dingnb"].pop("origin")' in str(refused.value)
    matched.attrs["dingnb"].pop("origin")
    assert other.plan(matched, HI).people


@pytest.mark.parametrize("check", [None, "name"])
def test_a_person_who_was_chosen_for_a_row_is_not_doubted_again(ding: DingTalk, check: str | None) -> None:
    people = ding.people(everybody=True)
    frame = pd.DataFrame({"name": ["别人", "别人"]})
    matched = ding.match(frame, by="name")
    chosen = ding.choose(matched, {0: people["userid"][0]})
    chosen.loc[1, ["userid", "match"]] = [people["userid"][1], "userid"]
    plan = ding.plan(chosen, HI, check=check)
    doubted = plan.to_frame()["warning"] if check is None else plan.to_frame()["reason"]
    assert doubted.notna().tolist() == [False, True]
