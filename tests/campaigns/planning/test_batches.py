import dataclasses
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.planning.batches import Batches, build_batches, count_batches_without, group_by_body
from dingnb.errors import ColumnError
from dingnb.limits import STANDARD, Limits
from dingnb.messages import Message, decode
from dingnb.recipients.addresses import read_addresses
from dingnb.words import as_text


def planned(
    frame: pd.DataFrame, message: Message | None = None, key: object = None, limits: Limits = STANDARD
) -> Batches:
    message = (message or dingnb.text("{{ x }}")).for_columns(frame.columns.unique().tolist())
    return build_batches(frame, message, read_addresses(frame, ("userid",), {}), key=key, limits=limits)


def batches_of(result: Batches) -> list[list[str]]:
    """Return the userids of each batch."""
    ends = pairwise(result.start_of_batch)
    return [list(result.recipients[start:end]) for start, end in ends]


ROWS = st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("xyz"), st.sampled_from("12")), min_size=1)


def frame_of(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["userid", "x", "k"], index=[7] * len(rows))


@given(rows=ROWS, most=st.integers(1, 4), keyed=st.booleans())
def test_each_person_is_in_exactly_one_batch_for_each_body(
    rows: list[tuple[str, str, str]], most: int, *, keyed: bool
) -> None:
    limits = dataclasses.replace(STANDARD, recipients_per_call=most)
    result = planned(frame_of(rows), key="k" if keyed else None, limits=limits)

    texts = defaultdict(set)
    for userid, text, key in rows:
        texts[userid, key if keyed else ""].add(text)
    torn = {person for person, bodies in texts.items() if len(bodies) > 1}
    expected = {(userid, x) for userid, x, key in rows if (userid, key if keyed else "") not in torn}
    batches = batches_of(result)
    bodies = [result.bodies[body] for body in result.body_of_batch]
    sent = [
        (person, decode(body)["text"]["content"])
        for body, people in zip(bodies, batches, strict=True)
        for person in people
    ]

    assert Counter(sent) == Counter(expected)
    assert all(1 <= len(people) <= most for people in batches)
    assert result.start_of_batch == list(np.cumsum([0, *map(len, batches)]))
    assert len(batches) == sum(-(-n // most) for n in Counter(text for _, text in expected).values())
    for position, (userid, text, key) in enumerate(rows):
        number = result.recipient_of_row[position]
        is_torn = (userid, key if keyed else "") in torn
        assert (number < 0) == (position in result.rejections) == is_torn
        assert is_torn or sent[number] == (userid, text)


@given(rows=ROWS, most=st.integers(1, 4), keyed=st.booleans(), is_card=st.booleans())
def test_batches_without_a_column_are_those_of_the_message_without_it(
    rows: list[tuple[str, str, str]], most: int, *, keyed: bool, is_card: bool
) -> None:
    def message(text: str) -> Message:
        return dingnb.card(title="t", text=text, buttons={"yes": "y"}) if is_card else dingnb.text(text)

    limits = dataclasses.replace(STANDARD, recipients_per_call=most, people_per_card=most)
    key = "k" if keyed else None
    result = planned(frame_of(rows), message("{{ x }} {{ k }}"), key, limits)
    sent = frame_of(rows)[result.recipient_of_row >= 0]
    assume(len(sent))
    for without, rest in ((["x"], "{{ k }}"), (["k"], "{{ x }}"), (["x", "k"], "same")):
        expected = planned(sent, message(rest), key, limits)
        assume(not expected.rejections)
        assert count_batches_without(result, without, limits) == len(expected.body_of_batch)


def test_rows_with_the_same_person_and_body_share_a_recipient() -> None:
    result = planned(frame_of([("a", "x", "1"), ("b", "x", "1"), ("a", "x", "2")]))
    assert result.recipient_of_row.tolist() == [0, 1, 0]
    assert result.recipients == ["a", "b"]


def test_all_rows_of_a_person_with_two_bodies_are_rejected() -> None:
    result = planned(frame_of([("a", "x", "1"), ("a", "x", "2"), ("a", "y", "3"), ("b", "x", "1")]))
    assert sorted(result.rejections) == [0, 1, 2]
    assert "'a' appears in 3 rows" in str(result.rejections[0].reason)
    assert "key=" in str(result.rejections[0].hint)


def test_rows_with_one_label_and_two_bodies_are_named_by_position() -> None:
    frame = frame_of([("a", "x", "1"), ("b", "x", "1"), ("a", "y", "2")])
    for labels in ([4, 5, 4], [None, 5.0, None]):
        frame.index = pd.Index(labels)
        reason = str(planned(frame).rejections[0].reason)
        assert reason == "'a' appears in 2 rows (positions 0, 2) with different messages."
    frame.index = pd.MultiIndex.from_tuples([("north", 1), ("north", 2), ("south", 1)])
    assert "in 2 rows (('north', 1), ('south', 1)) with" in str(planned(frame).rejections[0].reason)


@pytest.mark.parametrize("key", ["k", ["k"], ("k", "x"), 5])
def test_a_key_distinguishes_rows_of_one_person(key: object) -> None:
    frame = frame_of([("a", "x", "1"), ("a", "y", "2")])
    frame[5] = [1, 2]
    assert planned(frame, key=key).recipients == ["a", "a"]


def test_a_key_of_the_label_zero_is_a_key() -> None:
    frame = frame_of([("a", "x", "1"), ("a", "y", "2")])
    frame[0] = [1, 2]
    assert planned(frame, key=0).recipients == ["a", "a"]


def test_a_row_whose_key_is_blank_is_rejected() -> None:
    frame = frame_of([("a", "x", "1"), ("b", "y", "")])
    assert list(planned(frame, key="k").rejections) == [1]


@pytest.mark.parametrize("key", ["no", 9, ["k", "no"]])
def test_a_key_that_is_not_a_column_raises(key: object) -> None:
    with pytest.raises(ColumnError, match="no column"):
        planned(frame_of([("a", "x", "1")]), key=key)


def test_a_duplicate_column_of_the_template_raises() -> None:
    frame = pd.DataFrame([["a", 1, 2]], columns=["userid", "x", "x"])
    with pytest.raises(ColumnError, match="'x' occurs 2 times"):
        planned(frame)


def test_a_body_of_2048_bytes_is_sent_and_one_of_2049_is_rejected() -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c"], "x": ["", "", "ok"]})
    empty = len(b'{"msgtype":"text","text":{"content":""}}')
    frame["x"] = ["é" * 1_004, "é" * 1_004 + "y", "ok"]
    assert empty == 40
    result = planned(frame)
    assert list(result.rejections) == [1]
    assert "2,049 bytes" in str(result.rejections[1].reason)
    assert max(map(len, result.bodies)) == 2_048


def test_a_batch_is_never_larger_than_a_minute_allows() -> None:
    limits = dataclasses.replace(STANDARD, people_per_minute=3)
    result = planned(frame_of([(userid, "x", "1") for userid in "abcdefg"]), limits=limits)
    assert list(map(len, batches_of(result))) == [3, 3, 1]


def test_a_recipients_keys_are_those_of_its_rows_in_order() -> None:
    rows = [("a", "x", "2"), ("b", "x", "1"), ("a", "x", "1"), ("a", "x", "2"), ("a", "y", "3"), ("c", "x", "")]
    result = planned(frame_of(rows), key="k")
    assert result.recipients == ["a", "b", "a"]
    assert result.keys == [("2", "1"), ("1",), ("3",)]


def test_keys_are_in_the_order_of_the_recipients() -> None:
    result = planned(frame_of([("a", "x", "1"), ("b", "y", "2"), ("c", "x", "3")]), key="k")
    assert (result.recipients, result.keys) == (["a", "c", "b"], [("1",), ("3",), ("2",)])


def test_a_key_of_several_columns_is_one_text() -> None:
    frame = frame_of([("a", "x", "1"), ("a", "y", "2")])
    frame["month"] = [11, 12]
    assert planned(frame, key=["k", "month"]).keys == [("1\x1f11",), ("2\x1f12",)]


def test_rows_whose_keys_differ_in_width_or_blanks_around_them_have_the_same_key() -> None:
    result = planned(frame_of([("a", "x", "1"), ("a", "y", "１ "), ("b", "x", "2"), ("b", "x", " 2")]), key="k")
    assert list(result.rejections) == [0, 1]
    assert (result.recipients, result.keys) == (["b"], [("2",)])


@pytest.mark.parametrize("key", [None, [], ()])
def test_without_a_key_there_are_no_keys(key: object) -> None:
    assert planned(frame_of([("a", "x", "1")]), key=key).keys is None


def test_keys_distinguish_rows_by_all_their_columns() -> None:
    frame = frame_of([("a", "x", "1\x1f2"), ("a", "y", "1")])
    frame["month"] = ["3", "2\x1f3"]
    assert planned(frame, key=["k", "month"]).recipients == ["a", "a"]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the number of rows of each rendering."""
    lengths: list[int] = []
    render = Message.render_rows

    def noting(self: Message, columns: object, length: int, *others: object) -> object:
        lengths.append(length)
        return render(self, columns, length, *others)

    monkeypatch.setattr(Message, "render_rows", noting)
    return lengths


def test_only_the_columns_that_the_template_uses_decide_how_often_it_is_rendered(rendered: list[int]) -> None:
    frame = frame_of([(f"u{at}", "xyz"[at % 3], str(at)) for at in range(30)])
    result = planned(frame, dingnb.text("{{ x }}"))
    assert rendered == [3]
    assert len(result.bodies) == 3
    assert result.recipients[:3] == ["u0", "u3", "u6"]


def test_an_excluded_row_is_rejected_with_the_reason_and_not_rendered(rendered: list[int]) -> None:
    frame = frame_of([("a", "x", "1"), ("b", "y", "1"), ("a", "z", "1"), ("c", "x", "1")])
    result = build_batches(
        frame,
        dingnb.text("{{ x }}"),
        read_addresses(frame, ("userid",), {}),
        key=None,
        limits=STANDARD,
        excluded={"a": as_text("left"), "z": as_text("never there")},
    )
    assert {row: str(rejection.reason) for row, rejection in result.rejections.items()} == {0: "left", 2: "left"}
    assert all(rejection.hint and rejection.value == "a" for rejection in result.rejections.values())
    assert result.recipients == ["b", "c"]
    assert rendered == [2]


def test_a_combination_that_cannot_be_rendered_rejects_each_of_its_rows() -> None:
    frame = pd.DataFrame({"userid": list("abcd"), "x": [None, "x", None, "x"]})
    result = planned(frame)
    assert [(rejection.position, rejection.column) for rejection in result.rejections.values()] == [(0, "x"), (2, "x")]
    assert result.recipients == ["b", "d"]


def test_a_plan_in_which_everybody_is_rejected_has_no_batches() -> None:
    result = planned(frame_of([("@all", "x", "1"), ("", "x", "1")]), key="k")
    assert (result.recipients, result.bodies, result.body_of_batch) == ([], [], [])
    assert (result.start_of_batch, result.keys) == ([0], [])


VALUES = st.sampled_from(["x", "1", "True", 1, 1.0, True, 1.5, None, "\ud800", [1]])


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), VALUES, VALUES), min_size=1, max_size=20))
def test_what_a_row_gets_does_not_depend_on_the_rows_around_it(rows: list[tuple[str, object, object]]) -> None:
    frame = pd.DataFrame({name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate("uxy")})
    frame = frame.rename(columns={"u": "userid"}).assign(k=range(len(rows)))
    message = dingnb.text("{{ x }} of {{ y }}")
    together = planned(frame, message, key="k")
    starts = np.array(together.start_of_batch)
    for position in range(len(frame)):
        alone = planned(frame.iloc[[position]], message)
        number = together.recipient_of_row[position]
        if number < 0:
            assert alone.rejections[0].reason == together.rejections[position].reason
        else:
            batch = int(np.searchsorted(starts, number, side="right")) - 1
            assert alone.bodies == [together.bodies[together.body_of_batch[batch]]]


def test_an_error_of_excel_in_a_text_file_is_missing_and_shown() -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c", "d", "#REF!"], "x": ["#DIV/0!", "nan", None, "1", "2"]})
    result = planned(frame)
    assert result.bodies == planned(frame[3:4]).bodies
    assert {at: (row.column, row.value) for at, row in result.rejections.items()} == {
        0: ("x", "#DIV/0!"),
        1: ("x", "nan"),
        2: ("x", ""),
        4: ("userid", "#REF!"),
    }


PEOPLE_AND_BODIES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)))


@given(PEOPLE_AND_BODIES, st.integers(1, 3))
def test_groups_and_recipients_are_in_the_order_of_their_first_rows(rows: list[tuple[int, int]], most: int) -> None:
    people_of_rows, bodies = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    grouped = group_by_body(people_of_rows, bodies, most)

    groups: dict[int, dict[int, None]] = {}
    for person, body in rows:
        groups.setdefault(body, {})[person] = None
    in_order = [(person, body) for body, people in groups.items() for person in people]
    batches = [
        (number, list(people)[start : start + most])
        for number, people in enumerate(groups.values())
        for start in range(0, len(people), most)
    ]
    starts = grouped.start_of_batch
    assert grouped.body_of_group.tolist() == list(groups)
    assert [in_order[recipient] for recipient in grouped.recipient_of_row] == rows
    assert grouped.person_of_recipient.tolist() == [person for person, _ in in_order]
    assert [
        (number, grouped.person_of_recipient[start:end].tolist())
        for number, start, end in zip(grouped.group_of_batch, starts, starts[1:], strict=False)
    ] == batches
    assert starts[-1] == len(in_order)
