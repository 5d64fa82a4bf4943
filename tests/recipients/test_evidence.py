"""Reading ids as evidence: a column is read at once only if each of its cells would be read the same on its own."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dingnb.recipients.evidence import ID_KINDS, read_ids
from tests.table_rows import for_each
from tests.tiers import examples

_MARKS = st.text(st.sampled_from("aA@.:<>='\"/ -_+0139无N\u200b＠"), max_size=8)
IDS = st.one_of(
    st.sampled_from(
        [
            "Ann@Example.com",
            "a.b+c@x-y.cn",
            "mailto:ann@x.com",
            "a@b@c.com",
            "<ann@x.com>",
            '="ann@x.com"',
            "@x",
            "a@",
            "é@x.com",
            "13900000001",
            "+86 139-0000-0001",
            "无",
            "N/A",
            "nan",
            "#REF!",
            "007",
            "a b",
            "a\n",
            "",
        ]
    ),
    st.builds("{}@{}".format, _MARKS, _MARKS),
    _MARKS,
    st.integers(-3, 20_000_000_000),
    st.sampled_from([10**5_000, -(10**5_000)]),
)


@examples(300)
@given(st.sampled_from(ID_KINDS), st.lists(IDS, min_size=1, max_size=4))
def test_a_cell_is_read_the_same_whatever_else_is_in_its_column(kind: str, cells: list[object]) -> None:
    together = read_ids(kind, pd.Series(cells, dtype=object))
    # A missing cell makes each cell be read on its own.
    alone = [read_ids(kind, pd.Series([cell, None], dtype=object)) for cell in cells]
    assert together.texts == [ids.texts[0] for ids in alone]
    assert together.problems == {position: ids.problems[0] for position, ids in enumerate(alone) if ids.problems}


def test_an_e_mail_address_is_cleaned_or_rejected_also_in_a_column_without_blanks() -> None:
    ids = read_ids("email", pd.Series(["mailto:Ann@x.com", "a@b@c.com", "bo@x.com"], dtype=object))
    assert ids.texts == ["ann@x.com", "", "bo@x.com"]
    assert list(ids.problems) == [1]


@for_each(
    ("kind", "cell"),
    [("userid", "a b"), ("job_number", "a b"), ("job_number", "=A1"), ("job_number", "<b>7</b>")],
)
def test_the_problem_of_a_job_number_does_not_speak_of_a_userid(kind: str, cell: str) -> None:
    problem = read_ids(kind, pd.Series([cell], dtype=object)).problems[0]
    assert "userid" not in str(problem)
    assert str(problem).startswith(f"'{cell}' ")
