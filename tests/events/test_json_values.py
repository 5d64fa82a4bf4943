"""Received JSON: its depth, its numbers and its lone surrogates."""

import json
from collections.abc import Callable

import pytest

from dingnb.errors import InputError
from dingnb.events.json_values import is_too_deep, parse_nested, parse_object
from tests.table_rows import for_each

MAX_DEPTH = 100


def nested(depth: int, core: str) -> str:
    """Return JSON of this many containers inside each other: lists and objects in turn."""
    for level in range(depth):
        core = f"[{core}]" if level % 2 else f'{{"a": {core}}}'
    return core


@for_each("core", ["7", '"text"', "null", "true"])
def test_only_objects_and_lists_count_towards_the_depth(core: str) -> None:
    assert not is_too_deep(json.loads(core))
    assert not is_too_deep(json.loads(nested(MAX_DEPTH, core)))
    assert is_too_deep(json.loads(nested(MAX_DEPTH + 1, core)))


@for_each("empty", ["[]", "{}"])
def test_an_empty_container_counts_like_one_with_content(empty: str) -> None:
    assert not is_too_deep(json.loads(nested(MAX_DEPTH - 1, empty)))
    assert is_too_deep(json.loads(nested(MAX_DEPTH, empty)))


def test_the_deepest_branch_counts() -> None:
    assert is_too_deep([1, {"shallow": []}, json.loads(nested(MAX_DEPTH, "7"))])


def test_an_object_at_the_limit_is_parsed_and_a_deeper_one_refused() -> None:
    assert parse_object(f'{{"a": {nested(MAX_DEPTH - 1, "7")}}}')
    with pytest.raises(InputError):
        parse_object(f'{{"a": {nested(MAX_DEPTH, "7")}}}')


@for_each("text", ["[1", "{'a': 1}", nested(MAX_DEPTH + 1, "7"), "[" * 100_000, "7", "plain", "", " [1]"])
@pytest.mark.usefixtures("without_garbage")
def test_what_is_not_json_or_too_deep_stays_as_it_is(text: str) -> None:
    assert parse_nested(text) is text


def test_other_values_stay_as_they_are() -> None:
    for value in (None, 7, ["[1]"], {"a": "[1]"}):
        assert parse_nested(value) is value


@for_each("parse", [parse_object, parse_nested])
def test_lone_surrogates_are_replaced_in_keys_and_values(parse: Callable[[str], object]) -> None:
    text = r'{"k\ud83d": ["v\udc00", {"n": 1e999}], "whole": "\ud83d\ude00"}'
    assert parse(text) == {"k\ufffd": ["v\ufffd", {"n": "1e999"}], "whole": "\U0001f600"}
