import re
from pathlib import Path
from string import Formatter

import pytest

import dingnb
from dingnb.language import TABLES, WORDS, login, profiles

SOURCES = "".join(path.read_text(encoding="utf-8") for path in Path(dingnb.__file__).parent.rglob("*.py"))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_text_is_there_in_both_languages_with_the_same_fields(key: str) -> None:
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    assert fields(english) == fields(chinese)


def test_no_key_is_in_two_tables() -> None:
    assert len(WORDS) == sum(len(table.WORDS) for table in TABLES)


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'\bsay\(\s*"([a-z_.]+)"', SOURCES))
    assert asked - set(WORDS) == set()


@pytest.mark.parametrize("key", sorted({**login.WORDS, **profiles.WORDS}))
def test_no_word_of_the_login_form_is_left_over(key: str) -> None:
    uses = re.findall(rf"""['"]{re.escape(key)}['"]""", SOURCES)
    assert len(uses) > 1 or key.startswith("origin.")
