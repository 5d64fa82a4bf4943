import copy
import inspect
import pickle

import pytest

import dingnb
from dingnb import errors
from dingnb.errors import (
    ApiError,
    BadAnswerError,
    CredentialsError,
    DingError,
    InputError,
    Kind,
    NoAnswerError,
    Repeat,
    UnreachableError,
    error_for,
)

PLAIN = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, DingError) and not issubclass(kind, ApiError)
]
CODES = ["40014", "90018", "90020", "-1", "60121", "34016", "no.such.code", "88"]
EXAMPLES = [kind("What {happened}\nto row 3.", "Do this.") for kind in PLAIN] + [
    error_for(code, "says 'it'", "r-1", 3.5, "/topapi/x") for code in CODES
]
RENEWALS = {"pickled": lambda one: pickle.loads(pickle.dumps(one)), "copied": copy.copy, "deep": copy.deepcopy}  # noqa: S301


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda one: type(one).__name__ + getattr(one, "code", ""))
@pytest.mark.parametrize("renew", RENEWALS.values(), ids=RENEWALS)
def test_an_error_keeps_everything_when_it_is_pickled_or_copied(error: DingError, renew: object) -> None:
    again = renew(error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
    assert (again.repeat, again.may_have_taken_effect) == (error.repeat, error.may_have_taken_effect)
    assert again._render_traceback_() == error._render_traceback_()


def test_a_copy_keeps_the_words_of_its_language_and_its_kind() -> None:
    error = error_for("40001", kind=Kind.CREDENTIALS)
    error.add_note("on the token call")
    dingnb.set_language("zh")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    assert type(again) is type(error) is CredentialsError
    assert str(again) == str(error)
    assert again.repeat is Repeat.NEVER
    assert again.__notes__ == ["on the token call"]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda one: type(one).__name__ + getattr(one, "code", ""))
def test_a_notebook_shows_the_lines_of_the_message_and_no_frames(error: DingError) -> None:
    lines = error._render_traceback_()
    assert "\n".join(lines) == f"{type(error).__name__}: {error}"
    assert not [line for line in lines if "\n" in line]
    assert lines[-1] == error.hint
    assert error.hint in str(error)


def test_an_error_without_a_hint_is_one_line() -> None:
    assert str(DingError("What.")) == "What."


def test_errors_are_caught_by_their_usual_python_names() -> None:
    for kind, usual in (
        (errors.InputError, ValueError),
        (errors.LiveSendError, RuntimeError),
        (UnreachableError, ConnectionError),
        (NoAnswerError, TimeoutError),
        (BadAnswerError, ConnectionError),
    ):
        assert issubclass(kind, usual)
        assert issubclass(kind, DingError)
    assert {kind.repeat for kind in (UnreachableError, NoAnswerError, BadAnswerError)} == {Repeat.SOON}
    assert [kind.may_have_taken_effect for kind in (UnreachableError, NoAnswerError, BadAnswerError)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "\u202etxt", "first\nNothing was sent."])
def test_an_error_shows_hostile_text_as_its_escape(hostile: str) -> None:
    for error in (
        InputError(f"No {hostile}.", hostile),
        error_for("90018", ding_message=hostile, request_id=hostile),
    ):
        shown = "\n".join(error._render_traceback_())
        assert len(shown.splitlines()) == 2
        assert hostile not in str(error) + shown
        assert hostile.encode("unicode_escape").decode() in shown
