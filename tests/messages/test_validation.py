from hypothesis import given
from hypothesis import strategies as st

from dingnb.messages.types import PATTERNS, TYPES
from dingnb.messages.validation import Fault, find_faults
from dingnb.words import Language, messages, set_language
from tests.table_rows import for_each

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def fields_of(name: str) -> st.SearchStrategy[dict[str, object]]:
    heads = sorted({field.name.partition(".")[0].removesuffix("[]") for field in TYPES[name].fields})
    return st.dictionaries(st.sampled_from(heads), JSON)


@given(st.sampled_from(sorted(TYPES)).flatmap(lambda name: st.tuples(st.just(name), fields_of(name) | JSON)))
def test_any_body_is_validated_and_every_fault_has_a_text(given_body: tuple[str, object]) -> None:
    name, content = given_body
    for fault in find_faults({"msgtype": name, name: content}, body_bytes=2_048):
        assert all(fault.sentences())


@for_each("kind", PATTERNS)
def test_every_kind_of_value_has_texts(kind: str) -> None:
    quoted: dict[Language, str] = {"zh": "“v”", "en": "'v'"}
    for language, value in quoted.items():
        set_language(language)
        assert value in str(Fault("f", f"bad_{kind}", value="v").sentences()[0])


@for_each(
    ("body", "field", "problem", "code"),
    [
        ({}, "msgtype", "unknown_type", "40008"),
        ({"msgtype": ["text"]}, "msgtype", "unknown_type", "40008"),
        ({"msgtype": "text"}, "text", "missing", "34014"),
        ({"msgtype": "text", "text": {"content": 5}}, "text.content", "not_text", "34014"),
        ({"msgtype": "text", "text": {"content": "\x01"}}, "text.content", "control", "40033"),
        ({"msgtype": "image", "image": {"media_id": "a b"}}, "image.media_id", "bad_media_id", "40007"),
    ],
)
def test_a_fault_has_its_field_and_dingtalk_s_code(
    body: dict[str, object], field: str, problem: str, code: str
) -> None:
    [fault] = find_faults(body, body_bytes=2_048)
    assert (fault.field, fault.problem, fault.code, fault.is_refused) == (field, problem, code, True)


def test_objects_and_lists_have_to_be_of_their_type() -> None:
    body = {"msgtype": "oa", "oa": {"message_url": "http://a", "head": "x", "body": {"form": "x", "title": "t"}}}
    problems = {fault.field: fault.problem for fault in find_faults(body, body_bytes=2_048)}
    assert problems["oa.head"] == "not_object"
    assert problems["oa.body.form"] == "not_list"


def test_every_problem_has_a_hint() -> None:
    problems = [key for key in messages.TRANSLATIONS if key.startswith("message.") and not key.endswith("_todo")]
    assert [key for key in problems if f"{key}_todo" not in messages.TRANSLATIONS] == ["message.failed"]


def test_a_body_of_two_types_is_refused() -> None:
    body = {"msgtype": "text", "text": {"content": "a"}, "markdown": {"title": "a", "text": "b"}}
    assert [fault.problem for fault in find_faults(body, body_bytes=2_048)] == ["second_type"]
