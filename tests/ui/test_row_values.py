import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given

from dingnb.client import DingTalk
from dingnb.errors import ColumnError
from dingnb.messages import MISSING, Message
from dingnb.messages.draft import Draft
from dingnb.messages.leaves import flatten
from dingnb.messages.types import TYPES
from dingnb.tables.cells import read_values
from dingnb.ui.compose.source import RowReader
from tests.drafting import frames, messages
from tests.table_rows import for_each
from tests.tiers import examples


@given(frames(), messages(body_bytes=(200, 2048)))
def test_a_draft_of_a_row_shows_what_a_plan_of_the_frame_would_send(
    ding: DingTalk, frame: pd.DataFrame, message: Message
) -> None:
    plan, reader = ding.plan(frame, message), RowReader(frame)
    draft = Draft(message.msgtype, message.arguments, message.body_bytes)
    problems = plan.problems().set_index("position")
    for position in range(len(frame)):
        view = draft.view(reader.at(position), list(frame.columns))
        assert view.message == message
        if view.failure is None:
            preview = plan.preview(position=position)
            assert view.size == len(preview.body)
            assert view.texts == dict(flatten(preview.message[message.msgtype]))
            assert position not in problems.index
        else:
            # The size of a card depends on how it is sent.
            assert (view.size is None) is TYPES[message.msgtype].is_card
            problem = problems.loc[position]
            assert (str(view.failure.reason), str(view.failure.hint)) == (problem["reason"], problem["hint"])
        event("sent" if view.failure is None else "rejected")


@examples(150)
@given(frames())
def test_a_row_has_the_values_read_from_the_whole_column(frame: pd.DataFrame) -> None:
    reader = RowReader(frame)
    for label in frame.columns:
        values = read_values(frame[label])
        for position in reversed(range(len(frame))):
            value = reader.at(position)[label]
            assert type(value) is type(values[position])
            assert value == values[position] or value is values[position]


@pytest.mark.parametrize("dtype", ["datetime64[us]", "datetime64[ns, Asia/Shanghai]", object, "category"])
def test_midnights_are_dates_unless_another_row_has_a_time(dtype: object) -> None:
    midnights = [dt.datetime(2026, 11, day) for day in (1, 2, 3)]  # noqa: DTZ001 - naive, as in a frame
    days = RowReader(pd.DataFrame({"day": pd.Series(midnights, dtype=dtype)}))
    assert [type(days.at(position)["day"]) for position in range(3)] == [dt.date] * 3
    midnights[2] = midnights[2].replace(minute=1)
    moments = RowReader(pd.DataFrame({"day": pd.Series(midnights, dtype=dtype)}))
    assert [isinstance(moments.at(position)["day"], dt.datetime) for position in range(3)] == [True] * 3


@for_each(
    "cells",
    [
        [np.datetime64("2026-11-03"), np.datetime64("2026-11-03T09:30")],
        [np.datetime64("2026-11-03"), dt.date(2026, 1, 1)],
        [pd.Timestamp("2026-11-03"), pd.Timestamp("2026-11-03 00:00:00.000000001"), pd.Timestamp("2026-11-03 09:30")],
        [pd.Timestamp("2026-11-03"), pd.Timestamp("2026-11-03 00:00:00.000000001")],
    ],
)
@pytest.mark.parametrize("dtype", [object, "datetime64[ns]"])
def test_timestamps_of_all_kinds_are_read_as_in_the_whole_column(cells: list[object], dtype: object) -> None:
    column = pd.Series(cells, dtype=object).astype(dtype)
    values, reader = read_values(column), RowReader(pd.DataFrame({"day": column}))
    assert [reader.at(position)["day"] for position in range(len(cells))] == values
    assert [type(reader.at(position)["day"]) for position in range(len(cells))] == list(map(type, values))


def test_a_missing_value_is_missing_and_no_row_needs_the_others() -> None:
    reader = RowReader(pd.DataFrame({"n": [1.0, None, 2.5], "name": ["Ann", None, " "]}))
    assert [reader.at(position)["n"] for position in range(3)] == [1, MISSING, 2.5]
    assert [reader.at(position)["name"] for position in range(3)] == ["Ann", MISSING, MISSING]


@pytest.mark.parametrize(
    ("spoil", "label", "message"),
    [
        (lambda frame: frame, "nobody", "nobody"),
        (lambda frame: pd.concat([frame, frame], axis=1), "n", "2 times|twice|2 columns"),
    ],
    ids=["not there", "twice"],
)
def test_a_missing_or_duplicate_column_raises(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], label: str, message: str
) -> None:
    row = RowReader(spoil(pd.DataFrame({"n": [1]}))).at(0)
    with pytest.raises(ColumnError, match=message):
        _ = row[label]


def test_a_row_lists_the_columns_that_a_template_could_name() -> None:
    row = RowReader(pd.DataFrame([[1, 2, 3]], columns=["a", 5, ("b", "c")])).at(0)
    assert (list(row), len(row)) == (["a"], 1)
