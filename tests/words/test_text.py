"""Texts are values: they compare by key and fields, and are rendered when shown."""

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.words import (
    NOTHING,
    Text,
    as_text,
    clauses,
    count,
    dotted,
    duration,
    field_name,
    in_form,
    listed,
    listed_briefly,
    say,
    sentences,
    set_language,
)

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
TEXTS = st.deferred(lambda: st.builds(as_text, st.text()) | st.builds(made, st.dictionaries(NAMES, FIELDS, max_size=3)))
NAMES = st.sampled_from(["n", "people", "key", "text", "json"])
FIELDS = st.recursive(VALUES | TEXTS, lambda children: st.lists(children, max_size=3).map(tuple), max_leaves=4)
NESTED = Text("record.running", name="payslip", who=Text("record.sender_here", process=7))


def made(fields: dict[str, object]) -> Text:
    return Text("send.nothing_sent", **fields)


def test_a_text_is_rendered_in_the_current_language() -> None:
    text = Text("quota.used_up", used=count("call", 5_000), most=5_000)
    before = str(text)
    set_language("zh")
    assert "5,000 次调用" in str(text)
    assert f"{text}" == f"{text:}" == str(text) != before
    set_language("en")
    assert str(text) == before


def test_texts_are_equal_if_their_keys_and_fields_are() -> None:
    assert Text("record.running", who=Text("record.sender_here", process=7), name="payslip") == NESTED
    assert Text("record.running", who=Text("record.sender_here", process=8), name="payslip") != NESTED
    assert len({NESTED, copy.copy(NESTED), copy.deepcopy(NESTED), pickle.loads(pickle.dumps(NESTED))}) == 1  # noqa: S301
    assert repr(count("call", 2)) == "Text('count', n=2, noun='call')"
    with pytest.raises(AttributeError):
        NESTED.key = "other"  # type: ignore[misc]


def test_other_objects_are_stored_as_their_str() -> None:
    path, error = Path("a") / "b", OSError("full")
    assert Text("export.folder", path=path, error=error) == Text("export.folder", path=str(path), error="full")
    assert str(Text("profile.bad_name", name=[])) == say("profile.bad_name", name=[])
    assert Text.from_json(Text("profile.bad_name", name=[]).to_json()) == Text("profile.bad_name", name=[])


def test_the_empty_text_is_falsy_and_shows_nothing() -> None:
    assert not NOTHING
    assert (str(NOTHING), NOTHING.in_form(), NOTHING.to_json(), Text.from_json("")) == ("", "", "", NOTHING)
    assert as_text("") == sentences("", NOTHING) == dotted([NOTHING]) == clauses([]) == NOTHING


def test_combined_texts_are_rendered_late_too() -> None:
    texts = {
        "5 calls": count("call", 5),
        "10 min": duration(600),
        "a, 1 row": listed(["a", count("row", 1)]),
        "a, b, c, d, e and 1 more": listed_briefly(list("abcdef"), "person"),
        "1 row, 2 calls": clauses([count("row", 1), count("call", 2)]),
        "1 row · 2 calls": dotted([count("row", 1), count("call", 2)]),
        "Nothing was sent. DingTalk's own.": sentences(Text("send.nothing_sent"), "DingTalk's own."),
    }
    assert list(map(str, texts.values())) == list(texts)
    set_language("zh")
    assert list(map(str, texts.values())) == [
        *("5 次调用", "10 分钟", "a、1 行", "a、b、c、d、e 及另外 1 人"),
        *("1 行，2 次调用", "1 行 · 2 次调用", f"{say('send.nothing_sent')}DingTalk's own."),
    ]


def test_forms_use_their_own_texts_in_fields_too() -> None:
    text = sentences(Text("ledger.stopped_todo", name="payslip", hint=Text("result.failed_todo")), "run.resume()")
    assert text.in_form() == (
        "“Send again” sends it once more. Then click “Resume” in campaign 'payslip'. run.resume()"
    )
    assert "run.resume" in str(text)
    set_language("zh")
    assert "点“继续”" in text.in_form()
    assert in_form("run.resume()") == "run.resume()"


