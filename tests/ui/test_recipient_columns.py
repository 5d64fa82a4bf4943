import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import ColumnError, InputError
from dingnb.ui.compose.recipient_columns import RecipientChoice, Recipients, check_recipient_arguments
from tests.table_rows import for_each


def frame_of(*labels: Any) -> pd.DataFrame:
    return pd.DataFrame([range(len(labels))], columns=pd.Index(labels, dtype=object, tupleize_cols=False))


@for_each(
    ("labels", "chosen"),
    [
        (("userid", "name"), RecipientChoice(0, -1)),
        (("name", "mobile", "userid"), RecipientChoice(2, 1)),
        (("姓名", "手机号"), RecipientChoice(-1, 1)),
        (("name",), RecipientChoice(-1, -1)),
        ((), RecipientChoice(-1, -1)),
        (("userid", "userid"), RecipientChoice(-1, -1)),
        (("UserID", "user_id"), RecipientChoice(-1, -1)),
        ((None, float("nan"), pd.NA, "userid"), RecipientChoice(3, -1)),
    ],
)
def test_only_usual_column_names_are_guessed(labels: Sequence[Any], chosen: RecipientChoice) -> None:
    assert Recipients(frame_of(*labels)).guess() == chosen


def test_only_columns_that_can_be_keys_are_offered_as_keys(ding: DingTalk) -> None:
    frame = frame_of("userid", pd.Timestamp("2026-11-30"), ("a", "b"), 2.5, 7, "invoice")
    form = ding.compose(frame, dingnb.text("hi"))
    assert [at for _, at in form.recipients.key.options] == [-1, 0, 4, 5]
    assert [at for _, at in form.recipients.userid.options] == [-1, *range(6)]
    with pytest.raises(InputError, match=r"key=2\.5 cannot be used"):
        ding.compose(frame, key=2.5)  # type: ignore[arg-type] # to see it refused


def test_a_form_says_that_it_takes_one_column_as_key(ding: DingTalk) -> None:
    said = "In a form, key= must be one column, not a list: ['userid', 'invoice']."
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        ding.compose(frame_of("userid", "invoice"), key=["userid", "invoice"])  # type: ignore[arg-type] # likewise
    assert "ding.plan() without the form, which takes several" in str(caught.value.hint)


def test_arguments_precede_usual_column_names() -> None:
    frame = frame_of("userid", "mobile", "boss", 5)
    said = check_recipient_arguments(frame, ["mobile", "userid"], {"mobile": 5, "userid": "boss"}, "userid", "away")
    assert said.guess() == RecipientChoice(userid=2, mobile=3, exclude="away", key=0)
    assert said.kinds(said.guess()) == ["mobile", "userid"]
    assert said.arguments(said.guess()) == {
        "to": ["mobile", "userid"],
        "columns": {"mobile": 5, "userid": "boss"},
        "key": "userid",
        "exclude": "away",
    }
    assert check_recipient_arguments(frame, "mobile", None, None, None).guess() == RecipientChoice(-1, 1)


def test_redundant_arguments_are_omitted() -> None:
    recipients = Recipients(frame_of("userid", "mobile", "n"))
    assert recipients.arguments(RecipientChoice(0)) == {"to": "userid"}
    assert recipients.arguments(RecipientChoice(0, 1)) == {"to": ["userid", "mobile"]}
    assert recipients.arguments(RecipientChoice(2)) == {"to": "userid", "columns": {"userid": "n"}}
    assert recipients.arguments(RecipientChoice(0, -1, "away", 2)) == {"to": "userid", "exclude": "away", "key": "n"}
    assert recipients.kinds(RecipientChoice()) == []


def test_duplicate_and_unnamed_columns_cannot_be_chosen() -> None:
    recipients = Recipients(frame_of("a", "b", "b", None, pd.NA, 5, ("x", 1)))
    assert recipients.labels() == [(0, "a"), (5, "5"), (6, "('x', 1)")]


@for_each(
    ("arguments", "error"),
    [
        ({"to": "email"}, InputError),
        ({"to": []}, InputError),
        ({"columns": {"email": "a"}}, InputError),
        ({"columns": {"userid": "nobody"}}, ColumnError),
        ({"key": "nobody"}, ColumnError),
        ({"key": "twice"}, ColumnError),
        ({"key": 2.5}, InputError),
        ({"key": ["userid", "twice"]}, InputError),
        ({"key": ["userid"]}, InputError),
        ({"exclude": 5}, InputError),
    ],
)
def test_invalid_arguments_are_reported_when_the_form_is_opened(
    arguments: dict[str, Any], error: type[InputError]
) -> None:
    given = {"to": None, "columns": None, "key": None, "exclude": None, **arguments}
    with pytest.raises(error) as caught:
        check_recipient_arguments(frame_of("userid", "twice", "twice"), **given)
    assert caught.value.hint
