"""Tags may contain the name of any column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import TemplateError
from dingnb.messages import markdown, text
from dingnb.messages.column_names import rewrite_names, tag_for
from dingnb.messages.template import Template
from dingnb.tables.cell_values import MISSING
from tests.table_rows import for_each

AS_HR_WRITES_THEM = [
    *("实发(元)", "实发（元）", "5月实发", "绩效 等级", "基本工资/元", "应发-扣款", "Net pay (CNY)", "Amount(USD)"),
    *("none", "true", "false", "None", "in", "not", "if", "row", "loop", "self", "2025", "1", "1.5", "奖金%", "*姓名"),
    *("是否参加?", "姓名：", "Manager's name", 'the "net" pay', "“特殊”津贴", "KPI+", "C++", "a|b", "奖金|upper", "ａ"),
    *("奖金[税前]", "a.b", "邮箱@", "Q1&Q2", "应发=实发+扣款", "a, b", "😀", "a b c", "x if y", "'quoted'", "[1]"),
]

AWKWARD = [
    *("{{x}}", "}}", "}}}}", "}", "%}", "{%", "{#", "#}", "-}}", 'a"b', "a'b", "a\\b", "a\\", "\\n", "\\x41"),
    *("\n", "\r\n", "\r", "a\tb", "\0", "\x1f", "\x7f", "\x85", "\u2028", "\xa0", "\u202e", "😀", "👩‍👩‍👧", "e\u0301"),
    *("row", "loop", "self", "caller", "kwargs", "super", "varargs", "true", "True", "none", "None", "not", "if"),
    *("else", "and", "in", "is", "for", "set", "endfor", "raw", "import", "class", "range", "namespace", "_"),
    *("ﬁ", "ａ", "Ⅳ", "µ", "1st", "2026", "", " ", "  a ", "a b", "姓名", "实发 工资", "a.b", "a|upper", "a-b"),
    *("\ud800", "\udfff", "\ud83d\ude00", "a\udc00b", "_dingnb_rows", "_dingnb_row", "__a", "__class__", "l_1_a"),
]
TEXTS = st.one_of(
    st.sampled_from(AWKWARD),
    st.lists(st.sampled_from(AWKWARD), max_size=4).map("".join),
    st.text(max_size=12),
    st.text(st.characters(), max_size=6),
    st.from_regex(r"\A\w{1,8}\Z"),
)


@for_each("column", AS_HR_WRITES_THEM)
def test_a_tag_with_the_whole_name_of_a_column_is_that_column(column: str) -> None:
    sources = [f"{{{{ {column} }}}}", f"{{{{{column}}}}}", f"{{{{- {column} -}}}}", f"{{{{ {column} | upper }}}}"]
    for source in sources:
        template = Template(source, "text", ((column, column),)).for_columns(["name", column])
        assert template.columns == (column,)
        assert template.render_rows({column: ["V"]}, 1) == (["V"], [])


@for_each("column", [column_name for column_name in AS_HR_WRITES_THEM if column_name not in {"a|b", "[1]"}])
def test_a_message_is_created_before_the_columns_are_known(column: str) -> None:
    message = text(f"Hi {{{{ {column} }}}}!").for_columns([column])
    [body] = message.render_rows({column: ["V"]}, 1).bodies
    assert body is not None
    assert b'"Hi V!"' in body


def test_a_tag_that_is_not_a_column_name_is_read_as_before() -> None:
    message = text('{{ none }} {{ net - tax }} {{ net * 2 }} {{ "a" ~ name }} {{ 2025 }} {{ row["tax"] }}')
    message = message.for_columns(["net", "tax", "name"])
    [body] = message.render_rows({"net": [5], "tax": [1], "name": ["b"]}, 1).bodies
    assert body is not None
    assert b'"None 4 10 ab 2025 1"' in body


def test_the_original_column_name_of_the_file_can_be_used() -> None:
    message = text("{{ 姓名 }} {{ 手机号 | default('-') }} {{ name }}").for_columns(
        ["name", "mobile"], {"姓名": "name", "手机号": "mobile", "部门": "department"}
    )
    assert message.columns == ("mobile", "name")
    [body] = message.render_rows({"name": ["甲"], "mobile": [MISSING]}, 1).bodies
    assert body is not None
    assert "甲 - 甲" in body.decode()
    own = text("{{ 姓名 }}").for_columns(["name", "姓名"], {"姓名": "name"})
    assert own.columns == ("姓名",)
    [failure] = message.render_rows({"name": [MISSING], "mobile": ["1"]}, 1).failures
    assert '{{ 姓名 | default("…") }}' in str(failure.hint)


@for_each(
    ("source", "columns", "rendered"),
    [
        ('{% if 部门 == "销售部" %}A{% else %}B{% endif %}', ("department",), "A"),
        ('{% if row["部门"] == "销售部" %}A{% endif %}', ("department",), "A"),
        ('{% if row["入职 日期"] > 2 %}A{% endif %}', ("hired",), "A"),
        ('{{ "A" if 部门 == "市场部" else "B" }} {{ 部门 }}', ("department",), "B 销售部"),
        ("{{ 部门 ~ 姓名 }}", ("department", "name"), "销售部李雷"),
        ("{% set x = 部门 %}{{ x }}", ("department",), "销售部"),
        ('{% set 部门 = 姓名 %}{{ 部门 ~ "!" }}', ("name",), "李雷!"),
        ("{% for 部门 in [1, 2] %}{{ 部门 + 1 }}{% endfor %}", (), "23"),
    ],
)
def test_conditions_and_calculations_can_use_the_original_column_name(
    source: str, columns: tuple[str, ...], rendered: str
) -> None:
    values: dict[str, list[object]] = {"name": ["李雷"], "department": ["销售部"], "hired": [3]}
    template = Template(source).for_columns(list(values), {"姓名": "name", "部门": "department", "入职 日期": "hired"})
    assert template.columns == columns
    assert template.render_rows(values, 1) == ([rendered], [])


def test_a_name_that_one_field_assigns_is_a_column_in_another() -> None:
    message = markdown(title="{% if 部门 %}{{ 部门 }}{% endif %}", text="{% set 部门 = 'x' %}{{ 部门 ~ 1 }}")
    message = message.for_columns(["department"], {"部门": "department"})
    [body] = message.render_rows({"department": ["销售部"]}, 1).bodies
    assert body is not None
    assert '"title":"销售部","text":"x1"' in body.decode()


def test_the_longest_name_takes_precedence_over_filters() -> None:
    columns = ["a", "a|b", "a-b"]
    template = Template("{{ a|b | upper }}{{ a-b|upper }}{{ a|upper }}", "text", (("a|b", "a|b"),)).for_columns(columns)
    assert template.columns == ("a", "a-b", "a|b")
    assert template.render_rows({"a": ["x"], "a-b": ["y"], "a|b": ["z"]}, 1) == (["ZYX"], [])


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("{{ 实发（元） }}", r"实发\(元\)"),
        ("{{ 4月实发 | money }}", "5月实发"),
        ("{{ 绩效等级 }}", "绩效 等级"),
        ("{{ 绩效  等级 }}", "绩效 等级"),
    ],
)
def test_the_error_for_an_unknown_name_suggests_the_nearest(source: str, near: str) -> None:
    with pytest.raises(TemplateError, match=f"Did you mean .*{near}"):
        text(source).for_columns(["实发(元)", "5月实发", "绩效 等级", "userid"])


@for_each("source", ["{{ self }}", "{{ row }}", "{{ loop }}", "{{ ａ }}", "{{ a b }}", "{{ f(x) }}"])
def test_a_name_that_jinja_reserves_or_cannot_read_has_to_be_a_column(source: str) -> None:
    with pytest.raises(TemplateError, match="does not exist"):
        Template(source).for_columns(["name", "net"])


@for_each(
    "source",
    [
        "{% raw %}{{ a b }}{% endraw %}",
        "{# {{ a b }} #}",
        "{{ 'a b }}' }}",
        '{% if name == "{{ a b" %}{% endif %}',
        "{{ name",
        "{{ }}",
        "{{",
    ],
)
def test_text_without_tags_is_unchanged(source: str) -> None:
    assert rewrite_names(source, {"a b": "a b"}) == source


def test_the_position_of_an_error_is_that_in_the_source() -> None:
    with pytest.raises(TemplateError, match=r"\(line 2, column 13\)"):
        Template("{{ 实发(元) }}\n{{ 5月实发 }}, {{ name | nope }}")


@given(st.text(st.sampled_from("{}%#|-+ \"'()ab元raw\n"), max_size=40), st.sets(st.text("ab 元(|", max_size=4)))
def test_text_is_rewritten_only_inside_tags(source: str, names: set[str]) -> None:
    rewritten = rewrite_names(source, dict(zip(names, names, strict=True)))
    if "}}" not in source:
        assert rewritten == source


def rendered(source: str, column: str) -> tuple[tuple[str, ...], str]:
    template = Template(source)
    [text], failures = template.render_rows({column: ["v"]}, 1)
    assert failures == []
    return template.columns, text


@given(TEXTS)
def test_a_tag_stands_for_its_column_and_for_no_other(column: str) -> None:
    tag = tag_for(column)
    if tag:
        assert rendered(tag, column) == ((column,), "v")


@given(TEXTS, st.text(st.characters(exclude_characters="{}%#\r")), st.text(st.characters(exclude_characters="{}%#\r")))
def test_a_tag_stands_for_its_column_among_other_words(column: str, before: str, after: str) -> None:
    tag = tag_for(column)
    if tag:
        assert rendered(f"{before}{tag}{after}", column) == ((column,), f"{before}v{after}")
        assert rendered(f"{before}{tag}}}{tag}{after}", column) == ((column,), f"{before}v}}v{after}")


@given(TEXTS | TEXTS.map("__".__add__))
def test_a_column_lacks_a_tag_only_if_none_is_possible(column: str) -> None:
    if tag_for(column):
        return
    characters = "".join(f"\\U{ord(character):08x}" for character in column)
    for source in (f'{{{{ row["{characters}"] }}}}', f"{{{{ {column} }}}}"):
        try:
            columns = Template(source).columns
        except TemplateError:
            continue
        assert columns != (column,)


@given(TEXTS)
def test_a_tag_is_printable_and_ends_only_once(column: str) -> None:
    tag = tag_for(column)
    assert tag.isprintable()
    assert tag.find("}}") in {-1, len(tag) - 2}


@for_each(
    ("column", "tag"),
    [
        ("name", "{{ name }}"),
        ("姓名", "{{ 姓名 }}"),
        ("from_", "{{ from_ }}"),
        ("for", '{{ row["for"] }}'),
        ("__a", "{{ __a }}"),
        ("Net pay", "{{ Net pay }}"),
        ("实发 工资", "{{ 实发 工资 }}"),
        ("实发(元)", "{{ 实发(元) }}"),
        ("a.b", "{{ a.b }}"),
        ("none", '{{ row["none"] }}'),
        ("if", '{{ row["if"] }}'),
        ("row", "{{ row }}"),
        ("ﬁ", "{{ ﬁ }}"),
        ("😀", "{{ 😀 }}"),
        ("", '{{ row[""] }}'),
        ("a\xa0b", r'{{ row["a\xa0b"] }}'),
        ("\ud800", r'{{ row["\ud800"] }}'),
        ("{{x}}", r'{{ row["{{x\x7d}"] }}'),
        ("__ a", ""),
        ("__ﬁ", ""),
    ],
)
def test_a_tag_reads_as_simply_as_it_can(column: str, tag: str) -> None:
    assert tag_for(column) == tag
