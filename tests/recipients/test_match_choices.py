from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.errors import InputError
from dingnb.ledger import Realm, SqliteLedger
from dingnb.recipients.match_choices import MatchChoices
from dingnb.recipients.matching import match_people
from tests.table_rows import for_each

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")
NOON_NS = 1_793_592_000 * 10**9
PEOPLE = pd.DataFrame(
    {
        "userid": ["a", "b", "c", "d"],
        "name": ["张伟", "张伟", "李娜", "王静"],
        "departments": [("总部/财务部",), ("总部/销售部",), ("总部/人事部",), ("总部/人事部",)],
    }
)
STAFF = pd.DataFrame({"name": ["张伟", "李娜", "欧阳锋"], "net": [1, 2, 3]}, index=[10, 20, 30])


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    return SqliteLedger(tmp_path / "ledger", busy_timeout_s=0.1)


@pytest.fixture
def choices(ledger: SqliteLedger) -> MatchChoices:
    return MatchChoices(ledger, REALM, lambda: NOON_NS)


def matched(staff: pd.DataFrame = STAFF, people: pd.DataFrame = PEOPLE) -> pd.DataFrame:
    return match_people(staff, people, "name")


def userids(frame: pd.DataFrame) -> list[str]:
    return frame["userid"].fillna("").tolist()


def test_rows_are_settled_by_their_labels(choices: MatchChoices) -> None:
    before = matched()
    found = choices.choose(before, {10: "b", 30: "a"}, PEOPLE)
    assert userids(found) == ["b", "", "a"]
    assert found["match"].tolist() == ["chosen", "name only", "chosen"]
    assert found["reason"][10] == "Chosen by you: b 张伟 (总部/销售部)."
    assert found["reason"][30] == "Chosen by you: a 张伟 (总部/财务部). The row alone would not suggest this person."
    assert found.index.tolist() == [10, 20, 30]
    assert found.dtypes.astype(str).tolist() == ["str", "int64", "str", "str", "str"]
    assert userids(before) == ["", "", ""]
    assert choices.names() == []
    dingnb.set_language("zh")
    assert choices.choose(before, {10: "b"}, PEOPLE)["reason"][10] == "由您选定：b 张伟（总部/销售部）。"


def test_a_person_with_another_name_than_the_row_is_named_since_the_label_may_be_wrong(
    choices: MatchChoices,
) -> None:
    said: list[str] = []

    def choose(chosen: dict[int, str] | None) -> None:
        choices.choose(matched(), chosen, PEOPLE, name="payroll", notify=lambda text: said.append(str(text)))

    choose({10: "b", 20: "left out"})
    assert said == []
    choose({30: "a"})
    assert said == ["Chosen for rows with another name: row 30 → a 张伟 (总部/财务部). Check the labels."]
    # It was said when they were chosen.
    choose(None)
    assert len(said) == 1


def test_a_person_with_the_name_of_the_row_is_not_doubted(choices: MatchChoices) -> None:
    said: list[object] = []
    people = PEOPLE.assign(mobile=[f"1390000000{n}" for n in range(4)])
    staff = pd.DataFrame({"name": ["李娜"], "mobile": ["13900000000"]})
    found = match_people(staff, people, ["name", "mobile"])
    assert found["match"].tolist() == ["conflict"]
    found = choices.choose(found, {0: "c"}, people, notify=said.append)
    assert userids(found) == ["c"]
    assert found["reason"].str.endswith("The row alone would not suggest this person.").all()
    assert said == []


def test_choices_are_remembered_for_a_list(choices: MatchChoices, ledger: SqliteLedger) -> None:
    choices.choose(matched(), {10: "b"}, PEOPLE, name="payroll")
    # Another month: other labels, another order, another spelling.
    later = matched(pd.DataFrame({"name": ["李娜", "張 偉"], "net": [5, 6]}))
    found = choices.choose(later, None, PEOPLE, name="payroll")
    assert userids(found) == ["", "b"]
    assert found["reason"][1] == "Chosen by you on 2026-11-02: b 张伟 (总部/销售部)."
    assert userids(choices.choose(later, None, PEOPLE, name="other")) == ["", ""]
    assert userids(choices.choose(later, None, PEOPLE)) == ["", ""]
    assert userids(MatchChoices(ledger, OTHER, lambda: NOON_NS).choose(later, None, PEOPLE, name="payroll")) == ["", ""]
    assert choices.names() == ["payroll"]
    assert choices.forget("payroll") == 1
    assert userids(choices.choose(later, None, PEOPLE, name="payroll")) == ["", ""]


