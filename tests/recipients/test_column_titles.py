"""Columns are called as in the file of the list, in every form."""

import pandas as pd

import dingnb
from dingnb.client import DingTalk
from dingnb.recipients.column_titles import column_titles, labels_by_tag_name, with_column_titles
from dingnb.recipients.matching import match_people
from dingnb.tables.files import ReadOptions, read_table
from dingnb.ui.studio.upload import preview_table
from dingnb.words import Text, listed, listed_briefly, set_language


def titles_of(text: str) -> list[str]:
    frame, _ = read_table("staff.csv", text.encode(), ReadOptions())
    return list(column_titles(frame).values())


def test_a_column_is_called_as_in_its_file() -> None:
    assert titles_of("userid,姓名,所属 部门,奖金\na1,李,财务,5\n") == ["userid", "姓名", "所属 部门", "奖金"]


def test_a_heading_that_occurs_twice_is_followed_by_the_name_of_the_column() -> None:
    assert titles_of("userid,备注,备注\na1,x,y\n") == ["userid", "备注", "备注 (备注_2)"]


def test_labels_of_any_kind_have_titles() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=pd.Index([0, ("a", 1), "name"], dtype=object))
    assert list(column_titles(frame).values()) == ["0", "('a', 1)", "name"]


def test_tags_may_use_headings_of_the_file_and_titles_of_the_directory_in_any_language(ding: DingTalk) -> None:
    listed, _ = read_table("staff.csv", "userid,姓名,奖金\na1,李,5\n".encode(), ReadOptions())
    assert labels_by_tag_name(listed) == {"姓名": "name"}
    people = ding.people(department="财务部")
    names = labels_by_tag_name(people)
    assert set(names.values()) == set(people.columns)
    assert names["姓名"] == names["name"] == "name"
    plan = ding.plan(people, dingnb.text("{{ 姓名 }}，{{ 所有部门 | length }}"))
    assert plan.preview(0).message["text"]["content"] == f"{people['name'][0]}，{len(people['departments'][0])}"


def test_results_of_matching_are_called_so() -> None:
    people = pd.DataFrame({"userid": ["w1"], "name": ["张伟"], "department": ["财务部"]})
    staff = pd.DataFrame({"姓名": ["张伟"], "reason": ["x"]})[["姓名"]]
    matched = match_people(staff, people, by="name").rename(columns={"姓名": 5})
    assert list(column_titles(matched).values()) == ["5", "userid", "match", "reason"]


def test_a_text_names_columns_by_their_titles_and_nothing_else() -> None:
    titles: dict[object, str] = {"name": "姓名", "x": "备注"}
    text = Text("row.out", column="name", value="name", parts=(Text("part", column="x"), "x"))
    assert with_column_titles(titles, text) == Text(
        "row.out", column="姓名", value="name", parts=(Text("part", column="备注"), "x")
    )
    assert with_column_titles(titles, "name") == "name"
    assert (
        str(with_column_titles({"job_number": "工号"}, Text("row.blank", kinds="job_number")))
        == "This row has no 工号."
    )


def test_lists_of_columns_have_titles_too() -> None:
    titles: dict[object, str] = {"name": "姓名", "x": "备注"}
    labels = ["x", "name", "other"]
    for columns in (listed(labels), listed_briefly(labels, "column")):
        text = Text("frame.no_column", kind="name", columns=columns)
        assert with_column_titles(titles, text) == Text(
            "frame.no_column", kind="name", columns=listed(["备注", "姓名", "other"])
        )
    many = listed_briefly(["x"] * 7, "column")
    assert str(with_column_titles(titles, Text("frame.no_column", kind="x", columns=many))).count("备注") == 5
    people = Text("frame.nobody", rows=listed(["name"]))
    assert with_column_titles(titles, people) == people


def test_reasons_of_a_campaign_found_by_name_name_columns_that_are_not_stored_in_the_language_in_use() -> None:
    titles = column_titles(pd.DataFrame({"userid": ["w1"]}), is_from_ledger=True)
    assert str(with_column_titles(titles, Text("row.blank", kinds="job_number"))) == "This row has no job number."


def test_columns_of_the_directory_are_named_in_the_language_in_use(ding: DingTalk) -> None:
    people = ding.people(everybody=True)
    chosen = people[people["active"].fillna(value=False)].head(3).assign(奖金=1)
    assert list(column_titles(chosen).values()) == chosen.columns.tolist()
    set_language("zh")
    assert list(column_titles(chosen).values()) == [
        *("userid", "姓名", "手机号", "部门", "所有部门", "职位", "工号", "邮箱", "主管 userid", "已激活", "入职日期"),
        *("unionid", "奖金"),
    ]
    assert preview_table(chosen).header[:4] == ("userid", "姓名", "手机号", "部门")
