import ast
import functools
import re
import string
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.words import (
    Language,
    catalogue,
    count,
    get_language,
    language,
    listed,
    listed_briefly,
    pick,
    say,
    set_language,
)
from dingnb.words.counted import COUNTED
from dingnb.words.form_variants import LABELS
from dingnb.words.text import RENDERERS
from tests.table_rows import for_each

TRANSLATIONS = catalogue.translations()

CODE = [
    path for path in Path(dingnb.__file__).parent.rglob("*.py") if path.parent.name != "words" or path.name == "text.py"
]


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms_of(text: str) -> set[tuple[str, str | None, str | None]]:
    return {(name, form, kind) for _, name, form, kind in string.Formatter().parse(text) if name is not None}


@functools.cache
def code_nodes() -> list[ast.AST]:
    """Return the calls and constants of the code."""
    nodes = (node for path in CODE for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return [node for node in nodes if isinstance(node, ast.Call | ast.Constant)]


def texts_in_code() -> Iterator[str]:
    for node in code_nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def calls_of(name: str) -> Iterator[tuple[str, set[str] | None]]:
    """Yield the key and fields of each call with a literal key; None if the fields are not all named."""
    for node in code_nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                names = {keyword.arg for keyword in node.keywords}
                yield first.value, None if None in names else {key for key in names if key}


def test_each_key_has_two_texts_with_the_same_fields() -> None:
    for key, (english, chinese) in TRANSLATIONS.items():
        assert english.strip(), key
        assert chinese.strip(), key
        assert fields_of(english) == fields_of(chinese), key


def test_chinese_sentences_have_full_width_punctuation() -> None:
    half_width = re.compile(r"[\u4e00-\u9fff”）][,;!?](?!\w)|[,;!?] ?[\u4e00-\u9fff“]|\}[,;](?! \w)")
    # As recordings have it.
    assert [key for key, (_, chinese) in TRANSLATIONS.items() if half_width.search(chinese)] == ["tape.bad_against"]


def test_no_chinese_sentence_quotes_a_value_as_python_does() -> None:
    set_language("zh")
    quoted = 0
    for key, (_, chinese) in TRANSLATIONS.items():
        fields: dict[str, object] = {
            name: 3 if form and form[-1] in ",dfg%" else "甲乙" for name, form, _ in forms_of(chinese)
        }
        text = say(key, **fields)
        quoted += text.count("“甲乙”")
        # Only in code.
        assert re.findall(r"(?<![=(])'甲乙'", text) == [], key
        assert " “甲乙”" not in text, key
        assert "“甲乙” " not in text, key
        # Apart from that, a pattern is filled in as any other, with escaped braces as well.
        plain, quoted_value = chinese.format(**fields), r" ?(?:“甲乙”|'甲乙') ?"
        assert re.split(quoted_value, text) == re.split(quoted_value, plain), key
    assert quoted > 150


def test_no_code_in_a_text_has_quotation_marks_around_a_value_that_may_contain_them() -> None:
    quoted = re.compile(r"""[=(]["']\{\w+\}["']""")
    assert not [key for key, texts in TRANSLATIONS.items() for text in texts if quoted.search(text)]


def test_tables_are_discovered_automatically() -> None:
    folder = Path(catalogue.__file__).parent
    written = {path.stem for path in folder.glob("*.py") if "\nTRANSLATIONS: " in path.read_text(encoding="utf-8")}
    assert {module.__name__.rpartition(".")[2] for module in catalogue.modules()} == written
    assert len(written) > 20


def test_keys_with_the_same_beginning_are_in_one_table() -> None:
    tables: defaultdict[str, set[str]] = defaultdict(set)
    for module in catalogue.modules():
        for key in module.TRANSLATIONS:
            tables[key.partition(".")[0]].add(module.__name__.rpartition(".")[2])
    assert {start: names for start, names in tables.items() if len(names) > 1} == {
        # To cards, and of DingTalk to calls: ledgers store both.
        "answer": {"answers", "errors"}
    }


def test_a_key_in_two_tables_is_an_error() -> None:
    one, other = ("results", {"a.b": ("one", "一"), "a.c": ("two", "二")}), ("errors", {"a.c": ("three", "三")})
    assert catalogue.merge_tables([one]) == dict(one[1])
    with pytest.raises(ValueError, match=r"a\.c is in results and in errors"):
        catalogue.merge_tables([one, other])


def test_importing_dingnb_reads_no_table() -> None:
    code = "import sys, dingnb, dingnb.client, dingnb.campaigns.campaign; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # noqa: S603 - our own
    assert not {module.__name__ for module in catalogue.modules()} & set(done.stdout.split())


def test_form_texts_replace_existing_keys_and_use_their_fields() -> None:
    for key, (english, _) in TRANSLATIONS.items():
        if key.startswith("in_form."):
            plain = TRANSLATIONS[key.removeprefix("in_form.")]
            assert fields_of(english) <= fields_of(plain[0]) | set(LABELS), key
            # The format of numbers and values must be the same there.
            assert {fields for fields in forms_of(english) if fields[0] not in LABELS} <= forms_of(plain[0]), key
    assert set(LABELS.values()) <= set(TRANSLATIONS)


def test_each_noun_has_counts_in_both_languages() -> None:
    for noun, forms in COUNTED.items():
        assert all(fields_of(form) == {"n"} for form in forms), noun


def test_no_verb_in_the_plural_follows_a_count_that_may_be_one() -> None:
    always_several = {
        "attachments.shared",
        "in_form.attachments.shared",
        "frame.label_of_several",
        "in_form.match.repeated",
    }
    counted = r"(?:^|[.:;,] )\{(?:people|rows|calls|cards|files)\}(?: (?:in|from|of) [^,.;:{]*)?"
    plural = re.compile(rf"{counted} (?:are|have|were|do|get|need)\b")
    found = {key for key, (english, _) in TRANSLATIONS.items() if plural.search(english)}
    assert found <= always_several, found - always_several


def test_each_key_used_in_the_code_exists_and_gets_its_fields() -> None:
    said, values = list(calls_of("say")), list(calls_of("Text"))
    assert len(said) > 50
    assert len(values) > 50
    for key, given in [*said, *values]:
        assert not key or key in TRANSLATIONS or key in RENDERERS
        if given is not None and key in TRANSLATIONS:
            assert fields_of(TRANSLATIONS[key][0]) <= given, key
    assert {noun for noun, _ in calls_of("count")} <= set(COUNTED)


def test_each_key_used_beside_the_package_exists() -> None:
    root = Path(__file__).parents[2]
    files = [path for folder in ("benchmarks", "tests", "tools") for path in (root / folder).rglob("*.py")]
    used = [key for path in files for key in re.findall(r'\bsay\("([^"{}]+)"', path.read_text(encoding="utf-8"))]
    assert len(used) > 100
    assert [key for key in used if key not in TRANSLATIONS] == []


def test_each_method_that_a_text_advises_exists() -> None:
    owners = {"run": Campaign, "ding": DingTalk, "plan": Plan, "dingnb": dingnb}
    named = re.compile(r"\b(run|ding|plan|dingnb)\.(\w+)\(")
    of_campaign = re.compile(r"campaign\([^)]*\)\.(\w+)")
    seen = 0
    for key, texts in TRANSLATIONS.items():
        for text in texts:
            found = [*named.findall(text), *(("run", name) for name in of_campaign.findall(text))]
            assert [method for method in found if not hasattr(owners[method[0]], method[1])] == [], key
            seen += len(found)
    assert seen > 100


def test_each_key_is_used() -> None:
    used = set(texts_in_code())
    # Advice may be looked up by the key of its error.
    used |= {f"{key}_todo" for key in used} if "_todo" in used else set()
    # Texts about people have a variant about messages.
    used |= {f"{key}_message" for key in used} if "_message" in used else set()
    # Texts of forms are looked up by the keys of their originals.
    used |= {f"in_form.{key}" for key in used}
    begun = {key for key in used if key.endswith((".", "_"))}
    begun |= {f"in_form.{key}" for key in begun}
    assert not [key for key in TRANSLATIONS if key not in used and not key.startswith(tuple(begun))]


@pytest.fixture
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_process_language", [])
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
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Chinese (Simplified)_China.936", "zh"),
        ("zh_CN.UTF-8", "zh"),
        ("zh-CN", "zh"),
        ("en_150.1252", "en"),
        ("en-US", "en"),
        ("C", "en"),
    ],
)
def test_without_the_variables_the_systems_locale_decides(
    name: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language.locale, "_setlocale", lambda *_: name)
    assert get_language() == expected


