"""A text that differs by the values of a column: the panel of the compose form, and what it inserts."""

import html
import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dingnb
from dingnb.client import DingTalk
from dingnb.messages.column_names import expression_for, text_literal
from dingnb.messages.template import Template
from dingnb.sandbox import RunningSandbox
from dingnb.tables.cell_values import MISSING, with_display_text
from dingnb.tables.cells import read_values
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.snippets import MAX_VALUES, ColumnValues, conditional_snippet, read_column_values
from dingnb.ui.compose.toolbar import MAX_TEXTS
from tests.messages.test_column_names import TEXTS
from tests.tiers import examples
from tests.ui.steps import check, is_off, is_shown, people, type_into, watch_focus, words, write

STAFF = pd.DataFrame(
    {
        "userid": ["a1", "a2", "a3", "a4", "a5"],
        "name": ["Ann", "Bob", "Cid", "Dan", "Eve"],
        "department": ["Sales", "Legal", "Sales", None, "IT"],
    }
)


def open_panel(ding: DingTalk, frame: pd.DataFrame = STAFF, column: str = "department") -> ComposeForm:
    form = ding.compose(frame)
    form.tools.by_column.toggle.click()
    type_into(form.tools.by_column.columns, column)
    return form


def tick(form: ComposeForm, *texts: str) -> None:
    """Tick the first values, and write their texts."""
    for entry, text in zip(form.tools.by_column.entries, texts, strict=False):
        type_into(entry.tick, value=True)
        type_into(entry.text, text)


def values_of(cells: object, name: str = "column") -> ColumnValues:
    [values] = read_column_values(pd.DataFrame({name: cells}), {name: name})
    return values


def texts_of(values: ColumnValues, cells: pd.Series) -> list[str]:
    """Return the text of each row, where each value has its own text and the others have “other”."""
    texts = [(value.condition, f"<{at}>") for at, value in enumerate(values.distinct)]
    template = Template(f"a{conditional_snippet(texts, 'other')}z").for_columns([values.column])
    rendered, failures = template.render_rows({values.column: read_values(cells)}, len(cells))
    assert failures == []
    return rendered


def test_ticked_values_get_their_texts_and_all_others_the_last_one(ding: DingTalk) -> None:
    form = open_panel(ding)
    write(form, title="T", text="Hi, ")
    tick(form, "sell {{ name }}\n", "")
    type_into(form.tools.by_column.other, " rest ")
    form.tools.by_column.insert_button.click()
    assert form.field("text").input.value == (
        'Hi, {% if department | default("") == "Sales" -%}\nsell {{ name }}\n'
        '{%- elif department | default("") == "Legal" -%}\n\n'
        "{%- else -%}\nrest\n{%- endif %}"
    )
    shown = []
    for row in range(5):
        form.model.show_row(row)
        assert form.model.state.view.failure is None
        shown.append(form.model.state.view.texts["text"])
    assert shown == ["Hi, sell Ann", "Hi, ", "Hi, sell Cid", "Hi, rest", "Hi, rest"]
    # It is needed in no row.
    assert form.model.state.blank_columns == ()
    assert "Still to be written there: Legal." in words(form.tools.by_column.box)
    form.undo.click()
    assert form.field("text").input.value == "Hi, "


def test_the_panel_shows_columns_with_few_values_first_and_counts_rows(ding: DingTalk) -> None:
    frame = STAFF.assign(level=[1, 1, 1, 2, 2], same="x")
    form = open_panel(ding, frame)
    options = [label for label, _ in form.tools.by_column.columns.options]
    assert options == ["choose …", "level · 2 values", "department · 3 values", "name · 5 values"]
    shown = words(form.tools.by_column.box)
    for expected in ("Sales · 2 rows", "Legal · 1 row", "Text for everybody else · 5 rows, 1 of them blank"):
        assert expected in shown
    tick(form, "x")
    assert "Text for everybody else · 3 rows, 1 of them blank" in words(form.tools.by_column.box)


def test_nothing_is_inserted_before_a_value_is_ticked(ding: DingTalk) -> None:
    form = open_panel(ding)
    panel = form.tools.by_column
    assert is_off(panel.insert_button)
    panel.insert_button.click()
    assert form.field("text").input.value == ""
    assert is_shown(panel.notice)
    assert "Tick at least one value." in panel.notice.value
    tick(form, "x")
    assert not is_off(panel.insert_button)
    assert not is_shown(panel.notice)


