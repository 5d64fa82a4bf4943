import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.messages import MISSING
from tests.table_rows import for_each
from tests.tiers import examples

URL = "https://example.com"
WORDS = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(st.text(), st.one_of(st.text(), st.integers(), st.just(MISSING))), max_size=6))
def test_bodies_parse_back_to_the_texts_and_there_is_one_for_each_row(rows: list[tuple[str, object]]) -> None:
    message = dingnb.oa(URL, title="100% {{ a }}", form=[("k%s", "{{ b | default('-') }}")])
    columns = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    rendered = message.render_rows(columns, len(rows))
    failed = {failure.position for failure in rendered.failures}
    assert len(rendered.bodies) == len(rows)
    for position, (body, (a, b)) in enumerate(zip(rendered.bodies, rows, strict=True)):
        assert (body is None) == (position in failed)
        if body is not None:
            shown = json.loads(body)["oa"]["body"]
            assert shown == {
                "title": f"100% {a}",
                "form": [{"key": "k%s", "value": "-" if b is MISSING else str(b)}],
            }
            assert b"\\u" not in body.replace(b"\\\\", b"")


@given(st.lists(WORDS | st.sampled_from([URL, "eapp://a", "ftp://a"]), min_size=1, max_size=5))
@examples(50)
def test_the_same_rules_apply_before_and_after_rendering(values: list[str]) -> None:
    rendered = dingnb.link("t", "x", "{{ u }}", "@a").render_rows({"u": values}, len(values))
    for value, body in zip(values, rendered.bodies, strict=True):
        try:
            dingnb.link("t", "x", value, "@a")
        except dingnb.InputError:
            assert body is None
        else:
            assert body is not None


@for_each(
    ("message", "good", "value", "reason"),
    [
        (
            dingnb.link("t", "x", "{{ v }}", "@a"),
            URL,
            "javascript:alert(1)",
            "link.messageUrl is 'javascript:alert(1)'",
        ),
        (dingnb.voice("@a", "{{ v }}"), "59", "60", "voice.duration is '60'"),
        (dingnb.image("{{ v }}"), "@a", "a.png", "a.png"),
        (dingnb.oa(URL, head_bgcolor="{{ v }}", title="t"), "FFBBBBBB", "red", "oa.head.bgcolor is 'red'"),
        (dingnb.markdown("{{ v }}", "x"), "a", "t" * 65, "markdown.title has 65 characters"),
        (dingnb.markdown("{{ v }}", "x"), "a", " ", "markdown.title is empty"),
        (dingnb.action_card("m", single_title="{{ v }}", single_url=URL), "a", " ", "single_title is empty"),
        (dingnb.action_card("m", btn_json_list=[("{{ v }}", URL)]), "a", "x" * 21, "title has 21 characters"),
        (
            dingnb.action_card("m", btn_json_list=[("A", URL.ljust(445, "x"))] * 2 + [("{{ v }}", URL)]),
            "a",
            "Hello",
            "in total",
        ),
        (dingnb.text("{{ v }}"), "a", "x\x01", "control character"),
        (dingnb.text("{{ v }}"), "a", "\ud800", "lone surrogate"),
        (dingnb.text("{{ v }}"), "a", "x" * 2_009, "2,049 bytes"),
    ],
)
def test_a_rendered_row_that_breaks_a_rule_is_left_out_with_the_reason(
    message: dingnb.Message, good: str, value: str, reason: str
) -> None:
    rendered = message.render_rows({"v": [good, value, good]}, 3)
    assert [body is None for body in rendered.bodies] == [False, True, False]
    [failure] = rendered.failures
    assert failure.position == 1
    assert reason in str(failure.reason)
    assert str(failure.hint)


def test_an_optional_field_may_be_empty_but_not_contain_a_control_character() -> None:
    card = dingnb.oa(URL, title="t", author="{{ who }}", pc_message_url="{{ who }}")
    assert card.render_rows({"who": [" ", URL]}, 2).failures == []
    assert "control character" in str(card.render_rows({"who": ["\x1f"]}, 1).failures[0].reason)


def test_a_row_names_the_column_at_fault() -> None:
    [failure] = dingnb.link("t", "x", "{{ site }}", "@a").render_rows({"site": ["ftp://x"]}, 1).failures
    assert failure.column == "site"


def test_advice_is_given_once() -> None:
    rendered = dingnb.text("{{ v }}").render_rows({"v": ["a" * 501, "a" * 600, "a"]}, 3)
    assert rendered.failures == []
    assert tuple(map(str, rendered.advice)) == ("text.content has 600 characters; DingTalk advises at most 500.",)
    [many] = map(str, dingnb.oa(URL, form=[("k", "v")] * 7).render_rows({}, 1).advice)
    assert many == "oa.body.form has 7 items; DingTalk shows only the first 6."


def test_rows_are_rendered_in_parts_and_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingnb.messages.message._ROWS_PER_CHUNK", 2)
    columns = {
        "a": ["k", "k", "k", MISSING, "k" * 60, "k"],
        "b": ["v", "v" * 502, "v", "v" * 503, " ", "v" * 501],
    }
    rendered = dingnb.link("{{ a }}" * 2, "{{ b }}", URL, "@a").render_rows(columns, 6)
    assert [body and json.loads(body)["link"]["title"] for body in rendered.bodies] == [
        "kk",
        "kk",
        "kk",
        None,
        None,
        "kk",
    ]
    assert [(failure.position, failure.column) for failure in rendered.failures] == [(3, "a"), (4, "b")]
    assert [sentence.split(";")[0] for sentence in map(str, rendered.advice)] == [
        "link.title has 120 characters",
        "link.text has 502 characters",
    ]


def test_a_message_without_columns_is_one_body_for_all_rows() -> None:
    rendered = dingnb.text("50% {{ 1 + 1 }}").render_rows({}, 3)
    assert rendered.bodies == [b'{"msgtype":"text","text":{"content":"50% 2"}}'] * 3
    assert dingnb.text("{{ x }}").render_rows({"x": []}, 0).bodies == []