def test_the_choice_for_one_row_is_forgotten(choices: MatchChoices) -> None:
    once = choices.choose(matched(), {10: "b", 30: "d"}, PEOPLE, name="payroll")
    choices.forget_rows(once, [10], PEOPLE, "payroll")
    assert userids(choices.choose(matched(), None, PEOPLE, name="payroll")) == ["", "", "d"]
    with pytest.raises(InputError, match="No row has the label 11"):
        choices.forget_rows(once, [11], PEOPLE, "payroll")


def test_a_choice_is_asked_for_again_when_candidates_or_rows_have_changed(choices: MatchChoices) -> None:
    choices.choose(matched(), {10: "b"}, PEOPLE, name="payroll")
    joined = pd.concat([PEOPLE, PEOPLE.iloc[[0]].assign(userid="e")])
    left = PEOPLE[PEOPLE["userid"] != "b"]
    twice = pd.concat([STAFF, STAFF.iloc[[0]].rename(index={10: 40})])
    for staff, people in ((STAFF, joined), (STAFF, left), (twice, PEOPLE)):
        found = choices.choose(matched(staff, people), None, people, name="payroll")
        assert userids(found) == [""] * len(staff)
        assert "You chose b on 2026-11-02" in found["reason"][10]
    again = choices.choose(matched(STAFF, joined), {10: "e"}, joined, name="payroll")
    assert userids(again)[0] == "e"
    assert userids(choices.choose(matched(STAFF, joined), None, joined, name="payroll"))[0] == "e"


def test_a_choice_is_asked_for_again_when_its_userid_has_another_name(choices: MatchChoices) -> None:
    choices.choose(matched(), {30: "d"}, PEOPLE, name="payroll")
    renamed = PEOPLE.assign(name=["张伟", "张伟", "李娜", "赵敏"])
    found = choices.choose(matched(STAFF, renamed), None, renamed, name="payroll")
    assert userids(found) == ["", "", ""]
    assert "You chose d on 2026-11-02" in found["reason"][30]


def test_rows_that_say_the_same_and_mean_different_people_are_not_remembered(choices: MatchChoices) -> None:
    twice = pd.DataFrame({"name": ["张伟", "张伟"], "net": [1, 2]})
    choices.choose(matched(twice), {0: "a", 1: "a"}, PEOPLE, name="payroll")
    assert userids(choices.choose(matched(twice), None, PEOPLE, name="payroll")) == ["a", "a"]
    found = choices.choose(matched(twice), {0: "a", 1: "b"}, PEOPLE, name="payroll")
    assert userids(found) == ["a", "b"]
    assert userids(choices.choose(matched(twice), None, PEOPLE, name="payroll")) == ["", ""]
    choices.choose(matched(twice), {0: "a"}, PEOPLE, name="payroll")
    assert userids(choices.choose(matched(twice), None, PEOPLE, name="payroll")) == ["", ""]


def test_a_row_that_says_nothing_is_not_remembered(choices: MatchChoices) -> None:
    blank = pd.DataFrame({"name": [None, "无"]})
    choices.choose(matched(blank), {0: "a", 1: "a"}, PEOPLE, name="payroll")
    assert choices.names() == []


def test_choices_can_be_made_in_steps_and_changed(choices: MatchChoices) -> None:
    once = choices.choose(matched(), {10: "b"}, PEOPLE, name="payroll")
    twice = choices.choose(once, {30: "d", 10: "a"}, PEOPLE, name="payroll")
    assert userids(twice) == ["a", "", "d"]
    assert userids(choices.choose(matched(), None, PEOPLE, name="payroll")) == ["a", "", "d"]


def test_a_table_that_lost_its_columns_of_evidence_is_told_them(choices: MatchChoices) -> None:
    lost = matched()
    lost.attrs.clear()
    found = choices.choose(lost, {10: "b"}, PEOPLE, by=["name"], name="payroll")
    assert userids(found)[0] == "b"
    assert userids(choices.choose(found, {30: "a"}, PEOPLE)) == ["b", "", "a"]
    with pytest.raises(InputError, match="by=\\[") as caught:
        choices.choose(lost, {10: "b"}, PEOPLE)
    assert "read from a file" in caught.value.what


def test_a_row_is_left_out_now_and_later(choices: MatchChoices) -> None:
    once = choices.choose(matched(), {10: "b", 20: "left out"}, PEOPLE, name="payroll")
    assert userids(once) == ["b", "", ""]
    assert once["match"].tolist() == ["chosen", "left out", "none"]
    assert once["reason"][20] == "Left out by you."
    for accept in ((), "name"):
        again = match_people(STAFF, PEOPLE, "name", accept=accept)
        found = choices.choose(again, None, PEOPLE, name="payroll")
        assert userids(found) == ["b", "", ""]
        assert found["match"].tolist() == ["chosen", "left out", "none"]
        assert found["reason"][20] == "Left out by you on 2026-11-02."
        assert userids(choices.choose(found, {20: "d"}, PEOPLE)) == ["b", "d", ""]


