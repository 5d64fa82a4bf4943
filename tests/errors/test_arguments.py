from typing import Any

import numpy as np
import pytest

import dingnb
from dingnb.errors import InputError
from dingnb.errors.arguments import (
    are_equal_labels,
    check_choice,
    check_flag,
    check_integer,
    check_type,
    is_number,
    short_repr,
)


@pytest.mark.parametrize("value", [True, False, np.bool_(True)])  # noqa: FBT003 - a value
def test_a_flag_is_true_or_false(value: Any) -> None:
    check_flag("wait", value)


@pytest.mark.parametrize("value", ["no", 0, 1, None, np.int64(1), [], np.array([True])], ids=repr)
def test_truthy_values_are_not_flags(value: Any) -> None:
    with pytest.raises(InputError, match=r"wait=.* is neither True nor False\.\nPass wait=True or wait=False"):
        check_flag("wait", value)


def test_a_number_must_be_finite_and_not_a_bool() -> None:
    assert all(map(is_number, [0, -1.5, np.float32(2), np.int8(3)]))
    wrong = [True, np.bool_(True), float("nan"), float("inf"), "1", None, 10**400, np.timedelta64(1, "D")]  # noqa: FBT003
    assert not any(map(is_number, wrong))
    check_integer("users", np.int64(3), "argument.users_todo", minimum=3, maximum=3)
    for value in (2, 4, 3.0, True, "3", None, np.timedelta64(3, "D")):
        with pytest.raises(InputError, match="users="):
            check_integer("users", value, "argument.users_todo", minimum=3, maximum=3)


def test_choices_and_kinds_say_what_to_pass() -> None:
    check_choice("method", "GET", ("GET", "POST"), "argument.method_todo")
    with pytest.raises(InputError, match='Pass method="POST"'):
        check_choice("method", ["GET"], ("GET", "POST"), "argument.method_todo")
    dingnb.set_language("zh")
    with pytest.raises(InputError, match=r"seed=1\.5 无法使用"):
        check_type("seed", 1.5, int, "argument.seed_todo")


def test_long_or_unusual_values_are_shown_by_their_type() -> None:
    assert [str(short_repr(value)) for value in ("a\n", 3, None, [1], "x" * 100, object(), 10**5000)] == [
        *("'a\\n'", "3", "None", "[1]", "an object of type str", "an object of type object", "an object of type int")
    ]

    class Unprintable:
        def __repr__(self) -> str:
            raise LookupError

    assert str(short_repr([Unprintable()])) == "an object of type list"


def test_labels_are_equal_only_if_their_comparison_is_true() -> None:
    nan = float("nan")
    assert are_equal_labels(nan, nan)
    assert are_equal_labels(np.int64(3), 3)
    assert not are_equal_labels("x", np.array(["x", "y"]))
    assert not are_equal_labels(3, 4)
