import copy
import inspect
import pickle

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
    code_table,
    error_for,
)
from dingnb.words import Text, say

PLAIN = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, DingError) and not issubclass(kind, ApiError)
]
CODES = [*{row.kind: row.code for row in code_table().values()}.values(), "no.such.code", "88"]
EXAMPLES = [kind("What {happened}\nto row 3.", "Do this.") for kind in PLAIN] + [
    error_for(code, "says 'it'", "r-1", 3.5, "/topapi/x") for code in CODES
]


def everything(error: DingError) -> tuple[object, ...]:
    shown = (str(error), error._render_traceback_())
    return type(error), shown, error.args, vars(error), error.repeat, error.may_have_taken_effect


def test_an_error_keeps_everything_when_it_is_pickled_or_copied() -> None:
    pickled = [pickle.loads(pickle.dumps(example)) for example in EXAMPLES]  # noqa: S301 - their own
    for renewed in (
        pickled,
        [copy.copy(example) for example in EXAMPLES],
        [copy.deepcopy(example) for example in EXAMPLES],
    ):
        pairs = zip(EXAMPLES, renewed, strict=True)
        assert [(error, again) for error, again in pairs if everything(again) != everything(error)] == []


def test_an_error_is_shown_in_the_current_language() -> None:
    error = error_for("90018", "says it", "r-1", path="/topapi/x").advise(Text("refresh.again_todo"))
    english = (error.what, error.hint, str(error))
    dingnb.set_language("zh")
    chinese = (error.what, error.hint, str(error))
    assert error.hint == say("refresh.again_todo")
    assert not [english_text for english_text, other in zip(english, chinese, strict=True) if english_text == other]
    dingnb.set_language("en")
    assert (error.what, error.hint, str(error)) == english


def test_a_copy_is_shown_in_the_current_language_and_keeps_its_kind() -> None:
    error = error_for("40001", kind=Kind.CREDENTIALS)
    error.add_note("on the token call")
    english = str(error)
    dingnb.set_language("zh")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    assert type(again) is type(error) is CredentialsError
    assert str(again) == str(error) != english
    assert again.repeat is Repeat.NEVER
    assert again.__notes__ == ["on the token call"]


def test_a_notebook_shows_the_lines_of_the_message_and_no_frames() -> None:
    expected = {example: f"{type(example).__name__}: {example}".split("\n") for example in EXAMPLES}
    assert {example: example._render_traceback_() for example in EXAMPLES} == expected
    assert [error for error, lines in expected.items() if lines[-1] != error.hint] == []


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


def test_an_error_shows_hostile_text_escaped() -> None:
    hostile_texts = ["\x1b[31mred", "\u202etxt", "first\nNothing was sent."]
    for hostile, error in [
        *((text, InputError(f"No {text}.", text)) for text in hostile_texts),
        *((text, error_for("90018", ding_message=text, request_id=text)) for text in hostile_texts),
    ]:
        shown = "\n".join(error._render_traceback_())
        assert len(shown.splitlines()) == 2
        assert hostile not in str(error) + shown
        assert hostile.encode("unicode_escape").decode() in shown
