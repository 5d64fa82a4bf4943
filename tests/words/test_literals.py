"""Values in code: the code can be run, whatever they contain."""

import ast
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.campaigns.sending.control import code_to_find
from dingnb.words import Text
from dingnb.words.literals import literal
from tests.tiers import examples

NAMES = st.text(st.sampled_from("a \"'\\\n\r\t\x00\x1b\u2028\u202e名😀\ud800{}")) | st.text()


@examples(200)
@given(NAMES)
def test_a_literal_is_the_value_on_one_line_of_printable_characters(name: str) -> None:
    written = literal(name)
    assert ast.literal_eval(written) == name
    assert written.isprintable()
    assert written.startswith('"') or '"' in name


@examples(100)
@given(NAMES)
def test_code_in_a_text_finds_a_campaign_whatever_its_name(name: str) -> None:
    shown = Text("record.running_todo", name=literal(name)).visible()
    for code in (code_to_find(name), *re.findall(r"ding\.campaign\(.*?\)(?=\.wait)", str(shown))):
        [argument] = next(node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)).args
        assert ast.literal_eval(argument) == name


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_number_without_a_literal_is_made_from_its_text(value: float) -> None:
    made = eval(literal(value), {"__builtins__": {"float": float}})  # noqa: S307 - our own
    assert made == value or (math.isnan(made) and math.isnan(value))


def test_a_text_or_float_of_numpy_is_a_plain_one() -> None:
    assert literal(np.str_("May")) == '"May"'
    assert literal(np.float64(2026.5)) == "2026.5"