@for_each(
    ("given", "expected"),
    [("zh-CN", "zh"), ("zh_CN", "zh"), ("zh-Hans", "zh"), ("ZH", "zh"), (" zh ", "zh"), ("en-US", "en"), ("EN", "en")],
)
def test_a_language_can_be_set_by_its_tag(given: str, expected: str) -> None:
    set_language("zh" if expected == "en" else "en")
    dingnb.set_language(given)
    assert get_language() == expected


@for_each("given", ["", "fr", "english", "enx", "zhen", "-en", None, 1, ["en"]])
@pytest.mark.parametrize("used", ["en", "zh"])
def test_an_unknown_language_is_refused_and_changes_nothing(given: object, used: Language) -> None:
    set_language(used)
    with pytest.raises(InputError, match=r'"(en|zh)".*"(en|zh)"') as caught:
        dingnb.set_language(given)
    assert repr(given) in caught.value.what
    assert get_language() == used


def test_texts_are_in_the_current_language() -> None:
    assert (pick("a", "b"), say("client.none"), str(count("person", 1))) == ("a", "none", "1 person")
    set_language("zh")
    assert (pick("a", "b"), say("client.none"), str(count("person", 1_204))) == ("b", "无", "1,204 人")


def test_a_value_with_braces_is_shown_unchanged() -> None:
    assert "{0.__class__} {" in say("answer.sample", sample="{0.__class__} {")


def test_lists_use_the_separator_of_the_language() -> None:
    set_language("zh")
    rows = [listed_briefly([f"第 {n} 行" for n in (35, 41)], "row"), listed(["第 35 行", "第 41 行"])]
    assert list(map(str, rows)) == ["第 35 行、第 41 行"] * 2
    set_language("en")
    assert listed_briefly(["a", "b"], "person") == listed(iter(["a", "b"]))
    assert str(listed_briefly(["a", "b"], "person")) == "a, b"


def test_errors_are_given_texts_and_not_rendered_ones() -> None:
    rendered = [
        (path.name, call.lineno)
        for path in CODE
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.endswith("Error")
        for argument in call.args
        if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name) and argument.func.id == "say"
    ]
    assert rendered == []