def test_after_the_insertion_each_text_can_be_seen_in_the_preview(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    form = open_panel(ding)
    panel = form.tools.by_column
    tick(form, "sell", "sue")
    panel.insert_button.click()
    assert focused == [form.field("text").input]
    assert [example.description for example in panel.examples] == [
        "Example: Sales",
        "Example: Legal",
        "Example: everybody else",
    ]
    positions = []
    for shown in panel.examples:
        shown.click()
        positions.append(form.model.state.position)
    assert positions == [0, 1, 4]
    panel.cancel_button.click()
    assert not is_shown(panel.box)
    assert focused[-1] is panel.toggle
    panel.toggle.click()
    # Nothing is left of the text before.
    assert (panel.columns.value, panel.entries, panel.examples) == ("", [], [])


def test_another_list_closes_the_panel(ding: DingTalk) -> None:
    form = open_panel(ding)
    form.model.replace_frame(STAFF.assign(department="x"), lambda *_: [])
    assert not is_shown(form.tools.by_column.box)


def test_only_the_most_frequent_values_can_be_ticked(ding: DingTalk) -> None:
    cities = [f"c{n}" for n in range(MAX_TEXTS + 1) for _ in range(n + 1)]
    frame = pd.DataFrame({"userid": [f"u{n}" for n in range(len(cities))], "city": cities})
    form = open_panel(ding, frame, "city")
    listed = [entry.value.text for entry in form.tools.by_column.entries]
    assert listed == [f"c{n}" for n in range(MAX_TEXTS, 0, -1)]
    assert f"Only the {MAX_TEXTS} most frequent values" in words(form.tools.by_column.box)


def test_columns_that_cannot_be_compared_are_not_offered() -> None:
    many = list(range(MAX_VALUES + 1))
    for cells in (["a", 1], [1, True], [[1], [2]], many, ["x", "x"], [None, None], [b"a", b"b"]):
        assert read_column_values(pd.DataFrame({"column": pd.Series(cells, dtype=object)}), {"column": "column"}) == ()
    times = pd.to_datetime(["2026-11-30 09:00", "2026-11-30 10:00"])
    assert read_column_values(pd.DataFrame({"column": times}), {"column": "column"}) == ()
    late = ["a"] * 3_000 + [str(n) for n in many]
    assert read_column_values(pd.DataFrame({"column": late}), {"column": "column"}) == ()


@pytest.mark.parametrize(
    ("cells", "condition"),
    [
        (["a", 'b"%}', None], 'column | default("") == "a"'),
        ([1, 2.5, None], 'column | default("") == 1'),
        ([0.1 + 0.2, 1e-7, -3], 'column | default("") == 0.3'),
        ([True, False, None], 'column | default("") == true'),
        ([date(2026, 11, 30), None, date(2026, 12, 1)], 'column is defined and column | date == "2026-11-30"'),
        ([datetime(2026, 11, 30), None], 'column is defined and column | date == "2026-11-30"'),  # noqa: DTZ001
        ([with_display_text(0.125, "12.5%"), 0.25], 'column | default("") == 0.125'),
        ([with_display_text(value=True, display_text="TRUE"), None], 'column | default("") == true'),
        (
            [with_display_text(date(2026, 11, 30), "11月30日"), None],
            'column is defined and column | date == "2026-11-30"',
        ),
    ],
)
def test_a_condition_is_true_for_its_value_only(cells: list[object], condition: str) -> None:
    column = pd.Series(cells, name="column", dtype=object)
    values = values_of(column)
    assert values.distinct[0].condition == condition
    expected = ["aotherz" if value is MISSING else None for value in read_values(column)]
    for at, value in enumerate(values.distinct):
        expected[value.first_row] = f"a<{at}>z"
    assert texts_of(values, column) == expected


@examples(60)
@example(["a%} {{ b", "｛｛ x ｝｝"], "a")
@example(["｛｛ x ｝｝", "a"], "a")
@given(st.lists(TEXTS, min_size=2, max_size=6, unique=True), TEXTS)
def test_a_condition_holds_whatever_the_text_and_the_name_of_the_column(texts: list[str], name: str) -> None:
    cells = pd.Series(texts, name="column")
    found = read_column_values(pd.DataFrame({"column": cells}), {"column": "column"})
    for values in found:
        for value in values.distinct:
            assert texts_of(values, cells)[value.first_row].startswith("a<")
    # After the condition, too, the names in tags are found.
    source = f"{{% if x == {text_literal(texts[0])} %}}{{% endif %}}{{{{ Net pay }}}}"
    assert Template(source).for_columns(["x", "Net pay"]).columns == ("x", "Net pay")
    assert "%}" not in expression_for(name)


def test_a_heading_of_the_file_is_the_name_in_the_condition(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("userid,姓名,部门,等级 A\na1,张,销售部,x\na2,李,财务部,y\n", encoding="utf-8")
    frame = dingnb.read_recipients(path)
    assert "department" in frame.columns
    form = open_panel(ding, frame)
    tick(form, "卖")
    form.tools.by_column.insert_button.click()
    form.tools.by_column.toggle.click()
    form.tools.by_column.toggle.click()
    type_into(form.tools.by_column.columns, "等级 A")
    tick(form, "优")
    form.tools.by_column.insert_button.click()
    text = form.field("text").input.value
    assert '{% if 部门 | default("") == "销售部" -%}' in text
    assert '{% if row["等级 A"] | default("") == "x" -%}' in text
    assert form.model.state.view.texts["text"] == "卖优"


def test_people_with_the_same_text_share_calls_and_the_code_says_the_same(
    ding: DingTalk, sandbox: RunningSandbox
) -> None:
    frame = people(sandbox, 12).assign(department=["Sales", "Legal", None] * 4)
    form = open_panel(ding, frame)
    tick(form, "sell", "sue")
    type_into(form.tools.by_column.other, "rest")
    form.tools.by_column.insert_button.click()
    write(form, title="T")
    plan = check(form)
    assert plan.model.plan.calls == 3
    assert form.value == dingnb.markdown("T", form.field("text").input.value)
    assert '{%- elif department | default("") == "Legal" -%}' in form.code


def test_the_page_of_the_app_gets_the_snippet_and_inserts_it_at_the_caret(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path))
    form = open_panel(ding)
    tick(form, '"<b>"')
    form.tools.by_column.insert_button.click()
    assert form.field("text").input.value == ""
    [(snippet, number)] = re.findall(
        r'data-snippet="(.*?)" data-number="(.*?)"', form.tools.by_column.snippet.value, re.DOTALL
    )
    assert html.unescape(snippet).splitlines()[:2] == ['{% if department | default("") == "Sales" -%}', '"<b>"']
    assert number == "1"
