import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import dingnb
from dingnb import words
from dingnb.errors import InputError
from dingnb.words import COUNTED, TABLES, WORDS, Language, count, few, get_language, listed, pick, say, set_language

CODE = [
    path
    for path in Path(dingnb.__file__).parent.rglob("*.py")
    if "language" not in path.relative_to(Path(dingnb.__file__).parent).parts
]


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts_in_code() -> Iterator[str]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def calls_of(name: str) -> Iterator[tuple[str, set[str] | None]]:
    """Yield the key and the fields of each call with a literal key; None where the fields are not all named."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    names = {keyword.arg for keyword in node.keywords}
                    yield first.value, None if None in names else {one for one in names if one}


@pytest.mark.parametrize("key", WORDS)
def test_each_key_has_two_texts_with_the_same_fields(key: str) -> None:
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    assert fields_of(english) == fields_of(chinese)


def test_no_key_is_in_two_tables() -> None:
    assert len(WORDS) == sum(len(table.WORDS) for table in TABLES)


def test_each_noun_counts_in_both_languages() -> None:
    for noun, forms in COUNTED.items():
        assert all(fields_of(form) == {"n"} for form in forms), noun


def test_each_key_that_is_said_exists_and_gets_its_fields() -> None:
    said = list(calls_of("say"))
    assert len(said) > 50
    for key, given in said:
        assert key in WORDS
        if given is not None:
            assert fields_of(WORDS[key][0]) <= given, key
    assert {noun for noun, _ in calls_of("count")} <= set(COUNTED)


def test_each_key_is_used() -> None:
    used = set(texts_in_code())
    # A remedy may be asked for by the key of what it remedies.
    used |= {f"{one}_todo" for one in used} if "_todo" in used else set()
    # What is said of people is said of messages as well.
    used |= {f"{one}_message" for one in used} if "_message" in used else set()
    begun = {one for one in used if one.endswith((".", "_"))}
    assert not [key for key in WORDS if key not in used and not key.startswith(tuple(begun))]


@pytest.fixture
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_chosen", [])
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_unset")
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "ZH"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
    ids=str,
)
def test_the_locale_decides_until_a_language_is_set(
    environ: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert get_language() == expected
    set_language("zh")
    assert get_language() == "zh"


@pytest.mark.usefixtures("_unset")
@pytest.mark.parametrize(("name", "expected"), [("Chinese (Simplified)_China", "zh"), ("zh_CN", "zh"), (None, "en")])
def test_without_the_variables_the_systems_locale_decides(
    name: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words.locale, "getlocale", lambda: (name, None))
    assert get_language() == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("zh-CN", "zh"), ("zh_CN", "zh"), ("zh-Hans", "zh"), ("ZH", "zh"), (" zh ", "zh"), ("en-US", "en"), ("EN", "en")],
)
def test_a_language_can_be_set_by_its_tag(given: str, expected: str) -> None:
    set_language("zh" if expected == "en" else "en")
    dingnb.set_language(given)
    assert get_language() == expected


@pytest.mark.parametrize("given", ["", "fr", "english", "enx", "zhen", "-en", None, 1, ["en"]], ids=repr)
@pytest.mark.parametrize("used", ["en", "zh"])
def test_an_unknown_language_is_refused_and_changes_nothing(given: object, used: Language) -> None:
    set_language(used)
    with pytest.raises(InputError, match=r'"(en|zh)".*"(en|zh)"') as caught:
        dingnb.set_language(given)
    assert repr(given) in caught.value.what
    assert get_language() == used


def test_words_come_in_the_language_in_use() -> None:
    assert (pick("a", "b"), say("client.none"), count("person", 1)) == ("a", "none", "1 person")
    set_language("zh")
    assert (pick("a", "b"), say("client.none"), count("person", 1_204)) == ("b", "无", "1,204 人")


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert "{0.__class__} {" in say("answer.sample", sample="{0.__class__} {")


def test_lists_are_separated_as_the_language_does() -> None:
    set_language("zh")
    assert few([f"第 {n} 行" for n in (35, 41)]) == listed(["第 35 行", "第 41 行"]) == "第 35 行、第 41 行"
    set_language("en")
    assert few(["a", "b"]) == listed(iter(["a", "b"])) == "a, b"
