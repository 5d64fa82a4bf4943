from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import TemplateError
from dingnb.messages.column_names import tag_for
from dingnb.messages.template import Template
from tests.table_rows import for_each

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