def test_forms_show_message_fields_by_their_labels() -> None:
    text = Text("message.long", field=field_name("text.content"), length=600, limit=500)
    assert str(text) == "text.content has 600 characters; DingTalk advises at most 500."
    assert text.in_form() == "“Text” has 600 characters; DingTalk advises at most 500."
    assert field_name("oa.body.form[1].key").in_form() == "“Row 2: Label”"
    assert field_name("oa.body.form[1].colour").in_form() == "oa.body.form[1].colour"


def test_a_text_mentions_the_keys_in_its_fields() -> None:
    text = sentences("x", listed_briefly([NESTED, *"abcde"], "person"))
    assert text.mentions("record.sender_here")
    assert text.mentions("sentences")
    assert not text.mentions("record.sender")


def test_a_text_says_which_buttons_forms_name_in_it() -> None:
    text = sentences(
        "Resume", Text("campaign.gave_up_todo"), listed_briefly([Text("campaign.stopped_todo")], "campaign")
    )
    assert text.names_in_form("resume")
    assert not text.names_in_form("retry")
    assert not sentences("Resume {resume}", Text("campaign.gave_up_todo")).names_in_form("resume")


def test_fields_cannot_control_a_terminal() -> None:
    text = listed(["\x1b[31m", Text("campaign.row", label="\u202e")])
    assert str(text.visible()) == f"\\x1b[31m, {say('campaign.row', label=chr(92) + 'u202e')}"
    assert str(Text("drafts.none", name="\ud800").visible()) == say("drafts.none", name="\ud800")
    assert text.visible().quotes("\u202e")
    assert NESTED.visible() is NESTED
    assert text.visible().visible() == text.visible()


@given(TEXTS)
def test_a_text_can_be_restored_from_its_json(text: Text) -> None:
    encoded = text.to_json()
    encoded.encode()
    assert Text.from_json(encoded) == text
    assert Text.from_json(encoded).to_json() == encoded


def test_the_json_of_a_text_is_short() -> None:
    assert Text("quota.used_up", used=count("call", 5), most=7).to_json() == (
        '{"quota.used_up":{"most":7,"used":{"count":{"n":5,"noun":"call"}}}}'
    )
    assert listed(["张三", "b"]).to_json() == '{"listed":{"names":["张三","b"]}}'


def test_a_text_of_a_newer_version_is_shown_as_key_and_fields_and_preserved() -> None:
    newer = '{"quota.of_tomorrow":{"n":5,"who":{"count":{"n":2,"noun":"person"}}}}'
    assert str(Text.from_json(newer)) == "quota.of_tomorrow (n=5, who=2 people)"
    assert Text.from_json(newer).to_json() == newer
    within = sentences(Text("send.nothing_sent"), Text.from_json(newer))
    assert Text.from_json(within.to_json()) == within
    assert str(Text.from_json('{"quota.of_tomorrow":{}}')) == "quota.of_tomorrow"
    # A text from the tables with another field, and a special one with another noun.
    assert str(Text.from_json('{"send.expect_todo":{"m":1}}')) == "send.expect_todo (m=1)"
    assert str(Text.from_json('{"count":{"n":1,"noun":"robot"}}')) == "count (n=1, noun=robot)"


@pytest.mark.parametrize("encoded", ["Timed out.", "{", "5", "[]", "{}", '{"a":1}', '{"a":{},"b":{}}', "null"])
def test_other_content_in_place_of_json_is_shown_unchanged(encoded: str) -> None:
    assert str(Text.from_json(encoded)) == encoded


def test_an_integer_of_more_digits_than_python_writes_is_described_by_their_number() -> None:
    text = Text("send.expect", expect=-(10**5_000), people=count("person", 1))
    assert "expect=an integer of about 5,001 digits was given" in str(text)
    assert Text.from_json(text.to_json()) == text
    assert Text("send.expect_todo", n=10**3_900) == Text.from_json(Text("send.expect_todo", n=10**3_900).to_json())