def test_a_row_left_out_is_not_sent_to_once_it_has_a_match(choices: MatchChoices) -> None:
    by = ["name", "department"]
    staff = STAFF.assign(department=["财务部", "人事部", None])
    people = PEOPLE.assign(departments=[("总部/行政部",), *PEOPLE["departments"][1:]])
    before = match_people(staff, people, by)
    assert userids(before) == ["", "c", ""]
    once = choices.choose(before, {10: "left out", 20: "left out"}, people, name="payroll")
    assert userids(once) == ["", "", ""]
    # A row with a match stays left out; one whose candidates have changed is asked about.
    found = choices.choose(match_people(staff, PEOPLE, by), None, PEOPLE, name="payroll")
    assert userids(match_people(staff, PEOPLE, by)) == ["a", "c", ""]
    assert userids(found) == ["", "", ""]
    assert found["match"].tolist() == ["conflict", "left out", "none"]
    assert "You left this row out on 2026-11-02" in found["reason"][10]
    assert userids(choices.choose(found, {10: "a"}, PEOPLE, name="payroll")) == ["a", "", ""]


def test_a_choice_is_preferred_to_a_name_that_was_accepted(choices: MatchChoices) -> None:
    accepted = match_people(STAFF, PEOPLE, "name", accept="name")
    assert userids(accepted) == ["", "c", ""]
    assert userids(choices.choose(accepted, {20: "d"}, PEOPLE, name="payroll")) == ["", "d", ""]
    assert userids(choices.choose(accepted, None, PEOPLE, name="payroll")) == ["", "d", ""]
    assert userids(choices.choose(accepted, None, PEOPLE, name="other")) == ["", "c", ""]
    # The choice no longer applies: the person is asked for again, rather than found by the name.
    renamed = PEOPLE.assign(name=["张伟", "张伟", "李娜", "赵敏"])
    found = choices.choose(match_people(STAFF, renamed, "name", accept="name"), None, renamed, name="payroll")
    assert userids(found) == ["", "", ""]
    assert "You chose d on 2026-11-02" in found["reason"][20]
    choices.choose(accepted, {20: "left out"}, PEOPLE, name="payroll")
    twice = pd.concat([STAFF, STAFF.iloc[[1]].rename(index={20: 40})])
    found = choices.choose(match_people(twice, PEOPLE, "name", ["name", "repeated"]), None, PEOPLE, name="payroll")
    assert userids(found) == ["", "", "", ""]
    assert "You left this row out on 2026-11-02" in found["reason"][20]


def test_wrong_choices_are_refused_and_nothing_is_remembered(choices: MatchChoices) -> None:
    frame = matched()
    settled = match_people(STAFF.assign(userid=["a", "c", ""]), PEOPLE, ["name", "userid"])
    cases: list[tuple[pd.DataFrame, object, str]] = [
        (frame, {10: "gone"}, "Candidates of the row: a 张伟"),
        (frame, {30: "gone"}, "Candidates of the row: none"),
        (frame, {11: "a"}, "No row has the label 11"),
        (pd.concat([frame, frame]), {10: "a"}, "reset_index"),
        (settled, {20: "a"}, "matched already, to c"),
        (frame, {10: None}, "choices="),
        (frame, {10: pd.NA}, "choices="),
        (frame, {10: np.array(["a", "c"])}, "choices="),
        (frame, ["a"], "choices="),
        (STAFF, {10: "a"}, "was not matched"),
    ]
    for table, given, said in cases:
        with pytest.raises(InputError, match=said):
            choices.choose(table, given, PEOPLE, name="payroll")  # type: ignore[arg-type]
    assert choices.names() == []


@for_each("name", ["", " ", "a\nb", 5])
def test_the_name_of_a_list_is_a_line_of_text(name: str, choices: MatchChoices) -> None:
    with pytest.raises(InputError, match="not a valid name for a list"):
        choices.choose(matched(), {10: "a"}, PEOPLE, name=name)


def test_a_table_matched_by_userids_alone_is_settled_as_well(choices: MatchChoices) -> None:
    frame = match_people(pd.DataFrame({"userid": ["gone", "a"]}), PEOPLE, "userid")
    assert userids(choices.choose(frame, {0: "b"}, PEOPLE)) == ["b", "a"]


def test_the_ledger_holds_no_names(
    choices: MatchChoices, ledger: SqliteLedger, read_all: Callable[[SqliteLedger], str]
) -> None:
    choices.choose(matched(), {10: "b"}, PEOPLE, name="payroll")
    assert "张伟" not in read_all(ledger)


@pytest.fixture
def read_all() -> Callable[[SqliteLedger], str]:
    def read(ledger: SqliteLedger) -> str:
        with ledger.connection() as db:
            return str(db.execute("SELECT * FROM match_choices").fetchall())

    return read
